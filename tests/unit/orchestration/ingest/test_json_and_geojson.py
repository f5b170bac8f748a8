"""JSON documents and GeoJSON at the door: types from tokens, shapes as WKT, counts that add up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestration.ingest.landing import Landing
from tests.unit.orchestration.ingest.conftest import MakeTown, Town
from tests.unit.orchestration.ingest.test_csv_faults import refusal

DOCUMENT = {"format": "json", "records": "result.records"}
COLUMNS = (
    {"name": "name", "logicalType": "string", "classification": "public", "required": True},
    {"name": "shape", "logicalType": "string", "classification": "public"},
    {"name": "number", "logicalType": "integer", "classification": "public"},
)
SERVER = {"format": "geojson", "geometryColumn": "shape", "featureIdColumn": "number"}
SQUARE = [[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]


def document(*records: Any) -> str:
    parts = ", ".join(r if isinstance(r, str) else json.dumps(r) for r in records)
    return f'{{"help": "x", "result": {{"records": [{parts}], "total": {len(records)}}}}}'


def feature(name: str, shape: Any, number: Any = None) -> dict[str, Any]:
    return {"type": "Feature", "id": number, "properties": {"name": name, "more": 1}, "geometry": shape}


def collection(*features: Any, **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", **more, "features": features})


def of(kind: str, coordinates: Any) -> dict[str, Any]:
    return {"type": kind, "coordinates": coordinates}


@pytest.fixture
def geo(make_town: MakeTown) -> Town:
    return make_town(*COLUMNS, server=SERVER)


def test_records_of_a_document(make_town: MakeTown) -> None:
    town = make_town(server=DOCUMENT)
    landing = town.land(
        document(
            {"id": "01", "amount": 1.5}, {"id": 2}, 7, '{"id": "03", "id": "04"}', '{"id": "05", "name": "a\u0007b"}'
        )
    )
    assert town.accepted(landing) == [("01", None, 1.5, None, 1)]
    assert town.reasons(landing) == {
        2: ["id.type"],
        3: ["record.json"],
        4: ["record.keys"],
        5: ["record.characters"],
    }
    assert landing.drift == {"added": [], "missing": ["name", "day"]}


def test_11_12_13_numbers_of_a_document_stay_what_they_are(make_town: MakeTown) -> None:
    kinds = [("text", "string", None), ("whole", "integer", None), ("money", "number", "DECIMAL(38,4)")]
    columns = [
        {"name": n, "logicalType": t, "classification": "public", **({"physicalType": p} if p else {})}
        for n, t, p in kinds
    ]
    town = make_town(*columns, server={"format": "json"})
    landing = town.land(
        '[{"text": "007", "whole": 9223372036854775807, "money": 1.10},'
        '{"text": "1.10", "whole": 12345678901234567890, "money": 1},'
        '{"text": "8", "whole": 1, "money": 12345678901234567890},'
        '{"text": 8, "whole": 1, "money": 1}]'
    )
    assert town.reasons(landing) == {2: ["whole.type"], 4: ["text.type"]}
    rows = town.accepted(landing)
    assert rows[0][:2] == ("007", 9223372036854775807)
    assert [str(row[2]) for row in rows] == ["1.1000", "12345678901234567890.0000"]


def test_13_16_refused_documents_say_why(make_town: MakeTown) -> None:
    town = make_town(server=DOCUMENT)
    assert refusal(town.land(document('{"id": NaN}')))["found"] == "NaN or Infinity, which JSON does not have"
    gone = town.land(document({"ident": "1"}, {"ident": "2"}))
    assert refusal(gone)["what"] == "declared keys are missing from the file"
    assert gone.rejected == 2
    assert refusal(town.land("id,name\n1,x\n"))["what"] == "the file is not a JSON document"
    assert refusal(town.land("<html></html>"))["found"] == "a page of HTML"
    assert refusal(town.land(document()))["what"] == "the file holds no record"


def test_json_lines_are_strict_json(make_town: MakeTown) -> None:
    town = make_town(server={"format": "jsonl"})
    landing = town.land('{"id": "1", "amount": NaN}\n{"id": "2",}\n{"id": "3", "amount": Infinity}\n{"id": "4"}\n')
    assert town.reasons(landing) == {1: ["record.json"], 2: ["record.json"], 3: ["record.json"]}
    assert landing.accepted == 1


def test_7_another_encoding(make_town: MakeTown) -> None:
    data = document({"id": "1", "name": "Ñandú"}, {"id": "2", "name": "Ámbar"}).replace("\\u00d1", "Ñ")
    data = data.replace("\\u00e1", "á").replace("\\u00fa", "ú").replace("\\u00c1", "Á")
    town = make_town(server=DOCUMENT)
    assert refusal(town.land(data.encode("latin-1")))["what"] == "the file is not in the declared encoding"
    town = make_town(server={**DOCUMENT, "encoding": "latin-1"})
    assert [row[1] for row in town.accepted(town.land(data.encode("latin-1")))] == ["Ñandú", "Ámbar"]


def test_features_become_columns(geo: Town) -> None:
    landing = geo.land(
        collection(
            feature("point", of("Point", [-74.10, 40.7, 12]), 1),
            feature("none", None),
            feature("empty", of("MultiPolygon", [])),
            feature("area", of("Polygon", SQUARE), "2"),
            feature("two", of("MultiLineString", [[[0, 0], [1, 1]], [[2, 2], [3, 3]]])),
            crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
        )
    )
    assert [row[:3] for row in geo.accepted(landing)] == [
        ("point", "POINT(-74.1 40.7)", 1),
        ("none", None, None),
        ("empty", None, None),
        ("area", "POLYGON((0 0,0 1,1 1,1 0,0 0))", 2),
        ("two", "MULTILINESTRING((0 0,1 1),(2 2,3 3))", None),
    ]
    assert landing.drift == {"added": ["more"], "missing": []}


SPOILT: tuple[tuple[Any, str], ...] = (
    (of("Point", [200, 2]), "geometry.range"),
    (of("Point", [40.7, -174]), "geometry.swapped"),
    (of("Point", ["-74", "40"]), "geometry.form"),
    (of("Point", [[-74, 40]]), "geometry.form"),
    (of("Point", [1, 2, 3, 4, 5]), "geometry.form"),
    (of("LineString", [[1, 2]]), "geometry.form"),
    (of("Circle", [1, 2]), "geometry.form"),
    ({"type": "GeometryCollection", "geometries": []}, "geometry.form"),
    ("POINT(1 2)", "geometry.form"),
    (of("Polygon", [[[0, 0], [0, 1], [1, 1], [1, 0]]]), "geometry.ring"),
    (of("Polygon", [[[0, 0], [0, 1], [0, 0]]]), "geometry.ring"),
    (of("Polygon", [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]), "geometry.crossing"),
    (of("Polygon", [[[0, 0], [1, 1], [2, 2], [0, 0]]]), "geometry.crossing"),
)


def test_19_shapes_that_are_set_aside(geo: Town) -> None:
    shapes = [of("Point", [1, 2]), *(shape for shape, _ in SPOILT)]
    landing = geo.land(collection(*(feature(f"number {n}", shape) for n, shape in enumerate(shapes))))
    assert geo.reasons(landing) == {n: [reason] for n, (_, reason) in enumerate(SPOILT, start=2)}
    assert landing.accepted == 1
    assert json.loads(geo.quarantined(landing)[0][3])["name"] == "number 1"


def test_19_swapped_and_outside_of_declared_bounds(make_town: MakeTown) -> None:
    town = make_town(*COLUMNS, server={**SERVER, "bounds": [-74.3, 40.4, -73.7, 41.0]})
    points = [[-74, 40.7], [40.7, -74], [-3.7, 40.4]]
    landing = town.land(collection(*(feature(str(n), of("Point", p)) for n, p in enumerate(points))))
    assert town.reasons(landing) == {2: ["geometry.swapped"], 3: ["geometry.outside"]}


def test_19_the_wrong_reference_system(geo: Town) -> None:
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::26910"}}
    good = feature("x", of("Point", [1, 2]))
    for text in (collection(good, crs=named), collection(good, crs={"type": "name"})):
        told = refusal(geo.land(text))
        assert told["what"] == "the coordinates are in the wrong reference system"
        assert "EPSG:4326" in str(told["try"])
    metres = geo.land(collection(feature("a", of("Point", [500_000, 4_000_000])), feature("b", None)))
    assert refusal(metres)["found"] == "coordinates beyond 180 and 90: metres or feet"
    assert metres.rejected == 2


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_reference_systems_in_degrees(geo: Town, name: str) -> None:
    system = {"type": "name", "properties": {"name": name}}
    assert geo.land(collection(feature("x", None), crs=system)).accepted == 1


def test_what_is_no_collection_or_no_feature(geo: Town) -> None:
    assert refusal(geo.land(json.dumps({**feature("x", None), "features": []})))["found"] == "Feature"
    esri = {"geometryType": "esriGeometryPoint", "spatialReference": {}, "features": [{"attributes": {}}]}
    assert "Esri" in str(refusal(geo.land(json.dumps(esri)))["found"])
    strange = {"type": "Feature", "properties": [1], "geometry": None}
    landing = geo.land(collection(feature("x", None), {"type": "Thing", "properties": {"name": "y"}}, strange))
    assert {n: r[0] for n, r in geo.reasons(landing).items()} == {2: "record.feature", 3: "record.feature"}


def test_a_name_twice_in_the_properties(geo: Town) -> None:
    twice = '{"type": "Feature", "properties": {"name": "a", "name": "b"}, "geometry": null}'
    text = f'{{"type": "FeatureCollection", "features": [{json.dumps(feature("x", None))}, {twice}]}}'
    assert geo.reasons(geo.land(text)) == {2: ["record.keys"]}


def test_one_feature_to_a_line(make_town: MakeTown) -> None:
    town = make_town(*COLUMNS, server={**SERVER, "format": "geojsonl"})
    rows = [feature("a", of("Point", [1, 2]), 5), feature("b", of("Point", [1, 200]))]
    landing = town.land("".join(json.dumps(row) + "\n" for row in rows))
    assert [row[:3] for row in town.accepted(landing)] == [("a", "POINT(1 2)", 5)]
    assert town.reasons(landing) == {2: ["geometry.range"]}


def test_a_shape_beyond_the_cap(make_town: MakeTown) -> None:
    from orchestration.ingest.caps import Caps

    town = make_town(*COLUMNS, server=SERVER)
    town.caps = Caps(record_bytes=2000)
    ring = [[n / 1000, 0] for n in range(500)]
    landing: Landing = town.land(collection(feature("x", None), feature("huge", of("LineString", ring))))
    assert refusal(landing)["what"] == "a record is too large"
    assert "record 2" in str(refusal(landing)["where"])


def test_a_line_too_long_to_be_taken_apart(make_town: MakeTown) -> None:
    town = make_town(server={"format": "jsonl"})
    landing = town.land(json.dumps({"id": "1", "name": "x" * 9_000_000}) + '\n{"id": "2"}\n')
    assert town.reasons(landing) == {1: ["record.size"]}
    assert landing.accepted == 1


def test_a_shape_of_too_many_positions(geo: Town) -> None:
    line = of("LineString", [[n / 200_000, 0.123456789012] for n in range(200_000)])
    landing = geo.land(collection(feature("x", None), feature("huge", line)))
    assert geo.reasons(landing) == {2: ["geometry.size"]}
