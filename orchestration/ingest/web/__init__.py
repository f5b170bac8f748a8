"""The one way to a web server: checked addresses, bounded retries, pacing, caps, pages that outlive the process.

Belongs here: what all connectors of the web share. Does not belong here: any portal's protocol (``connectors``),
and what the bytes mean (``readers``). Nothing heavy is imported until something is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestration.ingest.web.client import Web

PACE = 5.0
"""Requests a second that one web server is asked at most, where nothing else is set; 0: as fast as it answers."""


def open_web(
    folder: Path, portals: tuple[tuple[str, str], ...], pace: float, tell: Callable[[str], None] | None = None
) -> Web:
    """The process's one way to web servers.

    Args:
        folder: Where processes tell each other when a host was last asked.
        portals: The operator's addresses by portal name (``--portal``): their hosts and ports are allowed.
        pace: Requests a second and host at most.
        tell: Called from now on where somebody waits for a server.
    """
    web = _web(folder, portals, pace, os.getpid())
    if tell is not None:
        web.tell = tell
    return web


@lru_cache(maxsize=8)
def _web(folder: Path, portals: tuple[tuple[str, str], ...], pace: float, _process: int) -> Web:
    """Kept for each process: one that was forked must not speak on its parent's connections."""
    from orchestration.ingest.web.client import Web

    return Web(folder, portals, pace)
