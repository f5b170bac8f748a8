"""The packet as a page and as a file: its parts in order, each tier's own entries, nothing that a tier may not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from catalog.site.packet_file import packet_file, settle_links
from catalog.site.packet_pages import Packet, packet_of, packet_page, packet_pages
from catalog.site.rendering import Renderer
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from catalog.site.units import units
from catalog.views import CatalogView
from contracts.city import City
from tests.unit.catalog.packet.packet_world import follow_up
from tests.unit.catalog.site_world import CHECKED_AT, SECRETS, World, build_world

DAY = date(2026, 11, 2)
REGISTER = (
    follow_up("second-crew", date(2026, 9, 7), problem="streetlights", measure="days"),
    follow_up("offer", date(2026, 10, 20), tier="public"),
    follow_up("vault", date(2026, 10, 20), tier="restricted"),
    follow_up("next", date(2026, 11, 10)),
    follow_up("done", date(2026, 9, 10), "done", date(2026, 10, 25)),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("packet"))


@pytest.fixture(scope="module")
def sites(world: World) -> dict[str, Site]:
    city: City = replace(world.city, follow_ups=REGISTER)
    return {tier: read_site(city, world.home, tier, CHECKED_AT, 8) for tier in ("public", "internal")}


def packet(site: Site, day: date = DAY, language: str = "en", since: date | None = None) -> Packet:
    return packet_of(site, Speech(site.city, language), day, since)


def page(site: Site, language: str = "en") -> str:
    speech = Speech(site.city, language)
    (made,) = packet_pages(site, speech)
    return Renderer(speech, site.tier, ("en", "es")).render(made).decode()


def told(found: Packet) -> dict[str, list[str]]:
    return {group.id: [row.entry.id for row in group.rows] for group in found.follow_ups}


def headings(html: str) -> list[str]:
    return re.findall(r'<h2 id="([a-z]+)"', html)


# what is in it


def test_the_parts_stand_in_the_order_of_the_meeting(sites: dict[str, Site]) -> None:
    html = page(sites["internal"])
    assert headings(html) == ["due", "standing", "new", "ask", "mind"]
    assert html.count("<h1>") == 1
    assert "Stat packet for 2 November 2026" in html


def test_each_tier_reads_its_own_follow_ups(sites: dict[str, Site]) -> None:
    assert told(packet(sites["internal"])) == {
        "overdue": ["second-crew", "offer"], "soon": ["next"], "closed": ["done"],
    }  # fmt: skip
    assert told(packet(sites["public"])) == {"overdue": ["offer"]}
    public, internal = page(sites["public"]), page(sites["internal"])
    for name in ("second-crew", "next", "done", "vault"):
        assert name not in public
    assert "vault" not in internal
    assert not any(secret in public for secret in SECRETS)


def test_a_site_without_follow_ups_says_so(world: World) -> None:
    html = page(read_site(world.city, world.home, "public", CHECKED_AT, 8))
    assert "No follow-up is due." in html
    assert "none was closed since 3 Oct 2026" in html


def test_overdue_tells_by_how_much(sites: dict[str, Site]) -> None:
    first, second = packet(sites["internal"]).follow_ups[0].rows
    assert (first.status.word, first.late, second.late) == ("Overdue", "by 56 days", "by 13 days")
    assert [a.address for a in first.about] == ["en/problems/streetlights/index.html", "en/measures/days/index.html"]


def test_every_measure_stands_once_under_its_question(sites: dict[str, Site]) -> None:
    groups = packet(sites["internal"]).standing
    named = [(g.problem.id if g.problem else None, [r.measure.id for r in g.rows]) for g in groups]
    assert named == [("streetlights", ["days", "opened"]), (None, ["spent"])]
    days, _, spent = (row for g in groups for row in g.rows)
    assert days.against.standing is not None
    assert (days.against.standing.word, days.target) == ("Off target", "4 days")
    assert days.period == date(2026, 10, 1)
    assert "above its usual range since May" in days.signal.text
    assert "October 2025" in days.before.text
    assert spent.why.startswith("The release holds no row of it")


def test_what_the_signals_found_names_place_and_month(sites: dict[str, Site]) -> None:
    found = packet(sites["public"])
    (side,) = found.found
    ((measure, items),) = side.measures
    assert (side.id, side.status.word, measure.id) == ("worse", "Unusual, for the worse", "days")
    assert [(i.place, i.signal, i.usual) for i in items] == [
        ("The whole city", "above its usual range since May", "4.5 to 5.1"),
        ("South", "above its usual range since May", "4.4 to 5.8"),
    ]
    assert not any(i.finding.is_new for i in items)
    assert (found.signals, found.more_items) == (2, 0)


def test_the_south_is_asked_about(sites: dict[str, Site]) -> None:
    asked = [said.text for said in packet(sites["public"]).asked]
    assert asked[0] == (
        "South. Days to mend a streetlight: above its usual range since May. What changed there around May 2026?"
    )
    assert all("?" in said for said in asked)


def test_what_to_mind_names_the_held_product_and_the_changed_definition(sites: dict[str, Site]) -> None:
    found = packet(sites["internal"])
    assert any(notice.held is not None for notice in found.troubles)
    said = {c.measure.id: c.sentences for c in found.caveats}
    assert said["days"][0] == "The definition was changed as of July 2025, from version 1.0.0: A visit mends nothing."
    assert found.general[0] == "The figures are those of release 2, published on 1 Nov 2026."


def test_the_packet_speaks_the_language_of_the_page(sites: dict[str, Site]) -> None:
    html = page(sites["internal"], "es")
    assert '<html lang="es">' in html
    assert "Días para reparar una luminaria" in html
    assert "What changed there" not in html
    assert "Follow-ups" not in html


# another day


def test_a_day_gone_by_leaves_out_what_came_later(sites: dict[str, Site]) -> None:
    then = packet(sites["internal"], date(2026, 4, 20))
    assert (then.found, then.signals) == ((), 0)
    assert told(then) == {}
    assert {row.period for g in then.standing for row in g.rows if not row.why} == {date(2026, 3, 1)}
    assert "after the day of this packet" in then.general[0]
    october = packet(sites["internal"], date(2026, 10, 26))
    assert told(october)["closed"] == ["done"]
    assert told(packet(sites["internal"], date(2026, 10, 24)))["overdue"] == ["second-crew", "done", "offer"]


def test_the_last_meeting_may_be_named(sites: dict[str, Site]) -> None:
    assert "closed" not in told(packet(sites["internal"], since=date(2026, 10, 25)))
    assert told(packet(sites["internal"], since=date(2026, 10, 24)))["closed"] == ["done"]


def test_a_tier_that_sees_no_release_says_why(world: World) -> None:
    empty = replace(
        read_site(world.city, world.home, "public", CHECKED_AT, 8),
        measured={},
        newest={},
        catalog=_without_measures(world),
    )
    found = packet(empty)
    assert all(row.why for g in found.standing for row in g.rows)
    assert (found.found, found.asked, found.general) == ((), (), ())
    assert "No series that could be judged" in page(empty)


def _without_measures(world: World) -> CatalogView:
    catalog = read_site(world.city, world.home, "public", CHECKED_AT, 8).catalog
    return replace(catalog, products={n: p for n, p in catalog.products.items() if n != "measures"})


# the page and the file


def test_the_packet_is_a_unit_of_the_site(sites: dict[str, Site]) -> None:
    made = units(sites["public"], ("en", "es"))
    assert {"en/packet", "es/packet"} <= set(made)
    ((address, data),) = made["es/packet"](
        sites["public"], (Speech(sites["public"].city, "en"), Speech(sites["public"].city, "es"))
    )
    assert address == "es/packet/index.html"
    assert data.decode() == page(sites["public"], "es")


def test_no_file_of_everybodys_site_holds_an_entry_of_staff(sites: dict[str, Site]) -> None:
    site = sites["public"]
    voices = (Speech(site.city, "en"),)
    files = {address: data for make in units(site, ("en",)).values() for address, data in make(site, voices)}
    told = sorted(address for address, data in files.items() if b"Do offer." in data)
    assert told == ["en/packet/index.html"]
    for entry in REGISTER:
        if entry.tier != "public":
            assert not [a for a, data in files.items() if entry.what.default.encode() in data]


def test_links_lead_to_pages_of_the_site(sites: dict[str, Site]) -> None:
    html = page(sites["internal"])
    assert 'href="../measures/days/index.html"' in html
    assert 'href="../problems/streetlights/index.html"' in html


def test_tables_have_heads_with_scope(sites: dict[str, Site]) -> None:
    html = page(sites["internal"])
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        assert "<thead>" in table
        assert all('scope="' in head for head in re.findall(r"<th[^e][^>]*>|<th>", table))
        labelled = re.search(r'aria-labelledby="([^"]+)"', table)
        assert labelled is not None
        assert html.count(f'id="{labelled[1]}"') == 1


def test_ids_stand_once(sites: dict[str, Site]) -> None:
    found = re.findall(r' id="([^"]+)"', page(sites["internal"]))
    assert len(found) == len(set(found))


@pytest.fixture(scope="module")
def files(sites: dict[str, Site]) -> Iterator[dict[str, str]]:
    yield {tier: packet_file(site, Speech(site.city, "en"), DAY).decode() for tier, site in sites.items()}


def test_the_file_needs_no_other(files: dict[str, str]) -> None:
    for html in files.values():
        assert "<link" not in html
        assert "<script" not in html
        assert "<style>" in html
        assert "break-inside" in html
        assert "<nav" not in html
        assert headings(html) == ["due", "standing", "new", "ask", "mind"]


def test_the_file_of_everybody_links_to_the_site_and_that_of_staff_nowhere(files: dict[str, str]) -> None:
    assert 'href="https://data.ribera.example/en/measures/days/"' in files["public"]
    assert "<li>https://data.ribera.example/en/measures/days/</li>" in files["public"]
    outward = re.findall(r'href="([^"]*)"', files["internal"])
    assert outward
    assert all(href.startswith("mailto:") for href in outward)
    assert "Do not pass it on." in files["internal"]
    assert "Do not pass it on." not in files["public"]


def test_the_same_day_gives_the_same_bytes(sites: dict[str, Site], files: dict[str, str]) -> None:
    again = packet_file(sites["internal"], Speech(sites["internal"].city, "en"), DAY)
    assert again.decode() == files["internal"]


def test_links_without_a_site_keep_their_words_and_those_for_the_link_alone_go() -> None:
    body = (
        '<p>See <a href="../measures/days/index.html">Days</a>, <a href="mailto:a@b.example">a@b.example</a>.</p>'
        '<p><a href="../quality/x/1/index.html">What was checked</a></p>'
        '<a class="term" href="../glossary/index.html#s">s</a>'
    )
    assert settle_links(body, "en/packet/index.html", "").strip() == (
        '<p>See Days, <a href="mailto:a@b.example">a@b.example</a>.</p>'
    )
    rooted = settle_links(body, "en/packet/index.html", "https://x.example")
    assert 'href="https://x.example/en/measures/days/"' in rooted
    assert 'href="https://x.example/en/glossary/#s"' in rooted


def test_many_findings_are_counted_and_not_all_listed(sites: dict[str, Site], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.site.packet_pages.MOST_FINDINGS", 1)
    monkeypatch.setattr("catalog.site.packet_pages.MOST_QUESTIONS", 1)
    monkeypatch.setattr("catalog.site.packet_caveats.MANY_SERIES", 3)
    site = sites["internal"]
    found = packet(site)
    assert [len(items) for side in found.found for _, items in side.measures] == [1]
    assert (found.signals, found.more_items, len(found.asked), found.more_asked) == (2, 1, 1, 1)
    assert any("some signals are chance" in said for said in found.general)
    html = page(site)
    assert "1 more signal stands on its measure" in html
    assert "1 more question could be asked" in html


def test_of_very_many_measures_those_with_a_question_come_first(
    sites: dict[str, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.site.packet_pages.MOST_MEASURES", 2)
    found = packet(sites["internal"])
    assert [(g.problem.id if g.problem else None, len(g.rows)) for g in found.standing] == [("streetlights", 2)]
    assert found.more_measures == 1
    assert "1 more measure is not looked at here." in page(sites["internal"])


def test_the_title_names_the_day(sites: dict[str, Site]) -> None:
    made = packet_page(sites["public"], Speech(sites["public"].city, "es"), DAY)
    assert made.address == "es/packet/index.html"
    assert "2 de noviembre de 2026" in made.title
