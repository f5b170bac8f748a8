"""What people decided about a product, as far as a tier may know it: waivers, approvals, reviews.

Belongs here: matching a city's ``decisions.yaml`` with what a release's own report says was waived or changed, and
cutting a decision down to a tier. Does not belong here: whether a decision counts (the gate said so when the release
was made), withdrawals (a tombstone tells them), words.

Two rules. To everybody a decision has a day and an end, and no name: names are for staff. Its reason is free text that
may speak of anything the product holds, so it is told to staff who may see all of that, and to nobody else. Why a
privacy review came out as it did stays in the city's folder and in the evidence: no page tells it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from catalog.quality_views import QualityView, RuleView
from catalog.ruling_views import PrivacyReviewView, PrivacyView, RulingView
from contracts import reviews as privacy_reviews
from contracts.city import Ruling
from contracts.model import Contract
from contracts.tiers import LEAST_RESTRICTIVE, visible

_UNTIL = re.compile(r"waived by a named person until (\d{4}-\d{2}-\d{2})")
"""How a tier's report ends the detail of a waived rule."""


def reviews(rulings: Iterable[Ruling], contract: Contract, tier: str) -> tuple[RulingView, ...]:
    """The reviews of a product, the newest first; what lifted a withdrawal is not one of them."""
    found = [r for r in rulings if r.kind == "review" and r.subject == contract.name and r.lifts is None]
    return tuple(_told(r, contract, tier) for r in sorted(found, key=lambda r: r.on, reverse=True))


def privacy(rulings: Iterable[Ruling], contract: Contract, tier: str, on: date) -> PrivacyView | None:
    """How the columns of a product that a step made less exact stand reviewed on a day; None where it has none.

    Args:
        rulings: The city's decisions.
        contract: The product's contract in force.
        tier: Whose page it is for.
        on: The day of checking.
    """
    standing = privacy_reviews.standing(contract, rulings, on)
    shown = [c for c in standing.columns if _may_see(contract, c.column, tier)]
    if not shown:
        return None
    last: dict[int, list[str]] = {}
    by_place = {}
    for column in shown:
        if column.ruling is not None:
            last.setdefault(id(column.ruling), []).append(column.column)
            by_place[id(column.ruling)] = column.ruling
    told = tuple(_reviewed(by_place[key], tuple(names), tier, on) for key, names in last.items())
    unreviewed = tuple(c.column for c in shown if c.ruling is None)
    if tier == LEAST_RESTRICTIVE:
        return PrivacyView(told, unreviewed)
    return PrivacyView(told, unreviewed, standing.state, standing.until, standing.held_from)


def _may_see(contract: Contract, column: str, tier: str) -> bool:
    found = contract.object.column(column)
    return found is not None and found.classified and visible(found.classification, tier)


def _reviewed(ruling: Ruling, columns: tuple[str, ...], tier: str, on: date) -> PrivacyReviewView:
    review, staff = ruling.review, tier != LEAST_RESTRICTIVE
    assert review is not None, "only a privacy review is the last word on a column"
    open_to_tell = staff or review.decision != "withhold"
    return PrivacyReviewView(
        on=ruling.on,
        until=ruling.until,
        is_over=ruling.until is not None and ruling.until < on,
        columns=columns,
        risk=review.risk if open_to_tell else None,
        decision=review.decision if open_to_tell else None,
        value=review.value if open_to_tell else None,
        conditions=review.conditions if open_to_tell else None,
        by=ruling.by if staff else None,
    )


def decided(
    quality: QualityView, changes: Sequence[object], rulings: Sequence[Ruling], contract: Contract, tier: str
) -> QualityView:
    """A report with the decisions that it rests on: an approval of what changed, and a waiver for each waived rule.

    Args:
        quality: The tier's own report.
        changes: What the tier may know of the contract's changes; without any, no approval is told.
        rulings: The city's decisions.
        contract: The product's contract in force.
        tier: Whose page it is for.
    """
    version = quality.contract.get("version", "")
    approved = [
        _told(r, contract, tier, change=version)
        for r in rulings
        if changes and r.kind == "approval" and r.subject == contract.name and r.change == version
    ]
    waived = [_waiver(rule, rulings, contract, tier) for rule in quality.rules if rule.result == "waived"]
    return replace(quality, rulings=(*approved, *waived)) if approved or waived else quality


def _waiver(rule: RuleView, rulings: Sequence[Ruling], contract: Contract, tier: str) -> RulingView:
    """The waiver that a report speaks of; only its end, where the city no longer keeps it as it was."""
    said = _UNTIL.search(rule.detail)
    until = date.fromisoformat(said.group(1)) if said else None
    for ruling in rulings:
        if ruling.kind == "waiver" and ruling.subject == f"{contract.name}.{rule.id}" and ruling.until == until:
            return _told(ruling, contract, tier, rule=rule.id)
    return RulingView("waiver", None, until, rule=rule.id)


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
        reason=ruling.reason if whole and ruling.review is None else None,
    )
