"""A table of counts with the totals that are published beside it, as arrays.

Belongs here: cells, their place in the levels, which cells add up to which. Does not belong here: what is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from transforms.disclosure.rules import Bools, Ints

DENSE = 20_000_000
"""Combinations up to which a level's cells are looked up in an array; beyond it, by searching."""


@dataclass(frozen=True)
class Level:
    """One way of grouping the rows, published as cells.

    Attributes:
        axes: Positions of the dimensions that stand, in order; those summed over are left out.
        first: Number of the level's first cell; its cells are numbered on from there.
        keys: Their sorted keys.
        cell_of_row: For every row of the table the cell it is counted in.
    """

    axes: tuple[int, ...]
    first: int
    keys: Ints
    cell_of_row: Ints

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def cells(self) -> slice:
        """Where its cells stand among all."""
        return slice(self.first, self.first + len(self.keys))


@dataclass(frozen=True, eq=False)
class CountTable:
    """Counts over dimensions, each combination once, and the totals published beside them.

    A hierarchy (a category and its group) is two dimensions, of which one follows from the other; totals of groups
    are then a margin like any other. Combinations without a row are counts of 0 that everybody knows.

    Attributes:
        dimensions: Names.
        codes: For every row its value in every dimension, as a number from 0.
        counts: For every row its count.
        margins: What else is published: for each the dimensions that stand, in the order of ``dimensions``.

    Shape:
        codes: rows x dimensions. counts: rows.

    Raises:
        ValueError: A count is negative, a combination stands twice, a margin names no dimension of the table.
    """

    dimensions: tuple[str, ...]
    codes: Ints
    counts: Ints
    margins: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        if self.codes.shape != (len(self.counts), len(self.dimensions)):
            raise ValueError(f"{len(self.counts)} counts over {len(self.dimensions)} dimensions: {self.codes.shape}")
        if len(self.counts) and (self.counts.min() < 0 or self.codes.min(initial=0) < 0):
            raise ValueError("a count and a code are 0 or more")
        for margin in self.margins:
            if unknown := set(margin) - set(self.dimensions):
                raise ValueError(f"a margin names {sorted(unknown)}, expected some of {list(self.dimensions)}")
        if len(self.levels[0]) != len(self.counts):
            raise ValueError("a combination of the dimensions stands in more than one row")

    @cached_property
    def sizes(self) -> Ints:
        """How many values each dimension has."""
        if len(self.counts) == 0:
            return np.ones(len(self.dimensions), dtype=np.int64)
        return np.asarray(self.codes.max(axis=0) + 1, dtype=np.int64)

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """The rows themselves, then the margins, each once, those with more dimensions first."""
        everything = tuple(range(len(self.dimensions)))
        asked = {tuple(i for i, name in enumerate(self.dimensions) if name in margin) for margin in self.margins}
        found: list[Level] = []
        first = 0
        for axes in (everything, *sorted(asked - {everything}, key=lambda a: (-len(a), a))):
            of_rows = np.broadcast_to(self.key(axes, [self.codes[:, a] for a in axes]), self.counts.shape)
            keys, cells = np.unique(of_rows, return_inverse=True)
            found.append(Level(axes, first, keys, np.asarray(cells + first, dtype=np.int64)))
            first += len(keys)
        return tuple(found)

    def key(self, axes: Sequence[int], codes: Sequence[Any]) -> Any:
        """One number for a combination of the dimensions ``axes``; codes may be arrays of shapes that fit."""
        key: Any = np.int64(0)
        for axis, code in zip(axes, codes, strict=True):
            key = key * self.sizes[axis] + code
        return key

    @cached_property
    def size(self) -> int:
        """How many cells are published in all."""
        return sum(len(level) for level in self.levels)

    @cached_property
    def values(self) -> Ints:
        """The count of every cell of every level."""
        sums = [np.bincount(v.cell_of_row - v.first, weights=self.counts, minlength=len(v)) for v in self.levels]
        return np.rint(np.concatenate(sums)).astype(np.int64)

    @cached_property
    def level_of(self) -> Ints:
        """The level of every cell."""
        return np.repeat(np.arange(len(self.levels)), [len(level) for level in self.levels])

    @cached_property
    def row_of_cell(self) -> Ints:
        """For every cell of the rows themselves its row."""
        rows = np.empty(len(self.counts), dtype=np.int64)
        rows[self.levels[0].cell_of_row] = np.arange(len(self.counts))
        return rows

    @cached_property
    def matrix(self) -> Any:
        """The equations: one row for each cell of a margin, the sum of its parts less itself is 0.

        Shape:
            Cells of margins x all cells, sparse by columns.
        """
        from scipy import sparse

        count = len(self.counts)
        parts = [(v.cell_of_row - count, self.levels[0].cell_of_row) for v in self.levels[1:]]
        rows = np.concatenate([*(r for r, _ in parts), np.arange(self.size - count)])
        columns = np.concatenate([*(c for _, c in parts), np.arange(count, self.size)])
        data = np.ones(len(rows))
        data[len(rows) - (self.size - count) :] = -1.0
        return sparse.csc_array((data, (rows, columns)), shape=(self.size - count, self.size))

    @cached_property
    def _dense(self) -> tuple[Ints | None, ...]:
        found: list[Ints | None] = []
        for level in self.levels:
            room = int(np.prod([int(self.sizes[a]) for a in level.axes], dtype=object))
            if room > DENSE:
                found.append(None)
                continue
            places = np.full(room, -1, dtype=np.int64)
            places[level.keys] = np.arange(level.first, level.first + len(level))
            found.append(places)
        return tuple(found)

    def find(self, level: int, keys: Any) -> Any:
        """The cells with these keys; -1 where there is none."""
        dense = self._dense[level]
        if dense is not None:
            return dense[keys]
        known = self.levels[level]
        places = np.minimum(np.searchsorted(known.keys, keys), len(known) - 1)
        return np.where(known.keys[places] == keys, places + known.first, -1)

    @cached_property
    def free_axes(self) -> tuple[int, ...]:
        """The dimensions that follow from no other one; of two that follow from each other, the first."""
        follows = {(a, b) for a in range(len(self.dimensions)) for b in self.followers[a]}
        return tuple(
            b
            for b in range(len(self.dimensions))
            if not any((a, b) in follows and ((b, a) not in follows or a < b) for a in range(len(self.dimensions)))
        )

    @cached_property
    def followers(self) -> tuple[dict[int, Ints], ...]:
        """For each dimension those that follow from it, with their value for each of its values."""
        found: list[dict[int, Ints]] = [{} for _ in self.dimensions]
        for a, b in combinations(range(len(self.dimensions)), 2):
            for one, other in ((a, b), (b, a)):
                value = np.zeros(int(self.sizes[one]), dtype=np.int64)
                value[self.codes[:, one]] = self.codes[:, other]
                if self.sizes[other] > 1 and bool(np.all(value[self.codes[:, one]] == self.codes[:, other])):
                    found[one][other] = value
        return tuple(found)

    def where(self, cell: int) -> dict[str, int]:
        """The dimensions of a cell with its codes."""
        level = self.levels[int(self.level_of[cell])]
        row = int(np.flatnonzero(level.cell_of_row == cell)[0])
        return {self.dimensions[a]: int(self.codes[row, a]) for a in level.axes}


def margins_of(dimensions: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """All margins of a table: every set of its dimensions but the full one, the grand total among them."""
    return tuple(c for n in range(len(dimensions)) for c in combinations(dimensions, n))


def all_cells(table: CountTable, cells: Any) -> Bools:
    """A mark for every cell, set at ``cells``."""
    marks = np.zeros(table.size, dtype=np.bool_)
    marks[cells] = True
    return marks
