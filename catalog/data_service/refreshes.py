"""Which renewals of a product were due, and whether newer data was there by then.

Belongs here: the one rule. Does not belong here: when newer data is due (``contracts.service_levels``, by which pages
and ``cauce status`` call a product late), counting by month (``figures``).

A renewal is met where, at the moment it was due, the product was not late by that rule: what was served had a later
due moment. Otherwise it is missed, at the very moment at which the product turned late. After a miss the next renewal
is due when the data that came within the interval says so, or else another interval later. Nothing is due of a product
while it is withdrawn, or while what is served may not be told.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Serving:
    """What was served from a moment on: when newer data than it is due; None where nothing can be said to be due."""

    since: datetime
    due: datetime | None


@dataclass(frozen=True)
class Refresh:
    """One renewal: when it was due, and whether it was there."""

    due: datetime
    met: bool


def refreshes(served: Sequence[Serving], every: timedelta | None, until: datetime) -> tuple[Refresh, ...]:
    """The renewals of a product that were due before ``until``.

    Args:
        served: What was served, the oldest first.
        every: How often the contract promises newer data; None where it promises nothing.
        until: Later ones are not due yet.
    """
    if every is None or every <= timedelta():
        return ()
    starts = [one.since for one in served]
    found: list[Refresh] = []
    due = _from(served, 0)
    while due is not None and due < until:
        place = bisect_right(starts, due)
        known = served[place - 1].due if place else None
        if known is None:
            due = _from(served, place)
            continue
        found.append(Refresh(due, known > due))
        due = known if known > due else _after_a_miss(served[place:], due, every)
    return tuple(found)


def _from(served: Sequence[Serving], place: int) -> datetime | None:
    """When the first renewal is due of what is served from ``place`` on; at once where it was late when it came."""
    one = next((one for one in served[place:] if one.due is not None), None)
    return max(one.due, one.since) if one is not None and one.due is not None else None


def _after_a_miss(later: Sequence[Serving], missed: datetime, every: timedelta) -> datetime:
    for one in later:
        if one.since > missed + every:
            break
        if one.due is not None and one.due > missed:
            return one.due
    return missed + every
