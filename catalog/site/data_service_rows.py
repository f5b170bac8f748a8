"""Rows, cells and drawings of the data service's measures, in one language.

Belongs here: choosing which figures stand in the page, and their words. Does not belong here: working figures out
(``catalog.data_service``), quality by dimension (``data_service_quality``), the page (``data_service_pages``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import Markup

from catalog import numbers
from catalog.charts import LineChart, Mark, line_chart, sparkline
from catalog.data_service.definitions import BY_ID, Definition, definitions
from catalog.data_service.figures import Figure
from catalog.site.addresses import Addresses
from catalog.site.drawings import Drawing, both
from catalog.site.rendering import drawing
from catalog.site.speech import Speech
from contracts.measure import ALL
from contracts.model import Text

MOST_MONTHS: Final = 13
"""Months in a table, the newest; the file has more."""
LONGEST: Final = 24
"""Months in a drawing."""
MOST_PARTS: Final = 20
"""Products or sources in a table, the worst; the file has all."""
YEAR: Final = 12
"""Months that are added up."""

Titles = Mapping[tuple[str, str], Text]


@dataclass(frozen=True)
class Cell:
    """A figure in words: of which month, of how many cases, how sure."""

    month: str
    value: str
    counts: str
    interval: str


@dataclass(frozen=True)
class Part:
    """One product or source: its newest figure and that of a year."""

    title: Text
    address: str
    newest: Cell
    year: str


@dataclass(frozen=True)
class Section:
    """A measure with all that the page says of it.

    Attributes:
        definition: The measure.
        unit: Of its figures.
        better: Which way is better, in words.
        newest: The figure of the newest month that is over, or else of the running one; None where there is none.
        year: What the twelve months up to it come to; empty for days and for what is only known of today.
        spark: Its months as a line the size of a word; None with fewer than two.
        chart: Its months as a drawing; None with fewer than two.
        months: Its months, the newest first.
        parts: The products or sources of which the figure is worst.
        more: How many others there are.
    """

    definition: Definition
    unit: str
    better: str
    newest: Cell | None
    year: str
    spark: Markup | None
    chart: Drawing | None
    months: tuple[Cell, ...]
    parts: tuple[Part, ...]
    more: int


class ServiceWords:
    """Words of figures in one language.

    Args:
        speech: The language.
        titles: What products and sources are called.
        today: The day of checking.
    """

    def __init__(self, speech: Speech, titles: Titles, today: date) -> None:
        self.speech = speech
        self.titles = titles
        self.today = today
        self.definitions = definitions(speech.gettext)

    def cell(self, figure: Figure) -> Cell:
        """A figure in words; what is only known of the day of checking is of that day."""
        month = numbers.short_month(figure.period, self.speech.tag)
        if BY_ID[figure.measure].subject == "inventory":
            month = self.speech.day(self.today)
        elif not figure.is_complete:
            month = self.speech.gettext("%(month)s, so far") % {"month": month}
        return Cell(month, self.value(figure), self.counts(figure), self.interval(figure))

    def value(self, figure: Figure) -> str:
        """A share in per cent, or days."""
        if figure.numerator is not None and figure.denominator is not None:
            return self.speech.share(figure.numerator, figure.denominator)
        return numbers.days(figure.value, self.speech.tag)

    def counts(self, figure: Figure) -> str:
        """Part and whole, or how many products there are."""
        if figure.numerator is None or figure.denominator is None:
            t = self.speech.translator
            return t.ngettext("%(count)s product", "%(count)s products", figure.n) % {
                "count": self.speech.num(figure.n)
            }
        return self.of(figure.numerator, figure.denominator)

    def of(self, part: int, whole: int) -> str:
        """Part and whole."""
        told = {"part": self.speech.num(part), "whole": self.speech.num(whole)}
        return self.speech.gettext("%(part)s of %(whole)s") % told

    def interval(self, figure: Figure) -> str:
        """How sure a figure is; empty where it has no interval."""
        if figure.low is None or figure.high is None:
            return ""
        return numbers.interval(figure.low, figure.high, self.speech.tag)

    def year(self, figures: Sequence[Figure], newest: Figure) -> str:
        """What the twelve months up to the newest come to; empty where they do not add up."""
        since = _month_number(newest.period) - YEAR
        told = [f for f in figures if since < _month_number(f.period) <= _month_number(newest.period)]
        part = sum(f.numerator or 0 for f in told)
        whole = sum(f.denominator or 0 for f in told)
        if len(told) < 2 or not whole:
            return ""
        return f"{self.speech.share(part, whole)} ({self.of(part, whole)})"

    def better(self, definition: Definition) -> str:
        """Which way is better."""
        t = self.speech.gettext
        return {"higher": t("higher is better"), "lower": t("lower is better")}.get(
            definition.direction, t("neither way is better by itself")
        )

    def unit(self, definition: Definition) -> str:
        """Of its figures."""
        return "%" if definition.kind == "share" else self.speech.gettext("days")


def sections(figures: Sequence[Figure], words: ServiceWords) -> tuple[Section, ...]:
    """Each measure with what the page says of it, in the order of the definitions."""
    return tuple(_section(d, [f for f in figures if f.measure == d.id], words) for d in words.definitions)


def _section(definition: Definition, figures: Sequence[Figure], words: ServiceWords) -> Section:
    whole = [f for f in figures if f.dimension == ALL and f.area == ALL]
    newest = newest_of(whole)
    over = [f for f in whole if f.is_complete]
    chart = _chart(definition, over[-LONGEST:], words)
    parts = _parts(definition, figures, words)
    return Section(
        definition=definition,
        unit=words.unit(definition),
        better=words.better(definition),
        newest=words.cell(newest) if newest else None,
        year=words.year(whole, newest) if newest else "",
        spark=_spark(definition, over[-LONGEST:], words),
        chart=chart,
        months=tuple(words.cell(f) for f in reversed(whole[-MOST_MONTHS:])),
        parts=tuple(parts[:MOST_PARTS]),
        more=max(len(parts) - MOST_PARTS, 0),
    )


def newest_of(figures: Sequence[Figure]) -> Figure | None:
    """The figure of the newest month that is over; of the running one where no other has a figure."""
    over = [f for f in figures if f.is_complete]
    return next(reversed(over or figures), None)


def _parts(definition: Definition, figures: Sequence[Figure], words: ServiceWords) -> list[Part]:
    """The products or sources of a measure by what a reader asks first: where it is worst now."""
    areas: dict[str, list[Figure]] = {}
    for figure in figures:
        if figure.area != ALL and (definition.subject, figure.area) in words.titles:
            areas.setdefault(figure.area, []).append(figure)
    newest = {area: told for area, found in areas.items() if (told := newest_of(found))}
    sign = 1 if definition.direction == "higher" else -1
    order = sorted(newest, key=lambda area: (sign * newest[area].value, area))
    at = Addresses(words.speech.language)
    address = at.source if definition.subject == "source" else at.product
    return [
        Part(
            words.titles[definition.subject, area],
            address(area),
            words.cell(newest[area]),
            words.year(areas[area], newest[area]),
        )
        for area in order
    ]


def _by_month(figures: Sequence[Figure]) -> list[tuple[date, Figure | None]]:
    """The months from the first figure to the last without a hole in the calendar."""
    told = {_month_number(f.period): f for f in figures}
    span = range(min(told), max(told) + 1) if told else ()
    return [(date(n // 12, n % 12 + 1, 1), told.get(n)) for n in span]


def _month_number(month: date) -> int:
    return month.year * 12 + month.month - 1


def _spark(definition: Definition, figures: Sequence[Figure], words: ServiceWords) -> Markup | None:
    if len(figures) < 2:
        return None
    values = [f.value if f else None for _, f in _by_month(figures)]
    scale = (0.0, 100.0) if definition.kind == "share" else (0.0, max(f.value for f in figures))
    title = words.speech.gettext("Its line over the months")
    return drawing(sparkline(values, title, f"spark-{definition.id}", scale))


def _chart(definition: Definition, figures: Sequence[Figure], words: ServiceWords) -> Drawing | None:
    if len(figures) < 2:
        return None
    t, tag, last = words.speech.gettext, words.speech.tag, figures[-1]
    span = numbers.months(figures[0].period, last.period, tag)
    value = words.value(last)
    chart = LineChart(
        id=f"chart-{definition.id}",
        title=t("%(title)s, by month, %(months)s") % {"title": definition.title, "months": span},
        description=t("The newest figure is %(value)s, in %(month)s.")
        % {"value": value, "month": numbers.month(last.period, tag)},
        marks=tuple(
            Mark(month, f.value if f else None, low=f.low if f else None, high=f.high if f else None)
            for month, f in _by_month(figures)
        ),
        language=tag,
        target=definition.target,
        end_label=value,
        zero=True,
    )
    wide, narrow = both(line_chart, chart, words.speech)
    note = t("Upright lines: how sure each figure is.") if definition.has_interval else ""
    subtitle = t("%(unit)s, by month, %(span)s") % {"unit": words.unit(definition), "span": span}
    return Drawing(chart.id, definition.title, subtitle[:1].upper() + subtitle[1:], wide, narrow, note)
