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
from pathlib import Path

from catalog import release_memory
from catalog.data_service.product_records import ProductRecord
from catalog.data_service.recording import product_record
from catalog.figures import frequent_values
from catalog.kept_views import KeptReleaseView, Known
from catalog.lineage import Node, read_graph
from catalog.release_memory import Memory, Note, Offered, Origins, Recorded, Shape, Steps, Values
from catalog.views import ProductView, ReleaseView, data_files
from contracts.home import CityHome
from contracts.model import Contract
from contracts.release import Commit, KeptFile, Release, commits, release_of, version_name
from contracts.shelf import DiskShelf

MANIFEST, QUALITY, LINEAGE = "manifest.json", "quality.json", "lineage.json"
REPORTS = (MANIFEST, QUALITY, LINEAGE)
"""The files of a release that pages are made of."""


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
        self._known = release_memory.recall(memory, self._vouches)
        self._now = Memory(self._vouches)
        self._shapes: dict[Shape, int] = {}
        self._products: set[str] = set()

    def remember(self) -> None:
        """Keep what was found, for the next build; what is no longer there is forgotten."""
        served = {note.manifest_sha256 for note in self._now.notes.values()}
        for name, values in self._known.values.items():
            if values.manifest_sha256 in served:
                self._now.values.setdefault(name, values)
        for name, origins in self._known.origins.items():
            if origins.manifest_sha256 in served:
                self._now.origins.setdefault(name, origins)
        for name, offered in self._known.offered.items():
            if offered.manifest_sha256 in served:
                self._now.offered.setdefault(name, offered)
        for name, recorded in self._known.records.items():
            if name in self._products:
                self._now.records.setdefault(name, recorded)
        self._now.shapes = tuple(self._shapes)
        if self._path is not None and self._now != self._known:
            release_memory.remember(self._path, self._now)

    # what is read of a release that is served, once for as long as it is

    def values(self, release: ReleaseView, minimum: int) -> tuple[str, ...]:
        """The frequent values of a release that is served.

        Raises:
            ArtefactError: A released file cannot be read.
        """
        name, digest = _served(release)
        known = self._known.values.get(name)
        if known is None or (known.manifest_sha256, known.minimum) != (digest, minimum):
            known = Values(digest, minimum, frequent_values(release, minimum))
        self._now.values[name] = known
        return known.found

    def origins(self, release: ReleaseView, under: str) -> tuple[Node, ...]:
        """The sources that a release that is served was made from, as its lineage tells its tier, without columns.

        Args:
            release: Which.
            under: A digest of what decides which steps of a lineage the tier may know.

        Raises:
            ArtefactError: The lineage is missing, torn or altered.
        """
        name, digest = _served(release)
        known = self._known.origins.get(name)
        if known is None or (known.manifest_sha256, known.under) != (digest, under):
            found = read_graph(release.lineage).of_kind("source")
            nodes = tuple(Node(n.id, n.kind, n.title, n.name, n.tier) for n in found)
            known = Origins(digest, under, nodes)
        self._now.origins[name] = known
        return known.found

    def downloads(self, release: ReleaseView) -> tuple[KeptFile, ...]:
        """The data files of a release that is served, in the manifest's order.

        Raises:
            ArtefactError: The manifest is missing, torn or altered.
        """
        name, digest = _served(release)
        known = self._known.offered.get(name)
        if known is None or known.manifest_sha256 != digest:
            known = Offered(digest, data_files(release.manifest))
        self._now.offered[name] = known
        return known.found

    def record(self, product: ProductView, contract: Contract, zone: str) -> ProductRecord:
        """How well a product serves, as its tier's view of it tells; see ``product_record``.

        Raises:
            ArtefactError: A kept report is missing, torn or altered.
        """
        name, content = f"{product.rendition}/{product.name}", digest_of(f"{product.content}\0{zone}".encode())
        known = self._known.records.get(name)
        if known is None or known.content != content:
            known = Recorded(content, product_record(product, contract, zone))
        self._now.records[name] = known
        return known.record

    # commits

    def commits(self, rendition: str, product: str) -> tuple[Commit, ...]:
        """All commits of a product in a tier, oldest first.

        Raises:
            ArtefactError: A commit is torn, or the numbers have a gap.
        """
        name = f"{rendition}/{product}"
        self._products.add(name)
        mark = self._commits_mark(name) if self._on_disk else ""
        known = self._known.steps.get(name)
        if known is None or not mark or known.mark != mark:
            known = Steps(mark, commits(self._home, rendition, product))
        if mark:
            self._now.steps[name] = known
        return known.commits

    def _commits_mark(self, name: str) -> str:
        """What stands for the identities of a product's commits; empty where it has none."""
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
        note, known = self._known.notes.get(place), self._known
        if note is None or note.manifest_sha256 != commit.manifest_sha256:
            shape, read, mark = self._checked(commit, rendition, product, offered=offered)
        else:
            shape, read = known.shapes[note.shape], (note.data_to, note.as_of)
            mark = self._mark(place, shape.files)
            if mark != note.mark:
                shape, read, mark = self._checked(commit, rendition, product, offered=offered)
        number = self._shapes.setdefault(shape, len(self._shapes))
        note = self._now.notes[place] = Note(str(commit.manifest_sha256), number, *read, mark)
        return Known(commit, place, note, shape)

    def _checked(
        self, commit: Commit, rendition: str, product: str, *, offered: bool
    ) -> tuple[Shape, tuple[str | None, str], str]:
        """What is noted of a release, whose files are all read."""
        release = release_of(self._home, commit, rendition, product)
        manifest = release.manifest
        for file in manifest.files:
            if offered or file.path in REPORTS:
                release.local(file.path)
        shape = Shape(
            tuple(column.name for column in manifest.columns),
            tuple(file.path for file in manifest.files),
            tuple(ref.name for ref in manifest.inputs),
        )
        return shape, (manifest.data_to, manifest.as_of), self._mark(release.place, shape.files)

    def _mark(self, place: str, files: tuple[str, ...]) -> str:
        """What stands for the identities of a release's files: one that is not there counts as nothing."""
        if not self._on_disk:
            return ""
        folder = f"{self._root}/{place}/"
        found = []
        for name in (MANIFEST, *files):
            try:
                told = os.stat(folder + name)  # noqa: PTH116 - a hundred thousand: a Path each would take as long again
            except FileNotFoundError:
                found.append("")
            else:
                found.append(f"{told.st_ino} {told.st_size} {told.st_mtime_ns} {told.st_ctime_ns}")
        return digest_of("\n".join(found).encode())

    def open(self, known: Known, rendition: str, product: str) -> Release:
        """The release with its manifest.

        Raises:
            ArtefactError: The manifest is missing, torn or altered.
        """
        return release_of(self._home, known.commit, rendition, product)


def _served(release: ReleaseView) -> tuple[str, str]:
    """A release's tier and product as one name, and the digest of its manifest; nothing is opened for it."""
    if isinstance(release, KeptReleaseView):
        return release.known.place.rpartition("/")[0], str(release.known.commit.manifest_sha256)
    return f"{release.manifest.tier}/{release.manifest.product}", str(release.release.commit.manifest_sha256)


def _identity(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def digest_of(data: bytes) -> str:
    """Sixteen bytes of a digest, enough to tell one state of a folder from another."""
    return hashlib.sha256(data).hexdigest()[:32]
