"""Asking real servers on this machine that misbehave: what is tried again, what is refused, what nobody gets to see."""

from __future__ import annotations

import gzip
import json
import logging
import ssl
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.errors import CauceError, InputError, OutsideError
from orchestration.ingest.web.client import Web
from orchestration.ingest.web.limits import Limits
from tests.portals.certificates import self_signed
from tests.web_script import MadeUpTime, Scripted, certificate, drip, in_parts, raw, reply, scripted, web

DOCUMENT = {"records": [1, "1.10", None], "text": "ñandú"}
JSON = json.dumps(DOCUMENT).encode()
FILE = bytes(range(256)) * 2_000


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Scripted]:
    with scripted() as running:
        yield running


def read(web: Web, url: str, **more: object) -> bytes:
    out, buffer = b"", memoryview(bytearray(10_000))
    with web.open(url, headers={"accept-encoding": "identity"}, most=1 << 30, **more) as opened:  # type: ignore[arg-type]
        while count := opened.stream.readinto(buffer):
            out += buffer[:count]
    return out


# What is sent and answered


def test_a_small_body_comes_whole_with_lower_case_headers(tmp_path: Path, server: Scripted) -> None:
    url = server.on("/a", reply(200, gzip.compress(JSON), Content_Encoding="gzip", X_Rows="3"))
    query = (("$limit", "1000"), ("$where", "a > '2026-01-01' AND b = 'x&y'"))
    answer = web(tmp_path, server).get(url + "?z=1#part", query=query, headers={"X-App-Token": "s3cret"})
    assert (answer.status, answer.json(), answer.headers["x-rows"]) == (200, DOCUMENT, "3")
    assert answer.shown == url
    sent = server.heard[0]
    assert sent.target == "/a?z=1&%24limit=1000&%24where=a%20%3E%20%272026-01-01%27%20AND%20b%20%3D%20%27x%26y%27"
    assert sent.headers["x-app-token"] == "s3cret"
    assert sent.headers["accept-encoding"] == "gzip"
    assert sent.headers["user-agent"].startswith("Cauce/")
    assert sent.headers["host"] == f"127.0.0.1:{server.port}"


def test_one_connection_serves_many_requests(tmp_path: Path, server: Scripted) -> None:
    url = server.on("/a", reply(200, JSON))
    asking = web(tmp_path, server)
    assert {asking.get(url).status for _ in range(20)} == {200}
    assert server.connections == 1


def test_no_cookie_is_kept(tmp_path: Path, server: Scripted) -> None:
    url = server.on("/a", reply(200, JSON, Set_Cookie="session=1"))
    asking = web(tmp_path, server)
    asking.get(url)
    asking.get(url)
    assert "cookie" not in server.heard[1].headers


@pytest.mark.parametrize("status", [200, 204, 304, 400, 401, 404, 416])
def test_an_answer_that_will_not_pass_is_the_connectors_to_judge(tmp_path: Path, server: Scripted, status: int) -> None:
    body = b"" if status in (204, 304) else b"said"
    answer = web(tmp_path, server).get(server.on("/a", reply(status, body)))
    assert (answer.status, answer.body) == (status, body)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"<!DOCTYPE html><html><body>down</body></html>", "a page of HTML, 45 bytes"),
        (b"\n<?xml version='1.0'?><error/>", "XML"),
        (JSON[:-5], "JSON that is cut off or broken"),
        (b'{"a": 1} {"b": 2}', "JSON that is cut off or broken"),
        (b"[" * 5_000, "JSON that is cut off or broken"),
        (b"", "nothing"),
        (b"Service temporarily unavailable", "31 bytes of something else"),
    ],
)
def test_what_is_not_json_is_named(tmp_path: Path, server: Scripted, body: bytes, what: str) -> None:
    answer = web(tmp_path, server).get(server.on("/a", reply(200, body)))
    with pytest.raises(OutsideError, match="a portal's answer is not JSON") as told:
        answer.json()
    assert what in str(told.value.found)


def test_a_byte_order_mark_before_json_is_no_fault(tmp_path: Path, server: Scripted) -> None:
    assert web(tmp_path, server).get(server.on("/a", reply(200, b"\xef\xbb\xbf" + JSON))).json() == DOCUMENT


@pytest.mark.parametrize("secret", ["t0psecret\n", "t0p\r\nX-Evil: 1", "t0psecret\x00", "t0psecretñ€"])
def test_a_secret_that_is_no_header_is_told_without_showing_it(tmp_path: Path, server: Scripted, secret: str) -> None:
    with pytest.raises(InputError, match="a header cannot be sent, x-app-token") as told:
        web(tmp_path, server).get(server.url, headers={"X-App-Token": secret})
    assert "t0p" not in told.value.message
    assert server.heard == []


def test_a_sign_that_cannot_be_sent_back_is_no_sign(tmp_path: Path, server: Scripted) -> None:
    url = server.on("/a", raw(b'HTTP/1.1 200 OK\r\nETag: "a\x0bb"\r\nX-Ok: \tyes\r\nContent-Length: 2\r\n\r\n[]'))
    headers = web(tmp_path, server).get(url).headers
    assert headers == {"x-ok": "yes", "content-length": "2"}


def test_a_transfer_encoding_that_is_not_known_is_refused(tmp_path: Path, server: Scripted) -> None:
    url = server.on("/a", raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"))
    with pytest.raises(OutsideError, match="a body sent as 'gzip, chunked'"):
        web(tmp_path, server).get(url)


# What is tried again


@pytest.mark.parametrize("status", [429, 408, 425, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_waited_for(tmp_path: Path, server: Scripted, status: int) -> None:
    time = MadeUpTime()
    url = server.on("/a", reply(status, b"no"), reply(status, b"no"), reply(200, JSON))
    assert web(tmp_path, server, time=time).get(url).json() == DOCUMENT
    assert time.slept == pytest.approx([0.375, 0.75])


@pytest.mark.parametrize("said", ["5", "Sat, 31 Jan 2026 06:00:05 GMT"])
def test_retry_after_is_kept_in_both_forms(tmp_path: Path, server: Scripted, said: str) -> None:
    time = MadeUpTime()
    url = server.on("/a", reply(429, Retry_After=said, Date="Sat, 31 Jan 2026 06:00:00 GMT"), reply(200, JSON))
    web(tmp_path, server, time=time).get(url)
    assert time.slept == [5]


def test_a_long_pause_is_told(tmp_path: Path, server: Scripted) -> None:
    told: list[str] = []
    asking = web(tmp_path, server)
    asking.tell = told.append
    asking.get(server.on("/a", reply(503), reply(503, Retry_After="30"), reply(200, JSON)))
    assert told == [f"waiting 30 s for 127.0.0.1:{server.port} (status 503)"]


def test_other_sources_leave_a_host_alone_that_asked_one_of_us(tmp_path: Path, server: Scripted) -> None:
    time, later = MadeUpTime(), MadeUpTime()
    url = server.on("/a", reply(503, Retry_After="40"), reply(200, JSON))
    web(tmp_path, server, time=time, pace=10).get(url)
    web(tmp_path, server, time=later, pace=10).get(url)
    assert sum(later.slept) == pytest.approx(40.1)


BROKEN = {
    "a length that is not kept": reply(200, JSON, cut=10),
    "no answer at all": raw(b""),
    "a head that breaks off": raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "chunks that break off": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" + JSON[:16]),
    "chunks without an end": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[1,2\r\n"),
    "a chunk without a size": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n[1,2\r\n"),
    "gzip that breaks off": reply(200, gzip.compress(JSON)[:-6], Content_Encoding="gzip"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_small_body_that_breaks_off_is_asked_for_again_whole(tmp_path: Path, server: Scripted, how: str) -> None:
    url = server.on("/a", BROKEN[how], BROKEN[how], reply(200, JSON))
    assert web(tmp_path, server).get(url).json() == DOCUMENT
    assert len(server.heard) == 3


@pytest.mark.parametrize("how", BROKEN)
def test_what_breaks_off_for_ever_is_told_and_may_be_tried_later(tmp_path: Path, server: Scripted, how: str) -> None:
    url = server.on("/a", BROKEN[how])
    with pytest.raises(OutsideError, match=r"does not answer as it should.*, 6 times") as told:
        web(tmp_path, server).get(url)
    assert told.value.retry
    assert len(server.heard) == 6


def test_nobody_listens(tmp_path: Path) -> None:
    with scripted() as gone:
        url = gone.url
    with pytest.raises(OutsideError, match="connection refused, 6 times") as told:
        web(tmp_path, gone).get(url)
    assert told.value.retry


def test_a_kept_connection_that_the_server_closed_is_no_fault(tmp_path: Path, server: Scripted) -> None:
    first = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
    url = server.on("/a", first, reply(200, JSON))
    asking, time = web(tmp_path, server), MadeUpTime()
    assert asking.get(url).json() == []
    assert asking.get(url).json() == DOCUMENT
    assert time.slept == []


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 7\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 200 + b"Content-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 70_000 + b"\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 100 Continue\r\nX-A: " + b"b" * 60_000 + b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
def test_an_answer_that_is_no_proper_http_is_told(tmp_path: Path, server: Scripted, head: bytes) -> None:
    with pytest.raises(OutsideError, match="does not answer as it should"):
        web(tmp_path, server).get(server.on("/a", raw(head)))


# Large bodies


def test_a_large_body_is_gone_on_with_where_it_broke(tmp_path: Path, server: Scripted) -> None:
    time = MadeUpTime()
    url = server.on("/f", in_parts(FILE, breaks_after=100_000))
    assert read(web(tmp_path, server, time=time), url) == FILE
    assert [one.headers.get("range") for one in server.heard] == [
        None,
        *(f"bytes={n}-" for n in range(100_000, 500_001, 100_000)),
    ]
    assert {one.headers.get("if-range") for one in server.heard[1:]} == {'"v1"'}


def test_a_transfer_that_gets_on_is_never_out_of_tries(tmp_path: Path, server: Scripted) -> None:
    url = server.on("/f", in_parts(FILE, breaks_after=20_000))
    limits = replace(Limits(), progress=10_000)
    assert read(web(tmp_path, server, limits=limits), url) == FILE
    assert len(server.heard) == 26


def test_a_transfer_that_hardly_gets_on_is_out_of_tries(tmp_path: Path, server: Scripted) -> None:
    url = server.on("/f", in_parts(FILE, breaks_after=20_000))
    with pytest.raises(OutsideError, match="the connection broke after 20,000 bytes, 6 times"):
        read(web(tmp_path, server), url)


@pytest.mark.parametrize(
    "again",
    [
        in_parts(FILE[::-1], '"v2"'),
        reply(206, FILE[5:], ETag='"v1"', Content_Range=f"bytes 5-{len(FILE) - 1}/{len(FILE)}"),
        reply(206, FILE[100_000:], ETag='"v1"', Content_Range="bytes 100000-511999/512001"),
        reply(206, FILE[100_000:], ETag='W/"v1"', Content_Range="bytes 100000-511999/512000"),
        reply(206, FILE[100_000:], ETag='"v1"'),
        reply(416),
        reply(404),
    ],
)
def test_the_rest_of_another_body_is_not_taken(tmp_path: Path, server: Scripted, again: object) -> None:
    url = server.on("/f", in_parts(FILE, breaks_after=100_000), again)  # type: ignore[arg-type]
    with pytest.raises(OutsideError, match=r"changed while it was fetched.*byte 100,000") as told:
        read(web(tmp_path, server), url)
    assert told.value.retry


@pytest.mark.parametrize(
    "about", [{}, {"ETag": '"v1"'}, {"Accept_Ranges": "bytes"}, {"ETag": 'W/"v1"', "Accept_Ranges": "bytes"}]
)
def test_without_a_strong_sign_and_parts_a_broken_body_is_told(
    tmp_path: Path, server: Scripted, about: dict[str, str]
) -> None:
    url = server.on("/f", reply(200, FILE, cut=100_000, **about))
    with pytest.raises(OutsideError, match="the connection broke after 100,000 bytes") as told:
        read(web(tmp_path, server), url)
    assert told.value.retry
    assert len(server.heard) == 1


def test_a_body_in_chunks_is_gone_on_with_too(tmp_path: Path, server: Scripted) -> None:
    head = b'HTTP/1.1 200 OK\r\nETag: "v1"\r\nAccept-Ranges: bytes\r\nTransfer-Encoding: chunked\r\n\r\n'
    url = server.on("/f", raw(head + b"%x\r\n" % 200_000 + FILE[:150_000]), in_parts(FILE))
    assert read(web(tmp_path, server), url) == FILE
    assert server.heard[1].headers["range"] == "bytes=150000-"


def test_a_body_is_read_as_sent_where_that_is_asked(tmp_path: Path, server: Scripted) -> None:
    packed = gzip.compress(JSON)
    url = server.on("/f.gz", reply(200, packed, Content_Encoding="gzip"))
    assert read(web(tmp_path, server), url, as_sent=True) == packed
    assert read(web(tmp_path, server), url) == JSON


# Time and size


def test_a_body_that_says_it_is_too_large_is_not_read(tmp_path: Path, server: Scripted) -> None:
    url = server.on("/a", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n[", then_close=False))
    with pytest.raises(OutsideError, match=r"sends more than is taken.*9,000,000,000 bytes") as told:
        web(tmp_path, server).get(url)
    assert not told.value.retry


def test_an_endless_body_ends(tmp_path: Path, server: Scripted) -> None:
    url = server.on("/a", drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 50_000, 2_000))
    with pytest.raises(OutsideError, match="more than 1,000,000 bytes"):
        web(tmp_path, server).get(url, most=1_000_000)


def test_a_body_in_drips_is_stopped(tmp_path: Path, server: Scripted) -> None:
    url = server.on("/a", drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"x", 2_000))
    with pytest.raises(OutsideError, match="holds its answer back") as told:
        web(tmp_path, server, time=MadeUpTime(each=1)).get(url)
    assert told.value.retry
    assert len(server.heard) == 1


def test_headers_in_drips_are_stopped(tmp_path: Path, server: Scripted) -> None:
    url = server.on("/a", drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", 2_000))
    with pytest.raises(OutsideError, match="no answer within 120 seconds"):
        web(tmp_path, server, time=MadeUpTime(each=1)).get(url)


def test_silence_is_tried_again_and_told(tmp_path: Path, server: Scripted) -> None:
    limits = replace(Limits(), head=0.05, silence=0.05, tries=2)
    silent = server.on("/a", raw(b"", then_close=False))
    with pytest.raises(OutsideError, match="no answer in time, 2 times"):
        web(tmp_path, server, limits=limits).get(silent)
    begun = server.on("/b", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,", then_close=False))
    with pytest.raises(OutsideError, match="nothing more after 3 bytes in time, 2 times"):
        web(tmp_path, server, limits=limits).get(begun)


# Redirects


def test_redirects_are_followed_and_the_last_address_is_shown(
    tmp_path: Path, server: Scripted, other: Scripted
) -> None:
    end = other.on("/data/año.csv", reply(200, JSON))
    other.script["/data/a%C3%B1o.csv"] = other.script["/data/año.csv"]
    url = server.on("/a", reply(302, Location="b?x=1"))
    server.on("/b", reply(307, Location=f"//127.0.0.1:{other.port}/c"))
    other.on("/c", reply(301, b"moved", Location=end.encode().decode("latin-1")))
    answer = web(tmp_path, server, other).get(url)
    assert answer.json() == DOCUMENT
    assert answer.shown == f"{other.url}/data/a%C3%B1o.csv"
    assert [*server.paths(), *other.paths()] == ["/a", "/b?x=1", "/c", "/data/a%C3%B1o.csv"]


@pytest.mark.parametrize("status", [200, 204, 304])
def test_an_answer_without_a_body_may_close_its_connection(tmp_path: Path, server: Scripted, status: int) -> None:
    url = server.on("/a", raw(f"HTTP/1.1 {status} Said\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()))
    assert [web(tmp_path, server).get(url).status for _ in range(2)] == [status] * 2


def test_a_redirect_without_a_place_is_an_answer(tmp_path: Path, server: Scripted) -> None:
    assert web(tmp_path, server).get(server.on("/a", reply(302, b"?"))).status == 302


def test_redirects_in_a_circle_end(tmp_path: Path, server: Scripted) -> None:
    url = server.on("/a", reply(302, Location="/a"))
    with pytest.raises(OutsideError, match="more than 5 redirects"):
        web(tmp_path, server).get(url)
    assert len(server.heard) == 6


def test_a_secret_goes_to_its_own_origin_alone(tmp_path: Path, server: Scripted, other: Scripted) -> None:
    url = server.on("/a", reply(302, Location="/b"))
    server.on("/b", reply(302, Location=other.on("/c", reply(302, Location=server.on("/d", reply(200, JSON))))))
    secrets = {"Authorization": "Bearer s3cret", "X-App-Token": "s3cret", "X-Own": "s3cret"}
    web(tmp_path, server, other).get(url, headers={**secrets, "If-None-Match": '"1"'})
    assert ["authorization" in one.headers for one in server.heard] == [True, True, False]
    assert other.heard[0].headers.keys() == {"host", "user-agent", "accept-encoding", "if-none-match"}


def test_a_secret_is_not_sent_unencrypted_to_a_host_that_is_not_allowed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a credential would travel unencrypted"):
        Web(tmp_path, (), 0, names=lambda _h, _p: ["8.8.8.8"]).get(
            "http://data.example.org/x", headers={"X-App-Token": "s3cret"}
        )


def test_an_allowed_host_is_allowed_with_its_port_only(tmp_path: Path, server: Scripted, other: Scripted) -> None:
    with pytest.raises(InputError, match="this machine itself"):
        web(tmp_path, server).get(other.url)
    assert other.heard == []


def test_a_public_server_does_not_lead_to_an_allowed_host(tmp_path: Path, server: Scripted, other: Scripted) -> None:
    """What the operator allowed is for the contract's address, not for whoever points there."""
    asking = web(tmp_path, server, other)
    url = server.on("/a", reply(302, Location=other.url))
    asking._asking._allowed -= {("127.0.0.1", server.port)}
    with pytest.raises(InputError, match="this machine itself"):
        asking.get(url)
    asking._asking._allowed = frozenset({("127.0.0.1", server.port)})
    with pytest.raises(OutsideError, match=f"127.0.0.1:{other.port}/: this machine itself"):
        asking.get(url)


# Names


def test_a_name_is_looked_up_once_and_that_address_is_used(tmp_path: Path, server: Scripted) -> None:
    asked: list[str] = []

    def names(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    url = server.on("/a", reply(200, JSON)).replace("127.0.0.1", "mirror.example.org")
    asking = Web(tmp_path, [("p", url)], 0, names=names, clock=MadeUpTime().clock)
    assert {asking.get(url).status for _ in range(5)} == {200}
    assert asked == ["mirror.example.org"]
    assert server.heard[0].headers["host"] == f"mirror.example.org:{server.port}"


def test_the_next_address_of_a_name_is_tried_where_the_first_does_not_answer(tmp_path: Path, server: Scripted) -> None:
    asked: list[str] = []

    def names(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.2", "127.0.0.1"]  # nobody listens at the first

    url = server.on("/a", reply(200, JSON)).replace("127.0.0.1", "mirror.example.org")
    assert Web(tmp_path, [("p", url)], 0, names=names, clock=MadeUpTime().clock).get(url).status == 200
    assert asked == ["mirror.example.org"]


def test_the_environment_names_no_proxy(tmp_path: Path, server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert web(tmp_path, server).get(server.on("/a", reply(200, JSON))).status == 200


# TLS


def test_a_certificate_that_is_trusted_for_this_name_is_taken(tmp_path: Path) -> None:
    trust = ssl.create_default_context(cafile=str(self_signed()))
    with scripted(self_signed()) as server:
        assert web(tmp_path, server, trust=trust).get(server.on("/a", reply(200, JSON))).json() == DOCUMENT


def test_the_system_is_told_of_more_certificates_by_ssl_cert_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(self_signed()))
    with scripted(self_signed()) as server:
        assert web(tmp_path, server).get(server.on("/a", reply(200, JSON))).json() == DOCUMENT


def test_the_certificate_must_be_of_the_name_though_a_number_is_connected_to(tmp_path: Path) -> None:
    made = certificate(tmp_path, "data.example.org")
    trust = ssl.create_default_context(cafile=str(made))
    with scripted(made) as server:
        server.on("/a", reply(200, JSON))
        for host, accepted in (("data.example.org", True), ("evil.example.org", False), ("127.0.0.1", False)):
            url = f"https://{host}:{server.port}/a"
            asking = Web(
                tmp_path, [("p", url)], 0, names=lambda _h, _p: ["127.0.0.1"], trust=trust, clock=MadeUpTime().clock
            )
            if accepted:
                assert asking.get(url).json() == DOCUMENT
            else:
                with pytest.raises(OutsideError, match="a certificate for another"):
                    asking.get(url)
        assert server.named == ["data.example.org", "evil.example.org", None]
        assert [one.headers["host"] for one in server.heard] == [f"data.example.org:{server.port}"]


def test_a_server_of_version_6_is_asked(tmp_path: Path) -> None:
    try:
        with scripted(host="::1") as server:
            assert web(tmp_path, server).get(server.on("/a", reply(200, JSON))).json() == DOCUMENT
            assert server.heard[0].headers["host"] == f"[::1]:{server.port}"
    except OSError:
        pytest.skip("this machine has no address of version 6")


def test_no_verification_is_ever_weaker(tmp_path: Path) -> None:
    with scripted(self_signed()) as server:
        asking = web(tmp_path, server)
        with pytest.raises(OutsideError):
            asking.get(server.on("/a", reply(200, JSON)))
        context = asking._asking._transport._trust
        assert context is not None
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert server.heard == []


# Many at once


def test_many_threads_ask_at_once(tmp_path: Path, server: Scripted) -> None:
    urls = [server.on(f"/{n}", reply(200, json.dumps({"n": n}).encode())) for n in range(8)]
    asking = web(tmp_path, server)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: asking.get(urls[n % 8]).json()["n"], range(200)))
    assert found == [n % 8 for n in range(200)]
    assert server.connections <= 60


# Secrets


def test_no_message_and_no_log_ever_shows_a_secret(
    tmp_path: Path, server: Scripted, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    bad = b"HTTP/1.1 200 OK\r\nno header at all\r\nContent-Length: 5\r\n\r\n<htm>"
    says = [
        *(
            reply(503),
            reply(404),
            raw(b""),
            raw(bad),
            reply(200, JSON, cut=3),
            reply(302, Location="file:///etc/passwd"),
        ),
        reply(200, FILE, Content_Encoding="br"),
    ]
    told = []
    for say in says:
        url = server.on("/a", say) + "?token=t0psecret"
        try:
            told.append(repr(web(tmp_path, server).get(url, headers={"Authorization": "Bearer t0psecret"}).json()))
        except CauceError as error:
            told += [error.message, repr(error), repr(error.as_dict()), repr(error.__cause__)]
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    captured = capfd.readouterr()
    seen = "\n".join([*told, caplog.text, written, captured.out, captured.err])
    assert len(told) == 28
    assert "t0psecret" in server.heard[0].target
    assert "t0psecret" not in seen
