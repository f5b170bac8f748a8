"""Fetching: a stream of bytes into ``raw/<source>/bytes/<sha256>``, hashed on the way, whole or not at all.

Belongs here: copying in chunks, the cap on size, the one step that makes the kept file appear.
Does not belong here: what an address means (``connectors``), what the bytes mean (``readers``).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from contracts import kept
from contracts.errors import ArtefactError, OutsideError
from orchestration.ingest.caps import Caps
from orchestration.ingest.delivery import Fetched, Location, Stream

CHUNK = 1 << 20


def _settled() -> None:
    """Nothing more has to hold once all bytes were read."""


def keep(
    source: Stream, location: Location, folder: Path, caps: Caps, settled: Callable[[], None] = _settled
) -> Fetched:
    """Copy the bytes of ``source`` into ``folder`` under their sha256.

    Args:
        source: What is copied.
        location: What messages call it.
        folder: Where kept bytes stand.
        caps: Limits for one delivery.
        settled: Called when all has been read, before the kept file appears; what it raises stops that.

    Raises:
        OutsideError: It can't be read to its end, it is larger than the cap, or the disk refused.
    """
    temporary = temporary_file(folder)
    try:
        sha256, size = _copy(source, location, temporary, caps)
        settled()
        return Fetched(settle(temporary, folder, sha256, size), sha256, size)
    finally:
        kept.discard(temporary)


def temporary_file(folder: Path) -> Path:
    """A new empty file in ``folder``, of a name that is swept at the next start.

    Raises:
        OutsideError: The disk refused.
    """
    kept.make_folder(folder)
    with kept.step("make_file", folder):
        descriptor, name = tempfile.mkstemp(prefix=kept.TEMPORARY_PREFIX, dir=folder)
    os.close(descriptor)
    return Path(name)


def _copy(source: Stream, location: Location, temporary: Path, caps: Caps) -> tuple[str, int]:
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


def _read(source: Stream, buffer: memoryview, location: Location) -> int:
    try:
        return int(source.readinto(buffer) or 0)
    except OSError as error:
        raise OutsideError(
            "a source's file cannot be read to its end",
            where=location.shown,
            found=error.strerror or str(error),
            hint="look at the place it comes from, then run again.",
            retry=True,
        ) from error


def settle(temporary: Path, folder: Path, sha256: str, size: int) -> Path:
    """Give a finished temporary file of ``folder`` its name, its sha256.

    Raises:
        ArtefactError: Other bytes stand under that name.
        OutsideError: The disk refused.
    """
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
