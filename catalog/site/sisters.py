"""Products that were held although another one, made from the same delivery, was published.

Belongs here: finding them, from what the tier is told of each anyway. Does not belong here: which share a source
(``site.beside``), why one was held (``speech``), what a tier may know (``catalog.store``).

Two products stand on the same delivery where both tell the same numbers of records of the same source. Where the tier
is not told the numbers, nothing is said.
"""

from __future__ import annotations

from catalog.site.site import Site
from catalog.views import ProductView, QualityView


def held_sisters(site: Site, product: ProductView) -> tuple[ProductView, ...]:
    """The products that were held on the very delivery that this one's release was made from."""
    if product.current is None:
        return ()
    mine = _deliveries(product.current.quality)
    beside = [site.catalog.products[name] for name in site.beside[product.name]] if product.name in site.beside else []
    return tuple(other for other in beside if other.held is not None and mine & _deliveries(other.held.quality))


def _deliveries(report: QualityView | None) -> frozenset[tuple[str, int, int | None]]:
    """The deliveries that a report counts, each known by its numbers."""
    counts = report.counts if report is not None else ()
    return frozenset((c.source, c.received, c.accepted) for c in counts if c.received is not None)
