"""Released files in a site: each checked against its manifest, then copied.

Belongs here: remembering which kept file was already found to be the one its manifest names, copying. Does not belong
here: which files are offered (``catalog.store``), verifying everything that is kept (``orchestration``).

A file is hashed once for as long as its path, inode, size and times stay the same; what was found is kept in a
small file that may be deleted at any time. A site holds copies, never other names of the kept files, so that nothing
done to a site reaches a release.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from contracts import kept

_FICLONE = 0x40049409
"""The Linux request that makes one file share another's blocks until either is written."""


class Checked:
    """Files of releases found to be what their manifests name, remembered in ``memory`` between builds.

    The memory stands beside the tiers' sites, in none of them, and names files by their place under ``root``. What
    it holds of files that are still the very same is told to ``kept``, which then hashes them no second time.
    """

    def __init__(self, memory: Path, root: Path) -> None:
        self._root = root
        self._memory = memory
        self._now: dict[str, list[int | str]] = {}
        for name, identity in _remembered(memory).items():
            with suppress(OSError):
                found = (root / name).stat()
                if isinstance(identity, list) and identity[:-1] == _identity(found):
                    kept.recall(found, str(identity[-1]))

    def note(self, path: Path, sha256: str) -> None:
        """Note that a file was found to have this digest."""
        inside = path.is_relative_to(self._root)
        name = path.relative_to(self._root).as_posix() if inside else path.as_posix()
        self._now[name] = [*_identity(path.stat()), sha256]

    def remember(self) -> None:
        """Keep what was noted, for the next build; files no longer offered are forgotten."""
        kept.replace(self._memory, kept.canonical_json(self._now))


def _identity(found: os.stat_result) -> list[int]:
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def place(source: Path, target: Path) -> None:
    """A copy of a kept file in a site; it shares the disk's blocks where the file system can."""
    with kept.step("copy", target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as read, target.open("wb") as write:
            if not _cloned(read.fileno(), write.fileno()):
                shutil.copyfileobj(read, write, kept.CHUNK)


def _cloned(source: int, target: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    import fcntl

    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EIO, errno.EDQUOT):
            raise
        return False
    return True


def _remembered(memory: Path) -> dict[str, object]:
    """What earlier builds found; nothing where the memory is gone or torn, so that all is hashed again."""
    try:
        found = json.loads(memory.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
