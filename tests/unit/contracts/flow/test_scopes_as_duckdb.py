"""Whether the analysis reads SQL as DuckDB does: the same columns, and an edge for whatever has an influence.

Each query is run on small tables, then again with one column changed, or with records taken away. Where a column of
the result comes out otherwise, the graph must have an edge for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import duckdb
import pytest

from contracts.flow.analysis import analyse
from contracts.flow.model import FlowRelation, Leaf, LeafColumn, ModelText, fold

COLUMNS = {
    "t": {"id": "integer", "k": "integer", "a": "integer", "b": "integer", "w": "varchar"},
    "u": {"k": "integer", "a": "integer", "c": "integer"},
}
LEAVES = {name: Leaf(name, {c: LeafColumn("public", kind) for c, kind in cs.items()}) for name, cs in COLUMNS.items()}
ROUNDS = 2

QUERIES = [
    "select * from t",
    "select -a as b, b as x from t",
    "select -a as b from t where b > 2",
    "select -a as z from t where z < -2",
    "select k % 2 as z, count(*) as n from t group by z",
    "select -sum(a) as a from t group by b having a < -2",
    "select sum(b) as a, a as x from t group by t.a having a > 2",
    "select -a as b, row_number() over (order by id) as rn from t qualify b > 2",
    "select -a as b, row_number() over (order by id) as rn from t qualify rn < 3",
    "select -a as b from t order by b limit 2",
    "select -a as z from t order by b limit 2",
    "select distinct on (b) a as x from t order by b, a, id",
    "select -a as z, row_number() over (order by z, id) as rn from t",
    "select * from t join u using (k)",
    "select t.*, u.* from t join u using (k)",
    "select k, t.k as x, u.k as y from t left join u using (k)",
    "select k, u.c as c from t right join u using (k)",
    "select k, u.c as c from t full join u using (k)",
    "select * from t join u on t.k = u.k and t.a > u.a",
    "select a_1 as x from (select * from t join u on t.k = u.k)",
    "select t.a as x from t semi join u using (k)",
    "select t.a as x from t anti join u on t.k = u.k and t.b > u.c",
    "select t.a as x from t, u where t.k = u.k",
    "select t.a as x, u.c as y from t asof join u on t.k = u.k and t.b >= u.c",
    "select t.a as x, l.d as y from t, (select t.a + u.c as d from u where u.k = t.k) as l",
    "select t.a as x, l.d as y from t left join lateral (select max(u.c) as d from u where u.k = t.k) as l on true",
    "select (select max(c) from u where u.k = t.k) as x from t",
    "select (select max(c + b) from u) as x from t",
    "select a as x from t where exists (select 1 from u where u.k = t.k and c > 2)",
    "select a as x from t where exists (select 1 from u where u.k = b)",
    "select a as x from t where k in (select k from u where c > 2)",
    "select a as x from t where k not in (select c from u)",
    "select a as x from t where b > all (select c from u where u.k = t.k)",
    "select a as x from t where (k, a) in (select k, a from u)",
    "select a in (1, b) as x, a between b and k as y, w like 'x' || b as z from t",
    "select a as x from t union all select c from u",
    "select a as x from t union select c from u",
    "select a as x from t intersect select c from u",
    "select a as x from t except select c from u",
    "select a as x, b as y from t union all by name select c as y, k as x, a as z from u",
    "select k, count(*) as n, sum(a) as s, max(b) as m from t group by k",
    "select k, b % 2 as odd, count(*) as n from t group by all having count(*) > 1",
    "select k, count(*) filter (where a > 2) as n, avg(b) filter (where a > 2) as m from t group by k",
    "select count(distinct a) as n, list(a order by b, id) as l, string_agg(w, ',' order by a, id) as g from t",
    "select k, arg_max(a, b * 100 + id) as x, first(a order by b, id) as y from t group by k",
    "select count(*) as n from t where a > 2",
    "select max(a) as x from t having count(*) > 3",
    "select k, a, count(*) as n, grouping(k) as g from t group by cube (k, a)",
    "select a as x, sum(b) over (partition by k) as s, rank() over (order by b) as r from t",
    "select id as x, lag(a) over (order by b, id) as y, ntile(2) over (order by a, id) as z from t",
    "select id as x, sum(a) over (order by b, id rows between 1 preceding and current row) as y from t",
    "select id as x, first_value(a) over w as y, count(*) over w as z from t window w as (partition by k order by id)",
    "select id as x from t qualify row_number() over (partition by k order by b desc, id) = 1",
    "select sum(sum(a)) over (order by k) as x, k as y from t group by k",
    "with c as (select k, sum(a) as s from t group by k) select s as x, u.c as y from c join u using (k)",
    "with t as (select c as a from u) select a as x from t",
    "with t as (select a + 10 as a from t) select a as x from t",
    "with c(p, q) as (select a, b from t) select p as x from c where q > 2",
    "select q as x from (with c as (select a as q from t) select q from c) where q > 2",
    "select case when a > 2 then b else k end as x, coalesce(nullif(a, b), k) as y, if(a > b, 1, 0) as z from t",
    "select list_filter([a, b, 3], lambda x: x > k) as x, list_transform([a], lambda b: b + k) as y from t",
    "select list_reduce([a, b], lambda x, y: x * 10 + y) as x, [a, b][k % 2 + 1] as y from t",
    "select {'a': b}.a as x, (select s.g from (select {'f': a, 'g': b} as s)) as y from t",
    "select id, unnest(range(0, a)) as x from t",
    "select t.a as x, r.n as y from t, range(0, t.b) as r(n)",
    "select t.a as x, r.n as y from t, unnest([t.b, t.k]) as r(n)",
    "select * exclude (a) from t",
    "select * replace (b + 1 as a) from t",
    "select * rename (a as c) from t",
    "select t.* exclude (a), u.* from t join u using (k)",
    "from t select a as x where b > 2",
    "select x: a, y: b from t",
    "select v.p as x, t.a as y from (values (1, 2), (2, 3)) as v(p, q) join t on t.k = v.q",
    "select * from (values (1, 'a'))",
    "select * from range(3) as r(n) left join t on r.n = t.k",
    "select 1 as x where false",
    "select \"A\" as x, T.B as y from T",
    "select date_diff('day', date '2026-01-01', date '2026-01-01' + a) as x from t",
    "select a as x from t where b = (select min(c) from u)",
    "select a as x from t order by id limit (select count(*) from u where c > 2)",
    "select a as x from t order by (select max(c) from u where u.k = t.k), id limit 2",
    "select k as z, (select count(*) from u where u.k = z) as y from t",
    "select sum(x) as s from (select a as x from t where b > 2 union all select c from u)",
    "select max(x) as m from (select a as x from t order by b, id limit 2)",
    "select a as x from t where a = any (select c from u where u.k = t.k)",
    "select array(select c from u where u.k = t.k order by c) as x from t",
    "select count(*) as n from (select distinct k, a % 2 as z from t)",
    "with p as (select k, count(*) as n from u where c > 1 group by k) select a, n from t left join p using (k)",
    "select a as x from t where k + b > 3 and not (w = 'x' or a is null)",
]  # fmt: skip


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own, with one thread."""
    found = duckdb.connect(config={"threads": 1})
    yield found
    found.close()


Records = Mapping[str, list[dict[str, Any]]]


def _value(column: str, kind: str, chance: Random) -> Any:
    return chance.choice(["x", "y", "x1", "x2"]) if kind == "varchar" else chance.randint(0, 4)


def _world(chance: Random) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for name, columns in COLUMNS.items():
        found[name] = [{c: _value(c, kind, chance) for c, kind in columns.items()} for _ in range(7)]
        for i, record in enumerate(found[name]):
            if "id" in record:
                record["id"] = i
    return found


def _changes(world: Records, chance: Random) -> Iterator[tuple[str, str, Records]]:
    """The world with one column changed, or with a record less: relation, column, world."""
    for name, columns in COLUMNS.items():
        for column, kind in columns.items():
            if column == "id":
                changed = list(range(7))
                chance.shuffle(changed)
                values: list[Any] = changed
            else:
                values = [_value(column, kind, chance) for _ in world[name]]
            records = [{**record, column: value} for record, value in zip(world[name], values, strict=True)]
            yield name, column, {**world, name: records}
        gone = chance.randrange(7)
        yield name, "(presence)", {**world, name: [r for i, r in enumerate(world[name]) if i != gone]}


def _asked(connection: duckdb.DuckDBPyConnection, world: Records, sql: str) -> tuple[list[str], list[Counter[str]]]:
    """The names of the result's columns, and the values of each."""
    for name, columns in COLUMNS.items():
        records = ", ".join("(" + ", ".join(repr(record[c]) for c in columns) + ")" for record in world[name])
        given = f"select * from (values {records}) as v({', '.join(columns)})"
        connection.execute(f"create or replace table {name} as {given}")
    connection.execute(f"create or replace temp view model as {sql}")
    answer = connection.execute("select * from model")
    names = [column[0] for column in answer.description or ()]
    found = answer.fetchall()
    return names, [Counter(repr(record[i]) for record in found) for i in range(len(names))]


def _relation(sql: str) -> FlowRelation:
    graph = analyse([ModelText("m", sql)], LEAVES, {})
    assert not graph.refusals, [str(refusal) for refusal in graph.refusals]
    found = graph.relation("m")
    assert found is not None
    return found


@pytest.mark.parametrize("sql", QUERIES)
def test_whatever_has_an_influence_has_an_edge(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    relation = _relation(sql)
    for seed in range(ROUNDS):
        chance = Random(f"{seed} {sql}")
        world = _world(chance)
        names, before = _asked(connection, world, sql)
        assert names == [column.name for column in relation.columns.values()]
        for read, column, other in _changes(world, chance):
            _, after = _asked(connection, other, sql)
            for name, one, two in zip(names, before, after, strict=True):
                if one != two:
                    edges = {(fold(edge.relation), fold(edge.column)) for edge in relation.edges_of(name)}
                    assert (read, column) in edges, f"{read}.{column} changes {name}"
