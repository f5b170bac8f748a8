"""Control charts against figures worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.statistics.xmr import Assurance, Signal, Xmr, assurance, chart


def drawn(*values: float | None, **options: object) -> Xmr:
    result = chart(values, **options)  # type: ignore[arg-type]
    assert result is not None
    return result


def marked(xmr: Xmr, signal: Signal) -> list[int]:
    return [i for i, p in enumerate(xmr.points) if signal in p.signals]


def test_centre_and_limits_of_a_small_series() -> None:
    # 10 12 11 13 14: mean 60/5 = 12; moves 2 1 2 1, mean 6/4 = 1.5; reach 2.66 * 1.5 = 3.99
    xmr = drawn(10, 12, 11, 13, 14)
    assert xmr.centre == 12
    assert xmr.mean_moving_range == 1.5
    assert xmr.lower == pytest.approx(8.01)
    assert xmr.upper == pytest.approx(15.99)
    assert xmr.baseline == 5
    assert [p.moving_range for p in xmr.points] == [None, 2, 1, 2, 1]
    assert not any(p.signals for p in xmr.points)


def test_eleven_points_are_trial_limits_and_twelve_are_not() -> None:
    assert drawn(*[5.0, 6.0] * 5, 5.0).trial
    assert not drawn(*[5.0, 6.0] * 6).trial


def test_a_gap_does_not_count_towards_firm_limits() -> None:
    assert drawn(*[5.0, 6.0] * 5, None, 5.0).trial
    assert not drawn(*[5.0, 6.0] * 6, None).trial


def test_a_gap_has_no_moving_range_to_either_neighbour() -> None:
    # 4 6 (gap) 9 10: mean 29/4 = 7.25; moves 2 and 1 only, mean 1.5
    xmr = drawn(4, 6, None, 9, 10)
    assert xmr.centre == 7.25
    assert xmr.mean_moving_range == 1.5
    assert [p.moving_range for p in xmr.points] == [None, 2, None, None, 1]
    assert xmr.points[2].value is None
    assert xmr.points[2].signals == ()


def test_not_a_number_is_a_gap_and_infinity_is_refused() -> None:
    assert drawn(4, 6, math.nan, 9, 10) == drawn(4, 6, None, 9, 10)
    with pytest.raises(ValueError, match="infinite"):
        chart([1.0, math.inf])


@pytest.mark.parametrize("values", [[], [3.0], [None, None], [3.0, None, 4.0]])
def test_no_two_neighbours_make_no_chart(values: list[float | None]) -> None:
    assert chart(values) is None


def test_a_large_move_is_left_out_once_when_asked() -> None:
    # Nine moves of 1 and one of 21: mean 30/10 = 3, bound 3.267 * 3 = 9.801, so 21 goes; mean of the rest 1.
    values = [10, 11, 10, 11, 10, 31, 30, 31, 30, 31, 30]
    kept = drawn(*values)
    assert kept.mean_moving_range == 3
    assert kept.left_out == 0
    tight = drawn(*values, leave_out_large_moves=True)
    assert tight.mean_moving_range == 1
    assert tight.left_out == 1
    # The centre is the mean of all values either way: (5 values: 52) + (6 values: 183) = 235 / 11.
    assert tight.centre == kept.centre == pytest.approx(235 / 11)
    assert tight.upper == pytest.approx(235 / 11 + 2.66)


def test_baseline_sets_the_limits_for_what_comes_after() -> None:
    # 5 6 5 6 5 6: mean 5.5, moves all 1, upper 5.5 + 2.66 = 8.16; then 8.1 is inside and 8.2 is out.
    xmr = drawn(5, 6, 5, 6, 5, 6, 8.1, 8.2, 5, 1, baseline=6)
    assert xmr.centre == 5.5
    assert xmr.upper == pytest.approx(8.16)
    assert xmr.lower == pytest.approx(2.84)
    assert xmr.baseline == 6
    assert marked(xmr, Signal.ABOVE_LIMIT) == [7]
    assert marked(xmr, Signal.BELOW_LIMIT) == [9]


def test_a_baseline_of_one_place_is_refused() -> None:
    with pytest.raises(ValueError, match="two places"):
        chart([1.0, 2.0, 3.0], baseline=1)


def test_the_lower_limit_stops_at_the_floor_and_the_upper_at_the_ceiling() -> None:
    # 1 3 1 3: mean 2, moves 2, reach 5.32: limits -3.32 and 7.32
    assert drawn(1, 3, 1, 3).lower == pytest.approx(-3.32)
    cut = drawn(1, 3, 1, 3, floor=0, ceiling=5)
    assert (cut.lower, cut.upper) == (0, 5)
    wide = drawn(1, 3, 1, 3, floor=-10, ceiling=100)
    assert wide.lower == pytest.approx(-3.32)
    assert wide.upper == pytest.approx(7.32)
    with pytest.raises(ValueError, match="not under"):
        chart([1.0, 3.0], floor=5, ceiling=5)


def test_a_floor_makes_no_signal_of_its_own() -> None:
    # Zero is 2 under the centre, well inside two thirds of a reach of 5.32 (3.55), floor or no floor.
    xmr = drawn(1, 3, 1, 3, 0, 0, 4, floor=0, baseline=4)
    assert marked(xmr, Signal.FAR_BELOW) == []
    assert marked(xmr, Signal.BELOW_LIMIT) == []


def test_seven_on_one_side_are_marked_and_six_are_not() -> None:
    base = [5.0, 6.0] * 6  # mean 5.5
    six = drawn(*base, *[5.8, 5.9] * 3, 5.2, baseline=12)
    # The last 6.0 of the baseline stands above the centre too: with six more it makes seven.
    assert marked(six, Signal.RUN_ABOVE) == [11, 12, 13, 14, 15, 16, 17]
    five = drawn(*base, *[5.8, 5.9] * 2, 5.8, 5.2, baseline=12)
    assert marked(five, Signal.RUN_ABOVE) == []
    under = drawn(*base, 5.4, *[5.2, 5.1] * 3, baseline=12)
    assert marked(under, Signal.RUN_BELOW) == [12, 13, 14, 15, 16, 17, 18]


def test_a_point_on_the_centre_or_a_gap_ends_a_run() -> None:
    base = [5.0, 6.0] * 6
    on_centre = drawn(*base, 5.8, 5.9, 5.5, 5.8, 5.9, 5.8, 5.9, 5.8, baseline=12)
    assert marked(on_centre, Signal.RUN_ABOVE) == []
    gap = drawn(*base, 5.8, 5.9, None, 5.8, 5.9, 5.8, 5.9, 5.8, baseline=12)
    assert marked(gap, Signal.RUN_ABOVE) == []


def test_seven_points_rising_are_a_trend_and_six_are_not() -> None:
    assert marked(drawn(1, 2, 3, 4, 5, 6, 7), Signal.RISING) == [0, 1, 2, 3, 4, 5, 6]
    assert marked(drawn(1, 2, 3, 4, 5, 6), Signal.RISING) == []
    assert marked(drawn(7, 6, 5, 4, 3, 2, 1), Signal.FALLING) == [0, 1, 2, 3, 4, 5, 6]
    assert marked(drawn(9, 1, 2, 3, 4, 5, 6, 7, 3), Signal.RISING) == [1, 2, 3, 4, 5, 6, 7]


def test_a_repeated_value_ends_a_trend() -> None:
    assert marked(drawn(1, 2, 3, 4, 4, 5, 6, 7), Signal.RISING) == []


def test_two_of_three_far_out_on_the_same_side() -> None:
    # Baseline mean 5.5, reach 2.66; two thirds of the way: 5.5 + 1.7733 = 7.2733 and 3.7267.
    base = [5.0, 6.0] * 6
    xmr = drawn(*base, 7.3, 5.0, 7.4, 5.0, baseline=12)
    assert marked(xmr, Signal.FAR_ABOVE) == [12, 14]
    assert marked(drawn(*base, 7.3, 5.0, 5.0, 7.4, baseline=12), Signal.FAR_ABOVE) == []
    assert marked(drawn(*base, 7.3, 3.7, 5.0, baseline=12), Signal.FAR_ABOVE) == []
    assert marked(drawn(*base, 3.7, 3.7, 5.0, baseline=12), Signal.FAR_BELOW) == [12, 13]
    assert marked(drawn(*base, 7.27, 5.0, 7.27, baseline=12), Signal.FAR_ABOVE) == []


def test_a_flat_series_has_limits_on_its_centre_and_no_signal() -> None:
    xmr = drawn(*[0.1] * 30)
    assert xmr.lower == pytest.approx(0.1)
    assert xmr.upper == pytest.approx(0.1)
    assert not any(p.signals for p in xmr.points)


def test_since_names_the_start_of_the_unbroken_end() -> None:
    base = [5.0, 6.0] * 6
    xmr = drawn(*base, 9, 5, 9, 9, 9, baseline=12)
    assert xmr.since(Signal.ABOVE_LIMIT) == 14
    assert xmr.since(Signal.BELOW_LIMIT) is None
    assert drawn(*base, 9, 9, 5, baseline=12).since(Signal.ABOVE_LIMIT) is None


@pytest.mark.parametrize(
    ("target", "direction", "expected"),
    [
        (8.2, "lower", Assurance.PASSES),
        (2.8, "lower", Assurance.FAILS),
        (5.0, "lower", Assurance.VARIES),
        (8.2, "higher", Assurance.FAILS),
        (2.8, "higher", Assurance.PASSES),
        (5.0, "higher", Assurance.VARIES),
    ],
)
def test_assurance_against_a_target(target: float, direction: str, expected: Assurance) -> None:
    xmr = drawn(*[5.0, 6.0] * 6)  # limits 2.84 and 8.16
    assert assurance(xmr, target, direction) is expected  # type: ignore[arg-type]
    assert expected in {"passes", "fails", "varies"}


def test_a_target_on_a_limit_is_between() -> None:
    xmr = drawn(*[5.0, 6.0] * 6)
    assert assurance(xmr, xmr.upper, "lower") is Assurance.VARIES
    assert assurance(xmr, xmr.lower, "higher") is Assurance.VARIES


def test_nothing_is_promised_without_a_target_a_side_or_firm_limits() -> None:
    firm, trial = drawn(*[5.0, 6.0] * 6), drawn(*[5.0, 6.0] * 5, 5.0)
    assert assurance(firm, 20, "lower") is Assurance.PASSES
    assert assurance(trial, 20, "lower") is None
    assert assurance(firm, None, "lower") is None
    assert assurance(firm, 20, "none") is None
    assert assurance(None, 20, "lower") is None


def test_montgomerys_paint_viscosity() -> None:
    # Montgomery, Introduction to Statistical Quality Control, the viscosity of aircraft primer paint:
    # centre 33.52, mean moving range 0.48, limits 34.80 and 32.24, no point beyond them.
    viscosity = (
        33.75,
        33.05,
        34.00,
        33.81,
        33.46,
        34.02,
        33.68,
        33.27,
        33.49,
        33.20,
        33.62,
        33.00,
        33.54,
        33.12,
        33.84,
    )
    xmr = drawn(*viscosity)
    assert xmr.centre == pytest.approx(33.52, abs=0.005)
    assert xmr.mean_moving_range == pytest.approx(0.48, abs=0.005)
    assert (xmr.lower, xmr.upper) == pytest.approx((32.24, 34.80), abs=0.01)
    assert not any(p.signals for p in xmr.points)
    assert not xmr.trial


def test_wheelers_trade_deficits() -> None:
    # Wheeler, Understanding Variation: the limits of July to December 1988, carried on to the first half of 1989.
    # Sum 61.9 / 6; moves 0.7 2.0 0.9 0.3 0.1, mean 0.8: limits 8.19 and 12.44. March and April lie below.
    deficits = (10.5, 11.2, 9.2, 10.1, 10.4, 10.5, 8.7, 8.7, 7.0, 6.8, 9.6, 9.0)
    xmr = drawn(*deficits, baseline=6)
    assert xmr.mean_moving_range == pytest.approx(0.8)
    assert (xmr.lower, xmr.upper) == pytest.approx((8.19, 12.44), abs=0.01)
    assert marked(xmr, Signal.BELOW_LIMIT) == [8, 9]
    assert xmr.trial


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=2, max_size=60))
def test_the_mirror_of_a_series_has_the_mirrored_signals(values: list[float | None]) -> None:
    xmr = chart(values)
    mirror = chart([None if v is None else -v for v in values])
    assert (xmr is None) == (mirror is None)
    if xmr is None or mirror is None:
        return
    pairs = {
        Signal.ABOVE_LIMIT: Signal.BELOW_LIMIT,
        Signal.RUN_ABOVE: Signal.RUN_BELOW,
        Signal.RISING: Signal.FALLING,
        Signal.FAR_ABOVE: Signal.FAR_BELOW,
    }
    for up, down in pairs.items():
        assert marked(xmr, up) == marked(mirror, down)
        assert marked(xmr, down) == marked(mirror, up)
    assert xmr.lower <= xmr.centre <= xmr.upper


def test_a_series_whose_limits_nhsrplotthedots_prints() -> None:
    # NHSRplotthedots, tests of ptd_spc_standard: values, mean 0.142 and limits -3.01 and 3.29, as printed there.
    values = (
        -0.560, -0.230, 1.56, 0.0705, 0.129, 1.72, 0.461, -1.27, -0.687, -0.446,
        1.22, 0.360, 0.401, 0.111, -0.556, 1.79, 0.498, -1.97, 0.701, -0.473,
    )  # fmt: skip
    for screened in (False, True):
        xmr = drawn(*values, leave_out_large_moves=screened)
        assert (xmr.centre, xmr.lower, xmr.upper) == pytest.approx((0.142, -3.01, 3.29), abs=0.01)
        assert not any(p.signals for p in xmr.points)


def test_two_points_near_opposite_limits_are_no_signal() -> None:
    # NHSRplotthedots, tests of ptd_spc_standard: 5.5 and -5.5 after 1 and -1 in turn.
    xmr = drawn(*[1.0, -1.0] * 7, 5.5, -5.5)
    assert xmr.upper * 2 / 3 < 5.5 < xmr.upper
    assert xmr.points[-1].signals == xmr.points[-2].signals == ()


@pytest.mark.parametrize(
    ("lower", "upper", "increase", "decrease"),
    [(1, 3, "fails", "passes"), (5, 7, "passes", "fails"), (1, 5, "varies", "varies")],
)
def test_assurance_is_that_of_nhsrplotthedots(lower: float, upper: float, increase: str, decrease: str) -> None:
    # NHSRplotthedots, tests of ptd_calculate_assurance_type: a target of 4.
    xmr = replace(drawn(*[5.0, 6.0] * 6), lower=lower, upper=upper)
    assert assurance(xmr, 4, "higher") == increase
    assert assurance(xmr, 4, "lower") == decrease
