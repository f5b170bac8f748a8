"""Why a column may be seen, and what it is made of: as data, over a small city's own SQL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import InputError
from orchestration import shaping
from orchestration.explaining import explained, made
from tests.unit.orchestration.publish.publish_world import World
from tests.unit.orchestration.test_flows import COLUMNS, FILLED, compiled, manifest

STAGED = "select case_id, officer from raw__requests"
COUNTED = FILLED.replace("null as days_open", "length(upper(case_id)) as days_open") + " from stg_town__requests"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(shaping, "parse", lambda *_: manifest())
    made_so = World(tmp_path)
    made_so.deliver()
    compiled(made_so, stg_town__requests=STAGED, cases=COUNTED)
    return made_so


def steps(world: World, name: str) -> dict[str, dict[str, Any]]:
    return {step["name"] + "/" + step["kind"]: step for step in made(world.city, world.home, name)["steps"]}


def test_every_column_has_its_classes_and_its_ways_to_a_source(world: World) -> None:
    found = explained(world.city, world.home, "cases")
    assert json.loads(json.dumps(found)) == found
    assert (found["product"], found["followed"], found["findings"]) == ("cases", 8, [])
    assert [column["column"] for column in found["columns"]] == COLUMNS.split(", ")
    key = found["columns"][0]
    assert (key["declared"], key["computed"]) == ("public", "public")
    assert key["ways"][0] == {
        "text": "public: cases.case_id <- stg_town__requests.case_id <- raw__requests.case_id (public)",
        "from": "raw__requests.case_id",
        "begins_with": "public",
        "arrives_with": "public",
        "steps": [],
    }


def test_one_column_alone_and_the_worst_way_first(world: World) -> None:
    compiled(world, cases=f"{COUNTED} where officer is not null")
    found = explained(world.city, world.home, "cases.case_id")
    assert [column["column"] for column in found["columns"]] == ["case_id"]
    (column,) = found["columns"]
    assert column["computed"] == "restricted"
    assert column["ways"][0]["from"] == "raw__requests.officer"
    assert [way["arrives_with"] for way in column["ways"]] == ["restricted", "public", "public"]
    assert len(found["findings"]) == 1 and "cases.case_id is declared public" in found["findings"][0]
    assert len(explained(world.city, world.home, "cases")["findings"]) == 8


def test_what_holds_a_model_below_is_told_of_every_column(world: World) -> None:
    compiled(world, stg_town__requests=f"{STAGED} using sample 3")
    found = explained(world.city, world.home, "cases.category")
    assert any("sample" in finding for finding in found["findings"])


@pytest.mark.parametrize("ask", [explained, made])
@pytest.mark.parametrize(
    ("name", "what", "expected"),
    [
        ("nothing", "no such product", "cases"),
        ("nothing.case_id", "no such product", "cases"),
        ("cases.nothing", "no such column", "case_id, category"),
        ("cases.", "no such column", "case_id, category"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(world: World, ask: Any, name: str, what: str, expected: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        ask(world.city, world.home, name)
    assert expected in (caught.value.expected or "")


@pytest.mark.parametrize(("ask", "name"), [(explained, "cases"), (made, "cases.case_id")])
def test_before_the_first_run_it_says_how_to_run(world: World, ask: Any, name: str) -> None:
    world.home.warehouse.unlink()
    with pytest.raises(InputError, match="no run has made the product's table yet") as caught:
        ask(world.city, world.home, name)
    assert caught.value.hint == "cauce run --city town"


def test_the_steps_of_a_product_stand_in_the_order_of_making_without_a_run(world: World) -> None:
    world.home.warehouse.unlink()
    found = made(world.city, world.home, "cases")
    assert [(s["kind"], s["name"], s["tier"], s["made_from"]) for s in found["steps"]] == [
        ("source", "requests", "restricted", []),
        ("staging", "stg_town__requests", "restricted", ["requests"]),
        ("mart", "cases", "restricted", ["stg_town__requests"]),
        ("release", "cases", "public", ["cases"]),
    ]
    assert found["steps"][-1]["title"] == "Cases"
    assert found["column"] is None


def test_a_column_is_followed_by_its_values_and_what_decides_stands_beside(world: World) -> None:
    compiled(world, cases=f"{COUNTED} where officer is not null")
    found = steps(world, "cases.days_open")
    part = {"how": "IDENTITY", "steps": []}
    assert found["cases/release"]["columns"] == [
        {"column": "days_open", "made_of": [{"from": "cases.days_open", **part}], "decided_by": []}
    ]
    (column,) = found["cases/mart"]["columns"]
    assert column["made_of"] == [{"from": "stg_town__requests.case_id", "how": "TRANSFORMATION", "steps": []}]
    assert found["cases/mart"]["records_decided_by"] == [
        {"from": "stg_town__requests.officer", "how": "FILTER", "steps": []}
    ]
    assert [c["column"] for c in found["stg_town__requests/staging"]["columns"]] == ["case_id"]
    assert found["requests/source"]["columns"] == [{"column": "case_id", "made_of": [], "decided_by": []}]


def test_a_step_on_the_way_is_named_and_a_count_is_of_records(world: World) -> None:
    counted = FILLED.replace("case_id,", "max(case_id) as case_id,").replace(
        "null as days_open", "step_count_with_min_cell(count(*), false, 10) as days_open"
    )
    compiled(world, cases=f"{counted} from stg_town__requests")
    (column,) = steps(world, "cases.days_open")["cases/mart"]["columns"]
    told = [*column["made_of"], *column["decided_by"]]
    assert [(part["from"], part["steps"]) for part in told] == [
        ("stg_town__requests.(presence)", ["count_with_min_cell 1.0.0"])
    ]


def test_a_column_that_the_lowest_circle_may_not_see_is_released_above_it(world: World) -> None:
    assert steps(world, "cases.case_id")["cases/release"]["tier"] == "public"
    assert steps(world, "cases.zz_note")["cases/release"]["tier"] == "internal"
