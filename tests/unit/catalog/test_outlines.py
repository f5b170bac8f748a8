"""Outlines from a release's own GeoJSON: light, without gaps, with words where they fit."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog.maps.outlines import HEAVIEST, Outlines, boundary_file, outlines
from catalog.store import Store
from catalog.views import ReleaseView
from contracts.errors import ArtefactError
from contracts.kept import sha256_bytes
from contracts.release import KeptFile
from contracts.shelf import DiskShelf
from tests.unit.catalog.site_world import CHECKED_AT, build_world

Point = tuple[float, float]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> ReleaseView:
    world = build_world(tmp_path_factory.mktemp("outlines"))
    product = Store(world.city, world.home, "public").product("districts", CHECKED_AT.replace(tzinfo=None))
    assert product.current is not None
    return product.current


def with_boundaries(release: ReleaseView, root: Path, shapes: dict[str, Any]) -> ReleaseView:
    """The release with these shapes as its GeoJSON."""
    features = [
        {"type": "Feature", "properties": {"district_id": k, "district_name": f"The {k}"}, "geometry": shape}
        for k, shape in shapes.items()
    ]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    place = root / release.release.place
    place.mkdir(parents=True)
    (place / "data.geojson").write_bytes(data)
    kept = KeptFile("data.geojson", sha256_bytes(data), len(data), len(shapes), "application/geo+json")
    manifest = replace(release.manifest, rows=len(shapes), files=(*release.manifest.files, kept))
    return replace(
        release, manifest=manifest, release=replace(release.release, manifest=manifest, shelf=DiskShelf(root))
    )


def polygon(*corners: Point) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[*map(list, corners), list(corners[0])]]}


def wavy(x: float, south: float, north: float, corners: int = 3000) -> list[Point]:
    """A frontier from south to north with more corners than a page can show."""
    steps = [south + (north - south) * n / corners for n in range(corners + 1)]
    return [(x + 0.004 * math.sin(y * 700) + 0.0004 * math.sin(y * 9000), y) for y in steps]


def two_halves() -> dict[str, Any]:
    frontier = wavy(-74.0, 4.5, 4.7)
    west = polygon((-74.1, 4.5), *frontier, (-74.1, 4.7))
    east = polygon((-73.9, 4.7), *frontier[::-1], (-73.9, 4.5))
    return {"W": west, "E": east}


def rings(path: str) -> list[list[Point]]:
    """The corners of a path's rings."""
    found = []
    for start, rest in re.findall(r"M(-?\d+ -?\d+)l([^z]*)z", path):
        x, y = map(int, start.split())
        ring: list[Point] = [(x, y)]
        steps = [int(n) for n in re.findall(r"-?\d+", rest)]
        for right, down in zip(steps[::2], steps[1::2], strict=True):
            x, y = x + right, y + down
            ring.append((x, y))
        found.append(ring)
    return found


def holds(path: str, at: Point) -> bool:
    """Whether a point lies inside a path (even-odd)."""
    inside = False
    for ring in rings(path):
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y1 > at[1]) != (y2 > at[1]) and at[0] < x1 + (at[1] - y1) * (x2 - x1) / (y2 - y1):
                inside = not inside
    return inside


def drawn(release: ReleaseView, root: Path, shapes: dict[str, Any]) -> Outlines:
    found = outlines(with_boundaries(release, root, shapes), "district_id", "district_name")
    assert found is not None
    return found


def test_neighbours_keep_one_line_between_them(release: ReleaseView, tmp_path: Path) -> None:
    west, east = drawn(release, tmp_path, two_halves()).areas
    assert (west.area, west.name) == ("W", "The W")
    (one,), (other,) = rings(west.path), rings(east.path)
    shared = set(one) & set(other)
    assert 10 < len(shared) < 1500
    edge = {c for c in one if c[0] > 0}
    assert edge <= shared, "the frontier has the same corners on both sides"


def test_every_area_holds_the_place_of_its_words(release: ReleaseView, tmp_path: Path) -> None:
    found = drawn(release, tmp_path, two_halves())
    for area in found.areas:
        assert holds(area.path, area.middle)
        assert area.room > 100
        for ring in rings(area.path):
            assert all(-1 <= x <= found.width + 1 and -1 <= y <= found.height + 1 for x, y in ring)
    assert found.width / found.height == pytest.approx(math.cos(math.radians(4.6)), abs=0.05)


def test_a_lake_stays_a_hole_and_islets_too_small_to_see_are_left_out(release: ReleaseView, tmp_path: Path) -> None:
    outer = [[-74.1, 4.5], [-73.9, 4.5], [-73.9, 4.7], [-74.1, 4.7], [-74.1, 4.5]]
    lake = [[-74.03, 4.57], [-74.03, 4.63], [-73.97, 4.63], [-73.97, 4.57], [-74.03, 4.57]]
    islet = [[[-73.88, 4.6], [-73.87999, 4.6], [-73.87999, 4.60001], [-73.88, 4.6]]]
    isle = [[[-73.88, 4.5], [-73.86, 4.5], [-73.86, 4.52], [-73.88, 4.52], [-73.88, 4.5]]]
    shape = {"type": "MultiPolygon", "coordinates": [isle, [outer, lake], islet]}
    (area,) = drawn(release, tmp_path, {"1": shape}).areas
    assert len(rings(area.path)) == 3
    x, y = area.middle
    assert holds(area.path, (x, y))
    hole = rings(area.path)[1]
    middle = (sum(x for x, _ in hole) / len(hole), sum(y for _, y in hole) / len(hole))
    assert not holds(area.path, middle)


def test_boundaries_that_do_not_quite_meet_are_mended(release: ReleaseView, tmp_path: Path) -> None:
    left = polygon((-74.1, 4.5), (-74.0, 4.5), (-74.0, 4.6), (-74.0, 4.7), (-74.1, 4.7))
    right = polygon((-73.99999, 4.5), (-73.9, 4.5), (-73.9, 4.7), (-74.00001, 4.7))
    one, other = drawn(release, tmp_path, {"1": left, "2": right}).areas
    assert len(set(rings(one.path)[0]) & set(rings(other.path)[0])) >= 2


def test_eighty_areas_of_many_corners_stay_light(release: ReleaseView, tmp_path: Path) -> None:
    shapes = {}
    for n in range(80):
        x, y = -74.1 + 0.02 * (n % 10), 4.5 + 0.02 * (n // 10)
        left, right = wavy(x, y, y + 0.02, 80), wavy(x + 0.02, y, y + 0.02, 80)
        shapes[f"{n:02d}"] = polygon(*left[::-1], *right)
    found = drawn(release, tmp_path, shapes)
    assert sum(len(a.path) for a in found.areas) <= HEAVIEST
    assert all(holds(a.path, a.middle) for a in found.areas)
    again = drawn(release, tmp_path / "again", shapes)
    assert again == found


def test_without_a_file_of_boundaries_there_is_no_outline(release: ReleaseView) -> None:
    assert boundary_file(release) is None
    assert outlines(release, "district_id", "district_name") is None


@pytest.mark.parametrize("key", ["no_such_column"])
def test_a_file_without_the_key_is_named(release: ReleaseView, tmp_path: Path, key: str) -> None:
    told = with_boundaries(release, tmp_path, two_halves())
    with pytest.raises(ArtefactError, match=r"data\.geojson"):
        outlines(told, key, "district_name")


def test_an_altered_file_is_refused(release: ReleaseView, tmp_path: Path) -> None:
    told = with_boundaries(release, tmp_path, two_halves())
    path = tmp_path / told.release.place / "data.geojson"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ArtefactError):
        outlines(told, "district_id", "district_name")
