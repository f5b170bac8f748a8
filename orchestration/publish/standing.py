"""What is on record of the parts of a release served: which records they hold, which rules they were judged by.

Belongs here: writing that into an attempt's evidence and reading it back. Does not belong here: deciding which parts
changed (``part_writer``), judging.

A later release takes a part over where its records are the same, and does not judge it again by rules that one record
alone decides. That is safe as far as this record can be believed, so it stands nowhere but in the evidence of the last
publication, whose sha256 the ledger's chain holds, and it speaks of files by their sha256, which are checked again
when they are taken over. It tells nothing to a lower tier: evidence is the operator's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from contracts import kept
from contracts.checks import Check
from contracts.model import EMPTY
from contracts.release import Release
from orchestration.publish import evidence_files, record
from orchestration.publish.content_hash import Sums
from orchestration.publish.job import PublishJob
from orchestration.publish.partition import partition_of
from orchestration.publish.render import AS_PARQUET, PARQUET, Rendition

Pair = tuple[int, int]


@dataclass(frozen=True)
class KnownPart:
    """What is known of one part.

    Attributes:
        rows: Its records.
        files: The sha256 of its file, by tier.
        marks: Sums of its records' marks, by tier; every lower tier's were found equal to the highest one's.
        sums: Sums of its records' numbers, by tier.
        filled: Records in which a column is not null, by column.
        clean: Rules that every record of it keeps, by both engines.
        since: The version in which it was judged.
    """

    rows: int
    files: Mapping[str, str]
    marks: Mapping[str, Pair]
    sums: Mapping[str, Pair]
    filled: Mapping[str, int] = EMPTY
    clean: frozenset[str] = frozenset()
    since: int | None = None

    def sums_at(self, tier: str) -> Sums:
        """The sums of its records' numbers as ``tier`` sees them."""
        return Sums(self.rows, *self.sums[tier])


@dataclass(frozen=True)
class Standing:
    """The parts of the release served, as far as the evidence speaks of them and the release still names them.

    Attributes:
        parts: By file name.
        form: How the files were written and the marks taken, see ``form_of``.
        releases: The release served, by tier.
        judged_by: Digest of the rules and of what judged them: its verdicts hold only where it is the same today.
    """

    parts: Mapping[str, KnownPart]
    form: Mapping[str, Any]
    releases: Mapping[str, Release]
    judged_by: str

    def is_like(self, renditions: Iterable[Rendition]) -> bool:
        """Whether files written and marks taken today are those of the record, where the records are the same."""
        return form_of(renditions) == self.form

    def local(self, tier: str, name: str) -> Path:
        """A part's file, checked against the manifest of the release served.

        Raises:
            ArtefactError: Missing or altered.
        """
        return self.releases[tier].local(name)

    def is_clean(self, names: Iterable[str], check: Check) -> bool:
        """Whether all records of these parts are known to keep ``check``."""
        return all(check.id in self.parts[n].clean for n in names)


def form_of(renditions: Iterable[Rendition]) -> dict[str, Any]:
    """What a file's bytes and marks depend on beside its records: columns, order, options, the version of DuckDB."""
    return {
        "duckdb": version_of("duckdb"),
        "written": AS_PARQUET,
        "columns": {r.tier: [list(c) for c in r.typed] for r in renditions},
        "order": {r.tier: list(r.order) for r in renditions},
    }


def judged_by(job: PublishJob, checks: Sequence[Check]) -> str:
    """Digest of all that a verdict on a record depends on: the rules and the code and versions that judge them."""
    libraries = {name: version_of(name) for name in ("duckdb", "great-expectations", "python-stdnum", "sqlalchemy")}
    told = [[c.id, c.kind.value, list(c.columns), repr(sorted(c.arguments.items()))] for c in checks]
    facts = {
        "engine": job.code.get("engine_sha256", "unknown"),
        "libraries": libraries,
        "checks": told,
        "country": job.city.country,
    }
    return kept.sha256_bytes(kept.canonical_json(facts))


def standing(job: PublishJob, served: Mapping[str, Release]) -> Standing | None:
    """What is known of the parts served; None where the product has no parts, or nothing is known of them.

    Raises:
        ArtefactError: The evidence is missing or altered.
    """
    last = record.of(job.ledger, job.product).publication
    if partition_of(job.contract) is None or not served or last is None or "evidence_sha256" not in last.body:
        return None
    told = evidence_files.read(job.home, str(last.body["evidence_sha256"])).get("parts")
    if not isinstance(told, Mapping):
        return None
    there = {
        tier: {f.path: f.sha256 for f in release.manifest.files if f.path != PARQUET}
        for tier, release in served.items()
    }
    parts = {name: _known(facts) for name, facts in told["parts"].items()}
    named = {
        name: part
        for name, part in parts.items()
        if set(part.files) == set(served) and all(there[t].get(name) == digest for t, digest in part.files.items())
    }
    return Standing(named, told["form"], served, str(told["judged_by"]))


def _known(facts: Mapping[str, Any]) -> KnownPart:
    def pairs(told: Mapping[str, Any]) -> dict[str, Pair]:
        return {tier: (int(pair[0]), int(pair[1])) for tier, pair in told.items()}

    return KnownPart(
        rows=int(facts["rows"]),
        files=dict(facts["files"]),
        marks=pairs(facts["marks"]),
        sums=pairs(facts["sums"]),
        filled=dict(facts["filled"]),
        clean=frozenset(facts["clean"]),
        since=facts["since"],
    )


def as_evidence(
    parts: Mapping[str, KnownPart], renditions: Sequence[Rendition], by: str, version: int | None
) -> dict[str, Any]:
    """What an attempt's evidence keeps of its parts; those judged now are of ``version``."""

    def told(part: KnownPart) -> dict[str, Any]:
        dated = part if part.since is not None else replace(part, since=version)
        texts = {
            name: {tier: [str(n) for n in pair] for tier, pair in sorted(given.items())}
            for name, given in (("marks", dated.marks), ("sums", dated.sums))
        }
        return {
            "rows": dated.rows,
            "files": dict(dated.files),
            **texts,
            "filled": dict(dated.filled),
            "clean": sorted(dated.clean),
            "since": dated.since,
        }

    return {
        "form": form_of(renditions),
        "judged_by": by,
        "parts": {name: told(part) for name, part in sorted(parts.items())},
    }
