"""Where readers write, what a mail or a form is filled in with, and which entries which tier sees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest

from catalog.site.reader_loop import ReaderLoop, entries_about, quoted
from catalog.site.rendering import Renderer
from catalog.site.request_pages import request_pages, visible_requests
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from contracts.city import City, Readers, Request
from contracts.model import Text
from tests.unit.catalog.site_world import CHECKED_AT, HERE, SECRETS, build_world, city

PAGE = "en/products/districts/index.html"


def loop(of: City, tier: str = "public") -> ReaderLoop:
    return ReaderLoop(Speech(of, "en"), tier, PAGE)


def request(identity: str, about: Any, subject: str, **more: Any) -> Request:
    facts: dict[str, Any] = {
        "kind": "ask", "title": Text(f"Title of {identity}"), "said": Text(f"Said in {identity}"),
        "asked": date(2026, 3, 1), "status": "open", "answer": None, "closed": None, "tier": None, "place": HERE,
    }  # fmt: skip
    return Request(id=identity, about=about, subject=subject, **{**facts, **more})


ENTRIES = (
    request("r-open", "product", "districts"),
    request("r-newer", "product", "districts", asked=date(2026, 4, 1)),
    request("r-staff", "product", "districts", tier="internal", said=Text("SECRET_value for staff")),
    request("r-card", "inventory", "Hours of crews"),
    request("r-carded", "product", "staff_hours", said=Text("SECRET_value of the product itself")),
    request("r-hidden", "product", "hidden_one", title=Text("SECRET hidden product")),
    request("r-source", "source", "district_map"),
    request("r-problem", "problem", "streetlights"),
    request("r-wanted", "wanted", "", status="done", answer=Text("Here."), closed=date(2026, 3, 9)),
)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    world = build_world(tmp_path_factory.mktemp("readers"))
    asked = replace(world.city, requests=ENTRIES)
    return {tier: read_site(asked, world.home, tier, CHECKED_AT, 5) for tier in ("public", "internal")}


def test_without_a_word_of_the_city_a_mail_goes_to_who_answers_for_the_thing() -> None:
    link = loop(replace(city(), site_url="https://data.ribera.example/")).report(
        "Districts & wards", "owner@ribera.example", 3
    )
    parts = urlsplit(link)
    asked = parse_qs(parts.query)
    assert (parts.scheme, parts.path) == ("mailto", "owner@ribera.example")
    assert asked["subject"] == ["Problem with: Districts & wards"]
    lines = asked["body"][0].split("\r\n")
    assert lines[:3] == ["Districts & wards", "Release 3", f"https://data.ribera.example/{PAGE}"]


def test_the_public_address_is_not_given_to_a_page_of_the_staff() -> None:
    of = replace(city(), site_url="https://data.ribera.example/")
    body = parse_qs(urlsplit(loop(of, "internal").report("Districts", "owner@ribera.example")).query)["body"][0]
    assert "data.ribera.example" not in body
    assert f"/{PAGE}" in body


def test_an_owner_without_an_address_is_stood_in_for_by_the_publisher() -> None:
    assert loop(city()).ask("Districts", "the data team").startswith(f"mailto:{city().publisher.email}?")


def test_the_citys_own_mailbox_comes_first() -> None:
    of = replace(city(), readers=Readers(report="mailto:data@ribera.example"))
    assert loop(of).report("Districts", "owner@ribera.example").startswith("mailto:data@ribera.example?")
    assert loop(of).ask("Districts", "owner@ribera.example").startswith("mailto:owner@ribera.example?")


def test_a_form_is_filled_in_and_nothing_breaks_out_of_it() -> None:
    of = replace(city(), readers=Readers(ask="https://forms.example/ask?t={title}&r={release}&p={page}"))
    link = loop(of).ask("Streets & 'lamps' {page} #1", None, 2)
    asked = parse_qs(urlsplit(link).query)
    assert asked["r"] == ["2"]
    assert asked["p"][0].endswith(PAGE)
    assert asked["t"] == ["Streets & 'lamps' {page} #1"]
    assert not set(" '\"<>#") & set(unquote(link.partition("&r=")[2]))
    assert loop(of).is_form("ask")
    assert not loop(of).is_form("report")


def test_a_page_tells_the_entries_about_its_thing_the_newest_first() -> None:
    of = replace(city(), requests=ENTRIES)
    assert [r.id for r in entries_about(of, "public", "product", "districts")] == ["r-newer", "r-open"]
    assert [r.id for r in entries_about(of, "internal", "product", "districts")] == ["r-newer", "r-open", "r-staff"]
    assert [r.id for r in entries_about(of, "internal", "product", "staff_hours", "Hours of crews")] == [
        "r-card", "r-carded",
    ]  # fmt: skip
    assert [t.status.word for t in loop(of).about("product", "districts")] == ["Open", "Open"]


def test_a_tier_sees_the_entries_about_what_it_sees(sites: dict[str, Site]) -> None:
    public = {r.id for r in visible_requests(sites["public"])}
    internal = {r.id for r in visible_requests(sites["internal"])}
    assert public == {"r-open", "r-newer", "r-card", "r-source", "r-problem", "r-wanted"}
    assert internal == {*public, "r-staff", "r-carded"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_holds_nothing_above_its_tier(sites: dict[str, Site], language: str) -> None:
    site = sites["public"]
    speech = Speech(site.city, language)
    (page,) = request_pages(site, speech)
    text = Renderer(speech, site.tier, site.city.languages).render(page).decode()
    assert [secret for secret in SECRETS if secret in text] == []
    assert "Said in r-card" in text
    assert f'href="../inventory/{site.catalog.cards[0].key}/index.html"' in text or "hours-of-crews" in text
    assert text.index('id="r-open"') < text.index('id="closed"') < text.index('id="r-wanted"')


def test_a_city_without_entries_has_the_page_and_says_so(sites: dict[str, Site]) -> None:
    site = replace(sites["public"], city=replace(sites["public"].city, requests=()))
    speech = Speech(site.city, "en")
    (page,) = request_pages(site, speech)
    text = Renderer(speech, site.tier, ("en",)).render(page).decode()
    assert "Nothing that readers wrote is kept here yet." in text
    assert 'id="closed"' not in text


@pytest.mark.parametrize("text", ["plain", "a b&c=d/e?f#g%h+i", "ñandú – “€”", "~._-", "a\r\nb", "", "😀"])
def test_a_text_is_written_into_an_address_as_the_library_does(text: str) -> None:
    assert quoted(text) == quote(text, safe="")
