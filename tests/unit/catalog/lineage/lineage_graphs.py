"""Graphs for tests of lineage: invented ones of any size, built like a city's, and what must hold of every plan."""

from __future__ import annotations

import random
from typing import Any

from catalog.lineage.plan import Box, Plan, Point


def node(identifier: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"id": identifier, "kind": kind, "name": identifier, "title": f"Title {identifier}", "tier": "public"} | more


def made(count: int, seed: int = 7) -> dict[str, Any]:
    """A lineage of ``count`` nodes: a source for five, its staging and entity, steps on them, tables, one release."""
    draw = random.Random(seed)
    width = max(1, count // 5)
    tables = max(1, count // 6)
    steps = count - 3 * width - tables - 1
    names = {
        "source": [f"s{i}" for i in range(width)],
        "staging": [f"k{i}" for i in range(width)],
        "intermediate": [*(f"r{i}" for i in range(width)), *(f"i{i}" for i in range(steps))],
        "mart": [f"m{i}" for i in range(tables)],
        "release": ["rel"],
    }
    edges = {(f"s{i}", f"k{i}") for i in range(width)} | {(f"k{i}", f"r{i}") for i in range(width)}
    entities = [f"r{i}" for i in range(width)]
    for i in range(steps):
        known = entities if i < steps // 3 else [f"i{j}" for j in range(max(0, i - 8), i)] + entities[:2]
        edges |= {(one, f"i{i}") for one in draw.sample(known, min(len(known), draw.choice([1, 1, 2, 3])))}
    for i in range(tables):
        known = [f"i{j}" for j in range(max(0, steps - 12), steps)] + entities
        edges |= {(one, f"m{i}") for one in draw.sample(known, min(len(known), 3))} | {(f"m{i}", "rel")}
    read = {start for start, _ in edges}
    edges |= {(one, draw.choice(names["mart"])) for one in names["intermediate"] if one not in read}
    nodes = [node(n, kind) for kind, of_kind in names.items() for n in of_kind]
    return {"format_version": 1, "nodes": nodes, "edges": [list(e) for e in sorted(edges)]}


def overlaps(plan: Plan) -> list[tuple[str, str]]:
    """Pairs of boxes that lie on one another."""
    return [
        (a.id, b.id)
        for i, a in enumerate(plan.boxes)
        for b in plan.boxes[:i]
        if a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height
    ]


def loose_ends(plan: Plan, slack: float = 0.6) -> list[tuple[str, str]]:
    """Lines that do not begin on the border of their first box and end on that of their second."""
    boxes = {box.id: box for box in plan.boxes}
    return [
        (route.start, route.end)
        for route in plan.routes
        if not (
            _on_border(route.points[0], boxes[route.start], slack)
            and _on_border(route.points[-1], boxes[route.end], slack)
        )
    ]


def _on_border(point: Point, box: Box, slack: float) -> bool:
    x, y = point
    across, down = box.x - slack <= x <= box.x + box.width + slack, box.y - slack <= y <= box.y + box.height + slack
    on_side = min(abs(x - box.x), abs(x - box.x - box.width)) <= slack
    on_end = min(abs(y - box.y), abs(y - box.y - box.height)) <= slack
    return (on_side and down) or (on_end and across)


def passed_through(plan: Plan) -> list[tuple[str, str, str]]:
    """Lines that run through the inside of a box that is neither of their ends: (start, end, box)."""
    found = []
    for route in plan.routes:
        for (x1, y1), (x2, y2) in zip(route.points, route.points[1:], strict=False):
            assert x1 == x2 or y1 == y2, "lines run straight"
            for box in plan.boxes:
                if box.id in (route.start, route.end):
                    continue
                if (
                    min(x1, x2) < box.x + box.width - 1
                    and max(x1, x2) > box.x + 1
                    and min(y1, y2) < box.y + box.height - 1
                    and max(y1, y2) > box.y + 1
                ):
                    found.append((route.start, route.end, box.id))
    return found


def outside(plan: Plan) -> list[str]:
    """Boxes and lines that leave the drawing."""
    boxes = [
        b.id for b in plan.boxes if b.x < 0 or b.y < 0 or b.x + b.width > plan.width or b.y + b.height > plan.height
    ]
    lines = [
        f"{r.start}-{r.end}"
        for r in plan.routes
        if any(not (0 <= x <= plan.width and 0 <= y <= plan.height) for x, y in r.points)
    ]
    return boxes + lines
