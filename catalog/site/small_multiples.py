"""A problem's areas month by month, side by side on one scale.

Belongs here: choosing the areas and months, and their words. Does not belong here: drawing (``catalog.charts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from catalog import numbers
from catalog.answer import Answer, Reading
from catalog.answer.figures import is_percent
from catalog.answer.sentences import Wording
from catalog.charts import Multiples, Panel, multiples
from catalog.charts.multiples import MOST, MOST_NARROW
from catalog.site.drawings import Drawing, both
from catalog.site.speech import Speech
from contracts.city import Problem

MONTHS = 24
"""Months shown at most."""


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
        panels=tuple(_panel(r, len(longest), reply.focus_area, wording) for r in shown),
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
    """What the drawing shows as a table: its months, and each area's name and figures."""

    months: tuple[date, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]


def figures_by_area(reply: Answer) -> ByArea:
    """The figures of the areas that have a line, in the order and over the months of the drawing."""
    readings = _drawn(reply)
    months = _months(readings)
    return ByArea(months, tuple((r.name, _over(r, len(months))) for r in readings))


def _drawn(reply: Answer) -> tuple[Reading, ...]:
    return tuple(r for r in reply.readings if sum(v is not None for v in r.values[-MONTHS:]) > 1)[:MOST]


def _months(readings: tuple[Reading, ...]) -> tuple[date, ...]:
    return max((r.months for r in readings), key=len, default=())[-MONTHS:]


def _over(reading: Reading, months: int) -> tuple[float | None, ...]:
    values = reading.values[-months:] if months else ()
    return (*[None] * (months - len(values)), *values)


def _panel(reading: Reading, months: int, focus: str | None, wording: Wording) -> Panel:
    claim = reading.claim
    figure = wording.bare(reading.value) if reading.value is not None else numbers.NO_FIGURE
    return Panel(
        name=reading.name,
        values=_over(reading, months),
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
    if left_out:
        pattern = speech.translator.ngettext(
            "%(count)s area more is in the CSV file.", "%(count)s areas more are in the CSV file.", left_out
        )
        told.append(pattern % {"count": speech.num(left_out)})
    return " ".join(told)
