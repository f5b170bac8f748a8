"""A problem's areas month by month, side by side on one scale.

Belongs here: choosing the areas and months, and their words. Does not belong here: drawing (``catalog.charts``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from catalog import numbers
from catalog.answer import Answer, Observation, Reading
from catalog.answer.figures import is_percent
from catalog.answer.sentences import Wording
from catalog.charts import Multiples, Panel, multiples
from catalog.charts.multiples import MOST, MOST_NARROW
from catalog.site.chart_notes import FEW_SIGN, few_sign_note
from catalog.site.drawings import Drawing, both
from catalog.site.speech import Speech
from contracts.city import Problem

MONTHS = 24
"""Months shown at most."""

T = TypeVar("T")


def area_multiples(problem: Problem, reply: Answer, speech: Speech) -> Drawing | None:
    """Each area's line, in the order of the answer; None where fewer than two areas have one."""
    measure = problem.measure
    readings = [r for r in reply.readings if sum(v is not None for v in r.values[-MONTHS:]) > 1]
    if measure is None or len(readings) < 2:
        return None
    t = speech.gettext
    wording = Wording(measure, speech.regional, int(reply.evidence["digits"]))
    shown = _drawn(reply)
    longest = _months(shown)
    span = numbers.months(longest[0], longest[-1], speech.tag)
    title = t("%(title)s, area by area") % {"title": wording.own(measure.title)}
    spec = Multiples(
        id=f"areas-{problem.id}",
        title=f"{title}, {span}",
        description=t("The same figures stand in the table under it and in the CSV file."),
        panels=tuple(_panel(r, len(longest), reply.where or reply.focus_area, wording) for r in shown),
        first=numbers.short_month(longest[0], speech.tag),
        last=numbers.short_month(longest[-1], speech.tag),
        language=speech.tag,
        target=measure.target,
        zero=not is_percent(measure),
        rest=_rest(len(shown) - MOST_NARROW, speech),
    )
    wide, narrow = both(multiples, spec, speech, measure.title, measure.unit)
    unit = wording.own(measure.unit)
    return Drawing(
        id=spec.id,
        title=title,
        subtitle=t("%(unit)s, by month, %(span)s") % {"unit": unit[:1].upper() + unit[1:], "span": span},
        wide=wide,
        narrow=narrow,
        note=_note(wording, spec, len(readings) - len(shown), speech),
    )


@dataclass(frozen=True)
class ByArea:
    """What the drawing shows as a table: its months, and each area's figures. ``year`` is that of the newest month."""

    months: tuple[date, ...]
    rows: tuple[AreaMonths, ...]
    year: int | None

    @property
    def has_few(self) -> bool:
        """Whether a figure is unreliable."""
        return any(any(row.few) for row in self.rows)

    @property
    def has_cases(self) -> bool:
        """Whether the number of cases behind a figure is published."""
        return any(n is not None for row in self.rows for n in row.cases)

    @property
    def has_sums(self) -> bool:
        """Whether the cases of a year so far can be told."""
        return any(row.in_year is not None for row in self.rows)


@dataclass(frozen=True)
class AreaMonths:
    """One area month by month.

    Attributes:
        name: Its name.
        values: Its figures.
        few: Which of them are unreliable.
        cases: How many cases stand behind each, where the product publishes it.
        in_year: All cases of the newest month's year up to that month; None where a month of it is not told.
    """

    name: str
    values: tuple[float | None, ...]
    few: tuple[bool, ...]
    cases: tuple[float | None, ...]
    in_year: float | None


def figures_by_area(reply: Answer, told: Mapping[str, Sequence[Observation]]) -> ByArea:
    """The figures of the areas that have a line, in the order and over the months of the drawing.

    Args:
        reply: The answer.
        told: Each area's published figures.
    """
    readings = _drawn(reply)
    months = _months(readings)
    rows = tuple(_area_months(r, months, {o.period.replace(day=1): o for o in told.get(r.area, ())}) for r in readings)
    return ByArea(months, rows, months[-1].year if months else None)


def _area_months(reading: Reading, months: tuple[date, ...], told: Mapping[date, Observation]) -> AreaMonths:
    count = len(months)
    cases = tuple(told[m].n if m in told else None for m in months)
    of_year = [date(months[-1].year, month, 1) for month in range(1, months[-1].month + 1)]
    counted = [n for m in of_year if m in told and not told[m].hidden and (n := told[m].n) is not None]
    whole = len(counted) == len(of_year) and all(float(n).is_integer() for n in counted)
    return AreaMonths(
        name=reading.name,
        values=_over(reading.values, count, None),
        few=_over(reading.few, count, False),
        cases=cases,
        in_year=sum(counted) if whole else None,
    )


def _drawn(reply: Answer) -> tuple[Reading, ...]:
    return tuple(r for r in reply.readings if sum(v is not None for v in r.values[-MONTHS:]) > 1)[:MOST]


def _months(readings: tuple[Reading, ...]) -> tuple[date, ...]:
    return max((r.months for r in readings), key=len, default=())[-MONTHS:]


def _over(told: tuple[T, ...], months: int, without: T) -> tuple[T, ...]:
    last = told[-months:] if months else ()
    return (*[without] * (months - len(last)), *last)


def _panel(reading: Reading, months: int, focus: str | None, wording: Wording) -> Panel:
    claim = reading.claim
    figure = wording.bare(reading.value) if reading.value is not None else numbers.NO_FIGURE
    figure += FEW_SIGN if reading.is_unreliable else ""
    return Panel(
        name=reading.name,
        values=_over(reading.values, months, None),
        figure=figure,
        signal=claim is not None and claim.bad is True,
        good=claim is not None and claim.bad is False,
        ringed=claim is not None and claim.bad is None,
        focus=reading.area == focus,
    )


def _rest(count: int, speech: Speech) -> str:
    """Where the areas are that a phone does not show."""
    if count <= 0:
        return ""
    pattern = speech.translator.ngettext(
        "%(count)s more in the table of areas", "%(count)s more in the table of areas", count
    )
    return pattern % {"count": speech.num(count)}


def _note(wording: Wording, spec: Multiples, left_out: int, speech: Speech) -> str:
    t = speech.gettext
    neutral = wording.measure.direction == "none"
    told = [
        t("All on one scale, the highest figure first.") if neutral else t("All on one scale, the worst area first.")
    ]
    if spec.target is not None:
        told.append(t("Dashed: the target, %(target)s.") % {"target": wording.target()})
    if any(p.side for p in spec.panels):
        told.append(t("Ringed: the newest figure is part of a signal."))
    if any(p.figure.endswith(FEW_SIGN) for p in spec.panels):
        told.append(few_sign_note(speech))
    if left_out:
        pattern = speech.translator.ngettext(
            "%(count)s area more is in the CSV file.", "%(count)s areas more are in the CSV file.", left_out
        )
        told.append(pattern % {"count": speech.num(left_out)})
    return " ".join(told)
