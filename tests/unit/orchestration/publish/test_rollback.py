"""Going back: every tier at once, files checked first, kept until there is new input."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.errors import ArtefactError, InputError
from contracts.evidence import EntryKind
from contracts.release import commits, current
from orchestration.publish.audit import verify
from orchestration.publish.rollback import RolledBack, rollback
from tests.unit.orchestration.publish.publish_world import AS_OF, World, copied, rows

LATER = AS_OF + timedelta(days=1)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("template"))
    made.deliver()
    made.publish()
    made.deliver(rows(45))
    made.publish()
    return made


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    return copied(template, tmp_path / "town")


def go_back(world: World, version: int = 1, **changes: str) -> RolledBack:
    reason, by = changes.get("reason", "wrong districts"), changes.get("by", "owner@example.gov")
    return rollback(world.home, world.ledger, "cases", version, reason=reason, by=by, at=LATER)


def served(world: World) -> dict[str, int]:
    found = {tier: current(world.home, tier, "cases") for tier in ("internal", "public")}
    return {tier: release.manifest.version for tier, release in found.items() if release}


def test_it_serves_the_old_version_in_every_tier(world: World) -> None:
    done = go_back(world)
    assert (done.version, done.before, done.tiers) == (1, 2, ("internal", "public"))
    assert served(world) == {"internal": 1, "public": 1}
    last = commits(world.home, "public", "cases")[-1]
    assert (last.n, last.action, last.reason) == (3, "rollback", "wrong districts")
    entry = list(world.ledger.entries(EntryKind.ROLLBACK))[-1]
    assert (entry.body["from_version"], entry.body["by"]) == (2, "owner@example.gov")
    assert verify(world.home) == []


def test_it_stays_until_there_is_new_input(world: World) -> None:
    go_back(world)
    kept_back = world.publish()
    assert (kept_back.outcome, kept_back.version) == ("unchanged", 1)
    assert "wrong districts" in kept_back.note
    assert kept_back.quality["version"] == 1
    world.deliver(rows(46))
    assert world.publish().version == 3
    assert served(world) == {"internal": 3, "public": 3}


def test_force_ends_it(world: World) -> None:
    go_back(world)
    assert world.publish(force=True).version == 3


def test_a_later_version_never_takes_the_number_of_one_gone_back_from(world: World) -> None:
    go_back(world)
    world.deliver(rows(46))
    world.publish()
    go_back(world, 2)
    assert served(world) == {"internal": 2, "public": 2}
    world.deliver(rows(47))
    assert world.publish().version == 4


@pytest.mark.parametrize("version", [2, 9])
def test_a_version_served_already_or_never_published_is_refused(world: World, version: int) -> None:
    with pytest.raises(InputError, match="version"):
        go_back(world, version)
    assert served(world) == {"internal": 2, "public": 2}


@pytest.mark.parametrize("missing", ["reason", "by"])
def test_it_needs_a_reason_and_a_name(world: World, missing: str) -> None:
    with pytest.raises(InputError, match="reason and a name"):
        go_back(world, 1, **{missing: " "})


def test_an_unknown_product_is_refused(world: World) -> None:
    with pytest.raises(InputError, match="nothing of this product"):
        rollback(world.home, world.ledger, "others", 1, reason="r", by="b", at=LATER)


@pytest.mark.parametrize("name", ["data.parquet", "data.csv", "quality.json", "manifest.json"])
def test_a_version_with_an_altered_file_is_refused(world: World, name: str) -> None:
    path = world.home.releases / "public/cases/1" / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ArtefactError, match=name.replace(".", r"\.")):
        go_back(world)
    assert served(world) == {"internal": 2, "public": 2}
