"""How often Python looks for what is no longer used while a site is made.

Belongs here: the collector's settings. Does not belong here: what is made. A build reads some ten thousand views that
stay to its end, and makes pages of which nearly all is let go without a search; with the collector's usual settings a
fifth of a build's time went into looking at all of it again and again. Source: https://docs.python.org/3/library/gc.html.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (50_000, 20, 50)
"""New things, and rounds, after which Python looks again."""


def seldom() -> None:
    """Look seldom from now on, and never again at what there is already."""
    gc.freeze()
    gc.set_threshold(*_SELDOM)


@contextmanager
def sparing() -> Iterator[None]:
    """Look seldom inside the block."""
    usual = gc.get_threshold()
    seldom()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)
