"""What a page is handed of people's decisions.

Belongs here: the shape. Does not belong here: what a tier may know of it (``catalog.rulings``), whether it counts
(the gate), words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from contracts.city import ReviewDecision, Risk
from contracts.model import Text
from contracts.reviews import ReviewState


@dataclass(frozen=True)
class RulingView:
    """What a person decided about a product, as far as the tier may know it.

    ``rule`` is what a waiver lets pass, ``change`` the contract's version that an approval is for. ``by`` and
    ``reason`` are None where the tier may not know them.
    """

    kind: Literal["waiver", "approval", "review"]
    on: date | None
    until: date | None
    rule: str | None = None
    change: str | None = None
    by: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class PrivacyReviewView:
    """What a review of columns made less exact found and decided, while it is the last word on some of them.

    ``columns`` are those of them that the tier may see. ``risk``, ``decision``, ``value`` and ``conditions`` are None
    to everybody where the review withholds: that would call for what was served before.
    """

    on: date
    until: date | None
    is_over: bool
    columns: tuple[str, ...]
    risk: Risk | None
    decision: ReviewDecision | None
    value: Text | None
    conditions: Text | None
    by: str | None


@dataclass(frozen=True)
class PrivacyView:
    """How the columns of a product that a step made less exact were reviewed, as far as the tier may know it.

    ``unreviewed`` are those that nobody did. ``state`` is the worst of all, ``until`` when it ended or ends and
    ``held_from`` from when on it holds the product; staff alone is told these three.
    """

    reviews: tuple[PrivacyReviewView, ...]
    unreviewed: tuple[str, ...]
    state: ReviewState | None = None
    until: date | None = None
    held_from: date | None = None
