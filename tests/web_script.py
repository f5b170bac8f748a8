"""A web server that says exactly what a test tells it to, byte for byte, and a clock that nobody waits for.

Belongs here: sockets, scripts, made-up time. Does not belong here: portals that speak a protocol (``tests/portals``).
"""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.ingest.web.client import Web
from orchestration.ingest.web.limits import Clock, Limits

Say = Callable[[socket.socket, "Heard"], None]


@dataclass(frozen=True)
class Heard:
    """One request: its first line's target, and its headers by lower-case name."""

    target: str
    headers: Mapping[str, str]


def reply(status: int = 200, body: bytes = b"", *, cut: int | None = None, **headers: str) -> Say:
    """An answer with its length; ``cut``: the connection breaks after so many bytes of the body."""

    def say(connection: socket.socket, _: Heard) -> None:
        told = {"content-length": str(len(body))} | {k.replace("_", "-"): v for k, v in headers.items()}
        lines = [f"HTTP/1.1 {status} Said", *(f"{k}: {v}" for k, v in told.items())]
        connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body[:cut])
        if cut is not None:
            connection.close()

    return say


def raw(data: bytes, *, then_close: bool = True) -> Say:
    """Exactly these bytes."""

    def say(connection: socket.socket, _: Heard) -> None:
        connection.sendall(data)
        if then_close:
            connection.close()

    return say


def drip(head: bytes, piece: bytes, pieces: int) -> Say:
    """A head, then many small pieces, each in a packet of its own."""

    def say(connection: socket.socket, _: Heard) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(head)
        with suppress(OSError):
            for _n in range(pieces):
                connection.sendall(piece)
                time.sleep(0.0005)
        connection.close()

    return say


def in_parts(body: bytes, tag: str = '"v1"', *, breaks_after: int | None = None) -> Say:
    """A file that is given in parts; each answer breaks off after so many bytes."""

    def say(connection: socket.socket, heard: Heard) -> None:
        asked, condition = heard.headers.get("range", ""), heard.headers.get("if-range", tag)
        about = {"etag": tag, "accept_ranges": "bytes"}
        if not asked or condition != tag:
            cut = None if breaks_after is None or breaks_after >= len(body) else breaks_after
            return reply(200, body, cut=cut, **about)(connection, heard)
        start = int(asked.removeprefix("bytes=").rstrip("-"))
        rest = body[start:]
        cut = None if breaks_after is None or breaks_after >= len(rest) else breaks_after
        told = {**about, "content_range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
        return reply(206, rest, cut=cut, **told)(connection, heard)

    return say


@dataclass
class Scripted:
    """A server on 127.0.0.1. ``script``: what is said by path, one after the other, the last one for ever.

    ``named``: what clients called the server when TLS began (SNI).
    """

    port: int
    scheme: str = "http"
    host: str = "127.0.0.1"
    script: dict[str, list[Say]] = field(default_factory=lambda: defaultdict(list))
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    named: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    def on(self, path: str, *says: Say) -> str:
        """Set what is said at ``path``; returns its address."""
        self.script[path] = list(says)
        return self.url + path

    def paths(self) -> list[str]:
        return [one.target for one in self.heard]

    def serve(self, connection: socket.socket) -> None:
        """Answer on one connection until it is closed."""
        waiting = b""
        with suppress(OSError), connection:
            while connection.fileno() >= 0:
                while b"\r\n\r\n" not in waiting:
                    more = connection.recv(65536)
                    if not more:
                        return
                    waiting += more
                    if waiting.startswith(b"\x16"):  # somebody begins to speak TLS
                        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                        return
                head, _, waiting = waiting.partition(b"\r\n\r\n")
                first, *lines = head.decode("latin-1").split("\r\n")
                pairs = (line.partition(":") for line in lines)
                heard = Heard(first.split(" ")[1], {k.lower(): v.strip() for k, _, v in pairs})
                self.heard.append(heard)
                says = self.script[heard.target.partition("?")[0]] or [reply(404)]
                (says.pop(0) if len(says) > 1 else says[0])(connection, heard)


@contextmanager
def scripted(tls: Path | None = None, host: str = "127.0.0.1") -> Iterator[Scripted]:
    """A server that runs for as long as the block; with TLS where it is given a certificate."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family)
    server = Scripted(listener.getsockname()[1], "https" if tls else "http", f"[{host}]" if ":" in host else host)
    context = None
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        context.sni_callback = lambda _socket, name, _context: server.named.append(name)
    open_now: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_now.append(connection)
                server.connections += 1
                threading.Thread(target=_greeted, args=(server, connection, context), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_now:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def _greeted(server: Scripted, connection: socket.socket, context: ssl.SSLContext | None) -> None:
    try:
        server.serve(context.wrap_socket(connection, server_side=True) if context else connection)
    except OSError:
        connection.close()


@dataclass
class MadeUpTime:
    """Seconds that pass only when somebody sleeps, and ``each`` second for every look at the clock."""

    now: float = 1_000.0
    each: float = 0.0
    slept: list[float] = field(default_factory=list)

    def look(self) -> float:
        self.now += self.each
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    @property
    def clock(self) -> Clock:
        """A clock of this time, whose chance is always in the middle."""
        return Clock(self.look, lambda: 1_769_839_200.0 + self.now - 1_000, self.sleep, lambda: 0.5)


def web(folder: Path, *servers: Scripted, time: MadeUpTime | None = None, pace: float = 0, **more: Any) -> Web:
    """A way to these servers and no others; nobody really waits."""
    portals = [(f"p{n}", server.url) for n, server in enumerate(servers)]
    limits = more.pop("limits", Limits())
    return Web(folder, portals, pace, clock=(time or MadeUpTime()).clock, limits=limits, **more)


def certificate(folder: Path, host: str, *, days: int = 30, authority: bool = False) -> Path:
    """A server's key and certificate in one file, signed by itself or by an authority that nobody knows."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, signing = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Nobody's authority")])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=60)
    name = x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer if authority else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=60 + days))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .sign(signing if authority else key, hashes.SHA256())
    )
    file = folder / f"{host}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file
