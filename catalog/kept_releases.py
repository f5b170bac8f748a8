"""Kept releases, read when asked for, and what was found in them, remembered between builds.

A city may have tens of thousands of kept files, of which a build needs few: what a list says of a release stands in its
commit and in a line of memory, and its manifest, quality report and lineage are opened when a page asks for them. For
that the memory holds, of each release, the digest of its manifest, the names of its columns, and the identities (inode,
size, times) of its files as they were when each was last found to be what the manifest names. A release whose files all
have the identities they had is not opened; of any other every file is read and checked, whoever asks for it.

Belongs here: finding and checking releases, remembering. Does not belong here: what may be seen of one
(``catalog.store``), pages. A memory is of one tier of one city on one disk, and of one version of this code; one that
is gone, torn or another's is as none. Releases in an object store have no identities: what is
remembered of them is what their manifest's digest vouches for, and their commits are asked for every time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from catalog.figures import frequent_values
from catalog.views import ColumnView, ProductView, ReleaseView, instant
from contracts import kept
from contracts.home import CityHome
from contracts.model import Contract
from contracts.release import Commit, Release, commits, release_of, version_name
from contracts.shelf import DiskShelf

MANIFEST, QUALITY, LINEAGE = "manifest.json", "quality.json", "lineage.json"
REPORTS = (MANIFEST, QUALITY, LINEAGE)
"""The files of a release that pages are made of."""


class Note(msgspec.Struct, array_like=True, frozen=True):
    """What is remembered of one release. ``mark`` stands for the identities of its files; empty where it has none."""

    manifest_sha256: str
    columns: tuple[str, ...]
    files: tuple[str, ...]
    data_to: str | None
    as_of: str
    inputs: tuple[str, ...]
    mark: str


class Steps(msgspec.Struct, array_like=True, frozen=True):
    """The commits of one product, and the identities of their files."""

    mark: str
    commits: tuple[Mapping[str, Any], ...]


class Values(msgspec.Struct, array_like=True, frozen=True):
    """Values of one product's release that are searched, and what they were read from: its manifest, the least rows."""

    manifest_sha256: str
    minimum: int
    found: tuple[str, ...]


class Memory(msgspec.Struct, frozen=True):
    """The whole memory of one tier."""

    vouches: str
    steps: dict[str, Steps]
    notes: dict[str, Note]
    values: dict[str, Values] = {}


@dataclass(frozen=True)
class Known:
    """A release that was found and checked: where it stands, and what is known without opening it."""

    commit: Commit
    place: str
    note: Note


class KeptReleases:
    """The releases of one tier of one city.

    Args:
        home: The city's state folder.
        memory: Where the memory is kept; None to remember nothing.
        vouches: What the memory must have been written under: tier, city, place, code.
    """

    def __init__(self, home: CityHome, memory: Path | None = None, vouches: str = "") -> None:
        self._home = home
        self._path = memory
        self._vouches = digest_of(f"{vouches}\0{home.root}\0{home.releases_at}".encode())
        self._on_disk = isinstance(home.shelf, DiskShelf)
        self._root = str(home.releases) if self._on_disk else ""
        self._known = self._read()
        self._now = Memory(self._vouches, {}, {}, {})

    def _read(self) -> Memory:
        nothing = Memory(self._vouches, {}, {})
        if self._path is None:
            return nothing
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=Memory)
        except (OSError, msgspec.DecodeError):
            return nothing
        return found if found.vouches == self._vouches else nothing

    def remember(self) -> None:
        """Keep what was found, for the next build; what is no longer there is forgotten."""
        served = {note.manifest_sha256 for note in self._now.notes.values()}
        for name, values in self._known.values.items():
            if values.manifest_sha256 in served:
                self._now.values.setdefault(name, values)
        if self._path is not None and self._now != self._known:
            kept.replace(self._path, msgspec.json.encode(self._now))

    # what is read of a release

    def values(self, release: ReleaseView, minimum: int) -> tuple[str, ...]:
        """The frequent values of a release that is served, read once for as long as it is.

        Raises:
            ArtefactError: A released file cannot be read.
        """
        name = f"{release.manifest.tier}/{release.manifest.product}"
        digest = str(release.release.commit.manifest_sha256)
        known = self._known.values.get(name)
        if known is None or (known.manifest_sha256, known.minimum) != (digest, minimum):
            known = Values(digest, minimum, frequent_values(release, minimum))
        self._now.values[name] = known
        return known.found

    # commits

    def commits(self, rendition: str, product: str) -> tuple[Commit, ...]:
        """All commits of a product in a tier, oldest first.

        Raises:
            ArtefactError: A commit is torn, or the numbers have a gap.
        """
        name = f"{rendition}/{product}"
        mark = self._commits_mark(name) if self._on_disk else ""
        known = self._known.steps.get(name)
        if known is not None and mark and known.mark == mark:
            found = tuple(Commit(**step) for step in known.commits)
        else:
            found = commits(self._home, rendition, product)
            known = Steps(mark, tuple(vars(step) for step in found))
        if mark:
            self._now.steps[name] = known
        return found

    def _commits_mark(self, name: str) -> str:
        """The identities of a product's commits; empty where it has none."""
        try:
            with os.scandir(f"{self._root}/{name}/commits") as listed:
                found = sorted((entry.name, _identity(entry.stat())) for entry in listed)
        except FileNotFoundError:
            return ""
        return digest_of(repr(found).encode())

    # releases

    def find(self, commit: Commit, rendition: str, product: str, *, offered: bool) -> Known:
        """The release that ``commit`` names, every file of it checked unless it is the very one that was.

        Args:
            commit: It must name a release.
            rendition: Its tier.
            product: Its product.
            offered: Whether its data is offered still; data that was removed is not looked for.

        Raises:
            ArtefactError: A file of it is missing, torn or altered.
        """
        assert commit.version is not None, "a withdrawal names no release"
        place = version_name(rendition, product, commit.version)
        note = self._known.notes.get(place)
        if note is None or note.manifest_sha256 != commit.manifest_sha256 or note.mark != self._mark(place, note.files):
            note = self._checked(commit, rendition, product, offered=offered)
        self._now.notes[place] = note
        return Known(commit, place, note)

    def _checked(self, commit: Commit, rendition: str, product: str, *, offered: bool) -> Note:
        release = release_of(self._home, commit, rendition, product)
        manifest = release.manifest
        for file in manifest.files:
            if offered or file.path in REPORTS:
                release.local(file.path)
        files = tuple(file.path for file in manifest.files)
        columns = tuple(column.name for column in manifest.columns)
        digest = str(commit.manifest_sha256)
        inputs = tuple(ref.name for ref in manifest.inputs)
        mark = self._mark(release.place, files)
        return Note(digest, columns, files, manifest.data_to, manifest.as_of, inputs, mark)

    def _mark(self, place: str, files: tuple[str, ...]) -> str:
        if not self._on_disk:
            return ""
        folder = f"{self._root}/{place}/"
        return digest_of(repr([_standing(folder + name) for name in (MANIFEST, *files)]).encode())

    def open(self, known: Known, rendition: str, product: str) -> Release:
        """The release with its manifest.

        Raises:
            ArtefactError: The manifest is missing, torn or altered.
        """
        return release_of(self._home, known.commit, rendition, product)


class KeptProductView(ProductView):
    """A product as its tier sees it; its columns and its contract are worked out when first asked for."""

    _later: Mapping[str, Callable[[], Any]]

    @classmethod
    def later(cls, later: Mapping[str, Callable[[], Any]], **facts: Any) -> KeptProductView:
        """The view; ``later`` gives its ``columns`` and its ``contract``."""
        view = object.__new__(cls)
        for name, value in {**_DEFAULTS, **facts}.items():
            if name not in later:
                view.__dict__[name] = value
        view.__dict__["_later"] = later
        return view

    @cached_property
    def columns(self) -> tuple[ColumnView, ...]:
        """The columns that the tier may see."""
        found: tuple[ColumnView, ...] = self._later["columns"]()
        return found

    @cached_property
    def contract(self) -> Contract | None:
        """The contract, cut to what the tier may read."""
        found: Contract | None = self._later["contract"]()
        return found


_DEFAULTS = {f.name: f.default for f in fields(ProductView) if f.default is not MISSING}

Reader = Callable[[ReleaseView], Any]
"""Reads one part of a release, of a view of it."""


class KeptReleaseView(ReleaseView):
    """A release as its tier sees it, whose manifest and reports are read when first asked for."""

    _known: Known
    _readers: Mapping[str, Reader]

    @classmethod
    def later(cls, known: Known, readers: Mapping[str, Reader], **facts: Any) -> KeptReleaseView:
        """The view of what was found; ``readers`` give its ``release``, ``manifest``, ``quality`` and ``lineage``."""
        view = object.__new__(cls)
        view.__dict__.update(facts, _known=known, _readers=readers)
        return view

    def __getattr__(self, name: str) -> Any:
        readers = self.__dict__.get("_readers") or {}
        if name not in readers:
            raise AttributeError(name)
        value = self.__dict__[name] = readers[name](self)
        return value

    def forget(self) -> None:
        """Let go of what was read: it is read again when asked for. Lists ask for the manifest of what is served."""
        for name in self.__dict__.get("_readers") or ():
            if self.standing != "served" or name in ("quality", "lineage"):
                self.__dict__.pop(name, None)

    @property
    def version(self) -> int:
        """Its number."""
        known = self.__dict__.get("_known")
        return int(known.commit.version) if known else self.manifest.version

    @property
    def data_to(self) -> datetime | None:
        """The newest event time in the data."""
        known = self.__dict__.get("_known")
        return instant(known.note.data_to if known else self.manifest.data_to)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What it was made from, by the names that the tier may know."""
        known = self.__dict__.get("_known")
        return known.note.inputs if known else super().inputs

    @property
    def as_of(self) -> datetime | None:
        """The run's as-of instant."""
        known = self.__dict__.get("_known")
        return instant(known.note.as_of if known else self.manifest.as_of)


def _identity(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _standing(path: str) -> tuple[int, int, int, int] | None:
    """The identity of a file; None where there is none."""
    try:
        return _identity(os.stat(path))  # noqa: PTH116 - a hundred thousand of them: a Path each would take as long again
    except FileNotFoundError:
        return None


def digest_of(data: bytes) -> str:
    """Sixteen bytes of a digest, enough to tell one state of a folder from another."""
    return hashlib.sha256(data).hexdigest()[:32]


def kept_time(text: object) -> datetime:
    """A kept time that is always there, as naive UTC."""
    value = instant(text)
    assert value is not None, "kept times are never empty"
    return value
