"""The literals of compiled SQL, and their neighbours: values that a record hardly ever has by chance.

Belongs here: finding them in SQL, and which of them a column of a type could hold. Does not belong here: putting them
into records (``values``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_TEXT: Final = re.compile(r"'((?:[^']|'')*)'")
_NAME: Final = re.compile(r'"(?:[^"]|"")*"')
_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
MOST: Final = 400
"""Literals kept of each kind: in the order in which they stand, so that the same SQL gives the same."""
PROBES: Final = ("1", "2020-02-29", "true")
"""Texts that can be read as something else, for SQL that tries."""
LONGEST: Final = 300
"""A number up to this may be a text's length."""


@dataclass(frozen=True)
class Literals:
    """What the SQL names: texts, numbers and moments, each once, in the order in which they stand."""

    texts: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    moments: tuple[datetime, ...] = ()

    def near_texts(self) -> list[str]:
        """Each text with others that differ a little, and texts as long as a number says."""
        found: list[str] = []
        for text in self.texts:
            plain = text.strip("%")
            other = chr(ord(plain[0]) + 1) + plain[1:] if plain and plain[0].isascii() else plain
            found += [plain, plain + "x", plain[:-1], plain.upper(), plain.lower(), other]
        lengths = {int(n) + step for n in self.numbers if n == int(n) and n <= LONGEST for step in (-1, 0, 1)}
        found += ["x" * length for length in sorted(lengths) if length >= 0]
        return list(dict.fromkeys([*found, *PROBES]))

    def near_numbers(self, least: float) -> list[float]:
        """Each number with the two that differ by ``least``, and their negatives."""
        near = [other for n in self.numbers for other in (n, n + least, n - least)]
        return list(dict.fromkeys([*near, 0.0, *(-n for n in near)]))

    def near_moments(self) -> list[datetime]:
        """Each moment with those a second and a day around it, and the days of years that a number names."""
        around = (timedelta(0), timedelta(seconds=1), timedelta(seconds=-1), timedelta(days=1), timedelta(days=-1))
        found = [moment + step for moment in self.moments for step in around]
        years = sorted({int(n) for n in self.numbers if n == int(n) and 1900 <= n <= 2100})
        found += [datetime(year, month, 1) for year in years for month in (1, 7)]
        return list(dict.fromkeys(found))

    def near_days(self) -> list[date]:
        """The days of ``near_moments``."""
        return list(dict.fromkeys(moment.date() for moment in self.near_moments()))


def literals_of(texts: Iterable[str]) -> Literals:
    """The literals of several texts of SQL."""
    words: dict[str, None] = {}
    numbers: dict[float, None] = {}
    for sql in texts:
        bare = _NAME.sub(" ", _COMMENT.sub(" ", sql))
        words |= dict.fromkeys(found.replace("''", "'") for found in _TEXT.findall(bare))
        numbers |= dict.fromkeys(map(float, _NUMBER.findall(_TEXT.sub(" ", bare))))
    moments = [found for found in map(_moment, words) if found is not None]
    return Literals(tuple(words)[:MOST], tuple(numbers)[:MOST], tuple(moments)[:MOST])


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=None) if found.year < 9000 else None
