"""What stands where in a chunk of a text file: what parts records and fields, and what must not be there.

Belongs here: deciding, for all bytes of a chunk at once, which newlines and delimiters stand outside
quotes; finding quotes out of place, control characters and broken UTF-8. Does not belong here: records
and their numbers (``record_index``), the arithmetic of quotes (``quote_words``, ``quote_runs``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.ingest import quote_words
from orchestration.ingest.quote_runs import QuoteRuns
from orchestration.ingest.quote_words import Bytes, Flags, Positions, Slate, Words

NEWLINE, RETURN, TAB, SPACE, DELETE = 10, 13, 9, 32, 127

FIELDS = "record.fields"
QUOTES = "record.quotes"
CHARACTERS = "record.characters"
ENCODING = "record.encoding"
SIZE = "record.size"
MANY_BROKEN = 1000
"""So many places that are no UTF-8 and the search for more ends: the file has another encoding."""
NOWHERE: Positions = np.empty(0, np.int64)


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


@dataclass(frozen=True)
class Look:
    """What a chunk's bytes say before it is known whether it begins inside quotes.

    Attributes:
        chunk: The bytes.
        ends: Positions of all newlines.
        newlines: The same as marks; None where the chunk holds no quote and they are not needed.
        delimiters: Marks of all delimiters; None where nothing parts fields.
        quotes: Marks of all quotes; None where the chunk holds none.
        strays: Positions of line ends of another kind than the file's.
        characters: Positions of characters that must not be there.
        encoding: Positions of bytes that are no UTF-8.
        multibyte: Number of characters beyond ASCII.
    """

    chunk: Bytes
    ends: Positions
    newlines: Words | None
    delimiters: Words | None
    quotes: Words | None
    strays: Positions
    characters: Positions
    encoding: Positions
    multibyte: int


@dataclass(frozen=True)
class Found:
    """One chunk's newlines outside quotes, and positions of bytes that must not be there.

    ``before`` is the number of delimiters outside quotes before each of ``ends``, ``delimiters`` that of all.
    """

    ends: Positions
    before: Positions
    delimiters: int
    flags: dict[str, Positions]


class ByteStructure:
    """Reads chunk after chunk; between chunks only "is a quote open" is remembered.

    Every chunk ends behind a newline or at the end of the file, so that no run of quotes, no CR LF and no
    character of several bytes is ever cut in two. ``look`` is most of the work and may run in any thread;
    ``decide`` takes the looks in order.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.stray = RETURN if shape.newline == NEWLINE else NEWLINE
        self.quoted = False
        self.broken = 0
        self.multibyte = 0
        self.slate = Slate()

    def look(self, chunk: Bytes) -> Look:
        """Everything the bytes of ``chunk`` say on their own."""
        shape = self.shape
        flags = self.slate.room(len(chunk))
        low = int(np.count_nonzero(np.less(chunk, SPACE, out=flags)))
        high = int(chunk.max()) if len(chunk) else 0
        quotes = None if shape.quote is None else self._quotes(chunk, shape.quote, flags)
        delimiters = None
        if shape.delimiter is not None:
            delimiters = quote_words.marks(np.equal(chunk, shape.delimiter, out=flags))
        ends = np.flatnonzero(np.equal(chunk, shape.newline, out=flags))
        newlines = None if quotes is None else quote_words.marks(flags)
        low -= len(ends)
        strays = self._strays(chunk) if low else NOWHERE
        encoding, multibyte = _broken(chunk, flags) if high > DELETE else (NOWHERE, 0)
        characters = _controls(chunk, low, high, flags)
        return Look(chunk, ends, newlines, delimiters, quotes, strays, characters, encoding, multibyte)

    def _quotes(self, chunk: Bytes, quote: int, flags: Flags) -> Words | None:
        if not np.equal(chunk, quote, out=flags).any():
            return None
        escape = self.shape.escape
        if escape is not None and escape != quote:
            flags &= ~_escaped(chunk, escape)
        return quote_words.marks(flags)

    def _strays(self, chunk: Bytes) -> Positions:
        """Line ends of another kind than the file's."""
        stray = np.asarray(chunk == self.stray, bool)
        if self.shape.newline == NEWLINE:
            stray[:-1] &= chunk[1:] != NEWLINE
        return np.flatnonzero(stray)

    def decide(self, look: Look) -> Found:
        """What of the next chunk stands outside quotes, and what must not be there."""
        self.broken += len(look.encoding)
        self.multibyte += look.multibyte
        if look.quotes is None:
            return self._unquoted(look)
        assert look.newlines is not None
        within = quote_words.inside(look.quotes, quoted=self.quoted)
        parting = look.newlines if look.delimiters is None else look.newlines | look.delimiters
        if not quote_words.are_in_place(look.quotes, within, parting, self._line_ends(look), len(look.chunk)):
            return self._decide_runs(look)
        self.quoted = bool(quote_words.at(within, np.array([len(look.chunk) - 1]))[0])
        ends = look.ends[~quote_words.at(within, look.ends)]
        delimiters = None if look.delimiters is None else look.delimiters & ~within
        strays = look.strays[~quote_words.at(within, look.strays)]
        return _found(look, ends, delimiters, strays, NOWHERE)

    def _unquoted(self, look: Look) -> Found:
        """A chunk without quotes: all of it is outside, or all of it inside."""
        if self.quoted:
            return _found(look, NOWHERE, None, NOWHERE, NOWHERE)
        return _found(look, look.ends, look.delimiters, look.strays, NOWHERE)

    def _line_ends(self, look: Look) -> Words:
        """Marks of carriage returns that belong to the newline behind them, or end the chunk."""
        marks = np.zeros(len(look.chunk) // 64 + 1, np.uint64)
        behind = look.ends - 1
        if len(look.chunk) and look.chunk[-1] == RETURN:
            behind = np.append(behind, len(look.chunk) - 1)
        behind = behind[(behind >= 0) & (look.chunk[behind] == RETURN)]
        if len(behind):
            flags = self.slate.room(len(look.chunk))
            flags[:] = False
            flags[behind] = True
            marks = quote_words.marks(flags)
        return marks

    def _decide_runs(self, look: Look) -> Found:
        """The same where a quote is out of place."""
        shape = self.shape
        assert look.quotes is not None
        assert look.newlines is not None
        marks = look.quotes | look.newlines
        if look.delimiters is not None:
            marks |= look.delimiters
        places = np.union1d(quote_words.places(marks), look.strays)
        runs = QuoteRuns(look.chunk, self.quoted, shape.newline, shape.delimiter)
        decided = runs.decide(places, quote_words.at(look.quotes, places))
        self.quoted = decided.quoted
        kinds = look.chunk[decided.places]
        flags = np.zeros(len(look.chunk), bool)
        flags[decided.places[kinds == shape.delimiter]] = True
        delimiters = None if look.delimiters is None else quote_words.marks(flags)
        ends, strays = (decided.places[kinds == kind] for kind in (shape.newline, self.stray))
        return _found(look, ends, delimiters, strays, decided.wrong)


def _found(look: Look, ends: Positions, delimiters: Words | None, strays: Positions, wrong: Positions) -> Found:
    before, total = np.zeros(len(ends), np.int64), 0
    if delimiters is not None:
        before, total = quote_words.counts_before(delimiters, ends)
    characters = np.union1d(look.characters, strays) if len(strays) else look.characters
    return Found(ends, before, total, {QUOTES: wrong, CHARACTERS: characters, ENCODING: look.encoding})


def _controls(chunk: Bytes, low: int, high: int, flags: Flags) -> Positions:
    """Positions of control characters and of characters that turn the reading direction.

    ``low`` counts the bytes below the blank that are no newline, ``high`` is the greatest byte.
    """
    found: list[Positions] = []
    if low and low != int(np.count_nonzero(np.equal(chunk, RETURN, out=flags))):
        found.append(np.flatnonzero((chunk < SPACE) & (chunk != NEWLINE) & (chunk != RETURN) & (chunk != TAB)))
    if high >= DELETE and np.equal(chunk, DELETE, out=flags).any():
        found.append(np.flatnonzero(flags))
    if high > DELETE:
        found.append(_turning(chunk, flags))
    return np.unique(np.concatenate(found)) if found else NOWHERE


def _broken(chunk: Bytes, flags: Flags) -> tuple[Positions, int]:
    """Positions of bytes that are no UTF-8 (the first ones of many), and the number of characters beyond ASCII."""
    leading = int(np.count_nonzero(np.greater_equal(chunk, 0xC0, out=flags)))
    if _is_utf8(chunk):
        return NOWHERE, leading
    data = chunk.tobytes()
    found: list[int] = []
    at = 0
    while len(found) < MANY_BROKEN:
        try:
            data[at:].decode("utf-8")
        except UnicodeDecodeError as error:
            found.append(at + error.start)
            at += error.end
        else:
            break
    return np.array(found, np.int64), leading - len(found)


def _is_utf8(chunk: Bytes) -> bool:
    """Whether all of ``chunk`` is UTF-8; Arrow looks without holding the interpreter, and at thrice the speed."""
    import pyarrow as pa

    ends = pa.py_buffer(np.array([0, len(chunk)], np.int64))
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(chunk)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


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


def _turning(chunk: Bytes, flags: Flags) -> Positions:
    """Positions of U+202A-202E and U+2066-2069, which turn the reading direction, in UTF-8.

    U+0080-009F are let through: they are controls in name only, and real files hold thousands of them as
    what is left of text that was once decoded wrongly.
    """
    lead = np.flatnonzero(np.equal(chunk, 0xE2, out=flags))
    second, third = np.take(chunk, lead + 1, mode="clip"), np.take(chunk, lead + 2, mode="clip")
    embeds = (second == 0x80) & (third >= 0xAA) & (third <= 0xAE)
    isolates = (second == 0x81) & (third >= 0xA6) & (third <= 0xA9)
    turning: Positions = lead[embeds | isolates]
    return turning
