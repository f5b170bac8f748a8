"""What a rule's SQL may say, and what a guarded connection can reach."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from contracts.checks import Check
from contracts.engines import guard
from contracts.engines.sql import parquet
from contracts.errors import InputError
from contracts.model import Place

PLACE = Place("rules.odcs.yaml", 12)

ALLOWED = [
    "select count(*) from t where closed < opened",
    "select 100.0 * count(*) filter (where a is null) / count(*) from t",
    "with late as (select * from t where a > 1) select count(*) from late",
    "select count(*) from t x join t y on x.a = y.b",
    "select count(*) from (select a, row_number() over (partition by b order by a) n from t) where n > 1",
    "select max(n) from (select count(*) n from t group by a having count(*) > 1)",
    "select count(*) from t where a in (select b from t) and exists (select 1 from t)",
    "select count(*) from t where regexp_matches(a, '^[0-9]{8}$') or lower(a) like 'x%'",
    "select count(*) from t where date_trunc('month', opened) <> opened::date or opened < date '2020-01-01'",
    "select case when count(*) = 0 then 0 else 1 end from t",
    "select count(*) from t, unnest([1, 2]) as u(v)",
    "select count(distinct a) from t where a between 1 and 2 and coalesce(b, 0) <> 3",
    "select count(*) from t where a::decimal(10, 2) > 1.5 and cast(b as struct(x integer[])).x is null",
    "select count(*) from (select * exclude (a) replace (b + 1 as b) from t)",
    "with a as materialized (select * from t), b as (select * from a) select count(*) from b",
    "with a as (select a from t) select count(*) from (select * from a union select * from a)",
    "select count(*) from t /* a comment; with a semicolon */ -- and another",
]

FORBIDDEN = {
    # writing, and statements that are no SELECT
    "insert into t values (1)": "not one SELECT",
    "update t set a = 1": "not one SELECT",
    "delete from t": "not one SELECT",
    "drop table t": "not one SELECT",
    "create table x as select 1": "not one SELECT",
    "attach 'x.db'": "not one SELECT",
    "copy t to 'x.csv'": "not one SELECT",
    "copy (select 1) to 'x.parquet'": "not one SELECT",
    "pragma version": "not one SELECT",
    "set threads = 1": "not one SELECT",
    "set variable x = 1": "not one SELECT",
    "install httpfs": "not one SELECT",
    "load httpfs": "not one SELECT",
    "call pragma_version()": "not one SELECT",
    "export database 'x'": "not one SELECT",
    "checkpoint": "not one SELECT",
    "vacuum": "not one SELECT",
    "explain analyze select 1": "not one SELECT",
    "prepare p as select 1": "not one SELECT",
    "select 1; select 2": "2 statements",
    "select 1; drop table t": "not one SELECT",
    "": "0 statements",
    "this is no sql": "not one SELECT",
    "describe t": "show ref",
    "show tables": "show ref",
    "summarize t": "show ref",
    # reading from outside
    "select count(*) from 'x.parquet'": "the table x.parquet",
    "select count(*) from '/etc/passwd'": "the table /etc/passwd",
    "select count(*) from read_csv('x.csv')": "table function read_csv",
    "select count(*) from read_parquet('x')": "table function read_parquet",
    "select count(*) from read_text('x')": "table function read_text",
    "select count(*) from read_json_auto('x')": "table function read_json_auto",
    "select count(*) from glob('*')": "table function glob",
    "select count(*) from sniff_csv('x')": "table function sniff_csv",
    "select count(*) from parquet_metadata('x')": "table function parquet_metadata",
    "select count(*) from query('select 1')": "table function query",
    "select count(*) from query_table('t')": "table function query_table",
    "select count(*) from json_execute_serialized_sql('x')": "table function",
    "select count(*) from duckdb_settings()": "table function duckdb_settings",
    "select count(*) from range(1000000000000)": "table function range",
    "select count(*) from information_schema.tables": "the table information_schema.tables",
    "select count(*) from main.t": "the table main.t",
    "select count(*) from other": "the table other",
    "select count(*) from t where a in (select b from other)": "the table other",
    "select (select count(*) from other)": "the table other",
    # a name declared somewhere is no name everywhere, and none may be a file's
    'select (with "/tmp/x.csv" as (select 0 as v) select max(v) from "/tmp/x.csv")': "a name that could be a file's",
    'with "x.csv" as (select 0 as v) select max(v) from "x.csv"': "a name that could be a file's",
    'with "https://example.gov/x" as (select 0 as v) select 1': "a name that could be a file's",
    "select (with x as (select 0 as v) select max(v) from x) + (select max(v) from x)": "the table x",
    "select max(v) from x where v > (with x as (select 0 as v) select max(v) from x)": "the table x",
    "with a as (select * from b), b as (select * from t) select count(*) from a": "the table b",
    "with a as (select * from a) select count(*) from a": "the table a",
    # the clock, chance, surroundings
    "select count(*) from t where opened > now()": "the clock",
    "select count(*) from t where opened > current_timestamp": "the clock",
    "select count(*) from t where opened > current_date": "the clock",
    "select count(*) from t where opened > CURRENT_DATE": "the clock",
    "select count(*) from t where opened > today()": "the clock",
    "select count(*) from t where opened > localtimestamp": "the clock",
    "select count(*) from t where opened > current_localtimestamp()": "the clock",
    "select count(*) from t where opened > get_current_timestamp()": "the clock",
    "select count(*) from t where opened > transaction_timestamp()": "the clock",
    "select count(*) from t where age(opened) > interval 1 day": "the clock",
    "select count(*) from t where opened > 'now'::timestamp": "the clock",
    "select count(*) from t where opened > cast('today' as date)": "the clock",
    "select count(*) from t where opened > timestamp ' now '": "the clock",
    # hidden in a corner of the syntax tree
    "select count(*) from (select * replace (now() as a) from t)": "the clock",
    "select count(*) from (select * replace ((select b from other) as a) from t)": "the table other",
    "with c as (select now() as n) select count(*) from c": "the clock",
    "with c as (select * from other) select count(*) from c": "the table other",
    "select count(*) filter (where opened > now()) from t": "the clock",
    "select count(*) from t order by now()": "the clock",
    "select count(*) from t limit (select count(*) from other)": "the table other",
    "select count(*) from t group by a having max(opened) > now()": "the clock",
    "select count(*) from t qualify row_number() over (order by now()) = 1": "the clock",
    "select count(*) from t where case when opened > now() then true else false end": "the clock",
    "select count(*) from t where a in (1, random())": "chance",
    "select count(*) from t where list_contains([now()], opened)": "the clock",
    "select count(*) from (values (now())) as v(a)": "the clock",
    "select count(*) from t join t as u on u.opened > now()": "the clock",
    "select count(*) from t, (select * from read_csv('x'))": "table function read_csv",
    "select count(*) from t, lateral (select random())": "chance",
    "select count(*) from (select 1 union all select random())": "chance",
    "select count(*) from t, unnest([random()]) as u(v)": "chance",
    "select count(*) from t where {'a': now()}.a > opened": "the clock",
    "select sum(a order by random()) from t": "chance",
    "select max(sum(a)) over (partition by now()) from t": "the clock",
    "select count(*) from t where random() > 0.5": "chance",
    "select count(*) from t where uuid() is null": "chance",
    "select count(*) from t using sample 10%": "a sample",
    "select count(*) from t tablesample 10%": "a sample",
    "select count(*) from t where getvariable('x') = 1": "surrounds",
    "select count(*) from t where getenv('HOME') = ''": "surrounds",
    "select count(*) from t where current_setting('threads') = 1": "surrounds",
    "select count(*) from t where current_user = 'x'": "surrounds",
    "select count(*) from t where version() = 'x'": "surrounds",
    "select count(*) from t where rowid > 3": "surrounds",
    # what is not known to be harmless
    "select nextval('s')": "the function nextval",
    "select sleep_ms(1000)": "the function sleep_ms",
    "select write_log('x')": "the function write_log",
    "select error('x')": "the function error",
    "select count(*) from t where hash(a) = 1": "the function hash",
    "select count(*) from t where other.lower(a) = 'x'": "the function other.lower",
    "select any_value(a) from t": "the function any_value",
    "select first(a) from t": "the function first",
    "select sum(columns('a.*')) from t": r"COLUMNS\(...\)",
    "select count(*) from t where a = $1": "a parameter",
    "select count(*) from t where a = ?": "a parameter",
    "with recursive r as (select 1 union all select 2 from r) select count(*) from r": "recursive",
    "pivot t on a using sum(b)": "not one SELECT",
    # not one number
    "select a, b from t": "2 columns",
    "select 1 union select 2": "a set operation",
}


@pytest.mark.parametrize("query", ALLOWED)
def test_a_plain_select_is_allowed(query: str) -> None:
    guard.validate_rule_sql(query, PLACE, tables=("t",))


@pytest.mark.parametrize(("query", "words"), FORBIDDEN.items())
def test_everything_else_is_refused_at_its_line(query: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        guard.validate_rule_sql(query, PLACE, tables=("t",))
    assert caught.value.where == "rules.odcs.yaml:12"


def test_columns_are_found() -> None:
    names = guard.validate_rule_sql("select count(*) from t x where x.A > lower(b)", PLACE, tables=("t",))
    assert {"a", "b"} <= names.columns
    assert "c" not in names.columns
    assert not names.star
    assert guard.validate_rule_sql("select count(*) from (select * from t)", PLACE, tables=("t",)).star


def test_every_function_that_is_allowed_exists_and_is_consistent() -> None:
    """A typing error in the list would go unseen; a function DuckDB calls volatile must not stand in it."""
    from contracts.engines.rule_words import AGGREGATES, ORDERED, SCALARS

    with duckdb.connect() as connection:
        rows = connection.execute("SELECT lower(function_name), stability, function_type FROM duckdb_functions()")
        known: dict[str, set[str]] = {}
        for name, stability, _ in rows.fetchall():
            known.setdefault(name, set()).add(str(stability))
    grammar = {"coalesce", "if", "ifnull", "nullif", "is_distinct", "unnest", "countif", "->", "!", "count_star"}
    for name in (AGGREGATES | SCALARS) - ORDERED:
        assert name in known or name in grammar, name
        assert known.get(name, set()) <= {"CONSISTENT", "None"}, name


def test_without_given_tables_a_name_must_still_be_plain() -> None:
    guard.validate_rule_sql("select count(*) from anything", PLACE)
    with pytest.raises(InputError, match=r"the table /tmp/x\.csv"):
        guard.validate_rule_sql("select count(*) from '/tmp/x.csv'", PLACE)


def planted_query(query: str) -> Check:
    from contracts.compile_checks import compile_checks
    from tests.unit.contracts.engines.planted import PLANTED

    check = next(c for c in compile_checks(PLANTED) if c.id == "planted.sql")
    return replace(check, arguments={**check.arguments, "query": query})


def test_the_trial_reads_no_file_even_where_the_walk_is_passed(tmp_path: Path) -> None:
    from tests.unit.contracts.engines.planted import PLANTED

    path = tmp_path / "x.csv"
    path.write_text("v\n7\n", encoding="utf-8")
    for table in (f"'{path}'", f"read_csv('{path}')", "secret_of_python"):
        secret_of_python = duckdb.sql("SELECT 7 AS v")
        with pytest.raises(InputError, match="does not run"):
            guard.prove_runnable(PLANTED, [planted_query(f"select max(v) from {table}")])
        assert secret_of_python.fetchall() == [(7,)]


@pytest.mark.fault(56)
def test_the_trial_of_an_endless_query_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.unit.contracts.engines.planted import PLANTED

    monkeypatch.setattr(guard, "RULE_SECONDS", 0.2)
    ten = "(values (1), (2), (3), (4), (5), (6), (7), (8), (9), (10))"
    tables = ", ".join(f"{ten} as t{i}(v{i})" for i in range(16))
    total = " + ".join(f"v{i}" for i in range(16))
    with pytest.raises(InputError, match="does not run") as caught:
        guard.prove_runnable(PLANTED, [planted_query(f"select sum(sin({total})) from {tables}")])
    assert "INTERRUPT" in (caught.value.found or "").upper()


# The connection -----------------------------------------------------------------------------


@pytest.fixture
def fenced(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    with duckdb.connect() as opened:
        for name in ("given", "other"):
            opened.execute(f"COPY (SELECT 1 AS a) TO '{tmp_path / name}.parquet' (FORMAT parquet)")
    return guard.guarded_connection([tmp_path / "given.parquet"], threads=1, memory="256MB")


def test_the_given_file_can_be_read_and_no_other(fenced: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert fenced.execute(f"SELECT a FROM {parquet([tmp_path / 'given.parquet'])}").fetchall() == [(1,)]
    with pytest.raises(duckdb.PermissionException):
        fenced.execute(f"SELECT a FROM {parquet([tmp_path / 'other.parquet'])}").fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO '{folder}/new.csv'",
        "ATTACH '{folder}/new.db'",
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM '{folder}/other.parquet'",
        "SELECT * FROM glob('{folder}/*')",
        "INSTALL httpfs",
        "SET threads = 2",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "SELECT * FROM secret_of_python",
    ],
)
def test_nothing_else_can_be_reached(fenced: duckdb.DuckDBPyConnection, tmp_path: Path, statement: str) -> None:
    secret_of_python = [1]
    with pytest.raises(duckdb.Error):
        fenced.execute(statement.format(folder=tmp_path)).fetchall()
    assert secret_of_python == [1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["given.parquet", "other.parquet"]


def test_its_clock_is_utc(fenced: duckdb.DuckDBPyConnection) -> None:
    assert fenced.execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)


def test_a_memory_limit_must_be_a_size() -> None:
    with pytest.raises(InputError, match="not a size"):
        guard.guarded_connection([], memory="1GB'; ATTACH 'x")


def test_a_rule_stands_on_any_relation(fenced: duckdb.DuckDBPyConnection) -> None:
    from contracts.compile_checks import compile_checks
    from tests.unit.contracts.engines.planted import PLANTED

    check = next(c for c in compile_checks(PLANTED) if c.id == "planted.sql")
    fenced.execute("CREATE TABLE planted (closed_at DATE, opened_at DATE)")
    for relation in ("planted", '"planted"', "(SELECT * FROM planted)"):
        assert guard.one_number(fenced, guard.rule_query(check, relation)) == 0
    commented = replace(check, arguments={**check.arguments, "query": "select count(*) from planted -- all"})
    assert guard.one_number(fenced, guard.rule_query(commented, "planted")) == 0
