"""Service levels in time: how long an interval is, how far data reaches, how old it is, when newer data is due.

Belongs here: the one reading of ``slaProperties`` that the gate, the pages, schedules and ``status``
share, and the one way of counting days. Does not belong here: the wall clock; the time of judging is an argument.

Data dated by day or month reaches to the end of its newest day or month, or to the as-of instant before it. Days are
counted by the calendar of the city: from 6 October to 22 November are 47, at whatever hours.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from contracts.model import Contract, ServiceLevel

Dating = Literal["instant", "day", "month"]
"""How finely data is dated: by a time, by a day, or only by a month."""

MONTH = "month"
"""The unit of a date that stands for its whole month; also what ``generalise_date`` makes of a moment."""

DAY = timedelta(days=1)

_UNITS = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "m": timedelta(days=31),
    "y": timedelta(days=366),
}
_NAMES = {"minute": "min", "hour": "h", "day": "d", "week": "w", "month": "m", "year": "y"}


def interval(level: ServiceLevel | None) -> timedelta | None:
    """The length of a service level such as ``frequency: 1 d``; None where there is none.

    A month counts as 31 days and a year as 366, so that nothing is called late too early.
    """
    return None if level is None else length_of(level.value, level.unit)


def length_of(value: Any, unit: str | None) -> timedelta | None:
    """A number of units, as a length of time; None of a unit that is none of time."""
    if unit is None:
        return None
    unit = unit.lower()
    unit = _NAMES.get(unit.rstrip("s"), unit)
    return _UNITS[unit] * float(value) if unit in _UNITS else None


def parse_time(text: str) -> datetime:
    """An ISO 8601 time or date in UTC."""
    return _aware(datetime.fromisoformat(text))


def _aware(moment: datetime) -> datetime:
    """A moment in UTC; one without a zone is in UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


# How far data reaches ----------------------------------------------------------------------------


def dating_of(contract: Contract) -> Dating:
    """How finely the contract's event-time column dates the data."""
    column = contract.object.column(contract.event_time) if contract.event_time else None
    if column is None:
        return "instant"
    if column.unit == MONTH or (column.step is not None and column.step.parameters.get("to") == MONTH):
        return "month"
    return "day" if column.logical_type == "date" else "instant"


def covered_to(data_to: datetime, dating: Dating, as_of: datetime | None) -> datetime:
    """The moment up to which data reaches: a day or month reaches to its end, or to the as-of instant before it.

    Args:
        data_to: The newest event time: of data dated by day or month, the first moment of the newest one.
        dating: How finely the data is dated.
        as_of: As of when it was made, where that is known; with a zone if ``data_to`` has one.
    """
    if dating == "instant":
        return data_to
    if dating == "day":
        end = data_to + DAY
    else:
        end = data_to.replace(year=data_to.year + data_to.month // 12, month=data_to.month % 12 + 1, day=1)
    return min(end, as_of) if as_of and as_of > data_to else end


def last_day(data_to: datetime, dating: Dating, as_of: datetime | None, zone: str) -> date:
    """The last day that data covers, by the calendar of ``zone``. Days and months do not move with the zone."""
    if dating == "instant":
        return local_day(data_to, zone)
    if dating == "day":
        return data_to.date()
    last = (covered_to(data_to, dating, None) - DAY).date()
    return min(last, max(local_day(as_of, zone), data_to.date())) if as_of else last


def next_due(contract: Contract, data_to: str | None, as_of: str | None) -> datetime | None:
    """When newer data than ``data_to`` is due: the end of what that covers, plus the frequency, plus the latency.

    None where the contract promises no frequency or the data has no event time.

    Args:
        contract: The product's contract.
        data_to: The newest event time of a release, ISO 8601.
        as_of: As of when the release was made, ISO 8601.
    """
    every = interval(contract.service_level("frequency"))
    if every is None or data_to is None:
        return None
    end = covered_to(parse_time(data_to), dating_of(contract), parse_time(as_of) if as_of else None)
    return end + every + (interval(contract.service_level("latency")) or timedelta())


# How long ago ------------------------------------------------------------------------------------


def local_day(moment: datetime, zone: str) -> date:
    """The day on which a moment falls in ``zone``; one without a zone is in UTC."""
    return _aware(moment).astimezone(ZoneInfo(zone)).date()


def apart(earlier: datetime, later: datetime, zone: str) -> timedelta:
    """The time from one moment to a later one as it is told: whole days of the calendar, whole hours below two.

    Args:
        earlier: Without a zone it is in UTC.
        later: As well.
        zone: The city's, whose calendar counts.
    """
    days = (local_day(later, zone) - local_day(earlier, zone)).days
    if days >= 2:
        return timedelta(days=days)
    return timedelta(hours=max(_aware(later) - _aware(earlier), timedelta()) // timedelta(hours=1))


def age(data_to: datetime, dating: Dating, as_of: datetime, zone: str, promised: timedelta | None = None) -> timedelta:
    """How old data was at an instant: days from the last day that it covers to that instant's, by the calendar.

    Where less than a day is promised, the very time since its newest event.

    Args:
        data_to: The newest event time.
        dating: How finely the data is dated.
        as_of: The instant.
        zone: The city's, whose calendar counts.
        promised: How old the data may be.
    """
    newest, at = _aware(data_to), _aware(as_of)
    if promised is not None and promised < DAY:
        return max(at - covered_to(newest, dating, at), timedelta())
    return max(DAY * (local_day(at, zone) - last_day(newest, dating, at, zone)).days, timedelta())
