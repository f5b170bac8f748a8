"""The gaps of all measures as a table: what reaches the model, what comes back, and why there may be none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from transforms.statistics.gap_table import HIDDEN, SEASON, fitted_gaps
from transforms.statistics.gaps import Cell, Gap, gap

COLUMNS = (
    *("measure_id", "measure_version", "index_id", "formula_digest", "kind", "per", "group_id", "area_id", "period"),
    *("period_to", "stratum_1_of", "stratum_2_of", "stratum_1", "stratum_2", "is_hidden", "events", "base"),
)
NEWEST = date(2026, 2, 1)


def cell(measure: str, kind: str, fifth: str, area: str, month: int, category: str, counts: Any) -> tuple[Any, ...]:
    events, base, hidden = counts
    per = 100.0 if kind == "share" else 1000.0
    place = (measure, "1.0.0", "need", "abc", kind, per, fifth, area, date(2026, month, 1), NEWEST)
    return (*place, "category", "", category, "", hidden, float(events), float(base))


@pytest.fixture(name="connection")
def in_memory() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        types = ["VARCHAR"] * 5 + ["DOUBLE", "VARCHAR", "VARCHAR", "DATE", "DATE"] + ["VARCHAR"] * 4
        declared = ", ".join(
            f"{name} {kind}" for name, kind in zip(COLUMNS, [*types, "BOOLEAN", "DOUBLE", "DOUBLE"], strict=True)
        )
        connection.execute(f"CREATE TABLE cells ({declared})")
        yield connection


def table(connection: duckdb.DuckDBPyConnection, cells: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    if cells:
        connection.executemany(f"INSERT INTO cells VALUES ({', '.join('?' * len(COLUMNS))})", cells)
    rows: list[dict[str, Any]] = fitted_gaps(connection.table("cells")).to_pylist()
    return rows


def shares() -> list[tuple[Any, ...]]:
    """Lamps are mended late, potholes in time; those in need report lamps. Within a kind nobody waits longer."""
    counts = {
        ("1", "lamps"): (60, 300),
        ("1", "potholes"): (80, 100),
        ("5", "lamps"): (20, 100),
        ("5", "potholes"): (240, 300),
    }
    return [
        cell("on_time", "share", fifth, f"{fifth}{area}", month, kind, (events + 2 * area, base, False))
        for (fifth, kind), (events, base) in counts.items()
        for area in (0, 1)
        for month in (1, 2)
    ]


def test_a_gap_that_lies_in_the_mix_of_kinds_goes_with_the_adjustment(connection: duckdb.DuckDBPyConnection) -> None:
    (row,) = table(connection, shares())
    assert (row["period_from"], row["period_to"], row["areas"], row["n"]) == (date(2026, 1, 1), NEWEST, 4, 3200)
    assert row["raw_difference"] == pytest.approx(-30, abs=0.5)
    assert row["raw_difference_high"] < -25
    assert row["adjusted_difference_low"] < 0 < row["adjusted_difference_high"]
    assert row["adjusted_for"] == f"category, {SEASON}"
    assert row["reason"] is None


def test_the_numbers_are_those_of_the_model(connection: duckdb.DuckDBPyConnection) -> None:
    cells = shares()
    (row,) = table(connection, cells)
    named = [dict(zip(COLUMNS, one, strict=True)) for one in cells]
    found = gap(
        [
            Cell(c["group_id"], c["events"], c["base"], (c["stratum_1"], "", f"0{c['period'].month}"), c["area_id"])
            for c in named
        ],
        "1",
        "5",
        "share",
        ("category", "", SEASON),
    )
    assert isinstance(found, Gap)
    assert found.odds_ratio is not None
    assert row["adjusted_ratio"] == pytest.approx(found.odds_ratio.value, abs=1e-4)
    assert row["raw_ratio_low"] == pytest.approx(found.raw_ratio.low, abs=1e-4)
    assert row["adjusted_difference_low"] == pytest.approx(100 * found.difference.low, abs=1e-4)


def test_rates_are_told_per_residents_and_measures_stay_apart(connection: duckdb.DuckDBPyConnection) -> None:
    rates = [
        cell("reports", "rate", fifth, f"{fifth}{area}", month, "all", (events, 10_000, False))
        for fifth, events in (("1", 40), ("5", 80))
        for area in (0, 1)
        for month in (1, 2)
    ]
    first, second = table(connection, [*shares(), *rates])
    assert (first["measure_id"], second["measure_id"]) == ("on_time", "reports")
    assert (second["raw_ratio"], second["raw_difference"]) == (0.5, -4.0)
    assert second["adjusted_ratio"] == pytest.approx(0.5)
    assert second["n"] == 480


def test_a_hidden_count_hides_the_gap(connection: duckdb.DuckDBPyConnection) -> None:
    cells = [*shares(), cell("on_time", "share", "1", "10", 2, "noise", (0, 0, True))]
    (row,) = table(connection, cells)
    assert row["reason"] == HIDDEN
    assert row["raw_ratio"] is None
    assert row["adjusted_ratio"] is None


def test_too_few_cases_are_said(connection: duckdb.DuckDBPyConnection) -> None:
    cells = [cell("on_time", "share", fifth, fifth, 1, "lamps", (1, 3, False)) for fifth in ("1", "5")]
    (row,) = table(connection, cells)
    assert row["reason"] == "too few cases"
    assert row["adjusted_difference"] is None


def test_without_cells_there_is_a_table_without_rows(connection: duckdb.DuckDBPyConnection) -> None:
    assert table(connection, []) == []
    assert fitted_gaps(connection.table("cells")).column_names[:3] == ["measure_id", "measure_version", "index_id"]
