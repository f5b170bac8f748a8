"""One request over one connection to one judged address.

Belongs here: kept connections, TLS against the host's name, reading the raw body, what a break means. Does not
belong here: which address that is (``addresses``), redirects, tries and pace (``client``), unpacking (``body``).

The pool of connections is to the numeric address; the name is what stands in the Host header, what TLS asks for
(SNI) and what the certificate must be of. Proxies that the environment names are not used (ADR 16): a proxy would
look names up itself, and nothing here could be judged.
"""

from __future__ import annotations

import logging
import re
import ssl
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    IncompleteRead,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout

from orchestration.ingest.web.addresses import Address
from orchestration.ingest.web.failures import Failed
from orchestration.ingest.web.limits import Clock, Limits
from orchestration.ingest.web.wire import HeldBack, Wire, connections

HOSTS = 16
"""Hosts to which connections are kept."""
PER_HOST = 4
DRAIN = 64 << 10
"""Bytes of a body of no interest that are read so that its connection can be used again."""
DRAIN_SECONDS = 1.0
LOGGERS = ("connection", "connectionpool", "poolmanager", "response", "util.retry")


def _quiet(_record: logging.LogRecord) -> bool:
    return False


def keep_quiet() -> None:
    """urllib3's loggers quote addresses with their query, which may hold a secret: they say nothing, at any level."""
    for name in LOGGERS:
        logger = logging.getLogger(f"urllib3.{name}")
        if _quiet not in logger.filters:
            logger.addFilter(_quiet)


_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Exchange:
    """One answer: its headers are here, its body is still to be read."""

    def __init__(self, response: BaseHTTPResponse, address: Address, wire: Wire) -> None:
        self._response, self.address, self._wire = response, address, wire
        self.status = response.status
        self.headers: Mapping[str, str] = _lowered(response)
        self.came = 0

    def read(self, most: int) -> bytes:
        """Some bytes of the body as they were sent, at most ``most``; none at its end.

        Raises:
            Failed: It broke off, or it comes too slowly.
        """
        try:
            data = self._response.read1(most, decode_content=False) or b""
        except (HTTPError, HeldBack) as error:
            raise _failed(error, self.came) from error
        self.came += len(data)
        return data

    def close(self) -> None:
        """Give the connection back, for the next request if little is left to be read."""
        said = self.headers.get("content-length", "")
        left = DRAIN if not said.isdigit() or int(said) - self.came <= DRAIN else 0
        with suppress(Failed, OSError):
            self._wire.settimeout(DRAIN_SECONDS)
            while left > 0 and (data := self.read(left)):
                left -= len(data)
        self._response.close()
        self._response.release_conn()


def _lowered(response: BaseHTTPResponse) -> dict[str, str]:
    """By lower-case name, without values that hold control characters: those are sent back to servers, as ETags are."""
    found = {name.lower(): response.headers[name] for name in response.headers}
    return {name: value for name, value in found.items() if not _CONTROL.search(value)}


class Transport:
    """The process's connections to web servers."""

    def __init__(self, limits: Limits, clock: Clock, trust: ssl.SSLContext | None = None) -> None:
        keep_quiet()
        self.limits = limits
        self._plain, self._secure = connections(limits, clock)
        self._trust = trust
        self._pools: OrderedDict[tuple[str, str, int, str], HTTPConnectionPool] = OrderedDict()
        self._lock = threading.Lock()

    def send(self, address: Address, number: str, headers: Mapping[str, str]) -> Exchange:
        """Ask for ``address`` at the numeric address ``number``.

        Raises:
            Failed: No answer came.
        """
        pool = self._pool(address, number)
        try:
            response = pool.urlopen(
                "GET",
                address.target,
                headers={"Host": address.authority, **headers},
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
                timeout=Timeout(connect=self.limits.connect, read=self.limits.head),
            )
        except (HTTPError, HeldBack) as error:
            raise _failed(error, None) from error
        wire = getattr(response.connection, "wire", None)
        if not isinstance(wire, Wire):
            raise AssertionError("an answer came over a connection that is not metered")
        wire.meter.head_done()
        with suppress(OSError):  # closed already, where there is no body
            wire.settimeout(self.limits.silence)
        exchange = Exchange(response, address, wire)
        framed = exchange.headers.get("transfer-encoding", "").strip().lower()
        if framed not in ("", "identity", "chunked"):  # HTTP would take the frames for the body
            exchange.close()
            raise Failed(f"a body sent as {framed[:40]!r}")
        return exchange

    def _pool(self, address: Address, number: str) -> HTTPConnectionPool:
        key = (*address.origin, number)
        with self._lock:
            pool = self._pools.pop(key, None) or self._new(address, number)
            self._pools[key] = pool
            if len(self._pools) > HOSTS:
                self._pools.popitem(last=False)[1].close()
        return pool

    def _new(self, address: Address, number: str) -> HTTPConnectionPool:
        if address.scheme == "http":
            pool = HTTPConnectionPool(number, address.port, maxsize=PER_HOST)
            pool.ConnectionCls = self._plain
            return pool
        if self._trust is None:
            self._trust = ssl.create_default_context()
        secure = HTTPSConnectionPool(
            number, address.port, maxsize=PER_HOST, ssl_context=self._trust, server_hostname=address.host
        )
        secure.ConnectionCls = self._secure
        return secure


# What went wrong, in words -------------------------------------------------------------------------------------------


def _failed(error: HTTPError | HeldBack, came: int | None) -> Failed:
    """What a break means. ``came``: bytes of the body so far; None before an answer."""
    so_far = "" if came is None else f" after {came:,} bytes"
    if isinstance(error, HeldBack):
        return Failed(str(error), kind="slow")
    if isinstance(error, ReadTimeoutError):
        return Failed(f"nothing more{so_far} in time" if so_far else "no answer in time", retry=True)
    if isinstance(error, NewConnectionError):
        return Failed(_reason(error) or "no connection", retry=True)
    if isinstance(error, ConnectTimeoutError):
        return Failed("no connection in time", retry=True)
    if isinstance(error, SSLError):
        return _tls(error)
    if isinstance(error, IncompleteRead | ProtocolError):
        return Failed(f"the connection broke{so_far or ' before an answer came'}", retry=True)
    return Failed(f"an answer that is no HTTP ({type(error).__name__})")


def _reason(error: BaseException) -> str | None:
    """What the system said, somewhere below ``error``."""
    below: BaseException | None = error
    while below is not None:
        if isinstance(below, OSError) and below.strerror:
            return below.strerror.lower()
        below = below.__cause__ or below.__context__
    return None


_CERTIFICATE: Mapping[int, str] = {
    9: "a certificate that is not valid yet",
    10: "a certificate that has expired",
    18: "a certificate that the server made for itself",
    19: "a certificate from an authority that this machine does not trust",
    20: "a certificate from an authority that this machine does not trust, or without its chain",
    21: "a certificate without its chain",
    23: "a certificate that was revoked",
    62: "a certificate for another name",
    64: "a certificate for another address",
}
"""OpenSSL's results of verification (X509_V_ERR_*). Source: openssl-verification-options, openssl.org."""

_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"})


def _tls(error: SSLError) -> Failed:
    below: BaseException | None = error
    while below is not None:
        if isinstance(below, ssl.SSLCertVerificationError):
            said = _CERTIFICATE.get(below.verify_code, f"a certificate that fails: {below.verify_message}")
            return Failed(
                said,
                kind="tls",
                hint="tell the portal's people; if the city has an authority of its own, name its certificates "
                "in SSL_CERT_FILE. Verification is never switched off.",
            )
        if isinstance(below, ssl.SSLError) and below.reason in _NO_TLS:
            return Failed("no TLS at this port", kind="tls", hint="look whether the address has the right port.")
        below = below.__cause__ or below.__context__ or _given(below)
    return Failed("an encrypted connection could not be made", retry=True, kind="tls")


def _given(error: BaseException) -> BaseException | None:
    return next((a for a in error.args if isinstance(a, BaseException)), None)
