"""The glossary's words, links to them, and what the about page says of licences and software."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.metadata import metadata
from pathlib import Path

import pytest

from catalog import site as site_package
from catalog.glossary import glossary
from catalog.language import languages, translator
from catalog.site.about_pages import SOFTWARE, about_pages, licences
from catalog.site.glossary_pages import glossary_pages, units
from catalog.site.rendering import Renderer
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from contracts.city import AccessibilityReview
from contracts.model import Text
from contracts.results import Result
from tests.unit.catalog.site_world import CHECKED_AT, SECRETS, build_world

TEMPLATES = Path(site_package.__file__).parent / "templates"
PACKAGES = {"dbt": "dbt-core", "Great Expectations": "great-expectations", "Jinja": "jinja2"}
FAMILIES = {"BSD-3-Clause": "BSD", "Apache-2.0": "Apache", "MIT": "MIT"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    world = build_world(tmp_path_factory.mktemp("about"))
    return read_site(world.city, world.home, "public", CHECKED_AT, 5)


def rendered(site: Site, name: str, language: str = "en") -> str:
    speech = Speech(site.city, language)
    pages = {p.template: p for p in (*about_pages(site, speech), *glossary_pages(site, speech))}
    return Renderer(speech, site.tier, site.city.languages).render(pages[name]).decode()


@pytest.mark.parametrize("language", languages())
def test_every_word_has_an_id_of_its_own_and_a_meaning(language: str) -> None:
    groups = glossary(translator(language))
    ids = [term.id for group in groups for term in group.terms] + [group.id for group in groups]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) for name in ids)
    assert all(term.name and term.meaning.endswith(".") for group in groups for term in group.terms)
    assert {other for group in groups for term in group.terms for other in term.see} <= set(ids)


def test_words_that_templates_link_to_stand_in_the_glossary() -> None:
    known = {term.id for group in glossary(translator("en")) for term in group.terms}
    linked = {
        name
        for path in TEMPLATES.glob("*.html")
        for name in re.findall(r"""\bterm\(["']([\w-]+)["']""", path.read_text(encoding="utf-8"))
    }
    assert {"gate", "held", "tier"} <= linked
    assert linked <= known


def test_results_that_need_explaining_are_explained() -> None:
    told = {term.id for group in glossary(translator("en")) for term in group.terms}
    assert {Result.VACUOUS.value, Result.WAIVED.value} <= told


def test_the_glossary_counts_only_units_that_the_tier_sees(site: Site) -> None:
    found = {use.unit: use for use in units(site)}
    assert found["days"].columns == 1
    assert [p.name for p in found["days"].products] == ["requests_monthly"]
    text = rendered(site, "glossary.html")
    assert 'id="vacuous"' in text
    assert f"In this catalogue it is {site.city.minimum_cell}." in text
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "No count is hidden for being small"), ("es", "Ningún recuento se oculta por ser pequeño")],
)
def test_what_is_not_shown_reads_true_where_nothing_is_hidden(site: Site, language: str, said: str) -> None:
    assert said not in rendered(site, "about.html", language)
    open_site = replace(site, city=replace(site.city, minimum_cell=1))
    about = rendered(open_site, "about.html", language)
    assert said in about
    assert "Counts of fewer than" not in about
    words = rendered(open_site, "glossary.html", language)
    assert 'id="unreliable"' in words
    assert "In this catalogue it is" not in words


def test_licences_stand_with_their_products(site: Site) -> None:
    products = dict(site.catalog.products)
    products["budget"] = replace(products["budget"], licence="https://example.org/other")
    found = licences(replace(site, catalog=replace(site.catalog, products=products)))
    assert [use.licence for use in found] == [site.city.licence, "https://example.org/other"]
    assert [p.name for p in found[1].products] == ["budget"]
    assert "budget" not in {p.name for p in found[0].products}


@pytest.mark.parametrize(("name", "licence"), SOFTWARE)
def test_the_software_is_under_the_licence_that_is_told(name: str, licence: str) -> None:
    told = metadata(PACKAGES.get(name, name.lower()))
    written = [words[:40] for key in ("License-Expression", "License") for words in told.get_all(key) or []]
    words = " ".join([*written, *(told.get_all("Classifier") or [])])
    assert FAMILIES[licence] in words


def test_pages_carry_no_script_or_style_of_others() -> None:
    """The about page says so."""
    folder = TEMPLATES.parent
    kept = [*folder.glob("scripts/*"), *folder.glob("styles/*"), folder / "stylesheet.css"]
    assert kept
    assert [
        p.name for p in kept if re.search(r"@license|copyright|\(c\) 20\d\d", p.read_text("utf-8"), re.IGNORECASE)
    ] == []


def test_the_statement_has_the_citys_date_and_limits(site: Site) -> None:
    assert "has not yet written down a review" in rendered(site, "accessibility.html")
    review = AccessibilityReview(CHECKED_AT.date(), (Text("Maps are small.", {"es": "Los mapas son pequeños."}),))
    reviewed = replace(site, city=replace(site.city, accessibility=review, strategy=Text("To decide better.")))
    text = rendered(reviewed, "accessibility.html")
    assert "Maps are small." in text
    assert "2 November 2026" in text or "November 2, 2026" in text
    assert "Los mapas son pequeños." in rendered(reviewed, "accessibility.html", "es")
    assert "To decide better." in rendered(reviewed, "about.html")
    assert "To decide better." not in rendered(site, "about.html")
