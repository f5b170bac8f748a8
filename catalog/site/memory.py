"""What a tier's site was made of, remembered between builds: one file a tier, outside both of its folders.

Belongs here: the form of that memory, and knowing a file again. Does not belong here: what may be taken over
(``tier``). A memory of one tier holds nothing of another, and is read for that tier's site alone. Nothing but builds
reads them; it may be deleted at any time. One that is gone, torn, of another city, place, tier or version of the code
is as none: everything is made again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from catalog.site.looking import File as File  # noqa: PLC0414 - the look knows files by it too
from catalog.site.looking import Mark
from catalog.site.tracing import digest
from contracts import kept

FOLDER = ".built"
"""Where memories stand, below a city's ``site``."""


class Made(msgspec.Struct, array_like=True, frozen=True):
    """What one unit read, as numbers of ``Memory.keys``, and what it made.

    Attributes:
        read: What it read.
        pages: How many pages it made.
        count: How many files, pages included.
        sha256: Over their addresses and bytes.
        files: The files by address, as JSON: read only where the unit is made again.
    """

    read: tuple[int, ...]
    pages: int
    count: int
    sha256: str
    files: msgspec.Raw


class Memory(msgspec.Struct, frozen=True):
    """One tier's site as it was made."""

    vouches: str
    keys: tuple[tuple[str, str], ...] = ()
    units: dict[str, Made] = {}


def made_of(read: tuple[int, ...], files: Mapping[str, File]) -> Made:
    """What is remembered of a unit."""
    pages = sum(address.endswith(".html") for address in files)
    told = digest(f"{address} {files[address].sha256}" for address in sorted(files))
    return Made(read, pages, len(files), told, msgspec.Raw(msgspec.json.encode(files)))


def files_of(made: Made) -> dict[str, File]:
    """A unit's files, by address."""
    return msgspec.json.decode(made.files, type=dict[str, File])


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
    numbers = {n for made in found.units.values() for n in made.read}
    whole = not numbers or (min(numbers) >= 0 and max(numbers) < len(found.keys))
    return found if whole and found.vouches == vouches else nothing


def remember(path: Path, memory: Memory) -> None:
    """Keep the memory."""
    kept.replace(path, msgspec.json.encode(memory))


def mark_of(found: os.stat_result) -> Mark:
    """By which a file is known to be the very one that was written."""
    return found.st_ino, found.st_size, found.st_mtime_ns
