"""Classes, what is found of them, and the ways to the sources."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from contracts.errors import ArtefactError
from contracts.flow.classes import Declared, DeclaredColumn, FindingKind, classify
from contracts.flow.model import ORDER, PRESENCE, FlowGraph, Leaf, LeafColumn
from contracts.flow.paths import Path, paths
from contracts.tiers import TIERS, rank
from tests.unit.contracts.flow.flow_samples import LEAVES, STEPS, classes_of, graph_of

STAGED = "select id, kind, area, amount, opened, name from requests"
DATED = "select id, step_day(opened) as day, name is null as is_nameless from m1 where amount > 3"


def declared(**columns: str) -> Declared:
    """A contract's columns with their classes."""
    return Declared({name: DeclaredColumn(classification) for name, classification in columns.items()})


def test_the_class_is_the_highest_over_edges_and_presence() -> None:
    classes = classes_of(STAGED, DATED)
    assert {name: classes.class_of("m2", name) for name in ("id", "day", "is_nameless", PRESENCE)} == {
        "id": "internal",
        "day": "internal",
        "is_nameless": "restricted",
        PRESENCE: "internal",
    }
    assert classes.class_of("m2", "nothing") == classes.class_of("nothing", "x") == "restricted"
    assert classes.class_of("REQUESTS", "Name") == "restricted"


@pytest.mark.parametrize(
    ("presence", "order", "expected"),
    [(None, None, "public"), ("confidential", None, "confidential"), (None, "internal", "internal")],
)
def test_a_contract_may_say_more_of_records_and_their_order(
    presence: str | None, order: str | None, expected: str
) -> None:
    leaf = Leaf("s", {"a": LeafColumn("public", "VARCHAR"), "b": LeafColumn("restricted", "VARCHAR")}, presence, order)
    assert leaf.class_of(PRESENCE) == (presence or "public")
    assert leaf.class_of(ORDER) == (order or presence or "public")
    assert Leaf("empty", {}).class_of(PRESENCE) == "restricted"
    from contracts.flow.analysis import analyse
    from contracts.flow.model import ModelText

    graph = analyse([ModelText("m", "select a from s order by a limit 2")], {"s": leaf}, {})
    assert classify(graph, {"s": leaf}, {}).class_of("m", "a") == expected


def test_the_class_goes_on_as_the_higher_of_declared_and_computed() -> None:
    contract = {"m1": declared(id="confidential", kind="public")}
    classes = classes_of(STAGED, "select id, kind from m1", declared=contract)
    assert classes.computed_class("m1", "id") == "public"
    assert classes.class_of("m2", "id") == "confidential"
    assert classes.findings == ()


def test_what_is_above_its_contract_is_found_with_the_shortest_way() -> None:
    classes = classes_of(STAGED, DATED, declared={"m2": declared(id="public", day="internal", is_nameless="internal")})
    found = {finding.column: finding for finding in classes.findings_of("m2")}
    assert set(found) == {"id", "is_nameless"}
    assert found["id"].kind is FindingKind.ABOVE
    assert (found["id"].computed, found["id"].declared) == ("internal", "public")
    assert str(found["id"]) == (
        "m2.id is declared public; what it is made from is internal:"
        " internal: m2.id <- m1.amount [filter] <- requests.amount (internal)"
    )
    assert str(found["is_nameless"].path) == ("restricted: m2.is_nameless <- m1.name <- requests.name (restricted)")


def test_refusals_misuses_and_missing_columns_are_found() -> None:
    classes = classes_of(
        "select foo(id) as a from requests",
        "select step_day(amount) as b from requests",
        declared={"m1": declared(a="public"), "m2": declared(b="internal", c="public")},
    )
    assert [(finding.kind, finding.relation, finding.column) for finding in classes.findings] == [
        (FindingKind.REFUSED, "m1", ""),
        (FindingKind.MISUSED, "m2", ""),
        (FindingKind.ABSENT, "m2", "c"),
    ]


def test_a_claim_must_be_borne_out_by_a_way() -> None:
    contract = Declared(
        {
            "day": DeclaredColumn("public", step="day"),
            "id": DeclaredColumn("public", step="day"),
            "kind": DeclaredColumn("public", step="newest"),
        }
    )
    sql = "select id, kind, step_day(opened) as day from requests"
    (finding, other) = classes_of(sql, declared={"m1": contract}).findings
    assert (finding.kind, finding.column) == (FindingKind.UNFOUNDED, "id")
    assert other.column == "kind"
    newest = f"{sql} qualify step_newest(row_number() over (partition by id order by opened))"
    (finding,) = classes_of(newest, "select * from m1", declared={"m2": contract}).findings
    assert finding.column == "id"


def test_a_step_that_lowers_nothing_is_told_and_holds_nothing() -> None:
    classes = classes_of("select step_blur(kind) as a, step_day(opened) as b, step_blur(name) as c from requests")
    assert classes.notes == ()
    (note,) = classes_of("select step_blur(kind) as a, step_day(opened) as b from requests").notes
    assert (note.kind, note.what) == (FindingKind.IDLE, "m1 uses step_blur, which lowers nothing there")


def test_a_step_that_is_no_longer_registered_lowers_nothing() -> None:
    graph = graph_of("select step_day(opened) as day from requests")
    assert classify(graph, LEAVES, STEPS).class_of("m1", "day") == "public"
    assert classify(graph, LEAVES, {}).class_of("m1", "day") == "internal"


@pytest.mark.parametrize("start", TIERS)
def test_a_step_lowers_what_is_at_or_below_and_nothing_above(start: str) -> None:
    blur = STEPS["step_blur"]
    assert blur.lower(start) == ("public" if start == "public" else "internal")
    day = STEPS["step_day"]
    assert day.lower(start) == {"internal": "public"}.get(start, start)


def ways(*models: str, column: str, contract: dict[str, Declared] | None = None) -> list[Path]:
    """The ways from a column of the last model."""
    return list(paths(classes_of(*models, declared=contract), f"m{len(models)}", column))


def test_a_way_says_which_steps_lower_it() -> None:
    (way, presence) = ways(STAGED, "select step_day(opened) as day from m1", column="day")
    assert str(way) == "public: m2.day <- m1.opened <- requests.opened (internal), lowered by day 1.0.0"
    assert way.is_direct
    assert (way.begins_with, way.arrives_with, way.end) == ("internal", "public", "source")
    assert str(presence) == "public: m2.day <- m1.opened <- requests.(presence) [filter] (public)"
    assert not presence.is_direct


def test_the_highest_way_is_the_class() -> None:
    models = (
        STAGED,
        "select id, kind, step_day(opened) as day, name is null as n, amount from m1",
        "with a as (select kind, count(*) filter (where n) as k, max(amount) as m from m2 where day = day group by all)"
        " select kind, step_cell(k, m > 3, 10) as k, m from a union all select 'all', sum(k), max(m) from a",
    )
    contract = {"m1": declared(kind="internal")}
    classes = classes_of(*models, declared=contract)
    for name in ("kind", "k", "m", PRESENCE):
        found = list(paths(classes, "m3", name))
        highest = max((way.arrives_with for way in found), key=rank)
        assert highest == classes.computed_class("m3", name)
        assert [len(way.edges) for way in found] == sorted(len(way.edges) for way in found)
    assert any(way.end == "declared" for way in paths(classes, "m3", "kind"))


def test_a_way_may_end_at_a_refused_model_or_at_a_constant() -> None:
    (way,) = [w for w in ways("select foo(id) as a from requests", "select a from m1", column="a") if w.is_direct]
    assert str(way) == "restricted: m2.a <- m1.a (restricted, not understood)"
    (way,) = ways("select 1 as a", column="a")
    assert str(way) == "public: m1.a (public)"


def test_a_graph_is_kept_and_read_back() -> None:
    graph = graph_of(
        STAGED,
        "select *, foo(id) as bad from m1",
        "select id, step_day(opened) as day, count(*) over (partition by name) as n from m1 order by id",
        "select step_day(amount) as b from m1",
    )
    written = json.loads(json.dumps(graph.as_dict()))
    assert FlowGraph.from_dict(written) == graph
    assert json.dumps(graph.as_dict()) == json.dumps(FlowGraph.from_dict(written).as_dict())
    again = classify(FlowGraph.from_dict(written), LEAVES, STEPS)
    assert dict(again.inner) == dict(classify(graph, LEAVES, STEPS).inner)


@pytest.mark.parametrize(
    "broken", [{}, {"formatVersion": 9}, {"formatVersion": 1}, {"formatVersion": 1, "relations": [{"name": "a"}]}]
)
def test_another_document_is_no_graph(broken: dict[str, object]) -> None:
    with pytest.raises(ArtefactError):
        FlowGraph.from_dict(broken)


def test_a_graph_that_runs_in_a_circle_is_no_graph() -> None:
    graph = graph_of("select id from requests")
    found = graph.relation("m1")
    assert found is not None
    looped = replace(found, presence=tuple(edge._replace(relation="m1") for edge in found.presence))
    with pytest.raises(ArtefactError, match="circle"):
        FlowGraph.from_dict(FlowGraph({"m1": looped}).as_dict())
