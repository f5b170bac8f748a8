"""Control totals: what was received, what stands accepted, what was published, counted apart from each other.

Belongs here: the counting. Sources are counted from their landings and from the accepted files themselves,
the entity and the named steps from the warehouse, the product from its rendered file. Does not belong here:
what a difference means (``gate_rules``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.city import City
from contracts.engines.sql import parquet, quoted
from contracts.errors import ArtefactError
from contracts.model import Contract, Delivery
from contracts.release import InputRef

if TYPE_CHECKING:
    import duckdb

    from orchestration.publish.job import PublishJob


@dataclass(frozen=True)
class Totals:
    """What was counted for one product.

    Attributes:
        entity: The entity the product's records are counted against; None for aggregated products.
        standing: Accepted records that stand, by source of the entity's records: the last delivery, all of
            them, or distinct keys over all, as the source's delivery says; one for each ``repeatedBy`` where the
            source repeats records; None where they cannot be counted.
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
    feeding = _sources(job, str(entity))
    given = {c.name: c for i in job.inputs if (c := source_contract(job.city, i.name))}
    sources = [c for name, c in given.items() if feeding is None or name in feeding]
    standing = {c.name: standing_records(connection, job, c) for c in sources}
    return Totals(str(entity), dict(sorted(standing.items())), received, removed)


def _sources(job: PublishJob, entity: str) -> frozenset[str] | None:
    """Names of the sources whose records are the entity's; None where the table graph does not say.

    They are those that the entity's staging itself reads. What it joins in through another model (codes,
    boundaries, another entity) only explains. Where it reads no source itself, they are all that lie above
    it and are not another entity's.
    """
    nodes = {str(n["id"]): n for n in job.lineage.get("nodes", ())}
    names = {job.city.staging.get(entity), f"int_{entity}__received"} - {None}
    ends = {i for i, n in nodes.items() if n.get("name") in names}
    staged = {i for i in ends if nodes[i].get("name") == job.city.staging.get(entity)}
    others = {i for i, n in nodes.items() if n.get("name") in set(job.city.staging.values()) - names}
    above: dict[str, set[str]] = {}
    for before, after in job.lineage.get("edges", ()):
        above.setdefault(str(after), set()).add(str(before))

    def read_by(found: Iterable[str]) -> frozenset[str]:
        return frozenset(str(nodes[i]["name"]) for i in found if i in nodes and nodes[i].get("kind") == "source")

    direct = read_by(i for end in staged for i in above.get(end, ()))
    if direct or not ends:
        return direct or None
    reached, frontier = set(ends), sorted(ends)
    while frontier:
        new = above.get(frontier.pop(), set()) - reached - others
        reached |= new
        frontier += sorted(new)
    return read_by(reached)


def standing_records(connection: duckdb.DuckDBPyConnection, job: PublishJob, source: Contract) -> int | None:
    """Accepted records of ``source`` that stand now, counted from its accepted files; None where one is not whole."""
    from orchestration.ingest.manifest import accepted_files

    try:
        files: tuple[Path, ...] = tuple(accepted_files(job.home, source))
    except ArtefactError:
        return None
    if not files:
        return None
    if source.delivery is Delivery.UPSERT:
        query = _keys(files, ", ".join(map(quoted, source.primary_key)))
    else:
        records = parquet(files[-1:] if source.delivery is Delivery.SNAPSHOT else files)
        key = source.custom.get("repeatedBy", ())
        one_each = f"(SELECT DISTINCT {', '.join(map(quoted, key))} FROM {records})" if key else records
        query = f"SELECT count(*) FROM {one_each}"
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else None


def _keys(files: Sequence[Path], key: str) -> str:
    """SQL that counts the keys in deliveries of which each holds a key once, as the door has seen to.

    Only the keys that came after the first delivery, usually the largest by far, are held in memory.
    """
    first = f"SELECT count(*) FROM {parquet(files[:1])}"
    if len(files) == 1:
        return first
    later = f"(SELECT DISTINCT {key} FROM {parquet(files[1:])})"
    return (
        f"SELECT (SELECT count(*) FROM {later}) + "
        f"(SELECT count(*) FROM {parquet(files[:1])} ANTI JOIN {later} USING ({key}))"
    )


def _rows(connection: duckdb.DuckDBPyConnection, relation: str) -> int | None:
    """Records of a table or view of the warehouse, or None where there is none of that name."""
    there = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_name = ? ORDER BY ALL", [relation]
    ).fetchone()
    if there is None:
        return None
    row = connection.execute(f"SELECT count(*) FROM {quoted(there[0])}.{quoted(there[1])}").fetchone()
    return int(row[0]) if row else None


def total(standing: Mapping[str, int | None]) -> int | None:
    """All accepted records that stand; None where there is no source, or one cannot be counted."""
    known = [n for n in standing.values() if n is not None]
    return sum(known) if known and len(known) == len(standing) else None
