"""Bars of a history: for each event, oldest first, its parts on one another.

Belongs here: the drawing. Does not belong here: what the parts mean, words, dates: they come as they are to stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from catalog import numbers
from catalog.charts.scale import Axis, axis, text_width

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


@dataclass(frozen=True)
class _Form:
    """The measures of one form of the drawing, in its own units."""

    name: Literal["wide", "narrow"]
    width: float
    height: float
    size: float


_WIDE = _Form("wide", 760, 200, 13.5)
_NARROW = _Form("narrow", 360, 220, 15)
_WIDEST = 44.0
_BOX = 11.0


def bar_chart(spec: BarChart, width: Literal["wide", "narrow"] = "wide") -> str:
    """The chart as an ``<svg>`` of class ``chart chart-wide`` or ``chart chart-narrow``; a page carries both.

    Raises:
        ValueError: There is no bar.
    """
    if not spec.bars:
        raise ValueError("a chart needs at least one bar")
    form = _WIDE if width == "wide" else _NARROW
    scale = axis([float(sum(bar.parts)) for bar in spec.bars], zero=True, wanted=3)
    key = f"{spec.id}-{form.name}"
    left = max(text_width(numbers.integer(tick, spec.language), form.size) for tick in scale.ticks) + 12
    legend, under = _legend(spec, form, left)
    floor = form.height - form.size * 1.9
    plot = _Plot(scale, left, form.width - 6, under + 8, floor)
    words = "; ".join(bar.label for bar in spec.bars)
    return (
        f'<svg class="chart chart-{form.name} bars" viewBox="0 0 {_n(form.width)} {_n(form.height)}" '
        f'font-size="{_n(form.size)}" font-family="system-ui, sans-serif" fill="currentColor" role="img" '
        f'aria-labelledby="{_a(key)}-t {_a(key)}-d"><title id="{_a(key)}-t">{escape(spec.title)}</title>'
        f'<desc id="{_a(key)}-d">{escape(words)}</desc>{_hatch(key)}'
        + "".join([*legend, *_grid(spec, form, plot), *_bars(spec, key, plot), *_ends(spec, form, plot)])
        + "</svg>"
    )


@dataclass(frozen=True)
class _Plot:
    """Where things lie."""

    scale: Axis
    left: float
    end: float
    top: float
    floor: float

    def y(self, value: float) -> float:
        return self.floor - (self.floor - self.top) * self.scale.share(value)


def _hatch(key: str) -> str:
    """The pattern of a half part; its colour is the part's own."""
    return (
        f'<defs><pattern id="{_a(key)}-h" width="4" height="4" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="hatch" width="2" height="4"/></pattern></defs>'
    )


def _shape(part: Part, key: str, box: tuple[float, float, float, float]) -> str:
    x, y, width, height = box
    at = f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'
    if part == "full":
        return f'<rect class="part full" {at}/>'
    inner = "" if part == "hollow" else f'<rect {at} fill="url(#{_a(key)}-h)"/>'
    return f'{inner}<rect class="part {part}" {at} fill="none" stroke="currentColor" stroke-width="1.2"/>'


def _legend(spec: BarChart, form: _Form, left: float) -> tuple[list[str], float]:
    """The parts' names with their forms, above the plot; and where the plot may begin."""
    key = f"{spec.id}-{form.name}"
    x, y = left, form.size
    drawn: list[str] = []
    for part, name in spec.parts:
        room = _BOX + 6 + text_width(name, form.size)
        if x > left and x + room > form.width:
            x, y = left, y + form.size * 1.5
        drawn.append(_shape(part, key, (x, y - _BOX + 1, _BOX, _BOX)))
        drawn.append(f'<text class="tick" x="{_n(x + _BOX + 6)}" y="{_n(y)}">{escape(name, quote=False)}</text>')
        x += room + 16
    return drawn, y + 6


def _grid(spec: BarChart, form: _Form, plot: _Plot) -> list[str]:
    drawn: list[str] = []
    for tick in plot.scale.ticks:
        y = plot.y(tick)
        kind = "axis" if tick == 0 else "grid"
        said = numbers.decimal(tick, spec.language, plot.scale.digits)
        drawn.append(
            f'<line class="{kind}" x1="{_n(plot.left)}" x2="{_n(plot.end)}" y1="{_n(y)}" y2="{_n(y)}" '
            f'stroke="currentColor" stroke-opacity=".25"/><text class="tick" x="{_n(plot.left - 8)}" '
            f'y="{_n(y + form.size * 0.35)}" text-anchor="end">{escape(said, quote=False)}</text>'
        )
    return drawn


def _bars(spec: BarChart, key: str, plot: _Plot) -> list[str]:
    each = (plot.end - plot.left) / len(spec.bars)
    wide = min(_WIDEST, each * 0.7)
    drawn: list[str] = []
    for index, bar in enumerate(spec.bars):
        x = plot.left + each * (index + 0.5) - wide / 2
        inside: list[str] = []
        below = 0
        for (part, _), count in zip(spec.parts, bar.parts, strict=True):
            if count:
                top, bottom = plot.y(below + count), plot.y(below)
                inside.append(_shape(part, key, (x, top, wide, max(bottom - top, 1))))
            below += count
        drawn.append(f"<g><title>{escape(bar.label)}</title>{''.join(inside)}</g>")
    return drawn


def _ends(spec: BarChart, form: _Form, plot: _Plot) -> list[str]:
    """Words under the first and the last bar; one alone stands in the middle."""
    y = plot.floor + form.size * 1.5
    ends: Sequence[tuple[str, float, str]] = [(spec.first, plot.left, "start"), (spec.last, plot.end, "end")]
    if len(spec.bars) == 1:
        ends = [(spec.last, (plot.left + plot.end) / 2, "middle")]
    return [
        f'<text class="tick" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(words, quote=False)}</text>'
        for words, x, anchor in ends
    ]


def _n(value: float) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _a(text: str) -> str:
    return escape(text, quote=True)
