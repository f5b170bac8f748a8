"""A source that is one file at a web address: landed, left alone while it is the same, gone on with where it broke."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import InputError, OutsideError
from contracts.kept import sha256_bytes
from orchestration.ingest import connectors
from orchestration.ingest.caps import Caps
from orchestration.ingest.connectors import http
from orchestration.ingest.delivery import Errand, Fetched, Unchanged
from orchestration.ingest.errands import errand_for
from orchestration.ingest.landing import surely_unchanged
from orchestration.ingest.web import limits, partial
from tests.unit.orchestration.ingest.conftest import THIRD_PARTY_WARNINGS, MakeTown, Town, make_town
from tests.web_script import Heard, MadeUpTime, Scripted, in_parts, raw, reply, scripted

__all__ = ["make_town"]

pytestmark = [pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS]

CSV = b"id,name,amount,day\n" + b"".join(b"%d,Ann,2,2026-01-05\n" % n for n in range(40_000))
LAST = b"39999,Ann,2,2026-01-05\n"
SECRET = "t0psecret"


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted() as running:
        yield running


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CLOCK", MadeUpTime().clock)


@pytest.fixture
def web_town(make_town: MakeTown, server: Scripted) -> Town:
    """A source whose file the server has at ``/things.csv``."""
    return make_town(server={"format": "csv", "connector": "http", "portal": "city", "location": "things.csv"})


def asks(server: Scripted, **more: Any) -> dict[str, Any]:
    return {"portals": {"city": server.url}, "pace": 0.0, "secret": lambda _: SECRET, **more}


def errand(town: Town, server: Scripted, **more: Any) -> Errand:
    return errand_for(town.contract, town.job(**asks(server, **more)))[1]


# Looking again


def validated(body: bytes, **signs: Any) -> Any:
    """A file with these signs; not modified where the request knows one of them."""

    def say(connection: Any, heard: Heard) -> None:
        known = heard.headers.get("if-none-match") or heard.headers.get("if-modified-since")
        said = reply(304, **signs) if known and known in signs.values() else reply(200, body, **signs)
        said(connection, heard)

    return say


DAY = "Sat, 31 Jan 2026 05:00:00 GMT"


@pytest.mark.parametrize(
    "signs", [{"ETag": '"v1"'}, {"ETag": 'W/"v1"'}, {"Last_Modified": DAY}, {"ETag": '"v1"', "Last_Modified": DAY}]
)
def test_a_file_that_is_as_it_was_is_not_sent_again(web_town: Town, server: Scripted, signs: dict[str, Any]) -> None:
    server.on("/things.csv", validated(CSV, **signs))
    first = web_town.land(**asks(server))
    assert (first.outcome, first.accepted, first.raw_sha256) == ("accepted", 40_000, sha256_bytes(CSV))
    assert surely_unchanged(web_town.contract, web_town.job(**asks(server)))
    assert web_town.land(**asks(server)).outcome == "unchanged"
    assert len(server.heard) == 3
    server.on("/things.csv", validated(CSV + b"x,Bob,1,2026-01-06\n", ETag='"v2"'))
    assert not surely_unchanged(web_town.contract, web_town.job(**asks(server)))
    assert web_town.land(**asks(server)).accepted == 40_001


def test_a_server_without_signs_is_asked_whole_and_the_bytes_are_compared(web_town: Town, server: Scripted) -> None:
    server.on("/things.csv", reply(200, CSV))
    assert web_town.land(**asks(server)).outcome == "accepted"
    assert not surely_unchanged(web_town.contract, web_town.job(**asks(server)))
    assert web_town.land(**asks(server)).outcome == "unchanged"
    assert "if-none-match" not in server.heard[1].headers


def test_force_asks_without_conditions(web_town: Town, server: Scripted) -> None:
    server.on("/things.csv", validated(CSV, ETag='"v1"'))
    web_town.land(**asks(server))
    assert web_town.land(**asks(server, force=True)).outcome == "accepted"
    assert "if-none-match" not in server.heard[1].headers


def test_the_plan_asks_a_server_in_trouble_only_once(web_town: Town, server: Scripted) -> None:
    server.on("/things.csv", validated(CSV, ETag='"v1"'))
    web_town.land(**asks(server))
    server.on("/things.csv", reply(503))
    assert not surely_unchanged(web_town.contract, web_town.job(**asks(server)))
    assert len(server.heard) == 2


# Going on


def broken_off(town: Town, server: Scripted, after: int = 300_000) -> None:
    """A fetch that broke for good after some of the file."""
    whole = in_parts(CSV, breaks_after=after)
    server.on("/things.csv", whole, reply(503))
    with pytest.raises(OutsideError, match="does not answer as it should") as told:
        town.land(**asks(server))
    assert told.value.retry
    server.heard.clear()


def test_a_fetch_that_broke_goes_on_in_the_next_run(web_town: Town, server: Scripted) -> None:
    broken_off(web_town, server)
    server.on("/things.csv", in_parts(CSV))
    assert web_town.land(**asks(server)).accepted == 40_000
    assert [one.headers.get("range") for one in server.heard] == ["bytes=300000-"]
    assert server.heard[0].headers["if-range"] == '"v1"'
    assert list(errand(web_town, server).unfinished.iterdir()) == []


def test_a_file_that_changed_meanwhile_is_fetched_anew(web_town: Town, server: Scripted) -> None:
    broken_off(web_town, server)
    server.on("/things.csv", in_parts(CSV.removesuffix(LAST), '"v2"'))
    assert web_town.land(**asks(server)).accepted == 39_999


@pytest.mark.parametrize(
    "part",
    [
        reply(416),
        reply(206, CSV[7:], ETag='"v1"', Content_Range=f"bytes 7-{len(CSV) - 1}/{len(CSV)}"),
        reply(206, CSV[300_000:], ETag='"v2"', Content_Range=f"bytes 300000-{len(CSV) - 1}/{len(CSV)}"),
        reply(206, CSV[300_000:], ETag='"v1"'),
        reply(200, CSV),
    ],
)
def test_a_part_that_does_not_fit_is_not_taken(web_town: Town, server: Scripted, part: Any) -> None:
    broken_off(web_town, server)
    server.on("/things.csv", part, in_parts(CSV))
    assert web_town.land(**asks(server)).raw_sha256 == sha256_bytes(CSV)


def test_what_stands_behind_the_size_that_is_sure_is_cut_off(web_town: Town, server: Scripted) -> None:
    broken_off(web_town, server)
    with (errand(web_town, server).unfinished / partial.BYTES).open("ab") as file:
        file.write(b"\0" * 5_000)
    server.on("/things.csv", in_parts(CSV))
    assert web_town.land(**asks(server)).raw_sha256 == sha256_bytes(CSV)


@pytest.mark.parametrize("spoil", ["state torn", "bytes gone", "bytes shorter", "another request", "newer format"])
def test_what_is_torn_or_of_another_request_is_not_gone_on_with(web_town: Town, server: Scripted, spoil: str) -> None:
    broken_off(web_town, server)
    folder = errand(web_town, server).unfinished
    state = json.loads((folder / partial.STATE).read_text())
    match spoil:
        case "state torn":
            (folder / partial.STATE).write_text("{")
        case "bytes gone":
            (folder / partial.BYTES).unlink()
        case "bytes shorter":
            (folder / partial.BYTES).write_bytes(CSV[:100])
        case "another request":
            (folder / partial.STATE).write_text(json.dumps({**state, "asked": "0" * 64}))
        case _:
            (folder / partial.STATE).write_text(json.dumps({**state, "format_version": 999}))
    server.on("/things.csv", in_parts(CSV))
    assert web_town.land(**asks(server)).raw_sha256 == sha256_bytes(CSV)
    assert "range" not in server.heard[0].headers


def _land_until_killed(town: Town, url: str) -> None:
    partial.EVERY = 1
    town.land(portals={"city": url}, pace=0.0)


def test_a_process_that_was_killed_is_gone_on_with_by_the_next(web_town: Town, server: Scripted) -> None:
    waiting, sent = threading.Event(), 2_500_000
    body = CSV * 4

    def hang(connection: Any, _: Heard) -> None:
        head = f'HTTP/1.1 200 OK\r\nETag: "v1"\r\nAccept-Ranges: bytes\r\nContent-Length: {len(body)}\r\n\r\n'
        connection.sendall(head.encode() + body[:sent])
        waiting.wait(30)

    server.on("/things.csv", hang)
    process = multiprocessing.get_context("fork").Process(target=_land_until_killed, args=(web_town, server.url))
    process.start()
    state = errand(web_town, server).unfinished / partial.STATE
    for _ in range(600):
        process.join(0.05)
        if state.exists():
            break
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    waiting.set()
    sure = json.loads(state.read_text())["size"]
    assert 0 < sure <= sent
    server.on("/things.csv", in_parts(body))
    brought = http.bring(errand(web_town, server))
    assert isinstance(brought, Fetched)
    assert (brought.sha256, brought.size) == (sha256_bytes(body), len(body))
    assert brought.path.read_bytes() == body
    assert int(server.heard[-1].headers["range"].removeprefix("bytes=").rstrip("-")) >= sure


def test_a_server_without_parts_leaves_nothing_behind(web_town: Town, server: Scripted) -> None:
    server.on("/things.csv", reply(200, CSV, cut=300_000))
    with pytest.raises(OutsideError, match="the connection broke after 300,000 bytes"):
        web_town.land(**asks(server))
    assert not errand(web_town, server).unfinished.exists()
    assert list(errand(web_town, server).folder.iterdir()) == []


def test_a_file_larger_than_is_taken_leaves_nothing_behind(web_town: Town, server: Scripted) -> None:
    web_town.caps = Caps(raw_bytes=500_000)
    head = b'HTTP/1.1 200 OK\r\nETag: "v1"\r\nAccept-Ranges: bytes\r\nTransfer-Encoding: chunked\r\n\r\n'
    server.on("/things.csv", raw(head + b"%x\r\n" % len(CSV) + CSV + b"\r\n0\r\n\r\n"))
    with pytest.raises(OutsideError, match="more than 500,000 bytes") as told:
        web_town.land(**asks(server))
    assert not told.value.retry
    assert list(errand(web_town, server).unfinished.iterdir()) == []


# What is sent


def test_a_file_is_asked_for_as_it_is(web_town: Town, server: Scripted) -> None:
    server.on("/things.csv", reply(200, CSV))
    web_town.land(**asks(server))
    assert server.heard[0].headers["accept-encoding"] == "identity"
    assert "authorization" not in server.heard[0].headers


def test_a_server_that_packs_all_the_same_is_understood(web_town: Town, server: Scripted) -> None:
    server.on(
        "/things.csv", reply(200, gzip.compress(CSV), Content_Encoding="gzip", ETag='"v1"', Accept_Ranges="bytes")
    )
    assert web_town.land(**asks(server)).raw_sha256 == sha256_bytes(CSV)


@pytest.mark.parametrize("told", [{}, {"Content_Encoding": "gzip"}])
def test_a_packed_file_stays_packed_even_if_the_server_calls_that_an_encoding(
    make_town: MakeTown, server: Scripted, told: dict[str, Any]
) -> None:
    settings = {"format": "csv", "compression": "gzip", "connector": "http", "location": f"{server.url}/t.csv.gz"}
    packed = gzip.compress(CSV)
    server.on("/t.csv.gz", reply(200, packed, **told))
    landing = make_town(server=settings).land(**asks(server))
    assert (landing.raw_sha256, landing.accepted) == (sha256_bytes(packed), 40_000)


def test_a_credential_is_sent_and_stands_nowhere(make_town: MakeTown, server: Scripted) -> None:
    town = make_town(
        server={
            "format": "csv",
            "connector": "http",
            "location": f"{server.url}/things.csv?sas={SECRET}",
            "credential": "${CITY_TOKEN}",
        }
    )
    server.on("/things.csv", in_parts(CSV, breaks_after=300_000), in_parts(CSV))
    assert town.land(**asks(server)).accepted == 40_000
    assert {one.headers["authorization"] for one in server.heard} == {f"Bearer {SECRET}"}
    written = [p for p in town.home.root.parent.rglob("*") if p.is_file()]
    assert len(written) > 4
    assert [p for p in written if SECRET.encode() in p.read_bytes()] == []


# What is refused


@pytest.mark.parametrize(
    ("status", "what", "hint"),
    [
        (401, "may not be read", "credential"),
        (403, "may not be read", "credential"),
        (404, "is not there", "new address"),
        (410, "is not there", "new address"),
        (400, "was not given", "browser"),
        (501, "cannot be given just now", "later"),
    ],
)
def test_a_status_is_told_with_what_it_usually_means(
    web_town: Town, server: Scripted, status: int, what: str, hint: str
) -> None:
    server.on("/things.csv", reply(status, b"<html>sorry</html>"))
    with pytest.raises(OutsideError, match=f"a source's file {what}.*status {status}") as told:
        web_town.land(**asks(server))
    assert hint in str(told.value.hint)
    assert told.value.retry is (status >= 500)


def test_a_page_of_html_is_found_where_the_file_is_read(web_town: Town, server: Scripted) -> None:
    server.on("/things.csv", reply(200, b"<!DOCTYPE html><html><body>Closed for maintenance</body></html>"))
    landing = web_town.land(**asks(server))
    assert landing.outcome == "refused"
    assert "HTML" in str(landing.refusal)


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"location": "things.csv"}, "needs portal"),
        ({"location": "things.csv", "portal": "nowhere"}, "a portal has no address"),
        ({"location": "file:///etc/passwd"}, "only web addresses are asked"),
        ({"location": "s3://bucket/key.csv"}, "only web addresses are asked"),
        ({"location": "https://0x7f.1/x.csv"}, "127.0.0.1"),
    ],
)
def test_a_location_that_is_no_web_address_is_told_with_its_line(
    make_town: MakeTown, settings: dict[str, str], what: str
) -> None:
    town = make_town(server={"format": "csv", "connector": "http", **settings})
    with pytest.raises(InputError, match=what) as told:
        town.land()
    assert "things.odcs.yaml:" in str(told.value.where)


# Told from an address, and by the server


@pytest.mark.parametrize(
    ("url", "portal", "settings"),
    [
        ("https://data.example.org/a/b.csv", "https://data.example.org", {"location": "a/b.csv", "format": "csv"}),
        (
            "https://data.example.org:8443/b.CSV.gz?v=1",
            "https://data.example.org:8443",
            {"location": "b.CSV.gz?v=1", "format": "csv", "compression": "gzip"},
        ),
        (
            "http://data.example.org/b.json.zip",
            "http://data.example.org",
            {"location": "b.json.zip", "format": "json", "compression": "zip"},
        ),
        (
            "https://data.example.org/b.geojson",
            "https://data.example.org",
            {"location": "b.geojson", "format": "geojson"},
        ),
        ("https://data.example.org/b.ndjson", "https://data.example.org", {"location": "b.ndjson", "format": "jsonl"}),
        ("https://data.example.org/b.xlsx#s", "https://data.example.org", {"location": "b.xlsx", "format": "xlsx"}),
        (
            "https://data.example.org/b.parquet",
            "https://data.example.org",
            {"location": "b.parquet", "format": "parquet"},
        ),
    ],
)
def test_an_address_that_ends_as_a_file_does_is_recognised(url: str, portal: str, settings: dict[str, str]) -> None:
    found = http.recognise(url)
    assert found is not None
    assert (found.connector, found.portal, found.settings) == ("http", portal, settings)


@pytest.mark.parametrize(
    "url", ["https://data.example.org/", "https://data.example.org/x.pdf", "file:///x.csv", "x.csv", ""]
)
def test_other_addresses_are_not(url: str) -> None:
    assert http.recognise(url) is None


@pytest.mark.parametrize(
    ("given", "title", "format_name"),
    [
        ({}, "things", "csv"),
        ({"Content_Disposition": 'attachment; filename="Requests 2026.geojson"'}, "Requests 2026", "geojson"),
        ({"Content_Disposition": "attachment; filename*=UTF-8''a%C3%B1o.csv"}, "año", "csv"),
        ({"Content_Disposition": 'attachment; filename="../../etc/passwd.csv"'}, "passwd", "csv"),
    ],
)
def test_a_file_is_described_by_its_name_and_its_last_change(
    web_town: Town, server: Scripted, given: dict[str, Any], title: str, format_name: str
) -> None:
    server.on("/things.csv", reply(200, CSV, Last_Modified=DAY, **given))
    described = http.describe(errand(web_town, server))
    assert (described.title, described.updated_at) == (title, "2026-01-31T05:00:00+00:00")
    assert described.settings == {"location": "things.csv", "format": format_name}


def test_a_file_that_is_not_there_is_not_described(web_town: Town, server: Scripted) -> None:
    with pytest.raises(OutsideError, match="is not there"):
        http.describe(errand(web_town, server))


def test_the_connector_has_its_row() -> None:
    assert connectors.CONNECTORS["http"] == http.__name__


def test_unchanged_is_said_with_the_newest_signs(web_town: Town, server: Scripted) -> None:
    server.on("/things.csv", validated(CSV, ETag='"v1"'))
    web_town.land(**asks(server))
    server.on("/things.csv", reply(304, ETag='"v1"', Last_Modified=DAY))
    brought = http.bring(errand(web_town, server))
    assert brought == Unchanged({"etag": '"v1"', "last-modified": DAY})
    assert errand(web_town, server).folder != Path()
