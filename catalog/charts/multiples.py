"""Many small lines on one scale, one an area, so that areas can be compared at a glance.

Belongs here: the drawing. Does not belong here: which areas, in which order, words.

Both forms draw the same lines, which stand in the page once; a phone gets the first areas only, since nobody compares
what lies ten screens apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog import numbers
from catalog.charts.ink import Form, Heading, Ink, Width, element, form_of, group, sheet, text, tip
from catalog.charts.letters import shortened, text_width
from catalog.charts.plot import Plot, room_for, stretches
from catalog.charts.scale import Axis, axis

MOST = 80
"""Panels drawn at most."""

MOST_NARROW = 20
"""Panels drawn at most on a phone."""

_FIELD = 42.0
_GAP = 18.0
_EDGE = 5.0
_STROKE: dict[str, str | float] = {
    **{"fill": "none", "stroke": "currentColor"},
    **{"stroke_width": 1.5, "stroke_linejoin": "round", "stroke_linecap": "round"},
}
_GRID = (1000, 400)
"""The field that lines are kept in, before they are fitted to a form."""


@dataclass(frozen=True)
class Panel:
    """One area: its name, its figures month by month, the newest one in words, and how that is marked."""

    name: str
    values: tuple[float | None, ...]
    figure: str
    signal: bool = False
    good: bool = False
    ringed: bool = False
    focus: bool = False

    @property
    def side(self) -> str:
        """The class of what marks the newest figure."""
        return "worse" if self.signal else "better" if self.good else "either" if self.ringed else ""


@dataclass(frozen=True)
class Multiples:
    """What small multiples need, with every word already in the page's language.

    ``first`` and ``last`` name the first and the last month; every panel has a value for each month. ``rest`` says
    where the areas are that a phone does not show.
    """

    id: str
    title: str
    description: str
    panels: tuple[Panel, ...]
    first: str
    last: str
    language: str
    target: float | None = None
    zero: bool = True
    rest: str = ""


def multiples(spec: Multiples, width: Width = "wide") -> str:
    """The panels in one of their forms, row by row, every one on the same scale; the wide one carries the lines.

    Raises:
        ValueError: There is no figure, or there are more panels than fit.
    """
    known = [v for panel in spec.panels for v in panel.values if v is not None]
    if not known or len(spec.panels) > MOST:
        raise ValueError(f"small multiples need a figure, and at most {MOST} panels")
    form = form_of(width)
    scale = axis([*known, *([] if spec.target is None else [spec.target])], spec.zero)
    panels = spec.panels if width == "wide" else spec.panels[:MOST_NARROW]
    plots, floor = _fields(panels, form, scale, spec.language)
    size = plots[0].size
    inside = [
        *_frames(spec, plots),
        group(*_lines(spec, plots), class_="line", **_STROKE),
        *_marks(panels, plots),
        *_names(panels, plots),
        group(*_figures(panels, plots), class_="label end", text_anchor="end", font_weight=600),
        *_ends(spec, plots),
    ]
    if len(panels) < len(spec.panels) and spec.rest:
        floor += size * 1.6
        inside.append(text("tick", plots[0].left, floor, spec.rest))
    heading = Heading(spec.id, spec.title, spec.description)
    drawn = sheet(form, floor + 6, heading, [group(*inside, font_size=size)], "multiples")
    return _shapes(spec, scale) + drawn if width == "wide" else drawn


def _fields(panels: Sequence[Panel], form: Form, scale: Axis, language: str) -> tuple[list[Plot], float]:
    """Where each panel's field lies, and where the last words under them stand."""
    size = form.size * 0.9
    left = room_for(scale, size, language)
    room = form.width - left + _GAP - _EDGE
    columns = _columns(panels, form, room, size)
    each = room / columns
    above = size * 1.2 if _stacked(panels, each - _GAP, size) else 0.0
    high = size * 2.4 + _FIELD + above
    plots = []
    for index in range(len(panels)):
        row, column = divmod(index, columns)
        x, top = left + column * each, row * high + size * 1.5 + above
        plots.append(Plot(scale, x, x + each - _GAP, top, top + _FIELD, size, language))
    return plots, math.ceil(len(panels) / columns) * high + size * 0.6


def _stacked(panels: Sequence[Panel], room: float, size: float) -> bool:
    """Whether names stand on a line of their own: where one does not fit beside its figure."""
    return any(_name_room(panel, size) > room for panel in panels)


def _columns(panels: Sequence[Panel], form: Form, room: float, size: float) -> int:
    """As many columns as leave every name whole, but no fewer than three on a desk; two on a phone."""
    count = len(panels)
    if form.name == "narrow":
        return min(2, count)
    needed = max(_name_room(panel, size) for panel in panels) + _GAP
    most = 6 if count > MOST_NARROW else 5
    return min(count, next((n for n in range(most, 3, -1) if room / n >= needed), 3 if count < MOST_NARROW else most))


def _name_room(panel: Panel, size: float) -> float:
    """What a panel's name and figure need beside each other."""
    return text_width(panel.name, size, panel.focus) + 6 + text_width(panel.figure, size, heavy=True)


def _shapes(spec: Multiples, scale: Axis) -> Ink:
    """The lines, to be used by both forms, from corner to corner of a grid."""
    wide, high = _GRID
    paths = []
    for n, panel in enumerate(spec.panels):
        last = max(1, len(panel.values) - 1)

        def at(index: int, value: float, last: int = last) -> tuple[float, float]:
            return wide * index / last, high * (1 - scale.share(value))

        paths.append(element("path", class_="even", id=f"{spec.id}-{n}", d=_path(stretches(panel.values, at))))
    return element("svg", element("defs", *paths), class_="shapes", aria_hidden="true", width=0, height=0)


def _path(places: Iterable[Sequence[tuple[float, float]]]) -> str:
    """Stretches as one path: each point by its distance from the one before; a lone one as a short stroke."""
    said: list[str] = []
    for stretch in places:
        (x, y), *rest = [(round(right), round(down)) for right, down in stretch]
        steps = []
        said.append(f"M{x} {y}")
        for right, down in rest:
            steps.append(f"{right - x} {down - y}")
            x, y = right, down
        said.append("l" + " ".join(steps).replace(" -", "-") if steps else "h1")
    return "".join(said)


def _lines(spec: Multiples, plots: Sequence[Plot]) -> list[Ink]:
    wide, high = _GRID
    drawn = []
    for n, plot in enumerate(plots):
        fitted = f"{(plot.end - plot.left) / wide:.4f} 0 0 {_FIELD / high:.4f} {plot.left:.1f} {plot.top:.1f}"
        drawn.append(element("use", href=f"#{spec.id}-{n}", transform=f"matrix({fitted})"))
    return drawn


def _frames(spec: Multiples, plots: Sequence[Plot]) -> list[Ink]:
    """The ends of the scale under and over every field, the target across it, and the ends' figures at each row."""
    scale = plots[0].axis
    drawn = [
        _across("grid", plots, scale.high, stroke_opacity=".25"),
        _across("axis", plots, scale.low, stroke_opacity=".25"),
    ]
    if spec.target is not None:
        drawn.append(_across("target", plots, spec.target, stroke_dasharray="4 3"))
    for plot in plots:
        if plot.left == plots[0].left:
            for end in (scale.low, scale.high):
                said = numbers.decimal(end, spec.language, scale.digits)
                drawn.append(text("tick", plot.left - 6, plot.y(end) + plot.size * 0.35, said, "end"))
    return drawn


def _across(kind: str, plots: Sequence[Plot], value: float, **attributes: str) -> Ink:
    """One stroke of a figure's height through every field."""
    d = "".join(f"M{plot.left:.1f} {plot.y(value):.1f}H{plot.end:.1f}" for plot in plots)
    return element("path", class_=kind, d=d, fill="none", stroke="currentColor", **attributes)


def _marks(panels: Sequence[Panel], plots: Sequence[Plot]) -> list[Ink]:
    """The newest figure of each panel: a point, or a ring where it is part of a signal."""
    drawn = []
    for panel, plot in zip(panels, plots, strict=True):
        newest = panel.values[-1]
        if newest is None:
            continue
        at: dict[str, str | float] = {"cx": plot.end, "cy": plot.y(newest)}
        if panel.side:
            ring: dict[str, str | float] = {"r": 3.4, "fill": "none", "stroke": "currentColor", "stroke_width": 1.8}
            drawn.append(element("circle", class_=f"ring {panel.side}", **at, **ring))
        else:
            drawn.append(element("circle", class_="point", **at, r=2.2))
    return drawn


def _names(panels: Sequence[Panel], plots: Sequence[Plot]) -> list[Ink]:
    """Over each field its area's name; one that had to be cut is told whole by its tip."""
    drawn = []
    stacked = _stacked(panels, plots[0].end - plots[0].left, plots[0].size)
    for panel, plot in zip(panels, plots, strict=True):
        y = plot.top - plot.size * (1.75 if stacked else 0.55)
        beside = 0.0 if stacked else text_width(panel.figure, plot.size, heavy=True) + 6
        room = plot.end - plot.left - beside
        said = shortened(panel.name, plot.size, room, panel.focus)
        name = text("label name" if panel.focus else "name", plot.left, y, said)
        drawn.append(name if said == panel.name else group(tip(panel.name), name))
    return drawn


def _figures(panels: Sequence[Panel], plots: Sequence[Plot]) -> list[Ink]:
    return [
        text(panel.side and f"label {panel.side}", plot.end, plot.top - plot.size * 0.55, panel.figure)
        for panel, plot in zip(panels, plots, strict=True)
    ]


def _ends(spec: Multiples, plots: Sequence[Plot]) -> list[Ink]:
    """The first and the last month under the first panel of the last row; together where they don't fit apart."""
    plot = [p for p in plots if p.left == plots[0].left][-1]
    y = plot.floor + plot.size * 1.5
    if text_width(spec.first + spec.last, plot.size) + 10 > plot.end - plot.left:
        return [text("tick", plot.left, y, f"{spec.first} – {spec.last}")]
    return [text("tick", plot.left, y, spec.first), text("tick", plot.end, y, spec.last, "end")]
