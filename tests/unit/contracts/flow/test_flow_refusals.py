"""What is refused, and what the refusal says; a refused model is of the most restrictive class."""

from __future__ import annotations

import pytest

from contracts.flow.classes import classify
from contracts.flow.model import ModelText
from tests.unit.contracts.flow.flow_samples import LEAVES, STEPS, classes_of, graph_of


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("select t from requests as t", "a record as a value"),
        ("select requests from requests", "a record as a value"),
        ("select to_json(r) as x from requests as r", "a record as a value"),
        ("select struct_pack(r.*) as x from requests as r", "a record as a value"),
        ("select row(r.*) as x from requests as r", "a record as a value"),
        ("select count(r.*) as x from requests as r", "a record as a value"),
        ("select s.* from (select {'a': name} as s from requests)", "no relation is called s"),
        ("select columns('n.*') from requests", "Columns"),
        ("select count(columns(*)) from requests", "Columns"),
        ("select * like 'n%' from requests", "Star"),
        ("select #1 as x from requests", "PositionalColumn"),
        ("select $1 as x from requests", "Placeholder"),
        ("select ? as x from requests", "Placeholder"),
        ("select getvariable('a') as x from requests", "getvariable"),
        ("select current_setting('a') as x from requests", "current_setting"),
        ("select now() as x from requests", "now"),
        ("select current_date as x from requests", "CurrentDate"),
        ("select today() as x from requests", "CurrentDate"),
        ("select current_timestamp as x from requests", "CurrentTimestamp"),
        ("select age(opened) as x from requests", "age"),
        ("select random() as x from requests", "Rand"),
        ("select uuid() as x from requests", "Uuid"),
        ("select nextval('s') as x from requests", "nextval"),
        ("select id from requests order by random() limit 3", "Rand"),
        ("select my_macro(name) as x from requests", "my_macro"),
        ("select main.upper(name) as x from requests", "a function of a schema"),
        ("select name.upper() as x from requests", "a function of a schema"),
        ("select error(name) as x from requests", "error"),
        ("select rowid as x from requests", "rowid"),
        ("select nothing as x from requests", "no column called nothing"),
        ("select requests.nothing as x from requests", "no column called requests.nothing"),
        ("select area as x from requests, areas", "several relations"),
        ("select 1 as x from requests as a, areas as a", "two relations called a"),
        ("select * from read_parquet('x')", "readparquet as a relation"),
        ("select * from read_csv('x')", "readcsv as a relation"),
        ("select * from 'x.parquet'", "no model or source"),
        ("select * from query('select 1')", "query as a relation"),
        ("select * from query_table('requests')", "query_table as a relation"),
        ("select * from glob('*')", "glob as a relation"),
        ("select * from duckdb_tables()", "duckdb_tables as a relation"),
        ("select * from pragma_table_info('requests')", "pragma_table_info as a relation"),
        ("select * from requests natural join areas", "NATURAL JOIN"),
        ("select id from requests positional join areas", "POSITIONAL JOIN"),
        ("select id from requests using sample 10%", "sample"),
        ("select id from requests tablesample 10%", "sample"),
        ("select kind, count(*) as n from requests group by 1", "GROUP BY a position"),
        ("select kind from requests order by 1", "ORDER BY a position"),
        ("select kind, row_number() over (order by 1) as x from requests", "ORDER BY a position"),
        ("with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select n from r", "recursive"),
        ("pivot requests on kind using count(*)", "not a query"),
        ("select * from requests pivot (count(*) for kind in ('a'))", "pivots"),
        ("unpivot areas on people, seen into name n value v", "not a query"),
        ("summarize requests", "not a query"),
        ("describe requests", "not a query"),
        ("select 1 as x; select 2 as x", "2 statements"),
        ("", "0 statements"),
        ("-- nothing", "0 statements"),
        ("create table x as select 1", "not a query"),
        ("insert into x select 1", "not a query"),
        ("copy requests to 'x'", "not a query"),
        ("select from where", "cannot be read"),
        ("select id from requests limit 5", "LIMIT without an order"),
        ("select id from requests offset 5", "OFFSET without an order"),
        ("(select id from requests) limit 2", "LIMIT without an order"),
        ("select distinct on (kind) id from requests", "DISTINCT ON without an order"),
        ("select row_number() over () as x from requests", "in no order"),
        ("select lag(id) over (partition by kind) as x from requests", "in no order"),
        ("select kind, first(id) as x from requests group by kind", "in no order"),
        ("select kind, any_value(id) as x from requests group by kind", "in no order"),
        ("select kind, list(id) as x from requests group by kind", "in no order"),
        ("select kind, string_agg(id, ',') as x from requests group by kind", "in no order"),
        ("select row_number() as x from requests", "without one"),
        ("select count(*) over w as x from requests", "is not known"),
        ("select count(*) from requests", "has no name"),
        ('select id as "(presence)" from requests', "a column called (presence)"),
        ("select unnest(tags) as x from requests", "unnest of what may be a record"),
        ("select [x for x in tags] as y from requests", "Comprehension"),
        ("select list_transform(tags, upper) as y from requests", "a lambda is missing"),
        ("select id from requests union all select area, people from areas", "different numbers of columns"),
        ("select (select area, people from areas) as x from requests", "a query of several columns"),
        ("select id from requests for update", "locks"),
        ("select upper(name) from requests union all by name select upper(name) from requests", "BY NAME of a column"),
        ("select count(* exclude (name)) as n from requests", "not known"),
        ("select id from requests at (version => 1)", "when"),
        ("select upper(name := 'a') as x from requests", "PropertyEQ"),
        ("select id from requests join areas using (people)", "USING (people)"),
        ("select step_forged(name) as x from requests", "no registered step"),
        ("select step_day(opened, 'x') as x from requests", "has 2 arguments"),
        ("select step_day(moment := opened) as x from requests", "PropertyEQ"),
    ],
)
def test_what_is_not_known_is_refused(sql: str, word: str) -> None:
    graph = graph_of(sql)
    assert graph.refusals
    assert any(word in refusal.construct for refusal in graph.refusals), [str(one) for one in graph.refusals]
    assert all(refusal.instead and refusal.instead.endswith((".", "…")) for refusal in graph.refusals)
    classes = classes_of(sql, "select 1 as x from m1")
    found = classes.graph.relation("m1")
    assert found is not None
    assert found.is_refused
    for name in (*(column.name for column in found.columns.values()), "(presence)", "anything"):
        assert classes.class_of("m1", name) == "restricted"
    assert classes.class_of("m2", "x") == "restricted"


@pytest.mark.parametrize(
    ("sql", "lost"),
    [
        ("select date_trunc(kind, opened) as x from requests", "kind"),
        ("select date_diff(kind, opened, closed) as x from requests", "kind"),
        ("select date_trunc(month, opened) as x from (select *, kind as month from requests)", "month"),
        ("select time_bucket(interval '1 day', opened, closed) as x from requests", "closed"),
        ("select max_by(kind, opened, 2, name) as x from requests", "name"),
        ("select encode(kind, name) as x from requests", "name"),
        ("select ceil(amount, 1, amount) as x from requests", "amount"),
    ],
)
def test_a_column_that_the_parser_loses_is_refused(sql: str, lost: str) -> None:
    """sqlglot reads these without the column; DuckDB may not."""
    assert any(refusal.construct.startswith(f"{lost} is not where") for refusal in graph_of(sql).refusals)


@pytest.mark.parametrize(
    "sql",
    [
        "select opened as month, extract(month from opened) as day, interval '3' month as year from requests",
        "select interval 3 day as day, month(opened) as month from requests",
        "select 'name' as kind, {'name': 1} as area, list_filter([1], lambda name: name > 1) as id from requests",
        'select id as "order", kind as "group" from requests',
        "select id /* name */ as x -- name\nfrom requests;",
        "select date_trunc('month', opened) as x from requests",
        "select count(*) over (order by id rows between unbounded preceding and current row) as current from requests",
    ],
)
def test_words_that_look_like_columns_are_not_missed(sql: str) -> None:
    assert graph_of(sql).refusals == ()


def test_every_refusal_of_a_model_is_found_in_one_reading() -> None:
    sql = "select\n  foo(name) as a,\n  now() as b,\n  nothing as c\nfrom requests\nwhere bar(id)"
    assert [refusal.line for refusal in graph_of(sql).refusals] == [2, 3, 4, 6]


def test_what_stands_too_deep_is_refused() -> None:
    deep = "(" * 400 + "1" + ")" * 400
    nested = "abs(" * 400 + "1" + ")" * 400
    for expression in (deep, nested):
        graph = graph_of(f"select {expression} as x from requests")
        found = graph.relation("m1")
        assert found is not None
        assert found.is_refused or found.column("x") is not None
    many = " and ".join(["name is not null"] * 2_000)
    assert graph_of(f"select id from requests where {many}").refusals == ()


def test_a_model_downstream_of_a_refused_one_is_most_restrictive_and_not_refused_itself() -> None:
    classes = classes_of("select foo(id) as a, kind from requests", "select kind from m1", "select * from m1")
    assert [refusal.model for refusal in classes.graph.refusals] == ["m1"]
    assert classes.class_of("m2", "kind") == classes.class_of("m3", "kind") == "restricted"
    unreadable = classes_of("selec", "select kind from m1", "select * from m1")
    assert unreadable.class_of("m2", "kind") == unreadable.class_of("m3", "whatever") == "restricted"
    assert [refusal.model for refusal in unreadable.graph.refusals] == ["m1"]


def test_of_two_relations_with_one_name_neither_is_believed() -> None:
    for models in (
        (ModelText("requests", "select area from areas"), ModelText("m", "select area from requests")),
        (ModelText("a", "select area from areas"), ModelText("A", "select id from requests")),
    ):
        classes = classify(graph_of(*models), LEAVES, STEPS)
        assert any("a second relation called" in refusal.construct for refusal in classes.graph.refusals)
        assert classes.class_of("m", "area") == "restricted"
        assert classes.class_of(models[0].name, "area") == "restricted"


def test_a_column_that_is_not_known_may_bear_any_name() -> None:
    """Of ``select *, kind as x`` from what is not known, x may be another; nor does anybody know which is first."""
    for sql in (
        "select x from (select *, kind as x from m1)",
        "select x from (select *, 'a' as k from m1) as q(x)",
        "select x from m2",
        "select *, 'a' as x from m1",
    ):
        classes = classes_of("selec", "select *, 'a' as x from m1", sql)
        assert [refusal.model for refusal in classes.graph.refusals] == ["m1"]
        assert classes.class_of("m3", "x") == "restricted"
