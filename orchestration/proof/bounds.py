"""What a registered step does not tell apart: other values of a column under which the step must give the same.

Belongs here: for each step that can be so respected, how a column is changed within it. Does not belong here: columns
that no step lets through (``values``), which column goes through what (``lowering``).

- Moments keep their local day, their order among the moments of the same record, and their side of every moment that
  the SQL names; within that they move. Where a step picks or numbers records by them, their order among all records
  stays too.
- Positions are exchanged among records that lie in the same of the city's areas. A single number that is given out as
  a position is none, and changes freely.
- A text of which only it is told whether there is one is another text; whatever is only told to be known, is known.

Any other step (keyed hashes, bands, caps, minimum cells): its columns stay as they are, and that is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from contracts.engines.sql import quoted, text_literal
from orchestration.proof.literals import Literals
from orchestration.proof.values import Source, Way, changed

if TYPE_CHECKING:
    import duckdb
    import numpy as np

Bound = Literal["free", "moment", "position", "known", "written", "left"]

MOMENTS: Final = frozenset(
    {
        *("step_generalise_day", "step_generalise_month", "step_generalise_quarter", "step_generalise_year"),
        *("step_compare_times", "step_is_known", "step_is_newest", "step_record_number"),
    }
)
"""Functions that a moment may go through and be moved within its day."""
ORDERING: Final = frozenset({"step_is_newest", "step_record_number"})
"""Those that tell of the order among records."""
POSITIONS: Final = frozenset({"step_point_in_area", "step_has_position"})
KNOWING: Final = frozenset({"step_is_known", "step_has_position"})
WRITING: Final = frozenset({"step_no_text"})

AREA: Final = r"^\s*(MULTI)?POLYGON\s*\("
"""Well-known text of an area."""
LEAST_SHARE, MOST_SHARE = 0.2, 0.8


def bound_of(kind: Any, steps: frozenset[str]) -> Bound:
    """How far a column of an Arrow type may be changed, by the functions through which it reaches a tier."""
    import pyarrow as pa

    if not steps:
        return "free"
    if steps <= KNOWING:
        return "known"
    if steps <= MOMENTS and pa.types.is_timestamp(kind):
        return "moment"
    if steps <= POSITIONS and pa.types.is_floating(kind):
        return "position"
    if steps <= POSITIONS and (pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        return "free"
    if steps <= WRITING and pa.types.is_string(kind):
        return "written"
    return "left"


def known(column: Any, way: Way, source: Source, chance: np.random.Generator, *, blank: bool = False) -> Any:
    """Other values where there is one, nothing where there is none; with ``blank`` a blank text counts as none."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    is_there = pc.is_valid(column)
    if blank:
        is_there = pc.and_kleene(is_there, pc.not_equal(pc.utf8_trim_whitespace(column), ""))
    places = np.flatnonzero(np.asarray(is_there.fill_null(False)))
    there = column.take(pa.array(places))
    made = changed(there, way, source, chance)
    ok = pc.is_valid(made)
    if blank:
        ok = pc.and_kleene(ok, pc.not_equal(pc.utf8_trim_whitespace(made), ""))
    made = pc.if_else(ok.fill_null(False), made, there)
    both = pa.concat_arrays([column, made])
    index = np.arange(len(column))
    index[places] = len(column) + np.arange(len(places))
    return both.take(pa.array(index))


@dataclass(frozen=True)
class Days:
    """The moments of one source, and the local days they lie in; µs since 1970, null as the least number.

    ``cuts`` are the moments that the SQL names, sorted.
    """

    columns: tuple[str, ...]
    moments: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    is_there: np.ndarray
    cuts: np.ndarray = field(repr=False)


def days_of(
    connection: duckdb.DuckDBPyConnection, records: Any, columns: Sequence[str], zone: str, cuts: np.ndarray
) -> Days:
    """The local days of a source's moments, by the engine's time zones; ``cuts`` as ``cuts_of`` gives them."""
    import numpy as np

    lists: list[str] = []
    for name in columns:
        moment, day = quoted(name), f"CAST(timezone({text_literal(zone)}, timezone('UTC', {quoted(name)})) AS DATE)"
        midnight = f"timezone('UTC', timezone({text_literal(zone)}, CAST({day} {{}} AS TIMESTAMP)))"
        lists += [f"epoch_us({moment})", f"epoch_us({midnight.format('')})", f"epoch_us({midnight.format('+ 1')})"]
    connection.register("given", records)
    found = connection.execute(f"SELECT {', '.join(f'{one} AS c{n}' for n, one in enumerate(lists))} FROM given")
    table = found.to_arrow_table()
    connection.unregister("given")
    data = [table.column(n).combine_chunks() for n in range(len(lists))]
    there = [np.asarray(one.is_valid()) for one in data[::3]]
    filled = [one.fill_null(0).to_numpy(zero_copy_only=False) for one in data]
    stacked = [np.stack(filled[n::3], axis=1) for n in range(3)]
    return Days(tuple(columns), stacked[0], stacked[1], stacked[2], np.stack(there, axis=1), cuts)


def cuts_of(literals: Literals, fixed: Sequence[Any]) -> np.ndarray:
    """The moments that no other may pass: those that the SQL names, and those of ``fixed`` columns, which stay."""
    import numpy as np
    import pyarrow as pa

    named = pa.array(literals.moments, type=pa.timestamp("us"))
    whole = [named, *(column.cast(pa.timestamp("us"), safe=False) for column in fixed)]
    numbers = pa.concat_arrays(whole).cast(pa.int64()).drop_null().to_numpy(zero_copy_only=False)
    return np.unique(numbers)


def moved(days: Days, chance: np.random.Generator, *, keeps_order: bool) -> Mapping[str, Any]:
    """The moments moved within their days, by column: null stays null, equal moments of a record stay equal.

    Between two cuts of a day time runs at two speeds, slower then faster or faster then slower; the records each have
    their own, or with ``keeps_order`` share one.
    """
    import numpy as np
    import pyarrow as pa

    values = days.moments
    count = len(values)
    place = np.searchsorted(days.cuts, values, side="left")
    padded = np.concatenate([[np.iinfo(np.int64).min], days.cuts, [np.iinfo(np.int64).max]])
    begins = np.maximum(days.begins, padded[place])
    ends = np.minimum(days.ends, padded[place + 1])
    is_cut = values == padded[place + 1]
    shape = (1, 1) if keeps_order else (count, 1)
    knee = chance.uniform(LEAST_SHARE, MOST_SHARE, shape)
    height = chance.uniform(LEAST_SHARE, MOST_SHARE, shape)
    span = np.maximum(ends - begins, 1)
    share = (values - begins) / span
    other = np.where(share < knee, share * height / knee, height + (share - knee) * (1 - height) / (1 - knee))
    warped = begins + np.round(other * span).astype(np.int64)
    warped = np.clip(warped, np.where(values > begins, begins + 1, begins), ends - 1)
    warped = np.where(is_cut | ~days.is_there, values, warped)
    made = {}
    for n, name in enumerate(days.columns):
        made[name] = pa.array(warped[:, n], type=pa.int64(), mask=~days.is_there[:, n]).cast(pa.timestamp("us"))
    return made


@dataclass(frozen=True)
class Areas:
    """Of each record of a source, which areas its position lies in (as a number that stands for them)."""

    columns: tuple[str, ...]
    lies_in: np.ndarray


def areas_of(
    connection: duckdb.DuckDBPyConnection, records: Any, columns: Sequence[str], shapes: Sequence[str]
) -> Areas | None:
    """Where a source's positions lie, by all areas that the sources tell; None where they tell none.

    Args:
        connection: A scratch warehouse, its sources filled.
        records: The source's records.
        columns: The two columns of a position; which is the longitude need not be known.
        shapes: SQL of every column that holds areas (``shapes_in``).
    """
    if not shapes or len(columns) != 2:
        return None
    first, second = map(quoted, columns)
    connection.register("given", records)
    found = connection.execute(
        f"""
        WITH shapes AS (SELECT shape, row_number() OVER (ORDER BY shape) AS number FROM ({" UNION ".join(shapes)})),
        areas AS (SELECT number, st_geomfromtext(shape) AS area FROM shapes),
        points AS (
            SELECT row_number() OVER () AS place, {first} AS x, {second} AS y, st_point({first}, {second}) AS one,
                st_point({second}, {first}) AS other
            FROM given
        ),
        inside AS (
            SELECT place, list(number ORDER BY number) AS areas
            FROM (
                SELECT place, number FROM points INNER JOIN areas ON st_intersects(area, one)
                UNION SELECT place, -number FROM points INNER JOIN areas ON st_intersects(area, other)
            )
            GROUP BY place
        )
        SELECT CAST(dense_rank() OVER (ORDER BY x IS NULL, y IS NULL, inside.areas) AS BIGINT) AS lies_in
        FROM points LEFT JOIN inside USING (place)
        ORDER BY place
        """
    ).to_arrow_table()
    connection.unregister("given")
    return Areas(tuple(columns), found.column(0).combine_chunks().to_numpy())


def shapes_in(connection: duckdb.DuckDBPyConnection, sources: Sequence[str]) -> list[str]:
    """SQL of every column of a source that holds areas as well-known text."""
    shapes = []
    for source in sources:
        for column, kind, *_ in connection.execute(f"DESCRIBE {quoted(source)}").fetchall():
            query = f"SELECT {quoted(column)} AS shape FROM {quoted(source)}"
            where = f"regexp_matches({quoted(column)}, {text_literal(AREA)})"
            if kind == "VARCHAR" and connection.execute(f"{query} WHERE {where} LIMIT 1").fetchone():
                shapes.append(f"{query} WHERE {where}")
    return shapes


def exchanged(records: Any, areas: Areas, chance: np.random.Generator) -> Mapping[str, Any]:
    """The positions exchanged among the records that lie in the same areas, by column."""
    import numpy as np
    import pyarrow as pa

    count = len(areas.lies_in)
    to = np.lexsort((np.arange(count), areas.lies_in))
    source = np.lexsort((chance.random(count), areas.lies_in))
    order = np.empty(count, dtype=np.int64)
    order[to] = source
    return {name: records.column(name).take(pa.array(order)) for name in areas.columns}
