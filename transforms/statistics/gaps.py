"""The gap between two groups, as it is and adjusted for what else differs.

Belongs here: a generalised linear model of counted cells and what it says of the gap. Does not belong here: which
groups are compared and what is adjusted for (a measure says so), causes: an adjusted gap is not an effect.

The model: binomial with logit link for shares, Poisson with log link and the base as exposure for rates; terms for the
group and for every level of what is adjusted for, no interactions. Its odds ratio or rate ratio compares like with
like. The standardised difference says the same in the measure's unit: the mean predicted figure if every case were in
the one group minus that if every case were in the other, over the cases of both (g-computation), with the interval of
the delta method, the mix of cases taken as given.

Variance: the model's, multiplied by the dispersion (Pearson's chi-square over its degrees of freedom, at least 1).
With clusters, the cluster-robust variance where that is greater: few clusters make the robust one too small.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transforms.statistics.cells import Cell, Kind, add_up, comparable, lay_out
from transforms.statistics.comparisons import (
    Comparison,
    difference,
    rate_difference,
    rate_ratio,
    ratio,
    risk_difference,
    risk_ratio,
)
from transforms.statistics.reasons import NotComputed, Reason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Cell", "Gap", "Kind", "gap"]

CASES_PER_TERM = 5
"""Fewer events for each term of the model, and it is not fitted. Source: E. Vittinghoff and C. McCulloch, Relaxing the
rule of ten events per variable, American Journal of Epidemiology 165 (2007), 710-718."""

WIDEST = 10.0
"""A standard error of a logarithm beyond this means that a term runs off to infinity."""


@dataclass(frozen=True)
class Gap:
    """The gap, group against reference.

    Attributes:
        raw_ratio: Ratio of the shares or rates as they are, all cases counted.
        raw_difference: Their difference.
        odds_ratio: Adjusted, for shares; None for rates.
        rate_ratio: Adjusted, for rates; None for shares.
        difference: Adjusted and standardised, in the unit of events / base.
        n: Base behind the adjusted figures.
        left_out: Base left out of them: levels that only one group has, or in which the outcome always or never
            happens, tell nothing of the gap.
        adjusted_for: What the model holds, as asked; what has one level only is not among them.
        clusters: Clusters behind the variance; None without.
        dispersion: By how much the variance is multiplied.
    """

    raw_ratio: Comparison
    raw_difference: Comparison
    odds_ratio: Comparison | None
    rate_ratio: Comparison | None
    difference: Comparison
    n: float
    left_out: float
    adjusted_for: tuple[str, ...]
    clusters: int | None
    dispersion: float


def gap(
    cells: Sequence[Cell], group: str, reference: str, kind: Kind, adjusted_for: Sequence[str] = ()
) -> Gap | NotComputed:
    """The raw and the adjusted gap between two groups.

    Args:
        cells: Cells of any groups; those of the two are read.
        group: The group compared.
        reference: The group it is compared with.
        kind: Whether events / base is a share or a rate.
        adjusted_for: What the cells' strata are, in their order.

    Returns:
        The gap; or the reason why not: one group only, nothing in common, too few cases for the terms, or an outcome
        that always or never happens in a group.

    Units:
        Ratios are plain numbers; differences in events for one of the base.

    Source: P. McCullagh and J. Nelder, Generalized Linear Models; as fitted by statsmodels. S. Muller and
        R. MacLehose, Estimating predicted probabilities from logistic regression, International Journal of
        Epidemiology 43 (2014), 962-970 (marginal standardisation).

    Raises:
        ValueError: A cell's strata do not fit ``adjusted_for``, a number is negative, or a share counts more events
            than cases.
    """
    for cell in cells:
        if len(cell.strata) != len(adjusted_for):
            raise ValueError(f"a cell has {len(cell.strata)} strata for {len(adjusted_for)} things adjusted for")
        if not (0 <= cell.events < math.inf and 0 <= cell.base < math.inf):
            raise ValueError("events and base of a cell are 0 or more")
        if kind == "share" and cell.events > cell.base:
            raise ValueError("a share counts no more events than cases")
    pair = [c for c in cells if c.group in (group, reference) and c.base > 0]
    totals = [add_up([c for c in pair if c.group == name]) for name in (group, reference)]
    if any(base == 0 for _, base in totals):
        return NotComputed(Reason.ONE_GROUP)
    used = comparable(pair, kind)
    if not used:
        return NotComputed(Reason.NO_OVERLAP)
    built = lay_out(used, group, adjusted_for)
    if built is None:
        return NotComputed(Reason.NO_OVERLAP)
    design, named = built
    reason = _obstacle(used, design, kind)
    if reason is not None:
        return NotComputed(reason)
    fitted = _fit(used, design, kind)
    if fitted is None:
        return NotComputed(Reason.SEPARATION)
    of_ratio, of_difference = (risk_ratio, risk_difference) if kind == "share" else (rate_ratio, rate_difference)
    adjusted = _adjusted_ratio(fitted)
    return Gap(
        raw_ratio=of_ratio(*totals[0], *totals[1]),
        raw_difference=of_difference(*totals[0], *totals[1]),
        odds_ratio=adjusted if kind == "share" else None,
        rate_ratio=adjusted if kind == "rate" else None,
        difference=_standardised(fitted, used, design, kind),
        n=math.fsum(c.base for c in used),
        left_out=math.fsum(c.base for c in pair) - math.fsum(c.base for c in used),
        adjusted_for=named,
        clusters=fitted.clusters,
        dispersion=fitted.dispersion,
    )


@dataclass(frozen=True)
class _Fitted:
    """What the figures need of a fitted model; ``reach`` is how many standard errors an interval goes to each side."""

    coefficients: NDArray[np.float64]
    covariances: tuple[NDArray[np.float64], ...]
    dispersion: float
    reach: float
    clusters: int | None

    def error(self, gradient: NDArray[np.float64]) -> float:
        """Standard error of a figure with that gradient: the greatest that any of the variances gives."""
        return math.sqrt(max(float(gradient @ covariance @ gradient) for covariance in self.covariances))


def _obstacle(cells: Sequence[Cell], design: NDArray[np.float64], kind: Kind) -> Reason | None:
    for inside in (1.0, 0.0):
        events, base = add_up([c for c, mark in zip(cells, design[:, 1], strict=True) if mark == inside])
        if events == 0 or (kind == "share" and events == base):
            return Reason.SEPARATION
    events, base = add_up(cells)
    rarer = min(events, base - events) if kind == "share" else events
    return Reason.TOO_FEW_CASES if rarer < CASES_PER_TERM * design.shape[1] else None


def _fit(cells: Sequence[Cell], design: NDArray[np.float64], kind: Kind) -> _Fitted | None:
    """The model; None where a term runs off to infinity."""
    import numpy as np
    import statsmodels.api as sm  # type: ignore[import-untyped,unused-ignore]
    from scipy.special import stdtrit

    events = np.array([c.events for c in cells])
    base = np.array([c.base for c in cells])
    if kind == "share":
        model = sm.GLM(np.column_stack([events, base - events]), design, family=sm.families.Binomial())
    else:
        model = sm.GLM(events, design, family=sm.families.Poisson(), exposure=base)
    marks = [c.cluster for c in cells if c.cluster is not None]
    names = sorted(set(marks))
    clustered = len(names) >= 2 and len(marks) == len(cells)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it would say is asked below: whether it converged, and how surely
        result: Any = model.fit(maxiter=100)
        robust: Any = None
        if clustered:
            numbers = np.array([names.index(mark) for mark in marks])
            robust = model.fit(maxiter=100, cov_type="cluster", cov_kwds={"groups": numbers})
    errors = np.asarray(result.bse)
    if not (result.converged and bool(np.all(np.isfinite(errors))) and float(errors.max()) < WIDEST):
        return None
    freedom = len(cells) - design.shape[1]
    dispersion = max(1.0, float(result.pearson_chi2) / freedom) if freedom else 1.0
    covariances = [np.asarray(result.cov_params()) * dispersion]
    degrees = float(freedom) if dispersion > 1 else math.inf
    if robust is not None:
        covariances.append(np.asarray(robust.cov_params()))
        degrees = min(degrees, len(names) - 1.0)
    return _Fitted(
        coefficients=np.asarray(result.params),
        covariances=tuple(covariances),
        dispersion=dispersion,
        reach=float(stdtrit(degrees, 0.975)),
        clusters=len(names) if clustered else None,
    )


def _adjusted_ratio(fitted: _Fitted) -> Comparison:
    import numpy as np

    only_group = np.zeros(len(fitted.coefficients))
    only_group[1] = 1.0
    logarithm, error = float(fitted.coefficients[1]), fitted.reach * fitted.error(only_group)
    return ratio(math.exp(logarithm), math.exp(logarithm - error), math.exp(logarithm + error))


def _standardised(fitted: _Fitted, cells: Sequence[Cell], design: NDArray[np.float64], kind: Kind) -> Comparison:
    """The mean prediction with every case in the group minus that with every case in the reference."""
    import numpy as np

    weights = np.array([c.base for c in cells])
    weights = weights / weights.sum()
    means, gradients = [], []
    for inside in (1.0, 0.0):
        as_if = design.copy()
        as_if[:, 1] = inside
        predictor = as_if @ fitted.coefficients
        predicted = 1 / (1 + np.exp(-predictor)) if kind == "share" else np.exp(predictor)
        slopes = predicted * (1 - predicted) if kind == "share" else predicted
        means.append(float(weights @ predicted))
        gradients.append((weights * slopes) @ as_if)
    value = means[0] - means[1]
    error = fitted.reach * fitted.error(gradients[0] - gradients[1])
    return difference(value, value - error, value + error)
