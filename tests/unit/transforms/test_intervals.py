"""Garwood's interval against published tables, and against its own definition worked out without scipy."""

from __future__ import annotations

import math

import pytest

from transforms.statistics.intervals import garwood

# Exact 95 % limits of a Poisson count, as printed in standard tables (for example Pearson and Hartley's).
PUBLISHED = {
    0: (0.0, 3.6889),
    1: (0.0253, 5.5716),
    2: (0.2422, 7.2247),
    3: (0.6187, 8.7673),
    5: (1.6235, 11.6683),
    10: (4.7954, 18.3904),
    20: (12.2165, 30.8884),
    50: (37.1110, 65.9192),
    100: (81.3640, 121.6273),
}


@pytest.mark.parametrize("count", PUBLISHED)
def test_published_limits(count: int) -> None:
    low, high = garwood([count])
    assert (low[0], high[0]) == pytest.approx(PUBLISHED[count], abs=1e-3)


def poisson_up_to(count: int, mean: float) -> float:
    """P(X <= count), summed term by term."""
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("count", [1, 4, 17, 250])
def test_each_end_leaves_half_of_the_rest(count: int, level: float) -> None:
    low, high = garwood([count], level)
    assert 1 - poisson_up_to(count - 1, low[0]) == pytest.approx((1 - level) / 2, rel=1e-6)
    assert poisson_up_to(count, high[0]) == pytest.approx((1 - level) / 2, rel=1e-6)


def test_the_shape_is_kept_and_every_interval_holds_its_count() -> None:
    low, high = garwood([[0, 1], [7, 123456]])
    assert low.shape == high.shape == (2, 2)
    assert [
        [lo <= n <= hi for lo, n, hi in zip(*row, strict=True)]
        for row in zip(low, [[0, 1], [7, 123456]], high, strict=True)
    ] == [
        [True, True],
        [True, True],
    ]


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        garwood([3, -1])


def test_a_missing_count_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        garwood([float("nan")])


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        garwood([3], level)
