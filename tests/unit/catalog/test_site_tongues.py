"""What a page says of languages: its own and the others' addresses, and the language of what is not translated."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from catalog.lineage import Node
from catalog.machines.sitemap import sitemap_files
from catalog.site import search_pages
from catalog.site.drawings import spoken
from catalog.site.front_pages import card_pages, front_pages
from catalog.site.lineage_pages import place_of
from catalog.site.problem_pages import problem_pages
from catalog.site.product_pages import product_pages
from catalog.site.rendering import Page, Renderer
from catalog.site.site import Site, read_site
from catalog.site.source_pages import source_pages
from catalog.site.speech import Speech
from contracts.model import Text
from tests.unit.catalog.site_world import CHECKED_AT, World, build_world

BASE = "https://data.ribera.example"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("tongues"))


@pytest.fixture(scope="module")
def site(world: World) -> Site:
    return read_site(world.city, world.home, "public", CHECKED_AT, 3)


def rendered(site: Site, page: Page, language: str = "es") -> str:
    return Renderer(Speech(site.city, language), site.tier, site.city.languages).render(page).decode()


def alternates(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page)


def product_page(site: Site, language: str = "es") -> Page:
    return next(product_pages(site, Speech(site.city, language), site.catalog.products["districts"]))


# where else a page stands


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_page_names_itself_the_others_and_where_to_go_without_a_wish(site: Site, language: str) -> None:
    place = "products/districts/index.html"
    assert alternates(rendered(site, product_page(site, language), language)) == [
        ("en", f"{BASE}/en/{place}"),
        ("es", f"{BASE}/es/{place}"),
        ("x-default", f"{BASE}/en/{place}"),
    ]


@pytest.mark.parametrize("why", ["no address", "staff"])
def test_where_no_address_is_known_the_ways_are_relative(world: World, site: Site, why: str) -> None:
    if why == "staff":
        here = read_site(world.city, world.home, "internal", CHECKED_AT, 3)
    else:
        here = replace(site, city=replace(site.city, site_url=None))
    page = rendered(here, product_page(here))
    assert alternates(page) == [
        ("en", "../../../en/products/districts/index.html"),
        ("es", "index.html"),
        ("x-default", "../../../en/products/districts/index.html"),
    ]


def test_a_site_in_one_language_has_nothing_to_name(site: Site) -> None:
    alone = replace(site, city=replace(site.city, languages=("es",)))
    assert alternates(rendered(alone, product_page(alone))) == []


def test_a_letter_of_one_language_leads_to_the_search_of_the_other(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be nothing under that letter in the other language, and no such page."""
    monkeypatch.setattr(search_pages, "MOST_ON_ONE_PAGE", 0)
    speech = Speech(site.city, "es")
    letters = [p for p in search_pages.search_pages(site, speech) if p.template == "letter.html"]
    assert len(letters) > 2
    for letter in letters:
        page = rendered(site, letter)
        assert alternates(page) == []
        assert '<a href="../../../../en/search/index.html" lang="en" hreflang="en">' in page


def test_the_sitemap_names_the_same_addresses_as_the_pages(site: Site) -> None:
    told = dict(sitemap_files(site))["sitemap.xml"].decode()
    entry = next(line for line in told.splitlines() if f"<loc>{BASE}/es/products/districts/index.html</loc>" in line)
    named = re.findall(r'hreflang="([^"]+)" href="([^"]+)"', entry)
    assert named == alternates(rendered(site, product_page(site)))


# what is not translated


def test_a_page_whose_title_or_purpose_is_not_translated_says_so_in_its_head(site: Site) -> None:
    speech = Speech(site.city, "es")
    product = replace(site.catalog.products["districts"], title=Text("Wards"), purpose=Text("To count by ward."))
    page = rendered(site, next(product_pages(site, speech, product)))
    assert '<title lang="en">Wards' in page
    assert '<meta name="description" content="To count by ward." lang="en">' in page
    translated = rendered(site, product_page(site))
    assert "<title>Distritos" in translated
    assert re.search(r'<meta name="description" content="[^"]+">', translated)


def test_so_do_problems_sources_and_cards(site: Site) -> None:
    speech = Speech(site.city, "es")
    problem = replace(site.problems[0], question=Text("Why so dark?"))
    source = replace(site.catalog.sources["district_map"], title=Text("Map"), purpose=Text("To draw."))
    card = replace(site.catalog.cards[0], title=Text("Closed"), purpose=Text("Not here."))
    assert '<title lang="en">Why so dark?' in rendered(site, next(problem_pages(site, speech, problem)))
    for page in (next(source_pages(site, speech, source)), next(card_pages(speech, card))):
        said = rendered(site, page)
        assert '<title lang="en">' in said
        assert re.search(r'<meta name="description" content="[^"]+" lang="en">', said)


def test_in_the_pages_own_language_nothing_is_marked(site: Site) -> None:
    for page in (*front_pages(site, Speech(site.city, "en")), product_page(site, "en")):
        assert "<title lang" not in rendered(site, page, "en")


def test_the_words_of_a_drawing_are_marked_where_they_can_be() -> None:
    drawn = (
        '<svg><title id="a">Days &amp; nights</title><desc>Days &amp; nights in May</desc>'
        '<text class="tick" x="1">días: days &amp; nights, 3</text><text>midDays &amp; nights</text></svg>'
    )
    assert spoken(drawn, {"Days &amp; nights": "en"}) == (
        '<svg><title lang="en" id="a">Days &amp; nights</title><desc>Days &amp; nights in May</desc>'
        '<text class="tick" x="1">días: <tspan lang="en">days &amp; nights</tspan>, 3</text>'
        "<text>midDays &amp; nights</text></svg>"
    )
    assert spoken(drawn, {}) == drawn
    two = spoken("<text>a days per year</text>", {"days": "en", "days per year": "pt"})
    assert two == '<text>a <tspan lang="pt">days per year</tspan></text>'


def test_a_problems_drawings_mark_the_unit_that_is_not_translated(site: Site) -> None:
    problem = site.problems[0]
    assert problem.measure is not None
    measure = replace(problem.measure, unit=Text("nights of dark"), title=Text("Nights until mended"))
    odd = replace(problem, measure=measure)
    page = rendered(site, next(problem_pages(site, Speech(site.city, "es"), odd)))
    marked = re.findall(r'<text[^>]*>[^<]*<tspan lang="en">([^<]+)</tspan>', page)
    assert marked and {m.lower() for m in marked} <= {"nights of dark", "nights until mended"}
    bare = re.findall(r"<text[^>]*>([^<]*)</text>", page)
    assert not [line for line in bare if "nights of dark" in line]


def test_an_inner_step_of_a_lineage_is_said_in_the_pages_language(site: Site) -> None:
    told = {"es": "Solicitudes contadas por mes"}
    step = Node("intermediate.x", "intermediate", "Requests counted by month", "int_x", "public", None, told)
    product = site.catalog.products["districts"]
    for language, said in (("es", "Solicitudes contadas por mes"), ("en", "Requests counted by month")):
        speech = Speech(site.city, language)
        title, address, source = place_of(site, speech, product, step)
        assert (speech.say(title), address, source) == (said, None, None)
