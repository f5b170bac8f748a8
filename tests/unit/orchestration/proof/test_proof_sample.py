"""The sample keeps literals, small sources whole, counts above a minimum cell, and joins from being empty."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.proof.literals import literals_of
from orchestration.proof.sample import MOST, sampled

SOURCES = {"raw__requests": ("request_id",), "raw__permits": ("permit_id",), "raw__districts": ("district_id",)}
LITERALS = literals_of(["select 1 where address = '7 Rare Rd' and floor = 77"])


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create table raw__requests as
            select n as _record, 'R' || n as request_id, 'P' || (n * 7 % 20000) as permit,
                case when n % 3 = 0 then 'd1' when n % 3 = 1 then 'd2' else 'd' || n % 97 end as district_id,
                case when n = 14321 then '7 Rare Rd' else n || ' Oak St' end as address,
                case when n in (17, 18, 19) then 77 else n % 5 end as floor
            from range(1, 30001) as t(n);
            create table raw__permits as
            select n as _record, 'P' || n as permit_id, n % 2 = 0 as is_open from range(1, 20001) as t(n);
            create table raw__districts as
            select n as _record, 'd' || n as district_id from range(1, 98) as t(n);
            """
        )
        yield connection


def test_what_is_kept_of_each_source(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = sampled(warehouse, SOURCES, LITERALS)
    requests, permits = found["raw__requests"], found["raw__permits"]
    assert found["raw__districts"].num_rows == 97
    assert MOST // 2 < requests.num_rows <= MOST * 2
    assert "7 Rare Rd" in requests.column("address").to_pylist()
    assert 77 in requests.column("floor").to_pylist()
    assert len(set(requests.column("address").to_pylist())) == requests.num_rows
    named = set(requests.column("permit").to_pylist()) & set(permits.column("permit_id").to_pylist())
    assert len(named) > 400, "joins are not empty"


def test_the_same_records_are_chosen_however_they_lie(warehouse: duckdb.DuckDBPyConnection) -> None:
    first = sampled(warehouse, SOURCES, LITERALS)
    warehouse.execute("create or replace table raw__permits as from raw__permits order by hash(permit_id)")
    again = sampled(warehouse, SOURCES, LITERALS)
    assert all(first[name].equals(again[name]) for name in SOURCES)


def test_records_stand_close_together(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Of 20,000 groups the commonest is there often enough to be counted, and chance alone would not do."""
    warehouse.execute(
        "create or replace table raw__many as select n as _record, 'c' || n % 20 as a, 'k' || n // 20 % 25 as b, "
        "'s' || n // 500 % 3 as c, n as number from range(1, 60001) as t(n)"
    )
    found = sampled(warehouse, {"raw__many": ()}, LITERALS)["raw__many"]
    assert found.num_rows <= MOST
    groups = found.group_by(["a", "b", "c"]).aggregate([("number", "count")]).column("number_count").to_pylist()
    assert max(groups) >= 30
