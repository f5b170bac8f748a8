"""What a value is made of, expression by expression."""

from __future__ import annotations

import pytest

from tests.unit.contracts.flow.flow_samples import column_words, presence_words, relation_of


@pytest.mark.parametrize(
    ("expression", "edges"),
    [
        ("amount", {"amount:IDENTITY"}),
        ("requests.amount", {"amount:IDENTITY"}),
        ("(amount)", {"amount:IDENTITY"}),
        ('"AMOUNT"', {"amount:IDENTITY"}),
        ("amount + 1", {"amount:TRANSFORMATION"}),
        ("-amount // 2", {"amount:TRANSFORMATION"}),
        ("kind || ' ' || name", {"kind:TRANSFORMATION", "name:TRANSFORMATION"}),
        ("cast(amount as varchar)", {"amount:TRANSFORMATION"}),
        ("amount::double", {"amount:TRANSFORMATION"}),
        ("try_cast(name as integer)", {"name:TRANSFORMATION"}),
        ("upper(name)", {"name:TRANSFORMATION"}),
        ("regexp_replace(name, '[0-9]', kind)", {"name:TRANSFORMATION", "kind:TRANSFORMATION"}),
        (
            "case when name is null then kind else area end",
            {"name:CONDITIONAL", "kind:TRANSFORMATION", "area:TRANSFORMATION"},
        ),
        ("case name when 'a' then 1 end", {"name:CONDITIONAL"}),
        ("if(name = 'a', kind, area)", {"name:CONDITIONAL", "kind:TRANSFORMATION", "area:TRANSFORMATION"}),
        ("coalesce(kind, area, 'x')", {"kind:TRANSFORMATION", "area:TRANSFORMATION"}),
        ("nullif(kind, name)", {"kind:TRANSFORMATION", "name:CONDITIONAL"}),
        ("greatest(opened, closed)", {"opened:TRANSFORMATION", "closed:TRANSFORMATION"}),
        ("amount between 1 and length(name)", {"amount:TRANSFORMATION", "name:TRANSFORMATION"}),
        ("kind in ('a', name)", {"kind:TRANSFORMATION", "name:TRANSFORMATION"}),
        ("name like kind || '%'", {"name:TRANSFORMATION", "kind:TRANSFORMATION"}),
        ("name is distinct from kind", {"name:TRANSFORMATION", "kind:TRANSFORMATION"}),
        (
            "not (name is null) and amount > 1 or kind = 'a'",
            {"name:TRANSFORMATION", "amount:TRANSFORMATION", "kind:TRANSFORMATION"},
        ),
        ("date_trunc('month', opened)", {"opened:TRANSFORMATION"}),
        ("date_diff('day', opened, closed)", {"opened:TRANSFORMATION", "closed:TRANSFORMATION"}),
        ("extract(year from opened)", {"opened:TRANSFORMATION"}),
        ("opened + interval 3 day", {"opened:TRANSFORMATION"}),
        ("opened + interval (amount) day", {"opened:TRANSFORMATION", "amount:TRANSFORMATION"}),
        ("strftime(opened, '%Y')", {"opened:TRANSFORMATION"}),
        ("opened at time zone 'UTC'", {"opened:TRANSFORMATION"}),
        ("md5(name)", {"name:TRANSFORMATION"}),
        ("tags[1]", {"tags:TRANSFORMATION"}),
        ("tags[1:amount]", {"tags:TRANSFORMATION", "amount:TRANSFORMATION"}),
        ("[kind, name]", {"kind:TRANSFORMATION", "name:TRANSFORMATION"}),
        ("{'a': kind, 'b': name}", {"kind:TRANSFORMATION", "name:TRANSFORMATION"}),
        ("{'a': kind}.a", {"kind:TRANSFORMATION"}),
        ("struct_pack(a := name)", {"name:TRANSFORMATION"}),
        ("row(kind, name)", {"kind:TRANSFORMATION", "name:TRANSFORMATION"}),
        ("map {'a': name}", {"name:TRANSFORMATION"}),
        ("json_object('a', name)", {"name:TRANSFORMATION"}),
        ("to_json({'a': name})", {"name:TRANSFORMATION"}),
        ("name -> '$.a'", {"name:TRANSFORMATION"}),
        ("name ->> kind", {"name:TRANSFORMATION", "kind:TRANSFORMATION"}),
        ("list_transform(tags, lambda x: x || kind)", {"tags:TRANSFORMATION", "kind:TRANSFORMATION"}),
        ("list_transform([1], lambda name: name + 1)", set()),
        ("list_filter([1, 2], lambda x: x > amount)", {"amount:CONDITIONAL"}),
        ("list_filter(tags, x -> x = name)", {"tags:TRANSFORMATION", "name:CONDITIONAL", "tags:CONDITIONAL"}),
        ("list_reduce([amount], lambda x, y: x + y)", {"amount:TRANSFORMATION"}),
        ("list_sum(list_sort([amount, 2]))", {"amount:TRANSFORMATION"}),
        ("'name'", set()),
        ("timestamp '2026-01-01'", set()),
        ("null", set()),
        ("array(select people from areas)", {"people:TRANSFORMATION", "(presence):FILTER", "(order):SORT"}),
        ("(select max(people) from areas)", {"people:AGGREGATION", "(presence):FILTER"}),
        ("exists (select 1 from areas)", {"(presence):FILTER"}),
        ("kind = any (select area from areas)", {"kind:TRANSFORMATION", "area:FILTER", "(presence):FILTER"}),
        (
            "(kind, id) in (select area, 'x' from areas)",
            {"kind:TRANSFORMATION", "id:TRANSFORMATION", "area:FILTER", "(presence):FILTER"},
        ),
    ],
)
def test_what_a_value_is_made_of(expression: str, edges: set[str]) -> None:
    assert column_words(f"select {expression} as x from requests", "x") == edges


@pytest.mark.parametrize(
    ("expression", "edges"),
    [
        ("count(*)", set()),
        ("count(name)", {"name:AGGREGATION"}),
        ("count(distinct name)", {"name:AGGREGATION"}),
        ("count(*) filter (where name is null)", {"name:FILTER"}),
        ("sum(case when name is null then amount end)", {"name:FILTER", "amount:AGGREGATION"}),
        ("sum(amount) / count(*)", {"amount:AGGREGATION"}),
        ("max(amount)", {"amount:AGGREGATION"}),
        ("list(kind order by amount desc)", {"kind:AGGREGATION", "amount:SORT", "(order):SORT"}),
        (
            "string_agg(distinct kind, name order by kind)",
            {"kind:AGGREGATION", "kind:SORT", "name:AGGREGATION", "(order):SORT"},
        ),
        ("arg_max(kind, opened)", {"kind:AGGREGATION", "opened:SORT", "(order):SORT"}),
        ("first(kind order by opened)", {"kind:AGGREGATION", "opened:SORT", "(order):SORT"}),
        ("quantile_cont(amount, 0.5)", {"amount:AGGREGATION"}),
        ("percentile_cont(0.5) within group (order by amount)", {"amount:AGGREGATION"}),
        ("sum(count(*)) over (order by area)", {"area:WINDOW"}),
    ],
)
def test_what_an_aggregate_is_made_of(expression: str, edges: set[str]) -> None:
    """Which records there are decides it too; that stands in the relation's presence."""
    assert (
        column_words(f"select area, {expression} as x from requests group by area", "x")
        - {"area:GROUP_BY", "area:FILTER"}
        == edges
    )


@pytest.mark.parametrize(
    ("expression", "edges"),
    [
        ("row_number() over (partition by kind order by amount)", {"kind:WINDOW", "amount:WINDOW", "(order):SORT"}),
        ("rank() over (order by name)", {"name:WINDOW"}),
        ("sum(amount) over w", {"amount:AGGREGATION", "kind:WINDOW"}),
        ("sum(amount) over (w order by id)", {"amount:AGGREGATION", "kind:WINDOW", "id:WINDOW"}),
        (
            "lag(name, 1, kind) over (order by id)",
            {"name:TRANSFORMATION", "kind:TRANSFORMATION", "kind:WINDOW", "id:WINDOW", "(order):SORT"},
        ),
        ("first_value(name ignore nulls) over (order by id)", {"name:TRANSFORMATION", "id:WINDOW", "(order):SORT"}),
        (
            "avg(amount) over (order by id rows between 1 preceding and current row)",
            {"amount:AGGREGATION", "id:WINDOW", "(order):SORT"},
        ),
        ("count(*) filter (where name is null) over (partition by kind)", {"name:FILTER", "kind:WINDOW"}),
    ],
)
def test_what_a_window_is_made_of(expression: str, edges: set[str]) -> None:
    sql = f"select {expression} as x from requests window w as (partition by kind)"
    assert column_words(sql, "x") == edges


def test_one_aggregate_over_all_takes_the_conditions_with_it() -> None:
    sql = "select count(*) as n, max(kind) as k from requests where name is null"
    assert column_words(sql, "n") == {"(presence):FILTER", "name:FILTER"}
    assert column_words(sql, "k") == {"(presence):FILTER", "name:FILTER", "kind:AGGREGATION"}
    assert presence_words(sql) == set()
    assert relation_of(sql).presence == ()


def test_unnest_in_a_select_list_decides_how_often_a_record_is_there() -> None:
    sql = "select id, unnest(range(1, amount)) as x from requests"
    assert column_words(sql, "x") == {"amount:TRANSFORMATION"}
    assert presence_words(sql) == {"amount:FILTER"}
