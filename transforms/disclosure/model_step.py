"""Hiding the small cells of a table, as a Python model of dbt calls it.

Belongs here: from a relation to the table that may be published, and how small is small. Does not belong here: the
method (``complementary``), what its columns are made of (``contracts.python_flows``), who may call it.

A model that calls it consists of that one call:

    def model(dbt, session):
        from transforms.disclosure.model_step import hide_small_cells

        return hide_small_cells(dbt.ref("int_x"), dimensions=["month", "district_id"], count="n",
                                margins=[["month"], []], tells=["median_days"])

How small is small is not the model's to say: the warehouse that holds the relation is asked for the city's minimum
cell, by a registered function that stands in it. A model may ask for more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.disclosure.audit import judge
from transforms.disclosure.complementary import suppress
from transforms.disclosure.rules import Bools, CellRule, Ints
from transforms.disclosure.tables import CountTable

IS_SUPPRESSED = "is_suppressed"
SUMMED_OVER = "summed_over"
MINIMUM_CELL = "step_minimum_cell"
"""The function of the warehouse that gives the city's minimum cell."""


def hide_small_cells(
    relation: Any,
    *,
    dimensions: Sequence[str],
    count: str,
    margins: Iterable[Sequence[str]] = (),
    tells: Sequence[str] = (),
    sums: Sequence[str] = (),
    k: int | None = None,
    zeros_shown: bool = True,
) -> pa.Table:
    """The table with small cells hidden, and as many others as are needed so that none can be worked out.

    Args:
        relation: A DuckDB relation or an Arrow table, one row for each combination of the dimensions.
        dimensions: Its dimensions. One that follows from another (a group of categories) may stand among them.
        count: Its count.
        margins: The totals that are published with it, here or in another product: for each the dimensions that stand.
        tells: Columns that would tell the count: rates, means, medians, shares. Hidden with it, not given for totals.
        sums: Columns that add up (an amount). Hidden with the count, and given for totals.
        k: Counts from 1 to k - 1 are small. None: the city's minimum cell. An Arrow table stands in no warehouse, and
            needs one.
        zeros_shown: Whether a count of 0 stays shown.

    Returns:
        Dimensions, ``summed_over``, count, ``is_suppressed``, the columns of ``tells`` and ``sums``. Rows of the
        relation have an empty ``summed_over``; rows of totals name there the dimensions summed over, which are null.

    Shape:
        One row for each row of the relation, then one for each total; both ordered by the dimensions.

    Raises:
        ValueError: A count is null, negative or not whole, a combination stands twice, a name is unknown or taken, k
            is less than the city's minimum cell, or the result is not protected.
    """
    least = minimum_cell(relation, k)
    rows = _rows(relation, (*dimensions, count, *tells, *sums))
    counts = _counts(rows, count)
    values, codes = _codes(rows, dimensions)
    table = CountTable(tuple(dimensions), codes, counts, tuple(tuple(m) for m in margins))
    hidden = hidden_cells(table, least, zeros_shown)
    parts = []
    for level in table.levels:
        cells = np.arange(level.first, level.first + len(level))
        row = np.zeros(len(level), dtype=np.int64)
        row[level.cell_of_row - level.first] = np.arange(len(counts))
        over = ", ".join(name for n, name in enumerate(dimensions) if n not in level.axes)
        columns: dict[str, Any] = {
            name: values[n].take(pa.array(codes[row, n] if n in level.axes else np.full(len(row), -1), mask=np.full(
                len(row), n not in level.axes)))
            for n, name in enumerate(dimensions)
        }  # fmt: skip
        columns[SUMMED_OVER] = pa.array([over] * len(cells), pa.string())
        columns[count] = pa.array(table.values[cells], pa.int64(), mask=hidden[cells])
        columns[IS_SUPPRESSED] = pa.array(hidden[cells])
        shown = pa.array(~hidden[cells])
        for name in tells:
            column = rows[name].combine_chunks()
            kept = column.take(pa.array(row)) if not over else pa.nulls(len(cells), column.type)
            columns[name] = pc.if_else(shown, kept, pa.scalar(None, column.type))
        for name in sums:
            added = _summed(rows[name].combine_chunks(), level.cell_of_row - level.first)
            columns[name] = pc.if_else(shown, added, pa.scalar(None, added.type))
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)


def hidden_cells(table: CountTable, k: int, zeros_shown: bool) -> Bools:
    """What is hidden, judged anew; nothing where the minimum cell is 1, as in a city whose records are public.

    Raises:
        ValueError: The result is not protected.
    """
    if k < 2:
        return np.zeros(table.size, dtype=np.bool_)
    rule = CellRule(k=k, zeros_shown=zeros_shown)
    found = suppress(table, rule)
    if not (audit := judge(table, found.hidden, rule, found.certificates)).passes:
        raise ValueError(f"{len(audit.exposed)} hidden cells could still be worked out")
    return found.hidden


def minimum_cell(relation: Any, asked: int | None) -> int:
    """How small is small: what was asked for, but never less than the city's minimum cell.

    Raises:
        ValueError: Less was asked for, or nothing of a table that stands in no warehouse.
    """
    if isinstance(relation, pa.Table):
        if asked is None:
            raise ValueError("a table that stands in no warehouse needs k")
        return asked
    answer = relation.aggregate(f"count(*), {MINIMUM_CELL}()").fetchone()
    least = int(answer[1])
    if asked is not None and asked < least:
        raise ValueError(f"k is {asked}, less than the minimum cell of the city, {least}")
    return least if asked is None else asked


def _rows(relation: Any, names: Sequence[str]) -> pa.Table:
    table = relation if isinstance(relation, pa.Table) else relation.to_arrow_table()
    if missing := [name for name in names if name not in table.column_names]:
        raise ValueError(f"the table has no column {missing}")
    if len(set(names)) != len(names) or {IS_SUPPRESSED, SUMMED_OVER} & set(names):
        raise ValueError(f"a column is named twice, or {IS_SUPPRESSED} or {SUMMED_OVER}, which are given here")
    return table.select(list(names))


def _counts(rows: pa.Table, count: str) -> Ints:
    column = rows[count]
    if column.null_count:
        raise ValueError(f"{column.null_count} rows have no {count}; a table whose counts are hidden takes exact ones")
    return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)


def _codes(rows: pa.Table, dimensions: Sequence[str]) -> tuple[list[pa.Array], Ints]:
    """The sorted values of each dimension, nulls last, and every row's place among them."""
    values, codes = [], []
    for name in dimensions:
        column = rows[name].combine_chunks()
        some = pc.unique(column)
        known = some.take(pc.array_sort_indices(some))
        values.append(known)
        codes.append(pc.index_in(column, known).to_numpy(zero_copy_only=False))
    empty = np.zeros((len(rows), 0), dtype=np.int64)
    return values, np.column_stack(codes).astype(np.int64) if codes else empty


def _summed(column: pa.Array, groups: Ints) -> pa.Array:
    """Sums of a column by group, exact where its type is."""
    summed = pa.table({"group": groups, "value": column}).group_by("group", use_threads=False)
    added = summed.aggregate([("value", "sum")]).sort_by("group")["value_sum"].combine_chunks()
    return added.cast(column.type) if pa.types.is_decimal(column.type) else added
