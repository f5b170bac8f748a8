"""What a tier may know of inputs and tables above it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.city_load import load_entities
from contracts.flow.analysis import analyse
from contracts.flow.classes import classify
from contracts.flow.model import LeafColumn, ModelText
from contracts.steps import flow_functions
from orchestration.flows import CityFlow, declared_of, leaf_of
from orchestration.publish.lineage_view import inputs_for, lineage_for
from tests.unit.orchestration.publish.publish_world import LINEAGE, SOURCE, World, changed


def shown(document: dict[str, Any]) -> None:
    document["customProperties"] = [w for w in document["customProperties"] if w["property"] != "inventory"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.deliver()
    return made


def test_the_whole_graph_is_what_leads_to_the_product(world: World) -> None:
    whole = lineage_for(world.job(), None)
    assert [n["id"] for n in whole["nodes"]] == [
        "model.cases",
        "model.int_requests__received",
        "model.stg_town__requests",
        "release.cases",
        "source.requests",
    ]
    assert len(whole["edges"]) == 4


def test_what_the_inventory_hides_vanishes_and_its_neighbours_are_joined(world: World) -> None:
    internal = lineage_for(world.job(), "internal")
    assert [n["id"] for n in internal["nodes"]] == ["model.cases", "model.int_requests__received", "release.cases"]
    assert internal["edges"] == [
        ["model.cases", "release.cases"],
        ["model.int_requests__received", "model.cases"],
    ]
    assert "requests" not in json.dumps(lineage_for(world.job(), "public")).replace("cases", "")


def test_what_has_a_card_shows_its_title_alone(world: World) -> None:
    world.source = changed(SOURCE, shown)
    public = lineage_for(world.job(), "public")
    assert public["nodes"] == [
        {"id": "hidden-1", "kind": "mart", "title": "Cases"},
        {"id": "hidden-2", "kind": "source", "title": "Padrón Sellado"},
        {
            "id": "release.cases",
            "kind": "release",
            "name": "cases",
            "tier": "public",
            "title": "Cases",
            "columns": ["case_id", "category", "opened_date", "days_open", "score"],
        },
    ]
    assert public["edges"] == [["hidden-1", "release.cases"], ["hidden-2", "hidden-1"]]


@pytest.mark.parametrize(
    ("tier", "named"),
    [
        (None, {"opened_at", "officer_badge", "zz_note", "officer"}),
        ("internal", {"opened_at", "officer_badge", "zz_note"}),
        ("public", set()),
    ],
)
def test_a_node_names_the_columns_that_the_tier_may_see(world: World, tier: str | None, named: set[str]) -> None:
    nodes = {n["id"]: n for n in lineage_for(world.job(), tier)["nodes"]}
    columns = {c for n in nodes.values() for c in n.get("columns", ())}
    assert columns & {"opened_at", "officer_badge", "zz_note", "officer"} == named
    assert "days_open" in nodes["release.cases"]["columns"]
    staging = nodes.get("model.stg_town__requests", {})
    assert staging.get("columns") == ([] if tier is None else None), "no model made it in this flow"


STAGED = {
    "stg_town__requests": "select *, officer is not null as zz_has_officer from raw__requests",
    "cases": "select * exclude (officer, zz_has_officer) from stg_town__requests where category is not null",
}


def staged(world: World) -> CityFlow:
    """The flow of the world's product through its staging model, which no contract declares."""
    leaf = replace(leaf_of(world.contract), name="raw__requests")
    leaf = replace(leaf, columns={**leaf.columns, "officer": LeafColumn("restricted", "VARCHAR")})
    functions = flow_functions()
    graph = analyse([ModelText(n, sql) for n, sql in STAGED.items()], {leaf.name: leaf}, functions)
    classes = classify(graph, {leaf.name: leaf}, functions, {"cases": declared_of(world.contract)})
    nodes = {leaf.name: "source.requests", "stg_town__requests": "model.stg_town__requests", "cases": "model.cases"}
    return CityFlow(classes, nodes, {name: f"{f.step} {f.version}" for name, f in functions.items()})


def open_graph() -> dict[str, Any]:
    """A graph all of whose tables everybody may know, so that columns alone are cut."""
    return {**LINEAGE, "nodes": [{**n, "tier": "public"} for n in LINEAGE["nodes"]]}


@pytest.mark.parametrize(
    ("tier", "hidden"),
    [(None, set()), ("internal", {"officer"}), ("public", {"officer", "opened_at", "officer_badge", "zz_note"})],
)
def test_a_staging_node_names_columns_by_the_classes_worked_out(
    world: World, tier: str | None, hidden: set[str]
) -> None:
    found = lineage_for(world.job(lineage=open_graph(), flow=staged(world)), tier)
    nodes = {n["id"]: n for n in found["nodes"]}
    columns = set(nodes["model.stg_town__requests"]["columns"])
    assert {"officer", "opened_at", "officer_badge", "zz_note"} - columns == hidden
    assert ("zz_has_officer" in columns) == (tier is None), "no contract says it; what it is made from does"
    assert "case_id" in columns
    told = json.dumps([found["column_edges"], found["record_edges"]])
    assert [name for name in sorted(hidden) if f'"{name}"' in told] == []
    assert {"from": ["model.stg_town__requests", "category"], "to": ["model.cases"], "by": "condition",
            "how": "FILTER"} in found["record_edges"]  # fmt: skip


def test_what_has_only_a_card_has_no_edge_to_its_columns_and_its_id_stays_untold(world: World) -> None:
    world.source = changed(SOURCE, shown)
    for tier in ("public", "internal"):
        found = lineage_for(world.job(flow=staged(world)), tier)
        ids = {n["id"] for n in found["nodes"]}
        ends = [end[0] for e in [*found["column_edges"], *found["record_edges"]] for end in (e["from"], e["to"])]
        assert set(ends) <= ids
        assert "source.requests" not in json.dumps(found)
    public = lineage_for(world.job(flow=staged(world)), "public")
    assert "model.cases" not in json.dumps(public), "the table is internal: its card alone is told"


def test_without_a_flow_nothing_is_said_of_what_columns_are_made_from(world: World) -> None:
    assert not {"column_edges", "record_edges"} & set(lineage_for(world.job(flow=None), "public"))


def test_what_is_received_has_its_entity_s_columns(world: World) -> None:
    node = {"id": "model.r", "kind": "intermediate", "name": "int_service_requests__received", "tier": "public"}
    graph = {"nodes": [*LINEAGE["nodes"], node], "edges": [*LINEAGE["edges"], ["model.r", "model.cases"]]}
    found = {}
    for tier in ("public", "internal", None):
        nodes = {n["id"]: n for n in lineage_for(world.job(lineage=graph), tier)["nodes"]}
        found[tier] = set(nodes["model.r"]["columns"])
    declared = {p.name: p.classification for p in load_entities()["service_requests"].columns}
    assert found["public"] == {name for name, tier in declared.items() if tier == "public"}
    assert found["public"] < found["internal"] < found[None] == set(declared)


def test_a_node_without_a_tier_counts_as_the_most_restrictive(world: World) -> None:
    nodes = [{k: v for k, v in n.items() if k != "tier"} for n in LINEAGE["nodes"]]
    internal = lineage_for(world.job(lineage={**LINEAGE, "nodes": nodes}), "confidential")
    assert {n.get("name") for n in internal["nodes"]} == {None, "cases"}


def test_a_graph_that_says_nothing_leaves_the_release_alone(world: World) -> None:
    assert [n["id"] for n in lineage_for(world.job(lineage={}), "public")["nodes"]] == ["release.cases"]


def test_an_unknown_source_is_nobody_s(world: World) -> None:
    from contracts.release import InputRef

    assert inputs_for(world.city, (InputRef("stranger", "0" * 64),), "restricted") == ()
    assert inputs_for(world.city, world.inputs, "restricted") == world.inputs
    assert inputs_for(world.city, world.inputs, "internal") == ()
