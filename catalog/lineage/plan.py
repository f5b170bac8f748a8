"""What a drawing of a graph is made of: where its boxes stand and how its lines run.

Belongs here: the shapes. Does not belong here: finding positions (``flow``, ``rails``), SVG (``drawing``).
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Size:
    """How large a box must be for its words.

    Units:
        CSS pixels.
    """

    id: str
    width: float
    height: float


@dataclass(frozen=True)
class Box:
    """Where a box stands: its upper left corner and its size.

    Units:
        CSS pixels.
    """

    id: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Route:
    """How the line from one box to another runs, from border to border."""

    start: str
    end: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Plan:
    """A whole drawing. ``forks`` are the points at which lines from one box part.

    Units:
        CSS pixels.
    """

    width: float
    height: float
    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]
    forks: tuple[Point, ...] = ()
