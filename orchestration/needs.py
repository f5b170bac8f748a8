"""How each product and source stands, from the files on record, and what it needs, each with its next command.

Belongs here: the facts about products and sources, and the items of ``cauce status`` that follow from them. Does not
belong here: the judgement (``contracts.condition``, which the data team's page shares), the house: runs, lock, disk
(``overview``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from contracts import condition, reviews
from contracts.condition import Feed, Need, ProductFacts, SourceFacts
from contracts.drift_words import summary
from contracts.errors import CauceError
from contracts.model import Contract
from contracts.release import Release, commits, current
from contracts.service_levels import covered_to, dating_of, interval, next_due, parse_time
from contracts.shapes import Delivered, Finding, finding_of, newest_event
from contracts.tiers import MOST_RESTRICTIVE, visible
from orchestration import history, plan
from orchestration.context import OpenCity

if TYPE_CHECKING:
    from orchestration.ingest.manifest import Landing, Look

NEEDS_SOMEONE = frozenset({need.value for need in Need if need.calls}) | {
    *("altered", "failed", "cut short", "overdue", "never run", "no room")
}
"""Kinds that make ``cauce status`` exit 1. The others (set aside, withdrawn, running) are told, and stand."""


@dataclass(frozen=True)
class Item:
    """One thing to do: its kind, what it is about, why, and the exact next command."""

    kind: str
    subject: str
    why: str
    do: str

    def as_dict(self) -> dict[str, Any]:
        """For ``--format json``."""
        return {**vars(self), "needs_someone": self.kind in NEEDS_SOMEONE}


def product(opened: OpenCity, contract: Contract, now: datetime, items: list[Item]) -> dict[str, Any]:
    """The facts of one product; what it needs is added to ``items``."""
    home, name = opened.home, contract.name
    attempted = plan.load_seen(home).products.get(name)
    held = list(attempted.reasons) if attempted and attempted.outcome == "held" else []
    tier = contract.renditions[-1] if contract.renditions else None
    try:
        release = current(home, tier, name) if tier else None
        steps = commits(home, tier, name) if tier else ()
        is_closed = any(_is_closed(contract, t, current(home, t, name)) for t in contract.renditions)
        altered = False
    except CauceError as error:
        items.append(Item("altered", name, error.message, f"cauce audit verify {_at(opened)}"))
        release, steps, is_closed, altered = None, (), False, True
    due = next_due(contract, release.manifest.data_to, release.manifest.as_of) if release else None
    facts = ProductFacts(
        held=bool(held),
        was_published=bool(steps) or altered,
        is_served=release is not None or altered,
        is_closed=is_closed,
        due=due,
    )
    need = condition.product_need(facts, now)
    if need is not None:
        items.append(_product_item(opened, name, need, release, held, due))
        if need is Need.LATE and release is not None:
            items[-1] = _late_item(opened, items[-1], release, now)
    items += _review_items(opened, contract, now)
    return {
        "product": name,
        "served": release.commit.version if release else None,
        "data_to": release.manifest.data_to[:10] if release and release.manifest.data_to else None,
        "next_due": _day(opened, due) if due else None,
        "late": condition.late_by(due, now) is not None,
        "closed": is_closed,
        "withdrawn": need is Need.WITHDRAWN,
        "held": held,
    }


def _is_closed(contract: Contract, tier: str, release: Release | None) -> bool:
    """Whether the release served to ``tier`` holds a column it may no longer see; one the contract lost counts."""
    classes = {p.name: p.classification for p in contract.columns}
    columns = release.manifest.columns if release else ()
    return not all(visible(classes.get(c.name, MOST_RESTRICTIVE), tier) for c in columns)


def _product_item(
    opened: OpenCity,
    name: str,
    need: Need,
    release: Release | None,
    held: list[Mapping[str, Any]],
    due: datetime | None,
) -> Item:
    """A product's one thing to do, told."""
    run = f"cauce run {_at(opened)}"
    match need:
        case Need.HELD:
            served = f"release {release.commit.version} stays served" if release else "nothing of it is served"
            return Item(need, name, _why_held(name, held, served), f"cauce audit report {name} {_at(opened)}")
        case Need.WITHDRAWN:
            return _why_withdrawn(opened, name)
        case Need.CLOSED:
            why = f"{name} is closed: the release served holds a column that its readers may no longer see"
            return Item(need, name, why, run)
        case Need.LATE if due is not None:
            return Item(need, name, f"{name} is late: newer data was due on {_day(opened, due)}", run)
        case _:
            return Item(need, name, f"{name} was never published", run)


def _review_items(opened: OpenCity, contract: Contract, now: datetime) -> Iterator[Item]:
    """What a product's privacy reviews need."""
    standing = reviews.standing(contract, opened.city.rulings, now.date())
    need = condition.review_need(standing.state)
    if need is not None:
        why = f"{contract.name}: {reviews.sentence(standing)}"
        yield Item(need, contract.name, why, "write it into decisions.yaml: docs/how-to/privacy-review.md")


def _late_item(opened: OpenCity, told: Item, release: Release, now: datetime) -> Item:
    """A late product with the sources that it waits for, where no run will get more of them."""
    known = {key: c for c in opened.city.sources.values() for key in (c.title.default, c.id, c.name)}
    inputs = [known.get(given.name) for given in release.manifest.inputs]
    try:
        feeds = [_feed(opened, contract) for contract in inputs if contract is not None]
        tried_at = _tried_at(opened, release)
    except CauceError:
        return told  # what is altered is an item of its own
    waits = condition.holding_up(feeds, tried_at, now) if feeds and len(feeds) == len(inputs) else ()
    if not waits:
        return told
    why = "; ".join(_brought_nothing(opened, feed) for feed in waits)
    asked = (opened.city.sources[feed.name] for feed in waits)
    whom = dict.fromkeys(c.steward or c.owner or opened.city.publisher.email for c in asked)
    do = f"ask {', '.join(whom)}: a run changes nothing until something newer comes"
    return replace(told, why=f"{told.why}; {why}", do=do)


def _brought_nothing(opened: OpenCity, feed: Feed) -> str:
    if feed.is_refused:
        return f"the last delivery of {feed.name} was refused"
    newest = _newest_event(opened, opened.city.sources[feed.name])
    if newest is not None:
        return f"{feed.name} has sent nothing newer than {_day(opened, newest[0])}"
    return f"{feed.name} has sent nothing new since {_day(opened, feed.came) if feed.came else 'ever'}"


def _tried_at(opened: OpenCity, release: Release) -> datetime:
    """When the product was last made or found unchanged: by its release, or the last run that went through."""
    made = parse_time(release.commit.committed_at)
    run = history.last(opened.home, opened.ledger)
    if run is None or run["exit_code"] not in (0, 1) or run["failed"] or not run["ended_at"]:
        return made
    return max(made, parse_time(run["ended_at"]))


def _why_withdrawn(opened: OpenCity, name: str) -> Item:
    """Since when, by whom and why; or that a decision lifted it, and the next run publishes it."""
    from orchestration.publish import withdraw

    city = opened.city.id
    try:
        standing = withdraw.in_force(opened.home, opened.ledger, name, opened.city.rulings)
    except CauceError as error:
        return Item("altered", name, error.message, f"cauce city check {city}")
    if standing is None:
        why = f"{name} is not served; nothing keeps it from being published by the next run"
        return Item("withdrawn", name, why, f"cauce run {_at(opened)}")
    lift = f"kind: review, subject: {name}, lifts: {standing.entry}"
    return Item("withdrawn", name, f"{name} is {standing.sentence}", f"nothing; to lift it, in decisions.yaml: {lift}")


def _why_held(name: str, held: list[Mapping[str, Any]], served: str) -> str:
    rules = sorted({str(reason["rule"]) for reason in held})
    more = f" (and {len(rules) - 1} more rules)" if len(rules) > 1 else ""
    return f"{name} is held, {served}: {held[0]['sentence']}{more}"


def source(opened: OpenCity, contract: Contract, now: datetime, items: list[Item]) -> dict[str, Any]:
    """The facts of one source; what it needs is added to ``items``."""
    from orchestration.ingest.manifest import last_look

    name = contract.name
    try:
        landings, look = _landings_back(opened, name), last_look(opened.home, name)
    except CauceError as error:
        items.append(Item("altered", name, error.message, f"cauce audit verify {_at(opened)}"))
        return {
            **{"source": name, "outcome": "altered", "last_look": None, "retrieved_at": None},
            **{"late": False, "quarantined": 0},
        }
    landing = landings[0] if landings else None
    good = landings[-1] if landings and landings[-1].outcome == "accepted" else None
    try:
        newest = _newest_event(opened, contract)
    except CauceError as error:
        items.append(Item("altered", name, error.message, f"cauce audit verify {_at(opened)}"))
        newest = None
    facts = SourceFacts(
        outcome=landing.outcome if landing else None,
        looked_at=_looked_at(landings, look),
        every=interval(contract.service_level("frequency")),
        reaches=covered_to(newest[0], dating_of(contract), newest[1]) if newest else None,
        latency=interval(contract.service_level("latency")),
        set_aside=good.quarantined if good else 0,
        has_drifted=good is not None and any(good.drift.values()),
        warnings=len(_warnings(good)) if good else 0,
    )
    items += [_source_item(opened, name, need, facts, landings, newest) for need in condition.source_needs(facts, now)]
    return {
        "source": name,
        "outcome": landing.outcome if landing else None,
        "last_look": look.at if look else None,
        "retrieved_at": landing.retrieved_at if landing else None,
        "late": condition.source_late_by(facts, now) is not None,
        "quarantined": facts.set_aside,
    }


def _looked_at(landings: list[Landing], look: Look | None) -> datetime | None:
    """When a source was last read with success, changed or not."""
    looks = [look.at] if look else []
    looks += [one.retrieved_at for one in landings if one.outcome != "refused"]
    return max(map(parse_time, looks), default=None)


def _feed(opened: OpenCity, contract: Contract) -> Feed:
    """What a late product made from this source is judged by."""
    from orchestration.ingest.manifest import last_look

    landings, newest = _landings_back(opened, contract.name), _newest_event(opened, contract)
    good = landings[-1] if landings and landings[-1].outcome == "accepted" else None
    facts = SourceFacts(
        outcome=landings[0].outcome if landings else None,
        looked_at=_looked_at(landings, last_look(opened.home, contract.name)),
        every=interval(contract.service_level("frequency")),
        reaches=covered_to(newest[0], dating_of(contract), newest[1]) if newest else None,
        latency=interval(contract.service_level("latency")),
    )
    came = parse_time(good.retrieved_at) if good else None
    return Feed(contract.name, facts.outcome == "refused", came, facts)


def _newest_event(opened: OpenCity, contract: Contract) -> tuple[datetime, datetime] | None:
    """The newest event time in a source and when it came; None where no latency is promised or it is not known."""
    from orchestration.ingest.manifest import landing_path, numbers, read

    def delivered() -> Iterator[Delivered]:
        for n in reversed(numbers(opened.home, contract.name)):
            one = read(landing_path(opened.home, contract.name, n))
            if one.outcome == "accepted" and one.shape_file is not None:
                at = parse_time(one.retrieved_at)
                yield Delivered(opened.home.root / one.shape_file.path, one.shape_file.sha256, at, one.whole)

    if contract.event_time is None:
        return None
    return newest_event(delivered(), contract.event_time, opened.city.named_from)


def _landings_back(opened: OpenCity, name: str) -> list[Landing]:
    """Landings of a source from the newest back to the last accepted one, which is the last of them if there is one."""
    from orchestration.ingest.manifest import landing_path, numbers, read

    found: list[Landing] = []
    for n in reversed(numbers(opened.home, name)):
        found.append(read(landing_path(opened.home, name, n)))
        if found[-1].outcome == "accepted":
            break
    return found


def _source_item(
    opened: OpenCity,
    name: str,
    need: Need,
    facts: SourceFacts,
    landings: list[Landing],
    newest: tuple[datetime, datetime] | None,
) -> Item:
    """One thing about a source, told."""
    run = f"cauce run {_at(opened)}"
    match need:
        case Need.REFUSED:
            refusal = landings[0].refusal or {}
            found = f": found {refusal['found']}" if refusal.get("found") else ""
            why = f"the last delivery of {name} was refused, {refusal.get('what', 'see its landing')}{found}"
            return Item(need, name, why, f"cauce source list {_at(opened)}")
        case Need.SET_ASIDE:
            why = f"{facts.set_aside:,} of {landings[-1].received:,} records of {name} are set aside"
            return Item(need, name, why, f"cauce quarantine export {name} {_at(opened)}")
        case Need.CHANGED_FORM:
            drift = "; ".join(
                f"{what} {', '.join(names)}" for what, names in sorted(landings[-1].drift.items()) if names
            )
            why = f"the columns of {name} are not those of its contract: {drift}"
            return Item(need, name, why, f"cauce contract show {name} {_at(opened)}")
        case Need.CHANGED_CONTENT:
            changed = summary(opened.city.sources[name], _warnings(landings[-1])).default
            why = f"{name} is not what it was in the delivery before: {changed}"
            return Item(need, name, why, f"cauce source profile {name} --landing {landings[-1].n} {_at(opened)}")
        case Need.LATE if (due := condition.source_due(facts)) is not None:
            if newest is None:
                return Item(need, name, f"{name} is late: a new delivery was due on {_day(opened, due)}", run)
            held = f"its newest data is of {_day(opened, newest[0])}, newer was due on {_day(opened, due)}"
            contract = opened.city.sources[name]
            whom = contract.steward or contract.owner or opened.city.publisher.email
            return Item(need, name, f"{name} is late: {held}", f"ask {whom}; it was read, and holds nothing newer")
        case _:
            return Item(need, name, f"{name} was never fetched", run)


def _warnings(landing: Landing) -> list[Finding]:
    """What changed in a delivery's values beyond chance."""
    return [finding_of(told) for told in landing.findings if told.get("weight") == "warning"]


def _day(opened: OpenCity, moment: datetime) -> str:
    """The day of a moment where the city is, as its pages tell it."""
    return moment.astimezone(ZoneInfo(opened.city.timezone)).date().isoformat()


def _at(opened: OpenCity) -> str:
    return f"--city {opened.city.id}"
