"""A contract that changes: told by its version, approved by somebody else, and told to those who may know."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.release import current
from orchestration.publish import contract_change
from orchestration.publish.withdraw import Order, withdraw
from tests.unit.orchestration.publish.publish_world import AS_OF, PRODUCT, World, changed, copied, quality_of, ruling


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("template"))
    made.deliver()
    made.publish()
    return made


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    return copied(template, tmp_path / "town")


def column(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(c for c in document["schema"][0]["properties"] if c["name"] == name)
    return found


def loosened(version: str) -> Any:
    def edit(document: dict[str, Any]) -> None:
        document["version"] = version
        column(document, "category")["required"] = False

    return edit


def widened(document: dict[str, Any]) -> None:
    document["version"] = "2.0.0"
    column(document, "opened_at")["classification"] = "public"


def test_a_breaking_change_without_a_major_version_holds(world: World) -> None:
    world.product = changed(PRODUCT, loosened("1.1.0"))
    world.rulings = (ruling("approval", "cases", change="1.1.0"),)
    result = world.publish()
    assert [r.rule for r in result.reasons] == ["contract_change"]
    assert "major step from version 1.0.0; found 1.1.0" in result.reasons[0].sentence


def test_a_breaking_change_without_an_approval_holds(world: World) -> None:
    world.product = changed(PRODUCT, loosened("2.0.0"))
    assert "Nobody approved version 2.0.0" in world.publish().reasons[0].sentence


def test_an_approved_breaking_change_goes_out_and_is_told(world: World) -> None:
    world.product = changed(PRODUCT, loosened("2.0.0"))
    world.rulings = (ruling("approval", "cases", change="2.0.0", until=None),)
    result = world.publish()
    assert result.outcome == "published"
    assert "auditor@example.gov" in quality_of(result, "contract_change")["detail"]
    release = current(world.home, "public", "cases")
    assert release is not None
    assert release.manifest.changes == (
        {"kind": "column_nullable", "sentence": "category may be empty now.", "breaking": True},
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"by": "steward@example.gov"}, "steward@example.gov wrote it and cannot approve it too"),
        ({"by": "STEWARD@example.gov "}, "cannot approve it too"),
        ({"by": "writer@example.gov"}, "cannot approve it too"),
        ({"by": ""}, "cannot approve it too"),
        ({"reason": " "}, "gives no reason"),
        ({"change": "1.0.0"}, "Nobody approved"),
        ({"change": None}, "Nobody approved"),
        ({"subject": "cases.category"}, "Nobody approved"),
        ({"kind": "waiver"}, "Nobody approved"),
    ],
)
def test_an_approval_that_does_not_count(world: World, change: dict[str, Any], said: str) -> None:
    world.product = changed(PRODUCT, loosened("2.0.0"))
    given = {"kind": "approval", "subject": "cases", "change": "2.0.0", **change}
    world.rulings = (ruling(given.pop("kind"), given.pop("subject"), **given),)
    result = world.publish(code={"engine_sha256": "e", "contract_author": "writer@example.gov"})
    assert result.outcome == "held"
    assert said in result.reasons[0].sentence


def test_where_no_author_is_known_no_approval_counts(world: World) -> None:
    def edit(document: dict[str, Any]) -> None:
        loosened("2.0.0")(document)
        document["team"]["members"] = document["team"]["members"][1:]

    world.product = changed(PRODUCT, edit)
    world.rulings = (ruling("approval", "cases", change="2.0.0", author=None),)
    assert "author is not known" in world.publish().reasons[0].sentence


@pytest.mark.fault(35)
@pytest.mark.parametrize(
    ("until", "outcome"), [(None, "held"), (AS_OF.date().replace(day=30), "held"), (AS_OF.date(), "published")]
)
def test_showing_more_to_more_people_needs_a_day_of_review(world: World, until: Any, outcome: str) -> None:
    world.product = changed(PRODUCT, widened)
    world.rulings = (ruling("approval", "cases", change="2.0.0", until=until),)
    assert world.publish().outcome == outcome


def test_an_additive_change_needs_a_minor_version_and_no_approval(world: World) -> None:
    def edit(document: dict[str, Any]) -> None:
        column(document, "score")["logicalTypeOptions"] = {"minimum": 0}

    world.product = changed(PRODUCT, edit)
    assert "takes a minor step" in world.publish().reasons[0].sentence
    world.product = changed(world.product, lambda document: document.update(version="1.1.0"))
    assert world.publish().outcome == "published"


def added(classification: str) -> Any:
    def edit(document: dict[str, Any]) -> None:
        document["version"] = "1.1.0"
        document["schema"][0]["properties"].append(
            {"name": "officer_name", "logicalType": "string", "classification": classification}
        )

    return edit


def deliver_names(world: World) -> None:
    with duckdb.connect(str(world.home.warehouse)) as connection:
        connection.execute("ALTER TABLE cases ADD COLUMN officer_name VARCHAR")
        connection.execute("UPDATE cases SET officer_name = officer_badge")


@pytest.mark.fault(35)
def test_a_new_column_for_a_lower_tier_served_already_needs_approval(world: World) -> None:
    deliver_names(world)
    world.product = changed(PRODUCT, added("public"))
    held = world.publish()
    assert [r.rule for r in held.reasons] == ["contract_change"]
    assert "There is a new column officer_name. Nobody approved version 1.1.0" in held.reasons[0].sentence
    world.rulings = (ruling("approval", "cases", change="1.1.0", until=None),)
    assert "no day of review" in world.publish().reasons[0].sentence
    world.rulings = (ruling("approval", "cases", change="1.1.0", author=None),)
    assert "does not name the author of what more people would see" in world.publish().reasons[0].sentence
    world.rulings = (ruling("approval", "cases", change="1.1.0", author="AUDITOR@example.gov"),)
    assert "auditor@example.gov wrote it and cannot approve it too" in world.publish(force=True).reasons[0].sentence
    world.rulings = (ruling("approval", "cases", change="1.1.0"),)
    assert world.publish().outcome == "published"


def test_a_new_column_for_the_product_s_own_tier_needs_none(world: World) -> None:
    deliver_names(world)
    world.product = changed(PRODUCT, added("internal"))
    assert world.publish().outcome == "published"


def renditions(*listed: str, version: str = "2.0.0") -> Any:
    def edit(document: dict[str, Any]) -> None:
        document["version"] = version
        next(w for w in document["customProperties"] if w["property"] == "renditions")["value"] = list(listed)
        if "internal" not in listed:
            document["schema"][0]["quality"].pop()
            column(document, "officer_badge")["required"] = False

    return edit


def test_a_product_that_moves_from_one_tier_to_another_has_an_earlier_contract(tmp_path: Path) -> None:
    """No tier of the new contract is served, and yet it is no first release."""
    world = World(tmp_path, product=changed(PRODUCT, renditions("internal", version="1.0.0")))
    world.deliver()
    assert world.publish().outcome == "published"

    def edit(document: dict[str, Any]) -> None:
        renditions("public")(document)
        column(document, "opened_at")["classification"] = "public"

    world.product = changed(PRODUCT, edit)
    held = world.publish()
    assert [r.rule for r in held.reasons if r.rule == "contract_change"] == ["contract_change"]
    assert quality_of(held, "row_count_change")["value"] == 0
    assert current(world.home, "public", "cases") is None


def test_a_product_withdrawn_is_measured_by_what_was_published_last(world: World) -> None:
    known = withdraw(world.home, world.ledger, "cases", Order("r", "b", AS_OF.date()), AS_OF)
    world.rulings = (ruling("review", "cases", lifts=known.entry),)
    world.product = changed(PRODUCT, widened)
    held = world.publish()
    assert held.version is None
    assert [r.rule for r in held.reasons] == ["contract_change"]
    assert quality_of(held, "row_count_change")["value"] == 0


def test_a_version_that_goes_back_holds(world: World) -> None:
    world.product = changed(PRODUCT, lambda document: document.update(version="0.9.0"))
    assert "went back from 1.0.0 to 0.9.0" in world.publish().reasons[0].sentence


def test_a_change_of_hidden_things_is_not_told_in_public(world: World) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["version"] = "2.0.0"
        column(document, "officer_badge")["required"] = False
        document["schema"][0]["quality"][1]["severity"] = "warning"
        document["description"]["limitations"] = "Some."

    world.product = changed(PRODUCT, edit)
    held = world.publish()
    assert "officer" not in json.dumps(held.qualities["public"])
    assert "officer_badge" in held.reasons[0].sentence
    world.rulings = (ruling("approval", "cases", change="2.0.0"),)
    world.publish()
    public, internal = (current(world.home, tier, "cases") for tier in ("public", "internal"))
    assert public is not None
    assert internal is not None
    assert [c["sentence"] for c in public.manifest.changes] == ["The limitations changed."]
    assert len(internal.manifest.changes) == 3


def test_the_contract_of_a_release_is_kept_whole(world: World) -> None:
    release = current(world.home, "public", "cases")
    assert release is not None
    change = contract_change.since(world.job(), release.manifest)
    assert change is not None
    assert change.changes == ()
    assert replace(change.old, path=change.new.path) == change.new
