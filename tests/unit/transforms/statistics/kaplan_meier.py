"""Kaplan-Meier quantiles in numpy: what the warehouse's SQL is measured against, written from the formulas alone.

S(t) is the product over the days up to t of 1 - d / n (d closed on the day, n open at its start; a case that is last
seen open on a day was open at its start). Greenwood's sum is v(t) = sum(d / (n (n - d))). The limits of S are
S^exp(+-z sqrt(v) / log S) (log-log, "exponential Greenwood"). The p-quantile is the first day with S <= 1 - p; its
limits are the first days on which the lower and the upper limit of S are <= 1 - p. Where nobody is left, v does not
exist: S and its lower limit are 0, and there is no upper limit (as in R's survfit; lifelines takes 0 for it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri


@dataclass(frozen=True)
class Quantile:
    """A time; None where it is not reached."""

    value: float | None
    low: float | None
    high: float | None


def quantile(
    days: Sequence[float], closed: Sequence[bool], cases: Sequence[float], probability: float = 0.5, level: float = 0.95
) -> Quantile:
    """By which day the share ``probability`` of the cases is closed, with its interval.

    Each row is a number of cases that were closed after, or last seen open at, so many days.
    """
    day, is_closed, number = np.asarray(days, float), np.asarray(closed, bool), np.asarray(cases, float)
    times = np.unique(day[is_closed & (number > 0)])
    at_risk = np.array([number[day >= t].sum() for t in times])
    ended = np.array([number[(day == t) & is_closed].sum() for t in times])
    survival = np.cumprod(1 - ended / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = float(ndtri((1 + level) / 2)) * np.sqrt(np.cumsum(ended / (at_risk * (at_risk - ended))))
        low = survival ** np.exp(-spread / np.log(survival))
        high = survival ** np.exp(spread / np.log(survival))
    low, high = np.where(survival > 0, low, 0.0), np.where(survival > 0, high, 1.0)

    def first(curve: np.ndarray) -> float | None:
        reached = np.flatnonzero(curve <= 1 - probability + 1e-12)
        return float(times[reached[0]]) if reached.size else None

    return Quantile(first(survival), first(low), first(high))
