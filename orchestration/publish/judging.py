"""The renditions judged: both engines, the proofs, and the files hashed before and after.

Belongs here: calling the engines on the very files of a rendition, and what need not be asked of them twice. Does not
belong here: what the files show without any rule (``looking``), what a release as a whole must satisfy
(``gate_rules``).

Two things are not asked twice. A lower tier's records are the highest tier's, shown by reading both files whole
(``looking``): the engines judge the highest tier's, and of the lower tier's files only what is the files' own, their
columns and their number of records. And a part taken over from the release served is not judged again by rules that
one record alone decides (``standing``); keys, numbers of records, sql rules and rules that some record of it broke
are judged over all parts, every time. Both engines are asked the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts import kept
from contracts.checks import Check, Kind
from contracts.engines.sql import parquet
from contracts.errors import CauceError
from contracts.model import EMPTY, Contract
from contracts.release import KeptFile
from contracts.results import Result, RuleResult, Verdict
from orchestration.publish import classes as crowds
from orchestration.publish.classes import Classes
from orchestration.publish.job import Engines, PublishJob
from orchestration.publish.looking import Look, Seen, look
from orchestration.publish.render import Rendition, columns_for, media_type
from orchestration.publish.standing import KnownPart, Standing, judged_by
from orchestration.publish.tripwire import CLEAN, Searched, search

if TYPE_CHECKING:
    from contracts.mutations import Proof

CRASHES = (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""What a check engine that crashes may raise, beside its own errors. A crash is "could not run"."""

OF_FILES = frozenset({Kind.COLUMN, Kind.ROW_COUNT})
"""Kinds of check that look at the files themselves, and are asked of every tier's."""


@dataclass(frozen=True)
class Judged:
    """One tier's files and all that was found out about them.

    Attributes:
        rendition: The files.
        checks: The contract's checks that this tier's columns allow.
        hidden: The checks that look at a column above the tier.
        scan: The reference engine's verdict.
        expectations: The auditor's engine's verdict.
        proofs: For each check, a mutation and whether it was caught.
        files: The files by hash, as they were before judging.
        altered: Files whose hash differed after judging.
        seen: What the files themselves show.
        earlier: Of checks that some records were not judged by again, how many such records there are.
        parts: What is known of each part of the highest tier's now; empty for the others.
        searched: What a search for identifiers of persons found; None of the most restrictive tier's.
        classes: What was measured of classes of its records; None where nothing is asked of them.
    """

    rendition: Rendition
    checks: tuple[Check, ...]
    hidden: tuple[Check, ...]
    scan: Verdict
    expectations: Verdict
    proofs: Mapping[str, Proof]
    files: tuple[KeptFile, ...]
    altered: tuple[str, ...]
    seen: Seen
    earlier: Mapping[str, int] = EMPTY
    parts: Mapping[str, KnownPart] = EMPTY
    searched: Searched | None = None
    classes: Classes | None = None

    @property
    def tier(self) -> str:
        """The tier judged."""
        return self.rendition.tier


class ContractEngines:
    """The real engines: the scan through a guarded connection, and Great Expectations."""

    def __init__(self, threads: int, memory: str, spill: Path, key: Sequence[str] = ()) -> None:
        self.threads, self.memory, self.spill, self.key = threads, memory, spill, tuple(key)

    def scan(self, files: Sequence[Path], checks: tuple[Check, ...]) -> Verdict:
        """One scan over ``files``, which can read nothing else."""
        from contracts.engines import guard, scan

        with guard.guarded_connection(files, self.threads, self.memory, self.spill) as connection:
            return scan.judge(connection, parquet(files), checks, self.key)

    def expectations(self, files: Sequence[Path], checks: tuple[Check, ...]) -> Verdict:
        """Great Expectations over the same ``files``."""
        from contracts.engines import expectations

        return expectations.judge(files, checks, threads=self.threads, memory=self.memory, spill=self.spill)

    def prove(self, files: Sequence[Path], contract: Contract, checks: tuple[Check, ...]) -> Mapping[str, Proof]:
        """A mutation for each check that the scan must catch."""
        from contracts import mutations
        from contracts.engines import guard

        with guard.guarded_connection(files, self.threads, self.memory, self.spill) as connection:
            return mutations.prove(connection, parquet(files), contract, checks)


def judge(
    job: PublishJob,
    renditions: Sequence[Rendition],
    checks: Sequence[Check],
    earlier: tuple[Standing | None, Mapping[str, str]] = (None, EMPTY),
) -> tuple[Judged, ...]:
    """Judge the renditions of one product on their own bytes.

    Args:
        job: The job.
        renditions: The files, from the highest tier to the lowest.
        checks: All of the contract's checks.
        earlier: What is known of the release served: its parts, and digests of records by the sha256 of the
            Parquet file that holds them.

    Raises:
        OutsideError: Memory ran out, or the disk refused.
    """
    from contracts.compile_checks import applicable

    files = {r.tier: _hashed(r) for r in renditions}
    before = {r.tier: _identities(r) for r in renditions}
    shown = look(job, renditions, {t: {f.path: f.sha256 for f in fs} for t, fs in files.items()}, earlier)
    standing = earlier[0]
    valid = standing if standing is not None and standing.judged_by == judged_by(job, checks) else None
    searched = search(job, renditions, valid)
    measured = crowds.measure(job, renditions)
    done: list[Judged] = []
    for rendition in renditions:
        visible = tuple(c.name for c in columns_for(job.contract, rendition.tier))
        inside, outside = applicable(checks, visible)
        key = [k for k in job.contract.primary_key if k in visible]
        spill = rendition.folder.parent / ".spill"
        engines: Engines = job.engines or ContractEngines(job.threads, job.memory, spill, key)
        if done and shown.seen[rendition.tier].is_projection:
            verdicts, proofs, again = _as_projection(engines, rendition, inside, done[0])
        else:
            asked = _asked(rendition, inside, shown, valid)
            verdicts = _judged(engines, rendition, inside, asked)
            proofs, again = _proofs(engines, rendition.data, job.contract, inside), asked.earlier
        altered = _altered(rendition, files[rendition.tier], before[rendition.tier])
        one = Judged(
            rendition, inside, outside, *verdicts, proofs, files[rendition.tier], altered, shown.seen[rendition.tier]
        )
        parts = EMPTY if done else _known(shown.parts, one, valid, searched)
        found = replace(one, searched=searched.get(rendition.tier), classes=measured.get(rendition.tier))
        done.append(replace(found, earlier=again, parts=parts))
    return tuple(done)


# The engines ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """Which checks are asked of which files.

    ``nulls`` and ``earlier``: of a check asked of ``files`` alone, nulls and records in the parts left out.
    """

    files: tuple[Path, ...]
    local: tuple[Check, ...]
    nulls: Mapping[str, int] = EMPTY
    earlier: Mapping[str, int] = EMPTY


def _asked(rendition: Rendition, checks: Sequence[Check], shown: Look, standing: Standing | None) -> _Asked:
    """The checks that need be asked only of the parts that changed."""
    reused = [name for name in rendition.parts if name in rendition.reused]
    if standing is None or not reused:
        return _Asked((), ())
    if len(reused) == len(rendition.parts):
        # At least one file is looked at, so that both engines really answer.
        reused.remove(min(reused, key=lambda name: (rendition.parts[name], name)))
    local = tuple(c for c in checks if c.is_record_local and standing.is_clean(reused, c))
    rows = sum(rendition.parts[name] for name in reused)
    return _Asked(
        files=tuple(rendition.folder / name for name in rendition.parts if name not in reused),
        local=local,
        nulls={c.id: rows - sum(shown.parts[n].filled.get(c.columns[0], 0) for n in reused) for c in local},
        earlier={c.id: rows for c in local},
    )


def _judged(
    engines: Engines, rendition: Rendition, checks: tuple[Check, ...], asked: _Asked
) -> tuple[Verdict, Verdict]:
    found = []
    for name, run in (("scan", engines.scan), ("great_expectations", engines.expectations)):
        whole = tuple(c for c in checks if c not in asked.local)
        verdict = _verdict(name, run, rendition.data, whole)
        if asked.local:
            part = _verdict(name, run, asked.files, asked.local)
            verdict = _joined(checks, (verdict, part), asked, rendition.rows)
        found.append(verdict)
    return found[0], found[1]


def _joined(checks: Sequence[Check], verdicts: tuple[Verdict, Verdict], asked: _Asked, rows: int) -> Verdict:
    """One verdict from that on all parts and that on the parts that changed; the others are known to be clean."""
    from contracts.engines.judging import Measurement, allows_empty, conclude

    whole, part = verdicts
    empty = allows_empty(checks)
    results: list[RuleResult] = []
    for check in checks:
        answer = whole.of(check.id) or part.of(check.id)
        if answer is not None and check in asked.local and answer.result is not Result.ERROR:
            nulls = None if answer.nulls is None else answer.nulls + asked.nulls[check.id]
            measured = Measurement(answer.failed, nulls, query=answer.query, samples=answer.samples)
            answer = replace(conclude(check, rows, measured, empty=empty), sampled=answer.sampled)
        results += [answer] if answer is not None else []
    return Verdict(whole.engine, rows, tuple(results), whole.seconds + part.seconds)


def _as_projection(
    engines: Engines, rendition: Rendition, checks: tuple[Check, ...], top: Judged
) -> tuple[tuple[Verdict, Verdict], Mapping[str, Proof], Mapping[str, int]]:
    """A lower tier's verdicts: what its files are asked themselves, and what was said of the same records above."""
    own = tuple(c for c in checks if c.kind in OF_FILES)
    found = []
    for run, above in ((engines.scan, top.scan), (engines.expectations, top.expectations)):
        verdict = _verdict(above.engine, run, rendition.data, own)
        answers = (verdict.of(c.id) if c in own else above.of(c.id) for c in checks)
        results = tuple(a for a in answers if a is not None)
        found.append(Verdict(above.engine, verdict.rows, results, verdict.seconds))
    ids = {c.id for c in checks}
    proofs = {name: proof for name, proof in top.proofs.items() if name in ids}
    earlier = {name: rows for name, rows in top.earlier.items() if name in ids}
    return (found[0], found[1]), proofs, earlier


def _verdict(name: str, run: Any, files: Sequence[Path], checks: tuple[Check, ...]) -> Verdict:
    """An engine's verdict; where it crashes, every check is an error and never passed."""
    import duckdb

    try:
        verdict: Verdict = run(files, checks)
    except (duckdb.Error, CauceError, *CRASHES) as error:
        said = f"an engine stopped with {type(error).__name__}"
        return Verdict(name, 0, tuple(RuleResult(c.id, Result.ERROR, detail=said) for c in checks))
    return verdict


def _proofs(
    engines: Engines, files: Sequence[Path], contract: Contract, checks: tuple[Check, ...]
) -> Mapping[str, Proof]:
    import duckdb

    try:
        return engines.prove(files, contract, checks)
    except (duckdb.Error, CauceError, *CRASHES):
        return {}


def _known(
    parts: Mapping[str, KnownPart], top: Judged, standing: Standing | None, searched: Mapping[str, Searched]
) -> dict[str, KnownPart]:
    """Each part with the rules that all its records keep: those no record broke now, and those on record of it."""
    unbroken = {
        check.id
        for check in top.checks
        if check.is_record_local
        and all(
            answer is not None and answer.failed == 0 and answer.result is Result.PASSED
            for answer in (top.scan.of(check.id), top.expectations.of(check.id))
        )
    }
    if not any(one.found or one.stopped for one in searched.values()):
        unbroken.add(CLEAN)
    found: dict[str, KnownPart] = {}
    for name, part in parts.items():
        on_record = standing is not None and name in top.rendition.reused
        clean = frozenset(unbroken | part.clean) if on_record else frozenset(unbroken)
        found[name] = replace(part, clean=clean, since=part.since if on_record else None)
    return found


# The files ------------------------------------------------------------------------------------


def _hashed(rendition: Rendition) -> tuple[KeptFile, ...]:
    return tuple(
        KeptFile(
            path=name,
            sha256=kept.sha256_file(rendition.folder / name),
            bytes=(rendition.folder / name).stat().st_size,
            rows=rendition.parts.get(name, rendition.rows),
            media_type=media_type(name),
        )
        for name in rendition.files
    )


def _identities(rendition: Rendition) -> dict[str, tuple[int, ...]]:
    """Of each file what changes with its bytes; the time of the last change to it cannot be set by hand."""
    return {name: _identity(rendition.folder / name) for name in rendition.files}


def _identity(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _altered(rendition: Rendition, files: Sequence[KeptFile], before: Mapping[str, tuple[int, ...]]) -> tuple[str, ...]:
    """Files that are no longer those that were hashed; a file that was touched since is hashed again."""
    found = []
    for file in files:
        path = rendition.folder / file.path
        if not path.is_file() or (_identity(path) != before[file.path] and kept.sha256_file(path) != file.sha256):
            found.append(file.path)
    return tuple(found)
