"""A month against the same month of last year, and a series without its season.

Belongs here: what needs a year of months behind it. Does not belong here: what the rest of the year will bring
(``projection``), whether a month is unusual (``xmr``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from transforms.statistics.comparisons import Comparison, rate_difference, risk_difference
from transforms.statistics.months import Month, first_day, known_values, number_of
from transforms.statistics.reasons import NotComputed, Reason

Kind = Literal["count", "rate", "share", "value"]
"""Behind a figure stands a number of events, events for residents or time, cases out of cases, or nothing counted."""

YEAR = 12


@dataclass(frozen=True)
class Change:
    """The newest known month against the same month a year before.

    Attributes:
        month: First day of the newest month.
        value: Its figure.
        before: The figure a year before.
        difference: value - before, in the measure's unit.
        low: Lower end of the difference's 95 % interval; None where no counts stand behind both figures.
        high: Upper end.
        significant: Whether that interval leaves out 0; None without one.
    """

    month: date
    value: float
    before: float
    difference: float
    low: float | None
    high: float | None
    significant: bool | None


@dataclass(frozen=True)
class Adjustment:
    """A series taken apart: value = trend + season + rest.

    Attributes:
        months: First days, without a hole.
        adjusted: The values without their season: trend + rest.
        trend: The slow movement.
        season: What the month of the year adds.
        rest: What is left.
        strength: How much of the movement around the trend the season explains, from 0 to 1.
    """

    months: tuple[date, ...]
    adjusted: tuple[float, ...]
    trend: tuple[float, ...]
    season: tuple[float, ...]
    rest: tuple[float, ...]
    strength: float


def same_period_last_year(months: Sequence[Month], kind: Kind, per: float = 1.0) -> Change | NotComputed:
    """The newest known month against the same one a year before.

    Args:
        months: In any order.
        kind: What stands behind the figures. A count has its number as numerator; where it has none, its value
            counts as that number.
        per: What numerator / denominator is multiplied by to give the value.

    Source: ``rate_difference`` for counts (exposure 1) and rates, ``risk_difference`` for shares.

    Raises:
        ValueError: A month stands there twice, a value is infinite, or counts that no such figure can have.
    """
    values = known_values(months)
    if not values:
        return NotComputed(Reason.TOO_FEW_MONTHS)
    newest = max(values)
    if newest - YEAR not in values:
        return NotComputed(Reason.NO_MONTH_BEFORE)
    by_number = {number_of(m.month): m for m in months}
    value, before = values[newest], values[newest - YEAR]
    compared = _compare(by_number[newest], by_number[newest - YEAR], kind)
    return Change(
        month=first_day(newest),
        value=value,
        before=before,
        difference=value - before,
        low=None if compared is None else compared.low * per,
        high=None if compared is None or compared.high is None else compared.high * per,
        significant=None if compared is None else compared.significant,
    )


def adjust(months: Sequence[Month]) -> Adjustment | NotComputed:
    """The newest unbroken stretch of months without its season: STL with a period of 12, robust to outliers.

    The strength of the season is max(0, 1 - var(rest) / var(season + rest)).

    Returns:
        The parts; or the reason why not: fewer than 24 known months, or 24 of them without an unbroken stretch of 24
        up to the newest.

    Units:
        The measure's unit; the strength a plain number.

    Source: R. Cleveland and others, STL, Journal of Official Statistics 6 (1990), 3-73, as in statsmodels; the
        strength after R. Hyndman and G. Athanasopoulos, Forecasting: Principles and Practice, section 4.3.

    Raises:
        ValueError: A month stands there twice, or a value is infinite.
    """
    values = known_values(months)
    if len(values) < 2 * YEAR:
        return NotComputed(Reason.TWO_SEASONS)
    last = start = max(values)
    while start - 1 in values:
        start -= 1
    if last - start + 1 < 2 * YEAR:
        return NotComputed(Reason.MONTHS_MISSING)

    import numpy as np
    from statsmodels.tsa.seasonal import STL  # type: ignore[import-untyped,unused-ignore]

    numbers = range(start, last + 1)
    series = np.array([values[n] for n in numbers])
    parts = STL(series, period=YEAR, robust=True).fit()
    around = float(np.var(parts.seasonal + parts.resid))
    strength = (
        max(0.0, 1 - float(np.var(parts.resid)) / around) if around > 1e-18 * max(1.0, float(np.var(series))) else 0.0
    )
    return Adjustment(
        months=tuple(first_day(n) for n in numbers),
        adjusted=tuple(float(v) for v in series - parts.seasonal),
        trend=tuple(float(v) for v in parts.trend),
        season=tuple(float(v) for v in parts.seasonal),
        rest=tuple(float(v) for v in parts.resid),
        strength=strength,
    )


def _compare(newest: Month, before: Month, kind: Kind) -> Comparison | None:
    """The difference of two months' figures with its interval; None where no counts stand behind both."""
    if kind == "value":
        return None
    if kind == "count":
        counts = [m.value if m.numerator is None else m.numerator for m in (newest, before)]
        now, then = counts
        return None if now is None or then is None else rate_difference(now, 1.0, then, 1.0)
    if newest.numerator is None or before.numerator is None or not newest.denominator or not before.denominator:
        return None
    of = rate_difference if kind == "rate" else risk_difference
    return of(newest.numerator, newest.denominator, before.numerator, before.denominator)
