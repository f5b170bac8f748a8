"""What the figures of one measure say, before anybody says it: the month, the city, its areas, whose story it is.

Belongs here: which figures are compared, who leads, what is left out and why. Does not belong here: a single series
(``readings``), whether figures can be told apart (``certainty``), words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from catalog.answer.certainty import against_target, has_intervals, is_beyond_usual, may_be_worst, year_before
from catalog.answer.figures import CITY, UNPLACED, Observation, is_over, month_of
from catalog.answer.readings import Reading, read_areas, read_series
from contracts.city import ProblemMeasure
from contracts.measure import Measure
from transforms.statistics.seasonal import Change

Reason = Literal["no_figures", "ambiguous", "none_over", "still_running", "all_withheld"]

LASTING = 2
"""Months in a row beyond its usual range from which on an area's story can lead the answer."""

Named = tuple[str, str]
"""An area's id and its name."""


@dataclass(frozen=True)
class Asked:
    """What is asked of the figures.

    Attributes:
        measure: Where the figures stand, which way is better, the target.
        definition: The governed measure, where it is one: its bands, the day its target is for, its phrase for a city.
        near: A figure that misses the target by at most this share of it is near it.
        complete_to: Last day that the data covers; None where every month is known to be over.
        city_name: What the whole city is called in the page's language.
    """

    measure: ProblemMeasure
    definition: Measure | None
    near: float
    complete_to: date | None
    city_name: str


@dataclass(frozen=True)
class Judged:
    """What the figures say.

    Attributes:
        period: First day of the newest complete month with a figure.
        city: The whole city; None where it has no figure for the month.
        city_gap: Why it has none although the data knows the city: hidden, or too many cases still open.
        areas: Those with a figure, the worst first.
        compared: Those of them that are compared: with cases enough where any has.
        candidates: Those of them that may be the worst, as far as their intervals tell.
        unreliable: Left out because few cases stand behind their figure.
        uncounted: Left out because only others tell how many cases their figure rests on.
        withheld: Areas that the data knows, without a figure this month.
        unreached: Those of them whose figure is still running and may be the worst.
        story: The area whose signal is told; None where no area has one on a side that is not good, or none that says
            more than the city's own.
        leading: That area, where its story comes before the city's: surely the worst, out of its usual range on the bad
            side for two months or more, while the city does not surely miss its target.
        year_before: The city against the same month a year before, where that is more than chance and more
            than its months usually differ by.
        figures: All figures judged, of complete months.
    """

    period: date
    city: Reading | None
    city_gap: Literal["", "hidden", "unreached"]
    areas: tuple[Reading, ...]
    compared: tuple[Reading, ...]
    candidates: tuple[Reading, ...]
    unreliable: tuple[Reading, ...]
    uncounted: tuple[Reading, ...]
    withheld: tuple[Named, ...]
    unreached: tuple[Named, ...]
    story: Reading | None
    leading: Reading | None
    year_before: Change | None
    figures: tuple[Observation, ...]

    @property
    def focus(self) -> Reading:
        """Whom the chart under the answer shows: who leads; else whose signal is told, the city's bad one first."""
        if self.city is None:
            return self.areas[0]
        if self.leading is not None:
            return self.leading
        calm = self.city.claim is None or self.city.claim.bad is False
        return self.story if self.story is not None and calm else self.city

    @property
    def left_out(self) -> int:
        """How many areas the comparison leaves out."""
        return len(self.withheld) + len(self.unreliable) + len(self.uncounted)

    @property
    def missed_outside(self) -> bool:
        """Whether an area that is not compared misses the target all the same."""
        return any(r.status in {"near", "off"} for r in (*self.unreliable, *self.uncounted))


def judge(asked: Asked, observations: Sequence[Observation]) -> Judged | Reason:
    """What ``observations`` say; or why they say nothing.

    Figures of the area ``all`` are the whole city's. Where no record has an area, and no figure is the city's, those
    without an area are.
    """
    figures = [replace(o, period=month_of(o.period)) for o in _placed(asked, observations)]
    if not figures:
        return "no_figures"
    if len({(f.area, f.period) for f in figures}) < len(figures):
        return "ambiguous"
    figures = [f for f in figures if is_over(f.period, asked.complete_to)]
    if not figures:
        return "none_over"
    if all(f.value is None for f in figures):
        return "still_running" if any(f.unreached for f in figures) else "all_withheld"
    return _judged(asked, figures)


def _placed(asked: Asked, observations: Sequence[Observation]) -> list[Observation]:
    placed = [
        replace(o, area_name=asked.city_name) if o.area == CITY else o for o in observations if o.area != UNPLACED
    ]
    return placed or [replace(o, area_name=asked.city_name) for o in observations]


def _judged(asked: Asked, figures: Sequence[Observation]) -> Judged:
    measure = asked.measure
    period = max(f.period for f in figures if f.value is not None)
    of_city = [f for f in figures if f.area == CITY]
    of_areas = [f for f in figures if f.area != CITY]
    areas = read_areas(measure, of_areas, period, asked.near)
    now = next((f for f in of_city if f.period == period), None)
    city = read_series(measure, of_city, period, asked.near) if now and now.value is not None else None
    if measure.kind == "count" and of_city:  # a city's target for a number is not one for each of its areas
        areas = tuple(replace(r, status="unknown") for r in areas)
    lead = areas[0].standing if areas else 0
    compared = tuple(r for r in areas if r.standing == lead)
    shown = {r.area for r in areas}
    known = {f.area: f.area_name for f in of_areas}
    change = year_before(asked.definition, [f for f in of_city if f.period <= period]) if city else None
    told = (
        isinstance(change, Change) and bool(change.significant) and city is not None and is_beyond_usual(change, city)
    )
    candidates = may_be_worst(compared, measure.direction)
    story = _story(compared, only_loud=city is None)
    if story is not None and city is not None and candidates != (story,) and _says_the_same(story, city):
        story = None
    return Judged(
        period=period,
        city=city,
        city_gap="" if now is None or city else "unreached" if now.unreached else "hidden" if now.hidden else "",
        areas=areas,
        compared=compared,
        candidates=candidates,
        unreliable=tuple(r for r in areas if r.standing == 1 > lead),
        uncounted=tuple(r for r in areas if r.standing == 2 > lead),
        withheld=_in_order((area, name) for area, name in known.items() if area not in shown),
        unreached=() if measure.direction == "higher" else _still_running(of_areas, period),
        story=story,
        leading=story if story is not None and _leads(measure, story, candidates, city, compared) else None,
        year_before=change if told and isinstance(change, Change) else None,
        figures=tuple(sorted(figures, key=lambda f: (f.area, f.period))),
    )


def _still_running(figures: Sequence[Observation], period: date) -> tuple[Named, ...]:
    """Areas whose figure is still running, where running on could put it before the one that is told."""
    return _in_order((f.area, f.area_name) for f in figures if f.period == period and f.value is None and f.unreached)


def _in_order(areas: Iterable[Named]) -> tuple[Named, ...]:
    return tuple(sorted(areas, key=lambda a: (a[1], a[0])))


def _story(compared: Sequence[Reading], only_loud: bool) -> Reading | None:
    """The area whose signal is told beside the first sentence.

    The worst area's, of any kind; else the plainest of the others', where they left their usual range or level.
    ``only_loud`` is for a first sentence that is about the worst area itself and tells its signal: nobody else's is
    told where it left its own range or level.
    """
    worst, others = compared[:1], compared[1:]
    own = next((r for r in worst if r.claim is not None and r.claim.bad is not False), None)
    if own is not None and own.claim is not None and own.claim.kind in _LOUD:
        return None if only_loud else own
    order = [r for r in others if r.claim is not None and r.claim.bad is not False and r.claim.kind in _LOUD]
    loud = min(
        order, key=lambda r: (_LOUD[r.claim.kind], -r.claim.months, r.name) if r.claim else (9, 0, ""), default=None
    )
    return loud if loud is not None or only_loud else own


def _leads(
    measure: ProblemMeasure,
    story: Reading,
    candidates: Sequence[Reading],
    city: Reading | None,
    compared: Sequence[Reading],
) -> bool:
    """Whether an area's story is what a reader of one sentence should hear."""
    claim = story.claim
    if city is None or city.value is None or claim is None or len(compared) < 2 or not has_intervals(compared):
        return False
    lasting = claim.kind == "limit" and claim.months >= LASTING and claim.bad is True
    return lasting and tuple(candidates) == (story,) and against_target(measure, city) != "missed"


def _says_the_same(area: Reading, city: Reading) -> bool:
    """Whether an area's signal says no more than the city's: the same side, no plainer, and no earlier."""
    mine, whole = area.claim, city.claim
    if mine is None or whole is None or mine.side != whole.side:
        return False
    return mine.since >= whole.since and _LOUD.get(mine.kind, 2) >= _LOUD.get(whole.kind, 2)


_LOUD = {"limit": 0, "level": 1}
