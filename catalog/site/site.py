"""One tier's site as data, before any language: the views, and the figures and samples read once.

Belongs here: what all languages of a tier's pages share. Does not belong here: words, pages, writing files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from catalog.figures import Figures, Sample, measure_figures, sample
from catalog.store import Store, naive_utc
from catalog.views import CatalogView, ProductView
from contracts.city import City, Problem
from contracts.home import CityHome


@dataclass(frozen=True)
class Site:
    """What one tier's pages are made of. ``problems`` stand by decision date, then id."""

    city: City
    tier: str
    checked_at: datetime
    catalog: CatalogView
    problems: tuple[Problem, ...]
    figures: Mapping[str, Figures]
    samples: Mapping[str, Sample]

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


def read_site(city: City, home: CityHome, tier: str, checked_at: datetime, sample_rows: int) -> Site:
    """Read one tier's site from kept files.

    Raises:
        ArtefactError: A kept file is missing, torn or altered.
    """
    catalog = Store(city, home, tier).catalog(checked_at)
    problems = tuple(sorted(city.problems.values(), key=lambda p: (p.decision.when, p.id)))
    figures = {}
    for problem in problems:
        product = catalog.products.get(problem.measure.product) if problem.measure else None
        if problem.measure and product and product.current:
            figures[problem.id] = measure_figures(product.current, problem.measure)
    samples = {name: sample(p.current, sample_rows) for name, p in catalog.products.items() if p.current}
    return Site(city, tier, naive_utc(checked_at), catalog, problems, figures, samples)
