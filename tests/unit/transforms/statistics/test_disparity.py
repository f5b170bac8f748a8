"""Disparities worked by hand, and their intervals in simulated cities."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.statistics.disparity import (
    DemographicDisparity,
    Residents,
    demographic_disparity,
    geographic_disparity,
)
from transforms.statistics.intervals import wilson
from transforms.statistics.reasons import NotComputed, Reason


def compared(areas: list[Residents]) -> DemographicDisparity:
    found = demographic_disparity(areas)
    assert isinstance(found, DemographicDisparity)
    return found


def test_shares_of_records_minus_shares_of_residents() -> None:
    found = geographic_disparity({"north": (30, 2000), "south": (70, 8000)})
    assert not isinstance(found, NotComputed)
    north, south = found
    assert (north.area, north.share_of_records, north.share_of_population) == ("north", 0.3, 0.2)
    assert north.difference.value == pytest.approx(0.1)
    low, high = wilson([30], [100])
    assert (north.difference.low, north.difference.high) == pytest.approx((low[0] - 0.2, high[0] - 0.2))
    assert north.difference.significant
    assert south.difference.value == pytest.approx(-0.1)


@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1), st.tuples(st.integers(0, 500), st.integers(1, 9000)), min_size=1))
def test_differences_add_up_to_nothing_and_lie_in_their_interval(areas: dict[str, tuple[int, int]]) -> None:
    found = geographic_disparity({name: (float(r), float(p)) for name, (r, p) in areas.items()})
    if not any(r for r, _ in areas.values()):
        assert found == NotComputed(Reason.TOO_FEW_CASES)
        return
    assert not isinstance(found, NotComputed)
    assert [d.area for d in found] == list(areas)
    assert math.fsum(d.difference.value or 0 for d in found) == pytest.approx(0, abs=1e-9)
    for each in found:
        assert each.difference.value is not None
        assert each.difference.high is not None
        assert each.difference.low - 1e-12 <= each.difference.value <= each.difference.high + 1e-12


def test_a_demographic_disparity_worked_by_hand() -> None:
    # Records 60 and 40 of 100, residents alike, shares 0.5 and 0.1: 0.34 against 0.30.
    # Sample: 0.6 * 0.25 + 0.4 * 0.01 - 0.34^2 = 0.0384, over 100. Shares: (0.1 * 0.02)^2 + (-0.1 * 0.01)^2 = 5e-6.
    found = compared([Residents("a", 60, 500, 0.5, 0.02), Residents("b", 40, 500, 0.1, 0.01)])
    assert (found.of_records, found.of_city) == pytest.approx((0.34, 0.30))
    reach = 1.959964 * math.sqrt(0.0384 / 100 + 5e-6)
    assert found.difference.value == pytest.approx(0.04)
    assert (found.difference.low, found.difference.high) == pytest.approx((0.04 - reach, 0.04 + reach), rel=1e-6)


def test_zero_in_the_interval_is_not_significant() -> None:
    few = compared([Residents("a", 6, 500, 0.5), Residents("b", 4, 500, 0.1)])
    many = compared([Residents("a", 600, 500, 0.5), Residents("b", 400, 500, 0.1)])
    assert few.difference.value == pytest.approx(many.difference.value)
    assert not few.difference.significant
    assert many.difference.significant


def test_records_that_follow_the_residents_show_nothing() -> None:
    found = compared([Residents(str(i), 10.0 * i, 500.0 * i, i / 10) for i in range(1, 10)])
    assert found.difference.value == pytest.approx(0, abs=1e-12)
    assert not found.difference.significant


def test_what_cannot_be_compared() -> None:
    assert demographic_disparity([Residents("a", 0, 10, 0.5)]) == NotComputed(Reason.TOO_FEW_CASES)
    with pytest.raises(ValueError, match="nobody lives"):
        demographic_disparity([])
    with pytest.raises(ValueError, match="nobody lives"):
        geographic_disparity({"a": (1, 0)})
    with pytest.raises(ValueError, match="0 or more"):
        geographic_disparity({"a": (-1, 5)})
    with pytest.raises(ValueError, match="between 0 and 1"):
        demographic_disparity([Residents("a", 1, 10, 50)])


def test_the_intervals_cover() -> None:
    rng = np.random.default_rng(20261122)
    people = rng.integers(800, 6000, 12).astype(float)
    true_share, error = rng.uniform(0.1, 0.6, 12), np.full(12, 0.03)
    chance = people * rng.uniform(0.5, 1.5, 12)
    chance /= chance.sum()
    truth = float(chance @ true_share - people @ true_share / people.sum())
    geographic = float(chance[3] - people[3] / people.sum())
    held = held_area = 0
    repeats = 1500
    for _ in range(repeats):
        records = rng.multinomial(400, chance)
        measured = np.clip(true_share + rng.normal(0, error), 0, 1)
        rows = zip(records, people, measured, error, strict=True)
        found = compared([Residents(str(i), float(r), p, float(s), float(e)) for i, (r, p, s, e) in enumerate(rows)])
        assert found.difference.high is not None
        held += found.difference.low <= truth <= found.difference.high
        places = geographic_disparity(
            {str(i): (float(r), float(p)) for i, (r, p) in enumerate(zip(records, people, strict=True))}
        )
        assert not isinstance(places, NotComputed)
        area = places[3].difference
        assert area.high is not None
        held_area += area.low <= geographic <= area.high
    assert 0.93 <= held / repeats <= 0.975
    assert 0.93 <= held_area / repeats <= 0.975
