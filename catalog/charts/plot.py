"""The field that figures are drawn in: its axis of figures, its axis of months, a line through it.

Belongs here: what a line chart, bars and small multiples share. Does not belong here: what is particular to one of
them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from catalog import numbers
from catalog.charts.ink import Ink, element, number, rule, text
from catalog.charts.letters import text_width
from catalog.charts.scale import Axis, month_step, named_months

_BESIDE = 8.0
"""From a number of the axis to the field."""


@dataclass(frozen=True)
class Plot:
    """Where a field lies: from ``left`` to ``end``, from ``top`` down to ``floor``."""

    axis: Axis
    left: float
    end: float
    top: float
    floor: float
    size: float
    language: str

    def y(self, value: float) -> float:
        """How far down a figure stands."""
        return self.floor - (self.floor - self.top) * self.axis.share(value)

    def x(self, index: int, count: int) -> float:
        """How far along the ``index``-th of ``count`` places stands; one alone stands in the middle."""
        if count == 1:
            return (self.left + self.end) / 2
        return self.left + (self.end - self.left) * index / (count - 1)


def room_for(axis: Axis, size: float, language: str) -> float:
    """How much the numbers of an axis need on the left of a field."""
    return max(text_width(numbers.decimal(t, language, axis.digits), size) for t in axis.ticks) + _BESIDE + 4


def ruled(plot: Plot) -> list[Ink]:
    """The lines of the axis across the field, with their numbers."""
    drawn: list[Ink] = []
    for tick in plot.axis.ticks:
        y = plot.y(tick)
        kind = "axis" if tick == 0 else "grid"
        said = numbers.decimal(tick, plot.language, plot.axis.digits)
        drawn.append(rule(kind, (plot.left, y, plot.end, y), stroke_opacity=".25"))
        drawn.append(text("tick", plot.left - _BESIDE, y + plot.size * 0.35, said, "end"))
    return drawn


def dated(plot: Plot, periods: Sequence[date], room: float) -> list[Ink]:
    """Names of months under the field, each with ``room``, and years under them; the first year always stands."""
    named = named_months(periods, month_step(plot.end - plot.left, len(periods), room))
    base = plot.floor + plot.size * 1.5
    drawn: list[Ink] = []
    for index in named:
        x = plot.x(index, len(periods))
        drawn.append(rule("axis", (x, plot.floor, x, plot.floor + 4), stroke_opacity=".5"))
        drawn.append(text("tick", x, base, numbers.abbreviated_month(periods[index], plot.language), "middle"))
    years: list[tuple[int, int]] = []
    for index in [*named] or [0]:
        if not years or periods[index].year != years[-1][1]:
            years.append((index, periods[index].year))
    for index, year in years:
        drawn.append(text("tick year", plot.x(index, len(periods)), base + plot.size * 1.3, str(year), "middle"))
    return drawn


def traced(values: Sequence[float | None], at: Callable[[int, float], tuple[float, float]], weight: float) -> list[Ink]:
    """A line through the figures: one unbroken stroke for each stretch without a gap."""
    return [
        element(
            "polyline",
            class_="line",
            fill="none",
            stroke="currentColor",
            stroke_width=weight,
            stroke_linejoin="round",
            points=" ".join(f"{number(x)},{number(y)}" for x, y in stretch),
        )
        for stretch in stretches(values, at)
        if len(stretch) > 1
    ]


def stretches(
    values: Sequence[float | None], at: Callable[[int, float], tuple[float, float]]
) -> list[list[tuple[float, float]]]:
    """The places of figures, those without a gap between them together."""
    found: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            found.append([])
        else:
            found[-1].append(at(index, value))
    return [stretch for stretch in found if stretch]


def is_alone(values: Sequence[float | None], index: int) -> bool:
    """Whether a figure has no neighbour to be joined to, so that no line shows it."""
    before = index > 0 and values[index - 1] is not None
    after = index + 1 < len(values) and values[index + 1] is not None
    return not before and not after
