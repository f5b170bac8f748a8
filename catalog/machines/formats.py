"""Which files for machines there are: name, address and media type of each, for pages and ``llms.txt`` to link.

Belongs here: the list. Does not belong here: making the files (``files``, which keeps to this list; a test compares).
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog.machines import atom, croissant, data_package, dcat_ap, dcat_us_1_1, dcat_us_3, odcs, sitemap
from catalog.machines.describing import base_of
from catalog.site.addresses import Addresses
from catalog.site.site import Site
from catalog.views import ProductView, SourceView
from contracts.city import Problem

LINEAGE = "openlineage.ndjson"
_LD = "application/ld+json"


@dataclass(frozen=True)
class Format:
    """One file for machines. ``name`` is the format's own and the same in every language."""

    name: str
    address: str
    media_type: str


def formats(product: ProductView) -> tuple[Format, ...]:
    """The files about one product; of one that is not offered only its feed."""
    at = Addresses("")
    feed = Format("Atom", at.feed("products", product.name), atom.MEDIA_TYPE)
    if product.current is None:
        return (feed,)
    return (
        Format("Data Package 2.0", at.product_file(product.name, data_package.FILE), "application/json"),
        Format(f"Croissant {croissant.VERSION}", at.product_file(product.name, croissant.FILE), _LD),
        Format(f"ODCS {odcs.VERSION}", at.product_file(product.name, odcs.FILE), "application/yaml"),
        Format("OpenLineage", at.product_file(product.name, LINEAGE), "application/x-ndjson"),
        feed,
    )


def problem_formats(problem: Problem) -> tuple[Format, ...]:
    """The files about one problem: its feed."""
    return (Format("Atom", Addresses("").feed("problems", problem.id), atom.MEDIA_TYPE),)


def source_formats(source: SourceView) -> tuple[Format, ...]:
    """The files about one source: what became of its deliveries."""
    return (Format("OpenLineage", Addresses("").source_file(source.name, LINEAGE), "application/x-ndjson"),)


def site_formats(site: Site) -> tuple[Format, ...]:
    """The files about the whole catalogue."""
    at = Addresses("")
    found = [
        Format("DCAT-US 1.1", at.machine(dcat_us_1_1.FILE), "application/json"),
        Format("DCAT-US 3.0", at.machine(dcat_us_3.FILE), _LD),
        Format("DCAT-AP 3", at.machine(dcat_ap.FILE), _LD),
        Format("Atom", at.feed(), atom.MEDIA_TYPE),
        Format("llms.txt", at.machine("llms.txt"), "text/plain"),
    ]
    if base_of(site) is not None:
        found.append(Format("Sitemap", at.machine(sitemap.FILE), "application/xml"))
    return tuple(found)
