"""A product's picture on its page: the trend that answers a question from it.

Belongs here: choosing the question, and the drawing's words. Does not belong here: the answer (``catalog.answer``),
drawing (``catalog.charts``), the question's own page (``problem_pages``). A product that no question's first measure
stands in or is worked out from has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
    """A drawing of figures, with the answer under it, the question that it answers, and the product that holds them.

    ``period`` is the newest month that has a figure.
    """

    drawing: Drawing
    problem: Problem
    product: ProductView
    period: date | None


def picture(site: Site, product: ProductView, speech: Speech) -> Picture | None:
    """The trend of the first question, by decision date, whose figure is read or worked out from the product."""
    for problem in site.served_problems(product.name):
        holding = site.product_of(problem)
        if product.current is None or holding is None or holding.current is None or problem.measure is None:
            continue
        if product.name not in (holding.name, *(m.formula.product for m in site.measures_of(problem)[:1])):
            continue
        reply = answered(site, problem, speech)
        chart = trend_chart(problem, reply, speech.regional)
        if chart is None:
            continue
        reading = reply.reading_of()
        focus = reading.name if reading else ""
        title = speech.plain(problem.measure.title)
        wide, narrow = both(line_chart, chart, speech, problem.measure.title, problem.measure.unit)
        named = f"{title}, {focus}" if focus else title
        line = chart_line(chart, problem, speech)
        note = " ".join(said for said in (reply.sentence, few_note(chart, speech.regional)) if said)
        return Picture(Drawing("picture", named, line, wide, narrow, note=note), problem, holding, reply.period)
    return None
