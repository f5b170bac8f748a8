"""The condition of a product and of a source, and what of it needs someone, from plain facts.

Belongs here: the one judgement that ``cauce status`` and the data team's page share, so that neither knows of a thing
to do that the other does not. Does not belong here: finding the facts (``orchestration.overview``,
``catalog.store``), words for people, the wall clock: the time of judging is an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.reviews import HOLDING, ReviewState


class State(StrEnum):
    """How a product stands, from good to bad."""

    PUBLISHED = "published"
    LATE = "late"
    HELD = "held"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    NEVER = "never published"


class SourceState(StrEnum):
    """How a source stands."""

    FRESH = "fresh"
    LATE = "late"
    REFUSED = "refused"
    NEVER = "never retrieved"


class Need(StrEnum):
    """What is told of a product or a source that is not simply in order."""

    HELD = "held"
    CLOSED = "closed"
    NEVER_PUBLISHED = "never published"
    LATE = "late"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    NEVER_FETCHED = "never fetched"
    SET_ASIDE = "set aside"
    CHANGED_FORM = "changed form"
    CHANGED_CONTENT = "changed content"
    REVIEW_DUE = "review due"
    REVIEW_OVER = "review over"

    @property
    def calls(self) -> bool:
        """Whether someone must act; the others are told, and may stand for as long as they do."""
        return self not in _STANDING


_STANDING = frozenset({Need.WITHDRAWN, Need.SET_ASIDE, Need.CHANGED_FORM, Need.CHANGED_CONTENT, Need.REVIEW_DUE})


@dataclass(frozen=True)
class ProductFacts:
    """What is known of a product.

    Attributes:
        held: Its last attempt was refused.
        was_published: Some release of it was committed, served now or not.
        is_served: Its last commit names a release.
        is_closed: The release served holds a column that its readers may no longer see.
        due: When newer data than the release's is due.
    """

    held: bool
    was_published: bool
    is_served: bool
    is_closed: bool = False
    due: datetime | None = None


@dataclass(frozen=True)
class SourceFacts:
    """What is known of a source.

    Attributes:
        outcome: Of its last landing; None where it was never landed.
        looked_at: When it was last read with success, changed or not.
        every: How often a delivery is promised.
        reaches: Up to when the events in it reach, where a latency is promised and its deliveries tell.
        latency: How old its newest data may be, as promised.
        set_aside: Records of the last accepted landing that wait to be mended.
        has_drifted: Columns came or went with the last accepted landing.
        warnings: What changed in its values since the delivery before, beyond chance.
    """

    outcome: str | None
    looked_at: datetime | None = None
    every: timedelta | None = None
    reaches: datetime | None = None
    latency: timedelta | None = None
    set_aside: int = 0
    has_drifted: bool = False
    warnings: int = 0


@dataclass(frozen=True)
class Feed:
    """A source that a late product is made from.

    Attributes:
        name: The source's.
        is_refused: Its last delivery was refused.
        came: When its newest accepted delivery came.
        facts: What else is known of it.
    """

    name: str
    is_refused: bool
    came: datetime | None
    facts: SourceFacts


def holding_up(feeds: Sequence[Feed], tried_at: datetime, now: datetime) -> tuple[Feed, ...]:
    """The sources that a late product waits for, of which no run will get more; none where a run may help.

    A run may help where a source brought something since the product was last tried, was never read, or was not read
    for as long as its deliveries are apart.
    """
    refused = tuple(feed for feed in feeds if feed.is_refused)
    if refused:
        return refused
    for feed in feeds:
        looked, every = feed.facts.looked_at, feed.facts.every
        if feed.came is None or looked is None or feed.came > tried_at or (every and looked + every < now):
            return ()
    late = tuple(feed for feed in feeds if source_late_by(feed.facts, now))
    dated = tuple(feed for feed in feeds if feed.facts.reaches is not None)
    return late or dated or tuple(sorted(feeds, key=lambda f: (f.facts.every or timedelta.max, f.name))[:1])


def late_by(due: datetime | None, now: datetime) -> timedelta | None:
    """For how long something has been due; None while it is not."""
    return now - due if due is not None and now > due else None


def product_state(facts: ProductFacts, now: datetime) -> State:
    """How a product stands for its readers: the worst that is true of it."""
    if facts.is_closed:
        return State.CLOSED
    if facts.was_published and not facts.is_served:
        return State.WITHDRAWN
    if facts.held:
        return State.HELD
    if not facts.was_published:
        return State.NEVER
    return State.LATE if late_by(facts.due, now) else State.PUBLISHED


def product_need(facts: ProductFacts, now: datetime) -> Need | None:
    """What a product needs, one thing at a time: while it is held, no run mends that it is closed or late."""
    state = product_state(facts, now)
    if state is State.CLOSED and facts.held:
        return Need.HELD
    return None if state is State.PUBLISHED else Need(state.value)


def review_need(state: ReviewState) -> Need | None:
    """What a product's privacy reviews need: to be made while there is time, or at once."""
    if state in (ReviewState.MISSING, ReviewState.ENDING):
        return Need.REVIEW_DUE
    return Need.REVIEW_OVER if state in (ReviewState.EXPIRED, *HOLDING) else None


def source_due(facts: SourceFacts) -> datetime | None:
    """When a source owes something newer; None where nothing is promised.

    By the newest event in it where the contract promises how recent that is; otherwise by when it was last read.
    """
    if facts.reaches is not None and facts.latency is not None:
        return facts.reaches + (facts.every or timedelta()) + facts.latency
    return facts.looked_at + facts.every if facts.looked_at and facts.every else None


def source_late_by(facts: SourceFacts, now: datetime) -> timedelta | None:
    """For how long something newer of a source has been due; None while it is not, or where nothing is promised."""
    return late_by(source_due(facts), now)


def source_state(facts: SourceFacts, now: datetime) -> SourceState:
    """How a source stands: the worst that is true of it."""
    if facts.outcome is None:
        return SourceState.NEVER
    if facts.outcome == "refused":
        return SourceState.REFUSED
    return SourceState.LATE if source_late_by(facts, now) else SourceState.FRESH


def source_needs(facts: SourceFacts, now: datetime) -> tuple[Need, ...]:
    """What a source needs: at most one thing of its deliveries as such, then what is told of the last accepted one."""
    needs = {
        SourceState.NEVER: (Need.NEVER_FETCHED,),
        SourceState.REFUSED: (Need.REFUSED,),
        SourceState.LATE: (Need.LATE,),
    }.get(source_state(facts, now), ())
    aside = (Need.SET_ASIDE,) if facts.set_aside else ()
    form = (Need.CHANGED_FORM,) if facts.has_drifted else ()
    return (*needs, *aside, *form, *((Need.CHANGED_CONTENT,) if facts.warnings else ()))
