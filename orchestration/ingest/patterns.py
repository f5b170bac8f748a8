"""Date and time patterns: ODCS writes them as Java does, DuckDB reads them as C does.

Belongs here: the translation, letter by letter. Does not belong here: time zones (``zones``).
A pattern with an optional part in square brackets becomes several, tried in order.
"""

from __future__ import annotations

from contracts.errors import InputError
from contracts.model import Place

TRANSLATION: dict[str, str] = {
    "yyyy": "%Y",
    "uuuu": "%Y",
    "y": "%Y",
    "u": "%Y",
    "yy": "%y",
    "uu": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%m",
    "LL": "%m",
    "L": "%m",
    "dd": "%d",
    "d": "%d",
    "DDD": "%j",
    "D": "%j",
    "HH": "%H",
    "H": "%H",
    "hh": "%I",
    "h": "%I",
    "mm": "%M",
    "m": "%M",
    "ss": "%S",
    "s": "%S",
    "a": "%p",
    "EEEE": "%A",
    "EEE": "%a",
    "EE": "%a",
    "E": "%a",
    "Z": "%z",
    "ZZ": "%z",
    "ZZZ": "%z",
    "X": "%z",
    "XX": "%z",
    "XXX": "%z",
    "x": "%z",
    "xx": "%z",
    "xxx": "%z",
    **{"S" * n: "%g" for n in range(1, 4)},
    **{"S" * n: "%f" for n in range(4, 7)},
    **{"S" * n: "%n" for n in range(7, 10)},
}
"""A run of one pattern letter to strptime's sign. What is not here is refused."""


OPTIONAL_PARTS = 6
"""Parts in brackets that a pattern may have: each doubles the forms that are tried."""


def strptime_formats(pattern: str, place: Place) -> tuple[str, ...]:
    """``pattern`` (``dd/MM/yyyy HH:mm[:ss]``) as strptime formats, longest first.

    Raises:
        InputError: A letter that has no translation, brackets that do not match, too many of them, or nothing left.
    """
    if pattern.count("[") > OPTIONAL_PARTS:
        raise _refused(pattern, f"{pattern.count('[')} optional parts, at most {OPTIONAL_PARTS} are read,", place)
    formats = tuple(_translated(variant, pattern, place) for variant in _variants(pattern, place))
    if "" in formats:
        raise _refused(pattern, "a form without any sign", place)
    return tuple(dict.fromkeys(formats))


def has_offset(pattern: str) -> bool:
    """Whether the pattern holds an offset from UTC."""
    inside_text = False
    for letter in pattern:
        if letter == "'":
            inside_text = not inside_text
        elif not inside_text and letter in "ZXx":
            return True
    return False


def _variants(pattern: str, place: Place) -> list[str]:
    begin = pattern.find("[")
    if begin < 0:
        if "]" in pattern:
            raise _refused(pattern, "]", place)
        return [pattern]
    depth = 0
    for at in range(begin, len(pattern)):
        depth += {"[": 1, "]": -1}.get(pattern[at], 0)
        if depth == 0:
            inner, rest = pattern[begin + 1 : at], pattern[at + 1 :]
            heads = [pattern[:begin] + part for part in (*_variants(inner, place), "")]
            tails = _variants(rest, place)
            return [head + tail for head in heads for tail in tails]
    raise _refused(pattern, "[", place)


def _translated(variant: str, pattern: str, place: Place) -> str:
    out: list[str] = []
    at = 0
    while at < len(variant):
        letter = variant[at]
        if letter == "'":
            end = variant.find("'", at + 1)
            if end < 0:
                raise _refused(pattern, "an open '", place)
            out.append("'" if end == at + 1 else variant[at + 1 : end].replace("%", "%%"))
            at = end + 1
        elif letter.isalpha():
            run = len(variant[at:]) - len(variant[at:].lstrip(letter))
            sign = TRANSLATION.get(letter * run)
            if sign is None:
                raise _refused(pattern, letter * run, place)
            out.append(sign)
            at += run
        else:
            out.append("%%" if letter == "%" else letter)
            at += 1
    return "".join(out)


def _refused(pattern: str, found: str, place: Place) -> InputError:
    return InputError(
        "a date pattern says something that is not read",
        where=str(place),
        found=f"{found} in {pattern!r}",
        expected="a pattern of y M d H h m s S a E Z X with text in quotes, such as yyyy-MM-dd'T'HH:mm:ss",
    )
