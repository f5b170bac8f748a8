"""Files that are kept: written whole or not at all, created once, checked against their hash.

Belongs here: the few primitives under every write of ours (temporary file, fsync, link or rename) and under every
read of a kept file. All of our code changes a disk through these alone (``tests/architecture`` keeps it so), and
each of them passes ``witness`` before it acts, between its parts and after it, so that a trial can kill the process
there, fill the disk, or tear what is being written. Does not belong here: what the files mean, where releases stand
(``shelf``).

On a disk, create-if-absent is a temporary file and ``os.link``: the link either makes the name or
fails because it exists, in one step, whoever else is trying.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from contracts.errors import ArtefactError, OutsideError

Moment = Literal["before", "midway", "after"]
Witness = Callable[[Moment, str, Path | str], None]


def unwitnessed(moment: Moment, name: str, path: Path | str) -> None:
    """Nobody watches: what ``witness`` is outside trials."""


witness: Witness = unwitnessed
"""Called at every moment of every change; an ``OSError`` it raises is what the disk would have answered."""

CHUNK = 1 << 20
TEMPORARY_PREFIX = ".tmp-"

_known: dict[tuple[int, int, int, int], str] = {}
"""Digests of files by device, inode, size and time of change of their bytes, as found by this process."""


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
            found = os.fstat(file.fileno())
    except OSError as error:
        raise ArtefactError(
            "a kept file cannot be read", where=str(path), found=error.strerror or str(error)
        ) from error
    _known[_identity(found)] = digest.hexdigest()
    return digest.hexdigest()


def _identity(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def hold(path: Path, sha256: str) -> Path:
    """``path``, if its bytes have that digest; hashed once for as long as it is the same file, unchanged.

    Raises:
        ArtefactError: Missing, unreadable or altered.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise ArtefactError(
            "a kept file is missing", where=str(path), found=error.strerror or str(error), hint="cauce audit verify"
        ) from error
    digest = sha256 if _known.get(_identity(found)) == sha256 else sha256_file(path)
    if digest != sha256:
        raise altered(str(path), digest, sha256)
    return path


def recall(found: os.stat_result, sha256: str) -> None:
    """Take an earlier process's word that this very file has this digest: ``hold`` will not hash it again."""
    _known[_identity(found)] = sha256


def altered(where: str, found: str, expected: str) -> ArtefactError:
    """What is said of a kept file whose bytes no longer have their digest."""
    return ArtefactError(
        "a kept file was altered",
        where=where,
        found=f"sha256 {found[:12]}…",
        expected=f"{expected[:12]}…",
        hint="cauce audit verify",
    )


# Changes to the disk ------------------------------------------------------------------------


def sync_directory(path: Path) -> None:
    """Make a new name in ``path`` survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Bring a finished file's bytes to the disk."""
    sync_directory(path)  # fsync asks only for a descriptor: a folder's or a file's


@contextmanager
def step(name: str, path: Path | str) -> Iterator[None]:
    """One change of the disk that is made inside the block, by another engine or in a stream.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(path):
        witness("before", name, path)
        yield
        witness("midway", name, path)
        witness("after", name, path)


@contextmanager
def _refusals(path: Path | str) -> Iterator[None]:
    """What the disk refuses inside the block is told of ``path``."""
    try:
        yield
    except OSError as error:
        raise refused(path, error) from error


def _temporary(name: str, path: Path, data: bytes) -> Path:
    """A finished temporary file beside ``path``."""
    _make_folders(path.parent)
    descriptor, made = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=path.parent)
    temporary = Path(made)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            witness("midway", name, temporary)
            file.write(data[len(data) // 2 :])
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
    except OSError:
        _forget(temporary)
        raise
    return temporary


def _forget(temporary: Path) -> None:
    """Remove a temporary file; a disk that refuses keeps it until the next start sweeps it."""
    with suppress(OSError):
        witness("before", "forget", temporary)
        temporary.unlink(missing_ok=True)


def _make_folders(path: Path) -> None:
    if path.is_dir():
        return
    _make_folders(path.parent)
    witness("before", "make_folder", path)
    path.mkdir(exist_ok=True)
    sync_directory(path.parent)
    witness("after", "make_folder", path)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where they are not there.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(path):
        _make_folders(path)


def create_if_absent(path: Path, data: bytes) -> bool:
    """Create ``path`` with ``data`` unless it exists. Returns whether this call created it.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(path):
        witness("before", "create", path)
        temporary = _temporary("create", path, data)
        try:
            witness("midway", "create", path)
            os.link(temporary, path)
            witness("midway", "create", path)
        except FileExistsError:
            return False
        finally:
            _forget(temporary)
        sync_directory(path.parent)
        witness("after", "create", path)
    return True


def replace(path: Path, data: bytes) -> None:
    """Write ``path`` whole: readers see the old bytes or the new ones.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(path):
        witness("before", "replace", path)
        temporary = _temporary("replace", path, data)
        try:
            witness("midway", "replace", path)
            temporary.replace(path)
        except OSError:
            _forget(temporary)
            raise
        witness("midway", "replace", path)
        sync_directory(path.parent)
        witness("after", "replace", path)


def write(path: Path, data: bytes) -> os.stat_result:
    """Write a file of something unfinished or remade at will: not brought to the disk, no temporary file.

    Another name of what stood there keeps its bytes. Returns what stands there now.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(path):
        witness("before", "write", path)
        try:
            file = path.open("xb", buffering=0)
        except (FileExistsError, FileNotFoundError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            file = path.open("xb", buffering=0)
        with file:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            witness("midway", "write", path)
            found = os.fstat(file.fileno())
        witness("after", "write", path)
    return found


def place_file(made: Path, path: Path) -> bool:
    """Give a finished file its name unless the name is taken. Returns whether it got it; ``made`` is gone then.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(path):
        witness("before", "place", path)
        made.chmod(0o644)
        sync_file(made)
        _make_folders(path.parent)
        witness("midway", "place", path)
        try:
            os.link(made, path)
        except FileExistsError:
            return False
        witness("midway", "place", path)
        made.unlink()
        sync_directory(path.parent)
        witness("after", "place", path)
    return True


def share_file(there: Path, path: Path) -> None:
    """Give a finished file that nobody changes any more a second name, in place of what had it; else a copy.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(path):
        witness("before", "share", path)
        try:
            os.link(there, path)
        except FileExistsError:
            path.unlink()
            os.link(there, path)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                raise
            path.unlink(missing_ok=True)
            shutil.copy2(there, path)
        witness("midway", "share", path)
        witness("after", "share", path)


def move_file(made: Path, path: Path) -> None:
    """Give a finished file its name, in place of whatever had it.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(path):
        witness("before", "move", path)
        sync_file(made)
        _make_folders(path.parent)
        witness("midway", "move", path)
        made.replace(path)
        sync_directory(path.parent)
        witness("after", "move", path)


def move_folder(made: Path, target: Path) -> bool:
    """Rename a finished folder. Returns False where there is a ``target`` already; ``made`` stays then.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(target):
        witness("before", "move_folder", target)
        _make_folders(target.parent)
        witness("midway", "move_folder", target)
        if target.exists():
            return False
        try:
            made.rename(target)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR) and target.exists():
                return False
            raise
        witness("midway", "move_folder", target)
        sync_directory(target.parent)
        witness("after", "move_folder", target)
    return True


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all that is in it; nothing where there is none.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(path):
        witness("before", "remove", path)
        if path.is_dir() and not path.is_symlink():
            below = sorted(path.iterdir())
            for part in below[: len(below) // 2]:
                _remove(part)
            witness("midway", "remove", path)
        _remove(path)
        witness("after", "remove", path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def discard(path: Path) -> None:
    """Remove what is of no more use; what the disk refuses to remove is swept at the next start."""
    with suppress(OutsideError):
        remove(path)


def settle(folder: Path) -> None:
    """Bring every file below ``folder``, and its names, to the disk; all may read them.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(folder):
        witness("before", "settle", folder)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                path.chmod(0o644)
                sync_file(path)
            else:
                sync_directory(path)
        sync_directory(folder)
        witness("after", "settle", folder)


def settle_disk(folder: Path) -> None:
    """Bring all that was written on the folder's disk to it: of very many files, quicker than each by itself.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(folder):
        witness("before", "settle", folder)
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if not hasattr(libc, "syncfs"):
                os.sync()
            elif libc.syncfs(descriptor) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        finally:
            os.close(descriptor)
        witness("after", "settle", folder)


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


# Reading ------------------------------------------------------------------------------------


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
    return parse_json(data, str(path), sha256)


def parse_json(data: bytes, where: str, sha256: str | None = None) -> dict[str, Any]:
    """The JSON object in ``data``, which stood at ``where``; with ``sha256``, only if it has that digest.

    Raises:
        ArtefactError: Torn, altered or not an object.
    """
    if sha256 is not None and sha256_bytes(data) != sha256:
        raise altered(where, sha256_bytes(data), sha256)
    try:
        value = json.loads(data)
    except ValueError as error:
        raise ArtefactError("a kept file is torn", where=where, found=str(error)) from error
    if not isinstance(value, dict):
        raise ArtefactError("a kept file is not a JSON object", where=where)
    return value


def check_format(value: Mapping[str, Any], path: Path | str, newest: int) -> None:
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
