"""Through which registered steps a source's column may reach a tier: what must stay the same for the tier's sake.

Belongs here: following the flows down from the sources, up to the first point at which steps have lowered a column to
the tier. Does not belong here: classes and findings (``contracts.flow``), what a step does not tell apart (``bounds``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from contracts.flow.classes import Classes
from contracts.flow.model import ANY, ORDER, PRESENCE, Edge, FlowRelation, fold
from contracts.tiers import rank


class Origin(NamedTuple):
    """A column of a source above the tier, as it takes part in something further down.

    ``classification`` is its class there; ``steps`` are the functions that lowered it so far.
    """

    relation: str
    column: str
    classification: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lowering:
    """What above a tier takes part in the columns of what the tier is given.

    Attributes:
        steps: By column of a source (relation and column, folded), the functions by which it reaches the tier.
        by_step: By column of a relation, the sources' columns that reach it through a step.
    """

    steps: Mapping[tuple[str, str], frozenset[str]]
    by_step: Mapping[tuple[str, str], frozenset[tuple[str, str]]]


def lowering(classes: Classes, tier: str, given: Mapping[str, Iterable[str]]) -> Lowering:
    """How what is above ``tier`` reaches columns of ``given`` relations.

    Args:
        classes: The classes, with the graph.
        tier: The tier.
        given: By relation, the columns that the tier is given.
    """
    walk = _Walk(classes, tier)
    for relation in classes.graph.relations.values():
        walk.follow(relation)
    steps: dict[tuple[str, str], set[str]] = {}
    by_step: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for name, columns in given.items():
        for column in columns:
            for origin in walk.origins(name, column):
                if origin.steps and rank(origin.classification) <= rank(tier):
                    steps.setdefault((origin.relation, origin.column), set()).update(origin.steps)
                    by_step.setdefault((fold(name), fold(column)), set()).add((origin.relation, origin.column))
    return Lowering(
        {key: frozenset(found) for key, found in steps.items()},
        {key: frozenset(found) for key, found in by_step.items()},
    )


class _Walk:
    """The origins of every column, relation by relation."""

    def __init__(self, classes: Classes, tier: str) -> None:
        self._classes = classes
        self._tier = tier
        self._known: dict[tuple[str, str], frozenset[Origin]] = {}
        self._all: dict[str, frozenset[Origin]] = {}

    def follow(self, relation: FlowRelation) -> None:
        """Note the origins of a relation, those of what it reads being known."""
        name = fold(relation.name)
        for column in (*relation.columns, PRESENCE, ORDER):
            self._known[name, column] = self._of(relation.edges_of(column))
        if relation.rest is not None:
            self._all[name] = self._of(relation.rest.edges)

    def origins(self, relation: str, column: str) -> frozenset[Origin]:
        """The origins of one column; of one that is not known by name all that may stand for it."""
        name, wanted = fold(relation), column if column in (PRESENCE, ORDER, ANY) else fold(column)
        leaf = self._classes.leaves.get(name)
        if leaf is not None and self._classes.graph.relation(name) is None:
            columns = leaf.columns if wanted == ANY else (column,)
            return frozenset(
                Origin(name, one if one in (PRESENCE, ORDER) else fold(one), leaf.class_of(one))
                for one in columns
                if rank(leaf.class_of(one)) > rank(self._tier)
            )
        if (name, wanted) in self._known:
            return self._known[name, wanted]
        rest = self._all.get(name, frozenset())
        return rest.union(*(found for (other, _), found in self._known.items() if other == name))

    def _of(self, edges: Iterable[Edge]) -> frozenset[Origin]:
        return frozenset(lowered for edge in set(edges) for lowered in self._through(edge))

    def _through(self, edge: Edge) -> Iterator[Origin]:
        for origin in self.origins(edge.relation, edge.column):
            classification, steps = origin.classification, list(origin.steps)
            for name in edge.steps:
                function = self._classes.steps.get(fold(name))
                if rank(classification) <= rank(self._tier):
                    break
                if function is not None and function.lower(classification) != classification:
                    classification = function.lower(classification)
                    steps.append(fold(name))
            yield Origin(origin.relation, origin.column, classification, tuple(steps))
