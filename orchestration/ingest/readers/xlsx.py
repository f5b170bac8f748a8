"""XLSX: one sheet's rows, their cells' types checked; the number of a record is the number of its row.

Belongs here: which rows and columns are the table, and each cell as a JSON token: a text is a text, a number a
number, a date what the column's contract calls a date. From there it is read as JSON lines are. Does not
belong here: the workbook around the sheet (``workbook``), tokens and types (``jsonl``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from contracts import kept
from contracts.columns import EPOCHS
from contracts.engines.sql import text_literal
from contracts.model import Contract, Property
from orchestration.ingest.accept import Miscounted
from orchestration.ingest.caps import Caps
from orchestration.ingest.columns import Columns, Drift, match, shown_name
from orchestration.ingest.dialect import Dialect
from orchestration.ingest.parse import TypedColumn, raw_name
from orchestration.ingest.patterns import strptime_formats
from orchestration.ingest.readers.jsonl import JsonlReading, read_lines
from orchestration.ingest.reading import Piece, RecordFailure
from orchestration.ingest.refusal import Refusal
from orchestration.ingest.sample import picked
from orchestration.ingest.sheet_rows import LAST_ROW, Rows, column_number
from orchestration.ingest.workbook import Clean, clean_copy

if TYPE_CHECKING:
    import duckdb

    from orchestration.ingest.record_index import Positions
    from orchestration.ingest.workplace import Workplace

CELL = "record.cell"
NUMBER = "record.number"
ERRORS = (
    *("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"),
    *("#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#EXTERNAL!", "#PYTHON!"),
)
"""Error values of spreadsheet programs."""
MOST_CELLS = 30_000_000
"""Cells between the first and the last of a sheet; a reader holds them all."""

DATED = ("date", "time", "timestamp")

EXACT = 1e15
"""Whole numbers below have all their digits."""

Cell = Any
"""What the reader gives for a cell: text, number, flag, date, time, duration; an empty text for nothing."""


@dataclass(frozen=True)
class Area:
    """A part of a sheet, from 1, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def meets(self, other: Area) -> bool:
        """Whether the two have a cell in common."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )


@dataclass
class XlsxReading:
    """One sheet. See ``reading.Reading``. ``rows`` are the numbers of the records' rows."""

    table: _Table
    lines: JsonlReading
    rows: Positions
    malformed: Mapping[str, Positions]
    columns: tuple[TypedColumn, ...]
    failures: tuple[RecordFailure, ...]
    drift: Drift

    @property
    def received(self) -> int:
        """Rows below the header that hold something, told from the bytes."""
        return len(self.rows)

    def pieces(self) -> Iterator[Piece]:
        """All records that are read, in order."""
        for piece in self.lines.pieces():
            yield replace(piece, numbers=self.rows[piece.numbers - 1])

    def picked(self, connection: duckdb.DuckDBPyConnection, records: Positions) -> str:
        """The same for some rows only, with their numbers."""
        return self.lines.picked(connection, self._positions(records), records)

    def _positions(self, records: Positions) -> Positions:
        found: Positions = np.searchsorted(self.rows, records) + 1
        return found

    def received_json(self) -> str:
        """SQL over ``picked``: the record as an object of its declared fields."""
        return self.lines.received_json()

    def as_came(self, connection: duckdb.DuckDBPyConnection, most: int) -> list[Mapping[str, Any]]:  # noqa: ARG002
        """Some rows with every column of the sheet."""
        return self.table.as_came({int(self.rows[n - 1]) for n in picked(len(self.rows), most)})

    def unread(self, records: Positions) -> Any:
        """Rows that can't be read: their text as a JSON string."""
        import pyarrow as pa

        table = self.lines.unread(self._positions(records))
        return table.set_column(0, table.field(0), pa.array(records, pa.int64()))


def read(path: Path, contract: Contract, dialect: Dialect, place: Workplace, caps: Caps) -> XlsxReading:
    """Judge the workbook at ``path`` and read the sheet its source declares.

    Raises:
        Refusal: A workbook that is not taken, a sheet that is no table, or columns that are missing.
        OutsideError: The disk refused.
    """
    clean = clean_copy(path, dialect.sheet, place.folder / "workbook.xlsx", caps)
    target = place.folder / "records.jsonl"
    try:
        table = _Table(clean, contract, dialect)
        rows = table.write(target)
    except Refusal as refusal:
        refusal.report = max(len(clean.rows.numbers) - dialect.header, 0)
        raise
    lines = read_lines(target, contract, dialect, place.folder, caps)
    if lines.received != len(rows):
        raise Miscounted(lines.received, len(rows))
    numbers = np.array(rows, np.int64)
    return XlsxReading(
        table=table,
        lines=lines,
        rows=numbers,
        malformed={reason: numbers[found - 1] for reason, found in lines.malformed.items()},
        columns=lines.columns,
        failures=(*lines.failures, *_failures(contract)),
        drift=table.layout.drift,
    )


def _failures(contract: Contract) -> tuple[RecordFailure, ...]:
    """Error values in cells, and numbers where text is declared."""
    errors = ", ".join(map(text_literal, ERRORS))
    cells = " OR ".join(f"coalesce({raw_name(n)} IN ({errors}), FALSE)" for n in range(len(contract.columns)))
    texts = [n for n, column in enumerate(contract.columns) if column.logical_type == "string"]
    kinds = " OR ".join(f"coalesce(__kinds[{n + 1}] IN ('BIGINT', 'UBIGINT', 'DOUBLE'), FALSE)" for n in texts)
    return RecordFailure(CELL, f"({cells})"), RecordFailure(NUMBER, f"({kinds or 'FALSE'})")


class _Table:
    """The part of a sheet that is the table."""

    def __init__(self, clean: Clean, contract: Contract, dialect: Dialect) -> None:
        self.clean = clean
        self.contract = contract
        self.dialect = dialect
        self.area = _declared(dialect.cells)
        self.sheet = self._opened(clean.rows)
        self.header = self._header_row()
        self.names = self._names()
        self.layout = self._layout(self.names)
        self._refuse_merged(self.names)
        self._refuse_formulas()

    def _opened(self, rows: Rows) -> Any:
        from python_calamine import CalamineError, load_workbook

        if not rows.numbers:
            raise Refusal("the sheet is empty", where=self._where(), expected="a header and records")
        high = rows.numbers[-1] - rows.numbers[0] + 1
        if high * rows.width > MOST_CELLS:
            raise Refusal(
                "a sheet is too large",
                where=self._where(),
                found=f"cells over {high:,} rows and {rows.width:,} columns",
                expected=f"at most {MOST_CELLS:,} cells",
                hint="delete what stands far from the table, or ask for CSV.",
            )
        try:
            book = load_workbook(str(self.clean.path))
            return book.get_sheet_by_index(0)
        except (CalamineError, OSError, ValueError) as error:
            raise self._unreadable() from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            raise self._unreadable() from error

    def _unreadable(self) -> Refusal:
        return Refusal(
            "the workbook can't be read",
            where=self._where(),
            found="parts that do not fit together",
            expected="a whole workbook (XLSX)",
            hint="open it, save it as .xlsx again, or ask for CSV.",
        )

    def _where(self) -> str:
        return f"sheet {self.clean.sheet.name[:60]}"

    def _header_row(self) -> int:
        """The row that names the columns; 0 where none does."""
        if not self.dialect.header:
            return (self.area.top if self.area else 1) - 1
        if self.dialect.header_row is not None:
            return self.dialect.header_row
        if self.area is not None:
            return self.area.top
        return self.clean.rows.numbers[0]

    def _rows(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Each row that holds something, with its cells from the area's first column to its last."""
        left, right = (self.area.left, self.area.right) if self.area else (1, None)
        lead = [""] * (self.sheet.start[1] if self.sheet.start else 0)
        for number, row in enumerate(self.sheet.iter_rows(), start=1):
            if any(cell != "" for cell in row):
                yield number, (lead + row)[left - 1 : right]

    def as_came(self, wanted: Collection[int]) -> list[Mapping[str, Cell]]:
        """Rows by number, with every column of the sheet; None for a cell without a value."""
        declared = [column.source_name for column in self.contract.columns]
        names = [name if name in declared else shown_name(name, n) for n, name in enumerate(self.names, start=1)]
        names = names or declared
        missing = self.dialect.missing
        return [
            {
                name: None if cell == "" or cell in missing else _whole(cell)
                for name, cell in zip(names, cells, strict=False)
            }
            for number, cells in self._rows()
            if number in wanted
        ]

    def _names(self) -> list[str]:
        if not self.dialect.header:
            return []
        for number, cells in self._rows():
            if number == self.header:
                names = [_name(cell) for cell in cells]
                while names and not names[-1]:
                    names.pop()
                return names
        return []

    def _layout(self, names: list[str]) -> Columns:
        if not self.dialect.header:
            width = len(self.contract.columns)
            return Columns(tuple(range(width)), width, Drift())
        if not names:
            raise Refusal(
                "the sheet has no header",
                where=f"{self._where()}, row {self.header:,}",
                found="an empty row",
                expected="the names of the columns",
                hint="name the row in headerRow of the source's server.",
            )
        return match(names, self.contract, self.dialect)

    def _refuse_merged(self, names: Sequence[str]) -> None:
        width = max(len(names), self.layout.width)
        left = self.area.left if self.area else 1
        bottom = self.area.bottom if self.area else self.clean.rows.numbers[-1]
        table = Area(max(self.header, 1), left, bottom, left + width - 1)
        merged = [
            Area(first[0] + 1, first[1] + 1, last[0] + 1, last[1] + 1)
            for first, last in self.sheet.merged_cell_ranges or ()
        ]
        within = [area for area in merged if area.meets(table)]
        if within:
            rows = ", ".join(f"row {area.top:,}" for area in within[:5])
            raise Refusal(
                "cells of the table are merged",
                where=f"{self._where()}, {rows}",
                found=f"{len(within)} merged cells",
                expected="one value in each cell",
                hint="unmerge them and fill each cell, or leave them out of cells in the source's server.",
            )

    def _refuse_formulas(self) -> None:
        bottom = self.area.bottom if self.area else self.clean.rows.numbers[-1]
        within = [row for row in self.clean.rows.unvalued if self.header <= row <= bottom]
        if within:
            raise Refusal(
                "formulas have no stored value",
                where=f"{self._where()}, row {within[0]:,}",
                found=f"{len(within)} rows with a formula and no value" if len(within) > 1 else "a formula alone",
                expected="the value beside each formula, as spreadsheet programs store it",
                hint="open it in a spreadsheet program and save it, so that it is computed.",
            )

    def write(self, target: Path) -> list[int]:
        """Write each record to a line of ``target``; returns their rows.

        Raises:
            Refusal: The reader's rows are not those the bytes tell.
        """
        bottom = self.area.bottom if self.area else LAST_ROW
        plan = [
            (column.source_name, position, _Writer(column))
            for column, position in zip(self.contract.columns, self.layout.positions, strict=True)
            if position is not None
        ]
        rows: list[int] = []
        seen: set[int] = set()
        with kept.step("write rows", target), target.open("w", encoding="utf-8", newline="") as out:
            for number, cells in self._rows():
                seen.add(number)
                if not self.header < number <= bottom or not any(cell != "" for cell in cells):
                    continue
                record = {name: writer.token(cells[at]) for name, at, writer in plan if at < len(cells)}
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
                rows.append(number)
        told = self.clean.rows
        if not set(told.numbers) - told.perhaps_blank <= seen <= set(told.numbers):
            raise Miscounted(len(seen), len(told.numbers))
        return rows


class _Writer:
    """One column's cells as JSON values."""

    def __init__(self, column: Property) -> None:
        self.kind = column.logical_type
        self.is_decimal = column.physical_type.upper().startswith(("DECIMAL", "NUMERIC"))
        pattern = column.options.get("format")
        written = pattern and pattern not in EPOCHS and self.kind in DATED
        formats = strptime_formats(str(pattern), column.place) if written else ()
        self.format = formats[0] if formats else None

    def token(self, cell: Cell) -> Any:
        """``cell`` as a JSON value; None for nothing."""
        if isinstance(cell, bool):
            return cell
        if isinstance(cell, str):
            return cell or None
        if isinstance(cell, float | int):
            if float(cell).is_integer() and abs(cell) < EXACT:
                return int(cell)
            # Spreadsheet programs show 15 digits, and mean them where the contract asks for a decimal.
            return float(format(cell, ".15g")) if self.is_decimal else cell
        if isinstance(cell, timedelta):
            return _clock(cell) if timedelta(0) <= cell < timedelta(days=1) else str(cell)
        if isinstance(cell, time):
            return cell.isoformat()
        return self._date(cell)

    def _date(self, cell: date | datetime) -> str:
        moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
        if self.format is not None:
            return moment.strftime(self.format)
        if self.kind == "date" and moment.time() == time():
            return moment.date().isoformat()
        if self.kind == "timestamp" or moment.time() != time():
            return moment.isoformat()
        return moment.date().isoformat()


def _whole(cell: Cell) -> Cell:
    """A number without decimals as one: a sheet keeps every number with them."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT else cell


def _clock(length: timedelta) -> str:
    return (datetime.min + length).time().isoformat()


def _name(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() if cell != "" else ""


def _declared(cells: str | None) -> Area | None:
    if cells is None:
        return None
    first, last = (re.fullmatch(r"([A-Z]+)(\d+)", corner) for corner in cells.split(":"))
    assert first is not None
    assert last is not None
    left, right = sorted((column_number(first[1]), column_number(last[1])))
    top, bottom = sorted((int(first[2]), int(last[2])))
    return Area(top, left, bottom, right)
