"""One request until its answer: redirects, each judged; tries, each waited for; the pace of the host.

Belongs here: what goes out and where to, and whether it is tried again. Does not belong here: what an address may be
(``addresses``), one exchange (``transport``), how long is waited (``patience``, ``pace``), the body (``body``).
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import urljoin

from contracts.errors import InputError, OutsideError
from orchestration import logs
from orchestration.ingest.web import addresses
from orchestration.ingest.web.addresses import Address, LookUp
from orchestration.ingest.web.failures import STAYS, Failed, told
from orchestration.ingest.web.limits import Clock, Limits
from orchestration.ingest.web.pace import Pace
from orchestration.ingest.web.patience import Exhausted, Patience, TooLong
from orchestration.ingest.web.transport import Exchange, Transport

REDIRECTS = frozenset({301, 302, 303, 307, 308})
TRAVEL = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "range",
        "user-agent",
    }
)
"""Headers that may go to any server. All others count as secrets: they go to the origin they were meant for alone."""

_UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
TOLD_FROM = 2.0
"""Seconds of a pause from which on it is told."""


def _silent(_far: str) -> None:
    """Nobody is told."""


class Asking:
    """Asks web servers, for ``Web``, with all that it was given."""

    def __init__(
        self,
        folder: Path,
        portals: Sequence[tuple[str, str]],
        pace: float,
        *,
        limits: Limits,
        clock: Clock,
        names: LookUp,
        trust: ssl.SSLContext | None,
    ) -> None:
        self.limits, self.clock, self._names = limits, clock, names
        self._pace = Pace(folder, pace, clock, limits)
        self._transport = Transport(limits, clock, trust)
        self._allowed = frozenset((a.host, a.port) for a in map(_mirror, portals) if a is not None)
        self.tell: Callable[[str], None] = _silent
        self._known: dict[tuple[str, int, bool], tuple[float, tuple[str, ...]]] = {}

    def patience(self, tries: int | None = None) -> Patience:
        """The tries of one request."""
        return Patience(self.limits, self.clock, tries)

    def answer(self, address: Address, headers: Mapping[str, str], patience: Patience) -> Exchange:
        """The first answer that will not pass."""
        while True:
            try:
                exchange = self._followed(address, headers)
            except Failed as failed:
                self.wait(address, patience, failed)
                continue
            if not patience.passes(exchange.status):
                return exchange
            exchange.close()
            self.wait(address, patience, Failed(f"status {exchange.status}", retry=True), exchange)

    def _followed(self, address: Address, headers: Mapping[str, str]) -> Exchange:
        """The answer at the end of the redirects."""
        sent = {"user-agent": agent(), "accept-encoding": "gzip"} | {k.lower(): v for k, v in headers.items()}
        for name, value in sent.items():
            if _UNSENDABLE.search(value):
                raise InputError(
                    "a header cannot be sent",
                    where=name,
                    found="a line break, or a character that headers do not have (the value is not shown)",
                    hint="if it is a credential, look at the variable in the environment: it may end in a line break.",
                )
        start, trusted = address, True
        for hop in range(self.limits.redirects + 1):
            trusted = trusted and (address.host, address.port) in self._allowed
            try:
                number = self._number(address, trusted)
            except InputError as error:
                if hop:
                    raise _astray(start, f"{address.shown}: {error.found}") from error
                raise
            if address.scheme == "http" and not trusted and not sent.keys() <= TRAVEL:
                raise InputError(
                    "a credential would travel unencrypted",
                    where=address.shown,
                    found="http://",
                    expected="https://",
                    hint="use the portal's https address, or take the credential out of the contract.",
                )
            self._pace.wait(address.authority)
            try:
                exchange = self._transport.send(address, number, sent)
            except Failed:
                self._another_number(address, trusted)
                raise
            location = exchange.headers.get("location")
            if exchange.status not in REDIRECTS or not location:
                return exchange
            exchange.close()
            there = _pointed_to(start, address, location)
            if there.origin != address.origin:
                sent = {name: value for name, value in sent.items() if name in TRAVEL}
            address = there
        raise _astray(start, f"more than {self.limits.redirects} redirects")

    def _number(self, address: Address, trusted: bool) -> str:
        """The numeric address to connect to: looked up and judged at most once for as long as it is remembered."""
        key = (address.host, address.port, trusted)
        until, numbers = self._known.get(key, (0.0, ()))
        if not numbers or until < self.clock.monotonic():
            numbers = addresses.judged(address, trusted, self._names)
            self._known[key] = (self.clock.monotonic() + self.limits.remembered, numbers)
        return numbers[0]

    def _another_number(self, address: Address, trusted: bool) -> None:
        """The next request goes to the next of the addresses that were judged; after the last, they are asked anew."""
        key = (address.host, address.port, trusted)
        until, numbers = self._known.pop(key, (0.0, ()))
        if numbers[1:]:
            self._known[key] = (until, numbers[1:])

    def wait(self, address: Address, patience: Patience, failed: Failed, answer: Exchange | None = None) -> None:
        """Wait before the next try.

        Raises:
            OutsideError: There is none.
        """
        if not failed.retry:
            raise told(address, failed)
        try:
            seconds = patience.pause(answer.headers if answer else None)
        except TooLong as long:
            raise OutsideError(
                "a web server asks to be left alone",
                where=address.shown,
                found=f"{failed.found}, come back in {long.seconds:,.0f} seconds",
                expected=f"at most {self.limits.longest_pause:,.0f} seconds",
                hint=f"run again after {long.until:%Y-%m-%d %H:%M} UTC; {STAYS}",
                retry=True,
            ) from long
        except Exhausted as error:
            raise told(address, failed, patience.tried) from error
        logs.log(
            "asked again",
            host=address.authority,
            outcome=failed.found,
            attempt=patience.tried + 1,
            seconds=round(seconds, 3),
        )
        if answer is not None and "retry-after" in answer.headers:
            self._pace.hold_off(answer.address.authority, seconds)
        if seconds >= TOLD_FROM:
            self.tell(f"waiting {seconds:,.0f} s for {address.authority} ({failed.found})")
        self.clock.sleep(seconds)


def _mirror(portal: tuple[str, str]) -> Address | None:
    """The web address an operator gave for a portal; None for a folder."""
    name, url = portal
    return addresses.parse(url, f"--portal {name}") if url.lower().startswith(("http:", "https:")) else None


def _pointed_to(start: Address, address: Address, location: str) -> Address:
    """Where a redirect leads.

    Raises:
        OutsideError: To something that is not asked.
    """
    try:
        # What stands in the header is bytes that HTTP reads as Latin-1; servers mean UTF-8.
        text = location.encode("latin-1", "replace").decode("utf-8", "replace")
        addresses.check_characters(text)
        there = addresses.parse(urljoin(address.url, text))
    except (InputError, ValueError) as error:
        found = error.found if isinstance(error, InputError) else "no address"
        raise _astray(start, f"{addresses.printable(location)}: {found}") from error
    if address.scheme == "https" and there.scheme == "http":
        raise _astray(start, f"{there.shown}: from https:// to http://")
    return there


def _astray(start: Address, found: str) -> OutsideError:
    return OutsideError(
        "a web server sends the request on to where nothing is fetched from",
        where=start.shown,
        found=found,
        hint=f"look for the file's new address on the portal; {STAYS}",
    )


@lru_cache(maxsize=1)
def agent() -> str:
    """What Cauce calls itself."""
    return f"Cauce/{logs.versions()['cauce']}"
