"""Where releases stand: a folder of this disk, or a prefix of an object store, behind one small set of words.

A name is a path below the city's releases, such as ``public/service_requests/commits/000001.json``. Both shelves
keep the promise that everything above them rests on: a name is created by one of those who try, never by two.

Belongs here: the words (``Shelf``), the disk's shelf, choosing a shelf by its address. Does not belong here: the
object store's shelf (``s3_shelf``), what the files mean (``release``), raw data and the ledger, which always
stand on a disk (``kept``).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from contracts import kept
from contracts.errors import ArtefactError, InputError

S3 = "s3://"


class Child(NamedTuple):
    """What stands directly below a name: the last part of its own name, and whether there is more below it."""

    name: str
    is_folder: bool


class Shelf(Protocol):
    """The words in which releases are read and written."""

    def shown(self, name: str) -> str:
        """Where ``name`` stands, as told to people."""

    def read(self, name: str) -> bytes:
        """The bytes of ``name``.

        Raises:
            ArtefactError: There is no such file, or it cannot be read.
            OutsideError: The store cannot be reached.
        """

    def look(self, name: str) -> bytes | None:
        """The bytes of ``name``; None where there is no such file.

        Raises:
            ArtefactError: It cannot be read.
            OutsideError: The store cannot be reached.
        """

    def exists(self, name: str) -> bool:
        """Whether there is a file, or anything below ``name``."""

    def children(self, prefix: str) -> tuple[Child, ...]:
        """What stands directly below ``prefix``, sorted; empty where there is nothing."""

    def names(self, prefix: str) -> tuple[str, ...]:
        """Every file below ``prefix`` at any depth, sorted."""

    def create_if_absent(self, name: str, data: bytes) -> bool:
        """Create ``name`` unless it exists; of several who try, one is told True.

        Raises:
            OutsideError: The disk or the store refused.
        """

    def put_file(self, name: str, local: Path) -> bool:
        """Put a finished file under ``name`` unless it exists. Returns whether it was put; ``local`` may be gone then.

        Raises:
            OutsideError: The disk or the store refused.
        """

    def put_folder(self, name: str, folder: Path) -> bool:
        """Put a finished folder under ``name``; False where somebody else has that name, and nothing is put then.

        Raises:
            OutsideError: The disk or the store refused; what was put of it is swept by ``recover``.
        """

    def replace(self, name: str, data: bytes) -> None:
        """Write ``name`` whole: readers see the old bytes or the new ones.

        Raises:
            OutsideError: The disk or the store refused.
        """

    def remove(self, name: str) -> None:
        """Remove a file, or all that is below a name; nothing where there is none.

        Raises:
            OutsideError: The disk or the store refused.
        """

    def sha256(self, name: str) -> str:
        """Digest of the bytes of ``name`` as they stand there now.

        Raises:
            ArtefactError: There is no such file.
        """

    def local(self, name: str, sha256: str) -> Path:
        """A file of this disk with the bytes of ``name``, hashed once for as long as it is the same file.

        Raises:
            ArtefactError: Missing, or its digest is another.
            OutsideError: The disk or the store refused.
        """

    def unfinished(self) -> tuple[str, ...]:
        """What was begun and never got a name: temporary files, uploads in parts; as ``forget`` takes them."""

    def forget(self, unfinished: str) -> None:
        """Remove one of ``unfinished``."""


def read_json(shelf: Shelf, name: str, sha256: str | None = None) -> dict[str, Any]:
    """The JSON object under ``name``; with ``sha256``, only if its bytes have that digest.

    Raises:
        ArtefactError: Missing, torn, altered or not an object.
    """
    return kept.parse_json(shelf.read(name), shelf.shown(name), sha256)


def open_shelf(address: str, city: str, cache: Path) -> Shelf:
    """The shelf of one city at an address for all cities.

    Args:
        address: ``s3://bucket/prefix``, or an absolute folder of this disk.
        city: The city's id, the last part of its place there.
        cache: Where copies of an object store's files may stand on this disk.

    Raises:
        InputError: The address is of no kind that can create a file only if it is absent.
    """
    if address.startswith(S3) and address.removeprefix(S3).strip("/"):
        from contracts.s3_shelf import S3Shelf

        return S3Shelf(f"{address.removeprefix(S3).strip('/')}/{city}", cache)
    folder = Path(address.removeprefix("file://"))
    if "://" not in str(address).removeprefix("file://") and folder.is_absolute():
        return DiskShelf(folder / city)
    raise InputError(
        "releases cannot be kept at this address",
        where="CAUCE_RELEASES",
        found=address,
        expected="s3://bucket/prefix, or an absolute folder of this disk: they create a file only if it is absent",
    )


@dataclass(frozen=True)
class DiskShelf:
    """Releases in a folder of this disk."""

    root: Path

    def path(self, name: str) -> Path:
        """Where ``name`` stands."""
        return self.root / name if name else self.root

    def shown(self, name: str) -> str:
        """Its path."""
        return str(self.path(name))

    def read(self, name: str) -> bytes:
        """Its bytes."""
        data = self.look(name)
        if data is None:
            raise ArtefactError("a kept file cannot be read", where=self.shown(name), found="No such file or directory")
        return data

    def look(self, name: str) -> bytes | None:
        """Its bytes, or None."""
        try:
            return self.path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ArtefactError(
                "a kept file cannot be read", where=self.shown(name), found=error.strerror or str(error)
            ) from error

    def exists(self, name: str) -> bool:
        """Whether the path is there."""
        return self.path(name).exists()

    def children(self, prefix: str) -> tuple[Child, ...]:
        """Files and folders in the folder."""
        folder = self.path(prefix)
        if not folder.is_dir():
            return ()
        return tuple(Child(p.name, p.is_dir()) for p in sorted(folder.iterdir()))

    def names(self, prefix: str) -> tuple[str, ...]:
        """Files in the folder and in those below it."""
        found = []
        for place, _, files in os.walk(self.path(prefix)):
            found += [(Path(place) / name).relative_to(self.root).as_posix() for name in files]
        return tuple(sorted(found))

    def create_if_absent(self, name: str, data: bytes) -> bool:
        """By a temporary file and a link."""
        return kept.create_if_absent(self.path(name), data)

    def put_file(self, name: str, local: Path) -> bool:
        """By a link; the file is moved."""
        return kept.place_file(local, self.path(name))

    def put_folder(self, name: str, folder: Path) -> bool:
        """By a rename; from another disk, by a copy aside first."""
        kept.settle(folder)
        target = self.path(name)
        kept.make_folder(target.parent)
        if folder.stat().st_dev == target.parent.stat().st_dev:
            return kept.move_folder(folder, target)
        aside = target.parent / f"{kept.TEMPORARY_PREFIX}{target.name}-{os.getpid()}"
        with kept.step("copy", aside):
            shutil.copytree(folder, aside)
        kept.settle(aside)
        placed = kept.move_folder(aside, target)
        kept.discard(folder if placed else aside)
        return placed

    def replace(self, name: str, data: bytes) -> None:
        """By a temporary file and a rename."""
        kept.replace(self.path(name), data)

    def remove(self, name: str) -> None:
        """The file, or the folder with all that is in it."""
        kept.remove(self.path(name))

    def sha256(self, name: str) -> str:
        """Of the file, read now."""
        return kept.sha256_file(self.path(name))

    def local(self, name: str, sha256: str) -> Path:
        """The file itself."""
        return kept.hold(self.path(name), sha256)

    def unfinished(self) -> tuple[str, ...]:
        """Temporary files and folders."""
        found = self.root.rglob(f"{kept.TEMPORARY_PREFIX}*") if self.root.is_dir() else ()
        return tuple(sorted(p.relative_to(self.root).as_posix() for p in found))

    def forget(self, unfinished: str) -> None:
        """Remove it."""
        kept.remove(self.path(unfinished))
