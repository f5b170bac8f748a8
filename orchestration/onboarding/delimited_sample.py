"""Looking at delimited text: its encoding, delimiter, quotes, header and line ends, and some records.

Belongs here: telling these from the bytes. Does not belong here: types (``column_types``).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from contracts import kept
from contracts.errors import InputError
from orchestration.ingest.caps import Caps
from orchestration.ingest.dialect import CODECS
from orchestration.ingest.record_index import Shape, index_records
from orchestration.onboarding.file_sample import Looked
from orchestration.onboarding.number_forms import number_form
from orchestration.onboarding.sample import MOST, Sample, from_rows

CHUNK: Final = 1 << 20
READ: Final = 24 << 20
"""Characters from which the sample is taken."""
DELIMITERS: Final = (",", ";", "\t", "|")
LOOKED_AT: Final = 300
"""Records from which delimiter and header are told."""

_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")


def look_at_text(path: Path, work: Path, shown_as: str) -> Looked:
    """Look at the delimited text at ``path``.

    Raises:
        InputError: No encoding fits, there is no table of columns, or titles stand above the header.
    """
    encoding = _encoding(path, shown_as)
    text = _beginning(path, encoding)
    delimiter, quote = _form(text, shown_as)
    rows = _rows(text, delimiter, quote, MOST + LOOKED_AT)
    cut = len(text) >= READ or len(rows) > MOST
    if len(text) >= READ and rows:
        rows.pop()  # may be cut off
    width = Counter(len(row) for row in rows[:LOOKED_AT]).most_common(1)[0][0]
    _refuse_titles(rows, width, shown_as)
    has_header = _is_header(rows)
    names = [name.strip("\ufeff") for name in rows[0]] if has_header else [f"column_{n + 1}" for n in range(width)]
    _refuse_twins(names, shown_as)
    body = rows[1:] if has_header else rows
    sample = from_rows(names, body[:MOST], whole=not cut)
    settings: dict[str, Any] = {"format": "csv", "encoding": encoding, "delimiter": delimiter}
    settings |= {"quote": quote} if quote != '"' else {}
    settings |= {} if has_header else {"header": False}
    notes = (
        () if has_header else ("the file has no header: say in each column's name what it holds, in the file's order",)
    )
    count, ends = _counted(path, work, encoding, (delimiter, quote, has_header))
    settings |= {"lineEnds": ends} if ends else {}
    sample, unread = _nameless(sample)
    return Looked(settings, sample, count, notes, unread)


def _encoding(path: Path, shown_as: str) -> str:
    """The one encoding of the whole file."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8, upper = True, set()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    utf8 = False
            upper |= {byte for byte in set(chunk) if 0x80 <= byte <= 0x9F}
            if 0 in chunk:
                raise InputError("this is no table that Cauce reads", where=shown_as, found="bytes that are no text")
    if utf8:
        return "utf-8"
    holes = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    return "windows-1252" if upper and not upper & holes else "latin-1"


def _beginning(path: Path, encoding: str) -> str:
    codec = "utf-8-sig" if encoding == "utf-8" else CODECS[encoding]
    with path.open("r", encoding=codec, newline="", errors="replace") as file:
        return file.read(READ)


def _form(text: str, shown_as: str) -> tuple[str, str]:
    """Delimiter and quote: those that give the same number of fields, more than one, in the most records."""
    best: tuple[float, int, str, str] | None = None
    for quote in ('"', ""):
        for delimiter in DELIMITERS:
            rows = _rows(text, delimiter, quote, LOOKED_AT)
            widths = Counter(len(row) for row in rows if any(row))
            if not widths:
                continue
            width, agree = widths.most_common(1)[0]
            score = (agree / sum(widths.values()), width, delimiter, quote)
            if width > 1 and (best is None or score[:2] > (best[0] + (0.02 if quote != best[3] else 0), best[1])):
                best = score
    if best is None:
        rows = _rows(text, ",", '"', LOOKED_AT)
        words = [len(row[0].split()) for row in rows]
        if len(rows) > 1 and all(len(row) == 1 for row in rows) and sum(words) <= 3 * len(words):
            return ",", '"'  # a table of one column, not prose
        raise InputError(
            "this is no table that Cauce reads",
            where=shown_as,
            found="text without columns",
            expected="records with a comma, a semicolon, a tab or a bar between fields",
        )
    return best[2], best[3]


def _rows(text: str, delimiter: str, quote: str, most: int) -> list[list[str]]:
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote or None, quoting=quoting)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) >= most:
                break
    except csv.Error:  # a field without an end: what was read before it is enough to look at
        return rows
    return rows


def _refuse_titles(rows: Sequence[Sequence[str]], width: int, shown_as: str) -> None:
    """Refuse lines above the header: a CSV file's first record names its columns, or is data."""
    above = 0
    while above < min(len(rows), 20) and sum(bool(cell.strip()) for cell in rows[above]) < max(2, width * 0.5):
        above += 1
    if 0 < above < len(rows) and width > 1 and _is_header(rows[above : above + LOOKED_AT]):
        raise InputError(
            "titles stand above the header",
            where=shown_as,
            found=f"{above} records before the one that names the columns",
            expected="the names of the columns in the first record",
            hint="delete them, or ask the publisher for the bare table.",
        )


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first record names columns: no number, no date, no name twice."""
    if not rows:
        return False
    first = [cell.strip() for cell in rows[0]]
    filled = [cell for cell in first if cell]
    if (
        not filled
        or any(number_form([cell]) and not _is_year(cell) for cell in filled)
        or any(map(_DATE.match, filled))
    ):
        return False
    below = {cell.strip() for row in rows[1:LOOKED_AT] for cell in row}
    return len(set(filled)) == len(filled) and sum(cell in below for cell in filled) * 2 <= len(filled)


def _is_year(cell: str) -> bool:
    """Tables with a column for each year have names that are numbers."""
    return bool(re.fullmatch(r"(19|20)\d{2}", cell))


def _refuse_twins(names: Sequence[str], shown_as: str) -> None:
    seen: dict[str, int] = {}
    for n, name in enumerate(names, start=1):
        if name and name.casefold() in seen:
            raise InputError(
                "two columns of the file have the same name",
                where=shown_as,
                found=f"{name}, columns {seen[name.casefold()]} and {n}",
                expected="each name once, upper and lower case being the same",
                hint="ask the publisher which of them is meant, or rename one.",
            )
        seen[name.casefold()] = n


def _counted(path: Path, work: Path, encoding: str, form: tuple[str, str, bool]) -> tuple[int, str | None]:
    """Records, and ``mixed`` or ``cr`` where the line ends need a word."""
    delimiter, quote, header = form
    plain = path
    if encoding != "utf-8":
        plain = work / "utf8"
        kept.make_folder(work)
        with (
            kept.step("transcode", plain),
            path.open("r", encoding=CODECS[encoding], newline="") as source,
            plain.open("w", encoding="utf-8", newline="") as out,
        ):
            while piece := source.read(CHUNK):
                out.write(piece)
    sign = ord(quote) if quote else None
    shape = Shape(delimiter=ord(delimiter), quote=sign, escape=sign, header=header, record_bytes=Caps().record_bytes)
    index = index_records(plain, shape)
    ends = index.line_ends
    mixed = ends.get("crlf", 0) and ends.get("other", 0)
    return index.count, "mixed" if mixed else None


def _nameless(sample: Sample) -> tuple[Sample, tuple[str, ...]]:
    nameless = sum(not c.name.strip() for c in sample.columns)
    unread = (f"{nameless} columns of the file have no name",) if nameless else ()
    return replace(sample, columns=tuple(c for c in sample.columns if c.name.strip())), unread
