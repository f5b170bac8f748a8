"""Changes of hidden cells that no published number shows: corners of boxes, raised and lowered in turn.

Belongs here: evaluating such changes for many partners at once; which partners are worth trying. Does not belong here:
putting several together (``walks``), changes of other forms (``programs``).

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
ROWS = 3
"""Rows of a total through which its own changes are looked for."""


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


class Block:
    """All boxes from one row over some axes, where no dimension follows from another.

    Corners are read once and cut out of the block, which is some times quicker than ``box`` reading each.

    Args:
        proofs: The state.
        places: The cells that the row makes with its partners, the row itself first on each axis.
        flips: The axes.

    Shape:
        places: levels that change x (partners + 1) on each axis; -1 where there is no cell.
    """

    def __init__(self, proofs: Proofs, places: Ints, flips: tuple[int, ...]) -> None:
        self.places = places
        self.corners = [(turned, -1 if sum(turned) % 2 else 1) for turned in product((False, True), repeat=len(flips))]
        cost = proofs.cost[places].sum(axis=0)
        rise, fall = proofs.up[places].min(axis=0), proofs.down[places].min(axis=0)
        self.cost: Any = 0.0
        self.up: Any = np.inf
        self.down: Any = np.inf
        for turned, sign in self.corners:
            at = tuple(slice(1, None) if on else slice(0, 1) for on in turned)
            self.cost = self.cost + cost[at]
            self.up = np.minimum(self.up, (rise if sign > 0 else fall)[at])
            self.down = np.minimum(self.down, (fall if sign > 0 else rise)[at])

    def one(self, place: int) -> tuple[Ints, Floats]:
        """The cells and their changes of one of the boxes."""
        at = np.unravel_index(place, self.cost.shape)
        cells, signs = [], []
        for turned, sign in self.corners:
            where: tuple[Any, ...] = tuple(int(n) + 1 if on else 0 for n, on in zip(at, turned, strict=True))
            found = self.places[(slice(None), *where)].tolist()
            cells += found
            signs += [float(sign)] * len(found)
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
