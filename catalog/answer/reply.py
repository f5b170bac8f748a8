"""From a problem and its published figures to an answer.

Belongs here: the order of the questions asked of the figures. Does not belong here: judging them
(``figures``), saying it (``sentences``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from catalog.answer.figures import UNPLACED, Direction, Observation, Reading, Status, is_over, month_of, read_areas
from catalog.answer.sentences import LeftOut, Wording, unanswered
from catalog.language import Translator
from contracts.city import Problem, ProblemMeasure


@dataclass(frozen=True)
class Answer:
    """What a problem page opens with.

    Attributes:
        sentence: The answer, or why there is none.
        status: Of the focus area against the target; unknown without a target or a figure.
        direction: Of the focus area, from the chart's signals only; steady when the chart shows none.
        focus_area: Id of the area the sentence is about; None when it cannot answer.
        period: First day of the newest month with a figure.
        evidence: What the sentence rests on, as plain values. Always ``reason``; with an answer also
            ``target``, ``near``, ``digits``, ``value``, ``n``, ``elsewhere`` (the span of the areas compared),
            ``areas`` (worst first, each with its value, n, status, direction and signal), ``withheld`` (areas
            without a figure this month), ``unreached`` (those of them whose figure is still running and may be
            the worst), ``unreliable`` (areas left out because fewer than 16 cases stand behind their figure, and
            others have more), ``few`` (whether that holds of the figure told itself), ``uncounted`` (areas left out
            because only others tell how many cases they rest on),
            ``usual`` (the focus area's range and the months it comes from) and ``signal``.
        readings: The areas as judged, worst first (the highest where none is worse), for the chart.
    """

    sentence: str
    status: Status
    direction: Direction
    focus_area: str | None
    period: date | None
    evidence: Mapping[str, Any]
    readings: tuple[Reading, ...] = ()


def answer(
    problem: Problem,
    observations: Sequence[Observation] | None,
    translator: Translator,
    *,
    complete_to: date | None = None,
    near: float = 0.1,
    withdrawn: bool = False,
) -> Answer:
    """Answer ``problem`` from its measure's published figures.

    The sentence is about the area that is worst in the newest complete month that has a figure; of a measure without
    a better side about the highest, with the lowest; about the whole city where no record has an area. Where some
    areas tell how many cases their figure rests on, those that hide it are not compared; where some have cases enough
    behind it, those with few are not.

    Args:
        problem: The city's problem; its ``measure`` says which way is better and the target.
        observations: All published figures of the measure, in any order; None where its product has no
            release that this tier may see.
        translator: The page's language.
        complete_to: Last day that the data covers; a month ending after it is left out. None where
            every month is known to be over.
        near: A figure that misses the target by at most this share of it is "near".
        withdrawn: Whether there is no release because the product was withdrawn.
    """
    measure = problem.measure
    if measure is None:
        return _unanswered("no_measure", translator)
    if observations is None:
        return _unanswered("withdrawn" if withdrawn else "no_release", translator)
    figures = [replace(o, period=month_of(o.period)) for o in _placed(observations, translator)]
    if not figures:
        return _unanswered("no_figures", translator)
    if len({(f.area, f.period) for f in figures}) < len(figures):
        return _unanswered("ambiguous", translator)
    figures = [f for f in figures if is_over(f.period, complete_to)]
    if not figures:
        return _unanswered("none_over", translator)
    if all(f.value is None for f in figures):
        return _unanswered("all_withheld", translator)
    return _answered(measure, figures, translator, near)


def _placed(observations: Sequence[Observation], translator: Translator) -> Sequence[Observation]:
    """The figures of the areas; where no record has an area, those of the whole city under that name."""
    placed = [o for o in observations if o.area != UNPLACED]
    return placed or [replace(o, area_name=translator.gettext("the whole city")) for o in observations]


def digits_for(measure: ProblemMeasure, figures: Sequence[Observation], readings: Sequence[Reading]) -> int:
    """Decimals to show, so that no figure looks like the target.

    None for whole numbers; two where all are below 1, so that small rates stay apart.
    """
    values = [f.value for f in figures if f.value is not None]
    if all(float(v).is_integer() for v in values) or (measure.target is None and min(map(abs, values)) >= 1000):
        return 0
    target = measure.target
    shown = [r.value for r in readings if r.value is not None]
    for digits in (1, 2) if max(map(abs, values)) >= 1 else (2,):
        if target is None or all(v == target or round(v, digits) != round(target, digits) for v in shown):
            return digits
    return 2


def _unanswered(reason: str, translator: Translator) -> Answer:
    return Answer(unanswered(reason, translator), "unknown", "unknown", None, None, {"reason": reason})


def _answered(measure: ProblemMeasure, figures: Sequence[Observation], translator: Translator, near: float) -> Answer:
    readings = read_areas(measure, figures, near)
    focus = readings[0]
    others = tuple(r for r in readings[1:] if r.standing == focus.standing)
    unreliable = tuple(r for r in readings if r.standing == 1 > focus.standing)
    uncounted = tuple(r for r in readings if r.standing == 2 > focus.standing)
    withheld = _withheld(figures, readings)
    unreached = _unreached(measure, figures, focus.months[-1])
    wording = Wording(measure, translator, digits_for(measure, figures, readings))
    missed = any(r.status in {"near", "off"} for r in (*unreliable, *uncounted))
    left_out = LeftOut(len(withheld) + len(unreliable) + len(uncounted), missed)
    sentences = [wording.figure(focus, others, left_out)]
    if focus.is_unreliable and focus.n is not None:
        sentences.append(wording.unreliable(focus.n))
    else:
        sentences.append(wording.signal(focus))
    if unreached:
        sentences.append(wording.unreached([name for _, name in unreached], focus.months[-1]))
    if unreliable:
        sentences.append(wording.few([r.name for r in unreliable]))
    if uncounted:
        sentences.append(wording.uncounted([r.name for r in uncounted]))
    louder = _louder(focus, others)
    if louder is not None:
        sentences.append(wording.elsewhere(louder))
    values = [r.value for r in others if r.value is not None]
    evidence = {
        "reason": "answered",
        "measure": measure.id,
        "product": measure.product,
        "better": measure.direction,
        "target": measure.target,
        "near": near,
        "digits": wording.digits,
        "period": focus.months[-1].isoformat(),
        "value": focus.value,
        "n": focus.n,
        "elsewhere": {"low": min(values), "high": max(values), "areas": len(values)} if values else None,
        "areas": [_as_evidence(r) for r in readings],
        "withheld": [{"area": area, "name": name} for area, name in withheld],
        "unreached": [{"area": area, "name": name} for area, name in unreached],
        "unreliable": [{"area": r.area, "name": r.name} for r in unreliable],
        "few": focus.is_unreliable,
        "uncounted": [{"area": r.area, "name": r.name} for r in uncounted],
        "usual": _usual(focus),
        "signal": _signal(focus),
    }
    return Answer(" ".join(sentences), focus.status, focus.direction, focus.area, focus.months[-1], evidence, readings)


def _withheld(figures: Sequence[Observation], readings: Sequence[Reading]) -> list[tuple[str, str]]:
    """Areas that the data knows but that have no figure in the month of the answer."""
    shown = {r.area for r in readings}
    return sorted({f.area: f.area_name for f in figures if f.area not in shown}.items(), key=lambda a: (a[1], a[0]))


def _unreached(measure: ProblemMeasure, figures: Sequence[Observation], month: date) -> list[tuple[str, str]]:
    """Areas whose figure for ``month`` is still running, where running on could put it before the one that is told."""
    if measure.direction == "higher":
        return []
    found = {f.area: f.area_name for f in figures if f.period == month and f.value is None and f.unreached}
    return sorted(found.items(), key=lambda a: (a[1], a[0]))


def _louder(focus: Reading, others: Sequence[Reading]) -> Reading | None:
    """Another area that left its usual range or level on a side that is not good, where the focus area did not."""

    def loud(reading: Reading) -> bool:
        claim = reading.claim
        return claim is not None and claim.bad is not False and claim.kind in {"limit", "level"}

    if loud(focus):
        return None
    order = {"limit": 0, "level": 1}
    found = [r for r in others if loud(r) and r.claim is not None]
    return min(
        found,
        key=lambda r: (order[r.claim.kind], -r.claim.months, r.name) if r.claim else (9, 0, r.name),
        default=None,
    )


def _as_evidence(reading: Reading) -> dict[str, Any]:
    return {
        "area": reading.area,
        "name": reading.name,
        "value": reading.value,
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
