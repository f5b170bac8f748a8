"""Hidden cells worked out from what else a reader has: the ways, each as queries over published columns.

Belongs here: counting records as the cells count them, taking the parts shown from a total, looking a cell up in the
last release; how often each way gives what is shown. Does not belong here: which products are set beside each other
(``sisters``), for whom (``differencing``), the systems of equations (``transforms.disclosure``).

Counts are compared as whole tables: no record and no cell passes through Python, but where small tables are solved as
one system.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import TYPE_CHECKING, Final, Literal

from contracts.engines.sql import parquet, quoted, text_literal
from contracts.release import Release
from orchestration.publish.sisters import Sister

if TYPE_CHECKING:
    import duckdb

Way = Literal["records", "tables", "release"]

BELIEVED: Final = 0.9
"""A way is believed where it gives so many of the counts that are shown."""

ENOUGH: Final = 10
"""With fewer counts shown nobody can try a way on them; then it is believed for what it is by the flows."""

SOLVED: Final = 2_000
"""Two tables with so many cells together, or fewer, are also solved as one system of equations."""


@dataclass(frozen=True)
class Cells:
    """A hiding product's cells, in a table of the scratch database.

    Attributes:
        table: Its name.
        dimensions: The product's key.
        period: The dimension that is a date, where one is.
        unit: What its dates are the first day of: year, quarter, month, week or day.
        measures: The columns that hide, with the column of the exact count where the product has one for a higher tier.
        k: The least count shown.
    """

    table: str
    dimensions: tuple[str, ...]
    period: str | None
    unit: str
    measures: Mapping[str, str | None]
    k: int

    @property
    def plain(self) -> tuple[str, ...]:
        """The dimensions that are no dates."""
        return tuple(d for d in self.dimensions if d != self.period)


@dataclass(frozen=True)
class Given:
    """One way to the hidden cells of one column.

    Attributes:
        column: The column that hides.
        way: Counting records, setting tables beside each other, or the last release.
        columns: The columns used of what gives it away.
        hidden: Hidden cells of the column.
        reached: How many of them the way gives a number for.
        had: How many of those numbers are right; all, where nothing tells.
        tried: Shown cells it could be tried on.
        agreed: How many of those it gives.
        source: What gives it away: a product, or the last release.
        tier: Whose readers can go it.
    """

    column: str
    way: Way
    columns: tuple[str, ...]
    hidden: int
    reached: int
    had: int
    tried: int = 0
    agreed: int = 0
    source: str = ""
    tier: str = ""

    @property
    def is_believed(self) -> bool:
        """Whether it gives hidden cells away, as far as the numbers say."""
        if self.had == 0 or self.way == "release":
            return self.had > 0
        if self.tried >= ENOUGH:
            return self.agreed >= BELIEVED * self.tried
        return self.had >= BELIEVED * self.reached and self.agreed == self.tried


def _counted(column: str, way: Way, row: Sequence[int]) -> Given:
    hidden, reached, had, tried, agreed = map(int, row)
    return Given(column, way, (), hidden, reached, had, tried, agreed)


def from_records(
    connection: duckdb.DuckDBPyConnection, cells: Cells, sister: Sister, relation: str
) -> tuple[Given, ...]:
    """Count records by the cells' dimensions: by each of their dates, and what stood open between two of them.

    Per column only the way that agrees best is kept.
    """
    plain = [f"{quoted(sister.dimensions[d])} AS {quoted(d)}" for d in cells.plain]
    names = [quoted(d) for d in cells.plain]
    if cells.period is None:
        selected = ", ".join([*plain, "count(*) AS n"])
        connection.execute(f"CREATE OR REPLACE TEMP TABLE counted AS SELECT {selected} FROM {relation} GROUP BY ALL")
        ways: dict[tuple[str, ...], tuple[str, bool]] = {(): ("counted", False)}
    else:
        period = quoted(cells.period)
        parts = []
        for date in sister.dates:
            cut = f"CAST(date_trunc({text_literal(cells.unit)}, {quoted(date)}) AS DATE) AS {period}"
            selected = ", ".join([*plain, f"{text_literal(date)} AS dated_by", cut, "count(*) AS n"])
            parts.append(f"SELECT {selected} FROM {relation} WHERE {quoted(date)} IS NOT NULL GROUP BY ALL")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE counted AS {' UNION ALL '.join(parts)}")
        ways = {(d,): (f"(SELECT * FROM counted WHERE dated_by = {text_literal(d)})", False) for d in sister.dates}
        for pair in permutations(sister.dates, 2):
            ways[pair] = (_stock(pair, names, period), True)
    best: dict[str, Given] = {}
    for dates, (counted, is_stock) in ways.items():
        used = tuple(dict.fromkeys([*(sister.dimensions[d] for d in cells.plain), *dates]))
        for found in _recounted(connection, cells, counted, is_stock):
            known = best.get(found.column)
            if known is None or _share(found) > _share(known):
                best[found.column] = replace(found, columns=used)
    return tuple(best.values())


def _share(found: Given) -> tuple[float, int]:
    return found.agreed / max(1, found.tried), found.had


def _stock(pair: Sequence[str], names: Sequence[str], period: str) -> str:
    """How many records had come by the first date and not gone by the second, at the end of each period."""
    opened, left = map(text_literal, pair)
    within = f"PARTITION BY {', '.join(names)} " if names else ""
    change = f"sum(sum(CASE WHEN dated_by = {opened} THEN n ELSE -n END))"
    selected = ", ".join([*names, period, f"{change} OVER ({within}ORDER BY {period}) AS n"])
    groups = ", ".join([*names, period])
    return f"(SELECT {selected} FROM counted WHERE dated_by IN ({opened}, {left}) GROUP BY {groups})"


def _recounted(connection: duckdb.DuckDBPyConnection, cells: Cells, counted: str, is_stock: bool) -> Iterable[Given]:
    """How far one way of counting gives the cells of each column."""
    names = [d for d in cells.dimensions if not is_stock or d != cells.period]
    on = [f"cells.{quoted(d)} = counted.{quoted(d)}" for d in names]
    if is_stock and cells.period is not None:
        on.append(f"cells.{quoted(cells.period)} >= counted.{quoted(cells.period)}")
    joined = f"{'ASOF ' if is_stock else ''}LEFT JOIN {counted} AS counted ON {' AND '.join(on)}"
    asked = []
    for column, exact in cells.measures.items():
        m, n = f"cells.{quoted(column)}", "coalesce(counted.n, 0)"
        right = f"{n} = cells.{quoted(exact)}" if exact else "true"
        asked += [
            f"count(*) FILTER ({m} IS NULL)",
            f"count(*) FILTER ({m} IS NULL AND {n} > 0)",
            f"count(*) FILTER ({m} IS NULL AND {n} > 0 AND {right})",
            f"count(*) FILTER ({m} > 0)",
            f"count(*) FILTER ({m} > 0 AND {n} = {m})",
        ]
    row = connection.execute(f"SELECT {', '.join(asked)} FROM {cells.table} AS cells {joined}").fetchone() or ()
    for place, column in enumerate(cells.measures):
        yield _counted(column, "records", row[5 * place : 5 * place + 5])


def from_tables(
    connection: duckdb.DuckDBPyConnection, cells: Cells, sister: Sister, key: Sequence[str], relation: str
) -> tuple[Given, ...]:
    """Set a sister's counts beside the cells: totals of several cells, or parts of one.

    Args:
        connection: Where the cells are.
        cells: The hiding product's.
        sister: A product of counts.
        key: The sister's key.
        relation: It, as SQL.
    """
    shared = tuple(sister.dimensions)
    is_coarser = set(key) <= set(sister.dimensions.values())
    is_finer = set(cells.dimensions) <= set(shared)
    if not (is_coarser or is_finer):
        return ()
    found = []
    for column in cells.measures:
        for count in sister.counts:
            sides = (_grouped(cells.table, {d: d for d in shared}, column, cells.measures[column]),
                     _grouped(relation, sister.dimensions, count, None))  # fmt: skip
            given = _beside(connection, shared, sides, column)
            proved = given.agreed if given.tried else given.had if cells.measures[column] else 0
            if not proved or proved < BELIEVED * (given.tried or given.reached):
                continue
            given = replace(given, columns=(*sister.dimensions.values(), count))
            if is_coarser:
                given = _solved(connection, cells, sister, relation, given)
            found.append(given)
    return tuple(g for g in found if g.had)


def _grouped(relation: str, names: Mapping[str, str], count: str, exact: str | None) -> str:
    """A table summed over the dimensions two tables share: what is shown, how many are not, what those are."""
    groups = ", ".join(f"{quoted(column)} AS {quoted(name)}" for name, column in names.items())
    head = f"{groups}, " if groups else ""
    c = quoted(count)
    hidden = f"sum({quoted(exact)}) FILTER ({c} IS NULL)" if exact else "NULL"
    return (
        f"(SELECT {head}coalesce(sum({c}), 0) AS shown, count(*) FILTER ({c} IS NULL) AS gone, {hidden} AS exact"
        f" FROM {relation} GROUP BY ALL)"
    )


def _beside(connection: duckdb.DuckDBPyConnection, shared: Sequence[str], sides: tuple[str, str], column: str) -> Given:
    """What two summed tables tell of the one cell that the first hides in a group."""
    on = " AND ".join(f"cells.{quoted(d)} = others.{quoted(d)}" for d in shared) or "true"
    told = "cells.gone = 1 AND others.gone = 0 AND others.shown > cells.shown"
    row = (
        connection.execute(
            f"""
        SELECT coalesce(sum(cells.gone), 0), count(*) FILTER ({told}),
            count(*) FILTER ({told} AND coalesce(others.shown - cells.shown = cells.exact, true)),
            count(*) FILTER (cells.gone = 0 AND others.gone = 0 AND cells.shown > 0),
            count(*) FILTER (cells.gone = 0 AND others.gone = 0 AND cells.shown > 0 AND cells.shown = others.shown)
        FROM {sides[0]} AS cells INNER JOIN {sides[1]} AS others ON {on}
        """
        ).fetchone()
        or (0,) * 5
    )
    return _counted(column, "tables", row)


def _solved(connection: duckdb.DuckDBPyConnection, cells: Cells, sister: Sister, relation: str, given: Given) -> Given:
    """The same, where both tables are small: with what follows from all their equations together."""
    from transforms.disclosure.differencing import compare_sisters
    from transforms.disclosure.published import read_published
    from transforms.disclosure.rules import CellRule

    count = given.columns[-1]
    renamed = ", ".join(f"{quoted(column)} AS {quoted(name)}" for name, column in sister.dimensions.items())
    others = connection.sql(f"SELECT {renamed}, {quoted(count)} AS n FROM {relation}")
    mine = connection.sql(
        f"SELECT {', '.join(map(quoted, cells.dimensions))}, {quoted(given.column)} AS n FROM {cells.table}"
    )
    if len(mine) + len(others) > SOLVED:
        return given
    tables = [
        read_published("cells", mine, cells.dimensions, "n"),
        read_published("others", others, tuple(sister.dimensions), "n"),
    ]
    try:
        found = compare_sisters(tables, CellRule(k=max(2, cells.k)))
    except ValueError:  # they do not count the same: late records, or another population
        return given
    more = sum(finding.hidden_in == "cells" for finding in found)
    return replace(given, reached=max(given.reached, more), had=max(given.had, more))


def from_last(connection: duckdb.DuckDBPyConnection, cells: Cells, last: Release) -> tuple[Given, ...]:
    """Cells that are hidden now and that the last release showed.

    Where the product has the exact counts, such a cell is had only if its count is still the same: records that came
    late, or were corrected, make it another.
    """
    names = {c.name for c in last.manifest.columns}
    if not set(cells.dimensions) <= names:
        return ()
    found = []
    on = " AND ".join(f"cells.{quoted(d)} = before.{quoted(d)}" for d in cells.dimensions)
    for column, exact in cells.measures.items():
        if column not in names:
            continue
        c, told = quoted(column), f"cells.{quoted(column)} IS NULL AND before.{quoted(column)} > 0"
        right = f"{told} AND before.{c} = cells.{quoted(exact)}" if exact else told
        row = (
            connection.execute(
                f"SELECT count(*) FILTER (cells.{c} IS NULL), count(*) FILTER ({told}), count(*) FILTER ({right})"
                f" FROM {cells.table} AS cells LEFT JOIN {parquet(last.parquet())} AS before ON {on}"
            ).fetchone()
            or (0,) * 3
        )
        if row[1]:
            found.append(replace(_counted(column, "release", (*row, 0, 0)), columns=(column,)))
    return tuple(found)
