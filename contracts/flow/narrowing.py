"""One column through a step in several forms: what each use leaves out, the other may tell.

Belongs here: which uses of steps reach what a contract publishes, and which of them together tell more than one. Does
not belong here: what tells two uses apart (``step_calls`` marks the edges), holding a release (``classes`` finds it).

An age in bands of five, and the age plus one in bands of five: each is a band, both together are nearly the age. Bands
of one width inside those of another are no such thing: only another form of the argument moves the edges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from contracts.flow.computed import Computed
from contracts.flow.model import MARK, ORDER, PRESENCE, Edge, FlowRelation, Kind, Narrowing, fold
from contracts.tiers import rank

_NOTHING: Final[frozenset[tuple[str, str]]] = frozenset()


class Use(NamedTuple):
    """A source's column through a step; ``variant`` tells the use from others.

    Of a count ``base`` stands for it, and relation and column are empty.
    """

    relation: str
    column: str
    step: str
    base: str
    variant: str


class Several(NamedTuple):
    """Uses of one step on one column that tell more together, with the published columns by which each is shown."""

    relation: str
    column: str
    step: str
    shown: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        ways = "; ".join(", ".join(columns) for columns in self.shown)
        what = f"{self.relation}.{self.column}" if self.relation else "A count"
        return (
            f"{what} goes through {self.step} in {len(self.shown)} different forms, which"
            f" together tell more than each: {ways}. Publish one of them, or make both from one and the same value"
        )


def narrowed(computed: Computed) -> Mapping[str, tuple[Several, ...]]:
    """By folded name of a declared relation, what is shown in it, or in it and another one, in several forms."""
    if not any(_is_marked(edge) for relation in computed.graph.relations.values() for edge in _edges(relation)):
        return {}
    walk = _Walk(computed)
    shown: dict[str, dict[Use, set[str]]] = {}
    for name, contract in computed.declared.items():
        relation = computed.graph.relation(name)
        if relation is None or relation.is_refused:
            continue
        found: dict[Use, set[str]] = defaultdict(set)
        for column, declared in contract.columns.items():
            for use in walk.uses(relation.name, column):
                if use.base or rank(computed.class_of(use.relation, use.column)) > rank(declared.classification):
                    found[use].add(f"{relation.name}.{column}")
        shown[name] = found
    everywhere: dict[Use, set[str]] = defaultdict(set)
    for found in shown.values():
        for use, columns in found.items():
            everywhere[use] |= columns
    result = {}
    for name, found in shown.items():
        own = tuple(_several(found))
        across = tuple(
            one for one in _several(everywhere, found) if (one.relation, one.column, one.step) not in _of(own)
        )
        if own or across:
            result[name] = (*own, *across)
    return result


def _of(several: Iterable[Several]) -> set[tuple[str, str, str]]:
    return {(one.relation, one.column, one.step) for one in several}


def _several(uses: Mapping[Use, set[str]], of: Mapping[Use, set[str]] | None = None) -> Iterator[Several]:
    """The uses that tell more together; with ``of`` only where one of them is among these, and where no count is."""
    groups: dict[tuple[str, str, str, str], list[Use]] = defaultdict(list)
    for use in sorted(uses):
        groups[use[:4]].append(use)
    for (relation, column, step, base), found in groups.items():
        if len(found) < 2 or (of is not None and (base or not set(found) & set(of))):
            continue
        yield Several(relation, column, step, tuple(tuple(sorted(uses[use])) for use in found))


def _is_marked(edge: Edge) -> bool:
    return any(word.startswith(MARK) for word in edge.steps)


def _edges(relation: FlowRelation) -> Iterator[Edge]:
    yield from relation.presence
    for column in relation.columns.values():
        yield from column.edges


class _Walk:
    """The uses above each column, each column once."""

    def __init__(self, computed: Computed) -> None:
        self._computed = computed
        self._uses: dict[tuple[str, str], frozenset[Use]] = {}
        self._origins: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
        for relation in computed.graph.relations.values():  # in order, so that no chain is followed in one go
            for column in (*(one.name for one in relation.columns.values()), PRESENCE, ORDER):
                self.uses(relation.name, column)

    def uses(self, relation: str, column: str) -> frozenset[Use]:
        """The uses by which something reaches a column, by its value or a condition."""
        key = (fold(relation), fold(column))
        if key not in self._uses:
            found = self._computed.graph.relation(relation)
            edges = found.edges_of(column) if found is not None else ()
            self._uses[key] = frozenset(use for edge in set(edges) for use in self._through(edge))
        return self._uses[key]

    def origins(self, relation: str, column: str) -> frozenset[tuple[str, str]]:
        """The sources' columns that a column is made of."""
        key = (fold(relation), fold(column))
        if key not in self._origins:
            found = self._computed.graph.relation(relation)
            if found is None:
                self._origins[key] = frozenset({key})
            else:
                edges = [edge for edge in found.edges_of(column) if edge.kind is Kind.DIRECT or _is_marked(edge)]
                self._origins[key] = _NOTHING.union(*(self.origins(edge.relation, edge.column) for edge in edges))
        return self._origins[key]

    def _through(self, edge: Edge) -> Iterator[Use]:
        yield from self.uses(edge.relation, edge.column)
        words = edge.steps
        for place, word in enumerate(words):
            function = self._computed.steps.get(fold(word))
            if function is None or function.narrows is None:
                continue
            marks = []
            for mark in words[place + 1 :]:
                if not mark.startswith(MARK):
                    break
                marks.append(mark.removeprefix(MARK).split(":"))
            if function.narrows is Narrowing.FORM or marks:
                for base, variant in marks or [["", ""]]:
                    if base:
                        above = rank(self._computed.class_of(edge.relation, edge.column)) > rank(function.lowers_to)
                        yield from [Use("", "", function.step, base, variant)] if above else []
                        continue
                    for relation, column in self.origins(edge.relation, edge.column):
                        yield Use(relation, column, function.step, base, variant)
