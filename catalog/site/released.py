"""Released files in a site: each checked against its manifest, then copied.

Belongs here: which kept file was already found to be the one its manifest names, copying. Does not belong here:
which files are offered (``catalog.store``), verifying everything that is kept (``orchestration``).

A file is hashed once for as long as its path, inode, size and times stay the same; what was found is kept in a
small file that may be deleted at any time. A site holds copies, never other names of the kept files, so that nothing
done to a site reaches a release.
"""

from __future__ import annotations

import errno
import json
import shutil
import sys
from pathlib import Path

from contracts import kept
from contracts.errors import ArtefactError

_FICLONE = 0x40049409
"""The Linux request that makes one file share another's blocks until either is written."""


class Checked:
    """Kept files found to be what their manifests name, remembered in ``memory`` between builds.

    The memory stands beside the tiers' sites, in none of them, and names files by their place under ``root``.
    """

    def __init__(self, memory: Path, root: Path) -> None:
        self._root = root
        self._memory = memory
        self._before = _remembered(memory)
        self._now: dict[str, list[int | str]] = {}

    def hold(self, path: Path, sha256: str, size: int) -> None:
        """Hold a kept file against its manifest.

        Raises:
            ArtefactError: It is missing, or not the file that its manifest names.
        """
        try:
            state = path.stat()
        except FileNotFoundError as error:
            raise ArtefactError("a kept file is missing", where=str(path), hint="cauce audit verify") from error
        if state.st_size != size:
            raise _altered(path, f"{state.st_size} bytes", f"{size} bytes")
        times = (state.st_mtime_ns, state.st_ctime_ns)
        identity: list[int | str] = [state.st_dev, state.st_ino, state.st_size, *times, sha256]
        name = path.relative_to(self._root).as_posix()
        known = (self._before.get(name), self._now.get(name))
        if identity not in known and (found := kept.sha256_file(path)) != sha256:
            raise _altered(path, f"sha256 {found[:12]}…", f"{sha256[:12]}…")
        self._now[name] = identity

    def remember(self) -> None:
        """Keep what was found, for the next build; files no longer offered are forgotten."""
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        kept.replace(self._memory, kept.canonical_json(self._now))


def place(source: Path, target: Path) -> None:
    """A copy of a kept file in a site; it shares the disk's blocks where the file system can."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not _cloned(source, target):
        shutil.copyfile(source, target)


def _cloned(source: Path, target: Path) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    import fcntl

    with source.open("rb") as read, target.open("wb") as write:
        try:
            fcntl.ioctl(write.fileno(), _FICLONE, read.fileno())
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


def _altered(path: Path, found: str, expected: str) -> ArtefactError:
    return ArtefactError(
        "a kept file was altered", where=str(path), found=found, expected=expected, hint="cauce audit verify"
    )
