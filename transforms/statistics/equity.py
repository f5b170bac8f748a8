"""Areas ordered by need: fifths of the residents, gaps, slopes.

Belongs here: a measure's rate or share along the order of need. Does not belong here: whose records they are compared
with the residents (``disparity``), gaps adjusted for other things (``gaps``), where the order of need comes from.

Need is a number that is higher where an area is worse off. Intervals tell what chance does to the counts; they do not
tell who is missing from the records. The slope's interval also widens by how far the areas lie from the line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from transforms.statistics.comparisons import (
    Comparison,
    difference,
    normal_quantile,
    rate_difference,
    rate_ratio,
    ratio,
    risk_difference,
    risk_ratio,
)
from transforms.statistics.intervals import garwood, wilson
from transforms.statistics.reasons import NotComputed, Reason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["rate", "share"]
"""A rate counts events for residents or time, a share counts cases out of cases."""

FIFTHS = 5

TOLERANCE = 1e-9
"""An area whose middle lies on a border belongs to the fifth below it, however its fraction is rounded."""


@dataclass(frozen=True)
class Area:
    """An area, or a group of areas.

    Attributes:
        id: Its name for the computer.
        numerator: Events of a rate; the cases that count of a share.
        denominator: Residents (or their time) of a rate; all cases of a share.
        population: Residents, by whom the order of need is divided.
        need: Its place in the order of need; higher is worse off.
    """

    id: str
    numerator: float
    denominator: float
    population: float
    need: float


@dataclass(frozen=True)
class Fifth:
    """The figure of the areas in which one fifth of the residents live.

    Attributes:
        fifth: 1 holds the most in need, 5 the least.
        areas: How many areas.
        numerator: Their sum.
        denominator: Their sum.
        population: Their residents.
        value: numerator / denominator, in the caller's unit; None where the denominator is 0.
        low: Lower end of its 95 % interval: Garwood's of a rate, Wilson's of a share.
        high: Upper end.
    """

    fifth: int
    areas: int
    numerator: float
    denominator: float
    population: float
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class FifthGap:
    """The fifth most in need against the one least in need.

    Attributes:
        most: Number of the fifth most in need that holds cases.
        least: Number of the one least in need.
        ratio: The first divided by the second.
        difference: The first minus the second, in the caller's unit.
    """

    most: int
    least: int
    ratio: Comparison
    difference: Comparison


@dataclass(frozen=True)
class Slope:
    """The line through all areas, from the least in need to the most.

    Attributes:
        index: Slope index of inequality: the line's end at the most in need minus its other end.
        relative: Relative index: the first end divided by the other; without a value where an end is not above 0.
        groups: Areas behind it.
        dispersion: How many times the areas' distance from the line is what chance explains; 1 at least.
    """

    index: Comparison
    relative: Comparison
    groups: int
    dispersion: float


def fifths(areas: Sequence[Area]) -> dict[str, int]:
    """In which fifth of the residents each area lies, 1 the most in need.

    An area lies where the middle of its residents lies in the order of need; areas of equal need share that middle.
    Few or unequal areas may leave a fifth empty.

    Raises:
        ValueError: A number is negative or not a number, an id stands twice, or nobody lives anywhere.
    """
    from_most = (1 - middle for middle in _middles(areas))
    return {
        area.id: min(int(FIFTHS * place + TOLERANCE), FIFTHS - 1) + 1
        for area, place in zip(areas, from_most, strict=True)
    }


def by_fifth(
    areas: Sequence[Area], kind: Kind, per: float = 1.0, assigned: Mapping[str, int] | None = None
) -> tuple[Fifth, ...]:
    """The measure of every fifth that holds an area, the most in need first.

    The fifths' numerators and denominators add up to the city's.

    Args:
        areas: All areas of the city.
        kind: Whether the figure is a rate or a share.
        per: What the figure is multiplied by: 100 for per cent, 1000 for "per 1,000 residents".
        assigned: The fifth of each area by id, where the city has its own; ``fifths`` when None.

    Raises:
        ValueError: As ``fifths``; an area without a fifth; more cases counted than there are, for a share.
    """
    place = fifths(areas) if assigned is None else assigned
    absent = sorted(area.id for area in areas if area.id not in place)
    if absent:
        raise ValueError(f"areas without a fifth: {', '.join(absent)}")
    return tuple(
        _fifth(number, [a for a in areas if place[a.id] == number], kind, per)
        for number in sorted({place[a.id] for a in areas})
    )


def gap_of_fifths(figures: Sequence[Fifth], kind: Kind, per: float = 1.0) -> FifthGap | NotComputed:
    """The fifth most in need against the one least in need, of those that have a denominator.

    Source: ``rate_ratio`` and ``rate_difference`` for rates, ``risk_ratio`` and ``risk_difference`` for shares.
    """
    told = sorted((f for f in figures if f.denominator > 0), key=lambda f: f.fifth)
    if len(told) < 2:
        return NotComputed(Reason.ONE_GROUP)
    most, least = told[0], told[-1]
    counts = (most.numerator, most.denominator, least.numerator, least.denominator)
    of_ratio, of_difference = (rate_ratio, rate_difference) if kind == "rate" else (risk_ratio, risk_difference)
    gap = of_difference(*counts)
    return FifthGap(most.fifth, least.fifth, of_ratio(*counts), _scaled(gap, per))


def slope(areas: Sequence[Area], kind: Kind, per: float = 1.0) -> Slope | NotComputed:
    """Slope index and relative index of inequality.

    The figures are regressed on the middle of each area's residents in the order of need (0 the least, 1 the most in
    need), weighted by residents. The index is the slope b; the relative index (a + b) / a. Both are sums of the
    figures times known numbers c, so their variance is sum(c^2 v), v being the variance of a rate or share at its
    fitted value. It is multiplied by the dispersion (Pearson's chi-square over its degrees of freedom, at least 1),
    and where that is above 1 the interval reaches by Student's t. The relative index has its interval on the
    logarithm, by the delta method.

    Args:
        areas: Areas, or fifths made into areas. Those without a denominator or residents are left out.
        kind: Whether the figure is a rate or a share.
        per: What the figure is multiplied by.

    Units:
        The index in the caller's unit, the relative index a plain number.

    Source: Public Health England, ``phe_sii`` (the same line; there the interval is simulated and the sign turned);
        A. Low and A. Low, Measuring the gap, Journal of Public Health 26 (2004), 388-395.

    Raises:
        ValueError: As ``fifths``.
    """
    import numpy as np

    kept = [a for a in areas if a.denominator > 0 and a.population > 0]
    if len(kept) < 2:
        return NotComputed(Reason.ONE_GROUP)
    x = np.array(_middles(kept))
    weights = np.array([a.population for a in kept]) / math.fsum(a.population for a in kept)
    base = np.array([a.denominator for a in kept])
    hits = np.array([a.numerator for a in kept])
    if kind == "share" and bool(np.any(hits > base)):
        raise ValueError("a share counts no more cases than there are")
    if hits.sum() == 0:
        return NotComputed(Reason.TOO_FEW_CASES)
    figures = hits / base
    centre = float(weights @ x)
    spread = float(weights @ (x - centre) ** 2)
    if spread < 1e-12:
        return NotComputed(Reason.NO_VARIATION)
    for_slope = weights * (x - centre) / spread
    for_start = weights - centre * for_slope
    rise, start = float(for_slope @ figures), float(for_start @ figures)
    variances = _variances(start + rise * x, float(hits.sum() / base.sum()), base, kind)
    dispersion, reach = _dispersion(figures - (start + rise * x), variances)
    error = reach * math.sqrt(dispersion * float(for_slope**2 @ variances))
    end = start + rise
    relative = Comparison(None, 0.0, None, significant=False)
    if start > 0 and end > 0:
        of_log = (for_start + for_slope) / end - for_start / start
        log_error = reach * math.sqrt(dispersion * float(of_log**2 @ variances))
        relative = ratio(end / start, end / start * math.exp(-log_error), end / start * math.exp(log_error))
    return Slope(_scaled(difference(rise, rise - error, rise + error), per), relative, len(kept), dispersion)


def _variances(
    fitted: NDArray[np.float64], overall: float, base: NDArray[np.float64], kind: Kind
) -> NDArray[np.float64]:
    """Variance of each figure at its fitted value; at the city's where the line leaves what a figure can be."""
    import numpy as np

    if kind == "rate":
        return np.asarray(np.where(fitted > 0, fitted, overall) / base)
    sound = np.where((fitted > 0) & (fitted < 1), fitted, overall)
    return np.asarray(sound * (1 - sound) / base)


def _dispersion(residuals: NDArray[np.float64], variances: NDArray[np.float64]) -> tuple[float, float]:
    """How far the areas lie from the line beyond chance, and how many standard errors an interval reaches."""
    import numpy as np
    from scipy.special import stdtrit

    freedom = len(residuals) - 2
    certain = normal_quantile(0.95)
    if freedom < 1 or not bool(np.all(variances > 0)):
        return 1.0, certain
    measured = float(np.sum(residuals**2 / variances)) / freedom
    return (measured, float(stdtrit(freedom, 0.975))) if measured > 1 else (1.0, certain)


def _scaled(comparison: Comparison, per: float) -> Comparison:
    assert comparison.value is not None
    assert comparison.high is not None
    return Comparison(comparison.value * per, comparison.low * per, comparison.high * per, comparison.significant)


def _fifth(number: int, areas: Sequence[Area], kind: Kind, per: float) -> Fifth:
    numerator = math.fsum(a.numerator for a in areas)
    denominator = math.fsum(a.denominator for a in areas)
    value = low = high = None
    if denominator > 0:
        value = numerator / denominator * per
        if kind == "rate":
            (lows, highs), scale = garwood([numerator]), per / denominator
        else:
            (lows, highs), scale = wilson([numerator], [denominator]), per
        low, high = float(lows[0]) * scale, float(highs[0]) * scale
    return Fifth(number, len(areas), numerator, denominator, math.fsum(a.population for a in areas), value, low, high)


def _middles(areas: Sequence[Area]) -> list[float]:
    """The place of the middle of each area's residents, from 0 (least in need) to 1; equal need, equal place."""
    numbers = [n for a in areas for n in (a.numerator, a.denominator, a.population)]
    if not all(0 <= n < math.inf for n in numbers) or not all(math.isfinite(a.need) for a in areas):
        raise ValueError("the numbers of an area are 0 or more, and its need is a number")
    if len({a.id for a in areas}) < len(areas):
        raise ValueError("an area stands there twice")
    total = math.fsum(a.population for a in areas)
    if not total > 0:
        raise ValueError("nobody lives in these areas")
    middle: dict[float, float] = {}
    before = 0.0
    for need in sorted({a.need for a in areas}):
        living = math.fsum(a.population for a in areas if a.need == need)
        middle[need] = (before + living / 2) / total
        before += living
    return [middle[a.need] for a in areas]
