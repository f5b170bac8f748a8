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
from catalog.quality_views import Asks as Asks  # noqa: PLC0414 - every view can be had from here
from catalog.quality_views import Proof as Proof  # noqa: PLC0414 - every view can be had from here
from catalog.quality_views import QualityView as QualityView  # noqa: PLC0414 - every view can be had from here
from catalog.quality_views import RuleView as RuleView  # noqa: PLC0414 - every view can be had from here
from catalog.quality_views import SourceCount as SourceCount  # noqa: PLC0414 - every view can be had from here
from catalog.ruling_views import PrivacyView, RulingView
from contracts.condition import Feed, Need, SourceState, State
from contracts.model import EMPTY, Contract, Text
from contracts.release import KeptFile, Manifest, Release
from contracts.service_levels import Dating
from contracts.tiers import LEAST_RESTRICTIVE

PAGED = 13
"""Releases with pages of their own: the current one and twelve before it."""


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
    """One column in plain words. ``step`` names the registered step that lowered it, with its parameters.

    ``readers`` is the widest circle that is given the column; empty where nobody said.
    """

    name: str
    title: Text
    description: Text
    type: str
    unit: str | None = None
    step: str | None = None
    step_parameters: Mapping[str, Any] = EMPTY
    is_key: bool = False
    required: bool = False
    readers: str = ""


@dataclass(frozen=True)
class Promise:
    """One service level: frequency, latency or another word of the contract's."""

    name: str
    value: Any
    unit: str | None


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
    def report_is_handed_on(self) -> bool:
        """Whether its kept report tells no more than the tier may know now, so that it is offered as it is."""
        return True

    @property
    def data_to(self) -> datetime | None:
        """The newest event time in the data."""
        return instant(self.manifest.data_to)

    @property
    def data_to_written(self) -> str | None:
        """The newest event time in the data, as the manifest writes it."""
        return self.manifest.data_to

    @property
    def as_of(self) -> datetime | None:
        """The run's as-of instant."""
        return instant(self.manifest.as_of)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What it was made from, by the names that the tier may know."""
        return tuple(ref.name for ref in self.manifest.inputs)

    @property
    def told_inputs(self) -> int:
        """How many of its inputs its tier may be told of."""
        return len(self.manifest.inputs)

    @property
    def downloads(self) -> tuple[KeptFile, ...]:
        """Its data files, in the manifest's order."""
        return data_files(self.manifest)

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
    what was measured and what was allowed, where the report says so; ``keys`` some of the records, where staff may
    know them.
    """

    rule: str
    sentence: Text
    failed: int | None = None
    examined: int | None = None
    result: str = ""
    value: float | None = None
    threshold: Mapping[str, Any] = EMPTY
    keys: NamedRecords | None = None


@dataclass(frozen=True)
class NamedRecords:
    """Some of the records that broke a rule: the title or name of each column of the key, its values, and how many."""

    columns: tuple[Text, ...]
    keys: tuple[tuple[str, ...], ...]
    more: bool


@dataclass(frozen=True)
class Attempt:
    """An attempt that was refused. ``number`` counts this product's refusals from 1.

    ``prints`` are the names and fingerprints of the files that were refused; none where everybody reads: who has not
    the file could try guesses at it.
    """

    number: int
    at: datetime
    reasons: tuple[Reason, ...]
    more: bool
    still_served: int | None
    quality: QualityView | None
    run: str = ""
    prints: tuple[tuple[str, str], ...] = ()


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
    ``closed``. ``contract`` is the one in force, cut to what the tier may read (``contracts.readable``); ``content`` a
    digest of all that releases, attempts and history are made of, ``declared`` of the contract. ``circles`` are those
    that have an edition of it, up to the tier.
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
    content: str = ""
    declared: str = ""
    contract: Contract | None = None
    reviews: tuple[RulingView, ...] = ()
    privacy: PrivacyView | None = None
    circles: tuple[str, ...] = ()

    @property
    def open_to(self) -> tuple[str, ...]:
        """The circles of readers that have an edition of it, as far as its tier may know, the widest first."""
        return self.circles or (self.rendition,)

    @property
    def is_public(self) -> bool:
        """Whether everybody has an edition of it."""
        return LEAST_RESTRICTIVE in self.open_to

    def promise(self, name: str) -> Promise | None:
        """The service level called ``name``, or None."""
        return next((p for p in self.promises if p.name == name), None)

    def release(self, version: int) -> ReleaseView | None:
        """One of its releases, or None."""
        return next((r for r in self.releases if r.version == version), None)

    @property
    def was_late_when_published(self) -> bool:
        """Whether newer data was due before the release served came out: its data was old already."""
        return self.next_due is not None and self.current is not None and self.next_due < self.current.published_at

    @property
    def happenings(self) -> int:
        """How many releases and refused attempts there were."""
        return len(self.releases) + len(self.closed) + len(self.attempts)

    @property
    def versions(self) -> frozenset[int]:
        """Every release's number, shown or closed."""
        return frozenset(r.version for r in self.releases) | {c.version for c in self.closed}

    @property
    def paged(self) -> tuple[ReleaseView, ...]:
        """The releases with pages of their own, the newest first: the newest ``PAGED``, and the one served now."""
        return tuple(r for i, r in enumerate(self.releases) if i < PAGED or r.standing == "served")

    @property
    def closed_pages(self) -> tuple[ClosedRelease, ...]:
        """The closed releases with pages of their own: the newest ``PAGED``, and the one the gate serves now."""
        return tuple(c for i, c in enumerate(self.closed) if i < PAGED or c.served)

    @property
    def filed(self) -> tuple[ReleaseView, ...]:
        """The releases told by their files for programs alone: too old for pages, neither taken back nor withdrawn."""
        return tuple(r for r in self.releases[PAGED:] if r.standing == "replaced")

    def is_listed(self, version: int) -> bool:
        """Whether a release has a page: shown, or told as no longer offered."""
        return any(r.version == version for r in self.paged) or any(c.version == version for c in self.closed_pages)


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

    ``looked_at`` is the last time it was read with success, changed or not; ``newest_event`` the newest event time in
    it, where the contract promises how recent it is and the tier may know; ``feed`` what a late product made from it is
    judged by.
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
    newest_event: datetime | None = None
    dating: Dating = "instant"
    feed: Feed | None = None

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


def data_files(manifest: Manifest) -> tuple[KeptFile, ...]:
    """A release's data files, in the manifest's order."""
    return tuple(f for f in manifest.files if not f.path.endswith(".json"))


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
