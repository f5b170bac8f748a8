"""The year's end against hand-worked figures, least squares in statsmodels, and years that were simulated."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from transforms.statistics import forecast
from transforms.statistics.months import Month, first_day, number_of
from transforms.statistics.projection import Aggregation, Goal, Projection, project
from transforms.statistics.reasons import NotComputed, Reason

JANUARY = number_of(date(2026, 1, 1))


def series(values: Sequence[float | None], first: int) -> list[Month]:
    return [Month(first_day(first + i), v) for i, v in enumerate(values)]


def projected(months: list[Month], aggregation: Aggregation, **options: object) -> Projection:
    found = project(months, aggregation, **options)  # type: ignore[arg-type]
    assert isinstance(found, Projection)
    return found


@pytest.fixture
def no_resemblance(monkeypatch: pytest.MonkeyPatch) -> None:
    take_away(monkeypatch)


def take_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the textbook interval: months do not resemble their neighbours, and the level does not wander."""
    monkeypatch.setattr(forecast, "MOST_ALIKE", 0.0)
    monkeypatch.setattr(forecast, "MOST_ALIKE_ALONE", 0.0)
    monkeypatch.setattr(forecast.Fit, "_wander", lambda *_: 0.0)


@pytest.mark.usefixtures("no_resemblance")
def test_twelve_months_are_foretold_by_their_mean_worked_by_hand() -> None:
    # July to June: 10 and 14 in turn, mean 12, squares 12 * 4 = 48, variance 48 / 11. Six months to come.
    found = projected(series([10.0, 14.0] * 6, JANUARY - 6), "sum", goal=Goal(150, "lower"))
    assert (found.year, found.known, found.foretold, found.method) == (2026, 6, 6, "mean")
    assert found.so_far == 72
    assert found.value == pytest.approx(72 + 6 * 12)
    error = math.sqrt(48 / 11 * (6 + 36 / 12))
    reach = 2.200985 * error  # Student's t with 11 degrees of freedom, in any table
    assert (found.low, found.high) == pytest.approx((144 - reach, 144 + reach), rel=1e-6)
    assert found.likelihood == pytest.approx(stats.t.cdf(6 / error, 11))


@pytest.mark.usefixtures("no_resemblance")
@pytest.mark.parametrize("blocks", [2, 3, 4])
def test_a_season_is_foretold_as_by_least_squares_in_statsmodels(blocks: int) -> None:
    import statsmodels.api as sm  # type: ignore[import-untyped,unused-ignore]

    rng = np.random.default_rng(blocks)
    used, ahead = blocks * 12, 7
    numbers = np.arange(JANUARY + 5 - used, JANUARY + 12)
    values = 50 + 10 * np.sin(numbers) + rng.normal(0, 3, len(numbers))
    found = projected(series(values[:used].tolist(), int(numbers[0])), "sum")
    assert (found.method, found.known, found.foretold) == ("season", 5, ahead)
    # Design: one column for each block, one for each month of the year but one; the months ahead carry the last block.
    block = np.minimum(np.arange(len(numbers)) // 12, blocks - 1)
    design = np.column_stack([*(block == b for b in range(blocks)), *(numbers % 12 == m for m in range(1, 12))]).astype(
        float
    )
    fit = sm.OLS(values[:used], design[:used]).fit()
    new = design[used:].sum(axis=0)
    error = math.sqrt(fit.scale * (ahead + new @ fit.normalized_cov_params @ new))
    total = values[used - 5 : used].sum() + design[used:] @ fit.params @ np.ones(ahead)
    reach = stats.t.ppf(0.975, fit.df_resid) * error
    assert found.value == pytest.approx(total)
    assert (found.low, found.high) == pytest.approx((total - reach, total + reach))


def test_a_mean_is_a_twelfth_of_a_sum() -> None:
    months = series([float(v) for v in np.random.default_rng(1).normal(50, 5, 30)], JANUARY - 25)
    total, level = projected(months, "sum"), projected(months, "mean")
    assert (level.value, level.low, level.high) == pytest.approx((total.value / 12, total.low / 12, total.high / 12))
    assert level.so_far == pytest.approx(total.so_far / 5)


def test_a_ratio_of_sums_with_one_denominator_is_a_sum_divided_by_it() -> None:
    rng = np.random.default_rng(2)
    closed = rng.binomial(200, 0.8, 30)
    months = [Month(first_day(JANUARY - 25 + i), None, float(n), 200.0) for i, n in enumerate(closed)]
    share = projected(months, "ratio of sums", per=100, goal=Goal(80, "higher"))
    count = projected([Month(m.month, m.numerator) for m in months], "sum", goal=Goal(0.8 * 2400, "higher"))
    assert (share.value, share.low, share.high) == pytest.approx((count.value / 24, count.low / 24, count.high / 24))
    assert share.likelihood == pytest.approx(count.likelihood)


def test_a_ratio_weighs_months_by_their_cases() -> None:
    # The share is 0.9 in months of 100 and 0.5 in months of 10, in turn: 95 of 110.
    months = [Month(first_day(JANUARY - 18 + i), None, *((90.0, 100.0) if i % 2 else (5.0, 10.0))) for i in range(24)]
    assert projected(months, "ratio of sums").value == pytest.approx(95 / 110)


def test_a_year_that_is_over_is_what_it_was() -> None:
    found = projected(series([float(i) for i in range(1, 13)], JANUARY), "sum", goal=Goal(78, "lower"))
    assert (found.value, found.low, found.high, found.likelihood) == (78, 78, 78, 1.0)
    assert (found.method, found.foretold) == ("complete", 0)
    assert projected(series([1.0] * 12, JANUARY), "sum", goal=Goal(12.1, "higher")).likelihood == 0.0


def test_a_missing_month_is_foretold_too() -> None:
    values = [10.0, 12.0] * 15
    whole = projected(series(values, JANUARY - 24), "sum")
    holed = projected(series([*values[:26], None, *values[27:]], JANUARY - 24), "sum")
    assert (whole.known, whole.foretold, whole.method) == (6, 6, "season")
    assert (holed.known, holed.foretold, holed.method) == (5, 7, "mean")


def test_a_year_may_begin_in_any_month() -> None:
    months = series([1.0] * 15, number_of(date(2025, 1, 1)))
    found = projected(months, "sum", first_month=7)
    assert (found.year, found.known, found.foretold, found.so_far) == (2025, 9, 3, 9)
    with pytest.raises(ValueError, match="1 to 12"):
        project(months, "sum", first_month=13)


def test_what_is_known_bounds_the_year() -> None:
    months = series([0.0, 9.0, 0.0, 0.0] * 3 + [30.0] * 6, JANUARY - 12)
    goal = Goal(170, "lower")
    free = projected(months, "sum", goal=goal)
    bound = projected(months, "sum", goal=goal, floor=0)
    assert free.low < 180 <= bound.low == bound.so_far
    assert bound.likelihood == 0.0
    assert projected(months, "sum", goal=Goal(180, "higher"), floor=0).likelihood == 1.0
    shares = [Month(first_day(JANUARY - 8 + i), None, float(99 + i % 2), 100.0) for i in range(12)]
    capped = projected(shares, "ratio of sums", per=100, ceiling=100, floor=0, goal=Goal(100, "lower"))
    assert capped.high <= 100
    assert capped.likelihood == 1.0


def test_reasons_for_no_projection() -> None:
    assert project(series([1.0] * 11, JANUARY), "sum") == NotComputed(Reason.TOO_FEW_MONTHS)
    assert project(series([*[1.0] * 11, None], JANUARY), "sum") == NotComputed(Reason.TOO_FEW_MONTHS)
    assert project(series([1.0] * 20, JANUARY), "ratio of sums") == NotComputed(Reason.TOO_FEW_MONTHS)
    nobody = [Month(first_day(JANUARY + i), None, 0.0, 0.0) for i in range(12)]
    assert project(nobody, "ratio of sums") == NotComputed(Reason.TOO_FEW_CASES)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0, 1000), min_size=12, max_size=40),
    st.integers(0, 11),
    st.floats(0, 12000),
    st.floats(0, 500),
)
def test_intervals_hold_the_value_and_a_wider_goal_is_likelier(
    values: list[float], ahead: int, target: float, step: float
) -> None:
    months = series(values, JANUARY + 12 - ahead - len(values))
    strict, loose = (projected(months, "sum", goal=Goal(t, "lower")) for t in (target, target + step))
    assert strict.low <= strict.value <= strict.high
    assert strict.likelihood is not None
    assert loose.likelihood is not None
    assert 0 <= strict.likelihood <= loose.likelihood <= 1
    again = projected(list(reversed(months)), "sum", goal=Goal(target, "lower"))
    assert again == strict


REPEATS = 800


def simulated(history: int, season: float, resemblance: float) -> Iterator[tuple[np.ndarray, int]]:
    """Steady or seasonal months up to the end of 2026, and the number of the first."""
    rng = np.random.default_rng(20261122)
    first = JANUARY - history
    numbers = np.arange(first, JANUARY + 12)
    for _ in range(REPEATS):
        noise = rng.normal(0, 5, len(numbers))
        for i in range(1, len(noise) if resemblance else 1):
            noise[i] = resemblance * noise[i - 1] + math.sqrt(1 - resemblance**2) * noise[i]
        yield 100 + season * np.sin(2 * np.pi * numbers / 12) + noise, first


@pytest.mark.parametrize(
    ("history", "known", "season"), [(12, 4, 0.0), (24, 3, 0.0), (24, 6, 20.0), (36, 6, 20.0), (48, 9, 20.0)]
)
def test_prediction_intervals_and_likelihoods_are_what_they_say(history: int, known: int, season: float) -> None:
    held, likelihoods = 0, []
    for values, first in simulated(history, season, 0.0):
        year = float(values[-12:].sum())
        months = series(values[: history + known].tolist(), first)
        found = projected(months, "sum", goal=Goal(year, "lower"))
        held += found.low <= year <= found.high
        likelihoods.append(found.likelihood)
    assert 0.93 <= held / REPEATS <= 0.985
    # The likelihood given to "at most what it came to" is about even: a tenth of the years below 0.1, a half below 0.5.
    # It leans towards a half, since it allows for resemblance and wandering that these months do not have.
    told = np.array(likelihoods, dtype=float)
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert np.mean(told < share) == pytest.approx(share, abs=0.08)


def test_with_twelve_months_a_season_widens_the_interval() -> None:
    held = 0
    for values, first in simulated(12, 20.0, 0.0):
        found = projected(series(values[:16].tolist(), first), "sum")
        held += found.low <= values[-12:].sum() <= found.high
    assert held / REPEATS >= 0.95


def test_months_that_resemble_their_neighbours_widen_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    def share() -> float:
        held = 0
        for values, first in simulated(48, 0.0, 0.6):
            found = projected(series(values[:54].tolist(), first), "sum")
            held += found.low <= values[-12:].sum() <= found.high
        return held / REPEATS

    assert 0.93 <= share() <= 0.975
    take_away(monkeypatch)
    assert share() < 0.75


def test_a_level_that_wanders_from_year_to_year_widens_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    def share() -> float:
        rng = np.random.default_rng(20261122)
        held = 0
        for _ in range(REPEATS):
            level = np.repeat(rng.normal(0, 10, 60 // 12 + 1).cumsum(), 12)[5:65]
            values = 100 + level + rng.normal(0, 5, 60)
            found = projected(series(values[:54].tolist(), JANUARY - 48), "sum")
            held += found.low <= values[-12:].sum() <= found.high
        return held / REPEATS

    wandering = share()
    take_away(monkeypatch)
    assert wandering >= share() + 0.1


@pytest.mark.real_data
def test_years_of_new_yorks_animal_complaints_after_three_six_and_nine_months(shared_data: Path) -> None:
    import duckdb

    file = shared_data / "311" / "nyc" / "311_animal_dohmh_2010_2025.csv.gz"
    counted = duckdb.sql(
        "select \"Borough\", strftime(strptime(left(\"Created Date\", 10), '%m/%d/%Y'), '%Y-%m-01')::date, count(*) "
        f"from read_csv('{file}', all_varchar = true) group by all"
    ).fetchall()
    shares = {}
    for months_known in (3, 6, 9):
        held = []
        for borough in sorted({row[0] for row in counted} | {None}, key=str):
            months = Counter[int]()
            for name, month, n in counted:
                if borough is None or name == borough:
                    months[number_of(month)] += n
            if sum(months.values()) < 1000:
                continue
            for year in range(2012, 2025):
                figures = [float(months[n]) for n in range(2010 * 12 + 1, year * 12 + months_known)]
                truth = sum(months[n] for n in range(year * 12, year * 12 + 12))
                found = projected(series(figures, 2010 * 12 + 1), "sum", floor=0)
                held.append(found.low <= truth <= found.high)
        shares[months_known] = (len(held), round(sum(held) / len(held), 2))
    assert shares == {3: (39, 0.82), 6: (39, 0.82), 9: (39, 0.9)}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 30), st.integers(0, 30))), min_size=12, max_size=40),
    st.integers(1, 12),
    st.sampled_from(["ratio of sums", "sum", "mean"]),
)
def test_any_months_give_a_year_or_a_reason(
    counts: list[tuple[int, int] | None], first_month: int, aggregation: Aggregation
) -> None:
    months = [
        Month(first_day(JANUARY + i), None)
        if pair is None
        else Month(first_day(JANUARY + i), float(min(pair)), float(min(pair)), float(pair[1]))
        for i, pair in enumerate(counts)
    ]
    goal = Goal(0.5, "higher")
    found = project(months, aggregation, goal=goal, first_month=first_month, floor=0.0)
    if isinstance(found, NotComputed):
        assert found.reason in (Reason.TOO_FEW_MONTHS, Reason.TOO_FEW_CASES)
        return
    assert 0 <= found.low <= found.value <= found.high < math.inf
    assert found.likelihood is not None
    assert 0 <= found.likelihood <= 1
    assert found.known + found.foretold == 12
    assert found.known >= 1
    assert (found.foretold == 0) == (found.method == "complete")
