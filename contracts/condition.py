"""The condition of a product and of a source, and what of it needs someone, from plain facts.

Belongs here: the one judgement that ``cauce status`` and the data team's page share, so that neither knows of a thing
to do that the other does not. Does not belong here: finding the facts (``orchestration.overview``,
``catalog.store``), words for people, the wall clock: the time of judging is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


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

    @property
    def calls(self) -> bool:
        """Whether someone must act; the others are told, and may stand for as long as they do."""
        return self not in _STANDING


_STANDING = frozenset({Need.WITHDRAWN, Need.SET_ASIDE, Need.CHANGED_FORM, Need.CHANGED_CONTENT})


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
        set_aside: Records of the last accepted landing that wait to be mended.
        has_drifted: Columns came or went with the last accepted landing.
        warnings: What changed in its values since the delivery before, beyond chance.
    """

    outcome: str | None
    looked_at: datetime | None = None
    every: timedelta | None = None
    set_aside: int = 0
    has_drifted: bool = False
    warnings: int = 0


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


def source_late_by(facts: SourceFacts, now: datetime) -> timedelta | None:
    """For how long a source's next delivery has been due; None while it is not, or where none is promised."""
    due = facts.looked_at + facts.every if facts.looked_at and facts.every else None
    return late_by(due, now)


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
