"""A packet as one file that stands by itself: its style inside it, links only where they lead somewhere from anywhere.

Belongs here: making that file. Does not belong here: what a packet says (``packet_pages``), writing it to a disk.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from markupsafe import Markup

from catalog.site.assets import style
from catalog.site.packet_pages import packet_page
from catalog.site.paper import full_address, with_addresses
from catalog.site.rendering import Renderer
from catalog.site.site import Site
from catalog.site.speech import Speech
from contracts.tiers import LEAST_RESTRICTIVE

_LINK = re.compile(r'<a ([^>]*?)href="([^"]*)"([^>]*)>(.*?)</a>', re.DOTALL)
_ALONE = re.compile(
    r'<p[^>]*><a [^>]*?href="(?!https?:|mailto:|#)[^"]*"[^>]*>[^<]*</a></p>|<a class="term"[^>]*>[^<]*</a>'
)
"""A paragraph that is but a link, and the link to a word's meaning: they say nothing without where they lead."""
_ABSOLUTE = ("http:", "https:", "mailto:", "#")


def packet_file(site: Site, speech: Speech, day: date, since: date | None = None) -> bytes:
    """The packet for a day as a page that needs no other file."""
    page = packet_page(site, speech, day, since, template="packet_file.html")
    root = (site.city.site_url or "") if site.tier == LEAST_RESTRICTIVE else ""

    def settled(body: str) -> Markup:
        return with_addresses(settle_links(body, page.address, root), page.address, root, speech.gettext("Addresses"))

    context = {**page.context, "style": Markup(style()), "settled": settled}  # noqa: S704 - our own style sheet
    return Renderer(speech, site.tier, (speech.language,)).render(replace(page, context=context))


def settle_links(body: str, here: str, root: str) -> str:
    """Links of the site as full addresses; where the site has none that readers may use, their words alone.

    What is there for the link's sake alone goes with it.
    """

    def settled(link: re.Match[str]) -> str:
        before, href, after, words = link.groups()
        if href.startswith(_ABSOLUTE):
            return link[0]
        if not root:
            return words
        return f'<a {before}href="{full_address(href, here, root)}"{after}>{words}</a>'

    return _LINK.sub(settled, body if root else _ALONE.sub("", body))
