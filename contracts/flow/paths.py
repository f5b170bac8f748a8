"""The ways from a column to the sources it comes from.

Belongs here: following the graph's edges upwards, and what each way says: the columns on it, the steps that lower it,
the class with which it arrives. Does not belong here: how a page shows it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.flow.computed import Computed
from contracts.flow.model import ORDER, PRESENCE, Edge, Kind, fold
from contracts.tiers import MOST_RESTRICTIVE, TIERS, highest, rank


@dataclass(frozen=True)
class Path:
    """One way from a column up to where it begins.

    Attributes:
        relation: Where the column stands.
        column: The column.
        edges: The edges on the way, the first from the column itself; the last one's end is where it begins.
        begins_with: The class at its beginning.
        arrives_with: The class with which it arrives at the column.
        end: Why it begins there: "source", "declared" (a contract declares more than flows in), "refused" (a model
            that is not understood) or "constant" (made of no column).
        steps: The steps that lower it on the way, as (step, version), the first first.
    """

    relation: str
    column: str
    edges: tuple[Edge, ...]
    begins_with: str
    arrives_with: str
    end: str
    steps: tuple[tuple[str, str], ...] = ()

    @property
    def is_direct(self) -> bool:
        """Whether the column's value is made of where the way begins, not only decided by it."""
        return all(edge.kind is Kind.DIRECT for edge in self.edges)

    def __str__(self) -> str:
        words = [f"{self.arrives_with}: {self.relation}.{self.column}"]
        for edge in self.edges:
            how = "" if edge.kind is Kind.DIRECT else f" [{edge.subtype.value.lower()}]"
            words.append(f"{edge.relation}.{edge.column}{how}")
        beginning = {"source": "", "constant": "", "declared": " as declared", "refused": ", not understood"}[self.end]
        text = " <- ".join(words) + f" ({self.begins_with}{beginning})"
        if self.steps:
            text += ", lowered by " + ", ".join(f"{step} {version}" for step, version in self.steps)
        return text


@dataclass(frozen=True)
class _State:
    """A place on the way up: what the class there becomes at the top, for each class; the steps since, last first."""

    relation: str
    column: str
    becomes: tuple[str, ...]
    steps: tuple[str, ...]
    is_direct: bool


def paths(computed: Computed, relation: str, column: str) -> Iterator[Path]:
    """Each way from a column to where it begins, shorter ones first.

    Of ways with the same beginning, steps and effect only the first is given. The highest class with which one arrives
    is the column's computed class, and the one with which it goes on where no contract declares more.
    """
    found = computed.graph.relation(relation)
    name = found.name if found is not None else relation
    start = _State(name, column, TIERS, (), True)
    waiting: deque[tuple[_State, tuple[Edge, ...]]] = deque([(start, ())])
    seen = {_key(start)}
    given: set[tuple[object, ...]] = set()
    while waiting:
        state, edges = waiting.popleft()
        for begins_with, end in _ends(computed, state, is_top=not edges):
            arrives_with = state.becomes[rank(begins_with)]
            steps = _lowering(computed, begins_with, edges)
            path = Path(name, column, edges, begins_with, arrives_with, end, steps)
            what = (fold(state.relation), fold(state.column), begins_with, arrives_with, end, steps, state.is_direct)
            if what not in given:
                given.add(what)
                yield path
        for edge, above in _above(computed, state, is_top=not edges):
            if (key := _key(above)) not in seen:
                seen.add(key)
                waiting.append((above, (*edges, edge)))


def _key(state: _State) -> tuple[object, ...]:
    return (fold(state.relation), fold(state.column), state.becomes, state.steps, state.is_direct)


def _lowering(computed: Computed, classification: str, edges: Sequence[Edge]) -> tuple[tuple[str, str], ...]:
    """The steps that lower a class on its way down."""
    found: dict[tuple[str, str], None] = {}
    for i in range(len(edges) - 1, -1, -1):
        edge = edges[i]
        if i < len(edges) - 1:  # the end of this edge is a model, whose contract may raise the class
            declared = computed.declared_class(edge.relation, edge.column)
            classification = highest((classification, declared)) if declared is not None else classification
        for name in edge.steps:
            function = computed.steps.get(fold(name))
            if function is not None and function.lower(classification) != classification:
                classification = function.lower(classification)
                found[(function.step, function.version)] = None
    return tuple(found)


def _ends(computed: Computed, state: _State, *, is_top: bool) -> Iterator[tuple[str, str]]:
    """Whether a way begins here, with which class and why."""
    relation = computed.graph.relation(state.relation)
    if relation is None and fold(state.relation) in computed.leaves:
        yield computed.computed_class(state.relation, state.column), "source"
        return
    if relation is None or relation.is_refused:
        yield MOST_RESTRICTIVE, "refused"
        return
    if state.column not in (PRESENCE, ORDER) and relation.column(state.column) is None:
        yield MOST_RESTRICTIVE, "refused"
        return
    declared = computed.declared_class(state.relation, state.column)
    inner = computed.computed_class(state.relation, state.column)
    if declared is not None and not is_top and rank(declared) > rank(inner):
        yield declared, "declared"
    elif not relation.edges_of(state.column):
        yield inner, "constant"


def _above(computed: Computed, state: _State, *, is_top: bool) -> Iterator[tuple[Edge, _State]]:
    relation = computed.graph.relation(state.relation)
    if relation is None or relation.is_refused:
        return
    declared = None if is_top else computed.declared_class(state.relation, state.column)
    for edge in sorted(set(relation.edges_of(state.column)), key=_nearest):
        becomes, steps = state.becomes, list(state.steps)
        if declared is not None:
            becomes = tuple(becomes[rank(highest((tier, declared)))] for tier in TIERS)
        known = [fold(step) for step in edge.steps if fold(step) in computed.steps]
        becomes = tuple(becomes[rank(computed.after(tier, known))] for tier in TIERS)
        for step in reversed(known):
            if not steps or steps[-1] != step:
                steps.append(step)
        is_direct = state.is_direct and edge.kind is Kind.DIRECT
        yield edge, _State(edge.relation, edge.column, becomes, tuple(steps), is_direct)


def _nearest(edge: Edge) -> tuple[object, ...]:
    return (edge.kind is not Kind.DIRECT, edge.column in (PRESENCE, ORDER), edge)
