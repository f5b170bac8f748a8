"""Which kinds of pages a site has, and where to find one of each.

Belongs here: how a page's kind is told from its address and, where one address serves several, from what its English
form says. Does not belong here: what a page must be like.
"""

from __future__ import annotations

import re
from pathlib import Path

KINDS = {
    "home": r"{lang}/index\.html",
    "about": r"{lang}/about/index\.html",
    "accessibility": r"{lang}/accessibility/index\.html",
    "follow": r"{lang}/follow/index\.html",
    "glossary": r"{lang}/glossary/index\.html",
    "requests": r"{lang}/requests/index\.html",
    "packet": r"{lang}/packet/index\.html",
    "data service": r"{lang}/data-service/index\.html",
    "measures": r"{lang}/measures/index\.html",
    "measure": r"{lang}/measures/[^/]+/index\.html",
    "search": r"{lang}/search/index\.html",
    "letter": r"{lang}/search/by-letter/[^/]+/index\.html",
    "problems": r"{lang}/problems/index\.html",
    "problem": r"{lang}/problems/[^/]+/index\.html",
    "products": r"{lang}/products/index\.html",
    "product": r"{lang}/products/[^/]+/index\.html",
    "tombstone": r"{lang}/products/[^/]+/index\.html",
    "practice": r"{lang}/products/practice/[^/]+(/\d+)?/index\.html",
    "release": r"{lang}/products/[^/]+/releases/[^/]+/index\.html",
    "closed release": r"{lang}/products/[^/]+/releases/[^/]+/index\.html",
    "quality": r"{lang}/quality/[^/]+/\d+/index\.html",
    "history": r"{lang}/quality/[^/]+/index\.html",
    "attempt": r"{lang}/quality/[^/]+/held-\d+/index\.html",
    "lineages": r"{lang}/lineage/index\.html",
    "practice lineage": r"{lang}/lineage/of-[^/]+/index\.html",
    "lineage": r"{lang}/lineage/(?!of-)[^/]+/index\.html",
    "sources": r"{lang}/sources/index\.html",
    "source": r"{lang}/sources/[^/]+/index\.html",
    "inventory": r"{lang}/inventory/(_\d+/)?index\.html",
    "card": r"{lang}/inventory/(?!_)[^/]+/index\.html",
    "status": r"{lang}/status/index\.html",
    "missing": r"404\.html",
    "root": r"index\.html",
}
SAID = {
    "tombstone": "This product was withdrawn on",
    "closed release": "what may be seen of this product has changed since it was made",
}
"""What tells kinds apart that share a form of address."""

LARGE_ONLY = frozenset({"letter", "practice lineage"})
"""Kinds of which only a large catalogue has pages; the small city has them besides its own."""
ABSENT = {("public", "status"), ("internal", "card")}
"""Staff see the product itself where the public sees its card; the data team's page is for staff alone."""


def pages_of(site: Path, kind: str, language: str) -> list[Path]:
    """The pages of one kind in one tier's site, the heaviest first."""
    pattern = re.compile(KINDS[kind].format(lang=re.escape(language)))
    found = [p for p in site.rglob("*.html") if pattern.fullmatch(p.relative_to(site).as_posix())]
    found = [p for p in found if _kind(site, p, kind, language) == kind]
    return sorted(found, key=lambda p: (-p.stat().st_size, p.as_posix()))


def _kind(site: Path, page: Path, kind: str, language: str) -> str:
    alike = [k for k in SAID if KINDS[k] == KINDS[kind]]
    if not alike:
        return kind
    english = (site / "en" / page.relative_to(site / language)).read_text(encoding="utf-8")
    others = [k for k in KINDS if KINDS[k] == KINDS[kind] and k not in SAID]
    return next((k for k in alike if SAID[k] in english), others[0])
