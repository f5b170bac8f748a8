"""What the signals found: every series whose newest figure carries one, the bad ones first.

Belongs here: collecting and ranking signals. Does not belong here: what a signal is (``transforms.statistics.xmr``,
``catalog.answer.readings``), words. A series whose newest figure rests on few cases carries no signal, and so is not
here; ``few_left_out`` counts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from catalog.answer import CITY, Reading
from catalog.answer.readings import Claim
from catalog.packet.standing import Standing
from contracts.measure import Measure
from transforms.statistics.xmr import RUN

_PLAINEST: Final = {"limit": 0, "level": 1, "trend": 2, "edge": 3}
_FIRST: Final = {"limit": 1, "level": RUN, "trend": RUN, "edge": 2}
"""Months that carry a signal of each kind when it shows for the first time."""


@dataclass(frozen=True)
class Finding:
    """A series of a measure whose newest figure carries a signal."""

    measure: Measure
    reading: Reading
    claim: Claim

    @property
    def is_new(self) -> bool:
        """Whether the signal shows in the newest month for the first time."""
        return self.claim.months <= _FIRST[self.claim.kind]

    @property
    def is_counted(self) -> bool:
        """Whether it is told on how many cases the figure rests."""
        return self.reading.n is not None

    @property
    def rank(self) -> tuple[object, ...]:
        """Bad before neither, neither before good; new before known; plain before faint; the city before an area."""
        side = 0 if self.claim.bad else 1 if self.claim.bad is None else 2
        place = self.reading.area != CITY
        return (side, not self.is_new, _PLAINEST[self.claim.kind], place, self.measure.id, self.reading.name)


def findings(standings: Iterable[Standing]) -> tuple[Finding, ...]:
    """What the signals found, in the order a meeting takes it up."""
    found = [Finding(s.measure, r, r.claim) for s in standings for r in s.series if r.claim is not None]
    return tuple(sorted(found, key=lambda f: f.rank))


def looked_at(standings: Sequence[Standing]) -> int:
    """How many series were looked at: those with a usual range and cases enough."""
    return sum(r.xmr is not None and not r.is_unreliable for s in standings for r in s.series)


def few_left_out(standings: Sequence[Standing]) -> int:
    """How many series were left out because few cases stand behind their newest figure."""
    return sum(r.is_unreliable for s in standings for r in s.series)
