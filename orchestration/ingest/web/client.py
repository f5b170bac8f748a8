"""Asking web servers: every address checked at every hop, every body capped, every failure told.

Belongs here: what connectors call, and what they are answered. Does not belong here: one request (``asking``), a body
that breaks (``transfer``), pages (``pages``), records (``records``), any protocol.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from contracts.errors import OutsideError
from contracts.model import EMPTY
from orchestration.ingest.delivery import Stream
from orchestration.ingest.web import addresses
from orchestration.ingest.web import limits as usual
from orchestration.ingest.web.addresses import LookUp, look_up
from orchestration.ingest.web.asking import Asking
from orchestration.ingest.web.failures import STAYS, Failed
from orchestration.ingest.web.limits import Clock, Limits
from orchestration.ingest.web.transfer import Transfer, Wanted, body_of

MIB = 1 << 20


@dataclass(frozen=True)
class Answer:
    """What a server answered at last. ``headers`` have lower-case names; ``shown`` is the address without its query."""

    status: int
    headers: Mapping[str, str]
    shown: str
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            OutsideError: It is none: an HTML page, or cut off.
        """
        import msgspec

        text = self.body.removeprefix(b"\xef\xbb\xbf")
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise OutsideError(
                "a portal's answer is not JSON",
                where=self.shown,
                found=_what_it_is(text),
                expected="one JSON value",
                hint=f"look at the address in a browser; it may be down for maintenance. {STAYS.capitalize()}",
                retry=True,
            ) from error


def _what_it_is(body: bytes) -> str:
    """What a body that is no JSON seems to be, without quoting it."""
    start = body[:1000].lstrip().lower()
    if not start:
        return "nothing"
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start:
        return f"a page of HTML, {len(body):,} bytes"
    if start.startswith(b"<"):
        return f"XML, {len(body):,} bytes"
    if start[:1] in b'[{"':
        return f"JSON that is cut off or broken, {len(body):,} bytes"
    return f"{len(body):,} bytes of something else"


@dataclass(frozen=True)
class Opened:
    """An answer whose body is still to be read: ``stream`` gives it unpacked, within the caps."""

    status: int
    headers: Mapping[str, str]
    shown: str
    stream: Stream


class Web:
    """The process's one way to web servers.

    Args:
        folder: Where processes tell each other when a host may be asked next.
        portals: The operator's addresses by portal name: exactly their hosts and ports are allowed, whatever they are.
        pace: Requests a second and host at most; 0: no limit.
        limits: Time and tries.
        clock: What is asked for the time.
        names: Looks names up.
        trust: What certificates are held against; the system's own (and SSL_CERT_FILE) where not given.
    """

    def __init__(
        self,
        folder: Path,
        portals: Sequence[tuple[str, str]],
        pace: float,
        *,
        limits: Limits | None = None,
        clock: Clock | None = None,
        names: LookUp = look_up,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.folder, self.portals, self.pace = folder, tuple(portals), pace
        self._asking = Asking(
            folder,
            portals,
            pace,
            limits=limits or usual.LIMITS,
            clock=clock or usual.CLOCK,
            names=names,
            trust=trust,
        )

    @property
    def tell(self) -> Callable[[str], None]:
        """Called where somebody waits for a server."""
        return self._asking.tell

    @tell.setter
    def tell(self, tell: Callable[[str], None]) -> None:
        self._asking.tell = tell

    def get(
        self,
        url: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] = EMPTY,
        most: int = 64 * MIB,
    ) -> Answer:
        """Ask for a small body, whole.

        Args:
            url: The address.
            query: Added to the address's own query.
            headers: Sent with it. Secrets belong here, never in the address.
            most: Bytes of the body that are taken.

        Returns:
            Whatever answer came at last, but for statuses that may pass (``patience.AGAIN``): those are tried again.

        Raises:
            InputError: The address is none, or one that is not asked.
            OutsideError: No whole answer came, as often as it was tried.
        """
        address = addresses.parse(_with_query(url, query))
        patience = self._asking.patience()
        while True:
            exchange = self._asking.answer(address, headers, patience)
            try:
                body = body_of(exchange, most).whole()
                return Answer(exchange.status, exchange.headers, exchange.address.shown, body)
            except Failed as failed:
                failure = failed
            finally:
                exchange.close()
            self._asking.wait(address, patience, failure)

    @contextmanager
    def open(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = EMPTY,
        most: int,
        as_sent: bool = False,
        tries: int | None = None,
    ) -> Iterator[Opened]:
        """Ask for a large body, as a stream.

        A body that breaks off is gone on with where it broke, if the server says how to tell that it is the same
        (a strong ETag) and gives parts (Accept-Ranges); otherwise reading it raises.

        Args:
            url: The address.
            headers: Sent with it. ``accept-encoding`` is gzip where not said.
            most: Bytes of the body that are taken.
            as_sent: Whether what was packed for the way stays packed.
            tries: How often it is tried; as the limits say where not given.

        Raises:
            InputError: The address is none, or one that is not asked.
            OutsideError: No answer came; from the stream: it broke off for good.
        """
        address = addresses.parse(url)
        patience = self._asking.patience(tries)
        exchange = self._asking.answer(address, headers, patience)
        transfer = Transfer(self._asking, Wanted(address, headers, most, as_sent), exchange, patience)
        try:
            yield Opened(exchange.status, exchange.headers, exchange.address.shown, transfer)
        finally:
            transfer.close()


def _with_query(url: str, query: Sequence[tuple[str, str]]) -> str:
    if not query:
        return url
    url = url.partition("#")[0]
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query, quote_via=quote)}"
