"""Feeds in each language of the city: where each stands, what language it says, which pages it leads to."""

from __future__ import annotations

from dataclasses import replace
from gettext import NullTranslations
from xml.etree import ElementTree

import pytest

from catalog.language import Translator
from catalog.machines.feeds import city_feeds, product_feeds
from catalog.machines.formats import formats, problem_formats, site_formats
from catalog.site.addresses import Addresses
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from contracts.model import Text
from tests.unit.catalog.site_world import CHECKED_AT, World, build_world

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("feeds"))


@pytest.fixture(scope="module")
def site(world: World) -> Site:
    return read_site(world.city, world.home, "public", CHECKED_AT, 3)


def feeds(site: Site, product: str) -> dict[str, ElementTree.Element]:
    return {a: ElementTree.fromstring(b) for a, b in product_feeds(site, site.catalog.products[product])}


def links(feed: ElementTree.Element) -> set[str]:
    return {link.get("href", "") for link in feed.iter(f"{ATOM}link") if link.get("rel") == "alternate"}


def test_english_stays_where_it_stood_and_another_language_stands_beside_it(site: Site) -> None:
    found = feeds(site, "districts")
    assert list(found) == ["feeds/products/districts.xml", "feeds/es/products/districts.xml"]
    english, spanish = found.values()
    assert (english.get(LANG), spanish.get(LANG)) == ("en", "es")
    assert (english.findtext(f"{ATOM}title"), spanish.findtext(f"{ATOM}title")) == ("Districts", "Distritos")
    assert all("/en/" in link for link in links(english))
    assert all("/es/" in link for link in links(spanish))
    assert {link.get("hreflang") for link in spanish.iter(f"{ATOM}link") if link.get("rel") == "alternate"} == {"es"}


def test_entries_in_another_language_have_names_of_their_own(site: Site) -> None:
    english, spanish = feeds(site, "requests_monthly").values()
    ids = [{e.text for e in feed.iter(f"{ATOM}id")} for feed in (english, spanish)]
    assert len(ids[0]) == len(ids[1]) == len(english.findall(f"{ATOM}entry")) + 1
    assert not ids[0] & ids[1]


def test_the_order_of_a_citys_languages_moves_no_feed(world: World, site: Site) -> None:
    turned = read_site(replace(world.city, languages=("es", "en")), world.home, "public", CHECKED_AT, 3)
    assert dict(city_feeds(turned)) == dict(city_feeds(site))


def test_without_pages_in_english_the_first_address_tells_in_the_citys_language(world: World) -> None:
    """Whoever followed it before is told further, and of pages that are there."""
    spanish = read_site(replace(world.city, languages=("es",)), world.home, "public", CHECKED_AT, 3)
    found = feeds(spanish, "districts")
    assert set(found) == {"feeds/es/products/districts.xml", "feeds/products/districts.xml"}
    first = found["feeds/products/districts.xml"]
    assert first.get(LANG) == "es"
    assert all("/es/" in link for link in links(first))
    ids = {e.text for feed in found.values() for e in feed.iter(f"{ATOM}id")}
    assert len(ids) == 2 * len(list(first.iter(f"{ATOM}id")))


def test_a_text_that_is_not_translated_says_its_language(site: Site) -> None:
    product = replace(site.catalog.products["districts"], title=Text("Districts"))
    spanish = ElementTree.fromstring(dict(product_feeds(site, product))["feeds/es/products/districts.xml"])
    title, subtitle = spanish.find(f"{ATOM}title"), spanish.find(f"{ATOM}subtitle")
    assert title is not None and subtitle is not None
    assert (title.text, title.get(LANG), subtitle.get(LANG)) == ("Districts", "en", None)


def test_every_word_of_ours_goes_through_the_translations(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    class Shouting(NullTranslations):
        def gettext(self, message: str) -> str:
            return f"¡{message}!"

        def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002 - as gettext names them
            return f"¡{msgid2}!"

    monkeypatch.setattr(Speech, "translator", Translator("es", Shouting()))
    for name in site.catalog.products:
        spanish = feeds(site, name)[f"feeds/es/products/{name}.xml"]
        for entry in spanish.findall(f"{ATOM}entry"):
            for part in ("title", "summary"):
                assert (entry.findtext(f"{ATOM}{part}") or "").startswith("¡"), (name, part)
    whole = ElementTree.fromstring(dict(city_feeds(site))["feeds/es/all.xml"])
    assert (whole.findtext(f"{ATOM}title") or "").startswith("¡")
    assert (whole.findtext(f"{ATOM}subtitle") or "").startswith("¡")


def test_lists_of_files_name_every_feed_that_of_the_page_first(site: Site) -> None:
    product, problem = site.catalog.products["districts"], site.problems[0]
    for listed, of in (
        (formats(product, site.city, "es"), ("products", "districts")),
        (problem_formats(problem, site.city, "es"), ("problems", problem.id)),
        (site_formats(site, "es"), ()),
    ):
        told = [(f.name, f.address, f.language) for f in listed if f.language]
        assert told == [
            ("Atom (Español)", Addresses("es").feed(*of), "es"),
            ("Atom (English)", Addresses("en").feed(*of), "en"),
        ]
