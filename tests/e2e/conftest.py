"""What the end-to-end tests share: the demo city, run once, a small city with every odd state, a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.language import languages
from catalog.settings import CatalogSettings
from catalog.site import lineage_overview, search_pages
from catalog.site.addresses import Addresses
from catalog.site.build import build
from catalog.site.rendering import Renderer
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from contracts.home import CityHome
from tests.e2e.browser import Reader, chromium, find_chromium
from tests.unit.catalog.site_world import CHECKED_AT, DISTRICT_ROWS, World, build_world, city, column, text


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    """Debian's Chromium; tests that use it carry ``@pytest.mark.browser``."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium; elsewhere: set CAUCE_TEST_CHROMIUM)")
    with chromium(path) as browser:
        yield Reader(browser)


@pytest.fixture(scope="session")
def demo_run(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[CityHome, str]:
    """The whole demo, both deliveries, run once in a state folder of its own; its home and what it said."""
    home = tmp_path_factory.mktemp("demo-var")
    done = subprocess.run(
        [sys.executable, "-m", "cities.demo.play"],
        cwd=project_root,
        env={**os.environ, "CAUCE_HOME": str(home), "COLUMNS": "160"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return CityHome(home / "demo"), done.stdout


@pytest.fixture(scope="session")
def demo_site(demo_run: tuple[CityHome, str]) -> Path:
    """The demo city's sites, a folder a tier."""
    return demo_run[0].site


@pytest.fixture(scope="session")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sites of a small city in which things are held, late, withdrawn, closed, restricted and never published.

    In every language of the catalogue; its own texts are in English and Spanish. Beside its own pages stand those that
    only a large catalogue has.
    """
    world = build_world(tmp_path_factory.mktemp("small"))
    trees = replace(world.city.products["districts"], id="product/trees", name="trees", title=text("Trees", "Árboles"))
    planters = column("planters", "integer", "public", text("Who planted them.", "Quién los plantó."))
    once = replace(trees, object=replace(trees.object, properties=(*trees.columns, planters)))
    counted = f"SELECT *, 1 AS planters FROM ({DISTRICT_ROWS})"
    for version, contract in ((1, once), (2, trees)):
        then = World(city(products={**world.city.products, "trees": contract}), world.home)
        then.release("trees", version, counted, f"2026-0{version}-01T06:10:00+00:00")
    now = city(products={**world.city.products, "trees": trees}, languages=languages())
    build(now, world.home, checked_at=CHECKED_AT, settings=CatalogSettings())
    for tier in ("public", "internal"):
        for address, page in pages_of_a_large_catalogue(read_site(now, world.home, tier, CHECKED_AT, 3)):
            path = world.home.site / tier / address
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(page)
    return world.home.site


def pages_of_a_large_catalogue(site: Site) -> Iterator[tuple[str, bytes]]:
    """The pages of letters and of the lineage of a practice's products, as if there were too many for one page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_pages, "MOST_ON_ONE_PAGE", 0)
        patch.setattr(lineage_overview, "MOST_ON_ONE", 1)
        for language in site.city.languages:
            speech = Speech(site.city, language)
            renderer = Renderer(speech, site.tier, site.city.languages)
            whole = {Addresses(language).search(), Addresses(language).lineages()}
            found = (*search_pages.search_pages(site, speech), *lineage_overview.lineage_overview_pages(site, speech))
            yield from ((page.address, renderer.render(page)) for page in found if page.address not in whole)
