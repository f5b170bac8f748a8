"""Fifths and slopes against hand-worked figures, another package's documented example and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.statistics.comparisons import rate_difference, rate_ratio, risk_ratio
from transforms.statistics.equity import Area, FifthGap, Slope, by_fifth, fifths, gap_of_fifths, slope
from transforms.statistics.intervals import garwood, wilson
from transforms.statistics.reasons import NotComputed, Reason


def rated(need: float, events: float, people: float, name: str | None = None) -> Area:
    return Area(name or f"a{need:g}", events, people, people, need)


def sloped(areas: list[Area], kind: str, per: float = 1.0) -> Slope:
    found = slope(areas, kind, per)  # type: ignore[arg-type]
    assert isinstance(found, Slope)
    return found


def test_ten_areas_alike_make_five_pairs_the_most_in_need_first() -> None:
    areas = [rated(need, need, 100) for need in range(10)]
    assert fifths(areas) == {f"a{need}": 5 - need // 2 for need in range(10)}
    assert fifths(list(reversed(areas))) == fifths(areas)


def test_an_area_lies_where_the_middle_of_its_residents_lies() -> None:
    # From the most in need: 50 of 100 (middle 0.25: fifth 2), 30 (0.65: fifth 4), 20 (0.90: fifth 5).
    assert fifths([rated(9, 1, 50), rated(5, 1, 30), rated(1, 1, 20)]) == {"a9": 2, "a5": 4, "a1": 5}


def test_equal_need_is_an_equal_place_and_a_border_belongs_to_the_fifth_below() -> None:
    tied = fifths([rated(1, 1, 10, "a"), rated(1, 1, 30, "b"), rated(0, 1, 60, "c")])
    assert tied["a"] == tied["b"] == 2  # the middle of both together lies at exactly one fifth
    assert tied["c"] == 4


def test_the_figures_of_the_fifths() -> None:
    areas = [rated(2, 30, 1000), rated(1, 10, 500, "x"), rated(1, 5, 500, "y")]
    (most, least) = by_fifth(areas, "rate", per=1000)
    assert (most.fifth, most.areas, most.numerator, most.population, most.value) == (2, 1, 30, 1000, 30)
    assert (least.fifth, least.areas, least.numerator, least.value) == (4, 2, 15, 15)
    low, high = garwood([15])
    assert (least.low, least.high) == pytest.approx((low[0], high[0]))
    shares = [Area("p", 8, 10, 1000, 2), Area("q", 0, 0, 1000, 1)]
    told, untold = by_fifth(shares, "share", per=100)
    assert (told.low, told.high) == pytest.approx([100 * float(e[0]) for e in wilson([8], [10])])
    assert (untold.value, untold.low, untold.high) == (None, None, None)


def test_a_citys_own_fifths_are_kept() -> None:
    areas = [rated(2, 30, 1000), rated(1, 10, 500)]
    assert [f.fifth for f in by_fifth(areas, "rate", assigned={"a2": 1, "a1": 5})] == [1, 5]
    with pytest.raises(ValueError, match="without a fifth: a1"):
        by_fifth(areas, "rate", assigned={"a2": 1})


areas_of_a_city = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 50), st.integers(1, 5000)), min_size=1, max_size=25
).map(lambda rows: [Area(str(i), float(n), float(n + p), float(p), float(need)) for i, (need, n, p) in enumerate(rows)])


@settings(deadline=None)
@given(areas_of_a_city)
def test_the_fifths_add_up_to_the_city_and_hold_their_figure(areas: list[Area]) -> None:
    figures = by_fifth(areas, "share")
    assert math.fsum(f.numerator for f in figures) == math.fsum(a.numerator for a in areas)
    assert math.fsum(f.denominator for f in figures) == math.fsum(a.denominator for a in areas)
    assert math.fsum(f.population for f in figures) == math.fsum(a.population for a in areas)
    assert sum(f.areas for f in figures) == len(areas)
    for figure in figures:
        assert figure.value is not None
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high


@settings(deadline=None)
@given(areas_of_a_city)
def test_more_need_is_never_a_later_fifth(areas: list[Area]) -> None:
    place = fifths(areas)
    for one in areas:
        for other in areas:
            assert one.need <= other.need or place[one.id] <= place[other.id]


def test_the_gap_is_the_most_in_need_against_the_least() -> None:
    areas = [rated(need, events, 1000) for need, events in zip(range(5), (20, 25, 30, 35, 60), strict=True)]
    gap = gap_of_fifths(by_fifth(areas, "rate", per=1000), "rate", per=1000)
    assert isinstance(gap, FifthGap)
    assert (gap.most, gap.least) == (1, 5)
    assert gap.ratio == rate_ratio(60, 1000, 20, 1000)
    assert gap.difference.value == pytest.approx(40)
    assert gap.difference.low == pytest.approx(1000 * rate_difference(60, 1000, 20, 1000).low)
    assert gap.ratio.significant
    assert gap.difference.significant


def test_a_gap_passes_over_a_fifth_without_cases_and_needs_two() -> None:
    areas = [Area("a", 5, 10, 100, 3), Area("b", 3, 10, 100, 2), Area("c", 0, 0, 100, 1)]
    figures = by_fifth(areas, "share")
    gap = gap_of_fifths(figures, "share")
    assert isinstance(gap, FifthGap)
    assert gap.ratio == risk_ratio(5, 10, 3, 10)
    assert gap_of_fifths(figures[:1], "share") == NotComputed(Reason.ONE_GROUP)


def test_the_documented_example_of_dceasimr() -> None:
    # dceasimR, calc_sii: five groups of a fifth each with 60, 63, 66, 69 and 72: slope 15 from 58.5, which is 0.2272727
    # of the mean. The relative index here is the ratio of the ends, 73.5 / 58.5.
    areas = [rated(i, value, 1.0) for i, value in enumerate((60, 63, 66, 69, 72))]
    found = sloped(areas, "rate")
    assert found.index.value is not None
    assert found.index.value == pytest.approx(15)
    assert found.index.value / 66 == pytest.approx(0.2272727, abs=1e-7)
    assert found.relative.value == pytest.approx(73.5 / 58.5)


# Public Health England, example of phe_sii, Area2: residents and values of ten deciles, the most deprived first.
PEOPLE = (21675, 20065, 19750, 24713, 20112, 19618, 22408, 19752, 18939, 19312)
VALUES = (70.5, 71.6, 72.5, 73.5, 73.1, 76.2, 78.7, 80.6, 80.9, 80.0)


def test_phes_example_as_statsmodels_fits_it() -> None:
    import statsmodels.api as sm  # type: ignore[import-untyped,unused-ignore]

    areas = [
        Area(str(i), value * people, people, people, 10 - i)
        for i, (people, value) in enumerate(zip(PEOPLE, VALUES, strict=True))
    ]
    found = sloped(areas, "rate")
    share = np.array(PEOPLE) / sum(PEOPLE)
    rank = np.cumsum(share) - share / 2  # as phe_sii: 0 is the most deprived end
    root = np.sqrt(share)
    line = sm.OLS(root * VALUES, np.column_stack([root, root * rank])).fit().params
    assert found.index.value == pytest.approx(-line[1])
    assert found.relative.value == pytest.approx(line[0] / (line[0] + line[1]))
    assert found.index.significant
    assert found.relative.significant


def test_the_variance_is_that_of_the_same_sum_of_rates() -> None:
    areas = [rated(i, events, people) for i, (events, people) in enumerate([(40, 900), (60, 1100), (75, 1000)])]
    found = sloped(areas, "rate")
    people = np.array([900.0, 1100, 1000])
    middle = (np.cumsum(people) - people / 2) / people.sum()
    design = np.column_stack([np.ones(3), middle])
    weighed = np.linalg.inv(design.T @ (people[:, None] * design)) @ (design.T * people)
    fitted = design @ weighed @ (np.array([40, 60, 75]) / people)
    error = math.sqrt(weighed[1] ** 2 @ (fitted / people))
    assert found.dispersion == 1
    assert found.index.high is not None
    assert (found.index.high - found.index.low) / 2 == pytest.approx(1.959964 * error, rel=1e-6)


def test_areas_far_from_the_line_widen_the_interval() -> None:
    on_it = sloped([rated(i, 1000 + 100 * i, 10000) for i in range(6)], "rate")
    off_it = sloped([rated(i, 1000 + 100 * i + (-1) ** i * 200, 10000) for i in range(6)], "rate")
    assert on_it.dispersion == 1
    assert off_it.dispersion > 20
    assert on_it.index.significant
    assert not off_it.index.significant


def test_per_scales_the_index_and_not_the_relative_one() -> None:
    areas = [rated(i, 10 + 3 * i, 1000) for i in range(5)]
    one, thousand = sloped(areas, "rate"), sloped(areas, "rate", per=1000)
    assert one.index.value is not None
    assert thousand.index.value == pytest.approx(1000 * one.index.value)
    assert thousand.relative == one.relative


def test_a_line_that_leaves_what_can_be_has_no_relative_index() -> None:
    found = sloped([rated(0, 0, 1000), rated(1, 0, 1000), rated(2, 0, 1000), rated(3, 80, 1000)], "rate")
    assert found.relative.value is None
    assert not found.relative.significant


def test_reasons_for_no_slope() -> None:
    assert slope([rated(1, 5, 100)], "rate") == NotComputed(Reason.ONE_GROUP)
    assert slope([rated(1, 0, 100), rated(2, 0, 100)], "rate") == NotComputed(Reason.TOO_FEW_CASES)
    assert slope([rated(1, 3, 100, "a"), rated(1, 4, 100, "b")], "rate") == NotComputed(Reason.NO_VARIATION)


def test_what_is_no_area_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        fifths([rated(1, -1, 100)])
    with pytest.raises(ValueError, match="need is a number"):
        fifths([rated(math.nan, 1, 100)])
    with pytest.raises(ValueError, match="twice"):
        fifths([rated(1, 1, 100, "a"), rated(2, 1, 100, "a")])
    with pytest.raises(ValueError, match="nobody lives"):
        fifths([rated(1, 1, 0)])
    with pytest.raises(ValueError, match="no more cases"):
        slope([Area("a", 5, 4, 10, 1), Area("b", 1, 4, 10, 2)], "share")


@pytest.mark.parametrize("groups", [5, 15])
def test_intervals_of_the_slope_cover(groups: int) -> None:
    rng = np.random.default_rng(20261122)
    people = rng.integers(500, 3000, groups).astype(float)
    middle = (np.cumsum(people) - people / 2) / people.sum()
    held_index = held_relative = 0
    repeats = 1000
    for _ in range(repeats):
        events = rng.poisson(people * (0.05 + 0.03 * middle))
        found = sloped([rated(i, float(e), p) for i, (e, p) in enumerate(zip(events, people, strict=True))], "rate")
        assert found.index.high is not None
        assert found.relative.high is not None
        held_index += found.index.low <= 0.03 <= found.index.high
        held_relative += found.relative.low <= 0.08 / 0.05 <= found.relative.high
    assert 0.93 <= held_index / repeats <= 0.98
    assert 0.93 <= held_relative / repeats <= 0.98
