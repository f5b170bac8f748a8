"""Making units: each through a site that notes what is read, its files written into the second folder.

Belongs here: what one process does with a list of units. Does not belong here: which units must be made (``build``),
sharing them between processes (``crew``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from catalog.history import Chain, read_chain
from catalog.kept_releases import LINEAGE, MANIFEST, QUALITY, REPORTS, KeptReleases
from catalog.kept_views import KeptReleaseView
from catalog.language import Translator
from catalog.site.addresses import Addresses
from catalog.site.code import code_digest
from catalog.site.folder import Folder
from catalog.site.memory import File
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from catalog.site.tracing import gathered, traced
from catalog.site.units import units
from catalog.views import ProductView
from contracts.city import City
from contracts.home import CityHome

DATA = "data/"
"""How the names of units begin that are released files."""


@dataclass(frozen=True)
class Order:
    """Whose site is made, and at what time: all that another process needs to make a part of it."""

    city: City
    home: CityHome
    tier: str
    checked_at: datetime
    sample_rows: int
    memory: Path
    vouches: str

    def read(self, chain: Chain | None = None) -> tuple[Site, KeptReleases]:
        """The site, and the releases that it is read from, with what is remembered of them.

        Args:
            chain: The ledger, where it was read already.

        Raises:
            ArtefactError: A kept file is missing, torn or altered.
        """
        releases = KeptReleases(self.home, self.memory, self.vouches)
        told = chain or self.chain()
        site = read_site(self.city, self.home, self.tier, self.checked_at, self.sample_rows, releases, told)
        return site, releases

    def chain(self) -> Chain:
        """The ledger, of which only new entries are read; the same for every tier.

        Raises:
            ArtefactError: An entry is torn.
        """
        return read_chain(self.home, self.home.cache / "history.json", code_digest())


@dataclass(frozen=True)
class Finished:
    """A unit that was made: what it read, and its files."""

    name: str
    read: tuple[str, ...]
    files: dict[str, File]


class Maker:
    """Makes units of one site."""

    def __init__(self, site: Site, folder: Folder) -> None:
        self.site = site
        self.folder = folder
        self._voices = spoken(site.city)
        self._units = units(site, tuple(v.language for v in self._voices))

    @property
    def translators(self) -> list[Translator]:
        """What templates are compiled for."""
        return list(dict.fromkeys(voice.translator for voice in self._voices))

    @property
    def names(self) -> list[str]:
        """Every unit's name; those of one product stand together, so that what is read of it is read once."""
        of_products = [
            f"{part}/{name}"
            for name in self.site.catalog.products
            for part in ("data", "files/product", *(f"{v.language}/product" for v in self._voices))
        ]
        return [*(name for name in self._units if "/product/" not in name), *of_products]

    def make(self, names: Iterable[str]) -> Iterator[Finished]:
        """Make the units of these names.

        Raises:
            ArtefactError: A kept file is missing, torn or altered.
            OutsideError: The disk refused.
        """
        last = ""
        for name in names:
            product = name.rpartition("/")[2] if "product/" in name or name.startswith(DATA) else ""
            if last and product != last:
                self._forget(last)
            last = product
            yield self._copied(product) if name.startswith(DATA) else self._made(name)
        if last:
            self._forget(last)

    def _made(self, name: str) -> Finished:
        seen: set[str] = set()
        site = traced(self.site, seen)
        voices = tuple(_hearing(voice, site.city) for voice in self._voices)
        files = {address: self.folder.put(address, data) for address, data in self._units[name](site, voices)}
        return Finished(name, gathered(seen), files)

    def _copied(self, name: str) -> Finished:
        product = self.site.catalog.products[name]
        files = {address: self.folder.copy(address, source, sha256) for address, source, sha256 in released(product)}
        return Finished(f"{DATA}{name}", (f"products/{name}",), files)

    def _forget(self, product: str) -> None:
        for release in self.site.catalog.products[product].releases:
            if isinstance(release, KeptReleaseView):
                release.forget()


def released(product: ProductView) -> Iterator[tuple[str, Path, str]]:
    """Released files as they are offered: address, a file of this disk found to be the kept one, its sha256.

    Of every release that is offered its data and its quality report; of one too old for a page, whether its data was
    removed or not, all that programs can read of it. But these files were cut by the contracts of their day: where a
    source, or the release before, was closed since, they tell of it, and are not handed on.
    """
    at = Addresses("")
    older = {release.version for release in product.filed}
    for release in product.releases if product.tombstone is None else ():
        is_older = release.version in older
        if not (release.offered or is_older):
            continue
        listed = {file.path: file.sha256 for file in release.manifest.files}
        reported = release.report_is_handed_on
        told = is_older and reported and release.lineage == release.release.report(LINEAGE)
        if is_older:
            listed[MANIFEST] = str(release.release.commit.manifest_sha256)
        for path, sha256 in sorted(listed.items()):
            handed_on = reported if path == QUALITY else told if path in REPORTS else release.offered
            if handed_on:
                source = release.release.shelf.local(f"{release.release.place}/{path}", sha256)
                yield at.data(product.name, release.version, path), source, sha256


def spoken(city: City) -> tuple[Speech, ...]:
    """The city's languages, in its order; English where it names none."""
    return tuple(Speech(city, language) for language in (city.languages or ("en",)))


def _hearing(voice: Speech, city: City) -> Speech:
    """The same language, its words already found, of a city that notes what is read."""
    known: dict[str, Any] = {
        name: getattr(voice, name) for name in ("language", "translator", "regional", "tag", "words")
    }
    heard = object.__new__(Speech)
    heard.__dict__.update(known, city=city)
    return heard
