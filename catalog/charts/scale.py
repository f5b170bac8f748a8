"""Axes: round steps for figures, months that fit, labels that don't lie on one another.

Belongs here: arithmetic on positions. Does not belong here: SVG, how wide words are (``letters``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_MANTISSAS = (1.0, 2.0, 5.0, 10.0)
_MONTH_STEPS = (1, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True)
class Axis:
    """A vertical axis. ``digits`` is how many decimals its ticks need."""

    low: float
    high: float
    ticks: tuple[float, ...]
    digits: int

    def share(self, value: float) -> float:
        """Where ``value`` lies between low (0) and high (1)."""
        return (value - self.low) / (self.high - self.low)


def axis(values: Sequence[float], zero: bool, wanted: int = 4) -> Axis:
    """An axis with round ticks that holds all of ``values``.

    Args:
        values: Everything that is drawn.
        zero: Whether the axis begins (or, for negative figures, ends) at 0.
        wanted: About how many steps it should have.
    """
    low = min(values)
    high = max(values)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if math.isclose(low, high):
        margin = abs(high) * 0.1 or 1.0
        low, high = (low, high + margin) if zero else (low - margin, high + margin)
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((m * power for m in _MANTISSAS), key=lambda s: (abs(s - rough), s))
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    ticks = tuple(round(n * step, digits + 2) for n in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks, digits)


def month_step(width: float, months: int, room: float) -> int:
    """Every how many months a name fits, when each needs ``room``."""
    each = width / max(1, months - 1)
    return next((s for s in _MONTH_STEPS if s * each >= room), _MONTH_STEPS[-1])


def named_months(periods: Sequence[date], step: int) -> tuple[int, ...]:
    """Indexes of the months that get a name: Januaries and every ``step`` months from there."""
    return tuple(i for i, p in enumerate(periods) if (p.year * 12 + p.month - 1) % step == 0)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near ``wanted`` but at least ``gap`` apart, within low and high, in the same order of height."""
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    placed = [min(max(wanted[i], low), high) for i in order]
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    overflow = placed[-1] - high if placed else 0.0
    if overflow > 0:
        placed[-1] = high
        for i in range(len(placed) - 2, -1, -1):
            placed[i] = min(placed[i], placed[i + 1] - gap)
    result = [0.0] * len(wanted)
    for position, i in zip(placed, order, strict=True):
        result[i] = position
    return result
