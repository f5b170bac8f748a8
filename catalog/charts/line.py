"""A line over months with its usual range, its target and its signals.

Belongs here: the drawing. Does not belong here: limits, signals, sentences (``catalog.answer``).

Everything reads without a style sheet and without colour: the usual range is a shaded band, the target a
dashed line, a signal a ring, a month without a figure a gap. Words stand beside what they name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Literal

from catalog import numbers
from catalog.charts.scale import Axis, axis, month_step, named_months, spread, text_width, wrap


@dataclass(frozen=True)
class Mark:
    """One month of the line.

    Attributes:
        period: First day of the month.
        value: The figure; None draws a gap.
        signal: Ringed: beyond what is usual, on the side that is worse.
        good: Ringed on the side that is better.
    """

    period: date
    value: float | None
    signal: bool = False
    good: bool = False


@dataclass(frozen=True)
class LineChart:
    """What a line chart needs, with every word already in the page's language.

    Attributes:
        id: Unique in the page; title and description get ids made from it.
        title: What the picture shows (read by screen readers).
        description: What the picture says, in a sentence or two (read by screen readers).
        marks: The months, in order, without a hole in the calendar.
        language: For the numbers and months of the axes.
        centre: The usual level.
        lower: Lower end of the usual range.
        upper: Upper end of the usual range.
        target: The target, in the unit.
        end_label: Beside the last figure: "8.6 days".
        centre_label: "usual 5.1".
        target_label: "target 4".
        signal_label: Over the ringed points: "beyond its usual range since May".
        zero: Whether the axis must begin at 0 (a count, a duration); else it may float.
    """

    id: str
    title: str
    description: str
    marks: tuple[Mark, ...]
    language: str
    centre: float | None = None
    lower: float | None = None
    upper: float | None = None
    target: float | None = None
    end_label: str = ""
    centre_label: str = ""
    target_label: str = ""
    signal_label: str = ""
    zero: bool = True


@dataclass(frozen=True)
class _Form:
    """The measures of one form of the drawing, in its own units."""

    name: Literal["wide", "narrow"]
    width: float
    height: float
    size: float
    top: float
    bottom: float
    month_room: float
    beside: float


_WIDE = _Form("wide", 760, 300, 13.5, 30, 48, 42, 240)
_NARROW = _Form("narrow", 360, 320, 15, 30, 54, 46, 84)


@dataclass(frozen=True)
class _Label:
    """Words beside the plot, in as many lines as they need."""

    kind: str
    value: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Plot:
    """Where things lie: the form, the axis, the months, the room for labels."""

    form: _Form
    axis: Axis
    months: int
    left: float
    end: float
    top: float

    @property
    def floor(self) -> float:
        return self.form.height - self.form.bottom

    def x(self, index: int) -> float:
        if self.months == 1:
            return (self.left + self.end) / 2
        return self.left + (self.end - self.left) * index / (self.months - 1)

    def y(self, value: float) -> float:
        return self.floor - (self.floor - self.top) * self.axis.share(value)


def line_chart(spec: LineChart, width: Literal["wide", "narrow"] = "wide") -> str:
    """The chart as an ``<svg>`` of class ``chart chart-wide`` or ``chart chart-narrow``.

    The narrow one is a drawing of its own for phones: fewer months named, larger text, shorter lines of
    words. A page carries both; the style sheet (``catalog.charts.stylesheet``) shows one and takes the
    other away from screen readers too.

    Raises:
        ValueError: No mark has a value.
    """
    values = [m.value for m in spec.marks if m.value is not None]
    if not values:
        raise ValueError("a chart needs at least one figure")
    form = _WIDE if width == "wide" else _NARROW
    labels = _labels(spec, form)
    plot = _plot(spec, form, values, labels)
    parts = [
        *_grid(spec, plot),
        *_range(spec, plot),
        *_months(spec, plot),
        *_line(spec, plot),
        *_points(spec, plot),
        *_beside(labels, plot),
        *_signal_label(spec, plot),
    ]
    key = f"{spec.id}-{form.name}"
    return (
        f'<svg class="chart chart-{form.name}" viewBox="0 0 {_n(form.width)} {_n(form.height)}" '
        f'font-size="{_n(form.size)}" font-family="system-ui, sans-serif" fill="currentColor" '
        f'role="img" aria-labelledby="{_a(key)}-t {_a(key)}-d">'
        f'<title id="{_a(key)}-t">{escape(spec.title)}</title>'
        f'<desc id="{_a(key)}-d">{escape(spec.description)}</desc>' + "".join(parts) + "</svg>"
    )


def _plot(spec: LineChart, form: _Form, values: Sequence[float], labels: Sequence[_Label]) -> _Plot:
    """The plot between the numbers of the axis on its left and the labels on its right."""
    lines = [v for v in (spec.centre, spec.lower, spec.upper, spec.target) if v is not None]
    scale = axis([*values, *lines], spec.zero)
    ticks = [numbers.decimal(tick, spec.language, scale.digits) for tick in scale.ticks]
    words = [line for label in labels for line in label.lines]
    over = len(_signal_lines(spec, form)) - 1 if form.name == "narrow" else 0
    return _Plot(
        form=form,
        axis=scale,
        months=len(spec.marks),
        left=max(text_width(t, form.size) for t in ticks) + 12,
        end=form.width - min(max([20.0, *(text_width(w, form.size) + 14 for w in words)]), form.width * 0.36),
        top=form.top + form.size * 1.2 * max(0, over),
    )


def _labels(spec: LineChart, form: _Form) -> list[_Label]:
    """What stands at the right of the plot."""
    found: list[_Label] = []
    mark = spec.marks[_last(spec)]
    if spec.end_label and mark.value is not None:
        kind = "label end" + (" worse" if mark.signal else " better" if mark.good else "")
        found.append(_Label(kind, mark.value, tuple(wrap(spec.end_label, form.size, form.beside))))
    if spec.centre is not None and spec.centre_label:
        found.append(_Label("label centre-label", spec.centre, tuple(wrap(spec.centre_label, form.size, form.beside))))
    if spec.target is not None and spec.target_label:
        found.append(_Label("label target-label", spec.target, tuple(wrap(spec.target_label, form.size, form.beside))))
    return found


def _grid(spec: LineChart, plot: _Plot) -> list[str]:
    parts: list[str] = []
    for tick in plot.axis.ticks:
        y = plot.y(tick)
        kind = "axis" if tick == 0 else "grid"
        parts.append(_rule(kind, plot.left, plot.end, y, 'stroke-opacity=".25"'))
        label = numbers.decimal(tick, spec.language, plot.axis.digits)
        parts.append(_text("tick", plot.left - 8, y + plot.form.size * 0.35, label, "end"))
    return parts


def _range(spec: LineChart, plot: _Plot) -> list[str]:
    parts: list[str] = []
    if spec.lower is not None and spec.upper is not None:
        top, bottom = plot.y(spec.upper), plot.y(spec.lower)
        parts.append(
            f'<rect class="band" x="{_n(plot.left)}" y="{_n(top)}" width="{_n(plot.end - plot.left)}" '
            f'height="{_n(max(bottom - top, 1))}" fill-opacity=".12"/>'
        )
    if spec.centre is not None:
        parts.append(_rule("centre", plot.left, plot.end, plot.y(spec.centre), 'stroke-opacity=".6"'))
    if spec.target is not None:
        parts.append(
            _rule("target", plot.left, plot.end, plot.y(spec.target), 'stroke-dasharray="6 4" stroke-width="1.5"')
        )
    return parts


def _months(spec: LineChart, plot: _Plot) -> list[str]:
    """Names of months under the plot, years under them; the first month's year always stands."""
    periods = [m.period for m in spec.marks]
    form = plot.form
    named = named_months(periods, month_step(plot.end - plot.left, len(periods), form.month_room))
    base = plot.floor + form.size * 1.5
    parts: list[str] = []
    for index in named:
        x = plot.x(index)
        parts.append(
            f'<line class="axis" x1="{_n(x)}" x2="{_n(x)}" y1="{_n(plot.floor)}" y2="{_n(plot.floor + 4)}" '
            'stroke="currentColor" stroke-opacity=".5"/>'
        )
        parts.append(_text("tick", x, base, numbers.abbreviated_month(periods[index], spec.language), "middle"))
    years: list[tuple[int, int]] = []
    for index in [*named] or [0]:
        if not years or periods[index].year != years[-1][1]:
            years.append((index, periods[index].year))
    for index, year in years:
        parts.append(_text("tick year", plot.x(index), base + form.size * 1.3, str(year), "middle"))
    return parts


def _line(spec: LineChart, plot: _Plot) -> list[str]:
    """One polyline for each unbroken stretch."""
    stretches: list[list[str]] = [[]]
    for index, mark in enumerate(spec.marks):
        if mark.value is None:
            stretches.append([])
        else:
            stretches[-1].append(f"{_n(plot.x(index))},{_n(plot.y(mark.value))}")
    return [
        f'<polyline class="line" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" '
        f'points="{" ".join(stretch)}"/>'
        for stretch in stretches
        if len(stretch) > 1
    ]


def _points(spec: LineChart, plot: _Plot) -> list[str]:
    parts: list[str] = []
    last = _last(spec)
    crowded = plot.months * 7 > plot.end - plot.left
    for index, mark in enumerate(spec.marks):
        if mark.value is None:
            continue
        at = f'cx="{_n(plot.x(index))}" cy="{_n(plot.y(mark.value))}"'
        if mark.signal or mark.good:
            kind = "worse" if mark.signal else "better"
            parts.append(
                f'<circle class="ring {kind}" {at} r="4.5" fill="none" stroke="currentColor" stroke-width="2.2"/>'
            )
        elif index == last:
            parts.append(f'<circle class="point" {at} r="3.6"/>')
        elif not crowded or _alone(spec.marks, index):
            parts.append(f'<circle class="point" {at} r="2.3"/>')
    return parts


def _beside(labels: Sequence[_Label], plot: _Plot) -> list[str]:
    """Labels at the right of the plot, each as near its line as the others let it."""
    if not labels:
        return []
    step = plot.form.size * 1.15
    tallest = max(len(label.lines) for label in labels)
    room = (tallest - 1) * step / 2
    places = spread([plot.y(label.value) for label in labels], tallest * step, plot.top + room, plot.floor - room)
    return [
        _text(label.kind, plot.end + 10, y + plot.form.size * 0.35 + (i - (len(label.lines) - 1) / 2) * step, line)
        for label, y in zip(labels, places, strict=True)
        for i, line in enumerate(label.lines)
    ]


def _signal_lines(spec: LineChart, form: _Form) -> list[str]:
    if not spec.signal_label:
        return []
    return wrap(spec.signal_label, form.size, form.width - 8)


def _signal_label(spec: LineChart, plot: _Plot) -> list[str]:
    """The words for the ringed points: above them where there is room, on a phone above the plot."""
    ringed = [i for i, m in enumerate(spec.marks) if m.signal or m.good]
    lines = _signal_lines(spec, plot.form)
    if not ringed or not lines:
        return []
    newest = [ringed[-1]]
    while newest[0] - 1 in ringed:
        newest.insert(0, newest[0] - 1)
    kind = "label signal " + ("worse" if spec.marks[newest[-1]].signal else "better")
    size = plot.form.size
    if plot.form.name == "narrow":
        return [
            _text(kind, plot.form.width - 4, plot.form.top - size * 0.9 + i * size * 1.2, line, "end")
            for i, line in enumerate(lines)
        ]
    half = text_width(spec.signal_label, size) / 2
    middle = (plot.x(newest[0]) + plot.x(newest[-1])) / 2
    x = min(max(middle, plot.left + half), plot.end - half)
    near = [plot.y(m.value) for i, m in enumerate(spec.marks) if m.value is not None and abs(plot.x(i) - x) <= half + 6]
    heights = [plot.y(v) for v in (spec.marks[i].value for i in newest) if v is not None]
    under = max(near) + 24
    if spec.centre is not None and min(heights) > plot.y(spec.centre) and under < plot.floor - 4:
        return [_text(kind, x, under, spec.signal_label, "middle")]
    return [_text(kind, x, max(min(near) - 13, size), spec.signal_label, "middle")]


def _last(spec: LineChart) -> int:
    return max(i for i, m in enumerate(spec.marks) if m.value is not None)


def _alone(marks: Sequence[Mark], index: int) -> bool:
    """Whether a point has no neighbour to be joined to, so that no line shows it."""
    before = index > 0 and marks[index - 1].value is not None
    after = index + 1 < len(marks) and marks[index + 1].value is not None
    return not before and not after


def _rule(kind: str, x1: float, x2: float, y: float, extra: str) -> str:
    return f'<line class="{kind}" x1="{_n(x1)}" x2="{_n(x2)}" y1="{_n(y)}" y2="{_n(y)}" stroke="currentColor" {extra}/>'


def _text(kind: str, x: float, y: float, words: str, anchor: str = "start") -> str:
    weight = ' font-weight="600"' if kind.startswith("label") else ""
    at = f'x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {at}{weight}>{escape(words, quote=False)}</text>'


def _n(value: float) -> str:
    """A coordinate: one decimal, none where it is whole, never a negative zero."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _a(text: str) -> str:
    return escape(text, quote=True)
