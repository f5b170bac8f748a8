"""From each column of a product back to its sources, as a page of lineage tells it.

Belongs here: choosing which ways are told whole and which in short. Does not belong here: walking them
(``catalog.lineage.ways``), the steps themselves (``lineage_pages``).

The figures of problems are told whole. The ways of all other columns go through the same steps many times over, so
these name the steps that they go through, and what decides them is told once for all of them: a page of a hundred
columns stays under its limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.lineage import Graph, Stop, WayBack, ways_back
from catalog.site.site import Site
from catalog.views import ProductView, ReleaseView
from contracts.city import Problem, ProblemMeasure


@dataclass(frozen=True)
class Figure:
    """A problem's figure that is a column of the product; its way back is None where nobody has worked it out."""

    problem: Problem
    measure: ProblemMeasure
    way: WayBack | None


@dataclass(frozen=True)
class OtherWay:
    """The way back of columns that are no figure of a problem; ``stops`` are those that it is told by."""

    way: WayBack
    stops: tuple[Stop, ...]


def told_ways(site: Site, product: ProductView, graph: Graph) -> dict[str, Any]:
    """What the page of lineage says of columns.

    Shape:
        ``figures``: the problems' figures. ``ways``: each way that figures go back on, with them. ``other_ways``: those
        of the other columns, together where they end together; ``decided``: what decides these, by step.
        ``unfollowed``: columns without a way.
    """
    measured = {p.measure.value for p in site.problems if p.measure and p.measure.product == product.name}
    ways = ways_back(graph, measured)
    figures = _figures(site, product, ways)
    others = _other_ways(ways, figures)
    return {
        "figures": figures,
        "ways": _ways_of_figures(figures),
        "other_ways": _by_end(others),
        "decided": _decided(graph, others),
        "unfollowed": _unfollowed(product.current, ways),
    }


def _figures(site: Site, product: ProductView, ways: tuple[WayBack, ...]) -> list[Figure]:
    """The figures of problems that are columns of this product, as far as the tier may see them."""
    seen = {column.name for column in product.columns}
    of_column = {name: way for way in ways for name in way.columns}
    return [
        Figure(problem, problem.measure, of_column.get(problem.measure.value))
        for problem in site.problems
        if problem.measure and problem.measure.product == product.name and problem.measure.value in seen
    ]


def _ways_of_figures(figures: list[Figure]) -> list[tuple[WayBack, list[Figure]]]:
    """Each way once, with the figures that go back on it."""
    found: dict[tuple[str, ...], tuple[WayBack, list[Figure]]] = {}
    for figure in figures:
        if figure.way:
            found.setdefault(figure.way.columns, (figure.way, []))[1].append(figure)
    return list(found.values())


def _other_ways(ways: tuple[WayBack, ...], figures: list[Figure]) -> list[OtherWay]:
    """The ways of the columns that are no figure of a problem; steps that only take their columns over are left out."""
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
