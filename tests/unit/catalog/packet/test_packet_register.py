"""The register on the day of a meeting: the longest overdue first, then what falls due, then what was closed since."""

from __future__ import annotations

from datetime import date

from catalog.packet.register import register_on
from tests.unit.catalog.packet.packet_world import DAY, follow_up


def test_what_is_longest_overdue_stands_first() -> None:
    found = register_on(
        (follow_up("b", date(2026, 10, 20)), follow_up("a", date(2026, 9, 7)), follow_up("c", date(2026, 11, 1))), DAY
    )
    assert [(d.entry.id, d.days) for d in found.overdue] == [("a", 56), ("b", 13), ("c", 1)]
    assert not found.soon
    assert not found.is_empty


def test_what_is_due_on_the_day_is_not_overdue() -> None:
    found = register_on(
        (follow_up("today", DAY), follow_up("far", date(2026, 12, 3)), follow_up("near", date(2026, 12, 2))), DAY
    )
    assert not found.overdue
    assert [(d.entry.id, d.days) for d in found.soon] == [("today", 0), ("near", -30)]
    assert [d.entry.id for d in found.later] == ["far"]


def test_what_was_closed_since_the_last_meeting_is_told_once() -> None:
    entries = (
        follow_up("early", date(2026, 9, 1), "done", date(2026, 10, 1)),
        follow_up("then", date(2026, 9, 1), "done", date(2026, 10, 5)),
        follow_up("later", date(2026, 9, 1), "dropped", date(2026, 10, 6)),
        follow_up("newest", date(2026, 9, 1), "done", DAY),
    )
    assert [e.id for e in register_on(entries, DAY, date(2026, 10, 5)).closed] == ["newest", "later"]
    by_default = register_on(entries, DAY)
    assert by_default.since == date(2026, 10, 3)
    assert [e.id for e in by_default.closed] == ["newest", "later", "then"]


def test_a_day_gone_by_shows_the_register_as_it_stood() -> None:
    entries = (
        follow_up("closed", date(2026, 9, 1), "done", date(2026, 10, 1)),
        follow_up("unasked", date(2026, 12, 1), asked=date(2026, 10, 15)),
    )
    found = register_on(entries, date(2026, 9, 15))
    assert [(d.entry.id, d.entry.status, d.days) for d in found.overdue] == [("closed", "open", 14)]
    assert not found.soon
    assert not found.later


def test_an_empty_register_says_so() -> None:
    assert register_on((), DAY).is_empty
