"""Which sources a late product waits for, and by what a source is late."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from contracts.condition import Feed, SourceFacts, SourceState, holding_up, source_due, source_state

TRIED = datetime(2026, 11, 2, 6)
NOW = TRIED + timedelta(hours=20)
DAY = timedelta(days=1)
OLD = SourceFacts("unchanged", looked_at=TRIED, every=DAY, reaches=TRIED - 30 * DAY, latency=2 * DAY)
STALE = Feed("stale", is_refused=False, came=TRIED - 20 * DAY, facts=OLD)
FRESH = replace(STALE, name="fresh", facts=replace(OLD, reaches=TRIED))
UNDATED = replace(STALE, name="undated", facts=SourceFacts("accepted", looked_at=TRIED, every=366 * DAY))


def test_a_source_is_judged_by_its_newest_event_where_that_is_promised_and_known() -> None:
    assert source_due(OLD) == TRIED - 27 * DAY
    assert source_state(OLD, NOW) is SourceState.LATE
    assert source_state(FRESH.facts, NOW) is SourceState.FRESH


@pytest.mark.parametrize("unknown", [{"reaches": None}, {"latency": None}])
def test_otherwise_by_when_it_was_last_read(unknown: dict[str, None]) -> None:
    facts = replace(OLD, **unknown)  # type: ignore[arg-type]
    assert source_due(facts) == TRIED + DAY
    assert source_state(facts, NOW) is SourceState.FRESH


@pytest.mark.parametrize(
    ("feeds", "names"),
    [
        ((STALE, FRESH, UNDATED), ("stale",)),
        ((FRESH, UNDATED), ("fresh",)),
        ((UNDATED, replace(UNDATED, name="daily", facts=replace(UNDATED.facts, every=DAY))), ("daily",)),
        ((STALE, replace(FRESH, is_refused=True)), ("fresh",)),
        ((), ()),
    ],
)
def test_the_source_that_brought_nothing_newer_is_named(feeds: tuple[Feed, ...], names: tuple[str, ...]) -> None:
    assert tuple(feed.name for feed in holding_up(feeds, TRIED, NOW)) == names


@pytest.mark.parametrize(
    "change",
    [
        {"came": TRIED + timedelta(minutes=1)},
        {"came": None},
        {"facts": replace(OLD, looked_at=None)},
        {"facts": replace(OLD, looked_at=TRIED - DAY)},
    ],
)
def test_a_run_may_help_where_something_came_or_was_not_read(change: dict[str, object]) -> None:
    assert holding_up((STALE, replace(UNDATED, **change)), TRIED, NOW) == ()  # type: ignore[arg-type]
