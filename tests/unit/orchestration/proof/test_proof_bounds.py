"""What a registered step does not tell apart stays as it is, and everything else moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from contracts.engines.spatial import spatial_extension
from orchestration.proof import bounds
from orchestration.proof.literals import Literals
from orchestration.proof.values import Source

ZONE = "America/New_York"
CUT = datetime(2026, 3, 8, 12)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        yield opened


def moments() -> pa.Table:
    """Around the night of 8 March 2026, when clocks go forward: opened, and closed some time after or never."""
    chance = np.random.default_rng(5)
    opened = [datetime(2026, 3, 6) + timedelta(seconds=int(s)) for s in chance.integers(0, 5 * 86_400, 300)]
    closed = [one + timedelta(seconds=int(s)) for one, s in zip(opened, chance.integers(0, 86_400, 300), strict=True)]
    ends: list[datetime | None] = [None if n % 7 == 0 else one for n, one in enumerate(closed)]
    ends[3], opened[4] = opened[3], CUT
    kind = pa.timestamp("us")
    return pa.table({"opened": pa.array(opened, kind), "closed": pa.array(ends, kind)})


def told(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> list[tuple[Any, ...]]:
    """All that the registered steps may tell of the moments of one record."""
    connection.register("given", table)
    day = f"cast(timezone('{ZONE}', timezone('UTC', {{}})) as date)"
    cut = f"timestamp '{CUT}'"
    return connection.execute(
        f"select {day.format('opened')}, {day.format('closed')}, closed <= opened, closed = opened, opened <= {cut}, "
        f"opened = {cut}, closed <= {cut}, closed is null from given"
    ).fetchall()


@pytest.mark.parametrize("keeps_order", [False, True])
def test_moments_move_within_what_the_steps_tell(connection: duckdb.DuckDBPyConnection, keeps_order: bool) -> None:
    table = moments()
    cuts = bounds.cuts_of(Literals(moments=(CUT,)), [])
    days = bounds.days_of(connection, table, ["opened", "closed"], ZONE, cuts)
    moved = pa.table(dict(bounds.moved(days, np.random.default_rng(1), keeps_order=keeps_order)))
    assert told(connection, moved) == told(connection, table)
    before, after = table.column("opened").to_pylist(), moved.column("opened").to_pylist()
    assert sum(one != other for one, other in zip(before, after, strict=True)) > 280
    order = [before.index(one) for one in sorted(before)]
    same_order = [after[n] for n in order] == sorted(after)
    assert same_order is keeps_order


def test_positions_are_exchanged_within_their_areas_alone(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"load '{spatial_extension()}'")
    west, east = "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))", "POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"
    connection.execute(f"create table areas as select unnest(['{west}', '{east}', 'no area']) as shape")
    chance = np.random.default_rng(2)
    x = [None if n % 9 == 0 else float(v) for n, v in enumerate(chance.uniform(-0.5, 2.5, 200))]
    table = pa.table({"x": pa.array(x, pa.float64()), "y": pa.array(chance.uniform(0, 1, 200))})
    shapes = bounds.shapes_in(connection, ["areas"])
    areas = bounds.areas_of(connection, table, ["x", "y"], shapes)
    assert areas is not None
    moved = bounds.exchanged(table, areas, chance)

    def area(value: float | None) -> str:
        return "none" if value is None else "west" if 0 <= value <= 1 else "east" if 1 < value <= 2 else "out"

    after = moved["x"].to_pylist()
    assert [area(v) for v in after] == [area(v) for v in x]
    assert sum(one != other for one, other in zip(x, after, strict=True)) > 150
    assert sorted(v for v in after if v is not None) == sorted(v for v in x if v is not None)
    assert bounds.areas_of(connection, table, ["x", "y"], []) is None


def test_what_is_only_told_to_be_there_is_there() -> None:
    column = pa.array(["a dog", None, " ", "pipe", ""] * 20)
    source = Source(Literals(texts=("dog", " ")))
    for way in ("named", "anew", "aimed", "exchanged"):
        made = bounds.known(column, way, source, np.random.default_rng(3), blank=True)
        assert [bool((one or "").strip()) for one in made.to_pylist()] == [True, False, False, True, False] * 20
        plain = bounds.known(column, way, source, np.random.default_rng(3))
        assert plain.is_valid() == column.is_valid()
    assert bounds.known(column, "named", source, np.random.default_rng(3), blank=True) != column


@pytest.mark.parametrize(
    ("kind", "steps", "bound"),
    [
        (pa.timestamp("us"), {"step_generalise_day", "step_compare_times"}, "moment"),
        (pa.date32(), {"step_generalise_day"}, "left"),
        (pa.float64(), {"step_point_in_area", "step_has_position"}, "position"),
        (pa.int64(), {"step_point_in_area"}, "free"),
        (pa.float64(), {"step_has_position"}, "known"),
        (pa.string(), {"step_no_text"}, "written"),
        (pa.string(), {"step_pseudonym"}, "left"),
        (pa.timestamp("us"), {"step_generalise_day", "step_count_with_min_cell"}, "left"),
        (pa.string(), set(), "free"),
    ],
)
def test_a_column_is_bound_by_all_its_steps(kind: Any, steps: set[str], bound: str) -> None:
    assert bounds.bound_of(kind, frozenset(steps)) == bound
