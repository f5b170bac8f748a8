"""Who has an edition of a product, which columns everybody does not get, and what became of one made beside it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from catalog.machines.feeds import product_feeds
from catalog.site.inventory_pages import inventory_files, inventory_pages
from catalog.site.made_from import Ways, inputs
from catalog.site.problem_pages import sources_line
from catalog.site.product_pages import product_pages
from catalog.site.quality_history import promises_kept
from catalog.site.quality_pages import quality_pages
from catalog.site.rendering import Renderer
from catalog.site.sisters import held_sisters
from catalog.site.site import Site, held_beside, read_site
from catalog.site.speech import Speech
from catalog.views import Promise
from contracts.release import InputRef
from tests.unit.catalog.site_world import CHECKED_AT, SECRETS, World, build_world, quality, rule, text

PRODUCT = "requests_monthly"
PUBLIC_PAGE = "https://data.ribera.example/en/products/requests_monthly/index.html"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("open-to"))


@pytest.fixture(scope="module")
def staff(world: World) -> Site:
    return read_site(world.city, world.home, "internal", CHECKED_AT, 2)


@pytest.fixture(scope="module")
def public(world: World) -> Site:
    return read_site(world.city, world.home, "public", CHECKED_AT, 2)


def shown(site: Site, product: str, language: str = "en") -> dict[str, str]:
    """A product's pages as they are rendered, by address."""
    speech = Speech(site.city, language)
    renderer = Renderer(speech, site.tier, (language,))
    return {p.address: renderer.render(p).decode() for p in product_pages(site, speech, site.catalog.products[product])}


def inventory(site: Site) -> dict[str, dict[str, str]]:
    told = dict(inventory_files(site))["inventory.csv"].decode()
    return {row["id"]: row for row in csv.DictReader(io.StringIO(told))}


def test_the_inventory_names_every_circle_and_where_the_public_edition_stands(staff: Site, public: Site) -> None:
    ours, theirs = inventory(staff), inventory(public)
    assert (ours[PRODUCT]["open_as"], ours[PRODUCT]["public_page"]) == ("public internal", PUBLIC_PAGE)
    assert (ours["staff_hours"]["open_as"], ours["staff_hours"]["public_page"]) == ("internal", "")
    assert (theirs[PRODUCT]["open_as"], theirs[PRODUCT]["public_page"]) == ("public", "")


def test_the_page_of_the_inventory_says_so_in_words(staff: Site, public: Site) -> None:
    def page(site: Site, language: str = "en") -> str:
        speech = Speech(site.city, language)
        return "".join(
            Renderer(speech, site.tier, (language,)).render(p).decode() for p in inventory_pages(site, speech)
        )

    ours = page(staff)
    assert "Public and internal" in ours
    assert any(link.startswith(f'{PUBLIC_PAGE}"') and ">Public edition</a>" in link for link in ours.split('<a href="'))
    assert "Público e interno" in page(staff, "es")
    assert "Public and internal" not in page(public) and "Public edition" not in page(public)
    assert "<small>Why not open: It names residents.</small>" in ours
    assert "<li>1 not open here</li>" in ours  # the register: told by a page to staff, closed all the same


def test_staff_is_told_which_columns_the_public_does_not_get(staff: Site, public: Site) -> None:
    ours = shown(staff, PRODUCT)[f"en/products/{PRODUCT}/index.html"]
    assert "1 of these 7 columns is not in the public edition." in ours
    row = next(r for r in ours.split("<tr") if 'id="column-SECRET_column"' in r)
    assert ">Internal</td>" in row
    assert ">Public</td>" in next(r for r in ours.split("<tr") if 'id="column-opened"' in r)
    only_ours = shown(staff, "staff_hours")["en/products/staff_hours/index.html"]
    assert "It has no public edition." in only_ours
    assert (
        "The public edition has all of these columns." in shown(staff, "districts")["en/products/districts/index.html"]
    )
    theirs = "".join(shown(public, PRODUCT).values())
    assert "public edition" not in theirs and not any(secret in theirs for secret in SECRETS)


def test_a_product_held_on_the_same_delivery_is_told_beside_the_one_published(staff: Site, public: Site) -> None:
    for site, language, said in (
        (public, "en", "The product “Service requests by month”, made from the same delivery, was held."),
        (staff, "es", "El producto «Solicitudes por mes», hecho con la misma entrega, fue retenido."),
    ):
        pages = shown(site, "districts", language)
        for address in (
            f"{language}/products/districts/index.html",
            f"{language}/products/districts/releases/1/index.html",
        ):
            assert said in pages[address], address
        own = "".join(shown(site, PRODUCT, language).values())
        assert said not in own
    told = shown(public, "districts")["en/products/districts/index.html"]
    assert "The number of rows changes by no more than half." in told
    assert not any(secret in told for secret in SECRETS)


def test_a_product_held_on_another_delivery_is_not_told(tmp_path: Path) -> None:
    made = build_world(tmp_path)
    other = quality(PRODUCT, "public", None)
    for source in other["reconciliation"]["sources"]:
        source["received"] = source["accepted"] = 6
    made.refuse(PRODUCT, "2026-11-02T07:10:00+00:00", [], {"public": other, "internal": other})
    site = read_site(made.city, made.home, "public", CHECKED_AT, 2)
    assert held_beside(site.catalog)["districts"] == (PRODUCT,)
    assert held_sisters(site, site.catalog.products["districts"]) == ()


def test_staff_can_recognise_the_files_that_were_refused_and_the_public_cannot(tmp_path: Path) -> None:
    made = build_world(tmp_path)
    files = {tier: [{"path": "data.parquet", "sha256": tier[0] * 64}] for tier in ("internal", "public")}
    told = {tier: quality(PRODUCT, tier, None) for tier in files}
    made.refuse(PRODUCT, "2026-11-02T07:10:00+00:00", [], told, files=files)
    for tier, prints in (("internal", (("data.parquet", "i" * 64),)), ("public", ())):
        site = read_site(made.city, made.home, tier, CHECKED_AT, 2)
        product, speech = site.catalog.products[PRODUCT], Speech(site.city, "en")
        assert product.attempts[0].prints == prints
        page = next(p for p in quality_pages(site, speech, product) if p.address.endswith("held-2/index.html"))
        shown_page = Renderer(speech, tier, ("en",)).render(page).decode()
        assert ("i" * 64 in shown_page) is (tier == "internal")
        assert "p" * 64 not in shown_page


def test_files_with_a_column_that_was_closed_since_are_not_told(tmp_path: Path) -> None:
    made = build_world(tmp_path)
    gone = quality(PRODUCT, "internal", None)
    gone["rules"].append(rule("gone.required", text("Every row has it."), columns=["SECRET_gone"]))
    made.refuse(PRODUCT, "2026-11-02T07:10:00+00:00", [], {"internal": gone},
                files={"internal": [{"path": "data.parquet", "sha256": "i" * 64}]})  # fmt: skip
    site = read_site(made.city, made.home, "internal", CHECKED_AT, 2)
    assert site.catalog.products[PRODUCT].attempts[0].prints == ()


def told_inputs(site: Site, made_from: tuple[InputRef, ...]) -> list[tuple[Any, ...]]:
    product, speech = site.catalog.products["districts"], Speech(site.city, "en")
    release = product.releases[0]
    release = replace(release, manifest=replace(release.manifest, inputs=made_from), lineage=release.lineage)
    found = inputs(site, release, Ways(site, product, speech).of(release), speech)
    return [(i.title.default, i.at and i.at.date(), i.counts.received, i.is_told, i.is_counted) for i in found]


def test_when_a_source_was_read_is_told_where_its_own_page_tells_it(world: World) -> None:
    later = replace(world.city)
    site = read_site(later, world.home, "internal", CHECKED_AT, 2)
    product = site.catalog.products["districts"]
    published = product.releases[0].published_at
    before = published.replace(hour=1)
    moved = {
        name: replace(s, landings=tuple(replace(n, at=before) for n in s.landings))
        for name, s in site.catalog.sources.items()
    }
    site = replace(site, catalog=replace(site.catalog, sources=moved))
    register = InputRef("Register of requests", None, None, 2000, 1962, 37, 1)
    assert told_inputs(site, (register, InputRef("district_map"))) == [
        ("Register of requests", before.date(), 2000, True, True),
        ("Map of districts", before.date(), 5, True, True),
    ]
    other = replace(register, received=1999)
    assert told_inputs(site, (other, InputRef("district_map")))[0] == ("Register of requests", None, 1999, False, True)


def test_the_public_is_not_told_when_a_closed_source_was_read(public: Site) -> None:
    told = told_inputs(public, (InputRef("Register of requests", None, None, 2000, 1962, 37, 1),))
    assert told[0] == ("Register of requests", None, 2000, False, True)


@pytest.mark.parametrize(("language", "said"), [("en", "1 source, 1 of them not open here"),
                                                ("es", "1 fuente, 1 de ellas no abierta aquí")])  # fmt: skip
def test_one_closed_source_is_told_in_the_singular(public: Site, language: str, said: str) -> None:
    release = public.catalog.products[PRODUCT].releases[0]
    assert sources_line(release, Speech(public.city, language)) == said


@pytest.mark.parametrize(("every", "word", "said"), [
    ("d", "Not always kept", "Longer than promised: 1 of 1 time."),
    ("m", "On time", "The longest time between two releases was 30 days."),
])  # fmt: skip
def test_releases_further_apart_than_promised_are_not_called_on_time(
    public: Site, every: str, word: str, said: str
) -> None:
    product = replace(public.catalog.products[PRODUCT])
    product = replace(product, promises=(Promise("frequency", 1, every),), late_by=None,
                      next_due=CHECKED_AT.replace(tzinfo=None))  # fmt: skip
    kept = promises_kept(product, Speech(public.city, "en"), date(2026, 11, 2))
    assert kept[0].status is not None
    assert (kept[0].name, kept[0].status.word) == ("Renewed", word)
    assert said in kept[0].sentence


def test_a_feed_says_how_far_its_data_reaches_in_its_own_language(public: Site) -> None:
    files = dict(product_feeds(public, public.catalog.products[PRODUCT]))
    english, spanish = (files[f"feeds/{tongue}products/{PRODUCT}.xml"].decode() for tongue in ("", "es/"))
    assert "Data to " in english
    assert "Datos hasta " in spanish and "Data to" not in spanish
