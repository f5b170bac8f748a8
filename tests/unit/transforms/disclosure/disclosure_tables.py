"""Tables for the tests of disclosure control, and a reader who works without any of its shortcuts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import linprog

from transforms.disclosure.rules import Bools, CellRule
from transforms.disclosure.tables import CountTable, margins_of


def table_of(counts: Any, margins: Sequence[Sequence[str]] | None = None) -> CountTable:
    """A table of an array of counts, all its margins published; combinations of 0 have no row."""
    array = np.array(counts, dtype=np.int64)
    names = tuple("abcdef"[: array.ndim])
    places = np.argwhere(array > 0).astype(np.int64)
    chosen = margins_of(names) if margins is None else tuple(tuple(m) for m in margins)
    return CountTable(names, places, array[array > 0], chosen)


def random_table(shape: Sequence[int], mean: float, seed: int, spread: float = 0.7) -> CountTable:
    """Counts as cities have them: some months, districts and kinds have many times those of others."""
    chance = np.random.default_rng(seed)
    expected = np.full(tuple(shape), mean)
    for axis, size in enumerate(shape):
        along = [-1 if n == axis else 1 for n in range(len(shape))]
        expected = expected * chance.lognormal(0, spread, size).reshape(along)
    return table_of(chance.poisson(expected))


class Reader:
    """Somebody with the published table and a solver: one equation for each total, nothing else."""

    def __init__(self, table: CountTable, hidden: Bools, rule: CellRule) -> None:
        unknown = {int(cell): n for n, cell in enumerate(np.flatnonzero(hidden))}
        rows, right = [], []
        for level in table.levels[1:]:
            for total in range(level.first, level.first + len(level)):
                line = np.zeros(len(unknown))
                known = 0.0
                for row in np.flatnonzero(level.cell_of_row == total):
                    part = int(table.levels[0].cell_of_row[row])
                    if part in unknown:
                        line[unknown[part]] += 1.0
                    else:
                        known += float(table.values[part])
                if total in unknown:
                    line[unknown[total]] -= 1.0
                else:
                    known -= float(table.values[total])
                if line.any():
                    rows.append(line)
                    right.append(-known)
        self.unknown, self.least = unknown, rule.least
        self.matrix, self.right = np.array(rows).reshape(len(rows), len(unknown)), np.array(right)

    def interval(self, cell: int) -> tuple[float, float]:
        """The least and the greatest whole number the cell can be."""
        ends = []
        for sign in (1.0, -1.0):
            aim = np.zeros(len(self.unknown))
            aim[self.unknown[cell]] = sign
            equations = {"A_eq": self.matrix, "b_eq": self.right} if len(self.right) else {}
            done = linprog(aim, **equations, bounds=(self.least, None), method="highs")
            assert done.status in (0, 3)
            ends.append(sign * done.fun if done.status == 0 else np.inf)
        return float(np.ceil(ends[0] - 1e-6)), float(np.floor(ends[1] + 1e-6)) if np.isfinite(ends[1]) else np.inf


def is_wide(low: float, high: float, k: int) -> bool:
    """The rule in other words: k values, or all small ones."""
    return high - low + 1 >= k or (low <= 1 and high >= k - 1)


def true_sums(counts: np.ndarray) -> dict[tuple[int | None, ...], int]:
    """Every total of an array, by its place; None where it is summed over."""
    found = {}
    for chosen in itertools.product(*[[None, *range(n)] for n in counts.shape]):
        found[chosen] = int(counts[tuple(slice(None) if c is None else c for c in chosen)].sum())
    return found
