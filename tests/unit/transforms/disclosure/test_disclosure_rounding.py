"""Rounding to a base."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.transforms.disclosure.disclosure_tables import random_table, table_of
from transforms.disclosure.rounding import round_at_random, round_counts, round_together


def test_the_nearest_multiple() -> None:
    assert round_counts(np.arange(11)).tolist() == [0, 0, 0, 5, 5, 5, 5, 5, 10, 10, 10]
    assert round_counts(np.array([1, 2, 3]), base=4).tolist() == [0, 4, 4]


def test_a_random_neighbour_keeps_the_expectation() -> None:
    counts = np.full(40_000, 7)
    drawn = round_at_random(counts, seed=3)
    assert set(drawn.tolist()) == {5, 10}
    assert abs(drawn.mean() - 7) < 0.05
    assert np.array_equal(drawn, round_at_random(counts, seed=3))
    assert not np.array_equal(drawn, round_at_random(counts, seed=4))
    assert round_at_random(np.array([0, 5, 10]), seed=1).tolist() == [0, 5, 10]


@pytest.mark.parametrize("shape", [(12, 15), (4, 5, 3)])
def test_rounded_together_totals_add_up(shape: tuple[int, ...]) -> None:
    table = random_table(shape, 9.0, 1)
    rounded = round_together(table, seed=5)
    assert (rounded % 5 == 0).all()
    assert (np.abs(rounded - table.values) < 5).all()
    assert not (table.matrix @ rounded).any()
    assert np.array_equal(rounded, round_together(table, seed=5))
    alone = round_counts(table.values)
    assert (table.matrix @ alone).any()


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="base"):
        round_counts(np.array([1]), base=1)
    with pytest.raises(ValueError, match="0 or more"):
        round_at_random(np.array([-1]), seed=1)
    assert round_together(table_of([[0, 0]]), seed=1).tolist() == []
