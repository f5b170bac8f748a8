"""Sources, 24 to 30, and 21 for what comes over the web: addresses that lead inside, portals on a bad day.

Belongs here: one landing or request for each, and the words that come back. Does not belong here: every form of each
(``tests/unit/orchestration/ingest/web``, ``tests/integration/test_web.py``), the protocols' own troubles
(``tests/integration/test_portals_*``).
"""

from __future__ import annotations

import gzip
import json
import logging
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import CauceError, InputError, OutsideError
from orchestration import logs
from orchestration.ingest.caps import Caps
from orchestration.ingest.landing import Landing, in_force
from orchestration.ingest.web import limits
from orchestration.ingest.web.client import Web
from tests.faults.saying import Says
from tests.faults.test_files import GOOD
from tests.unit.orchestration.ingest.conftest import MakeTown, Town
from tests.web_script import MadeUpTime, Scripted, certificate, drip, in_parts, raw, reply, scripted, web

CSV = GOOD.encode()
SECRET = "t0psecret"


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted() as running:
        yield running


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> MadeUpTime:
    time = MadeUpTime()
    monkeypatch.setattr(limits, "CLOCK", time.clock)
    return time


def at(make_town: MakeTown, location: str, **settings: str) -> Town:
    """A source whose file is at a web address."""
    return make_town(server={"format": "csv", "connector": "http", "location": location, **settings})


def land(town: Town, *allowed: Scripted, **more: Any) -> Landing:
    portals = {f"p{n}": one.url for n, one in enumerate(allowed)}
    return town.land(portals=portals, pace=0.0, secret=lambda _: SECRET, **more)


def message(town: Town, *allowed: Scripted) -> str:
    """What is said where a landing is refused before there are bytes."""
    with pytest.raises((InputError, OutsideError)) as told:
        land(town, *allowed)
    return told.value.message


# 21 -----------------------------------------------------------------------------------------


@pytest.mark.fault(21)
def test_a_body_that_unpacks_to_something_enormous(make_town: MakeTown, server: Scripted, says: Says) -> None:
    bomb = gzip.compress(b"\n" * 100_000_000)
    town = at(make_town, server.on("/things.csv", reply(200, bomb, Content_Encoding="gzip")))
    says(message(town, server), "by its ratio")
    town.caps = Caps(raw_bytes=1_000_000)
    says(message(town, server), "by its size")
    with pytest.raises(OutsideError) as told:
        web(town.folder, server).get(f"{server.url}/things.csv")
    says(told.value.message, "a page of records")
    folder = town.home.raw / town.contract.name
    assert not [p for p in folder.rglob("*") if p.is_file()]


# 24 -----------------------------------------------------------------------------------------


@pytest.mark.fault(24)
def test_addresses_that_lead_inside(make_town: MakeTown, server: Scripted, says: Says) -> None:
    for label, host in (
        ("this machine", "127.0.0.1"),
        ("by its name", "localhost"),
        ("in version 6", "[::1]"),
        ("version 4 within version 6", "[::ffff:127.0.0.1]"),
        ("one decimal number", "2130706433"),
        ("octal", "0177.0.0.1"),
        ("hexadecimal", "0x7f.1"),
        ("with letters from another alphabet", "１２７.0.0.1"),
        ("the city's own network", "10.20.30.40"),
        ("where cloud machines keep their keys", "169.254.169.254"),
        ("the same in version 6", "[fd00:ec2::254]"),
        ("a user in front", f"data.example.org@127.0.0.1:{server.port}"),
    ):
        says(message(at(make_town, f"http://{host}/things.csv")), label)
    with scripted() as other:
        town = at(make_town, other.on("/things.csv", reply(200, CSV)))
        says(message(town, server), "another port than the one that was allowed")
        assert (server.heard, other.heard) == ([], [])
        assert land(town, other).outcome == "accepted"


# 25 -----------------------------------------------------------------------------------------


@pytest.mark.fault(25)
def test_redirects_that_lead_inside(make_town: MakeTown, server: Scripted, says: Says) -> None:
    with scripted() as inner:
        for label, to in (
            ("to where cloud machines keep their keys", "http://169.254.169.254/latest/meta-data/"),
            ("to another service of this machine", inner.on("/admin", reply(200, CSV))),
            ("in another spelling", f"http://0x7f.1:{inner.port}/admin"),
            ("to a file", "file:///etc/passwd"),
            ("with a backslash", f"http://data.example.org\\@127.0.0.1:{inner.port}/admin"),
        ):
            town = at(make_town, server.on("/things.csv", reply(302, Location="/next")))
            server.on("/next", reply(302, Location=to))
            says(message(town, server), label)
        assert inner.heard == []
    with scripted(certificate(town.folder, "127.0.0.1")) as safe:
        trust = ssl.create_default_context(cafile=str(town.folder / "127.0.0.1.pem"))
        asking = web(town.folder, safe, server, trust=trust)
        with pytest.raises(OutsideError) as told:
            asking.get(safe.on("/a", reply(301, Location=f"{server.url}/things.csv")))
        says(told.value.message, "from https to http")


# 26 -----------------------------------------------------------------------------------------


@pytest.mark.fault(26)
def test_a_name_that_changes_its_mind(tmp_path: Path, server: Scripted, says: Says) -> None:
    asked: list[str] = []

    def names(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["198.51.100.7"] if len(asked) > 1 else ["127.0.0.1"]

    mirror = server.on("/a", reply(200, b"[1]")).replace("127.0.0.1", "portal.example.org")
    asking = Web(tmp_path, [("p", mirror)], 0, names=names)
    assert [asking.get(mirror).json() for _ in range(3)] == [[1]] * 3
    assert asked == ["portal.example.org"]
    for label, numbers in (("the name of an inner address", ["10.0.0.5"]), ("one of them", ["8.8.8.8", "127.0.0.1"])):

        def others(_host: str, _port: int, found: Sequence[str] = numbers) -> Sequence[str]:
            return found

        with pytest.raises(InputError) as told:
            Web(tmp_path, (), 0, names=others).get("https://portal.example.org/a")
        says(told.value.message, label)


# 27 -----------------------------------------------------------------------------------------


@pytest.mark.fault(27)
def test_bodies_without_end(make_town: MakeTown, server: Scripted, made_up: MadeUpTime, says: Says) -> None:
    town = at(make_town, f"{server.url}/things.csv")
    server.on("/things.csv", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99000000000000\r\n\r\nid", then_close=False))
    says(message(town, server), "one that says how large it is")
    town.caps = Caps(raw_bytes=1_000_000)
    server.on("/things.csv", drip(b"HTTP/1.1 200 OK\r\n\r\n", CSV * 1_000, 1_000))
    says(message(town, server), "one that never ends")
    made_up.each = 1.0  # from here on, every look at the clock takes a second
    server.on("/things.csv", drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"i", 2_000))
    says(message(town, server), "a byte now and then")
    server.on("/things.csv", drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", 2_000))
    says(message(town, server), "headers, a byte now and then")
    assert not list(town.home.raw.rglob("landings/*"))


# 28 -----------------------------------------------------------------------------------------


@pytest.mark.fault(28)
def test_a_portal_on_a_bad_day(make_town: MakeTown, server: Scripted, made_up: MadeUpTime, says: Says) -> None:
    town = at(make_town, server.on("/things.csv", reply(429, Retry_After="7"), reply(503), reply(200, CSV)))
    first = land(town, server)
    assert first.outcome == "accepted"
    assert made_up.slept == [7, pytest.approx(0.75)]
    more = CSV + b"z,Zoe,1,2026-01-09\n"
    server.on("/things.csv", in_parts(more, breaks_after=30), reply(500), in_parts(more))
    assert land(town, server).accepted == first.accepted + 1
    assert [one.headers.get("range") for one in server.heard[-2:]] == ["bytes=30-"] * 2
    standing = in_force(town.home, town.contract)
    for label, say in (
        ("too busy, again and again", reply(503)),
        ("it asks to be left alone for long", reply(429, Retry_After="86400")),
        ("it breaks off, and gives no parts", reply(200, CSV, cut=30)),
        ("it never answers", raw(b"")),
        ("not there any more", reply(404)),
    ):
        server.on("/things.csv", say)
        says(message(town, server), label)
        assert in_force(town.home, town.contract) == standing


# 29 -----------------------------------------------------------------------------------------


@pytest.mark.fault(29)
def test_certificates_that_are_not_accepted(
    make_town: MakeTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: Says
) -> None:
    for label, authority in (("signed by itself", False), ("signed by an authority that nobody knows", True)):
        with scripted(certificate(tmp_path, "127.0.0.1", authority=authority)) as server:
            says(message(at(make_town, server.on("/things.csv", reply(200, CSV))), server), label)
            assert server.heard == []
    for label, host, days in (("expired", "127.0.0.1", -1), ("of another name", "data.example.org", 30)):
        made = certificate(tmp_path, host, days=days)
        monkeypatch.setenv("SSL_CERT_FILE", str(made))
        with scripted(made) as server:
            town = at(make_town, server.on("/things.csv", reply(200, CSV)), credential="${CITY_TOKEN}")
            says(message(town, server), label)
            assert server.heard == []
    with scripted() as server:
        server.scheme = "https"
        says(message(at(make_town, server.on("/things.csv", reply(200, CSV))), server), "no TLS at all")


# 30 -----------------------------------------------------------------------------------------


@pytest.mark.fault(30)
def test_credentials_stand_nowhere(
    make_town: MakeTown, server: Scripted, says: Says, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    town = at(make_town, f"{server.url}/things.csv?sas={SECRET}", credential="${CITY_TOKEN}")
    told: list[str] = []
    with scripted() as other, logs.keeping(town.home, "testtown", "cauce run"):
        elsewhere = other.on("/c", reply(200, CSV)) + f"?sas={SECRET}"
        for label, says_so in (
            ("refused", [reply(401)]),
            ("in trouble", [reply(503)]),
            ("broken off", [reply(200, CSV, cut=10)]),
            ("sent on to a file", [reply(302, Location=f"file:///etc/passwd?sas={SECRET}")]),
            ("sent on inside", [reply(302, Location=f"http://10.0.0.1/?sas={SECRET}")]),
            ("packed as nobody asked", [reply(200, CSV, Content_Encoding="br")]),
        ):
            server.on("/things.csv", *says_so)
            with pytest.raises(CauceError) as error:
                land(town, server)
            says(error.value.message, label)
            told += [error.value.message, repr(error.value.as_dict()), str(logs.describe(error.value))]
        server.on("/things.csv", reply(503), reply(302, Location=elsewhere))
        assert land(town, server, other).outcome == "accepted"
        assert "authorization" not in other.heard[0].headers
    assert {one.headers["authorization"] for one in server.heard} == {f"Bearer {SECRET}"}
    assert SECRET not in "\n".join(told) + caplog.text
    files = [p for p in town.home.root.parent.rglob("*") if p.is_file()]
    assert any(
        json.loads(line)["event"] == "asked again" for p in logs.files(town.home) for line in p.read_text().splitlines()
    )
    assert [p for p in files if SECRET.encode() in p.read_bytes()] == []
