"""The quarantine as a spreadsheet, for the person who can mend the records at their source.

Belongs here: the workbook: a sheet that explains, a sheet of records. Every cell is text or a number;
a value that begins like a formula is stored as text and stays one. Does not belong here: choosing records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from contracts.errors import OutsideError
from contracts.model import Contract
from orchestration.ingest.manifest import Landing
from orchestration.ingest.quarantine import LINE, Record, counted_in_rows, field_names

MOST = 1_000_000
"""A sheet holds 1,048,576 rows; what is beyond ``MOST`` records stays in the CSV export."""
LONGEST = 32_767
"""Characters a cell holds."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""What a value must not begin with if a spreadsheet could take it for a formula."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "explanation": "Read me",
        "records": "Records",
        "record": "Record number",
        "wrong": "What is wrong",
        "whole": "Record as received",
        "title": "Records set aside: {title}",
        "what": "These records came with the delivery named below and break a rule of its contract. "
        "They were not used. All others were.",
        "refused": "The whole delivery was refused. These are the records to blame; none of its records were used.",
        "mend": "Please mend them where they are kept and deliver again. Nothing needs to be sent back here.",
        "number": "The record number counts the records of the delivery from 1; the header is not counted. "
        "A record may take several lines.",
        "row": "Row number",
        "rows": "The row number is that of the spreadsheet as it was delivered.",
        "private": "This file may hold personal data. Do not pass it on beyond those who mend the records.",
        "source": "Source",
        "address": "Address",
        "retrieved": "Retrieved (UTC)",
        "received": "Records received",
        "accepted": "Accepted",
        "quarantined": "Set aside",
        "rejected": "Rejected with the file",
        "reason": "Reason",
        "count": "Records",
        "cut": "Only the first {n} records stand in this workbook; cauce quarantine export --format csv gives all.",
    },
    "es": {
        "explanation": "Léame",
        "records": "Registros",
        "record": "Número de registro",
        "wrong": "Qué está mal",
        "whole": "Registro tal como llegó",
        "title": "Registros apartados: {title}",
        "what": "Estos registros llegaron con la entrega indicada abajo e incumplen una regla de su contrato. "
        "No se usaron. Todos los demás, sí.",
        "refused": "Se rechazó la entrega entera. Estos son los registros causantes; no se usó ninguno de la entrega.",
        "mend": "Corríjalos donde se guardan y vuelva a entregar los datos. No hace falta devolver este archivo.",
        "number": "El número cuenta los registros de la entrega desde 1, sin el encabezado. "
        "Un registro puede ocupar varias líneas.",
        "row": "Número de fila",
        "rows": "El número de fila es el de la hoja de cálculo tal como se entregó.",
        "private": "Este archivo puede contener datos personales. "
        "No lo comparta más allá de quienes corrigen los registros.",
        "source": "Fuente",
        "address": "Dirección",
        "retrieved": "Obtenido (UTC)",
        "received": "Registros recibidos",
        "accepted": "Aceptados",
        "quarantined": "Apartados",
        "rejected": "Rechazados con el archivo",
        "reason": "Motivo",
        "count": "Registros",
        "cut": "Este libro contiene solo los primeros {n} registros; "
        "cauce quarantine export --format csv los da todos.",
    },
}


def write(path: Path, contract: Contract, landing: Landing, found: Iterable[Record], language: str = "en") -> int:
    """Write the workbook to ``path``. Returns the number of records in it.

    Raises:
        OutsideError: The disk refused.
    """
    from openpyxl import Workbook

    words = WORDS.get(language, WORDS["en"])
    book = Workbook(write_only=True)
    explanation = book.create_sheet(words["explanation"])
    sheet = book.create_sheet(words["records"])
    written = _records(sheet, contract, found, words)
    _explanation(explanation, contract, landing, words, language, cut=written >= MOST)
    try:
        book.save(path)
    except OSError as error:
        raise OutsideError(
            "the disk refused the spreadsheet", where=str(path), found=error.strerror or str(error)
        ) from error
    return written


def _records(sheet: Any, contract: Contract, found: Iterable[Record], words: Mapping[str, str]) -> int:
    fields = field_names(contract)
    sheet.freeze_panes = "C2"
    sheet.column_dimensions["A"].width = 16
    sheet.column_dimensions["B"].width = 70
    shown = [words["whole"] if name == LINE else name for name in fields]
    number = words["row" if counted_in_rows(contract) else "record"]
    sheet.append([_cell(sheet, text, bold=True) for text in (number, words["wrong"], *shown)])
    written = 0
    for record in found:
        if written >= MOST:
            break
        values = [record.values.get(name) for name in fields]
        sheet.append([record.number, _cell(sheet, record.sentence), *(_cell(sheet, v) for v in values)])
        written += 1
    return written


def _cell(sheet: Any, value: str | None, *, bold: bool = False) -> Any:
    """A cell that is text whatever its first character, without the characters a workbook can't hold."""
    if value is None:
        return None
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    text = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)[:LONGEST]
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    cell.number_format = "@"
    if text.startswith(FORMULA_SIGNS):
        cell.quotePrefix = True
    if bold:
        cell.font = Font(bold=True)
    return cell


def _explanation(
    sheet: Any, contract: Contract, landing: Landing, words: Mapping[str, str], language: str, *, cut: bool
) -> None:
    refused = landing.outcome == "refused"
    sheet.column_dimensions["A"].width = 34
    sheet.column_dimensions["B"].width = 60
    title = words["title"].format(title=contract.title.to(language))
    sheet.append([_cell(sheet, title, bold=True)])
    sheet.append([])
    told = [
        words["refused" if refused else "what"],
        words["mend"],
        words["rows" if counted_in_rows(contract) else "number"],
    ]
    told.append(words["private"])
    if cut:
        told.append(words["cut"].format(n=f"{MOST:,}"))
    for text in told:
        sheet.append([_cell(sheet, text)])
    sheet.append([])
    for name, value in (
        ("source", contract.name),
        ("address", landing.address),
        ("retrieved", landing.retrieved_at),
    ):
        sheet.append([_cell(sheet, words[name]), _cell(sheet, value)])
    for name in ("received", "accepted", "quarantined", "rejected"):
        sheet.append([_cell(sheet, words[name]), getattr(landing, name)])
    sheet.append([])
    sheet.append([_cell(sheet, words["reason"], bold=True), _cell(sheet, words["count"], bold=True)])
    for reason, count in landing.reasons.items():
        sheet.append([_cell(sheet, reason), count])
