"""SQL in quality rules, 34: what writes, attaches, copies, reads files or asks for the time is never let in.

Belongs here: a grammar of forbidden things, each in every corner of a query and in disguise, read from a contract
on disk; and the same statements on the connection that judges. Does not belong here: each word alone (the
guard's own tests).
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.engines.guard import guarded_connection
from contracts.errors import InputError
from contracts.load import load_contract
from contracts.model import Role
from tests.faults.saying import Says
from tests.faults.test_contracts import lint
from tests.unit.contracts.contract_texts import SOURCE

QUICK = settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

STATEMENTS = (
    *("copy {object} to '{file}'", "copy (select 1) to '{file}' (format csv)", "attach '{file}' as x", "detach x"),
    *("install httpfs", "load httpfs", "load '{file}'", "pragma database_list", "set memory_limit = '1TB'"),
    *("reset lock_configuration", "set enable_external_access = true", "export database '{folder}'", "checkpoint"),
    *("import database '{folder}'", "create table x as select 1", "create macro f() as 1", "create secret (type s3)"),
    *("insert into {object} values (1)", "update {object} set amount = 0", "delete from {object}", "drop table x"),
    *("truncate {object}", "alter table {object} add column x int", "call pragma_version()", "use memory"),
    *("begin", "commit", "prepare p as select 1", "execute p", "explain select 1", "vacuum", "analyze"),
    *("create view v as select 1", "comment on table x is 'y'", "set variable x = 1", "from {object}; select 1"),
)
"""What is no question at all."""

TABLES = (
    *("'{file}'", "'/etc/passwd'", "'http://127.0.0.1:1/x.csv'", "'s3://bucket/x.parquet'", '"{file}"'),
    *("read_csv('{file}')", "read_csv_auto('{file}')", "read_text('{file}')", "read_blob('{file}')", "glob('/etc/*')"),
    *("read_parquet('{file}')", "parquet_scan('{file}')", "parquet_metadata('{file}')", "read_json('{file}')"),
    *("read_ndjson_objects('{file}')", "sniff_csv('{file}')", "query('select 1')", "query_table('x')"),
    *("duckdb_secrets()", "which_secret('s3://x', 's3')", "duckdb_settings()", "duckdb_tables()", "repeat(1, 10)"),
    *("pragma_database_list()", "pragma_table_info('x')", "information_schema.tables", "sqlite_master"),
    *("pg_catalog.pg_tables", "main.requests", "range(1000000000)", "generate_series(1, 1000000000)", "another"),
    *("json_execute_serialized_sql('x')", "iceberg_scan('{file}')", "sqlite_scan('{file}', 'x')"),
    *("st_read('{file}')", "read_xlsx('{file}')", "postgres_scan('x', 'y', 'z')", "arrow_scan(1, 2, 3)"),
)
"""What stands after FROM and is not the contract's own table."""

VALUES = (
    *("now()", "current_date", "current_timestamp", "today()", "get_current_time()", "localtime", "age(opened_at)"),
    *("random()", "uuid()", "gen_random_uuid()", "getenv('HOME')", "current_setting('temp_directory')"),
    *("getvariable('x')", "current_user", "version()", "current_schema()", "nextval('x')", "sleep_ms(100000)"),
    *("'now'::timestamp", "cast('today' as date)", "timestamp 'now'", "date 'tomorrow'", "txid_current()"),
    *("'HOME'.getenv()", "current_query()", "pg_typeof(1)", "hash(amount)", "write_log('x')", "error('x')"),
    *("system.main.now()", "main.getenv('HOME')", "stats(amount)", "setseed(0.5)", "test_all_types()"),
)
"""What is not told by the records alone."""

CORNERS = (
    "select count(*) from {object} where amount < {value}",
    "select max({value}) from {object}",
    "select count(*) from {object} order by {value}",
    "select count(*) filter (where {value} is null) from {object}",
    "select count(*) from {object} group by amount having max(amount) > {value}",
    "select case when count(*) > 0 then max({value}) else 0 end from {object}",
    "with x as (select {value} as v) select count(*) from x",
    "select count(*) from {object} where amount in (1, {value})",
    "select count(*) from (select * replace ({value} as amount) from {object})",
    "select count(*) from {object} a join {object} b on a.amount = {value}",
    "select count(*) from {object} limit (select {value})",
    "select count(*) from {object} where list_contains([{value}], amount)",
    "select count(*) from {object} where exists (select 1 where {value} is null)",
    "select sum(amount order by {value}) from {object}",
    "select count(*) from {object}, lateral (select {value})",
    "select count(*) from (values ({value})) as v(x)",
)
PLACES = (
    "select count(*) from {table}",
    "from {table} select count(*)",
    "select count(*) from {object}, {table}",
    "select count(*) from {object} where amount in (select 1 from {table})",
    "with x as (select * from {table}) select count(*) from x",
    "with x as materialized (from {table}) select count(*) from {object}",
    "select (select count(*) from {table})",
    "select count(*) from {object} where exists (from {table})",
    "select count(*) from (select amount from {object} union all select 1 from {table})",
    "select count(*) from {object} left join {table} on true",
    "select count(*) from {object} positional join {table}",
    "select count(*) from {object} limit (select count(*) from {table})",
    "select count(*) from (pivot {table} on a using count(*))",
    "select count(*) from (summarize select * from {table})",
)
DISGUISES = (
    lambda q: q,
    str.upper,
    lambda q: q.replace(" ", "/* x */"),
    lambda q: q.replace(" ", "\n\t"),
    lambda q: f"-- select count(*) from {{object}}\n{q}",
    lambda q: f"/* ; */ {q}",
    lambda q: f"({q})",
    lambda q: q.replace("(", " ( "),
    lambda q: f"select count(*) from {{object}};\n{q}",
    lambda q: q.replace("o", "ο"),
    lambda q: q.replace("n", "ｎ"),
)

FORBIDDEN = st.one_of(
    st.sampled_from(STATEMENTS),
    st.builds(lambda place, table: place.replace("{table}", table), st.sampled_from(PLACES), st.sampled_from(TABLES)),
    st.builds(lambda place, value: place.replace("{value}", value), st.sampled_from(CORNERS), st.sampled_from(VALUES)),
)


def with_query(query: str) -> str:
    document = yaml.safe_load(SOURCE)
    rule = next(r for r in document["schema"][0]["quality"] if r.get("type") == "sql")
    rule["query"] = query
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10_000)


def line_of_rule(text: str) -> int:
    return 1 + next(n for n, line in enumerate(text.splitlines()) if "in_order" in line)


@pytest.fixture
def bait(tmp_path: Path) -> Path:
    """A file that a rule might want to read; nothing else may ever stand beside it."""
    folder = tmp_path / "bait"
    folder.mkdir()
    (folder / "x.csv").write_text("v\nBAIT\n", encoding="utf-8")
    return folder / "x.csv"


@pytest.mark.fault(34)
@QUICK
@given(query=FORBIDDEN, disguise=st.sampled_from(DISGUISES))
def test_nothing_forbidden_is_let_in_wherever_it_stands(tmp_path: Path, bait: Path, query: str, disguise: str) -> None:
    filled = query.replace("{file}", str(bait)).replace("{folder}", str(bait.parent / "new"))
    text = with_query(disguise(filled).replace("{OBJECT}", "{object}"))  # type: ignore[operator]
    path = tmp_path / "x.odcs.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_contract(path, Role.SOURCE)
    assert f"x.odcs.yaml:{line_of_rule(text)}" in (caught.value.where or ""), caught.value.message
    assert [p.name for p in bait.parent.iterdir()] == ["x.csv"]
    assert bait.read_text(encoding="utf-8") == "v\nBAIT\n"


@pytest.mark.fault(34)
@pytest.mark.parametrize("statement", [*STATEMENTS, *(f"select count(*) from {table}" for table in TABLES[:20])])
def test_the_connection_that_judges_writes_and_reads_nothing_either(bait: Path, statement: str) -> None:
    """Should a word ever pass the reading, the connection is closed all the same."""
    given_file = bait.parent.parent / "given.parquet"
    duckdb.sql(f"COPY (SELECT 1 AS amount) TO '{given_file}' (FORMAT parquet)")
    before = given_file.read_bytes()
    filled = statement.replace("{file}", str(bait)).replace("{folder}", str(bait.parent / "new"))
    with guarded_connection([given_file], threads=1, memory="256MB") as connection:
        try:
            told = str(connection.execute(filled.replace("{object}", "nothing")).fetchall())
        except duckdb.Error as error:
            told = str(error)
        assert "BAIT" not in told
        settings_now = dict(connection.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    assert settings_now["enable_external_access"] == "false"
    assert settings_now["lock_configuration"] == "true"
    assert sorted(p.name for p in bait.parent.iterdir()) == ["x.csv"]
    assert given_file.read_bytes() == before


@pytest.mark.fault(34)
def test_what_a_rule_may_not_say(tmp_path: Path, says: Says) -> None:
    says(lint(tmp_path, with_query("copy {object} to '/tmp/x.csv'")), "it writes a file")
    says(lint(tmp_path, with_query("select count(*) from read_csv('/etc/passwd')")), "it reads a file")
    says(lint(tmp_path, with_query("select count(*) from 'https://example.org/x.csv'")), "it reads an address")
    says(lint(tmp_path, with_query("select count(*) from {object} where opened_at > now()")), "it asks for the time")
    says(lint(tmp_path, with_query("select 1; drop table {object}")), "two statements")
    says(lint(tmp_path, with_query("select count(*) from {object} where getenv('HOME') = ''")), "it looks around")
    says(lint(tmp_path, with_query("select count(* from {object}")), "it is no SQL")
    says(lint(tmp_path, with_query("select count(*) from {object} where amont < 0")), "it names no column there is")
