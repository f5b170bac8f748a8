"""A count of records of its own: where each record of a file begins, told from the bytes alone.

Belongs here: the one independent witness of how many records were received. It knows nothing of DuckDB,
so that "received" can disagree with what DuckDB read. It also says which records can't be read as
records: a wrong number of fields, quotes out of place, control characters, broken UTF-8.
Does not belong here: values and types.

Everything works on numpy arrays of a few MiB; no record becomes a Python object.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from orchestration.ingest.byte_structure import (
    CHARACTERS,
    ENCODING,
    FIELDS,
    MANY_BROKEN,
    NEWLINE,
    NOWHERE,
    QUOTES,
    RETURN,
    SIZE,
    ByteStructure,
    Found,
    Look,
    Shape,
)
from orchestration.ingest.quote_words import Bytes, Flags, Positions
from orchestration.ingest.record_starts import RecordStarts
from orchestration.ingest.refusal import Refusal

__all__ = [
    "CHARACTERS",
    "ENCODING",
    "FIELDS",
    "MANY_BROKEN",
    "NEWLINE",
    "QUOTES",
    "REASONS",
    "RETURN",
    "SIZE",
    "Bytes",
    "Positions",
    "RecordIndex",
    "Shape",
    "index_records",
]

CHUNK = 1 << 20
"""Bytes looked at together: few enough to stay in a core's own cache from one comparison to the next."""
LOOKERS = 2
"""Threads that look at chunks; numpy lets go of the interpreter while it works."""
BOM = b"\xef\xbb\xbf"

REASONS = (FIELDS, QUOTES, CHARACTERS, ENCODING, SIZE)
"""Why a record can't be read as a record; stable ids, shown in quarantine."""


@dataclass
class RecordIndex:
    """Where the records are.

    ``starts`` knows where each begins (records count from 1; the header is none). ``bad`` maps a reason to
    record numbers in order. ``open_quote`` is the number of the record whose quote is never closed.
    ``swallowed`` are records with quotes out of place that go over several lines: no one can tell how many
    records they were. ``broken`` counts places that are no UTF-8 (up to ``MANY_BROKEN``), ``multibyte``
    characters beyond ASCII that are.
    """

    starts: RecordStarts
    header: bytes | None
    fields: int
    bad: dict[str, Positions]
    open_quote: int | None
    swallowed: Positions
    line_ends: dict[str, int]
    broken: int
    multibyte: int
    longest: int
    unended: bool

    @property
    def count(self) -> int:
        """Number of records received."""
        return self.starts.count

    def malformed(self) -> Positions:
        """Numbers of all records that can't be read as records, in order."""
        return np.unique(np.concatenate([*self.bad.values(), np.empty(0, np.int64)]))

    def extents(self, records: Positions) -> tuple[Positions, Positions]:
        """Offsets where each of ``records`` (in order) begins, and where the next one does."""
        return self.starts.offsets(records), self.starts.offsets(records + 1)


def index_records(path: Path, shape: Shape) -> RecordIndex:
    """Find every record of the file at ``path``.

    Raises:
        Refusal: One record is larger than ``shape.record_bytes``.
    """
    scan = _Scan(shape)
    looks: deque[tuple[int, Future[Look]]] = deque()
    chunks = _Chunks(path, shape)
    with ThreadPoolExecutor(LOOKERS, "record-index") as pool:
        for offset, chunk in chunks.read():
            looks.append((offset, pool.submit(scan.structure.look, chunk)))
            if len(looks) > LOOKERS:
                scan.take(*_awaited(looks.popleft()))
        for look in looks:
            scan.take(*_awaited(look))
    return scan.finish(path)


def _awaited(look: tuple[int, Future[Look]]) -> tuple[int, Look]:
    return look[0], look[1].result()


class _Chunks:
    """The file in pieces that end behind a newline (the last one at the end of the file).

    Buffers go round: a chunk may be looked at until ``LOOKERS`` + 1 others have been asked for.
    """

    def __init__(self, path: Path, shape: Shape) -> None:
        self.path = path
        self.shape = shape
        self.buffers = deque(np.empty(CHUNK, np.uint8) for _ in range(LOOKERS + 2))

    def read(self) -> Iterator[tuple[int, Bytes]]:
        """Chunks with their offsets in the file."""
        with self.path.open("rb", buffering=0) as file:
            offset = len(BOM) if file.read(len(BOM)) == BOM else 0
            file.seek(offset)
            buffer = self._next(0)
            filled = 0
            while read := file.readinto(buffer[filled:].data):
                filled += read
                cut = _last(buffer[:filled], self.shape.newline, filled - read)
                if cut < 0:
                    if filled == len(buffer):
                        buffer = _grown(buffer, self.shape.record_bytes)
                    continue
                yield offset, buffer[: cut + 1]
                offset += cut + 1
                rest = buffer[cut + 1 : filled]
                buffer, filled = self._next(len(rest)), len(rest)
                buffer[:filled] = rest
            if filled:
                yield offset, buffer[:filled]

    def _next(self, rest: int) -> Bytes:
        """A buffer with room for ``rest`` bytes and as many again."""
        buffer = self.buffers.popleft()
        self.buffers.append(buffer if rest * 2 <= len(buffer) else np.empty(rest * 2, np.uint8))
        return self.buffers[-1]


def _last(piece: Bytes, byte: int, start: int) -> int:
    """Position of the last ``byte`` in ``piece`` at or behind ``start``, or -1."""
    step = 1 << 16
    for high in range(len(piece), start, -step):
        low = max(start, high - step)
        hits = np.flatnonzero(piece[low:high] == byte)
        if len(hits):
            return int(low + hits[-1])
    return -1


def _grown(buffer: Bytes, limit: int) -> Bytes:
    if len(buffer) > limit + CHUNK:
        raise Refusal(
            "one line of the file is too long",
            found=f"more than {limit:,} bytes without a line end",
            expected=f"at most {limit:,} bytes",
            hint="check delimiter, quote and line ends of the source's server.",
        )
    larger = np.empty(len(buffer) * 2, np.uint8)
    larger[: len(buffer)] = buffer
    return larger


class _Scan:
    """The state between chunks: where the current record began and how many fields it has so far."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.structure = ByteStructure(shape)
        self.begun = False
        self.started = 0  # offset of the first byte of the record that is being read
        self.delimiters = 0  # of that record, so far
        self.end = 0
        self.starts = RecordStarts()
        self.found = 0
        self.fields = shape.fields
        self.need_header = shape.header
        self.header_span: tuple[int, int] | None = None
        self.bad: dict[str, list[Positions]] = {reason: [] for reason in REASONS}
        self.crlf = 0
        self.ended = 0
        self.longest = 0

    def take(self, offset: int, look: Look) -> None:
        """Read one chunk that begins at ``offset`` of the file and ends behind a newline or at the end."""
        chunk = look.chunk
        if not self.begun:
            self.begun, self.started = True, offset
        self.end = offset + len(chunk)
        self._records(offset, chunk, self.structure.decide(look))

    def _records(self, offset: int, chunk: Bytes, found: Found) -> None:
        ends = found.ends
        begins = np.empty(len(ends), np.int64)
        begins[1:] = ends[:-1] + 1
        begins[:1] = self.started - offset
        delimiters = np.diff(found.before, prepend=0)
        delimiters[:1] += self.delimiters
        lengths = ends - begins
        returns = (chunk[np.clip(ends - 1, 0, None)] == RETURN) & (ends > 0) & (lengths > 0)
        if self.shape.newline != NEWLINE:
            returns[:] = False
        blank = lengths - returns == 0
        self.crlf += int(np.count_nonzero(returns))
        self.ended += len(ends)
        real = np.ones(len(ends), bool) if self.shape.keep_blank else ~blank
        self._take_header(offset, begins, ends, delimiters, real)
        numbers = self.found + np.cumsum(real)
        self._flag(found.flags, ends, numbers)
        self._measure(numbers[real], delimiters[real], lengths[real])
        self.starts.append((begins + offset)[real])
        self.found += int(np.count_nonzero(real))
        if len(ends):
            self.started = offset + int(ends[-1]) + 1
            self.delimiters = found.delimiters - int(found.before[-1])
        else:
            self.delimiters += found.delimiters

    def _take_header(self, offset: int, begins: Positions, ends: Positions, delimiters: Positions, real: Flags) -> None:
        """Take the first record as the header; ``real`` no longer counts it."""
        if not self.need_header:
            return
        candidates = np.flatnonzero(real)
        if not len(candidates):
            return
        at = candidates[0]
        self.header_span = (offset + int(begins[at]), offset + int(ends[at]))
        self.fields = int(delimiters[at]) + 1
        self.need_header = False
        real[at] = False

    def _flag(self, flags: dict[str, Positions], ends: Positions, numbers: Positions) -> None:
        """Note the records in which flagged bytes stand (0 is the header)."""
        behind = np.append(numbers, self.found + (int(numbers[-1]) - self.found if len(numbers) else 0) + 1)
        for reason, positions in flags.items():
            if len(positions):
                self.bad[reason].append(np.unique(behind[np.searchsorted(ends, positions)]))

    def _measure(self, numbers: Positions, delimiters: Positions, lengths: Positions) -> None:
        if not len(numbers):
            return
        self.longest = max(self.longest, int(lengths.max()))
        if self.longest > self.shape.record_bytes:
            self.bad[SIZE].append(numbers[lengths > self.shape.record_bytes])
        if self.shape.delimiter is not None:
            wrong = delimiters + 1 != self.fields
            if wrong.any():
                self.bad[FIELDS].append(numbers[wrong])

    def finish(self, path: Path) -> RecordIndex:
        """Close the last record, which may lack its line end."""
        open_quote = None
        if self.begun and self.end > self.started:
            if self.structure.quoted:
                open_quote = self.found + 1
            last = np.array([self.started], np.int64)
            if self.need_header:
                self.header_span, self.fields = (self.started, self.end), self.delimiters + 1
            else:
                self.starts.append(last)
                self.found += 1
                length = np.array([self.end - self.started], np.int64)
                self._measure(np.array([self.found], np.int64), np.array([self.delimiters], np.int64), length)
        self.starts.end = self.end
        index = RecordIndex(
            starts=self.starts,
            header=_slice(path, self.header_span) if self.header_span else None,
            fields=self.fields,
            bad=self._bad(),
            open_quote=open_quote,
            swallowed=NOWHERE,
            line_ends={"crlf": self.crlf, "other": self.ended - self.crlf},
            broken=self.structure.broken,
            multibyte=self.structure.multibyte,
            longest=self.longest,
            unended=self.begun and self.end > self.started,
        )
        index.swallowed = _over_several_lines(path, index, self.shape.newline)
        return index

    def _bad(self) -> dict[str, Positions]:
        merged = {reason: np.unique(np.concatenate([*found, NOWHERE])) for reason, found in self.bad.items()}
        return {reason: numbers for reason, numbers in merged.items() if len(numbers)}


def _slice(path: Path, span: tuple[int, int]) -> bytes:
    with path.open("rb") as file:
        file.seek(span[0])
        return file.read(span[1] - span[0])


def _over_several_lines(path: Path, index: RecordIndex, newline: int) -> Positions:
    """Of the records with quotes out of place, those that go over several lines (of the first thousand)."""
    suspects = index.bad.get(QUOTES, NOWHERE)[:1000]
    suspects = suspects[suspects > 0]
    line_end = bytes([newline])
    begins, ends = index.extents(suspects)
    found = [
        number
        for number, begin, end in zip(suspects, begins, ends, strict=True)
        if _slice(path, (int(begin), int(end))).rstrip(b"\r\n").count(line_end)
    ]
    return np.array(found, np.int64)
