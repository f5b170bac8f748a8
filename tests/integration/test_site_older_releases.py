"""The release served now and the newest have pages; older ones are told by their files. No link leads nowhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from catalog.settings import CatalogSettings
from catalog.site.build import build
from catalog.views import PAGED
from tests.integration.test_site import Reader, pages
from tests.unit.catalog.site_world import CHECKED_AT, DISTRICT_ROWS, World, build_world

NEWEST = PAGED + 3


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = build_world(tmp_path_factory.mktemp("older"))
    made = World(replace(made.city, languages=("en",)), made.home)
    for version in range(3, NEWEST + 1):
        made.release("districts", version, DISTRICT_ROWS, f"2026-10-{version + 2:02d}T06:10:00+00:00")
    rebuilt(made)
    return made


def rebuilt(made: World) -> None:
    build(made.city, made.home, checked_at=CHECKED_AT, settings=CatalogSettings(site_processes=1))


def versions(folder: Path, pattern: str) -> set[int]:
    return {int(p.parent.name) for p in folder.glob(pattern) if p.parent.name.isdecimal()}


def dangling(root: Path) -> list[tuple[str, str]]:
    """Links inside the site that lead to no file."""
    found = []
    for address, page in pages(root):
        for link in Reader(page).all("a") if address != "404.html" else ():
            parts = urlsplit(link.get("href", ""))
            if parts.path and not parts.scheme and not ((root / address).parent / unquote(parts.path)).is_file():
                found.append((address, link["href"]))
    return found


@pytest.mark.parametrize("tier", ["public", "internal"])
def test_the_newest_have_pages_and_the_others_their_files(world: World, tier: str) -> None:
    root = world.home.site / tier
    newest = set(range(NEWEST - PAGED + 1, NEWEST + 1))
    assert versions(root / "en/products/districts/releases", "*/index.html") == newest
    assert versions(root / "en/quality/districts", "*/index.html") == newest
    assert versions(root / "data/districts", "*/data.csv") == set(range(1, NEWEST + 1))
    # what the internal rendition kept names a source that is closed to staff now: it is not handed on
    told = {"public": {1, 2, 3}, "internal": set[int]()}[tier]
    for name in ("manifest.json", "lineage.json"):
        assert versions(root / "data/districts", f"*/{name}") == told
    for version in (1, 2, 3):
        for name in ("manifest.json", "quality.json", "lineage.json") if told else ("quality.json",):
            kept = world.home.release_dir(tier, "districts") / str(version) / name
            assert (root / "data/districts" / str(version) / name).read_bytes() == kept.read_bytes()


@pytest.mark.parametrize("tier", ["public", "internal"])
def test_the_change_log_leads_to_each_and_no_link_leads_nowhere(world: World, tier: str) -> None:
    root = world.home.site / tier
    links = {a.get("href", "") for a in Reader((root / "en/products/districts/index.html").read_text()).all("a")}
    assert {f"../../../data/districts/{version}/quality.json" for version in (1, 2, 3)} <= links
    assert "releases/4/index.html" in links
    assert "releases/3/index.html" not in links
    assert dangling(root) == []


def test_an_old_release_that_is_served_again_has_its_page(world: World) -> None:
    manifest = world.home.release_dir("public", "districts") / "2" / "manifest.json"
    commits = sorted((world.home.release_dir("public", "districts") / "commits").glob("*.json"))
    second = next(c for c in map(json.loads, (p.read_bytes() for p in commits)) if c["version"] == 2)
    assert manifest.is_file()
    world.commit("public", "districts", "rollback", 2, second["manifest_sha256"], "2026-11-02T06:00:00+00:00", "Twice.")
    rebuilt(world)
    root = world.home.site / "public"
    shown = versions(root / "en/products/districts/releases", "*/index.html")
    assert 2 in shown
    assert "Served now" in (root / "en/products/districts/releases/2/index.html").read_text()
    assert dangling(root) == []
