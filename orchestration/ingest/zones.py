"""Local time to UTC, exactly, in columns: a table of one zone's offsets for every day.

Belongs here: turning a time zone's rules into SQL that needs no function call per record, and saying
which local times do not exist (the hour that daylight saving skips). Does not belong here: parsing text.

A local time that occurs twice (the hour repeated in autumn) is taken as its first occurrence. Times
outside ``FIRST``..``LAST`` have no offset here and do not pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.errors import InputError
from contracts.model import Place

FIRST = date(1900, 1, 1)
LAST = date(2100, 12, 31)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Change:
    """One change of a zone's offset. ``at`` is in seconds of UTC since 1970, offsets in seconds."""

    at: int
    before: int
    after: int


def zone(name: str, place: Place) -> ZoneInfo:
    """The time zone called ``name``.

    Raises:
        InputError: There is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(
            "a time zone is not known",
            where=str(place),
            found=name,
            expected="a name of the IANA database, such as America/Bogota",
        ) from error


@lru_cache(maxsize=16)
def changes(name: str) -> tuple[int, tuple[Change, ...]]:
    """The zone's offset on the first day, and all its changes up to the last, in order."""
    rules = ZoneInfo(name)
    at = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) - timedelta(days=1)
    end = datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC) + timedelta(days=2)
    first = offset = _offset(rules, at)
    found: list[Change] = []
    step = timedelta(days=1)
    while at < end:
        following = _offset(rules, at + step)
        if following != offset:
            moment = _turning_point(rules, at, at + step, offset)
            found.append(Change(int((moment - EPOCH).total_seconds()), offset, following))
            offset = following
        at += step
    return first, tuple(found)


def _offset(rules: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(rules).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _turning_point(rules: ZoneInfo, low: datetime, high: datetime, offset: int) -> datetime:
    """The first second in (low, high] whose offset is not ``offset``."""
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if _offset(rules, middle) == offset:
            low = middle
        else:
            high = middle
    return high


def to_utc(local: str, name: str, place: Place) -> str:
    """SQL for the UTC time of ``local`` in zone ``name``, NULL where that local time does not exist.

    Args:
        local: Name of a column of naive TIMESTAMPs (named many times in the result).
        name: The zone.
        place: Where the contract names it.

    Raises:
        InputError: No such zone.
    """
    zone(name, place)
    first, found = changes(name)
    if not found and first == 0:
        return local
    pieces = _pieces(first, found)
    offset = _tree(local, pieces)
    return f"make_timestamp(epoch_us({local}) - 1000000 * ({offset}))"


Piece = tuple[datetime | None, int | None]
"""From this local time on (None: from the beginning), this offset in seconds (None: no such time)."""


def _pieces(first: int, found: tuple[Change, ...]) -> list[Piece]:
    """Local time in order, cut where the offset changes."""
    pieces: list[Piece] = [(None, None), (datetime(FIRST.year, 1, 1), first)]
    for change in found:
        old_end = _naive(change.at + change.before)
        if change.after > change.before:
            pieces.append((old_end, None))
            pieces.append((_naive(change.at + change.after), change.after))
        else:
            pieces.append((old_end, change.after))
    pieces.append((datetime(LAST.year + 1, 1, 1), None))
    kept = [pieces[0]]
    for piece in pieces[1:]:
        previous, start = kept[-1][0], piece[0]
        assert start is not None
        if previous is None or start > previous:
            kept.append(piece)
    return kept


def _naive(seconds: int) -> datetime:
    return (EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None)


def _tree(local: str, pieces: list[Piece]) -> str:
    """The pieces as a binary search in CASE: nine comparisons for two centuries, none of them a function."""
    if len(pieces) == 1:
        offset = pieces[0][1]
        return "NULL::BIGINT" if offset is None else f"{offset}::BIGINT"
    middle = len(pieces) // 2
    at = pieces[middle][0]
    left, right = _tree(local, pieces[:middle]), _tree(local, pieces[middle:])
    return f"CASE WHEN {local} < TIMESTAMP '{at}' THEN {left} ELSE {right} END"
