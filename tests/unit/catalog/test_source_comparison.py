"""The source's page sets the newest delivery beside the one before: what changed in words, and both in numbers."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.delivery_views import ChangeView
from catalog.site.rendering import Renderer
from catalog.site.site import Site, read_site
from catalog.site.source_pages import source_pages
from catalog.site.speech import Speech
from catalog.views import LandingView
from contracts.model import Text
from tests.unit.catalog.site_world import CHECKED_AT, build_world


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    world = build_world(tmp_path_factory.mktemp("sources"))
    return read_site(world.city, world.home, "public", CHECKED_AT, 5)


def landing(number: int, outcome: str, received: int, aside: int, **more: object) -> LandingView:
    accepted, rejected = (received - aside, 0) if outcome == "accepted" else (0, received)
    at = (CHECKED_AT - timedelta(days=120 - 30 * number)).replace(tzinfo=None)
    return LandingView(number, at, outcome, received, accepted, aside, rejected, **more)  # type: ignore[arg-type]


def changes(site: Site, *landings: LandingView) -> str:
    """The words of the section on what changed; empty where there is none."""
    source = replace(site.catalog.sources["district_map"], landings=landings)
    speech = Speech(site.city, "en")
    (page,) = source_pages(site, speech, source)
    text = Renderer(speech, site.tier, site.city.languages).render(page).decode()
    found = re.search(r'<h2 id="changes">(.*?)</section>', text, re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[1])).split()) if found else ""


def test_both_deliveries_stand_side_by_side(site: Site) -> None:
    change = ChangeView("warning", Text("101 of 246,837 records were set aside; of the delivery before it, 0."))
    said = changes(site, landing(2, "accepted", 246_837, 101, changes=(change,)), landing(1, "accepted", 240_000, 0))
    assert "To be looked at 101 of 246,837 records were set aside; of the delivery before it, 0." in said
    assert "Received 240,000 246,837" in said
    assert "Accepted 240,000 246,736" in said
    assert "Set aside 0 101" in said


def test_a_delivery_is_set_beside_the_last_one_that_was_accepted(site: Site) -> None:
    said = changes(site, landing(3, "accepted", 12, 0), landing(2, "refused", 1, 0), landing(1, "accepted", 10, 2))
    assert "Nothing beyond what chance gives." in said
    assert "Received 10 12" in said
    assert "Set aside 2 0" in said


def test_with_nothing_to_compare_there_is_no_table(site: Site) -> None:
    assert changes(site, landing(1, "accepted", 10, 0)) == ""
    assert "Received" not in changes(site, landing(2, "accepted", 10, 0), landing(1, "refused", 10, 0))
