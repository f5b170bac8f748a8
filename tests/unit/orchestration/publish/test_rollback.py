"""Going back: every tier at once, files checked first, kept until there is new input."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import ArtefactError, InputError
from contracts.evidence import EntryKind
from contracts.release import commits, current
from orchestration.publish.audit import verify
from orchestration.publish.rollback import RolledBack, rollback
from tests.unit.orchestration.publish.publish_world import (
    AS_OF,
    PRODUCT,
    World,
    changed,
    copied,
    public_bytes,
    rows,
    ruling,
)

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
    return rollback(world.home, world.ledger, "cases", version, city=world.city, reason=reason, by=by, at=LATER)


def reclassed(name: str, classification: str) -> Any:
    def edit(document: dict[str, Any]) -> None:
        document["version"] = "2.0.0"
        found = next(c for c in document["schema"][0]["properties"] if c["name"] == name)
        found["classification"] = classification

    return edit


def served(world: World) -> dict[str, int]:
    found = {tier: current(world.home, tier, "cases") for tier in ("internal", "public")}
    return {tier: release.manifest.version for tier, release in found.items() if release}


def test_it_serves_the_old_version_in_every_tier(world: World) -> None:
    done = go_back(world)
    assert (done.version, done.before, done.tiers) == (1, 2, ("internal", "public"))
    assert served(world) == {"internal": 1, "public": 1}
    last = commits(world.home, "internal", "cases")[-1]
    assert (last.n, last.action, last.reason) == (3, "rollback", "wrong districts")
    entry = list(world.ledger.entries(EntryKind.ROLLBACK))[-1]
    assert (entry.body["from_version"], entry.body["by"]) == (2, "owner@example.gov")
    assert entry.body["reason"] == "wrong districts"
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


def test_the_reason_stands_in_no_lower_tier_s_bytes(world: World) -> None:
    go_back(world, reason="Ana Ruiz was named in zz_note")
    last = commits(world.home, "public", "cases")[-1]
    assert (last.action, last.version, last.reason) == ("rollback", 1, "")
    assert b"Ana Ruiz" not in public_bytes(world.home)


def test_a_column_whose_class_was_raised_is_never_served_again(world: World) -> None:
    world.product = changed(PRODUCT, reclassed("score", "internal"))
    with pytest.raises(InputError, match="above the tier today") as caught:
        go_back(world)
    assert caught.value.where == "cases version 1, tier public"
    assert caught.value.found == "score"
    assert served(world) == {"internal": 2, "public": 2}
    assert not list(world.ledger.entries(EntryKind.ROLLBACK))


def test_a_column_that_the_contract_names_no_more_counts_as_the_most_restrictive(world: World) -> None:
    def edit(document: dict[str, Any]) -> None:
        properties = document["schema"][0]["properties"]
        document["schema"][0]["properties"] = [c for c in properties if c["name"] != "score"]

    world.product = changed(PRODUCT, edit)
    with pytest.raises(InputError, match="above the tier today"):
        go_back(world)


def test_a_product_that_the_city_has_no_more_is_not_gone_back_with(world: World) -> None:
    with pytest.raises(InputError, match="nothing says today who may see"):
        rollback(
            world.home, world.ledger, "cases", 1, city=replace(world.city, products={}), reason="r", by="b", at=LATER
        )
    assert served(world) == {"internal": 2, "public": 2}


def test_raising_a_class_after_it_is_judged_and_published(world: World) -> None:
    go_back(world)
    world.product = changed(PRODUCT, reclassed("score", "internal"))
    assert [r.rule for r in world.publish().reasons] == ["contract_change"]
    world.rulings = (ruling("approval", "cases", change="2.0.0"),)
    assert world.publish().version == 3
    release = current(world.home, "public", "cases")
    assert release is not None
    assert "score" not in {c.name for c in release.manifest.columns}


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
        rollback(world.home, world.ledger, "others", 1, city=world.city, reason="r", by="b", at=LATER)


@pytest.mark.parametrize("name", ["data.parquet", "data.csv", "quality.json", "manifest.json"])
def test_a_version_with_an_altered_file_is_refused(world: World, name: str) -> None:
    path = world.home.releases / "public/cases/1" / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ArtefactError, match=name.replace(".", r"\.")):
        go_back(world)
    assert served(world) == {"internal": 2, "public": 2}
