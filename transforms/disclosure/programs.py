"""Linear programs over the cells of a table: how far a cell can go, and what to hide so that it can go further.

Belongs here: building and solving one program. Does not belong here: when one is needed.

Solver: HiGHS through scipy (docs/adr/0026-suppression.md).
Source: M. Fischetti and J. J. Salazar, Solving the cell suppression problem on tabular data with linear constraints,
Management Science 47 (2001): the attacker's programs and the cheapest change as a heuristic.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from transforms.disclosure.proofs import TINY, Proofs
from transforms.disclosure.rules import Floats, Ints

FAR = 1e6
"""A rise beyond this counts as without end."""


class Program:
    """The changes possible among some cells.

    Args:
        proofs: The state; cells not among ``cells`` stay as they are.
        cells: Cells that may change.
    """

    def __init__(self, proofs: Proofs, cells: Ints) -> None:
        self.proofs, self.cells = proofs, cells
        equations = proofs.table.matrix[:, cells].tocsr()
        self.equations = equations[np.flatnonzero(np.diff(equations.indptr))]
        self.place = {int(cell): n for n, cell in enumerate(cells)}

    def reach(self, cell: int, up: bool, limit: float = FAR) -> Floats:
        """The change of all cells that brings one as far up (or down) as it can go, up to ``limit``.

        Raises:
            RuntimeError: The solver gave no answer.
        """
        return self.spread(np.array([cell]), np.array([1.0 if up else -1.0]), limit)

    def spread(self, cells: Ints, signs: Floats, limit: float) -> Floats:
        """The change of all cells that brings these as far as they can go together, each the way of its sign."""
        aim = np.zeros(len(self.cells))
        aim[[self.place[int(cell)] for cell in cells]] = -signs
        low, high = self._bounds(limit)
        change: Floats = self._solve(aim, self.equations, low, high)
        return change

    def cheapest(self, cell: int, amount: float) -> Floats | None:
        """The change by which ``cell`` changes by ``amount`` and for which least has to be hidden; None without one."""
        cost = self.proofs.cost[self.cells]
        low, high = self._bounds(abs(amount) * 4)
        if not low[self.place[cell]] <= amount <= high[self.place[cell]]:
            return None
        low[self.place[cell]] = high[self.place[cell]] = amount
        shut = ~np.isfinite(cost)
        low[shut] = high[shut] = 0.0
        from scipy import sparse

        cost[shut] = 0.0
        priced = np.flatnonzero(cost > 0)
        # A priced cell's change is the difference of two parts of 0 or more, each of which costs.
        equations = sparse.hstack([self.equations, -self.equations[:, priced]]).tocsc()
        aim = np.concatenate([cost, cost[priced]])
        first = low.copy()
        first[priced] = 0.0
        fall = -low[priced]
        found = self._solve(
            aim, equations, np.concatenate([first, np.zeros(len(priced))]), np.concatenate([high, fall]), may_fail=True
        )
        if found is None:
            return None
        change: Floats = found[: len(self.cells)].copy()
        change[priced] -= found[len(self.cells) :]
        change[np.abs(change) < TINY] = 0.0
        return change

    def _bounds(self, limit: float) -> tuple[Floats, Floats]:
        down, up = self.proofs.down[self.cells], self.proofs.up[self.cells]
        return -np.minimum(down, limit), np.minimum(up, limit)

    def _solve(self, aim: Floats, equations: Any, low: Floats, high: Floats, may_fail: bool = False) -> Any:
        from scipy.optimize import linprog

        self.proofs.work_left -= len(self.cells)
        if equations.shape[0] == 0:
            equations, right = None, None
        else:
            right = np.zeros(equations.shape[0])
        done = linprog(aim, A_eq=equations, b_eq=right, bounds=np.column_stack([low, high]), method="highs")
        if done.status == 0:
            return done.x
        if may_fail and done.status == 2:
            return None
        raise RuntimeError(f"the solver gave no answer: {done.message}")
