"""The markers: values that no chance brings about, one for each record and column above public.

Belongs here: making them, and what makes them rare. Does not belong here: in which forms one is recognised
(``renderings``), the files they are put in (``deliveries``).

A marker is drawn from the sha256 of its column, record and delivery, so that the same trial has the same ones:

- **words**: ``zq`` and twelve consonants. No language has the beginning; cut down to eight consonants there are still
  2.5e10 of them.
- **whole numbers**: 13 digits that begin with 7919, below 2^53, so that a floating-point number holds all of them.
- **amounts**: 11 digits that begin with 7927, and two decimals.
- **telephones**: +57 1997 and seven digits; no such number is given out, and it is 13 digits long.
- **days**: in the years 1701 to 1799 (confidential) and 1801 to 1899 (restricted), of which nothing else speaks.
- **moments**: between 06:00 and 23:00 UTC in the first quarter of 2026, of whose minutes nothing else speaks: clocks
  that a trial runs by are later, and its as-of instants are midnights.
- **times of day**: to the microsecond.
- **coordinates**: nine decimals; recognised when at least six of them are there (a tenth of a metre).

Booleans can hold no marker.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

LETTERS: Final = "bcdfghjklmnpqrstvwxz"
LOCAL: Final = timezone(timedelta(hours=-5))
"""America/Bogota, which has no summer time."""
FIRST_MOMENT: Final = datetime(2026, 1, 2, 6, 0, 1, tzinfo=UTC)
DAYS: Final = 80


@dataclass(frozen=True)
class Marker:
    """One value of one record.

    Attributes:
        column: The source's name and the column's, ``aviary_requests.badge``; or what else it stands in.
        tier: The column's class.
        kind: How it was drawn: word, whole, amount, phone, day, moment, time, latitude, longitude, rounded.
        text: The value, written plainly: what is hashed where a hash is looked for.
    """

    column: str
    tier: str
    kind: str
    text: str


class Draw:
    """Draws markers for one column of one delivery, and keeps those it drew."""

    def __init__(self, column: str, tier: str, kind: str, delivery: int = 0) -> None:
        self.column = column
        self.tier = tier
        self.kind = kind
        self.delivery = delivery

    def marker(self, record: int, part: int = 0) -> Marker:
        """The marker of a record; ``part`` counts where a value holds several."""
        return Marker(self.column, self.tier, self.kind, self._text(self._number(record, part)))

    def _number(self, record: int, part: int) -> int:
        seed = f"{self.column}/{self.delivery}/{record}/{part}".encode()
        return int.from_bytes(hashlib.sha256(seed).digest(), "big")

    def _text(self, number: int) -> str:
        match self.kind:
            case "word":
                return word(number)
            case "whole":
                return f"7919{number % 10**9:09d}"
            case "amount":
                return f"7927{number % 10**7:07d}.{1 + number // 10**7 % 9}{1 + number // 10**9 % 9}"
            case "phone":
                return f"+57 1997 {number % 1000:03d} {number // 1000 % 10_000:04d}"
            case "day":
                century = date(1701, 1, 1) if self.tier == "confidential" else date(1801, 1, 1)
                return (century + timedelta(days=number % 36_000)).isoformat()
            case "moment":
                day, second = number % DAYS, number // DAYS % 61_200
                return f"{FIRST_MOMENT + timedelta(days=day, seconds=second):%Y-%m-%d %H:%M:%S}"
            case "time":
                seconds, micros = number % 86_400, 100_000 + number // 86_400 % 899_999
                return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{micros | 1:06d}"
            case "latitude":
                return f"9.5{number % 10**7:07d}{1 + number // 10**7 % 9}"
            case "longitude":
                return f"-76.6{number % 10**7:07d}{1 + number // 10**7 % 9}"
        raise ValueError(self.kind)


def word(number: int) -> str:
    """``Zq`` and twelve consonants."""
    letters = []
    for _ in range(12):
        number, letter = divmod(number, len(LETTERS))
        letters.append(LETTERS[letter])
    return "Zq" + "".join(letters)


def moment(marker: Marker) -> datetime:
    """The instant of a marker of that kind, UTC."""
    return datetime.strptime(marker.text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
