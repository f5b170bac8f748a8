"""The structure of JSON text: brackets, commas and colons outside of texts, chunk by chunk.

Belongs here: what the bytes say, in numpy, with the state between two chunks. Does not belong here: what is
done with it (``document``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

QUOTE, BACKSLASH, SPACE, COMMA, COLON, NEWLINE, RETURN, TAB = b'"\\ ,:\n\r\t'
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY = b"{}[]"

STEP = np.zeros(256, np.int8)
STEP[[OPEN_OBJECT, OPEN_ARRAY]] = 1
STEP[[CLOSE_OBJECT, CLOSE_ARRAY]] = -1
_MARKS = np.zeros(256, bool)
_MARKS[[QUOTE, COMMA, COLON, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY]] = True
_MARKS[:SPACE] = True
_BLANK = np.zeros(256, bool)
_BLANK[[NEWLINE, RETURN, TAB]] = True


@dataclass(frozen=True)
class Tokens:
    """What stands in a chunk.

    Attributes:
        places: Positions of brackets, commas and colons outside of texts.
        kinds: Their bytes.
        before: The depth of nesting before each.
        hidden: Positions of control characters inside texts.
        blanks: Positions of tabs and line ends outside of texts.
    """

    places: Places
    kinds: Bytes
    before: Places
    hidden: Places
    blanks: Places


@dataclass
class Lexer:
    """The state between chunks. ``deepest`` is the greatest depth seen so far."""

    quoted: bool = False
    escaping: bool = False
    depth: int = 0
    deepest: int = 0

    def read(self, chunk: Bytes) -> Tokens:
        """The tokens of the next chunk."""
        places = np.flatnonzero(_MARKS[chunk])
        kinds = chunk[places]
        quotes = kinds == QUOTE
        real = quotes & ~self._escaped(chunk)[places]
        inside = (np.cumsum(real) + self.quoted) % 2 == 1
        control = kinds < SPACE
        self.quoted ^= bool(np.count_nonzero(real) % 2)
        outer = ~inside & ~quotes & ~control
        steps = STEP[kinds[outer]].astype(np.int64)
        after = np.cumsum(steps) + self.depth
        if len(after):
            self.depth = int(after[-1])
            self.deepest = max(self.deepest, int(after.max()))
        blanks = places[control & ~inside & _BLANK[kinds]]
        return Tokens(places[outer], kinds[outer], after - steps, places[control & inside], blanks)

    def _escaped(self, chunk: Bytes) -> Flags:
        """Whether each byte stands behind an odd number of backslashes."""
        escaped = np.zeros(len(chunk) + 1, bool)
        marks = np.flatnonzero(chunk == BACKSLASH)
        led, self.escaping = self.escaping and len(chunk) > 0, self.escaping and not len(chunk)
        if led:
            escaped[0] = True
            if len(marks) and marks[0] == 0:  # a backslash that is escaped itself
                marks = marks[1:]
        if len(marks):
            first = np.ones(len(marks), bool)
            first[1:] = marks[1:] != marks[:-1] + 1
            heads = np.flatnonzero(first)
            lengths = np.diff(np.append(heads, len(marks)))
            escaped[(marks[heads] + lengths)[(lengths & 1).astype(bool)]] = True
            self.escaping = bool(escaped[len(chunk)])
        return escaped[:-1]
