"""Which rings of a polygon belong together.

Belongs here: plane geometry on lists of positions. Does not belong here: any form of writing them (``geojson``).

Source: Esri, "Geometry objects": outer rings run clockwise, holes counterclockwise, in any order. RFC 7946, 3.1.6: an
area is its outer ring, counterclockwise, and then its holes, clockwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

Position = Sequence[float]
Ring = list[list[float]]


def group(rings: Sequence[Ring]) -> list[list[Ring]]:
    """Rings as areas: each an outer ring (counterclockwise) and its holes (clockwise).

    A hole belongs to the smallest outer ring around it. One that lies in none is an outer ring that was drawn the
    wrong way, and where all run the wrong way, all are.
    """
    turns = [area(ring) for ring in rings]
    outer = [n for n, turn in enumerate(turns) if turn <= 0] or list(range(len(rings)))
    found: dict[int, list[Ring]] = {n: [_turned(rings[n], turns[n], counterclockwise=True)] for n in outer}
    boxes = {n: _box(rings[n]) for n in outer} if len(outer) < len(rings) else {}
    by_size = sorted(outer, key=lambda n: (abs(turns[n]), n))
    for n in range(len(rings)):
        if n in found:
            continue
        around = next((o for o in by_size if _holds(rings[o], boxes[o], rings[n])), None)
        if around is None:
            found[n] = [_turned(rings[n], turns[n], counterclockwise=True)]
        else:
            found[around].append(_turned(rings[n], turns[n], counterclockwise=False))
    return [found[n] for n in sorted(found)]


def area(ring: Sequence[Position]) -> float:
    """Twice the area within a ring, above 0 where it runs counterclockwise. Units: squares of the coordinates'."""
    x0, y0 = ring[0][0], ring[0][1]
    moved = [(position[0] - x0, position[1] - y0) for position in ring]
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(moved, [*moved[1:], moved[0]], strict=True))


def _turned(ring: Ring, turn: float, *, counterclockwise: bool) -> Ring:
    return ring[::-1] if turn and (turn > 0) is not counterclockwise else ring


def _box(ring: Ring) -> tuple[float, float, float, float]:
    xs, ys = [position[0] for position in ring], [position[1] for position in ring]
    return min(xs), min(ys), max(xs), max(ys)


def _holds(ring: Ring, box: tuple[float, float, float, float], inner: Ring) -> bool:
    """Whether ``inner`` lies within ``ring``: told by its first place that is not on the ring itself."""
    low_x, low_y, high_x, high_y = box
    if any(not (low_x <= p[0] <= high_x and low_y <= p[1] <= high_y) for p in inner):
        return False
    for place in _places(inner):
        side = _side(ring, place)
        if side is not None:
            return side
    return False


def _places(ring: Ring) -> Iterator[tuple[float, float]]:
    """A ring's corners, then the middles of its sides."""
    for position in ring:
        yield position[0], position[1]
    for one, two in pairwise(ring):
        yield (one[0] + two[0]) / 2, (one[1] + two[1]) / 2


def _side(ring: Ring, place: tuple[float, float]) -> bool | None:
    """Whether ``place`` is within ``ring``; None where it lies on it."""
    x, y = place
    inside = False
    for one, two in zip(ring, [*ring[1:], ring[0]], strict=True):
        (x1, y1), (x2, y2) = (one[0], one[1]), (two[0], two[1])
        cross = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        if cross == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            return None
        if (y1 > y) != (y2 > y):
            inside ^= (cross > 0) == (y2 > y1)
    return inside
