"""Which files for machines there are: name, address and media type of each, for pages and ``llms.txt`` to link.

Belongs here: the list. Does not belong here: making the files (``files``, which keeps to this list; a test compares).
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog import numbers
from catalog.language import SOURCE_LANGUAGE
from catalog.machines import (
    atom,
    croissant,
    data_package,
    dcat_ap,
    dcat_us_1_1,
    dcat_us_3,
    odcs,
    sitemap,
    source_deliveries,
)
from catalog.machines.describing import base_of
from catalog.site.addresses import Addresses
from catalog.site.site import Site
from catalog.views import ProductView, SourceView
from contracts.city import City, Problem

LINEAGE = "openlineage.ndjson"
_LD = "application/ld+json"


@dataclass(frozen=True)
class Format:
    """One file for machines. ``name`` is the format's own and the same in every language.

    ``language`` is that of a file of which there is one in each language, None of any other.
    """

    name: str
    address: str
    media_type: str
    language: str | None = None


def formats(product: ProductView, city: City, first: str = "") -> tuple[Format, ...]:
    """The files about one product; of one that is not offered only its feeds, that in the language ``first`` first."""
    at = Addresses("")
    told = _feeds(city, first, "products", product.name)
    if product.current is None:
        return told
    return (
        Format("Data Package 2.0", at.product_file(product.name, data_package.FILE), "application/json"),
        Format(f"Croissant {croissant.VERSION}", at.product_file(product.name, croissant.FILE), _LD),
        Format(f"ODCS {odcs.VERSION}", at.product_file(product.name, odcs.FILE), "application/yaml"),
        Format("OpenLineage", at.product_file(product.name, LINEAGE), "application/x-ndjson"),
        *told,
    )


def problem_formats(problem: Problem, city: City, first: str = "") -> tuple[Format, ...]:
    """The files about one problem: its feeds, that in the language ``first`` first."""
    return _feeds(city, first, "problems", problem.id)


def source_formats(source: SourceView) -> tuple[Format, ...]:
    """The files about one source: what became of its deliveries."""
    at = Addresses("")
    events = Format("OpenLineage", at.source_file(source.name, LINEAGE), "application/x-ndjson")
    table = Format("CSV", at.source_file(source.name, source_deliveries.FILE), "text/csv")
    return (events, table) if source.landings else (events,)


def site_formats(site: Site, first: str = "") -> tuple[Format, ...]:
    """The files about the whole catalogue; of its feeds that in the language ``first`` first."""
    at = Addresses("")
    found = [
        Format("DCAT-US 1.1", at.machine(dcat_us_1_1.FILE), "application/json"),
        Format("DCAT-US 3.0", at.machine(dcat_us_3.FILE), _LD),
        Format("DCAT-AP 3", at.machine(dcat_ap.FILE), _LD),
        *_feeds(site.city, first),
        Format("llms.txt", at.machine("llms.txt"), "text/plain"),
    ]
    if base_of(site) is not None:
        found.append(Format("Sitemap", at.machine(sitemap.FILE), "application/xml"))
    return tuple(found)


def _feeds(city: City, first: str, *of: str) -> tuple[Format, ...]:
    """The feeds of one thing, one in each language of the city."""
    languages = city.languages or (SOURCE_LANGUAGE,)
    return tuple(
        Format(
            f"Atom ({numbers.own_name(language)})" if len(languages) > 1 else "Atom",
            Addresses(language).feed(*of),
            atom.MEDIA_TYPE,
            language,
        )
        for language in sorted(languages, key=lambda language: (language != first, language))
    )
