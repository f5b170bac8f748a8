"""A body as it is read: unpacked, and never more of it than is taken.

Belongs here: content encodings and sizes. Does not belong here: time (``wire``), going on after a break (``client``),
files that are themselves packed (``orchestration/ingest/unpack``).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from orchestration.ingest.caps import Caps
from orchestration.ingest.web.failures import Failed

CHUNK = 256 << 10
PACKED = frozenset({"gzip", "x-gzip", "deflate"})
"""Content encodings that are unpacked. Only gzip is asked for."""

Read = Callable[[int], bytes]


class Body:
    """A body, as a stream of its own bytes.

    Args:
        read: Gives the next bytes as they were sent, at most so many; none at the end.
        encoding: The answer's Content-Encoding, in lower case; empty for none.
        most: Bytes that are taken at most, as sent and unpacked.
        caps: The ratio of unpacked to packed bytes.
    """

    def __init__(self, read: Read, encoding: str, most: int, caps: Caps) -> None:
        self._read, self._most, self._caps = read, most, caps
        self._unpacker: _Unpacker | None = None
        if encoding in PACKED:
            self._unpacker = _Unpacker(encoding)
        elif encoding not in ("", "identity"):
            raise Failed(
                f"a body packed as {encoding[:40]!r}",
                hint="ask the portal's people: only gzip was asked for.",
            )
        self.came = self.given = 0

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill ``buffer`` from its beginning; returns the number of bytes, 0 at the end.

        Raises:
            Failed: It broke off, is too large, or cannot be unpacked.
        """
        if not len(buffer):
            return 0
        piece = self._next(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def whole(self) -> bytes:
        """All of it.

        Raises:
            Failed: See ``readinto``.
        """
        pieces = []
        while piece := self._next(CHUNK):
            pieces.append(piece)
        return b"".join(pieces)

    def _next(self, most: int) -> bytes:
        if self._unpacker is None:
            piece = self._sent(most)
        else:
            piece = self._unpacker.more(most)
            while not piece:
                sent = self._sent(CHUNK)
                if not sent:
                    self._unpacker.end()
                    return b""
                piece = self._unpacker.more(most, sent)
        self.given += len(piece)
        over_ratio = self.given > self._caps.ratio_from and self.given > self.came * self._caps.ratio
        if over_ratio:
            raise Failed(f"a packed body of more than {self._caps.ratio} times its size", kind="large")
        if self.given > self._most:
            raise Failed(f"more than {self._most:,} bytes when unpacked", kind="large")
        return piece

    def _sent(self, most: int) -> bytes:
        data = self._read(most)
        self.came += len(data)
        if self.came > self._most:
            raise Failed(f"more than {self._most:,} bytes", kind="large")
        return data


class _Unpacker:
    """gzip (with further members) and deflate (with its frame or, as some servers send it, without)."""

    def __init__(self, encoding: str) -> None:
        self._gzip = encoding != "deflate"
        self._engine = zlib.decompressobj(wbits=31 if self._gzip else 15)
        self._waiting = b""
        self._begun = False

    def more(self, most: int, sent: bytes = b"") -> bytes:
        """Up to ``most`` unpacked bytes; none where more must be sent first.

        Raises:
            Failed: It is not packed as it says.
        """
        data = self._waiting + sent
        piece = b""
        while data and not piece:
            if self._engine.eof:
                data = data.lstrip(b"\0")
                if data:
                    self._engine = zlib.decompressobj(wbits=31 if self._gzip else 15)
                continue
            try:
                piece = self._engine.decompress(data, most)
            except zlib.error:
                piece = self._bare(data, most)
            self._begun = True
            data = self._engine.unused_data if self._engine.eof else self._engine.unconsumed_tail
        self._waiting = data
        return piece

    def _bare(self, data: bytes, most: int) -> bytes:
        if self._gzip or self._begun:
            raise Failed("bytes that cannot be unpacked", retry=True)
        self._engine = zlib.decompressobj(wbits=-15)
        try:
            return self._engine.decompress(data, most)
        except zlib.error as error:
            raise Failed("bytes that cannot be unpacked", retry=True) from error

    def end(self) -> None:
        """Nothing more is sent.

        Raises:
            Failed: Something is missing.
        """
        if self._begun and not self._engine.eof:
            raise Failed("a packed body that is cut short", retry=True)
