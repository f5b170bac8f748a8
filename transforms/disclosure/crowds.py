"""Boxes one after the other from many cells at once, among hidden cells alone.

Belongs here: the same walks as in ``walks``, for crowds of cells in one set of array operations, where no dimension
follows from another. Does not belong here: hiding more (``complementary``), walks that may.

For each cell the hidden partners with the most room are taken on every axis. Corners of a box over all axes change no
total, since no margin keeps all of them. What one cell's walk finds is recorded; the next one starts from the true
table again, so that the order of the cells changes nothing but which certificate stands for which cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from transforms.disclosure.proofs import Proofs
from transforms.disclosure.rules import Floats, Ints
from transforms.disclosure.walks import WAYS

PARTNERS = 8
"""Partners on each axis."""
CORNERS = 200_000
"""Cells of the blocks that are walked at once."""
STEPS = 16
"""Boxes one after the other, each way, at most."""


def walk_crowd(proofs: Proofs, cells: Ints) -> bool:
    """Record walks from these hidden cells; those of totals, and of tables with dimensions that follow, are left out.

    Args:
        proofs: The state.
        cells: Hidden cells, each once.

    Returns:
        Whether they were walked from: not in tables with dimensions that follow.
    """
    table = proofs.table
    axes = proofs.flip_sets[0][0]
    is_plain = len(axes) == len(table.dimensions) and not any(table.followers)
    if not is_plain:
        return False
    parts = cells[cells < len(table.counts)]
    crowd = max(CORNERS // (PARTNERS + 1) ** len(axes), 1)
    for first in range(0, len(parts), crowd):
        some = parts[first : first + crowd]
        some = some[~proofs.protected(some)]
        if len(some):
            _Crowd(proofs, some).walk()
    return True


class _Crowd:
    """Cells with their partners, and the room of each corner.

    Attributes:
        cells: The cells.
        places: Per cell the cells of the block it makes with its partners; the cell itself stands first on each axis.
        down: How far each may fall.
        up: How far each may rise.

    Shape:
        places, down, up: cells x (partners + 1) on each axis.
    """

    def __init__(self, proofs: Proofs, cells: Ints) -> None:
        self.proofs, self.cells = proofs, cells
        table = proofs.table
        count = len(table.dimensions)
        codes = table.codes[table.row_of_cell[cells]]
        along: list[Any] = []
        real: Any = True
        for axis in range(count):
            values = np.column_stack([codes[:, axis], self._partners(codes, axis)])
            shape = [len(cells), *(-1 if n == axis else 1 for n in range(count))]
            along.append(values.reshape(shape))
            is_real = values != codes[:, [axis]]
            is_real[:, 0] = True
            real = real & is_real.reshape(shape)
        found = table.find(0, table.key(table.levels[0].axes, [along[axis] for axis in table.levels[0].axes]))
        self.places = np.broadcast_to(found, np.broadcast_shapes(*(one.shape for one in along)))
        is_open = real & (proofs.cost[self.places] == 0.0)
        self.down = np.where(is_open, proofs.down[self.places], 0.0)
        self.up = np.where(is_open, proofs.up[self.places], 0.0)
        self.own: tuple[Any, ...] = (slice(None), *(0 for _ in range(count)))

    def _partners(self, codes: Ints, axis: int) -> Ints:
        """Per cell the partners on an axis: hidden ones with the most room, the cell itself where there are fewer."""
        proofs, table = self.proofs, self.proofs.table
        others = np.arange(table.sizes[axis])
        near: list[Any] = [codes[:, [n]] for n in range(codes.shape[1])]
        near[axis] = others[None, :]
        cells = table.find(0, table.key(table.levels[0].axes, [near[n] for n in table.levels[0].axes]))
        usable = (proofs.cost[cells] == 0.0) & (others[None, :] != codes[:, [axis]])
        rank = np.where(usable, -proofs.down[cells], np.inf)
        order = np.argsort(rank, axis=1, kind="stable")[:, :PARTNERS]
        return np.where(np.take_along_axis(usable, order, 1), order, codes[:, [axis]])

    def walk(self) -> None:
        """Up, then down, then up as far as down was missed; each cell's way is recorded."""
        rule, values = self.proofs.rule, self.proofs.table.values[self.cells]
        span = float((rule.width or rule.k) - 1)
        is_small = (values < rule.k) & (rule.width is None)
        low, high = values.astype(np.float64), values.astype(np.float64)
        for up, further in WAYS:
            if further:
                need = low + span - values
            elif up:
                need = np.where(is_small, rule.k - 1 - values, span)
            else:
                need = np.where(is_small, values - rule.least, np.minimum(span, values - rule.least))
            need = np.where(rule.protects(low, high, values), 0.0, np.maximum(need, 0.0))
            came = self._go(need, up)
            low, high = (low, np.maximum(high, values + came)) if up else (values - came, high)

    def _go(self, need: Floats, up: bool) -> Floats:
        """Go one way as far as needed; how far each cell came."""
        count = self.places.ndim - 1
        left = need.copy()
        down, rise = self.down.copy(), self.up.copy()
        for _ in range(STEPS):
            active = np.flatnonzero(left > 0)
            if len(active) == 0:
                break
            reach = self._reach(down[active], rise[active], up)
            flat = reach.reshape(len(active), -1)
            best = flat.argmax(axis=1)
            far = np.minimum(flat[np.arange(len(active)), best], left[active])
            on = far >= 1
            if not on.any():
                break
            rows, far = active[on], far[on]
            chosen = np.unravel_index(best[on], reach.shape[1:])
            for corner in product((False, True), repeat=count):
                at = (rows, *(place + 1 if turned else 0 for place, turned in zip(chosen, corner, strict=True)))
                sign = (1.0 if up else -1.0) * (-1.0 if sum(corner) % 2 else 1.0)
                rise[at] -= sign * far
                down[at] += sign * far
            stuck = np.ones(len(left), dtype=np.bool_)
            stuck[rows] = False
            left[rows] -= far
            left[stuck] = np.where(left[stuck] > 0, -left[stuck], left[stuck])  # kept, and not tried again
        self._record(down - self.down)
        return np.asarray(need - np.abs(left))

    def _reach(self, down: Floats, rise: Floats, up: bool) -> Floats:
        """How far each box goes: of each cell, over its partners on each axis."""
        count = down.ndim - 1
        found: Any = np.inf
        for corner in product((False, True), repeat=count):
            falls = (sum(corner) % 2 == 1) == up
            room = down if falls else rise
            found = np.minimum(found, room[(slice(None), *(slice(1, None) if on else slice(0, 1) for on in corner))])
        return np.asarray(found)

    def _record(self, change: Floats) -> None:
        for cells, amounts in self._ways(change):
            self.proofs.record(cells, amounts)

    def _ways(self, change: Floats) -> Iterator[tuple[Ints, Floats]]:
        """Per cell that moved, the cells that change and by how much; partners that are the cell itself add up."""
        for number in np.flatnonzero(change[self.own]):
            moved = np.flatnonzero(change[number])
            yield self.places[number].reshape(-1)[moved], change[number].reshape(-1)[moved]
