"""Facts that pages must not leave to the reader: how old they are, under which licence, what a small drawing means."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime

import pytest

from catalog.machines.files import source_files
from catalog.site.addresses import Addresses
from catalog.site.front_pages import front_pages
from catalog.site.product_pages import product_pages
from catalog.site.rendering import Renderer
from catalog.site.site import Site, read_site
from catalog.site.source_pages import source_pages
from catalog.site.speech import Speech
from catalog.site.tracing import traced
from catalog.views import LandingView
from tests.unit.catalog.site_world import CHECKED_AT, build_world


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    world = build_world(tmp_path_factory.mktemp("facts"))
    return read_site(world.city, world.home, "public", CHECKED_AT, 5)


def pages_of(site: Site, product: str, language: str = "en") -> dict[str, str]:
    speech = Speech(site.city, language)
    renderer = Renderer(speech, site.tier, ("en", "es"))
    return {p.address: renderer.render(p).decode() for p in product_pages(site, speech, site.catalog.products[product])}


def test_the_first_page_tells_how_old_the_site_is_and_every_page_leads_there(site: Site) -> None:
    speech = Speech(site.city, "en")
    home = Renderer(speech, "public", ("en", "es")).render(next(iter(front_pages(site, speech)))).decode()
    assert f'id="as-of">As of {speech.long_day(site.today)}:' in home
    for html in pages_of(site, "districts").values():
        assert 'index.html#as-of">How recent these pages are</a>' in html


def test_a_products_pages_are_not_made_again_because_a_day_has_passed(site: Site) -> None:
    seen: set[str] = set()
    own = traced(site, seen)
    speech = Speech(own.city, "en")
    for page in product_pages(own, speech, own.catalog.products["districts"]):
        Renderer(speech, "public", ("en", "es")).render(page)
    assert not {"site.today", "site.checked_at"} & seen


def test_a_release_carries_its_licence(site: Site) -> None:
    """Its address is what a citation leads to."""
    at, product = Addresses("en"), site.catalog.products["districts"]
    assert product.current is not None
    html = pages_of(site, "districts")[at.release("districts", product.current.version)]
    assert "<dt>Licence</dt>" in html and (product.licence or site.city.licence) in html


def test_the_squares_of_its_attempts_are_explained_and_a_held_product_says_what_is_served(site: Site) -> None:
    held = next(p for p in site.catalog.products.values() if p.held and p.current)
    html = pages_of(site, held.name)[Addresses("en").product(held.name)]
    assert held.current is not None
    assert "Filled: published. Crossed: held." in html
    assert f"release {held.current.version} is served, a newer one was held" in html


def test_the_chart_of_deliveries_has_its_source_and_its_figures_as_a_file(site: Site) -> None:
    first, second = datetime(2026, 9, 1, 5), datetime(2026, 10, 1, 5)
    landings = (
        LandingView(2, second, "accepted", 900, 880, 15, 5),
        LandingView(1, first, "accepted", 800, 800, 0, 0),
    )
    source = replace(next(iter(site.catalog.sources.values())), landings=landings)
    files = dict(source_files(site, source))
    address = Addresses("").source_file(source.name, "deliveries.csv")
    rows = list(csv.DictReader(io.StringIO(files[address].decode())))
    assert [row["retrieved_at"] for row in rows] == [one.at.isoformat() for one in reversed(source.landings)]
    for row in rows:
        parts = sum(int(row[name]) for name in ("accepted", "set_aside", "refused"))
        assert parts == int(row["received"])
    speech = Speech(site.city, "en")
    (page,) = source_pages(site, speech, source)
    html = Renderer(speech, "public", ("en", "es")).render(page).decode()
    caption = html[html.index("<figcaption>") :].partition("</figcaption>")[0]
    assert "From the record of deliveries" in caption and "deliveries.csv" in caption
