"""A figure against its target.

Belongs here: score, status from stated bands, clearance. Does not belong here: whether a change is more than usual
variation (``xmr``), words, colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher", "none"]
Status = Literal["on_target", "near", "off", "unknown"]

TOLERANCE = 1e-9
"""A miss smaller than this share of the target (of 1, below it) is rounding, not a miss."""


@dataclass(frozen=True)
class Bands:
    """How far from its target a figure still is near it.

    Attributes:
        near: As a share of the target, 0 or more; 0.1 for a tenth.
    """

    near: float = 0.1

    def __post_init__(self) -> None:
        if not self.near >= 0:
            raise ValueError(f"a band is 0 or more, got {self.near}")


TENTH = Bands()
"""A tenth of the target."""


def score(actual: float | None, target: float | None, better: Better, cap: float | None = None) -> float | None:
    """How much of its target a figure reaches: 1 at the target, more beyond it.

    Args:
        actual: The figure, 0 or more.
        target: In the same unit.
        better: Which side is better; the ratio is turned round where lower is better.
        cap: The highest score given; none when None. A page that caps says so.

    Returns:
        ``actual / target``, or ``target / actual`` where lower is better; None where something is not known, no side
        is better, or the ratio has no meaning (a target of 0, a figure of 0 where lower is better, or one below 0).

    Source: the score of the City of Boston's CityScore.

    Raises:
        ValueError: The cap is not above 0.
    """
    if cap is not None and not cap > 0:
        raise ValueError(f"a cap is above 0, got {cap}")
    if actual is None or target is None or better == "none" or actual < 0 or target < 0:
        return None
    reached, whole = (target, actual) if better == "lower" else (actual, target)
    if whole == 0 or target == 0:
        return None
    ratio = reached / whole
    return ratio if cap is None else min(ratio, cap)


def status(value: float | None, target: float | None, better: Better, bands: Bands = TENTH) -> Status:
    """On target, near it or off it.

    Returns:
        ``on_target`` where the figure is at the target or on its good side, ``near`` where it misses it by at most
        the band, ``off`` beyond; ``unknown`` without a figure, a target or a better side.
    """
    if value is None or target is None or better == "none":
        return "unknown"
    miss = value - target if better == "lower" else target - value
    slack = TOLERANCE * max(1.0, abs(target))
    if miss <= slack:
        return "on_target"
    return "near" if miss <= bands.near * abs(target) + slack else "off"


def clearance(closed: float, opened: float) -> float | None:
    """Cases closed in a period for each one opened in it; None where none was opened.

    Below 1 the backlog grows.

    Raises:
        ValueError: A number is negative.
    """
    if not (closed >= 0 and opened >= 0):
        raise ValueError(f"cases are 0 or more, got {closed} closed and {opened} opened")
    return closed / opened if opened else None
