"""What one tier may see of a source's deliveries, and the chart of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog import deliveries
from catalog.charts import Bar, BarChart, bar_chart
from catalog.charts.bars import Part
from contracts import kept
from contracts.city import City, Publisher
from contracts.home import CityHome
from contracts.load import load_contract
from contracts.model import EMPTY, Contract, Role, Text
from contracts.shapes import ColumnShape, Finding, Shape
from tests.unit.orchestration.ingest.conftest import COLUMNS, contract_text

HIDDEN = "name"
"""The column of the contract whose class is restricted; the others are public."""


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    path = tmp_path / "sources" / "things.odcs.yaml"
    path.parent.mkdir()
    state = {"name": "state", "logicalType": "string", "classification": "public"}
    path.write_text(contract_text((*COLUMNS, state), {"format": "csv"}), encoding="utf-8")
    return load_contract(path, Role.SOURCE)


def city(**more: Any) -> City:
    return City(
        id="t", folder=Path("t"), name=Text("T"), country="US", timezone="UTC", languages=("en",),
        environment="development", publisher=Publisher(Text("T"), "t@example.org"), licence="none", minimum_cell=10,
        **{"portals": EMPTY, "sources": EMPTY, "staging": EMPTY, "products": EMPTY, "problems": EMPTY, "rulings": (),
           "unavailable": EMPTY, **more},
    )  # fmt: skip


def text(name: str, counts: dict[str, int] | None, filled: int = 100) -> ColumnShape:
    return ColumnShape(name, "string", filled, 100 - filled, looked=filled, distinct=5, categories=counts)


def columns_seen(contract: Contract, tmp_path: Path, tier: str, *held: ColumnShape) -> dict[str, Any]:
    home = CityHome(tmp_path / "home")
    shape = Shape("things", 1, "accepted", "2026-01-31T06:00:00+00:00", 100, 100, (), held)
    path = home.root / "raw" / "things" / "shapes" / "000001.json"
    kept.replace(path, shape.to_json())
    file = {"path": path.relative_to(home.root).as_posix(), "sha256": kept.sha256_file(path), "bytes": 1}
    return {c.name: c for c in deliveries.columns(home, contract, {"shape_file": file}, city(), tier)}


def test_a_column_is_seen_by_those_who_may_see_it(contract: Contract, tmp_path: Path) -> None:
    held = (text(HIDDEN, {"Ana": 50, "Bo": 50}), text("state", {"open": 60, "closed": 40}))
    assert set(columns_seen(contract, tmp_path, "public", *held)) == {"state"}
    assert set(columns_seen(contract, tmp_path, "internal", *held)) == {"state"}
    assert set(columns_seen(contract, tmp_path, "restricted", *held)) == {HIDDEN, "state"}


def test_a_value_in_few_records_is_not_named_nor_can_it_be_reckoned(contract: Contract, tmp_path: Path) -> None:
    counts = {"open": 50, "closed": 30, "held": 17, "lost": 2, "void": 1}
    (state,) = columns_seen(contract, tmp_path, "public", text("state", counts)).values()
    assert [v.value for v in state.shares] == ["open", "closed"]  # the rare alone would be three: the next goes too
    assert state.rare
    assert state.distinct == 5
    assert state.shares[0].share == 0.5


@pytest.mark.parametrize(
    ("counts", "shown", "rare"),
    [
        ({"a": 90, "b": 10}, ["a", "b"], False),
        ({"a": 91, "b": 9}, [], True),
        ({"a": 80, "b": 9, "c": 11}, ["a"], True),
        ({"a": 70, "b": 20, "c": 5, "d": 5}, ["a", "b"], True),
        ({"a": 5, "b": 5}, [], True),
    ],
)
def test_what_is_hidden_together_is_never_fewer_than_the_smallest_cell(
    contract: Contract, tmp_path: Path, counts: dict[str, int], shown: list[str], rare: bool
) -> None:
    (state,) = columns_seen(contract, tmp_path, "public", text("state", counts)).values()
    assert [v.value for v in state.shares] == shown
    assert state.rare is rare
    left = sum(counts.values()) - sum(counts[name] for name in shown)
    assert left == 0 or left >= min(10, sum(counts.values()))


def test_of_many_values_the_most_frequent_are_shown(contract: Contract, tmp_path: Path) -> None:
    counts = {f"v{n}": 20 + n for n in range(9)}
    (state,) = columns_seen(contract, tmp_path, "public", text("state", counts)).values()
    assert [v.value for v in state.shares] == ["v8", "v7", "v6", "v5", "v4", "v3"]
    assert (state.more, state.rare) == (3, False)


@pytest.mark.parametrize(("filled", "low"), [(100, 1.5), (9, None)])
def test_the_ends_of_a_column_of_few_records_are_not_told(
    contract: Contract, tmp_path: Path, filled: int, low: float | None
) -> None:
    held = ColumnShape("amount", "number", filled, 0, looked=filled, distinct=5, low=1.5, high=9.0)
    (amount,) = columns_seen(contract, tmp_path, "public", held).values()
    assert amount.low == low


def test_no_shape_no_columns(contract: Contract, tmp_path: Path) -> None:
    gone = {"shape_file": {"path": "raw/things/shapes/000001.json", "sha256": "0", "bytes": 1}}
    for landing in (None, {}, {"shape_file": None}, gone):
        assert deliveries.columns(CityHome(tmp_path), contract, landing, city(), "public") == ()


FOUND = [
    Finding("emptier", "warning", HIDDEN, 0.0, 0.5, 50).told(),
    Finding("column_missing", "breaks", "state", like="Problem", known=0.9).told(),
    Finding("column_added", "info", "Phone").told(),
    Finding("record_count", "breaks", before=100, after=9).told(),
]


@pytest.mark.parametrize(
    ("tier", "is_open", "said", "hidden"),
    [
        ("restricted", True, ["9 records", "“Problem” looks like it", "“name” is empty", "“Phone”"], 0),
        ("internal", False, ["9 records", "“state” is gone."], 2),
        ("public", False, ["9 records", "“state” is gone."], 2),
    ],
)
def test_changes_are_told_without_what_the_tier_may_not_see(
    contract: Contract, tier: str, is_open: bool, said: list[str], hidden: int
) -> None:
    told, more = deliveries.changes(contract, FOUND, tier, is_open)
    assert more == hidden
    assert len(told) == len(said)
    assert all(words in change.text.default for words, change in zip(said, told, strict=True))


@pytest.mark.parametrize(
    ("settings", "portal", "address", "dataset"),
    [
        ({"dataset": "erm2-nwe9"}, "nyc", "https://data.example.gov/api", "erm2-nwe9"),
        ({"location": "/srv/secret/file.csv"}, None, "", ""),
        ({"location": "deliveries/requests.csv"}, None, "", ""),
        ({"location": "https://me:pw@example.org:8443/a.csv?token=1#x"}, None, "https://example.org:8443/a.csv", ""),
        ({"location": "s3://bucket/a.csv"}, None, "", ""),
        ({"resource": "abc"}, "gone", "", "abc"),
    ],
)
def test_where_it_comes_from_without_a_secret_or_a_path(
    contract: Contract, settings: dict[str, str], portal: str | None, address: str, dataset: str
) -> None:
    server = replace(contract.servers[0], settings=settings, portal=portal)
    found = deliveries.origin(
        replace(contract, servers=(server,)), city(portals={"nyc": "https://data.example.gov/api?x=1"})
    )
    assert found is not None
    assert (found.address, found.dataset) == (address, dataset)


def test_the_rhythm_is_the_middle_of_the_gaps() -> None:
    days = [datetime(2026, 1, day) for day in (20, 1, 3, 5)]
    assert deliveries.rhythm(days) == timedelta(days=2)
    assert deliveries.rhythm(days[:2]) is None
    assert deliveries.rhythm([]) is None


PARTS: tuple[tuple[Part, str], ...] = (("full", "Accepted"), ("half", "Set aside"), ("hollow", "Refused"))


def chart(*bars: tuple[int, ...]) -> BarChart:
    drawn = tuple(Bar(parts, f"bar {n} <b>", f"{n} oct 2026", f"−{parts[1]}") for n, parts in enumerate(bars))
    return BarChart("x", "A & B", drawn, PARTS, "es")


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_bars_stand_on_one_another_and_within_the_drawing(width: Any) -> None:
    svg = bar_chart(chart((900, 0, 0), (700, 200, 0), (0, 0, 1_200)), width)
    box = [float(n) for n in (re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg) or pytest.fail("no box")).groups()]
    drawn = re.findall(r'<rect class="part (\w+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg)
    bars = [(kind, *map(float, rest)) for kind, *rest in drawn][len(PARTS) :]  # the legend's own stand first
    assert [kind for kind, *_ in bars] == ["full", "full", "half", "hollow"]
    for _, x, y, wide, high in bars:
        assert 0 <= x <= x + wide <= box[0]
        assert 0 <= y <= y + high <= box[1]
    full, half = bars[1], bars[2]
    assert half[2] + half[4] == pytest.approx(full[2], abs=0.2)
    assert bars[0][4] / bars[3][4] == pytest.approx(900 / 1_200, abs=0.01)
    assert "1.500" in svg or "1.000" in svg  # as the language writes numbers
    assert "A &amp; B" in svg
    assert "bar 0 &lt;b&gt;" in svg


def test_none_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one bar"):
        bar_chart(chart())


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_each_bar_carries_its_date_under_it_and_what_is_too_small_to_see_over_it(width: Any) -> None:
    """101 of 90,000 records were drawn with an outline as high as two thousand."""
    svg = bar_chart(chart((90_000, 101, 0), (89_000, 7, 0)), width)
    bars = [
        float(x) + float(w) / 2 for x, w in re.findall(r'<rect class="part full" x="([\d.]+)".*?width="([\d.]+)"', svg)
    ]
    dates = [float(x) for x in re.findall(r'<text class="tick" x="([\d.]+)"[^>]*>\d oct 2026<', svg)]
    assert dates == pytest.approx(bars[-2:], abs=1), "in the middle under each bar"
    assert ">−101<" in svg and ">−7<" in svg
    thin = re.findall(r'<rect class="part half"[^>]*height="([\d.]+)"([^>]*)>', svg)[-2:]
    assert all(float(high) < 1 and "stroke" not in rest for high, rest in thin), "as high as they are"


def test_dates_that_would_touch_are_left_out_but_never_the_last() -> None:
    svg = bar_chart(chart(*[(5, 0, 0)] * 24), "narrow")
    told = [int(n) for n in re.findall(r">(\d+) oct 2026<", svg)]
    assert told[-1] == 23 and len(told) < 8
