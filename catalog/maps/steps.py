"""Sorting figures into at most five steps, around the target where there is one.

Belongs here: where one step ends and the next begins. Does not belong here: their names, their fills.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

MOST = 5
_EACH = 2
"""Figures that a step should hold at least, on average."""


@dataclass(frozen=True)
class Steps:
    """Where steps end.

    Attributes:
        ends: From the lowest; one fewer than there are steps.
        above: Whether a figure on an end belongs to the step above it (or to the one below).
        target: The end that is the target, if one is.
    """

    ends: tuple[float, ...]
    above: bool
    target: float | None = None

    @property
    def count(self) -> int:
        """How many steps there are."""
        return len(self.ends) + 1

    def of(self, value: float) -> int:
        """The step that a figure falls into, from 0."""
        return bisect_right(self.ends, value) if self.above else bisect_left(self.ends, value)


def steps_of(values: Sequence[float], target: float | None = None, above: bool = True) -> Steps:
    """Steps with about as many figures each, none of them empty.

    Args:
        values: The figures, with the decimals that they are shown with; at least one.
        target: Becomes an end wherever figures lie on both sides of it.
        above: Whether a figure that meets an end exactly belongs above it: so it does where higher is better,
            and a figure on the target is on the better side of it.
    """
    ordered = sorted(values)
    wanted = min(MOST, -(-len(ordered) // _EACH), len(set(ordered)))
    ends = sorted({ordered[len(ordered) * i // wanted] for i in range(1, wanted)})
    if target is None or not _parts(ordered, target, above):
        return Steps(_filled(ordered, [*ends, *_gaps(ordered, above)], wanted, above), above)
    ranks = {end: abs(bisect_left(ordered, end) - bisect_left(ordered, target)) for end in ends}
    nearest = min(ends, key=lambda end: (ranks[end], end), default=None)
    candidates = [target, *(e for e in ends if e != nearest), *_gaps(ordered, above)]
    return Steps(_filled(ordered, candidates, max(wanted, 2), above), above, target)


def _gaps(ordered: Sequence[float], above: bool) -> list[float]:
    """Ends at the widest gaps between figures: they part what many equal figures leave together."""
    pairs = sorted(pairwise(sorted(set(ordered))), key=lambda pair: (pair[0] - pair[1], pair[0]))
    return [high if above else low for low, high in pairs]


def _filled(ordered: Sequence[float], ends: Sequence[float], wanted: int, above: bool) -> tuple[float, ...]:
    """Those of ``ends``, the earlier ones first, between which no step is empty; at most ``wanted`` steps."""
    kept: list[float] = []
    for end in dict.fromkeys(ends):
        if len(kept) + 1 >= wanted:
            break
        trial = Steps(tuple(sorted([*kept, end])), above)
        if len({trial.of(v) for v in ordered}) == trial.count:
            kept.append(end)
    return tuple(sorted(kept))


def _parts(ordered: Sequence[float], target: float, above: bool) -> bool:
    """Whether figures lie on both sides of the target."""
    one = Steps((target,), above)
    return one.of(ordered[0]) != one.of(ordered[-1])
