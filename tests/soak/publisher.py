"""A publisher that never rests: ``python -m tests.soak.publisher CITY SEED STOP``. Killed from outside."""

from __future__ import annotations

import random
import sys
import time
from datetime import timedelta
from pathlib import Path

from catalog.settings import CatalogSettings
from contracts.errors import InputError
from contracts.release import commits
from orchestration.ingest.manifest import numbers
from orchestration.lock import city_lock
from tests.soak import town
from tests.unit.orchestration.publish.publish_world import AS_OF, World

ROOT = Path(__file__).resolve().parents[2]
READY = "at work\n"
"""Said when the last life's traces are mended: from then on a kill meets work."""
ACTS = {"new": 12, "again": 1, "bad": 1, "back": 3, "away": 1, "retire": 1, "pages": 3}


def lifted(world: World) -> tuple[int, ...]:
    """Every withdrawal there ever was: here a decision ends each at once."""
    from orchestration.publish.withdraw import withdrawals

    return tuple(known.entry for known in withdrawals(world.home, world.ledger, town.PRODUCT))


def build_pages(world: World) -> town.Answer:
    """The static sites of the city."""
    from catalog.site.build import build

    build(world.city, world.home, checked_at=AS_OF + timedelta(hours=4), settings=CatalogSettings())
    return {}


def perform(root: Path, rng: random.Random) -> None:
    """One act, as a run would come to it."""
    world = town.open_world(root, lifted(town.open_world(root)))
    batch = len(numbers(world.home, "requests")) + 1
    what = rng.choices(list(ACTS), list(ACTS.values()))[0]
    acts: list[town.Act] = []
    match what:
        case "new":
            acts = [town.deliver(batch), town.publish]
        case "again":
            acts = [town.publish]
        case "bad":
            acts = [town.deliver(batch, bad=True), town.publish]
        case "back":
            known = {c.version for c in commits(world.home, "internal", town.PRODUCT) if c.version}
            acts = [town.roll_back(rng.choice(sorted(known)[-4:]))]
        case "away":
            acts = [town.take_away]
        case "retire":
            acts = [town.retire]
        case "pages":
            acts = [build_pages]
    try:
        for act in acts:
            act(world)
    except InputError as error:
        if what not in ("back", "away"):  # nothing served, or served already: a person would read this
            raise
        sys.stdout.write(f"{what}: {error.message}\n")


def main(root: Path, seed: int, stop: Path) -> None:
    """Mend what the last life left, then act until killed or told to stop."""
    rng = random.Random(seed)
    home = town.open_world(root).home
    with city_lock(home, "soak", AS_OF):
        town.mend(town.open_world(root))
        sys.stdout.write(READY)
        sys.stdout.flush()
        while not stop.exists():
            perform(root, rng)
        while True:
            time.sleep(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
