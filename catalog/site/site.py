"""One tier's site as data, before any language: the views, and the figures and samples read once.

Belongs here: what all languages of a tier's pages share. Does not belong here: words, pages, writing files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from catalog.figures import Figures, Sample, measure_figures, sample
from catalog.history import Chain
from catalog.kept_releases import KeptReleases
from catalog.lineage import Node
from catalog.store import Store, naive_utc
from catalog.views import CatalogView, ProductView
from contracts.city import City, Problem
from contracts.home import CityHome

T = TypeVar("T")


class OnDemand(Mapping[str, T]):
    """Things by name, each read when first asked for."""

    def __init__(self, readers: Mapping[str, Callable[[], T]]) -> None:
        self._readers = readers
        self._read: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._read:
            self._read[name] = self._readers[name]()
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._readers

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)


@dataclass(frozen=True)
class Site:
    """What one tier's pages are made of. ``problems`` stand by decision date, then id.

    ``values`` are, by product, the values that stand in its release again and again, which are searched; ``origins``
    the sources that its release was made from, as its lineage tells them; ``beside`` the held products that share one
    of its sources.
    """

    city: City
    tier: str
    checked_at: datetime
    catalog: CatalogView
    problems: tuple[Problem, ...]
    figures: Mapping[str, Figures]
    samples: Mapping[str, Sample]
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    origins: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day of checking in the city."""
        return self.checked_at.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(self.city.timezone)).date()

    def product_of(self, problem: Problem) -> ProductView | None:
        """The product that a problem's measure reads, if the tier may see it."""
        if problem.measure is None:
            return None
        return self.catalog.products.get(problem.measure.product)

    def serving(self, problem: Problem) -> tuple[ProductView, ...]:
        """The products that serve a problem, as far as the tier may see them."""
        return tuple(self.catalog.products[p] for p in problem.products if p in self.catalog.products)

    def served_problems(self, product: str) -> tuple[Problem, ...]:
        """The problems that a product serves."""
        return tuple(p for p in self.problems if product in p.products)


def read_site(
    city: City,
    home: CityHome,
    tier: str,
    checked_at: datetime,
    sample_rows: int,
    kept_releases: KeptReleases | None = None,
    chain: Chain | None = None,
) -> Site:
    """One tier's site. Of releases no more is read than its lists say; figures and samples when they are asked for.

    Raises:
        ArtefactError: A kept file is missing, torn or altered.
    """
    releases = kept_releases or KeptReleases(home)
    store = Store(city, home, tier, releases, chain)
    catalog = store.catalog(checked_at)
    problems = tuple(sorted(city.problems.values(), key=lambda p: (p.decision.when, p.id)))
    served = {name: release for name, p in catalog.products.items() if (release := p.current)}
    figures = {
        p.id: partial(measure_figures, served[p.measure.product], p.measure)
        for p in problems
        if p.measure and p.measure.product in served
    }
    samples = {name: partial(sample, release, sample_rows) for name, release in served.items()}
    values = {name: partial(releases.values, release, city.named_from) for name, release in served.items()}
    origins = {name: partial(releases.origins, release, store.structure) for name, release in served.items()}
    read = (OnDemand(figures), OnDemand(samples), OnDemand(values), OnDemand(origins))
    return Site(city, tier, naive_utc(checked_at), catalog, problems, *read, held_beside(catalog))


def held_beside(catalog: CatalogView) -> Mapping[str, tuple[str, ...]]:
    """By product, the held ones that share a source of its release: those that may be its ``sisters``."""
    held = {p.name: _sources(p) for p in catalog.products.values() if p.held is not None}
    if not held:
        return {}
    found = {}
    for product in catalog.products.values():
        mine = frozenset(product.current.inputs if product.current else ())
        beside = tuple(name for name, sources in held.items() if name != product.name and mine & sources)
        if beside:
            found[product.name] = beside
    return found


def _sources(product: ProductView) -> frozenset[str]:
    """What a held product is made from, as its release or else the report of the refusal tells."""
    report = product.held.quality if product.held else None
    named = [count.source for count in report.counts] if report else []
    return frozenset([*named, *(product.current.inputs if product.current else ())])
