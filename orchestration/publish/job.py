"""What one attempt at publishing is handed, and what it answers.

Belongs here: the job, the attempt, the seam through which the two engines are called. Does not belong
here: rendering, judging, committing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from contracts import kept
from contracts.checks import Check
from contracts.city import City, Ruling
from contracts.evidence import Ledger
from contracts.home import CityHome
from contracts.model import Contract
from contracts.release import InputRef
from contracts.results import Verdict

if TYPE_CHECKING:
    from contracts.mutations import Proof
    from orchestration.flows import CityFlow
    from orchestration.proof.outcome import CityProof

Outcome = Literal["published", "unchanged", "held", "withdrawn"]


class Engines(Protocol):
    """The two engines that judge rendered files, and the proof that each rule can fail."""

    def scan(self, files: Sequence[Path], checks: tuple[Check, ...]) -> Verdict:
        """The reference: one scan over ``files``, the parts of one table."""

    def expectations(self, files: Sequence[Path], checks: tuple[Check, ...]) -> Verdict:
        """The auditor's engine over the same ``files``."""

    def prove(self, files: Sequence[Path], contract: Contract, checks: tuple[Check, ...]) -> Mapping[str, Proof]:
        """A mutation of ``files`` for each check that it must catch."""


def wall_clock() -> datetime:
    """Now, in UTC: for the ledger's ``recorded_at`` and nothing else."""
    return datetime.now(UTC)


def stamp(instant: datetime) -> str:
    """An instant as it is written down: ISO 8601 in UTC, with its offset."""
    return (instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)).isoformat()


@dataclass(frozen=True)
class PublishJob:
    """Everything one attempt depends on.

    Attributes:
        city: The city, for its sources' tiers, its rulings and its environment.
        contract: The product's effective contract.
        home: Where the city keeps its state.
        ledger: The city's ledger.
        relation: The mart's name in the warehouse.
        as_of: The run's as-of instant (UTC).
        checked_at: The run's time of checking (UTC): commits carry it; no data, quality or lineage does.
        inputs: What the mart was made of, with full knowledge; each tier is told what it may know.
        lineage: The whole table graph, ``{"nodes": [...], "edges": [[from, to], ...]}``.
        code: What made it: ``engine_sha256``, ``sql_sha256``, ``git_commit`` and more; goes to the evidence.
        flow: What every column of the warehouse is made from; without it nothing is published.
        proof: What building the models again with other contents above each tier showed; without it nothing is
            published.
        warehouse: The DuckDB file the mart stands in; the home's own where None.
        held_upstream: Products this one is built on that are held.
        force: Attempt again even where nothing changed since a refusal or a rollback.
        run_id: The run this belongs to.
        threads: DuckDB's threads.
        memory: DuckDB's memory limit.
        engines: The engines; the real ones where None.
        clock: Where the ledger's ``recorded_at`` comes from.
    """

    city: City
    contract: Contract
    home: CityHome
    ledger: Ledger
    relation: str
    as_of: datetime
    checked_at: datetime
    inputs: tuple[InputRef, ...]
    lineage: Mapping[str, Any]
    code: Mapping[str, str]
    flow: CityFlow | None = None
    proof: CityProof | None = None
    warehouse: Path | None = None
    held_upstream: tuple[str, ...] = ()
    force: bool = False
    run_id: str = ""
    threads: int = 2
    memory: str = "1GB"
    engines: Engines | None = None
    clock: Callable[[], datetime] = wall_clock

    @property
    def product(self) -> str:
        """The product's name."""
        return self.contract.name

    @property
    def rulings(self) -> tuple[Ruling, ...]:
        """The city's decisions on this product."""
        return tuple(r for r in self.city.rulings if r.subject.split(".")[0] == self.product)

    @property
    def inputs_sha256(self) -> str:
        """Digest of which deliveries the mart was made of."""
        named = [[i.name, i.sha256] for i in sorted(self.inputs, key=lambda i: i.name)]
        return kept.sha256_bytes(kept.canonical_json(named))


@dataclass(frozen=True)
class HoldReason:
    """Why a product is held: one rule, on one tier's file.

    ``sentence`` and the counts hold no values of the data; ``samples`` (up to twenty failing keys, values of the
    columns ``sampled``) are for staff and are never written to the ledger or a release.
    """

    rule: str
    tier: str
    sentence: str
    failed: int = 0
    examined: int = 0
    samples: tuple[Any, ...] = field(default=(), compare=False)
    sampled: tuple[str, ...] = field(default=(), compare=False)

    def as_dict(self) -> dict[str, Any]:
        """The reason as the ledger keeps it."""
        return {
            "rule": self.rule,
            "tier": self.tier,
            "sentence": self.sentence,
            "failed": self.failed,
            "examined": self.examined,
        }


@dataclass(frozen=True)
class Attempt:
    """What became of one attempt.

    Attributes:
        product: The product's name.
        outcome: ``published``, ``unchanged``, ``held`` or ``withdrawn``.
        version: The version served now, whatever became of the attempt; None if there is none.
        reasons: Why it is held; empty otherwise.
        quality: The full quality report, with everything; for operators and auditors.
        evidence_sha256: The evidence kept for it under ``ledger/evidence``; None where nothing new was kept.
        qualities: The quality report of each tier, holding only what that tier may see.
        still: Held for the same reasons as last time, without a new attempt.
        note: One sentence where there is something to say beside the outcome.
    """

    product: str
    outcome: Outcome
    version: int | None
    reasons: tuple[HoldReason, ...]
    quality: Mapping[str, Any]
    evidence_sha256: str | None
    qualities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    still: bool = False
    note: str = ""

    def as_logged(self) -> dict[str, Any]:
        """What a log says of it: outcome, version, and of each rule its id, result and counts."""
        entries = (*self.quality.get("rules", ()), *self.quality.get("gate", ()))
        return {
            "outcome": self.outcome,
            "version": self.version,
            "reasons": {reason.rule: reason.failed for reason in self.reasons},
            "rules": {str(e["id"]): [e["result"], e.get("examined"), e.get("failed")] for e in entries},
        }
