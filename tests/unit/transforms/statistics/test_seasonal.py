"""A year before, and a series without its season, on series whose parts are known."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.rates import confint_poisson_2indep  # type: ignore[import-untyped,unused-ignore]

from transforms.statistics.comparisons import rate_difference, risk_difference
from transforms.statistics.months import Month, first_day, number_of
from transforms.statistics.reasons import NotComputed, Reason
from transforms.statistics.seasonal import Adjustment, Change, adjust, same_period_last_year

START = number_of(date(2022, 5, 1))


def series(values: Sequence[float | None]) -> list[Month]:
    return [Month(first_day(START + i), v) for i, v in enumerate(values)]


def changed(months: list[Month], kind: str, per: float = 1.0) -> Change:
    found = same_period_last_year(months, kind, per)  # type: ignore[arg-type]
    assert isinstance(found, Change)
    return found


def adjusted(months: list[Month]) -> Adjustment:
    found = adjust(months)
    assert isinstance(found, Adjustment)
    return found


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_month_has_one_number(day: date) -> None:
    assert first_day(number_of(day)) == day.replace(day=1)
    assert number_of(first_day(number_of(day) + 1)) == number_of(day) + 1


def test_counts_of_a_year_apart() -> None:
    found = changed(series([120.0, *[100.0] * 11, 160.0]), "count")
    assert (found.month, found.value, found.before, found.difference) == (date(2023, 5, 1), 160, 120, 40)
    expected = confint_poisson_2indep(160, 1, 120, 1, method="mover", compare="diff", method_mover="score")
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.significant


def test_shares_and_rates_in_their_own_unit() -> None:
    old, new = Month(date(2024, 2, 29), 30.0, 60, 200), Month(date(2025, 2, 1), 40.0, 80, 200)
    found = changed([new, old], "share", per=100)
    points = risk_difference(80, 200, 60, 200)
    assert points.high is not None
    assert (found.difference, found.low, found.high) == pytest.approx((10, points.low * 100, points.high * 100))
    rate = changed([new, old], "rate", per=1000)
    per_resident = rate_difference(80, 200, 60, 200)
    assert rate.low == pytest.approx(per_resident.low * 1000)
    assert rate.significant == per_resident.significant


def test_without_counts_there_is_no_interval() -> None:
    found = changed(series([5.0, *[1.0] * 11, 8.0]), "value")
    assert (found.difference, found.low, found.high, found.significant) == (3, None, None, None)
    half = [Month(date(2024, 2, 1), 30.0, 60, 200), Month(date(2025, 2, 1), 40.0)]
    assert changed(half, "share").significant is None
    nobody = [Month(date(2024, 2, 1), 30.0, 0, 0), Month(date(2025, 2, 1), 40.0, 4, 10)]
    assert changed(nobody, "rate").low is None


def test_the_newest_known_month_is_compared() -> None:
    assert changed(series([5.0, *[1.0] * 11, 8.0, None, math.nan]), "value").month == date(2023, 5, 1)


def test_reasons_for_no_comparison() -> None:
    assert same_period_last_year([], "count") == NotComputed(Reason.TOO_FEW_MONTHS)
    assert same_period_last_year(series([None, None]), "count") == NotComputed(Reason.TOO_FEW_MONTHS)
    assert same_period_last_year(series([None, *[1.0] * 12]), "count") == NotComputed(Reason.NO_MONTH_BEFORE)


@pytest.mark.parametrize("read", [lambda m: same_period_last_year(m, "value"), adjust])
def test_a_month_twice_and_infinity_are_refused(read: Callable[[list[Month]], object]) -> None:
    with pytest.raises(ValueError, match="twice"):
        read([Month(date(2024, 2, 1), 1.0), Month(date(2024, 2, 9), 1.0)])
    with pytest.raises(ValueError, match="infinite"):
        read([Month(date(2024, 2, 1), math.inf)])


SHAPE = (8.0, 6, 3, 0, -3, -6, -8, -6, -3, 0, 3, 6)


def test_a_known_season_on_a_known_trend_is_taken_apart() -> None:
    values = [100 + 0.5 * i + SHAPE[(START + i) % 12] for i in range(48)]
    found = adjusted(series(values))
    assert found.months[0] == date(2022, 5, 1)
    assert len(found.months) == 48
    assert found.season == pytest.approx([SHAPE[(START + i) % 12] for i in range(48)], abs=0.1)
    assert found.trend == pytest.approx([100 + 0.5 * i for i in range(48)], abs=0.2)
    assert found.adjusted == pytest.approx([100 + 0.5 * i for i in range(48)], abs=0.2)
    assert found.strength > 0.99


def test_the_parts_add_up_and_an_outlier_stays_out_of_the_season() -> None:
    noise = np.random.default_rng(3).normal(0, 1, 60)
    values = [100 + SHAPE[(START + i) % 12] + noise[i] for i in range(60)]
    values[30] += 60
    found = adjusted(series(values))
    parts = zip(found.trend, found.season, found.rest, strict=True)
    assert [sum(p) for p in parts] == pytest.approx(values)
    assert found.rest[30] > 50
    missed = np.array(found.season) - [SHAPE[(START + i) % 12] for i in range(60)]
    assert np.sqrt(np.mean(missed**2)) < 1.2
    assert abs(missed[30]) < 2


def test_noise_has_little_season_and_a_flat_line_none() -> None:
    noise = np.random.default_rng(4).normal(100, 5, 120)
    assert adjusted(series(noise.tolist())).strength < 0.45
    assert adjusted(series([7.0] * 24)).strength == 0


def test_reasons_for_no_adjustment() -> None:
    assert adjust(series([1.0] * 23)) == NotComputed(Reason.TWO_SEASONS)
    assert adjust(series([*[1.0] * 12, None, *[1.0] * 11])) == NotComputed(Reason.TWO_SEASONS)
    assert adjust(series([*[1.0] * 12, None, *[1.0] * 12])) == NotComputed(Reason.MONTHS_MISSING)


def test_the_newest_unbroken_stretch_is_read() -> None:
    found = adjusted(series([5.0, None, *[float(i % 12) for i in range(24)], None]))
    assert (found.months[0], len(found.months)) == (date(2022, 7, 1), 24)
