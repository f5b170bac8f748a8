"""A product's picture on its page: the trend that answers a question from it.

Belongs here: choosing the question, and the drawing's words. Does not belong here: the answer (``catalog.answer``),
drawing (``catalog.charts``), the question's own page (``problem_pages``). A product that no question measures has none.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog.answer import few_note, trend_chart
from catalog.charts import line_chart
from catalog.site.drawings import Drawing, both
from catalog.site.problem_pages import answered, chart_line
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import ProductView
from contracts.city import Problem


@dataclass(frozen=True)
class Picture:
    """A drawing of a product's figures, with the answer under it, and the question that it answers."""

    drawing: Drawing
    problem: Problem


def picture(site: Site, product: ProductView, speech: Speech) -> Picture | None:
    """The trend of the first question, by decision date, whose figure is read from the product."""
    for problem in site.served_problems(product.name):
        if product.current is None or problem.measure is None or problem.measure.product != product.name:
            continue
        reply = answered(site, problem, speech)
        chart = trend_chart(problem, reply, speech.regional)
        if chart is None:
            continue
        focus = next((r.name for r in reply.readings if r.area == reply.focus_area), "")
        title = speech.plain(problem.measure.title)
        wide, narrow = both(line_chart, chart, speech, problem.measure.title, problem.measure.unit)
        named = f"{title}, {focus}" if focus else title
        line = chart_line(chart, problem, speech)
        note = " ".join(said for said in (reply.sentence, few_note(chart, speech.regional)) if said)
        return Picture(Drawing("picture", named, line, wide, narrow, note=note), problem)
    return None
