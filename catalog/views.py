"""What a page is handed: typed views that hold only what one tier may see.

Belongs here: the shapes, and questions a view can answer about itself. Does not belong here: reading
files (``catalog.store``, ``catalog.history``), words of the interface, pages. There is no field here in which a
column, a rule, a count or a name above the tier could stand: what the tier may not see is an
``InventoryCard`` or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from catalog.delivery_views import ChangeView, Origin, ShapeColumnView
from contracts.condition import Need, SourceState, State
from contracts.model import EMPTY, Text
from contracts.release import KeptFile, Manifest, Release

Dating = Literal["instant", "day", "month"]
"""How finely a product's data is dated: by a time, by a day, or only by a month."""


def covered_to(data_to: datetime | None, dating: Dating, as_of: datetime | None) -> datetime | None:
    """The moment up to which data reaches: a month reaches to its end, or to the as-of instant before it."""
    if data_to is None or dating == "instant":
        return data_to
    if dating == "day":
        end = data_to + timedelta(days=1)
    else:
        end = data_to.replace(year=data_to.year + data_to.month // 12, month=data_to.month % 12 + 1, day=1)
    return min(end, as_of) if as_of and as_of > data_to else end


@dataclass(frozen=True)
class InventoryCard:
    """All that a lower tier may know of something above it. ``key`` is made of its title, never of its name."""

    key: str
    kind: Literal["product", "source"]
    title: Text
    purpose: Text
    owner: str | None
    why_not_public: Text
    how_to_ask: Text


@dataclass(frozen=True)
class ColumnView:
    """One column in plain words. ``step`` names the registered step that lowered it, with its parameters."""

    name: str
    title: Text
    description: Text
    type: str
    unit: str | None = None
    step: str | None = None
    step_parameters: Mapping[str, Any] = EMPTY
    is_key: bool = False
    required: bool = False


@dataclass(frozen=True)
class Promise:
    """One service level: frequency, latency or another word of the contract's."""

    name: str
    value: Any
    unit: str | None


@dataclass(frozen=True)
class Proof:
    """That a rule can fail: what was done to the data, and whether the rule caught it."""

    mutation: Text
    caught: bool


@dataclass(frozen=True)
class RuleView:
    """One rule of a quality report."""

    id: str
    text: Text
    kind: str
    columns: tuple[str, ...]
    dimension: str
    severity: str
    result: str
    examined: int
    failed: int
    nulls: int | None
    value: float | None
    threshold: Mapping[str, Any]
    engines: Mapping[str, Any]
    query: str
    proof: Proof | None
    detail: str
    at_gate: bool = False


@dataclass(frozen=True)
class SourceCount:
    """Records of one source as a release used them; None where the tier may not know."""

    source: str
    received: int | None
    accepted: int | None
    quarantined: int | None
    rejected: int | None


@dataclass(frozen=True)
class QualityView:
    """A quality report: of a release, or of an attempt that was refused."""

    product: str
    version: int | None
    outcome: str
    as_of: datetime | None
    data_to: datetime | None
    rows: int | None
    contract: Mapping[str, str]
    rules: tuple[RuleView, ...]
    counts: tuple[SourceCount, ...]
    dating: Dating = "instant"

    def number(self, *results: str) -> int:
        """How many rules came out with one of ``results``."""
        return sum(rule.result in results for rule in self.rules)

    @property
    def red(self) -> tuple[RuleView, ...]:
        """Rules that hold a release, or would."""
        return tuple(r for r in self.rules if r.result in ("failed", "error", "not run", "vacuous"))

    @property
    def examined(self) -> int:
        """The most records that any rule of the contract looked at."""
        return max((r.examined for r in self.rules if not r.at_gate), default=0)

    @property
    def withheld(self) -> int | None:
        """Records set aside or refused over all sources; None where one of them may not be told."""
        numbers = [(c.quarantined, c.rejected) for c in self.counts]
        if not numbers or any(q is None or r is None for q, r in numbers):
            return None
        return sum((q or 0) + (r or 0) for q, r in numbers)

    @property
    def age(self) -> timedelta | None:
        """From the newest event in the data to the as-of instant."""
        reached = covered_to(self.data_to, self.dating, self.as_of)
        if self.as_of is None or reached is None:
            return None
        return max(self.as_of - reached, timedelta(0))


@dataclass(frozen=True)
class Removed:
    """That the data of a release was removed on purpose: by retention, or because it was to be erased."""

    at: datetime
    why: Literal["retention", "erasure"]


@dataclass(frozen=True)
class Tombstone:
    """What stays of a product that was withdrawn.

    ``note`` is what this tier may read of why; ``instead`` names a product that it may see; ``erased`` says whether
    the data of its releases was removed.
    """

    at: datetime
    note: Text
    instead: str | None = None
    erased: bool = False


@dataclass(frozen=True)
class ReleaseView:
    """One release as its tier's own files tell it. ``published_at`` is when it was first committed."""

    manifest: Manifest
    release: Release
    published_at: datetime
    quality: QualityView
    lineage: Mapping[str, Any]
    standing: Literal["served", "replaced", "taken back", "withdrawn"]
    reason: str = ""
    dating: Dating = "instant"
    removed: Removed | None = None

    @property
    def version(self) -> int:
        """Its number."""
        return self.manifest.version

    @property
    def offered(self) -> bool:
        """Whether its files may still be downloaded."""
        return self.standing in ("served", "replaced") and self.removed is None

    @property
    def data_to(self) -> datetime | None:
        """The newest event time in the data."""
        return instant(self.manifest.data_to)

    @property
    def as_of(self) -> datetime | None:
        """The run's as-of instant."""
        return instant(self.manifest.as_of)

    @property
    def downloads(self) -> tuple[KeptFile, ...]:
        """Its data files, in the manifest's order."""
        return tuple(f for f in self.manifest.files if not f.path.endswith(".json"))

    @property
    def parquet(self) -> tuple[Path, ...]:
        """Its Parquet files, on this disk, each checked against the manifest."""
        return tuple(self.release.local(f.path) for f in self.manifest.files if f.path.endswith(".parquet"))


@dataclass(frozen=True)
class ClosedRelease:
    """A release that holds a column its readers may no longer see: nothing of it is told but this.

    ``served`` says whether it is the one that the gate serves now, as after a rollback.
    """

    version: int
    published_at: datetime
    served: bool = False


@dataclass(frozen=True)
class Reason:
    """Why a product was held: a rule that the tier may know, and what was found.

    ``sentence`` is the rule's own; ``failed`` and ``examined`` count records; ``value`` and ``threshold`` are
    what was measured and what was allowed, where the report says so.
    """

    rule: str
    sentence: Text
    failed: int | None = None
    examined: int | None = None
    result: str = ""
    value: float | None = None
    threshold: Mapping[str, Any] = EMPTY


@dataclass(frozen=True)
class Attempt:
    """An attempt that was refused. ``number`` counts this product's refusals from 1."""

    number: int
    at: datetime
    reasons: tuple[Reason, ...]
    more: bool
    still_served: int | None
    quality: QualityView | None
    run: str = ""


@dataclass(frozen=True)
class Change:
    """One line of a product's history: a publication, a rollback, a withdrawal."""

    at: datetime
    action: str
    version: int | None
    reason: str


@dataclass(frozen=True)
class ProductView:
    """One product as one tier sees it.

    ``releases`` are those whose every column the tier may see under the contract in force; the others are
    ``closed``.
    """

    name: str
    title: Text
    purpose: Text
    limitations: Text
    usage: Text
    practice: str | None
    tier: str
    rendition: str
    owner: str | None
    steward: str | None
    licence: str | None
    grain: str
    row: Text
    columns: tuple[ColumnView, ...]
    promises: tuple[Promise, ...]
    contract_id: str
    contract_version: str
    why_not_public: Text
    how_to_ask: Text
    carries_more: bool
    state: State
    current: ReleaseView | None
    releases: tuple[ReleaseView, ...]
    history: tuple[Change, ...]
    attempts: tuple[Attempt, ...]
    held: Attempt | None
    next_due: datetime | None
    late_by: timedelta | None
    need: Need | None
    closed: tuple[ClosedRelease, ...] = ()
    tombstone: Tombstone | None = None

    def promise(self, name: str) -> Promise | None:
        """The service level called ``name``, or None."""
        return next((p for p in self.promises if p.name == name), None)

    def release(self, version: int) -> ReleaseView | None:
        """One of its releases, or None."""
        return next((r for r in self.releases if r.version == version), None)

    @property
    def happenings(self) -> int:
        """How many releases and refused attempts there were."""
        return len(self.releases) + len(self.closed) + len(self.attempts)

    @property
    def versions(self) -> frozenset[int]:
        """Every release's number, shown or closed."""
        return frozenset(r.version for r in self.releases) | {c.version for c in self.closed}

    def is_listed(self, version: int) -> bool:
        """Whether a release has a page: shown, or told as no longer offered."""
        return version in self.versions


@dataclass(frozen=True)
class SetAside:
    """Records set aside for one reason; ``text`` is empty where the tier may not know the rule."""

    rule: str
    text: Text
    records: int


@dataclass(frozen=True)
class LandingView:
    """One retrieval of a source, in numbers."""

    number: int
    at: datetime
    outcome: str
    received: int
    accepted: int
    quarantined: int
    rejected: int
    set_aside: tuple[SetAside, ...] = ()
    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    refusal: str = ""
    advice: str = ""
    declared: int | None = None
    pages: int | None = None
    whole: bool = True
    changes: tuple[ChangeView, ...] = ()
    hidden_changes: int = 0


@dataclass(frozen=True)
class SourceView:
    """One source. Where ``is_open`` is false, the tier may know its health but not its columns or records.

    ``looked_at`` is the last time it was read with success, changed or not.
    """

    name: str
    title: Text
    purpose: Text
    limitations: Text
    tier: str
    is_open: bool
    owner: str | None
    steward: str | None
    licence: str | None
    legal_basis: str | None
    delivery: str
    promises: tuple[Promise, ...]
    columns: tuple[ColumnView, ...]
    landings: tuple[LandingView, ...]
    looked_at: datetime | None
    state: SourceState
    late_by: timedelta | None
    needs: tuple[Need, ...]
    feeds: tuple[str, ...]
    why_not_public: Text
    how_to_ask: Text
    origin: Origin | None = None
    shape: tuple[ShapeColumnView, ...] = ()
    rhythm: timedelta | None = None

    @property
    def newest(self) -> LandingView | None:
        """The last retrieval."""
        return self.landings[0] if self.landings else None

    @property
    def newest_accepted(self) -> LandingView | None:
        """The last retrieval whose records were accepted."""
        return next((n for n in self.landings if n.outcome == "accepted"), None)


@dataclass(frozen=True)
class RunView:
    """One run, as the ledger has it."""

    number: int
    at: datetime
    id: str
    published: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    exit_code: int | None = None
    as_of: datetime | None = None


@dataclass(frozen=True)
class Missing:
    """A shared product that the city does not have: its title, and why."""

    title: Text
    reason: Text


@dataclass(frozen=True)
class CatalogView:
    """Everything one tier may see of one city."""

    tier: str
    products: Mapping[str, ProductView] = field(default_factory=dict)
    sources: Mapping[str, SourceView] = field(default_factory=dict)
    cards: tuple[InventoryCard, ...] = ()
    runs: tuple[RunView, ...] = ()
    unavailable: Mapping[str, Missing] = field(default_factory=dict)


def instant(text: object) -> datetime | None:
    """A kept time as naive UTC; None where there is none.

    Raises:
        ValueError: The text is not a time in ISO 8601.
    """
    if not text:
        return None
    value = datetime.fromisoformat(str(text))
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value
