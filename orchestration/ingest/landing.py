"""Landing one source: fetch, keep the raw bytes, read, judge, accept records or refuse the file.

Belongs here: the order of steps, what counts as unchanged, and keeping what came of it. Does not belong
here: any step's own work. Nothing heavy is imported before it is known that there is something to do.

A refused file is a finished landing, not an error: what is downstream keeps the last accepted delivery.
Only errors of the outside world, of kept files and of contracts are raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts import kept
from contracts.errors import OutsideError, PromiseBroken
from contracts.home import CityHome
from contracts.model import Contract, Delivery
from contracts.shapes import Shape
from orchestration import logs
from orchestration.ingest import manifest
from orchestration.ingest.columns import MissingColumns
from orchestration.ingest.comparing import Comparison, is_lifted
from orchestration.ingest.delivery import Fetched
from orchestration.ingest.dialect import dialect
from orchestration.ingest.errands import LandingJob, as_it_was, errand_for, kept_delivery, request_sha256
from orchestration.ingest.formats import the_format
from orchestration.ingest.manifest import (
    Landing,
    LandingFile,
    Look,
    accepted_files,
    accepted_landings,
    in_force,
    landings,
    last_look,
    latest,
)
from orchestration.ingest.resemblance import relaxed

if TYPE_CHECKING:
    from orchestration.ingest.door import Judgement
    from orchestration.ingest.reading import Reading
    from orchestration.ingest.workplace import Workplace

__all__ = [
    "Landing",
    "LandingFile",
    "LandingJob",
    "accepted_files",
    "accepted_landings",
    "in_force",
    "land",
    "landings",
    "last_look",
    "latest",
    "surely_unchanged",
]

LARGE = 64 << 20
"""Bytes of a delivery from which on reading it takes longer than importing what judges it."""
PROJECT = Path(__file__).resolve().parents[2]
READER_CODE = (
    "orchestration/ingest/*.py",
    "orchestration/ingest/readers/*.py",
    "contracts/checks.py",
    "contracts/constraints.py",
    "contracts/*drafts.py",
    "contracts/compile_checks.py",
    "contracts/engines/door.py",
    "contracts/engines/judging.py",
    "contracts/engines/scan.py",
    "contracts/engines/sql.py",
)
"""Files whose change may change what is accepted: then the same bytes are landed again."""
READER_LIBRARIES = ("duckdb", "duckdb-extension-spatial", "msgspec", "pyarrow", "python-calamine")
TELLING_CODE = ("delivery.py", "errands.py", "fetch.py", "manifest.py", "quarantine.py", "spreadsheet.py")
"""Files among them that only fetch, or show what was found."""


@lru_cache(maxsize=1)
def reader_sha256() -> str:
    """Hash of the code that reads and judges, and of the libraries it reads with."""
    from importlib.metadata import version

    parts = [f"{name} {version(name)}\n" for name in READER_LIBRARIES]
    paths = sorted({path for pattern in READER_CODE for path in PROJECT.glob(pattern)})
    parts += [
        f"{path.relative_to(PROJECT).as_posix()} {kept.sha256_file(path)}\n"
        for path in paths
        if path.name not in TELLING_CODE
    ]
    return kept.sha256_bytes("".join(parts).encode())


def land(source: Contract, job: LandingJob) -> Landing:
    """Land one source: fetch it, and if anything changed, read, judge and keep it.

    Returns:
        The landing. ``unchanged`` repeats the last landing (accepted or refused) with the time of this
        look; it is not written again. What a refused landing says stands in its ``refusal``.

    Raises:
        OutsideError: The address can't be read, or the disk refused.
        InputError: The contract or its server says something that can't be done.
        ArtefactError: A kept file is torn or missing.
    """
    if source.delivery is not Delivery.SNAPSHOT:
        _land_again_what_stands(source, job)
    connector, errand = errand_for(source, job)
    last = latest(job.home, source.name)
    with logs.step("fetched", source=source.name) as told:
        brought = connector.bring(errand)
        told["new"] = isinstance(brought, Fetched)
        fetched = brought if isinstance(brought, Fetched) else as_it_was(source, job, brought)
        told["bytes"] = fetched.size
    if last is not None and not job.force and _same(last, fetched.sha256, source, job):
        landing = replace(last, outcome="unchanged", retrieved_at=_instant(job.now))
    else:
        landing = _land_bytes(source, job, fetched, errand.location.shown, _instant(job.now))
    seen = Look(
        at=_instant(job.now),
        raw_sha256=fetched.sha256,
        landing=landing.n,
        address=errand.location.shown,
        request=request_sha256(source, errand.location),
        marks=fetched.marks,
    )
    manifest.keep_look(job.home, source.name, seen)
    return landing


def surely_unchanged(source: Contract, job: LandingJob) -> bool:
    """Whether ``land`` would find nothing new, told without fetching anything or importing anything heavy.

    False also where it cannot be told: an address elsewhere may always hold something new.

    Raises:
        InputError: The contract's server says something that can't be done.
        ArtefactError: A kept file is torn or missing.
    """
    if job.force:
        return False
    connector, errand = errand_for(source, job)
    look, last = last_look(job.home, source.name), latest(job.home, source.name)
    if look is None or last is None or not errand.marks or not _same(last, look.raw_sha256, source, job):
        return False
    if source.delivery is not Delivery.SNAPSHOT and not all(
        _same_reading(one, source) for one in in_force(job.home, source)
    ):
        return False
    try:
        return connector.still(errand)
    except OutsideError:
        return False  # landing says it


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def _same(last: Landing, sha256: str, source: Contract, job: LandingJob) -> bool:
    """Whether the last landing had these bytes, this contract and this code, and nobody approved of it since."""
    same = last.raw_sha256 == sha256 and _same_reading(last, source)
    return same and not is_lifted(source, job.home, last, job.city.rulings)


def _same_reading(landing: Landing, source: Contract) -> bool:
    return landing.contract["sha256"] == source.sha256 and landing.reader == reader_sha256()


def _land_again_what_stands(source: Contract, job: LandingJob) -> None:
    """Read older deliveries again where the contract or the code changed: their records add up with the new ones."""
    for landing in in_force(job.home, source):
        if _same_reading(landing, source):
            continue
        tried = [t for t in landings(job.home, source.name) if t.raw_sha256 == landing.raw_sha256]
        if _same_reading(tried[-1], source):
            continue  # refused under the new contract: the old reading of it stands
        _land_bytes(source, job, kept_delivery(job, landing), landing.address, landing.retrieved_at)


def _land_bytes(source: Contract, job: LandingJob, fetched: Fetched, address: str, at: str) -> Landing:
    n = len(manifest.numbers(job.home, source.name)) + 1
    landing = Landing(
        n=n,
        source=source.name,
        outcome="refused",
        address=address,
        retrieved_at=at,
        raw_sha256=fetched.sha256,
        raw_bytes=fetched.size,
        received=0,
        accepted=0,
        quarantined=0,
        rejected=0,
        accepted_file=None,
        quarantine_file=None,
        contract={"id": source.id, "version": source.version, "sha256": source.sha256},
        reader=reader_sha256(),
        whole=fetched.whole,
        cursor=fetched.cursor,
        declared=fetched.declared,
        pages=fetched.pages,
    )
    from orchestration.ingest.workplace import Engine, workplace

    engine = Engine(job.threads, job.memory, job.tell)
    with workplace(job.home.work, source.name, engine) as place:
        try:
            landing = _read_and_judge(source, job, fetched, landing, place)
        except PromiseBroken as refusal:
            received = refusal.report if isinstance(refusal.report, int) else 0
            drift = getattr(refusal, "drift", None)
            landing = replace(
                landing,
                received=received,
                rejected=received,
                refusal=_told(refusal, source),
                drift=landing.drift if drift is None else _drift(drift.added, drift.missing),
            )
    manifest.keep(job.home, landing)
    return landing


def _told(refusal: PromiseBroken, source: Contract) -> dict[str, str | None]:
    where = f"{source.name}: {refusal.where}" if refusal.where else source.name
    told = PromiseBroken(refusal.what, where=where, found=refusal.found, expected=refusal.expected, hint=refusal.hint)
    return {**told.as_dict(), "message": told.message}


def _drift(added: tuple[str, ...], missing: tuple[str, ...]) -> dict[str, list[str]]:
    return {"added": list(added), "missing": list(missing)}


def _read_and_judge(source: Contract, job: LandingJob, fetched: Fetched, landing: Landing, place: Workplace) -> Landing:
    from contracts.compile_checks import compile_checks
    from orchestration.ingest.door import Door

    checks = compile_checks(source)
    comparison = Comparison(source, job.home, landing, job.city.rulings, fetched.columns)
    job.tell(f"counting the records of {fetched.size / 1e6:,.0f} MB")
    with _importing_judges(fetched.size):
        try:
            reading = _reading(source, job, fetched, place)
        except MissingColumns as missing:
            return _without_columns(job, fetched, landing, place, (comparison, missing))
    try:
        judgement = Door(reading, source, checks, place).judge()
    except PromiseBroken as refusal:
        refusal.report = reading.received
        raise
    if not judgement.refusal and reading.received != judgement.accepted + judgement.quarantined:
        raise _unbalanced(reading.received, judgement)
    looked = comparison.judged(reading, judgement, place)
    judgement.refusal = judgement.refusal or looked.refusal
    refused = judgement.refusal is not None
    accepted, quarantined = (0, 0) if refused else (judgement.accepted, judgement.quarantined)
    home, name = job.home, source.name
    return replace(
        landing,
        outcome="refused" if refused else "accepted",
        received=reading.received,
        accepted=accepted,
        quarantined=quarantined,
        rejected=reading.received - accepted - quarantined,
        accepted_file=None if refused else _settle(home, place.accepted, manifest.accepted_path(home, name, landing.n)),
        quarantine_file=_settle(home, place.quarantine, manifest.quarantine_path(home, name, landing.n)),
        rules=judgement.rules,
        reasons=judgement.reasons,
        drift=_drift(reading.drift.added, reading.drift.missing),
        refusal=_told(judgement.refusal, source) if judgement.refusal else None,
        **_kept_shape(home, looked.shape, "refused" if refused else "accepted"),
    )


def _without_columns(
    job: LandingJob, fetched: Fetched, landing: Landing, place: Workplace, known: tuple[Comparison, MissingColumns]
) -> Landing:
    """The landing of a file that lacks declared columns, with what looks like them."""
    comparison, missing = known
    source = comparison.contract
    refusal: PromiseBroken = missing
    shape: Mapping[str, Any] = {}
    if missing.drift.missing and missing.drift.added:
        try:
            reading = _reading(relaxed(source, missing.drift.missing), job, fetched, place)
        except PromiseBroken:
            pass  # it has other faults too; the first is told
        else:
            looked = comparison.unread(missing, reading, place)
            refusal = looked.refusal or missing
            shape = _kept_shape(job.home, looked.shape, "refused")
    received = missing.report if isinstance(missing.report, int) else 0
    return replace(
        landing,
        received=received,
        rejected=received,
        refusal=_told(refusal, source),
        drift=_drift(missing.drift.added, missing.drift.missing),
        **shape,
    )


def _kept_shape(home: CityHome, shape: Shape, outcome: str) -> dict[str, Any]:
    """Keep a shape, and what the landing says of it."""
    data = replace(shape, outcome=outcome).to_json()
    path = manifest.shape_path(home, shape.source, shape.landing)
    kept.replace(path, data)
    file = LandingFile(path.relative_to(home.root).as_posix(), kept.sha256_bytes(data), len(data))
    return {"shape_file": file, "findings": [finding.told() for finding in shape.findings]}


@contextmanager
def _importing_judges(size: int) -> Iterator[None]:
    """Import what judges while a large file is counted; before a small one's end that would only be in the way."""
    if size < LARGE:
        yield
        return
    from contracts.engines.door import import_engine

    with ThreadPoolExecutor(1, "landing-imports") as importer:
        importer.submit(import_engine)  # what goes wrong is told where it is imported in earnest
        yield


def _unbalanced(received: int, judgement: Judgement) -> PromiseBroken:
    refusal = PromiseBroken(
        "the numbers of records do not add up",
        found=f"{judgement.accepted:,} accepted and {judgement.quarantined:,} quarantined",
        expected=f"{received:,} records counted from the bytes",
        hint="nothing was let in. This is a fault of Cauce: report it with the contract.",
    )
    refusal.report = received
    return refusal


def _reading(source: Contract, job: LandingJob, fetched: Fetched, place: Workplace) -> Reading:
    """The delivery, prepared and indexed as the source's format says."""
    from orchestration.ingest.prepare import prepare

    declared = dialect(source)
    path = prepare(fetched.path, declared, place.folder, job.caps)
    return the_format(declared.format).reader.read(path, source, declared, place, job.caps)


def _settle(home: CityHome, made: Path, path: Path) -> LandingFile | None:
    """Move a finished file to its place; None where there is none."""
    if not made.exists():
        return None
    sha256, size = kept.sha256_file(made), made.stat().st_size
    kept.move_file(made, path)
    return LandingFile(path.relative_to(home.root).as_posix(), sha256, size)
