"""What the ledger remembers of a product: its last publication, its last refusal, what they were made of.

Belongs here: reading that back, and the fingerprint by which a refusal is recognised. Does not belong
here: writing entries (``attempt``, ``commit``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts import kept, reviews
from contracts.city import Ruling
from contracts.evidence import Entry, EntryKind, Ledger
from contracts.release import Release
from orchestration.publish.job import HoldReason, PublishJob, stamp


@dataclass(frozen=True)
class Record:
    """The last entries about one product; None where there is none."""

    publication: Entry | None
    refusal: Entry | None
    rollback: Entry | None
    withdrawal: Entry | None = None

    @property
    def refusal_is_last(self) -> bool:
        """Whether the product's last entry is a refusal."""
        others = [e.n for e in (self.publication, self.rollback) if e is not None]
        return self.refusal is not None and self.refusal.n > max(others, default=0)

    def still_refused(self, fingerprint: str) -> Entry | None:
        """The last refusal, if it is the last word and of the same fingerprint."""
        same = self.refusal is not None and self.refusal.body.get("fingerprint") == fingerprint
        return self.refusal if same and self.refusal_is_last else None

    @property
    def set_aside(self) -> str | None:
        """Digest of the inputs that a rollback set aside, while it is the last word on what is served."""
        later = (e.n for e in (self.publication, self.withdrawal) if e is not None)
        if self.rollback is None or max(later, default=0) > self.rollback.n:
            return None
        return str(self.rollback.body.get("set_aside")) if self.rollback.body.get("set_aside") else None


def of(ledger: Ledger, product: str) -> Record:
    """Read the ledger backwards until everything about ``product`` is known."""
    found: dict[str, Entry] = {}
    newest, _ = ledger.head()
    kinds = (EntryKind.PUBLICATION, EntryKind.REFUSAL, EntryKind.ROLLBACK, EntryKind.WITHDRAWAL)
    wanted = {kind.value for kind in kinds}
    for n in range(newest, 0, -1):
        entry = ledger.read(n)
        told = entry.kind in wanted and entry.body.get("product") == product
        if told and entry.body.get("outcome") != "abandoned":
            found.setdefault(entry.kind, entry)
            if entry.kind == EntryKind.PUBLICATION.value:
                break
    return Record(
        found.get(EntryKind.PUBLICATION.value),
        found.get(EntryKind.REFUSAL.value),
        found.get(EntryKind.ROLLBACK.value),
        found.get(EntryKind.WITHDRAWAL.value),
    )


def fingerprint(job: PublishJob, served: Mapping[str, Release]) -> str:
    """Digest of all that a refusal depends on: inputs, contract, code, rulings in force, what is served.

    The git commit is recorded elsewhere and not compared, except in production, where the gate looks at it.
    """
    today = job.checked_at.date()
    facts: dict[str, Any] = {
        "inputs": [
            [i.name, i.sha256, i.received, i.accepted, i.quarantined, i.rejected]
            for i in sorted(job.inputs, key=lambda i: i.name)
        ],
        "contract": job.contract.sha256,
        "code": {k: v for k, v in sorted(job.code.items()) if k in {"engine_sha256", "sql_sha256", "contract_author"}},
        "commit": job.code.get("git_commit") if job.city.environment == "production" else None,
        "as_of": stamp(job.as_of),
        "rulings": [_told(r, today) for r in job.rulings],
        "reviews": reviews.outcome(job.contract, job.rulings, today),
        "country": job.city.country,
        "held_upstream": sorted(job.held_upstream),
        "served": {tier: release.manifest.content_sha256 for tier, release in sorted(served.items())},
    }
    return kept.sha256_bytes(kept.canonical_json(facts))


def _told(ruling: Ruling, today: date) -> list[Any]:
    """What of a decision may change what the gate says, on a day."""
    words = [ruling.kind, ruling.subject, ruling.by, ruling.reason, ruling.change, ruling.author, list(ruling.covers)]
    return [*words, ruling.on <= today, ruling.until is not None and ruling.until >= today]


def reasons_of(entry: Entry) -> tuple[HoldReason, ...]:
    """The reasons a refusal was entered with."""
    return tuple(HoldReason(**reason) for reason in entry.body.get("reasons", ()))
