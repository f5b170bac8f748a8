"""The algebra of edges: what becomes of a set of them when a value goes through an expression.

Belongs here: pure functions on sets of edges. Does not belong here: SQL, classes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from contracts.flow.model import Edge, Kind, Subtype

Flows = frozenset[Edge]

NOTHING: Final[Flows] = frozenset()

MOST_CHAINS: Final = 32
"""Different chains of steps kept for one end of an edge; beyond, one without any steps stands for all."""

_STRENGTH: Final = {Subtype.IDENTITY: 0, Subtype.TRANSFORMATION: 1, Subtype.AGGREGATION: 2}


def direct(flows: Flows, subtype: Subtype) -> Flows:
    """The edges of a value made of one with ``flows``. What was INDIRECT stays so."""
    if subtype is Subtype.IDENTITY or not flows:
        return flows
    strength = _STRENGTH[subtype]
    return frozenset(
        edge._replace(subtype=subtype) if edge.kind is Kind.DIRECT and _STRENGTH[edge.subtype] < strength else edge
        for edge in flows
    )


def indirect(flows: Flows, subtype: Subtype) -> Flows:
    """The edges of a value, or of records, decided by one with ``flows``."""
    return frozenset(Edge(edge.relation, edge.column, Kind.INDIRECT, subtype, edge.steps) for edge in flows)


def inside_aggregate(flows: Flows) -> Flows:
    """The edges of an aggregate's argument: made of it, and whatever decides it is a filter on what is counted."""
    return frozenset(
        edge._replace(subtype=Subtype.AGGREGATION)
        if edge.kind is Kind.DIRECT
        else edge._replace(subtype=Subtype.FILTER)
        for edge in flows
    )


def through_step(flows: Flows, function: str, *, with_conditions: bool) -> Flows:
    """The edges after a step: DIRECT ones, and with ``with_conditions`` the INDIRECT ones too, bear its name."""
    return frozenset(
        _with_step(edge, function) if with_conditions or edge.kind is Kind.DIRECT else edge for edge in flows
    )


def _with_step(edge: Edge, function: str) -> Edge:
    subtype = Subtype.TRANSFORMATION if edge.subtype is Subtype.IDENTITY else edge.subtype
    if edge.steps and edge.steps[-1] == function:
        return edge._replace(subtype=subtype)
    return edge._replace(subtype=subtype, steps=(*edge.steps, function))


def bounded(flows: Flows) -> Flows:
    """The edges, with no more than MOST_CHAINS chains of steps at one end: a bare edge takes the place of more.

    An edge without steps is of the highest class, so that nothing is lost but detail.
    """
    if len(flows) <= MOST_CHAINS:
        return flows
    ends: dict[tuple[str, ...], list[Edge]] = defaultdict(list)
    for edge in flows:
        ends[edge[:4]].append(edge)
    if all(len(edges) <= MOST_CHAINS for edges in ends.values()):
        return flows
    kept: list[Edge] = []
    for edges in ends.values():
        kept += edges if len(edges) <= MOST_CHAINS else [edges[0]._replace(steps=())]
    return frozenset(kept)


def union(parts: Iterable[Flows]) -> Flows:
    """All edges of all parts."""
    return NOTHING.union(*parts)


def arranged(flows: Flows) -> tuple[Edge, ...]:
    """The edges in their order: the same for the same set."""
    return tuple(sorted(flows))
