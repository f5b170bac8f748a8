"""The table of a problem's areas in the month of the answer.

Belongs here: its rows, and how each is read. Does not belong here: judging figures (``catalog.answer``), the drawing of
the same areas month by month (``small_multiples``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from catalog import numbers
from catalog.answer import CITY, UNPLACED, Answer, Observation, Reading, status_of
from catalog.answer.sentences import Wording
from catalog.answer.trend import signal_label
from catalog.charts import sparkline
from catalog.site.rendering import drawing
from catalog.site.small_multiples import MONTHS
from catalog.site.speech import Speech
from catalog.site.words import Standing
from contracts.city import ProblemMeasure

SHOWN_AREAS = 12
"""Areas that the table shows at once, the worst first; the others are one click away."""


@dataclass(frozen=True)
class Area:
    """One row of the table of areas.

    ``reading`` is the signal of its newest figure, ``reason`` that signal or its absence in words, ``usual`` the range
    that it is judged by. ``whole`` marks the row of the whole city.
    """

    name: str
    value: float | None
    n: float | None
    status: str
    focus: bool
    spark: Markup
    interval: str = ""
    hidden: bool = False
    uncounted: bool = False
    unreliable: bool = False
    reading: Standing | None = None
    reason: str = ""
    usual: str = ""
    whole: bool = False
    unreached: bool = False


def interval_of(figure: Observation | None, speech: Speech, digits: int) -> str:
    """How sure a figure is, where its product says so; an upper end that is not reached yet is open."""
    if figure is None or figure.low is None:
        return ""
    if figure.high is None:
        return speech.gettext("%(low)s or more") % {"low": speech.figure(figure.low, digits)}
    return numbers.interval(figure.low, figure.high, speech.tag, digits)


def area_rows(
    measure: ProblemMeasure, reply: Answer, rows: Mapping[str, tuple[Observation, ...]], speech: Speech
) -> list[Area]:
    """The whole city, areas in the order of the answer (worst first), then those without a figure this month."""
    order = {CITY: -1} | {r.area: i for i, r in enumerate(reply.readings)}
    uncounted = {left_out["area"] for left_out in reply.evidence["uncounted"]}
    months = [m for r in reply.readings for m in r.months[:1]]
    first = min(months, default=None)
    scale = _scale(reply)
    near = float(reply.evidence["near"])
    wording = Wording(measure, speech.regional, int(reply.evidence["digits"]))
    found: list[Area] = []
    for area in sorted(
        (a for a in rows if a != UNPLACED), key=lambda a: (order.get(a, len(order)), rows[a][-1].area_name)
    ):
        by_month = {o.period.replace(day=1): o for o in rows[area]}
        now = by_month.get(reply.period) if reply.period else None
        value = now.value if now else None
        reading = reply.reading_of(area)
        shape = reading.values[-MONTHS:] if reading and first else ()
        whole = area == CITY
        name = speech.gettext("The whole city") if whole else rows[area][-1].area_name
        found.append(
            Area(
                name=name,
                value=value,
                n=now.n if now else None,
                status=reading.status if reading else status_of(measure, value, near),
                focus=area == (reply.where or reply.focus_area) and not whole,
                whole=whole,
                interval=interval_of(now, speech, int(reply.evidence["digits"])),
                hidden=now is not None and now.hidden,
                unreached=now is not None and now.unreached,
                unreliable=now is not None and now.is_unreliable,
                uncounted=area in uncounted,
                **(_read(reading, wording, speech) if reading else {}),
                spark=drawing(sparkline(shape, name, f"spark-{len(found)}", scale))
                if sum(v is not None for v in shape) > 1
                else Markup(""),
            )
        )
    return found


def _scale(reply: Answer) -> tuple[float, float] | None:
    """From the smallest to the largest figure of all areas: their lines have one scale."""
    shown = (*reply.readings, *([reply.city] if reply.city else []))
    known = [v for r in shown for v in r.values[-MONTHS:] if v is not None]
    return (min(known), max(known)) if known else None


def _read(reading: Reading, wording: Wording, speech: Speech) -> dict[str, Any]:
    """What an area's newest figure is by the signals of its series: each ring of the drawing has its reason here."""
    t = speech.gettext
    if reading.xmr is None:
        return {"reason": t("too few months to tell")}
    if reading.is_unreliable:
        return {"reason": t("too few cases to tell")}
    low, high = (wording.usual(end, reading.xmr.upper) for end in (reading.xmr.lower, reading.xmr.upper))
    usual = t("usual: %(low)s to %(high)s") % {"low": low, "high": high}
    claim = reading.claim
    if claim is None:
        return {"reason": t("within its usual range"), "usual": usual}
    side = "either" if claim.bad is None else "worse" if claim.bad else "good"
    reason = signal_label(claim, wording, reading, speech.regional)
    return {"reading": speech.words.signal(side), "reason": reason, "usual": usual}
