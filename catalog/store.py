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

from catalog import deliveries, history, reports, rulings
from catalog.contract_views import column_views, contract_digest, promises_of
from catalog.kept_releases import (
    LINEAGE,
    QUALITY,
    KeptProductView,
    KeptReleases,
    KeptReleaseView,
    Known,
    Reader,
    digest_of,
    kept_time,
)
from catalog.landing_views import landing_view
from catalog.lineage import readable_lineage
from catalog.views import (
    Attempt,
    CatalogView,
    Change,
    ClosedRelease,
    InventoryCard,
    Missing,
    ProductView,
    QualityView,
    ReleaseView,
    RunView,
    SourceView,
    Tombstone,
)
from contracts import condition
from contracts.city import City
from contracts.condition import Feed, ProductFacts, SourceFacts
from contracts.home import CityHome
from contracts.model import Contract, Text
from contracts.readable import readable
from contracts.release import Commit, Manifest, Release
from contracts.service_levels import apart, covered_to, dating_of, interval, next_due
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
        contract = self.city.sources[source]
        if visible(contract.tier, self.tier):
            return True
        return self.tier != LEAST_RESTRICTIVE and contract.inventory != "hidden"

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
        releases, closed = self._releases(contract, rendition, steps)
        current = next((r for r in releases if r.standing == "served"), None)
        versions = frozenset(step.version for step in steps if step.version is not None)
        attempts = self._attempts(contract, rendition, versions)
        held = attempts[0] if attempts and name in self._chain.held else None
        reached = current.data_to if current else None
        as_of = current.as_of if current else None
        due = next_due(contract, reached.isoformat(), as_of.isoformat() if as_of else None) if reached else None
        due = naive_utc(due) if due else None
        facts = ProductFacts(
            held=held is not None,
            was_published=bool(steps),
            is_served=bool(steps) and steps[-1].version is not None,
            is_closed=any(c.served for c in closed),
            due=due,
        )
        return KeptProductView.later(
            {
                "columns": lambda: column_views(contract, self.city, rendition),
                "contract": lambda: readable(contract, rendition),
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
            carries_more=any(not visible(p.classification, self.tier) for p in contract.columns),
            tombstone=self._tombstone(name, rendition, steps),
            state=condition.product_state(facts, now),
            current=current,
            releases=releases,
            history=tuple(_change(c) for c in reversed(steps)),
            attempts=attempts,
            held=held,
            next_due=due,
            late_by=self._told(due, now),
            need=condition.product_need(facts, now),
            closed=closed,
            content=self._content(contract, rendition, steps, releases),
            declared=digest_of(
                f"{contract_digest(contract)} {rendition} {self.tier} {self.city.minimum_cell}".encode()
            ),
            reviews=rulings.reviews(self.city.rulings, contract, self.tier),
        )

    def _content(
        self, contract: Contract, rendition: str, steps: tuple[Commit, ...], releases: Iterable[ReleaseView]
    ) -> str:
        """A digest of all that the product's releases, attempts and history are made of, none of them opened."""
        name = contract.name
        made_of = (
            contract_digest(contract),
            steps,
            [(r.version, r.standing, r.removed, r.reason) for r in releases],
            self._chain.refusals.get(name, ()),
            name in self._chain.held,
            self._tombstone(name, rendition, steps),
            [r for r in self.city.rulings if r.subject.split(".")[0] == name],
            self._structure,
        )
        return digest_of(repr(made_of).encode())

    @cached_property
    def _structure(self) -> str:
        """A digest of what any contract says that decides what may be told of another's lineage."""
        told = [
            (
                c.role,
                c.name,
                c.tier,
                c.renditions,
                c.inventory,
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

    def _releases(
        self, contract: Contract, rendition: str, steps: tuple[Commit, ...]
    ) -> tuple[tuple[ReleaseView, ...], tuple[ClosedRelease, ...]]:
        """Every release, the newest first: those that may be shown, and those that no longer may."""
        served = steps[-1].version if steps else None
        first: dict[int, Commit] = {}
        for step in steps:
            if step.version is not None:
                first.setdefault(step.version, step)
        # a column that the contract lost may be seen by nobody
        seen = {p.name for p in contract.columns if visible(p.classification, self.tier)}
        dating = dating_of(contract)
        views: list[ReleaseView] = []
        closed: list[ClosedRelease] = []
        for version, step in sorted(first.items(), reverse=True):
            removed = self._chain.removed.get((contract.name, rendition, version))
            standing = _standing(version, served)
            offered = removed is None and standing in ("served", "replaced")
            known = self._kept.find(step, rendition, contract.name, offered=offered)
            if not seen.issuperset(known.note.columns):
                closed.append(ClosedRelease(version, kept_time(step.committed_at), served=version == served))
                continue
            views.append(
                KeptReleaseView.later(
                    known,
                    self._readers(contract, rendition, known),
                    published_at=kept_time(step.committed_at),
                    standing=standing,
                    dating=dating,
                    removed=removed,
                    reason=steps[-1].reason if standing in ("taken back", "withdrawn") else "",
                )
            )
        return tuple(views), tuple(closed)

    def _readers(self, contract: Contract, rendition: str, known: Known) -> Mapping[str, Reader]:
        """How each part of a release is read when it is asked for."""

        def release(_: ReleaseView) -> Release:
            return self._kept.open(known, rendition, contract.name)

        def manifest(view: ReleaseView) -> Manifest:
            return view.release.manifest

        def quality(view: ReleaseView) -> QualityView:
            report = view.release.report(QUALITY)
            decided = rulings.of_report(report, view.manifest.changes, self.city.rulings, contract, self.tier)
            return reports.quality(report, view.dating, decided)

        def lineage(view: ReleaseView) -> Mapping[str, Any]:
            return readable_lineage(view.release.report(LINEAGE), self.city, self.tier)

        return {"release": release, "manifest": manifest, "quality": quality, "lineage": lineage}

    def _attempts(self, contract: Contract, rendition: str, versions: frozenset[int]) -> tuple[Attempt, ...]:
        refusals = self._chain.refusals.get(contract.name, ())
        seen = {p.name for p in contract.columns if visible(p.classification, self.tier)}
        found = []
        for number, refusal in enumerate(refusals, start=1):
            told = reports.cut(reports.evidence(self.home, refusal.evidence_sha256), rendition, seen)
            reasons, more = reports.attempt_reasons(told, rendition, refusal.reasons, self.tier)
            report = reports.attempt_report(told, rendition)
            waived = rulings.of_report(report or {}, (), self.city.rulings, contract, self.tier)
            found.append(
                Attempt(
                    number=number,
                    at=refusal.at,
                    reasons=reasons,
                    more=more,
                    still_served=refusal.still_served if refusal.still_served in versions else None,
                    quality=reports.quality(report, dating_of(contract), waived) if report is not None else None,
                    run=refusal.run,
                )
            )
        return tuple(reversed(found))

    # sources

    def source(self, name: str, now: datetime) -> SourceView:
        """One source as this tier sees it; only where ``shows_source`` says so.

        Raises:
            ArtefactError: One of its landings is torn.
        """
        contract = self.city.sources[name]
        is_open = visible(contract.tier, self.tier)
        kept_landings = history.landings(self.home, name)
        landings = tuple(landing_view(contract, entry, self.tier, is_open=is_open) for entry in kept_landings)
        accepted = next((entry for entry in kept_landings if entry["outcome"] == "accepted"), None)
        looks = [history.last_look(self.home, name), *(n.at for n in landings if n.outcome != "refused")]
        looked_at = max((moment for moment in looks if moment is not None), default=None)
        good = next((n for n in landings if n.outcome == "accepted"), None)
        newest = deliveries.newest_event(self.home, contract, kept_landings, self.city, self.tier)
        dating = dating_of(contract)
        facts = SourceFacts(
            outcome=landings[0].outcome if landings else None,
            looked_at=looked_at,
            every=interval(contract.service_level("frequency")),
            reaches=covered_to(newest[0], dating, newest[1]) if newest else None,
            latency=interval(contract.service_level("latency")),
            set_aside=good.quarantined if good else 0,
            has_drifted=good is not None and bool(good.added or good.missing),
            warnings=sum(change.weight == "warning" for change in good.changes) if good else 0,
        )
        return SourceView(
            name=name,
            title=contract.title,
            purpose=contract.purpose,
            limitations=contract.limitations if is_open else Text(""),
            tier=contract.tier,
            is_open=is_open,
            owner=contract.owner,
            steward=contract.steward,
            licence=contract.licence_in if is_open else None,
            legal_basis=contract.legal_basis if is_open else None,
            delivery=contract.delivery.value,
            promises=promises_of(contract, self.tier),
            columns=column_views(contract, self.city, self.tier) if is_open else (),
            landings=landings,
            looked_at=looked_at,
            state=condition.source_state(facts, now),
            late_by=self._told(condition.source_due(facts), now),
            needs=condition.source_needs(facts, now),
            feeds=(),
            why_not_public=contract.why_not_public,
            how_to_ask=contract.how_to_ask,
            origin=deliveries.origin(contract, self.city) if is_open else None,
            shape=deliveries.columns(self.home, contract, accepted, self.city, self.tier) if is_open else (),
            rhythm=deliveries.rhythm([n.at for n in landings]),
            newest_event=newest[0] if newest else None,
            dating=dating,
            feed=Feed(name, facts.outcome == "refused", good.at if good else None, facts),
        )

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


Standing = Literal["served", "replaced", "taken back", "withdrawn"]


def _standing(version: int, served: int | None) -> Standing:
    """How a version stands beside the one that is served."""
    if served is None:
        return "withdrawn"
    if version == served:
        return "served"
    return "taken back" if version > served else "replaced"


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
