"""Words under a drawing or a table that keep a reader from taking it for more than it is.

Belongs here: why a line is broken, which figures are unreliable. Does not belong
here: the drawing (``catalog.answer.trend``), what its band and rings stand for (``catalog.site.problem_pages``).
"""

from __future__ import annotations

from catalog import numbers
from catalog.answer import RELIABLE_FROM, Observation
from catalog.charts import LineChart
from catalog.site.speech import Speech

FEW_SIGN = "*"
"""Behind a figure with too few cases behind it to rely on."""


def few_sign_note(speech: Speech) -> str:
    """What the sign behind a figure means."""
    return speech.gettext("%(sign)s Unreliable: fewer than %(least)s cases stand behind the figure.") % {
        "sign": FEW_SIGN,
        "least": numbers.integer(RELIABLE_FROM, speech.tag),
    }


def gap_note(chart: LineChart | None, focus: tuple[Observation, ...], speech: Speech) -> str:
    """Why the line of a trend is broken; empty where it is whole."""
    empty = {mark.period for mark in chart.past if mark.value is None} if chart else set()
    if not empty:
        return ""
    if empty <= {o.period.replace(day=1) for o in focus if o.hidden}:
        return speech.gettext("Where the line is broken, the month's figure is not shown: too few cases.")
    if not speech.city.hides_counts:
        return speech.gettext("Where the line is broken, the month has no figure.")
    return speech.gettext("Where the line is broken, the month has no figure, or none that may be shown.")
