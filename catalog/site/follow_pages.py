"""How to be told when something changes: what a feed is, and the addresses of all of them.

Belongs here: what that page is handed. Does not belong here: what stands in a feed (``catalog.machines.feeds``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.site.addresses import Addresses
from catalog.site.rendering import Page
from catalog.site.shelves import WHOLE, by_title
from catalog.site.site import Site
from catalog.site.speech import Speech
from contracts.model import Text


@dataclass(frozen=True)
class Followed:
    """A thing with a feed: its title, its page, its feed."""

    title: Text
    page: str
    feed: str


def follow_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """The page."""
    at = Addresses(speech.language)
    t = speech.gettext
    title = t("Get told when something changes")
    listed = by_title(site.catalog.products.values(), speech)
    yield Page(
        address=at.follow(),
        template="follow.html",
        title=title,
        section="follow",
        summary=t("Addresses that tell of new releases, by a program that reads feeds."),
        trail=((speech.plain(site.city.name), at.home()), (title, None)),
        context={
            "problems": [Followed(p.title, at.problem(p.id), at.feed("problems", p.id)) for p in site.problems],
            "products": [Followed(p.title, at.product(p.name), at.feed("products", p.name)) for p in listed]
            if len(listed) <= WHOLE
            else [],
            "many": len(listed) > WHOLE,
        },
    )
