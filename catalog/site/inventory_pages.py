"""The inventory: every data set that the tier may know of, open or not, in one list, and the same as CSV.

Belongs here: one row a product, a source, or an inventory card, as laws on open data ask for. Does not belong here:
what a tier may know (``catalog.store``), the pages of the things themselves. A row of something above the tier holds
what its card holds, and nothing else.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from catalog.site.addresses import Addresses
from catalog.site.rendering import Page
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.words import Standing
from catalog.views import InventoryCard, ProductView, SourceView
from contracts.model import Text
from contracts.tiers import LEAST_RESTRICTIVE

MOST_ROWS = 400
"""Rows on a page; more stand on further pages, and all of them in the CSV."""
FILE = "inventory.csv"


@dataclass(frozen=True)
class Entry:
    """A data set in the list. ``newest`` is how far its data reaches, or when it last came.

    ``public_at`` is the whole address of its public edition, on a site that is not the public one.
    """

    title: Text
    address: str
    kind: str
    status: Standing
    open_to: str
    owner: str | None
    licence: str | None
    newest: str
    note: Text | None = None
    public_at: str | None = None


def inventory_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """The list, and further pages of it where there are very many."""
    at = Addresses(speech.language)
    t = speech.gettext
    entries = [*_products(site, speech), *_sources(site, speech), *_cards(site, speech)]
    parts = [entries[n : n + MOST_ROWS] for n in range(0, len(entries), MOST_ROWS)] or [[]]
    for number, part in enumerate(parts, start=1):
        title = t("Inventory of data")
        if number > 1:
            title += ", " + t("page %(n)s") % {"n": speech.num(number)}
        yield Page(
            address=at.inventory(number),
            template="inventory.html",
            title=title,
            section="inventory",
            summary=t("Every data set that this site may tell of, open or not, with whom to ask."),
            trail=((speech.plain(site.city.name), at.home()), (title, None)),
            context={
                "entries": part,
                "number": number,
                "all_parts": [(n, at.inventory(n)) for n in range(1, len(parts) + 1)],
                "counts": _counts(site, speech),
                "unavailable": list(site.catalog.unavailable.values()) if number == len(parts) else [],
                "file": FILE,
                "measures": len(site.city.measures),
                "unasked": sum(not site.asking.get(name) for name in site.city.measures),
            },
        )


def _counts(site: Site, speech: Speech) -> list[str]:
    """How many there are of each sort."""
    t, catalog = speech.translator, site.catalog
    closed = len(catalog.cards) + sum(not source.is_open for source in catalog.sources.values())
    numbers = len(catalog.products), len(catalog.sources), closed
    said = (
        t.ngettext("%(count)s product", "%(count)s products", numbers[0]),
        t.ngettext("%(count)s source", "%(count)s sources", numbers[1]),
        t.ngettext("%(count)s not open here", "%(count)s not open here", numbers[2]),
    )
    told = zip(numbers, said, (True, True, closed > 0), strict=True)
    return [text % {"count": speech.num(n)} for n, text, is_told in told if is_told]


def _products(site: Site, speech: Speech) -> Iterator[Entry]:
    at = Addresses(speech.language)
    for product in site.catalog.products.values():
        yield Entry(
            title=product.title,
            address=at.product(product.name),
            kind=speech.gettext("Product"),
            status=speech.words.state(product.state.value),
            open_to=speech.words.open_to(product.open_to),
            owner=product.owner or product.steward or site.city.publisher.email,
            licence=product.licence or site.city.licence,
            newest=_product_newest(product, speech),
            public_at=public_page(site, product, at),
        )


def public_page(site: Site, product: ProductView, at: Addresses) -> str | None:
    """The whole address of a product's public edition; None on the public site, and where none is known."""
    base = (site.city.site_url or "").rstrip("/")
    if site.tier == LEAST_RESTRICTIVE or not base or not product.is_public:
        return None
    return f"{base}/{at.product(product.name)}"


def _product_newest(product: ProductView, speech: Speech) -> str:
    current = product.current
    if current is None:
        return ""
    if current.data_to is None:
        return speech.gettext("not dated")
    return speech.dated(current.data_to, current.dating)


def _sources(site: Site, speech: Speech) -> Iterator[Entry]:
    at = Addresses(speech.language)
    for source in site.catalog.sources.values():
        good = source.newest_accepted
        yield Entry(
            title=source.title,
            address=at.source(source.name),
            kind=speech.gettext("Source"),
            status=speech.words.source_state(source.state.value),
            open_to=speech.words.tier(source.tier),
            owner=source.owner or source.steward or site.city.publisher.email,
            licence=source.licence,
            newest=speech.day(good.at) if good else "",
            note=source.why_not_public if not source.is_open and source.why_not_public else None,
        )


def _cards(site: Site, speech: Speech) -> Iterator[Entry]:
    at = Addresses(speech.language)
    t = speech.gettext
    for card in site.catalog.cards:
        yield Entry(
            title=card.title,
            address=at.card(card.key),
            kind=t("Product") if card.kind == "product" else t("Source"),
            status=speech.words.not_open(),
            open_to="",
            owner=card.owner or site.city.publisher.email,
            licence=None,
            newest="",
            note=card.why_not_public or Text(t("The reason is not written down yet; ask its owner.")),
        )


# the same for programs: English words of the contract and machine forms, in every language's site alike


def inventory_files(site: Site) -> Iterator[tuple[str, bytes]]:
    """The whole inventory as CSV at the site's root: address and bytes."""
    languages = site.city.languages or ("en",)
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, fieldnames=_fields(languages), lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(site, Addresses(languages[0])):
        writer.writerow(_flat(row, languages))
    yield FILE, table.getvalue().encode("utf-8")


def _fields(languages: tuple[str, ...]) -> list[str]:
    titles = [f"title_{language}" for language in languages]
    return ["kind", "id", *titles, "open_as", "public_page", "state", "owner", "licence", "data_to", "published_at",
            "release", "page", "purpose", "why_not_public", "how_to_ask"]  # fmt: skip


def _rows(site: Site, at: Addresses) -> Iterator[dict[str, Any]]:
    for product in site.catalog.products.values():
        current = product.current
        yield {
            "kind": "product",
            "id": product.name,
            "title": product.title,
            "open_as": " ".join(product.open_to),
            "public_page": public_page(site, product, at),
            "state": product.state.value,
            "owner": product.owner or product.steward or site.city.publisher.email,
            "licence": product.licence or site.city.licence,
            "data_to": current.data_to_written if current else None,
            "published_at": f"{current.published_at.isoformat()}Z" if current else None,
            "release": current.version if current else None,
            "page": _link(site, at.product(product.name)),
            "purpose": product.purpose.default,
            "why_not_public": product.why_not_public.default if product.carries_more else "",
            "how_to_ask": product.how_to_ask.default if product.carries_more else "",
        }
    for source in site.catalog.sources.values():
        yield _source_row(site, source, at)
    for card in site.catalog.cards:
        yield _card_row(site, card, at)


def _source_row(site: Site, source: SourceView, at: Addresses) -> dict[str, Any]:
    good = source.newest_accepted
    return {
        "kind": "source",
        "id": source.name,
        "title": source.title,
        "open_as": source.tier,
        "state": source.state.value,
        "owner": source.owner or source.steward or site.city.publisher.email,
        "licence": source.licence,
        "data_to": f"{good.at.isoformat()}Z" if good else None,
        "page": _link(site, at.source(source.name)),
        "purpose": source.purpose.default,
        "why_not_public": source.why_not_public.default,
        "how_to_ask": source.how_to_ask.default,
    }


def _card_row(site: Site, card: InventoryCard, at: Addresses) -> dict[str, Any]:
    return {
        "kind": card.kind,
        "id": card.key,
        "title": card.title,
        "state": "not open",
        "owner": card.owner or site.city.publisher.email,
        "page": _link(site, at.card(card.key)),
        "purpose": card.purpose.default,
        "why_not_public": card.why_not_public.default,
        "how_to_ask": card.how_to_ask.default,
    }


def _flat(row: dict[str, Any], languages: tuple[str, ...]) -> dict[str, Any]:
    """A row with its title in each language of the city; empty for what is not known."""
    title: Text = row.pop("title")
    told = {f"title_{language}": title.to(language) for language in languages}
    return {key: "" if value is None else value for key, value in (row | told).items()}


def _link(site: Site, address: str) -> str:
    """The address of a page: whole on the public site of a city that says where it stands, else from the root."""
    base = (site.city.site_url or "").rstrip("/") if site.tier == LEAST_RESTRICTIVE else ""
    return f"{base}/{address}" if base else address
