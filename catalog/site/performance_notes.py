"""How to read a measure's performance: what is counted, what the bands are, what the chart's lines stand for.

Belongs here: the notes under the rows and under the chart. Does not belong here: the rows' words
(``performance_words``), working anything out.
"""

from __future__ import annotations

from catalog import numbers
from catalog.answer import Reading
from catalog.answer.judgement import Judged
from catalog.answer.trend import ring_note_of, year_note
from catalog.charts import LineChart
from catalog.site.performance_words import PerformanceWords
from catalog.site.speech import Speech
from contracts.measure import Measure
from transforms.statistics.xmr import FIRM_POINTS, LIMIT_FACTOR

OF_DUE = frozenset({"due"})
"""Denominators of a share of all that fell due; its numerator has been closed by then."""
OF_CLOSED = frozenset({"closed", "closed_with_due"})
"""Denominators of a share of what was closed."""


def row_notes(judged: Judged, foretold: bool, words: PerformanceWords) -> tuple[str, ...]:
    """How to read the rows."""
    t, measure = words.t, words.measure
    found = [_basis(measure, words.speech)]
    if words.has_target:
        band = numbers.percent(100 * measure.near, words.speech.tag, 0)
        found.append(
            t(
                "Near target: the figure misses it by at most %(band)s of it. That says where one month stands;"
                " whether something has changed, the row under it says."
            )
            % {"band": band}
        )
        if measure.direction == "lower":
            found.append(
                t("Score: the target divided by the figure. 1 is at the target, more is better; it has no cap.")
            )
        else:
            found.append(
                t("Score: the figure divided by the target. 1 is at the target, more is better; it has no cap.")
            )
    if foretold:
        found.append(_year_note(measure, words.speech))
    if judged.city_gap == "hidden":
        found.append(t("The figure for the whole city is not shown: it would give away a small count."))
    return tuple(note for note in found if note)


def _basis(measure: Measure, speech: Speech) -> str:
    """What a share of cases on time is a share of: the two ways of counting it differ."""
    formula, t = measure.formula, speech.gettext
    if formula.kind != "share":
        return ""
    if formula.denominator in OF_DUE:
        return t(
            "Of all that fell due: a case that is still open after its day counts as late, so that nothing looks"
            " better by staying open."
        )
    if formula.denominator in OF_CLOSED:
        return t("Of those closed: cases that are still open, however late, are not in it.")
    return ""


def _year_note(measure: Measure, speech: Speech) -> str:
    t = speech.gettext
    match measure.formula.kind:
        case "days":
            return t("The whole year is the mean of its months. What rises or falls for longer is foretold too late.")
        case "count":
            return t("The whole year is a month of it on average. What rises or falls for longer is foretold too late.")
        case _:
            return t(
                "The whole year counts all its cases together. What rises or falls for longer is foretold too late."
            )


def chart_note(reading: Reading, chart: LineChart, words: PerformanceWords) -> str:
    """How to read the chart."""
    t, speech = words.t, words.speech
    found = []
    if reading.xmr is not None:
        band = t(
            "Band: what this series usually does, from its months %(span)s: their mean, plus and minus %(factor)s times"
            " the mean step from one month to the next."
        )
        span = numbers.months(reading.baseline[0], reading.baseline[-1], speech.tag)
        found.append(band % {"span": span, "factor": speech.figure(LIMIT_FACTOR)})
        found.append(ring_note_of(reading, speech.regional))
    elif reading.known < FIRM_POINTS:
        found.append(t("No band: fewer than twelve months have a figure."))
    if any(reading.intervals):
        found.append(t("Upright lines: how sure each figure is."))
    found.append(year_note(chart, speech.regional))
    return " ".join(said for said in found if said)
