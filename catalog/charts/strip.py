"""Small drawings: a sparkline, and a strip of results over releases.

Belongs here: the drawing. Does not belong here: what a result means (``contracts.results``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from catalog.charts.ink import Ink, element, group, tip, words
from catalog.charts.plot import traced

_BOX = 14
_GAP = 4
_FULL = frozenset({"passed", "published"})
_HALF = frozenset({"warned", "waived", "unchanged"})
_HOLLOW = frozenset({"not applicable"})


@dataclass(frozen=True)
class Cell:
    """One release in a strip.

    Attributes:
        result: A rule's result or a release's outcome ("passed", "failed", "held", ...). Becomes the CSS
            class ``r-<result>`` with blanks as hyphens, and chooses a form that reads without colour: full
            for passed and published, half for warned, waived and unchanged, hollow for not applicable,
            crossed for everything else, so that nothing unknown ever looks like a pass.
        label: The words for it: "release 41, 2 Dec 2026: passed".
    """

    result: str
    label: str


def strip(cells: Sequence[Cell], title: str, id: str) -> str:
    """A row of small boxes, oldest first, one a release, as ``<svg class="strip">``.

    The labels of all cells are the picture's description for screen readers, and each one's tip. It stands on each of a
    product's pages, so the last ones are kept.
    """
    return _strip(tuple(cells), title, id)


@lru_cache(maxsize=64)
def _strip(cells: tuple[Cell, ...], title: str, id: str) -> str:
    width = max(len(cells) * (_BOX + _GAP) - _GAP, 1)
    return _small(
        (width, _BOX),
        element("title", words(title), id=f"{id}-t"),
        element("desc", words("; ".join(c.label for c in cells)), id=f"{id}-d"),
        *(_box(cell, i * (_BOX + _GAP)) for i, cell in enumerate(cells)),
        class_="strip",
        aria_labelledby=f"{id}-t {id}-d",
    )


def sparkline(values: Sequence[float | None], title: str, id: str, scale: tuple[float, float] | None = None) -> str:
    """A line the size of a word with its last figure marked, as ``<svg class="spark">``.

    Its scale runs between the ends of ``scale``, so that lines beside each other can be compared; without them from
    the smallest to the largest figure: then it shows a shape, not a size, and the figure itself must stand beside it.

    Raises:
        ValueError: No value is given.
    """
    known = [v for v in values if v is not None]
    if not known:
        raise ValueError("a sparkline needs at least one figure")
    low, high = scale or (min(known), max(known))
    width, height, edge = 96.0, 24.0, 4.0

    def at(index: int, value: float) -> tuple[float, float]:
        across = edge + (width - 2 * edge) * (index / (len(values) - 1) if len(values) > 1 else 0.5)
        up = (value - low) / (high - low) if high > low else 0.5
        return across, height - edge - (height - 2 * edge) * up

    last = max(i for i, v in enumerate(values) if v is not None)
    x, y = at(last, known[-1])
    return _small(
        (width, height),
        element("title", words(title), id=f"{id}-t"),
        *traced(values, at, 1.5),
        element("circle", class_="point", cx=x, cy=y, r=2.6),
        class_="spark",
        aria_labelledby=f"{id}-t",
    )


def _small(size: tuple[float, float], *inside: Ink, **attributes: str) -> str:
    width, height = size
    box = f"0 0 {width:.0f} {height:.0f}"
    return element(
        "svg", *inside, viewBox=box, width=width, height=height, fill="currentColor", role="img", **attributes
    )


def _box(cell: Cell, x: int) -> Ink:
    name = cell.result.strip().lower().replace(" ", "-")
    inner, side = x + 1, _BOX - 2

    def frame(fill: str | None) -> Ink:
        at = {"x": inner, "y": 1, "width": side, "height": side, "rx": 2}
        return element("rect", **at, stroke="currentColor", stroke_width=1.5, fill=fill)

    if cell.result in _FULL:
        shape = [frame(None)]
    elif cell.result in _HALF:
        shape = [frame("none"), element("rect", x=inner, y=_BOX // 2, width=side, height=side // 2, rx=1)]
    elif cell.result in _HOLLOW:
        shape = [frame("none")]
    else:
        low, high, foot = inner + 3, inner + side - 3, _BOX - 4
        cross = f"M{low} 4L{high} {foot}M{high} 4L{low} {foot}"
        shape = [frame("none"), element("path", d=cross, stroke="currentColor", stroke_width=2)]
    return group(tip(cell.label), *shape, class_=f"r-{name}")
