"""What a data team must know now, gathered from what is on record; runs nothing, changes nothing.

Belongs here: the facts of ``cauce status`` about runs, schedule, lock and disk, put together with those of products
and sources (``needs``). Does not belong here: printing (``cli.status``), mending anything. Nothing heavy is imported:
it answers at once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.errors import CauceError
from contracts.service_levels import interval
from orchestration import history, needs
from orchestration.context import OpenCity, time_of_checking
from orchestration.lock import holder, left_behind
from orchestration.needs import Item
from orchestration.space import space

GRACE = 1.25
"""A schedule is overdue when no run ended for this many times the shortest interval that a source promises."""


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
    products = [needs.product(opened, contract, now, items) for contract in city.products.values()]
    sources = [needs.source(opened, contract, now, items) for contract in city.sources.values()]
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
        "not_available": {name: reason.default for name, reason in city.unavailable.items()},
    }
    to_do = sorted((item.as_dict() for item in items), key=lambda item: not item["needs_someone"])
    return {**facts, "exit_code": int(any(item["needs_someone"] for item in to_do)), "to_do": to_do}


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
    from orchestration.ingest.web.unfinished import begun
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
    for fetch in begun(opened.home):
        why = f"{fetch.sentence}, is not whole: the next run goes on behind it within a day"
        items.append(Item("left behind", fetch.source, why, f"cauce run {_at(opened)}"))
        found.append(fetch.sentence)
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
