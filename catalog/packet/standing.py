"""A measure as of a day: its figures of months that were over, and what they say.

Belongs here: cutting figures to a day, and judging what is left. Does not belong here: the judging itself
(``catalog.answer.judgement``), reading figures (``catalog.measured``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from catalog.answer import Observation, Reading
from catalog.answer.figures import is_over
from catalog.answer.judgement import Asked, Judged, Reason, judge
from catalog.measured import Measured
from contracts.measure import Measure


@dataclass(frozen=True)
class Standing:
    """A measure on a day.

    Attributes:
        measure: The measure.
        told: Its figures of the months that were over by then.
        judged: What those of the city and of its areas say, or why they say nothing.
        until: The last day whose month may count.
    """

    measure: Measure
    told: Measured
    judged: Judged | Reason
    until: date

    @property
    def city(self) -> Reading | None:
        """The whole city as judged."""
        return self.judged.city if isinstance(self.judged, Judged) else None

    @property
    def areas(self) -> tuple[Reading, ...]:
        """The areas as judged, the worst first."""
        return self.judged.areas if isinstance(self.judged, Judged) else ()

    @property
    def series(self) -> tuple[Reading, ...]:
        """Everything judged: the city, then its areas."""
        return (*([self.city] if self.city else []), *self.areas)

    @property
    def period(self) -> date | None:
        """The month it speaks of."""
        return self.judged.period if isinstance(self.judged, Judged) else None

    def of(self, reading: Reading) -> tuple[Observation, ...]:
        """The figures of a series, up to the month it speaks of."""
        if not isinstance(self.judged, Judged):
            return ()
        return tuple(f for f in self.judged.figures if f.area == reading.area and f.period <= self.judged.period)


def stand_on(told: Measured, day: date, city_name: str) -> Standing:
    """A measure on ``day``.

    Args:
        told: Its figures, of months that the data covers whole.
        day: The day; a month that ends on it is not over yet.
        city_name: What the whole city is called in the page's language.
    """
    until = day - timedelta(days=1)
    cut = replace(
        told,
        city=_over(told.city, until),
        areas=_over(told.areas, until),
        groups={name: _over(found, until) for name, found in told.groups.items()},
        earlier={version: _over(found, until) for version, found in told.earlier.items()},
    )
    measure = told.measure
    asked = Asked(measure.reading(), measure, measure.near, until, city_name)
    return Standing(measure, cut, judge(asked, (*cut.city, *cut.areas)), until)


def _over(figures: Sequence[Observation], until: date) -> tuple[Observation, ...]:
    return tuple(f for f in figures if is_over(f.period.replace(day=1), until))
