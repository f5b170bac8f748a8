"""Two groups against each other: ratios and differences of rates and of shares, with their intervals.

Belongs here: comparisons of two counted figures. Does not belong here: the interval of one figure
(``intervals``), which groups are compared (``equity``), figures adjusted for others (``gaps``).

A comparison is significant where its interval leaves out the value that means "no difference": 1 for a ratio, 0 for
a difference. The interval of a ratio of shares and that of their difference come from the same limits, so that the
two never disagree about it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from transforms.statistics.intervals import wilson


@dataclass(frozen=True)
class Comparison:
    """A ratio or a difference.

    Attributes:
        value: Group 1 against group 2; None where the ratio is undefined (nothing happened in group 2).
        low: Lower end of its interval.
        high: Upper end; None where there is none.
        significant: Whether the interval leaves out "no difference".
    """

    value: float | None
    low: float
    high: float | None
    significant: bool


def ratio(value: float | None, low: float, high: float | None) -> Comparison:
    """A ratio, significant where the interval leaves out 1."""
    return Comparison(value, low, high, low > 1 or (high is not None and high < 1))


def difference(value: float, low: float, high: float) -> Comparison:
    """A difference, significant where the interval leaves out 0."""
    return Comparison(value, low, high, low > 0 or high < 0)


def rate_ratio(events1: float, exposure1: float, events2: float, exposure2: float, level: float = 0.95) -> Comparison:
    """How many times the rate of group 1 is that of group 2, with the exact conditional interval.

    Given all events together, those of group 1 are binomial with the share p = r E1 / (r E1 + E2); the ends of p's
    interval (Clopper and Pearson) are turned into ends of r. It covers at least its level at any size, where the
    usual normal interval of the logarithm fails with few events and has none with 0.

    Units:
        A plain number. Exposure is in any unit, the same for both: residents, days.

    Source: R, ``poisson.test``; E. Lehmann and J. Romano, Testing Statistical Hypotheses, section 4.5.

    Raises:
        ValueError: A count is negative, an exposure is not above 0, or the level is not between 0 and 1.
    """
    from scipy.special import betaincinv

    _check_level(level)
    _check_rates(events1, exposure1, events2, exposure2)
    tail = (1 - level) / 2
    scale = exposure2 / exposure1
    low = 0.0
    if events1 > 0:
        share = float(betaincinv(events1, events2 + 1, tail))
        low = scale * share / (1 - share)
    high = None
    if events2 > 0:
        # The share's complement, so that nothing is lost where the share is close to 1.
        rest = float(betaincinv(events2, events1 + 1, tail))
        high = scale * (1 - rest) / rest
    return ratio(scale * events1 / events2 if events2 > 0 else None, low, high)


def rate_difference(
    events1: float, exposure1: float, events2: float, exposure2: float, level: float = 0.95
) -> Comparison:
    """The rate of group 1 minus that of group 2.

    With the score limits l and u of each rate, the lower end is d - sqrt((r1 - l1)^2 + (u2 - r2)^2) and the upper end
    d + sqrt((u1 - r1)^2 + (r2 - l2)^2).

    Units:
        Events for one unit of exposure.

    Source: G. Zou and A. Donner, Construction of confidence limits about effect measures, Statistics in Medicine 27
        (2008), 1693-1702 (MOVER).

    Raises:
        ValueError: A count is negative, an exposure is not above 0, or the level is not between 0 and 1.
    """
    _check_level(level)
    _check_rates(events1, exposure1, events2, exposure2)
    low1, high1 = _score_limits(events1, exposure1, level)
    low2, high2 = _score_limits(events2, exposure2, level)
    return _mover_difference((events1 / exposure1, low1, high1), (events2 / exposure2, low2, high2))


def risk_ratio(successes1: float, n1: float, successes2: float, n2: float, level: float = 0.95) -> Comparison:
    """How many times the share of group 1 is that of group 2.

    The ends are the ratios R at which the interval of p1 - R p2, made of Wilson's limits of both shares, just holds
    0. So it holds 1 exactly where the interval of the difference holds 0.

    Source: A. Donner and G. Zou, Closed-form confidence intervals for functions of the normal mean and standard
        deviation, Statistical Methods in Medical Research 21 (2012), 347-359 (MOVER-R).

    Raises:
        ValueError: Successes are not between 0 and n, n is not above 0, or the level is not between 0 and 1.
    """
    (p1, l1, u1), (p2, l2, u2) = _shares(successes1, n1, successes2, n2, level)
    product = p1 * p2
    low = 0.0
    if p1 > 0:
        constant = l1 * (2 * p1 - l1)
        low = constant / (product + math.sqrt(max(product**2 - u2 * (2 * p2 - u2) * constant, 0.0)))
    high = None
    if p2 > 0:
        leading = l2 * (2 * p2 - l2)
        high = (product + math.sqrt(max(product**2 - leading * u1 * (2 * p1 - u1), 0.0))) / leading
    return ratio(p1 / p2 if p2 > 0 else None, low, high)


def risk_difference(successes1: float, n1: float, successes2: float, n2: float, level: float = 0.95) -> Comparison:
    """The share of group 1 minus that of group 2, with Newcombe's interval.

    Units:
        Shares between -1 and 1; times 100 for percentage points.

    Source: R. Newcombe, Interval estimation for the difference between independent proportions, Statistics in
        Medicine 17 (1998), 873-890, method 10.

    Raises:
        ValueError: Successes are not between 0 and n, n is not above 0, or the level is not between 0 and 1.
    """
    return _mover_difference(*_shares(successes1, n1, successes2, n2, level))


def normal_quantile(level: float) -> float:
    """How many standard errors a two-sided normal interval reaches to each side."""
    from scipy.special import ndtri

    _check_level(level)
    return float(ndtri((1 + level) / 2))


Limits = tuple[float, float, float]
"""A figure, its lower limit, its upper limit."""


def _shares(successes1: float, n1: float, successes2: float, n2: float, level: float) -> tuple[Limits, Limits]:
    for successes, n in ((successes1, n1), (successes2, n2)):
        if not (n > 0 and 0 <= successes <= n):
            raise ValueError(f"successes lie between 0 and a number of cases above 0, got {successes} of {n}")
    low, high = wilson([successes1, successes2], [n1, n2], level)
    return (
        (successes1 / n1, float(low[0]), float(high[0])),
        (successes2 / n2, float(low[1]), float(high[1])),
    )


def _mover_difference(first: Limits, second: Limits) -> Comparison:
    (value1, low1, high1), (value2, low2, high2) = first, second
    value = value1 - value2
    return difference(
        value,
        value - math.hypot(value1 - low1, high2 - value2),
        value + math.hypot(high1 - value1, value2 - low2),
    )


def _score_limits(events: float, exposure: float, level: float) -> tuple[float, float]:
    """The rates at which the normal test of a Poisson count just does not reject."""
    z = normal_quantile(level)
    middle, reach = events + z * z / 2, z * math.sqrt(events + z * z / 4)
    return max(middle - reach, 0.0) / exposure, (middle + reach) / exposure


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, got {level}")


def _check_rates(events1: float, exposure1: float, events2: float, exposure2: float) -> None:
    for events, exposure in ((events1, exposure1), (events2, exposure2)):
        if not (events >= 0 and 0 < exposure < math.inf):
            raise ValueError(f"a rate is a count of 0 or more for an exposure above 0, got {events} for {exposure}")
