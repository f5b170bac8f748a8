"""Words under a trend's drawing that keep a reader from taking it for more than it is.

Belongs here: why its line is broken, that it ends before the release does. Does not belong here: the drawing
(``catalog.answer.trend``), what its band and rings stand for (``catalog.site.problem_pages``).
"""

from __future__ import annotations

from catalog.answer import Observation
from catalog.charts import LineChart
from catalog.site.speech import Speech
from catalog.views import ProductView


def newest_note(chart: LineChart | None, product: ProductView | None, speech: Speech) -> str:
    """The month of the newest figure, where the release reaches beyond it; empty elsewhere."""
    reach = product.current.data_to if product and product.current else None
    if chart is None or reach is None or reach.date().replace(day=1) <= chart.marks[chart.last].period:
        return ""
    return speech.gettext("Newest figure: %(month)s.") % {"month": speech.month(chart.marks[chart.last].period)}


def gap_note(chart: LineChart | None, focus: tuple[Observation, ...], speech: Speech) -> str:
    """Why the line of a trend is broken; empty where it is whole."""
    empty = {mark.period for mark in chart.marks if mark.value is None} if chart else set()
    if not empty:
        return ""
    if empty <= {o.period.replace(day=1) for o in focus if o.hidden}:
        return speech.gettext("Where the line is broken, the month's figure is not shown: too few cases.")
    return speech.gettext("Where the line is broken, the month has no figure, or none that may be shown.")
