"""Service levels in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.model import Place, ServiceLevel
from contracts.service_levels import interval, parse_time


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
