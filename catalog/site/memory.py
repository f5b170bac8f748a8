"""What the last build made, remembered: which unit made which files, what it read, which bytes stand where.

Belongs here: the form of the memory, reading and keeping it. Does not belong here: using it (``build``, ``aside``). One
file a tier, beside the sites and in none of them; it may be deleted at any time. One that is gone, torn, of another
city, place, tier or version of the code is as none: everything is made again.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from contracts import kept

FOLDER = ".built"
"""Where memories stand, below a city's ``site``."""


class File(msgspec.Struct, array_like=True, frozen=True):
    """One file of a site: the digest of its bytes, and its inode, size and time of change."""

    sha256: str
    mark: tuple[int, int, int]


class Made(msgspec.Struct, array_like=True, frozen=True):
    """What one unit read, as numbers of ``Memory.keys``, and what it made, by address."""

    read: tuple[int, ...]
    files: dict[str, File]


class Memory(msgspec.Struct, frozen=True):
    """One tier's site as it was made."""

    vouches: str
    keys: tuple[tuple[str, str], ...] = ()
    units: dict[str, Made] = {}

    @property
    def files(self) -> dict[str, File]:
        """Every file, by address."""
        return {address: file for made in self.units.values() for address, file in made.files.items()}


def path_of(site: Path, tier: str) -> Path:
    """Where a tier's memory stands."""
    return site / FOLDER / f"{tier}.json"


def recall(path: Path, vouches: str) -> Memory:
    """The memory, if it was written under the same circumstances; otherwise an empty one."""
    nothing = Memory(vouches)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Memory)
    except (OSError, msgspec.DecodeError):
        return nothing
    whole = all(0 <= n < len(found.keys) for made in found.units.values() for n in made.read)
    return found if whole and found.vouches == vouches else nothing


def remember(path: Path, memory: Memory) -> None:
    """Keep the memory."""
    kept.replace(path, msgspec.json.encode(memory))


def mark_of(found: os.stat_result) -> tuple[int, int, int]:
    """By which a file is known to be the very one that was written."""
    return found.st_ino, found.st_size, found.st_mtime_ns
