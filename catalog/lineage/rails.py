"""Positions on a narrow screen: one box under the other, and at their left a rail for each box that leads on.

Belongs here: order, rails, the heights of what enters and leaves a box. Does not belong here: wide drawings (``flow``).

Every box takes one row, so a drawing is never wider than the screen, whatever the graph. A box that others are made
from has one rail, from its own row down to the last of them; each of those takes a line from it. Rails that do not
stand side by side in any row share a place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog.lineage.plan import Box, Plan, Point, Route, Size

EDGE = 4.0
GAP = 12.0
"""Between one box and the next, in CSS pixels."""
MOST_RAIL = 11.0
"""Between one rail and the next where there are few, in CSS pixels."""
LEAST_BOX = 0.5
"""The share of the width that is the boxes' at least."""
_HEAD = 14.0
"""From the last rail to the boxes: room for an arrow's head."""


def rails(sizes: Sequence[Size], edges: Sequence[tuple[str, str]], width: float) -> Plan:
    """A plan exactly ``width`` wide; only the heights of ``sizes`` count. Edges must lead in no circle."""
    order = _order([s.id for s in sizes], edges)
    heights = {s.id: s.height for s in sizes}
    row = {identifier: i for i, identifier in enumerate(order)}
    after = {n: sorted((b for a, b in edges if a == n), key=row.__getitem__) for n in order}
    before = {n: sorted((a for a, b in edges if b == n), key=row.__getitem__) for n in order}
    rail = _rails(order, row, after)
    count = max(rail.values(), default=-1) + 1
    apart = min(MOST_RAIL, (width * (1 - LEAST_BOX) - _HEAD - EDGE) / max(1, count))
    left = EDGE + count * apart + (_HEAD if count else 0)
    boxes, y = [], EDGE
    for identifier in order:
        boxes.append(Box(identifier, round(left, 1), round(y, 1), round(width - EDGE - left, 1), heights[identifier]))
        y += heights[identifier] + GAP
    by_id = {box.id: box for box in boxes}
    routes = []
    for start in order:
        for end in after[start]:
            x = round(left - _HEAD - rail[start] * apart, 1)
            points: list[Point] = [_leaves(by_id[start]), (x, _leaves(by_id[start])[1])]
            enters = _enters(by_id[end], before[end].index(start), len(before[end]), bool(after[end]))
            routes.append(Route(start, end, (*points, (x, enters[1]), enters)))
    forks = [r.points[2] for r in routes if r.end != after[r.start][-1]]
    return Plan(width, round(y - GAP + EDGE, 1), tuple(boxes), tuple(routes), tuple(dict.fromkeys(forks)))


def _order(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[str]:
    """Every box under those it is made from, and these right above their first reader, so that rails are short."""
    before: dict[str, list[str]] = {name: [] for name in names}
    read = set()
    for start, end in edges:
        before[end].append(start)
        read.add(start)
    behind = _behind(names, before)
    order: dict[str, None] = {}
    waiting = [name for name in reversed(names) if name not in read]
    while waiting:
        name = waiting[-1]
        missing = [one for one in before[name] if one not in order]
        if name not in order and not missing:
            order[name] = None
        if name in order:
            waiting.pop()
        else:
            waiting.append(max(missing, key=lambda one: (behind[one], names.index(one))))
    return list(order)


def _behind(names: Sequence[str], before: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How long the longest way to each box is."""
    found: dict[str, int] = {}
    while len(found) < len(names):
        for name in names:
            if name not in found and all(one in found for one in before[name]):
                found[name] = 1 + max((found[one] for one in before[name]), default=0)
    return found


def _rails(order: Sequence[str], row: Mapping[str, int], after: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The rail of each box that leads on, counted from the boxes outwards; the shortest stand nearest."""
    spans = {n: (row[n], row[after[n][-1]]) for n in order if after[n]}
    taken: list[list[tuple[int, int]]] = []
    rail: dict[str, int] = {}
    for name, (first, last) in sorted(spans.items(), key=lambda s: (s[1][1] - s[1][0], s[1][0])):
        free = next((i for i, held in enumerate(taken) if all(last < a or first > b for a, b in held)), len(taken))
        if free == len(taken):
            taken.append([])
        taken[free].append((first, last))
        rail[name] = free
    return rail


def _leaves(box: Box) -> Point:
    """Where a box's rail begins: at the foot of its left side."""
    return box.x, round(box.y + box.height - 8, 1)


def _enters(box: Box, number: int, of: int, leads_on: bool) -> Point:
    """Where the line from the ``number``-th of what a box is made from comes in: spread over its left side."""
    low, high = box.y + 8, box.y + box.height - (20 if leads_on else 8)
    return box.x, round(low + (high - low) * ((number + 0.5) / of), 1)
