"""The catalogue's one reader of kept files: what one tier may see of one city.

Belongs here: finding releases, reports and retrievals on disk, and handing out views (``catalog.views``)
that hold only what the tier may see. Does not belong here: pages, words, the warehouse (a figure on a page
is read from the tier's own released files), anything that writes.

Three rules decide what is handed out. A product is shown through the highest of its renditions that the tier
may see; without one it is an inventory card, or nothing where the contract hides it. A column, a rule, a reason
is shown when every column it speaks of is at or below the tier; a release, when every column it holds is,
under the contract in force now and not under the one it was made by. A source above the tier is a card to the
public; staff see how its deliveries went, and nothing of what they hold.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

import msgspec

from catalog import history, reports, rulings
from catalog.contract_views import column_views, contract_digest, named_records, promises_of
from catalog.kept_releases import KeptReleases, digest_of
from catalog.kept_views import KeptProductView, kept_time
from catalog.release_readers import ReleaseReaders
from catalog.release_shelf import Found, Shelf, standing_of
from catalog.source_reading import read_source
from catalog.told_inputs import has_page, told_report
from catalog.views import (
    Attempt,
    CatalogView,
    Change,
    InventoryCard,
    Missing,
    ProductView,
    RunView,
    SourceView,
    Tombstone,
)
from contracts import condition, failing_keys
from contracts.city import City, Ruling
from contracts.condition import ProductFacts
from contracts.home import CityHome
from contracts.model import Contract, Text
from contracts.readable import readable
from contracts.release import Commit
from contracts.service_levels import apart, dating_of, next_due
from contracts.tiers import LEAST_RESTRICTIVE, rank, visible


def naive_utc(moment: datetime) -> datetime:
    """A moment as naive UTC, the form of every time in views."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


class Store:
    """One city's kept files as one tier may see them. Reads on demand; nothing is opened at creation."""

    def __init__(
        self,
        city: City,
        home: CityHome,
        tier: str,
        kept_releases: KeptReleases | None = None,
        chain: history.Chain | None = None,
    ) -> None:
        self.city = city
        self.home = home
        self.tier = tier
        self._kept = kept_releases or KeptReleases(home)
        self._read_chain = chain
        self._open_classes: dict[str, bool] = {}
        rank(tier)

    def catalog(self, checked_at: datetime) -> CatalogView:
        """Everything the tier may see, judged at ``checked_at`` for lateness.

        Raises:
            ArtefactError: A kept file is missing, torn or altered.
        """
        now = naive_utc(checked_at)
        products = {n: self.product(n, now) for n in sorted(self.city.products) if self.rendition(n) is not None}
        sources = {n: self.source(n, now) for n in sorted(self.city.sources) if self.shows_source(n)}
        feeds = _feeds(products.values())
        staff = self.tier != LEAST_RESTRICTIVE
        return CatalogView(
            tier=self.tier,
            products=products,
            sources={n: _with_feeds(s, self.city.sources[n], feeds) for n, s in sources.items()},
            cards=self.cards(),
            runs=self._runs() if staff else (),
            unavailable=self.unavailable(),
        )

    def _runs(self) -> tuple[RunView, ...]:
        """What ran, naming only products and sources that have a page here: a step's name may tell of another."""
        known = {n for n in self.city.products if self.rendition(n) is not None}
        known |= {n for n in self.city.sources if self.shows_source(n)}

        def shown(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(sorted({part for n in names for part in re.split(r"[/.]", n)} & known))

        return tuple(
            replace(r, published=shown(r.published), unchanged=shown(r.unchanged), held=shown(r.held),
                    failed=shown(r.failed))
            for r in self._chain.runs
        )  # fmt: skip

    # what may be seen at all

    def rendition(self, product: str) -> str | None:
        """The rendition of ``product`` that this tier reads; None where there is none."""
        open_to = [r for r in self.city.products[product].renditions if visible(r, self.tier)]
        return max(open_to, key=rank, default=None)

    def shows_source(self, source: str) -> bool:
        """Whether ``source`` has a page: its records may be seen, or staff may know how it fares."""
        return has_page(self.city.sources[source], self.tier)

    def cards(self) -> tuple[InventoryCard, ...]:
        """Inventory cards of what stands above the tier and is not hidden, by title."""
        above: list[tuple[Literal["product", "source"], Contract]] = [
            *(("product", c) for n, c in self.city.products.items() if self.rendition(n) is None),
            *(("source", c) for n, c in self.city.sources.items() if not self.shows_source(n)),
        ]
        shown = [(kind, c) for kind, c in above if c.inventory != "hidden"]
        taken: set[str] = set()
        cards = []
        for kind, contract in sorted(shown, key=lambda row: (row[1].title.default, row[0], row[1].purpose.default)):
            key = _free_slug(contract.title.default, taken)
            cards.append(
                InventoryCard(
                    key=key,
                    kind=kind,
                    title=contract.title,
                    purpose=contract.purpose,
                    owner=contract.owner or contract.steward,
                    why_not_public=contract.why_not_public,
                    how_to_ask=contract.how_to_ask,
                )
            )
        return tuple(cards)

    def unavailable(self) -> dict[str, Missing]:
        """Shared products that the city does not have, each with why, as far as their contracts let this tier know.

        One whose contract hides it is told only to a tier that would read it; one without a contract, to none.
        """
        if not self.city.unavailable:
            return {}
        from contracts.city_load import load_products

        shared = load_products()
        return {
            name: Missing(contract.title, reason)
            for name, reason in sorted(self.city.unavailable.items())
            if (contract := shared.get(name)) is not None
            and (contract.inventory != "hidden" or any(visible(r, self.tier) for r in contract.renditions))
        }

    # products

    def product(self, name: str, now: datetime) -> ProductView:
        """One product as this tier sees it; only for a product with a rendition here.

        Raises:
            ArtefactError: One of its kept files is missing, torn or altered.
        """
        contract = self.city.products[name]
        rendition = self.rendition(name)
        assert rendition is not None, "asked only for products that the tier may see"
        steps = self._kept.commits(rendition, name)
        seen = frozenset(p.name for p in contract.columns if self._sees(p.classification))
        shelf = self._shelf(contract, rendition, steps, seen)
        current, tombstone = shelf.current, self._tombstone(name, rendition, steps)
        versions = frozenset(step.version for step in steps if step.version is not None)
        attempts = self._attempts(contract, rendition, versions, seen, before=not shelf.closed())
        held = attempts[0] if attempts and name in self._chain.held else None
        reached = current.data_to if current else None
        as_of = current.as_of if current else None
        due = next_due(contract, reached.isoformat(), as_of.isoformat() if as_of else None) if reached else None
        due = naive_utc(due) if due else None
        facts = ProductFacts(
            held=held is not None,
            was_published=bool(steps),
            is_served=bool(steps) and steps[-1].version is not None,
            is_closed=shelf.is_closed,
            due=due,
        )
        return KeptProductView.later(
            {
                "columns": lambda: column_views(contract, self.city, rendition),
                "contract": lambda: readable(contract, rendition),
                "releases": shelf.releases,
                "closed": shelf.closed,
                "history": lambda: tuple(_change(step) for step in reversed(steps)),
            },
            name=name,
            title=contract.title,
            purpose=contract.purpose,
            limitations=contract.limitations,
            usage=contract.usage,
            practice=contract.practice,
            tier=contract.tier,
            rendition=rendition,
            owner=contract.owner,
            steward=contract.steward,
            licence=contract.licence_out,
            grain=contract.object.grain,
            row=contract.object.description,
            promises=promises_of(contract, rendition),
            contract_id=contract.id,
            contract_version=contract.version,
            why_not_public=contract.why_not_public,
            how_to_ask=contract.how_to_ask,
            carries_more=any(not self._sees(p.classification) for p in contract.columns),
            tombstone=tombstone,
            state=condition.product_state(facts, now),
            current=current,
            attempts=attempts,
            held=held,
            next_due=due,
            late_by=self._told(due, now),
            need=condition.product_need(facts, now),
            content=self._content(contract, steps, shelf, tombstone),
            declared=digest_of(
                f"{contract_digest(contract)} {rendition} {self.tier} {self.city.minimum_cell}".encode()
            ),
            reviews=rulings.reviews(self._rulings_of.get(name, ()), contract, self.tier),
            privacy=rulings.privacy(self._rulings_of.get(name, ()), contract, self.tier, now.date()),
            circles=tuple(sorted((r for r in contract.renditions if self._sees(r)), key=rank)),
        )

    def _content(self, contract: Contract, steps: tuple[Commit, ...], shelf: Shelf, tombstone: Tombstone | None) -> str:
        """A digest of all that the product's releases, attempts and history are made of, none of them opened."""
        name = contract.name
        made_of = (
            contract_digest(contract),
            shelf.told,
            self._chain.refusals.get(name, ()),
            name in self._chain.held,
            tombstone,
            self._rulings_of.get(name, ()),
            self.structure,
            self._failing(name),
        )
        return digest_of(msgspec.json.encode(steps) + repr(made_of).encode())

    @cached_property
    def _rulings_of(self) -> Mapping[str, tuple[Ruling, ...]]:
        """The city's rulings by the product they speak of."""
        found: dict[str, tuple[Ruling, ...]] = {}
        for ruling in self.city.rulings:
            name = ruling.subject.split(".")[0]
            found[name] = (*found.get(name, ()), ruling)
        return found

    def _sees(self, classification: str) -> bool:
        """Whether this tier may see a column of that class."""
        known = self._open_classes.get(classification)
        if known is None:
            known = self._open_classes[classification] = visible(classification, self.tier)
        return known

    def _failing(self, name: str) -> bytes:
        """What is kept of the records that hold a product now, which only staff is told."""
        path = failing_keys.path_of(self.home, name)
        return path.read_bytes() if path.name in self._failing_files else b""

    @cached_property
    def _failing_files(self) -> frozenset[str]:
        """The names of the files that keep such records, as far as this tier is told of them."""
        if self.tier == LEAST_RESTRICTIVE or not self.home.held.is_dir():
            return frozenset()
        return frozenset(path.name for path in self.home.held.iterdir())

    @cached_property
    def structure(self) -> str:
        """A digest of what any contract says that decides what may be told of another's lineage."""
        told = [
            (
                c.role,
                c.name,
                c.tier,
                c.renditions,
                c.inventory,
                c.withheld_count_public,
                [(p.name, p.classification) for p in c.columns],
                c.title,
            )
            for c in (*self.city.products.values(), *self.city.sources.values())
        ]
        return digest_of(repr((told, self.city.staging)).encode())

    def _tombstone(self, name: str, rendition: str, steps: tuple[Commit, ...]) -> Tombstone | None:
        """What stays of a product that was withdrawn: the words of this rendition's own commit, and nothing above."""
        if not steps or steps[-1].version is not None:
            return None
        last = steps[-1]
        known = self._chain.withdrawals.get(int(last.intent)) if last.intent.isdigit() else None
        note = known.public_note if known and last.reason == known.public_note.default else Text(last.reason)
        instead = known.instead if known else None
        shown = instead in self.city.products and self.rendition(str(instead)) is not None
        versions = {step.version for step in steps if step.version is not None}
        gone = [self._chain.removed.get((name, rendition, v)) for v in versions]
        erased = any(r is not None and r.why == "erasure" for r in gone)
        return Tombstone(kept_time(last.committed_at), note, instead if shown else None, erased)

    def _shelf(self, contract: Contract, rendition: str, steps: tuple[Commit, ...], seen: frozenset[str]) -> Shelf:
        """Every release, the newest first: those that may be shown, and those that no longer may.

        ``seen`` are the columns that may be seen; one that the contract lost may be seen by nobody.
        """
        served = steps[-1].version if steps else None
        first: dict[int, Commit] = {}
        for step in steps:
            if step.version is not None:
                first.setdefault(step.version, step)
        taken = steps[-1].reason if steps else ""
        shut: set[int] = set()
        readers = ReleaseReaders(self._kept, self.city, self.tier, contract, rendition)
        shelf = Shelf(readers.of(shut), dating_of(contract))
        for version, step in sorted(first.items(), reverse=True):
            removed = self._chain.removed.get((contract.name, rendition, version))
            standing = standing_of(version, served)
            offered = removed is None and standing in ("served", "replaced")
            known = self._kept.find(step, rendition, contract.name, offered=offered)
            reason = taken if standing in ("taken back", "withdrawn") else ""
            is_open = seen.issuperset(known.shape.columns)
            shelf.found.append(Found(known, standing, removed, reason, is_open))
            if not is_open:
                shut.add(version)
        return shelf

    def _attempts(
        self, contract: Contract, rendition: str, versions: frozenset[int], seen: frozenset[str], *, before: bool
    ) -> tuple[Attempt, ...]:
        """The refusals, the newest first.

        ``seen`` are the columns that may be seen; ``before`` is whether the size of the release before may be told.
        """
        refusals = self._chain.refusals.get(contract.name, ())
        found = []
        for number, refusal in enumerate(refusals, start=1):
            evidence = reports.evidence(self.home, refusal.evidence_sha256)
            told = reports.cut(evidence, rendition, seen, lambda r: told_report(r, self.city, self.tier, before=before))
            reasons, more = reports.attempt_reasons(told, rendition, refusal.reasons, self.tier)
            failing = failing_keys.read(self.home, contract, refusal.evidence_sha256, rendition)
            reasons = tuple(named_records(reason, contract, failing) for reason in reasons)
            report = reports.attempt_report(told, rendition)
            judged = reports.quality(report, dating_of(contract)) if report is not None else None
            found.append(
                Attempt(
                    number=number,
                    at=refusal.at,
                    reasons=reasons,
                    more=more,
                    still_served=refusal.still_served if refusal.still_served in versions else None,
                    quality=rulings.decided(judged, (), self.city.rulings, contract, self.tier) if judged else None,
                    run=refusal.run,
                    prints=self._prints(evidence, rendition, seen),
                )
            )
        return tuple(reversed(found))

    def _prints(
        self, evidence: Mapping[str, Any] | None, rendition: str, seen: frozenset[str]
    ) -> tuple[tuple[str, str], ...]:
        """Fingerprints of refused files: for staff, of files whose every column they still may see."""
        report = reports.attempt_report(evidence, rendition)
        spoken = {str(c) for rule in (report or {}).get("rules") or () for c in rule.get("columns") or ()}
        closed = self.tier == LEAST_RESTRICTIVE or report is None or not spoken <= seen
        return () if closed else reports.refused_files(evidence, rendition)

    # sources

    def source(self, name: str, now: datetime) -> SourceView:
        """One source as this tier sees it; only where ``shows_source`` says so.

        Raises:
            ArtefactError: One of its landings is torn.
        """
        contract = self.city.sources[name]
        return read_source(contract, self.city, self.home, self.tier, now, lambda due: self._told(due, now))

    def _told(self, due: datetime | None, now: datetime) -> timedelta | None:
        """For how long something is late as pages say it, so that a page changes when its words do and not before.

        Whole days of the calendar from two on, whole hours below, a minute for anything under an hour.
        """
        if due is None or condition.late_by(due, now) is None:
            return None
        return apart(due, now, self.city.timezone) or timedelta(minutes=1)

    @cached_property
    def _chain(self) -> history.Chain:
        return self._read_chain or history.read_chain(self.home)


def _change(commit: Commit) -> Change:
    return Change(kept_time(commit.committed_at), commit.action, commit.version, commit.reason)


def _free_slug(title: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60] or "card"
    name, n = slug, 2
    while name in taken:
        name, n = f"{slug}-{n}", n + 1
    taken.add(name)
    return name


def _feeds(products: Iterable[ProductView]) -> dict[str, list[str]]:
    feeds: dict[str, list[str]] = {}
    for product in products:
        for name in product.current.inputs if product.current else ():
            feeds.setdefault(name, []).append(product.name)
    return feeds


def _with_feeds(source: SourceView, contract: Contract, feeds: Mapping[str, list[str]]) -> SourceView:
    """A source with the products made from it, which name it by its inventory title where it is above them."""
    found = {*feeds.get(contract.name, ()), *feeds.get(contract.id, ()), *feeds.get(contract.title.default, ())}
    return replace(source, feeds=tuple(sorted(found)))
