"""The invented city's map and pools."""

from __future__ import annotations

from itertools import pairwise

import pytest

from cities.demo import places


def area(ring: tuple[places.Coordinate, ...]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def test_districts_tile_without_gap_or_overlap() -> None:
    # Every border piece runs once in each direction, or lies on the outline; so no two districts overlap.
    pieces = [piece for ring in places.rings() for piece in pairwise(ring)]
    assert len(set(pieces)) == len(pieces)
    outer = [piece for piece in pieces if piece[::-1] not in set(pieces)]
    # The pieces without a neighbour form one closed line around the city.
    follow = dict(outer)
    assert len(follow) == len(outer)
    start = outer[0][0]
    at, around = follow[start], [start]
    while at != start:
        around.append(at)
        at = follow[at]
    assert len(around) == len(outer)
    assert sum(area(ring) for ring in places.rings()) == pytest.approx(area((*around, around[0])), rel=1e-9)
    assert all(area(ring) > 0 for ring in places.rings())


def test_every_district_has_a_closed_ring_and_its_site_inside() -> None:
    import numpy as np

    for district, ring in zip(places.DISTRICTS, places.rings(), strict=True):
        assert ring[0] == ring[-1]
        x, y = (np.array([v]) for v in district.site)
        assert places._inside(x, y, ring)[0]
        assert places.wkt(ring).startswith("POLYGON ((-76.")


def test_addresses_lie_in_their_districts() -> None:
    pool = places.addresses(7)
    each = places.ADDRESSES_EACH
    assert len(pool.text) == each * len(places.DISTRICTS)
    for n, ring in enumerate(places.rings()):
        own = slice(n * each + places.MARKED_ADDRESSES_EACH, (n + 1) * each)
        assert places._inside(pool.longitude[own], pool.latitude[own], ring).all()


def test_markers_are_unique_and_stand_only_on_marked_entries() -> None:
    pool, people = places.addresses(7), places.reporters(7)
    marked = set(pool.marked())
    assert {i for i, text in enumerate(pool.text) if places.MARKER in text} == marked
    assert {i for i, v in enumerate(pool.latitude) if str(v).endswith(places.MARKED_DIGITS)} == marked
    assert {i for i, v in enumerate(pool.longitude) if str(v).endswith(places.MARKED_DIGITS)} == marked
    first = set(range(places.MARKED_REPORTERS))
    assert {i for i, v in enumerate(people.name) if places.MARKER in v} == first
    assert {i for i, v in enumerate(people.email) if places.MARKER.lower() in v} == first
    assert {i for i, v in enumerate(people.phone) if v.startswith(places.MARKED_PHONE)} == first
    for values in (pool.text, people.name, people.email):
        hits = [v for v in values if places.MARKER.lower() in v.lower()]
        assert len(set(hits)) == len(hits)


def test_pools_follow_from_the_seed() -> None:
    assert places.addresses(7).text == places.addresses(7).text
    assert places.addresses(7).text != places.addresses(8).text
    assert places.reporters(7) == places.reporters(7)
    assert places.reporters(7) != places.reporters(8)
