"""Answers that nobody should send: each is read, refused by name, or left to the door; nothing else happens."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import OutsideError
from orchestration.ingest.esri.answer import page_of, read_answer
from orchestration.ingest.esri.geojson import Tally
from orchestration.ingest.esri.layer import Layer
from orchestration.ingest.georeport.answer import NotThisForm, ServerSaid, read_records, read_requests

LAYER = Layer({"geometryType": "esriGeometryPoint"}, "OBJECTID", None, True, False, None, 4326)
DEEP = b"[" * 50_000


def lines(body: bytes) -> list[bytes]:
    return page_of(read_answer(body, "shown"), LAYER, "shown", Tally(), shapes=True).lines


def feature(attributes: bytes = b'{"OBJECTID":1}', geometry: bytes = b"null", more: bytes = b"") -> bytes:
    return b'{%b"features":[{"attributes":%b,"geometry":%b}]}' % (more, attributes, geometry)


@pytest.mark.parametrize(
    "body",
    [
        b'{"features":' + DEEP,
        b'{"a":' * 50_000,
        DEEP,
        b"",
        b"null",
        b'{"error":{"code":1,"message":"\xff"}}',
        feature(b'{"OBJECTID":1,"a":' + DEEP + b"]" * 50_000 + b"}"),
        feature(geometry=DEEP + b"]" * 50_000),
        feature(b'{"OBJECTID":1e400}'),
        feature(b'{"OBJECTID":1.5}'),
        feature(b"null"),
        feature(b"[]"),
        b'{"features":[1]}',
        b'{"features":[null]}',
        b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":null}]}',
        b'{"count":"5"}',
        b'{"objectIds":["a"]}',
        feature(geometry=b'{"x":"a","y":2}', more=b'"spatialReference":{"wkid":3857},'),
        feature(geometry=b'{"x":1,"y":2}', more=b'"spatialReference":{"wkid":99999999999999999999},'),
    ],
)
def test_what_is_refused(body: bytes) -> None:
    with pytest.raises(OutsideError):
        lines(body)


@pytest.mark.parametrize("geometry", [b'{"x":true,"y":2}', b'{"x":{\n"a":1},"y":2}', b'{"x":1,"y":\n[\r\n]}'])
def test_a_point_that_is_none_goes_to_the_door_on_one_line(geometry: bytes) -> None:
    [line] = lines(feature(geometry=geometry))
    assert b"\n" not in line
    assert b"\r" not in line
    json.loads(line)


@pytest.mark.parametrize("geometry", [b'{"x":1e300,"y":1e300}', b'{"points":[[-1e300,-1e300],[1e300,1e300]]}'])
def test_metres_beyond_every_map_are_degrees_beyond_every_map(geometry: bytes) -> None:
    [line] = lines(feature(geometry=geometry, more=b'"spatialReference":{"wkid":3857},'))
    coordinates = json.loads(line)["geometry"]["coordinates"]
    for x, y in coordinates if isinstance(coordinates[0], list) else [coordinates]:
        assert abs(x) > 180
        assert abs(y) == pytest.approx(90)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"{", b"[", b"<", b'{"features":[{"attributes":', b"[{", b"<services>"]),
)
def test_no_bytes_raise_anything_else(body: bytes, start: bytes) -> None:
    with suppress(OutsideError):
        assert all(b"\n" not in line for line in lines(start + body))
    with suppress(OutsideError, NotThisForm, ServerSaid):
        assert all(b"\n" not in one.line for one in read_requests(read_records(start + body, 200, "shown")))


@pytest.mark.parametrize("body", [DEEP, b'{"a":' * 50_000, b'[{"service_request_id":' + DEEP, b"<a>" + b"<b>" * 50_000])
def test_requests_nested_too_deeply(body: bytes) -> None:
    with pytest.raises(OutsideError):
        read_records(body, 200, "shown")


def test_a_request_in_another_encoding_goes_to_the_door() -> None:
    [one] = read_requests(read_records(b'[{"service_request_id":"caf\xe9"}]', 200, "shown"))
    assert one.line == b'{"service_request_id":"caf\xe9"}'
    assert one.at is None
