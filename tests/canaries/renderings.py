"""In which forms a marker is recognised in a text, in bytes, and as a hash.

Belongs here: the forms, and the index that knows every marker by them. Does not belong here: opening files and undoing
encodings (``views``).

A form is a pattern that finds whatever might be a marker of a kind, and the key by which the index knows it. So a text
is read once for each form, however many markers there are.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Final

from tests.canaries.markers import LOCAL, Marker, moment

Key = tuple[str, str]
"""The form's name and the marker's key in it."""
Keys = Callable[[re.Match[str]], Iterable[str]]

HASHES: Final = ("md5", "sha1", "sha256", "sha512")
HASH_LETTERS: Final = 16
"""So much of a hash is enough to be recognised: 2^64 to one."""
_SEPARATOR: Final = r"[.,'\u2019 \u00a0\u2009\u202f_()-]{0,2}"
"""Between digits: of thousands in English, Spanish, Portuguese and Swiss, of telephones, of decimals."""
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan ene",
            "feb fev",
            "mar",
            "apr abr",
            "may mai",
            "jun",
            "jul",
            "aug ago",
            "sep set",
            "oct out",
            "nov",
            "dec dic dez",
        ),
        start=1,
    )
    for name in names.split()
}
_MINUTE: Final = "%Y-%m-%d %H:%M"
_DIGITS: Final = re.compile(r"\D")


def _spread(prefix: str, more: int) -> str:
    """A pattern for a prefix and so many digits more, with separators anywhere, matches overlapping."""
    return rf"(?=({_SEPARATOR.join(prefix)}(?:{_SEPARATOR}[0-9]){{{more}}}))"


def _digits(match: re.Match[str]) -> Iterable[str]:
    yield _DIGITS.sub("", match[1])


def _letters(match: re.Match[str]) -> Iterable[str]:
    yield match[0][:10]


def _rounded(match: re.Match[str]) -> Iterable[str]:
    yield f"{float(match[0].replace(',', '.')):.5e}"


def _day(year: str, month: int | str, day: str) -> Iterator[str]:
    try:
        yield date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return


def _day_first_year(match: re.Match[str]) -> Iterable[str]:
    yield from _day(match["y"], match["m"], match["d"])


def _day_together(match: re.Match[str]) -> Iterable[str]:
    yield from _day(match[0][:4], match[0][4:6], match[0][6:])


_NUMBERED = re.compile(r"(?<!\d)(?P<a>\d{1,2})(?P<s>[-/. ])(?P<b>\d{1,2})(?P=s)\Z")
_NAMED = re.compile(
    r"(?:(?<!\d)(?P<d>\d{1,2})(?:st|nd|rd|th|º)?[ .-](?:de |of )?(?P<m>[a-zç]{3,10})\.?[ ,-]{1,2}(?:de |del )?"
    r"|(?P<n>[a-zç]{3,10})\.? (?P<e>\d{1,2})(?:st|nd|rd|th)?,? )\Z"
)


def _day_before_year(match: re.Match[str]) -> Iterable[str]:
    """Day and month that stand before the year, as numbers in either order or with the month's name."""
    before = match.string[max(match.start() - 30, 0) : match.start()]
    if numbered := _NUMBERED.search(before):
        yield from _day(match[0], numbered["a"], numbered["b"])
        yield from _day(match[0], numbered["b"], numbered["a"])
    if (named := _NAMED.search(before)) and (month := _MONTHS.get((named["m"] or named["n"])[:3])):
        yield from _day(match[0], month, named["d"] or named["e"])


def _time(match: re.Match[str]) -> Iterable[str]:
    yield match.string[max(match.start() - 5, 0) : match.end()]


def _day_counted(match: re.Match[str]) -> Iterable[str]:
    for unit in (1, 10**3, 10**6):
        days, rest = divmod(int(match[0]), 86_400 * unit)
        if rest in (0, 18_000 * unit) and -110_000 < days < 0:
            yield (date(1970, 1, 1) + timedelta(days=days)).isoformat()


def _moment(match: re.Match[str]) -> Iterable[str]:
    yield from _moment_of(match["a"], match["b"], match)


def _moment_after_day(match: re.Match[str]) -> Iterable[str]:
    """Day and month stand before the year, in either order."""
    before = match.string[match.start() - 6 : match.start()]
    yield from _moment_of(before[:2], before[3:5], match)
    yield from _moment_of(before[3:5], before[:2], match)


def _moment_of(month: str, day: str, match: re.Match[str]) -> Iterator[str]:
    try:
        naive = datetime(2026, int(month), int(day), int(match["h"]), int(match["n"]))
    except ValueError:
        return
    yield naive.strftime(_MINUTE)
    yield naive.replace(tzinfo=LOCAL).astimezone(UTC).strftime(_MINUTE)


def _moment_counted(match: re.Match[str]) -> Iterable[str]:
    seconds = int(match[0][:10])
    yield datetime.fromtimestamp(seconds, UTC).strftime(_MINUTE)


def _decimals(match: re.Match[str]) -> Iterable[str]:
    """Up to nine decimals as they stand; more, as a floating-point number has them, rounded to nine."""
    number = Decimal(match[0].replace(",", "."))
    given = len(match[0]) - match[0].replace(",", ".").index(".") - 1
    yield str(number if given <= 9 else number.quantize(Decimal("1e-9"), ROUND_HALF_EVEN))


FORMS: Final[tuple[tuple[str, re.Pattern[str], Keys], ...]] = (
    ("word", re.compile(r"zq[bcdfghjklmnpqrstvwxz]{8,12}"), _letters),
    ("whole", re.compile(_spread("7919", 9)), _digits),
    ("amount", re.compile(_spread("7927", 7)), _digits),
    ("phone", re.compile(_spread("1997", 7)), _digits),
    ("rounded", re.compile(r"[17](?<![0-9]\d)[.,]\d{5}e\+?\d\d(?!\d)"), _rounded),
    ("day", re.compile(r"(?P<y>1[78]\d\d)(?P<s>[-/. ])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"), _day_first_year),
    ("day", re.compile(r"1[78](?<![0-9a-z]1[78])\d{6}(?![0-9a-z])"), _day_together),
    ("day", re.compile(r"1[78](?<=[-/. ,]1[78])\d\d(?!\d)"), _day_before_year),
    ("day", re.compile(r"-(?<![0-9a-z]-)\d{10,16}(?![0-9a-z])"), _day_counted),
    (
        "moment",
        re.compile(r"2026(?P<s>[-/.]?)(?P<a>\d\d)(?P=s)(?P<b>\d\d)[t _]{0,2}(?P<h>\d\d):?(?P<n>\d\d)"),
        _moment,
    ),
    (
        "moment",
        re.compile(r"2026(?<=\d\d[-/.]\d\d[-/.]2026)[t, _]{1,2}(?P<h>\d\d):(?P<n>\d\d)"),
        _moment_after_day,
    ),
    ("moment", re.compile(r"17(?<![0-9a-z.]17)[67]\d{7}(?:\d{3}){0,3}(?![0-9a-z])"), _moment_counted),
    ("time", re.compile(r":\d\d\.\d{6}(?!\d)"), _time),
    ("latitude", re.compile(r"9(?<![0-9]9)[.,]5\d{5,}"), _decimals),
    ("longitude", re.compile(r"76(?<![0-9]76)[.,]6\d{5,}"), _decimals),
)


def keys_of(marker: Marker) -> Iterator[Key]:
    """Every key that the index knows a marker by."""
    text = marker.text
    match marker.kind:
        case "word":
            yield "word", text.lower()[:10]
        case "whole":
            yield "whole", text
        case "amount":
            floor = int(Decimal(text))
            yield from (("amount", str(floor)), ("amount", str(floor + 1)))
        case "phone":
            yield "phone", _DIGITS.sub("", text)[2:]
        case "moment":
            yield "moment", moment(marker).strftime(_MINUTE)
        case "latitude" | "longitude":
            size = abs(Decimal(text))
            for places in range(6, 10):
                for way in (ROUND_DOWN, ROUND_HALF_EVEN):
                    yield marker.kind, str(size.quantize(Decimal(1).scaleb(-places), way))
        case _:
            yield marker.kind, text


def stored(marker: Marker) -> Iterator[tuple[bytes, bytes]]:
    """A number's eight bytes, as files and databases hold them, with a pattern by which they are looked for.

    The pattern holds the bytes that change least: of a whole number four, of a floating-point number two.
    """
    forms: list[tuple[str, type[int] | type[float], int]] = (
        [(">d", float, 2)] if marker.kind in ("amount", "latitude", "longitude") else []
    )
    forms += [(">q", int, 4), (">d", float, 2)] if marker.kind == "whole" else []
    for form, number, few in forms:
        eight = struct.pack(form, number(marker.text))
        rest = b".{%d}" % (8 - few)
        yield eight, re.escape(eight[:few]) + rest
        yield eight[::-1], rest + re.escape(eight[::-1][-few:])


class Index:
    """Every marker, by each of its keys, its bytes and its hashes."""

    def __init__(self) -> None:
        self.markers: dict[Marker, None] = {}
        self._keys: dict[Key, list[Marker]] = {}
        self._bytes: dict[bytes, Marker] = {}
        self._hashes: dict[str, Marker] = {}
        self._patterns: set[bytes] = set()

    def add(self, marker: Marker, cell: str = "") -> Marker:
        """Know one more marker, and the whole field it stands in."""
        if marker not in self.markers:
            self.markers[marker] = None
            for key in keys_of(marker):
                self._keys.setdefault(key, []).append(marker)
            for eight, pattern in stored(marker):
                self._bytes[eight] = marker
                self._patterns.add(pattern)
        texts = {marker.text, cell or marker.text}
        if marker.kind == "phone":
            texts.add(_DIGITS.sub("", marker.text))
        for text in texts | {t.lower() for t in texts} | {t.upper() for t in texts}:
            for name in HASHES:
                digest = hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()
                self._hashes[digest[:HASH_LETTERS]] = marker
        return marker

    def in_text(self, text: str) -> set[Marker]:
        """Markers written in a text; letters count as small ones."""
        low = text.lower()
        found: set[Marker] = set()
        for kind, pattern, keys in FORMS:
            for match in pattern.finditer(low):
                for key in keys(match):
                    found.update(self._keys.get((kind, key), ()))
        return found

    def in_bytes(self, data: bytes) -> set[Marker]:
        """Markers that stand in bytes as stored numbers."""
        patterns = b"|".join(sorted(self._patterns))
        found = (self._bytes.get(match[1]) for match in re.finditer(b"(?s)(?=(%s))" % patterns, data))
        return {marker for marker in found if marker is not None}

    def hashed(self, digest: str) -> Marker | None:
        """The marker that a hash, in small hexadecimal letters and perhaps cut short, was made of."""
        return self._hashes.get(digest[:HASH_LETTERS]) if len(digest) >= HASH_LETTERS else None
