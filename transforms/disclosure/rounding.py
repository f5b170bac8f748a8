"""Rounding counts to a base, as another way of hiding small ones.

Belongs here: conventional, random and controlled rounding. Does not belong here: hiding cells.

Conventional rounding takes every number by itself to the nearest multiple, so sums may differ from their parts.
Random rounding goes up with the probability that keeps the expectation; controlled rounding chooses neighbouring
multiples for all cells such that every total is the sum of its parts (zero-restricted: a multiple stays). A controlled
rounding always exists for tables of two dimensions; for others it is looked for and may not be there.

Source: L. H. Cox, A constructive procedure for unbiased controlled rounding, Journal of the American Statistical
Association 82 (1987); J. J. Salazar-Gonzalez, Controlled rounding and cell perturbation, Mathematical Programming 105
(2006), whose integer program is solved here by HiGHS.
"""

from __future__ import annotations

import numpy as np

from transforms.disclosure.rules import Ints
from transforms.disclosure.tables import CountTable

BASE = 5


def round_counts(counts: Ints, base: int = BASE) -> Ints:
    """Each count at the nearest multiple of ``base``, halves up.

    Raises:
        ValueError: The base is under 2, or a count is negative.
    """
    _check(counts, base)
    return np.asarray((2 * counts + base) // (2 * base) * base, dtype=np.int64)


def round_at_random(counts: Ints, seed: int, base: int = BASE) -> Ints:
    """Each count at a neighbouring multiple, drawn so that the expectation stays; a multiple stays as it is.

    The seed must be secret and stay with the table: who can draw again, or sees several draws, can undo it.
    """
    _check(counts, base)
    rest = counts % base
    drawn = np.random.default_rng(seed).random(counts.shape) * base < rest
    return np.asarray(counts - rest + base * drawn, dtype=np.int64)


def round_together(table: CountTable, seed: int, base: int = BASE) -> Ints:
    """Every cell of the table at a neighbouring multiple, such that all totals are the sums of their parts.

    Of all such roundings the one nearest to a random draw with this seed, cell by cell.

    Shape:
        One number for each cell of ``table``, all levels.

    Raises:
        ValueError: There is none.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    values = table.values
    _check(values, base)
    floors, rest = values // base, values % base
    if table.size == 0:
        return values
    drawn = np.random.default_rng(seed).random(values.shape) * base < rest
    equations = table.matrix
    right = -(equations @ floors.astype(np.float64))
    done = milp(
        np.where(drawn, -1.0, 1.0),
        constraints=LinearConstraint(equations, right, right) if equations.shape[0] else (),
        bounds=Bounds(0.0, np.where(rest > 0, 1.0, 0.0)),
        integrality=np.ones(len(values)),
    )
    if done.x is None:
        raise ValueError(f"the table has no rounding to {base} whose totals add up")
    return np.asarray(base * (floors + np.rint(done.x).astype(np.int64)), dtype=np.int64)


def _check(counts: Ints, base: int) -> None:
    if base < 2:
        raise ValueError(f"a base for rounding is 2 or more, got {base}")
    if counts.size and counts.min() < 0:
        raise ValueError("a count is 0 or more")
