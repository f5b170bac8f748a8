"""How to follow what changes, and what stands beside a file of figures: licence, release, unit, columns."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest

from catalog.charts import LineChart, Mark
from catalog.measured import measured_csv
from catalog.site import follow_pages
from catalog.site.chart_notes import gap_note
from catalog.site.citing import figure_file
from catalog.site.follow_pages import Followed
from catalog.site.problem_pages import answered, problem_pages
from catalog.site.product_pages import product_pages
from catalog.site.rendering import Page, Renderer
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from tests.unit.catalog.site_world import CHECKED_AT, build_world


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    world = build_world(tmp_path_factory.mktemp("follow"))
    city = replace(world.city, site_url="https://data.ribera.example", licence="CC-BY-4.0")
    return read_site(city, world.home, "public", CHECKED_AT, 5)


def rendered(site: Site, page: Page, language: str = "en") -> str:
    return Renderer(Speech(site.city, language), site.tier, site.city.languages).render(page).decode()


def test_every_feed_has_its_whole_address_to_copy(site: Site) -> None:
    page = next(follow_pages.follow_pages(site, Speech(site.city, "en")))
    copied = set(re.findall(r'<code class="feed">([^<]+)</code>', rendered(site, page)))
    named = {"all", *(f"problems/{p.id}" for p in site.problems), *(f"products/{n}" for n in site.catalog.products)}
    assert copied == {f"https://data.ribera.example/feeds/{name}.xml" for name in named}


def test_without_a_declared_address_the_link_is_there_to_copy(site: Site) -> None:
    here = replace(site, city=replace(site.city, site_url=None))
    page = next(follow_pages.follow_pages(here, Speech(here.city, "en")))
    said = rendered(here, page)
    assert '<code class="feed">' not in said
    assert said.count("Copy the link&#39;s address") + said.count("Copy the link's address") == 1
    assert 'href="../../feeds/all.xml"' in said


def test_of_many_products_each_page_has_its_own_feed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_pages, "WHOLE", 0)
    page = next(follow_pages.follow_pages(site, Speech(site.city, "en")))
    assert page.context["products"] == []
    assert all(isinstance(p, Followed) for p in page.context["problems"])
    assert "has the address of its own feed" in rendered(site, page)


@pytest.mark.parametrize("language", ["en", "es"])
def test_pages_of_things_lead_to_how_to_follow_and_name_their_feed(site: Site, language: str) -> None:
    speech = Speech(site.city, language)
    problem, product = site.problems[0], site.catalog.products["requests_monthly"]
    for page, feed in (
        (next(problem_pages(site, speech, problem)), f"problems/{problem.id}"),
        (next(product_pages(site, speech, product)), "products/requests_monthly"),
    ):
        said = rendered(site, page, language)
        assert "../../follow/index.html" in said
        tongue = "" if language == "en" else f"{language}/"
        assert f"https://data.ribera.example/feeds/{tongue}{feed}.xml" in said


def test_a_licence_is_linked_and_said_in_words(site: Site) -> None:
    product = replace(site.catalog.products["requests_monthly"], licence="CC-BY-4.0")
    said = rendered(site, next(product_pages(site, Speech(site.city, "en"), product)))
    assert re.search(r'<a [^>]*href="https://creativecommons.org/licenses/by/4.0/"[^>]*>CC-BY-4.0', said)
    assert "free to use for anything, name the source" in said


def test_what_is_told_of_a_file_of_figures_is_what_it_holds(site: Site) -> None:
    speech, problem = Speech(site.city, "en"), site.problems[0]
    product = site.product_of(problem)
    assert product is not None
    told = figure_file(site, product, speech)
    assert told is not None
    head = next(csv.reader(io.StringIO(measured_csv([site.measured["days"]]).decode())))
    assert [column.name for column in told.columns] == head
    assert f"release {product.current.version}" in told.cite if product.current else False
    assert figure_file(site, replace(product, current=None), speech) is None


def test_a_broken_line_says_why(site: Site) -> None:
    speech, problem = Speech(site.city, "en"), site.problems[0]
    figures = site.figures[problem.id].observations or ()
    focus = tuple(o for o in figures if o.area == answered(site, problem, speech).where)
    marks = tuple(Mark(o.period.replace(day=1), o.value) for o in focus)
    whole = LineChart("x", "t", "d", marks, "en")
    assert gap_note(whole, focus, speech) == ""
    broken = replace(whole, marks=(replace(marks[0], value=None), *marks[1:]))
    assert "no figure, or none that may be shown" in gap_note(broken, focus, speech)
    hiding_nothing = replace(speech, city=replace(speech.city, minimum_cell=1))
    assert gap_note(broken, focus, hiding_nothing) == "Where the line is broken, the month has no figure."
    hidden = (replace(focus[0], value=None, hidden=True), *focus[1:])
    assert "too few cases" in gap_note(broken, hidden, speech)
