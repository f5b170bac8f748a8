"""Every file for machines of a site: those of one product, and those of all.

Belongs here: calling each format, and where its file stands. Does not belong here: any format.

The files of one product depend on its view and the city's general facts alone; those of the site on every product's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from markupsafe import Markup

from catalog.machines import (
    croissant,
    data_package,
    dcat_ap,
    dcat_us_1_1,
    dcat_us_3,
    feeds,
    llms,
    odcs,
    source_deliveries,
)
from catalog.machines.describing import describe_catalog, describe_datasets, describe_product
from catalog.machines.formats import LINEAGE
from catalog.machines.gone import gone_files
from catalog.machines.naming import json_bytes
from catalog.machines.openlineage import openlineage_events, openlineage_source_events
from catalog.machines.schema_org import catalog_ld, data_block, dataset_ld
from catalog.machines.sitemap import sitemap_files
from catalog.site.addresses import Addresses
from catalog.site.site import Site
from catalog.views import ProductView, SourceView


def product_files(site: Site, product: ProductView) -> Iterator[tuple[str, bytes]]:
    """The files of one product, by address from the site's root; only feeds where nothing is offered."""
    at = Addresses("")
    yield from feeds.product_feeds(site, product)
    release = product.current
    if release is None or product.contract is None:
        return
    catalog, dataset = describe_catalog(site), describe_product(site, product)
    yield (
        at.product_file(product.name, data_package.FILE),
        data_package.data_package(catalog, dataset, product, release),
    )
    yield at.product_file(product.name, croissant.FILE), croissant.croissant(catalog, dataset, product, release)
    yield at.product_file(product.name, odcs.FILE), odcs.odcs(product.contract)
    yield at.product_file(product.name, LINEAGE), openlineage_events(site, product)


def site_files(site: Site) -> Iterator[tuple[str, bytes]]:
    """The files of the whole site, by address from its root."""
    for made in SITE_FILES.values():
        yield from made(site)
    for problem in site.problems:
        yield from feeds.problem_feeds(site, problem)
    for source in site.catalog.sources.values():
        yield from source_files(site, source)


def catalog_files(site: Site) -> Iterator[tuple[str, bytes]]:
    """The catalogue in each of its formats."""
    at = Addresses("")
    catalog, datasets = describe_catalog(site), describe_datasets(site)
    yield at.machine(dcat_us_1_1.FILE), json_bytes(dcat_us_1_1.data_json(catalog, datasets))
    yield at.machine(dcat_us_3.FILE), json_bytes(dcat_us_3.dcat_us_3(catalog, datasets))
    yield at.machine(dcat_ap.FILE), json_bytes(dcat_ap.catalog_jsonld(catalog, datasets))


def source_files(site: Site, source: SourceView) -> Iterator[tuple[str, bytes]]:
    """The files of one source."""
    yield Addresses("").source_file(source.name, LINEAGE), openlineage_source_events(site, source)
    if source.landings:
        yield Addresses("").source_file(source.name, source_deliveries.FILE), source_deliveries.deliveries_csv(source)


def _words(site: Site) -> Iterator[tuple[str, bytes]]:
    yield Addresses("").machine(llms.FILE), llms.llms(site)


def _gone(site: Site) -> Iterator[tuple[str, bytes]]:
    yield from gone_files(site).items()


SITE_FILES: Mapping[str, Callable[[Site], Iterator[tuple[str, bytes]]]] = {
    "catalog": catalog_files,
    "feeds": feeds.city_feeds,
    "words": _words,
    "sitemap": sitemap_files,
    "gone": _gone,
}
"""The files of the whole site, by what they hang on: those that stand together are made together."""


def product_block(site: Site, product: ProductView) -> Markup:
    """The data block of a product's page: schema.org/Dataset."""
    return data_block(dataset_ld(describe_catalog(site), describe_product(site, product), product.columns))


def catalog_block(site: Site) -> Markup:
    """The data block of the first page: schema.org/DataCatalog."""
    return data_block(catalog_ld(describe_catalog(site)))
