"""The bench of the analysis of flows: copies of models are chains of their own, and its budget judges the figures."""

from __future__ import annotations

from typing import Any

import pytest

from bench import flow, page
from contracts.flow.analysis import analyse
from contracts.flow.classes import classify
from contracts.flow.model import Leaf, LeafColumn, ModelText, PythonModel

OWN = (
    ModelText("int_a", 'select id, name from "raw__x"'),
    ModelText("int_a__counted", 'select count(*) as n from "main"."int_a" where name is not null'),
    PythonModel("int_b", 'def model(dbt, session):\n    return dbt.ref("int_a")\n', ("int_a",)),
)


def test_copies_are_chains_of_their_own() -> None:
    made = flow.copies(OWN, 8)
    assert [model.name for model in made] == [
        "int_a__0", "int_a__counted__0", "int_b__0", "int_a__1", "int_a__counted__1", "int_b__1", "int_a__2",
        "int_a__counted__2",
    ]  # fmt: skip
    counted, python = made[4], made[5]
    assert isinstance(counted, ModelText)
    assert isinstance(python, PythonModel)
    assert '"main"."int_a__1"' in counted.sql
    assert '"raw__x"' in made[3].sql  # type: ignore[union-attr]
    assert python.inputs == ("int_a__1",)
    assert 'dbt.ref("int_a__1")' in python.code


def test_copies_are_read_as_the_first_one_is() -> None:
    leaves = {
        "raw__x": Leaf("raw__x", {"id": LeafColumn("public", "VARCHAR"), "name": LeafColumn("restricted", "VARCHAR")})
    }
    graph = analyse(flow.copies(OWN[:2], 6), leaves, {})
    assert graph.refusals == ()
    classes = classify(graph, leaves, {})
    assert {classes.class_of(f"int_a__counted__{number}", "n") for number in range(3)} == {"restricted"}
    assert {classes.class_of(f"int_a__{number}", "id") for number in range(3)} == {"public"}


@pytest.mark.parametrize(("seconds", "models", "kept"), [(4.9, 200, True), (5.1, 200, False), (0.1, 20, False)])
def test_the_budget_judges_two_hundred_models(seconds: float, models: int, kept: bool) -> None:
    result: dict[str, Any] = {
        "models": models, "own": 15, "characters": 9, "columns": 7, "refused": 0, "parse_seconds": 0.2,
        "seconds": seconds, "ratio": seconds / 0.2, "import_seconds": 0.1,
    }  # fmt: skip
    (budget,) = flow.budgets_of_flow(result)
    assert budget.is_kept is kept
    assert f"{models:,} models" in page.tell_flow(result)
    assert budget.what in flow.show(result)
