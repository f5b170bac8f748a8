"""About the site, and the accessibility statement.

Belongs here: what those two pages are handed: licences by product, the software behind them. Does not belong here:
glossary, search. The statement follows the parts that the W3C's generator asks for; its date is the city's own
(``accessibility: {reviewed: ...}``), never the clock's.

Source: https://www.w3.org/WAI/planning/statements/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from catalog.machines.formats import site_formats
from catalog.site.addresses import Addresses
from catalog.site.rendering import Page
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import ProductView

SOFTWARE: Final = (
    ("Babel", "BSD-3-Clause"),
    ("Dagster", "Apache-2.0"),
    ("dbt", "Apache-2.0"),
    ("DuckDB", "MIT"),
    ("Great Expectations", "Apache-2.0"),
    ("Jinja", "BSD-3-Clause"),
    ("pandera", "MIT"),
    ("SQLGlot", "MIT"),
)
"""What the site is made with, none of which a page carries: name and licence. A test holds the licences against the
installed packages' own words."""


@dataclass(frozen=True)
class LicenceUse:
    """A licence and the products under it."""

    licence: str
    products: tuple[ProductView, ...]


def about_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """Both pages."""
    at = Addresses(speech.language)
    t = speech.gettext
    name = speech.plain(site.city.name)
    about = t("About, licence, accessibility")
    yield Page(
        address=at.about(),
        template="about.html",
        title=about,
        section="about",
        summary=t("Who publishes this, under which licence, and how its figures are made and checked."),
        trail=((name, at.home()), (about, None)),
        context={"alternates": site_formats(site, speech.language), "licences": licences(site), "software": SOFTWARE},
    )
    access = t("Accessibility statement")
    yield Page(
        address=at.accessibility(),
        template="accessibility.html",
        title=access,
        section="about",
        summary=t("How far everybody can use this site, what was tested, and whom to tell what is in the way."),
        trail=((name, at.home()), (about, at.about()), (access, None)),
        context={"review": site.city.accessibility},
    )


def licences(site: Site) -> tuple[LicenceUse, ...]:
    """Every licence of a product that the tier sees, the city's own first."""
    found: dict[str, list[ProductView]] = {site.city.licence: []}
    for product in site.catalog.products.values():
        found.setdefault(product.licence or site.city.licence, []).append(product)
    return tuple(LicenceUse(licence, tuple(products)) for licence, products in found.items())
