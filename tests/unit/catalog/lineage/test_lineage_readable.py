"""A kept lineage under the contracts in force now: what was closed since is not told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from catalog.lineage import read_graph, readable_lineage
from contracts.city import City
from contracts.model import Role
from tests.unit.catalog.site_world import city, column, contract, sources, text

KEPT: dict[str, Any] = {
    "format_version": 1,
    "nodes": [
        {"id": "hidden-1", "kind": "source", "title": "Register of requests"},
        {"id": "source.district_map", "kind": "source", "name": "district_map", "title": "Map of districts",
         "tier": "public", "columns": ["district_id", "SECRET_lost"]},
        {"id": "staging.stg", "kind": "staging", "name": "stg", "title": "one row per district", "tier": "public"},
        {"id": "int.received", "kind": "intermediate", "name": "int_districts__received", "title": "one row",
         "tier": "public", "columns": ["district_id", "SECRET_lost"]},
        {"id": "mart.districts", "kind": "mart", "name": "districts", "title": "Districts", "tier": "public",
         "columns": ["district_id", "population"]},
        {"id": "release.districts", "kind": "release", "name": "districts", "title": "Districts", "tier": "public",
         "columns": ["district_id", "population"]},
    ],
    "edges": [["hidden-1", "mart.districts"], ["int.received", "mart.districts"],
              ["mart.districts", "release.districts"], ["source.district_map", "staging.stg"],
              ["staging.stg", "int.received"]],
    "column_edges": [
        {"from": ["int.received", "district_id"], "to": ["mart.districts", "district_id"], "by": "value"},
        {"from": ["source.district_map", "SECRET_lost"], "to": ["mart.districts", "population"], "by": "condition"},
    ],
    "record_edges": [
        {"from": ["int.received", "district_id"], "to": ["mart.districts"], "by": "condition", "how": "JOIN"},
        {"from": ["source.district_map", "SECRET_lost"], "to": ["mart.districts"], "by": "condition", "how": "FILTER"},
    ],
}  # fmt: skip


def with_source(name: str, **more: Any) -> City:
    found = sources()
    found[name] = replace(found[name], **more)
    return city(sources=found)


def test_what_nothing_closed_stays() -> None:
    seen = readable_lineage(KEPT, city(), "public")
    assert [n["id"] for n in seen["nodes"]] == sorted(n["id"] for n in KEPT["nodes"])
    assert seen["edges"] == KEPT["edges"]
    assert len(read_graph(seen).nodes) == 6


def test_a_column_that_the_contract_lost_is_not_told() -> None:
    seen = readable_lineage(KEPT, city(), "public")
    assert "SECRET_lost" not in json.dumps(seen)
    columns = {n["id"]: n.get("columns") for n in seen["nodes"]}
    assert columns["source.district_map"] == ["district_id"]
    assert columns["int.received"] == ["district_id"], "as the entity in force declares it"
    assert seen["column_edges"] == KEPT["column_edges"][:1]
    assert seen["record_edges"] == KEPT["record_edges"][:1]
    assert [(e.start, e.end, e.how) for e in read_graph(seen).record_edges] == [
        (("int.received", "district_id"), "mart.districts", "JOIN")
    ]
    assert read_graph(seen).column_edges is not None


def test_a_source_closed_since_is_its_card_and_what_was_made_from_it_vanishes() -> None:
    seen = readable_lineage(KEPT, with_source("district_map", tier="restricted"), "public")
    assert [n.get("name") for n in seen["nodes"]] == [None, None, "districts", "districts"]
    assert {n["title"] for n in seen["nodes"] if n["id"].startswith("hidden")} == {
        "Register of requests",
        "Map of districts",
    }
    assert ["hidden-2", "mart.districts"] in seen["edges"]
    told = json.dumps(seen)
    assert "district_map" not in told and "stg" not in told and "received" not in told
    assert seen["column_edges"] == seen["record_edges"] == []


def test_what_leads_to_a_product_closed_since_goes_with_its_name() -> None:
    other = {**KEPT["nodes"][4], "id": "mart.staff_hours", "name": "staff_hours", "title": "Hours of crews"}
    edge = {"from": ["int.received", "district_id"], "to": ["mart.staff_hours"], "by": "condition", "how": "FILTER"}
    kept = {**KEPT, "nodes": [*KEPT["nodes"], other], "record_edges": [*KEPT["record_edges"], edge]}
    assert edge not in readable_lineage(kept, city(), "public")["record_edges"]
    assert edge in readable_lineage(kept, city(), "internal")["record_edges"]


def test_a_column_no_contract_declares_goes_with_what_it_was_made_from() -> None:
    """A source's column raised since takes along what a step without a contract made of it."""
    step = {"kind": "intermediate", "title": "Step", "tier": "public"}
    steps = [
        {**step, "id": "int.a", "name": "int_a", "columns": ["made", "decided", "own"]},
        {**step, "id": "int.b", "name": "int_b", "columns": ["again", "other"]},
        {**step, "id": "int.c", "name": "int_c", "columns": ["chosen"]},
    ]
    lost, kept_one = ["source.district_map", "SECRET_lost"], ["source.district_map", "district_id"]
    edges = [
        {"from": lost, "to": ["int.a", "made"], "by": "value", "how": "IDENTITY"},
        {"from": lost, "to": ["int.a", "decided"], "by": "condition", "how": "CONDITIONAL"},
        {"from": kept_one, "to": ["int.a", "own"], "by": "value", "how": "IDENTITY"},
        {"from": ["int.a", "made"], "to": ["int.b", "again"], "by": "value", "how": "IDENTITY"},
        {"from": ["int.a", "own"], "to": ["int.b", "other"], "by": "value", "how": "IDENTITY"},
    ]
    deciding = [{"from": ["int.b", "again"], "to": ["int.c"], "by": "condition", "how": "FILTER"}]
    kept = {**KEPT, "nodes": [*KEPT["nodes"], *steps], "column_edges": edges, "record_edges": deciding}
    seen = readable_lineage(kept, city(), "public")
    columns = {n["id"]: n.get("columns") for n in seen["nodes"]}
    assert (columns["int.a"], columns["int.b"], columns["int.c"]) == (["own"], ["other"], [])
    assert seen["column_edges"] == [edges[2], edges[4]]
    assert seen["record_edges"] == []
    assert kept["nodes"][6]["columns"] == ["made", "decided", "own"], "what is kept stays as it is"
    read_graph(seen)


def test_a_source_hidden_since_leaves_no_trace() -> None:
    seen = readable_lineage(KEPT, with_source("district_map", tier="restricted", inventory="hidden"), "public")
    assert "Map of districts" not in json.dumps(seen)
    assert len(seen["nodes"]) == 3


def test_a_card_hidden_since_leaves_no_trace() -> None:
    seen = readable_lineage(KEPT, with_source("SECRET_source", inventory="hidden"), "public")
    assert "Register" not in json.dumps(seen)
    assert ["hidden-1", "mart.districts"] not in seen["edges"]


def test_a_source_that_is_gone_counts_as_closed() -> None:
    found = {name: one for name, one in sources().items() if name != "district_map"}
    assert "district_map" not in json.dumps(readable_lineage(KEPT, city(sources=found), "public"))


def test_a_product_of_another_that_was_closed_vanishes_into_its_card() -> None:
    other = {**KEPT["nodes"][4], "id": "mart.staff_hours", "name": "staff_hours", "title": "Hours of crews"}
    kept = {**KEPT, "nodes": [*KEPT["nodes"], other], "edges": [*KEPT["edges"], ["mart.staff_hours", "mart.districts"]]}
    seen = {n["id"]: n for n in readable_lineage(kept, city(), "public")["nodes"]}
    assert seen["hidden-2"] == {"id": "hidden-2", "kind": "mart", "title": "Hours of crews"}
    assert "mart.staff_hours" in {n["id"] for n in readable_lineage(kept, city(), "internal")["nodes"]}


def test_a_class_raised_since_takes_the_column_with_it() -> None:
    raised = contract(
        Role.SOURCE, "district_map", text("Map of districts"), [column("district_id", "string", "internal", text("x"))]
    )
    of = city(sources={**sources(), "district_map": raised})
    for tier, columns in (("public", []), ("internal", ["district_id"])):
        seen = {n["id"]: n for n in readable_lineage(KEPT, of, tier)["nodes"]}
        assert seen["source.district_map"]["columns"] == columns


def test_a_step_without_a_tier_is_nobody_s() -> None:
    nodes = [{k: v for k, v in n.items() if k != "tier"} for n in KEPT["nodes"]]
    seen = readable_lineage({**KEPT, "nodes": nodes}, city(), "confidential")
    assert "stg" not in json.dumps(seen) and "received" not in json.dumps(seen)
