"""When a request is tried again, how long before, and when no more.

Belongs here: the arithmetic, with urllib3's ``Retry`` as the count and the backoff. Does not belong here: sleeping,
sending (``client``).

Source: RFC 9110, 10.2.3 (Retry-After: seconds, or a date); RFC 6585, 4 (429).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import mktime_tz, parsedate_tz

from urllib3.exceptions import MaxRetryError
from urllib3.util.retry import Retry

from orchestration.ingest.web.limits import Clock, Limits

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may pass."""


class Exhausted(Exception):
    """It was tried as often as it may be."""


class TooLong(Exception):
    """The server asks to be left alone for longer than is waited. ``seconds``, and ``until`` in UTC."""

    def __init__(self, seconds: float, until: datetime) -> None:
        super().__init__(f"{seconds:,.0f} seconds")
        self.seconds, self.until = seconds, until


class Patience:
    """The tries of one request.

    Attributes:
        tried: How often it was tried so far.
    """

    def __init__(self, limits: Limits, clock: Clock, tries: int | None = None) -> None:
        self.limits, self.clock = limits, clock
        self._tries = limits.tries if tries is None else tries
        self.renew()

    def renew(self) -> None:
        """All tries are there again: something was got."""
        self.tried = 0
        self._began = self.clock.monotonic()
        self._left = Retry(
            total=self._tries - 1,
            backoff_factor=self.limits.first_pause,
            backoff_max=self.limits.longest_pause,
            status_forcelist=AGAIN,
        )

    def passes(self, status: int) -> bool:
        """Whether an answer of this status is asked for again."""
        return self._left.is_retry("GET", status)

    def pause(self, headers: Mapping[str, str] | None = None) -> float:
        """Count a try that failed; returns the seconds to wait before the next.

        Args:
            headers: Of the answer, where there was one; names in lower case.

        Raises:
            Exhausted: There is no next.
            TooLong: The server asks for a longer wait than is waited.
        """
        self.tried += 1
        asked = retry_after(headers, self.clock.wall()) if headers is not None else None
        if asked is not None and asked > self.limits.longest_pause:
            raise TooLong(asked, datetime.fromtimestamp(self.clock.wall() + asked, UTC))
        if self.clock.monotonic() - self._began > self.limits.altogether:
            raise Exhausted
        try:
            self._left = self._left.increment("GET")
        except MaxRetryError as error:
            raise Exhausted from error
        backoff = self._left.get_backoff_time() or self.limits.first_pause
        pause = backoff * (0.5 + self.clock.chance() / 2)
        return max(asked, pause) if asked is not None else pause


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """How many seconds a server asks to wait; None where it does not say, or not in a way that is known.

    A date is counted from the server's own clock (its ``Date``) where it tells it.

    Args:
        headers: Of its answer; names in lower case.
        now: Seconds since 1970.
    """
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    until = parsedate_tz(said) if said else None
    if until is None:
        return None
    server = parsedate_tz(headers.get("date", ""))
    try:
        return max(mktime_tz(until) - (mktime_tz(server) if server else now), 0.0)
    except (OverflowError, ValueError):
        return None
