"""The follow-up register on the day of a meeting: what is overdue, what falls due, what was closed since.

Belongs here: sorting entries by what they ask of the meeting. Does not belong here: reading the file and who may read
an entry (``contracts.follow_ups``), words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from contracts.city import FollowUp
from contracts.follow_ups import as_of

SOON: Final = timedelta(days=30)
"""What is due within this time is due soon."""
BETWEEN_MEETINGS: Final = timedelta(days=30)
"""How long ago the last meeting was, where nobody says."""


@dataclass(frozen=True)
class Due:
    """An entry and the days from its due day to the meeting: 3 is three days overdue, -3 due in three days."""

    entry: FollowUp
    days: int


@dataclass(frozen=True)
class Register:
    """The register as it stood on a day.

    Attributes:
        overdue: Open and past their day, the longest overdue first.
        soon: Open and due on the day or within ``SOON``, the nearest first.
        later: Open and due after that, the nearest first.
        closed: Done or dropped since the last meeting, the newest first.
        since: The day of the last meeting.
    """

    overdue: tuple[Due, ...]
    soon: tuple[Due, ...]
    later: tuple[Due, ...]
    closed: tuple[FollowUp, ...]
    since: date

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.overdue or self.soon or self.later or self.closed)


def register_on(entries: Iterable[FollowUp], day: date, since: date | None = None) -> Register:
    """The register on ``day``; entries closed on the day of the last meeting, ``since``, were told there."""
    since = since or day - BETWEEN_MEETINGS
    stood = as_of(entries, day)
    still = sorted(
        (Due(e, (day - e.due).days) for e in stood if e.status == "open"), key=lambda d: (d.entry.due, d.entry.id)
    )
    closed = [e for e in stood if e.closed is not None and e.closed > since]
    return Register(
        overdue=tuple(d for d in still if d.days > 0),
        soon=tuple(d for d in still if 0 >= d.days >= -SOON.days),
        later=tuple(d for d in still if d.days < -SOON.days),
        closed=tuple(sorted(closed, key=lambda e: (-(e.closed or day).toordinal(), e.id))),
        since=since,
    )
