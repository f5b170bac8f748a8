"""All service requests of a span of time, once each, from a server that gives only so many at a time.

Belongs here: which windows are asked for, when an answer is surely whole, and what came twice. Does not belong here:
asking (``endpoint``), the forms of answers (``answer``).

The standard gives at most 90 days and at most 1,000 requests in an answer, and no word on whether there were more;
many servers give 50 or 100. So an answer is taken as whole only where it can't be one that was cut off: its number is
no round one, or below that of another answer. Every other is asked for again: its second page, where the server heeds
``page`` (an extension that many have), or in halves, down to one hour.

Windows lie edge to edge, both edges included, as the standard has them: what stands on an edge comes twice and is kept
once. It is remembered for a day and a half behind, since some servers look at the day alone.

Source: Open311, GeoReport v2, "GET Service Requests" (start_date, end_date); the extensions ``page`` and ``page_size``
as the servers of several cities document them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.errors import OutsideError
from orchestration.ingest.georeport.answer import Request, ServerSaid, read_requests
from orchestration.ingest.georeport.endpoint import Endpoint
from orchestration.ingest.web.pages import Pages

LONGEST = timedelta(days=90)
SHORTEST = timedelta(hours=1)
MOST = 1_000
"""Requests that the standard lets a server give at once."""
LEAST, ROUND = 20, 5
"""Servers give at least so many at once, and a round number: 20, 25, 50, 100, 200, 500."""
REMEMBERED = timedelta(hours=36)
MOST_PAGES = 40
"""Pages of one window; beyond, it is halved, so that no more than they hold stands in memory."""
TRIES = 3


class _TooMany(Exception):
    """A window holds more than the server gives at once."""


class _Moved(Exception):
    """The pages of a window do not fit each other: it changed while it was read."""


@dataclass
class Windows:
    """The requests of a span of time, window by window, into a journal.

    Attributes:
        at: The server.
        since: From when on, UTC.
        until: Up to when, UTC.
        pages: The journal.
        tell: Called with how far it is.
        services: Codes of the services that are asked for; all where none is named.
        size: ``page_size``, where it is to be sent.
        doubled: Requests that came more than once, kept once.
        asked: Answers so far.
        paged: Whether the server heeds ``page``; None as long as that is not known.
        whole: The largest answer that surely was whole: what is smaller is.
        span: The length of the next window.
        seen: What came in the last windows, with the end of its window, in seconds.
        last: How many requests the last first page gave.
        limit: How many the server seems to give at once.
    """

    at: Endpoint
    since: datetime
    until: datetime
    pages: Pages
    tell: Callable[[str], None]
    services: Sequence[str] = ()
    size: int | None = None
    doubled: int = field(init=False, default=0)
    asked: int = field(init=False, default=0)
    paged: bool | None = field(init=False, default=None)
    whole: int = field(init=False, default=0)
    span: timedelta = field(init=False, default=LONGEST)
    seen: dict[str, int] = field(init=False, default_factory=dict)
    last: int = field(init=False, default=0)
    limit: int = field(init=False, default=MOST)

    def read(self) -> None:
        """Read all requests into the journal, from where it stands.

        Raises:
            OutsideError: The server can't be read, whole.
            InputError: The contract must say something else.
        """
        start = self._go_on()
        while start < self.until:
            end = min(start + self.span, self.until)
            try:
                found = self._window(start, end)
            except _TooMany:
                if end - start <= SHORTEST:
                    raise self._too_dense(start, end) from None
                self.limit = min(self.limit, self.last)
                self.span = max(_seconds((end - start) / 2), SHORTEST)
                continue
            except ServerSaid as error:
                self.at.refuse(error)
            fresh = self._fresh(found, start, end)
            if len(found) * 4 <= self.limit:
                self.span = min(self.span * 2, LONGEST)
            self._keep(fresh, end)
            start = end

    def _go_on(self) -> datetime:
        state = self.pages.state
        self.paged, self.whole = state.get("paged"), int(state.get("whole", 0))
        self.span = timedelta(seconds=int(state.get("span", LONGEST.total_seconds())))
        self.seen = dict(state.get("seen") or {})
        self.doubled, self.asked = int(state.get("doubled", 0)), int(state.get("asked", 0))
        self.at.form, self.limit = state.get("form"), int(state.get("limit", MOST))
        return datetime.fromtimestamp(state["through"], UTC) if "through" in state else self.since

    def _keep(self, fresh: Sequence[Request], end: datetime) -> None:
        state: dict[str, Any] = {
            "through": int(end.timestamp()),
            "span": int(self.span.total_seconds()),
            "paged": self.paged,
            "whole": self.whole,
            "limit": self.limit,
            "seen": self.seen,
            "doubled": self.doubled,
            "asked": self.asked,
            "form": self.at.form,
        }
        self.pages.add([one.line for one in fresh], state)
        self.tell(f"{self.pages.records:,} requests of {self.at.shown}, up to {end:%Y-%m-%d %H:%M} UTC")

    def _fresh(self, found: Sequence[Request], start: datetime, end: datetime) -> list[Request]:
        """The requests that did not come before; remembers them all."""
        fresh: list[Request] = []
        here: dict[str, bytes] = {}
        for one in found:
            if one.sign not in self.seen and here.get(one.sign) != one.line:
                fresh.append(one)  # two of one id that differ stay two: the key rule of the contract tells
            here[one.sign] = one.line
        self.seen |= dict.fromkeys(here, int(end.timestamp()))
        self.doubled += len(found) - len(fresh)
        oldest = int((start - REMEMBERED).timestamp())
        self.seen = {sign: last for sign, last in self.seen.items() if last >= oldest}
        # By time, so that the same requests are the same bytes, whatever the windows they came in.
        fresh.sort(key=lambda one: (one.at or start, one.line))
        return fresh

    # one window -------------------------------------------------------------------------------

    def _window(self, start: datetime, end: datetime) -> list[Request]:
        """All requests of a window.

        Raises:
            _TooMany: There may be more than came.
            ServerSaid: The server sent an error.
            OutsideError: It changed while it was read, again and again, or dates are not heeded.
        """
        for _ in range(TRIES):
            try:
                return self._pages_of(start, end)
            except _Moved:
                self.tell(f"{self.at.shown} changed while it was read: asking again from {start:%Y-%m-%d %H:%M}")
        raise OutsideError(
            "a server's pages do not fit each other",
            where=self._where(start, end),
            found=f"the same request on two pages, {TRIES} times",
            hint="run again at a quieter hour; what came so far is kept.",
            retry=True,
        )

    def _pages_of(self, start: datetime, end: datetime) -> list[Request]:
        first = self._ask(start, end, None)
        self._hold_dates(first, start, end)
        self.last = len(first)
        if not self._may_be_cut_off(first):
            self.whole = max(self.whole, len(first))
            if len(first) > self.limit:
                self.limit = MOST
            return first
        if self.paged is False:
            raise _TooMany
        found, signs = list(first), {one.sign for one in first}
        for page in range(2, MOST_PAGES + 2):
            try:
                more = self._ask(start, end, page)
            except ServerSaid as error:
                if self.paged or error.passes:
                    raise
                more = first  # a server that takes offence at it does not heed it
            if not more:
                self.paged = True
                return found
            new = [one for one in more if one.sign not in signs]
            if not self.paged:
                self.paged = bool(new)
                if not new:
                    raise _TooMany
            if len(new) < len(more):
                raise _Moved
            found += new
            signs |= {one.sign for one in new}
        raise _TooMany

    def _may_be_cut_off(self, found: Sequence[Request]) -> bool:
        count = len(found)
        if self.size is not None and count >= self.size:
            return True
        return count >= LEAST and (count >= MOST or count % ROUND == 0) and count > self.whole

    def _ask(self, start: datetime, end: datetime, page: int | None) -> list[Request]:
        query = [("start_date", _written(start)), ("end_date", _written(end))]
        if self.services:
            query.append(("service_code", ",".join(self.services)))
        if self.size is not None:
            query.append(("page_size", str(self.size)))
        if page is not None:
            query.append(("page", str(page)))
        self.asked += 1
        return read_requests(self.at.ask("requests", query))

    def _hold_dates(self, found: Sequence[Request], start: datetime, end: datetime) -> None:
        """Refuse an answer none of whose requests lies in its window: the server does not heed the dates."""
        dated = [one.at for one in found if one.at is not None]
        if dated and not any(start - REMEMBERED <= at <= end + REMEMBERED for at in dated):
            raise OutsideError(
                "a server does not heed start_date and end_date",
                where=self._where(start, end),
                found=f"{len(found):,} requests, all of other days",
                expected="requests of that window, as GeoReport v2 has it",
                hint="ask the portal's people for an export, and fetch it with the http connector.",
            )

    def _too_dense(self, start: datetime, end: datetime) -> OutsideError:
        return OutsideError(
            "a server gives fewer requests than an hour holds",
            where=self._where(start, end),
            found=f"{self.last:,} requests, which may be all that it gives at once",
            expected="fewer than it gives at once, or pages",
            hint="set pageSize if the server heeds page_size; or name codes in services, one source for each group.",
        )

    def _where(self, start: datetime, end: datetime) -> str:
        return f"{self.at.shown}, {_written(start)} to {_written(end)}"


def _seconds(length: timedelta) -> timedelta:
    return timedelta(seconds=int(length.total_seconds()))


def _written(moment: datetime) -> str:
    """As the standard wants it (W3C date and time), in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
