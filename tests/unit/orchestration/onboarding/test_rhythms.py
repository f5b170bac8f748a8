"""The service level of a draft: what the publisher says, and what is seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestration.onboarding.column_types import Where, type_columns
from orchestration.onboarding.rhythm import Rhythm, frequency_of, rhythm
from orchestration.onboarding.sample import from_records

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def of(
    records: list[dict[str, Any]], frequency: str | None = None, text: str = "", updated: str | None = None
) -> Rhythm:
    sample = from_records(records, whole=True)
    columns = type_columns(sample, {}, Where("CO", "America/Bogota"))
    return rhythm(columns, sample, (frequency, text), updated, NOW)


def daily(days: int, step: int = 1) -> list[dict[str, Any]]:
    first = datetime(2025, 1, 1)
    return [
        {
            "created_date": (first + timedelta(days=n * step)).isoformat(),
            "due_date": (first + timedelta(days=n * step + 900)).isoformat(),
            "closed_date": (first + timedelta(days=n * step + 1)).isoformat(),
        }
        for n in range(days)
    ]


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("Daily", (1, "d")),
        ("Diaria", (1, "d")),
        ("Mensual", (1, "m")),
        ("trimestral", (3, "m")),
        ("Anual", (1, "y")),
        ("R/P1W", (7, "d")),
        ("R/P1Y", (1, "y")),
        ("R/PT1H", (1, "h")),
        ("Updated weekly", (7, "d")),
        ("Eventual", None),
        ("", None),
    ],
)
def test_words_for_frequencies(text: str, every: tuple[int, str] | None) -> None:
    assert frequency_of(text) == every


def test_what_the_publisher_says_goes_before_what_is_seen() -> None:
    told = of(daily(40), "Semanal")
    assert (told.every, told.sure) == ((7, "d"), True)
    said = of(daily(40), None, "All requests. This information is automatically updated daily.")
    assert (said.every, said.sure) == ((1, "d"), True)
    seen = of(daily(40, 7))
    assert (seen.every, seen.sure) == ((7, "d"), False)


def test_the_event_time_is_the_opening_and_never_what_lies_ahead() -> None:
    assert of(daily(40)).event_time == "created_date"


def test_latency_is_what_the_portal_took() -> None:
    found = of(daily(40), "Daily", updated="2025-02-11T00:00:00+00:00")
    assert found.latency == 2
    late = of(daily(40), "Daily", updated="2026-02-11T00:00:00+00:00")
    assert late.latency == 4  # old data says nothing of how late new data comes


def test_nothing_is_known_of_a_table_without_times() -> None:
    found = of([{"district": "a"}, {"district": "b"}])
    assert (found.every, found.event_time, found.latency, found.sure) == ((1, "m"), None, None, False)


def test_milliseconds_date_a_source() -> None:
    found = of([{"CreatedDate": 1_583_020_800_000 + n * 86_400_000} for n in range(30)])
    assert (found.event_time, found.every) == ("CreatedDate", (1, "d"))
