"""The contract of this attempt against the one under which the served release was published.

Belongs here: which changes there are, whether the version tells of them, whether those that need it were
approved by another person than the author, and which of them a tier may be told. Does not belong here:
comparing two contracts (``contracts.diff``).

The author is who wrote the contract down: ``author`` of the approval itself, ``contract_author`` of the code's
facts where it is known, and the contract's stewards in any case. Where nobody is known, no approval can be shown
to be somebody else's, and none counts. An approval names the product and the contract version it approves
(``change``), has a reason, and, where more people get to see something, names the ``author`` of the change and a
day of review (``until``) that is not past. More people get to
see something also by a new column that a tier below the product's own, served already, will see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from contracts import tiers
from contracts.city import Ruling
from contracts.errors import InputError
from contracts.home import CityHome
from contracts.kept_contract import from_document, to_document
from contracts.model import Contract
from contracts.release import Manifest
from orchestration.publish import evidence_files
from orchestration.publish.render import class_of, columns_for

if TYPE_CHECKING:
    from contracts.diff import Change
    from orchestration.publish.job import PublishJob

KEPT = "kept"
"""Key in a manifest's ``contract`` under which the digest of the kept contract stands."""

_TOLD = (
    "contract.title",
    "contract.purpose",
    "contract.limitations",
    "contract.usage",
    "contract.licenceOut",
    "contract.formats.",
    "contract.rowCountChange",
    "contract.serviceLevel.frequency",
)
"""Changes of the contract as a whole that anyone may be told: nothing in them names a column."""


@dataclass(frozen=True)
class ContractChange:
    """What changed since the served release.

    Attributes:
        changes: Every change, breaking ones first.
        problem: Why a release may not go out with them; empty where it may.
        approved_by: Who approved them, where that was needed.
        old: The contract of the served release.
        new: The contract of this attempt.
    """

    changes: tuple[Change, ...]
    problem: str
    approved_by: str | None
    old: Contract
    new: Contract

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that may hurt a reader."""
        return tuple(c for c in self.changes if c.breaking)

    def seen_by(self, tier: str | None) -> tuple[Change, ...]:
        """The changes that a reader of ``tier`` may be told of; all of them for None."""
        if tier is None or not self.changes:
            return self.changes
        may_see = _sight((self.old, self.new), tier)
        return tuple(c for c in self.changes if may_see(c))

    def told(self, tier: str) -> tuple[Mapping[str, Any], ...]:
        """The same, as a manifest keeps them."""
        return tuple({"kind": c.kind, "sentence": c.sentence, "breaking": c.breaking} for c in self.seen_by(tier))


def keep_contract(home: CityHome, contract: Contract) -> str:
    """Keep the contract with the evidence (it names columns of every tier); returns its digest."""
    return evidence_files.keep(home, to_document(contract))


def since(job: PublishJob, served: Manifest | None) -> ContractChange | None:
    """The change of contract since ``served``, what was published last; None where nothing was.

    Raises:
        ArtefactError: The contract kept with the served release is missing or altered.
    """
    if served is None:
        return None
    from contracts import diff

    old = from_document(evidence_files.read(job.home, served.contract[KEPT]))
    new = from_document(to_document(job.contract))
    changes = tuple(_weighed(c, old, new) for c in diff.diff(old, new))
    bump = diff.required_version_bump(changes)
    problem, approved_by = "", None
    if not diff.is_sufficient(old.version, new.version, bump):
        problem = f"{_told(changes)} This takes a {bump} step from version {old.version}; found {new.version}"
        if bump is None:
            problem = f"the version went back from {old.version} to {new.version}"
    needing = [c for c in changes if c.breaking or c.needs_approval]
    if needing:
        approved_by, why_not = approval(job, new, wider=any(c.needs_approval for c in needing))
        if approved_by is None:
            problem = f"{problem}. {why_not}" if problem else f"{_told(needing)} {why_not}"
    return ContractChange(changes, problem, approved_by, old, new)


def _weighed(change: Change, old: Contract, new: Contract) -> Change:
    """A new column for readers who were served already, out of a mart with more than they may see, needs approval."""
    if change.kind != "column_added":
        return change
    added = next(c for c in new.columns if change.path == f"column.{c.name}")
    wider = [
        tier
        for tier in old.renditions
        if tier in new.renditions and tiers.rank(tier) < tiers.rank(new.tier) and tiers.visible(class_of(added), tier)
    ]
    return replace(change, needs_approval=True) if wider else change


def _told(changes: Iterable[Change], most: int = 3) -> str:
    listed = list(changes)
    more = f" And {len(listed) - most} more." if len(listed) > most else ""
    return " ".join(c.sentence for c in listed[:most]) + more


def authors(job: PublishJob) -> frozenset[str]:
    """Who wrote the contract, as far as is known."""
    stewards = {m.username for m in job.contract.team if m.role == "steward"}
    named = str(job.code.get("contract_author", "")).strip()
    return frozenset(a.casefold() for a in {*stewards, named} if a)


def approval(job: PublishJob, contract: Contract, *, wider: bool) -> tuple[str | None, str]:
    """Who approved this version of the contract, or why nobody did.

    Args:
        job: The job, with the city's rulings.
        contract: The contract to be approved.
        wider: Whether more people get to see something.
    """
    given = [r for r in job.rulings if r.kind == "approval" and _is_for(r, job.product, contract.version)]
    if not given:
        return None, (
            f"Nobody approved version {contract.version}: somebody other than its author may do so in decisions.yaml"
        )
    writers = authors(job) | {r.author.strip().casefold() for r in given if r.author and r.author.strip()}
    if not writers:
        return None, "Its author is not known, so no approval can be shown to be somebody else's: name a steward"
    others = [r for r in given if r.by.strip() and r.by.strip().casefold() not in writers]
    if not others:
        return None, f"{given[0].by} wrote it and cannot approve it too"
    if wider and not any(r.author for r in others):
        return None, f"The approval by {others[0].by} does not name the author of what more people would see"
    others = [r for r in others if r.author or not wider]
    reasoned = [r for r in others if r.reason.strip()]
    if not reasoned:
        return None, f"The approval by {others[0].by} gives no reason"
    today = job.checked_at.date()
    lasting = [r for r in reasoned if not wider or _in_force(r, today)]
    if not lasting:
        return None, f"The approval by {reasoned[0].by} has no day of review, or is past it"
    return lasting[0].by, ""


def _is_for(ruling: Ruling, product: str, version: str) -> bool:
    return ruling.subject == product and ruling.change == version


def _in_force(ruling: Ruling, today: date) -> bool:
    return ruling.until is not None and ruling.until >= today


def _sight(contracts: tuple[Contract, Contract], tier: str) -> Callable[[Change], bool]:
    """Whether a change names nothing that ``tier`` may not see, in the old contract or the new one."""
    declared = {c.name for contract in contracts for c in contract.columns}
    hidden = {c.name for contract in contracts for c in contract.columns if not tiers.visible(class_of(c), tier)}
    rules = _rules_seen(contracts, tier)

    def may_see(change: Change) -> bool:
        kind, _, rest = change.path.partition(".")
        if any(name in change.sentence for name in hidden):
            return False
        if kind == "column":
            return rest.split(".")[0] in declared - hidden
        if kind == "rule":
            return rest in rules
        return change.path.startswith(_TOLD)

    return may_see


def _rules_seen(contracts: tuple[Contract, Contract], tier: str) -> frozenset[str]:
    """Ids of rules that look at nothing above the tier, in either contract."""
    from contracts.compile_checks import applicable, compile_checks

    seen: set[str] = set()
    unseen: set[str] = set()
    for contract in contracts:
        try:
            checks = compile_checks(contract)
        except InputError:
            continue
        inside, outside = applicable(checks, [c.name for c in columns_for(contract, tier)])
        seen |= {c.id for c in inside}
        unseen |= {c.id for c in outside}
    return frozenset(seen - unseen)
