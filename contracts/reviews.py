"""Privacy reviews: which columns need one, and how each stands on a day.

Belongs here: what counts as lowered, and the one judgement that the gate, ``cauce status``, the checklist and the data
team's page share. Does not belong here: reading decisions (``decisions``), words for people.

A column that a registered step made less exact was more than everybody may see before: that it may be published is a
person's decision, and lasts for a time. Without one, and for ``GRACE`` after the end of one, the product goes out and
that is said; after that it is held. A review that withholds holds what everybody would read from the day it is made,
also past its end, until another review takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from contracts.city import Ruling
from contracts.model import Contract
from contracts.tiers import LEAST_RESTRICTIVE

GRACE: Final = timedelta(days=90)
"""For so long after its end a review that was not made again is told, before the product is held."""
NOTICE: Final = timedelta(days=60)
"""So long before its end a review is told as about to end."""


class ReviewState(StrEnum):
    """How the review of a column stands, from good to bad."""

    NOT_NEEDED = "not needed"
    IN_FORCE = "in force"
    ENDING = "ends soon"
    MISSING = "missing"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    WITHHELD = "withheld"


HOLDING: Final = frozenset({ReviewState.LAPSED, ReviewState.WITHHELD})
"""States that hold a product."""
WARNING: Final = frozenset({ReviewState.MISSING, ReviewState.EXPIRED})
"""States in which a product goes out and it is said."""
_ORDER = tuple(ReviewState)


@dataclass(frozen=True)
class ColumnReview:
    """How the review of one lowered column stands; ``ruling`` is None where nobody reviewed it."""

    column: str
    step: str
    state: ReviewState
    ruling: Ruling | None


@dataclass(frozen=True)
class ReviewStanding:
    """How a product's reviews stand on a day: the worst state, and every lowered column."""

    state: ReviewState
    columns: tuple[ColumnReview, ...]

    def in_state(self, state: ReviewState) -> tuple[ColumnReview, ...]:
        """The columns in one state."""
        return tuple(c for c in self.columns if c.state is state)

    @property
    def worst(self) -> tuple[ColumnReview, ...]:
        """The columns in the worst state."""
        return self.in_state(self.state)

    @property
    def until(self) -> date | None:
        """The first end of a review among the columns in the worst state."""
        return min((c.ruling.until for c in self.worst if c.ruling and c.ruling.until), default=None)

    @property
    def held_from(self) -> date | None:
        """The first day on which the product is held where nothing is done; None where none is known."""
        return self.until + GRACE + timedelta(days=1) if self.until else None


def lowered_columns(contract: Contract) -> Mapping[str, str]:
    """The columns that a registered step made less exact, each with the step's name."""
    return {c.name: c.step.name for c in contract.columns if c.step is not None}


def standing(contract: Contract, rulings: Iterable[Ruling], on: date) -> ReviewStanding:
    """How the reviews of a product stand on a day.

    Args:
        contract: The product's contract.
        rulings: The city's decisions.
        on: The day. A decision of a later day does not count yet.
    """
    reviews = [r for r in rulings if r.kind == "review" and r.review and r.subject == contract.name and r.on <= on]
    columns = tuple(_column(contract, name, step, (reviews, on)) for name, step in lowered_columns(contract).items())
    worst = max((c.state for c in columns), key=_ORDER.index, default=ReviewState.NOT_NEEDED)
    return ReviewStanding(worst, columns)


def outcome(contract: Contract, rulings: Iterable[Ruling], on: date) -> str:
    """What the gate says of a product's reviews on a day, in a word that changes with it: held, told, in order."""
    state = standing(contract, rulings, on).state
    return "held" if state in HOLDING else "told" if state in WARNING else "in order"


def sentence(standing: ReviewStanding) -> str:
    """The worst of a product's reviews in one sentence, for the terminal; empty where all is in order."""
    columns = ", ".join(c.column for c in standing.worst)
    match standing.state:
        case ReviewState.MISSING:
            return f"nobody reviewed what a step made less exact ({columns})"
        case ReviewState.ENDING:
            return f"the privacy review of {columns} ends on {standing.until}"
        case ReviewState.EXPIRED:
            return f"the privacy review of {columns} ended on {standing.until}; from {standing.held_from} on it is held"
        case ReviewState.LAPSED:
            return f"the privacy review of {columns} ended on {standing.until} and was not made again: it is held"
        case ReviewState.WITHHELD:
            return f"a privacy review decided that {columns} must not be public: it is held, and what is served stays"
        case _:
            return ""


def _column(contract: Contract, name: str, step: str, given: tuple[list[Ruling], date]) -> ColumnReview:
    reviews, on = given
    # of one day the one further down in the file is the later
    found = [r for r in reviews if name in r.covers or step in r.covers]
    last = max(enumerate(found), key=lambda pair: (pair[1].on, pair[0]))[1] if found else None
    if last is None or last.review is None:
        return ColumnReview(name, step, ReviewState.MISSING, None)
    column = contract.object.column(name)
    is_open = LEAST_RESTRICTIVE in contract.renditions and column is not None
    if last.review.decision == "withhold":
        is_public = is_open and column is not None and column.classification == LEAST_RESTRICTIVE
        return ColumnReview(name, step, ReviewState.WITHHELD if is_public else ReviewState.IN_FORCE, last)
    return ColumnReview(name, step, _by_end(last.until, on), last)


def _by_end(until: date | None, on: date) -> ReviewState:
    if until is None or on > until + GRACE:
        return ReviewState.LAPSED
    if on > until:
        return ReviewState.EXPIRED
    return ReviewState.ENDING if on > until - NOTICE else ReviewState.IN_FORCE
