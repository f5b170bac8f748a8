"""What every page of a site loads beside itself: one style sheet, from the site's own folder.

Belongs here: which files those are, their names, the content policy that allows them and nothing else. Does not
belong here: how pages look (``stylesheet.css``), pages. A file's name holds the digest of its bytes, so that a browser
may keep it for ever and a page never meets another version's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from catalog import charts

STYLES = (Path(__file__).parent / "stylesheet.css", Path(charts.__file__).parent / "style.css")
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'"
)
"""The content policy: nothing is run or loaded but what stands in the site's own folder."""


def minified(css: str) -> str:
    """A style sheet without comments and idle blanks."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r"\s*([{};,])\s*", r"\1", css).replace(";}", "}").strip()


@lru_cache(maxsize=1)
def style() -> str:
    """The site's whole style sheet."""
    return minified("\n".join(path.read_text(encoding="utf-8") for path in STYLES))


@lru_cache(maxsize=1)
def assets() -> Mapping[str, bytes]:
    """Every file beside the pages, by address from the site's root."""
    return {style_address(): style().encode()}


@lru_cache(maxsize=1)
def style_address() -> str:
    """Where the style sheet stands."""
    return _named("cauce", ".css", style().encode())


def _named(name: str, ending: str, data: bytes) -> str:
    return f"assets/{name}-{hashlib.sha256(data).hexdigest()[:12]}{ending}"
