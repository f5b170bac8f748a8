"""The gate's rule on privacy reviews: what was made less exact is published on a person's decision that still stands.

Belongs here: what the standing of a product's reviews means for its release, and what a tier is told of it. Does not
belong here: the judgement of a review (``contracts.reviews``), which the pages and ``cauce status`` share.
"""

from __future__ import annotations

from contracts import reviews, tiers
from contracts.results import Result
from contracts.reviews import ColumnReview, ReviewStanding, ReviewState
from orchestration.publish.gate_facts import Facts, Finding, counted
from orchestration.publish.render import class_of

RULE = "privacy_review"
NONE_LOWERED = "no column was made less exact by a step"
_SAID = {
    ReviewState.MISSING: "nobody reviewed {columns}",
    ReviewState.EXPIRED: "the review of {columns} ended on {until}; from {held_from} on it holds the product",
    ReviewState.LAPSED: "the review of {columns} ended on {until} and was not made again",
    ReviewState.WITHHELD: "a review decided that {columns} must not be public",
}


def privacy_review(facts: Facts, tier: str | None) -> Finding:
    """Every column that a step made less exact was reviewed by a person, and the review stands."""
    standing = standing_of(facts)
    if not standing.columns:
        return Finding(Result.NOT_APPLICABLE, NONE_LOWERED)
    seen = [c for c in standing.columns if tier is None or _is_seen(facts, c, tier)]
    if standing.state in reviews.HOLDING:
        bad = [c for c in seen if c.state in reviews.HOLDING]
        return Finding(Result.FAILED, _told(standing, tier), len(seen), len(bad) or 1)
    bad = [c for c in seen if c.state in reviews.WARNING]
    if bad:
        return Finding(Result.WARNED, _told(standing, tier), len(seen), len(bad))
    return counted(0, len(seen), "") if seen else Finding(Result.NOT_APPLICABLE, NONE_LOWERED)


def standing_of(facts: Facts) -> ReviewStanding:
    """How the product's reviews stand on the day of checking."""
    return reviews.standing(facts.contract, facts.job.rulings, facts.job.checked_at.date())


def _is_seen(facts: Facts, review: ColumnReview, tier: str) -> bool:
    column = facts.contract.object.column(review.column)
    return column is not None and tiers.visible(class_of(column), tier)


def _told(standing: ReviewStanding, tier: str | None) -> str:
    """One sentence for each state that is not in order; to a tier no column and no day."""
    if tier is not None:
        held = standing.state in reviews.HOLDING
        return "no review that stands allows this" if held else "a review is missing or has ended"
    said = []
    for state, text in _SAID.items():
        columns = standing.in_state(state)
        if columns:
            one = ReviewStanding(state, columns)
            names = ", ".join(c.column for c in columns)
            said.append(text.format(columns=names, until=one.until, held_from=one.held_from))
    return "; ".join(said)
