"""Figures and rows for pages, read from the tier's own released files.

Belongs here: the queries that pages need (a sample, a measure's figures), each over released Parquet and
nothing else. Does not belong here: judging a figure (``catalog.answer``), pages. No query reads the clock; rows
come in a stated order.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.answer import Observation
from catalog.views import ReleaseView
from contracts.city import ProblemMeasure
from contracts.engines.sql import literal, parquet, quoted, text_literal
from contracts.errors import ArtefactError
from contracts.measure import ALL

if TYPE_CHECKING:
    import duckdb

_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL")
FLAGS = {"unreached": "is_unreached", "hidden": "is_suppressed"}
"""By what is said of an empty figure, the column of the product of all measures that says it."""
COMPLETE = "is_complete_month"
"""The column by which a product says whether its data covers a month whole; other months answer nothing."""
LONGEST_CELL = 60
"""Characters of a cell in a sample; the rest is cut with a sign."""
MOST_VALUES = 300
"""Frequent values told of one release; a column with more different ones is taken for names or numbers of records."""
LONGEST_VALUE = 80
"""Characters of a value that is searched; longer ones are texts."""
ROWS_COUNTED = 1_000_000
"""Rows in which values are counted: of a larger release the first ones, which can only make a count smaller."""
ROWS_TRIED = 20_000
"""Rows by which a column of too many different values is passed over, before the others are counted."""


@dataclass(frozen=True)
class SampleColumn:
    """A column of a sample."""

    name: str
    numeric: bool


@dataclass(frozen=True)
class Sample:
    """Some rows of a release as text; None is a missing value."""

    columns: tuple[SampleColumn, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()


@dataclass(frozen=True)
class Figures:
    """A measure's figures; ``missing`` names columns that this rendition does not carry."""

    observations: tuple[Observation, ...] | None
    query: str = ""
    missing: tuple[str, ...] = ()


_kept = threading.local()
"""Each thread's connection: to open one takes longer than to read a sample."""


def _connection() -> duckdb.DuckDBPyConnection:
    import duckdb

    found: duckdb.DuckDBPyConnection | None = getattr(_kept, "connection", None)
    if found is None:
        found = _kept.connection = duckdb.connect(":memory:", config={"threads": 1})
        found.execute("SET TimeZone = 'UTC'; SET enable_external_file_cache = false")
    return found


@contextmanager
def reading(files: Sequence[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """This thread's connection, for a query over released ``files``.

    Raises:
        ArtefactError: One of them cannot be read.
    """
    import duckdb

    try:
        yield _connection()
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise ArtefactError(
            "a released file cannot be read",
            where=", ".join(str(f) for f in files),
            found=str(error).splitlines()[0],
            hint="cauce audit verify",
        ) from error


def sample(release: ReleaseView, rows: int) -> Sample:
    """``rows`` rows through a release, in its order: at even steps of one file, or the first of parts at even steps."""
    total = release.manifest.rows
    columns = [c.name for c in release.manifest.columns]
    if not release.parquet or not columns:
        return Sample()
    shown = tuple(SampleColumn(c.name, c.type.upper().startswith(_NUMERIC)) for c in release.manifest.columns)
    if total <= 0:
        return Sample(shown)
    listed = ", ".join(f"CAST({quoted(c)} AS VARCHAR)" for c in columns)
    with reading(release.parquet) as connection:
        queries = _of_parts if len(release.parquet) > 1 else _of_one
        found = [
            row
            for file, chosen in queries(release.parquet, min(rows, total), total)
            for row in connection.execute(
                f"SELECT {listed} FROM read_parquet({text_literal(str(file))}, file_row_number = true) {chosen}"
            ).fetchall()
        ]
    return Sample(shown, tuple(tuple(_cut(cell) for cell in row) for row in found))


def _of_one(files: Sequence[Path], count: int, total: int) -> Iterator[tuple[Path, str]]:
    """Rows at even steps of the one file."""
    wanted = ", ".join(str((i * total) // count) for i in range(count))
    yield files[0], f"WHERE file_row_number IN ({wanted}) ORDER BY file_row_number"


def _of_parts(files: Sequence[Path], count: int, _total: int) -> Iterator[tuple[Path, str]]:
    """The first rows of parts at even steps: nothing else of a large release is read."""
    picked = Counter((i * len(files)) // count for i in range(count))
    for n, times in sorted(picked.items()):
        yield files[n], f"LIMIT {times}"


def _cut(cell: str | None) -> str | None:
    if cell is None or len(cell) <= LONGEST_CELL:
        return cell
    return cell[: LONGEST_CELL - 1] + "…"


def frequent_values(release: ReleaseView, minimum: int) -> tuple[str, ...]:
    """The values that stand in a release's text columns again and again: kinds of request, districts, offices.

    Args:
        release: A release that is served; it holds nothing above its tier.
        minimum: Rows that a value must stand in to be told.

    Shape: in order, each once, at most ``MOST_VALUES``; columns of fewest different values come first.
    """
    texts = [c.name for c in release.manifest.columns if c.type.upper().startswith("VARCHAR")]
    if not texts or not release.parquet or release.manifest.rows < minimum:
        return ()
    counted = _counted_at_once if release.manifest.rows <= ROWS_TRIED else _counted_by_column
    with reading(release.parquet) as connection:
        found = {
            column: {v for v, n in values if n >= minimum and v.strip() and len(v) <= LONGEST_VALUE}
            for column, values in counted(connection, parquet(release.parquet), texts)
            if 0 < len(values) <= MOST_VALUES
        }
    told: set[str] = set()
    for column in sorted(found, key=lambda name: (len(found[name]), name)):
        if len(told | found[column]) <= MOST_VALUES:
            told |= found[column]
    return tuple(sorted(told))


Counts = Iterator[tuple[str, list[tuple[str, int]]]]
"""Columns, each with its values and the rows that each value stands in."""


def _counted_at_once(connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str]) -> Counts:
    """The values of a small release's columns, in one reading."""
    listed = ", ".join(f"histogram({quoted(column)})" for column in columns)
    found = connection.execute(f"SELECT {listed} FROM {relation}").fetchone()
    assert found is not None, "a query of counts gives one row"
    for column, counts in zip(columns, found, strict=True):
        yield column, list((counts or {}).items())


def _counted_by_column(connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str]) -> Counts:
    """The values of those columns of a large release that hold few different ones."""
    few = _of_few_values(connection, relation, columns)
    listed = ", ".join(quoted(column) for column in few)
    rows = f"SELECT {listed} FROM {relation} LIMIT {ROWS_COUNTED}"
    for column in few:
        yield (
            column,
            connection.execute(
                f"SELECT {quoted(column)}, count(*) FROM ({rows}) WHERE {quoted(column)} IS NOT NULL"
                f" GROUP BY ALL LIMIT {MOST_VALUES + 1}"
            ).fetchall(),
        )


def _of_few_values(connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str]) -> list[str]:
    """The columns that hold few different values in a release's first rows."""
    counts = ", ".join(f"count(DISTINCT {quoted(column)})" for column in columns)
    found = connection.execute(f"SELECT {counts} FROM (SELECT * FROM {relation} LIMIT {ROWS_TRIED})").fetchone()
    assert found is not None, "a query of counts gives one row"
    return [column for column, count in zip(columns, found, strict=True) if 0 < count <= MOST_VALUES]


def _more(measure: ProblemMeasure, carried: Collection[str]) -> dict[str, str]:
    """What else the product tells of a figure: whether it is still running or hidden, its interval, its parts."""
    value = quoted(measure.value)
    found = {name: f"{value} IS NULL AND {flag}" for name, flag in FLAGS.items() if flag in carried}
    sides = dict(zip(("low", "high"), interval_columns(measure), strict=True))
    sides |= {side: side for side in ("numerator", "denominator")}
    return found | {name: quoted(column) for name, column in sides.items() if column in carried}


def interval_columns(measure: ProblemMeasure) -> tuple[str, str]:
    """The columns that hold the ends of a figure's interval, where a product publishes one."""
    return f"{measure.value}_low", f"{measure.value}_high"


def measure_query(measure: ProblemMeasure, relation: str, carried: Collection[str] = ()) -> str:
    """The query that gives a measure's figures over ``relation``, which carries the columns ``carried``."""
    n = quoted(measure.n) if measure.n else "NULL"
    more = "".join(f",\n       {expression} AS {name}" for name, expression in _more(measure, carried).items())
    conditions = [f"{quoted(column)} = {literal(value)}" for column, value in sorted(measure.where.items())]
    conditions += [quoted(COMPLETE)] if COMPLETE in carried else []
    conditions += [f"{quoted(measure.area)} <> {text_literal(ALL)}"]
    where = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
    return (
        f"SELECT {quoted(measure.area)} AS area, {quoted(measure.area_name)} AS area_name,\n"
        f"       {quoted(measure.period)} AS period, {quoted(measure.value)} AS value, {n} AS n{more}\n"
        f"FROM {relation}{where}\nORDER BY area, period"
    )


def measure_figures(release: ReleaseView, measure: ProblemMeasure) -> Figures:
    """A measure's figures in one release.

    They are those of its areas, without the whole city's (``measured``).
    ``observations`` is None where the rendition lacks a column that the measure needs.
    """
    carried = {c.name for c in release.manifest.columns}
    needed = [measure.value, measure.period, measure.area, measure.area_name, *measure.where]
    missing = tuple(sorted({c for c in [*needed, *([measure.n] if measure.n else [])] if c not in carried}))
    if missing or not release.parquet:
        return Figures(None, missing=missing)
    with reading(release.parquet) as connection:
        found = connection.execute(measure_query(measure, parquet(release.parquet), carried))
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    shown = ", ".join(f"'{p.name}'" for p in release.parquet)
    return Figures(
        tuple(_observation(row, measure) for row in rows if row["period"] is not None and row["area"] is not None),
        query=measure_query(measure, f"read_parquet([{shown}])" if len(release.parquet) > 1 else shown, carried),
    )


def _observation(row: Mapping[str, Any], measure: ProblemMeasure) -> Observation:
    return Observation(
        area=str(row["area"]),
        area_name=str(row["area"] if row["area_name"] is None else row["area_name"]),
        period=_day(row["period"]),
        value=_figure(row["value"]),
        n=_figure(row["n"]),
        unreached=bool(row.get("unreached")),
        hidden=bool(row.get("hidden")),
        low=_figure(row.get("low")),
        high=_figure(row.get("high")),
        is_count=measure.kind == "count" or measure.value == measure.n,
        numerator=_figure(row.get("numerator")),
        denominator=_figure(row.get("denominator")),
    )


def _figure(value: Any) -> float | None:
    return None if value is None else float(value)


def _day(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(f"{value}-01" if len(str(value)) == len("2026-01") else str(value)[:10])
