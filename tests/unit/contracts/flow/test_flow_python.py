"""Python models: made of all they read, unless they only call a declared function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts.flow.analysis import analyse
from contracts.flow.classes import classify
from contracts.flow.model import (
    FlowGraph,
    ModelText,
    Nature,
    PythonColumn,
    PythonFlow,
    PythonFunction,
    PythonModel,
)
from contracts.flow.python_code import declared_call, foreign
from tests.unit.contracts.flow.flow_samples import LEAVES, STEPS, words

COUNTED = ModelText("counted", "select area, count(*) as n, max(name) as last from requests group by area")


def bounds_flow(given: Mapping[str, Any]) -> PythonFlow:
    name = given["column"]
    columns = {name: PythonColumn((name,), Nature.COUNT), "low": PythonColumn((name,), Nature.AGGREGATE)}
    return PythonFlow(columns, (name,))


BOUNDS = PythonFunction("house.bounds", ("relation", "column", "level"), ("relation",), bounds_flow)
FUNCTIONS = {BOUNDS.name: BOUNDS}
CODE = '''"""What it is for."""
from __future__ import annotations

def model(dbt, session):
    """What it gives."""
    from house import bounds

    dbt.config(materialized="table")
    return bounds(dbt.ref("counted"), "n", level=0.95)
'''


def read(
    code: str, columns: tuple[str, ...] | None = ("n", "low"), inputs: tuple[str, ...] = ("counted",)
) -> FlowGraph:
    """The graph of a Python model over the counts."""
    model = PythonModel("bounded", code, inputs, "models/bounded.py", columns)
    return analyse([COUNTED, model], LEAVES, STEPS, FUNCTIONS)


def test_a_call_of_a_declared_function_is_read_narrower() -> None:
    graph = read(CODE)
    assert graph.refusals == ()
    found = graph.relation("bounded")
    assert found is not None
    assert {name: (c.nature, {words(e) for e in c.edges}) for name, c in found.columns.items()} == {
        "n": (Nature.COUNT, {"n:TRANSFORMATION"}),
        "low": (Nature.AGGREGATE, {"n:TRANSFORMATION"}),
    }
    assert {words(edge) for edge in found.presence} == {"n:FILTER", "(presence):FILTER"}
    assert classify(graph, LEAVES, STEPS).class_of("bounded", "low") == "public"


@pytest.mark.parametrize(
    "change",
    [
        ('return bounds(dbt.ref("counted"), "n", level=0.95)', 'return bounds(dbt.ref("counted"), "n", level=x)'),
        ('return bounds(dbt.ref("counted"), "n", level=0.95)', 'return bounds(dbt.ref("counted"), "n", depth=1)'),
        ('return bounds(dbt.ref("counted"), "n", level=0.95)', 'return bounds(dbt.ref("counted"), *"n")'),
        ('return bounds(dbt.ref("counted"), "n", level=0.95)', 'return bounds(dbt.ref("counted"), "n").distinct()'),
        ('return bounds(dbt.ref("counted"), "n", level=0.95)', 'return bounds(dbt.ref("counted"), "nothing")'),
        ('    dbt.config(materialized="table")', "    bounds = max"),
        ("from house import bounds", "from other import bounds"),
        ("from house import bounds", "from house import bounds\n    from other import bounds"),
        ("def model", "def bounds(*a):\n    return 1\n\ndef model"),
        ("def model", "@changed\ndef model"),
        ("def model(dbt, session)", "def model(dbt, session=open('x'))"),
        ("def model(dbt, session)", "def model(dbt: open('x'), session)"),
        ("def model(dbt, session)", "def model(dbt, session) -> open('x')"),
        ("from house import bounds", "from house import bounds\n    import house.other"),
        ("from house import bounds", "from house import bounds\n    from house.other import x"),
        ('dbt.ref("counted"), "n"', '"counted", "n"'),
    ],
)
def test_any_other_code_is_made_of_all_it_reads(change: tuple[str, str]) -> None:
    code = CODE.replace(*change)
    assert code != CODE
    found = read(code).relation("bounded")
    assert found is not None
    for column in found.columns.values():
        assert {words(edge) for edge in column.edges} == {
            "area:TRANSFORMATION",
            "n:TRANSFORMATION",
            "last:TRANSFORMATION",
        }
        assert column.nature is Nature.RECORD
    assert {edge.column for edge in found.presence} == {"area", "n", "last", "(presence)", "(order)"}
    assert classify(read(code), LEAVES, STEPS).class_of("bounded", "low") == "restricted"


def test_columns_that_are_not_known_are_made_of_all_too() -> None:
    code = "def model(dbt, session):\n    return dbt.ref('counted')\n"
    graph = read(code, columns=None)
    assert graph.refusals == ()
    classes = classify(graph, LEAVES, STEPS)
    assert classes.class_of("bounded", "whatever") == "restricted"
    next_model = ModelText("next", "select whatever, 1 as x from bounded")
    further = analyse([COUNTED, PythonModel("bounded", code, ("counted",)), next_model], LEAVES, STEPS)
    assert further.refusals == ()
    assert classify(further, LEAVES, STEPS).class_of("next", "whatever") == "restricted"


@pytest.mark.parametrize(
    ("line", "words_found"),
    [
        ("session.sql('x')", "the database itself, session"),
        ("a = session", "the database itself, session"),
        ("other(dbt)", "dbt for anything but ref and config"),
        ("dbt.source('a', 'b')", "dbt for anything but ref and config"),
        ("open('x')", "the function open"),
        ("eval('1')", "the function eval"),
        ("getattr(a, 'b')", "the function getattr"),
        ("import os", "import os"),
        ("import pyarrow.parquet", "import pyarrow.parquet"),
        ("from pyarrow import csv as c; c.read_csv('x')", "the method read_csv"),
        ("from . import x", "from  import"),
        ("dbt.ref('counted').query('v', 'x')", "the method query"),
        ("dbt.ref('counted').project('(select max(name) from requests)')", "SQL in a text"),
        ("().__class__", "the method __class__"),
    ],
)
def test_a_model_may_touch_its_inputs_alone(line: str, words_found: str) -> None:
    code = f"def model(dbt, session):\n    {line}\n    return dbt.ref('counted')\n"
    graph = read(code)
    assert words_found in {refusal.construct for refusal in graph.refusals}
    assert {refusal.place for refusal in graph.refusals} == {"models/bounded.py:2"}
    assert classify(graph, LEAVES, STEPS).class_of("bounded", "n") == "restricted"


def test_code_that_is_no_model_is_refused() -> None:
    for code in ("def model(dbt:", "x = 1", "def model(dbt):\n    return 1"):
        assert read(code).refusals
        assert declared_call(code, FUNCTIONS) is None
    assert [one.construct for one in read(CODE, inputs=("counted", "nothing")).refusals] == [
        "no model or source called nothing"
    ]
    assert [one.construct for one in read("def model(dbt, session):\n    return 1\n", inputs=()).refusals] == [
        "a Python model that reads no model"
    ]


def test_the_models_of_the_house_touch_their_inputs_alone() -> None:
    found = sorted(Path("transforms/models").rglob("*.py"))
    assert found
    for path in found:
        assert list(foreign(path.read_text(encoding="utf-8"))) == [], path
