"""Which other products of a city a reader may set beside one that hides counts, by the flows that made both.

Belongs here: which columns of a sister carry what a hidden count is counted by, read off the graph of flows; which of
its files a reader has. Does not belong here: counting and comparing (``differencing``), what it means for a release
(``differencing_rules``).

Columns are the same where both are copies of one column of one relation. A date of a sister takes part where any column
that the hiding product is made from is the date itself: by which of several dates a count was made is for the numbers
to say, which cost less than reading it off the SQL and cannot be mistaken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts import release, tiers
from contracts.flow.model import FlowGraph, Kind, Nature, Subtype, fold
from contracts.model import Contract
from orchestration.publish.job import PublishJob
from orchestration.publish.render import class_of

Origin = tuple[str, str]
"""A relation and a column of it, folded."""


@dataclass(frozen=True)
class Sister:
    """Another product that a reader of a tier may have beside the one that hides.

    Attributes:
        product: Its name.
        tier: The rendition that the reader has of it.
        dimensions: Which of its columns carries a dimension of the hiding product, by the dimension's name.
        dates: Its columns of dates that take part in what is hidden; empty in a sister of counts.
        counts: Its columns that count; empty in a sister of records.
    """

    product: str
    tier: str
    dimensions: Mapping[str, str]
    dates: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()


def copies(graph: FlowGraph, relation: str, column: str) -> frozenset[Origin]:
    """A column and every column above it that it is an unchanged copy of."""
    reached: set[Origin] = set()
    waiting = [(fold(relation), fold(column))]
    while waiting:
        here = waiting.pop()
        if here in reached:
            continue
        reached.add(here)
        made = graph.relation(here[0])
        found = made.columns.get(here[1]) if made is not None else None
        direct = [e for e in found.edges if e.kind is Kind.DIRECT] if found is not None else []
        if {e.subtype for e in direct} == {Subtype.IDENTITY}:
            waiting += [(fold(e.relation), fold(e.column)) for e in direct]
    return frozenset(reached)


def support(graph: FlowGraph, relation: str) -> frozenset[Origin]:
    """Every column that takes part in a relation, in a value or in a condition, however far above."""
    reached: set[Origin] = set()
    above = graph.relation(relation)
    waiting = [(fold(relation), name) for name in above.columns] if above is not None else []
    seen_presence: set[str] = set()
    while waiting:
        here = waiting.pop()
        if here in reached:
            continue
        reached.add(here)
        made = graph.relation(here[0])
        if made is None:
            continue
        found = made.columns.get(here[1])
        edges = list(found.edges) if found is not None else []
        if made.name not in seen_presence:
            seen_presence.add(made.name)
            edges += made.presence
        waiting += [(fold(e.relation), fold(e.column)) for e in edges]
    return frozenset(reached)


def sisters_of(job: PublishJob, hiding: Contract, tier: str) -> tuple[Sister, ...]:
    """The products that can be set beside one that hides, in renditions that a tier may see.

    A sister of records carries every dimension of the hiding product but its dates, and dates that take part in it; a
    sister of counts carries some dimension.

    Args:
        job: The attempt; it has a flow.
        hiding: The product that hides: the attempt's own or another.
        tier: Whose readers are asked about.
    """
    assert job.flow is not None
    graph = job.flow.graph
    wanted = {name: copies(graph, hiding.name, name) for name in hiding.primary_key}
    dated = {n for n in wanted if is_date(hiding, n)}
    within = support(graph, hiding.name)
    found = []
    for name, contract in sorted(job.city.products.items()):
        seen = _rendition(contract, tier)
        if name == hiding.name or seen is None or graph.relation(name) is None:
            continue
        shown = [c.name for c in contract.columns if tiers.visible(class_of(c), seen)]
        origins = {column: copies(graph, name, column) for column in shown}
        carried = {
            dimension: column
            for dimension, origin in wanted.items()
            if (column := next((c for c in shown if origins[c] & origin), None)) is not None
        }
        counts = tuple(c for c in shown if _nature(graph, name, c) is Nature.COUNT and is_whole(contract, c))
        dates = tuple(c for c in shown if not counts and is_date(contract, c) and origins[c] & within)
        has_all = set(wanted) - dated <= set(carried) and (bool(dates) or not dated)
        if carried if counts else has_all:
            found.append(Sister(name, seen, carried, dates, counts))
    return tuple(found)


def is_date(contract: Contract, column: str) -> bool:
    """Whether a column holds days or moments."""
    found = contract.object.column(column)
    return found is not None and found.physical_type.upper().startswith(("DATE", "TIMESTAMP"))


def is_whole(contract: Contract, column: str) -> bool:
    """Whether a column holds whole numbers."""
    found = contract.object.column(column)
    return found is not None and found.logical_type == "integer"


def files_of(job: PublishJob, sister: Sister) -> tuple[Path, ...] | None:
    """The files that a reader has of a sister; None where it was never published, so that it may be with this run.

    Empty where it was withdrawn: nobody is handed it now.

    Raises:
        ArtefactError: A file is missing or altered.
    """
    served = release.current(job.home, sister.tier, sister.product)
    if served is not None:
        return served.parquet()
    return () if release.commits(job.home, sister.tier, sister.product) else None


def _rendition(contract: Contract, tier: str) -> str | None:
    """The highest rendition of a product that a reader of ``tier`` is handed."""
    seen = [t for t in contract.renditions if tiers.rank(t) <= tiers.rank(tier)]
    return max(seen, key=tiers.rank, default=None)


def _nature(graph: FlowGraph, relation: str, column: str) -> Nature | None:
    made = graph.relation(relation)
    found = made.columns.get(fold(column)) if made is not None else None
    return found.nature if found is not None else None
