"""The reference for times to close against a published study as lifelines reads it, and against statsmodels."""

from __future__ import annotations

import math
from pathlib import Path

import jinja2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.transforms.statistics.kaplan_meier import Quantile, quantile

TRANSFORMS = Path(__file__).resolve().parents[4] / "transforms"

# Freireich and others, 1963: weeks of remission under 6-mercaptopurine and under placebo (+ censored).
TREATED = [(6, True, 3), (6, False, 1), (7, True, 1), (9, False, 1), (10, True, 1), (10, False, 1), (11, False, 1)]
TREATED += [(13, True, 1), (16, True, 1), (17, False, 1), (19, False, 1), (20, False, 1), (22, True, 1), (23, True, 1)]
TREATED += [(25, False, 1), (32, False, 2), (34, False, 1), (35, False, 1)]
PLACEBO = [(1, True, 2), (2, True, 2), (3, True, 1), (4, True, 2), (5, True, 2), (8, True, 4), (11, True, 2)]
PLACEBO += [(12, True, 2), (15, True, 1), (17, True, 1), (22, True, 1), (23, True, 1)]


@pytest.mark.parametrize(
    ("rows", "probability", "expected"),
    [
        # lifelines 0.30.3, KaplanMeierFitter, median_survival_times and qth_survival_times of its log-log interval.
        (TREATED, 0.5, Quantile(23, 13, None)),
        (TREATED, 0.25, Quantile(13, 6, 22)),
        (TREATED, 0.9, Quantile(None, None, None)),
        (PLACEBO, 0.5, Quantile(8, 4, 11)),
        (PLACEBO, 0.9, Quantile(17, 12, None)),  # lifelines: 23, the day on which nobody is left
        (PLACEBO, 0.25, Quantile(4, 1, 5)),
    ],
)
def test_remission_under_6_mercaptopurine(
    rows: list[tuple[float, bool, float]], probability: float, expected: Quantile
) -> None:
    days, closed, cases = zip(*rows, strict=True)
    assert quantile(days, closed, cases, probability) == expected


def test_nothing_closed_reaches_nothing() -> None:
    assert quantile([3, 9], [False, False], [5, 2]) == Quantile(None, None, None)


def macro(name: str, *arguments: object) -> str:
    """What a macro of the warehouse's SQL makes of its arguments."""
    source = (TRANSFORMS / "macros" / "estimators.sql").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=False)
    environment.globals["return"] = lambda text: text
    return str(getattr(environment.from_string(source).module, name)(*arguments))


def test_the_warehouses_curves_are_these() -> None:
    """Two hundred groups of random cases: SQL and reference name the same days."""
    import duckdb
    import pyarrow as pa

    rng = np.random.default_rng(20261122)
    rows = [
        (group, int(rng.integers(0, 30)), bool(rng.random() < closing), int(rng.integers(1, 9)))
        for group in range(200)
        for closing in [(0.3, 0.7, 1.0)[group % 3]] * int(rng.integers(1, 25))
    ]
    durations = pa.table(dict(zip(("g", "days", "done", "n"), zip(*rows, strict=True), strict=True)))
    connection = duckdb.connect()
    connection.register("counted", durations)
    connection.execute(
        "create view durations as select g, days, sum(n * done::int)::double as ended, sum(n)::double as cases "
        "from counted group by all"
    )
    compared = 0
    for probability in (0.5, 0.9):
        firsts = ", ".join(
            f"min(days) filter (where {curve} <= ln(1 - {probability}) + 1e-9)"
            for curve in ("log_survival", "log_low", "log_high")
        )
        found = {
            group: days
            for group, *days in connection.execute(
                f"select g, {firsts} from {macro('kaplan_meier_curves', 'durations', ['g'])} group by g"
            ).fetchall()
        }
        for group in range(200):
            days, done, n = zip(*[row[1:] for row in rows if row[0] == group], strict=True)
            expected = quantile(days, done, n, probability)
            told = found.get(group, [None, None, None])
            assert told == [expected.value, expected.low, expected.high], (group, probability)
            compared += sum(day is not None for day in told)
    assert compared > 500


rows_of_cases = st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.integers(1, 6)), min_size=1, max_size=30)


@settings(max_examples=40, deadline=None)
@given(rows_of_cases)
def test_it_agrees_with_statsmodels(rows: list[tuple[int, bool, int]]) -> None:
    from statsmodels.duration.survfunc import SurvfuncRight  # type: ignore[import-untyped,unused-ignore]

    days = [day for day, _, n in rows for _ in range(n)]
    closed = [int(done) for _, done, n in rows for _ in range(n)]
    found = quantile(days, [bool(c) for c in closed], [1] * len(days))
    if not any(closed):
        assert found.value is None
        return
    curve = SurvfuncRight([d + 1 for d in days], closed)
    reached = [t - 1 for t, s in zip(curve.surv_times, curve.surv_prob, strict=True) if s <= 0.5 + 1e-12]
    assert found.value == (reached[0] if reached else None)


@settings(deadline=None)
@given(rows_of_cases)
def test_the_interval_holds_the_quantile_and_rows_may_be_split(rows: list[tuple[int, bool, int]]) -> None:
    days, closed, cases = zip(*rows, strict=True)
    found = quantile(days, closed, cases)
    value, high = (math.inf if v is None else v for v in (found.value, found.high))
    low = math.inf if found.low is None else found.low
    assert low <= value <= high
    single = [(d, c) for d, c, n in rows for _ in range(n)]
    assert quantile([d for d, _ in single], [c for _, c in single], [1] * len(single)) == found
