"""The house's one language of drawing, as SVG text.

Belongs here: turning numbers that are already decided into a picture that reads without colour: a line with its usual
range, bars of a history, small multiples, a map of areas, a sparkline, a strip of results. They share their forms and
their escaping (``ink``), their scales (``scale``), their field (``plot``), the measure of words (``letters``) and their
key (``legend``). Does not belong here: deciding anything (``catalog.answer`` says what is a signal, ``catalog.maps``
which step), pages, colours.
A drawing carries CSS classes only, so that light, dark and print are the style sheet's work
(``catalog/site/styles/charts.css``). Why the house draws itself: docs/adr/0021.
"""

from catalog.charts.bars import Bar, BarChart, bar_chart
from catalog.charts.choropleth import Choropleth, Region, choropleth
from catalog.charts.ink import Width
from catalog.charts.line import line_chart
from catalog.charts.months import LineChart, Mark, Year
from catalog.charts.multiples import Multiples, Panel, multiples
from catalog.charts.strip import Cell, sparkline, strip

__all__ = [
    "Bar",
    "BarChart",
    "Cell",
    "Choropleth",
    "LineChart",
    "Mark",
    "Multiples",
    "Panel",
    "Region",
    "Width",
    "Year",
    "bar_chart",
    "choropleth",
    "line_chart",
    "multiples",
    "sparkline",
    "strip",
]
