"""The first page, the lists, inventory cards, and what stands at the site's root.

Belongs here: pages that mostly list. Does not belong here: problems, products, quality, sources, the data team's page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from catalog.site.addresses import Addresses
from catalog.site.problem_pages import Item, items
from catalog.site.rendering import Page
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import InventoryCard


def front_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """Home, the three lists, about."""
    at = Addresses(speech.language)
    t = speech.gettext
    answers = items(site, speech)
    lists = _lists(site, answers)
    name = speech.plain(site.city.name)
    yield Page(
        address=at.home(),
        template="home.html",
        title=name,
        summary=t("Questions the city must answer, and the checked data behind them."),
        context={**lists, "level": "h3"},
    )
    listed = (
        ("problems", at.problems(), t("Problems"), t("Questions the city must answer, each with its answer today.")),
        ("products", at.products(), t("Products"), t("Checked data to read, download and reuse.")),
        ("sources", at.sources(), t("Sources"), t("Where the records come from, and how their deliveries went.")),
    )
    for key, address, title, summary in listed:
        yield Page(
            address=address,
            template=f"{key}.html",
            title=title,
            section=key,
            summary=summary,
            trail=((name, at.home()), (title, None)),
            context={**lists, "level": "h2"},
        )
    about = t("About, licence, accessibility")
    yield Page(at.about(), "about.html", about, trail=((name, at.home()), (about, None)))


def _lists(site: Site, answers: list[Item]) -> dict[str, Any]:
    return {
        "answers": answers,
        "products": list(site.catalog.products.values()),
        "product_cards": [c for c in site.catalog.cards if c.kind == "product"],
        "unavailable": list(site.catalog.unavailable.values()),
        "sources": list(site.catalog.sources.values()),
        "source_cards": [c for c in site.catalog.cards if c.kind == "source"],
    }


def card_pages(speech: Speech, card: InventoryCard) -> Iterator[Page]:
    """An inventory card's page."""
    at = Addresses(speech.language)
    t = speech.gettext
    title = speech.plain(card.title)
    home = (t("Products"), at.products()) if card.kind == "product" else (t("Sources"), at.sources())
    yield Page(
        address=at.card(card.key),
        template="card.html",
        title=title,
        section="products" if card.kind == "product" else "sources",
        summary=speech.plain(card.purpose),
        trail=(home, (title, None)),
        context={"card": card},
    )


def root_page(speech: Speech) -> Page:
    """The page at the site's root: it leads to the first language and names the others."""
    return Page("index.html", "root.html", speech.plain(speech.city.name))


def missing_page(spoken: tuple[Speech, ...]) -> Page:
    """The page for an address that leads nowhere, in every language; its links start at the site's address."""
    parts = [
        {
            "language": speech.language,
            "heading": speech.gettext("There is no such page"),
            "sentence": speech.gettext(
                "The address leads nowhere. It may have been mistyped, or what stood there is not part of this site."
            ),
            "home": speech.gettext("Go to the first page"),
        }
        for speech in spoken
    ]
    base = (spoken[0].city.site_url or "").rstrip("/") + "/"
    title = spoken[0].gettext("There is no such page")
    return Page("404.html", "missing.html", title, context={"parts": parts, "base": base})
