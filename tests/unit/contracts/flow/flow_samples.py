"""Sources and steps for the tests of the flow analysis, and short words for what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.flow.analysis import analyse
from contracts.flow.classes import Classes, Declared, classify
from contracts.flow.model import (
    Edge,
    FlowGraph,
    FlowRelation,
    Leaf,
    LeafColumn,
    ModelText,
    Nature,
    Need,
    PythonModel,
    StepFunction,
)

REQUESTS: Final = Leaf(
    "requests",
    {
        "id": LeafColumn("public", "VARCHAR", is_key=True),
        "kind": LeafColumn("public", "VARCHAR"),
        "area": LeafColumn("public", "VARCHAR"),
        "amount": LeafColumn("internal", "BIGINT"),
        "opened": LeafColumn("internal", "TIMESTAMP"),
        "closed": LeafColumn("internal", "TIMESTAMP"),
        "name": LeafColumn("restricted", "VARCHAR"),
        "tags": LeafColumn("restricted", "VARCHAR[]"),
        "_record": LeafColumn("internal", "BIGINT"),
    },
)
AREAS: Final = Leaf(
    "areas",
    {
        "area": LeafColumn("public", "VARCHAR"),
        "people": LeafColumn("public", "BIGINT"),
        "seen": LeafColumn("public", "BIGINT", Nature.COUNT),
    },
)
LEAVES: Final = {leaf.name: leaf for leaf in (REQUESTS, AREAS)}


def step(
    name: str, needs: Mapping[str, Need], lowered: tuple[str, ...], lowers: tuple[str, str] = ("internal", "public")
) -> StepFunction:
    """A step function; the step is called as the function without its beginning."""
    return StepFunction(
        name, name.removeprefix("step_"), "1.0.0", tuple(needs), lowered, lowers[0], lowers[1], dict(needs)
    )


STEPS: Final = {
    function.name: function
    for function in (
        step("step_day", {"moment": Need.MOMENT}, ("moment",)),
        step("step_compare", {"comparison": Need.COMPARISON}, ("comparison",)),
        step("step_cell", {"number": Need.COUNT, "is_hidden": Need.ANY, "k": Need.LITERAL}, ("number",)),
        step("step_value", {"value": Need.AGGREGATE, "number": Need.COUNT, "k": Need.LITERAL}, ("value", "number")),
        step("step_newest", {"number": Need.WINDOW}, ("number",), ("restricted", "public")),
        step("step_blur", {"value": Need.ANY}, ("value",), ("restricted", "internal")),
        step("step_fixed", {"value": Need.CONSTANT}, ("value",)),
    )
}


def graph_of(*models: str | ModelText | PythonModel) -> FlowGraph:
    """The graph of models called m1, m2, … where only their SQL is given."""
    given = [ModelText(f"m{i}", m) if isinstance(m, str) else m for i, m in enumerate(models, 1)]
    return analyse(given, LEAVES, STEPS)


def relation_of(*models: str) -> FlowRelation:
    """The last of the models, none of which is refused."""
    graph = graph_of(*models)
    assert not graph.refusals, [str(refusal) for refusal in graph.refusals]
    found = graph.relation(f"m{len(models)}")
    assert found is not None
    return found


def classes_of(*models: str, declared: Mapping[str, Declared] | None = None) -> Classes:
    """The classes of models."""
    return classify(graph_of(*models), LEAVES, STEPS, declared)


def class_of(sql: str, column: str) -> str:
    """The class of a column of one model."""
    return classes_of(sql).class_of("m1", column)


def words(edge: Edge) -> str:
    """An edge as ``column:SUBTYPE`` with the steps on it; the relation is left out."""
    return ">".join([f"{edge.column}:{edge.subtype.value}", *edge.steps])


def column_words(sql: str, column: str) -> set[str]:
    """The edges of a column of one model, beside its presence."""
    found = relation_of(sql).column(column)
    assert found is not None
    return {words(edge) for edge in found.edges}


def presence_words(sql: str) -> set[str]:
    """The edges that decide the records of one model, without the presence of what it reads."""
    return {words(edge) for edge in relation_of(sql).presence if edge.column != "(presence)"}
