"""Pages of problems: the list's items, and one page a problem.

Belongs here: putting an answer, its chart, its areas and its evidence together for a page. Does not belong
here: the answer itself (``catalog.answer``), drawing, words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from catalog import numbers
from catalog.answer import CITY, Answer, Observation, answer, few_note, ring_note, spread, trend_chart, year_note
from catalog.charts import LineChart, line_chart
from catalog.figures import Figures
from catalog.lineage import read_graph
from catalog.machines.formats import problem_formats
from catalog.site.addresses import Addresses
from catalog.site.area_maps import area_map
from catalog.site.area_rows import SHOWN_AREAS, area_rows, interval_of
from catalog.site.chart_notes import FEW_SIGN, few_sign_note, gap_note
from catalog.site.citing import figure_file
from catalog.site.decided_part import decided_context
from catalog.site.drawings import both
from catalog.site.equity_part import equity_part
from catalog.site.formula_words import formula_words
from catalog.site.measure_rows import measure_row
from catalog.site.notices import notices, worry
from catalog.site.performance import Performance, performance
from catalog.site.rendering import Page
from catalog.site.site import Site
from catalog.site.small_multiples import area_multiples, figures_by_area
from catalog.site.speech import Speech
from catalog.views import ProductView, ReleaseView
from contracts.city import Problem
from contracts.condition import State
from contracts.model import Text
from transforms.statistics.xmr import LIMIT_FACTOR


@dataclass(frozen=True)
class Item:
    """A problem with its answer, for a list.

    ``product`` holds its figures. ``worry`` is that one, or the one they are worked out from, where it does not stand
    as it should.
    """

    problem: Problem
    answer: Answer
    product: ProductView | None
    worry: ProductView | None = None


def answered(site: Site, problem: Problem, speech: Speech) -> Answer:
    """A problem's answer in one language, from the figures of its first measure: the whole city's and those by area."""
    measure = next(iter(site.measures_of(problem)), None)
    gone = withdrawn(site, problem) is not None
    return answer(problem, observed(site, problem), speech.regional, measure=measure, withdrawn=gone)


def withdrawn(site: Site, problem: Problem) -> ProductView | None:
    """The product that a problem's figures rest on and that was withdrawn: it holds them, or they come from it."""
    measure = next(iter(site.measures_of(problem)), None)
    rests_on = (site.product_of(problem), site.origin_of(measure) if measure else None)
    return next((p for p in rests_on if p is not None and p.state is State.WITHDRAWN), None)


def observed(site: Site, problem: Problem) -> tuple[Observation, ...] | None:
    """The figures of a problem's first measure: the whole city's, then those by area; None where the tier sees none."""
    figures = site.figures.get(problem.id)
    if figures is None or figures.observations is None:
        return None
    told = site.measured.get(problem.measures[0]) if problem.measures else None
    return (*(told.city if told else ()), *figures.observations)


def instead(site: Site, product: ProductView | None) -> ProductView | None:
    """What to use instead of a withdrawn product, where that was said and the tier may see it."""
    stone = product.tombstone if product else None
    return site.catalog.products.get(stone.instead) if stone and stone.instead else None


def items(site: Site, speech: Speech) -> list[Item]:
    """All problems with their answers, by decision date: those still to be decided first."""
    found = [item_of(site, p, speech) for p in site.problems]
    return sorted(found, key=lambda i: i.problem.decision.when < site.today)


def item_of(site: Site, problem: Problem, speech: Speech) -> Item:
    """A problem with its answer."""
    measure = next(iter(site.measures_of(problem)), None)
    return Item(problem, answered(site, problem, speech), site.product_of(problem), worry(site, measure))


def problem_pages(site: Site, speech: Speech, problem: Problem) -> Iterator[Page]:
    """A problem's page."""
    at = Addresses(speech.language)
    item = item_of(site, problem, speech)
    title = speech.plain(problem.title)
    yield Page(
        address=at.problem(problem.id),
        template="problem.html",
        title=speech.plain(problem.question),
        section="problems",
        summary=item.answer.sentence,
        trail=((speech.gettext("Problems"), at.problems()), (title, None)),
        names=(problem.title, problem.question, *_measured(problem)),
        context=_context(site, item, speech),
    )


def _measured(problem: Problem) -> tuple[Text, ...]:
    """The texts of the city that the drawings and the answer of a problem are woven of."""
    return (problem.measure.title, problem.measure.unit) if problem.measure else ()


def _context(site: Site, item: Item, speech: Speech) -> dict[str, Any]:
    problem, reply, product = item.problem, item.answer, item.product
    figures = site.figures.get(problem.id)
    measure = problem.measure
    first, *others = site.measures_of(problem) or (None,)
    part = _performance(site, item, speech)
    outlook = part.outlook if part and reply.focus_area == CITY else None
    chart = trend_chart(problem, reply, speech.regional, outlook=outlook) if measure else None
    drawn = both(line_chart, chart, speech, *_measured(problem)) if chart else (None, None)
    rows = _by_area(observed(site, problem) or ())
    digits = int(reply.evidence.get("digits", 1))
    focus = rows.get(reply.focus_area or "", ())
    release = product.current if product else None
    reading = reply.reading_of()
    gone = withdrawn(site, problem)
    return {
        "alternates": problem_formats(problem, site.city, speech.language),
        "problem": problem,
        "answer": reply,
        "product": product,
        "definition": first,
        "formula": formula_words(site, first.formula, speech) if first else None,
        "origin": site.origin_of(first) if first else None,
        "notices": notices(site, first, speech) if first else (),
        "others": [measure_row(site, other, speech) for other in others if other],
        "part": part,
        "equity": equity_part(site, site.measured.get(first.id), speech) if first else None,
        "trouble": _trouble(figures, gone or product, speech),
        "gone": gone,
        "instead": instead(site, gone),
        "wide_chart": drawn[0],
        "narrow_chart": drawn[1],
        "chart_line": chart_line(chart, problem, speech),
        "limits_note": _under_the_trend(chart, focus, reply, speech),
        "few_sign": FEW_SIGN,
        "few_note": few_sign_note(speech),
        "focus": reading.name if reading else "",
        "has_areas": len(reply.readings) > 1 or (reply.city is not None and bool(reply.readings)),
        "has_n": bool(measure and measure.n),
        "trend": _trend(chart, focus, speech, digits),
        "areas": area_rows(measure, reply, rows, speech) if measure and reply.period else [],
        "spread": spread(problem, reply, speech.regional),
        "shown_areas": SHOWN_AREAS,
        "area_map": area_map(site, problem, reply, speech),
        "multiples": area_multiples(problem, reply, speech),
        "by_area": figures_by_area(reply, rows),
        "period": reply.period,
        "today": site.today,
        "figure": lambda value: speech.figure(value, digits),
        "target": speech.figure(measure.target) if measure and measure.target is not None else "",
        "figure_file": figure_file(site, product, speech) if product and measure and chart else None,
        "withheld": release.quality.withheld if release else None,
        "query": figures.query if figures else "",
        "served_by": site.serving(problem),
        "made_from": sources_line(release, speech) if release else "",
        **decided_context(site, problem, speech),
    }


def _performance(site: Site, item: Item, speech: Speech) -> Performance | None:
    """How the first measure performs; without its chart where the page opens with the same one."""
    told = site.measured.get(item.problem.measures[0]) if item.problem.measures else None
    if told is None or item.product is None or item.product.current is None:
        return None
    part = performance(told, speech)
    return replace(part, chart=None, months=()) if part and item.answer.focus_area == CITY else part


def _by_area(observations: tuple[Observation, ...]) -> Mapping[str, tuple[Observation, ...]]:
    found: dict[str, list[Observation]] = {}
    for o in sorted(observations, key=lambda f: (f.area, f.period)):
        found.setdefault(o.area, []).append(o)
    return {area: tuple(rows) for area, rows in found.items()}


def _trouble(figures: Figures | None, product: ProductView | None, speech: Speech) -> str:
    t = speech.gettext
    if figures and figures.missing:
        return t("The measure cannot be computed here: what this site may show of the product lacks a column it needs.")
    if product and product.state.value == "withdrawn":
        gone = product.tombstone
        if gone is None:
            return t("The product this question rests on was withdrawn.")
        return t("The product this question rests on was withdrawn on %(day)s.") % {"day": speech.day(gone.at)}
    if product and product.state.value == "closed":
        return t("The release this question rests on is no longer offered, because what may be seen of it has changed.")
    return ""


def sources_line(release: ReleaseView, speech: Speech) -> str:
    """How many sources a release was made from, as its lineage counts them, and how many of them are not open here."""
    t = speech.translator
    sources = read_graph(release.lineage).of_kind("source")
    closed = sum(node.opaque for node in sources)
    if not sources:
        return t.gettext("what it was made from")
    said = t.ngettext("%(count)s source", "%(count)s sources", len(sources)) % {"count": speech.num(len(sources))}
    if not closed:
        return said
    return t.ngettext("%(sources)s, %(closed)s of them not open here", "%(sources)s, %(closed)s of them not open here",
                      closed) % {"sources": said, "closed": speech.num(closed)}  # fmt: skip


def chart_line(chart: LineChart | None, problem: Problem, speech: Speech) -> str:
    """The line under a trend's heading: unit and months; empty where there is no trend."""
    if chart is None or problem.measure is None or not chart.marks:
        return ""
    span = numbers.months(chart.past[0].period, chart.past[-1].period, speech.tag)
    return speech.gettext("%(unit)s, by month, %(span)s") % {
        "unit": speech.plain(problem.measure.unit).capitalize(),
        "span": span,
    }


def _under_the_trend(chart: LineChart | None, focus: tuple[Observation, ...], reply: Answer, speech: Speech) -> str:
    spoken = speech.regional
    notes = (
        gap_note(chart, focus, speech),
        _limits_note(reply, speech),
        year_note(chart, spoken),
        few_note(chart, spoken),
    )
    return " ".join(said for said in notes if said)


def _limits_note(reply: Answer, speech: Speech) -> str:
    focus = reply.reading_of()
    sure = speech.gettext("Upright lines: how sure each figure is.") if focus and any(focus.intervals) else ""
    usual = reply.evidence.get("usual")
    if not usual:
        return sure
    first, last = date.fromisoformat(usual["first"]), date.fromisoformat(usual["last"])
    band = speech.gettext(
        "Band: what this series usually does, from its months %(span)s: their mean, plus and minus %(factor)s times the"
        " mean step from one month to the next."
    ) % {"span": numbers.months(first, last, speech.tag), "factor": speech.figure(LIMIT_FACTOR)}
    return " ".join(said for said in (band, ring_note(reply, speech.regional), sure) if said)


def _trend(
    chart: LineChart | None, focus: tuple[Observation, ...], speech: Speech, digits: int
) -> list[dict[str, Any]]:
    if chart is None:
        return []
    told = {o.period.replace(day=1): o for o in focus}
    return [
        {
            "period": mark.period,
            "value": mark.value,
            "n": told[mark.period].n if mark.period in told else None,
            "interval": interval_of(told.get(mark.period), speech, digits),
            "hidden": mark.period in told and told[mark.period].hidden,
            "unreached": mark.period in told and told[mark.period].unreached,
            "unreliable": mark.few,
            "signal": "worse" if mark.signal else "good" if mark.good else "either" if mark.ringed else "",
        }
        for mark in reversed(chart.past)
    ]
