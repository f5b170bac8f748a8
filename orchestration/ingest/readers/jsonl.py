"""JSON lines: one object on each line, its tokens' types checked, nothing guessed.

Belongs here: SQL that takes each declared key's token apart. A number where text is declared, or the
other way round, fails the column's type; text is read by the contract's type, as portals deliver numbers
and dates in quotes. Does not belong here: finding the records of one document (``json``, ``geojson``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from contracts import kept
from contracts.engines.sql import text_literal
from contracts.model import Contract
from orchestration.ingest import extract, json_quick, json_sql, prepare
from orchestration.ingest.caps import Caps
from orchestration.ingest.columns import Drift, MissingColumns
from orchestration.ingest.dialect import Dialect
from orchestration.ingest.json_sql import Layout, plain_layout, pointer
from orchestration.ingest.json_walk import LONGEST, Walked, walk
from orchestration.ingest.line_ends import line_end
from orchestration.ingest.parse import TypedColumn, raw_name, typed_columns
from orchestration.ingest.reading import RECORD, Piece, RecordFailure, Trial
from orchestration.ingest.record_index import (
    MANY_BROKEN,
    NEWLINE,
    Positions,
    RecordIndex,
    Shape,
    index_records,
)

if TYPE_CHECKING:
    import duckdb

    from orchestration.ingest.workplace import Workplace

GLOB = frozenset("*?[]{}")
"""Characters for which DuckDB takes a path as the pattern of several."""
STREAM = 512 << 20
"""Bytes of lines without shapes that are read as one piece, a batch of records at a time."""
BUFFER = 1 << 20
"""Bytes of a file that DuckDB holds at once, several times."""
SHAPES = 8 << 20
"""Bytes of lines with shapes that are read as one piece: each is held in several forms at once."""


@dataclass
class JsonlReading:
    """One file of JSON lines, indexed. See ``reading.Reading``."""

    path: Path
    index: RecordIndex
    walked: Walked
    contract: Contract
    dialect: Dialect
    layout: Layout
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
        """All records that are read, in order. Planning a piece of many columns costs as much as reading many MiB."""
        target = self.work / "piece.jsonl"
        shaped = self.layout.shape is not None
        for numbers in extract.cut(self.index, SHAPES if shaped else STREAM):
            for part, quickly in self.walked.parts(numbers, self.index):
                left = part
                if quickly:
                    trial = Trial()
                    lines = self.path if self._is_all(part) else self._copied(part, target)
                    yield Piece(self._quick(lines), part, small=False, trial=trial)
                    left = part[len(part) - trial.left :]
                if len(left) or not quickly:
                    yield Piece(self._taken_apart(self._lines(self._copied(left, target))), left, small=shaped)
        kept.discard(target)

    def _copied(self, numbers: Positions, target: Path) -> Path:
        extract.copy_records(self.path, self.index, numbers, target, self.line_end)
        return target

    def _is_all(self, numbers: Positions) -> bool:
        """Whether these are all records of the file, which then can be read where it is."""
        first = len(numbers) == self.index.count and int(self.index.extents(numbers[:1])[0][0]) == 0
        return first and GLOB.isdisjoint(str(self.path))

    def _quick(self, path: Path) -> str:
        assert self.walked.quick is not None
        return self.walked.quick.relation(str(path), self.index.longest)

    def _lines(self, path: Path) -> str:
        """Lines as one text column. A blank line is no record; U+0001 stands in no line that is read."""
        # A buffer of DuckDB's own choice is 32 MB, several of them to a thread.
        longest = self.index.longest + 1024
        size = f", buffer_size = {max(BUFFER, 2 * longest)}, max_line_size = {longest}"
        new_line = "\\r\\n" if self.line_end == b"\r\n" else "\\n"
        return (
            f"(SELECT line AS __line FROM read_csv({text_literal(str(path))}, auto_detect = false, header = false, "
            f"delim = chr(1), quote = '', escape = '', new_line = '{new_line}', nullstr = [''], "
            f"columns = {{'line': 'VARCHAR'}}{size}) WHERE line IS NOT NULL)"
        )

    def _taken_apart(self, lines: str, extra: str = "") -> str:
        return json_sql.Line(self.contract, self.dialect, self.layout, self.drift.added).taken_apart(lines, extra)

    def picked(
        self, connection: duckdb.DuckDBPyConnection, records: Positions, numbers: Positions | None = None
    ) -> str:
        """The same for ``records`` only, with their numbers (or those they are to have)."""
        import pyarrow as pa

        shown = records if numbers is None else numbers
        target = self.work / "picked.jsonl"
        extract.copy_records(self.path, self.index, records, target, self.line_end)
        connection.register("__picked", pa.table({"n": np.arange(1, len(records) + 1), RECORD: shown}))
        numbered = f"(SELECT __line, row_number() OVER () AS n FROM {self._lines(target)})"
        lines = f"(SELECT p.{RECORD}, s.__line FROM {numbered} s JOIN __picked p ON p.n = s.n)"
        return self._taken_apart(lines, RECORD)

    def received_json(self) -> str:
        """SQL over ``picked``: the record as an object of its fields; its text where it is none."""
        if not self.layout.is_feature:
            return "CASE WHEN __valid THEN __line ELSE CAST(to_json(__line) AS VARCHAR) END"
        names = [column.source_name for column in self.contract.columns]
        pairs = ", ".join(f"{text_literal(name)}, {raw_name(n)}" for n, name in enumerate(names))
        return f"CAST(CASE WHEN __valid THEN json_object({pairs}) ELSE to_json(__line) END AS VARCHAR)"

    def as_came(self, connection: duckdb.DuckDBPyConnection, most: int) -> list[Mapping[str, Any]]:  # noqa: ARG002
        """Some records with every name they have."""
        found: list[Mapping[str, Any]] = []
        for text in extract.texts(self.path, self.index, extract.some(self.index, most)):
            try:
                record = json.loads(text)
            except (ValueError, RecursionError):
                continue  # a line that is no JSON is told of as a record
            if self.layout.holder and isinstance(record, dict):
                record = record.get(self.layout.holder.removeprefix("/"))
            if isinstance(record, dict):
                missing = self.dialect.missing
                found.append({name: None if value in missing else value for name, value in record.items()})
        return found

    def unread(self, records: Positions) -> Any:
        """Malformed records: their text as a JSON string."""
        import pyarrow as pa

        raw = [json.dumps(text, ensure_ascii=False) for text in extract.texts(self.path, self.index, records)]
        return pa.table({RECORD: records, "raw": pa.array(raw, pa.string())})

    def find_drift(self) -> None:
        """Tell the keys that came and went.

        Raises:
            MissingColumns: A required key is in none of the records looked at.
        """
        keys = self.walked.names
        wanted = {
            column.source_name: column
            for column, place in zip(self.contract.columns, self.layout.pointers, strict=True)
            if place == self.layout.holder + pointer(column.source_name)
        }
        missing = tuple(name for name in wanted if name not in keys)
        self.drift = Drift(tuple(sorted(keys - set(wanted))), missing)
        gone = [name for name in missing if wanted[name].required and keys]
        if gone:
            told = {
                "what": "declared keys are missing from the file",
                "where": "every record",
                "found": f"missing: {', '.join(gone)}; new: {', '.join(self.drift.added) or 'none'}",
                "expected": "every required key in every record",
                "hint": "correct the name in the contract, or say the file's in physicalName; or ask the publisher.",
            }
            refusal = MissingColumns(told, self.drift)
            refusal.report = self.received
            raise refusal


def read(path: Path, contract: Contract, dialect: Dialect, place: Workplace, caps: Caps) -> JsonlReading:
    """Index the prepared file at ``path`` and match its keys.

    Raises:
        Refusal: The file is not in the declared encoding, or declared keys are missing.
    """
    reading = read_lines(path, contract, dialect, place.folder, caps, quickly=True)
    reading.find_drift()
    return reading


def read_lines(
    path: Path,
    contract: Contract,
    dialect: Dialect,
    work: Path,
    caps: Caps,
    layout: Layout | None = None,
    *,
    quickly: bool = False,
) -> JsonlReading:
    """Index the records at ``path``; the other readers that make lines of theirs begin here.

    Args:
        path: Plain UTF-8, one record to a line.
        contract: The source's contract.
        dialect: What its server declares.
        work: Folder for what is copied.
        caps: Limits.
        layout: Where a line holds what; each column under its own name where not given.
        quickly: Whether lines that hold what the contract says may be read without their tokens' types.

    Raises:
        Refusal: The file is not in the declared encoding.
    """
    shape = Shape(delimiter=None, quote=None, escape=None, header=False, record_bytes=caps.record_bytes)
    index = index_records(path, shape)
    if index.broken and (index.broken >= MANY_BROKEN or index.broken * 10 > index.multibyte):
        raise prepare.undeclared_encoding(path, dialect)
    layout = layout or plain_layout(contract)
    walked = walk(path, index, layout.holder, json_quick.quick(contract, dialect, layout) if quickly else None)
    index.bad |= walked.bad
    index.longest = min(index.longest, LONGEST)
    return JsonlReading(
        path=path,
        index=index,
        walked=walked,
        contract=contract,
        dialect=dialect,
        layout=layout,
        columns=typed_columns(contract, dialect.decimal),
        malformed=index.bad,
        work=work,
        line_end=line_end(index, NEWLINE, dialect),
        failures=json_sql.failures(contract, layout),
    )
