"""Reading all records of a layer, once each: by offset, by object ids, or by ranges of them, as the server can.

Belongs here: the choice of a way, and the first of them. Does not belong here: the forms of requests and answers
(``answer``, ``server``).

The three ways, each for servers that cannot go the one before:

1. ``offset``: pages in the order of the object id. A record that comes twice, or out of order, ends this way.
2. ``ids``: the server lists all object ids, and records are asked for by them. What changes meanwhile can neither
   shift nor double a record, so this is also the second try where the layer changed during the first.
3. ``ranges``: for servers that list no ids. Ranges of object ids are halved until an answer is surely whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from contracts.errors import OutsideError
from orchestration.ingest.esri.answer import ServerSaid, raise_said
from orchestration.ingest.esri.ids import read_by_ids
from orchestration.ingest.esri.ranges import read_by_ranges
from orchestration.ingest.esri.reading import Changed, Otherwise, Reading

SMALL_PAGE = 50
"""Records of a page that is not made smaller any more when a server breaks down over it."""


def read_all(reading: Reading, *, by_ids: bool) -> None:
    """Read all records of a layer into the journal.

    Args:
        reading: What is asked for.
        by_ids: Begin with the second way.

    Raises:
        Changed: The layer changed meanwhile; what came is no use.
        OutsideError: It can't be read, whole.
    """
    if reading.layer.number is None:
        _read_at_once(reading)
        return
    names = list(WAYS)
    begun = reading.pages.state.get("way")
    first = str(begun) if begun in WAYS else "ids" if by_ids or not reading.layer.paged else "offset"
    for name in names[names.index(first) :]:
        try:
            WAYS[name](reading)
            return
        except Otherwise:
            reading.pages.abandon()
    raise OutsideError(
        "a layer can't be read whole",
        where=reading.at.shown,
        found="a server that gives neither pages in order, nor records by their object ids",
        expected="one of them",
        hint="ask the publisher for an export of the layer, and fetch that with the http connector.",
    )


def _read_at_once(reading: Reading) -> None:
    """A table without object ids: all of it must fit one answer."""
    try:
        page = reading.page([("where", reading.where)])
    except ServerSaid as error:
        raise_said(error, reading.at.shown)
    came = len(page.lines)
    if page.more or (came >= reading.most if reading.count is None else came != reading.count):
        raise OutsideError(
            "a layer without object ids is larger than one answer",
            where=reading.at.shown,
            found=f"{came:,} records in the answer",
            expected=f"{reading.count:,}" if reading.count is not None else "all of them",
            hint="ask the publisher for an export of the layer, and fetch that with the http connector.",
        )
    reading.keep(page, "at once")


def read_by_offset(reading: Reading) -> None:
    """Read a layer in pages, in the order of its object ids.

    Raises:
        Otherwise: The server does not give them so.
        Changed: The layer changed meanwhile.
        OutsideError: The server can't be read.
    """
    last = reading.pages.state.get("last")
    while True:
        query = [
            ("where", reading.where),
            ("orderByFields", reading.number),
            ("resultOffset", str(reading.pages.records)),
            ("resultRecordCount", str(reading.size)),
        ]
        try:
            page = reading.page(query)
        except ServerSaid as error:
            if error.too_much and reading.size > SMALL_PAGE:
                reading.size = max(SMALL_PAGE, reading.size // 2)
                continue
            if error.too_much or reading.pages.pages:
                raise_said(error, reading.at.shown)
            raise Otherwise from error
        if not page.lines:
            break
        before = [] if last is None else [last]
        if any(one >= two for one, two in pairwise([*before, *page.numbers])):
            raise Otherwise
        last, reading.size = page.numbers[-1], min(reading.full, reading.size * 2)
        reading.keep(page, "offset", last=last)
        if not page.more and reading.count is not None and reading.pages.records >= reading.count:
            break
    _hold_count(reading)


def _hold_count(reading: Reading) -> None:
    """Hold what came against what the server counts, before and after."""
    at, came = reading.at, reading.pages.records
    after = at.count(reading.where)
    if reading.count is None and after is None:
        listed = at.ids(reading.where)
        after = reading.declared = len(listed) if listed is not None else None
        if listed is None:
            reading.tell(f"{at.shown} does not say how many records it has: {came:,} came, until a page was empty")
    now, was = at.describe(), reading.layer
    if (now.edited, now.form) != (was.edited, was.form) or any(n not in (None, came) for n in (reading.count, after)):
        raise Changed


WAYS: Mapping[str, Callable[[Reading], None]] = {
    "offset": read_by_offset,
    "ids": read_by_ids,
    "ranges": read_by_ranges,
}
"""The ways, in the order in which they are tried."""
