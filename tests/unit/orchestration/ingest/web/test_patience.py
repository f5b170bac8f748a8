"""Tries: how many, how long between them, what a server may ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.ingest.web.limits import Limits
from orchestration.ingest.web.patience import Exhausted, Patience, TooLong, retry_after
from tests.web_script import MadeUpTime

LIMITS = Limits()


def pauses(patience: Patience) -> list[float]:
    found = []
    while True:
        try:
            found.append(patience.pause())
        except Exhausted:
            return found


def test_tries_are_bounded_and_pauses_grow() -> None:
    patience = Patience(LIMITS, MadeUpTime().clock)
    found = pauses(patience)
    assert patience.tried == LIMITS.tries == len(found) + 1
    assert found == pytest.approx([0.375, 0.75, 1.5, 3, 6])


@given(st.integers(1, 12), st.floats(0, 1))
def test_chance_only_shortens_a_pause_and_never_to_less_than_half(tries: int, chance: float) -> None:
    clock = replace(MadeUpTime().clock, chance=lambda: chance)
    found = pauses(Patience(LIMITS, clock, tries))
    assert len(found) == tries - 1
    for n, pause in enumerate(found):
        longest = min(LIMITS.first_pause * 2**n, LIMITS.longest_pause)
        assert longest / 2 <= pause <= longest


def test_one_try_is_one_try() -> None:
    assert pauses(Patience(LIMITS, MadeUpTime().clock, 1)) == []


def test_a_server_may_ask_for_a_longer_pause_but_not_for_a_shorter_one() -> None:
    patience = Patience(LIMITS, MadeUpTime().clock)
    assert patience.pause({"retry-after": "7"}) == 7
    assert patience.pause({"retry-after": "0"}) == pytest.approx(0.75)


def test_a_server_that_asks_for_longer_than_is_waited_says_until_when() -> None:
    with pytest.raises(TooLong) as told:
        Patience(LIMITS, MadeUpTime().clock).pause({"retry-after": "7200"})
    assert told.value.seconds == 7200
    assert told.value.until.isoformat() == "2026-01-31T08:00:00+00:00"


def test_no_try_begins_after_all_the_time_there_is() -> None:
    time = MadeUpTime()
    patience = Patience(LIMITS, time.clock)
    patience.pause()
    time.now += LIMITS.altogether + 1
    with pytest.raises(Exhausted):
        patience.pause()
    patience.renew()
    assert patience.pause() > 0


@pytest.mark.parametrize("status", [200, 304, 400, 401, 403, 404, 410, 413, 416, 501, 505])
def test_what_will_not_pass_is_not_asked_again(status: int) -> None:
    assert not Patience(LIMITS, MadeUpTime().clock).passes(status)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(status: int) -> None:
    assert Patience(LIMITS, MadeUpTime().clock).passes(status)


NOW = 1_769_839_200.0  # 2026-01-31 06:00 UTC


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "Sat, 31 Jan 2026 06:01:30 GMT"}, 90),
        ({"retry-after": "Sat, 31 Jan 2026 05:00:00 GMT"}, 0),
        # The server's clock is an hour behind; it means 30 seconds.
        ({"retry-after": "Sat, 31 Jan 2026 05:00:30 GMT", "date": "Sat, 31 Jan 2026 05:00:00 GMT"}, 30),
        ({"retry-after": "9" * 40}, 999_999_999),
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "٣"}, None),
    ],
)
def test_both_forms_of_retry_after_are_read(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@given(st.text(), st.text())
def test_whatever_a_server_writes_is_a_wait_or_nothing(said: str, date: str) -> None:
    found = retry_after({"retry-after": said, "date": date}, NOW)
    assert found is None or found >= 0
