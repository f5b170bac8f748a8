"""Small drawings: a sparkline, and a strip of results over releases.

Belongs here: the drawing. Does not belong here: what a result means (``contracts.results``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

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

    The labels of all cells are the picture's description for screen readers, and each one's tip.
    """
    width = max(len(cells) * (_BOX + _GAP) - _GAP, 1)
    boxes = "".join(_box(cell, i * (_BOX + _GAP)) for i, cell in enumerate(cells))
    words = "; ".join(c.label for c in cells)
    return (
        f'<svg class="strip" viewBox="0 0 {width} {_BOX}" width="{width}" height="{_BOX}" fill="currentColor" '
        f'role="img" aria-labelledby="{escape(id)}-t {escape(id)}-d"><title id="{escape(id)}-t">{escape(title)}</title>'
        f'<desc id="{escape(id)}-d">{escape(words)}</desc>{boxes}</svg>'
    )


def sparkline(values: Sequence[float | None], title: str, id: str) -> str:
    """A line the size of a word with its last figure marked, as ``<svg class="spark">``.

    Its scale runs from the smallest to the largest figure: it shows a shape, not a size; the figure itself
    must stand beside it.

    Raises:
        ValueError: No value is given.
    """
    known = [v for v in values if v is not None]
    if not known:
        raise ValueError("a sparkline needs at least one figure")
    low, high = min(known), max(known)
    width, height, edge = 96.0, 24.0, 4.0

    def at(index: int, value: float) -> tuple[float, float]:
        across = edge + (width - 2 * edge) * (index / (len(values) - 1) if len(values) > 1 else 0.5)
        up = (value - low) / (high - low) if high > low else 0.5
        return across, height - edge - (height - 2 * edge) * up

    stretches: list[list[str]] = [[]]
    last = (0.0, 0.0)
    for index, value in enumerate(values):
        if value is None:
            stretches.append([])
            continue
        last = at(index, value)
        stretches[-1].append(f"{last[0]:.1f},{last[1]:.1f}")
    lines = "".join(
        f'<polyline class="line" fill="none" stroke="currentColor" stroke-width="1.5" points="{" ".join(s)}"/>'
        for s in stretches
        if len(s) > 1
    )
    return (
        f'<svg class="spark" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'fill="currentColor" role="img" aria-labelledby="{escape(id)}-t"><title id="{escape(id)}-t">{escape(title)}'
        f'</title>{lines}<circle class="point" cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="2.6"/></svg>'
    )


def _box(cell: Cell, x: int) -> str:
    name = cell.result.strip().lower().replace(" ", "-")
    inner, side = x + 1, _BOX - 2
    box = f'<rect x="{inner}" y="1" width="{side}" height="{side}" rx="2" stroke="currentColor" stroke-width="1.5"'
    frame = box + ' fill="none"/>'
    if cell.result in _FULL:
        shape = box + "/>"
    elif cell.result in _HALF:
        shape = frame + f'<rect x="{inner}" y="{_BOX // 2}" width="{side}" height="{side // 2}" rx="1"/>'
    elif cell.result in _HOLLOW:
        shape = frame
    else:
        low, high, foot = inner + 3, inner + side - 3, _BOX - 4
        shape = (
            frame + f'<path d="M{low} 4L{high} {foot}M{high} 4L{low} {foot}" stroke="currentColor" stroke-width="2"/>'
        )
    return f'<g class="r-{escape(name)}"><title>{escape(cell.label)}</title>{shape}</g>'
