"""One rendition judged: both engines, the proofs, and what must hold of the files themselves.

Belongs here: calling the engines on the very files of a rendition, hashing those files before and after,
the order of their records, their agreement with each other, the columns they carry. Does not belong here:
what a release as a whole must satisfy (``gate_rules``).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts import kept, tiers
from contracts.checks import Check
from contracts.engines.sql import parquet, quoted, text_literal
from contracts.errors import CauceError, OutsideError
from contracts.model import EMPTY, Contract
from contracts.release import KeptFile
from contracts.results import Result, RuleResult, Verdict
from orchestration.publish import content_hash
from orchestration.publish.job import Engines, PublishJob
from orchestration.publish.render import (
    CSV,
    GEOJSON,
    MEDIA_TYPES,
    PARQUET,
    Rendition,
    class_of,
    columns_for,
    geometry_column,
    prepare,
)

if TYPE_CHECKING:
    import duckdb

    from contracts.mutations import Proof

LINE = 2_097_152
LONGEST_LINE = 20_000_000
"""Bytes of one CSV record that reading back makes room for: DuckDB's own, and where it may hold a geometry."""

CRASHES = (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""What a check engine that crashes may raise, beside its own errors. A crash is "could not run"."""


@dataclass(frozen=True)
class Seen:
    """What a look at one tier's files shows, without any rule.

    Attributes:
        content_sha256: Digest of the records.
        foreign: Columns in any of the files that the tier may not see or the contract does not declare.
        disorder: Records that do not come after the one before.
        differing: Copies (CSV, GeoJSON) that do not say the same as the Parquet file, with what differs.
        data_from: The oldest event time, ISO 8601; None where the tier may not see it.
        data_to: The newest event time not after the as-of instant.
    """

    content_sha256: str
    foreign: tuple[str, ...]
    disorder: int
    differing: tuple[str, ...]
    data_from: str | None
    data_to: str | None


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

    @property
    def tier(self) -> str:
        """The tier judged."""
        return self.rendition.tier


class ContractEngines:
    """The real engines: the scan through a guarded connection, and Great Expectations."""

    def __init__(self, threads: int, memory: str, spill: Path, key: Sequence[str] = ()) -> None:
        self.threads, self.memory, self.spill, self.key = threads, memory, spill, tuple(key)

    def scan(self, file: Path, checks: tuple[Check, ...]) -> Verdict:
        """One scan over ``file``, which can read nothing else."""
        from contracts.engines import guard, scan

        with guard.guarded_connection([file], self.threads, self.memory, self.spill) as connection:
            return scan.judge(connection, parquet([file]), checks, self.key)

    def expectations(self, file: Path, checks: tuple[Check, ...]) -> Verdict:
        """Great Expectations over the same ``file``."""
        from contracts.engines import expectations

        return expectations.judge(file, checks, threads=self.threads, memory=self.memory, spill=self.spill)

    def prove(self, file: Path, contract: Contract, checks: tuple[Check, ...]) -> Mapping[str, Proof]:
        """A mutation for each check that the scan must catch."""
        from contracts import mutations
        from contracts.engines import guard

        with guard.guarded_connection([file], self.threads, self.memory, self.spill) as connection:
            return mutations.prove(connection, parquet([file]), contract, checks)


def judge(job: PublishJob, rendition: Rendition, checks: Sequence[Check], known: Mapping[str, str] = EMPTY) -> Judged:
    """Judge one rendition on its own bytes.

    Args:
        job: The job.
        rendition: The files.
        checks: All of the contract's checks.
        known: Digests of records by the sha256 of the Parquet file that holds them: of releases served, so
            that the same bytes are not digested again.

    Raises:
        OutsideError: Memory ran out, or the disk refused.
    """
    from contracts.compile_checks import applicable

    visible = tuple(c.name for c in columns_for(job.contract, rendition.tier))
    inside, outside = applicable(checks, visible)
    spill = rendition.folder.parent / ".spill"
    key = [k for k in job.contract.primary_key if k in visible]
    engines: Engines = job.engines or ContractEngines(job.threads, job.memory, spill, key)
    files = _hashed(rendition)
    scan = _verdict("scan", engines.scan, rendition.data, inside)
    expectations = _verdict("great_expectations", engines.expectations, rendition.data, inside)
    proofs = _proofs(engines, rendition.data, job.contract, inside)
    data = next(f.sha256 for f in files if f.path == PARQUET)
    seen = _look(job, rendition, spill, known.get(data))
    after = {f.path: f.sha256 for f in _hashed(rendition)}
    altered = tuple(f.path for f in files if after.get(f.path) != f.sha256)
    return Judged(rendition, inside, outside, scan, expectations, proofs, files, altered, seen)


def _look(job: PublishJob, rendition: Rendition, spill: Path, content: str | None) -> Seen:
    """What the files themselves show."""
    import duckdb

    source = parquet([rendition.data])
    try:
        with duckdb.connect(":memory:") as connection:
            prepare(connection, job.threads, job.memory, spill)
            if content is None:
                content, _ = content_hash.digest(connection, source, rendition.typed)
            first, last = event_times(connection, source, job, rendition.names)
            return Seen(
                content_sha256=content,
                foreign=_foreign(connection, job.contract, rendition),
                disorder=_disorder(connection, source, rendition),
                differing=tuple(_differing(connection, rendition, geometry_column(job.contract))),
                data_from=first,
                data_to=last,
            )
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise OutsideError(
            "a rendition could not be judged",
            where=f"product {job.product}, tier {rendition.tier}",
            found=str(error).splitlines()[0],
            hint="free disk space or memory, then run again; nothing published was touched.",
        ) from error


def _hashed(rendition: Rendition) -> tuple[KeptFile, ...]:
    return tuple(
        KeptFile(
            path=name,
            sha256=kept.sha256_file(rendition.folder / name),
            bytes=(rendition.folder / name).stat().st_size,
            rows=rendition.rows,
            media_type=MEDIA_TYPES[name],
        )
        for name in rendition.files
    )


def _verdict(name: str, run: Any, file: Path, checks: tuple[Check, ...]) -> Verdict:
    """An engine's verdict; where it crashes, every check is an error and never passed."""
    import duckdb

    try:
        verdict: Verdict = run(file, checks)
    except (duckdb.Error, CauceError, *CRASHES) as error:
        said = f"the engine could not run: {type(error).__name__}"
        return Verdict(name, 0, tuple(RuleResult(c.id, Result.ERROR, detail=said) for c in checks))
    return verdict


def _proofs(engines: Engines, file: Path, contract: Contract, checks: tuple[Check, ...]) -> Mapping[str, Proof]:
    import duckdb

    try:
        return engines.prove(file, contract, checks)
    except (duckdb.Error, CauceError, *CRASHES):
        return {}


def event_times(
    connection: duckdb.DuckDBPyConnection, source: str, job: PublishJob, names: Sequence[str]
) -> tuple[str | None, str | None]:
    """Oldest and newest event time not after the as-of instant; (None, None) where it is not among ``names``.

    A record dated in the future must not make old data look fresh, so it does not count.
    """
    column = job.contract.event_time
    if column is None or column not in names:
        return None, None
    as_of = text_literal(job.as_of.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" "))
    row = connection.execute(
        f"SELECT min({quoted(column)}), max({quoted(column)}) FROM {source} WHERE {quoted(column)} <= TIMESTAMP {as_of}"
    ).fetchone()
    assert row is not None
    return _iso(row[0]), _iso(row[1])


def _iso(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else None


def _foreign(connection: duckdb.DuckDBPyConnection, contract: Contract, rendition: Rendition) -> tuple[str, ...]:
    """Columns that really stand in the files and should not."""
    found: set[str] = set()
    for name in rendition.files:
        path = rendition.folder / name
        if name == GEOJSON:
            found |= _geojson_names(path)
            continue
        if name == CSV:
            with path.open(encoding="utf-8", newline="") as file:
                found |= set(next(csv.reader(file)))
            continue
        described = connection.execute(f"DESCRIBE SELECT * FROM {parquet([path])}").fetchall()
        found |= {str(row[0]) for row in described}
    allowed = {c.name for c in contract.columns if tiers.visible(class_of(c), rendition.tier)}
    return tuple(sorted(found - allowed))


def _geojson_names(path: Path) -> set[str]:
    return {name for feature in _features(path) or () for name in feature["properties"]}


def _features(path: Path) -> list[dict[str, Any]] | None:
    """The features of a file, or None where it is not strictly JSON."""
    try:
        value = json.loads(path.read_bytes(), parse_constant=_no_constant)
    except ValueError:
        return None
    features: list[dict[str, Any]] = value["features"]
    return features


def _csv(path: Path, rendition: Rendition, shape: str | None) -> str:
    """A CSV file read back exactly as it was written, each column in its own type."""
    columns = ", ".join(f"{text_literal(n)}: {text_literal(t)}" for n, t in rendition.typed)
    longest = LINE if shape not in rendition.names else max(LINE, min(path.stat().st_size, LONGEST_LINE))
    return (
        f"read_csv({text_literal(str(path))}, header = true, auto_detect = false, delim = ',', quote = '\"', "
        f"escape = '\"', nullstr = '', allow_quoted_nulls = false, max_line_size = {longest}, columns = {{{columns}}})"
    )


def _disorder(connection: duckdb.DuckDBPyConnection, source: str, rendition: Rendition) -> int:
    """Records that do not come after the one before them, in the file's own order."""
    fields = ", ".join(quoted(n) for n in rendition.order)
    sign = ">" if rendition.keyed else ">="
    row = connection.execute(
        f"SELECT count(*) FROM (SELECT row({fields}) AS this, lag(row({fields})) OVER () AS before FROM {source}) "
        f"WHERE before IS NOT NULL AND NOT (this {sign} before)"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _differing(connection: duckdb.DuckDBPyConnection, rendition: Rendition, shape: str | None) -> list[str]:
    """What the copies say otherwise than the Parquet file, one sentence each."""
    import duckdb

    found: list[str] = []
    if CSV in rendition.files:
        try:
            read = content_hash.fingerprint(connection, _csv(rendition.folder / CSV, rendition, shape), rendition.names)
        except duckdb.Error as error:
            found.append(f"{CSV} cannot be read back: {type(error).__name__}")
        else:
            if read != content_hash.fingerprint(connection, parquet([rendition.data]), rendition.names):
                found.append(f"{CSV} read back gives other records ({read[0]} against {rendition.rows})")
    if GEOJSON in rendition.files:
        features = _features(rendition.folder / GEOJSON)
        if features is None:
            found.append(f"{GEOJSON} is not JSON")
        elif len(features) != rendition.rows:
            found.append(f"{GEOJSON} holds {len(features)} features against {rendition.rows} records")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
