"""A city's own folder, as data: city.yaml, sources, staging, products, problems, decisions.

Belongs here: the shape of what a city declares. Loading stands in ``city_load``. Does not belong
here: running anything. No ``.py`` file of the engine names a city; this is how it learns of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from contracts.model import EMPTY, Contract, Place, Text

if TYPE_CHECKING:
    from contracts.measure import Measure

NOTHING_HIDDEN: Final = 1
"""A minimum cell for cities whose records are public one by one: every count is shown."""
NAMED_FROM: Final = 10
"""A value that stands in fewer records of a delivery is never named."""


@dataclass(frozen=True)
class Publisher:
    """Who stands behind the catalogue."""

    name: Text
    email: str
    url: str | None = None


@dataclass(frozen=True)
class Person:
    """Someone a problem names: a decision maker, an owner, a user group."""

    role: Text
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Decision:
    """The decision a problem serves."""

    what: Text
    who: Text
    when: date


BetterSide = Literal["lower", "higher", "none"]
"""Which way a measure is better; ``none``: neither way, more of it may be good or bad."""


@dataclass(frozen=True)
class ProblemMeasure:
    """The figure that answers a problem's question, read from a published product.

    ``value`` is the column, ``period`` the column of months, ``area`` the column of areas and
    ``area_name`` the column that names them; ``where`` fixes other columns. ``direction`` says which
    way is better; ``none`` where neither is, and then there is no target. ``target`` is in the unit.
    ``phrase`` says the figure as a person would, with ``{area}`` and ``{value}`` in their places ("In
    {area} a streetlight stayed dark for {value}"); the answer opens with it. ``kind`` is the measure's: a ``count`` is
    what it is however small.
    """

    id: str
    title: Text
    product: str
    value: str
    n: str | None
    period: str
    area: str
    area_name: str
    unit: Text
    direction: BetterSide
    target: float | None = None
    where: Mapping[str, Any] = EMPTY
    phrase: Text | None = None
    kind: str = "ratio"


@dataclass(frozen=True)
class Followed:
    """What changed after a decision, as somebody saw it on a day."""

    on: date
    what: Text


@dataclass(frozen=True)
class DecisionRecord:
    """A decision that was taken: what, when, on which release, and what changed after it.

    ``product`` and ``version`` name the release that lay before those who decided.
    """

    what: Text
    by: Text
    on: date
    product: str
    version: int
    after: tuple[Followed, ...] = ()


@dataclass(frozen=True)
class Problem:
    """A question a city must answer, who decides on it, and which products serve it.

    ``measures`` are the ids of its measures; the first answers the question, and ``measure`` says where its figures
    stand. ``decided`` are the decisions taken so far, the newest first.
    """

    id: str
    practice: str
    title: Text
    question: Text
    why: Text
    decision: Decision
    users: tuple[Text, ...]
    owner: Person
    products: tuple[str, ...]
    measure: ProblemMeasure | None
    not_said: Text
    review_date: date
    place: Place
    measures: tuple[str, ...] = ()
    decided: tuple[DecisionRecord, ...] = ()


Risk = Literal["low", "moderate", "high"]
ReviewDecision = Literal["open", "limited", "withhold"]


@dataclass(frozen=True)
class PrivacyReview:
    """What a review of a product's less exact columns found.

    ``risk``: that somebody points at a person. ``value``: what publishing it is good for, told to everybody.
    ``conditions``: under which it is published, where the decision is ``limited``; told to everybody.
    """

    risk: Risk
    value: Text
    decision: ReviewDecision
    conditions: Text | None = None


@dataclass(frozen=True)
class Ruling:
    """One entry of ``decisions.yaml``: an approval, a waiver, a withdrawal or a review.

    ``subject`` names what it applies to (a product, or ``product.rule``); ``change`` the contract
    version it approves. A waiver without an end, or past it, waives nothing. A withdrawal is carried out by
    the first run on or after its day; of it ``public_note`` and ``instead`` may be told to everybody, ``reason``
    may not. An approval with ``landing`` lets that refused delivery's number of records count. A review ends a
    withdrawal only where ``lifts`` names that withdrawal's entry in the ledger; every other review of a product is a
    privacy review, and says so in ``review``. ``author`` is who proposed what an approval or a review is about, and
    is never ``by``. ``covers`` are the columns that a review or a waiver of ``identifiers`` is for: of a review the
    names of columns or of de-identifying steps, of such a waiver a column or ``column.kind``.
    """

    kind: Literal["approval", "waiver", "withdrawal", "review"]
    subject: str
    reason: str
    by: str
    on: date
    until: date | None
    change: str | None
    place: Place
    public_note: Text | None = None
    instead: str | None = None
    lifts: int | None = None
    landing: int | None = None
    author: str | None = None
    covers: tuple[str, ...] = ()
    review: PrivacyReview | None = None


@dataclass(frozen=True)
class Retention:
    """How long old releases keep their data. What is served is always kept.

    Of each tier the newest ``keep`` versions stay; of the older ones, those that are not yet ``days`` old.
    """

    keep: int
    days: int


@dataclass(frozen=True)
class Readers:
    """Where readers report a problem and ask for data: an address of the web, or ``mailto:``.

    An address of the web may have ``{title}``, ``{release}`` and ``{page}`` in its query; they are filled in. None
    means a mail to whoever answers for the thing.
    """

    report: str | None = None
    ask: str | None = None


@dataclass(frozen=True)
class AccessibilityReview:
    """When people last looked at whether everybody can use the site, and what they found that is not mended yet."""

    reviewed: date
    limits: tuple[Text, ...] = ()


RequestKind = Literal["report", "ask"]
RequestState = Literal["open", "answered", "declined", "done"]
About = Literal["product", "source", "problem", "inventory", "wanted"]


@dataclass(frozen=True)
class Request:
    """One entry of ``requests.yaml``: what a reader reported or asked for, and what became of it.

    ``about`` says what ``subject`` is: the name of a product, source or problem, the English title of an inventory
    card, or what the city does not have yet (``wanted``, whose words are ``title``). ``tier`` is the widest circle
    that may read the entry; None where everybody may who sees what it is about.
    """

    id: str
    kind: RequestKind
    about: About
    subject: str
    title: Text
    said: Text
    asked: date
    status: RequestState
    answer: Text | None
    closed: date | None
    tier: str | None
    place: Place


FollowUpState = Literal["open", "done", "dropped"]


@dataclass(frozen=True)
class FollowUp:
    """One entry of ``followups.yaml``: what somebody took on in a meeting, by when, and what became of it.

    ``problem`` and ``measure`` say what it is about; either may be None. ``response`` is what the owner answered.
    ``tier`` is the widest circle that may read the entry.
    """

    id: str
    what: Text
    owner: Person
    asked: date
    due: date
    status: FollowUpState
    response: Text | None
    closed: date | None
    problem: str | None
    measure: str | None
    tier: str
    place: Place


@dataclass(frozen=True)
class City:
    """Everything a city declares, loaded strictly.

    ``sources`` and ``products`` are complete contracts by name (the last part of their id);
    products include the shared ones this city turns on, tightened as it says. ``staging`` maps an
    entity to the staging model that delivers it. ``unavailable`` maps a shared product to the reason
    it is off ("no tenders source").
    """

    id: str
    folder: Path
    name: Text
    country: str
    timezone: str
    languages: tuple[str, ...]
    environment: Literal["development", "production"]
    publisher: Publisher
    licence: str
    minimum_cell: int
    portals: Mapping[str, str]
    sources: Mapping[str, Contract]
    staging: Mapping[str, str]
    products: Mapping[str, Contract]
    problems: Mapping[str, Problem]
    rulings: tuple[Ruling, ...]
    unavailable: Mapping[str, Text]
    site_url: str | None = None
    clock: Literal["wall", "inputs"] = "wall"
    custom: Mapping[str, Any] = EMPTY
    retention: Retention | None = None
    strategy: Text | None = None
    readers: Readers = Readers()
    accessibility: AccessibilityReview | None = None
    requests: tuple[Request, ...] = ()
    measures: Mapping[str, Measure] = EMPTY
    follow_ups: tuple[FollowUp, ...] = ()

    @property
    def hides_counts(self) -> bool:
        """Whether small counts are hidden; not where the records that are counted are public themselves."""
        return self.minimum_cell > NOTHING_HIDDEN

    @property
    def named_from(self) -> int:
        """In how many records a value must stand to be named where deliveries are described.

        That is no count of a product: a rare value in what came in is often a slip, or something that stands in the
        wrong column, whatever the city shows of its counts.
        """
        return max(self.minimum_cell, NAMED_FROM)
