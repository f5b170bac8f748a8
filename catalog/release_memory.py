"""What is remembered of kept releases between builds: one file a tier.

Belongs here: the form of that memory, reading it, writing it. Does not belong here: deciding whether what it says still
holds (``catalog.kept_releases``). It may be deleted at any time; one that is gone, torn or written under other
circumstances is as none.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from catalog.data_service.product_records import ProductRecord
from catalog.lineage import Node
from contracts import kept
from contracts.release import Commit, KeptFile


class Shape(msgspec.Struct, array_like=True, frozen=True):
    """What releases of one product mostly share: the names of their columns, files and inputs."""

    columns: tuple[str, ...]
    files: tuple[str, ...]
    inputs: tuple[str, ...]


class Note(msgspec.Struct, array_like=True, frozen=True):
    """What is remembered of one release. ``shape`` is its place in ``Memory.shapes``.

    ``mark`` stands for the identities of its files; empty where it has none.
    """

    manifest_sha256: str
    shape: int
    data_to: str | None
    as_of: str
    mark: str


class Steps(msgspec.Struct, array_like=True, frozen=True):
    """The commits of one product, and what stands for the identities of their files."""

    mark: str
    commits: tuple[Commit, ...]


class Values(msgspec.Struct, array_like=True, frozen=True):
    """Values of one product's release that are searched, and what they were read from: its manifest, the least rows."""

    manifest_sha256: str
    minimum: int
    found: tuple[str, ...]


class Origins(msgspec.Struct, array_like=True, frozen=True):
    """The sources that one product's release was made from, as its lineage tells them, and what they were read from.

    ``under`` stands for the contracts that decide what may be told of a lineage.
    """

    manifest_sha256: str
    under: str
    found: tuple[Node, ...]


class Offered(msgspec.Struct, array_like=True, frozen=True):
    """The data files of one product's release that is served, and the digest of the manifest that names them."""

    manifest_sha256: str
    found: tuple[KeptFile, ...]


class Recorded(msgspec.Struct, array_like=True, frozen=True):
    """How well one product serves, and a digest of all that this was read from."""

    content: str
    record: ProductRecord


class Memory(msgspec.Struct):
    """The whole memory of one tier."""

    vouches: str
    steps: dict[str, Steps] = {}
    notes: dict[str, Note] = {}
    shapes: tuple[Shape, ...] = ()
    values: dict[str, Values] = {}
    origins: dict[str, Origins] = {}
    offered: dict[str, Offered] = {}
    records: dict[str, Recorded] = {}


def recall(path: Path | None, vouches: str) -> Memory:
    """The memory, if it was written under the same circumstances; otherwise an empty one."""
    if path is None:
        return Memory(vouches)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Memory)
    except (OSError, msgspec.DecodeError):
        return Memory(vouches)
    whole = all(0 <= note.shape < len(found.shapes) for note in found.notes.values())
    return found if whole and found.vouches == vouches else Memory(vouches)


def remember(path: Path, memory: Memory) -> None:
    """Keep the memory."""
    kept.replace(path, msgspec.json.encode(memory))
