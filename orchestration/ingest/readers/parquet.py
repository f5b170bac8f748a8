"""Parquet: declared columns of compatible types, by name.

Belongs here: which stored type may become which declared one, and the check that nothing is lost on the
way. The number of records comes from the footer as pyarrow reads it, not from DuckDB. Text columns are
read by the contract's type, as from CSV. Does not belong here: nested data beyond JSON text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from contracts.columns import EPOCHS
from contracts.engines.sql import quoted, text_literal
from contracts.model import Contract, Property
from orchestration.ingest import zones
from orchestration.ingest.caps import Caps
from orchestration.ingest.columns import Columns, Drift, match
from orchestration.ingest.dialect import Dialect
from orchestration.ingest.parse import (
    TypedColumn,
    default_zone,
    failed,
    from_epoch,
    parsed_name,
    raw_name,
    read_text,
    text_name,
)
from orchestration.ingest.reading import CONTROL_CHARACTERS, RECORD, Piece, RecordFailure
from orchestration.ingest.record_index import CHARACTERS, Positions
from orchestration.ingest.refusal import Refusal
from orchestration.ingest.sample import picked

if TYPE_CHECKING:
    import duckdb

    from orchestration.ingest.workplace import Workplace

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
FLOATS = ("FLOAT", "DOUBLE")
INSTANTS = ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP WITH TIME ZONE")

GROUPS_LOOKED_AT = 4
"""Row groups from which columns are told as they came: of each, its first pages are read."""

NOTHING = "NULL"
"""The type of a column that holds no value at all, which has none of its own."""

COMPATIBLE: Mapping[str, tuple[str, ...]] = {
    "string": (),
    "integer": (*WHOLE, *FLOATS, "DECIMAL"),
    "number": (*WHOLE, *FLOATS, "DECIMAL"),
    "boolean": ("BOOLEAN",),
    "date": ("DATE", *INSTANTS),
    "time": ("TIME",),
    "timestamp": INSTANTS,
    "object": ("STRUCT", "MAP"),
    "array": ("LIST",),
}
"""Stored types, beside text, that a logical type may come from; each value must survive the way back."""


@dataclass
class ParquetReading:
    """One Parquet file. See ``reading.Reading``."""

    path: Path
    received: int
    contract: Contract
    dialect: Dialect
    layout: Columns
    stored: Mapping[str, str]
    columns: tuple[TypedColumn, ...]
    failures: tuple[RecordFailure, ...]
    malformed: Mapping[str, Positions] = field(default_factory=dict)

    @property
    def drift(self) -> Drift:
        """Columns that came and went."""
        return self.layout.drift

    def pieces(self) -> Iterator[Piece]:
        """The whole file as one piece, which is streamed: every record of a Parquet file is well-formed."""
        relation = f"SELECT {self._selected()} FROM read_parquet({text_literal(str(self.path))})"
        yield Piece(relation, np.arange(1, self.received + 1), small=False)

    def _selected(self) -> str:
        parts = []
        for n, column in enumerate(self.contract.columns):
            name = column.source_name
            if self.layout.positions[n] is None or self.stored[name] == NOTHING:
                source = "CAST(NULL AS VARCHAR)"
            elif self.stored[name] == "VARCHAR" and self.dialect.missing:
                words = ", ".join(map(text_literal, self.dialect.missing))
                source = f"CASE WHEN {quoted(name)} NOT IN ({words}) THEN {quoted(name)} END"
            else:
                source = quoted(name)
            parts += [f"{source} AS {raw_name(n)}", f"{source} AS {text_name(n)}"]
        return ", ".join(parts)

    def picked(self, connection: duckdb.DuckDBPyConnection, records: Positions) -> str:
        """The same for ``records`` only, with their numbers."""
        import pyarrow as pa

        connection.register("__picked", pa.table({RECORD: records}))
        scan = f"read_parquet({text_literal(str(self.path))}, file_row_number = true)"
        return (
            f"SELECT p.{RECORD}, {self._selected()} FROM {scan} s JOIN __picked p ON p.{RECORD} = s.file_row_number + 1"
        )

    def received_json(self) -> str:
        """SQL over ``picked``: the record as received, as a JSON object."""
        names = [column.source_name for column in self.contract.columns]
        pairs = [f"{text_literal(name)}, {raw_name(n)}" for n, name in enumerate(names)]
        return f"CAST(json_object({', '.join(pairs)}) AS VARCHAR)"

    def as_came(self, connection: duckdb.DuckDBPyConnection, most: int) -> list[Mapping[str, Any]]:  # noqa: ARG002
        """The first records of some row groups, evenly spread, with every column."""
        import pyarrow.parquet as pq

        found: list[Mapping[str, Any]] = []
        with pq.ParquetFile(self.path) as file:
            groups = [int(n) - 1 for n in picked(file.num_row_groups, GROUPS_LOOKED_AT)]
            each = -(-most // max(1, len(groups)))
            for group in groups:
                batch = next(file.iter_batches(each, row_groups=[group]), None)
                found += [] if batch is None else batch.to_pylist()
        missing = self.dialect.missing
        return [{name: None if value in missing else value for name, value in record.items()} for record in found]

    def unread(self, records: Positions) -> Any:
        """No record of a Parquet file is malformed: an empty table."""
        import pyarrow as pa

        return pa.table({RECORD: records[:0], "raw": pa.array([], pa.string())})


def read(
    path: Path,
    contract: Contract,
    dialect: Dialect,
    place: Workplace,
    caps: Caps,  # noqa: ARG001 - every reader is called alike; a footer needs no limit of ours
) -> ParquetReading:
    """Read the footer of ``path`` and match its columns and types.

    Raises:
        Refusal: Cut off or torn, a declared column missing, or a type that can't become the declared one.
    """
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            received = int(file.metadata.num_rows)
            names = list(file.schema_arrow.names)
            empty = {field.name for field in file.schema_arrow if pa.types.is_null(field.type)}
        rows = place.connection.execute(f"DESCRIBE SELECT * FROM read_parquet({text_literal(str(path))})").fetchall()
    except (pa.ArrowException, OSError, duckdb.Error) as error:
        raise Refusal(
            "the Parquet file can't be read",
            found="its footer is missing or torn: the file is cut off or altered",
            expected="a whole Parquet file",
            hint="fetch it again; the last accepted delivery stays in use.",
        ) from error
    stored = {str(name): NOTHING if str(name) in empty else str(kind) for name, kind, *_ in rows}
    try:
        layout = match(names, contract, dialect)
        columns = tuple(_column(column, n, stored) for n, column in enumerate(contract.columns))
    except Refusal as refusal:
        refusal.report = received
        raise
    return ParquetReading(path, received, contract, dialect, layout, stored, columns, (_characters(contract, stored),))


def _characters(contract: Contract, stored: Mapping[str, str]) -> RecordFailure:
    pattern = text_literal(CONTROL_CHARACTERS)
    texts = [n for n, c in enumerate(contract.columns) if stored.get(c.source_name) == "VARCHAR"]
    spoiled = " OR ".join(f"coalesce(regexp_matches({raw_name(n)}, {pattern}), FALSE)" for n in texts)
    return RecordFailure(CHARACTERS, f"({spoiled or 'FALSE'})")


def _column(column: Property, position: int, stored: Mapping[str, str]) -> TypedColumn:
    kind = stored.get(column.source_name, "VARCHAR")
    if kind in ("VARCHAR", NOTHING):
        return read_text(column, position)
    family = "LIST" if kind.endswith("[]") else kind.split("(", 1)[0]
    per_second = EPOCHS.get(str(column.options.get("format"))) if column.logical_type == "timestamp" else None
    if per_second is not None and family in WHOLE:
        text, parsed = text_name(position), parsed_name(position)
        return TypedColumn(
            column.name, f"CAST({text} AS HUGEINT)", from_epoch(parsed, per_second), failed(column, position)
        )
    if family not in COMPATIBLE[column.logical_type]:
        raise Refusal(
            "a column's stored type can't become the declared one",
            where=f"column {column.source_name}",
            found=kind,
            expected=f"{column.logical_type}, stored as {' or '.join(('text', *COMPATIBLE[column.logical_type]))}",
            hint="change the logicalType in the contract, or ask the publisher for the old form.",
        )
    text, parsed = text_name(position), parsed_name(position)
    if column.logical_type == "timestamp":
        return _instant(column, position, family)
    if column.logical_type in ("object", "array"):
        return TypedColumn(column.name, "NULL", f"CAST(to_json({text}) AS VARCHAR)", failed(column, position))
    cast = f"TRY_CAST({text} AS {column.physical_type})"
    if family in FLOATS and column.physical_type.upper() in FLOATS:
        return TypedColumn(column.name, cast, parsed, failed(column, position))
    survives = f"CASE WHEN TRY_CAST({parsed} AS {kind}) = {text} THEN {parsed} END"
    return TypedColumn(column.name, cast, survives, failed(column, position))


def _instant(column: Property, position: int, family: str) -> TypedColumn:
    text, parsed = text_name(position), parsed_name(position)
    if family == "TIMESTAMP WITH TIME ZONE":
        return TypedColumn(column.name, f"timezone('UTC', {text})", parsed, failed(column, position))
    utc = zones.to_utc(parsed, default_zone(column), column.place)
    skipped = None if utc == parsed else f"{parsed} IS NOT NULL"
    return TypedColumn(column.name, f"CAST({text} AS TIMESTAMP)", utc, failed(column, position), skipped)
