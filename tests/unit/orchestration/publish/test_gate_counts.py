"""Rules of the gate count what they look at, and one that found nothing to look at was not asked: it did not hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.results import Result
from orchestration.publish.gate_facts import NOTHING_TO_ASK, counted
from orchestration.publish.gate_rules import RULES
from orchestration.publish.job import Attempt
from orchestration.publish.lineage_view import products_above
from tests.unit.orchestration.publish.publish_world import World, quality_of, rows


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Attempt, Attempt]:
    world = World(tmp_path_factory.mktemp("counts"))
    world.deliver(rows())
    first = world.publish()
    world.deliver(rows()[:-1])
    return world, first, world.publish()


def entries(result: Attempt) -> list[dict[str, Any]]:
    return [*result.quality["gate"], *(entry for report in result.qualities.values() for entry in report["gate"])]


def test_no_rule_of_the_gate_holds_that_looked_at_nothing(made: tuple[World, Attempt, Attempt]) -> None:
    for result in made[1:]:
        assert result.outcome == "published"
        assert [e["id"] for e in entries(result) if e["result"] == "passed" and not e["examined"]] == []


def test_every_report_says_what_a_rule_of_the_gate_counted(made: tuple[World, Attempt, Attempt]) -> None:
    counts = {rule.id: rule.counts for rule in RULES}
    for result in made[1:]:
        assert all(entry["counts"] == counts[entry["id"]] for entry in entries(result))


def test_an_unchanged_contract_and_a_product_made_of_none_are_not_asked(made: tuple[World, Attempt, Attempt]) -> None:
    second = made[2]
    for name in ("contract_change", "held_upstream"):
        found = quality_of(second, name)
        assert (found["result"], found["examined"]) == ("not applicable", 0)
        assert found["detail"]
    assert second.quality["summary"]["gate"]["passed"] == sum(e["result"] == "passed" for e in second.quality["gate"])


def test_what_is_counted_holds_fails_or_was_not_asked() -> None:
    assert (counted(0, 3, "x").result, counted(0, 3, "x").detail) == (Result.PASSED, "")
    assert (counted(2, 3, "x").result, counted(2, 3, "x").detail) == (Result.FAILED, "x")
    assert (counted(1, 0, "x").result, counted(1, 0, "x").failed) == (Result.FAILED, 1)
    assert (counted(0, 0, "x").result, counted(0, 0, "x").detail) == (Result.NOT_APPLICABLE, NOTHING_TO_ASK)


def test_the_products_it_is_made_from_are_counted_as_far_as_a_tier_may_know(tmp_path: Path) -> None:
    job = World(tmp_path).job()
    own = job.relation.rsplit(".", 1)[-1]
    mart = next(n["id"] for n in job.lineage["nodes"] if n["kind"] == "mart" and n["name"] == own)
    above = [
        {"id": "model.open", "kind": "mart", "name": "open_one", "title": "Open", "tier": "public"},
        {"id": "model.closed", "kind": "mart", "name": "closed_one", "title": "Closed", "tier": "restricted"},
        {"id": "model.beside", "kind": "mart", "name": "beside", "title": "Beside", "tier": "public"},
    ]
    lineage = {
        "nodes": [*job.lineage["nodes"], *above],
        "edges": [*job.lineage["edges"], ["model.open", mart], ["model.closed", "model.open"]],
    }
    assert [products_above(job, tier) for tier in (None, "public")] == [0, 0]
    built = replace(job, lineage=lineage)
    assert [products_above(built, tier) for tier in (None, "internal", "public")] == [2, 1, 1]
