"""What a measure's year is foretold to come to, and its series without its season.

Belongs here: how a kind of measure is added up over a year, remembered results. Does not belong here: the statistics
(``transforms.statistics``), words.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from catalog.answer.certainty import month_of_figure
from catalog.answer.figures import CITY, Observation
from contracts.measure import Measure
from transforms.statistics.months import Month
from transforms.statistics.projection import RATIO_OF_SUMS, Aggregation, Goal, Projection, project
from transforms.statistics.reasons import NotComputed
from transforms.statistics.seasonal import Adjustment, adjust

REMEMBERED = 256
"""Series whose season and year are kept: a page in three languages asks for the same ones."""


def year_of(measure: Measure, figures: Sequence[Observation], first_month: int = 1) -> Projection | NotComputed:
    """What the year of one series is foretold to come to, and how likely that meets the target.

    A share, a rate or a ratio counts all cases of the year together; days and numbers are the mean of the months, so
    that they can be held against the target. The target of a number is the whole city's, not an area's.

    Args:
        measure: The measure.
        figures: One area's, or the whole city's, of complete months.
        first_month: The month the measure's year begins with.
    """
    formula = measure.formula
    months = tuple(month_of_figure(f) for f in figures)
    goal = None
    for_it = formula.kind != "count" or all(f.area == CITY for f in figures)
    if measure.target is not None and measure.direction != "none" and for_it:
        goal = Goal(measure.target, measure.direction)
    aggregation: Aggregation = RATIO_OF_SUMS if formula.kind in ("share", "rate", "ratio") else "mean"
    per = 1.0 if aggregation == "mean" else formula.per
    return _projected(months, aggregation, goal, per, first_month, 100.0 if formula.kind == "share" else None)


def without_season(figures: Sequence[Observation]) -> Adjustment | NotComputed:
    """One series without its season, where two whole years of it are known."""
    return _adjusted(tuple(month_of_figure(f) for f in figures))


@lru_cache(maxsize=REMEMBERED)
def _projected(
    months: tuple[Month, ...],
    aggregation: Aggregation,
    goal: Goal | None,
    per: float,
    first_month: int,
    ceiling: float | None,
) -> Projection | NotComputed:
    floor = 0.0 if all(m.value is None or m.value >= 0 for m in months) else None
    return project(months, aggregation, goal=goal, per=per, first_month=first_month, floor=floor, ceiling=ceiling)


@lru_cache(maxsize=REMEMBERED)
def _adjusted(months: tuple[Month, ...]) -> Adjustment | NotComputed:
    return adjust(months)
