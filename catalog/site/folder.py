"""A folder in which a site's files are made: what stands there already and is the same is left alone.

Belongs here: writing and copying single files, knowing them again. Does not belong here: the whole folder (``aside``).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from catalog.site.memory import File, mark_of
from contracts import kept


class Folder:
    """A folder, and the files that are known to stand in it as they were written."""

    def __init__(self, folder: Path, files: dict[str, File]) -> None:
        self.folder = folder
        self.files = files

    def put(self, address: str, data: bytes) -> File:
        """Make a file stand there with these bytes."""
        sha256 = hashlib.sha256(data).hexdigest()
        if not self._has(address, sha256):
            self.note(address, File(sha256, mark_of(kept.write(f"{self.folder}/{address}", data))))
        return self.files[address]

    def copy(self, address: str, source: Path, sha256: str) -> File:
        """Make a copy of a kept file stand there, which was found to have this digest."""
        if not self._has(address, sha256):
            self.note(address, File(sha256, mark_of(kept.copy(source, f"{self.folder}/{address}"))))
        return self.files[address]

    def note(self, address: str, file: File) -> None:
        """Note that a file was written there."""
        self.files[address] = file

    def _has(self, address: str, sha256: str) -> bool:
        held = self.files.get(address)
        return held is not None and held.sha256 == sha256
