"""Control totals: what was received, what stands accepted, what was published, counted apart from each other.

Belongs here: the counting. Sources are counted from their landings and from the accepted files themselves,
the entity and the named steps from the warehouse, the product from its rendered file. Does not belong here:
what a difference means (``gate_rules``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.city import City
from contracts.engines.sql import parquet, quoted
from contracts.model import Contract, Delivery
from contracts.release import InputRef

if TYPE_CHECKING:
    import duckdb

    from orchestration.publish.job import PublishJob

MOST_SOURCES = 8
"""Beyond so many sources of one entity, which of them its records came from is not worked out."""


@dataclass(frozen=True)
class Totals:
    """What was counted for one product.

    Attributes:
        entity: The entity the product's records are counted against; None for aggregated products.
        standing: Accepted records that stand, by source: the last delivery, all of them, or distinct
            keys over all, as the source's delivery says; None where they cannot be counted.
        entity_rows: Records of the entity as received by the warehouse; None where it has no such table.
        removed: Records each named step removed, in order; None for a step that is no table.
    """

    entity: str | None
    standing: Mapping[str, int | None]
    entity_rows: int | None
    removed: Mapping[str, int | None]


def source_contract(city: City, name: str) -> Contract | None:
    """The source called ``name``, by its own name or its id."""
    return city.sources.get(name.rsplit("/", 1)[-1])


def balanced(given: InputRef) -> bool | None:
    """Whether received = accepted + quarantined + rejected; None where a number is missing."""
    numbers = (given.received, given.accepted, given.quarantined, given.rejected)
    if any(n is None for n in numbers):
        return None
    received, accepted, quarantined, rejected = (int(n or 0) for n in numbers)
    return received == accepted + quarantined + rejected


def count(connection: duckdb.DuckDBPyConnection, job: PublishJob) -> Totals:
    """Count for ``job``; ``connection`` reads the warehouse and the accepted files."""
    declared: Mapping[str, Any] = job.contract.custom.get("reconciles") or {}
    entity = declared.get("entity")
    if entity is None:
        return Totals(None, {}, None, {})
    received = _rows(connection, f"int_{entity}__received")
    removed: dict[str, int | None] = {}
    before = received
    for step in declared.get("removedBy") or ():
        rows = _rows(connection, step)
        rows = _rows(connection, f"int_{entity}__{step}") if rows is None else rows
        removed[step] = None if rows is None or before is None else before - rows
        before = rows
    sources = [c for i in job.inputs if (c := source_contract(job.city, i.name)) and _feeds(job, c.name, entity)]
    standing = {c.name: standing_records(connection, job, c) for c in sources}
    return Totals(str(entity), dict(sorted(standing.items())), received, removed)


def _feeds(job: PublishJob, source: str, entity: str) -> bool:
    """Whether ``source`` lies upstream of the entity in the table graph; true where the graph does not say."""
    nodes = {n["id"]: n for n in job.lineage.get("nodes", ())}
    target = next((i for i, n in nodes.items() if n.get("name") == f"int_{entity}__received"), None)
    if target is None:
        return True
    edges = [(str(a), str(b)) for a, b in job.lineage.get("edges", ())]
    reached, frontier = {target}, [target]
    while frontier:
        node = frontier.pop()
        new = {a for a, b in edges if b == node} - reached
        reached |= new
        frontier += sorted(new)
    return any(nodes[i].get("name") == source for i in reached if i in nodes)


def standing_records(connection: duckdb.DuckDBPyConnection, job: PublishJob, source: Contract) -> int | None:
    """Accepted records of ``source`` that stand now, counted from its accepted files."""
    from orchestration.ingest.manifest import accepted_files

    files: tuple[Path, ...] = tuple(accepted_files(job.home, source))
    if not files or any(not f.is_file() for f in files):
        return None
    match source.delivery:
        case Delivery.SNAPSHOT:
            query = f"SELECT count(*) FROM {parquet(files[-1:])}"
        case Delivery.APPEND:
            query = f"SELECT count(*) FROM {parquet(files)}"
        case Delivery.UPSERT:
            key = ", ".join(quoted(k) for k in source.primary_key)
            query = f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM {parquet(files)})"
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else None


def _rows(connection: duckdb.DuckDBPyConnection, relation: str) -> int | None:
    """Records of a table or view of the warehouse, or None where there is none of that name."""
    there = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_name = ? ORDER BY ALL", [relation]
    ).fetchone()
    if there is None:
        return None
    row = connection.execute(f"SELECT count(*) FROM {quoted(there[0])}.{quoted(there[1])}").fetchone()
    return int(row[0]) if row else None


def made_of(standing: Mapping[str, int | None], rows: int) -> tuple[str, ...] | None:
    """The sources whose standing records add up to ``rows``.

    All of them where they do, else the largest part of them that does (the others then only explain: codes,
    boundaries), else None.
    """
    known = {name: n for name, n in standing.items() if n is not None}
    if len(known) != len(standing) or not known or len(known) > MOST_SOURCES:
        return None
    for size in range(len(known), 0, -1):
        for chosen in combinations(sorted(known), size):
            if sum(known[name] for name in chosen) == rows:
                return chosen
    return None
