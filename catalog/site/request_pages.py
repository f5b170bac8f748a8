"""The page of what readers reported and asked for, with what became of it.

Belongs here: which entries a tier sees, and their links. Does not belong here: the entries' words and addresses
(``reader_loop``), the file (``contracts.requests``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.site.addresses import Addresses
from catalog.site.reader_loop import ReaderLoop, Told, may_read, newest_first, told
from catalog.site.rendering import Page
from catalog.site.site import Site
from catalog.site.speech import Speech
from contracts.city import Request

_OPEN_FIRST = ("open",)


@dataclass(frozen=True)
class Listed:
    """An entry in the list, with the page of what it is about; None where there is none."""

    told: Told
    address: str | None


def request_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """The page; it stands also where nothing was asked yet, and says how to ask."""
    at = Addresses(speech.language)
    t = speech.gettext
    title = t("What readers reported and asked for")
    seen = visible_requests(site)
    waiting, closed = ([r for r in seen if (r.status in _OPEN_FIRST) is state] for state in (True, False))
    yield Page(
        address=at.requests(),
        template="requests.html",
        title=title,
        section="requests",
        summary=t("Problems that readers reported and data they asked for, each with what became of it."),
        trail=((speech.plain(site.city.name), at.home()), (title, None)),
        context={
            "waiting": [_listed(site, speech, r) for r in waiting],
            "closed": [_listed(site, speech, r) for r in closed],
            "report_link": ReaderLoop(speech, site.tier, at.requests()).report(speech.plain(site.city.name)),
            "ask_link": ReaderLoop(speech, site.tier, at.requests()).ask(speech.plain(site.city.name)),
        },
    )


def visible_requests(site: Site) -> tuple[Request, ...]:
    """The entries about what a tier sees, the newest first."""
    return newest_first([r for r in site.city.requests if may_read(r, site.tier) and _sees(site, r)])


def _sees(site: Site, request: Request) -> bool:
    if request.about == "inventory":
        return _titled(site, request.subject) is not None
    known = {
        "product": site.catalog.products,
        "source": site.catalog.sources,
        "problem": site.city.problems,
    }
    return request.about == "wanted" or request.subject in known[request.about]


def _titled(site: Site, title: str) -> str | None:
    """The address, without language, of what has this English title here: a card, a product or a source."""
    catalog = site.catalog
    for card in catalog.cards:
        if card.title.default == title:
            return f"inventory/{card.key}"
    for product in catalog.products.values():
        if product.title.default == title:
            return f"products/{product.name}"
    for source in catalog.sources.values():
        if source.title.default == title:
            return f"sources/{source.name}"
    return None


def _listed(site: Site, speech: Speech, request: Request) -> Listed:
    at = Addresses(speech.language)
    address: str | None = None
    if request.about == "product":
        address = at.product(request.subject)
    elif request.about == "source":
        address = at.source(request.subject)
    elif request.about == "problem":
        address = at.problem(request.subject)
    elif request.about == "inventory":
        address = f"{speech.language}/{_titled(site, request.subject)}/index.html"
    return Listed(told(speech, request), address)
