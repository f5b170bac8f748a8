"""Quotes decided run by run, for chunks in which some stand where none should.

Belongs here: RFC 4180 as Python's ``csv`` reads it, to the letter: a quote opens a field only where the
field begins; elsewhere outside quotes it is a character like any other; inside, two quotes are one, and a
single one closes. Does not belong here: chunks whose quotes are all in place (``quote_words``: a tenth of
the time, and by the same rules).

Runs of quotes, not bytes, change the state, and each run does one of three things to it (nothing, turn it,
or set it to "outside"), so that all runs of a chunk are decided at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.ingest.quote_words import Bytes, Flags, Positions

RETURN, SPACE = 13, 32


@dataclass(frozen=True)
class Decided:
    """What runs of quotes say: ``places`` outside quotes, quotes out of place, whether one is open at the end."""

    places: Positions
    wrong: Positions
    quoted: bool


@dataclass(frozen=True)
class QuoteRuns:
    """The quotes of one chunk. ``quoted``: it begins inside quotes; ``newline`` and ``delimiter`` part its fields."""

    chunk: Bytes
    quoted: bool
    newline: int
    delimiter: int | None

    def decide(self, places: Positions, quote_here: Flags) -> Decided:
        """Keep of ``places`` what stands outside quotes, and find the quotes that are out of place."""
        chunk = self.chunk
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
        quoted = bool(inside[-1]) if len(inside) else self.quoted
        return Decided(places[~inside & ~quote_here], begin[wrong], quoted)

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
        parts = byte == self.newline
        if self.delimiter is not None:
            parts |= byte == self.delimiter
        return np.asarray(beyond | parts, bool)

    def _line_end(self, chunk: Bytes, positions: Positions) -> Flags:
        """Whether a carriage return stands at each position and ends the line with what follows."""
        byte = chunk[np.clip(positions, 0, len(chunk) - 1)]
        following = chunk[np.clip(positions + 1, 0, len(chunk) - 1)]
        last = positions + 1 >= len(chunk)
        return np.asarray((byte == RETURN) & (last | (following == self.newline)), bool)

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
