"""A withdrawn product on the site: its page stays and explains, its files are gone, machines and servers are told."""

from __future__ import annotations

import json
import re
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.settings import CatalogSettings
from catalog.site.build import build
from catalog.site.serving import site_server
from contracts.city import Retention
from contracts.home import CityHome
from contracts.model import Text
from orchestration.publish import retention, withdraw
from orchestration.publish.withdraw import Order
from tests.unit.catalog.site_world import CHECKED_AT, DISTRICT_ROWS, SECRETS, World, build_world

NOTE = Text("Two streets were counted twice.", {"es": "Dos calles se contaron dos veces."})
ORDER = Order("SECRET_value of Calle 5 could be told", "privacy@ribera.example", CHECKED_AT.date(), NOTE, "districts")
PRODUCT = "requests_monthly"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made: World = build_world(tmp_path_factory.mktemp("site"))
    withdraw.withdraw(made.home, made.ledger, PRODUCT, ORDER, CHECKED_AT)
    build(made.city, made.home, checked_at=CHECKED_AT, settings=CatalogSettings())
    return made


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    with site_server(world.home.site / "public", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def read(home: CityHome, tier: str, page: str) -> str:
    """A page's text as a person reads it."""
    text = (home.site / tier / page / "index.html").read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text.split("<main", 1)[1]))


def asked(url: str, method: str = "GET") -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_its_page_stays_and_explains_in_each_language(world: World) -> None:
    english = read(world.home, "public", f"en/products/{PRODUCT}")
    for words in (
        "This product was withdrawn on 2 Nov 2026. Its files are no longer offered.",
        "Two streets were counted twice.",
        "Use instead: Districts",
        "Whom to ask: steward@ribera.example",
        "These questions cannot be answered from it any more: Streetlights",
        "What changed, release by release",
    ):
        assert words in english, words
    spanish = read(world.home, "public", f"es/products/{PRODUCT}")
    for words in ("Este producto se retiró el", "Dos calles se contaron dos veces.", "Use en su lugar: Distritos"):
        assert words in spanish, words
    assert "Two streets" not in spanish


def test_no_file_of_it_is_offered_and_no_secret_told(world: World) -> None:
    for tier in ("public", "internal"):
        folder = world.home.site / tier
        assert not (folder / "data" / PRODUCT).exists()
        assert not (folder / "data" / "problems" / "streetlights.csv").exists()
        pages = [p.read_text(encoding="utf-8") for p in folder.rglob("*.html")]
        assert not any(f"data/{PRODUCT}/" in page for page in pages)
    public = b"".join(p.read_bytes() for p in (world.home.site / "public").rglob("*") if p.is_file())
    assert not any(secret.encode() in public for secret in (*SECRETS, "Calle 5", "privacy@ribera.example"))


def test_staff_of_the_highest_tier_read_the_full_reason(world: World) -> None:
    assert "SECRET_value of Calle 5 could be told" in read(world.home, "internal", f"en/products/{PRODUCT}")


def test_a_question_that_rested_on_it_says_so_and_shows_no_figure(world: World) -> None:
    page = read(world.home, "public", "en/problems/streetlights")
    assert "This cannot be answered now: the data its figures rest on was withdrawn." in page
    assert "The product this question rests on was withdrawn on 2 Nov 2026." in page
    assert "Two streets were counted twice." in page
    assert "Use instead: Districts" in page
    assert "What it rested on was withdrawn, so there is nothing to be sure of." in page
    text = (world.home.site / "public/en/problems/streetlights/index.html").read_text(encoding="utf-8")
    assert "<svg" not in text and "<figure" not in text
    for tier in ("public", "internal"):
        home = read(world.home, tier, "en")
        assert "the data its figures rest on was withdrawn" in home


def test_machines_are_told(world: World) -> None:
    folder = world.home.site / "public"
    old = next(
        d for d in json.loads((folder / "data.json").read_text())["dataset"] if d["identifier"].endswith(PRODUCT)
    )
    assert old["description"].startswith("Withdrawn on 2026-11-02. Two streets were counted twice.")
    assert "distribution" not in old
    datasets = json.loads((folder / "dcat-us-3.json").read_text())["dataset"]
    new = next(d for d in datasets if d["identifier"][0].endswith(PRODUCT))
    assert new["status"] == "http://publications.europa.eu/resource/authority/dataset-status/WITHDRAWN"
    assert "distribution" not in new
    assert not any("status" in d for d in datasets if d["identifier"][0].endswith("/districts"))
    gone = {entry["product"]: entry for entry in json.loads((folder / "gone.json").read_text())["gone"]}
    assert set(gone) == {PRODUCT, "old_list"}
    assert gone[PRODUCT]["note"] == {"en": NOTE.default, "es": NOTE.translations["es"]}
    assert gone[PRODUCT]["instead"].endswith("/districts")
    assert gone[PRODUCT]["addresses"][f"data/{PRODUCT}/"] == f"en/products/{PRODUCT}/index.html"


def test_what_was_erased_is_said_to_be(world: World, tmp_path: Path) -> None:
    made = World(world.city, CityHome(shutil.copytree(world.home.root, tmp_path / "ribera")))
    withdraw.withdraw(made.home, made.ledger, PRODUCT, replace(ORDER, erase=True), CHECKED_AT)
    build(made.city, made.home, checked_at=CHECKED_AT, settings=CatalogSettings())
    said = "The data of its releases was removed; only the record of what was published stays."
    assert said in read(made.home, "public", f"en/products/{PRODUCT}")
    assert "because it was to be erased" in read(made.home, "public", f"en/products/{PRODUCT}/releases/1")
    gone = json.loads((made.home.site / "public/gone.json").read_text())["gone"]
    assert {entry["product"]: entry["erased"] for entry in gone} == {PRODUCT: True, "old_list": False}


def test_a_release_whose_data_was_retired_has_its_page_and_offers_nothing(tmp_path: Path) -> None:
    made: World = build_world(tmp_path)
    city = replace(made.city, retention=Retention(2, 0))
    made.release("districts", 3, DISTRICT_ROWS, "2026-10-04T06:10:00+00:00")
    made.release("districts", 4, DISTRICT_ROWS, "2026-10-05T06:10:00+00:00")
    assert retention.retire(made.home, made.ledger, city, CHECKED_AT)
    build(city, made.home, checked_at=CHECKED_AT, settings=CatalogSettings())
    for tier in ("public", "internal"):
        kept = sorted(p.parent.name for p in (made.home.site / tier / "data/districts").glob("*/data.csv"))
        assert kept == ["1", "3", "4"], "the first was gone back to"
        page = read(made.home, tier, "en/products/districts/releases/2")
        assert "old releases are kept for a limited time" in page
        assert "data removed on" in read(made.home, tier, "en/products/districts")
    assert not json.loads((made.home.site / "public/gone.json").read_text())["gone"][1:]


def test_a_server_answers_410_with_the_page(world: World, address: str) -> None:
    tombstone = (world.home.site / "public/en/products" / PRODUCT / "index.html").read_text(encoding="utf-8")
    for path in (f"en/products/{PRODUCT}/", f"en/products/{PRODUCT}/index.html", f"data/{PRODUCT}/1/data.csv"):
        assert asked(f"{address}/{path}") == (410, tombstone), path
    status, spanish = asked(f"{address}/es/products/{PRODUCT}")
    assert (status, 'lang="es"' in spanish) == (410, True)
    status, release = asked(f"{address}/en/products/{PRODUCT}/releases/1/")
    assert (status, "The product was withdrawn; its files are no longer offered." in release) == (410, True)
    assert asked(f"{address}/en/products/{PRODUCT}/index.html", "HEAD") == (410, "")
    assert asked(f"{address}/data/{PRODUCT}/../{PRODUCT}/%00")[0] in (400, 410)
    assert asked(f"{address}/data/{PRODUCT}x/1/data.csv")[0] == 404
    assert asked(f"{address}/en/products/districts/index.html")[0] == 200


def test_the_map_for_a_web_server_leads_to_pages_that_are_there(world: World) -> None:
    folder = world.home.site / "public"
    lines = (folder / "gone.map").read_text().splitlines()
    assert f"~^/data/{PRODUCT}/ /en/products/{PRODUCT}/index.html;" in lines
    assert len(lines) == 2 * 3
    for line in lines:
        pattern, page = line.removesuffix(";").split(" ")
        assert re.match(pattern.removeprefix("~"), f"{page}x") or pattern.startswith("~^/data/")
        assert (folder / page.lstrip("/")).is_file()
