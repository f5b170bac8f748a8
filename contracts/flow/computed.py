"""The class each column has by the graph of flows.

Belongs here: what contracts declare of relations, the class an edge carries, the highest over a column's edges and its
relation's presence. Does not belong here: judging the classes (``classes``), ways to sources (``paths``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contracts.flow.model import NO_CLASS, ORDER, PRESENCE, Edge, FlowGraph, FlowRelation, Leaf, StepFunction, fold
from contracts.tiers import MOST_RESTRICTIVE, highest, rank


@dataclass(frozen=True)
class DeclaredColumn:
    """A column as a contract declares it. ``step`` is the registered step it is said to be made by."""

    classification: str
    step: str | None = None


@dataclass(frozen=True)
class Declared:
    """What a contract says of a model: an entity as received, a product."""

    columns: Mapping[str, DeclaredColumn]

    def column(self, name: str) -> DeclaredColumn | None:
        """The column called ``name``."""
        wanted = fold(name)
        return next((column for given, column in self.columns.items() if fold(given) == wanted), None)


@dataclass(frozen=True)
class Computed:
    """The classes by the graph.

    Attributes:
        graph: The graph.
        leaves: Where it begins, by folded name.
        steps: The registered step functions, by folded name.
        declared: What contracts say of models, by folded name.
        inner: The class of each model's columns, PRESENCE and ORDER by the graph alone.
    """

    graph: FlowGraph
    leaves: Mapping[str, Leaf]
    steps: Mapping[str, StepFunction]
    declared: Mapping[str, Declared]
    inner: dict[tuple[str, str], str] = field(default_factory=dict)

    def computed_class(self, relation: str, column: str) -> str:
        """The class by the graph alone; of a leaf's column the one its contract declares.

        What is unknown, a relation or a column, is of the most restrictive class.
        """
        name = fold(relation)
        found = self.graph.relations.get(name)
        if found is None and (leaf := self.leaves.get(name)) is not None:
            return leaf.class_of(column)
        if found is None or found.is_refused:
            return MOST_RESTRICTIVE
        key = (name, column if column in (PRESENCE, ORDER) else fold(column))
        if key not in self.inner:
            known = column in (PRESENCE, ORDER) or found.column(column) is not None
            self.inner[key] = self._highest(found, column) if known else MOST_RESTRICTIVE
        return self.inner[key]

    def class_of(self, relation: str, column: str) -> str:
        """The class with which a column goes on: the higher of what is computed and what a contract declares."""
        return highest((self.computed_class(relation, column), self.declared_class(relation, column) or NO_CLASS))

    def declared_class(self, relation: str, column: str) -> str | None:
        """What a model's contract declares; None where there is none, or it does not speak of the column."""
        declared = self.declared.get(fold(relation))
        found = declared.column(column) if declared is not None else None
        return found.classification if found is not None else None

    def edge_class(self, edge: Edge) -> str:
        """The class an edge carries: its column's, after the steps on the way."""
        return self.after(self.class_of(edge.relation, edge.column), edge.steps)

    def after(self, classification: str, steps: Iterable[str]) -> str:
        """A class after steps; one that is not registered (any more) lowers nothing."""
        for name in steps:
            if (function := self.steps.get(fold(name))) is not None:
                classification = function.lower(classification)
        return classification

    def _highest(self, relation: FlowRelation, column: str) -> str:
        found = NO_CLASS
        for edge in relation.edges_of(column):
            carried = self.edge_class(edge)
            if rank(carried) > rank(found):
                found = carried
        return found


def compute(
    graph: FlowGraph,
    leaves: Mapping[str, Leaf],
    steps: Mapping[str, StepFunction],
    declared: Mapping[str, Declared] | None = None,
) -> Computed:
    """The classes by a graph; ``leaves``, ``steps`` and ``declared`` by name."""
    computed = Computed(
        graph,
        {fold(leaf.name): leaf for leaf in leaves.values()},
        {fold(name): function for name, function in steps.items()},
        {fold(name): one for name, one in (declared or {}).items()},
    )
    for relation in graph.relations.values():  # in order, so that no chain of models is followed in one go
        for column in (*(c.name for c in relation.columns.values()), PRESENCE, ORDER):
            computed.computed_class(relation.name, column)
    return computed
