"""A release's lineage as a graph: its nodes, what each is made from, and columns as far as they were kept.

Belongs here: the shape of ``lineage.json``, reading it strictly, the order of making. Does not belong here: what a
tier may see of it (``readable``), words (``stages``), positions (``layout``).

    {"format_version": 1,
     "nodes": [{"id", "kind", "name", "title", "tier", "translations": {"es": "..."}, "columns": ["a", ...]},
               {"id": "hidden-1", "kind", "title"}],
     "edges": [["source.x", "staging.y"], ...],
     "column_edges": [{"from": ["source.x", "a"], "to": ["staging.y", "b"], "by": "value", "how": "TRANSFORMATION",
                       "step": "point_to_area 1"}],
     "record_edges": [{"from": ["source.x", "c"], "to": ["staging.y"], "by": "condition", "how": "FILTER"}]}

``translations`` are the title's in other languages, as far as there are any. ``columns`` and ``column_edges`` may be
absent: then nothing is said about columns, and nothing is guessed. ``by`` is
``value`` where the column is computed from the other, ``condition`` where the other only decides which value it has.
``record_edges`` tell what decides which records a step has, or how often. ``how`` is OpenLineage's subtype.
``step`` names the registered step in between, where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal

from contracts.errors import ArtefactError
from contracts.model import EMPTY

KINDS = ("source", "staging", "intermediate", "mart", "release")
"""The stages, from what comes in to what goes out."""

FILE = "lineage.json"
By = Literal["value", "condition"]


@dataclass(frozen=True)
class Node:
    """One table, source or release.

    Attributes:
        id: As in the file; unique in it.
        kind: One of ``KINDS``.
        title: For people, in English.
        name: The table's or source's own name; empty where the reader's tier may not know it.
        tier: Who may see its records; empty where the reader's tier may not know it.
        translations: The title in other languages.
        columns: Names of its columns that the tier may know; None where they were not kept.
    """

    id: str
    kind: str
    title: str
    name: str = ""
    tier: str = ""
    columns: tuple[str, ...] | None = None
    translations: Mapping[str, str] = EMPTY

    @property
    def opaque(self) -> bool:
        """Whether the reader's tier may know no more than the title."""
        return not self.name


@dataclass(frozen=True)
class ColumnEdge:
    """That one column is made from another, which stands directly before it. Ends are (node, column)."""

    start: tuple[str, str]
    end: tuple[str, str]
    by: By = "value"
    step: str = ""
    how: str = ""


@dataclass(frozen=True)
class RecordEdge:
    """That a column decides which records a step has; ``start`` is (node, column), ``end`` the step's id."""

    start: tuple[str, str]
    end: str
    step: str = ""
    how: str = ""


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of making, and what leads to what.

    ``edges`` lead from what is read to its reader, sorted. ``column_edges`` is None where no release kept any.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]
    column_edges: tuple[ColumnEdge, ...] | None = None
    record_edges: tuple[RecordEdge, ...] = ()
    _by_id: Mapping[str, Node] = field(default_factory=dict, compare=False, repr=False)

    def node(self, identifier: str) -> Node:
        """The node with this id."""
        return self._by_id[identifier]

    def parents(self, identifier: str) -> tuple[Node, ...]:
        """What a node is made from, in the order of making."""
        before = {a for a, b in self.edges if b == identifier}
        return tuple(n for n in self.nodes if n.id in before)

    def children(self, identifier: str) -> tuple[Node, ...]:
        """What is made from a node, in the order of making."""
        after = {b for a, b in self.edges if a == identifier}
        return tuple(n for n in self.nodes if n.id in after)

    def of_kind(self, kind: str) -> tuple[Node, ...]:
        """All nodes of one stage, in the order of making."""
        return tuple(n for n in self.nodes if n.kind == kind)


def read_graph(lineage: Mapping[str, Any]) -> Graph:
    """The graph that a ``lineage.json`` holds.

    Raises:
        ArtefactError: The file lacks a field, an edge names a node or a column that is not there, a kind is not
            known, or the steps go in a circle.
    """
    nodes = _nodes(lineage)
    edges = _edges(lineage, nodes)
    place = {identifier: i for i, identifier in enumerate(_order(nodes, edges))}
    ordered = sorted(nodes.values(), key=lambda n: (KINDS.index(n.kind), place[n.id]))
    return Graph(tuple(ordered), edges, _column_edges(lineage, nodes), _record_edges(lineage, nodes), nodes)


def _nodes(lineage: Mapping[str, Any]) -> dict[str, Node]:
    try:
        nodes = {str(n["id"]): _node(n) for n in lineage["nodes"]}
    except (KeyError, TypeError) as error:
        raise ArtefactError("a lineage lacks a field", where=FILE, found=str(error)) from error
    unknown = sorted({n.kind for n in nodes.values()} - set(KINDS))
    if unknown:
        raise ArtefactError(
            "a lineage has a step of an unknown kind",
            where=FILE,
            found=", ".join(unknown),
            expected=", ".join(KINDS),
        )
    return nodes


def _node(raw: Mapping[str, Any]) -> Node:
    columns = raw.get("columns")
    return Node(
        id=str(raw["id"]),
        kind=str(raw["kind"]),
        title=str(raw.get("title") or raw.get("name") or raw["id"]),
        name=str(raw.get("name") or ""),
        tier=str(raw.get("tier") or ""),
        columns=tuple(str(c) for c in columns) if columns is not None else None,
        translations={str(k): str(v) for k, v in (raw.get("translations") or {}).items()},
    )


def _edges(lineage: Mapping[str, Any], nodes: Mapping[str, Node]) -> tuple[tuple[str, str], ...]:
    edges = {(str(start), str(end)) for start, end in lineage.get("edges", ())}
    for name in sorted({name for edge in edges for name in edge} - set(nodes)):
        raise ArtefactError("a lineage leads to a step that is not there", where=FILE, found=name)
    return tuple(sorted(edges))


def _order(nodes: Mapping[str, Node], edges: tuple[tuple[str, str], ...]) -> list[str]:
    """Every step after those it reads; by id among equals, so that the order is always the same."""
    sorter: TopologicalSorter[str] = TopologicalSorter({n: set() for n in nodes})
    for start, end in edges:
        sorter.add(end, start)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " -> ".join(map(str, error.args[1]))
        raise ArtefactError("a lineage goes in a circle", where=FILE, found=circle) from error
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order.extend(ready)
        sorter.done(*ready)
    return order


def _column_edges(lineage: Mapping[str, Any], nodes: Mapping[str, Node]) -> tuple[ColumnEdge, ...] | None:
    raw = lineage.get("column_edges")
    if raw is None:
        return None
    found = []
    for one in raw:
        try:
            edge = ColumnEdge(_end(one["from"]), _end(one["to"]), one.get("by", "value"), *_manner(one))
        except (KeyError, TypeError, ValueError) as error:
            raise ArtefactError("a lineage lacks a field", where=FILE, found=str(error)) from error
        for end in (edge.start, edge.end):
            _hold_there(end, nodes)
        found.append(edge)
    return tuple(sorted(set(found), key=lambda e: (e.end, e.start, e.by, e.step, e.how)))


def _record_edges(lineage: Mapping[str, Any], nodes: Mapping[str, Node]) -> tuple[RecordEdge, ...]:
    found = []
    for one in lineage.get("record_edges") or ():
        try:
            (end,) = one["to"]
            edge = RecordEdge(_end(one["from"]), str(end), *_manner(one))
        except (KeyError, TypeError, ValueError) as error:
            raise ArtefactError("a lineage lacks a field", where=FILE, found=str(error)) from error
        _hold_there(edge.start, nodes)
        if edge.end not in nodes:
            raise ArtefactError("a lineage leads to a step that is not there", where=FILE, found=edge.end)
        found.append(edge)
    return tuple(sorted(set(found), key=lambda e: (e.end, e.start, e.step, e.how)))


def _manner(raw: Mapping[str, Any]) -> tuple[str, str]:
    """The step in between, and how."""
    return str(raw.get("step") or ""), str(raw.get("how") or "")


def _hold_there(end: tuple[str, str], nodes: Mapping[str, Node]) -> None:
    node, column = end
    if node not in nodes or column not in (nodes[node].columns or ()):
        raise ArtefactError("a lineage leads to a column that is not there", where=FILE, found=f"{node}.{column}")


def _end(raw: Any) -> tuple[str, str]:
    node, column = raw
    return str(node), str(column)
