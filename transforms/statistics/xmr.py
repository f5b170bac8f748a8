"""XmR charts: what a monthly measure usually does, and when it does something else.

Belongs here: natural process limits of a short series, the four signals, assurance against a target.
Does not belong here: reading data, drawing, sentences. Pure functions on small sequences.

Source: the XmR rules as the NHS programme "Making data count" teaches them. Limits stand at the mean
plus and minus 2.66 times the mean moving range.

What this module settles where the rules are silent:

- A gap (None or NaN) has no moving range to either neighbour and ends any run that it interrupts.
- A value on the centre line ends a run on one side; a value equal to the one before ends a rise or a fall.
- A run marks all of its points; "two of three" marks the points that lie far out, not the one between.
- Two numbers count as equal when they differ by less than a billionth of the largest one in the series.
- The far third is measured towards the natural limit, also where the shown limit is cut at a floor or a
  ceiling; otherwise the cut would make signals that the data did not give.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

LIMIT_FACTOR = 2.66
"""Limits stand this many mean moving ranges from the centre (3 / 1.128, rounded as in the source)."""

MOVE_FACTOR = 3.267
"""A moving range beyond this many mean moving ranges is itself unusual."""

RUN = 7
"""Points in a row that make a run or a trend."""

FIRM_POINTS = 12
"""Limits from fewer points are trial limits."""

TOLERANCE = 1e-9

Better = Literal["lower", "higher", "none"]


class Signal(StrEnum):
    """The four signals, each with its side."""

    ABOVE_LIMIT = "above the upper limit"
    BELOW_LIMIT = "below the lower limit"
    RUN_ABOVE = "seven in a row above the centre"
    RUN_BELOW = "seven in a row below the centre"
    RISING = "seven in a row rising"
    FALLING = "seven in a row falling"
    FAR_ABOVE = "two of three near the upper limit"
    FAR_BELOW = "two of three near the lower limit"


class Assurance(StrEnum):
    """What the limits say about a target."""

    PASSES = "passes"
    """Consistently: the target lies beyond the limit on the good side."""
    FAILS = "fails"
    """Consistently: the target lies beyond the limit on the bad side."""
    VARIES = "varies"
    """Hit and miss: the target lies between the limits."""


@dataclass(frozen=True)
class Point:
    """One place of the series.

    Attributes:
        value: The value, or None where there is a gap.
        moving_range: Distance to the value before, None at the first value and beside a gap.
        signals: The signals this point takes part in, in the order of ``Signal``.
    """

    value: float | None
    moving_range: float | None
    signals: tuple[Signal, ...]


@dataclass(frozen=True)
class Xmr:
    """A chart's numbers, in the unit of the values.

    Attributes:
        centre: Mean of the values that the limits come from.
        lower: Lower limit, not under the floor the caller gave.
        upper: Upper limit, not over the ceiling the caller gave.
        mean_moving_range: The mean moving range that the limits come from.
        trial: Whether fewer than twelve values stand behind the limits.
        baseline: Values the limits come from (gaps not counted).
        left_out: Moving ranges left out as unusually large.
        points: One for each place of the series, in its order.
    """

    centre: float
    lower: float
    upper: float
    mean_moving_range: float
    trial: bool
    baseline: int
    left_out: int
    points: tuple[Point, ...]

    def since(self, signal: Signal) -> int | None:
        """Index from which every point up to the last carries ``signal``; None if the last does not."""
        start: int | None = None
        for index in range(len(self.points) - 1, -1, -1):
            if signal not in self.points[index].signals:
                break
            start = index
        return start


def chart(
    values: Sequence[float | None],
    *,
    baseline: int | None = None,
    leave_out_large_moves: bool = False,
    floor: float | None = None,
    ceiling: float | None = None,
) -> Xmr | None:
    """The XmR chart of a series in order of time.

    Args:
        values: One value a period; None or NaN where there is none.
        baseline: Take the limits from the first ``baseline`` places only (the period before a change,
            say); all places when None.
        leave_out_large_moves: Leave moving ranges beyond 3.267 times their mean out of the mean, once.
        floor: The least value the measure can take: the lower limit is not drawn under it.
        ceiling: The greatest value the measure can take: the upper limit is not drawn over it.

    Returns:
        The chart; None where the baseline holds no two neighbouring values, so that no limit can be told.

    Raises:
        ValueError: A value is infinite, the baseline is shorter than two places, or floor and ceiling
            leave no room.

    Source: NHS England, Making data count: mean +/- 2.66 x mean moving range.
    """
    if baseline is not None and baseline < 2:
        raise ValueError(f"a baseline needs two places or more, got {baseline}")
    if floor is not None and ceiling is not None and floor >= ceiling:
        raise ValueError(f"the floor {floor} is not under the ceiling {ceiling}")
    series = [_value(v) for v in values]
    moves = _moving_ranges(series)
    head = slice(0, baseline)
    known = [v for v in series[head] if v is not None]
    known_moves = [m for m in moves[head] if m is not None]
    if not known_moves:
        return None
    centre = math.fsum(known) / len(known)
    mean_move = math.fsum(known_moves) / len(known_moves)
    left_out = 0
    if leave_out_large_moves:
        usual = [m for m in known_moves if m <= MOVE_FACTOR * mean_move]
        left_out = len(known_moves) - len(usual)
        mean_move = math.fsum(usual) / len(usual)
    reach = LIMIT_FACTOR * mean_move
    signals = _signals(series, centre, reach)
    return Xmr(
        centre=centre,
        lower=centre - reach if floor is None else max(centre - reach, floor),
        upper=centre + reach if ceiling is None else min(centre + reach, ceiling),
        mean_moving_range=mean_move,
        trial=len(known) < FIRM_POINTS,
        baseline=len(known),
        left_out=left_out,
        points=tuple(Point(v, m, s) for v, m, s in zip(series, moves, signals, strict=True)),
    )


def assurance(xmr: Xmr | None, target: float | None, better: Better) -> Assurance | None:
    """Whether a process like this one meets ``target`` of itself.

    Args:
        xmr: The chart, if there is one.
        target: In the unit of the values.
        better: Which way is better; ``lower`` means at most the target is good.

    Returns:
        ``PASSES`` where every value between the limits meets the target, ``FAILS`` where none does, ``VARIES``
        between (a target on a limit is between). None without a chart, a target or a better side, and with trial
        limits: limits of fewer than twelve values still move too far to promise anything.

    Source: NHS England, Making data count: assurance icons.
    """
    if xmr is None or xmr.trial or target is None or better == "none":
        return None
    if target > xmr.upper:
        return Assurance.PASSES if better == "lower" else Assurance.FAILS
    if target < xmr.lower:
        return Assurance.FAILS if better == "lower" else Assurance.PASSES
    return Assurance.VARIES


def _value(value: float | None) -> float | None:
    if value is None or math.isnan(value):
        return None
    if math.isinf(value):
        raise ValueError("a value is infinite")
    return float(value)


def _moving_ranges(series: Sequence[float | None]) -> list[float | None]:
    moves: list[float | None] = [None] * len(series)
    for index in range(1, len(series)):
        before, value = series[index - 1], series[index]
        if before is not None and value is not None:
            moves[index] = abs(value - before)
    return moves


def _signals(series: Sequence[float | None], centre: float, reach: float) -> list[tuple[Signal, ...]]:
    """The signals of every place, each in the order of ``Signal``."""
    room = TOLERANCE * max((abs(v) for v in series if v is not None), default=0.0)
    from_centre = [None if v is None else v - centre for v in series]
    steps: list[float | None] = [None] * len(series)
    for index in range(1, len(series)):
        before, value = series[index - 1], series[index]
        steps[index] = None if before is None or value is None else value - before
    marks: dict[Signal, set[int]] = {
        Signal.ABOVE_LIMIT: {i for i, d in enumerate(from_centre) if d is not None and d > reach + room},
        Signal.BELOW_LIMIT: {i for i, d in enumerate(from_centre) if d is not None and d < -reach - room},
        Signal.RUN_ABOVE: _run(from_centre, lambda d: d > room, RUN),
        Signal.RUN_BELOW: _run(from_centre, lambda d: d < -room, RUN),
        Signal.RISING: _trend(steps, lambda d: d > room),
        Signal.FALLING: _trend(steps, lambda d: d < -room),
        Signal.FAR_ABOVE: _two_of_three(from_centre, lambda d: d > reach * 2 / 3 + room),
        Signal.FAR_BELOW: _two_of_three(from_centre, lambda d: d < -reach * 2 / 3 - room),
    }
    return [tuple(s for s in Signal if i in marks[s]) for i in range(len(series))]


def _run(values: Sequence[float | None], holds: Callable[[float], bool], length: int) -> set[int]:
    """Indexes of all unbroken runs of at least ``length`` places where ``holds``."""
    found: set[int] = set()
    start = 0
    for index in range(len(values) + 1):
        value = values[index] if index < len(values) else None
        if value is None or not holds(value):
            if index - start >= length:
                found.update(range(start, index))
            start = index + 1
    return found


def _trend(steps: Sequence[float | None], holds: Callable[[float], bool]) -> set[int]:
    """Seven points in a row make six steps; the point before the first step belongs to the trend."""
    moved = _run(steps, holds, RUN - 1)
    return moved | {index - 1 for index in moved}


def _two_of_three(values: Sequence[float | None], far: Callable[[float], bool]) -> set[int]:
    found: set[int] = set()
    for start in range(len(values) - 2):
        window = values[start : start + 3]
        if any(v is None for v in window):
            continue
        out = [start + i for i, v in enumerate(window) if v is not None and far(v)]
        if len(out) >= 2:
            found.update(out)
    return found
