"""Rings of polygons: whose holes are whose, whatever their order and wherever they touch."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.ingest.esri.rings import Ring, area, group

FEW = settings(max_examples=150, deadline=None)


def square(x: float, y: float, side: float, *, clockwise: bool) -> Ring:
    ring = [[x, y], [x, y + side], [x + side, y + side], [x + side, y], [x, y]]
    return ring if clockwise else ring[::-1]


def star(x: float, y: float, radius: float, corners: int, random: Random) -> Ring:
    """A counterclockwise ring around a middle: no two of its sides cross."""
    turns = sorted(random.uniform(0, 2 * math.pi) for _ in range(corners - 4)) + [n * math.pi / 2 for n in range(4)]
    lengths = [radius * random.uniform(0.8, 1) for _ in turns]
    ring = [[x + r * math.cos(t), y + r * math.sin(t)] for t, r in zip(sorted(turns), lengths, strict=True)]
    return [*ring, ring[0]]


@FEW
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=6),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_areas_add_up_and_holes_lie_in_their_own(holes: list[int], seed: int, islands: bool) -> None:
    random = Random(seed)
    rings: list[Ring] = []
    expected: list[tuple[float, int]] = []
    for n, count in enumerate(holes):
        x = n * 100.0 - 250
        outer = star(x, 40, 40, random.randint(5, 30), random)
        rings.append(outer[::-1])
        expected.append((area(outer), count))
        for m in range(count):
            at = x + 12 * math.cos(m * math.pi / 2), 40 + 12 * math.sin(m * math.pi / 2)
            rings.append(star(*at, 5, 7, random))
            if islands:  # a clockwise ring within a hole is an area of its own
                island = star(*at, 1, 6, random)
                rings.append(island[::-1])
                expected.append((area(island), 0))
    before = sum(area(ring) for ring in rings)
    random.shuffle(rings)
    areas = group(rings)
    assert sorted((round(area(one[0]), 9), len(one) - 1) for one in areas) == sorted(
        (round(turn, 9), count) for turn, count in expected
    )
    assert sum(area(ring) for one in areas for ring in one) == pytest.approx(-before)
    for one in areas:
        assert area(one[0]) > 0
        low, high = min(p[0] for p in one[0]), max(p[0] for p in one[0])
        for hole in one[1:]:
            assert area(hole) < 0
            assert low < min(p[0] for p in hole) <= max(p[0] for p in hole) < high
    assert sorted(map(len, rings)) == sorted(len(ring) for one in areas for ring in one)


def test_a_hole_that_touches_its_outer_ring_with_its_first_corner() -> None:
    outer = square(0, 0, 10, clockwise=True)
    hole = [[0.0, 5.0], [4.0, 3.0], [4.0, 6.0], [0.0, 5.0]]
    assert area(hole) > 0
    [[ring, inner]] = group([hole, outer])
    assert ring == outer[::-1]
    assert inner == hole[::-1]


def test_a_hole_whose_corners_all_lie_on_its_outer_ring() -> None:
    outer = square(0, 0, 10, clockwise=True)
    diamond = [[5.0, 0.0], [10.0, 5.0], [5.0, 10.0], [0.0, 5.0], [5.0, 0.0]]
    assert area(diamond) > 0
    assert [len(one) for one in group([outer, diamond])] == [2]


def test_the_smallest_ring_around_a_hole_is_its_own() -> None:
    large, small = square(0, 0, 100, clockwise=True), square(10, 10, 20, clockwise=True)
    moat = square(5, 5, 40, clockwise=False)
    pond = square(12, 12, 4, clockwise=False)
    grouped = group([pond, large, moat, small])
    assert [(min(one[0]), len(one)) for one in grouped] == [([0, 0], 2), ([10, 10], 2)]


def test_rings_that_all_run_the_wrong_way_are_areas() -> None:
    grouped = group([square(0, 0, 5, clockwise=False), square(20, 0, 5, clockwise=False)])
    assert [len(one) for one in grouped] == [1, 1]
    assert all(area(one[0]) > 0 for one in grouped)


def test_a_hole_in_nothing_is_an_area() -> None:
    grouped = group([square(0, 0, 5, clockwise=True), square(20, 0, 5, clockwise=False)])
    assert [len(one) for one in grouped] == [1, 1]
    assert all(area(one[0]) > 0 for one in grouped)


def test_far_from_the_origin_the_turn_is_still_told() -> None:
    far = 1e8
    ring = square(far, far, 0.001, clockwise=True)
    assert area(ring) < 0
