"""The pieces of work that are tried, and the city each begins with. Imports engines: only after the fork."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from contracts.city import City, Retention
from orchestration.publish import retention, withdraw
from tests.unit.orchestration.publish.publish_world import AS_OF, World, rows, waiting

CITY = "town"
LATER = AS_OF + timedelta(days=400)
"""When retention looks back: the oldest releases are over a year old then."""


def prepare(kind: str, root: Path, releases_at: str | None) -> None:
    """Make the city that ``kind`` begins with, below ``root``."""
    if kind == "land":
        from tests.faultlayer.landing_world import Delivery

        Delivery.of(root).land_first()
        return
    world = World(root, releases_at=releases_at)
    world.deliver()
    assert world.publish().version == 1
    if kind == "publish":
        world.deliver(rows(42))
    if kind == "retire":
        for count in (41, 42, 43):
            world.deliver(rows(count))
            assert world.publish().outcome == "published"


def city(root: Path, releases_at: str | None) -> World:
    """The city another process prepared, with its last delivery."""
    world = World(root, releases_at=releases_at)
    waiting(world)
    return world


def work(kind: str, root: Path, releases_at: str | None) -> str:
    """Do the piece of work once; returns in a word what came of it."""
    if kind == "land":
        from tests.faultlayer.landing_world import Delivery

        return Delivery.of(root).land_second()
    world = city(root, releases_at)
    if kind == "publish":
        return world.publish().outcome
    if kind == "withdraw":
        order = withdraw.Order("a column tells too much", "steward@example.gov", date(2026, 2, 1))
        withdraw.withdraw(world.home, world.ledger, "cases", order, datetime(2026, 2, 1, tzinfo=UTC))
        return "withdrawn"
    told = retention.retire(world.home, world.ledger, keeping(world), LATER)
    return "retired" if told else "unchanged"


def keeping(world: World) -> City:
    """The city with a retention of two versions."""
    return replace(world.city, retention=Retention(keep=2, days=30))
