"""Lists hold a thousand products; a question leads to its evidence; what is not there says so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from catalog.site.front_pages import front_pages
from catalog.site.problem_pages import problem_pages
from catalog.site.product_pages import product_pages
from catalog.site.rendering import Page, Renderer
from catalog.site.shelves import FIRST
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from contracts.model import Text
from contracts.problems import PRACTICES
from tests.unit.catalog.site_world import CHECKED_AT, build_world, problem

PRODUCTS = 1000
LARGEST = 100_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = build_world(tmp_path_factory.mktemp("lists"))
    return read_site(made.city, made.home, "public", CHECKED_AT, 8)


def rendered(site: Site, pages: Iterator[Page], language: str = "en") -> dict[str, str]:
    renderer = Renderer(Speech(site.city, language), site.tier, site.city.languages)
    return {page.address: renderer.render(page).decode() for page in pages}


def body(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


@pytest.fixture(scope="module")
def thousand(site: Site) -> dict[str, str]:
    seen = list(site.catalog.products.values())
    many = {}
    for n in range(PRODUCTS):
        name, model = f"product_{n:04}", seen[n % len(seen)]
        many[name] = replace(model, name=name, title=Text(f"Product {n:04}"), practice=(*PRACTICES, None)[n % 5])
    question = replace(problem(), products=("product_0995",))
    large = replace(site, catalog=replace(site.catalog, products=many), problems=(question,))
    return rendered(large, front_pages(large, Speech(large.city, "en")))


def test_no_list_of_a_thousand_products_is_a_heavy_page(thousand: dict[str, str]) -> None:
    assert {a: len(p.encode()) for a, p in thousand.items() if len(p.encode()) > LARGEST} == {}


def test_each_of_a_thousand_products_stands_on_one_page_of_its_practice(thousand: dict[str, str]) -> None:
    named: Counter[str] = Counter()
    for address, page in thousand.items():
        if address.startswith("en/products/practice/"):
            named.update(set(re.findall(r"/(product_\d{4})/index\.html", body(page))))
    assert len(named) == PRODUCTS
    assert set(named.values()) == {1}


@pytest.mark.parametrize("address", ["en/index.html", "en/products/index.html"])
def test_a_long_list_names_a_few_and_leads_to_all(thousand: dict[str, str], address: str) -> None:
    page = body(thousand[address])
    assert len(set(re.findall(r"/?(product_\d{4})/index\.html", page))) == FIRST * 5
    for practice in (*PRACTICES, "other"):
        assert re.search(rf'practice/{practice}/index\.html"[^>]*>All 200 of', page)
    assert "product_0995" in page, "one that serves a question is named before others"


def test_pages_of_a_practice_lead_to_each_other(thousand: dict[str, str]) -> None:
    first, second = (thousand[f"en/products/practice/evaluation/{n}index.html"] for n in ("", "2/"))
    assert 'href="2/index.html"' in first
    assert 'href="../index.html"' in second
    assert 'aria-current="page">page 2</a>' in second


def test_the_first_page_tells_how_questions_and_products_stand_and_what_is_decided_next(site: Site) -> None:
    page = rendered(site, front_pages(site, Speech(site.city, "en")))["en/index.html"]
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body(page)))
    assert re.search(r"Off target 1 Next decision [^,]*2027 ?, Streetlights", told), told[:600]
    assert re.search(r"Held 1 .*Never published 1 .*Withdrawn 1 .*Published 1", told)
    assert page.index('id="problems"') < page.index('id="products"') < page.index('id="sources"')


def test_a_question_leads_to_definition_query_release_inputs_and_checks(site: Site) -> None:
    (page,) = rendered(site, problem_pages(site, Speech(site.city, "en"), problem())).values()
    origin = page[page.index('id="origin"') : page.index("</ol>", page.index('id="origin"'))]
    assert 'href="../../measures/days/index.html"' in origin
    assert 'href="../../products/requests_monthly/index.html#column-median_days"' in origin
    assert "FROM &#39;data.parquet&#39;" in origin
    assert 'href="../../products/measures/releases/2/index.html"' in origin
    assert 'href="../../products/measures/releases/2/index.html#inputs"' in origin
    assert 'href="../../quality/measures/2/index.html"' in origin
    assert 'href="../../quality/requests_monthly/2/index.html"' in origin, "what was checked of what it is made from"


def test_the_decision_stands_beside_the_answer(site: Site) -> None:
    (page,) = rendered(site, problem_pages(site, Speech(site.city, "en"), problem())).values()
    head = page[page.index('class="answer"') : page.index('class="dates"')]
    assert "Director of Works" in head and 'href="#decision"' in head


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (None, "Nobody has said yet by which figure it is to be answered."),
        ("staff_hours", "It rests on data that this site may not show."),
        ("budget", "The product it rests on has not been published"),
    ],
)
def test_a_question_without_a_figure_says_why_and_whom_to_ask(site: Site, measure: str | None, said: str) -> None:
    asked = problem()
    assert asked.measure is not None
    asked = replace(asked, measure=replace(asked.measure, product=measure) if measure else None)
    without = replace(site, figures={})
    (page,) = rendered(without, problem_pages(without, Speech(site.city, "en"), asked)).values()
    assert said in page
    assert "works@ribera.example" in body(page)


def test_a_product_that_a_question_measures_has_its_picture_and_another_has_none(site: Site) -> None:
    speech = Speech(site.city, "en")
    pictured, plain = (
        next(iter(rendered(site, product_pages(site, speech, site.catalog.products[name])).values()))
        for name in ("requests_monthly", "districts")
    )
    (asked,) = rendered(site, problem_pages(site, speech, problem())).values()
    answer = re.search(r'<p class="answer">([^<]+)</p>', asked)
    figure = pictured[pictured.index('id="picture"') : pictured.index("</figure>", pictured.index('id="picture"'))]
    assert "<svg" in figure and answer and answer[1] in figure
    assert 'id="picture"' not in plain and "streetlights/index.html" in plain


def test_a_printed_page_says_city_thing_and_dates_and_lists_its_addresses(site: Site) -> None:
    (page,) = rendered(site, problem_pages(site, Speech(site.city, "en"), problem())).values()
    head = page[page.index('class="only-paper"') : page.index("<main")]
    assert "Ribera" in head and "Figures of all measures" in head and "release 2" in head and "October 2026" in head
    addresses = page[page.index('<ol class="addresses">') : page.index("</main>")]
    assert "<li>https://data.ribera.example/en/quality/requests_monthly/2/</li>" in addresses
