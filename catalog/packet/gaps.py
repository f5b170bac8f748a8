"""What a measure's figures leave out: months, areas, and a definition that was changed.

Belongs here: finding it. Does not belong here: what is wrong with a product (``catalog.site.notices``), words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from catalog.answer import UNPLACED
from catalog.answer.figures import month_of
from catalog.packet.standing import Standing
from contracts.measure import Earlier

LOOKED_BACK: Final = 24
"""Months of the whole city that are looked at for holes and changed definitions, the newest ones."""


@dataclass(frozen=True)
class Gaps:
    """What the figures of a measure leave out.

    Attributes:
        missing: Months without a row or figure for the whole city, of the newest ``LOOKED_BACK``, without hidden ones.
        hidden_months: Months of those whose figure is hidden.
        hidden_areas: Areas whose figure of the newest month is hidden.
        few: Names of areas whose figure of the newest month rests on few cases.
        changed: Definitions that were replaced in the time looked at.
    """

    missing: tuple[date, ...]
    hidden_months: tuple[date, ...]
    hidden_areas: int
    few: tuple[str, ...]
    changed: tuple[Earlier, ...]


def gaps_of(standing: Standing) -> Gaps:
    """What its figures leave out."""
    period = standing.period
    if period is None:
        return Gaps((), (), 0, (), ())
    by_month = {month_of(o.period): o for o in standing.told.city}
    known = [m for m, o in by_month.items() if o.value is not None]
    first = max(min(known, default=period), _months_before(period, LOOKED_BACK - 1))
    looked = [m for m in _span(first, period) if known and (m not in by_month or by_month[m].value is None)]
    now = [o for o in standing.told.areas if month_of(o.period) == period and o.area != UNPLACED]
    return Gaps(
        missing=tuple(m for m in looked if m not in by_month or not by_month[m].hidden),
        hidden_months=tuple(m for m in looked if m in by_month and by_month[m].hidden),
        hidden_areas=sum(o.hidden for o in now),
        few=tuple(sorted(o.area_name for o in now if o.is_unreliable)),
        changed=tuple(old for old in standing.measure.earlier if first < month_of(old.until) <= period),
    )


def _months_before(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def _span(first: date, last: date) -> list[date]:
    found = []
    month = first
    while month <= last:
        found.append(month)
        month = _months_before(month, -1)
    return found
