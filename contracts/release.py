"""The format of a release: what stands in ``releases/<tier>/<product>/``.

    releases/<tier>/<product>/<version>/   data.parquet (and data.csv, data.geojson), or a large product's
                                           parts data/2026-01.parquet, ...,
                                           manifest.json, quality.json, lineage.json
    releases/<tier>/<product>/commits/<n>.json    created only if absent; the highest n is current
    releases/<tier>/<product>/current.json        a hint for people and caches, never trusted

These names stand on the city's shelf (``home.shelf``): a folder of the disk, or a prefix of an object store.

Belongs here: the manifest and the commit as data, reading them, and finding the current release.
Does not belong here: building or committing one (``orchestration.publish``), pages about it
(``catalog``). Each tier's files hold only what that tier may see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from contracts import kept
from contracts.errors import ArtefactError
from contracts.home import FORMAT_VERSION, CityHome
from contracts.shelf import Shelf, read_json

COMMIT_DIGITS = 6


@dataclass(frozen=True)
class KeptFile:
    """One file of a release. ``path`` is relative to the release's folder; ``bytes`` its size."""

    path: str
    sha256: str
    bytes: int
    rows: int | None
    media_type: str


@dataclass(frozen=True)
class ManifestColumn:
    """One published column, as the tier may see it. Texts stay in the contract's own languages."""

    name: str
    type: str
    description: str
    unit: str | None = None
    step: str | None = None


@dataclass(frozen=True)
class InputRef:
    """One input by hash, as far as the tier may know it.

    ``name`` is the source's id, or its inventory title where the tier may not know more; then
    ``sha256``, ``retrieved_at`` and the counts are None.
    """

    name: str
    sha256: str | None = None
    retrieved_at: str | None = None
    received: int | None = None
    accepted: int | None = None
    quarantined: int | None = None
    rejected: int | None = None


@dataclass(frozen=True)
class Manifest:
    """What a release is: its files by hash, its contract, its inputs, its code.

    Two releases with equal ``content_sha256`` hold the same records whatever the file layout.
    Times are ISO 8601 in UTC; ``as_of`` is the run's as-of instant, ``data_to`` the newest event
    time in the data. No wall-clock time stands here: those live in commits and the ledger.
    """

    city: str
    product: str
    tier: str
    version: int
    contract: Mapping[str, str]
    as_of: str
    data_to: str | None
    rows: int
    content_sha256: str
    files: tuple[KeptFile, ...]
    columns: tuple[ManifestColumn, ...]
    inputs: tuple[InputRef, ...]
    code: Mapping[str, str]
    changes: tuple[Mapping[str, Any], ...] = ()
    previous: int | None = None
    withheld_columns: int | None = None
    format_version: int = FORMAT_VERSION

    def to_json(self) -> bytes:
        """The manifest's one byte form."""
        return kept.canonical_json(asdict(self))


@dataclass(frozen=True)
class Commit:
    """One step of a product's public history in one tier.

    ``version`` is None for a withdrawal. ``committed_at`` is the run's time of checking (UTC, ISO 8601).
    """

    n: int
    action: Literal["publish", "rollback", "withdraw"]
    version: int | None
    manifest_sha256: str | None
    intent: str
    committed_at: str
    reason: str = ""
    format_version: int = FORMAT_VERSION

    def to_json(self) -> bytes:
        """The commit's one byte form."""
        return kept.canonical_json(asdict(self))


@dataclass(frozen=True)
class Release:
    """A release found on its shelf, its manifest checked against the commit that names it.

    ``place`` is its name there, ``<tier>/<product>/<version>``.
    """

    commit: Commit
    manifest: Manifest
    place: str
    shelf: Shelf = field(compare=False)
    history: tuple[Commit, ...] = field(default=(), compare=False)

    def local(self, name: str) -> Path:
        """A file of this disk with the bytes of one of the release's files, checked against the manifest.

        Raises:
            ArtefactError: The release has no such file, or it is missing or altered.
            OutsideError: The store cannot be reached.
        """
        listed = {file.path: file.sha256 for file in self.manifest.files}
        if name not in listed:
            raise ArtefactError(
                "a release has no such file", where=self.shown, found=name, expected=f"one of {', '.join(listed)}"
            )
        return self.shelf.local(f"{self.place}/{name}", listed[name])

    def parquet(self) -> tuple[Path, ...]:
        """Its records: one Parquet file, or the parts of a large product, in the manifest's order; see ``local``."""
        return tuple(self.local(file.path) for file in self.manifest.files if file.path.endswith(".parquet"))

    def read(self, name: str) -> bytes:
        """The bytes of one of the release's files, checked against the manifest where it lists them.

        Raises:
            ArtefactError: Missing or altered.
        """
        data = self.shelf.read(f"{self.place}/{name}")
        listed = next((file.sha256 for file in self.manifest.files if file.path == name), None)
        if listed is not None and kept.sha256_bytes(data) != listed:
            raise kept.altered(self.shelf.shown(f"{self.place}/{name}"), kept.sha256_bytes(data), listed)
        return data

    def report(self, name: str) -> dict[str, Any]:
        """What ``quality.json`` or ``lineage.json`` of the release says, checked against the manifest.

        Raises:
            ArtefactError: Missing, torn, altered or of an unknown format.
        """
        value = kept.parse_json(self.read(name), self.shelf.shown(f"{self.place}/{name}"))
        kept.check_format(value, self.shelf.shown(f"{self.place}/{name}"), FORMAT_VERSION)
        return value

    @property
    def shown(self) -> str:
        """Where it stands, as told to people."""
        return self.shelf.shown(self.place)


def product_name(tier: str, product: str) -> str:
    """The name below which all versions of one product stand for one tier."""
    return f"{tier}/{product}"


def version_name(tier: str, product: str, version: int) -> str:
    """The name below which one version's files stand."""
    return f"{tier}/{product}/{version}"


def commit_name(tier: str, product: str, n: int) -> str:
    """The name of commit ``n``."""
    return f"{tier}/{product}/commits/{n:0{COMMIT_DIGITS}d}.json"


def commits(home: CityHome, tier: str, product: str) -> tuple[Commit, ...]:
    """All commits of a product in a tier, oldest first; empty where there is none.

    Raises:
        ArtefactError: A commit is torn, or the numbers have a gap.
    """
    shelf = home.shelf
    folder = f"{product_name(tier, product)}/commits"
    found: list[Commit] = []
    for child in shelf.children(folder):
        if child.is_folder or not child.name[0].isdigit() or not child.name.endswith(".json"):
            continue
        name = f"{folder}/{child.name}"
        value = read_json(shelf, name)
        kept.check_format(value, shelf.shown(name), FORMAT_VERSION)
        try:
            commit = Commit(**value)
        except TypeError as error:
            where = shelf.shown(name)
            raise ArtefactError(
                "a commit lacks a field or has one too many", where=where, found=str(error), hint="cauce audit verify"
            ) from error
        if commit.n != len(found) + 1 or name != commit_name(tier, product, commit.n):
            raise ArtefactError(
                "the commits of a product have a gap",
                where=shelf.shown(name),
                found=f"commit {commit.n}",
                expected=f"commit {len(found) + 1}",
                hint="cauce audit verify",
            )
        found.append(commit)
    return tuple(found)


def manifest_of(home: CityHome, place: str, sha256: str | None = None) -> Manifest:
    """Read the ``manifest.json`` of the version at ``place``, checked against ``sha256`` where given.

    Raises:
        ArtefactError: Missing, torn, altered or of an unknown format.
    """
    name = f"{place}/manifest.json"
    where = home.shelf.shown(name)
    value = read_json(home.shelf, name, sha256)
    kept.check_format(value, where, FORMAT_VERSION)
    try:
        return Manifest(
            **{
                **value,
                "files": tuple(KeptFile(**f) for f in value["files"]),
                "columns": tuple(ManifestColumn(**c) for c in value["columns"]),
                "inputs": tuple(InputRef(**i) for i in value["inputs"]),
                "changes": tuple(value["changes"]),
            }
        )
    except (KeyError, TypeError) as error:
        raise ArtefactError("a manifest lacks a field or has one too many", where=where, found=str(error)) from error


def release_of(home: CityHome, commit: Commit, tier: str, product: str, history: tuple[Commit, ...] = ()) -> Release:
    """The release that ``commit`` names; it must name one.

    Raises:
        ArtefactError: The manifest is missing, torn or altered.
    """
    assert commit.version is not None, "a withdrawal names no release"
    place = version_name(tier, product, commit.version)
    return Release(commit, manifest_of(home, place, commit.manifest_sha256), place, home.shelf, history)


def current(home: CityHome, tier: str, product: str) -> Release | None:
    """The release a reader of ``tier`` sees now; None if never published, or withdrawn.

    Raises:
        ArtefactError: The commit or the manifest it names is torn or altered.
    """
    history = commits(home, tier, product)
    if not history or history[-1].version is None:
        return None
    return release_of(home, history[-1], tier, product, history)
