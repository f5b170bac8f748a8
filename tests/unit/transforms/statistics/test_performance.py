"""Scores, bands and clearance, worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.statistics.performance import Bands, clearance, score, status


@pytest.mark.parametrize(
    ("actual", "target", "better", "expected"),
    [
        (90, 80, "higher", 1.125),
        (60, 80, "higher", 0.75),
        (0, 80, "higher", 0.0),
        (5, 4, "lower", 0.8),
        (2, 4, "lower", 2.0),
        (0, 4, "lower", None),
        (3, 0, "lower", None),
        (3, 0, "higher", None),
        (-1, 4, "lower", None),
        (None, 4, "lower", None),
        (3, None, "lower", None),
        (3, 4, "none", None),
    ],
)
def test_scores(actual: float | None, target: float | None, better: str, expected: float | None) -> None:
    assert score(actual, target, better) == expected  # type: ignore[arg-type]


def test_a_cap_cuts_the_score_and_nothing_under_it() -> None:
    assert score(2, 4, "lower", cap=1.5) == 1.5
    assert score(5, 4, "lower", cap=1.5) == 0.8
    with pytest.raises(ValueError, match="above 0"):
        score(5, 4, "lower", cap=0)


@settings(deadline=None)
@given(st.floats(0.01, 1e6), st.floats(0.01, 1e6), st.sampled_from(["lower", "higher"]))
def test_a_score_of_one_or_more_is_on_target(actual: float, target: float, better: str) -> None:
    reached = score(actual, target, better)  # type: ignore[arg-type]
    assert reached is not None
    if reached >= 1:
        assert status(actual, target, better) == "on_target"  # type: ignore[arg-type]
    if reached < 0.999:
        assert status(actual, target, better, Bands(0.0)) != "on_target" or abs(actual - target) < 1e-8  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "better", "expected"),
    [
        (4.0, "lower", "on_target"),
        (3.0, "lower", "on_target"),
        (4.4, "lower", "near"),
        (4.5, "lower", "off"),
        (4.0, "higher", "on_target"),
        (3.6, "higher", "near"),
        (3.5, "higher", "off"),
        (4.0, "none", "unknown"),
        (None, "lower", "unknown"),
    ],
)
def test_status_in_bands_of_a_tenth(value: float | None, better: str, expected: str) -> None:
    assert status(value, 4.0, better) == expected  # type: ignore[arg-type]


def test_bands_are_what_they_say() -> None:
    assert status(4.4, 4.0, "lower", Bands(0.05)) == "off"
    assert status(5.0, 4.0, "lower", Bands(0.25)) == "near"
    assert status(4.1, 4.0, "lower", Bands(0.0)) == "off"
    assert status(0.1 + 0.2, 0.3, "lower", Bands(0.0)) == "on_target"
    assert status(-11.0, -10.0, "higher") == "near"
    assert status(1.0, None, "lower") == "unknown"
    with pytest.raises(ValueError, match="0 or more"):
        Bands(-0.1)


@settings(deadline=None)
@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(0, 1), st.floats(0, 1))
def test_a_better_figure_never_has_a_worse_status(value: float, target: float, near: float, step: float) -> None:
    order = ["on_target", "near", "off"]
    assert order.index(status(value - step, target, "lower", Bands(near))) <= order.index(
        status(value, target, "lower", Bands(near))
    )


def test_clearance() -> None:
    assert clearance(90, 120) == 0.75
    assert clearance(0, 0) is None
    assert clearance(3, 0) is None
    with pytest.raises(ValueError, match="0 or more"):
        clearance(-1, 3)
