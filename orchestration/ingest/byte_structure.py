"""What stands where in a chunk of a text file: what parts records and fields, and what must not be there.

Belongs here: deciding, for all bytes of a chunk at once, which newlines and delimiters stand outside
quotes; finding quotes out of place, control characters and broken UTF-8. Does not belong here: records
and their numbers (``record_index``).

How quotes are read is RFC 4180 as Python's ``csv`` reads it: a quote opens a field only where the field
begins; elsewhere outside quotes it is a character like any other; inside, two quotes are one, and a
single one closes. Runs of quotes, not bytes, change the state, and each run does one of three things to
it (nothing, turn it, or set it to "outside"), so that all runs of a chunk are decided at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

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

    ``quotes`` tells which of ``places`` are quotes; None where the chunk holds none.
    """

    chunk: Bytes
    places: Positions
    quotes: Flags | None
    characters: Positions
    encoding: Positions
    multibyte: int


@dataclass(frozen=True)
class Found:
    """One chunk's newlines and delimiters outside quotes, and positions of bytes that must not be there."""

    places: Positions
    kinds: Bytes
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

    def look(self, chunk: Bytes) -> Look:
        """Everything the bytes of ``chunk`` say on their own."""
        shape = self.shape
        mask = chunk == shape.newline
        low = int(np.count_nonzero(chunk < SPACE)) - int(np.count_nonzero(mask))
        if shape.delimiter is not None:
            mask |= chunk == shape.delimiter
        if low:
            mask |= self._strays(chunk)
        quotes = None
        if shape.quote is not None:
            is_quote = chunk == shape.quote
            if is_quote.any():
                if shape.escape is not None and shape.escape != shape.quote:
                    is_quote &= ~_escaped(chunk, shape.escape)
                mask |= is_quote
                quotes = is_quote
        places = np.flatnonzero(mask)
        high = int(chunk.max()) if len(chunk) else 0
        encoding, multibyte = _broken(chunk) if high > DELETE else (NOWHERE, 0)
        here = None if quotes is None else quotes[places]
        return Look(chunk, places, here, _controls(chunk, low, high), encoding, multibyte)

    def _strays(self, chunk: Bytes) -> Flags:
        """Line ends of another kind than the file's."""
        stray = np.asarray(chunk == self.stray, bool)
        if self.shape.newline == NEWLINE:
            stray[:-1] &= chunk[1:] != NEWLINE
        return stray

    def decide(self, look: Look) -> Found:
        """What of the next chunk stands outside quotes, and what must not be there."""
        places, wrong = look.places, NOWHERE
        if look.quotes is not None:
            places, wrong = self._outside(look.chunk, places, look.quotes)
        elif self.quoted:
            places = NOWHERE
        kinds = look.chunk[places]
        characters = look.characters
        outside = kinds == self.stray
        if outside.any():
            characters = np.union1d(characters, places[outside])
            places, kinds = places[~outside], kinds[~outside]
        self.broken += len(look.encoding)
        self.multibyte += look.multibyte
        return Found(places, kinds, {QUOTES: wrong, CHARACTERS: characters, ENCODING: look.encoding})

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


def _controls(chunk: Bytes, low: int, high: int) -> Positions:
    """Positions of control characters and of characters that turn the reading direction.

    ``low`` counts the bytes below the blank that are no newline, ``high`` is the greatest byte.
    """
    found: list[Positions] = []
    if low and low != int(np.count_nonzero(chunk == RETURN)):
        found.append(np.flatnonzero((chunk < SPACE) & (chunk != NEWLINE) & (chunk != RETURN) & (chunk != TAB)))
    if high >= DELETE and (chunk == DELETE).any():
        found.append(np.flatnonzero(chunk == DELETE))
    if high > DELETE:
        found.append(_turning(chunk))
    return np.unique(np.concatenate(found)) if found else NOWHERE


def _broken(chunk: Bytes) -> tuple[Positions, int]:
    """Positions of bytes that are no UTF-8 (the first ones of many), and the number of characters beyond ASCII."""
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
    return np.array(found, np.int64), int(np.count_nonzero(chunk >= 0xC0)) - len(found)


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
    turning: Positions = lead[embeds | isolates]
    return turning
