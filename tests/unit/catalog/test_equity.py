"""For whom a measure is as it is: reading indices and gaps, adding up a year, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from catalog.answer import Observation
from catalog.equity import GAP_COLUMNS, INDEX_COLUMNS, Index, Place, read_gaps, read_indices, weigh
from catalog.measured import Measured
from catalog.site.equity_part import EquityPart, equity_part
from catalog.site.speech import Speech
from contracts.city import Person
from contracts.measure import Formula, Measure, MeasureKind
from contracts.model import Text
from tests.unit.catalog import site_world as world
from transforms.statistics.reasons import NotComputed


def measure(kind: MeasureKind = "rate") -> Measure:
    formula = Formula(kind, "requests_monthly", {}, "requests", "population", 1000.0 if kind == "rate" else 100.0)
    return Measure(
        id="asked",
        version="1.0.0",
        title=Text("Requests"),
        definition=Text("Requests."),
        formula=formula,
        unit=Text("per 1,000 residents") if kind == "rate" else Text("per cent"),
        direction="none",
        owner=Person(Text("Owner")),
        gaming=Text("None."),
    )


def observations(counts: Mapping[str, tuple[float, float]], months: int = 12) -> tuple[Observation, ...]:
    return tuple(
        Observation(
            area, f"Area {area}", date(2025, month, 1), 1.0, numerator, numerator=numerator, denominator=denominator
        )
        for area, (numerator, denominator) in counts.items()
        for month in range(1, months + 1)
    )


def index(unit: str = "% of households") -> Index:
    places = {f"{i}": Place(50.0 - 5 * i, 1 + i // 2, i + 1, 1000.0) for i in range(10)}
    return Index("need", "Unmet needs", unit, 2020, "Census.", places)


COUNTS: Mapping[str, tuple[float, float]] = {f"{i}": (20.0 + 10 * i, 1000.0) for i in range(10)}
"""Requests a month of ten areas of a thousand residents; the less in need, the more."""


def test_fifths_add_up_to_the_city_and_compare_the_ends() -> None:
    found = weigh(Measured(measure(), areas=observations(COUNTS)), [index()], {})
    assert found is not None
    assert (found.first, found.last, found.months) == (date(2025, 1, 1), date(2025, 12, 1), 12)
    (one,) = found.by_index
    assert [f.areas for f in one.fifths] == [2] * 5
    assert sum(f.numerator for f in one.fifths) == 12 * sum(n for n, _ in COUNTS.values())
    assert one.fifths[0].value == pytest.approx(25.0)
    assert not isinstance(one.gap, NotComputed)
    assert one.gap.ratio.value == pytest.approx(25 / 105)
    assert one.gap.difference.value == pytest.approx(-80)
    assert not isinstance(one.slope, NotComputed)
    assert one.slope.index.value is not None
    assert one.slope.index.value < -80


def test_the_line_and_the_group_say_the_same_way() -> None:
    found = weigh(Measured(measure(), areas=observations(COUNTS)), [index()], {})
    assert found is not None
    (one,) = found.by_index
    assert one.demographic is not None
    assert not isinstance(one.demographic, NotComputed)
    assert one.demographic.difference.value is not None
    assert one.demographic.difference.value < 0
    assert one.demographic.difference.significant


def test_an_index_that_is_no_share_tells_nothing_of_a_group() -> None:
    found = weigh(Measured(measure(), areas=observations(COUNTS)), [index("points")], {})
    assert found is not None
    assert found.by_index[0].demographic is None


def test_shares_of_records_and_residents_add_up_to_nothing() -> None:
    found = weigh(Measured(measure(), areas=observations(COUNTS)), [], {})
    assert found is not None
    assert found.by_index == ()
    assert found.geographic is not None
    assert not isinstance(found.geographic, NotComputed)
    assert sum(d.difference.value or 0.0 for d in found.geographic) == pytest.approx(0)


def test_only_the_newest_twelve_months_count() -> None:
    old = Observation("0", "Area 0", date(2024, 12, 1), 1.0, 999.0, numerator=999.0, denominator=1000.0)
    found = weigh(Measured(measure(), areas=(old, *observations(COUNTS))), [index()], {})
    assert found is not None
    assert found.first == date(2025, 1, 1)


def test_an_area_with_a_hidden_month_is_left_out_and_named() -> None:
    areas = list(observations(COUNTS))
    areas[0] = replace(areas[0], value=None, numerator=None, n=None, hidden=True)
    found = weigh(Measured(measure(), areas=tuple(areas)), [index()], {})
    assert found is not None
    assert found.hidden == ("Area 0",)
    assert found.by_index[0].fifths[0].areas == 1
    assert "0" not in found.names


@pytest.mark.parametrize("kind", ["ratio", "count", "days"])
def test_other_kinds_are_not_compared_by_need(kind: MeasureKind) -> None:
    assert weigh(Measured(measure(kind), areas=observations(COUNTS)), [index()], {}) is None


def test_a_measure_without_areas_has_no_such_part() -> None:
    assert weigh(Measured(measure()), [index()], {}) is None


def release(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Any:
    def written(value: Any) -> str:
        if value is None:
            return "NULL"
        return f"DATE '{value}'" if isinstance(value, date) else repr(value)

    values = ", ".join("(" + ", ".join(written(row.get(c)) for c in columns) + ")" for row in rows)
    duckdb.sql(f"COPY (SELECT * FROM (VALUES {values}) AS t ({', '.join(columns)})) TO '{path}' (FORMAT parquet)")
    manifest = SimpleNamespace(columns=[SimpleNamespace(name=c) for c in columns])
    return SimpleNamespace(parquet=(path,), manifest=manifest)


def indices(path: Path) -> Any:
    rows = [
        {
            **{"index_id": "need", "index_year": year, "district_id": area, "index_name": "Unmet needs"},
            **{"index_value": place.value, "unit": "% of households", "direction": "lower"},
            **{"need_rank": place.rank, "need_fifth": place.fifth if year < 2030 else None},
            **{"population": 1000, "index_source": "Census."},
        }
        for year in (2010, 2020, 2030)
        for area, place in index().places.items()
    ]
    return release(path, INDEX_COLUMNS, rows)


def test_an_index_is_read_in_its_newest_year_with_fifths(tmp_path: Path) -> None:
    (found,) = read_indices(indices(tmp_path / "indices.parquet"))
    assert found == index()


def gaps(path: Path, **told: Any) -> Any:
    base = {
        **{"index_id": "need", "period_from": date(2025, 1, 1), "period_to": date(2025, 12, 1)},
        **{"raw_ratio": 0.24, "raw_ratio_low": 0.2, "raw_ratio_high": 0.3},
        **{"adjusted_ratio": 0.24, "adjusted_ratio_low": 0.1, "adjusted_ratio_high": 0.6},
        **{"adjusted_difference": -80.0, "adjusted_difference_low": -120.0, "adjusted_difference_high": -40.0},
        **{"n": 9000, "areas": 4, "adjusted_for": "category, month", "reason": None},
        **{"measure_id": "asked", "measure_version": "1.0.0", "formula_digest": measure().formula.digest},
    }
    names = (*GAP_COLUMNS, "measure_id", "measure_version", "formula_digest")
    return release(path, names, [base | told, base | {"measure_id": "other", "index_id": "need"}])


def test_a_gap_counts_only_by_the_formula_in_force(tmp_path: Path) -> None:
    found = read_gaps(gaps(tmp_path / "now.parquet"), measure())
    assert found["need"].adjusted_for == ("category", "month")
    assert found["need"].ratio is not None
    assert found["need"].ratio.significant
    assert read_gaps(gaps(tmp_path / "old.parquet", formula_digest="another"), measure()) == {}


def part(tmp_path: Path, language: str = "en", *, has_index: bool = True, **told: Any) -> EquityPart:
    products: dict[str, Any] = {"measure_gaps": SimpleNamespace(current=gaps(tmp_path / "gaps.parquet", **told))}
    if has_index:
        products["district_indices"] = SimpleNamespace(current=indices(tmp_path / "indices.parquet"))
    site: Any = SimpleNamespace(catalog=SimpleNamespace(products=products))
    found = equity_part(site, Measured(measure(), areas=observations(COUNTS)), Speech(world.city(), language))
    assert found is not None
    return found


def test_a_gap_beyond_chance_is_told_with_its_interval(tmp_path: Path) -> None:
    (one,) = part(tmp_path).indices
    assert one.said == (
        "January 2025 to December 2025: the figure of the areas most in need was 0.24 times that of the areas least in"
        " need (0.10 to 0.60), like compared with like."
    )
    assert [row.label for row in one.fifths] == [
        *("most in need", "second fifth", "middle fifth", "fourth fifth", "least in need")
    ]
    assert [row.is_clear for row in one.rows] == [None, None, *[True] * 5]
    assert any("As counted" in note for note in one.notes)
    assert any("category, calendar month" in note for note in one.notes)


def test_a_gap_within_chance_is_no_difference_told(tmp_path: Path) -> None:
    (one,) = part(tmp_path, adjusted_ratio_high=1.4, adjusted_difference_high=3.0).indices
    assert one.said == (
        "January 2025 to December 2025: no difference between the areas most and least in need can be told apart from"
        " chance."
    )
    assert "0.24" not in one.said
    assert [row.is_clear for row in one.rows if row.label.startswith("Adjusted")] == [False, False]


def test_why_there_is_no_adjusted_gap_is_said(tmp_path: Path) -> None:
    gone: dict[str, Any] = dict.fromkeys(name for name in GAP_COLUMNS if name.startswith("adjusted"))
    (one,) = part(tmp_path, reason="too few cases", **gone).indices
    assert [row.value for row in one.rows if row.label == "Adjusted gap"] == [
        "Cannot be worked out: there are too few cases."
    ]


def test_a_city_without_an_index_says_so_and_still_compares_with_residents(tmp_path: Path) -> None:
    found = part(tmp_path, has_index=False)
    assert found.indices == ()
    assert found.why_none.startswith("The city has no index")
    assert [(row.label, row.is_clear) for row in found.areas[:2]] == [("Area 0", True), ("Area 9", True)]
    assert any("by which channel" in note for note in found.notes)
