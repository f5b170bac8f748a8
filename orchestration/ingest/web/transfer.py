"""The body of a large answer: read as a stream, and gone on with where it breaks.

Belongs here: telling that the rest is of the same body, and asking for it. Does not belong here: going on in another
process (``partial``), how often it is tried (``patience``).

Source: RFC 9110, 8.8.3 (ETag), 13.1.5 (If-Range), 14 (ranges).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.errors import OutsideError
from orchestration.ingest.caps import Caps
from orchestration.ingest.web.addresses import Address
from orchestration.ingest.web.asking import Asking
from orchestration.ingest.web.body import Body
from orchestration.ingest.web.failures import STAYS, Failed, told
from orchestration.ingest.web.patience import Patience
from orchestration.ingest.web.transport import Exchange

CONDITIONS = frozenset({"if-none-match", "if-modified-since", "if-range", "range"})


@dataclass(frozen=True)
class Wanted:
    """What is asked for: where, with which headers, how many bytes of it, and whether it is kept packed as it comes."""

    address: Address
    headers: Mapping[str, str]
    most: int
    as_sent: bool = False


class Transfer:
    """The body of an opened answer, gone on with where it breaks."""

    def __init__(self, asking: Asking, wanted: Wanted, exchange: Exchange, patience: Patience) -> None:
        self._asking, self._wanted, self._exchange, self._patience = asking, wanted, exchange, patience
        self._part = part_of(exchange.headers) if exchange.status == 206 else None
        self._position = self._part[0] if self._part else 0
        self._broke_at = self._position
        try:
            self._body = self._rest()
        except Failed as failed:
            exchange.close()
            raise told(wanted.address, failed) from failed

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill ``buffer`` from its beginning; returns the number of bytes, 0 at the end.

        Raises:
            OutsideError: The body broke off for good, comes too slowly, or is too large.
        """
        while True:
            try:
                count = self._body.readinto(buffer)
            except Failed as failed:
                self._go_on(failed)
            else:
                self._position += count
                return count

    def _go_on(self, failed: Failed) -> None:
        """Ask for the rest.

        Raises:
            OutsideError: It can't be asked for, or it is another body now.
        """
        sign = strong(self._exchange.headers)
        parts = self._part is not None or self._exchange.headers.get("accept-ranges", "").lower() == "bytes"
        if not failed.retry or not sign or not parts or self._exchange.headers.get("content-encoding"):
            raise told(self._wanted.address, failed)
        if self._position - self._broke_at >= self._asking.limits.progress:
            self._patience.renew()
        self._broke_at = self._position
        self._exchange.close()
        self._asking.wait(self._wanted.address, self._patience, failed)
        rest = {name: value for name, value in self._wanted.headers.items() if name.lower() not in CONDITIONS}
        rest |= {"range": f"bytes={self._position}-", "if-range": sign}
        before = self._exchange
        self._exchange = self._asking.answer(self._wanted.address, rest, self._patience)
        part = part_of(self._exchange.headers)
        whole = self._part[1] if self._part else length_of(before.headers)
        same = strong(self._exchange.headers) == sign and part is not None and (part[1] or whole) == (whole or part[1])
        if self._exchange.status != 206 or part is None or part[0] != self._position or not same:
            raise OutsideError(
                "a web server's file changed while it was fetched",
                where=self._wanted.address.shown,
                found=f"another one at byte {self._position:,}",
                hint=f"run again; {STAYS}",
                retry=True,
            )
        self._part = part
        self._body = self._rest()

    def _rest(self) -> Body:
        return body_of(self._exchange, self._wanted.most - self._position, self._wanted.as_sent)

    def close(self) -> None:
        """The rest, if there is one, is not wanted."""
        self._exchange.close()


def body_of(exchange: Exchange, most: int, as_sent: bool = False) -> Body:
    """The body of an answer, as a stream within the caps.

    Raises:
        Failed: It says of itself that it is too large, or it is packed in a way that is not known.
    """
    declared = length_of(exchange.headers)
    if declared is not None and declared > most:
        raise Failed(f"{declared:,} bytes", kind="large", expected=f"at most {most:,} bytes")
    encoding = "" if as_sent else exchange.headers.get("content-encoding", "").strip().lower()
    return Body(exchange.read, encoding, most, Caps())


def length_of(headers: Mapping[str, str]) -> int | None:
    """How many bytes a body is said to have."""
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else None


def strong(headers: Mapping[str, str]) -> str | None:
    """The sign by which a body is the same byte for byte: a strong ETag (RFC 9110, 8.8.3)."""
    sign = headers.get("etag", "").strip()
    return sign if len(sign) > 2 and sign.startswith('"') and sign.endswith('"') else None


def part_of(headers: Mapping[str, str]) -> tuple[int, int | None] | None:
    """Where a part begins, and how long the whole is, from ``Content-Range: bytes 10-99/100``."""
    unit, _, rest = headers.get("content-range", "").partition(" ")
    span, _, whole = rest.partition("/")
    first = span.partition("-")[0].strip()
    if unit.lower() != "bytes" or not (first.isascii() and first.isdigit()):
        return None
    return int(first), int(whole) if whole.isascii() and whole.isdigit() else None
