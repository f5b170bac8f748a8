"""Steps that figures fall into."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.maps.steps import MOST, steps_of

FIGURES = st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 1)), min_size=1, max_size=90)


@given(FIGURES, st.none() | st.floats(-1e6, 1e6).map(lambda v: round(v, 1)), st.booleans())
def test_no_step_is_empty_and_none_is_too_many(figures: list[float], target: float | None, above: bool) -> None:
    steps = steps_of(figures, target, above)
    assert 1 <= steps.count <= MOST
    assert {steps.of(v) for v in figures} == set(range(steps.count))
    ordered = [steps.of(v) for v in sorted(figures)]
    assert ordered == sorted(ordered)
    assert all(a < b for a, b in pairwise(steps.ends))
    if target is not None and any(v < target for v in figures) and any(v > target for v in figures):
        assert steps.target == target
        assert target in steps.ends


def test_a_figure_on_the_target_is_on_its_better_side() -> None:
    figures = [4.0, 4.1, 5.0, 7.5, 8.0, 8.1, 9.0, 12.0, 17.0]
    lower = steps_of(figures, 8.0, above=False)
    assert lower.of(8.0) < lower.of(8.1)
    assert lower.of(8.0) == lower.ends.index(8.0)
    higher = steps_of(figures, 8.0, above=True)
    assert higher.of(8.0) > higher.of(7.5)
    assert higher.of(8.0) == higher.ends.index(8.0) + 1


def test_steps_hold_about_as_many_figures_each() -> None:
    steps = steps_of([float(n) for n in range(77)])
    held = [sum(steps.of(float(n)) == step for n in range(77)) for step in range(steps.count)]
    assert steps.count == MOST
    assert max(held) - min(held) <= 1


@pytest.mark.parametrize(("figures", "count"), [([3.0], 1), ([3.0, 3.0, 3.0], 1), ([1.0, 2.0, 3.0, 4.0], 2)])
def test_few_figures_have_few_steps(figures: list[float], count: int) -> None:
    assert steps_of(figures).count == count


def test_a_target_that_all_figures_meet_parts_nothing() -> None:
    assert steps_of([1.0, 2.0, 3.0, 4.0], 9.0, above=False).target is None


def test_one_figure_far_from_many_equal_ones_has_a_step_of_its_own() -> None:
    steps = steps_of([7.0, 7.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 9.0, 17.0], 8.0, above=False)
    assert steps.of(17.0) > steps.of(9.0) > steps.of(8.0)
