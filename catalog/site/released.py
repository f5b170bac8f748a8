"""Released files in a site: copies, which share the disk's blocks where the file system can.

Belongs here: copying one. Does not belong here: which files are offered (``catalog.store``), that each is what its
manifest names (``catalog.kept_releases``). A site holds copies, never other names of the kept files, so that nothing
done to a site reaches a release.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path

from contracts import kept

_FICLONE = 0x40049409
"""The Linux request that makes one file share another's blocks until either is written."""


def place(source: Path, target: Path) -> os.stat_result:
    """A copy of a kept file in a site, in place of what stood there. Returns what stands now."""
    with kept.step("copy", target):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        with source.open("rb") as read, target.open("xb") as write:
            if not _cloned(read.fileno(), write.fileno()):
                shutil.copyfileobj(read, write, kept.CHUNK)
            write.flush()
            return os.fstat(write.fileno())


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
