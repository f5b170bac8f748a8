"""Reading a layer by its object ids: the server lists them all, and records are asked for by them.

Belongs here: the second way. Does not belong here: when it is taken (``ways``).

Records are asked for in ranges of ids, since these are short in an address; what does not come so is asked for id by
id. Each must be one that was listed and was not there before; one that does not come must be gone from the list.
"""

from __future__ import annotations

from collections.abc import Sequence

from contracts.errors import OutsideError
from orchestration.ingest.esri.answer import Page, ServerSaid, raise_said
from orchestration.ingest.esri.reading import Otherwise, Reading
from orchestration.ingest.esri.server import LONGEST_QUERY, both, query_size


def read_by_ids(reading: Reading) -> None:
    """Read a layer by its object ids.

    Raises:
        Otherwise: The server does not list them, or does not give records by them.
        OutsideError: The server can't be read.
    """
    listed = reading.at.ids(reading.where)
    if listed is None:
        raise Otherwise
    _hold_list(reading, listed)
    reading.declared = len(listed)
    after, gone = reading.pages.state.get("after"), list(reading.pages.state.get("gone") or [])
    left = [one for one in listed if after is None or one > after]
    for begin in range(0, len(left), reading.size):
        batch = left[begin : begin + reading.size]
        found = _batch(reading, batch)
        if not found and not reading.pages.records:
            raise Otherwise
        gone += [one for one in batch if one not in found]
        page = Page([found[one] for one in batch if one in found], [])
        reading.keep(page, "ids", after=batch[-1], gone=gone)
    _hold_gone(reading, gone)
    reading.declared = len(listed) - len(gone)


def _hold_list(reading: Reading, listed: Sequence[int]) -> None:
    """Refuse a list of object ids that is cut off: the server counts more records, twice."""
    at, where = reading.at, reading.where
    if reading.count is None or len(listed) >= reading.count:
        return
    again = at.count(where)
    if again is not None and len(listed) < again and len(at.ids(where) or ()) < again:
        raise OutsideError(
            "a server lists fewer object ids than it counts records",
            where=at.shown,
            found=f"{len(listed):,} object ids",
            expected=f"{again:,}",
            hint="run again; if it stays so, ask the publisher for an export of the layer.",
            retry=True,
        )


def _hold_gone(reading: Reading, gone: Sequence[int]) -> None:
    """Refuse records that are still listed and did not come."""
    if not gone:
        return
    still = set(reading.at.ids(reading.where) or gone)
    withheld = sum(one in still for one in gone)
    if withheld:
        came = reading.pages.records
        raise OutsideError(
            "a server lists records that it does not give",
            where=reading.at.shown,
            found=f"{came:,} records",
            expected=f"{came + withheld:,}, as many as object ids it lists",
            hint="run again; if it stays so, ask the publisher.",
            retry=True,
        )


def _batch(reading: Reading, batch: Sequence[int]) -> dict[int, bytes]:
    """The records with these ids, by id."""
    found: dict[int, bytes] = {}
    missing, width = list(batch), len(batch)
    while missing:
        first, last = missing[0], missing[:width][-1]
        between = both(reading.where, f"{reading.number} >= {first} AND {reading.number} <= {last}")
        try:
            came = _wanted(reading, missing, reading.page([("where", between)]))
        except ServerSaid as error:
            if error.too_much and width > 1:
                width = width // 2
                continue
            break
        if not came:
            break
        found |= came
        missing = [one for one in missing if one not in found]
    while missing:
        some = _fitting(missing, reading.size)
        try:
            page = reading.page([("objectIds", ",".join(map(str, some)))])
        except ServerSaid as error:
            raise_said(error, reading.at.shown)
        came = _wanted(reading, some, page)
        found |= came
        rest = [one for one in some if one not in found] if came and page.more else []
        missing = rest + missing[len(some) :]
    return found


def _fitting(numbers: Sequence[int], most: int) -> list[int]:
    """As many ids as fit an address."""
    most = min(len(numbers), most)
    while most > 1 and query_size([("objectIds", ",".join(map(str, numbers[:most])))]) > LONGEST_QUERY:
        most = most * 3 // 4
    return list(numbers[:most])


def _wanted(reading: Reading, batch: Sequence[int], page: Page) -> dict[int, bytes]:
    """The records of a page that were asked for, by id."""
    wanted = set(batch)
    came = [(number, line) for number, line in zip(page.numbers, page.lines, strict=True) if number in wanted]
    found = dict(came)
    if len(found) != len(came):
        raise reading.at.doubled(f"object ids {batch[0]} to {batch[-1]}")
    return found
