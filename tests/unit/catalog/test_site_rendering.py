"""What the pages of a renderer share is as if each had made it alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from markupsafe import Markup

from catalog.site.rendering import HOLE, Renderer
from catalog.site.site import read_site
from catalog.site.speech import Speech
from catalog.site.units import pages
from tests.unit.catalog.site_world import CHECKED_AT, build_world, city


@pytest.fixture
def renderer() -> Renderer:
    return Renderer(Speech(city(), "en"), "public", ("en", "es"))


def test_each_page_is_what_a_renderer_of_its_own_makes_of_it(tmp_path: Path) -> None:
    world = build_world(tmp_path)
    for tier in ("public", "internal"):
        site = read_site(world.city, world.home, tier, CHECKED_AT, 5)
        speech = Speech(site.city, "es")
        shared = Renderer(speech, tier, ("en", "es"))
        made = list(pages(site, speech))
        assert len({p.address.count("/") for p in made}) > 3
        for page in (*made, *reversed(made)):
            assert shared.render(page) == Renderer(speech, tier, ("en", "es")).render(page), page.address


def test_a_macro_is_asked_once_and_filled_with_values(renderer: Renderer) -> None:
    asked: list[tuple[object, ...]] = []

    def part(about: object, *values: object) -> Markup:
        asked.append((about, *values))
        return Markup("<p>{}: {}, {}</p>").format(about, *values)

    assert [renderer.filled(part, "<a>", n, "&") for n in (1, Markup("<b>"), "")] == [
        "<p>&lt;a&gt;: 1, &amp;</p>",
        "<p>&lt;a&gt;: <b>, &amp;</p>",
        "<p>&lt;a&gt;: , &amp;</p>",
    ]
    assert asked == [("<a>", HOLE, HOLE)]


def test_a_text_that_holds_the_sign_for_a_hole_is_said_as_it_is(renderer: Renderer) -> None:
    def part(about: object, *values: object) -> Markup:
        return Markup("{}{}").format(about, *values)

    assert renderer.filled(part, f"x{HOLE}y", 1) == f"x{HOLE}y1"
    assert renderer.filled(part, f"x{HOLE}y", 2) == f"x{HOLE}y2"
