"""The index: folding, what stands in it and where, that a changed thing changes its own entry, what it may not hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import kept_releases
from catalog.figures import frequent_values
from catalog.kept_releases import KeptReleases
from catalog.search import ColumnText, Entry, Kind, build_index, fold, words
from catalog.search.folding import STOPS
from catalog.site.about_pages import about_pages
from catalog.site.follow_pages import follow_pages
from catalog.site.front_pages import front_pages
from catalog.site.glossary_pages import glossary_pages
from catalog.site.rendering import Renderer
from catalog.site.search_entries import LONGEST_LINE, cut, help_entries, product_entry
from catalog.site.search_pages import MOST_ON_ONE_PAGE, entries, letters, search_files, search_pages
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from catalog.views import ReleaseView
from contracts.city import Request
from contracts.condition import State
from contracts.model import Text
from tests.unit.catalog.site_world import CHECKED_AT, HERE, SECRETS, build_world, city

LETTERS = "abcdefghijklmnñopqrstuvwxyzáéíóúüãõâêôçàABCDÁÉÑÇÃ0123456789"
TITLES = st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=6).map(" ".join)


def read(script: bytes) -> dict[str, Any]:
    text = script.decode()
    assert text.startswith("self.cauceIndex = ")
    found: dict[str, Any] = json.loads(text.removeprefix("self.cauceIndex = ").rstrip().removesuffix(";"))
    return found


def places(script: bytes) -> dict[str, list[tuple[str, int]]]:
    """Every word with the field and the number of each thing (columns after the things) it stands in."""
    data = read(script)
    found: dict[str, list[tuple[str, int]]] = {}
    for word, post in zip(data["words"].split(), data["posts"].split(), strict=True):
        at = 0
        for field, step in re.findall(r"([A-D])([0-9a-z]+)", post):
            at += int(step, 36)
            found.setdefault(word, []).append((field, at))
        assert "".join(f"{f}{s}" for f, s in re.findall(r"([A-D])([0-9a-z]+)", post)) == post
    return found


def thing(title: str, **more: Any) -> Entry:
    return Entry(Kind.PRODUCT, f"products/{len(title)}/index.html", title, **more)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Información", "informacion"),
        ("SÃO PAULO", "sao paulo"),
        ("niñez", "ninez"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("İstanbul", "istanbul"),
        ("m²", "m2"),
        ("e\u0301", "e"),
    ],
)
def test_accents_and_capitals_do_not_count(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TITLES)
def test_a_word_is_found_however_it_is_written(title: str) -> None:
    assert words(title.upper()) == words(title) == words(fold(title))


def test_names_of_columns_fall_apart_into_words() -> None:
    assert words("opened_at, on-time (%)") == ("opened", "at", "on", "time")


@pytest.mark.parametrize("language", STOPS)
def test_common_words_are_written_as_they_are_compared(language: str) -> None:
    common = STOPS[language]
    assert common == sorted(set(common)) == [fold(word) for word in common]


@given(st.lists(TITLES, min_size=1, max_size=12))
def test_every_word_of_every_title_leads_to_its_thing(titles: list[str]) -> None:
    found = places(build_index([thing(title) for title in titles], "xx"))
    for number, title in enumerate(titles):
        for word in words(title):
            assert ("A", number) in found[word]


def test_a_word_stands_under_the_weightiest_field_alone() -> None:
    entry = thing(
        "Open streets", name="streets open_data", line="Streets of the port", rest=("The port and its streets",)
    )
    found = places(build_index([entry], "en"))
    assert found == {"open": [("A", 0)], "streets": [("A", 0)], "data": [("B", 0)], "port": [("C", 0)]}


def test_a_title_of_common_words_keeps_them() -> None:
    assert places(build_index([thing("The Who", rest=("the rest",))], "en")) == {
        "the": [("A", 0)], "who": [("A", 0)], "rest": [("D", 0)],
    }  # fmt: skip


def test_a_column_stands_once_however_many_carry_it() -> None:
    shared, own = ColumnText("district_id", "District", "Where it lies."), ColumnText("hours", "", "Time spent.")
    data = build_index([thing("One", columns=(shared,)), thing("Two", columns=(own, shared))], "en")
    assert [row[6] for row in read(data)["things"]] == [[0], [1, 0]]
    assert read(data)["columns"] == [["district_id", "District"], ["hours", ""]]
    assert places(data)["district"] == [("A", 2)]
    assert places(data)["hours"] == [("B", 3)]
    assert places(data)["lies"] == [("C", 2)]


def test_no_text_ends_the_script() -> None:
    data = build_index([thing("</script><script>alert(1)</script>", line="<!-- \u2028")], "en")
    assert b"<" not in data
    assert read(data)["things"][0][2] == "</script><script>alert(1)</script>"


def test_nothing_at_all_is_an_index_too() -> None:
    assert read(build_index([], "en"))["words"] == ""


def test_a_long_line_is_cut_at_a_word() -> None:
    assert cut("short  and\nplain") == "short and plain"
    line = cut("streets and lamps, " * 40)
    assert len(line) <= LONGEST_LINE + 1
    assert line.endswith(("streets…", "and…", "lamps…"))


# a whole city --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    world = build_world(tmp_path_factory.mktemp("searched"))
    return {tier: read_site(world.city, world.home, tier, CHECKED_AT, 10) for tier in ("public", "internal")}


def spoken(site: Site) -> Iterator[Speech]:
    return (Speech(site.city, language) for language in site.city.languages)


@pytest.mark.parametrize("tier", ["public", "internal"])
def test_the_same_site_gives_the_same_bytes(sites: dict[str, Site], tier: str) -> None:
    for speech in spoken(sites[tier]):
        assert list(search_files(sites[tier], speech)) == list(search_files(sites[tier], speech))


def test_no_index_and_no_page_of_the_search_holds_what_its_tier_may_not_see(sites: dict[str, Site]) -> None:
    said = {word for secret in SECRETS for word in (secret, fold(secret))}
    for speech in spoken(sites["public"]):
        files = dict(search_files(sites["public"], speech))
        held = b"\n".join([*files.values(), *(name.encode() for name in files)]).decode()
        held += repr(list(search_pages(sites["public"], speech)))
        assert [word for word in said if word in held] == []
        assert "secret" not in places(next(iter(files.values())))
        of_data = [entry for entry in entries(sites["public"], speech) if entry.kind is not Kind.WORD]
        assert not {"secret", "exact"} & set(places(build_index(of_data, speech.language)))
        staff = next(iter(dict(search_files(sites["internal"], speech)).values())).decode()
        assert "SECRET_column" in staff


def test_what_the_page_loads_is_what_was_written(sites: dict[str, Site]) -> None:
    for speech in spoken(sites["public"]):
        page = next(iter(search_pages(sites["public"], speech)))
        assert [page.context["index_address"]] == [address for address, _ in search_files(sites["public"], speech)]


def test_every_page_of_a_thing_is_found(sites: dict[str, Site]) -> None:
    site = sites["public"]
    speech = Speech(site.city, "en")
    kinds = [entry.kind for entry in entries(site, speech) if entry.kind not in (Kind.PAGE, Kind.WORD)]
    catalog = site.catalog
    expected = [
        *([Kind.PROBLEM] * len(site.problems)),
        *([Kind.MEASURE] * len(site.city.measures)),
        *([Kind.PRODUCT] * len(catalog.products)),
        *([Kind.SOURCE] * len(catalog.sources)),
        *([Kind.CARD] * len(catalog.cards)),
    ]
    assert kinds == expected
    assert Kind.CARD in kinds


def test_a_product_is_found_by_its_own_words_in_each_language_and_by_its_problem(sites: dict[str, Site]) -> None:
    site = sites["public"]
    number = [e.address for e in entries(site, Speech(site.city, "es"))].index("products/requests_monthly/index.html")
    found = places(build_index(entries(site, Speech(site.city, "es")), "es"))
    for word in words("Solicitudes por mes"):
        assert word in STOPS["es"] or ("A", number) in found[word]
    problem = site.served_problems("requests_monthly")[0]
    entry = product_entry(Speech(site.city, "es"), site.catalog.products["requests_monthly"], (problem,))
    assert Speech(site.city, "es").plain(problem.question) in entry.rest


def test_a_changed_product_changes_no_other_entry(sites: dict[str, Site]) -> None:
    site = sites["public"]
    speech = Speech(site.city, "en")
    before = entries(site, speech)
    products = dict(site.catalog.products)
    products["districts"] = replace(products["districts"], title=Text("Boroughs"))
    after = entries(replace(site, catalog=replace(site.catalog, products=products)), speech)
    changed = [old.address for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ["products/districts/index.html"]


def test_little_is_listed_on_one_page_and_much_by_letter() -> None:
    speech = Speech(city(), "es")
    few = [thing("Ñandú"), thing("árboles"), thing("311"), Entry(Kind.WORD, "glossary/index.html#a", "Word")]
    found = letters(speech, few)
    assert [(n.letter, n.address) for n in found] == [("a", None), ("n", None), ("0", None)]
    assert [n.label for n in found] == ["A", "N", speech.gettext("other signs")]
    many = [thing(f"{'abc'[n % 3]}{n}") for n in range(MOST_ON_ONE_PAGE + 1)]
    assert [n.address for n in letters(speech, many)] == [f"es/search/by-letter/{n}/index.html" for n in "abc"]
    assert sum(len(n.entries) for n in letters(speech, many)) == len(many)


def test_requests_are_not_searched(sites: dict[str, Site]) -> None:
    """What readers wrote is not the city's word; it stands with the thing it is about."""
    site = sites["public"]
    asked = Request(
        "r1", "ask", "wanted", "", Text("Zebras"), Text("Zebras"), CHECKED_AT.date(), "open", None, None, None, HERE
    )
    with_it = replace(site, city=replace(site.city, requests=(asked,)))
    speech = Speech(with_it.city, "en")
    assert "zebras" not in places(build_index(entries(with_it, speech), "en"))


def test_things_are_found_by_what_their_released_files_hold(sites: dict[str, Site]) -> None:
    site = sites["public"]
    made = entries(site, Speech(site.city, "en"))
    found = {e.address: {c.title for c in e.columns if not c.name} for e in made}
    assert {"Pothole", "Streetlight", "North"} <= found["products/requests_monthly/index.html"]
    assert "North" in found[f"problems/{site.problems[0].id}/index.html"]
    index = places(build_index(made, "en"))
    assert {field for field, _ in index["pothole"]} == {"B"}
    assert "Streetlight" in found[f"problems/{site.problems[0].id}/index.html"]
    without = replace(site, figures={}, values={}, measured={})
    assert not any(c.title and not c.name for e in entries(without, Speech(site.city, "en")) for c in e.columns)


@pytest.mark.parametrize("asked", ["how to cite", "sha256", "subscribe", "feed", "download", "license", "report"])
def test_parts_of_pages_are_found_by_the_words_people_ask_by(sites: dict[str, Site], asked: str) -> None:
    speech = Speech(sites["public"].city, "en")
    found = places(build_index(help_entries(speech), "en"))
    assert all(word in found for word in words(asked) if word not in STOPS["en"])


@pytest.mark.parametrize("asked", ["held", "quarantine", "lineage", "requests", "status"])
def test_pages_of_the_whole_site_are_found_by_what_they_are_called(sites: dict[str, Site], asked: str) -> None:
    """ "held", "quarantine" and "lineage" led to a word of the glossary alone."""
    for tier, site in sites.items():
        speech = Speech(site.city, "en")
        pages = help_entries(speech, tier)
        found = {e.address for e in pages if asked in words(f"{e.title} {e.line} {e.name}")}
        assert found or (asked, tier) == ("status", "public")
        assert ("status/index.html" in {e.address for e in pages}) == (tier == "internal"), "that page is not public"


def test_a_product_that_is_held_is_found_by_that_word(sites: dict[str, Site]) -> None:
    site = sites["public"]
    speech = Speech(site.city, "en")
    held = [p for p in site.catalog.products.values() if p.state is State.HELD]
    assert held and all("Held" in product_entry(speech, p).rest for p in held)


def test_every_part_of_a_page_that_helps_is_there(sites: dict[str, Site]) -> None:
    for site in sites.values():
        for speech in spoken(site):
            helping = [e.address.partition("#") for e in help_entries(speech)]
            made = {
                page.address.removeprefix(f"{speech.language}/"): Renderer(speech, site.tier, site.city.languages)
                .render(page)
                .decode()
                for builder in (about_pages, follow_pages, glossary_pages, front_pages)
                for page in builder(site, speech)
            }
            for address, _, anchor in helping:
                assert not anchor or f'id="{anchor}"' in made[address], (address, anchor)


def test_values_are_read_once_for_a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world(tmp_path)
    read: list[str] = []

    def counted(release: ReleaseView, minimum: int) -> tuple[str, ...]:
        read.append(release.manifest.product)
        return frequent_values(release, minimum)

    monkeypatch.setattr(kept_releases, "frequent_values", counted)

    def values(minimum: int = 10) -> dict[str, tuple[str, ...]]:
        releases = KeptReleases(world.home, tmp_path / "memory.json", "here")
        city = replace(world.city, minimum_cell=minimum)
        found = dict(read_site(city, world.home, "public", CHECKED_AT, 5, releases).values)
        releases.remember()
        return found

    first = values()
    assert sorted(read) == sorted(first)
    assert (values(), len(read)) == (first, len(first))
    assert values(10**6) == dict.fromkeys(first, ())
    assert len(read) == 2 * len(first)
