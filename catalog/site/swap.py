"""Showing a finished site: one folder takes another's place.

Belongs here: the exchange of two folders. Does not belong here: what stands in them. Linux and macOS exchange two names
in one step; elsewhere the old folder steps aside first, and for that moment there is no site (the next build mends it).
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from contracts import kept
from contracts.errors import OutsideError

_AT_FDCWD = -100
_EXCHANGE = 2


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two names in one step; False where the system or the file system can't."""
    libc = ctypes.CDLL(None, use_errno=True)
    a, b = os.fsencode(first), os.fsencode(second)
    if sys.platform.startswith("linux") and hasattr(libc, "renameat2"):
        return bool(libc.renameat2(_AT_FDCWD, a, _AT_FDCWD, b, _EXCHANGE) == 0)
    if sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        return bool(libc.renamex_np(a, b, _EXCHANGE) == 0)
    return False


def exchange(finished: Path, place: Path) -> None:
    """Put the folder ``finished`` at ``place``; what stood there stands at ``finished`` then.

    Raises:
        OutsideError: The disk refused; the old site still stands where that was possible.
    """
    if kept.move_folder(finished, place):
        return
    with kept.step("exchange", place):
        is_exchanged = _exchange(finished, place)
    if is_exchanged:
        kept.sync_directory(place.parent)
        return
    aside = finished.with_name(finished.name + ".old")
    kept.remove(aside)
    kept.move_folder(place, aside)
    try:
        kept.move_folder(finished, place)
    except OutsideError:
        kept.move_folder(aside, place)
        raise
    kept.move_folder(aside, finished)
