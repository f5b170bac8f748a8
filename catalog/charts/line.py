"""A line over months with its usual range, its target, its signals and how sure each figure is.

Belongs here: the drawing. Does not belong here: limits, signals, sentences (``catalog.answer``).

Everything reads without a style sheet and without colour: the usual range is a shaded band, the target a
dashed line, a signal a ring, an interval a thin upright line, a figure of few cases a cross, a month without a figure
a gap. Words stand beside what they name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.charts.ink import Form, Heading, Ink, Width, element, form_of, rule, sheet, text
from catalog.charts.letters import text_width, wrap
from catalog.charts.months import LineChart
from catalog.charts.plot import Plot, dated, is_alone, room_for, ruled, traced
from catalog.charts.scale import axis, spread


@dataclass(frozen=True)
class _Room:
    """What a form leaves above and below the field, for a month's name and for words beside the field."""

    height: float
    top: float
    bottom: float
    month: float
    beside: float


_ROOMS = {"wide": _Room(300, 30, 48, 42, 240), "narrow": _Room(320, 30, 54, 46, 84)}


@dataclass(frozen=True)
class _Label:
    """Words beside the field, in as many lines as they need."""

    kind: str
    value: float
    lines: tuple[str, ...]


def line_chart(spec: LineChart, width: Width = "wide") -> str:
    """The chart in one of its forms; the narrow one names fewer months, in larger words and shorter lines.

    Raises:
        ValueError: No mark has a value.
    """
    if not any(m.value is not None for m in spec.marks):
        raise ValueError("a chart needs at least one figure")
    form, room = form_of(width), _ROOMS[width]
    labels = _labels(spec, form, room)
    plot = _plot(spec, form, room, labels)
    inside = [
        *ruled(plot),
        *_range(spec, plot),
        *_year(spec, plot),
        *dated(plot, [m.period for m in spec.marks], room.month),
        *_intervals(spec, plot),
        *traced(spec.values, lambda i, v: (plot.x(i, len(spec.marks)), plot.y(v)), 2),
        *_points(spec, plot),
        *_beside(labels, plot),
        *_signal_label(spec, form, room, plot),
    ]
    return sheet(form, room.height, Heading(spec.id, spec.title, spec.description), inside)


def _plot(spec: LineChart, form: Form, room: _Room, labels: Sequence[_Label]) -> Plot:
    """The field between the numbers of the axis on its left and the labels on its right."""
    lines = [spec.centre, spec.lower, spec.upper, spec.target]
    ends = [end for m in spec.marks for end in (m.value, m.low, m.high)]
    lines += [spec.year.low, spec.year.high] if spec.year else []
    scale = axis([v for v in (*ends, *lines) if v is not None], spec.zero)
    said = [line for label in labels for line in label.lines]
    over = len(_signal_lines(spec, form)) - 1 if form.name == "narrow" else 0
    return Plot(
        axis=scale,
        left=room_for(scale, form.size, spec.language),
        end=form.width
        - min(max([20.0, *(text_width(w, form.size, heavy=True) + 14 for w in said)]), form.width * 0.36),
        top=room.top + form.line * max(0, over),
        floor=room.height - room.bottom,
        size=form.size,
        language=spec.language,
    )


def _labels(spec: LineChart, form: Form, room: _Room) -> list[_Label]:
    """What stands at the right of the field."""
    mark = spec.marks[spec.last]
    kind = f"label end {mark.side}".rstrip()
    wanted = (
        (kind, mark.value, spec.end_label),
        ("label centre-label", spec.centre, spec.centre_label),
        ("label target-label", spec.target, spec.target_label),
        ("label foretold-label", spec.year.value if spec.year else None, spec.year.label if spec.year else ""),
    )
    return [
        _Label(kind, value, tuple(wrap(said, form.size, room.beside, heavy=True)))
        for kind, value, said in wanted
        if value is not None and said
    ]


def _range(spec: LineChart, plot: Plot) -> list[Ink]:
    drawn: list[Ink] = []
    if spec.lower is not None and spec.upper is not None:
        top, bottom = plot.y(spec.upper), plot.y(spec.lower)
        drawn.append(
            element(
                "rect",
                class_="band",
                x=plot.left,
                y=top,
                width=plot.end - plot.left,
                height=max(bottom - top, 1),
                fill_opacity=".12",
            )
        )
    if spec.centre is not None:
        y = plot.y(spec.centre)
        drawn.append(rule("centre", (plot.left, y, plot.end, y), stroke_opacity=".6"))
    if spec.target is not None:
        y = plot.y(spec.target)
        drawn.append(rule("target", (plot.left, y, plot.end, y), stroke_dasharray="6 4", stroke_width=1.5))
    return drawn


def _year(spec: LineChart, plot: Plot) -> list[Ink]:
    """The year's figure over its months: dotted, in a frame of short dashes as wide as its interval."""
    year, count = spec.year, len(spec.marks)
    if year is None:
        return []
    x, end, y = plot.x(year.first, count), plot.x(year.last, count), plot.y(year.value)
    top, bottom = plot.y(year.high), plot.y(year.low)
    frame = element(
        "rect",
        class_="foretold",
        x=x,
        y=top,
        width=max(end - x, 1),
        height=max(bottom - top, 1),
        fill="currentColor",
        fill_opacity=".07",
        stroke="currentColor",
        stroke_opacity=".55",
        stroke_dasharray="2 3",
    )
    return [frame, rule("foretold", (x, y, end, y), stroke_dasharray="2 3", stroke_width=2)]


def _intervals(spec: LineChart, plot: Plot) -> list[Ink]:
    """An upright line from the lower to the upper end of each figure's interval."""
    drawn: list[Ink] = []
    for index, mark in enumerate(spec.marks):
        if mark.value is not None and mark.low is not None and mark.high is not None:
            x = plot.x(index, len(spec.marks))
            drawn.append(rule("interval", (x, plot.y(mark.high), x, plot.y(mark.low)), stroke_opacity=".5"))
    return drawn


def _points(spec: LineChart, plot: Plot) -> list[Ink]:
    drawn: list[Ink] = []
    count = len(spec.marks)
    crowded = count * 7 > plot.end - plot.left
    for index, mark in enumerate(spec.marks):
        if mark.value is None:
            continue
        x, y = plot.x(index, count), plot.y(mark.value)
        if mark.few:
            drawn.append(_cross(x, y))
        if mark.is_ringed:
            kind = f"ring {mark.side}".rstrip()
            drawn.append(
                element("circle", class_=kind, cx=x, cy=y, r=4.5, fill="none", stroke="currentColor", stroke_width=2.2)
            )
        elif mark.few:
            continue
        elif index == spec.last:
            drawn.append(element("circle", class_="point", cx=x, cy=y, r=3.6))
        elif not crowded or is_alone(spec.values, index):
            drawn.append(element("circle", class_="point", cx=x, cy=y, r=2.3))
    return drawn


def _cross(x: float, y: float) -> Ink:
    """A figure that nobody should rely on."""
    d = f"M{x - 3.2:.1f} {y - 3.2:.1f}l6.4 6.4m0-6.4l-6.4 6.4"
    return element("path", class_="few", d=d, fill="none", stroke="currentColor", stroke_width=1.5)


def _beside(labels: Sequence[_Label], plot: Plot) -> list[Ink]:
    """Labels at the right of the field, each as near its line as the others let it."""
    if not labels:
        return []
    step = plot.size * 1.15
    tallest = max(len(label.lines) for label in labels)
    room = (tallest - 1) * step / 2
    places = spread([plot.y(label.value) for label in labels], tallest * step, plot.top + room, plot.floor - room)
    return [
        text(label.kind, plot.end + 10, y + plot.size * 0.35 + (i - (len(label.lines) - 1) / 2) * step, line)
        for label, y in zip(labels, places, strict=True)
        for i, line in enumerate(label.lines)
    ]


def _signal_lines(spec: LineChart, form: Form) -> list[str]:
    return wrap(spec.signal_label, form.size, form.width - 8, heavy=True)


def _signal_label(spec: LineChart, form: Form, room: _Room, plot: Plot) -> list[Ink]:
    """The words for the ringed points: above them where there is room, on a phone above the field."""
    ringed = [i for i, m in enumerate(spec.marks) if m.is_ringed]
    lines = _signal_lines(spec, form)
    if not ringed or not lines:
        return []
    newest = [ringed[-1]]
    while newest[0] - 1 in ringed:
        newest.insert(0, newest[0] - 1)
    kind = f"label signal {spec.marks[newest[-1]].side}".rstrip()
    if form.name == "narrow":
        first = room.top - form.size * 0.9
        return [text(kind, form.width - 4, first + i * form.size * 1.2, line, "end") for i, line in enumerate(lines)]
    count = len(spec.marks)
    half = text_width(spec.signal_label, form.size, heavy=True) / 2
    middle = (plot.x(newest[0], count) + plot.x(newest[-1], count)) / 2
    x = min(max(middle, plot.left + half), plot.end - half)
    near = [
        (plot.y(v if m.high is None else m.high), plot.y(v if m.low is None else m.low))
        for i, m in enumerate(spec.marks)
        if (v := m.value) is not None and abs(plot.x(i, count) - x) <= half + 6
    ]
    heights = [plot.y(v) for v in (spec.marks[i].value for i in newest) if v is not None]
    under = max(low for _, low in near) + 24
    if spec.centre is not None and min(heights) > plot.y(spec.centre) and under < plot.floor - 4:
        return [text(kind, x, under, spec.signal_label, "middle")]
    return [text(kind, x, max(min(high for high, _ in near) - 13, form.size), spec.signal_label, "middle")]
