"""Meters: what a server may take in time, for its headers and for its body."""

from __future__ import annotations

import pytest

from orchestration.ingest.web.limits import Limits
from orchestration.ingest.web.wire import HeldBack, Meter
from tests.web_script import MadeUpTime

LIMITS = Limits()


def meter(*, body: bool) -> Meter:
    made = Meter(LIMITS, MadeUpTime().clock)
    if body:
        made.head_done()
    return made


def test_headers_that_never_end_are_stopped_by_time() -> None:
    head = meter(body=False)
    with pytest.raises(HeldBack, match="no answer within 120 seconds"):
        for _ in range(1_000):
            head.take(1, 5)


def test_headers_without_end_are_stopped_by_size() -> None:
    head = meter(body=False)
    with pytest.raises(HeldBack, match="bytes of headers"):
        for _ in range(1_000):
            head.take(1_000, 0)


def test_a_byte_now_and_then_is_no_body() -> None:
    body = meter(body=True)
    with pytest.raises(HeldBack, match="less than 1,024 bytes a second"):
        for _ in range(1_000):
            body.take(1, 5)


def test_a_slow_body_is_taken_as_long_as_it_comes() -> None:
    body = meter(body=True)
    for _ in range(3_600):
        body.take(40_000, 1)
    assert body.came == 144_000_000


def test_what_is_slow_for_long_is_stopped_even_above_the_slowest() -> None:
    body = meter(body=True)
    with pytest.raises(HeldBack, match="less than 32,768 bytes a second for 300 seconds"):
        for _ in range(3_600):
            body.take(2_000, 1)
    assert body.waited < LIMITS.grace + 30


def test_no_body_lasts_for_ever() -> None:
    body = meter(body=True)
    with pytest.raises(HeldBack, match="no end within 12 hours"):
        for _ in range(50_000):
            body.take(1_000_000, 1)


def test_only_waiting_for_the_server_counts() -> None:
    time = MadeUpTime()
    body = Meter(LIMITS, time.clock)
    body.head_done()
    for _ in range(1_000):
        time.now += 600  # spent here, between two reads
        body.take(100, 0.001)
    assert body.waited == pytest.approx(1)


def test_each_request_is_measured_for_itself() -> None:
    kept = meter(body=True)
    for _ in range(1_000):
        kept.begin()
        kept.take(1_000, 10)
        kept.head_done()
        kept.take(1_000, 10)
