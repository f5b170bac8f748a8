"""The glossary: the catalogue's words, the units of its columns, and how others call them.

Belongs here: what that page is handed. Does not belong here: the words (``catalog.glossary``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.glossary import glossary
from catalog.site.addresses import Addresses
from catalog.site.rendering import Page
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import ProductView

SHOWN_PRODUCTS = 3
"""Products named beside a unit."""


@dataclass(frozen=True)
class UnitUse:
    """A unit of measure, in how many columns it stands, and the first products that have it."""

    unit: str
    columns: int
    products: tuple[ProductView, ...]


def glossary_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """The page."""
    at = Addresses(speech.language)
    t = speech.gettext
    title = t("Glossary")
    groups = glossary(speech.translator)
    yield Page(
        address=at.glossary(),
        template="glossary.html",
        title=title,
        section="glossary",
        summary=t("The words of these pages, and what they mean here."),
        trail=((speech.plain(site.city.name), at.home()), (title, None)),
        context={
            "groups": groups,
            "names": {term.id: term.name for group in groups for term in group.terms},
            "units": units(site),
        },
    )


def units(site: Site) -> tuple[UnitUse, ...]:
    """Every unit of a column that the tier sees, by name."""
    counts: dict[str, int] = {}
    users: dict[str, list[ProductView]] = {}
    for product in site.catalog.products.values():
        for column in product.columns:
            if not column.unit:
                continue
            counts[column.unit] = counts.get(column.unit, 0) + 1
            of = users.setdefault(column.unit, [])
            if len(of) < SHOWN_PRODUCTS and all(user.name != product.name for user in of):
                of.append(product)
    return tuple(UnitUse(unit, counts[unit], tuple(users[unit])) for unit in sorted(counts))
