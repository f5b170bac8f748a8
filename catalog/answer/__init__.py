"""The one-line answer to a city's question, made from published figures by rules.

Belongs here: which month, which area, whether it is a signal, and the sentence and chart that say so.
Does not belong here: reading releases (``catalog.store``), the XmR arithmetic
(``transforms.statistics.xmr``), pages. A sentence says what the figures show and nothing else: no cause,
no trend where the chart shows none, and plainly that it cannot answer where it cannot.
"""

from catalog.answer.figures import CITY, RELIABLE_FROM, UNPLACED, Observation, Status, status_of
from catalog.answer.readings import Direction, Reading
from catalog.answer.reply import Answer, answer, answer_measure
from catalog.answer.spread import spread
from catalog.answer.trend import few_note, ring_note, trend_chart, year_note

__all__ = [
    "CITY",
    "RELIABLE_FROM",
    "UNPLACED",
    "Answer",
    "Direction",
    "Observation",
    "Reading",
    "Status",
    "answer",
    "answer_measure",
    "few_note",
    "ring_note",
    "spread",
    "status_of",
    "trend_chart",
    "year_note",
]
