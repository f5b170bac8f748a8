"""The declared flow of Python functions: how a model that calls one is read, and that the declaration is true."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from contracts.flow.analysis import analyse
from contracts.flow.classes import Classes, classify
from contracts.flow.model import PRESENCE, FlowGraph, Leaf, LeafColumn, ModelText, Nature, PythonModel, UnfitArgument
from contracts.python_flows import IS_SUPPRESSED, SUMMED_OVER, python_functions
from contracts.steps import flow_functions
from transforms.disclosure import model_step
from transforms.disclosure.model_step import hide_small_cells
from transforms.statistics.intervals import bounded_counts

FUNCTIONS = python_functions(10)
HIDE = FUNCTIONS["transforms.disclosure.model_step.hide_small_cells"]
TYPES = {"case_id": "VARCHAR", "area": "VARCHAR", "kind": "VARCHAR", "days": "BIGINT", "fee": "BIGINT"}


def leaf(cases: str = "internal", **other: str) -> dict[str, Leaf]:
    columns = {name: LeafColumn(other.get(name, cases), kind) for name, kind in TYPES.items()}
    areas = Leaf("areas", {"area": LeafColumn("public", "VARCHAR"), "kind": LeafColumn("public", "VARCHAR")})
    return {"cases": Leaf("cases", columns), "areas": areas}


COUNTED = """
select area, kind,
    (select count(*) from cases where cases.area = areas.area and cases.kind = areas.kind) as n,
    (select avg(days) from cases where cases.area = areas.area and cases.kind = areas.kind) as mean_days,
    (select sum(fee) from cases where cases.area = areas.area and cases.kind = areas.kind) as fees,
    (select max(days) from cases where cases.area = areas.area and cases.kind = areas.kind) as longest
from areas
"""
CALL = 'dimensions=["area", "kind"], count="n", margins=[["area"], []], tells=["mean_days"], sums=["fees"]'


def code(call: str = CALL) -> str:
    return (
        "def model(dbt, session):\n"
        "    from transforms.disclosure.model_step import hide_small_cells\n\n"
        f'    return hide_small_cells(dbt.ref("counted"), {call})\n'
    )


def read(call: str = CALL, leaves: dict[str, Leaf] | None = None) -> tuple[FlowGraph, Classes]:
    known = leaves or leaf()
    models: list[ModelText | PythonModel] = [ModelText("counted", COUNTED)]
    models.append(PythonModel("hidden", code(call), ("counted",), "hidden.py"))
    graph = analyse(models, known, flow_functions(), FUNCTIONS)
    return graph, classify(graph, known, flow_functions())


def test_what_the_step_hides_is_lowered_and_nothing_else() -> None:
    graph, classes = read()
    assert not graph.refusals and not graph.misuses
    relation = graph.relation("hidden")
    assert relation is not None
    assert {name: column.nature for name, column in relation.columns.items()} == {
        "area": Nature.RECORD,
        "kind": Nature.RECORD,
        SUMMED_OVER: Nature.RECORD,
        "n": Nature.COUNT,
        IS_SUPPRESSED: Nature.RECORD,
        "mean_days": Nature.AGGREGATE,
        "fees": Nature.AGGREGATE,
    }
    assert {classes.class_of("hidden", name) for name in (*relation.columns, PRESENCE)} == {"public"}
    assert {step for column in relation.columns.values() for edge in column.edges for step in edge.steps} == {
        "step_hide_small_cells"
    }


def test_it_lowers_from_its_own_class_alone() -> None:
    _, classes = read(leaves=leaf(days="restricted", fee="confidential"))
    found = {name: classes.class_of("hidden", name) for name in ("n", IS_SUPPRESSED, "mean_days", "fees")}
    assert found == {"n": "public", IS_SUPPRESSED: "public", "mean_days": "restricted", "fees": "confidential"}


def test_a_combination_that_occurs_tells_of_its_records() -> None:
    """Dimensions from the records themselves keep their class: no row would be there without a record."""
    known = leaf()
    counted = ModelText("counted", "select area, kind, count(*) as n from cases group by area, kind")
    model = PythonModel("hidden", code('dimensions=["area", "kind"], count="n"'), ("counted",))
    graph = analyse([counted, model], known, flow_functions(), FUNCTIONS)
    classes = classify(graph, known, flow_functions())
    assert {classes.class_of("hidden", name) for name in ("area", "n", IS_SUPPRESSED, PRESENCE)} == {"internal"}


@pytest.mark.parametrize(
    ("call", "argument", "need"),
    [
        ('dimensions=["area"], count="longest"', "count", "count"),
        ('dimensions=["area"], count="mean_days"', "count", "count"),
        ('dimensions=["area"], count="n", tells=["longest"]', "tells", "aggregate"),
        ('dimensions=["area"], count="n", sums=["longest"]', "sums", "aggregate"),
        ('dimensions=["area"], count="n", k=9', "k", "10, the minimum cell of the city, or more"),
        ('dimensions=["area"], count="n", k=True', "k", "10, the minimum cell of the city, or more"),
        ('dimensions=["area"], count="n", k=10.5', "k", "10, the minimum cell of the city, or more"),
        ('dimensions=["area"], count="n", margins=[["kind"]]', "margins", "lists of dimensions"),
        ('dimensions=["area"], count="n", margins=["area"]', "margins", "lists of dimensions"),
        ('dimensions="area", count="n"', "dimensions", "a list"),
        ('dimensions=["area", 1], count="n"', "dimensions", "a list of names of columns"),
        ('dimensions=["area", "n"], count="n"', "dimensions", "columns that are each named once"),
        ('dimensions=["is_suppressed"], count="n"', "dimensions", "columns that are each named once"),
        ('dimensions=["area"], count=["n"]', "count", "the name of a column"),
        ('dimensions=["area"], count="n", zeros_shown="no"', "zeros_shown", "True or False"),
    ],
)
def test_what_it_is_not_for_lowers_nothing_and_is_told(call: str, argument: str, need: str) -> None:
    graph, classes = read(call)
    (misuse,) = graph.misuses
    assert (misuse.argument, misuse.need, misuse.function, misuse.place) == (
        argument,
        need,
        "step_hide_small_cells",
        "hidden.py:4",
    )
    relation = graph.relation("hidden")
    assert relation is not None
    steps = [edge.steps for column in (*relation.columns.values(), relation.rest) if column for edge in column.edges]
    assert not any(steps)
    assert [finding.kind.value for finding in classes.findings] == ["step wrongly used"]


def test_a_greater_k_and_no_zeros_may_be_asked_for() -> None:
    graph, classes = read(f"{CALL}, k=20, zeros_shown=False")
    assert graph.misuses == ()
    assert classes.class_of("hidden", "n") == "public"


@pytest.mark.parametrize(
    "call",
    [
        CALL.replace('"n"', "name"),
        CALL.replace('["area", "kind"]', 'list("ab")'),
        CALL.replace('["area", "kind"]', '[*("area", "kind")]'),
        f"{CALL}, depth=2",
        f'{CALL}, k=int("10")',
    ],
)
def test_anything_but_one_call_with_literals_is_refused(call: str) -> None:
    graph, classes = read(call)
    (refusal,) = graph.refusals
    assert "is that one call" in refusal.instead
    assert classes.class_of("hidden", "n") == "restricted"


def test_a_column_that_is_not_there_makes_everything_of_all() -> None:
    graph, classes = read(CALL.replace('count="n"', 'count="nothing"'))
    assert graph.refusals == ()
    assert classes.class_of("hidden", "n") == classes.class_of("hidden", "area") == "internal"


def test_sql_cannot_call_it() -> None:
    model = ModelText("hidden", "select area, step_hide_small_cells(n, n, n) as n from counted")
    graph = analyse([ModelText("counted", COUNTED), model], leaf(), flow_functions(), FUNCTIONS)
    assert [one.model for one in graph.refusals] == ["hidden"]


# the declaration is true ------------------------------------------------------------------------


def tables(chance: random.Random) -> Iterator[dict[str, list[Any]]]:
    """A table, and the same with one column changed at a time."""
    places = [(area, kind) for area in "abc" for kind in "xyz"]
    first: dict[str, list[Any]] = {
        "area": [area for area, _ in places],
        "kind": [kind for _, kind in places],
        "n": [chance.choice([0, 3, 12, 40, 90]) for _ in places],
        "mean_days": [float(chance.randrange(90)) for _ in places],
        "fees": [chance.randrange(900) for _ in places],
        "other": [chance.randrange(900) for _ in places],
    }
    yield first
    for name in ("n", "mean_days", "fees", "other"):
        values = list(first[name])
        while values == first[name]:
            values[chance.randrange(len(values))] = type(values[0])(chance.randrange(50))
        yield {**first, name: values}


GIVEN: dict[str, Any] = {
    "dimensions": ["area", "kind"],
    "count": "n",
    "margins": [["area"], ["kind"], []],
    "tells": ["mean_days"],
    "sums": ["fees"],
}


@pytest.mark.parametrize("seed", range(12))
def test_no_column_changes_by_what_it_is_not_said_to_be_made_of(seed: int) -> None:
    flow = HIDE.flow(GIVEN)
    first, *others = tables(random.Random(seed))
    plain = hide_small_cells(pa.table(first), **GIVEN, k=10)
    assert plain.column_names == [*flow.columns]
    for other in others:
        changed = {name for name in first if first[name] != other[name]}
        found = hide_small_cells(pa.table(other), **GIVEN, k=10)
        for name, column in flow.columns.items():
            if not changed & {*column.made_of, *column.decided_by, *flow.presence}:
                assert found[name].equals(plain[name]), (name, changed)


def test_the_names_are_those_of_the_functions() -> None:
    assert (IS_SUPPRESSED, SUMMED_OVER) == (model_step.IS_SUPPRESSED, model_step.SUMMED_OVER)
    flow = FUNCTIONS["transforms.statistics.intervals.bounded_counts"].flow({"column": "n"})
    assert set(flow.columns) == set(bounded_counts(duckdb.sql("select unnest([1, 2, 2]) as n"), "n").column_names)
    with pytest.raises(UnfitArgument, match="column must be the name of a column, found 3"):
        FUNCTIONS["transforms.statistics.intervals.bounded_counts"].flow({"column": 3})
