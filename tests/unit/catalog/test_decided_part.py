"""What was decided on a problem: on which release, how that stands now, what changed after, and who follows up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from catalog.site.decided_part import Decided, decided_context
from catalog.site.front_pages import root_page
from catalog.site.rendering import Renderer
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from contracts.city import DecisionRecord, Followed
from tests.unit.catalog.packet.packet_world import follow_up
from tests.unit.catalog.site_world import CHECKED_AT, World, build_world, text


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("decided"))


def record(product: str, version: int) -> DecisionRecord:
    return DecisionRecord(
        what=text(
            "The East's crew works in the South two evenings a week.", "La cuadrilla del Este trabaja en el Sur."
        ),
        by=text("Director of Works", "Directora de Obras"),
        on=date(2026, 10, 14),
        product=product,
        version=version,
        after=(Followed(date(2026, 10, 30), text("Five evenings were worked.", "Se trabajaron cinco noches.")),),
    )


def site(world: World, tier: str = "public", *records: DecisionRecord, **more: object) -> Site:
    asked = replace(world.city.problems["streetlights"], decided=records)
    city = replace(world.city, problems={"streetlights": asked}, **more)  # type: ignore[arg-type]
    return read_site(city, world.home, tier, CHECKED_AT, 8)


def decided(of: Site, language: str = "en") -> Decided | None:
    (asked,) = of.problems
    found = decided_context(of, asked, Speech(of.city, language))["decided"]
    assert found is None or isinstance(found, Decided)
    return found


def drawn(of: Site, language: str = "en") -> str:
    speech = Speech(of.city, language)
    renderer = Renderer(speech, of.tier, ("en", "es"))
    renderer.render(replace(root_page(speech), address="en/problems/streetlights/index.html"))
    module = renderer.imported("decided_part.html")
    return str(module.decided_part(decided(of, language)))  # type: ignore[attr-defined]


def test_nothing_decided_and_nothing_taken_on_is_no_part(world: World) -> None:
    assert decided(site(world)) is None
    assert drawn(site(world)) == ""


@pytest.mark.parametrize(
    ("product", "version", "status", "linked", "said"),
    [
        ("measures", 2, "Served now", True, ""),
        ("measures", 1, "Replaced", True, "Release 2 is served now; its figures may be others."),
        ("measures", 9, None, False, "This site knows no release of that number."),
        ("districts", 2, "Taken back", True, "It is no longer served."),
    ],
)
def test_the_release_it_rests_on_is_told_as_it_stands(
    world: World, product: str, version: int, status: str | None, linked: bool, said: str
) -> None:
    found = decided(site(world, "public", record(product, version)))
    assert found is not None
    (taken,) = found.taken
    rests = taken.rested_on
    assert rests.title is not None
    assert (rests.status.word if rests.status else None, rests.said) == (status, said)
    assert (rests.address == f"en/products/{product}/releases/{version}/index.html") is linked


def test_a_product_that_the_tier_may_not_see_is_not_named(world: World) -> None:
    of = site(world, "public", record("hidden_one", 3))
    found = decided(of)
    assert found is not None
    assert (found.taken[0].rested_on.title, found.taken[0].rested_on.address) == (None, None)
    html = drawn(of)
    assert "It rests on data that this site may not show." in html
    assert "hidden_one" not in html
    assert "SECRET" not in html
    assert "release 3" not in html


def test_what_changed_after_it_is_told_with_its_day(world: World) -> None:
    html = drawn(site(world, "public", record("measures", 1)), "es")
    assert "La cuadrilla del Este trabaja en el Sur." in html
    assert "Directora de Obras" in html
    assert "Se trabajaron cinco noches." in html
    nothing_yet = drawn(site(world, "public", replace(record("measures", 1), after=())))
    assert "Nobody has written down yet what changed after it." in nothing_yet


def test_the_problem_shows_its_own_follow_ups_of_its_own_tier(world: World) -> None:
    register = (
        follow_up("old", date(2026, 3, 1), "done", date(2026, 3, 2), problem="streetlights", asked=date(2026, 2, 1)),
        follow_up("late", date(2026, 9, 7), problem="streetlights", tier="public"),
        follow_up("elsewhere", date(2026, 9, 7)),
        follow_up("vault", date(2026, 9, 7), problem="streetlights", tier="confidential"),
    )
    internal, public = (decided(site(world, tier, follow_ups=register)) for tier in ("internal", "public"))
    assert internal is not None
    assert public is not None
    assert [row.entry.id for row in internal.follow_ups] == ["late", "old"]
    assert [row.entry.id for row in public.follow_ups] == ["late"]
    html = drawn(site(world, "public", follow_ups=register))
    assert "Do late." in html
    assert "Do old." not in html
    assert 'href="../../packet/index.html"' in html
