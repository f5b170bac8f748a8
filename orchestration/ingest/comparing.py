"""A delivery held against the last one: which that is, what changed since, and what is refused for it.

Belongs here: from a landing's reading to the shape that is kept with it. Does not belong here: measuring
(``shape``), thresholds (``drift``), likeness of columns (``resemblance``), keeping (``landing``).

What is compared with what: a snapshot with the last one accepted; of a source that is asked for what is new, only
what was read whole, with what was last read whole. A file of ``append`` is compared with the one before, but not in
its number of records, and one of ``upsert`` too, where it is about as large. An increment says nothing about the
whole: of it, the columns alone are compared.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts import kept
from contracts.city import Ruling
from contracts.drift_words import sentence
from contracts.home import CityHome
from contracts.model import Contract, Delivery, Property
from contracts.shapes import CameColumn, Finding, Shape, read_shape
from orchestration.ingest import drift, manifest
from orchestration.ingest.columns import MissingColumns
from orchestration.ingest.dialect import dialect
from orchestration.ingest.manifest import Landing
from orchestration.ingest.reading import Reading
from orchestration.ingest.refusal import Refusal
from orchestration.ingest.resemblance import Past, resemblances
from orchestration.ingest.shape import LOOKED_AT, accepted_columns, came

if TYPE_CHECKING:
    from orchestration.ingest.door import Judgement
    from orchestration.ingest.workplace import Workplace

RULE = "record_count_change"
"""What an approval of a delivery's number of records names, behind the source's name."""


@dataclass(frozen=True)
class Looked:
    """A delivery's shape, and the refusal that comes of comparing it; None where there is none."""

    shape: Shape
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Earlier:
    """The deliveries that one is held against.

    Attributes:
        landing: The one whose number of records counts: the last accepted, or one refused that was approved since.
        accepted: The last accepted one.
        whole: Whether it and the new one hold all of the source: then their numbers of records are compared.
        before: All landings before, oldest first.
    """

    landing: Landing
    accepted: Landing | None
    whole: bool
    before: tuple[Landing, ...] = ()


class Comparison:
    """One delivery of one source, and what came before it.

    ``there`` names the columns that the source says it has: one of them that no record holds is empty, not gone.
    """

    def __init__(
        self,
        contract: Contract,
        home: CityHome,
        landing: Landing,
        rulings: Sequence[Ruling],
        there: Collection[str] = (),
    ) -> None:
        self.contract = contract
        self.there = frozenset(there)
        self.home = home
        self.landing = landing
        self.rulings = rulings
        self.earlier = earlier(contract, home, landing, rulings)
        base = self.earlier.accepted if self.earlier else None
        self.before = kept_shape(home, base) if base else None

    def judged(self, reading: Reading, judgement: Judgement, place: Workplace) -> Looked:
        """A delivery whose records could be read."""
        records = reading.as_came(place.connection, LOOKED_AT)
        columns = (
            accepted_columns(self.contract, place.accepted, judgement.held, judgement.reasons, place.connection)
            if judgement.held is not None and place.accepted.exists()
            else ()
        )
        shape = self._shape(reading.received, judgement.accepted, came(records, self.contract))
        shape = replace(shape, columns=columns)
        gone = self._gone(shape, reading.drift.missing)
        findings = [*self._columns(gone, records, place, shape), *self._count(reading.received)]
        return Looked(self._compared(shape, findings), self._refusal(findings, judgement))

    def unread(self, missing: MissingColumns, reading: Reading, place: Workplace) -> Looked:
        """A file that lacks declared columns, read as if the contract did not have them."""
        records = reading.as_came(place.connection, LOOKED_AT)
        gone = [c for c in self.contract.columns if c.source_name in missing.drift.missing]
        shape = self._shape(reading.received, 0, came(records, self.contract))
        shape = self._compared(shape, self._columns(gone, records, place, shape))
        return Looked(shape, self._told(missing, shape.findings))

    def _shape(self, received: int, accepted: int, columns: tuple[CameColumn, ...]) -> Shape:
        landing = self.landing
        return Shape(landing.source, landing.n, landing.outcome, landing.retrieved_at, received, accepted, columns)

    def _compared(self, shape: Shape, findings: Sequence[Finding]) -> Shape:
        base = (self.earlier.accepted or self.earlier.landing) if self.earlier else None
        return shape.compared(base.n if base else None, findings)

    def _changes(self, shape: Shape) -> tuple[Finding, ...]:
        if self.before is None or self.earlier is None:
            return ()
        alike = self.earlier.whole or self._is_alike(shape.received)
        return drift.compare(self.before, shape, self.contract, self._seen() if alike else {}, whole=alike)

    def _is_alike(self, received: int) -> bool:
        """Whether a part of a source may be held against the part before."""
        if self.earlier is None or self.contract.servers[0].settings.get("increment"):
            return False
        if self.contract.delivery is Delivery.APPEND:
            return True
        return self.earlier.landing.received <= 2 * received <= 4 * self.earlier.landing.received

    def _seen(self) -> dict[str, frozenset[str]]:
        """Values of each column in the last accepted deliveries: what is in none of them was never seen."""
        past = [one for one in (self.earlier.before if self.earlier else ()) if one.outcome == "accepted"]
        shapes = [shape for one in past[-REMEMBERED:] if (shape := kept_shape(self.home, one)) is not None]
        return {
            column.name: frozenset(
                value
                for shape in shapes
                if (c := shape.column(column.name)) is not None
                for value in c.categories or ()
            )
            for column in self.contract.columns
        }

    def _count(self, received: int) -> list[Finding]:
        """Whether the number of records is within what is allowed, against the delivery that counts."""
        if self.earlier is None or not self.earlier.whole:
            return []
        base = self.earlier.landing
        found = drift.record_count(base.received, received, self.contract.row_count_change)
        if found is None and base is not self.earlier.accepted and self.earlier.accepted is not None:
            told = drift.record_count(self.earlier.accepted.received, received, self.contract.row_count_change)
            return [Finding("record_count", "info", before=told.before, after=told.after)] if told else []
        return [found] if found else []

    # Columns that went

    def _columns(
        self, gone: Sequence[Property], records: Sequence[Mapping[str, Any]], place: Workplace, shape: Shape
    ) -> list[Finding]:
        """What changed; a new column that stands for a missing one is told with that one."""
        missing = self._missing(gone, records, place)
        likely = {finding.like for finding in missing}
        changes = [f for f in self._changes(shape) if f.kind != "column_added" or f.column not in likely]
        return [*missing, *changes]

    def _gone(self, shape: Shape, missing: Sequence[str]) -> list[Property]:
        """Columns of the contract that no record has any more, where that can be no chance.

        Where records name their own columns, one that holds nothing may just not be there.
        """
        gone = []
        for column in self.contract.columns:
            was = self.before.column(column.name) if self.before else None
            if column.source_name not in missing or column.source_name in self.there or was is None or not was.records:
                continue
            if (was.nulls / was.records) ** shape.accepted <= drift.CHANCE:
                gone.append(column)
        return gone

    def _missing(
        self, gone: Sequence[Property], records: Sequence[Mapping[str, Any]], place: Workplace
    ) -> list[Finding]:
        """A finding for each, with the new column that looks like it."""
        known = {column.source_name for column in self.contract.columns}
        before = {column.name for column in self.before.came} if self.before else set()
        new = {name for record in records for name in record} - known - before
        like = resemblances(gone, records, new, self._past(place)) if gone and new else {}
        return [
            Finding(
                "column_missing",
                "warning" if column.optional and not column.required else "breaks",
                column.name,
                like=like[column.name].like if column.name in like else None,
                known=_rounded(like[column.name].known) if column.name in like else None,
            )
            for column in gone
        ]

    def _past(self, place: Workplace) -> Past | None:
        base = self.earlier.accepted if self.earlier else None
        if base is None or base.accepted_file is None or self.before is None or not self.before.columns:
            return None
        path = self.home.root / base.accepted_file.path
        if not path.exists():
            return None
        files = [kept.hold(path.absolute(), base.accepted_file.sha256)]
        return Past(self.before, files, place.connection, dialect(self.contract).decimal)

    # Refusals

    def _refusal(self, findings: Sequence[Finding], judgement: Judgement) -> Refusal | None:
        if judgement.refusal is not None:
            return None
        breaking = [finding for finding in findings if finding.weight == "breaks"]
        missing = [finding for finding in breaking if finding.kind == "column_missing"]
        if missing:
            return self._keys_missing(missing)
        return next((self._too_many(finding) for finding in breaking if finding.kind == "record_count"), None)

    def _told(self, missing: MissingColumns, findings: Sequence[Finding]) -> Refusal:
        """The refusal of a file that lacks columns, with what looks like them."""
        likely = [f for f in findings if f.kind == "column_missing" and f.like]
        if not likely:
            return missing
        return Refusal(
            missing.what,
            where=missing.where,
            found=f"{len(missing.drift.missing)} missing, {len(missing.drift.added)} new. {self._sentences(findings)}",
            expected=missing.expected,
            hint=f"if it was renamed, say so in the contract: physicalName: {_yaml(likely[0].like)} at "
            f"{likely[0].column}; or ask the publisher.",
        )

    def _keys_missing(self, missing: Sequence[Finding]) -> Refusal:
        first = next((f for f in missing if f.like), missing[0])
        renamed = f"say so in the contract, physicalName: {_yaml(first.like)} at {first.column}" if first.like else ""
        return Refusal(
            "declared keys are missing from the file",
            where="every record",
            found=self._sentences(missing),
            expected="the keys that held values in the last accepted delivery",
            hint=f"if it was renamed, {renamed}; or ask the publisher."
            if renamed
            else "ask the publisher; if it is gone for good, take it out of the contract or declare it optional: true.",
        )

    def _sentences(self, findings: Sequence[Finding]) -> str:
        told = [sentence(self.contract, f).default for f in findings if f.kind == "column_missing"]
        more = f" And {len(told) - MOST_TOLD} more." if len(told) > MOST_TOLD else ""
        return (" ".join(told[:MOST_TOLD]) + more).rstrip(".")

    def _too_many(self, finding: Finding) -> Refusal:
        before, after = int(finding.before or 0), int(finding.after or 0)
        allowed = self.contract.row_count_change
        return Refusal(
            f"the delivery holds far {'fewer' if after < before else 'more'} records than the last one",
            where=RULE,
            found=f"{after:,} records after {before:,} ({(after - before) / before:+.0%})",
            expected=f"a change between {allowed[0]:+.0%} and {allowed[1]:+.0%}"
            if allowed
            else "more than half and less than twice as many",
            hint="look at the source: it may have been cut off, filtered or loaded twice. If it is right, approve it "
            f"in decisions.yaml (kind: approval, subject: {self.contract.name}.{RULE}, landing: {self.landing.n}), "
            "or allow such changes with recordCountChange in the source's contract.",
        )


REMEMBERED = 12
"""Accepted deliveries whose values are known ones."""
MOST_TOLD = 5
"""Missing columns that are told one by one."""


def earlier(contract: Contract, home: CityHome, landing: Landing, rulings: Sequence[Ruling]) -> Earlier | None:
    """What a delivery is held against; None where nothing was ever accepted or approved."""
    past = [one for one in manifest.landings(home, contract.name) if one.n < landing.n]
    accepted = [one for one in past if one.outcome == "accepted"]
    whole = landing.whole
    if contract.delivery is not Delivery.SNAPSHOT:
        asked_for_new = bool(contract.servers[0].settings.get("increment"))
        whole = whole and asked_for_new
        accepted = [one for one in accepted if one.whole] if whole else accepted
    last = accepted[-1] if accepted else None
    approved = [one for one in past if whole and is_approved(one, rulings) and (last is None or one.n > last.n)]
    base = approved[-1] if approved else last
    return None if base is None else Earlier(base, last, whole, tuple(past))


def is_approved(landing: Landing, rulings: Sequence[Ruling]) -> bool:
    """Whether a refused delivery's number of records was approved in ``decisions.yaml``."""
    subject = f"{landing.source}.{RULE}"
    return _is_held(landing) and any(
        r.kind == "approval" and r.subject == subject and r.landing == landing.n for r in rulings
    )


def _is_held(landing: Landing) -> bool:
    return any(f.get("kind") == "record_count" and f.get("weight") == "breaks" for f in landing.findings)


def is_lifted(contract: Contract, home: CityHome, landing: Landing, rulings: Sequence[Ruling]) -> bool:
    """Whether a delivery that was held for its number of records would come in now: somebody approved of it since."""
    if landing.outcome == "accepted" or not _is_held(landing):
        return False
    base = earlier(contract, home, replace(landing, n=landing.n + 1), rulings)
    return (
        base is None or drift.record_count(base.landing.received, landing.received, contract.row_count_change) is None
    )


def kept_shape(home: CityHome, landing: Landing) -> Shape | None:
    """The shape that a landing kept; None where it has none, or where it was removed with the records.

    Raises:
        ArtefactError: It is torn, or not the one that the landing names.
    """
    if landing.shape_file is None:
        return None
    path: Path = home.root / landing.shape_file.path
    return read_shape(path, landing.shape_file.sha256) if path.exists() else None


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _yaml(name: str | None) -> str:
    """A name as it stands in YAML, quoted where it must be."""
    import json

    text = name or ""
    return text if text.replace("_", "").isalnum() else json.dumps(text, ensure_ascii=False)
