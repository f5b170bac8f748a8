"""Changes of hidden cells that no published number shows: corners of boxes, raised and lowered in turn.

Belongs here: evaluating such changes for many partners at once; searching the cheapest for one cell; a first pass over
all cells. Does not belong here: changes of other forms (``programs``).

Raise a cell, lower the one in another month, raise that one's neighbour in another district, lower the fourth: sums
over months or districts stay. A change over the axes S leaves a margin as it is unless the margin keeps all of S; in
one that keeps them the same corners change, and have to be hidden too. With no axis at all the cell itself changes and
with it each of its totals. The changes are whole numbers, so a reader who knows that counts are whole learns no more.

Source: the hypercube method of D. Repsilber, as S. Giessing and D. Repsilber describe it in Inference Control in
Statistical Databases (2002), carried over to any set of margins and to dimensions that follow from others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from transforms.disclosure.proofs import Proofs
from transforms.disclosure.rules import Floats, Ints

REACH = 20
"""Partners tried on each axis of a box, those cheapest to hide first."""
FEW = 8
"""Partners tried first where more than these are hidden already."""
WAYS = ((True, False), (False, False), (True, True))
"""Up, down, and up as far as down was missed."""
ROWS = 3
"""Rows of a total through which its own changes are looked for."""
NOTHING: Ints = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Box:
    """A change, or an array of them.

    Attributes:
        cost: What hiding its corners costs more.
        up: How far the starting cell can rise by it.
        down: How far it can fall.
        corners: Per corner: the cells, the sign, and where it counts (None: everywhere).
    """

    cost: Any
    up: Any
    down: Any
    corners: tuple[tuple[Any, int, Any], ...]
    flips: tuple[int, ...]
    differs: dict[int, list[tuple[int, Any]]]

    def counts_at(self, axes: Sequence[int]) -> Any:
        """Where a level with these axes changes: False nowhere, None everywhere, else an array."""
        return _counts(axes, self.flips, self.differs)

    def one(self, place: int) -> tuple[Ints, Floats]:
        """The cells and their changes of one of the array's boxes."""
        cells, signs = [], []
        at = np.unravel_index(place, self.cost.shape)
        for ids, sign, counts in self.corners:
            if counts is None or _at(counts, at):
                cells.append(int(_at(ids, at)))
                signs.append(float(sign))
        return np.array(cells, dtype=np.int64), np.array(signs)


def _at(values: Any, place: tuple[Any, ...]) -> Any:
    """A value of an array that is stretched where it has the length 1."""
    values = np.asarray(values)
    return values[
        tuple(0 if n == 1 else p for p, n in zip(place[len(place) - values.ndim :], values.shape, strict=True))
    ]


def box(proofs: Proofs, codes: Sequence[Any], flips: Sequence[int], partners: Sequence[Any]) -> Box:
    """The change that starts at ``codes`` and flips the axes ``flips`` to ``partners``.

    Args:
        proofs: The state.
        codes: The starting row's value in each dimension; arrays of shapes that fit with those of ``partners``.
        flips: Axes, none of which follows from another.
        partners: For each the value it is flipped to.
    """
    table = proofs.table
    flipped: dict[int, Any] = {}
    differs: dict[int, list[tuple[int, Any]]] = {axis: [] for axis in flips}
    for axis, partner in zip(flips, partners, strict=True):
        flipped[axis] = partner
        for follower, value in table.followers[axis].items():
            flipped[follower] = value[partner]
            differs[axis].append((follower, value[partner] != codes[follower]))
    shape = np.broadcast_shapes(*(np.shape(c) for c in codes), *(np.shape(p) for p in partners))
    cost, up, down = np.zeros(shape), np.full(shape, np.inf), np.full(shape, np.inf)
    corners: list[tuple[Any, int, Any]] = []
    for number, level in enumerate(table.levels):
        counts = _counts(level.axes, flips, differs)
        if counts is False:
            continue
        for chosen in product((False, True), repeat=len(flips)):
            on = {axis for axis, is_on in zip(flips, chosen, strict=True) if is_on}
            on |= {follower for axis in on for follower in table.followers[axis]}
            ids = table.find(number, table.key(level.axes, [flipped[a] if a in on else codes[a] for a in level.axes]))
            sign = -1 if sum(chosen) % 2 else 1
            corner_cost, rise, fall = proofs.cost[ids], proofs.up[ids], proofs.down[ids]
            if sign < 0:
                rise, fall = fall, rise
            if counts is not None:
                corner_cost = np.where(counts, corner_cost, 0.0)
                rise, fall = np.where(counts, rise, np.inf), np.where(counts, fall, np.inf)
            cost = cost + corner_cost
            up, down = np.minimum(up, rise), np.minimum(down, fall)
            corners.append((ids, sign, counts))
    return Box(cost, up, down, tuple(corners), tuple(flips), differs)


def _counts(axes: Sequence[int], flips: Sequence[int], differs: dict[int, list[tuple[int, Any]]]) -> Any:
    """Where a level changes: False nowhere, None everywhere, else an array."""
    counts: Any = None
    for axis in flips:
        if axis in axes:
            continue
        moved = [where for follower, where in differs[axis] if follower in axes]
        if not moved:
            return False
        some = moved[0]
        for more in moved[1:]:
            some = some | more
        counts = some if counts is None else counts & some
    return counts


def rows_of(proofs: Proofs, cell: int) -> Ints:
    """The rows through which a cell's changes are looked for: hidden ones first, the greatest first."""
    table = proofs.table
    if cell < len(table.counts):
        return table.row_of_cell[cell : cell + 1]
    rows = np.flatnonzero(table.levels[int(table.level_of[cell])].cell_of_row == cell)
    cells = table.levels[0].cell_of_row[rows]
    order = np.lexsort((rows, -table.counts[rows], proofs.cost[cells]))
    return rows[order[:ROWS]]


def partners_of(proofs: Proofs, row: int, axis: int, reach: int = REACH) -> Ints:
    """The values an axis is flipped to: cheapest to hide first, then those with the most room."""
    table = proofs.table
    codes: list[Any] = [int(c) for c in table.codes[row]]
    others = np.arange(table.sizes[axis])
    codes[axis] = others
    for follower, value in table.followers[axis].items():
        codes[follower] = value
    cells = np.broadcast_to(table.find(0, table.key(table.levels[0].axes, codes)), others.shape)
    cost = proofs.cost[cells].copy()
    cost[table.codes[row, axis]] = np.inf
    order = np.lexsort((others, -proofs.down[cells], cost))[:reach]
    return np.asarray(order[np.isfinite(cost[order])], dtype=np.int64)


def search(proofs: Proofs, cell: int, free_only: bool = False) -> tuple[float, Ints]:
    """Look for changes that show ``cell`` protected; those that cost nothing are recorded at once.

    One box often is not enough where counts are small: the next one starts from the table that the last one made, until
    the cell has gone as far as the rule asks: first up, then down, then up as far as down was missed. What costs
    nothing is taken first.

    Args:
        proofs: The state.
        cell: A hidden cell.
        free_only: Look for nothing that would have to be hidden.

    Returns:
        The least cost and what has to be hidden for it; cost 0 and nothing where the cell is protected now; an
        infinite cost where nothing was found.
    """
    best, chosen = np.inf, NOTHING
    for number, row in enumerate(rows_of(proofs, cell)):
        if number == 0:
            walk = Walk(proofs, cell, int(row), free_only=True, reach=FEW)
            if walk.has_hidden_neighbours() and any(walk.go(up, further) for up, further in WAYS):
                return 0.0, NOTHING
        walk = Walk(proofs, cell, int(row), free_only)
        arrived = any(walk.go(up, further) for up, further in WAYS)
        walk.undo()
        if arrived and not walk.more:
            return 0.0, NOTHING
        more = np.array(sorted(walk.more), dtype=np.int64)
        cost = float(proofs.cost[more].sum())
        if arrived and cost < best:
            best, chosen = cost, more
    return best, chosen


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
        self._near: dict[int, Ints] = {}
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
        best, found = np.inf, None
        own = proofs.cost[self.own]
        for flips, changed in proofs.flip_sets:
            least = float(own[changed].sum())
            if least / need >= best or (least > 0 and self.free_only):
                continue
            made = box(proofs, self.codes, flips, self._partners(flips))
            counts = made.counts_at(self.axes)
            if counts is False or made.cost.size == 0:
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
