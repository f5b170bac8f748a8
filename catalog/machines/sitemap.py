"""Which pages there are, for robots: ``sitemap.xml`` and ``robots.txt``.

Belongs here: the two files. Does not belong here: which pages are built (``catalog.site.build``); every page named here
is one that each build makes.

A sitemap holds absolute addresses, so only a site with an address has one. The site of a tier above the public is for
its readers alone: it has no sitemap, and asks robots to stay away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.machines.atom import NEVER
from catalog.machines.describing import base_of
from catalog.machines.naming import address
from catalog.site.addresses import Addresses
from catalog.site.site import Site
from catalog.views import ProductView
from contracts.measure import PRODUCT as MEASURES
from contracts.tiers import LEAST_RESTRICTIVE

FILE = "sitemap.xml"
ROBOTS = "robots.txt"
MOST = 50_000
"""Addresses that one sitemap may hold; Source: https://www.sitemaps.org/protocol.html."""


@dataclass(frozen=True)
class _Place:
    """A page in every language: its address in each, in the city's order; ``changed`` as a date where known."""

    addresses: tuple[tuple[str, str], ...]
    changed: str | None = None


def sitemap_files(site: Site) -> Iterator[tuple[str, bytes]]:
    """``robots.txt``, and where the site has an address its sitemap; an index of several where one is too long."""
    base = base_of(site)
    if base is None:
        yield ROBOTS, _robots(site, None)
        return
    entries = [entry for place in _places(site) for entry in _entries(base, place)]
    sheets = [entries[i : i + MOST] for i in range(0, len(entries), MOST)]
    if len(sheets) == 1:
        yield FILE, _sheet(sheets[0])
    else:
        names = [f"sitemap-{n}.xml" for n in range(1, len(sheets) + 1)]
        yield FILE, _index([address(base, name) or "" for name in names])
        for name, sheet in zip(names, sheets, strict=True):
            yield name, _sheet(sheet)
    yield ROBOTS, _robots(site, address(base, FILE))


def _places(site: Site) -> Iterator[_Place]:
    languages = site.city.languages or ("en",)
    all_at = [Addresses(language) for language in languages]

    def place(made: str, *arguments: object, changed: str | None = None) -> _Place:
        found = tuple((at.language, str(getattr(at, made)(*arguments))) for at in all_at)
        return _Place(found, changed)

    for made in ("home", "problems", "measures", "products", "sources", "about", "follow", "data_service"):
        yield place(made)
    for problem in site.problems:
        moved = [c for p in site.serving(problem) if (c := changed_on(p))]
        yield place("problem", problem.id, changed=max(moved, default=None))
    holding = site.catalog.products.get(MEASURES)
    for measure in site.city.measures:
        yield place("measure", measure, changed=changed_on(holding) if holding else None)
    for product in site.catalog.products.values():
        yield place("product", product.name, changed=changed_on(product))
        if product.current:
            published = product.current.published_at.date().isoformat()
            yield place("release", product.name, product.current.version, changed=published)
            yield place("quality", product.name, product.current.version, changed=published)
    for source in site.catalog.sources:
        yield place("source", source)
    for card in site.catalog.cards:
        yield place("card", card.key)


def changed_on(product: ProductView) -> str | None:
    """The day something last happened to a product: a release, a refusal, a withdrawal."""
    moments = [*(c.at for c in product.history), *(a.at for a in product.attempts)]
    return max(moments, default=NEVER).date().isoformat() if moments else None


def _entries(base: str, place: _Place) -> Iterator[str]:
    found = [(language, address(base, path) or "") for language, path in place.addresses]
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{_text(language)}" href="{_text(there)}"/>'
        for language, there in (*found, ("x-default", found[0][1]))
    )
    changed = f"<lastmod>{place.changed}</lastmod>" if place.changed else ""
    for _, here in found:
        yield f"  <url><loc>{_text(here)}</loc>{changed}{others if len(found) > 1 else ''}</url>"


def _sheet(entries: list[str]) -> bytes:
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">'
    )
    return "\n".join([head, *entries, "</urlset>\n"]).encode("utf-8")


def _index(sheets: list[str]) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    named = [f"  <sitemap><loc>{_text(there)}</loc></sitemap>" for there in sheets]
    return "\n".join([head, *named, "</sitemapindex>\n"]).encode("utf-8")


def _robots(site: Site, sitemap: str | None) -> bytes:
    if site.tier != LEAST_RESTRICTIVE:
        return b"# This site is for city staff.\nUser-agent: *\nDisallow: /\n"
    lines = ["User-agent: *", "Disallow:", *([f"Sitemap: {sitemap}"] if sitemap else [])]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("'", "&apos;")
