"""Adjusted gaps: Berkeley's published reversal, the same likelihood maximised by hand, simulated cells."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from transforms.statistics.comparisons import Comparison, rate_ratio, risk_difference
from transforms.statistics.gaps import Cell, Gap, gap
from transforms.statistics.reasons import NotComputed, Reason

# R, UCBAdmissions (Bickel and others, Science 187, 1975): department, gender, admitted, rejected.
BERKELEY = [
    ("A", "male", 512, 313), ("A", "female", 89, 19), ("B", "male", 353, 207), ("B", "female", 17, 8),
    ("C", "male", 120, 205), ("C", "female", 202, 391), ("D", "male", 138, 279), ("D", "female", 131, 244),
    ("E", "male", 53, 138), ("E", "female", 94, 299), ("F", "male", 22, 351), ("F", "female", 24, 317),
]  # fmt: skip
CELLS = [Cell(gender, yes, yes + no, (department,)) for department, gender, yes, no in BERKELEY]


def found_gap(cells: list[Cell], kind: str = "share", adjusted_for: tuple[str, ...] = ("department",)) -> Gap:
    found = gap(cells, "female", "male", kind, adjusted_for)  # type: ignore[arg-type]
    assert isinstance(found, Gap)
    return found


def width(comparison: Comparison) -> float:
    assert comparison.high is not None
    return comparison.high - comparison.low


def test_berkeleys_gap_turns_round_when_the_department_is_known() -> None:
    found = found_gap(CELLS)
    # 557 of 1835 women and 1198 of 2691 men.
    assert found.raw_difference == risk_difference(557, 1835, 1198, 2691)
    assert found.raw_difference.value == pytest.approx(-0.1416, abs=5e-5)
    assert found.raw_difference.significant
    # R, glm(cbind(Admitted, Rejected) ~ Gender + Dept, binomial): 0.09987, standard error 0.08085; Pearson's chi-square
    # 18.8 on 5 degrees of freedom.
    assert found.odds_ratio is not None
    assert found.odds_ratio.value == pytest.approx(math.exp(0.09987), abs=1e-4)
    assert found.dispersion == pytest.approx(18.824 / 5, abs=1e-3)
    assert found.odds_ratio.high is not None
    error = math.log(found.odds_ratio.high / found.odds_ratio.low) / 2 / 2.570582 / math.sqrt(found.dispersion)
    assert error == pytest.approx(0.08085, abs=1e-4)
    assert not found.odds_ratio.significant
    assert found.difference.value is not None
    assert found.difference.value > 0
    assert not found.difference.significant
    assert (found.n, found.left_out, found.adjusted_for, found.clusters) == (4526, 0, ("department",), None)
    assert found.rate_ratio is None


def by_hand(cells: list[Cell], kind: str) -> tuple[float, float, float, float]:
    """Coefficient, its error, standardised difference, its error: the likelihood and numeric derivatives alone."""
    levels = sorted({c.strata for c in cells})
    columns = [[1.0, c.group == "female", *(c.strata == level for level in levels[1:])] for c in cells]
    design = np.array(columns, dtype=float)
    events, base = np.array([c.events for c in cells]), np.array([c.base for c in cells])

    def mean(x: np.ndarray, beta: np.ndarray) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-x @ beta)) if kind == "share" else np.exp(x @ beta))

    def loss(beta: np.ndarray) -> float:
        mu = mean(design, beta)
        if kind == "share":
            return -float(events @ np.log(mu) + (base - events) @ np.log(1 - mu))
        return -float(events @ np.log(mu) - base @ mu)

    def slopes(beta: np.ndarray) -> np.ndarray:
        return -np.asarray(design.T @ (events - base * mean(design, beta)))

    start = np.zeros(design.shape[1])
    start[0] = -1.0
    beta = minimize(loss, start, jac=slopes, method="BFGS", options={"gtol": 1e-7}).x
    step = 1e-5 * np.eye(len(beta))
    hessian = np.array([(slopes(beta + h) - slopes(beta - h)) / 2e-5 for h in step])
    covariance = np.linalg.inv((hessian + hessian.T) / 2)

    def standardised(b: np.ndarray) -> float:
        ones, zeros = design.copy(), design.copy()
        ones[:, 1], zeros[:, 1] = 1, 0
        return float(base @ (mean(ones, b) - mean(zeros, b)) / base.sum())

    gradient = np.array([(standardised(beta + h) - standardised(beta - h)) / 2e-5 for h in step])
    return (
        float(beta[1]),
        math.sqrt(covariance[1, 1]),
        standardised(beta),
        math.sqrt(float(gradient @ covariance @ gradient)),
    )


@pytest.mark.parametrize("kind", ["share", "rate"])
def test_the_same_likelihood_by_hand(kind: str) -> None:
    coefficient, error, standardised, standardised_error = by_hand(CELLS, kind)
    found = found_gap(CELLS, kind)
    adjusted = found.odds_ratio if kind == "share" else found.rate_ratio
    assert adjusted is not None
    assert adjusted.high is not None
    reach = 2.570582 * math.sqrt(found.dispersion)  # Student's t, five degrees of freedom
    assert adjusted.value == pytest.approx(math.exp(coefficient), rel=1e-5)
    assert math.log(adjusted.high / adjusted.low) == pytest.approx(2 * reach * error, rel=1e-4)
    assert found.difference.value == pytest.approx(standardised, rel=1e-4)
    assert width(found.difference) == pytest.approx(2 * reach * standardised_error, rel=1e-4)


def test_without_anything_to_adjust_for_the_adjusted_gap_is_the_raw_one() -> None:
    cells = [Cell("female", 557, 1835), Cell("male", 1198, 2691)]
    found = found_gap(cells, adjusted_for=())
    assert found.difference.value == pytest.approx(found.raw_difference.value)
    assert (found.adjusted_for, found.dispersion) == ((), 1.0)
    rates = found_gap(cells, "rate", ())
    assert rates.rate_ratio is not None
    assert rates.rate_ratio.value == pytest.approx(rate_ratio(557, 1835, 1198, 2691).value)
    assert rates.odds_ratio is None


def test_cells_may_be_split_and_stand_in_any_order() -> None:
    halves = [Cell(c.group, c.events / 2, c.base / 2, c.strata) for c in reversed(CELLS) for _ in range(2)]
    whole, split = found_gap(CELLS), found_gap(halves)
    assert whole.odds_ratio is not None
    assert split.odds_ratio is not None
    assert split.odds_ratio.value == pytest.approx(whole.odds_ratio.value)
    assert split.difference.value == pytest.approx(whole.difference.value)


def test_what_one_group_alone_has_is_left_out() -> None:
    more = [*CELLS, Cell("male", 40, 60, ("G",)), Cell("female", 0, 9, ("H",)), Cell("male", 0, 5, ("H",))]
    found, before = found_gap(more), found_gap(CELLS)
    assert found.left_out == 74
    assert found.odds_ratio == before.odds_ratio
    assert found.difference == before.difference
    assert found.raw_difference == risk_difference(557, 1844, 1238, 2756)


def test_what_has_one_level_is_not_adjusted_for() -> None:
    cells = [Cell(c.group, c.events, c.base, (*c.strata, "winter")) for c in CELLS]
    assert found_gap(cells, adjusted_for=("department", "season")).adjusted_for == ("department",)


def test_a_level_that_another_tells_adds_nothing() -> None:
    nested = [
        Cell(c.group, c.events, c.base, (*c.strata, "science" if c.strata[0] in "ABC" else "arts")) for c in CELLS
    ]
    found, before = found_gap(nested, adjusted_for=("department", "faculty")), found_gap(CELLS)
    turned = [Cell(c.group, c.events, c.base, (c.strata[1], c.strata[0])) for c in nested]
    other = found_gap(turned, adjusted_for=("faculty", "department"))
    for each in (found, other):
        assert each.odds_ratio is not None
        assert before.odds_ratio is not None
        assert each.odds_ratio.value == pytest.approx(before.odds_ratio.value)
        assert width(each.odds_ratio) == pytest.approx(width(before.odds_ratio))
        assert width(each.difference) == pytest.approx(width(before.difference))
    assert found.adjusted_for == ("department", "faculty")


def test_clusters_never_make_the_interval_narrower() -> None:
    clustered = [Cell(c.group, c.events, c.base, c.strata, cluster=c.strata[0]) for c in CELLS]
    found, before = found_gap(clustered), found_gap(CELLS)
    assert found.clusters == 6
    assert width(found.difference) >= width(before.difference)
    assert found.difference.value == pytest.approx(before.difference.value)
    spread = [
        Cell("female" if area < 6 else "male", 100 + 60 * (-1) ** area, 400, (stratum,), cluster=str(area))
        for area in range(12)
        for stratum in ("a", "b", "c")
    ]
    robust = found_gap(spread)
    single = found_gap([Cell(c.group, c.events, c.base, c.strata) for c in spread])
    assert robust.clusters == 12
    assert width(robust.difference) > 1.4 * width(single.difference)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([Cell("female", 5, 10)], Reason.ONE_GROUP),
        ([Cell("female", 5, 10), Cell("male", 0, 0)], Reason.ONE_GROUP),
        ([Cell("female", 5, 10), Cell("other", 5, 10)], Reason.ONE_GROUP),
        ([Cell("female", 3, 10), Cell("male", 4, 10)], Reason.TOO_FEW_CASES),
        ([Cell("female", 0, 100), Cell("male", 40, 100)], Reason.SEPARATION),
        ([Cell("female", 100, 100), Cell("male", 40, 100)], Reason.SEPARATION),
    ],
)
def test_reasons_for_no_gap(cells: list[Cell], reason: Reason) -> None:
    assert gap(cells, "female", "male", "share") == NotComputed(reason)


def test_groups_that_never_meet_are_not_compared() -> None:
    apart = [Cell("female", 30, 90, ("a",)), Cell("male", 40, 90, ("b",))]
    assert gap(apart, "female", "male", "share", ["department"]) == NotComputed(Reason.NO_OVERLAP)
    # Every level has both groups, yet three levels together tell the group of every cell: it is their sum.
    told = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, -1), (1, 0, -1), (0, 1, -1)]
    cells = [Cell("female" if sum(t) else "male", 40, 90, tuple(map(str, t))) for t in told]
    assert gap(cells, "female", "male", "share", ["one", "two", "three"]) == NotComputed(Reason.NO_OVERLAP)
    assert isinstance(gap(cells, "female", "male", "rate", ["one", "two", "three"]), NotComputed)


def test_what_is_no_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="2 strata for 1"):
        gap([Cell("female", 1, 2, ("a", "b"))], "female", "male", "share", ["department"])
    with pytest.raises(ValueError, match="no more events"):
        gap([Cell("female", 3, 2)], "female", "male", "share")
    with pytest.raises(ValueError, match="0 or more"):
        gap([Cell("female", -1, 2)], "female", "male", "rate")


@pytest.mark.parametrize("kind", ["share", "rate"])
def test_the_intervals_cover_where_the_mix_differs(kind: str) -> None:
    rng = np.random.default_rng(20261122)
    strata = [(category, month) for category in "abc" for month in "1234"]
    base_risk = dict(zip("abc", (-1.8, -0.9, 0.1), strict=True))
    sizes = {"female": rng.integers(40, 160, 12), "male": rng.integers(40, 160, 12)[::-1]}

    def figure(group: str, stratum: tuple[str, str]) -> float:
        linear = base_risk[stratum[0]] + 0.1 * int(stratum[1]) + 0.4 * (group == "female")
        return 1 / (1 + math.exp(-linear)) if kind == "share" else math.exp(linear)

    weight = sizes["female"] + sizes["male"]
    risks = [figure("female", s) - figure("male", s) for s in strata]
    truth = float(weight @ np.array(risks) / weight.sum())
    repeats, held_ratio, held_difference = 300, 0, 0
    for _ in range(repeats):
        cells = []
        for group, people in sizes.items():
            for stratum, n in zip(strata, people, strict=True):
                p = figure(group, stratum)
                events = rng.binomial(n, p) if kind == "share" else rng.poisson(n * p)
                cells.append(Cell(group, float(events), float(n), stratum))
        found = found_gap(cells, kind, ("category", "month"))
        adjusted = found.odds_ratio or found.rate_ratio
        assert adjusted is not None
        assert adjusted.high is not None
        assert found.difference.high is not None
        held_ratio += adjusted.low <= math.exp(0.4) <= adjusted.high
        held_difference += found.difference.low <= truth <= found.difference.high
    assert 0.93 <= held_ratio / repeats <= 0.99
    assert 0.93 <= held_difference / repeats <= 0.99
