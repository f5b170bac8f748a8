"""Schedules from service levels."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestration.defs.checks import check_name
from orchestration.defs.schedules import cron


@pytest.mark.parametrize(
    ("every", "line"),
    [
        (timedelta(minutes=15), "*/15 * * * *"),
        (timedelta(hours=6), "15 */6 * * *"),
        (timedelta(days=1), "15 5 * * *"),
        (timedelta(days=7), "15 5 * * 1"),
        (timedelta(days=31), "15 5 1 * *"),
    ],
)
def test_a_schedule_fires_at_least_once_in_the_interval(every: timedelta, line: str) -> None:
    assert cron(every) == line


def test_check_ids_become_names_that_dagster_allows() -> None:
    assert check_name("Unique Key.required") == "Unique_Key_required"
