"""Bars of a history: for each event, oldest first, its parts on one another.

Belongs here: the drawing. Does not belong here: what the parts mean, words, dates: they come as they are to stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

from catalog.charts.ink import Form, Heading, Ink, Width, element, form_of, group, pattern, sheet, text, tip
from catalog.charts.legend import BOX, Entry, in_rows
from catalog.charts.plot import Plot, room_for, ruled
from catalog.charts.scale import axis

Part = Literal["full", "half", "hollow"]
"""How a part is drawn, so that it reads without colour: filled, hatched, or its outline alone."""


@dataclass(frozen=True)
class Bar:
    """One event. ``parts`` are counts in the order of the chart's ``parts``; ``label`` is its tip and description."""

    parts: tuple[int, ...]
    label: str


@dataclass(frozen=True)
class BarChart:
    """What a chart of bars needs, with every word already in the page's language.

    Attributes:
        id: Unique in the page.
        title: What the picture shows (read by screen readers).
        bars: Oldest first.
        parts: Form and name of each part, from the axis up.
        first: Under the first bar.
        last: Under the last one.
        language: For the numbers of the axis.
    """

    id: str
    title: str
    bars: tuple[Bar, ...]
    parts: tuple[tuple[Part, str], ...]
    first: str
    last: str
    language: str


_HEIGHTS = {"wide": 200.0, "narrow": 220.0}
_WIDEST = 44.0


def bar_chart(spec: BarChart, width: Width = "wide") -> str:
    """The chart in one of its forms.

    Raises:
        ValueError: There is no bar.
    """
    if not spec.bars:
        raise ValueError("a chart needs at least one bar")
    form, height = form_of(width), _HEIGHTS[width]
    scale = axis([float(sum(bar.parts)) for bar in spec.bars], zero=True, wanted=3)
    key = f"{spec.id}-{form.name}"
    left = room_for(scale, form.size, spec.language)
    entries = [Entry(name, partial(_swatch, part, key)) for part, name in spec.parts]
    legend, under = in_rows(entries, form, left, 0)
    plot = Plot(scale, left, form.width - 6, under + 8, height - form.size * 1.9, form.size, spec.language)
    heading = Heading(spec.id, spec.title, "; ".join(bar.label for bar in spec.bars))
    inside = [pattern(f"{key}-h", "hatch"), *legend, *ruled(plot), *_bars(spec, key, plot), *_ends(spec, form, plot)]
    return sheet(form, height, heading, inside, "bars")


def _swatch(part: Part, key: str, x: float, y: float) -> Ink:
    return _shape(part, key, (x, y, BOX, BOX))


def _shape(part: Part, key: str, box: tuple[float, float, float, float]) -> Ink:
    x, y, width, height = box
    if part == "full":
        return element("rect", class_="part full", x=x, y=y, width=width, height=height)
    outline = element(
        "rect",
        class_=f"part {part}",
        **{"x": x, "y": y, "width": width, "height": height},
        fill="none" if part == "hollow" else f"url(#{key}-h)",
        stroke="currentColor",
        stroke_width=1.2,
    )
    return outline


def _bars(spec: BarChart, key: str, plot: Plot) -> list[Ink]:
    each = (plot.end - plot.left) / len(spec.bars)
    wide = min(_WIDEST, each * 0.7)
    drawn: list[Ink] = []
    for index, bar in enumerate(spec.bars):
        x = plot.left + each * (index + 0.5) - wide / 2
        inside: list[Ink] = []
        below = 0
        for (part, _), count in zip(spec.parts, bar.parts, strict=True):
            if count:
                top, bottom = plot.y(below + count), plot.y(below)
                inside.append(_shape(part, key, (x, top, wide, max(bottom - top, 1))))
            below += count
        drawn.append(group(tip(bar.label), *inside))
    return drawn


def _ends(spec: BarChart, form: Form, plot: Plot) -> list[Ink]:
    """Words under the first and the last bar; one alone stands in the middle."""
    y = plot.floor + form.size * 1.5
    if len(spec.bars) == 1:
        return [text("tick", (plot.left + plot.end) / 2, y, spec.last, "middle")]
    return [text("tick", plot.left, y, spec.first), text("tick", plot.end, y, spec.last, "end")]
