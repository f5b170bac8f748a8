"""The gate's rule on flows: what holds, and that no tier is told a name above it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.release import current
from orchestration.flows import CityFlow
from orchestration.publish.job import Attempt
from tests.unit.orchestration.publish.publish_world import World, copied, flow_of, quality_of

FLOWS, DIFFERENCING = "flows", "differencing"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("template"))
    made.deliver()
    return made


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    return copied(template, tmp_path / "town")


def finding(report: Any) -> dict[str, Any]:
    return next(dict(entry) for entry in report["gate"] if entry["id"] == FLOWS)


def by(world: World, sql: str) -> Attempt:
    """What comes of publishing a table that this SQL made; ``{columns}`` stands for the contract's columns."""
    columns = ", ".join(c.name for c in world.contract.columns)
    return world.publish(flow=flow_of(world.contract, sql.replace("{columns}", columns)))


def held_alone(world: World, held: Attempt) -> str:
    """The sentence of an attempt that this rule alone held, and of which nothing was served."""
    assert held.outcome == "held"
    assert [reason.rule for reason in held.reasons] == [FLOWS]
    assert current(world.home, "public", "cases") is None
    return str(held.reasons[0].sentence)


@pytest.mark.parametrize(
    ("sql", "way"),
    [
        ("select {columns} from raw__requests where officer <> 'Vega'", "officer [filter]"),
        (
            "select {columns} from raw__requests qualify row_number() over (partition by officer order by case_id) = 1",
            "officer",
        ),
        ("select {columns} from raw__requests order by officer limit 5", "officer [sort]"),
        (
            "select * exclude (category), officer as category from (select * from raw__requests)",
            "raw__requests.officer",
        ),
    ],
)
def test_a_restricted_column_holds_by_value_and_by_condition(world: World, sql: str, way: str) -> None:
    held = by(world, sql)
    said = held_alone(world, held)
    assert "is declared public; what it is made from is restricted" in said
    assert way in said
    public = finding(held.qualities["public"])
    assert public["result"] == "failed"
    assert public["detail"].endswith("columns show what this tier may not see")
    for tier in ("public", "internal"):
        assert "raw__requests" not in json.dumps(held.qualities[tier])
        assert "officer" not in json.dumps(finding(held.qualities[tier])), "it stands above the tier"
    assert "officer" not in json.dumps(held.qualities["public"])


def test_an_internal_value_in_a_public_column_holds_and_staff_are_not_told_of_their_own(world: World) -> None:
    columns = [c.name for c in world.contract.columns]
    sql = ", ".join("zz_note as category" if c == "category" else c for c in columns)
    held = by(world, f"select {sql} from raw__requests")
    assert "cases.category is declared public; what it is made from is internal" in held_alone(world, held)
    assert finding(held.qualities["public"])["detail"] == "1 of 5 columns show what this tier may not see"
    assert "could not be followed whole" in finding(held.qualities["internal"])["detail"]
    assert "zz_note" not in json.dumps(held.qualities["public"])


def test_a_construct_that_is_on_no_list_holds_with_its_line(world: World) -> None:
    held = by(world, "select {columns}\nfrom raw__requests\nusing sample 5")
    said = held_alone(world, held)
    assert "cases.sql (line 1 of the compiled SQL): sample is not known in" in said
    assert "Choose records by a condition" in said, "it says how to write it instead"
    entry = quality_of(held, FLOWS)
    assert (entry["result"], entry["examined"]) == ("failed", 8)


def test_more_findings_than_fit_are_counted(world: World) -> None:
    said = held_alone(world, by(world, "select {columns} from raw__requests where officer is not null"))
    assert "; and 3 more" in said, "eight columns, five of them told"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("create or replace macro step_no_text(text) as text", "altered in the warehouse: step_no_text"),
        ("drop macro step_no_text", "missing in the warehouse: step_no_text"),
        ("create macro step_of_mine(x) as x", "unknown in the warehouse: step_of_mine"),
        ("create macro upper(x) as x", "unknown in the warehouse: upper"),
    ],
)
def test_a_step_that_is_not_the_registered_one_holds(world: World, change: str, word: str) -> None:
    with duckdb.connect(str(world.home.warehouse)) as connection:
        connection.execute(change)
    held = world.publish()
    assert word in held_alone(world, held)
    assert "step_" not in json.dumps(finding(held.qualities["public"]))


def test_a_clean_flow_passes_and_says_how_many_columns_it_followed(world: World) -> None:
    done = world.publish()
    assert done.outcome == "published"
    assert [(finding(r)["result"], finding(r)["examined"]) for r in (done.quality, done.qualities["public"])] == [
        ("passed", 8),
        ("passed", 5),
    ]


def test_without_a_flow_nothing_is_published(world: World) -> None:
    held = world.publish(flow=None)
    assert [reason.rule for reason in held.reasons] == [FLOWS, DIFFERENCING]
    assert current(world.home, "public", "cases") is None
    assert finding(held.quality)["result"] == finding(held.qualities["public"])["result"] == "not run"


def test_a_table_that_no_model_made_is_held(world: World) -> None:
    said = held_alone(world, world.publish(flow=_of_another_table(world)))
    assert "no model made the table" in said


def _of_another_table(world: World) -> CityFlow:
    flow = flow_of(world.contract)
    graph = replace(flow.graph, relations={})
    return replace(flow, classes=replace(flow.classes, graph=graph))
