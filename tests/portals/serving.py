"""A server on this machine: one thread for each connection, kept alive, every request written down.

Belongs here: HTTP. Does not belong here: any protocol, any misbehaviour.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.portals.certificates import self_signed
from tests.portals.exchange import Asked, Reply
from tests.portals.rows import Dataset, View

if TYPE_CHECKING:
    from tests.portals.misbehaviour import Misbehaviour

WORTH_PACKING = 1_000
PACKED_TYPES = ("application/json", "application/geo+json", "text/")


__all__ = ["Asked", "Portal", "Reply", "http_date"]


class Portal(ABC):
    """A portal on 127.0.0.1. Use it in ``with``, or ``start()`` and ``stop()`` it.

    Args:
        token: Requests without it are refused, in the protocol's own way.
        port: 0 takes a free one.
        tls: Speak HTTPS with a certificate that nobody vouches for.
        log: Called with each finished request.
    """

    pauses = 0.0
    """Seconds that each answer takes, so that a person can watch."""

    def __init__(
        self,
        *,
        token: str | None = None,
        port: int = 0,
        tls: bool = False,
        log: Callable[[Asked], None] | None = None,
    ) -> None:
        self.token, self.port, self.tls, self.log = token, port, tls, log
        self.asked: list[Asked] = []
        self.misbehaviours: tuple[Misbehaviour, ...] = ()
        self.stopping = threading.Event()
        self.lock = threading.RLock()
        self._server: _Server | None = None
        self._whole: dict[str, int] = {}

    @abstractmethod
    def kind(self, asked: Asked) -> str:
        """What a request asks for, as ``Asked.kind``."""

    @abstractmethod
    def answer(self, asked: Asked) -> Reply:
        """The honest answer."""

    @abstractmethod
    def own_error(self) -> Reply:
        """An error in the protocol's own form, as it comes when the server is in trouble."""

    @property
    def url(self) -> str:
        """The portal's base address, without a slash at its end."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def misbehave(self, *how: Misbehaviour) -> None:
        """From now on; what was switched on before ends."""
        self.misbehaviours = how

    def behave(self) -> None:
        """From now on, answer honestly."""
        self.misbehaviours = ()

    def forget(self) -> None:
        """Forget what was asked, and count pages anew."""
        with self.lock:
            self.asked.clear()
            self._whole.clear()

    def of_kind(self, kind: str) -> list[Asked]:
        """The requests of one kind."""
        return [one for one in self.asked if one.kind == kind]

    def see(self, asked: Asked, dataset: Dataset) -> View:
        """What a request sees of a data set."""
        view = dataset.view()
        for one in self.misbehaviours:
            view = one.seen(asked, view)
        return view

    def count(self, asked: Asked, records: int) -> int:
        """How many records the portal says there are."""
        for one in self.misbehaviours:
            records = one.counted(asked, records)
        return records

    def start(self) -> Self:
        """Listen, in threads of its own."""
        server = _Server(("127.0.0.1", self.port), self)
        self.port = server.server_address[1]
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self_signed())
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self._server = server
        self.stopping.clear()
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        """Break every connection and free the port."""
        self.stopping.set()
        if self._server is not None:
            self._server.close_all()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def respond(self, asked: Asked) -> Reply:
        """The answer to a request, misbehaviours included."""
        with self.lock:
            asked.kind = self.kind(asked)
            paged = asked.kind in ("records", "file")
            asked.page = self._whole.get(asked.target, len(self._whole)) if paged else len(self._whole)
            self.asked.append(asked)
        instead = next((r for one in self.misbehaviours if (r := one.instead(asked, self)) is not None), None)
        reply = instead if instead is not None else self.answer(asked)
        for one in self.misbehaviours:
            reply = one.answered(asked, reply, self)
        reply = _conditional(asked, reply)
        whole = reply.status < 300 and instead is None and reply.sent is None and not reply.hang
        with self.lock:
            asked.status = 0 if reply.hang else reply.status
            if paged and whole:
                self._whole.setdefault(asked.target, len(self._whole))
        return reply

    def finished(self, asked: Asked) -> None:
        """Tell whoever watches."""
        if self.log is not None:
            self.log(asked)


def http_date(moment: datetime) -> str:
    """A moment as HTTP writes it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _conditional(asked: Asked, reply: Reply) -> Reply:
    """304 where the client has it already. RFC 9110 13.2.2: the tag goes before the date."""
    if reply.status != 200 or asked.method not in ("GET", "HEAD"):
        return reply
    tag, changed = reply.headers.get("etag"), reply.headers.get("last-modified")
    wanted, since = asked.headers.get("if-none-match"), asked.headers.get("if-modified-since")
    if wanted is not None:
        same = tag is not None and tag.removeprefix("W/") in [t.strip().removeprefix("W/") for t in wanted.split(",")]
    else:
        same = since is not None and changed is not None and _not_after(changed, since)
    return replace(reply, status=304, body=b"") if same else reply


def _not_after(changed: str, since: str) -> bool:
    try:
        return parsedate_to_datetime(changed) <= parsedate_to_datetime(since)
    except ValueError:
        return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], portal: Portal) -> None:
        self.portal = portal
        self.open_sockets: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours; a fault of the portal is told by ``_Handler``."""

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open_sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open_sockets.discard(request)
        super().shutdown_request(request)

    def close_all(self) -> None:
        self.shutdown()
        self.server_close()
        for one in tuple(self.open_sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the screen: ``Portal.log`` tells."""

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _asked(self) -> Asked:
        parts = urlsplit(self.path)
        form = self.rfile.read(int(self.headers.get("content-length") or 0))
        query = parse_qsl(parts.query, keep_blank_values=True)
        if form and "urlencoded" in self.headers.get("content-type", ""):
            query += parse_qsl(form.decode(), keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Asked(self.command, self.path, unquote(parts.path), tuple(query), headers)

    def _serve(self) -> None:
        portal = self.server.portal
        asked = self._asked()
        try:
            reply = portal.respond(asked)
        except Exception as fault:  # noqa: BLE001 (a fault of the portal must reach the test, not vanish in a thread)
            reply = Reply(599, f"fault of the test portal: {type(fault).__name__}: {fault}".encode(), "text/plain")
            asked.status = 599
        if portal.pauses:
            portal.stopping.wait(portal.pauses)
        if reply.hang:
            portal.stopping.wait()
            self.close_connection = True
            return
        self._send(reply, asked)
        portal.finished(asked)

    def _send(self, reply: Reply, asked: Asked) -> None:
        body, packed = reply.body, reply.packed
        accepts = "gzip" in asked.headers.get("accept-encoding", "")
        worth = reply.status == 200 and reply.sent is None and not reply.drip and len(body) > WORTH_PACKING
        if packed is None and accepts and worth and reply.type.startswith(PACKED_TYPES):
            body, packed = gzip.compress(body, 1, mtime=0), "gzip"
        self.send_response_only(reply.status)
        for name, value in {"server": "nginx", "date": self.date_time_string(), **reply.headers}.items():
            self.send_header(name, value)
        empty = reply.status in (204, 304)
        if not empty:
            self.send_header("content-type", reply.type)
            if packed:
                self.send_header("content-encoding", packed)
                self.send_header("vary", "Accept-Encoding")
            if reply.chunked:
                self.send_header("transfer-encoding", "chunked")
            else:
                self.send_header("content-length", str(len(body)))
        self.end_headers()
        if empty or asked.method == "HEAD":
            return
        broken = reply.sent is not None
        for piece in self._pieces(body if reply.sent is None else body[: reply.sent], reply.drip):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if reply.chunked else piece)
            if reply.drip:
                self.wfile.flush()
        if reply.chunked and not broken:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()
        self.close_connection = self.close_connection or broken

    def _pieces(self, body: bytes, drip: float) -> Iterator[bytes]:
        size = 512 if drip else 1 << 16
        for start in range(0, len(body), size):
            if drip and self.server.portal.stopping.wait(drip):
                return
            yield body[start : start + size]


def in_path(asked: Asked, parts: Sequence[str]) -> bool:
    """Whether the path has these parts, one after the other, at its end."""
    return asked.path.strip("/").split("/")[-len(parts) :] == list(parts)
