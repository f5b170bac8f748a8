"""The shared description of a catalogue and its datasets, made of the same views as the pages.

Belongs here: choosing what each entry says. Does not belong here: any format, deciding what a tier may see.

``site_url`` is where the public site is served. A site of another tier stands at an address of its own that nobody
declares, so its files are named without one.
"""

from __future__ import annotations

from catalog.machines.entries import CatalogEntry, DatasetEntry, DistributionEntry, joined
from catalog.machines.naming import plain_type
from catalog.site.addresses import Addresses, mail_link, outside_link
from catalog.site.site import Site
from catalog.views import InventoryCard, ProductView
from contracts.model import Text
from contracts.tiers import LEAST_RESTRICTIVE

ASK = Text("Not open here; ask its owner.")


def base_of(site: Site) -> str | None:
    """The address this tier's site is served at; None where nobody has said one."""
    return site.city.site_url if site.tier == LEAST_RESTRICTIVE else None


def describe_catalog(site: Site) -> CatalogEntry:
    """The catalogue itself."""
    city = site.city
    name = city.name.default
    return CatalogEntry(
        city=city.id,
        title=Text(f"{name}: data catalogue"),
        description=Text(
            f"Checked data products of {name}, each with its contract, its releases and their quality reports."
        ),
        publisher=city.publisher.name,
        publisher_email=city.publisher.email,
        publisher_url=outside_link(city.publisher.url),
        site_url=base_of(site),
        place=city.name,
        licence=city.licence,
        languages=city.languages or ("en",),
    )


def describe_datasets(site: Site) -> list[DatasetEntry]:
    """Every product, and a card for each product above the tier that may be known of."""
    products = [describe_product(site, p) for p in site.catalog.products.values()]
    return [*products, *(_card(site, c) for c in site.catalog.cards if c.kind == "product")]


def describe_product(site: Site, product: ProductView) -> DatasetEntry:
    """One product."""
    at = Addresses((site.city.languages or ("en",))[0])
    current, stone = product.current, product.tombstone
    published = [*(r.published_at for r in product.releases), *(c.published_at for c in product.closed)]
    frequency = product.promise("frequency")
    is_public = product.rendition == LEAST_RESTRICTIVE
    return DatasetEntry(
        id=product.name,
        title=product.title,
        description=joined(product.purpose, product.limitations) or product.title,
        keywords=tuple(sorted({*product.name.split("_"), *([product.practice] if product.practice else [])})),
        contact_name=site.city.publisher.name.default,
        contact_email=contact(site, product.steward or product.owner),
        access="public" if is_public else "non-public",
        rights=Text("") if is_public else _rights(product.why_not_public, product.how_to_ask),
        licence=product.licence or site.city.licence,
        issued=min(published).date().isoformat() if published else None,
        modified=_modified(product),
        withdrawn=(stone.at.date().isoformat(), stone.note) if stone else None,
        temporal=(None, current.data_to.date().isoformat()) if current and current.data_to else None,
        frequency=(float(frequency.value), frequency.unit)
        if frequency and frequency.unit and isinstance(frequency.value, (int, float))
        else None,
        version=current.version if current else None,
        distributions=tuple(
            DistributionEntry(
                path=at.data(product.name, current.version, f.path),
                media_type=plain_type(f.media_type),
                bytes=f.bytes,
                sha256=f.sha256,
                title=f"{product.title.default}, release {current.version}{_part(f.path)}",
            )
            for f in current.downloads
        )
        if current
        else (),
        page=at.product(product.name),
        theme=product.practice,
        described_by=at.product_file(product.name, "datapackage.json") if current else None,
        contract=at.product_file(product.name, "odcs.yaml") if current else None,
    )


def contact(site: Site, username: str | None) -> str:
    """An address to write to: the one named, or else the publisher's."""
    return username if username and mail_link(username) else site.city.publisher.email


def _modified(product: ProductView) -> str | None:
    """When what is offered changed last: the release served now, or the withdrawal."""
    if product.tombstone:
        return product.tombstone.at.date().isoformat()
    return product.current.published_at.date().isoformat() if product.current else None


def _part(path: str) -> str:
    """Which part of a large product a file is; nothing where the product is one file."""
    folder, _, name = path.rpartition("/")
    return f", part {name.rsplit('.', 1)[0]}" if folder else ""


def _card(site: Site, card: InventoryCard) -> DatasetEntry:
    at = Addresses((site.city.languages or ("en",))[0])
    return DatasetEntry(
        id=card.key,
        title=card.title,
        description=card.purpose or card.title,
        keywords=("inventory",),
        contact_name=site.city.publisher.name.default,
        contact_email=contact(site, card.owner),
        access="restricted" if card.how_to_ask else "non-public",
        rights=_rights(card.why_not_public, card.how_to_ask),
        page=at.card(card.key),
    )


def _rights(why: Text, how: Text) -> Text:
    return joined(why, how) or ASK
