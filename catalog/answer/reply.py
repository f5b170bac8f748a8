"""From a problem or a measure and its published figures to an answer.

Belongs here: putting sentences and evidence together. Does not belong here: judging figures (``judgement``), saying
them (``sentences``, ``city_sentences``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.answer.city_sentences import CityWording
from catalog.answer.figures import CITY, Observation, Status
from catalog.answer.judgement import Asked, Judged, judge
from catalog.answer.readings import Direction, Reading
from catalog.answer.sentences import LeftOut, Wording, unanswered
from catalog.language import Translator
from catalog.numbers import rounded
from contracts.city import Problem, ProblemMeasure
from contracts.measure import DEFAULT_NEAR, Measure


@dataclass(frozen=True)
class Answer:
    """What a problem page opens with.

    Attributes:
        sentence: The answer, or why there is none: ``lead``, then ``rest``.
        status: Against the target: of the whole city where its figure is told, else of the focus area; unknown without
            a target or a figure.
        direction: Of the focus area, from the chart's signals only; steady when the chart shows none.
        focus_area: Id of the area whose chart stands under the answer; ``all`` for the whole city; None when it cannot
            answer.
        period: First day of the newest month with a figure.
        evidence: What the sentence rests on, as plain values. Always ``reason``; with an answer also
            ``target``, ``near``, ``digits``, ``value``, ``n``, ``usual`` and ``signal`` of the focus area, ``city``
            (the same of the whole city), ``worst`` (the areas that may be the worst as far as their intervals tell),
            ``year_before``, ``elsewhere`` (the span of the areas compared),
            ``areas`` (worst first, each with its value, n, status, direction and signal), ``withheld`` (areas
            without a figure this month), ``unreached`` (those of them whose figure is still running and may be
            the worst), ``unreliable`` (areas left out because fewer than 16 cases stand behind their figure, and
            others have more), ``few`` (whether that holds of the focus area's figure), ``uncounted`` (areas left out
            because only others tell how many cases they rest on).
        readings: The areas as judged, worst first (the highest where none is worse), for the chart.
        city: The whole city as judged, where it has a figure.
        where: Id of the area that the sentence names beside the city; None where it names none.
        opening: The sentence to be read when only one is; empty where the answer is one sentence.
    """

    sentence: str
    status: Status
    direction: Direction
    focus_area: str | None
    period: date | None
    evidence: Mapping[str, Any]
    readings: tuple[Reading, ...] = ()
    city: Reading | None = None
    where: str | None = None
    opening: str = ""

    @property
    def lead(self) -> str:
        """The sentence to be read when only one is."""
        return self.opening or self.sentence

    @property
    def rest(self) -> str:
        """What follows it; empty where nothing does."""
        return self.sentence.removeprefix(self.opening).strip() if self.opening else ""

    def reading_of(self, area: str | None = None) -> Reading | None:
        """One area, or the whole city, as judged; the focus area when None."""
        wanted = area or self.focus_area
        if self.city is not None and wanted == CITY:
            return self.city
        return next((r for r in self.readings if r.area == wanted), None)


def answer(
    problem: Problem,
    observations: Sequence[Observation] | None,
    translator: Translator,
    *,
    measure: Measure | None = None,
    complete_to: date | None = None,
    near: float | None = None,
    withdrawn: bool = False,
) -> Answer:
    """Answer ``problem`` from its measure's published figures.

    Where the whole city has a figure the answer opens with it, and then says where it is worst. Elsewhere it is about
    the area that is worst in the newest complete month that has a figure; of a measure without a better side about the
    highest, with the lowest. Where some areas tell how many cases their figure rests on, those that hide it are not
    compared; where some have cases enough behind it, those with few are not. An area is called the worst only where its
    interval lies beyond those of all others.

    Args:
        problem: The city's problem; its ``measure`` says which way is better and the target.
        observations: All published figures of the measure, those of the whole city under the area ``all``, in any
            order; None where its product has no release that this tier may see.
        translator: The page's language.
        measure: The governed measure that the problem's first one is, for its bands, its target's day and its phrase.
        complete_to: Last day that the data covers; a month ending after it is left out. None where
            every month is known to be over.
        near: A figure that misses the target by at most this share of it is "near"; the measure's own when None.
        withdrawn: Whether there is no release because the product was withdrawn.
    """
    if problem.measure is None:
        return _unanswered("no_measure", translator)
    if observations is None:
        return _unanswered("withdrawn" if withdrawn else "no_release", translator)
    band = measure.near if measure is not None and near is None else DEFAULT_NEAR if near is None else near
    asked = Asked(problem.measure, measure, band, complete_to, translator.gettext("the whole city"))
    judged = judge(asked, observations)
    if not isinstance(judged, Judged):
        return _unanswered(judged, translator)
    return _answered(asked, judged, translator)


def answer_measure(
    measure: Measure,
    observations: Sequence[Observation] | None,
    translator: Translator,
    *,
    complete_to: date | None = None,
    withdrawn: bool = False,
) -> Answer:
    """What a governed measure says by itself, as ``answer`` says it of a problem."""
    if observations is None:
        return _unanswered("withdrawn" if withdrawn else "no_release", translator)
    asked = Asked(measure.reading(), measure, measure.near, complete_to, translator.gettext("the whole city"))
    judged = judge(asked, observations)
    if not isinstance(judged, Judged):
        return _unanswered(judged, translator)
    return _answered(asked, judged, translator)


def digits_for(measure: ProblemMeasure, judged: Judged) -> int:
    """Decimals to show, so that no figure looks like the target, and no end of an interval like the figure.

    None for whole numbers; two where all are below 1, so that small rates stay apart.
    """
    values = [f.value for f in judged.figures if f.value is not None]
    if all(float(v).is_integer() for v in values) or (measure.target is None and min(map(abs, values)) >= 1000):
        return 0
    target = measure.target
    told = [*judged.areas, *([judged.city] if judged.city else [])]
    shown = [r.value for r in told if r.value is not None]
    sure = [(r.value, end) for r in told if r.value is not None and r.ends for end in r.ends if r.value != end]
    for digits in (1, 2) if max(map(abs, values)) >= 1 else (2,):
        off_target = target is None or all(v == target or rounded(v, digits) != rounded(target, digits) for v in shown)
        if off_target and all(math.isinf(end) or rounded(v, digits) != rounded(end, digits) for v, end in sure):
            return digits
    return 2


def _unanswered(reason: str, translator: Translator) -> Answer:
    return Answer(unanswered(reason, translator), "unknown", "unknown", None, None, {"reason": reason})


def _answered(asked: Asked, judged: Judged, translator: Translator) -> Answer:
    wording = Wording(asked.measure, translator, digits_for(asked.measure, judged))
    city_wording = CityWording(wording, asked.definition)
    city, focus = judged.city, judged.focus
    sentences = _of_city(judged, city, wording, city_wording) if city else _of_area(judged, wording, city_wording)
    said = [sentence for sentence in sentences if sentence]
    where = _named_beside(judged) if city is not None else None
    return Answer(
        sentence=" ".join(said),
        status=(city or focus).status,
        direction=focus.direction,
        focus_area=focus.area,
        period=judged.period,
        evidence=_evidence(asked, judged, wording),
        readings=judged.areas,
        city=city,
        where=where.area if where is not None else None,
        opening=said[0] if len(said) > 1 else "",
    )


def _of_area(judged: Judged, wording: Wording, city_wording: CityWording) -> list[str]:
    """The sentences where the city has no figure of its own: the worst area leads."""
    focus, others = judged.areas[0], judged.compared[1:]
    running = judged.city_gap == "unreached"
    said = [city_wording.gap("unreached", judged.period)] if running else []
    said.append(wording.figure(focus, others, LeftOut(judged.left_out, judged.missed_outside)))
    if focus.is_unreliable and focus.n is not None:
        said.append(wording.unreliable(focus.n))
    else:
        said.append(wording.too_close(judged.compared, judged.candidates))
        said.append(wording.signal(focus))
    said += _left_out(judged, wording)
    if judged.story is not None:
        said.append(wording.elsewhere(judged.story))
    return said if running else [*said, city_wording.gap(judged.city_gap, judged.period)]


def _of_city(judged: Judged, city: Reading, wording: Wording, city_wording: CityWording) -> list[str]:
    """The sentences that the city's figure opens: that figure, its signal, where it is worst, that area's signal.

    Where an area leads, its story comes first and the city's figure after it, without its own signal.
    """
    if judged.leading is not None:
        others = [r for r in judged.compared if r is not judged.leading]
        said = [city_wording.story(judged.leading, others, judged.left_out), city_wording.figure(city, None)]
        if city.is_unreliable and city.n is not None:
            said.append(wording.unreliable(city.n))
        return [*said, city_wording.left_out(judged)]
    said = [city_wording.figure(city, judged.year_before)]
    if city.is_unreliable and city.n is not None:
        said.append(wording.unreliable(city.n))
    elif city.claim is not None or judged.story is None:
        said.append(city_wording.signal(city))
    said.append(city_wording.where(judged))
    if judged.story is not None:
        said.append(wording.elsewhere(judged.story))
    if len(judged.compared) > 1:
        said.append(city_wording.left_out(judged))
    return said


def _named_beside(judged: Judged) -> Reading | None:
    """The area that is named beside the city: whose signal is told, else the one with the worst figure."""
    if judged.story is not None:
        return judged.story
    areas = judged.compared
    apart = len(areas) > 1 and not areas[0].is_unreliable and areas[0].value != areas[-1].value
    return areas[0] if apart else None


def _left_out(judged: Judged, wording: Wording) -> list[str]:
    """Who is not compared, and why."""
    return [
        wording.unreached([name for _, name in judged.unreached], judged.period) if judged.unreached else "",
        wording.few([r.name for r in judged.unreliable]) if judged.unreliable else "",
        wording.uncounted([r.name for r in judged.uncounted]) if judged.uncounted else "",
    ]


# evidence -----------------------------------------------------------------------------------


def _evidence(asked: Asked, judged: Judged, wording: Wording) -> dict[str, Any]:
    measure, focus = asked.measure, judged.focus
    values = [r.value for r in judged.compared if r is not focus and r.value is not None]
    change = judged.year_before
    return {
        "reason": "answered",
        "measure": measure.id,
        "product": measure.product,
        "better": measure.direction,
        "target": measure.target,
        "near": asked.near,
        "digits": wording.digits,
        "period": judged.period.isoformat(),
        "value": focus.value,
        "n": focus.n,
        "city": _as_evidence(judged.city) if judged.city else None,
        "worst": [{"area": r.area, "name": r.name} for r in judged.candidates],
        "year_before": {"value": change.before, "difference": change.difference} if change else None,
        "elsewhere": {"low": min(values), "high": max(values), "areas": len(values)} if values else None,
        "areas": [_as_evidence(r) for r in judged.areas],
        "withheld": _named(judged.withheld),
        "unreached": _named(judged.unreached),
        "unreliable": [{"area": r.area, "name": r.name} for r in judged.unreliable],
        "few": focus.is_unreliable,
        "uncounted": [{"area": r.area, "name": r.name} for r in judged.uncounted],
        "usual": _usual(focus),
        "signal": _signal(focus),
    }


def _named(areas: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"area": area, "name": name} for area, name in areas]


def _as_evidence(reading: Reading) -> dict[str, Any]:
    low, high = reading.ends or (None, None)
    return {
        "area": reading.area,
        "name": reading.name,
        "value": reading.value,
        "low": low,
        "high": None if high == float("inf") else high,
        "n": reading.n,
        "status": reading.status,
        "direction": reading.direction,
        "signal": _signal(reading),
    }


def _usual(reading: Reading) -> dict[str, Any] | None:
    if reading.xmr is None:
        return None
    return {
        "centre": reading.xmr.centre,
        "lower": reading.xmr.lower,
        "upper": reading.xmr.upper,
        "first": reading.baseline[0].isoformat(),
        "last": reading.baseline[-1].isoformat(),
        "months": reading.xmr.baseline,
    }


def _signal(reading: Reading) -> dict[str, Any] | None:
    claim = reading.claim
    if claim is None:
        return None
    return {
        "kind": claim.kind,
        "side": claim.side,
        "since": claim.since.isoformat(),
        "months": claim.months,
        "bad": claim.bad,
    }
