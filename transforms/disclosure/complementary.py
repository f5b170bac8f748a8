"""Which further cells to hide, so that no hidden cell can be worked out.

Belongs here: choosing them, and showing again those that need not be hidden. Does not belong here: what a reader can
work out (``audit``), the form of a model (``model_step``).

Method: small cells are hidden. For every hidden cell that is not shown to be protected the cheapest change is looked
for that protects it (boxes first, then a linear program); what it needs is hidden, until all are protected. Then every
cell hidden for others is tried again, the greatest first, and shown where all remain protected without it.
Two runs give the same, and nothing in it is drawn by chance that a seed does not fix.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from transforms.disclosure.audit import (
    CROWD_FROM,
    NEAR,
    PROGRAM_CELLS,
    SWEEP_FROM,
    SWEEPS,
    around,
    line_bounds,
    prove,
    prove_many,
)
from transforms.disclosure.crowds import walk_crowd
from transforms.disclosure.programs import Program
from transforms.disclosure.proofs import Proofs
from transforms.disclosure.rules import Bools, CellRule, Floats, Ints
from transforms.disclosure.tables import CountTable
from transforms.disclosure.walks import NOTHING, Found, search, sweep

NEEDLESS_SHARE = 0.05
"""Of the cells hidden for others at most this share could be shown again one by one, where programs are asked for all
of them: tables of two dimensions up to ``PROGRAM_CELLS`` cells, of three up to some thousand (ADR 26)."""
WORK = 1_500_000
"""Cells in all the programs solved for a table of three dimensions or more, in hiding and again in showing, until boxes
alone have to do. Programs of two dimensions are quick, and asked for every cell that boxes miss."""
MANY = 60
"""Hidden cells protected by one; where more are, it stays hidden in a table too large for programs."""
PROTECTED = Found(0.0, NOTHING, ())
TRIED = 20
"""Boxes looked for, cell by cell, before programs are asked for all that is left."""


@dataclass(frozen=True)
class Suppression:
    """What is hidden in a table.

    Attributes:
        hidden: For every cell whether it is hidden.
        primary: For every cell whether it is hidden because it is small.
        exposed: Hidden cells that no further hiding protects. Only readers who are told which cells are small can
            bring this about; otherwise empty.
        certificates: Changes of hidden cells that no published number shows, which protect them together. They tell
            what is hidden.
    """

    hidden: Bools
    primary: Bools
    exposed: Ints
    certificates: tuple[tuple[Ints, Floats], ...] = field(repr=False)

    @property
    def complementary(self) -> Bools:
        """For every cell whether it is hidden to protect others."""
        return np.asarray(self.hidden & ~self.primary)


def suppress(table: CountTable, rule: CellRule | None = None) -> Suppression:
    """Hide the small cells of a table, and further ones until no hidden cell can be worked out.

    Args:
        table: The table with what is published beside it.
        rule: What is small, what a reader knows; k = 11 without one.
    """
    rule = rule or CellRule()
    primary = rule.is_small(table.values)
    proofs = Proofs(table, rule, primary)
    exposed = hide_more(proofs)
    show_again(proofs, primary)
    return Suppression(proofs.hidden, primary, exposed, proofs.certificates())


def hide_more(proofs: Proofs) -> Ints:
    """Hide further cells until every hidden one is shown protected; returns those for which nothing helps."""
    table = proofs.table
    hopeless: set[int] = set()
    proofs.work_left = WORK
    while waiting := [c for c in proofs.unprotected().tolist() if c not in hopeless]:
        if len(waiting) >= SWEEP_FROM:
            sweep(proofs, SWEEPS)
        few_first = len(waiting) < CROWD_FROM or not walk_crowd(proofs, proofs.unprotected())
        for cell in sorted(waiting, key=lambda c: (-int(table.level_of[c]), -int(table.values[c]), c)):
            found = _needed(proofs, cell, few_first)
            if found is None:
                hopeless.add(cell)
                continue
            proofs.hide(found.more, cell)
            for cells, change in found.ways:
                proofs.record(cells, change)
            is_protected = bool(proofs.protected(np.array([cell]))[0])
            if not is_protected and search(proofs, cell, free_only=True).cost != 0.0:
                prove(Program(proofs, _near(proofs, cell)), cell)
    return np.array(sorted(hopeless), dtype=np.int64)


def _needed(proofs: Proofs, cell: int, few_first: bool) -> Found | None:
    """What has to be hidden for one cell: nothing where it is protected, None where no way was found."""
    if proofs.protected(np.array([cell]))[0]:
        return PROTECTED
    found = search(proofs, cell, few_first=few_first)
    table = proofs.table
    if found.cost > 0.0 and (_is_easy(proofs) or _takes_far_totals(table, found.more)):
        if prove(Program(proofs, _near(proofs, cell)), cell):
            return PROTECTED
        is_whole = table.size <= PROGRAM_CELLS
        may = np.flatnonzero(np.isfinite(proofs.cost[:-1])) if is_whole else around(proofs, cell, NEAR[0], True)
        cheaper = by_program(proofs, cell, may)
        if cheaper is not None and cheaper.cost < found.cost:
            return cheaper
    return found if np.isfinite(found.cost) else None


def _is_easy(proofs: Proofs) -> bool:
    """Whether linear programs over all of the table may be asked for every cell that boxes miss."""
    few_axes = len(proofs.table.free_axes) <= 2
    return proofs.table.size <= PROGRAM_CELLS and (few_axes or proofs.work_left > 0)


def _takes_far_totals(table: CountTable, cells: Ints) -> bool:
    """Whether there are totals over two dimensions or more among the cells, or none at all."""
    levels = {int(n) for n in table.level_of[cells]}
    return not levels or any(len(table.levels[n].axes) < len(table.dimensions) - 1 for n in levels)


def _near(proofs: Proofs, cell: int) -> Ints:
    """The hidden cells a program for one cell looks at: all of a small table."""
    return np.flatnonzero(proofs.hidden) if proofs.table.size <= PROGRAM_CELLS else around(proofs, cell, NEAR[0])


def by_program(proofs: Proofs, cell: int, cells: Ints) -> Found | None:
    """What linear programs would hide for one cell, up first and then down; None where they find no way."""
    rule, value = proofs.rule, int(proofs.table.values[cell])
    program = Program(proofs, cells)
    kept = proofs.cost.copy()
    needed: list[Ints] = []
    ways: list[tuple[Ints, Floats]] = []

    def go(aim: float) -> bool:
        change = program.cheapest(cell, aim - value)
        if change is not None:
            moved = program.cells[change != 0.0]
            ways.append((moved, change[change != 0.0]))
            needed.append(moved[~proofs.hidden[moved]])
            proofs.cost[moved] = 0.0
        return change is not None

    try:
        enough = go(rule.aim(value, up=True))
        if rule.width is None and value < rule.k:
            enough = (enough and go(rule.aim(value, up=False))) or go(value + rule.k - 1)
    finally:
        proofs.cost = kept
    if not enough:
        return None
    more = np.unique(np.concatenate(needed))
    return Found(float(proofs.cost[more].sum()), more, tuple(ways))


def show_again(proofs: Proofs, primary: Bools) -> None:
    """Show every cell hidden for others, the greatest first, where all that stay hidden are protected without it."""
    table = proofs.table
    proofs.work_left = WORK
    others = np.flatnonzero(proofs.hidden & ~primary)
    for cell in others[np.lexsort((others, -table.values[others]))].tolist():
        taken = proofs.withdraw(cell)
        users = list(dict.fromkeys(user for user, *_ in taken if user != cell))
        users.sort(key=lambda user: user != proofs.hidden_for[cell])
        if not _stay_protected(proofs, users):
            proofs.restore(cell, taken)


def _stay_protected(proofs: Proofs, users: list[int]) -> bool:
    """Whether the cells that lost a certificate are protected otherwise."""
    if not _is_easy(proofs):
        return len(users) <= MANY and _walk_from_all(proofs, np.array(users, dtype=np.int64))
    left = [u for u in users if not proofs.protected(np.array([u]))[0]]
    for tried, user in enumerate(left):
        if tried == TRIED or search(proofs, user, free_only=True).cost != 0.0:
            break
    left = [u for u in left if not proofs.protected(np.array([u]))[0]]
    if not left:
        return True
    low, high = line_bounds(proofs.table, proofs.hidden, proofs.rule)
    if not proofs.rule.protects(low, high, proofs.table.values)[proofs.hidden].all():
        return False
    program = Program(proofs, np.flatnonzero(proofs.hidden))
    if not prove(program, left[0]):
        return False
    prove_many(program, np.array(left))
    return all(proofs.protected(np.array([user]))[0] or prove(program, user) for user in left)


def _walk_from_all(proofs: Proofs, cells: Ints) -> bool:
    """Whether boxes alone show all these hidden cells protected."""
    left = cells[~proofs.protected(cells)]
    few_first = len(left) < CROWD_FROM or not walk_crowd(proofs, left)
    return all(
        proofs.protected(np.array([cell]))[0] or search(proofs, cell, free_only=True, few_first=few_first).cost == 0.0
        for cell in left.tolist()
    )
