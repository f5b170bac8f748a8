"""Lines of inquiry: what to ask in the meeting, by rules from what the measures show.

Belongs here: the rules, each a function of the standings. Does not belong here: their words
(``catalog.site.packet_words``). A line of inquiry is a question: it says what the figures show and asks about it, and
never that one thing caused another. docs/how-to/stat-meetings.md lists the rules for those who hold the meetings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from catalog.answer import Observation, Reading
from catalog.answer.certainty import is_beyond_usual, year_before
from catalog.answer.figures import is_few
from catalog.answer.readings import Claim
from catalog.packet.standing import Standing
from contracts.measure import INDEX_GROUPS, Measure
from transforms.statistics.reasons import NotComputed
from transforms.statistics.xmr import Assurance, assurance

Rule = Literal[
    "one_area",
    "whole_city",
    "late_though_cleared",
    "of_closed_hides",
    "pile_grows",
    "target_out_of_reach",
    "need_differs",
    "groups_differ",
    "better_or_gamed",
]

PLAIN: Final = frozenset({"limit", "level", "trend"})
"""Signals that are asked about; two of three near a limit is too faint."""
AREAS_ASKED: Final = 2
"""Areas of one measure that are asked about by themselves, the plainest signals first."""
ASKED_BY_RULE: Final = 4
"""Questions of one rule at most, so that none crowds out the others."""
PILES: Final = frozenset({"backlog_over_90_days", "overdue", "backlog"})
"""Columns that count cases that wait."""

_ORDER: Final = {"limit": 0, "level": 1, "trend": 2}


@dataclass(frozen=True)
class Question:
    """A line of inquiry.

    Attributes:
        rule: The rule that asks it.
        measure: The measure it is about.
        month: The month it asks about: the first of a signal's, or the newest.
        where: An area's or a group's name; empty for the whole city.
        reading: The series whose signal is asked about.
        value: The figure asked about.
        other: The figure it is set against, of ``beside``.
        beside: The measure, or the name of the group, that it is set against.
        by: What figures are told apart by, where groups are compared.
        also: Other measures of the same cases whose signal began there in the same month: they are asked about with it.
    """

    rule: Rule
    measure: Measure
    month: date
    where: str = ""
    reading: Reading | None = None
    value: float | None = None
    other: float | None = None
    beside: Measure | str | None = None
    by: str = ""
    also: tuple[tuple[Measure, Reading], ...] = ()

    @property
    def rank(self) -> tuple[int, int, int]:
        """Bad before neither; what several measures show before what one does; plain before faint."""
        claim = self.reading.claim if self.reading else None
        return (int(claim is None or not claim.bad), -len(self.also), _ORDER[claim.kind] if claim else 0)


def questions(standings: Sequence[Standing]) -> tuple[Question, ...]:
    """What to ask, rule by rule in the order of ``Rule``; all that the rules give, however many."""
    found: list[Question] = []
    for rule in (_one_area, _whole_city):
        found += _together([q for standing in standings for q in rule(standing)])
    found += _late_though_cleared(standings)
    found += _of_closed_hides(standings)
    for rule in (_pile_grows, _target_out_of_reach, _need_differs, _groups_differ, _better_or_gamed):
        for standing in standings:
            found += rule(standing)
    return tuple(found)


def chosen(found: Sequence[Question], most: int) -> tuple[Question, ...]:
    """The questions that a meeting takes up: the first ``ASKED_BY_RULE`` of each rule, ``most`` in all."""
    taken: list[Question] = []
    for question in found:
        if sum(q.rule == question.rule for q in taken) < ASKED_BY_RULE:
            taken.append(question)
    return tuple(taken[:most])


def _together(found: Sequence[Question]) -> list[Question]:
    """Questions about one place, one month and the same cases as one question; the first in rank stand first."""
    merged: list[Question] = []
    for question in found:
        alike = (
            i
            for i, q in enumerate(merged)
            if (q.where, q.month) == (question.where, question.month) and _same_cases(q.measure, question.measure)
        )
        at = next(alike, None)
        if at is None or question.reading is None:
            merged.append(question)
        else:
            merged[at] = replace(merged[at], also=(*merged[at].also, (question.measure, question.reading)))
    return sorted(merged, key=lambda q: q.rank)


# signals ------------------------------------------------------------------------------------


def _bad(reading: Reading | None) -> Claim | None:
    """A plain signal on a side that is not good."""
    claim = reading.claim if reading else None
    return claim if claim is not None and claim.bad is not False and claim.kind in PLAIN else None


def _judged(standing: Standing) -> list[Reading]:
    """The areas of which it can be said whether they carry a signal."""
    return [r for r in standing.areas if r.xmr is not None and not r.is_unreliable]


def _one_area(standing: Standing) -> Iterator[Question]:
    """An area has a plain signal, and at most half of the areas have one on the same side."""
    judged = _judged(standing)
    asked = sorted(
        ((r, claim) for r in judged if (claim := _bad(r)) is not None),
        key=lambda pair: (_ORDER[pair[1].kind], -pair[1].months, pair[0].name),
    )
    for reading, claim in asked[:AREAS_ASKED]:
        alike = sum(other.side == claim.side for _, other in asked)
        if len(judged) > 1 and 2 * alike <= len(judged):
            yield _of_signal("one_area", standing, reading, claim)


def _whole_city(standing: Standing) -> Iterator[Question]:
    """The city has a plain signal, and no area or more than half of the areas have one on the same side.

    A pile that grows is asked about by its own rule.
    """
    claim, judged = _bad(standing.city), _judged(standing)
    if claim is None or standing.city is None or next(_pile_grows(standing), None) is not None:
        return
    alike = sum((other := _bad(r)) is not None and other.side == claim.side for r in judged)
    if alike == 0 or 2 * alike > len(judged):
        yield _of_signal("whole_city", standing, standing.city, claim)


def _of_signal(rule: Rule, standing: Standing, reading: Reading, claim: Claim) -> Question:
    where = "" if reading is standing.city else reading.name
    return Question(rule, standing.measure, claim.since, where, reading, reading.value)


def _pile_grows(standing: Standing) -> Iterator[Question]:
    """The number of cases that wait carries a plain signal above what is usual, for the whole city."""
    formula, claim = standing.measure.formula, _bad(standing.city)
    if formula.is_stock and formula.numerator in PILES and claim is not None and claim.side == "above":
        assert standing.city is not None
        yield _of_signal("pile_grows", standing, standing.city, claim)


def _better_or_gamed(standing: Standing) -> Iterator[Question]:
    """The city, or else the area with the plainest one, has a plain signal on the good side."""
    good = [r for r in standing.series if r.claim is not None and r.claim.bad is False and r.claim.kind in PLAIN]
    if good:
        first = standing.city if standing.city in good else min(good, key=_plainness)
        assert first is not None and first.claim is not None
        yield _of_signal("better_or_gamed", standing, first, first.claim)


def _plainness(reading: Reading) -> tuple[int, int, str]:
    claim = reading.claim
    return (_ORDER[claim.kind], -claim.months, reading.name) if claim else (9, 0, reading.name)


# the target ---------------------------------------------------------------------------------


def _target_out_of_reach(standing: Standing) -> Iterator[Question]:
    """The whole usual range of the city misses the target, and the newest figure has not left that range."""
    city, measure = standing.city, standing.measure
    if city is None or city.xmr is None or city.claim is not None or city.is_unreliable:
        return
    if assurance(city.xmr, measure.target, measure.direction) is Assurance.FAILS:
        yield Question("target_out_of_reach", measure, city.months[-1], reading=city, value=city.value)


# two measures of the same cases -------------------------------------------------------------


def _late_though_cleared(standings: Sequence[Standing]) -> Iterator[Question]:
    """The share on time falls while more is closed than comes in."""
    for late in standings:
        if late.city is None or not _is_on_time(late.measure, ("due", "closed_with_due")) or not _falls(late):
            continue
        for cleared in standings:
            formula, now = cleared.measure.formula, cleared.city
            if (formula.numerator, formula.denominator) != ("closed", "opened") or not _alike(late, cleared):
                continue
            if now is not None and now.value is not None and now.value > formula.per and cleared.period == late.period:
                yield Question(
                    "late_though_cleared", late.measure, late.city.months[-1], value=late.city.value,
                    other=now.value, beside=cleared.measure,
                )  # fmt: skip


def _of_closed_hides(standings: Sequence[Standing]) -> Iterator[Question]:
    """Of what was closed far more was on time than of what fell due: the two intervals have no value in common."""
    for due in standings:
        for closed in standings:
            if due.city is None or closed.city is None or due.period != closed.period or not _alike(due, closed):
                continue
            if not (_is_on_time(due.measure, ("due",)) and _is_on_time(closed.measure, ("closed_with_due",))):
                continue
            if due.city.ends and closed.city.ends and due.city.ends[1] < closed.city.ends[0]:
                yield Question(
                    "of_closed_hides", due.measure, due.city.months[-1], value=due.city.value,
                    other=closed.city.value, beside=closed.measure,
                )  # fmt: skip


def _is_on_time(measure: Measure, denominators: tuple[str, ...]) -> bool:
    return measure.formula.kind == "share" and measure.formula.denominator in denominators


def _same_cases(one: Measure, other: Measure) -> bool:
    """Whether two measures count the same kind of cases; those timed one by one stand in a product of their own."""
    return dict(one.formula.where) == dict(other.formula.where)


def _alike(one: Standing, other: Standing) -> bool:
    """Whether two measures are worked out from the same rows."""
    return one.measure.formula.product == other.measure.formula.product and _same_cases(one.measure, other.measure)


def _falls(standing: Standing) -> bool:
    """A plain signal below what is usual, or a fall since the same month last year beyond chance and the usual."""
    claim, city = _bad(standing.city), standing.city
    if city is None or (claim is not None and claim.side == "below"):
        return city is not None
    change = year_before(standing.measure, standing.of(city))
    if isinstance(change, NotComputed) or not change.significant:
        return False
    return change.difference < 0 and is_beyond_usual(change, city)


# groups -------------------------------------------------------------------------------------


def _need_differs(standing: Standing) -> Iterator[Question]:
    """The fifth of the areas most in need is worse off than the fifth least in need, beyond both intervals."""
    for dimension, now in _newest_groups(standing):
        if not dimension.startswith(INDEX_GROUPS):
            continue
        most, least = (next((o for o in now if o.area == fifth), None) for fifth in ("1", "5"))
        if most is not None and least is not None and _worse(standing.measure, most, least):
            yield Question(
                "need_differs", standing.measure, most.period, most.area, value=most.value, other=least.value,
                beside=least.area, by=dimension,
            )  # fmt: skip


def _groups_differ(standing: Standing) -> Iterator[Question]:
    """The worst of the groups is worse than the best, beyond both intervals."""
    sign = -1.0 if standing.measure.direction == "higher" else 1.0
    for dimension, now in _newest_groups(standing):
        if dimension.startswith(INDEX_GROUPS) or len(now) < 2:
            continue
        ranked = sorted(now, key=lambda o: (sign * (o.value or 0.0), o.area))
        best, worst = ranked[0], ranked[-1]
        if _worse(standing.measure, worst, best):
            yield Question(
                "groups_differ", standing.measure, worst.period, worst.area, value=worst.value, other=best.value,
                beside=best.area, by=dimension,
            )  # fmt: skip


def _newest_groups(standing: Standing) -> Iterator[tuple[str, list[Observation]]]:
    """By grouping, the newest month's groups that can be compared: with a figure, an interval and cases enough."""
    for dimension, figures in standing.told.groups.items():
        month = max((o.period for o in figures if o.value is not None), default=None)
        now = [o for o in figures if o.period == month and o.value is not None and o.low is not None]
        yield dimension, [o for o in now if o.n is not None and not is_few(o.n)]


def _worse(measure: Measure, one: Observation, other: Observation) -> bool:
    """Whether one figure is worse than another and their intervals have no value in common."""
    if measure.direction == "none" or one.low is None or other.low is None:
        return False
    if measure.direction == "lower":
        return other.high is not None and one.low > other.high
    return one.high is not None and one.high < other.low
