"""Files that are kept: written whole or not at all, created once, checked against their hash.

Belongs here: the few primitives under every write of ours (temporary file, fsync, link or rename)
and under every read of a kept file. Does not belong here: what the files mean.

On a disk, create-if-absent is a temporary file and ``os.link``: the link either makes the name or
fails because it exists, in one step, whoever else is trying.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.errors import ArtefactError, OutsideError

CHUNK = 1 << 20
TEMPORARY_PREFIX = ".tmp-"


def canonical_json(value: Any) -> bytes:
    """One byte form for one value: sorted keys, two-space indent, UTF-8, final newline.

    Not a number and infinity are refused, since JSON has no form for them.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, indent=2, allow_nan=False)
    return (text + "\n").encode("utf-8")


def sha256_bytes(data: bytes) -> str:
    """Hex digest of ``data``."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Hex digest of a file's bytes, read in chunks.

    Raises:
        ArtefactError: The file is missing or unreadable.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise ArtefactError(
            "a kept file cannot be read", where=str(path), found=error.strerror or str(error)
        ) from error
    return digest.hexdigest()


def sync_directory(path: Path) -> None:
    """Make a new name in ``path`` survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _temporary(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o644)
    return Path(name)


def create_if_absent(path: Path, data: bytes) -> bool:
    """Create ``path`` with ``data`` unless it exists. Returns whether this call created it.

    Raises:
        OutsideError: The disk refused.
    """
    try:
        temporary = _temporary(path, data)
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        finally:
            temporary.unlink()
        sync_directory(path.parent)
    except OSError as error:
        raise _refused(path, error) from error
    return True


def replace(path: Path, data: bytes) -> None:
    """Write ``path`` whole: readers see the old bytes or the new ones.

    Raises:
        OutsideError: The disk refused.
    """
    try:
        _temporary(path, data).replace(path)
        sync_directory(path.parent)
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> OutsideError:
    return OutsideError(
        "the disk refused a write",
        where=str(path),
        found=error.strerror or str(error),
        hint="free space or mend the permissions, then run again; nothing published was touched.",
    )


def read_json(path: Path, *, sha256: str | None = None) -> dict[str, Any]:
    """A kept JSON object; with ``sha256``, only if its bytes still have that digest.

    Raises:
        ArtefactError: Missing, torn, altered or not an object.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ArtefactError(
            "a kept file cannot be read", where=str(path), found=error.strerror or str(error)
        ) from error
    if sha256 is not None and sha256_bytes(data) != sha256:
        raise ArtefactError(
            "a kept file was altered",
            where=str(path),
            found=f"sha256 {sha256_bytes(data)[:12]}…",
            expected=f"{sha256[:12]}…",
            hint="cauce audit verify",
        )
    try:
        value = json.loads(data)
    except ValueError as error:
        raise ArtefactError("a kept file is torn", where=str(path), found=str(error)) from error
    if not isinstance(value, dict):
        raise ArtefactError("a kept file is not a JSON object", where=str(path))
    return value


def check_format(value: Mapping[str, Any], path: Path, newest: int) -> None:
    """Refuse a kept file written by a newer Cauce.

    Raises:
        ArtefactError: ``format_version`` is absent or greater than ``newest``.
    """
    version = value.get("format_version")
    if not isinstance(version, int) or version > newest:
        raise ArtefactError(
            "a kept file has a format this Cauce does not know",
            where=str(path),
            found=f"format_version {version}",
            expected=f"{newest} or lower",
            hint="use the Cauce version that wrote it, or a newer one.",
        )
