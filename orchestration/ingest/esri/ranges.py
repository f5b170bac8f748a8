"""Reading a layer in ranges of object ids, from a server that lists none and gives no pages.

Belongs here: the third way. Does not belong here: when it is taken (``ways``).

Such a server heeds ``where`` and little else. Ranges are halved until an answer is surely whole, and grow again where
there is little. The last object id is found by asking whether there is any beyond a number.
"""

from __future__ import annotations

from orchestration.ingest.esri.answer import Page, ServerSaid, raise_said
from orchestration.ingest.esri.reading import Changed, Otherwise, Reading
from orchestration.ingest.esri.server import both

FIRST_TOP = 2_000
FARTHEST = 1 << 62
"""Beyond every object id."""
LOWEST = -(1 << 31)


def read_by_ranges(reading: Reading) -> None:
    """Read a layer in ranges of object ids.

    Raises:
        Otherwise: The server does not heed ``where`` either.
        Changed: It counts other records than came.
        OutsideError: The server can't be read.
    """
    try:
        if reading.pages.pages or not _fits_one_answer(reading):
            _read_ranges(reading)
    except ServerSaid as error:
        raise_said(error, reading.at.shown)
    if reading.count is not None and reading.pages.records != reading.count:
        raise Changed


def _fits_one_answer(reading: Reading) -> bool:
    """Whether one answer surely holds everything; it is kept then."""
    page = reading.page([("where", reading.where)])
    _hold_once(reading, page, "the first answer")
    if _may_be_cut_off(page, reading.most) or reading.count not in (None, len(page.lines)):
        return False
    reading.keep(_in_order(page), "ranges", next=FARTHEST, top=0)
    return True


def _read_ranges(reading: Reading) -> None:
    state, name = reading.pages.state, reading.number
    low = state.get("next")
    if low is None:
        low = LOWEST if _any(reading, f"{name} < 0") else 0
    top = int(state.get("top", -1)) if "top" in state else _top(reading)
    width = int(state.get("width", reading.most))
    while low <= top:
        high = min(low + width - 1, top)
        page = reading.page([("where", both(reading.where, f"{name} >= {low} AND {name} <= {high}"))])
        if any(not low <= number <= high for number in page.numbers):
            raise Otherwise
        _hold_once(reading, page, f"object ids {low} to {high}")
        came = len(page.lines)
        if came <= high - low and high > low and _may_be_cut_off(page, reading.most):
            width = (high - low + 1) // 2
            continue
        if came * 4 < reading.most:
            width *= 2
        reading.keep(_in_order(page), "ranges", next=high + 1, top=top, width=width)
        low = high + 1


def _top(reading: Reading) -> int:
    """A number that is not below any object id."""
    top = FIRST_TOP
    while _any(reading, f"{reading.number} > {top}"):
        top *= 4
        if top > FARTHEST:
            raise Otherwise
    return top


def _any(reading: Reading, condition: str) -> bool:
    """Whether there is any record of that kind."""
    query = [("where", both(reading.where, condition)), ("outFields", reading.number)]
    return bool(reading.at.ask([*query, ("returnGeometry", "false"), ("f", "json")]).features)


def _hold_once(reading: Reading, page: Page, where: str) -> None:
    if len(set(page.numbers)) < len(page.lines):
        raise reading.at.doubled(where)


def _may_be_cut_off(page: Page, most: int) -> bool:
    """Whether there may be more than an answer gave: it says so, holds as many as one may, or a round number."""
    came = len(page.lines)
    return page.more or came >= most or (came > 0 and came % 100 == 0)


def _in_order(page: Page) -> Page:
    pairs = sorted(zip(page.numbers, page.lines, strict=True))
    return Page([line for _, line in pairs], [number for number, _ in pairs], page.more)
