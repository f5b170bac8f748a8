"""A graph of flows as plain values, to be kept with a release.

Belongs here: the one written form, compact and the same for the same graph. Does not belong here: writing files.

An edge's kind follows from its subtype and is not written; edges that differ by their column alone stand together:
``[relation, subtype, [steps], [columns]]``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from contracts.errors import ArtefactError
from contracts.flow.model import (
    Edge,
    FlowColumn,
    FlowGraph,
    FlowRelation,
    Kind,
    Misuse,
    Nature,
    Refusal,
    Subtype,
    fold,
)

FORMAT_VERSION: Final = 1

_DIRECT: Final = frozenset({Subtype.IDENTITY, Subtype.TRANSFORMATION, Subtype.AGGREGATION})


def graph_as_dict(graph: FlowGraph) -> dict[str, Any]:
    """The graph as plain values; relations by name, edges in order."""
    relations = sorted(graph.relations.values(), key=lambda relation: relation.name)
    return {
        "formatVersion": FORMAT_VERSION,
        "relations": [_relation_as_dict(relation) for relation in relations],
        "refusals": [asdict(refusal) for refusal in sorted(graph.refusals)],
        "misuses": [asdict(misuse) for misuse in sorted(graph.misuses)],
    }


def graph_from_dict(document: Mapping[str, Any]) -> FlowGraph:
    """The graph that ``graph_as_dict`` gave; its relations in an order in which each stands after those it reads.

    Raises:
        ArtefactError: The values are not such a graph.
    """
    version = document.get("formatVersion")
    if version != FORMAT_VERSION:
        raise ArtefactError(
            "a kept graph of flows has another form",
            found=f"format version {version}",
            expected=f"format version {FORMAT_VERSION}",
        )
    try:
        relations = [_relation_from_dict(one) for one in document["relations"]]
        refusals = tuple(Refusal(**one) for one in document["refusals"])
        misuses = tuple(Misuse(**one) for one in document["misuses"])
    except (KeyError, TypeError, ValueError) as error:
        raise ArtefactError("a kept graph of flows cannot be read", found=f"{type(error).__name__}: {error}") from error
    return FlowGraph(_in_order(relations), refusals, misuses)


def _relation_as_dict(relation: FlowRelation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": relation.name,
        "columns": [_column_as_dict(column) for column in relation.columns.values()],
    }
    if relation.presence:
        found["presence"] = _edges_as_lists(relation.presence)
    if relation.order:
        found["order"] = _edges_as_lists(relation.order)
    if relation.rest is not None:
        found["rest"] = _column_as_dict(relation.rest)
    if relation.is_refused:
        found["isRefused"] = True
    return found


def _relation_from_dict(document: Mapping[str, Any]) -> FlowRelation:
    columns = [_column_from_dict(one) for one in document["columns"]]
    rest = document.get("rest")
    return FlowRelation(
        name=document["name"],
        columns={fold(column.name): column for column in columns},
        presence=_edges_from_lists(document.get("presence", ())),
        order=_edges_from_lists(document.get("order", ())),
        rest=_column_from_dict(rest) if rest is not None else None,
        is_refused=bool(document.get("isRefused", False)),
    )


def _column_as_dict(column: FlowColumn) -> dict[str, Any]:
    found: dict[str, Any] = {"name": column.name, "nature": column.nature.value}
    if column.is_moment:
        found["isMoment"] = True
    if column.is_key:
        found["isKey"] = True
    if column.edges:
        found["edges"] = _edges_as_lists(column.edges)
    return found


def _column_from_dict(document: Mapping[str, Any]) -> FlowColumn:
    return FlowColumn(
        name=document["name"],
        nature=Nature(document["nature"]),
        edges=_edges_from_lists(document.get("edges", ())),
        is_moment=bool(document.get("isMoment", False)),
        is_key=bool(document.get("isKey", False)),
    )


def _edges_as_lists(edges: Sequence[Edge]) -> list[list[Any]]:
    together: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for edge in edges:
        together[(edge.relation, edge.subtype.value, edge.steps)].append(edge.column)
    return [
        [relation, subtype, list(steps), sorted(columns)]
        for (relation, subtype, steps), columns in sorted(together.items())
    ]


def _edges_from_lists(document: Sequence[Sequence[Any]]) -> tuple[Edge, ...]:
    found = []
    for relation, written, steps, columns in document:
        subtype = Subtype(written)
        kind = Kind.DIRECT if subtype in _DIRECT else Kind.INDIRECT
        found += [Edge(relation, column, kind, subtype, tuple(steps)) for column in columns]
    return tuple(sorted(found))


def _in_order(relations: Sequence[FlowRelation]) -> dict[str, FlowRelation]:
    """The relations, each after those it reads; of several that may come next, the first by name."""
    waiting = {fold(relation.name): relation for relation in relations}
    reads = {name: {fold(r) for r in relation.reads} & set(waiting) for name, relation in waiting.items()}
    placed: dict[str, FlowRelation] = {}
    while waiting:
        ready = sorted(name for name in waiting if not (reads[name] - set(placed)))
        if not ready:
            raise ArtefactError("a kept graph of flows runs in a circle", found=", ".join(sorted(waiting)))
        for name in ready:
            placed[name] = waiting.pop(name)
    return placed
