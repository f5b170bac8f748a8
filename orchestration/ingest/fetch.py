"""Fetching: a stream of bytes into ``raw/<source>/bytes/<sha256>``, hashed on the way, whole or not at all.

Belongs here: copying in chunks, the cap on size, the one step that makes the kept file appear.
Does not belong here: what an address means (``connectors``), what the bytes mean (``readers``).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from contracts import kept
from contracts.errors import ArtefactError, OutsideError
from orchestration.ingest.caps import Caps
from orchestration.ingest.delivery import Fetched, Location

CHUNK = 1 << 20


def fetch(connector: ModuleType, location: Location, folder: Path, caps: Caps) -> Fetched:
    """Copy the bytes at ``location`` into ``folder`` under their sha256.

    Raises:
        OutsideError: The address can't be read, the file changed while it was read, it is larger
            than the cap, or the disk refused.
    """
    before = connector.fingerprint(location)
    temporary = _temporary(folder)
    try:
        sha256, size = _copy(connector, location, temporary, caps)
        if connector.fingerprint(location) != before:
            raise OutsideError(
                "a source's file changed while it was read",
                where=location.shown,
                hint="wait until it has been written whole, then run again.",
                retry=True,
            )
        return Fetched(_settle(temporary, folder, sha256, size), sha256, size, before)
    finally:
        kept.discard(temporary)


def _temporary(folder: Path) -> Path:
    kept.make_folder(folder)
    with kept.step("make_file", folder):
        descriptor, name = tempfile.mkstemp(prefix=kept.TEMPORARY_PREFIX, dir=folder)
    os.close(descriptor)
    return Path(name)


def _copy(connector: ModuleType, location: Location, temporary: Path, caps: Caps) -> tuple[str, int]:
    """Copy and hash at once: the digest of a chunk is computed while the next one is read."""
    digest = hashlib.sha256()
    size = 0
    with (
        ThreadPoolExecutor(1, "fetch-hash") as hasher,
        kept.step("copy_raw", temporary),
        temporary.open("wb") as target,
    ):
        hashing: Future[None] | None = None
        buffers = [memoryview(bytearray(CHUNK)) for _ in range(2)]
        with connector.opened(location) as source:
            while read := _read(source, buffers[0], location):
                chunk = buffers[0][:read]
                size += read
                if size > caps.raw_bytes:
                    raise OutsideError(
                        "a source's file is larger than is taken",
                        where=location.shown,
                        found=f"more than {caps.raw_bytes:,} bytes",
                        expected=f"at most {caps.raw_bytes:,} bytes",
                    )
                if hashing is not None:
                    hashing.result()
                hashing = hasher.submit(digest.update, chunk)
                target.write(chunk)
                buffers.reverse()
        if hashing is not None:
            hashing.result()
    return digest.hexdigest(), size


def _read(source: BinaryIO, buffer: memoryview, location: Location) -> int:
    try:
        return int(source.readinto(buffer))  # type: ignore[attr-defined]
    except OSError as error:
        raise OutsideError(
            "a source's file cannot be read to its end",
            where=location.shown,
            found=error.strerror or str(error),
            hint="look at the place it comes from, then run again.",
            retry=True,
        ) from error


def _settle(temporary: Path, folder: Path, sha256: str, size: int) -> Path:
    path = folder / sha256
    if not kept.place_file(temporary, path) and path.stat().st_size != size:
        raise ArtefactError(
            "raw bytes that were kept are torn",
            where=str(path),
            found=f"{path.stat().st_size:,} bytes",
            expected=f"{size:,} bytes",
            hint="cauce audit verify",
        )
    return path
