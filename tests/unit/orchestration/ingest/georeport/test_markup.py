"""XML answers: every value, no document type, and no entity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import OutsideError
from orchestration.ingest.georeport.answer import NotThisForm, ServerSaid, read_records, read_requests
from orchestration.ingest.georeport.markup import NotRead, read_markup

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'


def records(body: bytes) -> list[Any]:
    return [json.loads(line) for line in read_markup(body)[1]]


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "count"), [("requests_many", 2), ("requests_single", 1)])
def test_recorded_requests(shared_data: Path, name: str, count: int) -> None:
    outermost, lines = read_markup((shared_data / f"open311/georeport_v2_responses/{name}.xml").read_bytes())
    assert (outermost, len(lines)) == ("service_requests", count)
    first = json.loads(lines[0])
    assert list(first)[:3] == ["service_request_id", "status", "status_notes"]
    assert (first["service_request_id"], first["lat"], first["long"]) == (
        "101005420892",
        "43.691104288",
        "-79.272306875",
    )
    assert (first["description"], first["updated_datetime"], first["zipcode"]) == (None, None, None)
    assert first["address"] == "Warden Ave / Freeman St, Scarborough"


@pytest.mark.real_data
def test_recorded_services_in_another_language(shared_data: Path) -> None:
    outermost, lines = read_markup((shared_data / "open311/georeport_v2_responses/services_giessen.xml").read_bytes())
    assert (outermost, len(lines)) == ("services", 8)
    assert json.loads(lines[3])["service_name"] == "Verkehrsschild beschädigt"
    assert "Straßen- und Gehwegschäden".encode() in lines[4]


def test_nested_and_repeated_elements() -> None:
    body = HEAD + (
        b"<service_requests><request><id>007</id><x><a>1</a><b/><a> 2 </a></x><note>a &amp; b\n c</note>"
        b"<m>t<i>u</i></m><e>  </e></request><request/></service_requests>"
    )
    assert records(body) == [
        {
            "id": "007",
            "x": {"a": ["1", " 2 "], "b": None},
            "note": "a & b\n c",
            "m": {"i": "u", "#text": "t"},
            "e": None,
        },
        None,
    ]
    assert all(b"\n" not in line for line in read_markup(body)[1])


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1))
def test_a_text_comes_as_it_was_sent(text: str) -> None:
    from xml.sax.saxutils import escape

    body = f"<r><one><a>{escape(text)}</a></one></r>".encode()
    assert records(body) == [{"a": text if text.strip() else None}]


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><a><b>&x;</b></a></r>',
        b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><r><a><b>&b;</b></a></r>',
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1/r.dtd"><r/>',
        b"<!DOCTYPE r><r/>",
        HEAD + b"<r><a><b>&unknown;</b></a></r>",
        b"<r><a>",
        b"<r></s>",
        b"<r/><r/>",
        b"",
        b'<?xml version="1.0" encoding="x-unheard-of"?><r/>',
        b"<r>" + b"<a>" * 40 + b"</a>" * 40 + b"</r>",
    ],
)
def test_what_is_not_read(body: bytes) -> None:
    with pytest.raises(NotRead):
        read_markup(body)


def test_a_document_type_is_refused_by_name() -> None:
    body = (
        b'<!DOCTYPE service_requests [<!ENTITY x SYSTEM "file:///etc/passwd">]><service_requests>&x;</service_requests>'
    )
    with pytest.raises(OutsideError, match=r"an XML answer is not taken.*a document type or an entity") as refused:
        read_records(body, 200, "https://x.example/requests.xml")
    assert not refused.value.retry


@pytest.mark.parametrize(
    ("body", "status", "code", "description"),
    [
        (
            b'[{"code":400,"description":"jurisdiction_id was not provided"}]',
            400,
            400,
            "jurisdiction_id was not provided",
        ),
        (b'[{"code":"403","description":"Missing or Invalid API Key"}]', 200, 403, "Missing or Invalid API Key"),
        (b'{"errors":[{"code":404,"description":"not found"}]}', 404, 404, "not found"),
        (b'{"error":"too busy"}', 200, 0, "too busy"),
        (b'{"message":"Not Found"}', 404, 404, "Not Found"),
        (b'{"code":500,"description":"General service error"}', 200, 500, "General service error"),
        (HEAD + b"<errors><error><code>404</code><description>none</description></error></errors>", 200, 404, "none"),
        (HEAD + b"<errors/>", 500, 500, ""),
        (b"[]", 400, 400, ""),
        (b"Forbidden", 403, 403, ""),
        (b"<html><h1>Not Found</h1></html>", 404, 404, ""),
        (b'[{"code":"x","description":"bad"}]', 400, 400, "bad"),
    ],
)
def test_errors_whatever_the_status(body: bytes, status: int, code: int, description: str) -> None:
    with pytest.raises(ServerSaid) as said:
        read_records(body, status, "shown")
    assert (said.value.code, said.value.description) == (code, description)


def test_a_request_that_has_a_code_and_a_description_is_no_error() -> None:
    body = b'[{"service_request_id":"1","service_code":"7","code":3,"description":"A hole in the road"}]'
    assert len(read_records(body, 200, "shown")) == 1


@pytest.mark.parametrize("body", [b"<!doctype html><p>We'll be back", b"OK", b'{"status":"ok"}', b"<rss/>", b""])
def test_what_is_no_answer(body: bytes) -> None:
    with pytest.raises(NotThisForm):
        read_records(body, 200, "shown")


@pytest.mark.parametrize(
    "body", [b'[{"service_request_id":"1"},{"ser', b'{"service_requests":[{"a"', b"<service_requests>"]
)
def test_what_is_cut_off(body: bytes) -> None:
    with pytest.raises(OutsideError) as refused:
        read_records(body, 200, "shown")
    assert refused.value.retry


def test_an_array_below_a_name_and_tokens_as_they_were_sent() -> None:
    body = b'{"service_requests": [\n {"service_request_id": 7, "lat": 40.10,\n "n": 12345678901234567890}]}'
    [line] = read_records(body, 200, "shown")
    assert b"\n" not in line
    assert b"40.10" in line
    assert b"12345678901234567890" in line


def test_what_tells_requests_apart() -> None:
    lines = [
        b'{"service_request_id":"7","requested_datetime":"2026-01-01T00:00:00Z","status":"open"}',
        b'{"service_request_id":"7","requested_datetime":"2026-01-01T00:00:00Z","status":"closed"}',
        b'{"service_request_id":"7","requested_datetime":"2025-01-01T01:00:00+01:00"}',
        b'{"service_request_id":null,"token":"a"}',
        b'{"service_request_id":"","token":"b"}',
        b'{"service_request_id":NaN}',
    ]
    found = read_requests(lines)
    assert [one.line for one in found] == lines
    assert found[0].sign == found[1].sign
    assert len({one.sign for one in found}) == 5
    assert [one.at.isoformat() if one.at else None for one in found[1:4]] == [
        *("2026-01-01T00:00:00+00:00", "2025-01-01T00:00:00+00:00", None)
    ]
