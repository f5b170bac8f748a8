"""The figures of the data service: every built-in measure by month, for the catalogue and one by one.

Belongs here: adding up what the records of products and sources tell, with how sure it is. Does not belong here:
reading kept files (``product_records``), definitions, words, pages. What is not in a tier's views is in none of its
figures.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from catalog.data_service.definitions import (
    BY_ID,
    DATA_AGE,
    DIMENSION,
    IN_REVIEW,
    OWNERS_IN_REVIEW,
    RECORDS_HELD,
    REFUSED,
    RULES_HELD,
    SERVICE_LEVEL,
    SET_ASIDE,
)
from catalog.data_service.product_records import ProductRecord, Tally
from catalog.data_service.recording import month_in
from catalog.data_service.refreshes import refreshes
from contracts.measure import ALL

MONTHS: Final = 36
"""Months of which figures are told, the newest."""

UNMEASURED: Final = frozenset({"accuracy"})
"""Dimensions that are never told as measured: whether data agrees with the world is known only against a named
reference, and no contract can name one. Rules of this dimension ask whether a value can be true, and count in all."""


@dataclass(frozen=True)
class Figure:
    """One figure of one measure in one month.

    Attributes:
        measure: The measure's id.
        period: First day of the month.
        area: The product or source it is of; ``all`` for the catalogue.
        dimension: By what it is told apart; ``all`` where it is of everything.
        group: Which of them.
        numerator: What stands above the line; None for days.
        denominator: What stands below it; None for days.
        value: The figure, rounded to one decimal.
        low: Lower end of its 95 % interval, where its measure has one.
        high: Upper end.
        n: Cases behind it.
        is_complete: Whether the month is over.
    """

    measure: str
    period: date
    area: str
    dimension: str
    group: str
    numerator: int | None
    denominator: int | None
    value: float
    low: float | None
    high: float | None
    n: int
    is_complete: bool


@dataclass(frozen=True)
class Entry:
    """An entry of the inventory that is open to a tier: who answers for it, and until when it needs no review."""

    owner: str
    review_due: date | None


@dataclass(frozen=True)
class Delivery:
    """An accepted delivery of a source: when it came, records received and set aside."""

    source: str
    at: datetime
    received: int
    set_aside: int


@dataclass(frozen=True)
class Told:
    """What figures are made of: a tier's products, deliveries and inventory, on a day in the city."""

    products: Mapping[str, ProductRecord]
    deliveries: tuple[Delivery, ...]
    inventory: tuple[Entry, ...]
    today: date
    zone: str


Key = tuple[str, str, str, date]
"""Of a figure: its dimension, group, area and month."""


class _Sums:
    """Parts and wholes of one measure, each added to its own area and to the catalogue."""

    def __init__(self) -> None:
        self.found: dict[Key, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, area: str, month: date, part: int, whole: int) -> None:
        """Of everything."""
        for of in {area, ALL}:
            self._add((ALL, ALL, of, month), part, whole)

    def add_group(self, group: str, month: date, part: int, whole: int) -> None:
        """Of one dimension of quality, for the catalogue alone."""
        self._add((DIMENSION, group, ALL, month), part, whole)

    def _add(self, key: Key, part: int, whole: int) -> None:
        if whole:
            sums = self.found[key]
            sums[0] += part
            sums[1] += whole


def figures_of(told: Told) -> tuple[Figure, ...]:
    """Every figure, by measure in the order of their definitions, then what it is of, then month."""
    made = {
        SERVICE_LEVEL: _shares(SERVICE_LEVEL, _renewals(told)),
        RULES_HELD: _shares(RULES_HELD, _quality(told, lambda t: (t.held, t.asked))),
        RECORDS_HELD: _shares(RECORDS_HELD, _quality(told, lambda t: (t.checks_held, t.checks))),
        DATA_AGE: _ages(told),
        REFUSED: _shares(REFUSED, _attempts(told)),
        SET_ASIDE: _shares(SET_ASIDE, _deliveries(told)),
        IN_REVIEW: _shares(IN_REVIEW, _entries(told)),
        OWNERS_IN_REVIEW: _shares(OWNERS_IN_REVIEW, _owners(told)),
    }
    running = told.today.replace(day=1)
    first = _months_before(running, MONTHS)
    return tuple(
        replace(figure, is_complete=figure.period < running)
        for name in BY_ID
        for figure in sorted(made[name], key=lambda f: (f.dimension != ALL, f.group, f.area != ALL, f.area, f.period))
        if first <= figure.period <= running
    )


def _months_before(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def _renewals(told: Told) -> _Sums:
    begin = datetime(told.today.year, told.today.month, told.today.day, tzinfo=ZoneInfo(told.zone))
    until = begin.astimezone(UTC).replace(tzinfo=None)
    sums = _Sums()
    for name, record in told.products.items():
        for refresh in refreshes(record.served, record.every, until):
            sums.add(name, month_in(refresh.due, told.zone), int(refresh.met), 1)
    return sums


def _quality(told: Told, counted: Callable[[Tally], tuple[int, int]]) -> _Sums:
    sums = _Sums()
    for name, record in told.products.items():
        for month, by_dimension in record.tallies.items():
            for dimension, tally in by_dimension.items():
                part, whole = counted(tally)
                sums.add(name, month, part, whole)
                if dimension not in UNMEASURED:
                    sums.add_group(dimension, month, part, whole)
    return sums


def _attempts(told: Told) -> _Sums:
    sums = _Sums()
    for name, record in told.products.items():
        for month in {*record.published, *record.refused}:
            refused = record.refused.get(month, 0)
            sums.add(name, month, refused, refused + record.published.get(month, 0))
    return sums


def _deliveries(told: Told) -> _Sums:
    sums = _Sums()
    for one in told.deliveries:
        sums.add(one.source, month_in(one.at, told.zone), one.set_aside, one.received)
    return sums


def _entries(told: Told) -> _Sums:
    """Of the day of checking alone: contracts say until when, not when a review was made."""
    sums = _Sums()
    if any(entry.review_due for entry in told.inventory):
        current = sum(_is_in_review(entry, told.today) for entry in told.inventory)
        sums.add(ALL, told.today.replace(day=1), current, len(told.inventory))
    return sums


def _owners(told: Told) -> _Sums:
    sums = _Sums()
    if any(entry.review_due for entry in told.inventory):
        owners = {entry.owner for entry in told.inventory}
        current = {entry.owner for entry in told.inventory if _is_in_review(entry, told.today)}
        sums.add(ALL, told.today.replace(day=1), len(current), len(owners))
    return sums


def _is_in_review(entry: Entry, today: date) -> bool:
    return entry.review_due is not None and entry.review_due >= today


def _shares(measure: str, sums: _Sums) -> Iterator[Figure]:
    """Shares in per cent."""
    keys = list(sums.found)
    counts = list(sums.found.values())
    lows: Sequence[float | None] = [None] * len(keys)
    highs = lows
    if keys and BY_ID[measure].has_interval:
        from transforms.statistics.intervals import wilson

        low, high = wilson([part for part, _ in counts], [whole for _, whole in counts])
        lows, highs = [round(100 * v, 1) for v in low.tolist()], [round(100 * v, 1) for v in high.tolist()]
    for (dimension, group, area, month), (part, whole), below, above in zip(keys, counts, lows, highs, strict=True):
        value = round(100 * part / whole, 1)
        yield Figure(measure, month, area, dimension, group, part, whole, value, below, above, whole, is_complete=True)


def _ages(told: Told) -> Iterator[Figure]:
    """Days; for the catalogue the median of the products."""
    by_month: dict[date, list[float]] = defaultdict(list)
    for name, record in told.products.items():
        for month, days in record.ages.items():
            by_month[month].append(days)
            yield _days(month, name, days, 1)
    for month, found in by_month.items():
        yield _days(month, ALL, statistics.median(found), len(found))


def _days(month: date, area: str, value: float, n: int) -> Figure:
    return Figure(DATA_AGE, month, area, ALL, ALL, None, None, round(value, 1), None, None, n, is_complete=True)
