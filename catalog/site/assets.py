"""What pages of a site load beside themselves: one style sheet for all, and scripts for the few that name one.

Belongs here: which files those are, their names, the content policy that allows them and nothing else. Does not
belong here: how pages look (``stylesheet.css``, ``styles/``), what a script does (``scripts/``), pages. A file's name
holds the digest of its bytes, so that a browser may keep it for ever and a page never meets another version's.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

_HERE = Path(__file__).parent
STYLES = (
    _HERE / "stylesheet.css",
    *sorted((_HERE / "styles").glob("*.css")),
)
"""The style sheet's parts, in the order in which they stand: the house's own, each component's."""

SCRIPTS = tuple(sorted((_HERE / "scripts").glob("*.js")))
"""Scripts that a page may name; every page reads without one."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'"
)
"""The content policy: nothing is run or loaded but what stands in the site's own folder."""


def policy_of(data_block: str) -> str:
    """The content policy of a page with a data block: browsers never run one, but checkers want its digest."""
    if not data_block:
        return POLICY
    digest = base64.b64encode(hashlib.sha256(data_block.encode("utf-8")).digest()).decode("ascii")
    return POLICY.replace("script-src 'self'", f"script-src 'self' 'sha256-{digest}'")


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
    return {style_address(): style().encode(), **{_script(path.stem)[0]: _script(path.stem)[1] for path in SCRIPTS}}


@lru_cache(maxsize=1)
def style_address() -> str:
    """Where the style sheet stands."""
    return _named("cauce", ".css", style().encode())


def script_address(name: str) -> str:
    """Where the script ``scripts/<name>.js`` stands.

    Raises:
        KeyError: There is no such script.
    """
    return _script(name)[0]


@lru_cache(maxsize=32)
def _script(name: str) -> tuple[str, bytes]:
    data = {path.stem: path for path in SCRIPTS}[name].read_bytes()
    return _named(name, ".js", data), data


def _named(name: str, ending: str, data: bytes) -> str:
    return f"assets/{name}-{hashlib.sha256(data).hexdigest()[:12]}{ending}"
