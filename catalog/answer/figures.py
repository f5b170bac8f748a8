"""Published figures as the answer takes them: one observation, its month, how it stands to the target.

Belongs here: what can be said of one figure alone. Does not belong here: a series of them (``readings``), how sure they
are against each other (``certainty``), words (``sentences``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from contracts.city import ProblemMeasure
from contracts.measure import ALL

UNPLACED = "unknown"
"""The area of records that belong to no area: never what an answer is about, unless no record has an area."""

CITY = ALL
"""The area of figures that cover the whole city."""

RELIABLE_FROM = 16
"""With fewer cases behind it a rate, a share or a median is unreliable: one case more or less moves it far.

Below it the standard error of a rate is a quarter of the rate or more (that of a count n is its square root).
Source: U.S. Cancer Statistics, Technical Notes, "Suppression of Rates and Counts".
"""

Status = Literal["on_target", "near", "off", "unknown"]


@dataclass(frozen=True)
class Observation:
    """One published figure of a problem's measure.

    Attributes:
        area: The area's id (column ``measure.area``).
        area_name: Its name (column ``measure.area_name``).
        period: A day of the month (column ``measure.period``).
        value: The figure; None where it was withheld or could not be computed.
        n: Cases behind it, where the product publishes them.
        unreached: Whether there is no value although there are cases enough to publish one: it is a time that
            is still running, and may end up longer than any other.
        hidden: Whether there is no value because there are too few cases to publish one.
        low: Lower end of the figure's interval, where the product publishes one.
        high: Upper end of it.
        is_count: Whether the value is the number of cases itself, which is what it is however small.
        numerator: What stands above the line of a share, a rate or a ratio, where the product publishes it.
        denominator: What stands below it.
    """

    area: str
    area_name: str
    period: date
    value: float | None
    n: float | None = None
    unreached: bool = False
    hidden: bool = False
    low: float | None = None
    high: float | None = None
    is_count: bool = False
    numerator: float | None = None
    denominator: float | None = None

    @property
    def is_unreliable(self) -> bool:
        """Whether there is a value, and too few cases stand behind it to rely on it."""
        return self.value is not None and not self.is_count and is_few(self.n)


def is_few(cases: float | None) -> bool:
    """Whether a figure with so many cases behind it is unreliable; None: the product does not tell."""
    return cases is not None and cases < RELIABLE_FROM


def status_of(measure: ProblemMeasure, value: float | None, near: float = 0.1) -> Status:
    """A figure against the measure's target; "near" when it misses by at most the share ``near`` of it."""
    if value is None or measure.target is None or measure.direction == "none":
        return "unknown"
    miss = value - measure.target if measure.direction == "lower" else measure.target - value
    slack = 1e-9 * max(1.0, abs(measure.target))
    if miss <= slack:
        return "on_target"
    return "near" if miss <= near * abs(measure.target) + slack else "off"


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return date(day.year, day.month, 1)


def is_over(month: date, complete_to: date | None) -> bool:
    """Whether a month had ended on the last day that the data covers."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return complete_to is None or complete_to >= following - timedelta(days=1)


def is_percent(measure: ProblemMeasure) -> bool:
    """Whether it is a share: by its kind, or by its unit ("%", "per cent of all that fell due")."""
    return measure.kind == "share" or measure.unit.default.strip().lower().startswith(("%", "percent", "per cent"))
