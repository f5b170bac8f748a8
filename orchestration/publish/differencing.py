"""Hidden counts that can be had all the same: from records, from other tables, from the last release.

Belongs here: for each tier's files of a product that hides counts, which of its hidden cells other published files give
away; for a product that is new, which hidden cells of others it would. Does not belong here: which files those are
(``sisters``), the ways (``recounting``), what a find means for the release (``differencing_rules``).

A reader who wants a hidden count does what is done here: counts records, or takes the parts shown from a total, and
sees whether that gives the counts that are shown. Nothing is read but published columns; where the product carries the
exact count for a higher tier, a cell counts as had only where the way gives just that.

Cost: a product without such columns, or that hides no cell, costs one aggregate over its own file. Records are counted
once for each of their dates; everything after that works on tables of the size of the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from contracts import release, tiers
from contracts.engines.sql import parquet, quoted, text_literal
from contracts.flow.model import Edge, FlowGraph, Kind, Subtype, fold
from contracts.model import Contract, Property
from contracts.release import Release
from contracts.steps import HIDING_STEPS
from orchestration.publish import recounting, sisters
from orchestration.publish.job import PublishJob
from orchestration.publish.recounting import Cells, Given
from orchestration.publish.render import Rendition, columns_for, open_warehouse, tiers_of
from orchestration.publish.sisters import Sister

if TYPE_CHECKING:
    import duckdb

_DECIDING: Final = frozenset({"step_is_small_cell", "step_has_small_part"})
"""Functions that say whether to hide and give no count."""

_UNITS: Final = ("year", "quarter", "month", "week", "day")


@dataclass(frozen=True)
class Compared:
    """What was found of one attempt.

    Attributes:
        columns: Columns that can hide cells, by tier.
        hidden: Their hidden cells, by tier.
        given: Every way that was tried and gives a number for some of them.
        exposed: Ways by which this product, which is new, gives hidden cells of others away, by the others' names.
        unplaced: Tiers whose files lack a part of the key, so that their cells cannot be told apart.
        stopped: Why it could not be done: the name of an error, never its text, which may quote a value.
    """

    columns: Mapping[str, tuple[str, ...]]
    hidden: Mapping[str, int]
    given: tuple[Given, ...] = ()
    exposed: tuple[tuple[str, Given], ...] = ()
    unplaced: tuple[str, ...] = ()
    stopped: str = ""


def compare(job: PublishJob, renditions: Sequence[Rendition], previous: Mapping[str, Release]) -> Compared:
    """Try every way to the hidden cells of a product's files, and of others' where this product is new.

    Args:
        job: The job; it has a flow.
        renditions: The files, from the highest tier to the lowest.
        previous: The release served now, by tier.

    Raises:
        ArtefactError: A file of a served release is missing or altered.
        OutsideError: The disk refused, or memory ran out.
    """
    import duckdb

    assert job.flow is not None
    graph = job.flow.graph
    columns = {r.tier: hiding_columns(graph, job.contract, r.tier) for r in renditions}
    others = () if previous else _served_and_hiding(job, graph)
    if not any(columns.values()) and not others:
        return Compared(columns, {})
    with open_warehouse(job, renditions[0].folder.parent) as connection:
        try:
            hidden = {r.tier: _hidden(connection, r.data, columns[r.tier]) for r in renditions}
            given = [g for r in renditions if hidden[r.tier] for g in _given(connection, job, renditions, r, previous)]
            exposed = [(o.name, g) for o in others for g in _exposed(connection, job, renditions, o)]
        except (duckdb.IOException, duckdb.OutOfMemoryException):
            raise
        except duckdb.Error as error:
            return Compared(columns, {}, stopped=type(error).__name__)
    key = set(job.contract.primary_key)
    unplaced = tuple(r.tier for r in renditions if hidden[r.tier] and not key <= set(r.names))
    return Compared(columns, hidden, tuple(given), tuple(exposed), unplaced)


# Columns that hide --------------------------------------------------------------------------


def hiding_columns(graph: FlowGraph, contract: Contract, tier: str) -> tuple[str, ...]:
    """The columns of a tier's file whose cells may be hidden: not where the exact count stands beside them."""
    seen = columns_for(contract, tier)
    names = [c.name for c in seen]
    return tuple(c.name for c in seen if _can_hide(c) and not exacts_of(graph, contract.name, c.name, names))


def _can_hide(column: Property) -> bool:
    return column.step is not None and column.step.name in HIDING_STEPS and column.logical_type == "integer"


def exacts_of(graph: FlowGraph, relation: str, column: str, among: Sequence[str]) -> tuple[str, ...]:
    """Of some columns, those that are what ``column`` hides, unhidden: plain copies of what the step was given."""
    made = graph.relation(relation)
    hiding = made.columns.get(fold(column)) if made is not None else None
    if made is None or hiding is None:
        return ()
    given = {_origin(e) for e in hiding.edges if e.kind is Kind.DIRECT and e.steps and e.steps[-1] not in _DECIDING}
    found = []
    for name in among:
        other = made.columns.get(fold(name))
        edge = other.edges[0] if other is not None and len(other.edges) == 1 else None
        if edge is not None and edge.subtype is Subtype.IDENTITY and not edge.steps and _origin(edge) in given:
            found.append(name)
    return tuple(found)


def _origin(edge: Edge) -> tuple[str, str]:
    return fold(edge.relation), fold(edge.column)


def _hidden(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], columns: Sequence[str]) -> int:
    if not columns:
        return 0
    empty = " + ".join(f"count(*) FILTER ({quoted(c)} IS NULL)" for c in columns)
    found = connection.execute(f"SELECT {empty} FROM {parquet(files)}").fetchone()
    return int(found[0]) if found else 0


def _cells(
    connection: duckdb.DuckDBPyConnection, job: PublishJob, contract: Contract, tier: str, top: Sequence[Path]
) -> Cells:
    """Every cell of a tier's file with what is shown of it, and the exact counts where the highest tier has them."""
    assert job.flow is not None
    graph = job.flow.graph
    held = [c.name for c in columns_for(contract, tiers_of(contract)[0])]
    exacts = {c: exacts_of(graph, contract.name, c, held) for c in hiding_columns(graph, contract, tier)}
    wanted = dict.fromkeys([*contract.primary_key, *exacts, *(e for found in exacts.values() for e in found)])
    selected = ", ".join(map(quoted, wanted))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE hiding AS SELECT {selected} FROM {parquet(top)}")
    measures = {column: _exact(connection, column, found) for column, found in exacts.items()}
    dates = [d for d in contract.primary_key if sisters.is_date(contract, d)]
    period, unit = (dates[0], "day") if len(dates) == 1 else (None, "day")
    if period is not None:
        p = quoted(period)
        asked = ", ".join(f"bool_and({p} = date_trunc({text_literal(u)}, {p}))" for u in _UNITS)
        row = connection.execute(f"SELECT {asked} FROM hiding").fetchone() or ()
        unit = next((u for u, holds in zip(_UNITS, row, strict=False) if holds), "day")
    return Cells("hiding", tuple(contract.primary_key), period, unit, measures, job.city.minimum_cell)


def _exact(connection: duckdb.DuckDBPyConnection, column: str, among: Sequence[str]) -> str | None:
    """Of several columns that a step was given, the one whose counts are those it shows."""
    if not among:
        return None
    asked = ", ".join(f"count(*) FILTER ({quoted(column)} <> {quoted(e)})" for e in among)
    row = connection.execute(f"SELECT {asked} FROM hiding").fetchone() or ()
    return next((e for e, wrong in zip(among, row, strict=False) if not wrong), None)


# Ways to them -------------------------------------------------------------------------------


def _given(
    connection: duckdb.DuckDBPyConnection,
    job: PublishJob,
    renditions: Sequence[Rendition],
    of: Rendition,
    previous: Mapping[str, Release],
) -> list[Given]:
    """The ways to this product's hidden cells that readers of one tier have."""
    if not set(job.contract.primary_key) <= set(of.names):
        return []
    cells = _cells(connection, job, job.contract, of.tier, renditions[0].data)
    last = previous.get(of.tier)
    given: list[Given] = []
    for sister in sisters.sisters_of(job, job.contract, of.tier):
        files = sisters.files_of(job, sister)
        if files is None and last is not None:
            continue  # it is the newcomer, and held by its own gate
        relation = parquet(files) if files else _mart(connection, sister) if files is None else None
        if relation is not None:
            found = _ways(connection, job, cells, sister, relation)
            given += [replace(g, source=sister.product, tier=of.tier) for g in found]
    if last is not None:
        found = recounting.from_last(connection, cells, last)
        given += [replace(g, source=f"release {last.commit.version}", tier=of.tier) for g in found]
    return [g for g in given if g.reached]


def _ways(
    connection: duckdb.DuckDBPyConnection, job: PublishJob, cells: Cells, sister: Sister, relation: str
) -> tuple[Given, ...]:
    if sister.counts:
        key = job.city.products[sister.product].primary_key
        return recounting.from_tables(connection, cells, sister, key, relation)
    return recounting.from_records(connection, cells, sister, relation)


def _mart(connection: duckdb.DuckDBPyConnection, sister: Sister) -> str | None:
    """A sister that is published with this run for the first time: as the warehouse has it."""
    found = connection.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'main' AND table_name = ?",
        [sister.product],
    ).fetchone()
    return quoted(sister.product) if found and found[0] else None


# A newcomer beside what is served -----------------------------------------------------------


def _served_and_hiding(job: PublishJob, graph: FlowGraph) -> tuple[Contract, ...]:
    """Other products that are served now and have columns that can hide cells."""
    found = []
    for contract in job.city.products.values():
        if contract.name == job.product or graph.relation(contract.name) is None:
            continue
        hiding = [t for t in contract.renditions if hiding_columns(graph, contract, t)]
        if any(release.current(job.home, t, contract.name) for t in hiding):
            found.append(contract)
    return tuple(sorted(found, key=lambda c: c.name))


def _exposed(
    connection: duckdb.DuckDBPyConnection, job: PublishJob, renditions: Sequence[Rendition], other: Contract
) -> list[Given]:
    """The hidden cells of a product as it is served that this one, once published, gives away."""
    assert job.flow is not None
    found: list[Given] = []
    served = release.current(job.home, tiers_of(other)[0], other.name)
    for tier in tiers_of(other):
        columns = hiding_columns(job.flow.graph, other, tier)
        key = set(other.primary_key) <= {c.name for c in columns_for(other, tier)}
        if served is None or not columns or not key or not _hidden(connection, served.parquet(), columns):
            continue
        cells = _cells(connection, job, other, tier, served.parquet())
        for sister in sisters.sisters_of(job, other, tier):
            mine = next((r for r in renditions if r.tier == sister.tier), None)
            if sister.product == job.product and mine is not None:
                ways = _ways(connection, job, cells, sister, parquet(mine.data))
                found += [replace(g, source=job.product, tier=tier) for g in ways if g.reached]
    return found


def lowest(given: Sequence[Given]) -> str:
    """The lowest tier whose readers can go one of some ways."""
    return min((g.tier for g in given), key=tiers.rank)
