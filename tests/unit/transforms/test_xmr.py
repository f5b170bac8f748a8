"""Control charts against figures worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.statistics.xmr import Assurance, Signal, Xmr, assure, chart


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
    assert assure(xmr, target, direction) is expected  # type: ignore[arg-type]


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
