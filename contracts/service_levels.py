"""Service levels in time: how long an interval is, and when newer data is due.

Belongs here: the one reading of ``slaProperties`` that the gate, the pages, schedules and ``status``
share. Does not belong here: the wall clock; the time of judging is an argument.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contracts.model import Contract, ServiceLevel

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
    if level is None or level.unit is None:
        return None
    unit = level.unit.lower()
    unit = _NAMES.get(unit.rstrip("s"), unit)
    return _UNITS[unit] * float(level.value) if unit in _UNITS else None


def parse_time(text: str) -> datetime:
    """An ISO 8601 time or date in UTC."""
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def next_due(contract: Contract, data_to: str | None) -> datetime | None:
    """When newer data than ``data_to`` is due: its event time, plus the frequency, plus the latency.

    None where the contract promises no frequency or the data has no event time.
    """
    every = interval(contract.service_level("frequency"))
    if every is None or data_to is None:
        return None
    return parse_time(data_to) + every + (interval(contract.service_level("latency")) or timedelta())
