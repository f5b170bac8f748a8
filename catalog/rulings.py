"""What people decided about a product, as far as a tier may know it: waivers, approvals, reviews.

Belongs here: matching a city's ``decisions.yaml`` with what a release's own report says was waived or changed, and
cutting a decision down to a tier. Does not belong here: whether a decision counts (the gate said so when the release
was made), withdrawals (a tombstone tells them), words.

Two rules. To everybody a decision has a day and an end, and no name: names are for staff. Its reason is free text that
may speak of anything the product holds, so it is told to staff who may see all of that, and to nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from catalog.ruling_views import RulingView
from contracts.city import Ruling
from contracts.model import Contract
from contracts.tiers import LEAST_RESTRICTIVE, visible

_UNTIL = re.compile(r"waived by a named person until (\d{4}-\d{2}-\d{2})")
"""How a tier's report ends the detail of a waived rule."""


def reviews(rulings: Iterable[Ruling], contract: Contract, tier: str) -> tuple[RulingView, ...]:
    """The reviews of a product, the newest first; what lifted a withdrawal is not one of them."""
    found = [r for r in rulings if r.kind == "review" and r.subject == contract.name and r.lifts is None]
    return tuple(_told(r, contract, tier) for r in sorted(found, key=lambda r: r.on, reverse=True))


def of_report(
    report: Mapping[str, Any], changes: Sequence[object], rulings: Iterable[Ruling], contract: Contract, tier: str
) -> tuple[RulingView, ...]:
    """The decisions that a report rests on: an approval of what changed, and a waiver for each waived rule.

    Args:
        report: The tier's own report.
        changes: What the tier may know of the contract's changes; without any, no approval is told.
        rulings: The city's decisions.
        contract: The product's contract in force.
        tier: Whose page it is for.
    """
    known = tuple(rulings)
    version = str((report.get("contract") or {}).get("version", ""))
    found = [
        _told(r, contract, tier, change=version)
        for r in known
        if changes and r.kind == "approval" and r.subject == contract.name and r.change == version
    ]
    asked = (*(report.get("rules") or ()), *(report.get("gate") or ()))
    waived = [_waiver(rule, known, contract, tier) for rule in asked if rule.get("result") == "waived"]
    return (*found, *waived)


def _waiver(rule: Mapping[str, Any], rulings: Sequence[Ruling], contract: Contract, tier: str) -> RulingView:
    """The waiver that a report speaks of; only its end, where the city no longer keeps it as it was."""
    name = str(rule.get("id", ""))
    said = _UNTIL.search(str(rule.get("detail") or ""))
    until = date.fromisoformat(said.group(1)) if said else None
    for ruling in rulings:
        if ruling.kind == "waiver" and ruling.subject == f"{contract.name}.{name}" and ruling.until == until:
            return _told(ruling, contract, tier, rule=name)
    return RulingView("waiver", None, until, rule=name)


def _told(
    ruling: Ruling, contract: Contract, tier: str, *, rule: str | None = None, change: str | None = None
) -> RulingView:
    staff = tier != LEAST_RESTRICTIVE
    whole = staff and all(visible(p.classification, tier) for p in contract.columns)
    assert ruling.kind != "withdrawal", "a withdrawal is told by its tombstone"
    return RulingView(
        kind=ruling.kind,
        on=ruling.on,
        until=ruling.until,
        rule=rule,
        change=change,
        by=ruling.by if staff else None,
        reason=ruling.reason if whole else None,
    )
