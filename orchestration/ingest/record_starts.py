"""Where records begin, for any number of them: two bytes a record.

Belongs here: offsets by record number, kept as distances from one to the next. Does not belong here:
how a record's beginning is found (``record_index``).

A hundred million offsets of eight bytes are 800 MB before anything is done with them. A block holds the
records of one chunk of the file: the offset of its first, and the distances to the others in as few bytes as
the longest of them needs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]


class RecordStarts:
    """Offsets of records 1, 2, ...; behind the last stands the end of the file, as the record after it."""

    def __init__(self) -> None:
        self.count = 0
        self.end = 0
        self.firsts: list[int] = []
        self.bases: list[int] = []
        self.steps: list[npt.NDArray[Any]] = []

    def append(self, offsets: Positions) -> None:
        """Add the next records' offsets, in order."""
        if not len(offsets):
            return
        steps = np.diff(offsets)
        self.firsts.append(self.count + 1)
        self.bases.append(int(offsets[0]))
        self.steps.append(steps.astype(np.min_scalar_type(int(steps.max(initial=0)))))
        self.count += len(offsets)

    def offsets(self, records: Positions) -> Positions:
        """Where each of ``records`` (numbers in order, up to one behind the last) begins."""
        found = np.full(len(records), self.end, np.int64)
        known = int(np.searchsorted(records, self.count, side="right"))
        done = 0
        while done < known:
            block = bisect_right(self.firsts, int(records[done])) - 1
            upto = known
            if block + 1 < len(self.firsts):
                upto = int(np.searchsorted(records[:known], self.firsts[block + 1], side="left"))
            found[done:upto] = self._offsets_of(block)[records[done:upto] - self.firsts[block]]
            done = upto
        return found

    def runs(self, size: int) -> Iterator[tuple[int, int]]:
        """All records in runs of neighbours of some ``size`` bytes: the first number, and the one behind the last."""
        first = 1
        while first <= self.count:
            begin = int(self.offsets(np.array([first], np.int64))[0])
            behind = self._first_at(begin + size)
            yield first, behind
            first = behind

    def _first_at(self, offset: int) -> int:
        """Number of the first record that begins at or behind ``offset``."""
        block = bisect_right(self.bases, offset) - 1
        within = int(np.searchsorted(self._offsets_of(block), offset, side="left"))
        return self.firsts[block] + within

    def _offsets_of(self, block: int) -> Positions:
        offsets = np.empty(len(self.steps[block]) + 1, np.int64)
        offsets[0] = self.bases[block]
        np.cumsum(self.steps[block], out=offsets[1:], dtype=np.int64)
        offsets[1:] += offsets[0]
        return offsets
