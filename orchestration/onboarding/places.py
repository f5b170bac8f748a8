"""Countries and their time zones, as the time zone database names them.

Belongs here: which codes there are and which zones a country has. Does not belong here: what a city says of itself.

Source: IANA Time Zone Database, iso3166.tab and zone.tab, as the package tzdata carries them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_TABLES = "tzdata.zoneinfo"


@cache
def countries() -> Mapping[str, str]:
    """The country's English name by its two letters."""
    return {row[0]: row[1] for row in _rows("iso3166.tab")}


@cache
def zones() -> Mapping[str, tuple[str, ...]]:
    """A country's time zones, in the table's order, by its two letters."""
    found: dict[str, list[str]] = {}
    for row in _rows("zone.tab"):
        found.setdefault(row[0], []).append(row[2])
    return {country: tuple(names) for country, names in found.items()}


def _rows(table: str) -> list[list[str]]:
    text = (files(_TABLES) / table).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
