"""What registered steps lower, of what they are refused to lower anything, and the natures they ask for."""

from __future__ import annotations

import pytest

from contracts.flow.model import Nature
from tests.unit.contracts.flow.flow_samples import (
    class_of,
    classes_of,
    column_words,
    graph_of,
    presence_words,
    relation_of,
)

COUNTED = "select area, count(*) as n, avg(amount) as mean from requests group by area"


@pytest.mark.parametrize(
    ("expression", "nature"),
    [
        ("1", Nature.CONSTANT),
        ("upper('a')", Nature.CONSTANT),
        ("kind", Nature.RECORD),
        ("count(*)", Nature.COUNT),
        ("count_if(name is null)", Nature.COUNT),
        ("count(distinct name)", Nature.COUNT),
        ("sum(1)", Nature.COUNT),
        ("sum(case when name is null then 1 else 0 end)", Nature.COUNT),
        ("sum(case when name is null then 1 end)", Nature.COUNT),
        ("sum(if(name is null, 1, 0))", Nature.COUNT),
        ("sum(case when name is null then 2 else 0 end)", Nature.AGGREGATE),
        ("count(*) - count(name)", Nature.COUNT),
        ("count(*) + count(name)", Nature.COUNT),
        ("count(*) + count(*)", Nature.AGGREGATE),
        ("count(*) * 10", Nature.AGGREGATE),
        ("count(*) + 10", Nature.AGGREGATE),
        ("count(*) + 0", Nature.COUNT),
        ("cast(count(*) as integer)", Nature.COUNT),
        ("cast(count(*) as varchar)", Nature.AGGREGATE),
        ("coalesce(count(*), 0)", Nature.COUNT),
        ("coalesce(count(*), 20)", Nature.AGGREGATE),
        ("nullif(count(*), 0)", Nature.COUNT),
        ("greatest(count(*), count(name))", Nature.COUNT),
        ("case when count(*) > 3 then count(*) end", Nature.COUNT),
        ("max(count(*)) over ()", Nature.COUNT),
        ("sum(count(*)) over (order by kind)", Nature.COUNT),
        ("lag(count(*)) over (order by kind)", Nature.COUNT),
        ("[count(*), count(name)]", Nature.COUNT),
        ("list_sum([count(*), count(name)])", Nature.AGGREGATE),
        ("100.0 * count(name) / count(*)", Nature.AGGREGATE),
        ("sum(amount)", Nature.AGGREGATE),
        ("round(avg(amount), 1)", Nature.AGGREGATE),
        ("median(amount)", Nature.AGGREGATE),
        ("quantile_cont(amount, 0.9)", Nature.AGGREGATE),
        ("quantile_cont(amount, 1)", Nature.RECORD),
        ("quantile_disc(amount, [0.5, 0.99])", Nature.RECORD),
        ("max(amount)", Nature.RECORD),
        ("min(amount)", Nature.RECORD),
        ("arg_max(amount, opened)", Nature.RECORD),
        ("list(amount order by opened)", Nature.RECORD),
        ("count(*) || kind", Nature.RECORD),
    ],
)
def test_the_nature_of_a_value(expression: str, nature: Nature) -> None:
    found = relation_of(f"select kind, {expression} as x from requests group by kind").column("x")
    assert found is not None
    assert found.nature is nature


@pytest.mark.parametrize(
    ("expression", "nature"),
    [
        ("row_number() over (order by id)", Nature.RECORD),
        ("count(*) over (partition by kind)", Nature.COUNT),
        ("sum(amount) over (partition by kind)", Nature.AGGREGATE),
        ("sum(amount) over (order by id)", Nature.RECORD),
        ("avg(amount) over (partition by kind rows between 1 preceding and current row)", Nature.RECORD),
        ("(select count(*) from areas)", Nature.COUNT),
        ("(select max(people) from areas)", Nature.RECORD),
        ("case when name is null then 1 else 0 end", Nature.RECORD),
    ],
)
def test_the_nature_of_a_value_of_a_record(expression: str, nature: Nature) -> None:
    found = relation_of(f"select {expression} as x from requests").column("x")
    assert found is not None
    assert found.nature is nature


def test_a_count_stays_one_through_models_and_a_source_may_come_counted() -> None:
    second = relation_of(
        COUNTED, "select area, coalesce(n, 0) as n, n + 1 as other, sum(n) over (order by area) as k from m1"
    )
    assert [second.columns[name].nature for name in ("n", "other", "k")] == [
        Nature.COUNT,
        Nature.AGGREGATE,
        Nature.COUNT,
    ]
    seen = relation_of("select sum(seen) as s, sum(people) as p from areas")
    assert [seen.columns[name].nature for name in ("s", "p")] == [Nature.COUNT, Nature.AGGREGATE]


def test_what_a_constant_of_a_joined_relation_is() -> None:
    """It is missing where nothing joins, so that it is no constant."""
    sql = "select flag from requests left join (select area, 1 as flag from areas) using (area)"
    found = relation_of(sql).column("flag")
    assert found is not None
    assert found.nature is Nature.RECORD


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select step_day(opened) as x from requests", "public"),
        ("select step_day(case when kind = 'a' then opened end) as x from requests", "public"),
        ("select step_day(opened + interval 5 day) as x from requests", "public"),
        ("select step_day(greatest(opened, coalesce(closed, opened))) as x from requests", "public"),
        ("select step_day(cast(opened as timestamp)) as x from requests", "public"),
        # what decides which moment it is falls not with the moment
        ("select step_day(case when amount > 3 then opened end) as x from requests", "internal"),
        ("select step_day(case when step_compare(opened <= closed) then opened end) as x from requests", "public"),
        ("select step_compare(opened <= timestamp '2026-01-01') as x from requests", "public"),
        ("select step_compare(opened = closed) as x from requests", "public"),
        ("select step_compare((opened < closed)) as x from requests", "public"),
        # above what the step lowers from
        ("select step_blur(name) as x from requests", "internal"),
        ("select step_cell(count(*) filter (where name is null), false, 10) as x from requests", "restricted"),
        ("select step_cell(count(*) filter (where amount > 3), false, 10) as x from requests", "public"),
        ("select step_cell(count(*), max(amount) > 3, 10) as x from requests", "internal"),
        ("select kind, step_cell(count(*), false, 10) as x from requests where amount > 3 group by kind", "internal"),
        ("select step_value(avg(amount), count(*), 10) as x from requests", "public"),
        ("select step_value(1000.0 * sum(amount) / max(people), count(*), 10) as x from requests, areas", "public"),
        (
            "select kind, step_value(sum(amount) * max(amount), count(*), 10) as x from requests group by kind",
            "internal",
        ),
        # two steps, one after the other
        (
            "select step_cell(n, false, 10) as x from (select count(distinct step_blur(name)) as n from requests)",
            "public",
        ),
        # nobody sees more of a window's count than of what it is partitioned by
        ("select step_cell(count(*) over (partition by amount), false, 10) as x from requests", "internal"),
        # nor of a query's that asks for a value of the record around it
        (
            "select step_cell((select count(*) from areas where people > amount), false, 10) as x from requests",
            "internal",
        ),
        (
            "select step_cell(n, false, 10) as x from requests, (select count(*) as n from areas where seen > amount)",
            "internal",
        ),
    ],
)
def test_what_a_step_lowers(sql: str, expected: str) -> None:
    assert graph_of(sql).misuses == ()
    assert class_of(sql, "x") == expected


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("step_day(amount)", "a value of one record: amount"),
        ("step_day(case when kind = 'a' then opened else amount end)", "a value of one record"),
        ("step_day(opened + to_days(amount))", "a value of one record"),
        ("step_compare(opened)", "a value of one record (a moment): opened"),
        ("step_compare(amount < 3)", "a value of one record"),
        ("step_compare(opened = timestamp '2026-01-01')", "a value of one record"),
        ("step_compare(opened <= closed and amount > 3)", "a value of one record"),
        ("step_cell(amount, false, 10)", "a value of one record: amount"),
        ("step_cell(count(*) * 10, false, 10)", "an aggregate"),
        ("step_cell(count(*) + 9, false, 10)", "an aggregate"),
        ("step_cell(sum(amount), false, 10)", "an aggregate"),
        ("step_cell(count(*), false, max(people))", "a value of one record"),
        ("step_cell(count(*), false, 5 + 5)", "a constant"),
        ("step_value(max(amount), count(*), 10)", "a value of one record"),
        ("step_value(avg(amount) filter (where id = 'a'), count(*), 10)", "other records"),
        ("step_value(avg(case when id = 'a' then amount end), count(*), 10)", "other records"),
        ("step_value(avg(amount), (select count(*) from requests), 10)", "other records"),
        ("step_newest(amount)", "a value of one record: amount"),
        ("step_newest(rank() over (order by max(amount)))", "a value of one record"),
        ("step_fixed(max(kind))", "a value of one record"),
    ],
)
def test_a_step_on_another_thing_lowers_nothing_and_is_found(expression: str, found: str) -> None:
    aggregated = any(word in expression for word in ("count(", "sum(", "avg(", "max("))
    grouped = " group by requests.area" if aggregated else ""
    graph = graph_of(f"select {expression} as x from requests cross join (select people from areas) as p{grouped}")
    assert not graph.refusals
    (misuse,) = graph.misuses
    assert found in misuse.found
    assert "it lowers nothing" in str(misuse)
    relation = graph.relation("m1")
    assert relation is not None
    assert not any(edge.steps for edge in relation.columns["x"].edges)


def test_a_share_of_the_records_counted_is_over_the_same_records() -> None:
    share = "100.0 * count(*) filter (where amount > 3) / count(*)"
    sql = f"select area, step_value({share}, count(*), 10) as x from requests group by area"
    assert graph_of(sql).misuses == ()
    assert class_of(sql, "x") == "public"


def test_deduping_lowers_keys_and_moments_alone() -> None:
    newest = "qualify step_newest(row_number() over (partition by {} order by {}))"
    sql = f"select kind from requests {newest.format('id', 'opened desc nulls last, _record desc')}"
    assert class_of(sql, "kind") == "public"
    assert {"opened:FILTER>step_newest", "_record:FILTER>step_newest", "id:FILTER>step_newest"} <= presence_words(sql)
    for by, order in [("name", "opened"), ("id", "amount"), ("id", "name || id")]:
        assert class_of(f"select kind from requests {newest.format(by, order)}", "kind") in ("internal", "restricted")


def test_the_order_a_step_leaves_is_lowered_with_it() -> None:
    sql = "select id, kind from requests qualify step_newest(row_number() over (partition by id order by opened))"
    assert classes_of(sql, "select arg_min(id, kind) as x from m1").class_of("m2", "x") == "public"


def test_the_steps_stand_on_the_edges_in_their_order() -> None:
    counted = "select count(distinct step_blur(step_blur(name))) as n from requests"
    sql = f"select step_cell(n, false, 10) as x from ({counted})"
    assert column_words(sql, "x") == {
        "name:AGGREGATION>step_blur>step_cell",
        "(presence):FILTER>step_cell",
    }
