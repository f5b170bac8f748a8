"""Ways to hidden counts, on tables written by hand; and which columns carry them, by a small graph of flows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pytest

from contracts.flow.analysis import analyse
from contracts.flow.model import FlowGraph, Leaf, LeafColumn, ModelText
from contracts.steps import flow_functions
from orchestration.publish import recounting, sisters
from orchestration.publish.differencing import exacts_of
from orchestration.publish.recounting import Cells, Given
from orchestration.publish.sisters import Sister

CELLS = Cells("cells", ("month", "area"), "month", "month", {"opened": "opened_exact"}, 10)
BLIND = Cells("cells", ("month", "area"), "month", "month", {"opened": None}, 10)
MONTHS = range(1, 13)


def count(month: int, area: int) -> int:
    """How many requests an area makes in a month: 3 to 14, small ones among them."""
    return 3 + (month * 5 + area * 7) % 12


@pytest.fixture
def base() -> Iterator[duckdb.DuckDBPyConnection]:
    """Records of two areas over a year, and their counts with those below ten hidden."""
    with duckdb.connect() as connection:
        connection.execute("create table records (district varchar, opened_on date, closed_on date)")
        rows = [
            (f"A{area}", f"2025-{month:02}-{1 + n:02}", f"2025-{month:02}-{2 + n:02}" if n % 2 else None)
            for area in (1, 2)
            for month in MONTHS
            for n in range(count(month, area))
        ]
        connection.executemany("insert into records values (?, ?, ?)", rows)
        connection.execute(
            """
            create table cells as
            select date_trunc('month', opened_on)::date as month, district as area,
                case when count(*) >= 10 then count(*) end as opened, count(*) as opened_exact
            from records group by all
            """
        )
        yield connection


def hidden(connection: duckdb.DuckDBPyConnection) -> int:
    (found,) = connection.sql("select count(*) from cells where opened is null").fetchall()[0]
    return int(found)


RECORDS = Sister("records", "public", {"area": "district"}, dates=("closed_on", "opened_on"))


@pytest.mark.parametrize("cells", [CELLS, BLIND])
def test_records_counted_by_the_right_date_give_every_hidden_count(
    base: duckdb.DuckDBPyConnection, cells: Cells
) -> None:
    """Of two dates and their stocks the one that agrees is found, with the exact counts known or not."""
    (given,) = recounting.from_records(base, cells, RECORDS, "records")
    small = hidden(base)
    assert 5 < small < 20
    assert given == Given("opened", "records", ("district", "opened_on"), small, small, small, 24 - small, 24 - small)
    assert given.is_believed


def test_records_of_other_people_give_nothing(base: duckdb.DuckDBPyConnection) -> None:
    """The same columns over another population: a number for each cell, and nobody can rely on it."""
    base.execute("delete from records where hash(opened_on, closed_on) % 3 = 0")
    (given,) = recounting.from_records(base, CELLS, RECORDS, "records")
    assert 0 < given.reached <= hidden(base)
    assert given.agreed < 0.5 * given.tried
    assert not given.is_believed


def test_what_stood_open_is_counted_between_two_dates(base: duckdb.DuckDBPyConnection) -> None:
    base.execute(
        """
        create or replace table cells as
        select month, area, case when open >= 30 then open end as opened, open as opened_exact
        from (
            select months.month::date as month, district as area,
                count(*) filter (opened_on < months.month + interval 1 month
                    and (closed_on is null or closed_on >= months.month + interval 1 month)) as open
            from records, (select distinct date_trunc('month', opened_on) as month from records) as months
            group by all
        )
        """
    )
    (given,) = recounting.from_records(base, CELLS, RECORDS, "records")
    assert given.columns == ("district", "opened_on", "closed_on")
    assert (given.had, given.agreed) == (given.hidden, given.tried)
    assert given.hidden > 3
    assert given.is_believed


def test_without_a_date_records_are_counted_as_they_are(base: duckdb.DuckDBPyConnection) -> None:
    base.execute(
        "create or replace table cells as select district as area, null::bigint as opened from records group by all"
    )
    cells = Cells("cells", ("area",), None, "day", {"opened": None}, 10)
    (given,) = recounting.from_records(base, cells, Sister("records", "public", {"area": "district"}), "records")
    assert (given.hidden, given.had, given.tried) == (2, 2, 0)
    assert given.is_believed


def tables(connection: duckdb.DuckDBPyConnection, sister: Sister, key: Sequence[str], table: str) -> tuple[Given, ...]:
    return recounting.from_tables(connection, CELLS, sister, key, table)


def test_a_total_gives_the_one_part_it_hides(base: duckdb.DuckDBPyConnection) -> None:
    base.execute(
        "create table totals as select month, sum(opened_exact)::bigint as all_opened from cells group by month"
    )
    sister = Sister("totals", "public", {"month": "month"}, counts=("all_opened",))
    (given,) = tables(base, sister, ("month",), "totals")
    (alone,) = base.sql(
        "select count(*) from (select month from cells where opened is null group by month having count(*) = 1)"
    ).fetchall()[0]
    assert alone > 2
    assert given.had >= alone
    assert (given.columns, given.agreed == given.tried) == (("month", "all_opened"), True)
    assert given.is_believed


def test_parts_add_up_to_a_hidden_count(base: duckdb.DuckDBPyConnection) -> None:
    """A table by half-month shows what the table by month hides."""
    base.execute(
        """
        create table halves as
        select month, area, half, opened_exact // 2 + (opened_exact % 2) * half as opened
        from cells, (select unnest([0, 1]) as half)
        """
    )
    sister = Sister("halves", "public", {"month": "month", "area": "area"}, counts=("opened",))
    (given,) = tables(base, sister, ("month", "area", "half"), "halves")
    assert (given.had, given.hidden) == (hidden(base), hidden(base))
    assert given.is_believed


def test_totals_of_something_else_are_no_way(base: duckdb.DuckDBPyConnection) -> None:
    base.execute(
        "create table totals as select month, (sum(opened_exact) * 3 + 1)::bigint as paid from cells group by month"
    )
    sister = Sister("totals", "public", {"month": "month"}, counts=("paid",))
    assert tables(base, sister, ("month",), "totals") == ()


def test_a_table_neither_coarser_nor_finer_is_left_out(base: duckdb.DuckDBPyConnection) -> None:
    base.execute("create table others as select month, 1 as kind, 12::bigint as n from cells")
    sister = Sister("others", "public", {"month": "month"}, counts=("n",))
    assert tables(base, sister, ("month", "kind"), "others") == ()


@pytest.mark.parametrize(
    ("given", "believed"),
    [
        (Given("n", "records", (), 10, 10, 10, 100, 90), True),
        (Given("n", "records", (), 10, 10, 10, 100, 89), False),
        (Given("n", "records", (), 10, 10, 0, 100, 100), False),
        (Given("n", "records", (), 10, 10, 9, 0, 0), True),
        (Given("n", "records", (), 10, 10, 8, 0, 0), False),
        (Given("n", "tables", (), 10, 2, 2, 9, 8), False),
        (Given("n", "release", (), 10, 10, 1), True),
    ],
)
def test_a_way_is_believed_by_the_counts_it_gives(given: Given, believed: bool) -> None:
    assert given.is_believed is believed


# Which columns carry what ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def graph() -> FlowGraph:
    columns = {"id": "VARCHAR", "area": "VARCHAR", "opened_at": "TIMESTAMP", "kind": "VARCHAR"}
    leaf = Leaf(
        "raw__calls", {n: LeafColumn("internal" if n == "opened_at" else "public", t) for n, t in columns.items()}
    )
    models = [
        ModelText("dated", "select *, opened_at::date as opened_date from raw__calls", "dated.sql"),
        ModelText("calls", "select id, area, upper(kind) as kind, opened_date from dated", "calls.sql"),
        ModelText(
            "counted",
            "select area, date_trunc('month', opened_date) as month, count(*) as opened from dated group by all",
            "counted.sql",
        ),
        ModelText(
            "monthly",
            "select area, month, step_count_with_min_cell(opened, step_is_small_cell(opened, 10), 10) as opened,"
            " opened as opened_exact, opened + 1 as more, step_is_small_cell(opened, 10) as is_hidden from counted",
            "monthly.sql",
        ),
    ]
    return analyse(models, {leaf.name: leaf}, flow_functions())


def test_a_copy_is_followed_to_its_origin_and_a_change_ends_it(graph: FlowGraph) -> None:
    assert sisters.copies(graph, "monthly", "area") >= {("counted", "area"), ("dated", "area"), ("raw__calls", "area")}
    assert sisters.copies(graph, "calls", "kind") == {("calls", "kind")}
    assert ("dated", "area") in sisters.copies(graph, "calls", "area") & sisters.copies(graph, "monthly", "area")


def test_all_that_takes_part_is_found_however_far_above(graph: FlowGraph) -> None:
    within = sisters.support(graph, "monthly")
    assert {("dated", "opened_date"), ("raw__calls", "opened_at")} <= within
    assert ("dated", "kind") not in within


def test_the_exact_count_is_the_plain_copy_of_what_the_step_was_given(graph: FlowGraph) -> None:
    among = ("area", "more", "is_hidden", "opened", "opened_exact")
    assert exacts_of(graph, "monthly", "opened", among) == ("opened_exact",)
    assert exacts_of(graph, "monthly", "opened", ("area", "more")) == ()
    assert exacts_of(graph, "monthly", "area", among) == ()
