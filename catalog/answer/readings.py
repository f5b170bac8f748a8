"""What a series of published figures shows: its newest month, its usual range, its signal.

Belongs here: choosing and judging, in numbers. Does not belong here: one figure alone (``figures``), how sure figures
are against each other (``certainty``), words (``sentences``), drawing (``trend``).

The usual range of an area comes from the months before its newest twelve, or from its first twelve figures
where those months hold fewer, so that a recent change cannot widen the range it is judged by. With fewer
than twelve figures there is none: nothing is called unusual, nothing usual.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from catalog.answer.figures import Observation, Status, is_percent, status_of
from contracts.city import ProblemMeasure
from transforms.statistics.xmr import FIRM_POINTS, Signal, Xmr, chart

RECENT = 12
"""Months that never count towards the usual range, where there are enough without them."""

LEAST_FOR_TRIAL = 6
"""Figures that trial limits need."""

Direction = Literal["better", "worse", "higher", "lower", "steady", "unknown"]
"""``higher`` and ``lower`` are of a measure without a better side."""
Kind = Literal["limit", "level", "trend", "edge"]

_SIGNALS: tuple[tuple[Signal, Kind, Literal["above", "below"]], ...] = (
    (Signal.ABOVE_LIMIT, "limit", "above"),
    (Signal.BELOW_LIMIT, "limit", "below"),
    (Signal.RUN_ABOVE, "level", "above"),
    (Signal.RUN_BELOW, "level", "below"),
    (Signal.RISING, "trend", "above"),
    (Signal.FALLING, "trend", "below"),
    (Signal.FAR_ABOVE, "edge", "above"),
    (Signal.FAR_BELOW, "edge", "below"),
)
"""Signals from the plainest to the faintest: the first that the newest figure carries is the one told."""


@dataclass(frozen=True)
class Claim:
    """A signal that the newest figure carries.

    Attributes:
        kind: Beyond a limit, seven on one side of the level, seven rising or falling, two of three
            near a limit.
        side: Above or rising; below or falling.
        since: First month of the unbroken stretch of months that carry it.
        months: How many months that is.
        bad: Whether that side is the worse one; None where the measure has no better side.
        indexes: Places of those months in the series.
    """

    kind: Kind
    side: Literal["above", "below"]
    since: date
    months: int
    bad: bool | None
    indexes: tuple[int, ...]


@dataclass(frozen=True)
class Reading:
    """One area in the month the answer is about.

    Attributes:
        area: Id.
        name: Name.
        months: From the area's first figure to the month of the answer, without a hole.
        values: One for each of the months.
        n: Cases behind the newest figure.
        status: Of the newest figure against the target.
        xmr: The chart's numbers; None with fewer than twelve figures in the baseline.
        baseline: Months that the usual range comes from.
        claim: The signal the newest figure carries, if any; a figure of few cases carries none.
        intervals: Lower and upper end for each of the months; None where the product publishes none.
        few: For each of the months, whether it has a figure with too few cases behind it to rely on.
        ends: The newest figure's interval, infinite where it has no upper end; None where none is published.
    """

    area: str
    name: str
    months: tuple[date, ...]
    values: tuple[float | None, ...]
    n: float | None
    status: Status
    xmr: Xmr | None
    baseline: tuple[date, ...]
    claim: Claim | None
    intervals: tuple[tuple[float, float] | None, ...] = ()
    few: tuple[bool, ...] = ()
    ends: tuple[float, float] | None = None

    @property
    def is_unreliable(self) -> bool:
        """Whether too few cases stand behind the newest figure to rely on it."""
        return bool(self.few) and self.few[-1]

    @property
    def standing(self) -> int:
        """How far its newest figure can be compared: 0 with cases enough, 1 with few, 2 where nobody tells how many."""
        return 2 if self.n is None else int(self.is_unreliable)

    @property
    def value(self) -> float | None:
        """The newest figure."""
        return self.values[-1] if self.values else None

    @property
    def known(self) -> int:
        """How many months have a figure."""
        return sum(v is not None for v in self.values)

    @property
    def direction(self) -> Direction:
        """What the signals say, and only they."""
        if self.xmr is None or self.value is None or self.is_unreliable:
            return "unknown"
        if self.claim is None:
            return "steady"
        if self.claim.bad is None:
            return "higher" if self.claim.side == "above" else "lower"
        return "worse" if self.claim.bad else "better"


def read_areas(
    measure: ProblemMeasure, figures: Sequence[Observation], period: date, near: float
) -> tuple[Reading, ...]:
    """Every area with a figure in the month ``period``, the worst first; the highest where none is worse.

    Areas with few cases behind their figure stand behind those with enough, and last the areas whose number of cases is
    not published: nobody can tell what their figure rests on.

    ``figures`` holds at most one observation for an area and month.
    """
    readings = [
        read_series(measure, [f for f in figures if f.area == area], period, near)
        for area in sorted({f.area for f in figures if f.period == period and f.value is not None})
    ]
    sign = 1.0 if measure.direction == "higher" else -1.0
    return tuple(sorted(readings, key=lambda r: (r.standing, sign * (r.value or 0.0), r.name, r.area)))


def read_series(measure: ProblemMeasure, figures: Sequence[Observation], period: date, near: float) -> Reading:
    """One area, or the whole city, up to the month ``period``, in which it has a figure."""
    by_month = {f.period: f for f in figures}
    first = min(f.period for f in figures if f.value is not None)
    months = tuple(_months(first, period))
    values = tuple(by_month[m].value if m in by_month else None for m in months)
    newest = by_month[period]
    length = _baseline(values)
    xmr = _limits(measure, values, length) if length else None
    return Reading(
        area=newest.area,
        name=newest.area_name,
        months=months,
        values=values,
        n=newest.n,
        status=status_of(measure, newest.value, near),
        xmr=xmr,
        baseline=months[:length],
        claim=_claim(measure, months, xmr) if xmr and not newest.is_unreliable else None,
        intervals=tuple(_interval(by_month.get(m)) for m in months),
        few=tuple(m in by_month and by_month[m].is_unreliable for m in months),
        ends=_ends(newest),
    )


def trial_limits(measure: ProblemMeasure, reading: Reading) -> Xmr | None:
    """Limits from fewer than twelve figures, by which nothing is judged; None with firm ones, or under six figures."""
    if reading.xmr is not None or not LEAST_FOR_TRIAL <= reading.known < FIRM_POINTS:
        return None
    return _limits(measure, reading.values, None)


def _limits(measure: ProblemMeasure, values: Sequence[float | None], baseline: int | None) -> Xmr | None:
    floor = 0.0 if all(v is None or v >= 0 for v in values) else None
    ceiling = 100.0 if is_percent(measure) and all(v is None or v <= 100 for v in values) else None
    return chart(values, baseline=baseline, floor=floor, ceiling=ceiling)


def _interval(figure: Observation | None) -> tuple[float, float] | None:
    if figure is None or figure.value is None or figure.low is None or figure.high is None:
        return None
    return figure.low, figure.high


def _ends(figure: Observation) -> tuple[float, float] | None:
    """Both ends; a time whose upper end is not reached yet may last for ever."""
    if figure.low is None:
        return None
    return figure.low, math.inf if figure.high is None else figure.high


def _baseline(values: Sequence[float | None]) -> int:
    """How many of the first months the usual range comes from; 0 where fewer than twelve have a figure."""
    earlier = len(values) - RECENT
    known = 0
    for index, value in enumerate(values):
        known += value is not None
        if known == FIRM_POINTS:
            return max(index + 1, earlier)
    return 0


def _claim(measure: ProblemMeasure, months: Sequence[date], xmr: Xmr) -> Claim | None:
    for signal, kind, side in _SIGNALS:
        start = xmr.since(signal)
        if start is not None:
            return Claim(
                kind=kind,
                side=side,
                since=months[start],
                months=len(months) - start,
                bad=None if measure.direction == "none" else (side == "above") == (measure.direction == "lower"),
                indexes=tuple(range(start, len(months))),
            )
    return None


def _months(first: date, last: date) -> list[date]:
    found = [first]
    while found[-1] < last:
        month = found[-1]
        found.append(date(month.year + month.month // 12, month.month % 12 + 1, 1))
    return found
