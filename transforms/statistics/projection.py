"""Where a measure will stand at the end of its year.

Belongs here: the year so far and the year's end, with its interval and the likelihood of a goal. Does not belong here:
how months to come are foretold (``forecast``), which target a measure has, words.

A ratio of sums R = N / D has the error of the months' N - R D, divided by D (delta method).

What it cannot know: a measure that rises or falls for more than a year is foretold too late, and a change of rules,
of budget or of what is counted not at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from transforms.statistics.forecast import YEAR, Fit, window
from transforms.statistics.months import Month, known_values, number_of
from transforms.statistics.reasons import NotComputed, Reason

Aggregation = Literal["ratio of sums", "sum", "mean"]
"""How months make a year: a share or rate, a count or amount, a level such as a backlog."""

RATIO_OF_SUMS: Final = "ratio of sums"

Method = Literal["season", "mean", "complete"]


@dataclass(frozen=True)
class Goal:
    """What the year is meant to reach.

    Attributes:
        target: In the measure's unit.
        better: ``lower``: at most the target is good; ``higher``: at least.
    """

    target: float
    better: Literal["lower", "higher"]


@dataclass(frozen=True)
class Projection:
    """The year's figure, as far as it can be told.

    Attributes:
        year: The calendar year in which the measure's year begins.
        value: The year's figure, known and foretold months together.
        low: Lower end of its 95 % prediction interval.
        high: Upper end.
        likelihood: How likely the year meets the goal, from 0 to 1; None without a goal.
        so_far: The figure of the year's known months alone, summed or averaged in the same way.
        known: Months of the year that are known.
        foretold: Months that are foretold: those to come, and those that are missing.
        method: ``season`` with a season, ``mean`` with the mean of twelve months alone, ``complete`` where the year
            is over and nothing is foretold.
    """

    year: int
    value: float
    low: float
    high: float
    likelihood: float | None
    so_far: float
    known: int
    foretold: int
    method: Method


def project(
    months: Sequence[Month],
    aggregation: Aggregation,
    *,
    goal: Goal | None = None,
    per: float = 1.0,
    first_month: int = 1,
    floor: float | None = None,
    ceiling: float | None = None,
) -> Projection | NotComputed:
    """The figure of the year that the newest known month lies in.

    Args:
        months: In any order. A month counts where its figure is known: numerator and denominator for a ratio of sums,
            the value for a sum or a mean.
        aggregation: How months make a year.
        goal: Target and better side.
        per: What a ratio of sums is multiplied by: 100 for per cent.
        first_month: The month the measure's year begins with, 1 to 12.
        floor: The least value the measure can take: 0 for counts. The interval ends there, and a sum with a floor of
            0 is never foretold under what is already known.
        ceiling: The greatest: 100 for per cent.

    Returns:
        The projection; or the reason why not: fewer than twelve known months.

    Source: ``forecast``; G. Seber and A. Lee, Linear Regression Analysis, section 5.3 (prediction intervals).

    Raises:
        ValueError: A month stands there twice, a value is infinite, or the first month is not 1 to 12.
    """
    if not 1 <= first_month <= YEAR:
        raise ValueError(f"a year begins with a month from 1 to 12, got {first_month}")
    known = _readings(months, aggregation)
    if len(known) < YEAR:
        return NotComputed(Reason.TOO_FEW_MONTHS)
    newest = max(known)
    start = newest - (newest + 1 - first_month) % YEAR
    in_year = [n for n in known if start <= n < start + YEAR]
    ahead = [n for n in range(start, start + YEAR) if n not in known]
    if aggregation == "ratio of sums" and math.fsum(known[n][1] for n in in_year) == 0:
        return NotComputed(Reason.TOO_FEW_CASES)
    used, has_season = window(known, newest)
    fit = Fit(used, known, has_season)
    tops = [known[n][0] for n in in_year] + fit.foretell(ahead, 0)
    bases = [known[n][1] for n in in_year] + fit.foretell(ahead, 1)
    top, base = math.fsum(tops), math.fsum(bases)
    if base <= 0:
        return NotComputed(Reason.TOO_FEW_CASES)
    ratio = top / base
    value = ratio * per
    error = fit.error(ahead, ratio if aggregation == "ratio of sums" else 0.0) / base * per
    so_far = math.fsum(known[n][0] for n in in_year) / math.fsum(known[n][1] for n in in_year) * per
    if aggregation == "sum":
        value, error, so_far = value * YEAR, error * YEAR, so_far * len(in_year)
    least = so_far if aggregation == "sum" and floor == 0 else floor
    low, high = _bounded(value - fit.reach * error, least, ceiling), _bounded(value + fit.reach * error, least, ceiling)
    return Projection(
        year=start // YEAR,
        value=_bounded(value, least, ceiling),
        low=low,
        high=high,
        likelihood=None if goal is None else _likelihood(goal, value, error, fit.freedom, (least, ceiling)),
        so_far=so_far,
        known=len(in_year),
        foretold=len(ahead),
        method=("season" if has_season else "mean") if ahead else "complete",
    )


def _readings(months: Sequence[Month], aggregation: Aggregation) -> dict[int, tuple[float, float]]:
    """Numerator and denominator of every known month by its number; a sum or mean has the denominator 1."""
    values = known_values(months)
    if aggregation != "ratio of sums":
        return {number: (value, 1.0) for number, value in values.items()}
    found = {}
    for month in months:
        top, base = month.numerator, month.denominator
        if top is not None and base is not None and math.isfinite(top) and math.isfinite(base) and base >= 0:
            found[number_of(month.month)] = (float(top), float(base))
    return found


def _bounded(value: float, least: float | None, most: float | None) -> float:
    if least is not None:
        value = max(value, least)
    return value if most is None else min(value, most)


def _likelihood(
    goal: Goal, value: float, error: float, freedom: int, bounds: tuple[float | None, float | None]
) -> float:
    """The chance that the year ends on the goal's good side."""
    from scipy.special import stdtr

    least, most = bounds
    miss = value - goal.target if goal.better == "lower" else goal.target - value
    slack = 1e-9 * max(1.0, abs(goal.target))
    if error <= slack:
        return 1.0 if miss <= slack else 0.0
    if least is not None and goal.target <= least:
        # The year cannot end under what is certain: it stands at or above it, whatever comes.
        if goal.better == "higher":
            return 1.0
        if goal.target < least - slack:
            return 0.0
    if most is not None and goal.target >= most:
        if goal.better == "lower":
            return 1.0
        if goal.target > most + slack:
            return 0.0
    return float(stdtr(freedom, -miss / error))
