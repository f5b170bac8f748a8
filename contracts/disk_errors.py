"""What is said of a disk that refuses, and of a kept file that is no longer what was kept.

Belongs here: these two errors, in the words of an operator. Does not belong here: noticing them (``kept``).
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path

from contracts.errors import ArtefactError, OutsideError


def altered(where: str, found: str, expected: str) -> ArtefactError:
    """What is said of a kept file whose bytes no longer have their digest."""
    return ArtefactError(
        "a kept file was altered",
        where=where,
        found=f"sha256 {found[:12]}…",
        expected=f"{expected[:12]}…",
        hint="cauce audit verify",
    )


def refused(path: Path | str, error: OSError) -> OutsideError:
    """What is said when the disk refuses a change."""
    return OutsideError(
        "the disk refused a write",
        where=str(path),
        found=error.strerror or str(error),
        hint=f"{_MEND.get(error.errno or 0, 'mend the disk')}, then run again; nothing published was touched.",
    )


_MEND: Mapping[int, str] = {
    errno.ENOSPC: "free space on that disk",
    errno.EDQUOT: "free space on that disk, or raise its quota",
    errno.EROFS: "mount that disk so that it can be written",
    errno.EACCES: "mend the permissions there",
    errno.EPERM: "mend the permissions there",
    errno.EEXIST: "move away what stands there",
    errno.ENOTDIR: "move away the file that stands where a folder should",
    errno.EIO: "have that disk looked at, copy what is on it",
    errno.EMFILE: "raise the number of files a process may open (ulimit -n)",
}
