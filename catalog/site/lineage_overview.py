"""The overview of lineage: every product and the sources it is made from, by practice.

Belongs here: which products stand on which page of it, and what those pages are handed. Does not belong here: the
lineage of one product (``lineage_pages``), positions (``catalog.lineage``).

A city of few products has one page, with a drawing for each practice; of more, tables alone; of many, the page lists
pages of a practice's products each, so that every page stays light.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from catalog.lineage import Node
from catalog.lineage.drawing import Label, Picture, draw
from catalog.site.addresses import Addresses, between
from catalog.site.lineage_pages import boxed_word, place_of, seen_by, spoken_in
from catalog.site.rendering import Page, drawing
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import ProductView
from contracts.model import Text

MOST_ON_ONE = 150
"""Products on one page; a page of more would be heavier than 100 KB."""
MOST_DRAWN = 40
"""Products on a page with drawings; the tables say the same of any number."""


@dataclass(frozen=True)
class Feed:
    """A source of a product: its title and page, and the step that it is in the product's lineage."""

    title: Text
    address: str | None
    node: Node
    tier: str = ""

    @property
    def key(self) -> str:
        """The same for the same source, whichever product's lineage names it."""
        return self.address or self.node.title


@dataclass(frozen=True)
class Fed:
    """A product, its sources, and whether a release of it is served; without one it has none."""

    product: ProductView
    feeds: tuple[Feed, ...]
    is_served: bool


@dataclass(frozen=True)
class Group:
    """The products of one practice on one page: the practice's name, where the page stands, the products."""

    practice: str
    heading: str
    address: str
    products: tuple[Fed, ...]

    @property
    def sources(self) -> int:
        """How many sources they are made from, together."""
        return len({feed.key for one in self.products for feed in one.feeds})


def lineage_overview_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """The overview: one page, or a page of links and the pages it leads to."""
    at = Addresses(speech.language)
    t = speech.gettext
    title = t("Where every product comes from")
    products = (t("Products"), at.products())
    is_one = len(site.catalog.products) <= MOST_ON_ONE
    groups = _groups(site, speech, at.lineages() if is_one else None)
    yield Page(
        address=at.lineages(),
        template="lineages.html",
        title=title,
        section="products",
        summary=t("Every product of this catalogue and the sources it is made from."),
        trail=(products, (title, None)),
        context=_context(speech, at.lineages(), groups if is_one else (), () if is_one else groups),
    )
    for group in () if is_one else groups:
        yield Page(
            address=group.address,
            template="lineages.html",
            title=f"{title}: {group.heading}",
            section="products",
            trail=(products, (title, at.lineages()), (group.heading, None)),
            context=_context(speech, group.address, (group,), ()),
        )


def _context(speech: Speech, here: str, shown: Sequence[Group], listed: Sequence[Group]) -> dict[str, Any]:
    few = sum(len(group.products) for group in shown) <= MOST_DRAWN
    return {
        "shown": [(group, _drawn(speech, here, group, n) if few else None) for n, group in enumerate(shown, start=1)],
        "listed": listed,
        "products_listed": sum(len(group.products) for group in listed),
    }


def _groups(site: Site, speech: Speech, one_page: str | None) -> tuple[Group, ...]:
    """Products by practice and title; in pages of at most ``MOST_ON_ONE`` unless all stand on one page."""
    at = Addresses(speech.language)
    by_practice: dict[str, list[ProductView]] = {}
    for product in sorted(site.catalog.products.values(), key=lambda p: (speech.plain(p.title), p.name)):
        by_practice.setdefault(product.practice or "", []).append(product)
    groups = []
    for practice in sorted(by_practice, key=lambda p: (not p, p)):
        products = by_practice[practice]
        name = speech.words.practice(practice) if practice else speech.gettext("Of no practice")
        size = len(products) if one_page else MOST_ON_ONE
        for part, start in enumerate(range(0, len(products), size), start=1):
            heading, key = name, f"of-{practice or 'none'}"
            if len(products) > size:
                heading = speech.gettext("%(practice)s, part %(n)s") % {"practice": name, "n": part}
                key = f"{key}-{part}"
            part_of = products[start : start + size]
            fed = tuple(Fed(p, _feeds(site, speech, p), p.name in site.origins) for p in part_of)
            groups.append(Group(practice, heading, one_page or at.lineages(key), fed))
    return tuple(groups)


def _feeds(site: Site, speech: Speech, product: ProductView) -> tuple[Feed, ...]:
    found: dict[str, Feed] = {}
    for node in site.origins.get(product.name, ()):
        title, address, _ = place_of(site, speech, product, node)
        feed = Feed(title, address, node, seen_by(site, product, node))
        found.setdefault(feed.key, feed)
    return tuple(sorted(found.values(), key=lambda f: (speech.plain(f.title), f.key)))


def _drawn(speech: Speech, here: str, group: Group, number: int) -> tuple[Markup, Markup] | None:
    """The drawing for a wide page and for a narrow one; none where there is nothing to draw."""
    fed = [one for one in group.products if one.feeds]
    if not fed:
        return None
    t = speech.gettext
    feeds = {feed.key: feed for one in fed for feed in one.feeds}
    sources = tuple(
        Label(
            id=f"source:{key}",
            kind="source",
            word=boxed_word(t("Source"), feed.tier, speech),
            title=speech.plain(feed.title),
            link=between(here, feed.address) if feed.address else "",
            tier=feed.tier,
            language=spoken_in(feed.title, speech),
        )
        for key, feed in sorted(feeds.items())
    )
    at = Addresses(speech.language)
    products = tuple(
        Label(
            id=f"product:{one.product.name}",
            kind="release",
            word=t("Product"),
            title=speech.plain(one.product.title),
            link=between(here, at.lineage(one.product.name)),
            tier=one.product.rendition,
            language=spoken_in(one.product.title, speech),
        )
        for one in fed
    )
    picture = Picture(
        id=f"practice-{number}",
        title=t("Sources and the products made from them"),
        text=t("Each arrow leads from a source to a product that is made from it. The table below says the same."),
        labels=(*sources, *products),
        edges=tuple((f"source:{feed.key}", f"product:{one.product.name}") for one in fed for feed in one.feeds),
    )
    return drawing(draw(picture, "wide")), drawing(draw(picture, "narrow"))
