"""Figures and rows for pages, read from the tier's own released files.

Belongs here: the queries that pages need (a sample, a measure's figures), each over released Parquet and
nothing else. Does not belong here: judging a figure (``catalog.answer``), pages. No query reads the clock; rows
come in a stated order.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
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

if TYPE_CHECKING:
    import duckdb

_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL")
LONGEST_CELL = 60
"""Characters of a cell in a sample; the rest is cut with a sign."""


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


@contextmanager
def _reader(files: Sequence[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": 1})
    try:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise ArtefactError(
            "a released file cannot be read",
            where=", ".join(str(f) for f in files),
            found=str(error).splitlines()[0],
            hint="cauce audit verify",
        ) from error
    finally:
        connection.close()


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
    with _reader(release.parquet) as connection:
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


def _still_running(measure: ProblemMeasure, carried: Collection[str]) -> str | None:
    """The condition under which an empty figure is a time that is still running, and not a hidden one.

    Only of a measure in days, and only where the release says itself what it hides (``is_<n>_suppressed``,
    ``minimum_cell``); elsewhere the two cannot be told apart.
    """
    flag = f"is_{measure.n}_suppressed"
    if measure.n is None or measure.unit.default.strip().lower() not in {"day", "days"}:
        return None
    if not {flag, "minimum_cell"} <= set(carried):
        return None
    return f"{quoted(measure.value)} IS NULL AND NOT {quoted(flag)} AND {quoted(measure.n)} >= minimum_cell"


def measure_query(measure: ProblemMeasure, relation: str, carried: Collection[str] = ()) -> str:
    """The query that gives a measure's figures over ``relation``, which carries the columns ``carried``."""
    n = quoted(measure.n) if measure.n else "NULL"
    running = _still_running(measure, carried)
    unreached = f",\n       {running} AS unreached" if running else ""
    conditions = [f"{quoted(column)} = {literal(value)}" for column, value in sorted(measure.where.items())]
    where = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
    return (
        f"SELECT {quoted(measure.area)} AS area, {quoted(measure.area_name)} AS area_name,\n"
        f"       {quoted(measure.period)} AS period, {quoted(measure.value)} AS value, {n} AS n{unreached}\n"
        f"FROM {relation}{where}\nORDER BY area, period"
    )


def measure_figures(release: ReleaseView, measure: ProblemMeasure) -> Figures:
    """A measure's figures in one release.

    ``observations`` is None where the rendition lacks a column that the measure needs.
    """
    carried = {c.name for c in release.manifest.columns}
    needed = [measure.value, measure.period, measure.area, measure.area_name, *measure.where]
    missing = tuple(sorted({c for c in [*needed, *([measure.n] if measure.n else [])] if c not in carried}))
    if missing or not release.parquet:
        return Figures(None, missing=missing)
    with _reader(release.parquet) as connection:
        rows = connection.execute(measure_query(measure, parquet(release.parquet), carried)).fetchall()
    shown = ", ".join(f"'{p.name}'" for p in release.parquet)
    return Figures(
        tuple(_observation(row) for row in rows if row[2] is not None and row[0] is not None),
        query=measure_query(measure, f"read_parquet([{shown}])" if len(release.parquet) > 1 else shown, carried),
    )


def _observation(row: Sequence[Any]) -> Observation:
    area, name, period, value, n, *unreached = row
    return Observation(
        area=str(area),
        area_name=str(name if name is not None else area),
        period=_day(period),
        value=float(value) if value is not None else None,
        n=float(n) if n is not None else None,
        unreached=bool(unreached and unreached[0]),
    )


def _day(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(f"{value}-01" if len(str(value)) == len("2026-01") else str(value)[:10])


def figures_csv(figures: Sequence[Observation], measure: ProblemMeasure) -> bytes:
    """A measure's figures as CSV, by area and month; an empty cell is a withheld or missing figure."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [measure.area, measure.area_name, measure.period, measure.value]
    writer.writerow(dict.fromkeys([*names, *([measure.n] if measure.n else [])]))
    for o in sorted(figures, key=lambda f: (f.area, f.period)):
        row = dict(zip(names, (o.area, o.area_name, o.period.isoformat(), o.value), strict=True))
        if measure.n:
            row[measure.n] = None if o.n is None else int(o.n) if o.n.is_integer() else o.n
        writer.writerow("" if cell is None else cell for cell in row.values())
    return text.getvalue().encode("utf-8")
