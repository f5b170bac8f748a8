"""CSV, as declared: every option of the reading is given, none is detected.

Belongs here: what refuses a whole CSV file, and the SQL that reads the rest. Records that the index
finds malformed are left out of what DuckDB reads, so that what remains is read the same by every program.
Does not belong here: bytes before they are plain UTF-8 (``prepare``), rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from contracts import kept
from contracts.engines.sql import text_literal
from contracts.errors import PromiseBroken
from contracts.model import Contract
from orchestration.ingest import extract, prepare
from orchestration.ingest.caps import Caps
from orchestration.ingest.columns import Columns, Drift, header_names, match, shown_name
from orchestration.ingest.dialect import Dialect
from orchestration.ingest.line_ends import line_end
from orchestration.ingest.parse import TypedColumn, raw_name, text_name, typed_columns
from orchestration.ingest.reading import RECORD, Piece, RecordFailure
from orchestration.ingest.record_index import (
    CHARACTERS,
    FIELDS,
    MANY_BROKEN,
    NEWLINE,
    QUOTES,
    RETURN,
    Positions,
    RecordIndex,
    Shape,
    index_records,
)
from orchestration.ingest.refusal import Refusal

if TYPE_CHECKING:
    import duckdb

    from orchestration.ingest.workplace import Workplace

HEAD = 1 << 16
LINE_SIZE = 2_000_000
"""DuckDB's own limit for a record; raised only for files that need it."""


@dataclass
class CsvReading:
    """One CSV file, indexed. See ``reading.Reading``."""

    path: Path
    index: RecordIndex
    dialect: Dialect
    line_end: bytes
    layout: Columns
    columns: tuple[TypedColumn, ...]
    names: tuple[str, ...]
    malformed: Mapping[str, Positions]
    work: Path
    failures: tuple[RecordFailure, ...] = ()

    @property
    def received(self) -> int:
        """Records counted from the bytes."""
        return self.index.count

    @property
    def drift(self) -> Drift:
        """Columns that came and went."""
        return self.layout.drift

    def pieces(self) -> Iterator[Piece]:
        """All well-formed records, in order, some 64 MiB at a time."""
        target = self.work / "piece.csv"
        for numbers in extract.cut(self.index, extract.PIECE):
            extract.copy_records(self.path, self.index, numbers, target, self.line_end)
            yield Piece(f"SELECT {self._selected()} FROM {self._scan(target, nulls=True)}", numbers)
        kept.discard(target)

    def _scan(self, path: Path, *, nulls: bool, ordered: bool = False) -> str:
        """The ``read_csv`` call. ``nulls``: texts that mean "missing" become NULL while reading."""
        dialect = self.dialect
        columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(self.layout.width))
        missing = (dialect.missing or ("\x01",)) if nulls else ("\x01",)
        options = [
            "auto_detect = false",
            "header = false",
            f"delim = {text_literal(dialect.delimiter)}",
            f"quote = {text_literal(dialect.quote)}",
            f"escape = {text_literal(dialect.escape)}",
            f"new_line = {text_literal(self.line_end.decode().encode('unicode_escape').decode())}",
            f"nullstr = [{', '.join(map(text_literal, missing))}]",
            f"columns = {{{columns}}}",
        ]
        if self.index.longest >= LINE_SIZE:
            options.append(f"max_line_size = {self.index.longest + 1024}")
        if ordered:
            options.append("parallel = false")
        return f"read_csv({text_literal(str(path))}, {', '.join(options)})"

    def _selected(self) -> str:
        parts = []
        for n, position in enumerate(self.layout.positions):
            source = "CAST(NULL AS VARCHAR)" if position is None else f"c{position}"
            parts += [f"{source} AS {raw_name(n)}", f"{source} AS {text_name(n)}"]
        return ", ".join(parts)

    def picked(self, connection: duckdb.DuckDBPyConnection, records: Positions) -> str:
        """The same for ``records`` only, with their numbers and the texts that mean "missing" as received.

        (But for a file with one column, whose empty lines DuckDB would then skip.)
        """
        import pyarrow as pa

        target = self.work / "picked.csv"
        extract.copy_records(self.path, self.index, records, target, self.line_end)
        connection.register("__picked", pa.table({"n": np.arange(1, len(records) + 1), RECORD: records}))
        parts = []
        for n, position in enumerate(self.layout.positions):
            source = "CAST(NULL AS VARCHAR)" if position is None else f"c{position}"
            parts += [f"{self._unless_missing(source)} AS {raw_name(n)}"]
            parts += [f"{self._unless_missing(source)} AS {text_name(n)}", f"{source} AS __shown_{n}"]
        scan = self._scan(target, nulls=self.layout.width == 1, ordered=True)
        numbered = f"(SELECT {', '.join(parts)}, row_number() OVER () AS n FROM {scan})"
        return f"SELECT p.{RECORD}, s.* EXCLUDE (n) FROM {numbered} s JOIN __picked p ON p.n = s.n"

    def _unless_missing(self, source: str) -> str:
        if not self.dialect.missing:
            return source
        return f"CASE WHEN {source} NOT IN ({', '.join(map(text_literal, self.dialect.missing))}) THEN {source} END"

    def received_json(self) -> str:
        """SQL over ``picked``: the record as received, as a JSON object of texts."""
        pairs = [f"{text_literal(name)}, __shown_{n}" for n, name in enumerate(self.names)]
        return f"CAST(json_object({', '.join(pairs)}) AS VARCHAR)"

    def as_came(self, connection: duckdb.DuckDBPyConnection, most: int) -> list[Mapping[str, Any]]:
        """Some records with every column of the file, as texts."""
        records = extract.some(self.index, most)
        if not len(records):
            return []
        target = self.work / "came.csv"
        extract.copy_records(self.path, self.index, records, target, self.line_end)
        fields = ", ".join(self._unless_missing(f"c{n}") for n in range(self.layout.width))
        rows = connection.execute(f"SELECT {fields} FROM {self._scan(target, nulls=False, ordered=True)}").fetchall()
        kept.discard(target)
        return [dict(zip(self.header, row, strict=True)) for row in rows]

    @cached_property
    def header(self) -> tuple[str, ...]:
        """Names of all columns of the file; one without a name is called by its place."""
        if self.index.header is None:
            return self.names
        named = header_names(self.index.header, self.dialect)
        return tuple(name if name in self.names else shown_name(name, n) for n, name in enumerate(named, start=1))

    def unread(self, records: Positions) -> Any:
        """Malformed records: their text as a JSON string."""
        import pyarrow as pa

        raw = [json.dumps(text, ensure_ascii=False) for text in extract.texts(self.path, self.index, records)]
        return pa.table({RECORD: records, "raw": pa.array(raw, pa.string())})


def read(path: Path, contract: Contract, dialect: Dialect, place: Workplace, caps: Caps) -> CsvReading:
    """Index the prepared file at ``path`` and match its columns.

    Raises:
        Refusal: The whole file can't be taken; ``received`` of it tells the records counted.
    """
    newline = RETURN if _ends_with_returns(path, dialect) else NEWLINE
    index = _indexed(path, contract, dialect, newline, caps)
    try:
        _refuse_whole(path, index, dialect)
        end = line_end(index, newline, dialect)
        layout = _layout(index, contract, dialect)
        _refuse_shape(index, layout)
    except PromiseBroken as error:
        error.report = index.count
        raise
    return CsvReading(
        path=path,
        index=index,
        dialect=dialect,
        line_end=end,
        layout=layout,
        columns=typed_columns(contract, dialect.decimal),
        names=tuple(column.source_name for column in contract.columns),
        malformed={reason: numbers[numbers > 0] for reason, numbers in index.bad.items()},
        work=place.folder,
    )


def _ends_with_returns(path: Path, dialect: Dialect) -> bool:
    """Whether records end in a lone carriage return: declared, or no line feed at all in the first part."""
    if dialect.line_ends is not None:
        return dialect.line_ends == "cr"
    with path.open("rb") as file:
        head = file.read(HEAD)
    return b"\r" in head and b"\n" not in head and not head.endswith(b"\r")


def _indexed(path: Path, contract: Contract, dialect: Dialect, newline: int, caps: Caps) -> RecordIndex:
    shape = Shape(
        newline=newline,
        delimiter=ord(dialect.delimiter),
        quote=ord(dialect.quote) if dialect.quote else None,
        escape=ord(dialect.escape) if dialect.escape else None,
        header=dialect.header,
        fields=0 if dialect.header else len(contract.columns),
        record_bytes=caps.record_bytes,
    )
    index = index_records(path, shape)
    if index.fields == 1 and "" in dialect.missing:
        # With one column, DuckDB takes an empty line for a record exactly where "" means missing.
        index = index_records(path, replace(shape, keep_blank=True))
    return index


def _refuse_whole(path: Path, index: RecordIndex, dialect: Dialect) -> None:
    if index.broken and (index.broken >= MANY_BROKEN or index.broken * 10 > index.multibyte):
        raise prepare.undeclared_encoding(path, dialect)
    stuck = index.open_quote or (int(index.swallowed[0]) if len(index.swallowed) else None)
    if stuck is not None:
        begin = int(index.extents(np.array([stuck]))[0][0])
        raise Refusal(
            "a quote is opened and not closed" if index.open_quote else "a quote swallows the records behind it",
            where=f"record {stuck:,}, line {extract.line_number(path, begin):,}",
            found="the end of the file inside a quoted field"
            if index.open_quote
            else "quotes out of place over several lines",
            expected="a closing quote before the field ends",
            hint="the file may be cut off: fetch it again, or ask the publisher to mend the record.",
        )
    wrong = index.bad.get(FIELDS)
    if index.unended and wrong is not None and wrong[-1] == index.count:
        begin = int(index.extents(np.array([index.count]))[0][0])
        raise Refusal(
            "the file is cut off in the middle of a record",
            where=f"record {index.count:,}, line {extract.line_number(path, begin):,}",
            found="a last record without all its fields and without a line end",
            expected=f"{index.fields} fields",
            hint="fetch it again; the last accepted delivery stays in use.",
        )
    if index.header is not None and any(len(numbers) and numbers[0] == 0 for numbers in index.bad.values()):
        reasons = [reason for reason, numbers in index.bad.items() if len(numbers) and numbers[0] == 0]
        raise Refusal(
            "the header can't be read",
            where="header",
            found=", ".join(
                sorted({CHARACTERS: "control characters", QUOTES: "quotes out of place"}.get(r, r) for r in reasons)
            ),
            expected="the names of the columns",
        )


def _layout(index: RecordIndex, contract: Contract, dialect: Dialect) -> Columns:
    if not dialect.header:
        width = len(contract.columns)
        return Columns(tuple(range(width)), width, Drift())
    if index.header is None:
        raise Refusal("the file has no header", expected="the names of the columns in the first record")
    return match(header_names(index.header, dialect), contract, dialect)


def _refuse_shape(index: RecordIndex, layout: Columns) -> None:
    wrong = index.bad.get(FIELDS)
    if wrong is not None and index.count and len(wrong[wrong > 0]) == index.count:
        raise Refusal(
            "no record has the right number of fields",
            found=f"{index.count:,} records, none with {layout.width} fields",
            expected=f"{layout.width} fields, as the {'header' if index.header is not None else 'contract'} says",
            hint="check delimiter, quote and header of the source's server.",
        )
