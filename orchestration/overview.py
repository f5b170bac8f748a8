"""What a data team must know now, gathered from what is on record; runs nothing, changes nothing.

Belongs here: the facts of ``cauce status`` and what to do about each. Does not belong here: printing
(``cli.status``), mending anything. Nothing heavy is imported: it answers at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.errors import CauceError
from contracts.model import Contract
from contracts.release import commits, current
from contracts.service_levels import interval, next_due
from orchestration import history, plan
from orchestration.context import OpenCity, time_of_checking
from orchestration.lock import holder, left_behind
from orchestration.space import space

GRACE = 1.25
"""A schedule is overdue when no run ended for this many times the shortest interval that a source promises."""

NEEDS_SOMEONE = frozenset(
    ["altered", "held", "refused", "late", "never fetched", "failed", "cut short", "overdue", "never run", "no room"]
)
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


def overview(opened: OpenCity, clock: datetime) -> dict[str, Any]:
    """Facts for ``cauce status``.

    Args:
        opened: The city.
        clock: The time now, by which the schedule is judged; data is judged by the city's own time of checking.

    Shape:
        ``{city, name, checked_at, exit_code, locked_by, last_run, schedule, disk, newest_data, left_behind: [...],
        products: [...], sources: [...], not_available: {...}, to_do: [{kind, subject, why, do, needs_someone}]}``,
        as docs/how-to/daily-use.md has it.
    """
    city = opened.city
    now = time_of_checking(opened)
    items: list[Item] = []
    products = [_product(opened, contract, now, items) for contract in city.products.values()]
    sources = [_source(opened, name, items) for name in city.sources]
    run = _last_run(opened, items)
    facts = {
        "city": city.id,
        "name": city.name.default,
        "checked_at": now.isoformat(),
        "locked_by": _lock(opened, items),
        "last_run": run,
        "schedule": _schedule(opened, run, now if city.clock == "inputs" else clock, items),
        "disk": _disk(opened, items),
        "newest_data": max((row["data_to"] for row in products if row["data_to"]), default=None),
        "left_behind": _left(opened, run, items),
        "products": products,
        "sources": sources,
        "not_available": dict(city.unavailable),
    }
    to_do = sorted((item.as_dict() for item in items), key=lambda item: not item["needs_someone"])
    return {**facts, "exit_code": int(any(item["needs_someone"] for item in to_do)), "to_do": to_do}


# Products and sources -----------------------------------------------------------------------


def _product(opened: OpenCity, contract: Contract, now: datetime, items: list[Item]) -> dict[str, Any]:
    home, name, city = opened.home, contract.name, opened.city.id
    attempted = plan.load_seen(home).products.get(name)
    held = list(attempted.reasons) if attempted and attempted.outcome == "held" else []
    tier = contract.renditions[-1] if contract.renditions else None
    try:
        release = current(home, tier, name) if tier else None
        newest = commits(home, tier, name)[-1:] if tier else ()
    except CauceError as error:
        items.append(Item("altered", name, error.message, f"cauce audit verify --city {city}"))
        release, newest = None, ()
    withdrawn = bool(newest) and newest[0].version is None
    due = next_due(contract, release.manifest.data_to) if release else None
    late = due is not None and due < now
    served = f"release {release.commit.version} stays served" if release else "nothing of it is served"
    if held:
        items.append(Item("held", name, _why_held(name, held, served), f"cauce audit report {name} --city {city}"))
    if late and due is not None and not held:
        why = f"{name} is late: newer data was due on {due.date().isoformat()}"
        items.append(Item("late", name, why, f"cauce run --city {city}"))
    if withdrawn:
        items.append(_why_withdrawn(opened, name))
    return {
        "product": name,
        "served": release.commit.version if release else None,
        "data_to": release.manifest.data_to[:10] if release and release.manifest.data_to else None,
        "next_due": due.date().isoformat() if due else None,
        "late": late,
        "withdrawn": withdrawn,
        "held": held,
    }


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


def _source(opened: OpenCity, name: str, items: list[Item]) -> dict[str, Any]:
    from orchestration.ingest.manifest import last_look, latest

    try:
        landing, look = latest(opened.home, name), last_look(opened.home, name)
    except CauceError as error:
        items.append(Item("altered", name, error.message, f"cauce audit verify {_at(opened)}"))
        return {"source": name, "outcome": "altered", "last_look": None, "retrieved_at": None, "quarantined": 0}
    if landing is None:
        items.append(Item("never fetched", name, f"{name} was never fetched", f"cauce run {_at(opened)}"))
    elif landing.outcome == "refused":
        refusal = landing.refusal or {}
        found = f": found {refusal['found']}" if refusal.get("found") else ""
        why = f"the last delivery of {name} was refused, {refusal.get('what', 'see its landing')}{found}"
        items.append(Item("refused", name, why, f"cauce source list {_at(opened)}"))
    elif landing.quarantined:
        why = f"{landing.quarantined:,} of {landing.received:,} records of {name} are set aside"
        items.append(Item("set aside", name, why, f"cauce quarantine export {name} {_at(opened)}"))
    return {
        "source": name,
        "outcome": landing.outcome if landing else None,
        "last_look": look.at if look else None,
        "retrieved_at": landing.retrieved_at if landing else None,
        "quarantined": landing.quarantined if landing else 0,
    }


def _at(opened: OpenCity) -> str:
    return f"--city {opened.city.id}"


# The house ----------------------------------------------------------------------------------


def _lock(opened: OpenCity, items: list[Item]) -> dict[str, Any] | None:
    who = holder(opened.home)
    if who is None:
        return None
    items.append(Item("running", opened.city.id, who.sentence, who.advice))
    return who.as_dict()


def _last_run(opened: OpenCity, items: list[Item]) -> dict[str, Any] | None:
    try:
        run = history.last(opened.home, opened.ledger)
    except CauceError as error:
        items.append(Item("altered", "ledger", error.message, f"cauce audit verify {_at(opened)}"))
        return None
    if run is None:
        return None
    look = f"cauce history {run['run']} {_at(opened)}"
    if run["state"] == "cut short":
        why = "the last run was cut short (killed, or the machine went down); the next one finishes or removes its work"
        items.append(Item("cut short", run["run"], why, f"cauce run {_at(opened)}"))
    elif run["error"] == "stopped":
        why = "the last run was stopped by someone (Ctrl-C, or a signal to end)"
        items.append(Item("cut short", run["run"], why, f"cauce run {_at(opened)}"))
    elif (run["exit_code"] or 0) > 1 or run["failed"]:
        why = f"the last run failed (exit {run['exit_code']}, {run['error'] or 'see its steps'})"
        items.append(Item("failed", run["run"], why, look))
    return run


def _schedule(opened: OpenCity, run: dict[str, Any] | None, now: datetime, items: list[Item]) -> dict[str, Any]:
    """Whether a run is overdue, by the most frequent promise of a source."""
    found = [length for c in opened.city.sources.values() if (length := interval(c.service_level("frequency")))]
    every = min(found, default=None)
    ended = run and (run["ended_at"] or run["started_at"])
    due = datetime.fromisoformat(ended) + every if ended and every else None
    overdue = due is not None and every is not None and now > due + every * (GRACE - 1)
    if run is None:
        items.append(Item("never run", opened.city.id, "this city was never run", f"cauce run {_at(opened)}"))
    elif overdue and due is not None and every is not None:
        why = f"no run for {_length(now - due + every)}, and a source promises data every {_length(every)}"
        items.append(Item("overdue", opened.city.id, why, f"cauce run {_at(opened)}; see that its schedule is on"))
    return {
        "every": _length(every) if every else None,
        "due": due.isoformat() if due else None,
        "overdue": overdue,
    }


def _disk(opened: OpenCity, items: list[Item]) -> dict[str, Any]:
    found = space(opened.home)
    if found.is_short:
        do = f"free some on the disk of {opened.home.root} (df -h there)"
        items.append(Item("no room", opened.city.id, f"little room: {found.sentence}", do))
    return {"free_bytes": found.free, "needed_bytes": found.needed, "short": found.is_short}


def _left(opened: OpenCity, run: dict[str, Any] | None, items: list[Item]) -> list[str]:
    """What a process that was cut short left behind; the next command that writes finishes or removes it."""
    from orchestration.publish.commit import Plan, open_intents
    from orchestration.publish.recover import leftovers

    if holder(opened.home) is not None:
        return []
    left = leftovers(opened.home)
    found = [f"unfinished work {path.name}" for path in left]
    try:
        plans = [Plan.of(entry) for entry in open_intents(opened.ledger, opened.home)] if left else []
    except CauceError as error:
        items.append(Item("altered", "ledger", error.message, f"cauce audit verify {_at(opened)}"))
        plans = []
    found += [f"the {p.action} of {p.product}, begun and not finished" for p in plans]
    who = left_behind(opened.home)
    if who is not None and not (run and run["state"] == "cut short"):
        items.append(Item("cut short", who.what, f"cut short: {who.sentence}", f"cauce run {_at(opened)}"))
    if found and not any(item.kind == "cut short" for item in items):
        why = f"a process that was cut short left {'; '.join(found)}: the next run finishes or removes it"
        items.append(Item("left behind", opened.city.id, why, f"cauce run {_at(opened)}"))
    return found


def _length(span: timedelta) -> str:
    """``3 days``, ``5 hours``: a span in its largest whole unit."""
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if span >= size:
            number = int(span / size)
            return unit if number == 1 else f"{number} {unit}s"
    return "minute"


def broken(city_id: str, error: CauceError) -> dict[str, Any]:
    """The facts of a city that does not load, in the same shape as far as they go."""
    item = Item("broken", city_id, error.message, f"cauce city check {city_id}")
    return {"city": city_id, "exit_code": error.exit_code, "to_do": [{**item.as_dict(), "needs_someone": True}]}


def now() -> datetime:
    """The wall clock in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
