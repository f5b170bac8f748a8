"""Columns of a lineage as a tier may know them: cut by class, joined through what is hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from contracts.flow.analysis import analyse
from contracts.flow.classes import classify
from contracts.flow.model import Leaf, LeafColumn, ModelText
from contracts.steps import flow_functions
from orchestration.flows import CityFlow
from orchestration.publish.flow_view import column_flows, columns_of

LEAF = Leaf(
    "raw__people",
    {
        "zz_key": LeafColumn("internal", "VARCHAR", is_key=True),
        "area": LeafColumn("public", "VARCHAR"),
        "zz_salary": LeafColumn("restricted", "INTEGER"),
        "seen_at": LeafColumn("internal", "TIMESTAMP"),
        "is_open": LeafColumn("public", "BOOLEAN"),
    },
)
DAY = "step_generalise_day(seen_at, 'UTC')"


def flow_of(**models: str) -> CityFlow:
    """The flows of models by name, each under the id ``m.<name>``; the source is ``s``."""
    functions = flow_functions()
    graph = analyse([ModelText(n, sql, f"{n}.sql") for n, sql in models.items()], {LEAF.name: LEAF}, functions)
    assert graph.refusals == ()
    classes = classify(graph, {LEAF.name: LEAF}, functions)
    nodes = {LEAF.name: "s", **{name: f"m.{name}" for name in models}}
    return CityFlow(classes, nodes, {name: f"{f.step} {f.version}" for name, f in functions.items()})


def told(flow: CityFlow, tier: str | None, *nodes: str, **releases: str) -> dict[str, list[dict[str, Any]]]:
    """The edges between those of the models that a tier sees, each with the columns it may see of it."""
    shown: dict[str, Mapping[str, Any]] = {
        node: {"columns": columns_of(flow, node.removeprefix("m."), tier) if node != "s" else leaf(tier)}
        for node in nodes
    }
    shown |= {name: {"columns": columns_of(flow, model, tier)} for name, model in releases.items()}
    return column_flows(flow, shown, releases)


def leaf(tier: str | None) -> list[str]:
    from contracts.tiers import visible

    return [n for n, c in LEAF.columns.items() if tier is None or visible(c.classification, tier)]


STAGED = {"a": f"select zz_key, area, zz_salary, {DAY} as day, is_open from raw__people where is_open"}


def test_every_edge_says_from_where_to_where_and_how() -> None:
    found = told(flow_of(**STAGED), None, "s", "m.a")
    assert found["column_edges"][:3] == [
        {"from": ["s", "zz_key"], "to": ["m.a", "zz_key"], "by": "value", "how": "IDENTITY"},
        {"from": ["s", "area"], "to": ["m.a", "area"], "by": "value", "how": "IDENTITY"},
        {"from": ["s", "zz_salary"], "to": ["m.a", "zz_salary"], "by": "value", "how": "IDENTITY"},
    ]
    (day,) = [e for e in found["column_edges"] if e["to"][1] == "day"]
    assert day["from"] == ["s", "seen_at"] and day["how"] == "TRANSFORMATION"
    assert day["step"].split(" ")[0] == "generalise_date"
    assert found["record_edges"] == [{"from": ["s", "is_open"], "to": ["m.a"], "by": "condition", "how": "FILTER"}]


@pytest.mark.parametrize(
    ("tier", "hidden"),
    [
        (None, ()),
        ("restricted", ()),
        ("internal", ("zz_salary",)),
        ("public", ("zz_salary", "zz_key", "seen_at")),
    ],
)
def test_no_name_above_the_tier_stands_anywhere(tier: str | None, hidden: tuple[str, ...]) -> None:
    flow = flow_of(
        **STAGED,
        b="select area, count(*) filter (where zz_salary > 10) as zz_many, max(day) as day from a group by area",
        c="select b.area, b.day from b where zz_many > 1",
    )
    assert flow.classes.class_of("c", "area") == "restricted", "zz_many decides which records it has"
    everything = ("s", "m.a", "m.b", "m.c")
    text = json.dumps(told(flow, tier, *everything, release="c"))
    names = {"zz_key", "zz_salary", "seen_at"}
    assert {name for name in names if name in text} == names - set(hidden)
    assert ("zz_many" in text) == (tier in (None, "restricted"))


def test_a_column_worked_out_above_the_tier_is_not_among_a_model_s() -> None:
    flow = flow_of(a="select area, zz_salary > 3 as zz_rich, is_open from raw__people")
    assert columns_of(flow, "a", "public") == ["area", "is_open"]
    assert columns_of(flow, "a", "internal") == ["area", "is_open"]
    assert columns_of(flow, "a", None) == ["area", "zz_rich", "is_open"]
    assert columns_of(flow, "nowhere", None) == []


def test_a_way_through_hidden_models_is_told_from_end_to_end() -> None:
    flow = flow_of(
        a="select area, is_open from raw__people where is_open",
        b="select upper(area) as place, is_open from a",
        c="select place, case when is_open then 1 else 0 end as open from b",
    )
    found = told(flow, "public", "s", "m.c")
    assert [(e["from"], e["to"], e["by"], e["how"]) for e in found["column_edges"]] == [
        (["s", "area"], ["m.c", "place"], "value", "TRANSFORMATION"),
        (["s", "is_open"], ["m.c", "open"], "condition", "CONDITIONAL"),
    ]
    assert found["record_edges"] == [{"from": ["s", "is_open"], "to": ["m.c"], "by": "condition", "how": "FILTER"}]
    assert "m.a" not in json.dumps(found) and "m.b" not in json.dumps(found)


def test_a_release_whose_table_is_hidden_says_what_decides_its_records() -> None:
    flow = flow_of(a="select area from raw__people where is_open")
    hidden = told(flow, "public", "s", release="a")
    assert hidden["column_edges"] == [
        {"from": ["s", "area"], "to": ["release", "area"], "by": "value", "how": "IDENTITY"}
    ]
    assert [(e["from"], e["to"]) for e in hidden["record_edges"]] == [(["s", "is_open"], ["release"])]
    shown = told(flow, "public", "s", "m.a", release="a")
    assert [e["to"] for e in shown["record_edges"]] == [["m.a"]], "the release is a copy of its table"
    assert {"from": ["m.a", "area"], "to": ["release", "area"], "by": "value", "how": "IDENTITY"} in shown[
        "column_edges"
    ]


def test_a_step_is_named_only_where_every_way_goes_through_one() -> None:
    half = flow_of(
        a=f"select seen_at, {DAY} as day from raw__people",
        b="select coalesce(day, seen_at::date) as mixed, day from a",
    )
    edges = {e["to"][1]: e for e in told(half, "internal", "s", "m.b")["column_edges"]}
    assert edges["day"]["step"].startswith("generalise_date ")
    assert "step" not in edges["mixed"], "one of its ways goes past the step"


def test_the_same_flow_gives_the_same_bytes_whatever_the_order_of_its_nodes() -> None:
    flow = flow_of(**STAGED, b="select a.area, r.is_open from a join raw__people as r on a.area = r.area")
    nodes = ("s", "m.a", "m.b")
    assert json.dumps(told(flow, None, *nodes)) == json.dumps(told(flow, None, *reversed(nodes)))
