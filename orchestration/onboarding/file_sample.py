"""Looking at a file that nobody has described: its format, how it is written, and some of its records.

Belongs here: which format it is, unpacking, the settings of the server that follow. Does not belong here: delimited
text (``delimited_sample``), JSON (``document_sample``), types (``column_types``). What is told here stands in a draft
that a person reads; a landing never guesses.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from contracts import kept
from contracts.errors import InputError
from orchestration.ingest import archive
from orchestration.ingest.archive import shown
from orchestration.ingest.caps import Caps
from orchestration.ingest.formats import FORMATS
from orchestration.ingest.refusal import Refusal
from orchestration.ingest.workbook import clean_copy
from orchestration.onboarding.sample import MOST, Sample, SeenColumn, from_rows

HEAD: Final = 4096
CHUNK: Final = 1 << 20
_ENDINGS: Final = tuple(sorted({ending for row in FORMATS.values() for ending in row.endings}))
_OTHER_SIGNS: Final = (
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet (XLS)", "save it as .xlsx."),
    (b"%PDF", "a PDF", "ask the publisher for the table behind it, as CSV."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it, or ask for a ZIP archive."),
    (b"BZh", "a bzip2 file", "unpack it, or ask for gzip."),
    (b"\xfd7zXZ", "an xz file", "unpack it, or ask for gzip."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", "unpack it, or ask for gzip."),
)


@dataclass(frozen=True)
class Looked:
    """What was seen of a file.

    Attributes:
        settings: For the contract's server: format, encoding, delimiter and their like.
        sample: Some records.
        records: How many records there are, where they were counted.
        notes: What is worth knowing, as comments of the draft.
        unread: Columns that stand in the file and can't be declared, each with the reason.
    """

    settings: Mapping[str, Any]
    sample: Sample
    records: int | None = None
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Asked:
    """What the person said about the file; None: told from the file."""

    member: str | None = None
    sheet: str | None = None


def look_at(path: Path, work: Path, shown_as: str, asked: Asked = Asked()) -> Looked:
    """Look at the file at ``path``.

    Args:
        path: The file.
        work: A folder for what is unpacked.
        shown_as: How messages call it.
        asked: What the person said about it.

    Raises:
        InputError: It is no table, or one that Cauce does not read, with what to ask for instead.
    """
    try:
        return _looked(path, work, shown_as, asked)
    except Refusal as refusal:
        raise InputError(
            refusal.what, where=shown_as, found=refusal.found, expected=refusal.expected, hint=refusal.hint
        ) from refusal


def _looked(path: Path, work: Path, shown_as: str, asked: Asked) -> Looked:
    head = _head(path)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise InputError("the file is empty", where=shown_as, expected="a table")
    if head.startswith(b"\x1f\x8b"):
        return _packed(_gunzip(path, work, shown_as), work, shown_as, asked, {"compression": "gzip"})
    if head.startswith(b"PK"):
        return _zipped(path, work, shown_as, asked)
    for sign, name, hint in _OTHER_SIGNS:
        if head.startswith(sign):
            raise _no_table(name, shown_as, hint)
    if head.startswith(FORMATS["parquet"].begins):
        return _parquet(path)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:200].lower().startswith((b"<!doctype html", b"<html", b"<head")) or b"<html" in text[:512].lower():
        raise _no_table(
            "a page of HTML", shown_as, "open the address in a browser and copy that of the download itself."
        )
    if text.startswith(b"<"):
        raise _no_table("XML", shown_as, "ask the publisher for CSV or JSON.")
    if text.startswith((b"{", b"[")):
        from orchestration.onboarding.document_sample import look_at_json

        return look_at_json(path, shown_as)
    from orchestration.onboarding.delimited_sample import look_at_text

    return look_at_text(path, work, shown_as)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _no_table(found: str, shown_as: str, hint: str) -> InputError:
    known = ", ".join(row.shown for row in FORMATS.values())
    return InputError("this is no table that Cauce reads", where=shown_as, found=found, expected=known, hint=hint)


def _packed(path: Path, work: Path, shown_as: str, asked: Asked, settings: Mapping[str, Any]) -> Looked:
    looked = _looked(path, work / "inner", shown_as, asked)
    return replace(looked, settings={**looked.settings, **settings})


def _gunzip(path: Path, work: Path, shown_as: str) -> Path:
    target = work / "unpacked"
    most = Caps().unpacked_bytes
    kept.make_folder(work)
    with kept.step("unpack", target), path.open("rb") as raw, target.open("wb") as out:
        try:
            with gzip.open(raw) as file:
                written = 0
                while piece := file.read(CHUNK):
                    written += len(piece)
                    if written > most:
                        raise InputError(
                            "the file is too large when unpacked", where=shown_as, found=f"over {most:,} bytes"
                        )
                    out.write(piece)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError("the file can't be unpacked", where=shown_as, found="torn or cut-off gzip") from error
    return target


def _zipped(path: Path, work: Path, shown_as: str, asked: Asked) -> Looked:
    """A spreadsheet is a ZIP archive too: told by what it holds."""
    members = [m for m in archive.members(path, Caps()) if not m.is_folder and not m.name.startswith("__MACOSX/")]
    if any(m.name.lower().endswith("workbook.xml") for m in members):
        return _sheet(path, work, asked)
    fits = [m for m in members if m.name.lower().endswith((*_ENDINGS, ".xlsx"))]
    if asked.member is not None:
        fits = [m for m in members if m.name == asked.member]
    if len(fits) != 1:
        names = ", ".join(shown(m.name) for m in (fits or members)[:12])
        raise InputError(
            "the archive does not hold one table",
            where=shown_as,
            found=names or "nothing",
            expected="one member, or --member with the name of one of them",
            hint=f"--member {shown(fits[0].name)}" if fits else "ask the publisher which file is meant.",
        )
    target = work / "member"
    kept.make_folder(work)
    with path.open("rb") as file, kept.step("unpack", target), target.open("wb") as out:
        for piece in archive.unpacked(file, fits[0], Caps()):
            out.write(piece)
    several = len([m for m in members if m.name.lower().endswith(_ENDINGS)]) > 1
    named = {"member": fits[0].name} if several or asked.member else {}
    return _packed(target, work, shown_as, Asked(sheet=asked.sheet), {"compression": "zip", **named})


# spreadsheets -----------------------------------------------------------------------------------


def _sheet(path: Path, work: Path, asked: Asked) -> Looked:
    from python_calamine import load_workbook

    kept.make_folder(work)
    clean = clean_copy(path, asked.sheet, work / "sheet.xlsx", Caps())
    sheet = load_workbook(str(clean.path)).get_sheet_by_index(0)
    lead = [""] * (sheet.start[1] if sheet.start else 0)
    rows = [(n, lead + row) for n, row in enumerate(sheet.iter_rows(), start=1) if any(cell != "" for cell in row)]
    at = _header_row([row for _, row in rows])
    header = [str(cell).strip() if cell != "" else "" for cell in rows[at][1]] if rows else []
    while header and not header[-1]:
        header.pop()
    body = [[_cell(c) for c in row] for _, row in rows[at + 1 :][:MOST]]
    settings: dict[str, Any] = {"format": "xlsx"}
    if asked.sheet is not None:
        settings["sheet"] = asked.sheet
    if at:
        settings["headerRow"] = rows[at][0]
    notes = (f"the table begins below {at} rows of titles, at row {rows[at][0]}",) if at else ()
    sample, unread = _named(from_rows(header, body, whole=len(rows) - at - 1 <= MOST, typed=True))
    return Looked(settings, sample, len(rows) - at - 1, notes, unread)


def _header_row(rows: list[list[Any]]) -> int:
    """The first row that is as wide as the table and names columns: all texts."""
    if not rows:
        return 0
    widths = sorted(sum(cell != "" for cell in row) for row in rows[:200])
    usual = widths[len(widths) // 2]
    for n, row in enumerate(rows[:20]):
        cells = [cell for cell in row if cell != ""]
        if len(cells) >= max(2, usual * 0.7) and all(isinstance(cell, str) for cell in cells):
            return n
    return 0


def _cell(cell: Any) -> Any:
    """A cell's value: nothing for an empty one, a whole number where a decimal is one."""
    if cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    if isinstance(cell, bool | int | float | str | datetime | date | time):
        return cell
    return str(cell)


def _named(sample: Sample) -> tuple[Sample, tuple[str, ...]]:
    """The columns that have a name, and why the others are left out."""
    nameless = sum(not c.name and c.filled > 0 for c in sample.columns)
    unread = (f"{nameless} columns of the sheet have no name",) if nameless else ()
    return replace(sample, columns=tuple(c for c in sample.columns if c.name)), unread


# Parquet ----------------------------------------------------------------------------------------


def _parquet(path: Path) -> Looked:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            total = int(file.metadata.num_rows)
            names = list(file.schema_arrow.names)
            batch = next(file.iter_batches(batch_size=MOST), None)
            rows = [] if batch is None else batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError("the Parquet file can't be read", where=str(path), found="a torn or cut-off file") from error
    columns = tuple(SeenColumn(name, tuple(row[name] for row in rows)) for name in names)
    sample = Sample(columns, len(rows), len(rows) == total, typed=True)
    return Looked({"format": "parquet"}, sample, total)
