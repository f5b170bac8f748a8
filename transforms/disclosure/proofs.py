"""What has been shown so far about every hidden cell: values it can have while no published number changes.

Belongs here: the state of a search: what is hidden, what hiding more would cost, the interval shown for each cell and
the change that shows it. Does not belong here: finding such changes (``moves``, ``programs``).

A change that leaves every published number as it is shows two tables that a reader cannot tell apart. It is a
certificate: whoever hides more cells later takes nothing from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import combinations

import numpy as np

from transforms.disclosure.rules import Bools, CellRule, Floats, Ints
from transforms.disclosure.tables import CountTable

TINY = 1e-7
LARGEST = 4
"""Axes of a box at most."""


class Proofs:
    """Hidden cells and what is shown about them.

    All arrays have one place a cell; ``cost``, ``down`` and ``up`` have one more, at the end (so that -1 finds it),
    for combinations that do not exist: they cannot be hidden.

    Attributes:
        table: The table.
        rule: Its rule.
        hidden: What is hidden.
        low: The least value shown possible so far for a hidden cell; its own count where nothing is shown yet.
        high: The greatest.
        cost: What hiding the cell costs: 0 where it is hidden, infinite where it may not be.
        down: How far its value may fall as far as a reader knows.
        up: How far it may rise.
        changes: The cells that each certificate changes.
        amounts: By how much it changes each.
        low_by: For each cell the number of the certificate that shows ``low``; -1 where none does.
        high_by: The same of ``high``.
        work_left: Cells in the programs that may still be solved.
        hidden_for: For each cell the one it was hidden for; -1 for those hidden from the start.
    """

    def __init__(self, table: CountTable, rule: CellRule, hidden: Bools) -> None:
        self.table, self.rule = table, rule
        values = table.values
        low, high = rule.known_bounds(values)
        self.hidden = hidden.copy()
        self.low = values.astype(np.float64)
        self.high = values.astype(np.float64)
        self.cost = np.append(np.where(rule.may_be_hidden(values), price(values), np.inf), np.inf)
        self.cost[:-1][hidden] = 0.0
        self.down = np.append(values - low, 0.0)
        self.up = np.append(high - values, 0.0)
        self.changes: list[Ints] = []
        self.amounts: list[Floats] = []
        self.low_by = np.full(table.size, -1, dtype=np.int64)
        self.high_by = np.full(table.size, -1, dtype=np.int64)
        self.hidden_for = np.full(table.size, -1, dtype=np.int64)
        self.work_left = 0
        self._changes_of: dict[int, set[int]] | None = None

    def hide(self, cells: Ints, why: int) -> None:
        """Hide these as well, for the hidden cell ``why``."""
        self.hidden[cells] = True
        self.hidden_for[cells] = why
        self.cost[cells] = 0.0

    def protected(self, cells: Ints) -> Bools:
        """Which of these hidden cells are shown to be protected."""
        return self.rule.protects(self.low[cells], self.high[cells], self.table.values[cells])

    def unprotected(self) -> Ints:
        """The hidden cells not yet shown to be protected, in order."""
        cells = np.flatnonzero(self.hidden)
        return cells[~self.protected(cells)]

    def reach_of(self, cells: Ints, change: Floats) -> tuple[Floats, Floats]:
        """How far each of the cells rises and falls where all change together as far as they can, both ways."""
        down, up = self.down[cells], self.up[cells]
        size = np.abs(change)
        forward = float(np.min(np.where(change > 0, up, down) / size))
        backward = float(np.min(np.where(change > 0, down, up) / size))
        rise = np.where(change > 0, forward, backward) * size
        return rise, np.where(change > 0, backward, forward) * size

    @cached_property
    def flip_sets(self) -> tuple[tuple[tuple[int, ...], Bools], ...]:
        """The sets of axes that boxes are made over, large ones first, each with the levels surely changed."""
        usable = [a for a in self.table.free_axes if self.table.sizes[a] > 1]
        found = []
        for n in range(min(len(usable), LARGEST), -1, -1):
            for flips in combinations(usable, n):
                followers = [f for a in flips for f in self.table.followers[a]]
                if len(set(followers)) == len(followers):
                    changed = np.array([set(flips) <= set(level.axes) for level in self.table.levels])
                    found.append((flips, changed))
        return tuple(found)

    def record(self, cells: Ints, change: Floats) -> None:
        """Take a change of hidden cells as a certificate, as far as it goes forwards and backwards.

        Args:
            cells: Hidden cells, each once.
            change: By how much each changes; no published number changes with them.
        """
        moved = np.abs(change) > TINY
        cells, change = cells[moved], change[moved]
        if len(cells) == 0:
            return
        rise, fall = self.reach_of(cells, change)
        values = self.table.values[cells]
        number = len(self.changes)
        higher = values + rise > self.high[cells] + TINY
        lower = values - fall < self.low[cells] - TINY
        if not (higher.any() or lower.any()):
            return
        self.changes.append(cells)
        self.amounts.append(change)
        if self._changes_of is not None:
            self._note(number)
        self.high[cells[higher]] = (values + rise)[higher]
        self.high_by[cells[higher]] = number
        self.low[cells[lower]] = (values - fall)[lower]
        self.low_by[cells[lower]] = number

    def record_boxes(self, corners: Ints, signs: Ints, up: Floats, down: Floats) -> None:
        """Take many boxes as certificates at once.

        Args:
            corners: Hidden cells.
            signs: Per corner +1 or -1.
            up: How far each box goes forwards.
            down: How far backwards.

        Shape:
            corners: boxes x corners.
        """
        first = len(self.changes)
        self.changes.extend(corners)
        self.amounts.extend([signs.astype(np.float64)] * len(corners))
        numbers = np.arange(first, first + len(corners))
        for corner, sign in zip(corners.T, signs, strict=True):
            values = self.table.values[corner]
            highest, lowest = values + (up if sign > 0 else down), values - (down if sign > 0 else up)
            higher, lower = highest > self.high[corner], lowest < self.low[corner]
            self.high[corner[higher]], self.high_by[corner[higher]] = highest[higher], numbers[higher]
            self.low[corner[lower]], self.low_by[corner[lower]] = lowest[lower], numbers[lower]

    def certificates(self) -> tuple[tuple[Ints, Floats], ...]:
        """The changes that the intervals rest on: cells and amounts."""
        numbers = np.unique(np.concatenate([self.low_by[self.hidden], self.high_by[self.hidden]]))
        return tuple((self.changes[n], self.amounts[n]) for n in numbers.tolist() if n >= 0)

    def take(self, certificates: Sequence[tuple[Ints, Floats]]) -> None:
        """Record those of somebody else's changes that hold: of hidden cells alone, and no equation broken."""
        from scipy import sparse

        if not certificates:
            return
        cells = np.concatenate([c for c, _ in certificates])
        amounts = np.concatenate([a for _, a in certificates])
        numbers = np.repeat(np.arange(len(certificates)), [len(c) for c, _ in certificates])
        changes = sparse.csc_array((amounts, (cells, numbers)), shape=(self.table.size, len(certificates)))
        broken = abs(self.table.matrix @ changes).tocoo()
        bad = np.zeros(len(certificates), dtype=np.bool_)
        bad[broken.coords[1][broken.data > 1e-6]] = True
        bad[numbers[~self.hidden[cells]]] = True
        for (changed, amount), is_bad in zip(certificates, bad, strict=True):
            if not is_bad:
                self.record(changed, amount)

    def withdraw(self, cell: int) -> list[tuple[int, bool, float, int]]:
        """Show ``cell`` again: certificates that change it count no more.

        Returns:
            What was taken away, for ``restore``: the hidden cell, whether its high end, that end, its certificate.
        """
        if self._changes_of is None:
            self._changes_of = {}
            for number in np.unique(np.concatenate([self.low_by, self.high_by])):
                if number >= 0:
                    self._note(int(number))
        self.hidden[cell] = False
        self.cost[cell] = np.inf
        taken: list[tuple[int, bool, float, int]] = []
        for number in sorted(self._changes_of.get(cell, ())):
            used = self.changes[number]
            for is_high, end, by in ((False, self.low, self.low_by), (True, self.high, self.high_by)):
                for user in used[by[used] == number].tolist():
                    taken.append((user, is_high, float(end[user]), number))
                    end[user], by[user] = self.table.values[user], -1
        return taken

    def restore(self, cell: int, taken: list[tuple[int, bool, float, int]]) -> None:
        """Hide ``cell`` as before ``withdraw``."""
        self.hidden[cell] = True
        self.cost[cell] = 0.0
        for user, is_high, value, number in taken:
            end, by = (self.high, self.high_by) if is_high else (self.low, self.low_by)
            end[user], by[user] = value, number

    def _note(self, number: int) -> None:
        assert self._changes_of is not None
        for used in self.changes[number].tolist():
            self._changes_of.setdefault(used, set()).add(number)


def price(counts: Ints) -> Floats:
    """What hiding a count costs: one for each cell and the root of its size, so that few and small cells are hidden.

    Between the number of cells hidden, which would take totals as gladly as parts, and their sum, which would take ten
    small cells for one large one.
    """
    return np.asarray(1.0 + np.sqrt(counts), dtype=np.float64)
