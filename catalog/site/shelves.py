"""Products and sources sorted into shelves, so that a list of a thousand can be read: by practice, in parts, in counts.

Belongs here: which products stand together, in which order, how many to a page, how many stand how. Does not belong
here: what a page says of one product, addresses' forms (``addresses``).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.words import Standing
from catalog.views import ProductView, SourceView
from contracts.condition import SourceState, State
from contracts.problems import PRACTICES

OTHER = "other"
"""The shelf of products that name no practice."""

WHOLE = 60
"""Up to this many products, the list of all products names each of them."""

FIRST = 8
"""Products of a practice that are named where there are more than ``WHOLE``."""

ON_A_PAGE = 100
"""Products on one page of a practice."""

STATES = (State.HELD, State.LATE, State.NEVER, State.CLOSED, State.WITHDRAWN, State.PUBLISHED)
SOURCE_STATES = (SourceState.REFUSED, SourceState.LATE, SourceState.NEVER, SourceState.FRESH)


@dataclass(frozen=True)
class Tally:
    """How many of a list stand in one way."""

    status: Standing
    count: int


@dataclass(frozen=True)
class Shelf:
    """The products of one practice, by title; ``practice`` is the word in its address."""

    practice: str
    name: str
    products: tuple[ProductView, ...]
    tally: tuple[Tally, ...]
    serving: frozenset[str] = frozenset()

    def first(self, all_products: int) -> tuple[ProductView, ...]:
        """Those that a list of all products names: all of a few; of many, first those that serve a problem."""
        if all_products <= WHOLE:
            return self.products
        return tuple(sorted(self.products, key=lambda p: p.name not in self.serving)[:FIRST])

    def parts(self) -> Iterator[tuple[int, tuple[ProductView, ...]]]:
        """Its pages, numbered from 1."""
        for number, start in enumerate(range(0, len(self.products), ON_A_PAGE), start=1):
            yield number, self.products[start : start + ON_A_PAGE]

    @property
    def pages(self) -> int:
        """How many pages it fills."""
        return -(-len(self.products) // ON_A_PAGE)


def shelves(site: Site, speech: Speech) -> tuple[Shelf, ...]:
    """The products by practice, in the practices' own order; those without one come last."""
    found: dict[str, list[ProductView]] = {}
    for product in site.catalog.products.values():
        found.setdefault(product.practice or OTHER, []).append(product)
    order = {practice: place for place, practice in enumerate(PRACTICES)}
    serving = frozenset(name for problem in site.problems for name in problem.products)
    names = {p: speech.gettext("Other products") if p == OTHER else speech.words.practice(p) for p in found}
    return tuple(
        Shelf(
            practice,
            names[practice],
            tuple(by_title(found[practice], speech)),
            product_tally(found[practice], speech),
            serving,
        )
        for practice in sorted(found, key=lambda p: (p == OTHER, order.get(p, len(order)), p))
    )


def by_title(products: Iterable[ProductView], speech: Speech) -> list[ProductView]:
    """Products in the order of their titles in the page's language, accents aside."""
    return sorted(products, key=lambda p: (_plain_letters(speech.plain(p.title)), p.name))


def product_tally(products: Iterable[ProductView], speech: Speech) -> tuple[Tally, ...]:
    """How many products stand how: what needs someone comes first."""
    counts = Counter(p.state for p in products)
    return _tally({speech.words.state(s.value): counts[s] for s in STATES})


def source_tally(sources: Iterable[SourceView], speech: Speech, closed: int = 0) -> tuple[Tally, ...]:
    """How many sources stand how: what needs someone comes first, and last the ``closed`` ones told by a card."""
    counts = Counter(s.state for s in sources)
    told = {speech.words.source_state(s.value): counts[s] for s in SOURCE_STATES}
    return _tally({**told, speech.words.not_open(): closed})


def _tally(counts: Mapping[Standing, int]) -> tuple[Tally, ...]:
    return tuple(Tally(standing, count) for standing, count in counts.items() if count)


def _plain_letters(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))
