"""How sure a comparison is: a figure against its target, against other areas, against a year before.

Belongs here: what may be said of figures whose intervals overlap. Does not belong here: making intervals
(``transforms.statistics``), words (``city_sentences``).

Two figures can be told apart where their intervals have no value in common. That is stricter than a test of their
difference, and stays right where many areas are compared at once. A figure without an interval (a number of cases, a
ratio of two of them) is what it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from catalog.answer.figures import Observation
from catalog.answer.readings import Reading
from contracts.city import BetterSide, ProblemMeasure
from contracts.measure import Measure
from transforms.statistics.months import Month
from transforms.statistics.reasons import NotComputed
from transforms.statistics.seasonal import Change, Kind, same_period_last_year

USUAL_STEPS = 1.96 * math.sqrt(2) / 1.128
"""Mean steps from month to month that two months of a steady series differ by at most, in 95 of 100 cases."""

TargetStanding = Literal["met", "missed", "close", "none"]
"""``close``: the interval holds values on both sides of the target. ``none``: there is no target, or no figure."""


def against_target(measure: ProblemMeasure, reading: Reading) -> TargetStanding:
    """How a newest figure stands to the target, and whether its interval leaves room for the other answer."""
    if reading.status == "unknown" or measure.target is None:
        return "none"
    by_value: TargetStanding = "met" if reading.status == "on_target" else "missed"
    if reading.ends is None:
        return by_value
    low, high = reading.ends
    if measure.direction == "lower":
        sure = high <= measure.target if by_value == "met" else low > measure.target
    else:
        sure = low >= measure.target if by_value == "met" else high < measure.target
    return by_value if sure else "close"


def may_be_worst(readings: Sequence[Reading], better: BetterSide) -> tuple[Reading, ...]:
    """The areas that can be the worst one as far as their intervals tell, in the order of ``readings``.

    An area cannot be it where the whole interval of another lies on its worse side. With one that is left, the worst
    is sure. Where no area has an interval, figures are what they are: those that share the worst one.
    """
    ends = _ends_of(readings)
    if better == "higher":
        ceiling = min((high for _, high in ends), default=0.0)
        return tuple(r for r, (low, _) in zip(readings, ends, strict=True) if low <= ceiling)
    floor = max((low for low, _ in ends), default=0.0)
    return tuple(r for r, (_, high) in zip(readings, ends, strict=True) if high >= floor)


def any_apart(readings: Sequence[Reading]) -> bool:
    """Whether two of the areas can be told apart."""
    ends = _ends_of(readings)
    return bool(ends) and max(low for low, _ in ends) > min(high for _, high in ends)


def has_intervals(readings: Sequence[Reading]) -> bool:
    """Whether it is told how sure the figures are."""
    return any(r.ends is not None for r in readings)


def _ends_of(readings: Sequence[Reading]) -> list[tuple[float, float]]:
    """Each area's interval. Beside others that have one, a figure without may be anything."""
    if has_intervals(readings):
        return [r.ends or (-math.inf, math.inf) for r in readings]
    return [(r.value or 0.0, r.value or 0.0) for r in readings]


def year_before(definition: Measure | None, figures: Sequence[Observation]) -> Change | NotComputed:
    """The newest figure of a series against the same month a year before.

    A difference is larger than chance where its interval leaves out 0. Of times, and of other figures with an interval
    but no counts behind them, it is larger than chance where the two intervals have no value in common.
    """
    kind, per = _kind(definition)
    change = same_period_last_year([month_of_figure(o) for o in figures], kind, per)
    if isinstance(change, NotComputed) or change.significant is not None:
        return change
    now = next(o for o in figures if o.period == change.month)
    then = next(o for o in figures if (o.period.year, o.period.month) == (change.month.year - 1, change.month.month))
    if now.low is None or then.low is None:
        return change
    high, before = (math.inf if o.high is None else o.high for o in (now, then))
    apart = now.low > before or then.low > high
    return Change(change.month, change.value, change.before, change.difference, None, None, apart)


def is_beyond_usual(change: Change, reading: Reading) -> bool:
    """Whether a difference is also larger than two months of the same series usually differ by.

    Where a series only varies as it usually does, two of its months differ by less in 95 of 100 cases: their standard
    deviation is the mean step from month to month divided by 1.128, that of a difference of two the root of 2 times it.
    """
    return reading.xmr is None or abs(change.difference) > USUAL_STEPS * reading.xmr.mean_moving_range


def month_of_figure(figure: Observation) -> Month:
    """A figure as the statistics take it."""
    return Month(figure.period, figure.value, figure.numerator, figure.denominator)


def _kind(definition: Measure | None) -> tuple[Kind, float]:
    """What stands behind a figure. What there is at a month's end is no count of events: nothing tells its chance."""
    if definition is None or definition.formula.is_stock:
        return "value", 1.0
    match definition.formula.kind:
        case "share":
            return "share", 100.0
        case "rate":
            return "rate", definition.formula.per
        case "count":
            return "count", 1.0
        case _:
            return "value", 1.0
