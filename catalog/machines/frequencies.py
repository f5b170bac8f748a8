"""How often a dataset changes, in the words of the formats.

Belongs here: ISO 8601 durations and the frequencies of the Publications Office of the European Union, which
DCAT-US 3.0 shares with DCAT-AP. Does not belong here: when data is due (``contracts.service_levels``).
"""

from __future__ import annotations

from contracts.errors import InputError

EU = "http://publications.europa.eu/resource/authority"
"""Where the Publications Office keeps its vocabularies."""

_UNITS = {
    "y": "Y", "yr": "Y", "year": "Y", "years": "Y",
    "m": "M", "mo": "M", "month": "M", "months": "M",
    "w": "W", "wk": "W", "week": "W", "weeks": "W",
    "d": "D", "day": "D", "days": "D",
    "h": "TH", "hr": "TH", "hour": "TH", "hours": "TH",
    "min": "TM", "minute": "TM", "minutes": "TM",
}  # fmt: skip
_EU_FREQUENCIES = {
    "P1Y": "ANNUAL", "P6M": "ANNUAL_2", "P3M": "QUARTERLY", "P2M": "BIMONTHLY", "P1M": "MONTHLY",
    "P2W": "BIWEEKLY", "P1W": "WEEKLY", "P7D": "WEEKLY", "P1D": "DAILY", "P2Y": "BIENNIAL",
    "PT12H": "DAILY_2", "PT1H": "HOURLY",
}  # fmt: skip


def repeating(frequency: tuple[float, str] | None) -> str | None:
    """A frequency as ISO 8601 repeating interval: (1, "month") is R/P1M.

    Raises:
        InputError: A unit that ODCS does not know.
    """
    duration = _duration(frequency)
    return f"R/{duration}" if duration else None


def eu_frequency(frequency: tuple[float, str] | None) -> str | None:
    """A frequency as a term of the Publications Office; OTHER where it has no word for it.

    Raises:
        InputError: A unit that ODCS does not know.
    """
    duration = _duration(frequency)
    return f"{EU}/frequency/{_EU_FREQUENCIES.get(duration, 'OTHER')}" if duration else None


def _duration(frequency: tuple[float, str] | None) -> str | None:
    if frequency is None:
        return None
    value, unit = frequency
    letters = _UNITS.get(unit.strip().lower())
    if letters is None:
        raise InputError(
            "a frequency has a unit that is not one of time",
            found=unit,
            expected=", ".join(sorted(_UNITS)),
        )
    return f"P{letters[:-1]}{value:g}{letters[-1]}"
