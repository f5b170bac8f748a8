"""Figures of made-up measures, with the intervals that the product of measures publishes.

Belongs here: series of months for one area or the whole city, measures to read them by. Does not belong here: which
situations there are (``situations``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from catalog.answer import CITY, Observation
from contracts.city import BetterSide, Person
from contracts.measure import POPULATION, Formula, Measure, MeasureKind
from contracts.model import Text
from transforms.statistics.intervals import garwood, wilson

LAST = date(2026, 10, 1)
"""The newest month of every series."""

Days = tuple[float | None, float | None, float | None]
"""A median of days with the ends of its interval; no upper end where it is not reached."""


def text(english: str, spanish: str, portuguese: str) -> Text:
    """A text in the three languages."""
    return Text(english, {"es": spanish, "pt": portuguese})


def months_to(count: int, last: date = LAST) -> list[date]:
    """``count`` months in a row, ending with ``last``."""
    end = last.year * 12 + last.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(end - count + 1, end + 1)]


def shares(area: str, counts: Sequence[tuple[int, int] | None]) -> list[Observation]:
    """Shares of cases with Wilson's interval, one a month: those that count, all; None is a hidden month."""
    found = []
    for month, pair in zip(months_to(len(counts)), counts, strict=True):
        if pair is None or pair[1] == 0:
            found.append(Observation(area, area, month, None, None, hidden=pair is None))
            continue
        part, whole = pair
        low, high = wilson(part, whole)
        value, least, most = (round(100 * float(v), 1) for v in (part / whole, low, high))
        found.append(
            Observation(area, area, month, value, whole, low=least, high=most, numerator=part, denominator=whole)
        )
    return found


def rates(area: str, events: Sequence[int], residents: int) -> list[Observation]:
    """Events per 1,000 residents with Garwood's interval, one a month."""
    found = []
    for month, n in zip(months_to(len(events)), events, strict=True):
        low, high = garwood(n)
        value, least, most = (round(1000 * float(v) / residents, 2) for v in (n, low, high))
        found.append(Observation(area, area, month, value, n, low=least, high=most, numerator=n, denominator=residents))
    return found


def counts(area: str, numbers: Sequence[int]) -> list[Observation]:
    """Numbers, one a month."""
    return [
        Observation(area, area, month, float(n), n, is_count=True, numerator=n)
        for month, n in zip(months_to(len(numbers)), numbers, strict=True)
    ]


def ratios(area: str, pairs: Sequence[tuple[int, int]]) -> list[Observation]:
    """One number per hundred of another, one a month; no interval is published."""
    return [
        Observation(area, area, month, round(100 * top / base, 1), base, numerator=top, denominator=base)
        for month, (top, base) in zip(months_to(len(pairs)), pairs, strict=True)
    ]


def days(area: str, values: Sequence[int | None], n: int | None = 120, reach: int = 1) -> list[Observation]:
    """Medians of days, each with an interval of ``reach`` days to both sides and ``n`` cases; None is hidden."""
    found = []
    for month, value in zip(months_to(len(values)), values, strict=True):
        if value is None:
            found.append(Observation(area, area, month, None, None, hidden=True))
        else:
            found.append(Observation(area, area, month, value, n, low=max(value - reach, 0), high=value + reach))
    return found


def still_running(area: str, month: date = LAST) -> Observation:
    """A median that is not reached: most of the month's cases are still open."""
    return Observation(area, area, month, None, 60, unreached=True)


def of_city(rows: Sequence[Observation]) -> list[Observation]:
    """The same series as the whole city's."""
    return [replace(o, area=CITY, area_name=CITY) for o in rows]


def measure(
    kind: MeasureKind,
    words: tuple[Text, Text],
    direction: BetterSide,
    target: float | None = None,
    *,
    by: date | None = None,
    phrases: tuple[Text, Text] | None = None,
    is_stock: bool = False,
) -> Measure:
    """A measure.

    Args:
        kind: What it is.
        words: Title and unit.
        direction: Which way is better.
        target: In its unit.
        by: The day the target is for.
        phrases: As a person says it of an area, and of the city.
        is_stock: Whether it is what there is at a month's end.
    """
    title, unit = words
    sides = {"share": ("due_on_time", "due"), "rate": ("opened", POPULATION), "ratio": ("closed", "opened")}
    numerator, denominator = sides.get(kind, ("open_at_month_end" if kind == "count" else None, None))
    return Measure(
        id=title.default.lower().replace(" ", "_"),
        version="1.0.0",
        title=title,
        definition=title,
        formula=Formula(
            kind=kind,
            product="service_requests_monthly",
            where={},
            numerator=numerator,
            denominator=denominator,
            per={"share": 100.0, "ratio": 100.0, "rate": 1000.0}.get(kind, 1.0),
            quantile=0.5 if kind == "days" else None,
            is_stock=is_stock,
        ),
        unit=unit,
        direction=direction,
        owner=Person(Text("Head of service")),
        gaming=Text("None known."),
        target=target,
        target_by=by,
        phrase=phrases[0] if phrases else None,
        city_phrase=phrases[1] if phrases else None,
    )
