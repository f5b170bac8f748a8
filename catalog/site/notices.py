"""What is wrong with the products that a measure's figures rest on, as its pages and its problems' pages say it.

A measure rests on two: the one that holds the figures of all measures, and the one it is worked out from. Each may be
held, late or gone on its own, and the page names which.

Belongs here: those sentences. Does not belong here: judging a product (``contracts.condition``), why it was held
(``speech``, ``templates/parts.html``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import Attempt, ProductView
from contracts.condition import State
from contracts.measure import PRODUCT, Measure


@dataclass(frozen=True)
class Notice:
    """One thing that is wrong. ``held`` is the refused attempt, where that is it."""

    product: ProductView
    said: str
    tone: str
    held: Attempt | None = None


def notices(site: Site, measure: Measure, speech: Speech) -> tuple[Notice, ...]:
    """What is wrong with the two products, as far as the tier may see them."""
    found: list[Notice] = []
    for name in (PRODUCT, measure.formula.product):
        product = site.catalog.products.get(name)
        if product is not None:
            found += _of(product, name == PRODUCT, speech)
    return tuple(found)


def worry(site: Site, measure: Measure | None) -> ProductView | None:
    """The first of the two that does not stand as it should; None where both do."""
    names = (PRODUCT, measure.formula.product) if measure else ()
    seen = (site.catalog.products.get(name) for name in names)
    return next((p for p in seen if p is not None and p.state is not State.PUBLISHED), None)


def _of(product: ProductView, holds: bool, speech: Speech) -> Iterator[Notice]:
    t = speech.gettext
    words = {"product": speech.plain(product.title)}
    match product.state:
        case State.WITHDRAWN if product.tombstone:
            words["day"] = speech.day(product.tombstone.at)
            said = (
                t("“%(product)s”, which holds the figures of all measures, was withdrawn on %(day)s.")
                if holds
                else t("“%(product)s”, from which the figure is worked out, was withdrawn on %(day)s.")
            )
            yield Notice(product, said % words, "fair")
        case State.CLOSED:
            said = (
                t("“%(product)s”, which holds the figures of all measures, is no longer offered here.")
                if holds
                else t("“%(product)s”, from which the figure is worked out, is no longer offered here.")
            )
            yield Notice(product, said % words, "fair")
        case State.NEVER if product.held is None:
            said = (
                t("“%(product)s”, which holds the figures of all measures, has never been published.")
                if holds
                else t("“%(product)s”, from which the figure is worked out, has never been published.")
            )
            yield Notice(product, said % words, "fair")
    if product.held is not None:
        words["day"] = speech.day(product.held.at)
        said = (
            t("A newer release of “%(product)s”, which holds the figures of all measures, was refused on %(day)s.")
            if holds
            else t("A newer release of “%(product)s”, from which the figure is worked out, was refused on %(day)s.")
        )
        yield Notice(product, said % words, "poor", product.held)
    elif product.state is State.LATE and product.late_by is not None:
        words["span"] = speech.span(product.late_by)
        said = (
            t("“%(product)s”, which holds the figures of all measures, is late by %(span)s.")
            if holds
            else t("“%(product)s”, from which the figure is worked out, is late by %(span)s.")
        )
        yield Notice(product, said % words, "fair")
