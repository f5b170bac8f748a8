"""Connections whose bytes are counted and timed as they come.

Belongs here: what a server may take in time and headers, kept under TLS and HTTP alike. Does not belong here: which
connection is used (``transport``), sizes of bodies (``body``).

A time limit on each read is not enough: a server that sends a byte now and then never breaks it. So the socket that
HTTP reads from is wrapped: it knows how long was waited for how many bytes, for the headers and for the body.
Only time spent waiting for the server counts, not what is done here between two reads.
"""

from __future__ import annotations

import io
import socket
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection

from orchestration.ingest.web.limits import Clock, Limits

BUFFER = 64 << 10


class HeldBack(Exception):
    """A server sends too slowly, or headers without end. Its text says which."""


class Meter:
    """What came over a connection for one request, and how long was waited for it."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self.limits, self.clock = limits, clock
        self.begin()

    def begin(self) -> None:
        """A request begins."""
        self.body = False
        self.waited = self.window_waited = 0.0
        self.came = self.window_came = 0

    def head_done(self) -> None:
        """The headers are here; the body is measured by itself."""
        self.begin()
        self.body = True

    def take(self, count: int, seconds: float) -> None:
        """``count`` bytes came after ``seconds``.

        Raises:
            HeldBack: That is too slow, or too much.
        """
        self.waited += seconds
        self.came += count
        limits = self.limits
        if not self.body:
            if self.waited > limits.head:
                raise HeldBack(f"no answer within {limits.head:,.0f} seconds")
            if self.came > limits.head_bytes + BUFFER:
                raise HeldBack(f"more than {limits.head_bytes:,} bytes of headers")
            return
        self.window_waited += seconds
        self.window_came += count
        if self.window_waited >= limits.window:
            if self.window_came < limits.slowest * self.window_waited:
                raise HeldBack(f"less than {limits.slowest:,.0f} bytes a second")
            self.window_waited, self.window_came = 0.0, 0
        if self.waited > limits.longest:
            raise HeldBack(f"no end within {limits.longest / 3600:,.0f} hours")
        if self.waited > limits.grace and self.came < limits.average * (self.waited - limits.grace):
            raise HeldBack(f"less than {limits.average:,.0f} bytes a second for {limits.grace:,.0f} seconds")


class _Metered(io.RawIOBase):
    """A socket's bytes, metered."""

    def __init__(self, raw: Any, meter: Meter) -> None:
        self._raw, self._meter = raw, meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        began = self._meter.clock.monotonic()
        count = int(self._raw.readinto(buffer) or 0)
        if not count and self._meter.came and not self._meter.body:
            raise ConnectionResetError("the headers broke off")  # HTTP would take them for all there are
        self._meter.take(count, self._meter.clock.monotonic() - began)
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class Wire:
    """A connected socket that HTTP reads from through a meter; all else is the socket's own."""

    def __init__(self, sock: socket.socket, meter: Meter) -> None:
        self._sock, self.meter = sock, meter

    def makefile(self, mode: str, *_: Any, **__: Any) -> io.BufferedReader:
        """What HTTP reads from."""
        if mode != "rb":
            raise AssertionError(f"HTTP reads bytes, not {mode}")
        return io.BufferedReader(_Metered(self._sock.makefile("rb", buffering=0), self.meter), BUFFER)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def connections(limits: Limits, clock: Clock) -> tuple[type[HTTPConnection], type[HTTPSConnection]]:
    """The kinds of connection that are metered with these limits."""

    class Plain(HTTPConnection):
        wire: Wire | None = None

        def connect(self) -> None:
            super().connect()
            self.sock = self.wire = Wire(self.sock, Meter(limits, clock))

        def putrequest(self, *given: Any, **named: Any) -> None:
            if self.wire is not None:
                self.wire.meter.begin()
            super().putrequest(*given, **named)

    class Secure(Plain, HTTPSConnection):
        """The same over TLS: whose ``connect`` comes first is Python's order of the two."""

    return Plain, Secure
