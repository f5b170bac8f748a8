"""Counted cells of two groups, made ready for a model.

Belongs here: what a cell is, which cells can be compared, the model's columns. Does not belong here: the model and what
it says (``gaps``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["share", "rate"]


@dataclass(frozen=True)
class Cell:
    """Cases that are alike in all that counts.

    Attributes:
        group: The group they belong to.
        events: How many have the outcome, or events.
        base: All cases of a share; residents or time of a rate.
        strata: Their level of each thing adjusted for, in the order of ``adjusted_for``: category, month.
        cluster: What they share beyond that, such as the area; None without.
    """

    group: str
    events: float
    base: float
    strata: tuple[str, ...] = ()
    cluster: str | None = None


def add_up(cells: Sequence[Cell]) -> tuple[float, float]:
    """Events and base of all cells."""
    return math.fsum(c.events for c in cells), math.fsum(c.base for c in cells)


def comparable(cells: Sequence[Cell], kind: Kind) -> list[Cell]:
    """The cells of levels that both groups have and in which the outcome varies."""
    used = list(cells)
    while used:
        dropped = {
            (place, level)
            for place in range(len(used[0].strata))
            for level in {c.strata[place] for c in used}
            if not _tells([c for c in used if c.strata[place] == level], kind)
        }
        if not dropped:
            return used
        used = [c for c in used if not any((i, level) in dropped for i, level in enumerate(c.strata))]
    return used


def _tells(cells: Sequence[Cell], kind: Kind) -> bool:
    events, base = add_up(cells)
    return len({c.group for c in cells}) == 2 and events > 0 and (kind == "rate" or events < base)


def lay_out(
    cells: Sequence[Cell], group: str, adjusted_for: Sequence[str]
) -> tuple[NDArray[np.float64], tuple[str, ...]] | None:
    """The model's columns (constant, group, levels) and what has more than one level; None where levels tell the group.

    A level that others already tell (a department, of the kinds of case it alone has) adds no column.
    """
    import numpy as np

    in_group = np.array([float(c.group == group) for c in cells])
    levels: list[NDArray[np.float64]] = [np.ones(len(cells))]
    named = []
    for place, name in enumerate(adjusted_for):
        found = sorted({c.strata[place] for c in cells})
        levels += [np.array([float(c.strata[place] == level) for c in cells]) for level in found[1:]]
        if len(found) > 1:
            named.append(name)
    kept = _independent(levels)
    if len(_independent([*(levels[i] for i in kept), in_group])) == len(kept):
        return None
    constant, *rest = (levels[i] for i in kept)
    return np.column_stack([constant, in_group, *rest]), tuple(named)


def _independent(columns: Sequence[NDArray[np.float64]]) -> list[int]:
    """Places of the columns that those before them do not add up to (Gram and Schmidt, twice)."""
    import numpy as np

    kept: list[int] = []
    basis = np.empty((len(columns[0]), 0))
    for place, column in enumerate(columns):
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > 1e-9 * float(np.linalg.norm(column)):
            basis = np.column_stack([basis, rest / length])
            kept.append(place)
    return kept
