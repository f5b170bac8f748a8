"""Queries whose models call a step in Python: what the analyser says of each, and whether it leaks."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from contracts.flow.analysis import analyse
from contracts.flow.classes import classify
from contracts.flow.model import ModelText, PythonModel
from contracts.python_flows import python_functions
from tests.flow.oracle import MINIMUM_CELL, Oracle, Result, open_oracle
from tests.flow.queries import FOLDER, Query, is_above, read_queries
from tests.flow.static import leaves, steps
from tests.flow.worlds import World

QUERIES = read_queries(FOLDER.with_name("python_steps.yaml"))
CODE = "def model(dbt, session):"


class PythonOracle(Oracle):
    """An oracle that runs Python models too; the warehouse refuses no minimum cell, to see what would be told."""

    def _result(self, query: Query, world: World) -> Result:
        self._fill(world)
        self.connection.execute("create or replace macro step_minimum_cell() as 2")
        self.connection.execute("begin")
        try:
            *earlier, (_, last) = query.models.items()
            for name, text in earlier:
                made = self._run(text) if text.startswith(CODE) else self.connection.sql(text).to_arrow_table()
                self.connection.register("made", made)
                self.connection.execute(f"create temp table {name} as from made")
            return self._rows(last)
        finally:
            self.connection.execute("rollback")

    def _run(self, code: str) -> Any:
        """What dbt does with a Python model, as far as these need it. k is 10 where the model asks for no other."""
        names: dict[str, Any] = {}
        asked = code if "k=" in code or "(dbt.ref" not in code else code.replace('count="n"', 'count="n", k=10')
        exec(compile(asked, "model", "exec"), names)
        dbt = SimpleNamespace(ref=lambda name: self.connection.sql(f"select * from {name}"))
        made = names["model"](dbt, None)
        return made.to_arrow_table() if isinstance(made, duckdb.DuckDBPyRelation) else made


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with open_oracle() as opened:
        yield PythonOracle(opened.folder)


def judged(query: Query) -> str:
    models: list[ModelText | PythonModel] = []
    for name, text in query.models.items():
        models.append(PythonModel(name, text, ("counted",)) if text.startswith(CODE) else ModelText(name, text))
    graph = analyse(models, leaves(), steps(), python_functions(MINIMUM_CELL))
    if graph.refusals:
        return "refused"
    relation = graph.relation("answer")
    assert relation is not None
    classes = classify(graph, leaves(), steps())
    return "caught" if any(is_above(classes.class_of("answer", n), query.tier) for n in relation.columns) else "passes"


@pytest.mark.parametrize("query", QUERIES, ids=[query.id for query in QUERIES])
def test_the_analyser_says_what_is_expected(query: Query) -> None:
    assert judged(query) == query.static


@pytest.mark.parametrize("query", QUERIES, ids=[query.id for query in QUERIES])
def test_the_oracle_shows_what_is_claimed(query: Query, oracle: Oracle) -> None:
    shown = oracle.ask(query)
    assert shown.leaks == query.leaks, shown.how
    assert query.leaks or shown.pairs >= 6
