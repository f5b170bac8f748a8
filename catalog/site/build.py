"""Building a city's sites: every page aside, then one exchange with what is shown.

Belongs here: which tiers have a static site, in which order things are written, the released files beside
the pages. Does not belong here: what a page says. The same kept files, content and time of checking give the same
bytes; nothing here reads a clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from catalog.figures import figures_csv
from catalog.settings import CatalogSettings, load_catalog_settings
from catalog.site.addresses import Addresses
from catalog.site.assets import assets
from catalog.site.front_pages import card_pages, front_pages, missing_page, root_page
from catalog.site.machines import machine_files
from catalog.site.problem_pages import problem_pages
from catalog.site.product_pages import product_pages
from catalog.site.quality_pages import quality_pages
from catalog.site.released import Checked, place
from catalog.site.rendering import Page, Renderer
from catalog.site.site import Site, read_site
from catalog.site.source_pages import source_pages
from catalog.site.speech import Speech
from catalog.site.status_page import status_pages
from catalog.site.swap import show
from contracts import kept
from contracts.city import City
from contracts.home import CityHome

SITE_TIERS = ("public", "internal")
"""Tiers with a static site; higher ones are only ever rendered by a service, per grant."""


@dataclass(frozen=True)
class TierSite:
    """One built site. ``sha256`` is over all its files' paths and bytes."""

    folder: Path
    pages: int
    files: int
    sha256: str


@dataclass(frozen=True)
class BuiltSite:
    """What a build made, by tier."""

    city: str
    tiers: Mapping[str, TierSite]


def build(city: City, home: CityHome, *, checked_at: datetime, settings: CatalogSettings | None = None) -> BuiltSite:
    """Build ``site/public`` and ``site/internal`` of one city, each language, and show them.

    Args:
        city: The city's declared content.
        home: Its state folder; only ``work`` and ``site`` are written.
        checked_at: The time of checking, from which lateness is told.
        settings: The catalogue's settings; from the environment where None.

    Raises:
        ArtefactError: A kept file is missing, torn or altered; the sites stay as they were.
        OutsideError: The disk refused.
    """
    settings = settings or load_catalog_settings()
    aside = home.work / "site"
    kept.remove(aside)
    checked = Checked(home.site / ".checked.json", home.root)
    built: dict[str, TierSite] = {}
    try:
        for tier in SITE_TIERS:
            site = read_site(city, home, tier, checked_at, settings.sample_rows)
            built[tier] = _write(site, aside / tier, home.site / tier, checked)
        for tier in SITE_TIERS:
            show(aside / tier, home.site / tier)
        checked.remember()
    finally:
        kept.discard(aside)
    return BuiltSite(city.id, built)


def spoken(city: City) -> tuple[Speech, ...]:
    """The city's languages, in its order; English where it names none."""
    return tuple(Speech(city, language) for language in (city.languages or ("en",)))


def pages(site: Site, speech: Speech) -> Iterator[Page]:
    """Every page of one tier in one language."""
    yield from front_pages(site, speech)
    for problem in site.problems:
        yield from problem_pages(site, speech, problem)
    for product in site.catalog.products.values():
        yield from product_pages(site, speech, product)
        yield from quality_pages(site, speech, product)
    for source in site.catalog.sources.values():
        yield from source_pages(site, speech, source)
    for card in site.catalog.cards:
        yield from card_pages(speech, card)
    yield from status_pages(site, speech)


def _write(site: Site, folder: Path, shown: Path, checked: Checked) -> TierSite:
    kept.make_folder(folder)
    voices = spoken(site.city)
    names = tuple(v.language for v in voices)
    digest = hashlib.sha256()
    written = 0
    made = (_rendered(site, voices, names), _figures(site), machine_files(site).items(), assets().items())
    for address, data in chain.from_iterable(made):
        kept.write(folder / address, data)
        digest.update(f"{address}\0{len(data)}\0".encode())
        digest.update(data)
        written += address.endswith(".html")
    for address, source, sha256 in sorted(_downloads(site)):
        checked.note(source, sha256)
        place(source, folder / address)
        digest.update(f"{address}\0{sha256}\0".encode())
    count = sum(1 for path in folder.rglob("*") if path.is_file())
    return TierSite(shown, written, count, digest.hexdigest())


def _rendered(site: Site, voices: tuple[Speech, ...], names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    first = Renderer(voices[0], site.tier, names)
    for page in (root_page(voices[0]), missing_page(voices)):
        yield page.address, first.render(page)
    for speech in voices:
        renderer = Renderer(speech, site.tier, names)
        for page in pages(site, speech):
            yield page.address, renderer.render(page)


def _figures(site: Site) -> Iterator[tuple[str, bytes]]:
    at = Addresses("")
    for problem in site.problems:
        figures = site.figures.get(problem.id)
        if problem.measure and figures and figures.observations is not None:
            yield at.figures(problem.id), figures_csv(figures.observations, problem.measure)


def _downloads(site: Site) -> Iterator[tuple[str, Path, str]]:
    """Released files that are still offered: address, a file of this disk found to be the kept one, its sha256."""
    at = Addresses("")
    for product in site.catalog.products.values():
        for release in product.releases:
            for file in release.downloads if release.offered else ():
                path = release.release.local(file.path)
                yield at.data(product.name, release.version, file.path), path, file.sha256
