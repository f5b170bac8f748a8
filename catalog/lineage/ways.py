"""The way back of each column of a release: through values and what decides them, to where a tier may know no more.

Belongs here: walking a lineage's columns upwards. Does not belong here: reading a lineage (``model``), words and links
(``catalog.site.lineage_pages``), what a tier may see of it (``orchestration``).

A way goes up by values. Where a column has none it is a number of records, or a fixed value: then the way goes on
through what decides which records its step has. What decides a value is followed up to its sources likewise. Which rows
the finished table has is not told of each column again: it changes no figure in a row.

A way may end below a source that the tier may not look into. It ends there where a value on it has no value before it
that is told; where its step reads what is closed and a value is told all the same, more may stand before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from catalog.lineage.model import Graph

_P = TypeVar("_P")

Place = tuple[str, str]
"""A step's id and one of its columns."""


@dataclass(frozen=True)
class Stop:
    """One step on a way.

    Attributes:
        node: The step's id.
        columns: Its columns whose values the way leads through.
        deciding: Its columns that only decide those values, or which records count.
        counts: Whether one of ``columns`` is made from no column: a number of records, or a fixed value.
    """

    node: str
    columns: tuple[str, ...]
    deciding: tuple[str, ...] = ()
    counts: bool = False


@dataclass(frozen=True)
class WayBack:
    """How some columns of a release are made, from it back; they differ in nothing but their own names.

    Attributes:
        columns: Those of the release.
        stops: Steps from the release back; the release and the table it is taken from stand first.
        closed: Ids of the steps, sources where there are any, at which the way ends because no more of them is told.
        perhaps: Ids of those which may stand before it as well.
    """

    columns: tuple[str, ...]
    stops: tuple[Stop, ...]
    closed: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


def ways_back(graph: Graph, apart: Collection[str] = ()) -> tuple[WayBack, ...]:
    """The ways of all columns of the graph's releases; columns made in the same way share one, save those ``apart``.

    Empty where no release kept what its columns are made from.
    """
    if graph.column_edges is None:
        return ()
    trails = _Trails(graph)
    found: dict[tuple[tuple[Stop, ...], _Ends, str], list[tuple[str, tuple[Stop, ...]]]] = {}
    for node in graph.of_kind("release"):
        for name in node.columns or ():
            stops, ends = trails.of((node.id, name))
            own = tuple(s for s in stops if trails.kinds[s.node] in _OWN)
            rest = tuple(s for s in stops if trails.kinds[s.node] not in _OWN)
            found.setdefault((rest, ends, name if name in apart else ""), []).append((name, own))
    return tuple(
        WayBack(tuple(name for name, _ in shared), (*_joined([own for _, own in shared]), *rest), *ends)
        for (rest, ends, _), shared in found.items()
    )


_Ends = tuple[tuple[str, ...], tuple[str, ...]]
"""``closed`` and ``perhaps`` of a way."""

_OWN = frozenset({"mart", "release"})
"""Steps in which each figure has a column of its own, so that what differs in them alone is told together."""


def _joined(owns: Sequence[Sequence[Stop]]) -> tuple[Stop, ...]:
    """The stops of several ways in the same steps, one for each step."""
    by_node: dict[str, list[Stop]] = {}
    for stop in (stop for own in owns for stop in own):
        by_node.setdefault(stop.node, []).append(stop)
    return tuple(
        Stop(
            node,
            tuple(dict.fromkeys(c for s in stops for c in s.columns)),
            tuple(dict.fromkeys(c for s in stops for c in s.deciding)),
            any(s.counts for s in stops),
        )
        for node, stops in by_node.items()
    )


class _Trails:
    """The edges of a graph by their ends, and the ways up along them."""

    def __init__(self, graph: Graph) -> None:
        self.kinds = {node.id: node.kind for node in graph.nodes}
        self._values: dict[Place, list[Place]] = {}
        self._conditions: dict[Place, list[Place]] = {}
        self._records: dict[str, list[Place]] = {}
        for edge in graph.column_edges or ():
            found = self._values if edge.by == "value" else self._conditions
            found.setdefault(edge.end, []).append(edge.start)
        for decided in graph.record_edges:
            self._records.setdefault(decided.end, []).append(decided.start)
        self._closed = _closed_before(graph)
        self._order = {node.id: i for i, node in enumerate(graph.nodes)}
        self._behind: dict[Place, frozenset[Place]] = {}

    def of(self, end: Place) -> tuple[tuple[Stop, ...], _Ends]:
        """The stops on the way back of one column, and the closed steps at which it ends."""
        values = _reached([end], self._values)
        made = [v for v in values if self.kinds[v[0]] != "source" and not self._closed[v[0]]]
        counts = {v for v in made if v not in self._values}
        starts = {s for v in values for s in self._conditions.get(v, ())}
        starts |= {s for v in counts for s in self._records.get(v[0], ())}
        starts |= {s for n, _ in values if self.kinds[n] not in _OWN for s in self._records.get(n, ())}
        deciding = frozenset[Place]().union(*map(self._deciding, starts)) - set(values)
        led, decides = _by_step(values), _by_step(sorted(deciding))
        stops = tuple(
            Stop(
                node,
                tuple(led.get(node, ())),
                tuple(decides.get(node, ())),
                any((node, column) in counts for column in led.get(node, ())),
            )
            for node in sorted({*led, *decides}, key=lambda step: -self._order[step])
        )
        return stops, self._ends(values, deciding)

    def _deciding(self, start: Place) -> frozenset[Place]:
        """What decides, back to where it begins: by every edge, and by the records of every step on the way.

        Kept, since the columns of a table are mostly decided by the same.
        """
        if start not in self._behind:
            reached, waiting = {start}, [start]
            while waiting:
                place = waiting.pop()
                before = {*self._values.get(place, ()), *self._conditions.get(place, ())}
                if self.kinds[place[0]] not in _OWN:
                    before.update(self._records.get(place[0], ()))
                waiting += before - reached
                reached |= before
            self._behind[start] = frozenset(reached)
        return self._behind[start]

    def _ends(self, values: Iterable[Place], deciding: Iterable[Place]) -> _Ends:
        closed, perhaps = set[str](), set[str]()
        for place in values:
            (perhaps if place in self._values else closed).update(self._closed[place[0]])
        for place in deciding:
            is_made = place in self._values or place in self._conditions
            (perhaps if is_made else closed).update(self._closed[place[0]])
        return self._ordered(closed), self._ordered(perhaps - closed)

    def _ordered(self, steps: set[str]) -> tuple[str, ...]:
        return tuple(sorted(steps, key=self._order.__getitem__))


def _closed_before(graph: Graph) -> dict[str, tuple[str, ...]]:
    """For each step the closed sources that lie before it through closed steps alone.

    Where no source lies there, the closed steps that it reads.
    """
    closed = {node.id for node in graph.nodes if node.opaque}
    sources = {node.id for node in graph.nodes if node.opaque and node.kind == "source"}
    before: dict[str, list[str]] = {}
    for start, end in graph.edges:
        if start in closed:
            before.setdefault(end, []).append(start)
    through = {node: starts for node, starts in before.items() if node in closed}
    found = {}
    for node in graph.nodes:
        first = tuple(before.get(node.id, ()))
        found[node.id] = tuple(step for step in _reached(first, through) if step in sources) or first
    return found


def _by_step(places: Sequence[Place]) -> dict[str, list[str]]:
    """Columns by their step, in their order."""
    found: dict[str, list[str]] = {}
    for node, column in places:
        found.setdefault(node, []).append(column)
    return found


def _reached(starts: Sequence[_P], before: Mapping[_P, Sequence[_P]]) -> tuple[_P, ...]:
    """``starts`` and all that comes before them, nearest first."""
    reached = dict.fromkeys(starts)
    waiting = list(reached)
    for place in waiting:
        for start in before.get(place, ()):
            if start not in reached:
                reached[start] = None
                waiting.append(start)
    return tuple(reached)
