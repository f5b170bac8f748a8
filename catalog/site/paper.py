"""What a page needs on paper: the addresses behind its links, numbered and listed at its end.

Belongs here: numbering the links of a page's body and the list of where they lead. Does not belong here: how it looks
(``styles/print.css``, which alone shows the list), the words around it. A screen shows nothing of this.
"""

from __future__ import annotations

import posixpath
import re

from markupsafe import Markup

MOST = 80
"""Links of a page that is numbered; a longer list of links is a list already."""

LONGEST = 120
"""Characters of an address that may still be typed; a longer one, like a form filled in, is left out."""

_LINK = re.compile(r'<a (?P<before>[^>]*?)href="(?P<href>[^"]*)"(?P<after>[^>]*)>')
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
        href = link["href"]
        address = full_address(href, here, root)
        within = "#" in href and "://" not in href
        if within or href.startswith(_NOT_PRINTED) or len(address) > LONGEST:
            return link[0]
        number = numbers.setdefault(address, len(numbers) + 1)
        return f'<a {link["before"]}href="{href}" data-note="{number}"{link["after"]}>'

    found = _LINK.sub(numbered, body)
    if not numbers or len(numbers) > MOST:
        return Markup(body)  # noqa: S704
    listed = "".join(f"<li>{address}</li>" for address in numbers)
    tail = f'<div class="only-paper"><h2>{Markup.escape(heading)}</h2><ol class="addresses">{listed}</ol></div>'
    return Markup(found + tail)  # noqa: S704


def full_address(href: str, here: str, root: str) -> str:
    """Where a link of the page ``here`` leads, as a person would type it."""
    if re.match(r"[a-z][a-z0-9+.-]*:", href, re.IGNORECASE):
        return href
    path, mark, rest = href.partition("#")
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(here), path))
    return f"{root.rstrip('/')}/{joined}".removesuffix("index.html") + mark + rest
