"""Hiding the small cells of a table, as a Python model of dbt calls it.

Belongs here: from a relation to the table that may be published, and which of its columns is made of what. Does not
belong here: the method (``complementary``), who may call it.

A model that calls it consists of that one call:

    def model(dbt, session):
        from transforms.disclosure.model_step import hide_small_cells

        return hide_small_cells(dbt.ref("int_x"), dimensions=["month", "district_id"], count="n",
                                margins=[["month"], []], tells=["median_days"], k=11)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.disclosure.audit import judge
from transforms.disclosure.complementary import suppress
from transforms.disclosure.rules import CellRule, Ints
from transforms.disclosure.tables import CountTable

STEP = "hide_small_cells"
VERSION = "1.0.0"
IS_SUPPRESSED = "is_suppressed"
SUMMED_OVER = "summed_over"


@dataclass(frozen=True)
class ColumnFlow:
    """What one column of the result is made of.

    Attributes:
        made_of: Columns of the relation whose values it holds.
        decided_by: Columns that decide whether it is shown.
        lowered: Those of both that the step lowers. The others keep their class.
    """

    made_of: tuple[str, ...]
    decided_by: tuple[str, ...] = ()
    lowered: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableFlow:
    """The declared flow of one call.

    Attributes:
        columns: Every column of the result.
        presence: Columns that decide which rows there are: a combination that occurs has a row.
        needs: For columns what they must be for the step to hold: the count a "count", what it tells and the sums an
            "aggregate".
    """

    columns: Mapping[str, ColumnFlow]
    presence: tuple[str, ...]
    needs: Mapping[str, str] = field(default_factory=dict)


def column_flow(
    dimensions: Sequence[str], count: str, tells: Sequence[str] = (), sums: Sequence[str] = ()
) -> TableFlow:
    """The flow of ``hide_small_cells`` with these arguments; the others change nothing in it."""
    columns = {name: ColumnFlow((name,)) for name in dimensions}
    columns[SUMMED_OVER] = ColumnFlow(())
    columns[count] = ColumnFlow((count,), (count,), (count,))
    columns[IS_SUPPRESSED] = ColumnFlow((), (count, *dimensions), (count,))
    for name in (*tells, *sums):
        columns[name] = ColumnFlow((name,), (count,), (name, count))
    needs = {count: "count", **dict.fromkeys((*tells, *sums), "aggregate")}
    return TableFlow(columns, tuple(dimensions), needs)


def hide_small_cells(
    relation: Any,
    *,
    dimensions: Sequence[str],
    count: str,
    margins: Iterable[Sequence[str]] = (),
    tells: Sequence[str] = (),
    sums: Sequence[str] = (),
    k: int = 11,
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
        k: Counts from 1 to k - 1 are small.
        zeros_shown: Whether a count of 0 stays shown.

    Returns:
        Dimensions, ``summed_over``, count, ``is_suppressed``, the columns of ``tells`` and ``sums``. Rows of the
        relation have an empty ``summed_over``; rows of totals name there the dimensions summed over, which are null.

    Shape:
        One row for each row of the relation, then one for each total; both ordered by the dimensions.

    Raises:
        ValueError: A count is null, negative or not whole, a combination stands twice, a name is unknown, or the
            result is not protected.
    """
    rows = _rows(relation, (*dimensions, count, *tells, *sums))
    counts = _counts(rows, count)
    values, codes = _codes(rows, dimensions)
    table = CountTable(tuple(dimensions), codes, counts, tuple(tuple(m) for m in margins))
    rule = CellRule(k=k, zeros_shown=zeros_shown)
    found = suppress(table, rule)
    hidden = found.hidden
    if not (audit := judge(table, hidden, rule, found.certificates)).passes:
        raise ValueError(f"{len(audit.exposed)} hidden cells could still be worked out")
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


def _rows(relation: Any, names: Sequence[str]) -> pa.Table:
    table = relation if isinstance(relation, pa.Table) else relation.to_arrow_table()
    if missing := [name for name in names if name not in table.column_names]:
        raise ValueError(f"the table has no column {missing}")
    if len(set(names)) != len(names):
        raise ValueError("a column is named twice")
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
