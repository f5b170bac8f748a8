"""Some of the records of a stream, held for looking at: evenly spread, the same ones whatever the machine.

Belongs here: which records are held, and that they never take more than so much memory. Does not belong here:
what is told from them (``shape``).

A record is held where the leading bits of its mixed number are zero. When too many are held, one more bit must be:
half of them go. So the choice depends on the records alone, not on how many there will be, nor on threads; and a
file whose every second record is of one kind is not halved into the other kind.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from orchestration.ingest.reading import RECORD
from orchestration.ingest.record_index import Positions

MOST = 50_000
"""Records that are held at most."""
MOST_BYTES = 48 << 20
_ODD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: its multiples spread over the whole range, however the numbers are stepped."""


class Sample:
    """Records of a stream of Arrow tables with record numbers."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self.most, self.most_bytes = most, most_bytes
        self.bits = 0
        self.whole = True
        self.held: list[Any] = []
        self.count = 0
        self.bytes = 0

    def take(self, table: Any) -> None:
        """Hold what is to be held of the next records."""
        if not table.num_rows and self.held:
            return
        each = table.nbytes / max(1, table.num_rows)
        numbers = table.column(RECORD).to_numpy()
        chosen = spread(numbers, self.bits)
        bits = self.bits
        while (count := self.count + int(chosen.sum())) > 1 and (
            count > self.most or self.bytes + chosen.sum() * each > self.most_bytes
        ):
            bits += 1
            chosen = spread(numbers, bits)
            if self.held:  # half of them; told exactly when they are copied
                self._thin(bits)
        self.bits, self.whole = bits, self.whole and not bits
        self._hold(table if not bits else table.take(np.flatnonzero(chosen)))  # a slice would keep all alive

    def _thin(self, bits: int) -> None:
        held, self.held, self.count, self.bytes = self.held, [], 0, 0
        for table in held:
            self._hold(table.take(np.flatnonzero(spread(table.column(RECORD).to_numpy(), bits))))

    def _hold(self, table: Any) -> None:
        self.held.append(table)
        self.count += table.num_rows
        self.bytes += table.nbytes

    def table(self) -> Any:
        """The records held, as one table; None where no table was ever taken."""
        import pyarrow as pa

        return pa.concat_tables(self.held).combine_chunks() if self.held else None


def spread(numbers: Positions, bits: int) -> Any:
    """Of each record number, whether it is one of some 2^-``bits`` that are held."""
    if not bits:
        return np.ones(len(numbers), bool)
    mixed = numbers.astype(np.uint64) * _ODD
    return mixed >> np.uint64(64 - bits) == 0


def picked(count: int, most: int) -> Positions:
    """Some ``most`` of ``count`` things, by number from 1, evenly spread, in order."""
    if count <= most:
        return np.arange(1, count + 1)
    bits = int(np.ceil(np.log2(count / most)))
    numbers = np.arange(1, count + 1)
    found: Positions = numbers[spread(numbers, bits)]
    return found
