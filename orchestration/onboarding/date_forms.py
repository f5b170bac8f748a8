"""How a publisher writes dates and times, told from many of them at once.

Belongs here: one pattern for all values of a column, as the contract writes it (``MM/dd/yyyy hh:mm:ss a``), and
what is doubtful about it. Does not belong here: reading values (``ingest.parse``, which has the last word: a pattern
from here is tried there before it stands in a draft).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Order = Literal["ymd", "dmy", "mdy"]

MONTH_FIRST: Final = frozenset({"US", "PH", "FM", "MH", "PW", "PR", "GU", "AS", "VI", "MP"})
"""Countries in which the month is written before the day."""

_VALUE = re.compile(
    r"(?P<a>\d{1,4})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<c>\d{1,4})"
    r"(?:(?P<gap>T| )(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<sec>\d{2})(?:\.(?P<frac>\d{1,9}))?)?"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?\Z"
)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(:\d{2})?\Z")
_SOLID = re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\Z")
_MONTH = re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])\Z")
_DATED: Final = frozenset({"date", "fecha", "data", "dia", "day", "fec", "fch", "dt"})
_PERIODS: Final = frozenset({"periodo", "period", "month", "mes", "anomes", "yearmonth", "competencia"})


@dataclass(frozen=True)
class DateForm:
    """A pattern for a whole column.

    Attributes:
        pattern: As the contract writes it.
        logical_type: date, time or timestamp.
        has_offset: Whether each value says its offset from UTC.
        doubtful: The day and the month can't be told apart in any of the values.
        offsets: The offsets met, such as +03:00.
    """

    pattern: str
    logical_type: Literal["date", "time", "timestamp"]
    has_offset: bool = False
    doubtful: bool = False
    offsets: frozenset[str] = frozenset()


def date_form(values: Sequence[str], words: Sequence[str], country: str) -> DateForm | None:
    """The one pattern of ``values``, or None where they are no dates, or not of one form.

    Args:
        values: Texts that say something.
        words: The words of the column's name: eight digits alone are a date only where it says so.
        country: Decides which comes first where the values don't tell the day from the month.
    """
    if not values:
        return None
    named = set(words)
    if named & _DATED and all(_SOLID.match(v) for v in values):
        return DateForm("yyyyMMdd", "date")
    if named & (_PERIODS | _DATED) and all(_MONTH.match(v) for v in values):
        return DateForm("yyyyMM", "date")
    if all(_TIME.match(v) for v in values):
        seconds = sum(v.count(":") == 2 for v in values)
        return DateForm(_optional("HH:mm", ":ss", seconds, len(values)), "time")
    found = [_VALUE.match(v) for v in values]
    matches = [m for m in found if m is not None]
    return _joined(matches, country) if len(matches) == len(values) else None


def _joined(matches: list[re.Match[str]], country: str) -> DateForm | None:
    separators = {m["s"] for m in matches}
    order, doubtful = _order(matches, country)
    if len(separators) != 1 or order is None:
        return None
    sign = separators.pop()
    day = _day(matches, order, sign)
    if day is None:
        return None
    timed = [m for m in matches if m["gap"]]
    if not timed:
        return DateForm(day, "date", doubtful=doubtful)
    clock = _clock(timed)
    if clock is None:
        return None
    pattern = day + clock if len(timed) == len(matches) else f"{day}[{clock}]"
    zones = {m["zone"] for m in timed}
    if None in zones and len(zones) > 1:
        return None  # some say their offset and some do not
    offsets = frozenset("+00:00" if z == "Z" else z if ":" in z else f"{z[:3]}:{z[3:]}" for z in zones if z)
    return DateForm(pattern, "timestamp", bool(offsets), doubtful, offsets)


def _order(matches: list[re.Match[str]], country: str) -> tuple[Order | None, bool]:
    """Which part is the day; None where no order fits all values."""
    if all(len(m["a"]) == 4 for m in matches):
        fits = all(1 <= int(m["b"]) <= 12 and 1 <= int(m["c"]) <= 31 and len(m["c"]) <= 2 for m in matches)
        return ("ymd" if fits else None), False
    if any(len(m["a"]) > 2 or len(m["c"]) not in (2, 4) for m in matches):
        return None, False
    day_first = all(1 <= int(m["a"]) <= 31 and 1 <= int(m["b"]) <= 12 for m in matches)
    month_first = all(1 <= int(m["b"]) <= 31 and 1 <= int(m["a"]) <= 12 for m in matches)
    if day_first and month_first:
        return ("mdy" if country in MONTH_FIRST else "dmy"), True
    return ("dmy" if day_first else "mdy" if month_first else None), False


def _day(matches: list[re.Match[str]], order: Order, sign: str) -> str | None:
    if order == "ymd":
        return sign.join(("yyyy", _digits(matches, "b", "M"), _digits(matches, "c", "d")))
    years = {len(m["c"]) for m in matches}
    if len(years) != 1:
        return None
    year = "yyyy" if years == {4} else "yy"
    first, second = ("d", "M") if order == "dmy" else ("M", "d")
    return sign.join((_digits(matches, "a", first), _digits(matches, "b", second), year))


def _digits(matches: list[re.Match[str]], group: str, letter: str) -> str:
    """One letter where some value has a single digit, else two."""
    return letter if any(len(m[group]) == 1 for m in matches) else letter * 2


def _clock(timed: list[re.Match[str]]) -> str | None:
    gaps = {m["gap"] for m in timed}
    halves = {m["half"] is not None for m in timed}
    if len(gaps) != 1 or len(halves) != 1:
        return None
    half = halves.pop()
    if any(not (1 <= int(m["h"]) <= 12 if half else int(m["h"]) <= 23) for m in timed):
        return None
    hour = _digits(timed, "h", "h" if half else "H")
    fractions = [m["frac"] for m in timed if m["frac"]]
    seconds = sum(m["sec"] is not None for m in timed)
    longest = max(map(len, fractions), default=0)
    part = "." + "S" * (3 if longest <= 3 else 6 if longest <= 6 else 9)
    pattern = f"{hour}:mm"
    if fractions:
        if seconds != len(timed):
            return None
        pattern += _optional(":ss", part, len(fractions), len(timed))
    else:
        pattern = _optional(pattern, ":ss", seconds, len(timed))
    gap = "'T'" if gaps == {"T"} else " "
    signs = {m["half"][0] == " " for m in timed if m["half"]}
    if len(signs) > 1:
        return None
    pattern += (" a" if signs == {True} else "a") if half else ""
    zone = next((m["zone"] for m in timed if m["zone"]), None)
    return gap + pattern + ("XXX" if zone else "")


def _optional(head: str, part: str, there: int, of: int) -> str:
    """``part`` behind ``head``: always, never, or in brackets."""
    return head + (part if there == of else f"[{part}]" if there else "")
