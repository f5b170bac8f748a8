"""``cauce status`` and the data team's page find the same things to do, of a city in every state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.to_do import to_do
from catalog.store import Store, naive_utc
from contracts.condition import Need
from contracts.evidence import EntryKind
from contracts.kept import create_if_absent, sha256_bytes
from contracts.release import InputRef
from contracts.shapes import ColumnShape, Shape
from orchestration import plan
from orchestration.context import OpenCity, open_city, time_of_checking
from orchestration.ingest.manifest import Landing, LandingFile, Look, keep, keep_look
from orchestration.overview import overview
from orchestration.publish.withdraw import Order, withdraw
from orchestration.settings import Settings
from tests.unit.catalog.site_world import World, no_rows

SOON = datetime(2026, 10, 3, tzinfo=UTC)
"""After the data of every release, before any newer is due."""
LATER = SOON + timedelta(days=7)
"""Newer data of service_requests is due, of the others not."""
AT = "2026-10-02T00:00:00+00:00"
REASON = {"rule": "r", "tier": "internal", "sentence": "District 7 fell silent.", "failed": 1}
Change = Callable[[World, OpenCity], OpenCity]


def land(opened: OpenCity, source: str, at: datetime = SOON, n: int = 1, **facts: Any) -> None:
    given: dict[str, Any] = {
        **{"n": n, "source": source, "outcome": "accepted", "address": "x", "retrieved_at": at.isoformat()},
        **{"received": 10, "accepted": 10, "quarantined": 0, "rejected": 0, "raw_sha256": str(n), "raw_bytes": 1},
        **{"accepted_file": None, "quarantine_file": None, "reader": "0"},
        "contract": {"id": source, "version": "1.0.0", "sha256": "0"},
    }
    keep(opened.home, Landing(**{**given, **facts}))


def hold(world: World, product: str) -> None:
    """A refused attempt, as a run leaves it in the ledger and in what it saw."""
    world.refuse(product, AT, [REASON], {})
    seen = plan.load_seen(world.home)
    plan.save_seen(
        world.home, replace(seen, products={**seen.products, product: plan.Attempted("f", "held", (REASON,))})
    )


def held(world: World, opened: OpenCity) -> OpenCity:
    hold(world, "service_requests")
    return opened


def late(world: World, opened: OpenCity) -> OpenCity:
    land(opened, "demo_districts", LATER, n=2)
    return opened


def held_and_late(world: World, opened: OpenCity) -> OpenCity:
    return late(world, held(world, opened))


def late_source(world: World, opened: OpenCity) -> OpenCity:
    land(opened, "demo_districts", SOON + timedelta(days=32), n=2)
    return opened


def late_source_looked_at(world: World, opened: OpenCity) -> OpenCity:
    look = Look((SOON + timedelta(days=30)).isoformat(), "1", 1, "x", "")
    keep_look(opened.home, "demo_service_requests", look)
    return late_source(world, opened)


def refused(world: World, opened: OpenCity) -> OpenCity:
    refusal = {"what": "a file is not CSV", "found": "an HTML page", "try": "ask the publisher"}
    land(opened, "demo_districts", n=2, outcome="refused", accepted=0, rejected=10, refusal=refusal)
    return opened


def set_aside_then_refused(world: World, opened: OpenCity) -> OpenCity:
    land(opened, "demo_districts", n=2, accepted=7, quarantined=3)
    land(opened, "demo_districts", n=3, outcome="refused", accepted=0, rejected=10, refusal={"what": "no"})
    return opened


def stale_source(world: World, opened: OpenCity) -> OpenCity:
    """Read a moment ago; its newest request is older than the register may be."""
    hold_events(opened, "demo_service_requests", "2026-08-20T15:00:00")
    land(opened, "demo_districts", SOON + timedelta(days=22), n=2)
    look = Look((SOON + timedelta(days=22)).isoformat(), "1", 1, "x", "")
    keep_look(opened.home, "demo_service_requests", look)
    return opened


def hold_events(opened: OpenCity, source: str, high: str) -> None:
    """A delivery with its kept shape, whose newest event is ``high``."""
    held = ColumnShape("fecha_apertura", "timestamp", 10, 0, looked=10, distinct=9, low="2026-01-01", high=high)
    shape = Shape(source, 2, "accepted", SOON.isoformat(), 10, 10, columns=(held,)).to_json()
    path = f"raw/{source}/shapes/2.json"
    create_if_absent(opened.home.root / path, shape)
    land(opened, source, n=2, shape_file=LandingFile(path, sha256_bytes(shape), len(shape)))


def changed_form(world: World, opened: OpenCity) -> OpenCity:
    land(opened, "demo_districts", n=2, drift={"added": ["colour"], "missing": []})
    return opened


def withdrawn(world: World, opened: OpenCity) -> OpenCity:
    order = Order(reason="Replaced.", by="steward@example.org", on=SOON.date(), public_note=None, instead=None)
    withdraw(opened.home, opened.ledger, "districts", order, SOON)
    return opened


def held_and_withdrawn(world: World, opened: OpenCity) -> OpenCity:
    hold(world, "districts")
    return withdrawn(world, opened)


def closed(world: World, opened: OpenCity) -> OpenCity:
    """The contract now keeps a column of the release from its readers."""
    product = opened.city.products["districts"]
    first, *rest = product.object.properties
    stricter = replace(product.object, properties=(replace(first, classification="restricted"), *rest))
    products = {**opened.city.products, "districts": replace(product, object=stricter)}
    return replace(opened, city=replace(opened.city, products=products))


def held_and_closed(world: World, opened: OpenCity) -> OpenCity:
    hold(world, "districts")
    return closed(world, opened)


def unreviewed(world: World, opened: OpenCity) -> OpenCity:
    return replace(opened, city=replace(opened.city, rulings=()))


def ending(world: World, opened: OpenCity) -> OpenCity:
    return until(opened, SOON.date() + timedelta(days=20))


def over(world: World, opened: OpenCity) -> OpenCity:
    return until(opened, SOON.date() - timedelta(days=40))


def until(opened: OpenCity, end: date) -> OpenCity:
    """Every review of the city with another end."""
    rulings = tuple(replace(r, until=end) for r in opened.city.rulings)
    return replace(opened, city=replace(opened.city, rulings=rulings))


REVIEWED = ("service_requests", "service_requests_monthly")


def same(world: World, opened: OpenCity) -> OpenCity:
    return opened


CASES: list[tuple[Change, set[tuple[str, str]]]] = [
    (same, set()),
    (held, {("held", "service_requests")}),
    (late, {("late", "service_requests")}),
    (held_and_late, {("held", "service_requests")}),
    (late_source, {("late", "demo_service_requests"), ("late", "service_requests")}),
    (late_source_looked_at, {("late", "service_requests")}),
    (stale_source, {("late", "demo_service_requests"), ("late", "service_requests")}),
    (refused, {("refused", "demo_districts")}),
    (set_aside_then_refused, {("refused", "demo_districts"), ("set aside", "demo_districts")}),
    (changed_form, {("changed form", "demo_districts")}),
    (withdrawn, set()),
    (held_and_withdrawn, set()),
    (closed, {("closed", "districts")}),
    (held_and_closed, {("held", "districts")}),
    (unreviewed, {("review due", name) for name in REVIEWED}),
    (ending, {("review due", name) for name in REVIEWED}),
    (over, {("review over", name) for name in REVIEWED}),
]


@pytest.fixture
def opened(tmp_path: Path, project_root: Path) -> OpenCity:
    return open_city("demo", Settings(home=tmp_path / "var", cities=(project_root / "cities",)))


def on_the_page(opened: OpenCity) -> list[tuple[str, str]]:
    """What the data team's page lists of products and sources, by the place it leads to."""
    now = naive_utc(time_of_checking(opened))
    catalog = Store(opened.city, opened.home, "internal").catalog(now)
    site = Site(replace(opened.city, measures={}), "internal", now, catalog, (), {}, {})
    found = to_do(site, Speech(opened.city, "en"))
    assert all(todo.need and todo.address and todo.sentence and todo.command for todo in found)
    names = sorted([*opened.city.products, *opened.city.sources])
    at = [next(name for name in names if name in str(todo.address).split("/")) for todo in found]
    return sorted((str(todo.need), name) for todo, name in zip(found, at, strict=True))


def in_status(opened: OpenCity) -> tuple[list[tuple[str, str]], int]:
    """What ``cauce status`` lists of them, but what it only tells as withdrawn; and whether any of it calls someone."""
    known = {*opened.city.products, *opened.city.sources}
    items = [i for i in overview(opened, time_of_checking(opened))["to_do"] if i["subject"] in known]
    told = sorted((str(i["kind"]), i["subject"]) for i in items if i["kind"] != Need.WITHDRAWN)
    return told, sum(i["needs_someone"] for i in items)


@pytest.mark.parametrize(("change", "expected"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_the_page_and_the_command_have_the_same_items(
    opened: OpenCity, change: Change, expected: set[tuple[str, str]]
) -> None:
    world = World(opened.city, opened.home)
    for name in opened.city.products:
        world.release(name, 1, no_rows(opened.city, name), AT)
    for name in opened.city.sources:
        land(opened, name)
    changed = change(world, opened)
    told, calling = in_status(changed)
    assert told == on_the_page(changed) == sorted(expected)
    assert calling == sum(Need(kind).calls for kind, _ in expected)


def advice(opened: OpenCity, name: str) -> tuple[str, str, str]:
    """What the page advises about a late product, and why and what ``cauce status`` says to do."""
    now = naive_utc(time_of_checking(opened))
    site = Site(opened.city, "internal", now, Store(opened.city, opened.home, "internal").catalog(now), (), {}, {})
    page = next(todo for todo in to_do(site, Speech(opened.city, "en")) if name in str(todo.address).split("/"))
    item = next(i for i in overview(opened, time_of_checking(opened))["to_do"] if i["subject"] == name)
    return page.advice, item["why"], item["do"]


def served_from(opened: OpenCity, source: str) -> None:
    """A release of service_requests that names ``source`` as its one input, in every tier."""
    world = World(opened.city, opened.home)
    sql = no_rows(opened.city, "service_requests")
    world.release("service_requests", 1, sql, AT, made_from=(InputRef(source),))


def test_where_a_source_was_read_and_holds_nothing_newer_its_owner_is_asked_and_no_run_is_advised(
    opened: OpenCity,
) -> None:
    served_from(opened, "demo_service_requests")
    for name in opened.city.sources:
        land(opened, name, datetime.fromisoformat(AT) - timedelta(days=1))
    hold_events(opened, "demo_service_requests", "2026-09-20T15:00:00")
    ran(opened, SOON + timedelta(hours=1))
    stale_look = Look((SOON + timedelta(days=22)).isoformat(), "1", 1, "x", "")
    keep_look(opened.home, "demo_service_requests", stale_look)
    land(opened, "demo_districts", SOON + timedelta(days=22), n=2)
    page, why, do = advice(opened, "service_requests")
    owner = opened.city.sources["demo_service_requests"].steward
    assert f"has sent nothing newer than 20 Sep 2026. Ask {owner};" in page
    assert why.endswith("demo_service_requests has sent nothing newer than 2026-09-20")
    assert do == f"ask {owner}: a run changes nothing until something newer comes"


def test_where_a_source_brought_something_since_a_run_is_advised(opened: OpenCity) -> None:
    served_from(opened, "demo_service_requests")
    land(opened, "demo_service_requests", LATER)
    page, _, do = advice(opened, "service_requests")
    assert page.startswith("Run: one of its sources has brought something since")
    assert do == f"cauce run --city {opened.city.id}"


def ran(opened: OpenCity, when: datetime) -> None:
    """A run that went through, as the ledger has it."""
    opened.ledger.append(EntryKind.RUN, {"run": "r9", "exit_code": 0, "published": [], "unchanged": []}, when)


def test_an_empty_city_has_the_same_items_in_both(opened: OpenCity) -> None:
    told, calling = in_status(opened)
    wanted = [("never fetched", name) for name in opened.city.sources]
    wanted += [("never published", name) for name in opened.city.products]
    assert told == on_the_page(opened) == sorted(wanted)
    assert calling == len(wanted)


def test_the_page_and_the_command_tell_the_same_due_days(opened: OpenCity) -> None:
    """Midnight in UTC is the evening before where the city is."""
    world = World(opened.city, opened.home)
    for name in opened.city.products:
        world.release(name, 1, no_rows(opened.city, name), AT)
    now, speech = time_of_checking(opened), Speech(opened.city, "en")
    told = {row["product"]: row["next_due"] for row in overview(opened, now)["products"]}
    store = Store(opened.city, opened.home, "internal")
    shown = {name: store.product(name, naive_utc(now)).next_due for name in told}
    assert told == {name: speech.local(due).isoformat() if due else None for name, due in shown.items()}
    assert any(due is not None and speech.local(due) != due.date() for due in shown.values())
