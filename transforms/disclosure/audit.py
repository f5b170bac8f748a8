"""The interval that a reader can work out of every hidden cell, and which cells are not protected.

Belongs here: the reader's side: bounds that follow line by line, parts of the system that hang together, exact
intervals, the verdict. Does not belong here: choosing what else to hide (``complementary``).

What the reader is taken to know: every published number, that hidden counts are whole and at least 1 (0 where zeros are
hidden), k, and, only where the rule says so, which hidden cells are small. Not taken: which further cells the method
would have chosen, and counts a reader knows from elsewhere (one's own case, say).

Shortcuts, none of which can call a cell protected that is not: bounds line by line may only be too wide, so what is
narrow under them is exposed for certain; a change that no published number shows may only be too small, so what is wide
with it is protected for certain. Only what lies between is asked of a linear program. Programs work with fractions; in
tables of more than two dimensions a reader who adds that counts are whole may narrow an interval further (single boxes
move by whole numbers).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.disclosure.crowds import walk_crowd
from transforms.disclosure.moves import partners_of, rows_of
from transforms.disclosure.programs import FAR, Program
from transforms.disclosure.proofs import Proofs
from transforms.disclosure.rules import Bools, CellRule, Floats, Ints
from transforms.disclosure.tables import CountTable
from transforms.disclosure.walks import search, sweep

PROGRAM_CELLS = 6_000
"""Cells that hang together up to which their linear program is solved whole at once."""
SWEEPS = 400
SWEEP_FROM = 2_000
"""Hidden cells from which a first pass over all of them pays."""
CROWD_FROM = 8
"""Hidden cells from which walking from all of them at once pays."""
WHOLE_CELLS = 12_000
"""Cells that hang together up to which their linear program is solved whole after smaller ones did not do."""
NEAR = (12, 30)
"""Values of each axis in the parts of a larger system that are solved for one cell before the whole is."""


@dataclass(frozen=True)
class Audit:
    """What a reader can work out of the hidden cells.

    Attributes:
        cells: The hidden cells.
        low: The least value each can have. In a quick audit only a value it can have.
        high: The greatest; infinite where nothing limits it.
        exposed: Those whose interval is narrower than the rule asks; in parts of more than ``WHOLE_CELLS`` cells also
            those that could not be shown to be as wide.
    """

    cells: Ints
    low: Floats
    high: Floats
    exposed: Ints

    @property
    def passes(self) -> bool:
        """Whether every hidden cell is protected."""
        return len(self.exposed) == 0


def intervals(table: CountTable, hidden: Bools, rule: CellRule) -> Audit:
    """The exact interval of every hidden cell: two linear programs for each where nothing shorter tells.

    Args:
        table: The table with its true counts.
        hidden: For every cell whether it is hidden.
        rule: The rule, which says what the reader knows.
    """
    proofs = Proofs(table, rule, hidden)
    cells = np.flatnonzero(hidden)
    outer_low, outer_high = line_bounds(table, hidden, rule)
    for part in components(table, hidden):
        program = Program(proofs, part)
        for cell in part:
            for up in (False, True):
                bound = outer_high[cell] if up else outer_low[cell]
                known = proofs.high[cell] if up else proofs.low[cell]
                if abs(known - bound) > 1e-6 and not (up and known >= FAR / 2):
                    proofs.record(part, program.reach(int(cell), up))
    low = np.ceil(proofs.low[cells] - 1e-6)
    high = np.where(proofs.high[cells] >= FAR / 2, np.inf, np.floor(proofs.high[cells] + 1e-6))
    exposed = cells[~rule.protects(low, high, table.values[cells])]
    return Audit(cells, low, high, exposed)


def judge(table: CountTable, hidden: Bools, rule: CellRule, certificates: Sequence[tuple[Ints, Floats]] = ()) -> Audit:
    """Whether every hidden cell is protected, as fast as that can be shown; intervals only as far as needed.

    Args:
        table: The table with its true counts.
        hidden: For every cell whether it is hidden.
        rule: The rule, which says what the reader knows.
        certificates: Changes that whoever hid the cells found; each is checked before it counts.
    """
    proofs = Proofs(table, rule, hidden)
    proofs.take(certificates)
    low, high = line_bounds(table, hidden, rule)
    cells = np.flatnonzero(hidden)
    certain = ~rule.protects(low[cells], high[cells], table.values[cells])
    if len(proofs.unprotected()) >= SWEEP_FROM:
        sweep(proofs, SWEEPS)
    walk_crowd(proofs, np.setdiff1d(proofs.unprotected(), cells[certain]))
    refuted = set(cells[certain].tolist())
    parts = Parts(proofs)
    for cell in proofs.unprotected().tolist():
        if cell in refuted or proofs.protected(np.array([cell]))[0] or search(proofs, cell, free_only=True).cost == 0:
            continue
        if not parts.prove(cell):
            refuted.add(cell)
    exposed = proofs.unprotected()
    return Audit(cells, proofs.low[cells], proofs.high[cells], exposed)


class Parts:
    """The parts of a system that hang together, and programs over them."""

    def __init__(self, proofs: Proofs) -> None:
        self.proofs = proofs
        self.parts = components(proofs.table, proofs.hidden)
        self.part_of = np.full(proofs.table.size, -1, dtype=np.int64)
        for number, part in enumerate(self.parts):
            self.part_of[part] = number
        self._programs: dict[int, Program] = {}

    def prove(self, cell: int) -> bool:
        """Ask programs for both ends, first over what lies near in a large part, then over the whole."""
        number = int(self.part_of[cell])
        if len(self.parts[number]) > PROGRAM_CELLS:
            for values in NEAR:
                if prove(Program(self.proofs, around(self.proofs, cell, values)), cell):
                    return True
            if len(self.parts[number]) > WHOLE_CELLS:
                return False
        if number not in self._programs:
            self._programs[number] = Program(self.proofs, self.parts[number])
        return prove(self._programs[number], cell)


def prove(program: Program, cell: int) -> bool:
    """Record how far a cell can go each way, as far as the rule asks; whether it is protected now."""
    proofs = program.proofs
    enough = float(max(proofs.rule.k, proofs.rule.width or 0))
    for up in (True, False):
        proofs.record(program.cells, program.reach(cell, up, enough))
        if proofs.protected(np.array([cell]))[0]:
            return True
    return False


def prove_many(program: Program, cells: Ints, rounds: int = 12) -> None:
    """Record tables in which many of these cells go up and many down at once, as long as that shows some protected.

    One program for many cells; the few it leaves are asked for one by one (``prove``).
    """
    proofs = program.proofs
    enough = float(max(proofs.rule.k, proofs.rule.width or 0))
    chance = np.random.default_rng(7)
    left = cells[~proofs.protected(cells)]
    for _ in range(rounds):
        if len(left) < 4:
            return
        signs = chance.choice([-1.0, 1.0], len(left))
        for turn in (1.0, -1.0):
            proofs.record(program.cells, program.spread(left, turn * signs, enough))
        still = left[~proofs.protected(left)]
        if len(still) > 0.95 * len(left):
            return
        left = still


def around(proofs: Proofs, cell: int, values: int, may_hide: bool = False) -> Ints:
    """The hidden cells around one: so many values of each axis, and the totals of those rows.

    Args:
        proofs: The state.
        cell: A hidden cell.
        values: How many values of each axis, those along which the cell has the most hidden neighbours first.
        may_hide: Give those as well that could be hidden.
    """
    table = proofs.table
    row = int(rows_of(proofs, cell)[0])
    inside = np.ones(len(table.counts), dtype=np.bool_)
    for axis in table.free_axes:
        inside &= np.isin(
            table.codes[:, axis], np.append(partners_of(proofs, row, axis, values), table.codes[row, axis])
        )
    rows = np.flatnonzero(inside)
    cells = np.unique(np.concatenate([level.cell_of_row[rows] for level in table.levels]))
    return np.union1d(cells[np.isfinite(proofs.cost[cells]) if may_hide else proofs.hidden[cells]], [cell])


def components(table: CountTable, hidden: Bools) -> list[Ints]:
    """Hidden cells that hang together through the equations, in the order of their first cell."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    cells = np.flatnonzero(hidden)
    if len(cells) == 0:
        return []
    some = abs(table.matrix[:, cells])
    graph = sparse.block_array([[None, some.T], [some, None]]).tocsr()
    _, labels = connected_components(graph, directed=False)
    of_cells = labels[: len(cells)]
    order = np.argsort(of_cells, kind="stable")
    parts = np.split(cells[order], np.flatnonzero(np.diff(of_cells[order])) + 1)
    return sorted(parts, key=lambda part: int(part[0]))


def line_bounds(table: CountTable, hidden: Bools, rule: CellRule, rounds: int = 20) -> tuple[Floats, Floats]:
    """Bounds of every cell that follow from one equation at a time, again and again: never too narrow.

    A line with one hidden cell is solved at once.

    Source: L. Buzzigoli and A. Giusti, An algorithm to calculate the lower and upper bounds of the elements of an
    array given its marginals (1998), the "shuttle" between parts and totals.
    """
    low, high = (bound.copy() for bound in rule.known_bounds(table.values))
    low[~hidden] = high[~hidden] = table.values[~hidden]
    lines = [(v.cell_of_row, table.levels[0].cell_of_row) for v in table.levels[1:]]
    for _ in range(rounds):
        before = (low.copy(), high.copy())
        for totals, parts in lines:
            _tighten(low, high, totals, parts)
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break
    return low, high


def _tighten(low: Floats, high: Floats, totals: Ints, parts: Ints) -> None:
    """Bounds of a margin's cells from their parts, and back."""
    size = len(low)
    endless = np.isinf(high[parts])
    least = np.bincount(totals, weights=low[parts], minlength=size)
    most = np.bincount(totals, weights=np.where(endless, 0.0, high[parts]), minlength=size)
    open_parts = np.bincount(totals, weights=endless, minlength=size)
    seen: Any = np.unique(totals)
    low[seen] = np.maximum(low[seen], least[seen])
    high[seen] = np.minimum(high[seen], np.where(open_parts[seen] > 0, np.inf, most[seen]))
    room_up = high[totals] - (least[totals] - low[parts])
    others_open = open_parts[totals] - endless
    room_down = np.where(others_open > 0, -np.inf, low[totals] - (most[totals] - np.where(endless, 0.0, high[parts])))
    high[parts] = np.minimum(high[parts], room_up)
    low[parts] = np.maximum(low[parts], room_down)
