"""The rows of a sheet, told from the bytes alone: the count that a reader's rows are held against.

Belongs here: which rows hold a value, how far the cells reach, and what would make two programs read a sheet
differently (a row or cell twice, out of order, a formula without its value). On the way, error values such as
#REF! are made into texts, since the reader would else give nothing for them. Does not belong here: values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from orchestration.ingest.refusal import Refusal

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
LONGEST_ROW = 64 << 20
"""Most bytes of one row."""

_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,7})["']""")
_ANY_REFERENCE = re.compile(rb"""\br\s*=""")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)\b[^>]*>[^<]")
_FORMULA_ALONE = re.compile(rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]*/>)\s*(?:<(?:\w+:)?v\s*/>\s*)?</(?:\w+:)?c>")
_ERROR_TYPE = re.compile(rb"""(<(?:\w+:)?c\b[^>]*?\st\s*=\s*)(["'])e\2""")
_TEXT_TYPE = re.compile(rb"""\st\s*=\s*["'](?:s|str|inlineStr)["']""")
_STRANGE = re.compile(rb"<!--|<!\[CDATA\[")
_SELF_CLOSED = re.compile(rb"/\s*\Z")


@dataclass
class Rows:
    """What the bytes of a sheet say.

    Attributes:
        numbers: Rows that hold a value, in order.
        perhaps_blank: Those of them that hold texts alone, which may be empty ones.
        width: The rightmost column with a cell, from 1.
        unvalued: Rows with a formula that has no stored value (the first few).
    """

    numbers: list[int] = field(default_factory=list)
    perhaps_blank: set[int] = field(default_factory=set)
    width: int = 0
    unvalued: list[int] = field(default_factory=list)


class SheetScan:
    """Reads a sheet's bytes on their way into a copy."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows = Rows()
        self.held = b""
        self.number = 0

    def copied(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same bytes, with error values as texts; the rows are told on the way.

        Raises:
            Refusal: Rows or cells that programs would read in different ways.
        """
        for piece in pieces:
            data = self.held + piece
            cut = self._last_row(data)
            if cut <= 0:
                self.held = data
                if len(data) > LONGEST_ROW:
                    raise self._odd(f"a row of more than {LONGEST_ROW:,} bytes", "rows of cells")
                continue
            self.held = data[cut:]
            yield self._taken(data[:cut])
        yield self._taken(self.held)
        self.held = b""

    def finish(self) -> Rows:
        """What was found."""
        return self.rows

    @staticmethod
    def _last_row(data: bytes) -> int:
        """Where the last row of ``data`` begins, which may not be whole; 0 where no cut can be made."""
        at = len(data)
        for _ in range(64):
            at = data.rfind(b"<", 0, at)
            if at <= 0:
                return 0
            if re.match(rb"<(?:\w+:)?row\b", data[at : at + 64]):
                return at
        rows = list(_ROW.finditer(data))
        return rows[-1].start() if rows else 0

    def _taken(self, data: bytes) -> bytes:
        if _STRANGE.search(data):
            raise self._odd("comments or CDATA between its cells", "plain cells")
        starts = list(_ROW.finditer(data))
        for n, row in enumerate(starts):
            end = starts[n + 1].start() if n + 1 < len(starts) else len(data)
            self._row(row.group(1), data[row.end() : end])
        return _ERROR_TYPE.sub(rb"\1\2str\2", data)

    def _row(self, attributes: bytes, body: bytes) -> None:
        told = _REFERENCE.search(attributes)
        if told is None and _ANY_REFERENCE.search(attributes):
            raise self._odd("a row without a readable number", "rows numbered 1, 2, 3, ...")
        number = int(told.group(2)) if told else self.number + 1
        if number <= self.number:
            raise self._odd(f"row {number:,} behind row {self.number:,}", "each row once, in order")
        if number > LAST_ROW:
            raise self._odd(f"row {number:,}", f"at most {LAST_ROW:,} rows")
        self.number = number
        if _SELF_CLOSED.search(attributes):
            return
        self._cells(number, body)
        if _VALUE.search(body):
            self.rows.numbers.append(number)
            filled = (a for a in _CELL.findall(body) if not _SELF_CLOSED.search(a))
            if all(_TEXT_TYPE.search(attributes) for attributes in filled):
                self.rows.perhaps_blank.add(number)
        if len(self.rows.unvalued) < 10 and _FORMULA_ALONE.search(body):
            self.rows.unvalued.append(number)

    def _cells(self, number: int, body: bytes) -> None:
        column = 0
        for attributes in _CELL.findall(body):
            told = _REFERENCE.search(attributes)
            if told is None:
                if _ANY_REFERENCE.search(attributes):
                    raise self._odd(f"a cell of row {number:,} without a readable name", "cells named A1, B1, C1, ...")
                place = column + 1
            else:
                place = column_number(told.group(1).decode())
                if int(told.group(2)) != number:
                    raise self._odd(f"a cell of row {int(told.group(2)):,} in row {number:,}", "cells in their own row")
            if place <= column:
                raise self._odd(f"a cell twice or out of order in row {number:,}", "each cell once, in order")
            column = place
        if column > LAST_COLUMN:
            raise self._odd(f"more than {LAST_COLUMN:,} columns in row {number:,}", f"at most {LAST_COLUMN:,}")
        self.rows.width = max(self.rows.width, column)

    def _odd(self, found: str, expected: str) -> Refusal:
        return Refusal(
            "a sheet is not as spreadsheet programs write it",
            where=f"sheet {self.name[:60]}",
            found=found,
            expected=expected,
            hint="open it, save it as .xlsx again, or ask for CSV.",
        )


def column_number(letters: str) -> int:
    """The number of a column, from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
