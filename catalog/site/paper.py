"""What a page needs on paper: the addresses behind its links, numbered and listed at its end.

Belongs here: numbering the links of a page's body and the list of where they lead. Does not belong here: how it looks
(``styles/print.css``, which alone shows the list), the words around it. A screen shows nothing of this.
"""

from __future__ import annotations

import re

from markupsafe import Markup

MOST = 80
"""Links of a page that is numbered; a longer list of links is a list already."""

LONGEST = 120
"""Characters of an address that may still be typed; a longer one, like a form filled in, is left out."""

_LINK = re.compile(r'<a ([^>]*?)href="([^"]*)"([^>]*)>')
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_NOT_PRINTED = ("mailto:",)
"""Nor a link into a page's middle: a table of signs has one in each cell."""


def with_addresses(body: str, here: str, root: str, heading: str) -> Markup:
    """A page's body with its links numbered, and the list of their addresses after it.

    Args:
        body: The body's markup, as our templates give it: every attribute in double quotes, every text escaped.
        here: The page's own address from the site's root.
        root: The site's address, or "" where the city has none that its readers may use.
        heading: What stands above the list.
    """
    numbers: dict[str, int] = {}

    def numbered(link: re.Match[str]) -> str:
        before, href, after = link.groups()
        if ("#" in href and "://" not in href) or href.startswith(_NOT_PRINTED):
            return link[0]
        address = full_address(href, here, root)
        if len(address) > LONGEST:
            return link[0]
        number = numbers.setdefault(address, len(numbers) + 1)
        return f'<a {before}href="{href}" data-note="{number}"{after}>'

    found = _LINK.sub(numbered, body)
    if not numbers or len(numbers) > MOST:
        return Markup(body)  # noqa: S704
    listed = "".join(f"<li>{address}</li>" for address in numbers)
    tail = f'<div class="only-paper"><h2>{Markup.escape(heading)}</h2><ol class="addresses">{listed}</ol></div>'
    return Markup(found + tail)  # noqa: S704


def full_address(href: str, here: str, root: str) -> str:
    """Where a link of the page ``here`` leads, as a person would type it."""
    if _SCHEME.match(href):
        return href
    path, mark, rest = href.partition("#")
    above, folders = 0, here.split("/")[:-1]
    while path.startswith("../", 3 * above):
        above += 1
    there = "/".join([*folders[: max(0, len(folders) - above)], path[3 * above :]])
    return f"{root.rstrip('/')}/{there}".removesuffix("index.html") + mark + rest
