"""The chart that stands under an answer.

Belongs here: choosing what the chart shows and its words. Does not belong here: drawing
(``catalog.charts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from catalog import numbers
from catalog.answer.figures import RELIABLE_FROM, is_percent
from catalog.answer.readings import Claim, Reading
from catalog.answer.reply import Answer
from catalog.answer.sentences import Wording
from catalog.charts import LineChart, Mark, Year
from catalog.language import Translator
from contracts.city import Problem, ProblemMeasure
from transforms.statistics.xmr import Signal

LONGEST = 60
"""Months shown at most."""


@dataclass(frozen=True)
class Outlook:
    """What a year is foretold to bring: ``said`` in words, ``ahead`` the months still to come, ``year`` as drawn."""

    said: str
    ahead: tuple[date, ...]
    year: Year


def trend_chart(
    problem: Problem,
    answered: Answer,
    translator: Translator,
    area: str | None = None,
    outlook: Outlook | None = None,
) -> LineChart | None:
    """The chart of one area with all its words; None where there are fewer than two figures.

    Args:
        problem: The problem that was answered.
        answered: Its answer.
        translator: The page's language.
        area: The area to draw; the answer's focus area when None.
        outlook: What that area's year is foretold to bring.
    """
    measure, reading = problem.measure, answered.reading_of(area)
    if measure is None or reading is None:
        return None
    wording = Wording(measure, translator, int(answered.evidence["digits"]))
    return series_chart(f"trend-{problem.id}", wording, reading, outlook)


def series_chart(id: str, wording: Wording, reading: Reading, outlook: Outlook | None = None) -> LineChart | None:
    """The chart of one series with all its words; None where there are fewer than two figures.

    Args:
        id: Unique in the page.
        wording: How the measure's figures are said.
        reading: The series as judged.
        outlook: What the year is foretold to bring; the chart then reaches to its end.
    """
    if reading.known < 2:
        return None
    measure, translator, language = wording.measure, wording.translator, wording.language
    t = translator.gettext
    value = reading.value or 0.0
    first = max(0, len(reading.months) - LONGEST)
    xmr = reading.xmr
    description = [
        t("The newest figure is %(value)s, in %(month)s.")
        % {"value": wording.full(value), "month": numbers.month(reading.months[-1], language)},
        wording.signal(reading) if reading.n is None or not reading.is_unreliable else wording.unreliable(reading.n),
    ]
    if measure.target is not None:
        description.append(t("The target is %(target)s.") % {"target": wording.target()})
    if outlook is not None:
        description.append(outlook.said)
    marks = [_mark(reading, i, measure) for i in range(first, len(reading.months))]
    return LineChart(
        id=id,
        title=t("%(title)s, %(area)s, %(months)s")
        % {
            "title": wording.own(measure.title),
            "area": reading.name,
            "months": numbers.months(reading.months[first], reading.months[-1], language),
        },
        description=" ".join(description),
        marks=(*marks, *(Mark(month, None) for month in (outlook.ahead if outlook else ()))),
        language=language,
        centre=xmr.centre if xmr else None,
        lower=xmr.lower if xmr else None,
        upper=xmr.upper if xmr else None,
        target=measure.target,
        end_label=wording.relied(wording.full(value), reading.is_unreliable),
        centre_label=t("usual %(value)s") % {"value": wording.usual(xmr.centre, xmr.upper)} if xmr else "",
        target_label=t("target %(value)s") % {"value": wording.short_target()} if measure.target is not None else "",
        signal_label=signal_label(reading.claim, wording, reading, translator) if reading.claim else "",
        zero=not is_percent(measure),
        year=outlook.year if outlook else None,
    )


def ring_note(answered: Answer, translator: Translator, area: str | None = None) -> str:
    """What the rings of the same chart stand for, in words; empty where nothing is ringed."""
    reading = answered.reading_of(area)
    return ring_note_of(reading, translator) if reading is not None else ""


def ring_note_of(reading: Reading, translator: Translator) -> str:
    """The same of one series."""
    if reading.xmr is None:
        return ""
    t = translator.gettext
    claim = reading.claim
    shown = range(max(0, len(reading.months) - LONGEST), len(reading.months))
    beyond = [i for i in shown if _beyond(reading, i)]
    if claim is None or claim.kind == "limit":
        return t("Ringed: outside it.") if beyond else ""
    above = claim.side == "above"
    match claim.kind:
        case "level":
            said = (
                t("Ringed: the months in a row above the usual level.")
                if above
                else t("Ringed: the months in a row below the usual level.")
            )
        case "trend":
            said = (
                t("Ringed: the months of an unbroken rise.") if above else t("Ringed: the months of an unbroken fall.")
            )
        case "edge":
            said = (
                t("Ringed: close to the top of the band.") if above else t("Ringed: close to the bottom of the band.")
            )
    if claim.kind == "edge" or any(i not in claim.indexes for i in beyond):
        also = t("Months outside the band are ringed too.")
        return f"{said} {also}" if beyond else said
    return said


def year_note(chart: LineChart | None, translator: Translator) -> str:
    """What the frame of the year stands for; empty where none is drawn."""
    if chart is None or chart.year is None:
        return ""
    return translator.gettext("Dotted: the year as a whole as foretold, framed by how sure that is.")


def few_note(chart: LineChart | None, translator: Translator) -> str:
    """What the crosses of a trend stand for; empty where there is none."""
    if chart is None or not any(mark.few for mark in chart.marks):
        return ""
    return translator.gettext("Crosses: fewer than %(least)s cases stand behind the figure, so it is unreliable.") % {
        "least": numbers.integer(RELIABLE_FROM, translator.language)
    }


def _beyond(reading: Reading, index: int) -> int:
    """Whether a month lies beyond a limit: 1 above, -1 below, 0 between them or without a figure."""
    if reading.xmr is None or reading.values[index] is None:
        return 0
    signals = reading.xmr.points[index].signals
    return (Signal.ABOVE_LIMIT in signals) - (Signal.BELOW_LIMIT in signals)


def _mark(reading: Reading, index: int, measure: ProblemMeasure) -> Mark:
    """One month; ringed beyond a limit, and where it belongs to the signal that the sentence tells."""
    value = reading.values[index]
    side = _beyond(reading, index)
    if value is not None and reading.claim is not None and index in reading.claim.indexes:
        side = 1 if reading.claim.side == "above" else -1
    low, high = reading.intervals[index] or (None, None)
    few = reading.few[index]
    if measure.direction == "none":
        return Mark(reading.months[index], value, ringed=side != 0, low=low, high=high, few=few)
    bad_side = 1 if measure.direction == "lower" else -1
    signal, good = side == bad_side, side == -bad_side
    return Mark(reading.months[index], value, signal=signal, good=good, low=low, high=high, few=few)


def signal_label(claim: Claim, wording: Wording, reading: Reading, translator: Translator) -> str:
    """A signal of the newest figure as a label: "above its usual range", "rising since May"."""
    t = translator.gettext
    words = {"since": wording.since(claim.since, reading.months[-1])}
    above = claim.side == "above"
    match claim.kind:
        case "limit" if claim.months == 1:
            return t("above its usual range") if above else t("below its usual range")
        case "limit":
            pattern = (
                t("above its usual range since %(since)s") if above else t("below its usual range since %(since)s")
            )
        case "level":
            pattern = (
                t("above its usual level since %(since)s") if above else t("below its usual level since %(since)s")
            )
        case "trend":
            pattern = t("rising since %(since)s") if above else t("falling since %(since)s")
        case "edge":
            return t("near the top of its usual range") if above else t("near the bottom of its usual range")
    return pattern % words
