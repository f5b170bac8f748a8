"""Ratios and differences against R's documented output, Newcombe's tables, statsmodels, and their own definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint  # type: ignore[import-untyped,unused-ignore]
from statsmodels.stats.rates import confint_poisson_2indep  # type: ignore[import-untyped,unused-ignore]
from statsmodels.stats.rates import test_poisson_2indep as poisson_p_value  # type: ignore[import-untyped,unused-ignore]

from transforms.statistics.comparisons import (
    Comparison,
    rate_difference,
    rate_ratio,
    risk_difference,
    risk_ratio,
)
from transforms.statistics.intervals import wilson


def ends(comparison: Comparison) -> tuple[float, float]:
    assert comparison.high is not None
    return comparison.low, comparison.high


def holds(comparison: Comparison, truth: float) -> bool:
    return comparison.low <= truth and (comparison.high is None or truth <= comparison.high)


def test_wilson_is_that_of_statsmodels() -> None:
    hits, cases = np.array([0, 1, 7, 50, 99, 100, 12345]), np.array([10, 10, 10, 80, 100, 100, 98765])
    for level in (0.8, 0.95, 0.99):
        assert np.allclose(wilson(hits, cases, level), proportion_confint(hits, cases, 1 - level, method="wilson"))


def test_wilsons_published_limits() -> None:
    # Newcombe 1998 (two-sided intervals for the single proportion), table I, score method: 81/263, 15/148, 0/20, 1/29.
    low, high = wilson([81, 15, 0, 1], [263, 148, 20, 29])
    assert low == pytest.approx([0.2553, 0.0624, 0, 0.0061], abs=5e-5)
    assert high == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=5e-5)


def test_wilson_keeps_the_shape_and_knows_nothing_without_cases() -> None:
    low, high = wilson([[0, 3], [0, 1]], [[0, 5], [7, 1]])
    assert low.shape == high.shape == (2, 2)
    assert (low[0, 0], high[0, 0]) == (0, 1)
    assert low[1, 0] == 0
    assert high[1, 1] == 1


@pytest.mark.parametrize(("hits", "n"), [(-1, 5), (6, 5), (float("nan"), 5), (1, float("nan"))])
def test_wilson_refuses_what_is_no_share(hits: float, n: float) -> None:
    with pytest.raises(ValueError, match="between 0"):
        wilson([hits], [n])


@settings(deadline=None)
@given(st.integers(1, 500), st.integers(0, 500), st.floats(0.5, 0.99))
def test_wilson_holds_the_share_and_widens_with_the_level(n: int, hits: int, level: float) -> None:
    hits = min(hits, n)
    low, high = wilson([hits], [n], level)
    wider_low, wider_high = wilson([hits], [n], level + 0.005)
    assert 0 <= wider_low[0] <= low[0] <= hits / n <= high[0] <= wider_high[0] <= 1


def test_rs_example_of_two_poisson_rates() -> None:
    # R, example of poisson.test (eba1977, Fredericia against three other cities): 1.971488, 0.8584264, 4.2772659.
    found = rate_ratio(11, 800, 6 + 8 + 7, 1083 + 1050 + 878)
    assert found.value == pytest.approx(1.971488, abs=5e-7)
    assert ends(found) == pytest.approx((0.8584264, 4.2772659), abs=5e-8)
    assert not found.significant


@pytest.mark.parametrize(("x1", "e1", "x2", "e2"), [(11, 800, 21, 3011), (3, 10, 40, 25), (120, 7.5, 80, 9.0)])
def test_each_end_of_a_rate_ratio_is_where_the_exact_test_leaves_half_of_the_rest(
    x1: int, e1: float, x2: int, e2: float
) -> None:
    low, high = ends(rate_ratio(x1, e1, x2, e2))
    larger = poisson_p_value(x1, e1, x2, e2, value=low, method="exact-cond", alternative="larger")
    smaller = poisson_p_value(x1, e1, x2, e2, value=high, method="exact-cond", alternative="smaller")
    assert (larger.pvalue, smaller.pvalue) == pytest.approx((0.025, 0.025), rel=1e-6)


def test_no_events_leave_one_end_open() -> None:
    assert rate_ratio(0, 10, 5, 10).low == 0
    assert rate_ratio(0, 10, 5, 10).value == 0
    assert rate_ratio(0, 10, 5, 10).high == pytest.approx(0.025**-0.2 - 1)  # all 5 in one group: p^5 = 0.025
    nothing = rate_ratio(5, 10, 0, 10)
    assert (nothing.value, nothing.high) == (None, None)
    assert rate_ratio(0, 10, 0, 10) == Comparison(None, 0.0, None, significant=False)
    assert rate_ratio(20, 10, 0, 10).significant


@pytest.mark.parametrize(("x1", "e1", "x2", "e2"), [(11, 800, 21, 3011), (0, 10, 4, 25), (120, 7.5, 80, 9.0)])
def test_rate_differences_are_those_of_statsmodels(x1: int, e1: float, x2: int, e2: float) -> None:
    expected = confint_poisson_2indep(x1, e1, x2, e2, method="mover", compare="diff", method_mover="score")
    assert ends(rate_difference(x1, e1, x2, e2)) == pytest.approx(expected, rel=1e-9)


# Newcombe 1998 (two proportions), table II, method 10.
NEWCOMBE = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0)),
    ((10, 10, 0, 10), (0.6075, 1.0)),
]


@pytest.mark.parametrize(("counts", "expected"), NEWCOMBE)
def test_newcombes_table(counts: tuple[int, int, int, int], expected: tuple[float, float]) -> None:
    assert ends(risk_difference(*counts)) == pytest.approx(expected, abs=6e-5)


@pytest.mark.parametrize("counts", [(56, 70, 48, 80), (9, 10, 3, 10), (250, 1000, 310, 900)])
def test_risk_differences_are_those_of_statsmodels(counts: tuple[int, int, int, int]) -> None:
    expected = confint_proportions_2indep(*counts, method="newcomb", compare="diff")
    assert ends(risk_difference(*counts)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("counts", [(56, 70, 48, 80), (9, 10, 3, 10), (250, 1000, 310, 900), (10, 10, 5, 10)])
def test_the_ends_of_a_risk_ratio_make_the_difference_just_hold_zero(counts: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = counts
    (l1, l2), (u1, u2) = (list(map(float, e)) for e in wilson([x1, x2], [n1, n2]))
    p1, p2 = x1 / n1, x2 / n2

    def lower(r: float) -> float:
        return float(p1 - r * p2 - np.hypot(p1 - l1, r * (u2 - p2)))

    def upper(r: float) -> float:
        return float(p1 - r * p2 + np.hypot(u1 - p1, r * (p2 - l2)))

    found = risk_ratio(*counts)
    assert found.value is not None
    expected = brentq(lower, 0, found.value + 1e-9), brentq(upper, found.value - 1e-9, 1e4)
    assert ends(found) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("counts", [(250, 1000, 310, 900), (56, 70, 48, 80), (900, 1000, 850, 1000)])
def test_risk_ratios_lie_close_to_the_score_interval(counts: tuple[int, int, int, int]) -> None:
    expected = confint_proportions_2indep(*counts, method="score", compare="ratio")
    assert ends(risk_ratio(*counts)) == pytest.approx(expected, rel=0.02)


def test_no_successes_leave_one_end_open() -> None:
    assert risk_ratio(0, 10, 5, 10).low == 0
    assert risk_ratio(5, 10, 0, 10).high is None
    assert risk_ratio(5, 10, 0, 10).value is None
    assert risk_ratio(0, 10, 0, 10) == Comparison(None, 0.0, None, significant=False)
    assert risk_ratio(10, 10, 10, 10).value == 1


counts_of_shares = st.tuples(st.integers(1, 300), st.integers(0, 300), st.integers(1, 300), st.integers(0, 300))


@settings(deadline=None)
@given(counts_of_shares)
def test_shares_hold_their_estimate_and_ratio_and_difference_agree(counts: tuple[int, int, int, int]) -> None:
    n1, x1, n2, x2 = counts
    x1, x2 = min(x1, n1), min(x2, n2)
    gap, times = risk_difference(x1, n1, x2, n2), risk_ratio(x1, n1, x2, n2)
    assert gap.value is not None
    assert -1 <= gap.low <= gap.value <= ends(gap)[1] <= 1
    if times.value is not None:
        assert times.low <= times.value * (1 + 1e-9)
        assert times.high is None or times.value <= times.high * (1 + 1e-9)
    borderline = min(abs(gap.low), abs(ends(gap)[1])) < 1e-9
    assert borderline or gap.significant == times.significant
    turned = risk_difference(x2, n2, x1, n1)
    assert (turned.low, turned.high) == pytest.approx((-ends(gap)[1], -gap.low))


@settings(deadline=None)
@given(st.integers(0, 400), st.floats(0.1, 1e6), st.integers(0, 400), st.floats(0.1, 1e6))
def test_rates_hold_their_estimate_and_turn_round(x1: int, e1: float, x2: int, e2: float) -> None:
    times, gap = rate_ratio(x1, e1, x2, e2), rate_difference(x1, e1, x2, e2)
    assert gap.value is not None
    assert gap.low <= gap.value <= ends(gap)[1]
    turned = rate_ratio(x2, e2, x1, e1)
    assert turned.significant == times.significant
    if x1 and x2:
        assert times.value is not None
        assert times.low < times.value < ends(times)[1]
        assert (turned.low, turned.high) == pytest.approx((1 / ends(times)[1], 1 / times.low))


@pytest.mark.parametrize("bad", [(-1, 5, 1, 5), (1, 0, 1, 5), (1, 5, float("nan"), 5), (1, 5, 1, float("inf"))])
def test_what_is_no_count_is_refused(bad: tuple[float, float, float, float]) -> None:
    for compare in (rate_ratio, rate_difference):
        with pytest.raises(ValueError, match="count of 0 or more"):
            compare(*bad)


@pytest.mark.parametrize("bad", [(-1, 5, 1, 5), (1, 0, 1, 5), (6, 5, 1, 5), (1, 5, float("nan"), 5)])
def test_what_is_no_share_is_refused(bad: tuple[float, float, float, float]) -> None:
    for compare in (risk_ratio, risk_difference):
        with pytest.raises(ValueError, match="between 0"):
            compare(*bad)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_share_of_repetitions(level: float) -> None:
    for compare in (rate_ratio, rate_difference, risk_ratio, risk_difference):
        with pytest.raises(ValueError, match="between 0 and 1"):
            compare(3, 9, 4, 9, level)


REPEATS = 2000


def covered(held: list[bool]) -> None:
    assert 0.93 <= sum(held) / len(held) <= 0.975


@pytest.mark.parametrize(("mean1", "mean2"), [(30, 45), (150, 150)])
def test_intervals_of_rates_cover_at_their_level(mean1: float, mean2: float) -> None:
    draws = np.random.default_rng(20261122).poisson((mean1, mean2), (REPEATS, 2))
    covered([holds(rate_ratio(a, 2, b, 3), mean1 / 2 / (mean2 / 3)) for a, b in draws])
    covered([holds(rate_difference(a, 2, b, 3), mean1 / 2 - mean2 / 3) for a, b in draws])


@pytest.mark.parametrize(("p1", "p2"), [(0.12, 0.2), (0.9, 0.9)])
def test_intervals_of_shares_cover_at_their_level(p1: float, p2: float) -> None:
    draws = np.random.default_rng(20261122).binomial((80, 120), (p1, p2), (REPEATS, 2))
    covered([holds(risk_ratio(a, 80, b, 120), p1 / p2) for a, b in draws])
    covered([holds(risk_difference(a, 80, b, 120), p1 - p2) for a, b in draws])
