"""How a measure performs: the whole city and the area that stands out, against target, the usual, last year, the year.

Belongs here: working the figures out and putting them in the order they are read. Does not belong here: the statistics
(``transforms.statistics``), which figures are judged (``catalog.answer``), the words of a cell (``performance_words``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from catalog import numbers
from catalog.answer import CITY, Observation, Reading
from catalog.answer.certainty import year_before
from catalog.answer.judgement import Asked, Judged, judge
from catalog.answer.outlook import without_season, year_of
from catalog.answer.reply import digits_for
from catalog.answer.sentences import Wording
from catalog.answer.trend import LONGEST, Outlook, few_note, series_chart
from catalog.charts import LineChart, Year, line_chart
from catalog.measured import Measured
from catalog.site.drawings import Drawing, both
from catalog.site.performance_notes import chart_note, row_notes
from catalog.site.performance_words import Cell, PerformanceWords
from catalog.site.speech import Speech
from catalog.site.words import Standing
from contracts.measure import Measure
from transforms.statistics.projection import Projection
from transforms.statistics.reasons import NotComputed
from transforms.statistics.seasonal import Adjustment


@dataclass(frozen=True)
class Row:
    """One thing asked of each subject."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class MonthRow:
    """One month of the whole city, for the table beside the chart."""

    month: str
    value: str
    interval: str
    n: str
    signal: Standing | None


@dataclass(frozen=True)
class Performance:
    """A measure's performance, in words.

    Attributes:
        measure: The measure.
        period: First day of the month it speaks of.
        subjects: Whom the cells of each row are of: the whole city, then the area that stands out.
        rows: What is asked of them.
        notes: How to read the rows, in whole sentences.
        chart: The whole city with its limits and the year; None with fewer than two figures.
        months: The figures that the chart shows, the newest first.
        outlook: What the whole city's year is foretold to bring, for another chart of it; None where nothing is.
    """

    measure: Measure
    period: date
    subjects: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    chart: Drawing | None
    months: tuple[MonthRow, ...]
    outlook: Outlook | None


@dataclass(frozen=True)
class _Subject:
    """A series and what is worked out of it."""

    reading: Reading
    figures: tuple[Observation, ...]
    year: Projection | NotComputed
    season: Adjustment | NotComputed


def performance(
    measured: Measured, speech: Speech, *, complete_to: date | None = None, first_month: int = 1
) -> Performance | None:
    """A measure's performance in one language; None where it has no figure at all.

    Args:
        measured: Its figures.
        speech: The page's language.
        complete_to: Last day that the data covers; a month ending after it is left out.
        first_month: The month the measure's year begins with.
    """
    asked = Asked(
        measured.measure.reading(),
        measured.measure,
        measured.measure.near,
        complete_to,
        speech.gettext("the whole city"),
    )
    judged = judge(asked, (*measured.city, *measured.areas))
    if not isinstance(judged, Judged):
        return None
    wording = Wording(asked.measure, speech.regional, digits_for(asked.measure, judged))
    words = PerformanceWords(measured.measure, wording, speech)
    subjects = [_subject(measured.measure, judged, reading, first_month) for reading in _subjects(judged)]
    city = next((s for s in subjects if s.reading.area == CITY), None)
    outlook = _outlook(city, words, first_month) if city else None
    name = f"performance-chart-{measured.measure.id}"
    chart = series_chart(name, wording, city.reading, outlook) if city else None
    return Performance(
        measure=measured.measure,
        period=judged.period,
        subjects=tuple(s.reading.name for s in subjects),
        rows=tuple(_rows(subjects, words)),
        notes=row_notes(judged, any(isinstance(s.year, Projection) for s in subjects), words),
        chart=_drawing(city.reading, chart, words, speech) if city and chart else None,
        months=tuple(_months(city, chart, words)) if city and chart else (),
        outlook=outlook,
    )


def _subjects(judged: Judged) -> list[Reading]:
    """The whole city, and the area whose signal is told, or else the worst one, where its figure can be relied on."""
    found = [judged.city] if judged.city is not None else []
    area = judged.story or next(iter(judged.compared), None)
    if area is not None and not area.is_unreliable and (len(judged.areas) > 1 or not found):
        found.append(area)
    return found or list(judged.areas[:1])


def _subject(measure: Measure, judged: Judged, reading: Reading, first_month: int) -> _Subject:
    figures = tuple(f for f in judged.figures if f.area == reading.area and f.period <= judged.period)
    return _Subject(reading, figures, year_of(measure, figures, first_month), without_season(figures))


def _rows(subjects: Sequence[_Subject], words: PerformanceWords) -> list[Row]:
    t = words.t
    rows = [
        Row(t("Figure"), tuple(words.figure(s.reading) for s in subjects)),
        Row(words.target_label(), tuple(words.against_target(s.reading) for s in subjects)),
        Row(t("Against what is usual"), tuple(words.signal(s.reading) for s in subjects)),
    ]
    if words.has_target:
        rows.append(Row(t("Does it keep to the target?"), tuple(words.assurance(s.reading) for s in subjects)))
        rows.append(Row(t("Score against the target"), tuple(words.score(s.reading) for s in subjects)))
    rows.append(
        Row(
            t("Same month last year"),
            tuple(words.year_before(year_before(words.measure, s.figures), s.reading) for s in subjects),
        )
    )
    rows.append(Row(t("Without its season"), tuple(words.season(s.season, s.reading) for s in subjects)))
    rows.append(Row(t("The whole year"), tuple(words.year(s.year) for s in subjects)))
    return rows


# the chart ----------------------------------------------------------------------------------


def _outlook(city: _Subject, words: PerformanceWords, first_month: int) -> Outlook | None:
    """What the chart shows of the year; nothing where no month of it is to come."""
    year, shown = city.year, city.reading.months[-LONGEST:]
    if isinstance(year, NotComputed) or year.method == "complete":
        return None
    begin = date(year.year, first_month, 1)
    end = date(begin.year + (begin.month + 10) // 12, (begin.month + 10) % 12 + 1, 1)
    ahead: list[date] = []
    month = shown[-1]
    while month < end:
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        ahead.append(month)
    if not ahead:
        return None
    first = next((i for i, m in enumerate(shown) if m >= begin), 0)
    label = words.year_label(year)
    drawn = Year(first, len(shown) + len(ahead) - 1, year.value, year.low, year.high, label)
    return Outlook(words.year(year).text, tuple(ahead), drawn)


def _drawing(reading: Reading, chart: LineChart, words: PerformanceWords, speech: Speech) -> Drawing:
    measure = words.measure
    wide, narrow = both(line_chart, chart, speech, measure.title, measure.unit)
    shown = [m.period for m in chart.marks if m.value is not None]
    unit = words.wording.own(measure.unit)
    return Drawing(
        id=chart.id,
        title=speech.gettext("%(title)s, the whole city") % {"title": words.wording.own(measure.title)},
        subtitle=speech.gettext("%(unit)s, by month, %(span)s")
        % {"unit": unit[:1].upper() + unit[1:], "span": numbers.months(shown[0], shown[-1], speech.tag)},
        wide=wide,
        narrow=narrow,
        note=" ".join(said for said in (chart_note(reading, chart, words), few_note(chart, speech.regional)) if said),
    )


def _months(city: _Subject, chart: LineChart, words: PerformanceWords) -> list[MonthRow]:
    told = {f.period: f for f in city.figures}
    return [
        MonthRow(
            month=numbers.short_month(mark.period, words.speech.tag),
            value=words.plain(mark.value),
            interval=words.interval(told[mark.period].low, told[mark.period].high) if mark.period in told else "",
            n=words.count(told[mark.period].n if mark.period in told else None),
            signal=words.month_signal(mark),
        )
        for mark in reversed(chart.marks)
        if mark.period <= city.reading.months[-1]
    ]
