"""Showing a finished site: one folder takes another's place.

Belongs here: the exchange of two folders and the sweeping of what was aside. Does not belong here:
what stands in them. Linux and macOS exchange two names in one step; elsewhere the old folder steps
aside first, and for that moment there is no site (the next build mends it).
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

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


def show(finished: Path, place: Path) -> None:
    """Put the folder ``finished`` at ``place``; what stood there is removed.

    Raises:
        OutsideError: The disk refused; the old site still stands where that was possible.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            finished.rename(place)
            return
        if _exchange(finished, place):
            shutil.rmtree(finished)
            return
        aside = finished.with_name(finished.name + ".old")
        place.rename(aside)
        try:
            finished.rename(place)
        except OSError:
            aside.rename(place)
            raise
        shutil.rmtree(aside)
    except OSError as error:
        raise OutsideError(
            "the disk refused a new site",
            where=str(place),
            found=error.strerror or str(error),
            hint="free space or mend the permissions, then cauce catalog build",
        ) from error


def sweep(folder: Path) -> None:
    """Remove what an interrupted build left in ``folder``."""
    if folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
