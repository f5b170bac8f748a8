"""Sixty-four bytes in one word: marks of bytes, and which of them stand inside quotes.

Belongs here: arithmetic on words of marks, and the test that every quote is where a quote may be.
Does not belong here: what to do where one is not (``quote_runs``), records (``record_index``).

Where each quote that opens stands behind a delimiter, a newline or a quote, and each that closes stands
before one, "inside" is no more than an odd number of quotes before a byte: RFC 4180's rules and counting
say the same. The number of quotes up to each byte, modulo two, is the exclusive-or of all marks up to it,
which takes six shifts for sixty-four bytes.
"""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

ONE, SIX, TOP = np.uint64(1), np.uint64(6), np.uint64(63)
LOW_SIX = np.uint64(63)
ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
STEPS = tuple(np.uint64(n) for n in (1, 2, 4, 8, 16, 32))
"""Doubling shifts: after them each bit holds the parity of all bits up to it."""


class Slate(threading.local):
    """Room for one comparison per byte, used again and again: fresh pages cost more than comparing."""

    def __init__(self) -> None:
        self.flags: Flags = np.empty(0, bool)

    def room(self, size: int) -> Flags:
        """An array of ``size`` flags; what stood in it before is lost."""
        if len(self.flags) < size:
            self.flags = np.empty(size, bool)
        return self.flags[:size]


def marks(flags: Flags) -> Words:
    """``flags`` as bits, the first the lowest, with at least one bit free behind the last."""
    size = len(flags) // 64 + 1
    packed = np.zeros(size * 8, np.uint8)
    packed[: (len(flags) + 7) // 8] = np.packbits(flags, bitorder="little")
    return packed.view("<u8")


def places(words: Words) -> Positions:
    """Positions of the bits that are set."""
    return np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little"))


def at(words: Words, positions: Positions) -> Flags:
    """Whether the bit at each position is set."""
    shift = positions.astype(np.uint64) & LOW_SIX
    return np.asarray((words[positions >> 6] >> shift) & ONE, bool)


def inside(quotes: Words, *, quoted: bool) -> Words:
    """For each byte, whether a quote is open behind it. ``quoted``: one is open before the first."""
    words = quotes.copy()
    for step in STEPS:
        words ^= words << step
    ends = words >> TOP
    carried = np.bitwise_xor.accumulate(ends)
    carried[1:] = carried[:-1]
    carried[0] = 0
    if quoted:
        carried ^= ONE
    words ^= ALL * carried
    return words


def are_in_place(quotes: Words, within: Words, parting: Words, ending: Words, size: int) -> bool:
    """Whether every quote stands where a quote may open or close a field.

    Args:
        quotes: The quotes.
        within: What ``inside`` says of them.
        parting: Bytes before which a field ends and behind which one begins.
        ending: More bytes before which a field ends (a carriage return that belongs to a line end).
        size: Number of bytes; beyond them and before the first a field ends or begins.
    """
    beside = parting | quotes
    before = beside << ONE
    before[1:] |= beside[:-1] >> TOP
    before[0] |= ONE
    if (quotes & within & ~before).any():
        return False
    beside |= ending
    beside[size >> 6] |= ONE << np.uint64(size & 63)
    behind = beside >> ONE
    behind[:-1] |= beside[1:] << TOP
    return not bool((quotes & ~within & ~behind).any())


def counts_before(words: Words, positions: Positions) -> tuple[Positions, int]:
    """How many bits are set before each position, and how many in all."""
    each = np.bitwise_count(words)
    total = np.cumsum(each, dtype=np.int64)
    at_word = positions >> 6
    below = (ONE << (positions.astype(np.uint64) & LOW_SIX)) - ONE
    partly = np.bitwise_count(words[at_word] & below)
    return total[at_word] - each[at_word] + partly, int(total[-1])
