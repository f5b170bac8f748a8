"""Which column is made from which, as a tier may know it: the columns of a lineage.

Belongs here: cutting the flows of a city's warehouse to what leads to one product and to what a tier may see. Does not
belong here: working the flows out (``contracts.flow``), the graph of tables (``lineage_view``).

A column is named to a tier where its class allows it: the class a contract declares, or else the one worked out from
what it is made of. An edge is told where both its ends may be; a way through models that the tier may not know is told
as one edge from end to end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contracts import tiers
from contracts.flow.model import PSEUDO_COLUMNS, Edge, Kind, Subtype, fold

if TYPE_CHECKING:
    from orchestration.flows import CityFlow

Nodes = Mapping[str, Mapping[str, Any]]

VALUE, CONDITION = "value", "condition"


def columns_of(flow: CityFlow, relation: str, tier: str | None) -> list[str]:
    """The columns of a model that ``tier`` may see (every one for None), in their order."""
    found = flow.graph.relation(relation)
    names = [column.name for column in found.columns.values()] if found is not None else []
    return [n for n in names if tier is None or tiers.visible(flow.classes.class_of(relation, n), tier)]


def column_flows(flow: CityFlow, nodes: Nodes, releases: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The edges between the columns that ``nodes`` name.

    Args:
        flow: The flows of the city's warehouse.
        nodes: The lineage's nodes as the tier may know them, by id.
        releases: The model that a release's node is a copy of.

    Shape:
        ``column_edges``: ``{"from": [node, column], "to": [node, column], "by": "value" | "condition", "how":
        OpenLineage's subtype, "step"?: name and version}``; ``record_edges``: the same, ``to`` naming a node alone:
        what decides which records it has; of a release only where its table is not shown. Both sorted.
    """
    shown = {identity: {fold(str(c)): str(c) for c in node.get("columns") or ()} for identity, node in nodes.items()}
    ways = _Ways(flow, shown)
    columns: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    for relation in flow.graph.relations.values():
        node = flow.nodes.get(fold(relation.name))
        if node not in shown:
            continue
        for name, column in relation.columns.items():
            if name in shown[node]:
                columns += ways.told(column.edges, [node, shown[node][name]])
        records += ways.told(relation.presence, [node])
    for node, model in sorted(releases.items()):
        for name in shown.get(node, {}).values():
            columns += ways.told((Edge(model, name, Kind.DIRECT, Subtype.IDENTITY),), [node, name])
        if (made := flow.graph.relation(model)) is not None and flow.nodes.get(fold(model)) not in shown:
            records += ways.told(made.presence, [node])
    return {"column_edges": columns, "record_edges": records}


@dataclass(frozen=True)
class _Way:
    """A way upwards, as far as it has come: the last edge on it, how, and the steps it went through.

    The steps stand nearest first, each once, so that ways stay few.
    """

    edge: Edge
    by: str
    how: str
    steps: tuple[str, ...]

    def on(self, edge: Edge) -> _Way:
        """The way, one edge further up."""
        by = VALUE if self.by == VALUE and edge.kind is Kind.DIRECT else CONDITION
        how = self.how if by == CONDITION and self.by == CONDITION else edge.subtype.value
        if by == self.by == VALUE and self.how != edge.subtype.value:
            how = max(self.how, edge.subtype.value, key=_WEIGHT.__getitem__)
        return _Way(edge, by, how, tuple(dict.fromkeys((*self.steps, *reversed(edge.steps)))))


_WEIGHT = {"IDENTITY": 0, "TRANSFORMATION": 1, "AGGREGATION": 2}


@dataclass(frozen=True)
class _Ways:
    """The ways from shown columns up to the next shown ones, through relations that are not shown."""

    flow: CityFlow
    shown: Mapping[str, Mapping[str, str]]

    def told(self, edges: Iterable[Edge], end: list[str]) -> list[dict[str, Any]]:
        """The edges into ``end``, sorted; one for each beginning and manner."""
        found: dict[tuple[str, str, str], list[_Way]] = {}
        for start, way in self._arrived(edges):
            found.setdefault((*start, way.by), []).append(way)
        told = []
        for (node, column, by), ways in sorted(found.items()):
            how = min(way.how for way in ways)
            one: dict[str, Any] = {"from": [node, column], "to": end, "by": by, "how": how}
            if all(way.steps for way in ways):
                names = [self.flow.steps[s] for way in ways for s in reversed(way.steps) if s in self.flow.steps]
                one["step"] = ", ".join(dict.fromkeys(names))
            told.append(one)
        return told

    def _arrived(self, edges: Iterable[Edge]) -> Iterator[tuple[tuple[str, str], _Way]]:
        waiting = [
            _Way(e, VALUE if e.kind is Kind.DIRECT else CONDITION, e.subtype.value, tuple(reversed(e.steps)))
            for e in edges
        ]
        seen = set(waiting)
        while waiting:
            way = waiting.pop()
            node = self.flow.nodes.get(fold(way.edge.relation))
            if node is not None and node in self.shown:
                if name := self.shown[node].get(fold(way.edge.column)):
                    yield (node, name), way
                continue
            for edge in self._parts(way.edge):
                if (further := way.on(edge)) not in seen:
                    seen.add(further)
                    waiting.append(further)

    def _parts(self, edge: Edge) -> Iterable[Edge]:
        """What a column of a relation that is not shown is made from, apart from what decides that relation's records.

        That is told of the records of whoever reads it, and not again of each of its columns.
        """
        found = self.flow.graph.relation(edge.relation)
        if found is None or edge.column in PSEUDO_COLUMNS:
            return found.edges_of(edge.column) if found is not None else ()
        column = found.column(edge.column)
        return (*(column.edges if column else ()), *(found.rest.edges if found.rest else ()))
