"""Spreadsheets: cells by their types, rows by their numbers; what could do harm or mislead is refused by name."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from orchestration.ingest.caps import Caps
from tests.fuzz.mutations import read_archive, write_archive
from tests.unit.orchestration.ingest.conftest import MakeTown, Town
from tests.unit.orchestration.ingest.test_csv_faults import refusal

XLSX = {"format": "xlsx"}
NAMES = ("id", "name", "amount", "day")
SHEET = "xl/worksheets/sheet1.xml"
CELLS = '<sheetData><row r="1">{header}</row>{rows}</sheetData>'


def book(*rows: Any, change: Callable[[Any, Any], None] | None = None, names: Any = NAMES) -> bytes:
    made = Workbook()
    sheet: Any = made.active
    sheet.title = "Things"
    for row in (names, *rows):
        sheet.append(row)
    if change:
        change(made, sheet)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def rewritten(data: bytes, **parts: Callable[[bytes], bytes] | bytes) -> bytes:
    """The same workbook with parts changed or added; ``__`` stands for a slash, ``_dot_`` for a dot."""
    members = read_archive(data)
    for key, change in parts.items():
        name = key.replace("__", "/").replace("_dot_", ".")
        members[name] = change if isinstance(change, bytes) else change(members[name])
    return write_archive(list(members.items()))


def sheet_of(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return rewritten(data, xl__worksheets__sheet1_dot_xml=change)


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    return make_town(server=XLSX)


GOOD = ("01", "Ann", 1.5, date(2026, 1, 2))


def test_cells_by_their_types_and_rows_by_their_numbers(make_town: MakeTown) -> None:
    more = [
        {"name": n, "logicalType": t, "classification": "public"} for n, t in (("at", "timestamp"), ("open", "boolean"))
    ]
    columns = [
        {"name": n, "logicalType": t, "classification": "public"} for n, t in (("id", "string"), ("n", "integer"))
    ]
    clock = {"name": "clock", "logicalType": "time", "classification": "public"}
    town = make_town(*columns, *more, clock, server=XLSX)
    data = book(
        ("007", 12, datetime(2026, 1, 2, 3, 4, 5), True, time(8, 30)),
        (),
        ("x", "13", "2026-01-02T03:04:05", "yes", "08:30"),
        ("y", 1.5, None, None, None),
        (7, None, None, None, timedelta(hours=30)),
        names=("id", "n", "at", "open", "clock"),
    )
    landing = town.land(data)
    moment = datetime(2026, 1, 2, 3, 4, 5)
    assert town.accepted(landing) == [
        ("007", 12, moment, True, time(8, 30), 2),
        ("x", 13, moment, True, time(8, 30), 4),
    ]
    assert town.reasons(landing) == {5: ["n.type"], 6: ["record.number", "id.type", "clock.type"]}
    assert landing.received == 4
    assert json.loads(town.quarantined(landing)[0][3])["id"] == "y"


def test_dates_in_both_calendars_and_in_a_declared_form(make_town: MakeTown) -> None:
    day = {"name": "day", "logicalType": "date", "classification": "public"}
    town = make_town(day, {**day, "name": "written", "logicalTypeOptions": {"format": "dd/MM/yyyy"}}, server=XLSX)
    rows = [
        (date(2026, 2, 3), date(2026, 2, 3)),
        ("2026-02-03", "03/02/2026"),
        (datetime(2026, 2, 3, 1), None),
        (46_056, None),
    ]

    def since_1904(made: Any, _sheet: Any) -> None:
        made.epoch = CALENDAR_MAC_1904

    for change in (None, since_1904):
        landing = town.land(book(*rows, change=change, names=("day", "written")))
        assert [row[:2] for row in town.accepted(landing)] == [(date(2026, 2, 3), date(2026, 2, 3))] * 2
        assert town.reasons(landing) == {4: ["day.type"], 5: ["day.type"]}


def test_error_values_and_numbers_of_many_digits(town: Town) -> None:
    def change(_made: Any, sheet: Any) -> None:
        sheet["C3"], sheet["C3"].data_type = "#REF!", "e"

    landing = town.land(book(GOOD, ("02", None, None, None), ("03", None, 0.1 + 0.2, None), change=change))
    assert town.reasons(landing) == {3: ["record.cell", "amount.type"]}
    assert [row[2] for row in town.accepted(landing)] == [1.5, 0.3]


def test_decimals_have_the_digits_that_are_shown(make_town: MakeTown) -> None:
    money = {"name": "money", "logicalType": "number", "physicalType": "DECIMAL(12,2)", "classification": "public"}
    town = make_town({"name": "id", "logicalType": "string", "classification": "public"}, money, server=XLSX)
    data = book(("1", 2.25), ("2", 3), ("3", 1.005), names=("id", "money"))
    stored = sheet_of(data, lambda xml: xml.replace(b"<v>2.25</v>", b"<v>2.2000000000000002</v>"))
    landing = town.land(stored)
    assert [str(row[1]) for row in town.accepted(landing)] == ["2.20", "3.00"]
    assert town.reasons(landing) == {4: ["money.type"]}


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    rows=st.lists(
        st.tuples(
            st.text(
                st.characters(min_codepoint=32, max_codepoint=0xD7FF, exclude_categories=["Cc"]), min_size=1, max_size=8
            ),
            st.none()
            | st.text(st.characters(min_codepoint=48, max_codepoint=0x2FF, exclude_categories=["Cc"]), max_size=8),
            st.none() | st.integers(min_value=0, max_value=10**14) | st.floats(min_value=0, max_value=1e9),
            st.none() | st.dates(min_value=date(1901, 1, 1), max_value=date(2100, 1, 1)),
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda row: row[0],
    ),
    gap=st.integers(min_value=0, max_value=2),
)
def test_any_table_comes_back(make_town: MakeTown, rows: list[tuple[Any, ...]], gap: int) -> None:
    """Every row is received; what is accepted is what was written, under its row's number."""
    rows = [(row[0].lstrip("=") or "x", (row[1] or "").lstrip("=") or None, *row[2:]) for row in rows]
    town = make_town(server=XLSX)
    landing = town.land(book(*([()] * gap), *rows))
    assert landing.received == len(rows)
    if landing.outcome == "refused":
        assert len({row[0] for row in rows}) < len(rows) or landing.accepted == 0
        return
    for key, name, amount, day, number in town.accepted(landing):
        wrote = rows[number - 2 - gap]
        assert (key, name, day) == (wrote[0], wrote[1], wrote[3])
        assert (
            amount is None if wrote[2] is None else amount == float(format(wrote[2], ".16g"))
        )  # as openpyxl writes it


def test_where_the_table_stands(make_town: MakeTown) -> None:
    def change(_made: Any, sheet: Any) -> None:
        sheet.insert_rows(1, 2)
        sheet.insert_cols(1)
        sheet["A1"], sheet["B8"] = "Things of the town", "Total"
        sheet.merge_cells("A1:E1")

    data = book(GOOD, ("02", "Bo", 2, None), change=change)
    assert refusal(make_town(server=XLSX).land(data))["what"] == "declared columns are missing from the file"
    for server in ({"headerRow": 3, "cells": "B3:E5"}, {"cells": "B3:E5"}, {"cells": "B4:E5", "header": False}):
        town = make_town(server={**XLSX, **server})
        assert [row[-1] for row in town.accepted(town.land(data))] == [4, 5], server
    town = make_town(server={**XLSX, "headerRow": 3})
    landing = town.land(data)
    assert (landing.received, landing.accepted) == (3, 3)  # the total is a record too: cells leaves it out
    told = refusal(make_town(server={**XLSX, "headerRow": 2}).land(data))
    assert told["what"] == "the sheet has no header"


def test_which_sheet_is_meant(make_town: MakeTown, town: Town) -> None:
    def second(made: Any, _sheet: Any) -> None:
        made.create_sheet("Other")["A1"] = "x"

    told = refusal(town.land(book(GOOD, change=second)))
    assert (told["what"], told["found"]) == ("the workbook shows several sheets", "Things, Other")
    for wanted in ("Things", 1):
        assert make_town(server={**XLSX, "sheet": wanted}).land(book(GOOD, change=second)).accepted == 1
    told = refusal(make_town(server={**XLSX, "sheet": "thing"}).land(book(GOOD, change=second)))
    assert told["what"] == "the workbook has no such sheet"

    def hidden(made: Any, _sheet: Any) -> None:
        made.create_sheet("Other").sheet_state = "veryHidden"

    assert make_town(server=XLSX).land(book(GOOD, change=hidden)).accepted == 1


def test_merged_cells_and_formulas_without_a_value(town: Town) -> None:
    def merged(_made: Any, sheet: Any) -> None:
        sheet.merge_cells("B2:C2")

    told = refusal(town.land(book(GOOD, change=merged)))
    assert (told["what"], told["where"]) == ("cells of the table are merged", "things: sheet Things, row 2")

    def formula(_made: Any, sheet: Any) -> None:
        sheet["C2"] = "=1+1"

    landing = town.land(book(GOOD, change=formula))
    assert refusal(landing)["what"] == "formulas have no stored value"
    assert landing.rejected == 1
    stored = sheet_of(book(GOOD, change=formula), lambda xml: re.sub(rb"<v\s*/>|<v></v>", b"<v>2</v>", xml))
    assert town.accepted(town.land(stored))[0][2] == 2.0


def test_2_16_headers(town: Town) -> None:
    assert refusal(town.land(book()))["what"] == "the file holds no record"
    assert refusal(town.land(book(names=())))["what"] == "the sheet is empty"
    assert refusal(town.land(book(GOOD, names=("id", "ID", "amount", "day"))))["what"] == (
        "two columns of the file have the same name"
    )
    landing = town.land(book((*GOOD, 1, 2), names=(*NAMES, "more")))
    assert landing.drift == {"added": ["more"], "missing": []}
    gone = town.land(book(GOOD, ("02", "x", 1, None), names=("id", "naam", "amount", "day")))
    assert "The column “name” is gone; “naam” looks like it" in str(refusal(gone)["found"])
    assert gone.rejected == 2


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("xl__vbaProject_dot_bin", "a workbook holds macros"),
        ("xl__macrosheets__sheet1_dot_xml", "a workbook holds macros"),
        ("xl__externalLinks__externalLink1_dot_xml", "a workbook holds links to other workbooks"),
        ("xl__embeddings__oleObject1_dot_bin", "a workbook holds embedded files"),
        ("xl__activeX__activeX1_dot_xml", "a workbook holds ActiveX controls"),
    ],
)
def test_23_parts_that_are_not_taken(town: Town, part: str, what: str) -> None:
    told = refusal(town.land(rewritten(book(GOOD), **{part: b"<a/>"})))
    assert told["what"] == what
    assert str(told["try"]).startswith("ask the publisher to")


@pytest.mark.parametrize("part", ["xl__worksheets__sheet1_dot_xml", "xl__workbook_dot_xml", "docProps__core_dot_xml"])
def test_23_entities(town: Town, part: str) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d SYSTEM "file:///etc/passwd">]>'
    told = refusal(town.land(rewritten(book(GOOD), **{part: lambda xml: bomb + xml})))
    assert told["what"] == "a workbook holds a document type or entities"


def test_23_macros_by_their_type_alone(town: Town) -> None:
    data = book(GOOD)
    kinds = read_archive(data)["[Content_Types].xml"].replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")
    members = {**read_archive(data), "[Content_Types].xml": kinds}
    assert refusal(town.land(write_archive(list(members.items()))))["what"] == "a workbook holds macros"


def test_21_workbooks_that_grow(town: Town) -> None:
    town.caps = Caps(ratio_from=10_000, ratio=20)
    data = sheet_of(book(GOOD), lambda xml: xml.replace(b"</sheetData>", b" " * 300_000 + b"</sheetData>"))
    assert refusal(town.land(data))["what"] == "a zip archive holds a member that is not taken"
    town.caps = Caps(workbook_bytes=1000)
    assert refusal(town.land(book(GOOD)))["what"] == "a workbook is too large when unpacked"
    town.caps = Caps()
    far = sheet_of(
        book(GOOD),
        lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
    )
    assert refusal(town.land(far))["what"] == "a sheet is too large"


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>', "row 2 behind row 2"),
        ('<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>', "row 2 behind row 3"),
        ('<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>', "a cell twice or out of order in row 2"),
        ('<row r="2"><c r="A9"><v>1</v></c></row>', "a cell of row 9 in row 2"),
        ('<row r="x"><c r="A2"><v>1</v></c></row>', "a row without a readable number"),
        ('<row r="2"><c r="?"><v>1</v></c></row>', "a cell of row 2 without a readable name"),
        ('<row r="2000000"><c r="A2000000"><v>1</v></c></row>', "row 2,000,000"),
        ('<row r="2"><!-- a --><c r="A2"><v>1</v></c></row>', "comments or CDATA between its cells"),
    ],
)
def test_sheets_that_programs_would_read_differently(town: Town, rows: str, found: str) -> None:
    data = sheet_of(book(), lambda xml: xml.replace(b"</sheetData>", rows.encode() + b"</sheetData>"))
    told = refusal(town.land(data))
    assert (told["what"], told["found"]) == ("a sheet is not as spreadsheet programs write it", found)


def test_rows_and_cells_without_names(town: Town) -> None:
    def bare(xml: bytes) -> bytes:
        return re.sub(rb'(<(?:row|c)\b[^>]*?) r="[A-Z]*[0-9]+"', rb"\1", xml)

    landing = town.land(sheet_of(book(GOOD, ("02", "Bo", None, None)), bare))
    assert [(row[0], row[-1]) for row in town.accepted(landing)] == [("01", 2), ("02", 3)]


def test_what_is_no_workbook(town: Town) -> None:
    assert refusal(town.land(b"id,name\n1,x\n"))["what"] == "the file is not a spreadsheet (XLSX)"
    old = refusal(town.land(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)))
    assert old["found"] == "an old spreadsheet (XLS), or one with a password"
    assert (
        refusal(town.land(write_archive([("things.csv", b"id\n1\n")])))["found"] == "a zip archive that is no workbook"
    )
    assert refusal(town.land(write_archive([("content.xml", b"<a/>")])))["found"] == "an OpenDocument spreadsheet (ODS)"
    members = read_archive(book(GOOD))
    binary = {**members, "xl/workbook.bin": b""}
    assert refusal(town.land(write_archive(list(binary.items()))))["found"] == "a binary workbook (XLSB)"
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET):
        left = [(name, data) for name, data in members.items() if name != part]
        assert refusal(town.land(write_archive(left)))["what"] == "the workbook can't be read"
    wide = rewritten(book(GOOD), xl__workbook_dot_xml=lambda xml: xml.decode().encode("utf-16"))
    assert "is not in UTF-8" in str(refusal(town.land(wide))["found"])
