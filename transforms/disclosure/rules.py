"""What counts as small, what a reader is assumed to know, and when a hidden cell counts as protected.

Belongs here: the rule and its consequences for single cells. Does not belong here: tables, systems of equations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PRESETS = (5, 10, 11)
"""Minimum cells in use: 11 by default, 5 and 10."""


@dataclass(frozen=True)
class CellRule:
    """The rule of a table.

    Attributes:
        k: The minimum cell: a count from 1 to k - 1 is small and is hidden.
        zeros_shown: Whether a count of 0 is published. Then no 0 is ever hidden, and a reader knows that what is
            hidden is at least 1. Where zeros are hidden, a row with the count 0 is as small as one with 1; a
            combination that has no row at all is taken for impossible, which a reader knows too.
        width: How many values the interval of a hidden cell must hold at least. None: k values, or all small ones.
        primary_known: Whether the reader is told which hidden cells are small and which were hidden to protect
            them. Then small cells lie in 1..k-1 for the reader, the others at k or above, and only the small ones
            need protecting.
    """

    k: int = 11
    zeros_shown: bool = True
    width: int | None = None
    primary_known: bool = False

    def __post_init__(self) -> None:
        if self.k < 2:
            raise ValueError(f"a minimum cell is 2 or more, got {self.k}")
        if self.width is not None and self.width < 2:
            raise ValueError(f"an interval that protects holds 2 values or more, got {self.width}")
        if self.primary_known and self.width is not None and self.width > self.k - self.least:
            raise ValueError(f"readers who know what is small know {self.k - self.least} values, not {self.width}")

    @property
    def least(self) -> int:
        """The least value a hidden cell can have."""
        return 1 if self.zeros_shown else 0

    def is_small(self, counts: Any) -> Bools:
        """Which counts are hidden for their own sake."""
        return np.asarray((counts >= self.least) & (counts < self.k))

    def may_be_hidden(self, counts: Ints) -> Bools:
        """Which counts may be hidden at all: no published zero is."""
        return np.asarray(counts >= self.least)

    def known_bounds(self, counts: Ints) -> tuple[Floats, Floats]:
        """The least and the greatest value that a reader takes for possible before looking at any total."""
        low = np.full(counts.shape, float(self.least))
        high = np.full(counts.shape, np.inf)
        if self.primary_known:
            small = self.is_small(counts)
            low[~small] = self.k
            high[small] = self.k - 1
        return low, high

    def aim(self, count: int, up: bool) -> int:
        """Where a hidden count should be able to go, so that it is protected: a small one to all small values."""
        if self.width is None and count < self.k:
            return self.k - 1 if up else self.least
        reach = (self.width or self.k) - 1
        return count + reach if up else max(count - reach, self.least)

    def protects(self, low: Any, high: Any, counts: Any) -> Bools:
        """Whether intervals are wide enough.

        Args:
            low: The least value of each cell as the reader can work out.
            high: The greatest.
            counts: The cells' counts, for what is small among them.

        Source: the width is the protection level of A. Hundepool and others, Handbook on Statistical Disclosure
        Control (2010), chapter 4.
        """
        first, last = np.ceil(np.asarray(low) - 1e-6), np.floor(np.asarray(high) + 1e-6)
        values = last - first + 1
        if self.width is not None:
            wide = values >= self.width
        else:
            wide = (values >= self.k) | ((first <= self.least) & (last >= self.k - 1))
        if self.primary_known:
            wide = wide | ~self.is_small(counts)
        return np.asarray(wide)
