"""Positions on a wide page: from left to right where there is room, otherwise from top to bottom.

Belongs here: the one place that knows the graph library (``graphlay``, see ADR 0020). Does not belong here: a drawing
for narrow screens (``rails``), SVG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from catalog.lineage.plan import Box, Plan, Point, Route, Size

EDGE = 4.0
"""Free space around the drawing, for the width of lines and the ring of focus."""

_SPACING: Mapping[str, float] = {
    "layer_gap": 34,
    "node_gap": 18,
    "dummy_gap": 10,
    "port_gap": 9,
    "port_stroke_clear": 6,
    "stub": 11,
}
_ALWAYS: Mapping[str, Any] = {
    "effort": "fast",
    "routing": {"merge_edges": "forks", "lane_gap": 7},
    "spacing": _SPACING,
}
"""Half the time of the library's own choice, for a tenth more crossings on graphs as large as a city's (ADR 0020)."""

Way = Literal["across", "in rows", "down"]
ACROSS: tuple[Way, ...] = ("across", "in rows")
"""From left to right: in one row, or in several as text runs."""
DOWN: tuple[Way, ...] = ("down",)
"""From top to bottom."""

_OPTIONS: Mapping[Way, Mapping[str, Any]] = {
    "across": {"direction": "leftright"},
    "in rows": {"direction": "leftright", "wrap": {"viewport_aspect": 1.0}},
    "down": {"direction": "topbottom"},
}


@lru_cache(maxsize=4096)
def flow(sizes: tuple[Size, ...], edges: tuple[tuple[str, str], ...], ways: tuple[Way, ...], room: float) -> Plan:
    """The first of ``ways`` that gives a plan no wider than ``room``; where none does, the first.

    The same boxes and edges always give the same plan: the library draws from no chance and no clock. A box's place
    does not depend on its words, only on its size.
    """
    hopeless = _least_width(sizes, edges) > room
    for way in ways:
        if way == "across" and hopeless:
            continue
        plan = _laid(sizes, edges, way)
        if plan.width <= room:
            return plan
    return _laid(sizes, edges, ways[0])


def _least_width(sizes: Sequence[Size], edges: Sequence[tuple[str, str]]) -> float:
    """What the longest way through the graph takes from left to right, however it is laid out."""
    width = {size.id: size.width for size in sizes}
    reach: dict[str, float] = {}
    before: dict[str, list[str]] = {size.id: [] for size in sizes}
    for start, end in edges:
        before[end].append(start)
    waiting = [size.id for size in sizes]
    while waiting:
        ready = [n for n in waiting if all(one in reach for one in before[n])]
        for name in ready:
            reach[name] = width[name] + max((reach[one] + _SPACING["layer_gap"] for one in before[name]), default=0)
        waiting = [n for n in waiting if n not in reach]
    return max(reach.values(), default=0)


def _laid(sizes: Sequence[Size], edges: Sequence[tuple[str, str]], way: Way) -> Plan:
    import graphlay

    graph = graphlay.Graph()
    for size in sizes:
        graph.node(size.id, width=size.width, height=size.height)
    for start, end in edges:
        graph.edge(start, end)
    laid = graphlay.layout(graph, options={**_ALWAYS, **_OPTIONS[way]})
    left, top = laid.bounds["min"]["x"] - EDGE, laid.bounds["min"]["y"] - EDGE

    def at(point: Mapping[str, float], across: float = 0, down: float = 0) -> Point:
        return round(point["x"] - left - across, 1), round(point["y"] - top - down, 1)

    boxes = [
        Box(size.id, *at(placed["center"], size.width / 2, size.height / 2), size.width, size.height)
        for size, placed in zip(sizes, laid.nodes, strict=True)
    ]
    routes = tuple(
        Route(start, end, _straight([at(p) for p in drawn["points"]]))
        for (start, end), drawn in zip(edges, laid.edges, strict=True)
    )
    far = laid.bounds["max"]
    return Plan(
        width=round(far["x"] - left + EDGE, 1),
        height=round(far["y"] - top + EDGE, 1),
        boxes=tuple(boxes),
        routes=routes,
        forks=tuple(at(p) for p in laid.raw.get("junctions", ())),
    )


def _straight(points: list[Point]) -> tuple[Point, ...]:
    """Points whose stretches run exactly across or down: the library leaves a slant of half a pixel here and there."""
    found = points[:1]
    for x, y in points[1:]:
        before_x, before_y = found[-1]
        found.append((before_x if abs(x - before_x) < 1 else x, before_y if abs(y - before_y) < 1 else y))
    return tuple(found)
