"""The format of a release: what stands in ``releases/<tier>/<product>/``.

    releases/<tier>/<product>/<version>/   data.parquet (and data.csv, data.geojson),
                                           manifest.json, quality.json, lineage.json
    releases/<tier>/<product>/commits/<n>.json    created only if absent; the highest n is current
    releases/<tier>/<product>/current.json        a hint for people and caches, never trusted

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
    """A release found on disk, its manifest checked against the commit that names it."""

    commit: Commit
    manifest: Manifest
    folder: Path
    history: tuple[Commit, ...] = field(default=(), compare=False)

    def file(self, name: str) -> Path:
        """The path of one of the release's files."""
        return self.folder / name


def version_name(version: int) -> str:
    """The folder name of a version."""
    return str(version)


def commit_path(home: CityHome, tier: str, product: str, n: int) -> Path:
    """Where commit ``n`` stands."""
    return home.release_dir(tier, product) / "commits" / f"{n:0{COMMIT_DIGITS}d}.json"


def commits(home: CityHome, tier: str, product: str) -> tuple[Commit, ...]:
    """All commits of a product in a tier, oldest first; empty where there is none.

    Raises:
        ArtefactError: A commit is torn, or the numbers have a gap.
    """
    folder = home.release_dir(tier, product) / "commits"
    found: list[Commit] = []
    for path in sorted(folder.glob("[0-9]*.json")):
        value = kept.read_json(path)
        kept.check_format(value, path, FORMAT_VERSION)
        commit = Commit(**value)
        if commit.n != len(found) + 1 or path != commit_path(home, tier, product, commit.n):
            raise ArtefactError(
                "the commits of a product have a gap",
                where=str(path),
                found=f"commit {commit.n}",
                expected=f"commit {len(found) + 1}",
                hint="cauce audit verify",
            )
        found.append(commit)
    return tuple(found)


def manifest_of(folder: Path, sha256: str | None = None) -> Manifest:
    """Read ``manifest.json`` in ``folder``, checked against ``sha256`` where given.

    Raises:
        ArtefactError: Missing, torn, altered or of an unknown format.
    """
    path = folder / "manifest.json"
    value = kept.read_json(path, sha256=sha256)
    kept.check_format(value, path, FORMAT_VERSION)
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
        raise ArtefactError(
            "a manifest lacks a field or has one too many", where=str(path), found=str(error)
        ) from error


def current(home: CityHome, tier: str, product: str) -> Release | None:
    """The release a reader of ``tier`` sees now; None if never published, or withdrawn.

    Raises:
        ArtefactError: The commit or the manifest it names is torn or altered.
    """
    history = commits(home, tier, product)
    if not history or history[-1].version is None:
        return None
    newest = history[-1]
    assert newest.version is not None
    folder = home.release_dir(tier, product) / version_name(newest.version)
    return Release(newest, manifest_of(folder, newest.manifest_sha256), folder, history)
