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
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

from catalog import deliveries, history, reports
from catalog.views import (
    Attempt,
    CatalogView,
    Change,
    ClosedRelease,
    ColumnView,
    Dating,
    InventoryCard,
    LandingView,
    Missing,
    ProductView,
    Promise,
    ReleaseView,
    SetAside,
    SourceView,
    Tombstone,
    instant,
)
from contracts import condition
from contracts.city import City
from contracts.condition import ProductFacts, SourceFacts
from contracts.home import CityHome
from contracts.model import Contract, Property, Text
from contracts.release import Commit, Manifest, commits, release_of
from contracts.service_levels import interval, next_due
from contracts.tiers import LEAST_RESTRICTIVE, MOST_RESTRICTIVE, rank, visible


def naive_utc(moment: datetime) -> datetime:
    """A moment as naive UTC, the form of every time in views."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


class Store:
    """One city's kept files as one tier may see them. Reads on demand; nothing is opened at creation."""

    def __init__(self, city: City, home: CityHome, tier: str) -> None:
        self.city = city
        self.home = home
        self.tier = tier
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
            runs=self._chain.runs if staff else (),
            unavailable=self.unavailable(),
        )

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
        steps = commits(self.home, rendition, name)
        releases, closed = self._releases(contract, rendition, steps)
        current = next((r for r in releases if r.standing == "served"), None)
        versions = frozenset(step.version for step in steps if step.version is not None)
        attempts = self._attempts(contract, rendition, versions)
        held = attempts[0] if attempts and name in self._chain.held else None
        due = next_due(contract, current.manifest.data_to) if current else None
        due = naive_utc(due) if due else None
        facts = ProductFacts(
            held=held is not None,
            was_published=bool(steps),
            is_served=bool(steps) and steps[-1].version is not None,
            is_closed=any(c.served for c in closed),
            due=due,
        )
        return ProductView(
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
            columns=self._columns(contract, rendition),
            promises=_promises(contract, rendition),
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
            late_by=condition.late_by(due, now),
            need=condition.product_need(facts, now),
            closed=closed,
        )

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
        return Tombstone(_time(last.committed_at), note, instead if shown else None, erased)

    def _columns(self, contract: Contract, tier: str) -> tuple[ColumnView, ...]:
        return tuple(_column(p, contract, self.city) for p in contract.columns if visible(p.classification, tier))

    def _shows(self, contract: Contract, manifest: Manifest) -> bool:
        """Whether every column that a release holds may be seen now; a column the contract lost may not."""
        classes = {p.name: p.classification for p in contract.columns}
        return all(visible(classes.get(c.name, MOST_RESTRICTIVE), self.tier) for c in manifest.columns)

    def _releases(
        self, contract: Contract, rendition: str, steps: tuple[Commit, ...]
    ) -> tuple[tuple[ReleaseView, ...], tuple[ClosedRelease, ...]]:
        """Every release, the newest first: those that may be shown, and those that no longer may."""
        served = steps[-1].version if steps else None
        first: dict[int, Commit] = {}
        for step in steps:
            if step.version is not None:
                first.setdefault(step.version, step)
        views: list[ReleaseView] = []
        closed: list[ClosedRelease] = []
        dating = _dating(contract)
        for version, step in sorted(first.items(), reverse=True):
            release = release_of(self.home, step, rendition, contract.name)
            manifest = release.manifest
            if not self._shows(contract, manifest):
                closed.append(ClosedRelease(version, _time(step.committed_at), served=version == served))
                continue
            quality, lineage = release.report("quality.json"), release.report("lineage.json")
            standing: Literal["served", "replaced", "taken back", "withdrawn"] = "replaced"
            if served is None:
                standing = "withdrawn"
            elif version == served:
                standing = "served"
            elif version > served:
                standing = "taken back"
            views.append(
                ReleaseView(
                    manifest=manifest,
                    release=release,
                    published_at=_time(step.committed_at),
                    quality=reports.quality(quality, dating),
                    lineage=lineage,
                    standing=standing,
                    dating=dating,
                    removed=self._chain.removed.get((contract.name, rendition, version)),
                    reason=steps[-1].reason if standing in ("taken back", "withdrawn") else "",
                )
            )
        return tuple(views), tuple(closed)

    def _attempts(self, contract: Contract, rendition: str, versions: frozenset[int]) -> tuple[Attempt, ...]:
        refusals = self._chain.refusals.get(contract.name, ())
        seen = {p.name for p in contract.columns if visible(p.classification, self.tier)}
        found = []
        for number, refusal in enumerate(refusals, start=1):
            told = reports.cut(reports.evidence(self.home, refusal.evidence_sha256), rendition, seen)
            reasons, more = reports.attempt_reasons(told, rendition, refusal.reasons, self.tier)
            found.append(
                Attempt(
                    number=number,
                    at=refusal.at,
                    reasons=reasons,
                    more=more,
                    still_served=refusal.still_served if refusal.still_served in versions else None,
                    quality=reports.attempt_quality(told, rendition, _dating(contract)) if told else None,
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
        landings = tuple(self._landing(contract, entry, is_open) for entry in kept_landings)
        accepted = next((entry for entry in kept_landings if entry["outcome"] == "accepted"), None)
        looks = [history.last_look(self.home, name), *(n.at for n in landings if n.outcome != "refused")]
        looked_at = max((moment for moment in looks if moment is not None), default=None)
        good = next((n for n in landings if n.outcome == "accepted"), None)
        facts = SourceFacts(
            outcome=landings[0].outcome if landings else None,
            looked_at=looked_at,
            every=interval(contract.service_level("frequency")),
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
            promises=_promises(contract, self.tier),
            columns=self._columns(contract, self.tier) if is_open else (),
            landings=landings,
            looked_at=looked_at,
            state=condition.source_state(facts, now),
            late_by=condition.source_late_by(facts, now),
            needs=condition.source_needs(facts, now),
            feeds=(),
            why_not_public=contract.why_not_public,
            how_to_ask=contract.how_to_ask,
            origin=deliveries.origin(contract, self.city) if is_open else None,
            shape=deliveries.columns(self.home, contract, accepted, self.city, self.tier) if is_open else (),
            rhythm=deliveries.rhythm([n.at for n in landings]),
        )

    def _landing(self, contract: Contract, entry: Mapping[str, Any], is_open: bool) -> LandingView:
        refusal = entry.get("refusal") or {}
        drift = entry.get("drift") or {}
        told, hidden = deliveries.changes(contract, entry.get("findings") or (), self.tier, is_open)
        return LandingView(
            number=entry["n"],
            at=_time(entry["retrieved_at"]),
            outcome=entry["outcome"],
            received=entry.get("received") or 0,
            accepted=entry.get("accepted") or 0,
            quarantined=entry.get("quarantined") or 0,
            rejected=entry.get("rejected") or 0,
            set_aside=self._set_aside(contract, entry, is_open),
            added=tuple(sorted(drift.get("added", ()))) if is_open else (),
            missing=tuple(sorted(drift.get("missing", ()))) if is_open else (),
            refusal=_refusal(refusal if is_open else {"what": refusal.get("what")}),
            advice=str(refusal.get("try") or "") if is_open else "",
            declared=entry.get("declared"),
            pages=entry.get("pages"),
            whole=entry.get("whole", True),
            changes=tuple(told),
            hidden_changes=hidden,
        )

    def _set_aside(self, contract: Contract, entry: Mapping[str, Any], is_open: bool) -> tuple[SetAside, ...]:
        reasons: Mapping[str, int] = entry.get("reasons") or {}
        if not reasons:
            return ()
        told = history.rule_texts(contract, entry)
        open_rules = frozenset(reasons) if is_open else history.reasons_within(contract, self.tier, reasons)
        shown = [
            SetAside(rule, told.get(rule, Text(rule)), count) for rule, count in reasons.items() if rule in open_rules
        ]
        rest = sum(count for rule, count in reasons.items() if rule not in open_rules)
        if rest:
            shown.append(SetAside("", Text(""), rest))
        return tuple(sorted(shown, key=lambda s: (-s.records, s.rule)))

    @cached_property
    def _chain(self) -> history.Chain:
        return history.read_chain(self.home)


def _time(text: object) -> datetime:
    value = instant(text)
    assert value is not None, "kept times are never empty"
    return value


MONTH = "month"
"""The unit of a date that stands for its whole month; also what ``generalise_date`` makes of a moment."""


def _dating(contract: Contract) -> Dating:
    """How finely the contract's event-time column dates the data."""
    column = contract.object.column(contract.event_time) if contract.event_time else None
    if column is None:
        return "instant"
    if column.unit == MONTH or (column.step is not None and column.step.parameters.get("to") == MONTH):
        return "month"
    return "day" if column.logical_type == "date" else "instant"


def _column(p: Property, contract: Contract, city: City) -> ColumnView:
    return ColumnView(
        name=p.name,
        title=p.title,
        description=p.description,
        type=p.physical_type or p.logical_type,
        unit=None if p.unit == MONTH else p.unit,
        step=p.step.name if p.step else None,
        step_parameters={
            key: city.minimum_cell if value == "minimumCell" else value
            for key, value in (p.step.parameters if p.step else {}).items()
        },
        is_key=p.name in contract.primary_key,
        required=p.required,
    )


def _promises(contract: Contract, tier: str) -> tuple[Promise, ...]:
    hidden = {p.name for p in contract.columns if not visible(p.classification, tier)}
    return tuple(
        Promise(s.property, s.value, s.unit)
        for s in contract.service_levels
        if not (s.element and s.element.rsplit(".", 1)[-1] in hidden)
    )


def _change(commit: Commit) -> Change:
    return Change(_time(commit.committed_at), commit.action, commit.version, commit.reason)


def _refusal(refusal: Mapping[str, Any]) -> str:
    """The refusal's sentence without its place, which may name a path of the operator's machine."""
    if not refusal.get("what"):
        return ""
    text = f"{str(refusal['what'])[:1].upper()}{str(refusal['what'])[1:]}."
    if refusal.get("found"):
        text += f" Found {refusal['found']}"
        text += f", expected {refusal['expected']}." if refusal.get("expected") else "."
    elif refusal.get("expected"):
        text += f" Expected {refusal['expected']}."
    return text


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
        for ref in product.current.manifest.inputs if product.current else ():
            feeds.setdefault(ref.name, []).append(product.name)
    return feeds


def _with_feeds(source: SourceView, contract: Contract, feeds: Mapping[str, list[str]]) -> SourceView:
    from dataclasses import replace

    found = {*feeds.get(contract.name, ()), *feeds.get(contract.id, ())}
    return replace(source, feeds=tuple(sorted(found)))
