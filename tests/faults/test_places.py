"""Places and instants that cannot be, 19: each record is set aside with its reason.

Belongs here: dates, hours, coordinates and shapes. Does not belong here: how a date is written (``test_files``).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.faults.saying import Says
from tests.faults.test_files import refused, set_aside
from tests.unit.orchestration.ingest.conftest import MakeTown

PUBLIC = {"classification": "public"}
SHAPES = (
    {"name": "id", "logicalType": "string", "required": True, "primaryKey": True, "primaryKeyPosition": 1, **PUBLIC},
    {"name": "shape", "logicalType": "string", **PUBLIC},
)
GEOJSON = {"format": "geojson", "geometryColumn": "shape", "bounds": [-75.0, 3.0, -73.0, 5.0]}
SQUARE = [[[-74.1, 4.6], [-74.0, 4.6], [-74.0, 4.7], [-74.1, 4.7], [-74.1, 4.6]]]
BOW_TIE = [[[-74.1, 4.6], [-74.0, 4.7], [-74.0, 4.6], [-74.1, 4.7], [-74.1, 4.6]]]
OPEN = [[[-74.1, 4.6], [-74.0, 4.6], [-74.0, 4.7], [-74.1, 4.7]]]


@pytest.mark.fault(19)
def test_instants_that_cannot_be(make_town: MakeTown, says: Says) -> None:
    at = {
        "name": "at",
        "logicalType": "timestamp",
        **PUBLIC,
        "logicalTypeOptions": {"format": "yyyy-MM-dd HH:mm", "timezone": False, "defaultTimezone": "America/New_York"},
    }
    day = {
        "name": "day",
        "logicalType": "date",
        **PUBLIC,
        "logicalTypeOptions": {"minimum": "1990-01-01", "maximum": "2026-12-31"},
    }
    town = make_town(at, day)
    landing = town.land(
        "at,day\n2026-03-08 01:59,2026-01-01\n2026-03-08 02:30,2026-01-01\n2026-03-08 03:30,1900-01-01\n"
        "2026-03-08 04:30,2062-01-01\n"
    )
    sentences = set_aside(town, landing)
    assert sorted(sentences) == [2, 3, 4]
    says(sentences[2], "an hour that summer time skipped")
    says(sentences[3], "a date in 1900")
    says(sentences[4], "a date in the future")


@pytest.mark.fault(19)
def test_coordinates_that_are_swapped_or_none(make_town: MakeTown, says: Says) -> None:
    def within(low: float, high: float) -> dict[str, Any]:
        return {"logicalType": "number", **PUBLIC, "logicalTypeOptions": {"minimum": low, "maximum": high}}

    town = make_town({"name": "latitude", **within(3, 5)}, {"name": "longitude", **within(-75, -73)})
    landing = town.land("latitude,longitude\n4.6,-74.1\n-74.1,4.6\n0,0\n")
    sentences = set_aside(town, landing)
    assert sorted(sentences) == [2, 3]
    says(sentences[2], "two columns swapped")
    says(sentences[3], "zero, zero")


@pytest.mark.fault(19)
def test_shapes_that_cannot_be(make_town: MakeTown, says: Says) -> None:
    town = make_town(*SHAPES, server=GEOJSON)
    shapes: tuple[tuple[str, str, Any], ...] = (
        ("a right one", "Polygon", SQUARE),
        ("it crosses itself", "Polygon", BOW_TIE),
        ("latitude before longitude", "Point", [4.65, -74.05]),
        ("a ring that is not closed", "Polygon", OPEN),
        ("another part of the world", "Point", [4.65, 4.6]),
        ("no place on earth", "Point", [500, 4.6]),
    )
    features = [
        {"type": "Feature", "properties": {"id": f"{n}"}, "geometry": {"type": kind, "coordinates": where}}
        for n, (_, kind, where) in enumerate(shapes, start=1)
    ]
    landing = town.land(json.dumps({"type": "FeatureCollection", "features": features}))
    sentences = set_aside(town, landing)
    assert sorted(sentences) == [2, 3, 4, 5, 6]
    for number, (label, _, _) in enumerate(shapes, start=1):
        if number in sentences:
            says(sentences[number], label)


@pytest.mark.fault(19)
def test_another_coordinate_system(make_town: MakeTown, says: Says) -> None:
    town = make_town(*SHAPES, server=GEOJSON)
    metres = {"type": "Point", "coordinates": [1001234.5, 1004321.5]}
    feature = {"type": "Feature", "properties": {"id": "1"}, "geometry": metres}
    collection: dict[str, Any] = {"type": "FeatureCollection", "features": [feature] * 3}
    says(refused(town.land(json.dumps(collection))), "coordinates in metres")
    named = {**collection, "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3116"}}}
    says(refused(town.land(json.dumps(named))), "a system by its name")
