"""Which renewals were due and met: worked by hand, and against the very rule by which a product is called late."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from catalog.data_service.refreshes import Refresh, Serving, refreshes
from contracts.condition import late_by

MONTH = timedelta(days=31)
END = datetime(2027, 1, 1)


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number)


def monthly(*pairs: tuple[datetime, datetime | None]) -> tuple[Serving, ...]:
    return tuple(Serving(since, due) for since, due in pairs)


CASES: dict[str, tuple[tuple[Serving, ...], datetime, list[tuple[datetime, bool]]]] = {
    "nothing was ever served": ((), END, []),
    "nothing is promised of what is not dated": (monthly((day(1, 2), None)), END, []),
    "not due yet": (monthly((day(1, 2), day(2, 5))), day(2, 5), []),
    "each came before it was due": (
        monthly((day(1, 2), day(2, 5)), (day(2, 2), day(3, 5)), (day(3, 5), day(4, 5))),
        day(4, 1),
        [(day(2, 5), True), (day(3, 5), True)],
    ),
    "one came a day late": (
        monthly((day(1, 2), day(2, 5)), (day(2, 6), day(3, 5)), (day(3, 1), day(4, 5))),
        day(4, 1),
        [(day(2, 5), False), (day(3, 5), True)],
    ),
    "silence: another falls due each interval": (
        monthly((day(1, 2), day(2, 5))),
        day(5, 1),
        [(day(2, 5), False), (day(3, 8), False), (day(4, 8), False)],
    ),
    "a release with data as old as before renews nothing": (
        monthly((day(1, 2), day(2, 5)), (day(2, 3), day(2, 5))),
        day(3, 1),
        [(day(2, 5), False)],
    ),
    "many a month owe one a month": (
        monthly(*((day(1, n), day(2, n)) for n in range(1, 29)), *((day(2, n), day(3, n)) for n in range(1, 29))),
        day(3, 1),
        [(day(2, 1), True)],
    ),
    "late data that was due again before it came": (
        monthly((day(1, 2), day(2, 5)), (day(3, 7), day(3, 5)), (day(3, 20), day(4, 5))),
        day(4, 30),
        [(day(2, 5), False), (day(3, 5), False), (day(4, 5), False)],
    ),
    "taken back to an older release": (
        monthly((day(1, 2), day(2, 5)), (day(2, 2), day(3, 5)), (day(2, 3), day(2, 5))),
        day(3, 1),
        [(day(2, 5), False)],
    ),
    "withdrawn, then given back late": (
        monthly((day(1, 2), day(2, 5)), (day(1, 20), None), (day(6, 1), day(3, 5)), (day(6, 3), day(7, 5))),
        day(7, 1),
        [(day(6, 1), False)],
    ),
}


@pytest.mark.parametrize(("served", "until", "expected"), CASES.values(), ids=CASES)
def test_what_was_due(served: tuple[Serving, ...], until: datetime, expected: list[tuple[datetime, bool]]) -> None:
    assert refreshes(served, MONTH, until) == tuple(Refresh(due, met) for due, met in expected)


@pytest.mark.parametrize("every", [None, timedelta(), timedelta(days=-1)])
def test_nothing_is_due_where_no_interval_is_promised(every: timedelta | None) -> None:
    assert refreshes(monthly((day(1, 2), day(2, 5))), every, END) == ()


@pytest.mark.parametrize("seed", range(40))
def test_a_renewal_is_missed_exactly_where_the_product_was_late_just_after(seed: int) -> None:
    chance = random.Random(seed)
    moment, served = day(1, 1), []
    for _ in range(30):
        moment += timedelta(hours=chance.randint(1, 600))
        reach = timedelta(days=chance.randint(-40, 50))
        served.append(Serving(moment, moment + reach if chance.random() < 0.9 else None))
    found = refreshes(served, MONTH, day(12, 31))
    assert found
    assert [r.due for r in found] == sorted({r.due for r in found})
    for one in found:
        just_after = one.due + timedelta(microseconds=1)
        at_hand = [s for s in served if s.since <= one.due][-1]
        assert (late_by(at_hand.due, just_after) is None) == one.met
