"""Trying a draft's types on the sample, with the very SQL that a landing reads with.

Belongs here: how many values of each column can't be read as drafted, and what becomes of the type then. Does not
belong here: proposing types (``column_types``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from contracts.engines.sql import text_literal
from contracts.model import Place, Property, Text
from orchestration.ingest.parse import parsed_name, read_text, text_name
from orchestration.onboarding.column_types import TypedColumn
from orchestration.onboarding.sample import Sample, SeenColumn

TOLERATED: Final = 0.02
"""Share of a column's values that may fail before the column is read as text instead."""

_TRIED = frozenset({"integer", "number", "boolean", "date", "time", "timestamp"})


def tried(columns: tuple[TypedColumn, ...], sample: Sample) -> tuple[TypedColumn, ...]:
    """The same columns, each held against the sample: one that can't be read becomes text, and says so."""
    if not any(column.logical_type in _TRIED for column in columns):
        return columns
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        return tuple(_tried(column, sample, connection) for column in columns)


def _tried(column: TypedColumn, sample: Sample, connection: Any) -> TypedColumn:
    seen = sample.column(column.name)
    if seen is None or column.logical_type not in _TRIED:
        return column
    texts = sorted(_texts_to_read(seen, column))
    if not texts:
        return column
    failed = _failed(column, texts, connection)
    if not failed:
        return column
    counts = _counts(seen, column, failed)
    if counts[0] > TOLERATED * counts[1] and not _holds_other_tokens(seen):
        return replace(
            column,
            logical_type="string",
            options={},
            comma=False,
            zoneless=False,
            questions=(f"{counts[0]:,} of {counts[1]:,} values can't be read as {column.logical_type}: kept as text",),
        )
    return column.with_question(
        f"{counts[0]:,} of {counts[1]:,} values of the sample can't be read as {column.logical_type}"
        " and would be set aside"
    )


def _texts_to_read(seen: SeenColumn, column: TypedColumn) -> set[str]:
    return {v for v in seen.values if isinstance(v, str) and v and v.strip() not in column.markers}


def _counts(seen: SeenColumn, column: TypedColumn, failed: frozenset[str]) -> tuple[int, int]:
    there = [v for v in seen.values if v is not None and v != "" and str(v).strip() not in column.markers]
    return sum(isinstance(v, str) and v in failed for v in there), len(there)


def _holds_other_tokens(seen: SeenColumn) -> bool:
    """Whether values came as numbers or flags: a column of text would refuse those."""
    return any(v is not None and not isinstance(v, str) for v in seen.values)


def _failed(column: TypedColumn, texts: list[str], connection: Any) -> frozenset[str]:
    made = read_text(_property(column), 0, "," if column.comma else ".")
    listed = ", ".join(map(text_literal, texts))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE tried AS SELECT *, {made.parsed} AS {parsed_name(0)}"
        f" FROM (SELECT unnest([{listed}]) AS {text_name(0)})"
    )
    rows = connection.execute(f"SELECT {text_name(0)} FROM tried WHERE ({made.value}) IS NULL").fetchall()
    return frozenset(str(row[0]) for row in rows)


_KEPT: Final = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
}


def _property(column: TypedColumn) -> Property:
    """The column as the reader wants it. Times are tried as UTC: whether an hour was skipped is no matter of form."""
    options: Mapping[str, Any] = {k: v for k, v in column.options.items() if k != "defaultTimezone"}
    return Property(
        name="column",
        logical_type=column.logical_type,
        physical_type=column.physical_type or _KEPT[column.logical_type],
        required=False,
        unique=False,
        primary_key_position=None,
        classification="restricted",
        classified=True,
        description=Text(""),
        options=options,
        quality=(),
        place=Place("draft"),
    )
