"""The lists of what SQL may use: that they name what exists, and what gives the same each time."""

from __future__ import annotations

from importlib.metadata import version

import duckdb
import pytest
from sqlglot import exp

from contracts.flow import functions, nodes
from tests.unit.contracts.flow.flow_samples import graph_of

SPATIAL = "st_"


def known_to_duckdb() -> dict[str, tuple[str, str]]:
    """The functions of DuckDB: kind and stability."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select function_name, max(function_type), max(coalesce(stability, 'CONSISTENT')) from duckdb_functions()"
            " where function_type in ('scalar', 'aggregate', 'macro') group by all"
        ).fetchall()
    return {name: (kind, stability) for name, kind, stability in rows}


def test_what_is_listed_by_name_exists_and_gives_the_same_each_time() -> None:
    found = known_to_duckdb()
    listed = functions.SCALAR_NAMES | functions.AGGREGATE_NAMES | functions.LISTED_NAMES
    for name in sorted(listed - functions.RANKING_NAMES):
        if not name.startswith(SPATIAL):
            assert found[name][1] == "CONSISTENT", name


def test_what_changes_from_time_to_time_is_refused() -> None:
    for name, (_, stability) in known_to_duckdb().items():
        if stability != "CONSISTENT" and name.isidentifier():
            graph = graph_of(f"select {name}() as x from requests")
            assert graph.refusals, name


def test_every_function_reads_each_of_its_arguments() -> None:
    """With one to four columns as arguments, each is an edge, or the call is refused."""
    columns = ["kind", "area", "amount", "name"]
    for name, (kind, _) in known_to_duckdb().items():
        if kind == "scalar" and name.isidentifier():
            for count in range(1, 5):
                graph = graph_of(f"select {name}({', '.join(columns[:count])}) as x from requests")
                found = graph.relation("m1")
                assert found is not None
                if not found.is_refused:
                    assert {edge.column for edge in found.columns["x"].edges} == set(columns[:count]), (name, count)


@pytest.mark.parametrize(
    "group", ["SCALAR_CLASSES", "COUNTING", "POOLING", "QUANTILES", "PICKING", "ORDERED_PICKING", "RANKING", "PLACING"]
)
def test_the_classes_listed_are_functions_of_sqlglot(group: str) -> None:
    for node in getattr(functions, group):
        assert issubclass(node, exp.Func), node
        assert node in nodes.KNOWN


def test_every_word_a_node_may_bear_is_one_of_sqlglots() -> None:
    for node, words in nodes.WORDS.items():
        assert set(words.split()) <= set(node.arg_types), node


def test_no_group_of_functions_overlaps_another() -> None:
    groups = [
        functions.SCALAR_CLASSES,
        functions.COUNTING,
        functions.POOLING,
        functions.QUANTILES,
        functions.PICKING,
        functions.ORDERED_PICKING,
        functions.RANKING,
        functions.PLACING,
        functions.LISTED_CLASSES,
    ]
    assert sum(len(group) for group in groups) == len(frozenset[type[exp.Expr]]().union(*groups))
    assert functions.NEEDING_ORDER <= functions.ORDERED_PICKING


@pytest.mark.parametrize(
    "sql",
    [
        "select kind /* name */ as x from requests /* /* nested */ name */ where area = 'it''s -- name'",
        "select 'a\\' as x, kind as y -- ', name\nfrom requests",
        "select $$name 'x' --$$ as x, kind as y from requests",
        "select e'a\\'b' as x, kind as y from requests",
    ],
)
def test_texts_and_comments_end_where_duckdb_ends_them(sql: str) -> None:
    """The columns sqlglot sees are those DuckDB sees; where it cannot read the text, the model is refused."""
    with duckdb.connect() as connection:
        connection.execute("create table requests (kind varchar, area varchar, name varchar)")
        try:
            names = [one[0] for one in connection.execute(sql).description or ()]
        except duckdb.ParserException:
            names = []
    graph = graph_of(sql)
    found = graph.relation("m1")
    assert found is not None
    if not found.is_refused:
        assert [column.name for column in found.columns.values()] == names
        assert "name" not in {edge.column for column in found.columns.values() for edge in column.edges}


def test_sqlglot_is_the_version_the_lists_were_made_for() -> None:
    """Whoever raises it runs the corpus anew and looks through what its parser reads otherwise."""
    assert version("sqlglot") == "30.30.0"
