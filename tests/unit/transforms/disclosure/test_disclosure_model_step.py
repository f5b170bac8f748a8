"""The step as a model calls it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from transforms.disclosure.model_step import hide_small_cells, minimum_cell

WAREHOUSE = duckdb.connect()
WAREHOUSE.execute("create macro step_minimum_cell() as 11")
ROWS = """
    select * from (values
        (date '2025-01-01', 'a', 3, 4.5, 10.25), (date '2025-01-01', 'b', 40, 2.0, 100.00),
        (date '2025-01-01', null, 60, 1.0, 90.50), (date '2025-02-01', 'a', 50, 3.0, 70.00),
        (date '2025-02-01', 'b', 30, 5.0, 20.75), (date '2025-02-01', null, 0, null, 0.00)
    ) as t (month, district, n, median_days, fees_usd)
"""


def hidden_table() -> pa.Table:
    relation = WAREHOUSE.sql(f"select * replace (fees_usd::decimal(10, 2) as fees_usd) from ({ROWS})")
    return hide_small_cells(
        relation,
        dimensions=["month", "district"],
        count="n",
        margins=[["month"], ["district"], []],
        tells=["median_days"],
        sums=["fees_usd"],
    )


def test_what_tells_a_hidden_count_is_hidden_with_it() -> None:
    table = hidden_table()
    assert table.column_names == [
        "month", "district", "summed_over", "n", "is_suppressed", "median_days", "fees_usd",
    ]  # fmt: skip
    rows = table.to_pylist()
    assert rows[0]["is_suppressed"]
    assert sum(row["is_suppressed"] for row in rows) >= 4
    for row in rows:
        assert (row["n"] is None) == row["is_suppressed"]
        assert not row["is_suppressed"] or row["median_days"] is row["fees_usd"] is None
        assert not row["summed_over"] or row["median_days"] is None


def test_shown_totals_are_the_true_sums() -> None:
    rows = hidden_table().to_pylist()
    whole = rows[-1]
    assert (whole["summed_over"], whole["n"], whole["month"]) == ("month, district", 183, None)
    assert whole["fees_usd"] == Decimal("291.50")
    by_month = {row["month"].isoformat(): row["n"] for row in rows if row["summed_over"] == "district"}
    assert by_month == {"2025-01-01": 103, "2025-02-01": 80}


def test_a_zero_stays_shown_and_nulls_are_a_value() -> None:
    rows = hidden_table().to_pylist()
    (zero,) = [row for row in rows if row["n"] == 0]
    assert (zero["district"], zero["summed_over"], zero["is_suppressed"]) == (None, "", False)


def test_the_same_twice_in_any_order() -> None:
    turned = WAREHOUSE.sql(f"select * from ({ROWS}) order by n desc")
    plain = WAREHOUSE.sql(ROWS)
    first, second = (
        hide_small_cells(r, dimensions=["month", "district"], count="n", margins=[[]]) for r in (turned, plain)
    )
    assert first.equals(second)


def test_without_totals_only_small_cells_are_hidden() -> None:
    table = hide_small_cells(WAREHOUSE.sql(ROWS), dimensions=["month", "district"], count="n")
    assert table["n"].to_pylist() == [None, 40, 60, 50, 30, 0]


@pytest.mark.parametrize(
    ("sql", "arguments", "says"),
    [
        ("select 'a' as d, null::int as n", {}, "1 rows have no n"),
        ("select 'a' as d, -1 as n", {}, "0 or more"),
        ("select 'a' as d, 5 as n union all select 'a', 6", {}, "more than one row"),
        ("select 'a' as d, 5 as n", {"tells": ["rate"]}, "no column"),
        ("select 'a' as d, 5 as n", {"margins": [["month"]]}, "margin names"),
        ("select 'a' as d, 5 as n", {"tells": ["n"]}, "named twice"),
        ("select 'a' as d, 5 as n, true as is_suppressed", {"tells": ["is_suppressed"]}, "given here"),
        ("select 'a' as d, 5 as n", {"k": 10}, "k is 10, less than the minimum cell of the city, 11"),
    ],
)
def test_what_cannot_be_right_is_refused(sql: str, arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        hide_small_cells(WAREHOUSE.sql(sql), dimensions=["d"], count="n", **arguments)


def test_fractions_are_no_counts() -> None:
    with pytest.raises(pa.ArrowInvalid):
        hide_small_cells(WAREHOUSE.sql("select 'a' as d, 5.5::double as n"), dimensions=["d"], count="n")


def test_the_warehouse_says_what_is_small() -> None:
    plain = WAREHOUSE.sql("select * from (values ('a', 11), ('b', 10), ('c', 15)) as t (d, n)")
    assert hide_small_cells(plain, dimensions=["d"], count="n")["n"].to_pylist() == [11, None, 15]
    assert hide_small_cells(plain, dimensions=["d"], count="n", k=15)["n"].to_pylist() == [None, None, 15]
    nothing = WAREHOUSE.sql("select 'a' as d, 1 as n where false")
    assert minimum_cell(nothing, None) == 11
    assert len(hide_small_cells(nothing, dimensions=["d"], count="n")) == 0


def test_where_the_minimum_cell_is_one_nothing_is_hidden() -> None:
    table = hide_small_cells(pa.table({"d": ["a", "b"], "n": [1, 0]}), dimensions=["d"], count="n", margins=[[]], k=1)
    assert (table["n"].to_pylist(), table["is_suppressed"].to_pylist()) == ([1, 0, 1], [False] * 3)


def test_where_nobody_says_what_is_small_nothing_is_made() -> None:
    with pytest.raises(duckdb.CatalogException, match="step_minimum_cell"):
        hide_small_cells(duckdb.connect().sql("select 'a' as d, 5 as n"), dimensions=["d"], count="n", k=2)
    outside = pa.table({"d": ["a"], "n": [5]})
    with pytest.raises(ValueError, match="stands in no warehouse"):
        hide_small_cells(outside, dimensions=["d"], count="n")
    assert hide_small_cells(outside, dimensions=["d"], count="n", k=5)["n"].to_pylist() == [5]
