"""What the site offers machines at its root: the two catalogues, made of the same views as the pages.

Belongs here: choosing what each entry says. Does not belong here: the formats (``catalog.dcat``), what is gone
(``gone``).
"""

from __future__ import annotations

import json

from catalog.dcat import CatalogEntry, DatasetEntry, DistributionEntry, data_json, dcat_us_3
from catalog.site.addresses import Addresses, mail_link
from catalog.site.gone import gone_files
from catalog.site.site import Site
from catalog.views import InventoryCard, ProductView

_OWN_LANGUAGE = "en"


def machine_files(site: Site) -> dict[str, bytes]:
    """The two catalogues and the two lists of what is gone, of one tier, by path from the site's root."""
    catalog, datasets = _catalog(site), _datasets(site)
    return {
        "data.json": _json(data_json(catalog, datasets)),
        "dcat-us-3.json": _json(dcat_us_3(catalog, datasets)),
        **gone_files(site),
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode("utf-8")


def _catalog(site: Site) -> CatalogEntry:
    city = site.city
    name = city.name.default
    return CatalogEntry(
        city=city.id,
        title=f"{name}: data catalogue",
        description=f"Checked data products of {name}, each with its contract, its releases and their quality reports.",
        publisher=city.publisher.name.default,
        publisher_email=city.publisher.email,
        publisher_url=city.publisher.url,
        site_url=city.site_url,
        languages=city.languages,
    )


def _datasets(site: Site) -> list[DatasetEntry]:
    products = [_product(site, p) for p in site.catalog.products.values()]
    return [*products, *(_card(site, c) for c in site.catalog.cards if c.kind == "product")]


def _product(site: Site, product: ProductView) -> DatasetEntry:
    at = Addresses(site.city.languages[0])
    current, stone = product.current, product.tombstone
    published = [*(r.published_at for r in product.releases), *(c.published_at for c in product.closed)]
    frequency = product.promise("frequency")
    description = " ".join(t.default for t in (product.purpose, product.limitations) if t) or product.title.default
    is_public = product.rendition == "public"
    return DatasetEntry(
        id=product.name,
        title=product.title.default,
        description=description,
        keywords=tuple(sorted({*product.name.split("_"), *([product.practice] if product.practice else [])})),
        contact_name=site.city.publisher.name.default,
        contact_email=_contact(site, product.steward or product.owner),
        access="public" if is_public else "non-public",
        rights=None if is_public else _rights(product.why_not_public.default, product.how_to_ask.default),
        licence=product.licence or site.city.licence,
        issued=min(published).date().isoformat() if published else None,
        modified=_modified(product),
        withdrawn=(stone.at.date().isoformat(), stone.note.default) if stone else None,
        frequency=(float(frequency.value), frequency.unit)
        if frequency and frequency.unit and isinstance(frequency.value, (int, float))
        else None,
        version=current.version if current else None,
        distributions=tuple(
            DistributionEntry(
                path=at.data(product.name, current.version, f.path),
                media_type=f.media_type,
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
        languages=(_OWN_LANGUAGE,),
    )


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
    at = Addresses(site.city.languages[0])
    return DatasetEntry(
        id=card.key,
        title=card.title.default,
        description=card.purpose.default or card.title.default,
        keywords=("inventory",),
        contact_name=site.city.publisher.name.default,
        contact_email=_contact(site, card.owner),
        access="restricted" if card.how_to_ask else "non-public",
        rights=_rights(card.why_not_public.default, card.how_to_ask.default),
        page=at.card(card.key),
        languages=(_OWN_LANGUAGE,),
    )


def _rights(why: str, how: str) -> str:
    return " ".join(part for part in (why, how) if part) or "Not open here; ask its owner."


def _contact(site: Site, username: str | None) -> str:
    return username if username and mail_link(username) else site.city.publisher.email
