"""The page of the data service says its figures in every language, and that there are none where there are none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from catalog.data_service import definitions as names
from catalog.data_service.product_records import ProductRecord, Tally
from catalog.data_service.refreshes import Serving
from catalog.site.data_service_pages import data_service_files, data_service_pages
from catalog.site.data_service_rows import MOST_MONTHS, MOST_PARTS
from catalog.site.inventory_pages import inventory_files
from catalog.site.rendering import Renderer
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from catalog.site.tracing import Digests, gathered, traced
from catalog.views import CatalogView
from tests.unit.catalog.site_world import CHECKED_AT, SECRETS, build_world

LANGUAGES = ("en", "es", "pt")


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Site]:
    world = build_world(tmp_path_factory.mktemp("service_page"))
    city = replace(world.city, languages=LANGUAGES)
    return {tier: read_site(city, world.home, tier, CHECKED_AT, 3) for tier in ("public", "internal")}


def page_of(site: Site, language: str = "en") -> str:
    speech = Speech(site.city, language)
    (page,) = data_service_pages(site, speech)
    whole = Renderer(speech, site.tier, site.city.languages).render(page).decode()
    return whole[whole.index("<main") : whole.index("</main>")]


def words(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def with_history(site: Site) -> Site:
    """The same site, of which each product has fifteen months of figures."""
    months = [date(2025 + (7 + n) // 12, (7 + n) % 12 + 1, 1) for n in range(15)]
    served = tuple(
        Serving(
            CHECKED_AT.replace(tzinfo=None) - timedelta(days=31 * n + 10),
            CHECKED_AT.replace(tzinfo=None) - timedelta(days=31 * (n - 1) + 3),
        )
        for n in range(15, 0, -1)
    )
    record = ProductRecord(
        served=served,
        every=timedelta(days=31),
        published=dict.fromkeys(months, 3),
        refused=dict.fromkeys(months, 1),
        ages=dict.fromkeys(months, 6.0),
        tallies={month: {"conformity": Tally(10, 9, 1000, 999)} for month in months},
    )
    return replace(site, service=dict.fromkeys(site.catalog.products, record))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tier", ["public", "internal"])
def test_every_measure_stands_on_the_page_in_the_readers_language(
    sites: Mapping[str, Site], tier: str, language: str
) -> None:
    page = page_of(with_history(sites[tier]), language)
    t = Speech(sites[tier].city, language).gettext
    for defined in names.definitions(t):
        assert f'id="{defined.id}"' in page
        said = words(page)
        for text in (defined.title, defined.meaning, defined.numerator, defined.denominator, defined.gaming):
            assert text.replace("'", "&#39;") in said
    if language != "en":
        english = {d.id: d for d in names.definitions(str)}
        assert all(d.meaning != english[d.id].meaning for d in names.definitions(t))


def test_the_newest_month_stands_first_and_is_drawn_with_its_table(sites: Mapping[str, Site]) -> None:
    page = page_of(with_history(sites["public"]))
    part = page[page.index(f'id="{names.REFUSED}"') :]
    months = re.findall(r'<th scope="row" class="nowrap">([^<]+)</th>', part[: part.index("</table>")])
    assert months[:3] == ["Oct 2026", "Sep 2026", "Aug 2026"]
    assert len(months) == MOST_MONTHS
    products = len(sites["public"].catalog.products)
    assert f"{products} of {4 * products}" in words(part[: part.index("</table>")])
    assert part.count("<svg") >= 2


def test_the_months_of_a_year_are_added_up(sites: Mapping[str, Site]) -> None:
    said = words(page_of(with_history(sites["public"])))
    products = len(sites["public"].catalog.products)
    assert f"25.0% ({12 * products} of {48 * products})" in said


def test_the_scorecard_names_the_file_of_each_figure_with_the_digest_of_its_bytes(sites: Mapping[str, Site]) -> None:
    for site in sites.values():
        page = page_of(site)
        for address, data in (*data_service_files(site), *inventory_files(site)):
            assert hashlib.sha256(data).hexdigest() in page
            assert f">{address}</a>" in page
        card = words(page[page.index('id="scorecard"') : page.index('id="quality"')])
        assert "Use Not measured: these pages count nobody" in card


def test_no_page_of_everybody_tells_of_what_it_may_not(sites: Mapping[str, Site]) -> None:
    assert not [secret for secret in SECRETS if secret in page_of(sites["public"])]
    assert "staff_hours" not in page_of(sites["public"])
    assert "Hours of crews" not in page_of(sites["public"])


def test_reviews_are_of_the_day_of_checking_and_of_what_is_open_here(
    tmp_path: Path,
) -> None:
    world = build_world(tmp_path)
    reviewed = {
        name: replace(source, custom={"reviewDate": "2027-01-31"}) for name, source in world.city.sources.items()
    }
    city = replace(world.city, sources=reviewed)
    for tier, products in (("public", 4), ("internal", 5)):
        site = read_site(city, world.home, tier, CHECKED_AT, 3)
        assert sum(p.tombstone is None for p in site.catalog.products.values()) == products
        said = words(page_of(site))
        assert f"1 of {products + 1}, 2 Nov 2026" in said, "the restricted source is open to neither"
        assert "Nov 2026, so far" in said


def test_accuracy_is_not_told_as_measured(sites: Mapping[str, Site]) -> None:
    page = page_of(with_history(sites["public"]))
    quality = page[page.index('id="quality"') :]
    row = next(row for row in quality.split("<tr>") if 'scope="row">Accuracy' in row)
    assert "not measured" in row and "named reference" in row and "%" not in row
    assert "90" in next(row for row in quality.split("<tr>") if 'scope="row">Conformity' in row)


def test_a_young_catalogue_says_that_there_is_nothing_yet(sites: Mapping[str, Site]) -> None:
    young = replace(sites["public"], catalog=CatalogView("public"), service={})
    for language in LANGUAGES:
        page = page_of(young, language)
        assert "<svg" not in page and 'class="empty"' in page
    assert words(page_of(young)).count("no figure yet") >= len(names.BY_ID)
    assert next(data_service_files(young))[1].count(b"\n") == 1


def test_of_very_many_products_the_worst_stand_on_the_page(sites: Mapping[str, Site]) -> None:
    site = sites["public"]
    month = date(2026, 10, 1)
    model = site.catalog.products["districts"]
    many = {f"p{n:03}": replace(model, name=f"p{n:03}") for n in range(200)}
    records = {name: ProductRecord(tallies={month: {"conformity": Tally(200, n, 0, 0)}}) for n, name in enumerate(many)}
    page = page_of(replace(site, catalog=replace(site.catalog, products=many), service=records))
    part = page[page.index(f'<h2 id="{names.RULES_HELD}"') : page.index(f'<h2 id="{names.RECORDS_HELD}"')]
    assert re.findall(r"products/(p\d+)/", part) == [f"p{n:03}" for n in range(MOST_PARTS)]
    assert "180 more stand in the file of figures." in words(part)


def test_the_page_is_made_again_for_a_product_that_changed_or_a_new_day_and_for_nothing_else(
    sites: Mapping[str, Site],
) -> None:
    site, seen = sites["public"], set[str]()
    list(data_service_pages(traced(site, seen), Speech(site.city, "en")))
    read = gathered(seen)
    assert {"site.today", "service/*"} <= set(read)
    assert "site.checked_at" not in read
    before = Digests(site)
    assert all(before.knows(key) for key in read)
    later = Digests(replace(site, checked_at=site.checked_at + timedelta(hours=1)))
    assert [key for key in read if before.of(key) != later.of(key)] == []
    product = replace(site.catalog.products["districts"], content="other")
    changed = replace(site, catalog=replace(site.catalog, products={**site.catalog.products, "districts": product}))
    assert Digests(changed).of("service/*") != before.of("service/*")
