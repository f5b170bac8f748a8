"""One tier's site as data, before any language: the views, and the figures and samples read once.

Belongs here: what all languages of a tier's pages share. Does not belong here: words, pages, writing files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from catalog.answer import Observation
from catalog.data_service.product_records import ProductRecord
from catalog.figures import Figures, Sample, measure_figures, sample
from catalog.history import Chain
from catalog.kept_releases import KeptReleases
from catalog.lineage import Node
from catalog.measured import Kept, Measured, read_measured, read_newest
from catalog.store import Store, naive_utc
from catalog.views import CatalogView, ProductView, ReleaseView
from contracts.city import City, Problem
from contracts.condition import State
from contracts.home import CityHome
from contracts.measure import PRODUCT as MEASURES
from contracts.measure import Measure

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

    ``measured`` are the figures of each measure, ``newest`` the whole city's newest one alone (None where there is
    none): both empty where the tier sees no release of the product that holds them, and without those worked out from
    a withdrawn product. ``worked_out`` are, by product, the
    measures that are worked out from it, ``asking`` by measure the problems that name it. ``service`` is, by product,
    what its kept files tell of how well it serves.
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
    measured: Mapping[str, Measured] = field(default_factory=dict)
    newest: Mapping[str, Observation | None] = field(default_factory=dict)
    worked_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    service: Mapping[str, ProductRecord] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day of checking in the city."""
        return self.checked_at.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(self.city.timezone)).date()

    def product_of(self, problem: Problem) -> ProductView | None:
        """The product that a problem's measure reads, if the tier may see it."""
        if problem.measure is None:
            return None
        return self.catalog.products.get(problem.measure.product)

    def measures_of(self, problem: Problem) -> tuple[Measure, ...]:
        """The measures of a problem; the first answers its question."""
        return tuple(self.city.measures[m] for m in problem.measures if m in self.city.measures)

    def origin_of(self, measure: Measure) -> ProductView | None:
        """The product that a measure's figures are worked out from, if the tier may see it."""
        return self.catalog.products.get(measure.formula.product)

    def measures_from(self, product: str) -> tuple[Measure, ...]:
        """The measures that stand in a product, or are worked out from it."""
        if product == MEASURES:
            return tuple(self.city.measures.values())
        return tuple(self.city.measures[m] for m in self.worked_out.get(product, ()))

    def problems_of(self, measure: Measure) -> tuple[Problem, ...]:
        """The problems that name a measure."""
        named = self.asking.get(measure.id, ())
        return tuple(p for p in self.problems if p.id in named)

    def serving(self, problem: Problem) -> tuple[ProductView, ...]:
        """The products that serve a problem, as far as the tier may see them: its own, then those of its measures."""
        formulas = [m.formula.product for m in self.measures_of(problem)]
        named = dict.fromkeys([*problem.products, *formulas, *([MEASURES] if formulas else [])])
        return tuple(self.catalog.products[p] for p in named if p in self.catalog.products)

    def served_problems(self, product: str) -> tuple[Problem, ...]:
        """The problems that a product serves: that name it, or one of whose measures it holds or is the origin of."""
        measured = set(self.worked_out.get(product, ()))
        return tuple(
            p
            for p in self.problems
            if product in p.products or not measured.isdisjoint(p.measures) or (product == MEASURES and p.measures)
        )


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
    gone = {name for name, p in catalog.products.items() if p.state is State.WITHDRAWN}
    shown = {m.id: m for m in city.measures.values() if m.formula.product not in gone}
    figures = {
        p.id: partial(measure_figures, served[p.measure.product], p.measure)
        for p in problems
        if p.measure and p.measure.product in served and (p.measure.id in shown or p.measure.id not in city.measures)
    }
    samples = {name: partial(sample, release, sample_rows) for name, release in served.items()}
    values = {name: partial(releases.values, release, city.named_from) for name, release in served.items()}
    origins = {name: partial(releases.origins, release, store.structure) for name, release in served.items()}
    read = (OnDemand(figures), OnDemand(samples), OnDemand(values), OnDemand(origins))
    told = measured_of(city, shown, served.get(MEASURES))
    service = OnDemand(
        {n: partial(releases.record, p, city.products[n], city.timezone) for n, p in catalog.products.items()}
    )
    return Site(city, tier, naive_utc(checked_at), catalog, problems, *read, held_beside(catalog), *told, service)


def measured_of(
    city: City, shown: Mapping[str, Measure], release: ReleaseView | None
) -> tuple[
    Mapping[str, Measured],
    Mapping[str, Observation | None],
    Mapping[str, tuple[str, ...]],
    Mapping[str, tuple[str, ...]],
]:
    """What a release tells of the measures shown, read when asked for, and who is served by all, for ``Site``.

    A measure that is worked out from a withdrawn product is not shown: its figures would go on telling what was taken
    back.
    """
    worked_out: dict[str, tuple[str, ...]] = {}
    for measure in city.measures.values():
        product = measure.formula.product
        worked_out[product] = (*worked_out.get(product, ()), measure.id)
    asking: dict[str, tuple[str, ...]] = {}
    for problem in city.problems.values():
        for name in problem.measures:
            asking[name] = (*asking.get(name, ()), problem.id)
    if release is None:
        return {}, {}, worked_out, asking

    @cache
    def newest() -> Mapping[str, Observation]:
        return read_newest(release, tuple(shown.values()))

    measured = Kept(tuple(shown), lambda name: read_measured(release, (shown[name],))[name])
    return measured, OnDemand({m: partial(lambda m: newest().get(m), m) for m in shown}), worked_out, asking


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
