"""Bars of a history: for each event, oldest first, its parts on one another.

Belongs here: the drawing. Does not belong here: what the parts mean, words, dates: they come as they are to stand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Literal

from catalog.charts.ink import Form, Heading, Ink, Width, element, form_of, group, pattern, sheet, text, tip
from catalog.charts.legend import BOX, Entry, in_rows
from catalog.charts.letters import text_width
from catalog.charts.plot import Plot, room_for, ruled
from catalog.charts.scale import axis

Part = Literal["full", "half", "hollow"]
"""How a part is drawn, so that it reads without colour: filled, hatched, or its outline alone."""


@dataclass(frozen=True)
class Bar:
    """One event.

    Attributes:
        parts: Counts in the order of the chart's ``parts``.
        label: Its tip and description.
        under: Under the bar: its date, say; left out where there is no room for it.
        above: Over the bar: parts too small to be read off, in figures; likewise.
    """

    parts: tuple[int, ...]
    label: str
    under: str = ""
    above: str = ""


@dataclass(frozen=True)
class BarChart:
    """What a chart of bars needs, with every word already in the page's language.

    Attributes:
        id: Unique in the page.
        title: What the picture shows (read by screen readers).
        bars: Oldest first.
        parts: Form and name of each part, from the axis up.
        language: For the numbers of the axis.
    """

    id: str
    title: str
    bars: tuple[Bar, ...]
    parts: tuple[tuple[Part, str], ...]
    language: str


_HEIGHTS = {"wide": 200.0, "narrow": 220.0}
_WIDEST = 44.0
_OUTLINED = 4.0
"""A part lower than this has no outline, which would make it look larger than it is."""


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
    over = form.line if any(bar.above for bar in spec.bars) else 0.0
    plot = Plot(scale, left, form.width - 6, under + 8 + over, height - form.size * 1.9, form.size, spec.language)
    heading = Heading(spec.id, spec.title, "; ".join(bar.label for bar in spec.bars))
    inside = [pattern(f"{key}-h", "hatch"), *legend, *ruled(plot), *_bars(spec, key, plot), *_words(spec, form, plot)]
    return sheet(form, height, heading, inside, "bars")


def _swatch(part: Part, key: str, x: float, y: float) -> Ink:
    return _shape(part, key, (x, y, BOX, BOX))


def _shape(part: Part, key: str, box: tuple[float, float, float, float]) -> Ink:
    x, y, width, height = box
    if part == "full" or height < _OUTLINED:
        return element("rect", class_=f"part {part}", x=x, y=y, width=width, height=height, fill="currentColor")
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
                inside.append(_shape(part, key, (x, top, wide, bottom - top)))
            below += count
        drawn.append(group(tip(bar.label), *inside))
    return drawn


def _words(spec: BarChart, form: Form, plot: Plot) -> list[Ink]:
    """Under bars their dates, over them what is too small to be read off.

    Of dates that would touch, every second or third is told, the last one always.
    """
    each = (plot.end - plot.left) / len(spec.bars)
    size, y = form.size * 0.9, plot.floor + form.size * 1.5
    widest = max(text_width(bar.under, size) for bar in spec.bars) + 8
    every = max(1, math.ceil(widest / each))
    drawn: list[Ink] = []
    for index, bar in enumerate(spec.bars):
        x = plot.left + each * (index + 0.5)
        if bar.under and (len(spec.bars) - 1 - index) % every == 0:
            half = text_width(bar.under, size) / 2
            drawn.append(text("tick", min(max(x, half), form.width - half), y, bar.under, "middle"))
        if bar.above and text_width(bar.above, size) + 4 <= each:
            drawn.append(text("tick", x, plot.y(sum(bar.parts)) - 5, bar.above, "middle"))
    return [group(*drawn, font_size=size)]
