"""A count of records of its own: where each record of a file begins, told from the bytes alone.

Belongs here: the one independent witness of how many records were received. It knows nothing of DuckDB,
so that "received" can disagree with what DuckDB read. It also says which records can't be read as
records: a wrong number of fields, quotes out of place, control characters, broken UTF-8.
Does not belong here: values and types.

How quotes are read is RFC 4180 as Python's ``csv`` reads it: a quote opens a field only where the field
begins; elsewhere outside quotes it is a character like any other; inside, two quotes are one, and a
single one closes. All quotes of a chunk are decided at once: runs of quotes, not bytes, change the state,
and each run does one of three things to it (nothing, turn it, or set it to "outside").

Everything works on numpy arrays of a few MiB; no record becomes a Python object.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from orchestration.ingest.refusal import Refusal

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

CHUNK = 4 << 20
NEWLINE, RETURN, TAB, SPACE, DELETE = 10, 13, 9, 32, 127
BOM = b"\xef\xbb\xbf"

FIELDS = "record.fields"
QUOTES = "record.quotes"
CHARACTERS = "record.characters"
ENCODING = "record.encoding"
SIZE = "record.size"
MANY_BROKEN = 1000
"""So many places that are no UTF-8 and the search for more ends: the file has another encoding."""
REASONS = (FIELDS, QUOTES, CHARACTERS, ENCODING, SIZE)
"""Why a record can't be read as a record; stable ids, shown in quarantine."""


@dataclass(frozen=True)
class Shape:
    """What the index must know of a file: bytes that part records and fields.

    ``newline`` is the byte that ends a record (a carriage return before a line feed belongs to it).
    ``delimiter`` None: a record is a line, whatever it holds. ``fields`` is the number of fields of a
    record where no header tells it. ``keep_blank``: an empty line is a record.
    """

    newline: int = NEWLINE
    delimiter: int | None = 44
    quote: int | None = 34
    escape: int | None = 34
    header: bool = True
    fields: int = 0
    keep_blank: bool = False
    record_bytes: int = 32 << 20


@dataclass
class RecordIndex:
    """Where the records are.

    ``starts[i]`` is the offset of record i + 1 (records count from 1; the header is none), ``end`` the
    offset behind the last byte. ``bad`` maps a reason to record numbers in order. ``open_quote`` is the
    number of the record whose quote is never closed. ``swallowed`` are records with quotes out of place
    that go over several lines: no one can tell how many records they were. ``broken`` counts places that
    are no UTF-8 (up to ``MANY_BROKEN``), ``multibyte`` characters beyond ASCII that are.
    """

    starts: Positions
    end: int
    header: bytes | None
    header_is_first_line: bool
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
        return len(self.starts)

    def malformed(self) -> Positions:
        """Numbers of all records that can't be read as records, in order."""
        return np.unique(np.concatenate([*self.bad.values(), np.empty(0, np.int64)]))

    def extents(self, records: Positions) -> tuple[Positions, Positions]:
        """Offsets where each of ``records`` begins, and where the next one does."""
        bounds = np.append(self.starts, self.end)
        return bounds[records - 1], bounds[records]


def index_records(path: Path, shape: Shape) -> RecordIndex:
    """Find every record of the file at ``path``.

    Raises:
        Refusal: One record is larger than ``shape.record_bytes``.
    """
    scan = _Scan(shape)
    for offset, chunk in _chunks(path, shape):
        scan.take(offset, chunk)
    return scan.finish(path)


def _chunks(path: Path, shape: Shape) -> Iterator[tuple[int, Bytes]]:
    """The file in pieces that end behind a newline (the last one at the end of the file)."""
    with path.open("rb", buffering=0) as file:
        offset = len(BOM) if file.read(len(BOM)) == BOM else 0
        file.seek(offset)
        buffer = np.empty(CHUNK, np.uint8)
        filled = 0
        while True:
            read = file.readinto(buffer[filled:].data)
            if not read:
                break
            filled += read
            cut = _last(buffer[:filled], shape.newline, filled - read)
            if cut < 0:
                if filled == len(buffer):
                    buffer = _grown(buffer, shape.record_bytes)
                continue
            yield offset, buffer[: cut + 1]
            offset += cut + 1
            rest = filled - cut - 1
            fresh = np.empty(max(CHUNK, rest * 2), np.uint8) if rest * 2 > len(buffer) else np.empty_like(buffer)
            fresh[:rest] = buffer[cut + 1 : filled]
            buffer, filled = fresh, rest
        if filled:
            yield offset, buffer[:filled]


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
    """The state between chunks: whether a quote is open, where the current record began, its fields."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.stray = RETURN if shape.newline == NEWLINE else NEWLINE
        self.quoted = False
        self.started = 0  # offset of the first byte of the record that is being read
        self.delimiters = 0  # of that record, so far
        self.begun = False
        self.end = 0
        self.starts: list[Positions] = []
        self.found = 0
        self.fields = shape.fields
        self.need_header = shape.header
        self.header_span: tuple[int, int] | None = None
        self.header_is_first_line = True
        self.bad: dict[str, list[Positions]] = {reason: [] for reason in REASONS}
        self.crlf = 0
        self.ended = 0
        self.broken = 0
        self.multibyte = 0
        self.longest = 0

    def take(self, offset: int, chunk: Bytes) -> None:
        """Read one chunk that begins at ``offset`` of the file and ends behind a newline or at the end."""
        if not self.begun:
            self.begun, self.started = True, offset
        self.end = offset + len(chunk)
        characters = self._controls(chunk)
        encoding = self._encoding(chunk)
        places, quotes = self._structure(chunk)
        kinds = chunk[places]
        if self.strays:
            outside = kinds == self.stray
            characters = np.union1d(characters, places[outside])
            places, kinds = places[~outside], kinds[~outside]
        self._records(offset, chunk, places, kinds, {QUOTES: quotes, CHARACTERS: characters, ENCODING: encoding})

    # What stands where ----------------------------------------------------------------------

    def _structure(self, chunk: Bytes) -> tuple[Positions, Positions]:
        """Positions of what parts records and fields (and of stray line ends), and of bad quotes."""
        shape = self.shape
        mask = chunk == shape.newline
        if shape.delimiter is not None:
            mask |= chunk == shape.delimiter
        stray = chunk == self.stray
        self.strays = bool(stray.any())
        if self.strays and shape.newline == NEWLINE:
            stray[:-1] &= chunk[1:] != NEWLINE
            self.strays = bool(stray.any())
        if self.strays:
            mask |= stray
        if shape.quote is None:
            return np.flatnonzero(mask), _NOWHERE
        is_quote = chunk == shape.quote
        if not self.quoted and not is_quote.any():
            return np.flatnonzero(mask), _NOWHERE
        if shape.escape is not None and shape.escape != shape.quote:
            is_quote &= ~_escaped(chunk, shape.escape)
        mask |= is_quote
        places = np.flatnonzero(mask)
        return self._outside(chunk, places, is_quote[places])

    def _outside(self, chunk: Bytes, places: Positions, quote_here: Flags) -> tuple[Positions, Positions]:
        """Keep of ``places`` what stands outside quotes, and find the quotes that are out of place."""
        quotes = places[quote_here]
        first = np.ones(len(quotes), bool)
        first[1:] = quotes[1:] != quotes[:-1] + 1
        heads = np.flatnonzero(first)
        lengths = np.diff(np.append(heads, len(quotes)))
        begin = quotes[heads]
        odd = (lengths & 1).astype(bool)
        opens = self._edge(chunk, begin - 1)
        closes = self._edge(chunk, begin + lengths) | self._line_end(chunk, begin + lengths)
        before, after = self._states(odd, opens)
        wrong = (before & odd & ~closes) | (~before & opens & ~odd & ~closes)
        wrong |= ~before & ~opens & self._led_by_blanks(chunk, begin)
        heads_here = np.zeros(len(places), np.int64)
        heads_here[np.flatnonzero(quote_here)[heads]] = 1
        inside = np.concatenate(([self.quoted], after))[np.cumsum(heads_here)]
        self.quoted = bool(inside[-1]) if len(inside) else self.quoted
        return places[~inside & ~quote_here], begin[wrong]

    def _states(self, odd: Flags, opens: Flags) -> tuple[Flags, Flags]:
        """Whether a quote is open before and after each run of quotes.

        An even run changes nothing; an odd one where a field begins turns the state; an odd one
        elsewhere leaves it "outside" (it closes, or it is a character like any other).
        """
        turns = np.cumsum(odd & opens)
        resets = np.where(odd & ~opens, np.arange(len(odd)), -1)
        last = np.maximum.accumulate(resets)
        since = turns - np.where(last >= 0, turns[last], 0) + np.where(last >= 0, 0, int(self.quoted))
        after = (since & 1).astype(bool)
        before = np.concatenate((np.array([self.quoted]), after))[: len(after)]
        return before, after

    def _edge(self, chunk: Bytes, positions: Positions) -> Flags:
        """Whether the byte at each position parts fields or records; beyond the chunk it does."""
        beyond = (positions < 0) | (positions >= len(chunk))
        byte = chunk[np.clip(positions, 0, len(chunk) - 1)]
        parts = byte == self.shape.newline
        if self.shape.delimiter is not None:
            parts |= byte == self.shape.delimiter
        return np.asarray(beyond | parts, bool)

    def _line_end(self, chunk: Bytes, positions: Positions) -> Flags:
        """Whether a carriage return stands at each position and ends the line with what follows."""
        byte = chunk[np.clip(positions, 0, len(chunk) - 1)]
        following = chunk[np.clip(positions + 1, 0, len(chunk) - 1)]
        last = positions + 1 >= len(chunk)
        return np.asarray((byte == RETURN) & (last | (following == self.shape.newline)), bool)

    def _led_by_blanks(self, chunk: Bytes, begin: Positions) -> Flags:
        """Quotes with nothing but blanks between them and the field's beginning.

        Programs disagree about them: for some the field is quoted, for others it is not.
        """
        led = np.zeros(len(begin), bool)
        left = begin - 1
        going = (left >= 0) & (chunk[np.clip(left, 0, None)] == SPACE)
        while going.any():
            left = np.where(going, left - 1, left)
            led |= going & self._edge(chunk, left)
            going &= (left >= 0) & (chunk[np.clip(left, 0, None)] == SPACE)
        return led

    def _controls(self, chunk: Bytes) -> Positions:
        """Positions of control characters and of characters that turn the reading direction."""
        found: list[Positions] = []
        low = int(np.count_nonzero(chunk < SPACE))
        plain = int(np.count_nonzero(chunk == NEWLINE)) + int(np.count_nonzero(chunk == RETURN))
        if low != plain and low != plain + int(np.count_nonzero(chunk == TAB)):
            found.append(np.flatnonzero((chunk < SPACE) & (chunk != NEWLINE) & (chunk != RETURN) & (chunk != TAB)))
        if (chunk == DELETE).any():
            found.append(np.flatnonzero(chunk == DELETE))
        if (chunk > DELETE).any():
            found.append(_turning(chunk))
        return np.unique(np.concatenate(found)) if found else _NOWHERE

    def _encoding(self, chunk: Bytes) -> Positions:
        """Positions of bytes that are no UTF-8."""
        if not (chunk > DELETE).any():
            return _NOWHERE
        data = chunk.tobytes()
        found: list[int] = []
        at = 0
        while self.broken + len(found) < MANY_BROKEN:
            try:
                data[at:].decode("utf-8")
            except UnicodeDecodeError as error:
                found.append(at + error.start)
                at += error.end
            else:
                break
        self.broken += len(found)
        self.multibyte += int(np.count_nonzero(chunk >= 0xC0)) - len(found)
        return np.array(found, np.int64)

    # Records --------------------------------------------------------------------------------

    def _records(self, offset: int, chunk: Bytes, places: Positions, kinds: Bytes, flags: dict[str, Positions]) -> None:
        closing = np.flatnonzero(kinds == self.shape.newline)
        ends = places[closing]
        begins = np.empty(len(ends), np.int64)
        begins[1:] = ends[:-1] + 1
        begins[:1] = self.started - offset
        delimiters = np.diff(closing, prepend=-1) - 1
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
        self._flag(flags, ends, numbers)
        self._measure(numbers[real], delimiters[real], lengths[real])
        self.starts.append((begins + offset)[real])
        self.found += int(np.count_nonzero(real))
        if len(ends):
            self.started = offset + int(ends[-1]) + 1
            self.delimiters = len(places) - int(closing[-1]) - 1
        else:
            self.delimiters += len(places)

    def _take_header(self, offset: int, begins: Positions, ends: Positions, delimiters: Positions, real: Flags) -> None:
        """Take the first record as the header; ``real`` no longer counts it."""
        if not self.need_header:
            return
        candidates = np.flatnonzero(real)
        self.header_is_first_line &= bool(len(candidates) and candidates[0] == 0) or not len(ends)
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
            if self.quoted:
                open_quote = self.found + 1
            last = np.array([self.started], np.int64)
            if self.need_header:
                self.header_span, self.fields = (self.started, self.end), self.delimiters + 1
            else:
                self.starts.append(last)
                self.found += 1
                length = np.array([self.end - self.started], np.int64)
                self._measure(np.array([self.found], np.int64), np.array([self.delimiters], np.int64), length)
        index = RecordIndex(
            starts=np.concatenate([*self.starts, _NOWHERE]),
            end=self.end,
            header=_slice(path, self.header_span) if self.header_span else None,
            header_is_first_line=self.header_is_first_line,
            fields=self.fields,
            bad=self._bad(),
            open_quote=open_quote,
            swallowed=_NOWHERE,
            line_ends={"crlf": self.crlf, "other": self.ended - self.crlf},
            broken=self.broken,
            multibyte=self.multibyte,
            longest=self.longest,
            unended=self.begun and self.end > self.started,
        )
        index.swallowed = _over_several_lines(path, index, self.shape.newline)
        return index

    def _bad(self) -> dict[str, Positions]:
        merged = {reason: np.unique(np.concatenate([*found, _NOWHERE])) for reason, found in self.bad.items()}
        return {reason: numbers for reason, numbers in merged.items() if len(numbers)}


_NOWHERE: Positions = np.empty(0, np.int64)


def _escaped(chunk: Bytes, escape: int) -> Flags:
    """Whether each byte stands behind an odd number of escape characters."""
    marks = np.flatnonzero(chunk == escape)
    escaped = np.zeros(len(chunk), bool)
    if not len(marks):
        return escaped
    first = np.ones(len(marks), bool)
    first[1:] = marks[1:] != marks[:-1] + 1
    heads = np.flatnonzero(first)
    lengths = np.diff(np.append(heads, len(marks)))
    behind = (marks[heads] + lengths)[(lengths & 1).astype(bool)]
    escaped[behind[behind < len(chunk)]] = True
    return escaped


def _turning(chunk: Bytes) -> Positions:
    """Positions of U+202A-202E and U+2066-2069, which turn the reading direction, in UTF-8.

    U+0080-009F are let through: they are controls in name only, and real files hold thousands of them as
    what is left of text that was once decoded wrongly.
    """
    padded = np.append(chunk, np.zeros(2, np.uint8))
    lead = np.flatnonzero(chunk == 0xE2)
    second, third = padded[lead + 1], padded[lead + 2]
    embeds = (second == 0x80) & (third >= 0xAA) & (third <= 0xAE)
    isolates = (second == 0x81) & (third >= 0xA6) & (third <= 0xA9)
    return lead[embeds | isolates]


def _slice(path: Path, span: tuple[int, int]) -> bytes:
    with path.open("rb") as file:
        file.seek(span[0])
        return file.read(span[1] - span[0])


def _over_several_lines(path: Path, index: RecordIndex, newline: int) -> Positions:
    """Of the records with quotes out of place, those that go over several lines (of the first thousand)."""
    suspects = index.bad.get(QUOTES, _NOWHERE)[:1000]
    suspects = suspects[suspects > 0]
    line_end = bytes([newline])
    begins, ends = index.extents(suspects)
    found = [
        number
        for number, begin, end in zip(suspects, begins, ends, strict=True)
        if _slice(path, (int(begin), int(end))).rstrip(b"\r\n").count(line_end)
    ]
    return np.array(found, np.int64)
