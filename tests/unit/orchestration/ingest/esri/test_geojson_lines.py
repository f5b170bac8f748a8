"""Esri's JSON as GeoJSON: against Esri's own answers, and each odd form by itself."""

from __future__ import annotations

import json
from math import log, pi, radians, tan
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import OutsideError
from orchestration.ingest.esri.geojson import RADIUS, Drawing, EsriFeature, Tally, degrees, drawing, geometry, line
from orchestration.ingest.esri.rings import area

DEGREES = Drawing(4326)
PAIRS = "api/arcgis/esri_vs_geojson_pairs"


def turned(shape: Any, how: Drawing = DEGREES, tally: Tally | None = None) -> Any:
    raw = shape if isinstance(shape, bytes) else json.dumps(shape).encode()
    return json.loads(geometry(raw, how, tally or Tally()))


def flat(coordinates: Any) -> list[list[float]]:
    if isinstance(coordinates[0], int | float):
        return [coordinates]
    return [position for part in coordinates for position in flat(part)]


def about(first: list[float], second: list[float]) -> bool:
    return all(abs(a - b) < 1e-9 for a, b in zip(first[:2], second[:2], strict=True))


def load(path: Path) -> Any:
    return json.loads(path.read_bytes())


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("esri", "geojson"),
    [
        ("LineHasZ", "LineHasZCRS4326"),
        ("PointHasZ", "PointHasZCRS4326"),
        ("PolygonHasZ", "PolygonHasZCRS4326"),
        ("arcGISLineResponse", "LineResponse"),
        ("arcGISPointResponse", "PointResponse"),
        ("arcGISPolygonResponse", "PolygonResponse"),
    ],
)
def test_what_esri_itself_makes_of_it(shared_data: Path, esri: str, geojson: str) -> None:
    ours = load(shared_data / PAIRS / f"arcgis__{esri}.json")
    theirs = load(shared_data / PAIRS / f"geojson__geoJSON{geojson}.json")
    how = drawing(ours["spatialReference"], has_z=ours.get("hasZ", False), has_m=ours.get("hasM", False))
    assert how.in_metres
    assert len(ours["features"]) == len(theirs["features"]) > 0
    for mine, right in zip(ours["features"], theirs["features"], strict=True):
        made, wanted = turned(mine["geometry"], how), right["geometry"]
        assert made["type"] == wanted["type"]
        places, sought = flat(made["coordinates"]), flat(wanted["coordinates"])
        if made["type"] == "Polygon":
            # Esri's own GeoJSON runs the old way round; ours as RFC 7946 says.
            assert [area(ring) > 0 for ring in made["coordinates"]] == [
                n == 0 for n in range(len(wanted["coordinates"]))
            ]
            for ring, other in zip(made["coordinates"], wanted["coordinates"], strict=True):
                assert abs(area(ring)) == pytest.approx(abs(area(other)), rel=1e-6)
        else:
            assert all(about(*pair) for pair in zip(places, sought, strict=True))
        assert len(places) == len(sought)
        for place in places:
            assert any(about(place, other) and len(place) == len(other) for other in sought)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["LineHasM", "LineHasZM", "PointHasM", "PointHasZM", "PolygonHasM", "PolygonHasZM"])
def test_measures_are_left_out_and_told(shared_data: Path, name: str) -> None:
    answer = load(shared_data / PAIRS / f"arcgis__{name}.json")
    has_z = bool(answer.get("hasZ"))
    how, tally = drawing(answer["spatialReference"], has_z=has_z, has_m=True), Tally()
    for feature in answer["features"]:
        made = turned(feature["geometry"], how, tally)
        assert {len(position) for position in flat(made["coordinates"])} == {3 if has_z else 2}
    assert 0 < tally.measures <= len(answer["features"])


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name",
    [
        *("esridump/us-ca-carson__us-ca-carson-0", "esridump/us-esri-test__us-esri-test-0"),
        *("esridump/us-fl-polk__us-fl-polk-0", "esridump/us-il-cook__page-full", "featureservice/page"),
    ],
)
def test_recorded_features_keep_their_attributes_and_places(shared_data: Path, name: str) -> None:
    body = (shared_data / f"api/arcgis/{name}.json").read_bytes()
    told = json.loads(body)
    raw = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    features = msgspec.json.decode(raw["features"], type=list[EsriFeature])
    tally = Tally()
    for feature, sent in zip(features, told["features"], strict=True):
        made = line(feature, 7, drawing(told["spatialReference"]), tally)
        assert b"\n" not in made
        assert b"\r" not in made
        read = json.loads(made)
        assert (read["type"], read["id"], read["properties"]) == ("Feature", 7, sent["attributes"])
        point = sent.get("geometry")
        assert read["geometry"] == (point and {"type": "Point", "coordinates": [point["x"], point["y"]]})
    assert tally == Tally()


def test_tokens_of_attributes_and_points_stay_as_they_were_sent() -> None:
    attributes = b'{"a":1.10,\r\n "b":12345678901234567890,"c":"x\\ny","d":1e-7}'
    sent = b'{"attributes":%b,"geometry":{"x":-74.10,"y":40.50}}' % attributes
    made = line(msgspec.json.decode(sent, type=EsriFeature), None, DEGREES, Tally())
    assert made == (
        b'{"type":"Feature","geometry":{"type":"Point","coordinates":[-74.10,40.50]},'
        b'"properties":{"a":1.10, "b":12345678901234567890,"c":"x\\ny","d":1e-7}}'
    )


@pytest.mark.parametrize(
    "shape",
    [
        {"x": "NaN", "y": "NaN"},
        {"x": None, "y": None},
        {"x": None},
        {"rings": []},
        {"rings": [[]]},
        {"paths": []},
        {"points": []},
        {"rings": [[[0, 0], [0, "NaN"], [1, 1], [0, 0]]]},
        {"paths": [[[0, None], [1, 1]]]},
        {"paths": [[[0], [1, 1]]]},
        {},
    ],
)
def test_a_shape_without_a_place_is_no_value(shape: Any) -> None:
    tally = Tally()
    assert turned(shape, tally=tally) is None
    assert tally.empty == 1


def test_no_shape_is_no_value_and_nothing_to_tell() -> None:
    tally = Tally()
    assert turned(None, tally=tally) is None
    assert tally == Tally()


@pytest.mark.parametrize("shape", [{"curveRings": [[[0, 0], {"c": [[3, 3], [1, 4]]}]]}, {"curvePaths": [[[0, 0]]]}])
def test_curves_are_refused_by_name(shape: Any) -> None:
    with pytest.raises(OutsideError, match="drawn with curves"):
        turned(shape)


@pytest.mark.parametrize("shape", [{"rings": "none"}, {"paths": [[["a", "b", {}]]]}, b"[1,2]", b'"x"', b"7"])
def test_what_is_no_shape_is_refused(shape: Any) -> None:
    with pytest.raises(OutsideError, match="no form that is known"):
        turned(shape)


@pytest.mark.parametrize(
    ("shape", "kind", "coordinates"),
    [
        ({"points": [[1, 2], [3, 4]]}, "MultiPoint", [[1, 2], [3, 4]]),
        ({"paths": [[[1, 2], [3, 4]]]}, "LineString", [[1, 2], [3, 4]]),
        ({"paths": [[[1, 2], [3, 4]], [], [[5, 6], [7, 8]]]}, "MultiLineString", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
        ({"rings": [[[0, 0], [0, 1], [1, 0], [0, 0]]]}, "Polygon", [[[0, 0], [1, 0], [0, 1], [0, 0]]]),
        (
            {"rings": [[[0, 0], [0, 1], [1, 0], [0, 0]], [[5, 5], [5, 6], [6, 5], [5, 5]]]},
            "MultiPolygon",
            [[[[0, 0], [1, 0], [0, 1], [0, 0]]], [[[5, 5], [6, 5], [5, 6], [5, 5]]]],
        ),
        ({"hasZ": True, "points": [[1, 2, 9], [3, 4, "NaN"]]}, "MultiPoint", [[1, 2, 9], [3, 4]]),
    ],
)
def test_each_kind(shape: Any, kind: str, coordinates: Any) -> None:
    assert turned(shape) == {"type": kind, "coordinates": coordinates}


def test_the_shape_says_what_stands_behind_x_and_y_before_the_answer_does() -> None:
    how = Drawing(4326, has_z=True)
    assert turned({"hasM": True, "hasZ": False, "points": [[1, 2, 5]]}, how)["coordinates"] == [[1, 2]]
    assert turned({"hasM": True, "points": [[1, 2, 5, 7]]}, how)["coordinates"] == [[1, 2, 5]]


@pytest.mark.parametrize(
    ("reference", "known", "in_metres"),
    [
        ({"wkid": 4326}, True, False),
        ({"wkid": 4326, "latestWkid": 4326}, True, False),
        ({"wkid": 102100, "latestWkid": 3857}, True, True),
        ({"wkid": 3857}, True, True),
        ({"wkid": 102718, "latestWkid": 2263}, False, False),
        ({"wkid": 3435}, False, False),
        ({"wkid": 4269}, False, False),
        ({"wkt": "PROJCS[...]"}, False, False),
        (None, False, False),
    ],
)
def test_which_reference_systems_are_taken(reference: Any, known: bool, in_metres: bool) -> None:
    how = drawing(reference)
    assert (how.known, how.in_metres) == (known, in_metres)


@settings(max_examples=200, deadline=None)
@given(st.floats(-180, 180), st.floats(-85, 85))
def test_metres_come_back_as_the_degrees_they_were_made_of(longitude: float, latitude: float) -> None:
    x, y = RADIUS * radians(longitude), RADIUS * log(tan(pi / 4 + radians(latitude) / 2))
    assert degrees(x, y) == pytest.approx((longitude, latitude), abs=1e-9)
