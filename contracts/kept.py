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
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from contracts.disk_errors import altered as altered  # noqa: PLC0414 - said of shelves and releases too
from contracts.disk_errors import refused
from contracts.errors import ArtefactError, OutsideError
from contracts.kept_json import canonical_json as canonical_json  # noqa: PLC0414 - all of them are asked for here
from contracts.kept_json import check_format as check_format  # noqa: PLC0414
from contracts.kept_json import parse_json as parse_json  # noqa: PLC0414
from contracts.kept_json import read_json as read_json  # noqa: PLC0414
from contracts.kept_json import sha256_bytes as sha256_bytes  # noqa: PLC0414

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


def _temporary(name: str, path: Path, data: bytes, mode: int = 0o644) -> Path:
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
        temporary.chmod(mode)
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


def create_if_absent(path: Path, data: bytes, *, private: bool = False) -> bool:
    """Create ``path`` with ``data`` unless it exists; ``private``: for its owner's eyes. Returns whether it did.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(path):
        witness("before", "create", path)
        temporary = _temporary("create", path, data, 0o600 if private else 0o644)
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


def write(path: Path | str, data: bytes) -> os.stat_result:
    """Write a file of something unfinished or remade at will: not brought to the disk, no temporary file.

    Another name of what stood there keeps its bytes. Returns what stands there now. Of very many files, a text is
    quicker than a ``Path``.

    Raises:
        OutsideError: The disk refused.
    """
    with _new("write", path) as descriptor:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        return os.fstat(descriptor)


def copy(source: Path | str, path: Path | str) -> os.stat_result:
    """A copy of a finished file, as ``write`` writes one; it shares the disk's blocks where the file system can.

    Raises:
        OutsideError: The disk refused.
    """
    with _new("copy", path) as descriptor:
        read = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _fill(read, descriptor)
        finally:
            os.close(read)
        return os.fstat(descriptor)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@contextmanager
def _new(name: str, path: Path | str) -> Iterator[int]:
    """A new file at ``path``, in place of what stood there, open inside the block to be filled."""
    with _refusals(path):
        witness("before", name, path)
        descriptor = _opened(path)
        try:
            yield descriptor
            witness("midway", name, path)
        finally:
            os.close(descriptor)
        witness("after", name, path)


def _opened(path: Path | str) -> int:
    try:
        return os.open(path, _NEW, 0o666)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - as ``write`` says
    except FileExistsError:
        os.unlink(path)  # noqa: PTH108
    return os.open(path, _NEW, 0o666)


def _fill(read: int, descriptor: int) -> None:
    """Copy one open file into another, inside the system where it can."""
    left = os.fstat(read).st_size
    if hasattr(os, "copy_file_range"):
        try:
            while left > 0 and (done := os.copy_file_range(read, descriptor, left)):
                left -= done
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
    while left > 0 and (chunk := os.read(read, CHUNK)):
        left -= len(chunk)
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(descriptor, rest) :]


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


def share_file(there: Path | str, path: Path | str) -> None:
    """Give a finished file that nobody changes any more a second name, in place of what had it; else a copy.

    Raises:
        OutsideError: The disk refused.
    """
    with _refusals(path):
        witness("before", "share", path)
        try:
            _link(there, path)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                raise
            Path(path).unlink(missing_ok=True)
            shutil.copy2(there, path)
        witness("midway", "share", path)
        witness("after", "share", path)


def _link(there: Path | str, path: Path | str) -> None:
    try:
        os.link(there, path)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - as ``write`` says
        os.link(there, path)
    except FileExistsError:
        os.unlink(path)  # noqa: PTH108
        os.link(there, path)


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
