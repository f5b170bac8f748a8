"""Pages of problems: the list's items, and one page a problem.

Belongs here: putting an answer, its chart, its areas and its evidence together for a page. Does not belong
here: the answer itself (``catalog.answer``), drawing, words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from catalog import numbers
from catalog.answer import UNPLACED, Answer, Observation, answer, ring_note, status_of, trend_chart
from catalog.charts import LineChart, line_chart, sparkline
from catalog.figures import Figures
from catalog.site.addresses import Addresses
from catalog.site.rendering import Page, drawing
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import ProductView
from contracts.city import Problem, ProblemMeasure
from contracts.condition import State
from transforms.statistics.xmr import LIMIT_FACTOR


@dataclass(frozen=True)
class Item:
    """A problem with its answer, for a list."""

    problem: Problem
    answer: Answer
    product: ProductView | None


@dataclass(frozen=True)
class Area:
    """One row of the table of areas."""

    name: str
    value: float | None
    n: float | None
    status: str
    focus: bool
    spark: Markup


def complete_to(problem: Problem, product: ProductView, speech: Speech) -> date | None:
    """The last day that a release's data covers whole, in the city; None where it is not dated.

    Data dated by month covers what had ended at the as-of instant; finer data reaches to its newest event.
    """
    release = product.current
    if release is None or problem.measure is None:
        return None
    if release.dating == "month" and release.as_of is not None:
        return speech.local(release.as_of) - timedelta(days=1)
    if release.data_to is None:
        return None
    return release.data_to.date() if release.dating == "day" else speech.local(release.data_to)


def answered(site: Site, problem: Problem, speech: Speech) -> Answer:
    """A problem's answer in one language."""
    product, figures = site.product_of(problem), site.figures.get(problem.id)
    observations = figures.observations if figures else None
    reach = complete_to(problem, product, speech) if product else None
    gone = product is not None and product.state is State.WITHDRAWN
    return answer(problem, observations, speech.regional, complete_to=reach, withdrawn=gone)


def instead(site: Site, product: ProductView | None) -> ProductView | None:
    """What to use instead of a withdrawn product, where that was said and the tier may see it."""
    stone = product.tombstone if product else None
    return site.catalog.products.get(stone.instead) if stone and stone.instead else None


def items(site: Site, speech: Speech) -> list[Item]:
    """All problems with their answers, by decision date: those still to be decided first."""
    found = [Item(p, answered(site, p, speech), site.product_of(p)) for p in site.problems]
    return sorted(found, key=lambda i: i.problem.decision.when < site.today)


def problem_pages(site: Site, speech: Speech, problem: Problem) -> Iterator[Page]:
    """A problem's page."""
    at = Addresses(speech.language)
    item = Item(problem, answered(site, problem, speech), site.product_of(problem))
    title = speech.plain(problem.title)
    yield Page(
        address=at.problem(problem.id),
        template="problem.html",
        title=speech.plain(problem.question),
        section="problems",
        summary=item.answer.sentence,
        trail=((speech.gettext("Problems"), at.problems()), (title, None)),
        context=_context(site, item, speech),
    )


def _context(site: Site, item: Item, speech: Speech) -> dict[str, Any]:
    problem, reply, product = item.problem, item.answer, item.product
    figures = site.figures.get(problem.id)
    measure = problem.measure
    chart = trend_chart(problem, reply, speech.regional) if measure else None
    rows = _by_area(figures) if figures else {}
    digits = int(reply.evidence.get("digits", 1))
    focus = rows.get(reply.focus_area or "", ())
    release = product.current if product else None
    return {
        "problem": problem,
        "answer": reply,
        "product": product,
        "trouble": _trouble(figures, product, speech),
        "instead": instead(site, product),
        "wide_chart": drawing(line_chart(chart, "wide")) if chart else None,
        "narrow_chart": drawing(line_chart(chart, "narrow")) if chart else None,
        "chart_line": _chart_line(chart, problem, speech),
        "limits_note": _limits_note(reply, speech),
        "focus": next((r.name for r in reply.readings if r.area == reply.focus_area), ""),
        "has_n": bool(measure and measure.n),
        "trend": _trend(chart, focus),
        "areas": _areas(measure, reply, rows) if measure and reply.period else [],
        "period": reply.period,
        "today": site.today,
        "figure": lambda value: speech.figure(value, digits),
        "short_month": lambda period: numbers.short_month(period, speech.tag),
        "target": speech.figure(measure.target) if measure and measure.target is not None else "",
        "withheld": release.quality.withheld if release else None,
        "query": figures.query if figures else "",
        "served_by": site.serving(problem),
    }


def _by_area(figures: Figures) -> Mapping[str, tuple[Observation, ...]]:
    found: dict[str, list[Observation]] = {}
    for o in sorted(figures.observations or (), key=lambda f: (f.area, f.period)):
        found.setdefault(o.area, []).append(o)
    return {area: tuple(rows) for area, rows in found.items()}


def _trouble(figures: Figures | None, product: ProductView | None, speech: Speech) -> str:
    t = speech.gettext
    if figures and figures.missing:
        return t("The measure cannot be computed here: this site's rendition of the product lacks a column it needs.")
    if product and product.state.value == "withdrawn":
        gone = product.tombstone
        if gone is None:
            return t("The product this question rests on was withdrawn.")
        return t("The product this question rests on was withdrawn on %(day)s.") % {"day": speech.day(gone.at)}
    if product and product.state.value == "closed":
        return t("The release this question rests on is no longer offered, because what may be seen of it has changed.")
    return ""


def _chart_line(chart: LineChart | None, problem: Problem, speech: Speech) -> str:
    if chart is None or problem.measure is None or not chart.marks:
        return ""
    span = numbers.months(chart.marks[0].period, chart.marks[-1].period, speech.tag)
    return speech.gettext("%(unit)s, by month, %(span)s") % {
        "unit": speech.plain(problem.measure.unit).capitalize(),
        "span": span,
    }


def _limits_note(reply: Answer, speech: Speech) -> str:
    usual = reply.evidence.get("usual")
    if not usual:
        return ""
    first, last = date.fromisoformat(usual["first"]), date.fromisoformat(usual["last"])
    band = speech.gettext(
        "Band: what this series usually does, from its months %(span)s (limits at ±%(factor)s mean moving ranges)."
    ) % {"span": numbers.months(first, last, speech.tag), "factor": speech.figure(LIMIT_FACTOR)}
    return f"{band} {ring_note(reply, speech.regional)}".strip()


def _trend(chart: LineChart | None, focus: tuple[Observation, ...]) -> list[dict[str, Any]]:
    if chart is None:
        return []
    cases = {o.period.replace(day=1): o.n for o in focus}
    return [
        {
            "period": mark.period,
            "value": mark.value,
            "n": cases.get(mark.period),
            "signal": "worse" if mark.signal else "good" if mark.good else "",
        }
        for mark in reversed(chart.marks)
    ]


def _areas(measure: ProblemMeasure, reply: Answer, rows: Mapping[str, tuple[Observation, ...]]) -> list[Area]:
    """Areas in the order of the answer (worst first), then those without a figure this month."""
    order = {r.area: i for i, r in enumerate(reply.readings)}
    months = [m for r in reply.readings for m in r.months[:1]]
    first = min(months, default=None)
    found: list[Area] = []
    for area in sorted(
        (a for a in rows if a != UNPLACED), key=lambda a: (order.get(a, len(order)), rows[a][-1].area_name)
    ):
        by_month = {o.period.replace(day=1): o for o in rows[area]}
        now = by_month.get(reply.period) if reply.period else None
        value = now.value if now else None
        reading = next((r for r in reply.readings if r.area == area), None)
        shape = reading.values[-24:] if reading and first else ()
        name = rows[area][-1].area_name
        found.append(
            Area(
                name=name,
                value=value,
                n=now.n if now else None,
                status=status_of(measure, value),
                focus=area == reply.focus_area,
                spark=drawing(sparkline(shape, name, f"spark-{len(found)}"))
                if sum(v is not None for v in shape) > 1
                else Markup(""),
            )
        )
    return found
