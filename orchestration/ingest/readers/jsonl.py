"""JSON lines: one object on each line, its tokens' types checked, nothing guessed.

Belongs here: SQL that takes each declared key's token apart. A number where text is declared, or the
other way round, fails the column's type; text is read by the contract's type, as portals deliver numbers
and dates in quotes. Does not belong here: one array over the whole file (refused by ``prepare``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from contracts.engines.sql import text_literal
from contracts.model import Contract, Property
from orchestration.ingest import extract, prepare
from orchestration.ingest.caps import Caps
from orchestration.ingest.columns import Drift, MissingColumns
from orchestration.ingest.dialect import Dialect
from orchestration.ingest.line_ends import line_end
from orchestration.ingest.parse import TypedColumn, raw_name, text_name, typed_columns
from orchestration.ingest.reading import CONTROL_CHARACTERS, RECORD, Piece, RecordFailure
from orchestration.ingest.record_index import (
    CHARACTERS,
    MANY_BROKEN,
    NEWLINE,
    Positions,
    RecordIndex,
    Shape,
    index_records,
)

if TYPE_CHECKING:
    import duckdb

LINE_SIZE = 2_000_000
DRIFT_RECORDS = 100_000
"""Keys that came or went are told from so many records."""

JSON = "record.json"
KEYS = "record.keys"

TOKENS: Mapping[str, tuple[str, ...]] = {
    "string": ("VARCHAR",),
    "date": ("VARCHAR",),
    "time": ("VARCHAR",),
    "timestamp": ("VARCHAR",),
    "integer": ("VARCHAR", "BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE"),
    "number": ("VARCHAR", "BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE"),
    "boolean": ("VARCHAR", "BOOLEAN"),
    "object": ("OBJECT",),
    "array": ("ARRAY",),
}
"""JSON tokens that a logical type may come from."""

EXACT_DIGITS = 15
"""A decimal token with more digits has gone through a floating-point number on its way here."""


@dataclass
class JsonlReading:
    """One file of JSON lines, indexed. See ``reading.Reading``."""

    path: Path
    index: RecordIndex
    contract: Contract
    dialect: Dialect
    columns: tuple[TypedColumn, ...]
    malformed: Mapping[str, Positions]
    work: Path
    failures: tuple[RecordFailure, ...]
    line_end: bytes = b"\n"
    drift: Drift = field(default_factory=Drift)

    @property
    def received(self) -> int:
        """Lines that hold something, counted from the bytes."""
        return self.index.count

    def pieces(self) -> Iterator[Piece]:
        """All records that are read, in order, some 64 MiB at a time."""
        target = self.work / "piece.jsonl"
        for numbers in extract.cut(self.index, extract.PIECE):
            extract.copy_records(self.path, self.index, numbers, target, self.line_end)
            yield Piece(self._taken_apart(self._lines(target)), numbers)
        target.unlink()

    def _lines(self, path: Path) -> str:
        """Lines as one text column. A blank line is no record; U+0001 stands in no line that is read."""
        size = f", max_line_size = {self.index.longest + 1024}" if self.index.longest >= LINE_SIZE else ""
        new_line = "\\r\\n" if self.line_end == b"\r\n" else "\\n"
        return (
            f"(SELECT line AS __line FROM read_csv({text_literal(str(path))}, auto_detect = false, header = false, "
            f"delim = chr(1), quote = '', escape = '', new_line = '{new_line}', nullstr = [''], "
            f"columns = {{'line': 'VARCHAR'}}{size}) WHERE line IS NOT NULL)"
        )

    def _taken_apart(self, lines: str, extra: str = "") -> str:
        names = [_pointer(column) for column in self.contract.columns]
        pointers = f"[{', '.join(map(text_literal, names))}]"
        parts = ["__line", "__valid", *([extra] if extra else [])]
        for n, column in enumerate(self.contract.columns):
            token, kind = f"__tokens[{n + 1}]", f"__kinds[{n + 1}]"
            received = f"CASE {kind} WHEN 'VARCHAR' THEN {token} ->> '$' ELSE CAST({token} AS VARCHAR) END"
            there = f"({kind} IS NOT NULL AND {kind} <> 'NULL'{self._not_missing(token, kind)})"
            parts.append(f"CASE WHEN {there} THEN {received} END AS {raw_name(n)}")
            parts.append(
                f"CASE WHEN {there} AND {_acceptable(column, token, kind)} THEN {received} END AS {text_name(n)}"
            )
        valid = "CASE WHEN json_valid(__line) THEN json_type(__line) = 'OBJECT' ELSE FALSE END"
        rest = f", {extra}" if extra else ""
        return (
            f"SELECT {', '.join(parts)} FROM (SELECT __line, __valid{rest}, "
            f"CASE WHEN __valid THEN json_extract(__line, {pointers}) END AS __tokens, "
            f"CASE WHEN __valid THEN json_type(__line, {pointers}) END AS __kinds "
            f"FROM (SELECT __line{rest}, {valid} AS __valid FROM {lines}))"
        )

    def _not_missing(self, token: str, kind: str) -> str:
        if not self.dialect.missing:
            return ""
        words = ", ".join(map(text_literal, self.dialect.missing))
        return f" AND NOT ({kind} = 'VARCHAR' AND {token} ->> '$' IN ({words}))"

    def picked(self, connection: duckdb.DuckDBPyConnection, records: Positions) -> str:
        """The same for ``records`` only, with their numbers."""
        import pyarrow as pa

        target = self.work / "picked.jsonl"
        extract.copy_records(self.path, self.index, records, target, self.line_end)
        connection.register("__picked", pa.table({"n": np.arange(1, len(records) + 1), RECORD: records}))
        numbered = f"(SELECT __line, row_number() OVER () AS n FROM {self._lines(target)})"
        lines = f"(SELECT p.{RECORD}, s.__line FROM {numbered} s JOIN __picked p ON p.n = s.n)"
        return self._taken_apart(lines, RECORD)

    def received_json(self) -> str:
        """SQL over ``picked``: the line itself where it is JSON, else its text as a JSON string."""
        return "CASE WHEN __valid THEN __line ELSE CAST(to_json(__line) AS VARCHAR) END"

    def unread(self, records: Positions) -> Any:
        """Malformed records: their text as a JSON string."""
        import pyarrow as pa

        raw = [json.dumps(text, ensure_ascii=False) for text in extract.texts(self.path, self.index, records)]
        return pa.table({RECORD: records, "raw": pa.array(raw, pa.string())})

    def find_drift(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Tell the keys that came and went.

        Raises:
            MissingColumns: A required key is in none of the records looked at.
        """
        target = self.work / "first.jsonl"
        extract.copy_records(
            self.path, self.index, extract.well_formed(self.index)[:DRIFT_RECORDS], target, self.line_end
        )
        rows = connection.execute(
            f"SELECT DISTINCT unnest(CASE WHEN json_valid(__line) THEN json_keys(__line) END) AS k "
            f"FROM {self._lines(target)} ORDER BY k"
        ).fetchall()
        keys = {str(row[0]) for row in rows}
        wanted = {column.source_name: column for column in self.contract.columns}
        missing = tuple(name for name in wanted if name not in keys)
        self.drift = Drift(tuple(sorted(keys - set(wanted))), missing)
        gone = [name for name in missing if wanted[name].required and keys]
        if gone:
            told = {
                "what": "declared keys are missing from the file",
                "where": "every record",
                "found": f"missing: {', '.join(gone)}; new: {', '.join(self.drift.added) or 'none'}",
                "expected": "every required key in every record",
                "hint": "give the column its new physicalName in the contract, or ask the publisher for the old form.",
            }
            raise MissingColumns(told, self.drift)


def _pointer(column: Property) -> str:
    return "/" + column.source_name.replace("~", "~0").replace("/", "~1")


def _acceptable(column: Property, token: str, kind: str) -> str:
    tokens = ", ".join(map(text_literal, TOKENS[column.logical_type]))
    allowed = f"{kind} IN ({tokens})"
    if column.physical_type.upper().startswith(("DECIMAL", "NUMERIC")):
        digits = f"length(regexp_replace(CAST({token} AS VARCHAR), '[^0-9]', '', 'g'))"
        allowed += f" AND ({kind} <> 'DOUBLE' OR {digits} <= {EXACT_DIGITS})"
    return allowed


def read_jsonl(path: Path, contract: Contract, dialect: Dialect, work: Path, caps: Caps) -> JsonlReading:
    """Index the prepared file at ``path``.

    Raises:
        Refusal: The file is not in the declared encoding.
    """
    shape = Shape(delimiter=None, quote=None, escape=None, header=False, record_bytes=caps.record_bytes)
    index = index_records(path, shape)
    if index.broken and (index.broken >= MANY_BROKEN or index.broken * 10 > index.multibyte):
        raise prepare.undeclared_encoding(path, dialect)
    pattern = text_literal(CONTROL_CHARACTERS)
    texts = [n for n, c in enumerate(contract.columns) if c.logical_type in ("string", "object", "array")]
    spoiled = " OR ".join(f"coalesce(regexp_matches({raw_name(n)}, {pattern}), FALSE)" for n in texts) or "FALSE"
    keys = "CASE WHEN __valid THEN len(json_keys(__line)) <> len(list_distinct(json_keys(__line))) ELSE FALSE END"
    return JsonlReading(
        path=path,
        index=index,
        contract=contract,
        dialect=dialect,
        columns=typed_columns(contract, dialect.decimal),
        malformed=index.bad,
        work=work,
        line_end=line_end(index, NEWLINE, dialect),
        failures=(
            RecordFailure(JSON, "(NOT __valid)", whole=True),
            RecordFailure(KEYS, keys),
            RecordFailure(CHARACTERS, f"({spoiled})"),
        ),
    )
