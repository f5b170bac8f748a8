"""Boxes one after the other from one cell, and a first pass over all cells.

Belongs here: searching the cheapest changes that show a cell protected. Does not belong here: single boxes (``moves``),
changes of other forms (``programs``), what is hidden for them (``complementary``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from transforms.disclosure.moves import REACH, Block, Box, box, partners_of, rows_of
from transforms.disclosure.proofs import Proofs
from transforms.disclosure.rules import Bools, Floats, Ints

FEW = 8
"""Partners tried first where more than these are hidden already."""
WAYS = ((True, False), (False, False), (True, True))
"""Up, down, and up as far as down was missed."""
NOTHING: Ints = np.zeros(0, dtype=np.int64)


class Found(NamedTuple):
    """What a search found: its cost, what has to be hidden for it, and the changes that then protect the cell."""

    cost: float
    more: Ints
    ways: tuple[tuple[Ints, Floats], ...]


def search(proofs: Proofs, cell: int, free_only: bool = False, few_first: bool = True) -> Found:
    """Look for changes that show ``cell`` protected; those that cost nothing are recorded at once.

    One box often is not enough where counts are small: the next one starts from the table that the last one made, until
    the cell has gone as far as the rule asks: first up, then down, then up as far as down was missed. What costs
    nothing is taken first.

    Args:
        proofs: The state.
        cell: A hidden cell.
        free_only: Look for nothing that would have to be hidden.
        few_first: Try a few hidden partners before all; in vain where a crowd with the cell was just walked.

    Returns:
        The least cost, and what has to be hidden for it; cost 0 and nothing where the cell is protected now; an
        infinite cost where nothing was found.
    """
    best = Found(np.inf, NOTHING, ())
    for number, row in enumerate(rows_of(proofs, cell)):
        if number == 0 and few_first:
            walk = Walk(proofs, cell, int(row), free_only=True, reach=FEW)
            if walk.has_hidden_neighbours() and any(walk.go(up, further) for up, further in WAYS):
                return Found(0.0, NOTHING, ())
        walk = Walk(proofs, cell, int(row), free_only)
        arrived = any(walk.go(up, further) for up, further in WAYS)
        walk.undo()
        if arrived and not walk.more:
            return Found(0.0, NOTHING, ())
        more = np.array(sorted(walk.more), dtype=np.int64)
        cost = float(proofs.cost[more].sum())
        if arrived and cost < best.cost:
            best = Found(cost, more, tuple(walk.ways))
    return best


class Walk:
    """Boxes one after the other from one cell.

    Args:
        proofs: The state, which is as before after ``undo``, but for what was recorded.
        cell: The cell that is to go far.
        row: The row of which it is the cell, or one of those it is the sum of.
        free_only: Whether nothing more may be hidden on the way.
        reach: Partners tried on each axis.
    """

    def __init__(self, proofs: Proofs, cell: int, row: int, free_only: bool, reach: int = REACH) -> None:
        table = proofs.table
        self.proofs, self.cell, self.row, self.free_only, self.reach = proofs, cell, row, free_only, reach
        self.codes = list(table.codes[row])
        self.axes = table.levels[int(table.level_of[cell])].axes
        self.own = np.array([level.cell_of_row[row] for level in table.levels])
        self.low, self.high = float(proofs.low[cell]), float(proofs.high[cell])
        self.more: set[int] = set()
        self.ways: list[tuple[Ints, Floats]] = []
        self._near: dict[int, Ints] = {}
        self._blocks: dict[tuple[int, ...], Ints] = {}
        self._costs: dict[int, float] = {}
        self._shift: dict[int, float] = {}

    def has_hidden_neighbours(self) -> bool:
        """Whether there are as many hidden partners on every axis as are tried: then a few of them often do."""
        axes = self.proofs.flip_sets[0][0]
        self._partners(axes)
        near = [self._near[axis] for axis in axes]
        if any(len(partners) < self.reach for partners in near):
            return False
        return all(self._last_cost(axis, int(partners[-1])) == 0.0 for axis, partners in zip(axes, near, strict=True))

    def _last_cost(self, axis: int, partner: int) -> float:
        table = self.proofs.table
        codes = list(self.codes)
        codes[axis] = partner
        for follower, value in table.followers[axis].items():
            codes[follower] = value[partner]
        return float(self.proofs.cost[table.find(0, table.key(table.levels[0].axes, codes))])

    def go(self, up: bool, further: bool = False) -> bool:
        """Go one way as far as the rule asks; whether the cell is protected now.

        Args:
            up: Which way.
            further: Up, until there are as many values as the rule asks above the lowest one reached.
        """
        proofs, value = self.proofs, float(self.proofs.table.values[self.cell])
        rule = proofs.rule
        aim = self.low + (rule.width or rule.k) - 1 if further else rule.aim(int(value), up)
        need = max(aim - value if up else value - aim, 0.0)
        while need > 0:
            found = self._next(up, need)
            if found is None:
                break
            cells, signs, reach = found
            self._apply(cells, signs, min(reach, need) if up else -min(reach, need))
            need -= reach
        moved = {cell: shift for cell, shift in self._shift.items() if shift}
        cells = np.fromiter(moved, dtype=np.int64, count=len(moved))
        change = np.fromiter(moved.values(), dtype=np.float64, count=len(moved))
        self._restore_rooms()
        if len(cells):
            rise, fall = proofs.reach_of(cells, change)
            self.low, self.high = min(self.low, value - fall[0]), max(self.high, value + rise[0])
            if not self.more:
                proofs.record(cells, change)
            self.ways.append((cells, change))
        return bool(proofs.rule.protects(self.low, self.high, proofs.table.values[self.cell]))

    def undo(self) -> None:
        """Put the costs back that the way changed."""
        for cell, cost in self._costs.items():
            self.proofs.cost[cell] = cost

    def _apply(self, cells: Ints, signs: Floats, amount: float) -> None:
        proofs = self.proofs
        for cell, sign in zip(cells.tolist(), signs.tolist(), strict=True):
            if proofs.cost[cell] > 0:
                self.more.add(cell)
                self._costs[cell] = float(proofs.cost[cell])
                proofs.cost[cell] = 0.0
            proofs.down[cell] += sign * amount
            proofs.up[cell] -= sign * amount
            self._shift[cell] = self._shift.get(cell, 0.0) + sign * amount

    def _restore_rooms(self) -> None:
        for cell, shift in self._shift.items():
            self.proofs.down[cell] -= shift
            self.proofs.up[cell] += shift
        self._shift = {}

    def _next(self, up: bool, need: float) -> tuple[Ints, Floats, float] | None:
        """The box that goes furthest for its price."""
        proofs = self.proofs
        is_plain = not any(proofs.table.followers)
        best, found = np.inf, None
        own = proofs.cost[self.own]
        for flips, changed in proofs.flip_sets:
            least = float(own[changed].sum())
            if least / need >= best or (least > 0 and self.free_only):
                continue
            made = self._block(flips, changed) if is_plain else self._box(flips)
            if made is None or made.cost.size == 0:
                continue
            counts = made.counts_at(self.axes) if isinstance(made, Box) else None
            if counts is False:
                continue
            reach = np.minimum(made.up if up else made.down, need)
            usable = reach >= 1 if counts is None else (reach >= 1) & counts
            if self.free_only:
                usable = usable & (made.cost == 0)
            rate = np.where(usable, (made.cost + 1e-9) / np.maximum(reach, 1), np.inf)
            place = int(np.argmin(rate))
            if rate.flat[place] < best:
                best = float(rate.flat[place])
                found = (*made.one(place), float(reach.flat[place]))
        return found

    def _box(self, flips: tuple[int, ...]) -> Box:
        return box(self.proofs, self.codes, flips, self._partners(flips))

    def _block(self, flips: tuple[int, ...], changed: Bools) -> Block | None:
        """The same boxes, in a table where no dimension follows from another; None where the cell does not change."""
        if not set(flips) <= set(self.axes):
            return None
        if flips not in self._blocks:
            table = self.proofs.table
            codes: list[Any] = list(self.codes)
            for axis, partners in zip(flips, self._partners(flips), strict=True):
                values = np.concatenate([[self.codes[axis]], np.ravel(partners)])
                codes[axis] = values.reshape([-1 if other == axis else 1 for other in flips])
            levels = np.flatnonzero(changed)
            found = [
                table.find(int(n), table.key(table.levels[n].axes, [codes[a] for a in table.levels[n].axes]))
                for n in levels
            ]
            self._blocks[flips] = np.stack(found)
        return Block(self.proofs, self._blocks[flips], flips)

    def _partners(self, flips: Sequence[int]) -> list[Ints]:
        for axis in flips:
            if axis not in self._near:
                self._near[axis] = partners_of(self.proofs, self.row, axis, self.reach)
        return [self._near[a].reshape([-1 if n == m else 1 for m in range(len(flips))]) for n, a in enumerate(flips)]


def sweep(proofs: Proofs, rounds: int) -> None:
    """A first pass: boxes between all hidden rows at once, with partners at fixed distances.

    Where much is hidden, most cells are shown to be protected so, in a small part of the time of single searches.
    It ends where ten rounds show less than one cell in a hundred.
    """
    table = proofs.table
    chance = np.random.default_rng(7)
    flips = proofs.flip_sets[0][0]
    left = 0
    for number in range(rounds):
        rows = table.row_of_cell[np.flatnonzero(proofs.hidden[: len(table.counts)])]
        rows = rows[~proofs.protected(table.levels[0].cell_of_row[rows])]
        if number % 10 == 0:
            if number and len(rows) > 0.99 * left:
                return
            left = len(rows)
        codes = [table.codes[rows, a] for a in range(len(table.dimensions))]
        partners = [(codes[a] + chance.integers(1, table.sizes[a])) % table.sizes[a] for a in flips]
        found = box(proofs, codes, flips, partners)
        good = (found.cost == 0.0) & (found.up + found.down >= proofs.rule.k - 1)
        if any(counts is not None for _, _, counts in found.corners):
            for place in np.flatnonzero(good):
                proofs.record(*found.one(int(place)))
        else:
            corners = np.stack([np.broadcast_to(ids, good.shape)[good] for ids, _, _ in found.corners], axis=1)
            signs = np.array([sign for _, sign, _ in found.corners])
            proofs.record_boxes(corners, signs, found.up[good], found.down[good])
