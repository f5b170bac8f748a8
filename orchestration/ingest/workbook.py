"""A workbook (XLSX) before it is read: its parts judged, and a clean copy made of the few that hold the table.

Belongs here: what a workbook may not hold (macros, links to other files, embedded objects, DTDs), which sheet
is meant, and the copy that a reader is given: the sheet, its texts and styles, nothing else. So what is read
is what was judged. Does not belong here: rows and cells (``sheet_rows``), columns and types (``readers.xlsx``).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from contracts import kept
from orchestration.ingest import archive
from orchestration.ingest.archive import Member, shown
from orchestration.ingest.caps import Caps
from orchestration.ingest.refusal import Refusal
from orchestration.ingest.sheet_rows import Rows, SheetScan

SMALL = 16 << 20
"""Most bytes of a part that says how the others hang together."""

FORBIDDEN: Sequence[tuple[str, str, str]] = (
    (r"(^|/)vbaProject|(^|/)macrosheets/|\.vba$|(^|/)vbaData", "macros", "save it as .xlsx, which has none"),
    (r"(^|/)externalLinks/", "links to other workbooks", "break the links (Data, Edit Links), then save it"),
    (r"(^|/)activeX/|(^|/)ctrlProps/.*\.bin$", "ActiveX controls", "remove the controls, then save it"),
    (r"(^|/)embeddings/|(^|/)oleObject", "embedded files", "remove the embedded files, then save it"),
)
"""Names of parts that are not taken, what they are, and how to be rid of them."""
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), what, how) for pattern, what, how in FORBIDDEN)
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml[^>]*\sencoding\s*=\s*[\"']([^\"']*)[\"']")

_CONTENT_TYPES = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    b'<Default Extension="xml" ContentType="application/xml"/></Types>'
)


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, as its list has it."""

    name: str
    part: str
    is_shown: bool


@dataclass(frozen=True)
class Clean:
    """A workbook of one sheet, made of judged parts. ``rows`` is what its bytes say of its rows."""

    path: Path
    sheet: Sheet
    rows: Rows


def clean_copy(path: Path, wanted: str | int | None, target: Path, caps: Caps) -> Clean:
    """Judge the workbook at ``path`` and copy the wanted sheet, its texts and its styles to ``target``.

    Raises:
        Refusal: No workbook, one that holds what is not taken, or without such a sheet.
        OutsideError: The disk refused.
    """
    return _Package(path, caps).copy(wanted, target)


class _Package:
    """One workbook's parts."""

    def __init__(self, path: Path, caps: Caps) -> None:
        self.path = path
        self.caps = caps
        self.parts = {m.name: m for m in archive.members(path, caps) if not m.is_folder}
        self._refuse_names()
        total = sum(m.size for m in self.parts.values())
        if total > caps.workbook_bytes:
            raise _refusal(
                "a workbook is too large when unpacked",
                f"{total:,} bytes",
                f"at most {caps.workbook_bytes:,} bytes",
                hint="ask for the table as CSV.",
            )

    def _refuse_names(self) -> None:
        for name in sorted(self.parts):
            for pattern, what, how in _PATTERNS:
                if pattern.search(name):
                    raise _refusal(
                        f"a workbook holds {what}",
                        f"the part {shown(name)}",
                        "a workbook of cells alone",
                        hint=f"ask the publisher to {how}; nothing was read.",
                    )
        if "xl/workbook.bin" in self.parts:
            raise _other("a binary workbook (XLSB)")
        if "content.xml" in self.parts:
            raise _other("an OpenDocument spreadsheet (ODS)")
        if "[Content_Types].xml" not in self.parts:
            raise _other("a zip archive that is no workbook")

    def copy(self, wanted: str | int | None, target: Path) -> Clean:
        """Judge every part, and write the copy."""
        kinds = self._small("[Content_Types].xml")
        if any("macroenabled" in str(a.get("ContentType", "")).casefold() for _, a in kinds):
            raise _refusal(
                "a workbook holds macros",
                "the type of a workbook with macros (XLSM)",
                "a workbook of cells alone",
                hint="ask the publisher to save it as .xlsx; nothing was read.",
            )
        main = self._main_part()
        sheets, is_1904 = self._sheets(main)
        sheet = _chosen(sheets, wanted)
        links = self._links(main)
        texts = next((part for kind, part in links.values() if kind == "sharedStrings"), None)
        styles = next((part for kind, part in links.values() if kind == "styles"), None)
        scan = SheetScan(sheet.name)
        with kept.step("copy workbook", target), zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, True) as out:
            for name, data in _frame(is_1904, texts in self.parts, styles in self.parts):
                out.writestr(name, data)
            for name, member in sorted(self.parts.items()):
                role = {sheet.part: "sheet1", texts: "sharedStrings", styles: "styles"}.get(name)
                pieces = self._judged(member) if _is_xml(name) else archive_check(self.path, member, self.caps)
                if role is None:
                    for _ in pieces:
                        pass
                    continue
                place = "xl/worksheets/sheet1.xml" if role == "sheet1" else f"xl/{role}.xml"
                with out.open(place, "w", force_zip64=True) as part:
                    for piece in scan.copied(pieces) if role == "sheet1" else pieces:
                        part.write(piece)
        return Clean(target, sheet, scan.finish())

    def _main_part(self) -> str:
        for attributes in self._relations("_rels/.rels"):
            if str(attributes.get("Type", "")).endswith("/officeDocument"):
                return posixpath.normpath(str(attributes.get("Target", "")).lstrip("/"))
        return "xl/workbook.xml"

    def _sheets(self, main: str) -> tuple[list[Sheet], bool]:
        if main not in self.parts:
            raise _torn(f"the part {shown(main)} is missing")
        links = self._links(main)
        sheets, is_1904 = [], False
        for name, attributes in self._small(main):
            if name == "workbookPr":
                is_1904 = str(attributes.get("date1904", "0")).casefold() in ("1", "true", "on")
            if name == "sheet":
                kind, part = links.get(_relation_id(attributes), ("", ""))
                if kind == "worksheet":
                    hidden = str(attributes.get("state", "visible")) != "visible"
                    sheets.append(Sheet(str(attributes.get("name", "")), part, not hidden))
        if not sheets:
            raise _torn("no sheet of cells")
        for sheet in sheets:
            if sheet.part not in self.parts:
                raise _torn(f"the sheet {shown(sheet.name)} is missing")
        return sheets, is_1904

    def _links(self, main: str) -> dict[str, tuple[str, str]]:
        """Kind and part of what the main part hangs together with, by id."""
        folder, file = posixpath.split(main)
        found = {}
        for attributes in self._relations(f"{folder}/_rels/{file}.rels".lstrip("/")):
            target = str(attributes.get("Target", ""))
            part = posixpath.normpath(target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target))
            found[str(attributes.get("Id", ""))] = (str(attributes.get("Type", "")).rsplit("/", 1)[-1], part)
        return found

    def _relations(self, name: str) -> list[dict[str, str]]:
        if name not in self.parts:
            raise _torn(f"the part {shown(name)} is missing")
        return [attributes for kind, attributes in self._small(name) if kind == "Relationship"]

    def _small(self, name: str) -> list[tuple[str, dict[str, str]]]:
        """The elements of a small part, by their names without prefix."""
        member = self.parts[name]
        if member.size > SMALL:
            raise _torn(f"the part {shown(name)} is larger than {SMALL:,} bytes")
        found: list[tuple[str, dict[str, str]]] = []
        parser = expat.ParserCreate(namespace_separator=" ")

        def start(kind: str, attributes: dict[str, str]) -> None:
            found.append((kind.rsplit(" ", 1)[-1], attributes))

        def doctype(*_told: Any) -> NoReturn:
            raise _with_dtd(name)

        parser.StartElementHandler = start
        parser.StartDoctypeDeclHandler = doctype
        try:
            parser.Parse(b"".join(self._judged(member)), True)
        except expat.ExpatError as error:
            raise _torn(f"the part {shown(name)} is no XML") from error
        return found

    def _judged(self, member: Member) -> Iterator[bytes]:
        """The bytes of an XML part; none with a DTD gets through."""
        tail, first = b"", True
        for piece in archive_check(self.path, member, self.caps):
            if first and piece:
                _refuse_encoding(piece, member.name)
                first = False
            if _DOCTYPE.search(tail + piece):
                raise _with_dtd(member.name)
            tail = (tail + piece)[-32:]
            yield piece


def archive_check(path: Path, member: Member, caps: Caps) -> Iterator[bytes]:
    """The bytes of any part, unpacked within limits."""
    with path.open("rb") as file:
        yield from archive.unpacked(file, member, caps)


def _is_xml(name: str) -> bool:
    return name.casefold().endswith((".xml", ".rels", ".vml"))


def _refuse_encoding(head: bytes, name: str) -> None:
    declared = _DECLARED.search(head[:512])
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:64]
    if wide or (declared and declared.group(1).lower() not in (b"utf-8", b"us-ascii", b"ascii")):
        raise _torn(f"the part {shown(name)} is not in UTF-8")


def _relation_id(attributes: dict[str, str]) -> str:
    return next((v for k, v in attributes.items() if k.endswith(" id")), "")


def _chosen(sheets: Sequence[Sheet], wanted: str | int | None) -> Sheet:
    """The sheet the source names, or the only one that is shown.

    Raises:
        Refusal: There is none, or several.
    """
    visible = [sheet for sheet in sheets if sheet.is_shown]
    if wanted is None:
        fits = visible
    elif isinstance(wanted, int):
        fits = list(sheets[wanted - 1 : wanted])
    else:
        fits = [sheet for sheet in sheets if sheet.name == wanted]
    if len(fits) == 1:
        return fits[0]
    names = ", ".join(shown(s.name) + ("" if s.is_shown else " (hidden)") for s in sheets[:10])
    more = f" and {len(sheets) - 10} more" if len(sheets) > 10 else ""
    raise Refusal(
        "the workbook shows several sheets" if wanted is None else "the workbook has no such sheet",
        found=f"{names}{more}",
        expected="one sheet that is shown" if wanted is None else f"sheet {wanted}",
        hint="name the sheet in sheet of the source's server.",
    )


def _frame(is_1904: bool, texts: bool, styles: bool) -> Iterator[tuple[str, bytes]]:
    """The parts around one sheet."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    yield "[Content_Types].xml", _CONTENT_TYPES
    relation = f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
    yield "_rels/.rels", f'<Relationships xmlns="{package}">{relation}</Relationships>'.encode()
    properties = '<workbookPr date1904="1"/>' if is_1904 else ""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    yield (
        "xl/workbook.xml",
        f'<workbook xmlns="{main}" xmlns:r="{office}">{properties}'
        '<sheets><sheet name="table" sheetId="1" r:id="r1"/></sheets></workbook>'.encode(),
    )
    parts = [("worksheet", "worksheets/sheet1.xml")]
    parts += [("sharedStrings", "sharedStrings.xml")] * texts + [("styles", "styles.xml")] * styles
    links = "".join(
        f'<Relationship Id="r{n}" Type="{office}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(parts, start=1)
    )
    yield "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}">{links}</Relationships>'.encode()


def _refusal(what: str, found: str, expected: str, hint: str) -> Refusal:
    return Refusal(what, found=found, expected=expected, hint=hint)


def _other(found: str) -> Refusal:
    return _refusal("the file is not a spreadsheet (XLSX)", found, "XLSX", "ask the publisher to save it as .xlsx.")


def _torn(found: str) -> Refusal:
    return _refusal(
        "the workbook can't be read",
        found,
        "a whole workbook (XLSX)",
        "fetch it again, or open it and save it as .xlsx.",
    )


def _with_dtd(name: str) -> Refusal:
    return _refusal(
        "a workbook holds a document type or entities",
        f"the part {shown(name)}",
        "XML without them: they can name other files, or grow without end",
        "no spreadsheet program writes them: ask the publisher what made the file; nothing was read.",
    )
