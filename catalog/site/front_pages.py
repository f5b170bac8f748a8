"""The first page, the lists, inventory cards, and what stands at the site's root.

Belongs here: pages that mostly list. Does not belong here: problems, products, quality, sources, the data team's page.

How old the site is stands on the first page alone, and the foot of every page leads there. Written into each foot, a
new day would remake every page of a city of a thousand products; told by a script, each page would ask for one more
file and say nothing where scripts are off. The first page is made anew each day anyway. What hangs on the day, as that
a release is late, is told by each page itself: such a page is made again when it changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from catalog.machines.files import catalog_block
from catalog.machines.formats import site_formats
from catalog.site.addresses import Addresses
from catalog.site.problem_pages import items
from catalog.site.rendering import Page
from catalog.site.shelves import Shelf, Tally, product_tally, shelves, source_tally
from catalog.site.site import Site
from catalog.site.source_pages import nothing_new_since
from catalog.site.speech import Speech
from catalog.views import InventoryCard, SourceView
from contracts.condition import SourceState

FEW_SOURCES = 12
"""Up to this many sources, the first page names each; of more, those that need someone."""


def front_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """Home, the three lists, a practice's products."""
    at = Addresses(speech.language)
    t = speech.gettext
    lists = _lists(site, speech)
    name = speech.plain(site.city.name)
    yield Page(
        address=at.home(),
        template="home.html",
        title=name,
        summary=t("Questions the city must answer, and the checked data behind them."),
        context={
            **lists,
            "level": "h3",
            "today": site.today,
            "measures": len(site.city.measures),
            "sources": _few(lists["sources"]),
            "every_source": len(lists["sources"]),
            "listed_sources": len(lists["sources"]) + len(lists["source_cards"]),
            "alternates": site_formats(site, speech.language),
            "data_block": catalog_block(site),
        },
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
    yield from practice_pages(speech, lists["shelves"])


def practice_pages(speech: Speech, stand: tuple[Shelf, ...]) -> Iterator[Page]:
    """The products of each practice, a hundred to a page."""
    at = Addresses(speech.language)
    t = speech.gettext
    for shelf in stand:
        others = tuple((s.name, at.practice(s.practice), len(s.products), s is shelf) for s in stand)
        for number, part in shelf.parts():
            title = shelf.name if number == 1 else f"{shelf.name}, {t('page %(n)s') % {'n': number}}"
            yield Page(
                address=at.practice(shelf.practice, number),
                template="practice.html",
                title=title,
                section="products",
                summary=t("Checked data to read, download and reuse."),
                trail=((t("Products"), at.products()), (title, None)),
                context={"shelf": shelf, "part": part, "number": number, "others": others},
            )


def _lists(site: Site, speech: Speech) -> dict[str, Any]:
    answers = items(site, speech)
    counts = Counter(speech.words.against_target(i.answer.status, i.answer.focus_area is not None) for i in answers)
    order = ("poor", "fair", "good", "quiet")
    sources = list(site.catalog.sources.values())
    source_cards = [c for c in site.catalog.cards if c.kind == "source"]
    return {
        "answers": answers,
        "answer_tally": sorted((Tally(s, n) for s, n in counts.items()), key=lambda c: order.index(c.status.tone)),
        "next_decision": next((i.problem for i in answers if i.problem.decision.when >= site.today), None),
        "today": site.today,
        "shelves": shelves(site, speech),
        "products": list(site.catalog.products.values()),
        "product_tally": product_tally(site.catalog.products.values(), speech),
        "product_cards": [c for c in site.catalog.cards if c.kind == "product"],
        "unavailable": list(site.catalog.unavailable.values()),
        "sources": sources,
        "nothing_new_since": nothing_new_since,
        "source_tally": source_tally(sources, speech, len(source_cards)),
        "source_cards": source_cards,
    }


def _few(sources: list[SourceView]) -> list[SourceView]:
    """The sources that the first page names."""
    if len(sources) <= FEW_SOURCES:
        return sources
    return [s for s in sources if s.state is not SourceState.FRESH][:FEW_SOURCES]


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
        summary=card.purpose,
        trail=(home, (title, None)),
        names=(card.title,),
        context={"card": card},
    )


def root_page(speech: Speech) -> Page:
    """The page at the site's root: it leads to the first language and names the others."""
    return Page("index.html", "root.html", speech.plain(speech.city.name))


def missing_page(spoken: tuple[Speech, ...]) -> Page:
    """The page for an address that leads nowhere, in every language.

    It is served at any depth, so its links start at the root of its own host, or at the folder that the site's address
    names there.
    """
    parts = [
        {
            "language": speech.language,
            "heading": speech.gettext("There is no such page"),
            "sentence": speech.gettext(
                "The address leads nowhere. It may have been mistyped, or what stood there is not part of this site."
            ),
            "home": speech.gettext("Go to the first page"),
            "find": speech.gettext("Search this catalogue"),
            "search": Addresses(speech.language).search(),
        }
        for speech in spoken
    ]
    base = urlsplit(spoken[0].city.site_url or "").path.rstrip("/") + "/"
    title = spoken[0].gettext("There is no such page")
    return Page("404.html", "missing.html", title, context={"parts": parts, "base": base})
