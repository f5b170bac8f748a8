"""What decides which records there are, and how often, clause by clause."""

from __future__ import annotations

import pytest

from tests.unit.contracts.flow.flow_samples import classes_of, presence_words, relation_of

R = "from requests"


@pytest.mark.parametrize(
    ("sql", "edges"),
    [
        (f"select id {R}", set()),
        (f"select id {R} where name = 'a' and amount > 1", {"name:FILTER", "amount:FILTER"}),
        (f"select id {R} where exists (select 1 from areas where people > amount)", {"people:FILTER", "amount:FILTER"}),
        (f"select id {R} where area in (select area from areas where people > 1)", {"area:FILTER", "people:FILTER"}),
        (f"select id {R} where amount > (select avg(people) from areas)", {"amount:FILTER", "people:FILTER"}),
        (
            f"select requests.id {R} join areas on requests.area = areas.area and name is null",
            {"area:JOIN", "name:JOIN"},
        ),
        (f"select id {R} left join areas using (area)", {"area:JOIN"}),
        (f"select id {R} semi join areas using (area)", {"area:JOIN"}),
        (
            f"select id {R} anti join areas on requests.area = areas.area and people > amount",
            {"area:JOIN", "people:JOIN", "amount:JOIN"},
        ),
        (f"select id {R}, areas", set()),
        (
            f"select id {R} asof join areas on requests.area = areas.area and amount >= people",
            {"area:JOIN", "amount:JOIN", "people:JOIN", "(order):SORT"},
        ),
        (
            f"select r.id {R} as r, lateral (select people from areas where people > r.amount) as l",
            {"people:FILTER", "amount:FILTER"},
        ),
        (f"select r.id {R} as r, (select r.amount + 1 as x) as l", set()),
        (f"select r.id {R} as r, unnest(r.tags) as u(tag)", {"tags:FILTER"}),
        (f"select r.id {R} as r, range(r.amount) as u(tag)", {"amount:FILTER"}),
        (f"select kind, count(*) as n {R} group by kind", {"kind:GROUP_BY"}),
        (f"select upper(name) as u, count(*) as n {R} group by all", {"name:GROUP_BY"}),
        (f"select upper(name) as u {R} group by u", {"name:GROUP_BY"}),
        (f"select kind {R} group by rollup (kind, name)", {"kind:GROUP_BY", "name:GROUP_BY"}),
        (
            f"select kind {R} group by grouping sets ((kind), (name, area), ())",
            {"kind:GROUP_BY", "name:GROUP_BY", "area:GROUP_BY"},
        ),
        (f"select kind {R} group by kind having max(name) = 'a'", {"kind:GROUP_BY", "name:FILTER"}),
        (f"select kind, max(name) as x {R} group by kind having x = 'a'", {"kind:GROUP_BY", "name:FILTER"}),
        (f"select count(*) as n {R} having max(amount) > 3", {"amount:FILTER"}),
        (
            f"select id {R} qualify rank() over (partition by kind order by amount) = 1",
            {"kind:FILTER", "amount:FILTER"},
        ),
        (f"select id, rank() over (order by amount) as x {R} qualify x = 1", {"amount:FILTER"}),
        (f"select distinct kind, upper(name) as u {R}", {"kind:GROUP_BY", "name:GROUP_BY"}),
        (
            f"select distinct on (kind) id {R} order by kind, amount",
            {"kind:GROUP_BY", "kind:SORT", "amount:SORT", "(order):SORT"},
        ),
        (f"select id {R} order by amount", set()),
        (f"select id {R} order by amount limit 5", {"amount:SORT", "(order):SORT"}),
        (f"select id {R} order by id offset 5", {"id:SORT", "(order):SORT"}),
        (f"select id, name {R} order by all limit 5", {"id:SORT", "name:SORT", "(order):SORT"}),
        (f"select -amount as x {R} order by x limit 5", {"amount:SORT", "(order):SORT"}),
        (
            f"select id {R} order by id limit (select max(people) from areas)",
            {"id:SORT", "(order):SORT", "people:FILTER"},
        ),
        (f"select id {R} union all select area from areas where people > 3", {"people:FILTER"}),
        (f"select kind {R} union select area from areas", {"kind:GROUP_BY", "area:GROUP_BY"}),
        (f"select kind {R} intersect select area from areas", {"kind:FILTER", "area:FILTER"}),
        (f"select kind {R} except all select area from areas", {"kind:FILTER", "area:FILTER"}),
        (f"(select kind, amount {R}) order by amount limit 2", {"kind:SORT", "amount:SORT", "(order):SORT"}),
        (f"with a as (select id {R} where name is null) select id from a", {"name:FILTER"}),
        (f"with a as (select id {R} where name is null) select count(*) as n from a where false", set()),
        (f"select id {R} where false", set()),
        ("select 1 as x where false", set()),
        (f"select id {R} where (select count(*) from areas where people > 3) > 1", {"people:FILTER"}),
    ],
)
def test_what_decides_the_records(sql: str, edges: set[str]) -> None:
    assert presence_words(sql) == edges


def test_the_presence_of_every_relation_counts() -> None:
    found = relation_of("select 1 as x from requests cross join areas")
    assert {(edge.relation, edge.column) for edge in found.presence} == {
        ("requests", "(presence)"),
        ("areas", "(presence)"),
    }


def test_an_order_below_decides_what_is_taken_first() -> None:
    sorted_by_name = "select id, kind from requests order by name"
    assert classes_of(sorted_by_name).class_of("m1", "id") == "public"
    first = "select arg_min(id, kind) as x from m1"
    assert classes_of(sorted_by_name, first).class_of("m2", "x") == "restricted"
    assert classes_of("select id, kind from requests", first.replace("m1", "m1")).class_of("m2", "x") == "public"


def test_a_window_sorts_the_records_on_the_way() -> None:
    ranked = "select id, kind, rank() over (order by name) > 1 as x from requests"
    assert classes_of(ranked, "select arg_min(id, kind) as y from m1").class_of("m2", "y") == "restricted"
