"""What a web server answers with 410: the addresses of withdrawn products, each with the page that explains it.

    gone.json    for programs: since when, why as far as it may be told, what to use instead, which addresses
    gone.map     for nginx: one line an address, ``~^/data/x/ /en/products/x/index.html;``

Both are there when nothing is gone, so that a server can be set up once. docs/how-to/withdraw.md says how.

Belongs here: writing and reading the two lists. Does not belong here: the pages (``product_pages``), serving them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from catalog.site.addresses import Addresses
from catalog.site.site import Site
from catalog.views import ProductView
from contracts import kept
from contracts.home import FORMAT_VERSION

LIST = "gone.json"
MAP = "gone.map"


def gone_files(site: Site) -> dict[str, bytes]:
    """Both lists, by path from the site's root."""
    gone = [(p, _prefixes(site, p.name)) for p in site.catalog.products.values() if p.tombstone]
    lines = [f"~^/{prefix} /{page};" for _, prefixes in gone for prefix, page in prefixes.items()]
    entries = [_entry(site, product, prefixes) for product, prefixes in gone]
    return {
        LIST: kept.canonical_json({"format_version": FORMAT_VERSION, "gone": entries}),
        MAP: "".join(f"{line}\n" for line in lines).encode(),
    }


def _prefixes(site: Site, product: str) -> dict[str, str]:
    """What every address of the product begins with, and the page that stands in for it."""
    languages = site.city.languages or ("en",)
    pages = {language: Addresses(language).product(product) for language in languages}
    found = {page.removesuffix("index.html"): page for page in pages.values()}
    return {**found, f"data/{product}/": pages[languages[0]]}


def _entry(site: Site, product: ProductView, prefixes: dict[str, str]) -> dict[str, Any]:
    stone = product.tombstone
    assert stone is not None, "asked only for withdrawn products"
    return {
        "identifier": f"{site.city.id}/{product.name}",
        "product": product.name,
        "title": product.title.default,
        "status": "withdrawn",
        "withdrawn_at": stone.at.isoformat(),
        "note": {"en": stone.note.default, **stone.note.translations} if stone.note else None,
        "instead": f"{site.city.id}/{stone.instead}" if stone.instead else None,
        "erased": stone.erased,
        "contact": product.steward or product.owner or site.city.publisher.email,
        "addresses": prefixes,
    }


def read_gone(folder: Path) -> dict[str, str]:
    """The page that stands in for each gone address's beginning, of a built site; empty where it has no list."""
    path = folder / LIST
    if not path.is_file():
        return {}
    value = json.loads(path.read_bytes())
    return {prefix: page for entry in value["gone"] for prefix, page in entry["addresses"].items()}
