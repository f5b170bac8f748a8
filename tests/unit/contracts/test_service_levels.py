"""Service levels in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from contracts.model import Contract, Place, Role, ServiceLevel, Text
from contracts.service_levels import (
    Dating,
    age,
    apart,
    covered_to,
    dating_of,
    interval,
    last_day,
    next_due,
    parse_time,
)
from tests.unit.catalog.site_world import column, contract


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1, "d", timedelta(days=1)),
        (2, "days", timedelta(days=2)),
        (1, "m", timedelta(days=31)),
        (1, "month", timedelta(days=31)),
        (15, "min", timedelta(minutes=15)),
        (6, "h", timedelta(hours=6)),
        (1, "Year", timedelta(days=366)),
        (1, "fortnight", None),
        (1, None, None),
    ],
)
def test_intervals(value: float, unit: str | None, expected: timedelta | None) -> None:
    assert interval(ServiceLevel("frequency", value, unit, None, Place("x"))) == expected


def test_no_service_level_is_no_interval() -> None:
    assert interval(None) is None


def test_times_come_back_in_utc() -> None:
    assert parse_time("2026-01-31T01:00:00-05:00").isoformat() == "2026-01-31T06:00:00+00:00"
    assert parse_time("2026-01-31").isoformat() == "2026-01-31T00:00:00+00:00"


# Reach, age and what is due ---------------------------------------------------------------------

BOGOTA = "America/Bogota"
"""Five hours behind UTC."""


def dated(kind: str, unit: str | None = None, latency: tuple[float, str] = (35, "d")) -> Contract:
    day = column("day", kind, "public", Text("When."), unit=unit)
    made = contract(Role.PRODUCT, "counts", Text("Counts"), [day])
    levels = (
        ServiceLevel("frequency", 1, "d", None, Place("x")),
        ServiceLevel("latency", *latency, "counts.day", Place("x")),
    )
    return replace(made, service_levels=levels)


def at(text: str) -> datetime:
    return parse_time(text)


@pytest.mark.parametrize(
    ("kind", "unit", "dating", "data_to", "as_of", "end", "last"),
    [
        ("date", "month", "month", "2026-09-01", "2026-10-09T05:00:00+00:00", "2026-10-01", "2026-09-30"),
        ("date", "month", "month", "2026-12-01", "2027-01-09T05:00:00+00:00", "2027-01-01", "2026-12-31"),
        ("date", "month", "month", "2026-10-01", "2026-10-09T03:00:00+00:00", "2026-10-09T03:00:00", "2026-10-08"),
        ("date", "month", "month", "2026-10-01", "2026-10-01T03:00:00+00:00", "2026-10-01T03:00:00", "2026-10-01"),
        ("date", None, "day", "2026-10-31", "2026-11-01T05:00:00+00:00", "2026-11-01", "2026-10-31"),
        ("date", None, "day", "2026-10-31", "2026-10-31T18:00:00+00:00", "2026-10-31T18:00:00", "2026-10-31"),
        ("timestamp", None, "instant", "2026-11-01T04:28:56", "2026-11-02", "2026-11-01T04:28:56", "2026-10-31"),
    ],
)
def test_data_reaches_to_the_end_of_what_its_newest_date_stands_for(
    kind: str, unit: str | None, dating: Dating, data_to: str, as_of: str, end: str, last: str
) -> None:
    assert dating_of(dated(kind, unit)) == dating
    assert covered_to(at(data_to), dating, at(as_of)) == at(end)
    assert last_day(at(data_to), dating, at(as_of), BOGOTA) == date.fromisoformat(last)


def test_a_month_that_has_ended_is_due_counted_from_its_end_and_never_before_it_was_published() -> None:
    published = "2026-10-01T05:00:00+00:00"
    due = next_due(dated("date", "month"), "2026-09-01", published)
    assert due == at("2026-10-01") + timedelta(days=36)
    assert due > at(published)


def test_nothing_is_due_without_a_date_or_a_frequency() -> None:
    assert next_due(dated("date"), None, None) is None
    assert next_due(replace(dated("date"), service_levels=()), "2026-09-01", None) is None


@pytest.mark.parametrize(
    ("earlier", "later", "told"),
    [
        ("2026-10-06T17:00:00", "2026-11-22T14:00:00", timedelta(days=47)),
        ("2026-10-06T04:59:00", "2026-10-08T05:01:00", timedelta(days=3)),
        ("2026-10-06T23:00:00", "2026-10-07T22:30:00", timedelta(hours=23)),
        ("2026-10-06T06:00:00", "2026-10-08T04:00:00", timedelta(hours=46)),
        ("2026-10-06T06:00:00", "2026-10-06T05:00:00", timedelta(0)),
    ],
)
def test_days_are_those_of_the_citys_calendar_and_hours_stand_below_two(
    earlier: str, later: str, told: timedelta
) -> None:
    assert apart(at(earlier), at(later), BOGOTA) == told
    assert apart(at(earlier).replace(tzinfo=None), at(later).replace(tzinfo=None), BOGOTA) == told


@pytest.mark.parametrize(
    ("data_to", "dating", "as_of", "days"),
    [
        ("2026-10-31", "day", "2026-11-22T15:00:00", 22),
        ("2026-10-31", "day", "2026-11-01T03:00:00", 0),
        ("2026-09-01", "month", "2026-10-01T05:00:00", 1),
        ("2026-09-01", "month", "2026-09-20T15:00:00", 0),
        ("2026-11-01T04:00:00", "instant", "2026-11-01T06:00:00", 1),
    ],
)
def test_age_is_counted_from_the_last_day_that_is_covered(data_to: str, dating: Dating, as_of: str, days: int) -> None:
    assert age(at(data_to), dating, at(as_of), BOGOTA, timedelta(days=3)) == timedelta(days=days)


def test_where_less_than_a_day_is_promised_the_very_time_counts() -> None:
    promised = timedelta(hours=6)
    assert age(at("2026-11-01T04:00:00"), "instant", at("2026-11-01T06:30:00"), BOGOTA, promised) == timedelta(
        hours=2.5
    )
