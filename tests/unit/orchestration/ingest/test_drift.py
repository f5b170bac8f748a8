"""What changed between two deliveries: each kind planted, nothing where nothing changed, and chance told apart."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.load import load_contract
from contracts.model import Contract, Role
from contracts.shapes import QUANTILES, Finding, Shape
from orchestration.ingest.drift import THRESHOLDS, compare, record_count
from orchestration.ingest.kinds import counted, kind_of
from orchestration.ingest.reading import RECORD
from orchestration.ingest.sample import Sample
from orchestration.ingest.shape import accepted_columns, came
from tests.unit.orchestration.ingest.conftest import contract_text

COLUMNS: tuple[dict[str, Any], ...] = tuple(
    {"name": name, "logicalType": kind, "classification": "public"}
    for name, kind in (
        ("id", "string"),
        ("status", "string"),
        ("zip", "string"),
        ("amount", "number"),
        ("rank", "integer"),
        ("opened", "timestamp"),
        ("due", "date"),
        ("flag", "boolean"),
    )
)
TYPES = {
    "rank": pa.int64(),
    "amount": pa.float64(),
    "opened": pa.timestamp("us"),
    "due": pa.date32(),
    "flag": pa.bool_(),
}
AT = "2026-01-31T06:00:00+00:00"
Rows = dict[str, list[Any]]


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    path = tmp_path / "sources" / "things.odcs.yaml"
    path.parent.mkdir()
    path.write_text(contract_text(COLUMNS, {"format": "csv"}), encoding="utf-8")
    return load_contract(path, Role.SOURCE)


def rows(count: int, seed: int = 1) -> Rows:
    """Records out of the same world, others with each ``seed``."""
    draw = np.random.default_rng(seed)
    begin = datetime(2025, 1, 1)
    return {
        "id": [f"{n:06d}" for n in range(count)],
        "status": draw.choice(["Open", "Closed", "Pending"], count, p=[0.3, 0.6, 0.1]).tolist(),
        "zip": [str(n) for n in draw.integers(10_000, 11_000, count)],
        "amount": draw.uniform(0.5, 99, count).round(2).tolist(),
        "rank": draw.integers(1, 1000, count).tolist(),
        "opened": [begin + timedelta(minutes=int(n)) for n in draw.integers(0, 500_000, count)],
        "due": [date(2025, 1, 1) + timedelta(days=int(n)) for n in draw.integers(0, 380, count)],
        "flag": draw.choice([True, False], count).tolist(),
    }


def shape(contract: Contract, data: Rows, folder: Path, unread: dict[str, int] | None = None) -> Shape:
    """The shape of ``data`` as accepted records that came as texts."""
    count = len(data["id"])
    table = pa.table({name: pa.array(values, TYPES.get(name, pa.string())) for name, values in data.items()})
    table = table.append_column(RECORD, pa.array(np.arange(1, count + 1)))
    path = folder / "accepted.parquet"
    pq.write_table(table, path)
    sample = Sample()
    sample.take(table)
    texts = [{n: None if v[i] is None else str(v[i]) for n, v in data.items()} for i in range(min(count, 500))]
    with duckdb.connect() as connection:
        columns = accepted_columns(contract, path, sample, unread or {}, connection)
    return Shape("things", 1, "accepted", AT, count, count, came(texts, contract), columns)


def found(contract: Contract, folder: Path, after: Rows, before: Rows | None = None, **more: Any) -> list[Finding]:
    one = shape(contract, before or rows(2_000), folder)
    return list(compare(one, shape(contract, after, folder, more.pop("unread", None)), contract, **more))


def some(data: Rows, name: str, share: float, value: Any) -> Rows:
    """``data`` with another value in a share of the records."""
    every = round(1 / share)
    return {**data, name: [value if n % every == 0 else v for n, v in enumerate(data[name])]}


def test_nothing_is_found_between_two_draws_from_the_same_world(contract: Contract, tmp_path: Path) -> None:
    for seed in range(2, 12):
        assert found(contract, tmp_path, rows(1_500, seed)) == []


PLANTED: tuple[tuple[str, str, Any], ...] = (
    ("emptier", "zip", lambda d: some(d, "zip", 0.25, None)),
    ("fuller", "zip", lambda d: d),
    ("new_values", "status", lambda d: some(d, "status", 0.05, "Reopened")),
    ("silent_values", "status", lambda d: {**d, "status": ["Closed" if v == "Pending" else v for v in d["status"]]}),
    ("too_early", "opened", lambda d: some(d, "opened", 0.04, datetime(1900, 1, 1))),
    ("too_late", "opened", lambda d: some(d, "opened", 0.04, datetime(2031, 5, 1))),
    ("too_late", "due", lambda d: some(d, "due", 0.04, date(2031, 5, 1))),
    ("too_low", "amount", lambda d: some(d, "amount", 0.04, -3.0)),
    ("too_high", "rank", lambda d: some(d, "rank", 0.04, 500_000)),
    ("magnitude", "amount", lambda d: {**d, "amount": [v * 100 for v in d["amount"]]}),
    ("magnitude", "rank", lambda d: {**d, "rank": [v // 20 + 1 for v in d["rank"]]}),
    ("kind_changed", "zip", lambda d: {**d, "zip": [f"{v}.0" for v in d["zip"]]}),
)


@pytest.mark.parametrize(("kind", "column", "plant"), PLANTED, ids=[f"{k}-{c}" for k, c, _ in PLANTED])
def test_each_planted_change_is_found_in_its_column(
    contract: Contract, tmp_path: Path, kind: str, column: str, plant: Any
) -> None:
    before = some(rows(2_000), "zip", 0.5, None) if kind == "fuller" else None
    told = found(contract, tmp_path, plant(rows(2_000, 7)), before)
    assert (kind, column) in [(f.kind, f.column) for f in told]
    assert {f.column for f in told} == {column}
    weights = {f.weight for f in told if f.kind == kind}
    assert weights == {"info" if kind == "fuller" else "warning"}


def test_values_stand_in_the_shape_and_not_in_what_is_told(contract: Contract, tmp_path: Path) -> None:
    (finding,) = found(contract, tmp_path, some(rows(2_000, 7), "status", 0.05, "Reopened"))
    assert (finding.values, finding.count, finding.after) == (("Reopened",), 1, 100)
    assert "Reopened" not in repr(finding.told())


def test_unreadable_values_are_counted_from_the_reasons(contract: Contract, tmp_path: Path) -> None:
    (finding,) = found(contract, tmp_path, rows(2_000, 7), unread={"due.type": 400})
    assert (finding.kind, finding.column, finding.before, finding.count) == ("unreadable", "due", 0.0, 400)
    assert finding.after == pytest.approx(400 / 2_400, abs=1e-4)
    assert found(contract, tmp_path, rows(2_000, 7), unread={"due.type": 20}) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((100_000, 0), (101_000, 101), True),
        ((100_000, 0), (101_000, 3), False),
        ((100_000, 0), (101_000, 19), False),
        ((1_000_000, 0), (50, 10), False),  # so few of a small delivery are everyday
        ((100_000, 1_000), (100_000, 1_300), False),  # beyond chance, and about as many as ever
        ((100_000, 1_000), (100_000, 1_600), True),
        ((100_000, 1_000), (100_000, 0), False),
        ((60, 10), (60, 20), False),
    ],
)
def test_a_rise_of_the_records_set_aside_is_told_beyond_chance(
    contract: Contract, tmp_path: Path, before: tuple[int, int], after: tuple[int, int], told: bool
) -> None:
    base = shape(contract, rows(300), tmp_path)
    old, new = (replace(base, received=received, accepted=received - aside) for received, aside in (before, after))
    expected = [Finding("set_aside", "warning", before=before[1], after=after[1], count=after[0])] if told else []
    assert list(compare(old, new, contract)) == expected
    assert list(compare(old, new, contract, whole=False)) == []
    assert list(compare(old, replace(new, columns=()), contract)) == []  # not judged record by record


@pytest.mark.parametrize("draw", range(20))
def test_bad_records_that_are_always_there_are_no_rise(contract: Contract, tmp_path: Path, draw: int) -> None:
    base = shape(contract, rows(300), tmp_path)
    both = np.random.default_rng(draw).binomial(20_000, 0.002, 2)
    old, new = (replace(base, received=20_000, accepted=20_000 - int(aside)) for aside in both)
    assert list(compare(old, new, contract)) == []


@pytest.mark.parametrize("kind", sorted({k for k, _, _ in PLANTED} - {"fuller"}))
def test_three_records_do_not_cry(contract: Contract, tmp_path: Path, kind: str) -> None:
    """The same plants in deliveries of six records are at most for information."""
    for planted, _, plant in PLANTED:
        if planted == kind:
            told = found(contract, tmp_path, plant(rows(6, 7)), rows(6))
            assert [f.kind for f in told if f.weight != "info"] == []


def test_a_single_value_never_seen_is_listed_and_is_no_warning(contract: Contract, tmp_path: Path) -> None:
    data = rows(2_000, 7)
    data["status"][5] = "Lost"
    (finding,) = found(contract, tmp_path, data)
    assert (finding.kind, finding.weight, finding.values) == ("new_values", "info", ("Lost",))


def test_a_value_known_from_earlier_deliveries_is_not_new(contract: Contract, tmp_path: Path) -> None:
    data = some(rows(2_000, 7), "status", 0.05, "Reopened")
    assert found(contract, tmp_path, data, seen={"status": {"Reopened"}}) == []


def test_a_choice_that_becomes_free_text_is_told(contract: Contract, tmp_path: Path) -> None:
    data = rows(2_000, 7)
    data["status"] = [f"{v} {n % 90}" for n, v in enumerate(data["status"])]
    told = [f for f in found(contract, tmp_path, data) if f.kind == "new_values"]
    assert [(f.weight, f.after) for f in told] == [("warning", None)]
    assert (told[0].count or 0) > 100


def test_a_single_date_far_off_is_for_information(contract: Contract, tmp_path: Path) -> None:
    data = rows(2_000, 7)
    data["opened"][3], data["due"][3] = datetime(1900, 1, 1), date(2099, 1, 1)
    told = found(contract, tmp_path, data)
    assert [(f.kind, f.column, f.weight) for f in told] == [
        ("too_early", "opened", "info"),
        ("too_late", "due", "info"),
    ]


def test_dates_that_go_on_with_the_calendar_are_no_finding(contract: Contract, tmp_path: Path) -> None:
    later = timedelta(days=60)
    data = rows(2_000, 7)
    data["opened"], data["due"] = [v + later for v in data["opened"]], [v + later for v in data["due"]]
    one, two = shape(contract, rows(2_000), tmp_path), shape(contract, data, tmp_path)
    assert compare(one, replace(two, at="2026-04-01T06:00:00+00:00"), contract) == ()
    early = {f.kind for f in compare(one, two, contract)}
    assert early == {"too_late"}  # retrieved on the old day, they lie in the future


def test_numbers_of_a_key_may_grow(tmp_path: Path) -> None:
    columns = tuple({**c, "unique": True} if c["name"] == "rank" else c for c in COLUMNS)
    path = tmp_path / "sources" / "things.odcs.yaml"
    path.parent.mkdir()
    path.write_text(contract_text(columns, {"format": "csv"}), encoding="utf-8")
    keyed = load_contract(path, Role.SOURCE)
    data = rows(2_000, 7)
    data["rank"] = [v + 10_000_000 for v in data["rank"]]
    assert found(keyed, tmp_path, data) == []


def test_of_a_part_of_a_source_only_the_columns_are_compared(contract: Contract, tmp_path: Path) -> None:
    data = {**some(rows(500, 7), "zip", 0.25, None), "extra": ["x"] * 500}
    assert [(f.kind, f.column) for f in found(contract, tmp_path, data, whole=False)] == [("column_added", "extra")]


def test_a_column_is_added_once(contract: Contract, tmp_path: Path) -> None:
    one = {**rows(100), "extra": ["x"] * 100}
    assert found(contract, tmp_path, one, one) == []
    assert [(f.kind, f.weight) for f in found(contract, tmp_path, one, rows(100))] == [("column_added", "info")]


@pytest.mark.parametrize(
    ("before", "after", "allowed", "held"),
    [
        (1_000, 501, None, False),
        (1_000, 500, None, True),
        (1_000, 1_999, None, False),
        (1_000, 2_000, None, True),
        (99, 1, None, False),
        (99, 1, (-0.5, 1.0), True),
        (1_000, 500, (-0.5, 1.0), False),
        (1_000, 499, (-0.5, 1.0), True),
        (1_000, 4_000, (-0.1, 3.0), False),
        (1_000, 4_001, (-0.1, 3.0), True),
        (0, 5_000, (-0.1, 0.1), False),
        (1_000, 0, None, True),
    ],
)
def test_the_number_of_records(before: int, after: int, allowed: tuple[float, float] | None, held: bool) -> None:
    finding = record_count(before, after, allowed)
    assert (finding is not None) is held
    if finding is not None:
        assert (finding.weight, finding.before, finding.after) == ("breaks", before, after)


def test_the_thresholds_are_those_of_the_page(project_root: Path) -> None:
    page = (project_root / "docs" / "how-to" / "when-a-source-changes.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^\| `([A-Z_]+)` \| ([-0-9.e]+) \|", page, re.MULTILINE))
    assert {name: float(value) for name, value in stated.items()} == {n: float(v) for n, v in THRESHOLDS.items()}


def test_a_shape_needs_no_statistics_in_the_file(contract: Contract, tmp_path: Path) -> None:
    """A file without them is counted instead, to the same shape."""
    table = pa.table({n: pa.array(v, TYPES.get(n, pa.string())) for n, v in some(rows(900), "due", 0.1, None).items()})
    table = table.append_column(RECORD, pa.array(np.arange(1, 901)))
    shapes = []
    for name, told in (("with", True), ("without", False)):
        path = tmp_path / name
        pq.write_table(table, path, write_statistics=told, row_group_size=200)
        sample = Sample()
        sample.take(table)
        with duckdb.connect() as connection:
            shapes.append(accepted_columns(contract, path, sample, {}, connection))
    assert shapes[0] == shapes[1]
    due = next(c for c in shapes[0] if c.name == "due")
    assert (due.nulls, due.filled, due.low is not None) == (90, 810, True)


def test_what_is_held_is_looked_at_and_all_is_counted(contract: Contract, tmp_path: Path) -> None:
    """Categories and empty values are of all records, however few were held."""
    data = some(rows(20_000), "zip", 0.1, None)
    table = pa.table({n: pa.array(v, TYPES.get(n, pa.string())) for n, v in data.items()})
    table = table.append_column(RECORD, pa.array(np.arange(1, 20_001)))
    pq.write_table(table, tmp_path / "all")
    sample = Sample(most=1_000)
    sample.take(table)
    with duckdb.connect() as connection:
        columns = {c.name: c for c in accepted_columns(contract, tmp_path / "all", sample, {}, connection)}
    assert columns["zip"].nulls == 2_000
    assert sum((columns["status"].categories or {}).values()) == 20_000
    assert columns["status"].categories == {v: data["status"].count(v) for v in ("Closed", "Open", "Pending")}
    assert columns["id"].categories is None
    assert 250 <= columns["id"].looked == columns["id"].distinct <= 1_000
    assert columns["amount"].low == min(data["amount"])
    middle = columns["amount"].quantiles[QUANTILES.index(0.5)]
    assert float(middle) == pytest.approx(50, abs=6)


def test_names_of_a_few_people_are_no_categories(contract: Contract, tmp_path: Path) -> None:
    data = rows(9)
    data["status"] = ["Ana", "Bo", "Eve", "Max", "Lu", "Jo", "Ana", "Bo", "Eve"]
    told = shape(contract, data, tmp_path).column("status")
    assert told is not None
    assert told.categories is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("12", "integer"), ("-3", "integer"), ("007", "text"), ("10001.0", "number"), (".5", "number"),
        ("1e5", "number"), ("TRUE", "boolean"), ("01/31/2026", "date"), ("2026-01-31", "date"),
        ("2026-01-31T06:00:00.000", "timestamp"), ("01/31/2026 06:00:00 AM", "timestamp"), ("POINT (1 2)", "shape"),
        ("MULTIPOLYGON(((", "shape"), ("Pointing", "text"), ("  ", None), ("", None), (None, None), (True, "boolean"),
        (3, "integer"), (2.5, "number"), ({"a": 1}, "object"), ([1], "array"), (datetime(2026, 1, 1), "timestamp"),
        (date(2026, 1, 1), "date"), ("9" * 40, "text"),
    ],
)  # fmt: skip
def test_what_a_value_looks_like(value: Any, kind: str | None) -> None:
    assert kind_of(value) == kind
    assert counted([value, None]) == ({kind: 1} if kind else {})
