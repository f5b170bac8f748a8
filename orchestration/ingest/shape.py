"""Measuring a delivery: how its columns came, and what the accepted records hold.

Belongs here: from a reading, the accepted file and the records held from the stream to a ``Shape``. Does not
belong here: comparing two shapes (``drift``), which records are held (``sample``).

What is counted, is counted of all records: empty ones (from the Parquet file's own statistics), the lowest and the
highest, the records of each value where there are few values. What would need every value in memory (different
values, lengths, quantiles) is told from the records held, all of them up to ``sample.MOST``. Nothing is estimated
by an engine's own sketches: they differ with its version and its threads.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.engines.sql import parquet, quoted
from contracts.model import Contract, Property
from contracts.shapes import QUANTILES, CameColumn, ColumnShape, Value
from orchestration.ingest.kinds import counted
from orchestration.ingest.parse import type_check_id

if TYPE_CHECKING:
    import duckdb

    from orchestration.ingest.sample import Sample

LOOKED_AT = 500
"""Records that are looked at as they came, with the columns that the contract does not read."""
FEW = 50
"""Different values up to which a column's values are categories."""
REPEATED = 4
"""Times that a category must occur on average: five names of five people are no categories."""
LONGEST = 200
"""Characters of the longest text that is a category."""

CATEGORICAL = frozenset({"string", "boolean", "integer"})
ORDERED = frozenset({"integer", "number", "date", "timestamp"})


def came(records: Sequence[Mapping[str, Any]], contract: Contract) -> tuple[CameColumn, ...]:
    """The columns of ``records`` as they came, also those the contract does not read, in the order they are met."""
    known = {column.source_name: column.name for column in contract.columns}
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record))
    looked = len(records)
    return tuple(
        CameColumn(name, looked, counted(record.get(name) for record in records), known.get(name)) for name in names
    )


def accepted_columns(
    contract: Contract, file: Path, sample: Sample, unread: Mapping[str, int], connection: duckdb.DuckDBPyConnection
) -> tuple[ColumnShape, ...]:
    """The contract's columns in the accepted records.

    Args:
        contract: The source's contract.
        file: The accepted records as Parquet.
        sample: Records held while it was written.
        unread: Records set aside by reason.
        connection: Where what is not held is counted.
    """
    held = sample.table()
    if held is None:
        return ()
    facts = _Footer(file)
    return tuple(
        _Measure(column, facts, held, sample.whole, connection, file).shape(unread.get(type_check_id(column.name), 0))
        for column in contract.columns
    )


class _Footer:
    """What a Parquet file's own statistics tell of its columns, exactly."""

    def __init__(self, file: Path) -> None:
        import pyarrow.parquet as pq

        found = pq.read_metadata(file)
        self.rows = int(found.num_rows)
        groups = [found.row_group(n) for n in range(found.num_row_groups)]
        self.chunks = {
            found.schema.column(at).path: [group.column(at) for group in groups] for at in range(found.num_columns)
        }

    def nulls(self, name: str) -> int | None:
        """Records that hold nothing; None where the file does not tell."""
        told = [chunk.statistics for chunk in self.chunks[name]]
        if any(one is None or not one.has_null_count for one in told):
            return None
        return sum(int(one.null_count) for one in told)

    def extremes(self, name: str) -> tuple[Any, Any] | None:
        """The lowest and the highest; None where the file does not tell."""
        told = [(chunk.statistics, chunk.num_values) for chunk in self.chunks[name]]
        filled = [one for one, values in told if one is not None and one.num_values]
        if any(one is None for one, _ in told) or not filled or not all(one.has_min_max for one in filled):
            return None
        return min(one.min for one in filled), max(one.max for one in filled)


class _Measure:
    """One column."""

    def __init__(
        self,
        column: Property,
        facts: _Footer,
        held: Any,
        whole: bool,
        connection: duckdb.DuckDBPyConnection,
        file: Path,
    ) -> None:
        self.column, self.facts, self.whole = column, facts, whole
        self.connection, self.file = connection, file
        self.values = held.column(column.name).combine_chunks().drop_null()

    def shape(self, unread: int) -> ColumnShape:
        """All that is told of it."""
        import pyarrow.compute as pc

        nulls = self._nulls()
        low, high = self._extremes()
        shortest, longest = self._lengths()
        distinct = int(pc.count_distinct(self.values).as_py()) if len(self.values) else 0
        return ColumnShape(
            name=self.column.name,
            type=self.column.logical_type,
            filled=self.facts.rows - nulls,
            nulls=nulls,
            unread=unread,
            looked=len(self.values),
            distinct=distinct,
            low=low,
            high=high,
            shortest=shortest,
            longest=longest,
            quantiles=self._quantiles(),
            categories=self._categories(distinct, longest),
        )

    def _nulls(self) -> int:
        told = self.facts.nulls(self.column.name)
        return int(self._asked(f"count(*) - count({self._name})")[0]) if told is None else told

    def _extremes(self) -> tuple[Value | None, Value | None]:
        if self.column.logical_type not in ORDERED:
            return None, None
        told = self.facts.extremes(self.column.name)
        if told is None:
            told = self._asked(f"min({self._name}), max({self._name})") if len(self.values) else (None, None)
        return plain(told[0]), plain(told[1])

    def _asked(self, what: str) -> tuple[Any, ...]:
        row = self.connection.execute(f"SELECT {what} FROM {parquet([self.file])}").fetchone()
        assert row is not None
        return row

    @property
    def _name(self) -> str:
        return quoted(self.column.name)

    def _lengths(self) -> tuple[int | None, int | None]:
        import pyarrow.compute as pc

        if not len(self.values) or self.column.logical_type != "string":
            return None, None
        found = pc.min_max(pc.utf8_length(self.values)).as_py()
        return int(found["min"]), int(found["max"])

    def _quantiles(self) -> tuple[Value, ...]:
        """Values that occur, so that a date stays a date."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.column.logical_type not in ORDERED or not len(self.values):
            return ()
        values = self.values
        if pa.types.is_floating(values.type):
            values = values.filter(pc.is_finite(values))
        ranked = values.take(pc.sort_indices(values))
        if not len(ranked):
            return ()
        found = [ranked[min(len(ranked) - 1, max(0, math.ceil(q * len(ranked)) - 1))].as_py() for q in QUANTILES]
        told = [plain(value) for value in found]
        return tuple(value for value in told if value is not None)

    def _categories(self, distinct: int, longest: int | None) -> Mapping[str, int] | None:
        if self.column.logical_type not in CATEGORICAL or not 0 < distinct <= FEW or (longest or 0) > LONGEST:
            return None
        if len(self.values) < REPEATED * distinct:
            return None
        found = self._counts_held() if self.whole else self._counts_of_all()
        if len(found) > FEW:
            return None
        return dict(sorted((_key(value), int(n)) for value, n in found))

    def _counts_held(self) -> list[tuple[Any, int]]:
        import pyarrow.compute as pc

        counts = pc.value_counts(self.values)
        return list(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True))

    def _counts_of_all(self) -> list[tuple[Any, int]]:
        rows: Iterable[tuple[Any, int]] = self.connection.execute(
            f"SELECT {self._name}, count(*) FROM {parquet([self.file])} WHERE {self._name} IS NOT NULL "
            f"GROUP BY 1 LIMIT {FEW + 1}"
        ).fetchall()
        return list(rows)


def _key(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def plain(value: Any) -> Value | None:
    """A value of a column in JSON; None for what has no form there."""
    match value:
        case bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return str(value)
        case datetime():
            moment = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
            return moment.isoformat()
        case date() | time():
            return value.isoformat()
    return None
