"""From each column of a product back to its sources, as a page of lineage tells it.

Belongs here: choosing which ways are told whole and which in short. Does not belong here: walking them
(``catalog.lineage.ways``), the steps themselves (``lineage_pages``).

The figures of measures are told whole. The ways of all other columns go through the same steps many times over, so
these name the steps that they go through, and what decides them is told once for all of them: a page of a hundred
columns stays under its limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.lineage import Graph, Stop, WayBack, ways_back
from catalog.site.site import Site
from catalog.views import ProductView, ReleaseView
from contracts.city import Problem
from contracts.measure import PRODUCT, Measure

MOST_FIGURES = 60
"""Figures that a page of lineage tells one by one; where there are more, the list of measures tells them."""


@dataclass(frozen=True)
class Figure:
    """A measure's figure, or what it is worked out from, that is a column of the product.

    ``problems`` name the measure; its way back is None where nobody has worked it out.
    """

    measure: Measure
    problems: tuple[Problem, ...]
    column: str
    way: WayBack | None


@dataclass(frozen=True)
class OtherWay:
    """The way back of columns that are no figure of a measure; ``stops`` are those that it is told by."""

    way: WayBack
    stops: tuple[Stop, ...]


def told_ways(site: Site, product: ProductView, graph: Graph) -> dict[str, Any]:
    """What the page of lineage says of columns.

    Shape:
        ``figures``: the measures' figures. ``ways``: each way that figures go back on, with them. ``other_ways``: those
        of the other columns, together where they end together; ``decided``: what decides these, by step.
        ``unfollowed``: columns without a way. ``more_figures``: figures that are told by the list of measures alone.
    """
    named = _measured(site, product)
    ways = ways_back(graph, {column for _, column in named})
    of_column = {name: way for way in ways for name in way.columns}
    figures = [Figure(m, site.problems_of(m), c, of_column.get(c)) for m, c in named[:MOST_FIGURES]]
    others = _other_ways(ways, figures)
    return {
        "figures": figures,
        "more_figures": len(named) - len(figures),
        "ways": _ways_of_figures(figures),
        "other_ways": _by_end(others),
        "decided": _decided(graph, others),
        "unfollowed": _unfollowed(product.current, ways),
    }


def _measured(site: Site, product: ProductView) -> list[tuple[Measure, str]]:
    """The measures that stand in this product or are worked out from it, each with its columns that the tier may see.

    Those that a question names come first.
    """
    seen = {column.name for column in product.columns}
    measures = sorted(site.measures_from(product.name), key=lambda m: m.id not in site.asking)
    return [(m, column) for m in measures for column in _columns(m, product.name) if column in seen]


def _columns(measure: Measure, product: str) -> tuple[str, ...]:
    """The columns of a product that a measure's figure is, or is worked out from."""
    if product == PRODUCT:
        return (measure.reading().value,)
    formula = measure.formula
    named = (formula.numerator, formula.denominator, formula.begin, formula.end)
    return tuple(dict.fromkeys(column for column in named if column))


def _ways_of_figures(figures: list[Figure]) -> list[tuple[WayBack, list[Figure]]]:
    """Each way once, with the figures that go back on it."""
    found: dict[tuple[str, ...], tuple[WayBack, list[Figure]]] = {}
    for figure in figures:
        if figure.way:
            found.setdefault(figure.way.columns, (figure.way, []))[1].append(figure)
    return list(found.values())


def _other_ways(ways: tuple[WayBack, ...], figures: list[Figure]) -> list[OtherWay]:
    """The ways of the columns that are no figure of a measure; steps that only take their columns over are left out."""
    told = {figure.way.columns for figure in figures if figure.way}
    return [
        OtherWay(way, tuple(s for s in way.stops[1:] if s.columns and (s.counts or s.columns != way.columns)))
        for way in ways
        if way.columns not in told
    ]


def _by_end(ways: list[OtherWay]) -> list[list[OtherWay]]:
    """Ways that end at the same steps together, so that where is said once of them."""
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], list[OtherWay]] = {}
    for one in ways:
        found.setdefault((one.way.closed, one.way.perhaps), []).append(one)
    return list(found.values())


def _decided(graph: Graph, ways: list[OtherWay]) -> list[tuple[str, list[str]]]:
    """What decides any of the columns that are told in short, by step from the release back."""
    found: dict[str, set[str]] = {}
    for stop in (stop for one in ways for stop in one.way.stops if stop.deciding):
        found.setdefault(stop.node, set()).update(stop.deciding)
    return [(node.id, sorted(found[node.id])) for node in reversed(graph.nodes) if node.id in found]


def _unfollowed(release: ReleaseView | None, ways: tuple[WayBack, ...]) -> list[str]:
    """The release's columns that no way was worked out for."""
    told = {name for way in ways for name in way.columns}
    return [c.name for c in release.manifest.columns if c.name not in told] if release else []
