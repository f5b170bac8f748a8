"""The whole site of a small city on disk: its pages, its links, what it never holds, and that it is the same twice."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
import pytest

from catalog.settings import CatalogSettings
from catalog.site.assets import POLICY, style, style_address
from catalog.site.build import BuiltSite, build
from catalog.site.serving import site_server
from contracts import kept
from contracts.city import City
from contracts.errors import ArtefactError, OutsideError
from contracts.home import CityHome
from contracts.model import Text
from tests.unit.catalog.site_world import CHECKED_AT, SECRETS, World, build_world, city, problem

SETTINGS = CatalogSettings()
VOID = {"meta", "link", "br", "input", "img", "hr", "source", "col"}


class Reader(HTMLParser):
    """What a page is made of, read as a browser would."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.words: dict[str, list[str]] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        for tag in self.open[-1:]:
            self.words.setdefault(tag, []).append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def said(self, tag: str) -> str:
        return " ".join(self.words.get(tag, ())).strip()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = build_world(tmp_path_factory.mktemp("site"))
    build(made.city, made.home, checked_at=CHECKED_AT, settings=SETTINGS)
    return made


def pages(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*.html")):
        yield path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")


def read(world: World, tier: str, address: str) -> str:
    return (world.home.site / tier / address / "index.html").read_text(encoding="utf-8")


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def rebuilt(made: City, home: CityHome, **more: Any) -> BuiltSite:
    return build(made, home, checked_at=more.pop("checked_at", CHECKED_AT), settings=SETTINGS)


@pytest.mark.parametrize("tier", ["public", "internal"])
def test_every_internal_link_leads_to_a_file_and_every_fragment_to_an_id(world: World, tier: str) -> None:
    root = world.home.site / tier
    followed = 0
    for address, page in pages(root):
        if address == "404.html":
            continue
        reader = Reader(page)
        ids = {attrs["id"] for _, attrs in reader.tags if "id" in attrs}
        for tag in ("a", "link"):
            for attrs in reader.all(tag):
                parts = urlsplit(attrs.get("href", ""))
                if parts.scheme:
                    assert parts.scheme in {"http", "https", "mailto", "data"}, (address, attrs)
                    continue
                if parts.path:
                    target = (root / address).parent / unquote(parts.path)
                    assert target.is_file(), f"{address} -> {attrs['href']}"
                    assert root.resolve() in target.resolve().parents
                    followed += 1
                else:
                    assert parts.fragment in ids, f"{address} -> {attrs['href']}"
    assert followed > 500


@pytest.mark.parametrize("tier", ["public", "internal"])
def test_every_page_has_title_language_one_heading_and_landmarks(world: World, tier: str) -> None:
    count = 0
    for address, page in pages(world.home.site / tier):
        reader = Reader(page)
        count += 1
        assert reader.unbalanced == [], address
        assert reader.open == [], address
        assert reader.said("title"), address
        assert len(reader.all("h1")) == 1, address
        assert len(reader.all("main")) == 1, address
        language = reader.all("html")[0]["lang"]
        assert language == (address.split("/")[0] if "/" in address else "en"), address
        ids = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
        assert len(ids) == len(set(ids)), (address, ids)
        for attrs in reader.all("th"):
            assert attrs.get("scope") in {"row", "col", "rowgroup"}, (address, attrs)
        named = {i for _, a in reader.tags for i in a.get("aria-labelledby", "").split()}
        assert named <= set(ids), (address, named - set(ids))
        if "/" in address:
            assert len(reader.all("header")) == len(reader.all("footer")) == 1, address
            assert reader.all("a")[0]["href"] == "#content", address
        levels = [int(name[1]) for name, _ in reader.tags if re.fullmatch("h[1-6]", name)]
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), (address, levels)
    assert count > 40


DATA_BLOCK = {"type": "application/ld+json"}
"""What is read and never run."""


def _own(script: dict[str, str]) -> bool:
    """Whether it is a file of the site's own folder."""
    return bool(re.fullmatch(r"(\.\./)*assets/[a-z-]+-[0-9a-f]{12}\.js", script.get("src", "")))


@pytest.mark.parametrize("tier", ["public", "internal"])
def test_a_page_is_small_loads_nothing_and_runs_nothing(world: World, tier: str) -> None:
    for address, page in pages(world.home.site / tier):
        reader = Reader(page)
        assert len(page.encode()) < 100_000, address
        assert [s for s in reader.all("script") if s != DATA_BLOCK and not _own(s)] == [], address
        assert [a for _, a in reader.tags if "style" in a or any(k.startswith("on") for k in a)] == [], address
        policy = next(a["content"] for a in reader.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
        assert re.sub(r" 'sha256-[A-Za-z0-9+/]{43}='", "", policy) == POLICY, address
        linked = next(a["href"] for a in reader.all("link") if a.get("rel") == "stylesheet")
        assert linked.endswith(style_address()), address
        assert "<style" not in page, address
        assert "url(" not in style()
        assert "@import" not in style()


def test_no_hidden_word_stands_in_any_byte_of_the_public_site(world: World) -> None:
    for path in sorted((world.home.site / "public").rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            where = path.relative_to(world.home.site).as_posix()
            assert [s for s in SECRETS if s.encode() in data or s in where] == [], where
    assert "SECRET_column" in read(world, "internal", "en/products/requests_monthly")


def test_the_public_site_has_no_page_for_the_data_team_and_the_internal_one_is_not_indexed(world: World) -> None:
    assert not (world.home.site / "public" / "en" / "status").exists()
    page = read(world, "internal", "en/status")
    assert "1 product held" in page
    assert "cauce audit report requests_monthly --city ribera" in page
    for _, text in pages(world.home.site / "internal"):
        assert 'content="noindex' in text


def test_the_first_page_opens_on_problems_with_their_answers(world: World) -> None:
    page = read(world, "public", "en")
    order = [
        page.index(s)
        for s in (
            'id="problems"',
            "Why do streetlights",
            "across the city in October 2026",
            "worst in South",
            'id="products"',
        )
    ]
    assert order == sorted(order)
    assert 'id="products"' in page and page.index('id="products"') < page.index('id="sources"')


def test_a_problem_page_gives_the_answer_the_dates_the_chart_and_the_same_figures_as_a_table(world: World) -> None:
    page = read(world, "public", "en/problems/streetlights")
    assert "above its usual range every month since May" in page
    for words in ("Data to", "Published", "Next due", "6 Dec 2026", "15 January 2027", "Director of Works"):
        assert words in page
    assert page.count('class="chart ') == 4, "the trend of the city and the areas side by side, each in two forms"
    assert "Ringed: outside it." in page
    assert "Worse than usual" in page
    released = world.home.release_dir("public", "measures") / "2" / "data.parquet"
    shown = duckdb.sql(
        f"SELECT value FROM '{released}' WHERE measure_id = 'days' AND measure_version = '1.1.0' AND area_id = 'all'"
        " AND group_dimension = 'all' AND is_complete_month ORDER BY period DESC"
    ).fetchall()
    table = re.findall(r'<th scope="row" class="nowrap">[^<]+</th><td class="num">([\d.]+) <span class="ci">', page)
    assert [float(value) for value in table] == [value for (value,) in shown]
    csv = (world.home.site / "public" / "data" / "problems" / "streetlights.csv").read_text().splitlines()
    assert csv[0].startswith("measure_id,measure_version,group_dimension,group_id,area_id,area_name,period,numerator,")
    assert len(csv) == 1 + 2 * (1 + 5) * 30, "both measures, the whole city and each area, month by month"


def test_downloads_are_the_released_bytes(world: World) -> None:
    site = world.home.site / "public" / "data" / "requests_monthly"
    for version in ("1", "2"):
        for name in ("data.parquet", "data.csv"):
            kept_file = world.home.release_dir("public", "requests_monthly") / version / name
            assert (site / version / name).read_bytes() == kept_file.read_bytes()


def test_withdrawn_and_taken_back_releases_explain_themselves_and_offer_nothing(world: World) -> None:
    public = world.home.site / "public"
    withdrawn = read(world, "public", "en/products/old_list")
    assert "This product was withdrawn on 1 Jun 2026" in withdrawn
    assert "Replaced by the street map." in withdrawn
    assert "its files are no longer offered" in read(world, "public", "en/products/old_list/releases/1")
    assert not (public / "data" / "old_list").exists()
    taken = read(world, "public", "en/products/districts/releases/2")
    assert "taken back" in taken
    assert "Two districts swapped." in taken
    assert sorted(p.name for p in (public / "data" / "districts").iterdir() if p.is_dir()) == ["1"]


def test_a_held_product_tells_what_was_refused_why_and_what_stays_served(world: World) -> None:
    page = read(world, "public", "en/products/requests_monthly")
    assert "A newer release was refused on 2 Nov 2026. Release 2 stays served." in page
    assert "Did not hold: The number of rows changes by no more than half. Found −60%, allowed −50% to 50%." in page
    assert "Other reasons concern data that this site may not show." in page
    report = read(world, "public", "en/quality/requests_monthly/held-1")
    assert "Not published. 1 of 2 rules did not hold." in report
    assert "300 rows before, 120 now" in report
    spanish = read(world, "public", "es/products/requests_monthly")
    found = "Resultado: −60%; permitido: de −50% a 50%."
    assert f"No se cumplió: El número de filas cambia a lo más en la mitad. {found}" in spanish
    for tier in ("public", "internal"):
        for address, text in pages(world.home.site / tier):
            assert "mustBe" not in text and "(did not hold" not in text, address


def test_a_product_never_published_says_so_and_whom_to_ask(world: World) -> None:
    page = read(world, "public", "en/products/budget")
    assert "This product has never been published." in page
    assert "mailto:steward@ribera.example" in page


def test_a_quality_report_opens_with_a_verdict_and_shows_each_rule_with_its_proof(world: World) -> None:
    page = read(world, "public", "en/quality/requests_monthly/2")
    assert "All 2 rules held, checked on up to 300 records." in page
    for words in ("Rules that held", "not stated", "Every row has a month.", "Shown to fail", "one month set to null"):
        assert words in page
    assert "cauce audit verify --city ribera" in page
    spanish = read(world, "internal", "es/quality/requests_monthly/2")
    assert "un mes quedó sin valor" in spanish
    assert "one month set to null" not in spanish
    assert '<span lang="en">one count made negative</span>' in spanish


def test_the_catalogues_for_machines_list_what_the_tier_may_know(world: World) -> None:
    for name in ("data.json", "dcat-us-3.json"):
        public = json.loads((world.home.site / "public" / name).read_text(encoding="utf-8"))
        titles = json.dumps(public, ensure_ascii=False)
        assert "Service requests by month" in titles
        assert "Hours of crews" in titles
        assert "SECRET" not in titles
    entry = json.loads((world.home.site / "public" / "data.json").read_text(encoding="utf-8"))
    addresses = re.findall(r'"downloadURL": "https://data\.ribera\.example/([^"]+)"', json.dumps(entry))
    assert addresses
    for address in addresses:
        assert (world.home.site / "public" / address).is_file()


def test_the_same_state_gives_the_same_bytes(tmp_path: Path) -> None:
    made = build_world(tmp_path)
    first = rebuilt(made.city, made.home)
    before = fingerprints(made.home.site)
    second = rebuilt(made.city, made.home)
    assert fingerprints(made.home.site) == before
    assert {t: s.sha256 for t, s in first.tiers.items()} == {t: s.sha256 for t, s in second.tiers.items()}
    later = rebuilt(made.city, made.home, checked_at=CHECKED_AT.replace(month=12))
    assert later.tiers["public"].sha256 != first.tiers["public"].sha256
    assert "Late" in read(made, "public", "en/sources/district_map")
    assert not (made.home.work / "site").exists()


def test_an_empty_city_has_a_whole_site_that_says_so(tmp_path: Path) -> None:
    bare = city(products={}, sources={}, problems={}, unavailable={})
    rebuilt(bare, CityHome(tmp_path))
    page = (tmp_path / "site" / "public" / "en" / "index.html").read_text(encoding="utf-8")
    for words in ("No problem has been declared yet.", "There are no data products yet.", "There are no sources yet."):
        assert words in page
    status = (tmp_path / "site" / "internal" / "en" / "status" / "index.html").read_text(encoding="utf-8")
    assert "Nothing waits for you" in status
    assert "No run is on record." in status


def test_a_language_without_words_is_served_in_english_and_says_so(tmp_path: Path) -> None:
    rebuilt(city(languages=("qu", "es")), CityHome(tmp_path))
    page = (tmp_path / "site" / "public" / "qu" / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert "not yet translated into this language" in page
    assert "not yet translated" not in (tmp_path / "site" / "public" / "es" / "index.html").read_text(encoding="utf-8")
    root = (tmp_path / "site" / "public" / "index.html").read_text(encoding="utf-8")
    assert 'url=qu/index.html"' in root


def test_words_of_a_contract_cannot_become_markup_or_script(tmp_path: Path) -> None:
    made = build_world(tmp_path)
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    product = replace(
        made.city.products["districts"], title=Text(evil), purpose=Text(evil), licence_out="javascript:alert(1)"
    )
    asked = replace(problem(), question=Text(evil), title=Text(evil), not_said=Text(evil))
    publisher = replace(made.city.publisher, name=Text(evil), url="javascript:alert(1)", email="x@y.example?bcc=z@y")
    hostile = replace(
        made.city,
        name=Text(evil),
        publisher=publisher,
        licence="javascript:alert(1)",
        products={**made.city.products, "districts": product},
        problems={"streetlights": asked},
    )
    rebuilt(hostile, made.home)
    seen = 0
    for address, page in pages(made.home.site / "internal"):
        reader = Reader(page)
        assert [s for s in reader.all("script") if s != DATA_BLOCK and not _own(s)] == reader.all("img") == [], address
        assert [a for a in reader.all("a") if a["href"].lower().startswith("javascript")] == [], address
        seen += "&lt;script&gt;" in page
    assert seen > 40


def test_an_altered_release_stops_the_build_and_leaves_the_site_as_it_was(tmp_path: Path) -> None:
    made = build_world(tmp_path)
    rebuilt(made.city, made.home)
    pages_before = {k: v for k, v in fingerprints(made.home.site).items() if k.endswith(".html")}
    path = made.home.release_dir("public", "districts") / "1" / "data.csv"
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.unlink()
    path.write_bytes(data)
    with pytest.raises(ArtefactError, match=r"data\.csv"):
        rebuilt(made.city, made.home)
    assert {k: v for k, v in fingerprints(made.home.site).items() if k.endswith(".html")} == pages_before
    assert not (made.home.work / "site").exists()


def test_an_interrupted_build_is_swept_by_the_next(tmp_path: Path) -> None:
    made = build_world(tmp_path)
    left = made.home.work / "site" / "public" / "en"
    left.mkdir(parents=True)
    (left / "torn.html").write_text("torn")
    rebuilt(made.city, made.home)
    assert not list(made.home.site.rglob("torn.html"))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with site_server(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_the_server_answers_this_machine_with_headers_and_leads_nowhere_else(world: World) -> None:
    with served(world.home.site / "public") as address:
        with urllib.request.urlopen(f"{address}/en/") as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert "Why do streetlights" in answer.read().decode()
        for nowhere in ("/nothing", "/data/", "/..%2f..%2fledger/00000001.json", "/../ledger/00000001.json"):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(address + nowhere)
            with caught.value as error:
                assert error.code == 404
                assert "There is no such page" in error.read().decode()
        port = int(address.rsplit(":", 1)[1])
        with pytest.raises(OutsideError, match="port cannot be used"):
            site_server(world.home.site / "public", port)


def closing(made: World, product: str, column: str) -> City:
    """The city after a public column of a product became internal."""
    contract = made.city.products[product]
    columns = tuple(replace(p, classification="internal") if p.name == column else p for p in contract.columns)
    changed = replace(contract, tier="internal", object=replace(contract.object, properties=columns))
    return replace(made.city, products={**made.city.products, product: changed})


def test_releases_with_a_column_closed_since_are_gone_from_the_public_site_and_say_so(tmp_path: Path) -> None:
    made = build_world(tmp_path)
    rebuilt(made.city, made.home)
    public = made.home.site / "public"
    assert (public / "data" / "requests_monthly" / "1" / "data.csv").exists()
    rebuilt(closing(made, "requests_monthly", "district_name"), made.home)
    for version in ("1", "2"):
        page = read(made, "public", f"en/products/requests_monthly/releases/{version}")
        assert "This release is no longer offered, because what may be seen of this product has changed" in page
        assert not (public / "en" / "quality" / "requests_monthly" / version).exists()
    assert not (public / "data" / "requests_monthly").exists()
    assert "no longer offered here" in read(made, "public", "en/products/requests_monthly")
    assert "ya no se ofrece" in read(made, "public", "es/products/requests_monthly/releases/1")
    assert "A newer release was refused on 2 Nov 2026." in read(made, "public", "en/products/requests_monthly")
    for path in public.rglob("*"):
        if path.is_file() and b"district_name" in path.read_bytes():
            raise AssertionError(path)
    assert (made.home.site / "internal" / "data" / "requests_monthly" / "1" / "data.csv").exists()
    for address, page in pages(public):
        for link in Reader(page).all("a") if address != "404.html" else ():
            place = unquote(urlsplit(link["href"]).path)
            if place and not urlsplit(link["href"]).scheme:
                assert ((public / address).parent / place).exists(), (address, link["href"])


def test_an_edit_inside_a_site_does_not_reach_the_release(tmp_path: Path) -> None:
    made = build_world(tmp_path)
    rebuilt(made.city, made.home)
    for version in ("1", "2"):
        kept_file = made.home.release_dir("public", "requests_monthly") / version / "data.csv"
        before = kept_file.read_bytes()
        (made.home.site / "public" / "data" / "requests_monthly" / version / "data.csv").write_bytes(b"edited")
        assert kept_file.read_bytes() == before
    rebuilt(made.city, made.home)
    shown = made.home.site / "public" / "data" / "requests_monthly" / "1" / "data.csv"
    assert b"edited" not in shown.read_bytes()


@pytest.mark.parametrize("memory", ["kept", "deleted", "torn"])
def test_an_altered_older_release_stops_the_build_whatever_was_remembered(tmp_path: Path, memory: str) -> None:
    made = build_world(tmp_path)
    rebuilt(made.city, made.home)
    remembered = made.home.site / ".built" / "public-releases.json"
    path = made.home.release_dir("public", "requests_monthly") / "1" / "data.csv"
    assert "public/requests_monthly/1" in json.loads(remembered.read_bytes())["notes"]
    assert not any(made.home.work.rglob("*"))
    if memory != "kept":
        remembered.unlink()
    if memory == "torn":
        remembered.write_bytes(b'{"')
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArtefactError, match=r"requests_monthly/1/data\.csv"):
        rebuilt(made.city, made.home)


def test_a_kept_file_is_hashed_once_for_as_long_as_it_stays_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = build_world(tmp_path)
    rebuilt(made.city, made.home)
    hashed: list[Path] = []
    monkeypatch.setattr(kept, "sha256_file", hashed.append)
    rebuilt(made.city, made.home)
    assert hashed == []
