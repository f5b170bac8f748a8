"""Drawings as SVG text: a line with its usual range, bars of a history, a sparkline, a strip of results.

Belongs here: turning numbers that are already decided into a picture that reads without colour.
Does not belong here: deciding anything (``catalog.answer`` says what is a signal), pages, colours.
A drawing carries CSS classes only, so that light, dark and print are the style sheet's work.
"""

from pathlib import Path

from catalog.charts.bars import Bar, BarChart, bar_chart
from catalog.charts.line import LineChart, Mark, line_chart
from catalog.charts.strip import Cell, sparkline, strip

__all__ = [
    "Bar",
    "BarChart",
    "Cell",
    "LineChart",
    "Mark",
    "bar_chart",
    "line_chart",
    "sparkline",
    "strip",
    "stylesheet",
]


def stylesheet() -> str:
    """The rules that colour the drawings, for the page's style sheet to take in.

    It speaks of the page's own variables: --ink, --soft, --line, --paper, --deep, --accent, --good, --fair,
    --poor.
    """
    return (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
