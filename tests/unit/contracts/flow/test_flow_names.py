"""Which columns a query gives, under which names, and which column a name means."""

from __future__ import annotations

import pytest

from contracts.flow.model import ModelText, fold
from tests.unit.contracts.flow.flow_samples import class_of, classes_of, column_words, graph_of, relation_of

ALL = ["id", "kind", "area", "amount", "opened", "closed", "name", "tags", "_record"]


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select * from requests", ALL),
        ("from requests", ALL),
        ("select areas.* from requests, areas", ["area", "people", "seen"]),
        ("select * exclude (name, tags) from requests", [n for n in ALL if n not in ("name", "tags")]),
        (
            "select * exclude (requests.area) from requests, areas",
            [n for n in ALL if n != "area"] + ["area", "people", "seen"],
        ),
        (
            "select * replace (upper(name) as name) from areas cross join (select name from requests)",
            ["area", "people", "seen", "name"],
        ),
        ("select * rename (people as residents) from areas", ["area", "residents", "seen"]),
        ("select * from requests join areas using (area)", [*ALL, "people", "seen"]),
        (
            "select * from areas as a join areas as b on a.area = b.area",
            ["area", "people", "seen", "area_1", "people_1", "seen_1"],
        ),
        ("select 1 as a, 2 as a, 3 as A_1, 4 as a", ["a", "a_1", "A_1_1", "a_2"]),
        ("select * from areas as t(x, y)", ["x", "y", "seen"]),
        ("with t(x) as (select * from areas) select * from t", ["x", "people", "seen"]),
        ("select * from (values (1, 'a')) as v(n, w)", ["n", "w"]),
        ("values (1, 2)", ["col0", "col1"]),
        ("select * from range(3)", ["range"]),
        ("select * from areas union all by name select 1 as other, 'x' as area", ["area", "people", "seen", "other"]),
        ('select AREA, seen as "Seen" from areas', ["area", "Seen"]),
        ("select x: people from areas", ["x"]),
        ("select * from areas semi join requests using (area)", ["area", "people", "seen"]),
    ],
)
def test_the_columns_a_query_gives(sql: str, names: list[str]) -> None:
    assert [column.name for column in relation_of(sql).columns.values()] == names


@pytest.mark.parametrize(
    ("sql", "column", "edges"),
    [
        # a relation's column comes before an alias of the same name
        ("select name as kind, kind as x from requests", "x", {"kind:IDENTITY"}),
        ("select name as other, other as x from requests", "x", {"name:IDENTITY"}),
        ("select upper(name) as u, u || kind as x from requests", "x", {"name:TRANSFORMATION", "kind:TRANSFORMATION"}),
        ("select * replace (name as kind) from requests", "kind", {"name:IDENTITY"}),
        # merged columns
        ("select area as x from requests left join areas using (area)", "x", {"area:IDENTITY"}),
        ("select areas.area as x from requests left join areas using (area)", "x", {"area:IDENTITY"}),
        # inner queries shadow outer ones
        ("with areas as (select name as people from requests) select people as x from areas", "x", {"name:IDENTITY"}),
        (
            "with areas as (select name as people from requests) select people as x from main.areas",
            "x",
            {"people:IDENTITY"},
        ),
        (
            "with a as (select 1 as n) select x from (with a as (select name as n from requests) select n as x from a)",
            "x",
            {"name:IDENTITY"},
        ),
        (
            "select (select max(areas.people + amount) from areas) as x from requests",
            "x",
            {"people:AGGREGATION", "amount:AGGREGATION", "(presence):FILTER"},
        ),
        # fields
        ("select r.s.f as x from (select {'f': name} as s from requests) as r", "x", {"name:TRANSFORMATION"}),
        ("select s.f as x from (select {'f': name} as s from requests) as r", "x", {"name:TRANSFORMATION"}),
        (
            "select s.people as x from (select {'people': name} as t from requests), areas as s",
            "x",
            {"people:IDENTITY"},
        ),
        # sets by place and by name
        (
            "select kind as a, name as b from requests union all select area, area from areas",
            "a",
            {"kind:TRANSFORMATION", "area:TRANSFORMATION"},
        ),
        (
            "select kind as a, id as b from requests union all by name select area as b, name as a from requests",
            "a",
            {"kind:TRANSFORMATION", "name:TRANSFORMATION"},
        ),
        ("select kind from requests except select name from requests", "kind", {"kind:IDENTITY"}),
        ('select x from "warehouse"."main"."requests" as r(a, x)', "x", {"kind:IDENTITY"}),
    ],
)
def test_the_column_a_name_means(sql: str, column: str, edges: set[str]) -> None:
    assert column_words(sql, column) == edges


def test_which_relation_a_merged_column_is_of() -> None:
    for side, expected in [
        ("left", {"requests"}),
        ("right", {"areas"}),
        ("full", {"requests", "areas"}),
        ("", {"requests"}),
    ]:
        found = relation_of(f"select area as x from requests {side} join areas using (area)").column("x")
        assert found is not None
        assert {edge.relation for edge in found.edges} == expected


def test_a_name_in_having_that_is_both_stands_for_both() -> None:
    assert (
        class_of("select max(name) as kind from requests group by requests.kind having kind = 'a'", "kind")
        == "restricted"
    )
    sql = "select kind, max(area) as amount from requests group by kind having amount > 'a'"
    assert class_of(sql, "kind") == "internal"


def test_ascii_letters_alone_are_folded() -> None:
    assert fold("ÑandÚ_A") == "Ñandú_a".replace("ú", "Ú")
    found = relation_of('select 1 as "Ñ", 2 as "ñ"')
    assert list(found.columns) == ["Ñ", "ñ"]


def test_a_model_reads_those_before_it_alone() -> None:
    graph = graph_of("select id, name from requests", "select id from m1", "select id from m4", "select id from m1")
    assert [refusal.model for refusal in graph.refusals] == ["m3"]
    found = graph.relation("m2")
    assert found is not None
    assert found.reads == ("m1",)


@pytest.mark.parametrize(
    "name", ["other.main.requests", "information_schema.requests", "warehouse.other.requests", "nothing"]
)
def test_a_relation_of_another_place_is_unknown(name: str) -> None:
    (refusal,) = graph_of(f"select 1 as x from {name}").refusals
    assert "no model or source" in refusal.construct


def test_classes_follow_through_models() -> None:
    classes = classes_of(
        "select * from requests",
        "select *, name is null as has_name from m1",
        "select id, has_name, kind from m2 where amount > 3",
    )
    assert {name: classes.class_of("m3", name) for name in ("id", "has_name", "kind")} == {
        "id": "internal",
        "has_name": "restricted",
        "kind": "internal",
    }


def test_a_refusal_names_the_line_of_the_model() -> None:
    written = "-- a model\nselect\n    id,\n    foo(name) as x\nfrom {{ ref('requests') }}\n"
    compiled = "-- a model\n\n\nselect\n    id,\n    foo(name) as x\nfrom requests\n"
    (refusal,) = graph_of(ModelText("m1", compiled, "models/m1.sql", written)).refusals
    assert (refusal.line, refusal.place) == (6, "models/m1.sql:4")
    assert str(refusal).startswith("models/m1.sql:4: the function foo is not known. ")
