"""What stands in a folder, and what of it is not as it was written: each file by inode, size and time of change.

Belongs here: looking, and letting another process look at a large folder while this one reads other things. Does not
belong here: what is made of it (``aside``). Run as a program it needs little of Python and ``msgspec``, so that it
starts at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec

Mark = tuple[int, int, int]


class File(msgspec.Struct, array_like=True, frozen=True):
    """One file of a site: the digest of its bytes, and its inode, size and time of change."""

    sha256: str
    mark: Mark


class _Made(msgspec.Struct, array_like=True):
    """As ``memory.Made``."""

    read: msgspec.Raw
    pages: int
    count: int
    sha256: str
    files: dict[str, File]


class _Memory(msgspec.Struct):
    """As ``memory.Memory``."""

    units: dict[str, _Made] = {}


class Seen(msgspec.Struct):
    """What a look found.

    Attributes:
        empty: There is no file at all.
        torn: Of each unit some file of which does not stand as it was made, these files' addresses.
        foreign: The other files that are there: of no unit, or not as they were made.
    """

    empty: bool
    torn: dict[str, list[str]] = {}
    foreign: list[str] = []


def walk(folder: str) -> dict[str, Mark]:
    """Every file below a folder, by address; nothing where there is no folder."""
    found: dict[str, Mark] = {}
    waiting = [""] if os.path.isdir(folder) else []  # noqa: PTH112 - a hundred thousand files: a Path each takes as long
    while waiting:
        below = waiting.pop()
        with os.scandir(f"{folder}/{below}") as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{below}{entry.name}/")
                else:
                    told = entry.stat(follow_symlinks=False)
                    found[below + entry.name] = (told.st_ino, told.st_size, told.st_mtime_ns)
    return found


def look(folder: str, memory: str) -> Seen:
    """What stands in a folder against what a memory says was written there.

    Args:
        folder: Where.
        memory: A tier's memory, as ``memory.remember`` wrote it; empty to look for everything.
    """
    found = walk(folder)
    seen = Seen(not found)
    units: dict[str, _Made] = {}
    if memory:
        units = msgspec.json.decode(Path(memory).read_bytes(), type=_Memory).units
    for name, made in units.items():
        wrong = []
        for address, file in made.files.items():
            if found.get(address) == file.mark:
                del found[address]
            else:
                wrong.append(address)
        if wrong:
            seen.torn[name] = wrong
    seen.foreign = list(found)
    return seen


class Look:
    """A look at a folder, begun before its result is needed.

    Args:
        folder: Where.
        memory: As for ``look``.
        apart: Whether it is worth a process of its own: of some ten thousand files.
    """

    def __init__(self, folder: str, memory: str = "", *, apart: bool) -> None:
        self._asked = folder, memory
        program = [sys.executable, "-I", __file__, folder, memory]
        self._process = subprocess.Popen(program, stdout=subprocess.PIPE) if apart else None  # noqa: S603 - this file

    def seen(self) -> Seen:
        """What there is."""
        process, self._process = self._process, None
        if process is not None:
            told, _ = process.communicate()
            if process.returncode == 0:
                return msgspec.json.decode(told, type=Seen)
        return look(*self._asked)

    def end(self) -> None:
        """Its result is not needed."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


if __name__ == "__main__":
    import gc

    gc.disable()  # nothing here goes in circles, and the process ends with it
    sys.stdout.buffer.write(msgspec.json.encode(look(*sys.argv[1:])))
