"""The record of every attempt to land a source: ``raw/<source>/landings/<n>.json``, and the last look.

Belongs here: the landing as data, reading and writing it, which accepted files are in force.
Does not belong here: fetching, reading or judging records. No value of any record stands in a
landing: counts, names of columns and record numbers only. Nothing heavy is imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from contracts import kept
from contracts.errors import ArtefactError
from contracts.home import FORMAT_VERSION, CityHome
from contracts.model import Contract, Delivery

Outcome = Literal["accepted", "refused", "unchanged"]
LANDING_DIGITS = 6
KEPT_FILES = ("accepted_file", "quarantine_file", "shape_file")
"""Fields of a landing that name a file it keeps."""


@dataclass(frozen=True)
class LandingFile:
    """A file that a landing keeps. ``path`` is relative to the city's home."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Landing:
    """One attempt to land one source.

    ``received`` is counted from the bytes by the record index; received = accepted + quarantined +
    rejected. Of a refused file every record is rejected; its ``quarantine_file``, if there is one, then
    holds the records that are to blame, for whoever must mend them. Of a source that is asked for what is
    new, ``whole`` is False where only the newer records came; ``cursor`` tells up to where they go, in the
    connector's words. ``declared`` is how many the portal said there are, ``pages`` how many requests it
    took. ``rules`` is a list of
    ``{check_id, result, examined, failed, text: {en, es}}``; ``reasons`` counts quarantined records by
    check id (one record may have several). ``drift`` names columns that came or went. ``findings`` tells what
    changed since the delivery before (``contracts.shapes.Finding.told``); what it looked like, with values of
    records, stands in ``shape_file``.
    """

    n: int
    source: str
    outcome: Outcome
    address: str
    retrieved_at: str
    raw_sha256: str
    raw_bytes: int
    received: int
    accepted: int
    quarantined: int
    rejected: int
    accepted_file: LandingFile | None
    quarantine_file: LandingFile | None
    contract: Mapping[str, str]
    reader: str
    rules: Sequence[Mapping[str, Any]] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)
    drift: Mapping[str, Sequence[str]] = field(default_factory=lambda: {"added": [], "missing": []})
    refusal: Mapping[str, str | None] | None = None
    whole: bool = True
    cursor: str | None = None
    declared: int | None = None
    pages: int | None = None
    findings: Sequence[Mapping[str, Any]] = ()
    shape_file: LandingFile | None = None
    format_version: int = FORMAT_VERSION

    def to_json(self) -> bytes:
        """The landing's one byte form."""
        return kept.canonical_json(asdict(self))

    def as_logged(self) -> dict[str, Any]:
        """What a log says of it: names, counts and hashes."""
        return {
            "landing": self.n,
            "outcome": self.outcome,
            "bytes": self.raw_bytes,
            "sha256": self.raw_sha256,
            "received": self.received,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "rejected": self.rejected,
            "reasons": dict(self.reasons),
            "findings": len(self.findings),
        }


@dataclass(frozen=True)
class Look:
    """The last successful look at a source, whether or not anything had changed.

    ``marks`` are what the connector asked to be told again: they tell whether the source is still as it was when
    it gave the bytes that have ``raw_sha256``. ``request`` is the sha256 of what was asked for.
    """

    at: str
    raw_sha256: str
    landing: int
    address: str
    request: str
    marks: Mapping[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION


def unfinished_folder(home: CityHome, source: str) -> Path:
    """Where the pages of a fetch that is not whole yet stand."""
    return source_folder(home, source) / "unfinished"


def source_folder(home: CityHome, source: str) -> Path:
    """Where a source's raw bytes, landings and accepted records stand."""
    return home.raw / source


def bytes_folder(home: CityHome, source: str) -> Path:
    """Where a source's raw bytes stand, each file named by its sha256."""
    return source_folder(home, source) / "bytes"


def landing_path(home: CityHome, source: str, n: int) -> Path:
    """Where landing ``n`` stands."""
    return source_folder(home, source) / "landings" / f"{n:0{LANDING_DIGITS}d}.json"


def accepted_path(home: CityHome, source: str, n: int) -> Path:
    """Where the accepted records of landing ``n`` stand."""
    return source_folder(home, source) / "accepted" / f"{n:0{LANDING_DIGITS}d}.parquet"


def quarantine_path(home: CityHome, source: str, n: int) -> Path:
    """Where the quarantined records of landing ``n`` stand."""
    return source_folder(home, source) / "quarantine" / f"{n:0{LANDING_DIGITS}d}.parquet"


def shape_path(home: CityHome, source: str, n: int) -> Path:
    """Where the shape of landing ``n`` stands: it holds values, and so stands with the records."""
    return source_folder(home, source) / "shapes" / f"{n:0{LANDING_DIGITS}d}.json"


def read(path: Path) -> Landing:
    """One landing as it was written.

    Raises:
        ArtefactError: Missing, torn or of an unknown format.
    """
    value = kept.read_json(path)
    kept.check_format(value, path, FORMAT_VERSION)
    try:
        for name in KEPT_FILES:
            value[name] = None if value.get(name) is None else LandingFile(**value[name])
        return Landing(**value)
    except (KeyError, TypeError) as error:
        raise ArtefactError("a landing lacks a field or has one too many", where=str(path), found=str(error)) from error


def numbers(home: CityHome, source: str) -> list[int]:
    """Numbers of all landings, in order.

    Raises:
        ArtefactError: A landing is missing.
    """
    folder = source_folder(home, source) / "landings"
    found = sorted(int(path.stem) for path in folder.glob("[0-9]*.json"))
    if found != list(range(1, len(found) + 1)):
        gap = next(n for n, there in enumerate([*found, 0], start=1) if n != there)
        raise ArtefactError(
            "a landing is missing from a source's record",
            where=str(folder),
            expected=f"landing {gap}",
            hint="cauce audit verify",
        )
    return found


def landings(home: CityHome, source: str) -> tuple[Landing, ...]:
    """All landings of a source, oldest first."""
    return tuple(read(landing_path(home, source, n)) for n in numbers(home, source))


def latest(home: CityHome, source: str) -> Landing | None:
    """The last landing, accepted or refused; None if nothing was ever landed."""
    known = numbers(home, source)
    return read(landing_path(home, source, known[-1])) if known else None


def accepted_landings(home: CityHome, source: str) -> tuple[Landing, ...]:
    """Landings whose records were accepted, oldest first."""
    return tuple(landing for landing in landings(home, source) if landing.outcome == "accepted")


def in_force(home: CityHome, contract: Contract) -> tuple[Landing, ...]:
    """The accepted landings whose records make up the source now, oldest first.

    Of a snapshot, the last one. Of ``append`` and ``upsert``, every delivery once: a delivery landed
    again (because the contract changed) stands only as last landed, in the place it had. Where a source is asked for
    what is new, what was read whole takes the place of all that came before it.
    """
    accepted = accepted_landings(home, contract.name)
    if contract.delivery is Delivery.SNAPSHOT:
        return accepted[-1:]
    came: dict[tuple[str, str], int] = {}
    for landing in accepted:
        came.setdefault(_delivered(landing), landing.n)
    asks = bool(contract.servers[0].settings.get("increment"))
    last = {_delivered(landing) if asks else (landing.raw_sha256, ""): landing for landing in accepted}
    standing = sorted(last.values(), key=lambda landing: came[_delivered(landing)])
    begin = max((n for n, landing in enumerate(standing) if landing.whole), default=0) if asks else 0
    return tuple(standing[begin:])


def _delivered(landing: Landing) -> tuple[str, str]:
    """Which delivery a landing reads: one that is landed again keeps its bytes and the time at which they came."""
    return landing.raw_sha256, landing.retrieved_at


def accepted_files(home: CityHome, contract: Contract) -> tuple[Path, ...]:
    """Parquet files of the records in force, absolute, oldest delivery first; each held against its hash.

    A flipped bit in Parquet gives another number without a word, so nothing is read from a file that is not the
    one its landing names.

    Raises:
        ArtefactError: A file is gone, or is not the one that was kept.
    """
    return tuple(
        kept.hold((home.root / landing.accepted_file.path).absolute(), landing.accepted_file.sha256)
        for landing in in_force(home, contract)
        if landing.accepted_file is not None
    )


def keep(home: CityHome, landing: Landing) -> None:
    """Write a landing; its files must stand already.

    Raises:
        ArtefactError: Another process wrote the same number.
    """
    path = landing_path(home, landing.source, landing.n)
    if not kept.create_if_absent(path, landing.to_json()):
        raise ArtefactError(
            "a landing was written by another process at the same time",
            where=str(path),
            hint="run again; one run at a time per city.",
        )


def last_look(home: CityHome, source: str) -> Look | None:
    """The last successful look at the source, or None."""
    path = source_folder(home, source) / "look.json"
    if not path.exists():
        return None
    value = kept.read_json(path)
    kept.check_format(value, path, FORMAT_VERSION)
    try:
        return Look(**value)
    except TypeError as error:
        raise ArtefactError("a kept file has other fields than it should", where=str(path), found=str(error)) from error


def keep_look(home: CityHome, source: str, look: Look) -> None:
    """Remember a successful look at the source."""
    kept.replace(source_folder(home, source) / "look.json", kept.canonical_json(asdict(look)))
