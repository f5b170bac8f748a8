"""The map and the small multiples of a problem's page, from released figures and released boundaries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from catalog.answer import Answer, Observation
from catalog.site.area_maps import area_map, boundaries_of
from catalog.site.drawings import Drawing
from catalog.site.problem_pages import answered, problem_pages
from catalog.site.rendering import Renderer
from catalog.site.site import Site, read_site
from catalog.site.small_multiples import area_multiples
from catalog.site.speech import Speech
from catalog.views import ProductView
from contracts.city import Problem
from tests.unit.catalog.site_world import CHECKED_AT, NAMES, build_world
from tests.unit.catalog.test_outlines import polygon, with_boundaries


def squares(*areas: str) -> dict[str, Any]:
    """Areas in a row, from west to east."""
    found = {}
    for n, area in enumerate(areas):
        west, east = -74.1 + 0.04 * n, -74.06 + 0.04 * n
        found[area] = polygon((west, 4.5), (east, 4.5), (east, 4.56), (west, 4.56))
    return found


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The small city's site, whose districts have no boundaries."""
    world = build_world(tmp_path_factory.mktemp("maps"))
    return read_site(world.city, world.home, "public", CHECKED_AT, 5)


def with_map(site: Site, root: Path, *areas: str) -> Site:
    """The site with boundaries of ``areas`` in its product of districts."""
    product = site.catalog.products["districts"]
    assert product.current is not None
    told = replace(product, current=with_boundaries(product.current, root, squares(*areas)))
    return with_product(site, told)


def with_product(site: Site, product: ProductView) -> Site:
    products = {**site.catalog.products, product.name: product}
    return replace(site, catalog=replace(site.catalog, products=products))


def with_figures(site: Site, changed: Mapping[str, Mapping[str, object]]) -> Site:
    """The site with other facts of some areas' newest figures."""
    (problem,) = site.problems
    figures = site.figures[problem.id]
    assert figures.observations is not None
    last = max(o.period for o in figures.observations)
    told = tuple(
        replace(o, **changed.get(o.area, {})) if o.period == last else o  # type: ignore[arg-type]
        for o in figures.observations
    )
    return replace(site, figures={problem.id: replace(figures, observations=told)})


def shown(site: Site, language: str = "en") -> tuple[Drawing | None, Answer, Problem, Speech]:
    (problem,) = site.problems
    speech = Speech(site.city, language)
    reply = answered(site, problem, speech)
    return area_map(site, problem, reply, speech), reply, problem, speech


def tips(drawn: Drawing) -> dict[str, str]:
    """What each area of a map is told to be."""
    root = ElementTree.fromstring(f"<all>{drawn.wide}</all>")
    said = [e.text or "" for use in root.iter("use") for e in use.iter("title")]
    return dict(s.split(": ", 1) for s in said)


def test_a_map_says_what_the_table_beside_it_says(plain: Site, tmp_path: Path) -> None:
    site = with_map(plain, tmp_path, *NAMES)
    drawn, reply, problem, speech = shown(site)
    assert drawn is not None
    (page,) = problem_pages(site, speech, problem)
    rows = {row.name: row.value for row in page.context["areas"] if not row.whole}
    assert set(rows) == set(NAMES.values())
    assert {name: float(said.split()[0]) for name, said in tips(drawn).items()} == rows
    assert all(said.endswith("days") for said in tips(drawn).values())
    assert page.context["area_map"] == drawn
    assert reply.period is not None
    assert speech.month(reply.period) in drawn.subtitle
    assert drawn.also is site.catalog.products["districts"]


def test_hidden_figures_and_missing_ones_are_told_apart(plain: Site, tmp_path: Path) -> None:
    changed: dict[str, dict[str, object]] = {"01": {"value": None, "hidden": True}, "02": {"value": None}}
    drawn, *_ = shown(with_figures(with_map(plain, tmp_path, *NAMES), changed))
    assert drawn is not None
    told = tips(drawn)
    assert told["North"] == "not shown: too few cases"
    assert told["Centre"] == "no figure"
    for svg in (drawn.wide, drawn.narrow):
        assert len(re.findall(r'<g class="area hidden-figure"', svg)) == 1
        assert len(re.findall(r'<g class="area no-figure"', svg)) == 1
    assert "2 areas are without a figure." in drawn.wide


def test_an_area_that_only_the_boundaries_know_is_named_by_them_and_one_without_boundary_in_the_note(
    plain: Site, tmp_path: Path
) -> None:
    drawn, *_ = shown(with_map(plain, tmp_path, "01", "02", "03", "04", "06"))
    assert drawn is not None
    assert tips(drawn)["The 06"] == "no figure"
    assert drawn.note.endswith("South.")
    assert "South" not in tips(drawn)


def test_the_target_parts_the_steps_and_is_named_in_the_key(plain: Site, tmp_path: Path) -> None:
    values = {"01": 3.1, "02": 4.0, "03": 4.1, "04": 5.0, "05": 9.0}
    site = with_figures(with_map(plain, tmp_path, *NAMES), {a: {"value": v} for a, v in values.items()})
    drawn, *_ = shown(site)
    assert drawn is not None
    key = re.findall(r'<text class="tick"[^>]*>([^<]*)</text>', drawn.wide)
    on_target = [line for line in key if "on target" in line]
    assert on_target == ["up to 4, on target (2)"]
    assert key[0] == "Days (number of areas)"
    assert key[-1] == "South"


def test_it_speaks_the_pages_language_and_is_the_same_twice(plain: Site, tmp_path: Path) -> None:
    site = with_map(plain, tmp_path, *NAMES)
    spanish, *_ = shown(site, "es")
    assert spanish is not None
    assert spanish.title.startswith("Días para reparar una luminaria")
    assert re.search(r">\d,\d<", spanish.wide)
    again, *_ = shown(site, "es")
    assert again == spanish
    assert shown(site)[0] != spanish


def test_without_released_boundaries_there_is_no_map(plain: Site, tmp_path: Path) -> None:
    assert shown(plain)[0] is None
    site = with_map(plain, tmp_path, *NAMES)
    (problem,) = site.problems
    product = boundaries_of(site, problem)
    assert product is site.catalog.products["districts"]
    assert product.current is not None
    for current in (None, replace(product.current, standing="withdrawn")):
        gone = with_product(site, replace(product, current=current))
        assert boundaries_of(gone, problem) is None
        assert shown(gone)[0] is None
    unkeyed = tuple(replace(column, is_key=False) for column in product.columns)
    assert boundaries_of(with_product(site, replace(product, columns=unkeyed)), problem) is None
    products = {name: p for name, p in site.catalog.products.items() if name != "districts"}
    unseen = replace(site, catalog=replace(site.catalog, products=products))
    assert shown(unseen)[0] is None


def test_figures_of_the_whole_city_have_no_map(plain: Site, tmp_path: Path) -> None:
    site = with_map(plain, tmp_path, *NAMES)
    (problem,) = site.problems
    figures = site.figures[problem.id]
    assert figures.observations is not None
    whole = tuple(
        Observation("unknown", "unknown", o.period, o.value, o.n) for o in figures.observations if o.area == "01"
    )
    alone = replace(site, figures={problem.id: replace(figures, observations=whole)})
    drawn, reply, problem, speech = shown(alone)
    assert drawn is None
    assert area_multiples(problem, reply, speech) is None


def test_small_multiples_show_every_area_of_the_table_worst_first(plain: Site) -> None:
    _, reply, problem, speech = shown(plain)
    drawn = area_multiples(problem, reply, speech)
    assert drawn is not None
    names = re.findall(r'<text class="(?:label )?name"[^>]*>([^<]*)</text>', drawn.wide)
    assert names == [reading.name for reading in reply.readings]
    assert names[0] == "South"
    assert "Dashed: the target, 4" in drawn.note
    assert "Ringed" in drawn.note
    assert len(re.findall("<use ", drawn.wide)) == len(re.findall("<use ", drawn.narrow)) == 5
    assert drawn == area_multiples(problem, reply, speech)


def test_no_id_of_a_page_stands_twice(plain: Site, tmp_path: Path) -> None:
    drawn, reply, problem, speech = shown(with_map(plain, tmp_path, *NAMES))
    lines = area_multiples(problem, reply, speech)
    assert drawn is not None
    assert lines is not None
    ids = re.findall(r' id="([^"]+)"', drawn.wide + drawn.narrow + lines.wide + lines.narrow)
    assert len(ids) == len(set(ids))
    assert {drawn.id, lines.id}.isdisjoint(ids)


def test_the_table_says_where_a_number_of_cases_is_hidden(plain: Site) -> None:
    """The worst area's figure stands on a hidden count: it is last, and the page says why."""
    _, reply, problem, speech = shown(plain)
    worst = reply.where
    assert worst is not None
    site = with_figures(plain, {worst: {"n": None}})
    _, told, _, _ = shown(site)
    assert told.where != worst
    (page,) = problem_pages(site, speech, problem)
    rows = page.context["areas"]
    assert [row.uncounted for row in rows] == [False] * (len(rows) - 1) + [True]
    text = Renderer(speech, site.tier, site.city.languages).render(page).decode()
    assert "Where the number of cases is not shown" in text
    (before,) = problem_pages(plain, speech, problem)
    assert (
        "Where the number of cases is not shown"
        not in Renderer(speech, plain.tier, plain.city.languages).render(before).decode()
    )


def test_a_measure_without_a_better_side_is_said_so_on_its_page(plain: Site) -> None:
    (problem,) = plain.problems
    assert problem.measure is not None
    neutral = replace(problem, measure=replace(problem.measure, direction="none", target=None))
    site = replace(plain, problems=(neutral,))
    speech = Speech(site.city, "en")
    (page,) = problem_pages(site, speech, neutral)
    text = Renderer(speech, site.tier, site.city.languages).render(page).decode()
    assert "Neither more nor less of it is better in itself." in text
    assert "the highest figure first" in text
    assert not re.search(r"better than usual|worse than usual|(higher|lower) is better|worst area", text, re.IGNORECASE)
    assert not re.search(r'class="[^"]*\b(worse|better)\b', text)
