"""The words that several screens share."""

from __future__ import annotations

import pytest

from orchestration.cli.screen import duration, minute


@pytest.mark.parametrize(
    ("instant", "shown"),
    [("2026-01-31T03:05:59+00:00", "2026-01-31 03:05"), ("2026-01-31T03:05:12Z", "2026-01-31 03:05")],
)
def test_an_instant_to_the_minute(instant: str, shown: str) -> None:
    assert minute(instant) == shown


def test_no_instant_is_a_dash() -> None:
    assert minute(None) == "–"


@pytest.mark.parametrize(("seconds", "shown"), [(0.04, "0.0 s"), (61, "61.0 s"), (119.9, "119.9 s"), (312.0, "5 min")])
def test_a_length_of_time(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown
