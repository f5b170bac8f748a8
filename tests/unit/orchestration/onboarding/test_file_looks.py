"""Looking at files: format, encoding, delimiter, header, packing, sheets, and what is no table."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.errors import InputError
from orchestration.onboarding.file_sample import Asked, Looked, look_at

ROWS = "id,name,city\n1,Ana,Bogotá\n2,Juan,Cali\n"


def look(folder: Path, data: bytes | str, asked: Asked | None = None) -> Looked:
    path = folder / "file"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return look_at(path, folder / "work", "file", asked or Asked())


def refused(folder: Path, data: bytes | str, asked: Asked | None = None) -> InputError:
    with pytest.raises(InputError) as error:
        look(folder, data, asked)
    return error.value


def names(looked: Looked) -> list[str]:
    return [column.name for column in looked.sample.columns]


def zipped(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text)
    return out.getvalue()


def workbook(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for n, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Sheet{n}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "settings"),
    [
        (ROWS, {"encoding": "utf-8", "delimiter": ","}),
        ("\ufeff" + ROWS, {"encoding": "utf-8", "delimiter": ","}),
        (ROWS.replace(",", ";"), {"delimiter": ";"}),
        (ROWS.replace(",", "\t"), {"delimiter": "\t"}),
        (ROWS.replace(",", "|"), {"delimiter": "|"}),
        (ROWS.encode("latin-1"), {"encoding": "latin-1"}),
        (ROWS.replace("Ana", "“Ana”").encode("cp1252"), {"encoding": "windows-1252"}),
        (ROWS.encode("utf-16"), {"encoding": "utf-16"}),
        (ROWS + "3,Eva,Pasto\r\n", {"lineEnds": "mixed"}),
        ('id,name\n1,"a,b"\n2,"c"\n', {"delimiter": ","}),
    ],
)
def test_how_a_table_of_text_is_written(data: bytes | str, settings: dict[str, str], tmp_path: Path) -> None:
    looked = look(tmp_path, data)
    assert looked.settings["format"] == "csv"
    assert {k: looked.settings.get(k) for k in settings} == settings
    assert names(looked)[0] == "id"
    assert looked.records == looked.sample.records


def test_a_comma_as_decimal_sign_does_not_hide_the_delimiter(tmp_path: Path) -> None:
    looked = look(tmp_path, "id;lon;lat\n" + "".join(f"{n};-58,4{n};-34,6{n}\n" for n in range(30)))
    assert (looked.settings["delimiter"], names(looked)) == (";", ["id", "lon", "lat"])


def test_a_file_without_header_says_so(tmp_path: Path) -> None:
    looked = look(tmp_path, "Acessibilidade,1379\nÁrvore,22\n")
    assert (looked.settings["header"], names(looked)) == (False, ["column_1", "column_2"])
    assert "has no header" in looked.notes[0]


@pytest.mark.parametrize("header", ["id,2013,2014\n1,5,6\n2,7,8\n", "Only one\nx\ny\n"])
def test_years_and_a_single_column_are_headers(header: str, tmp_path: Path) -> None:
    assert "header" not in look(tmp_path, header).settings


def test_packed_files(tmp_path: Path) -> None:
    assert look(tmp_path, gzip.compress(ROWS.encode())).settings["compression"] == "gzip"
    assert look(tmp_path, zipped(data_csv=ROWS)).settings == {
        **{"format": "csv", "encoding": "utf-8", "delimiter": ",", "compression": "zip"}
    }
    several = zipped(a_csv=ROWS, b_csv=ROWS)
    assert refused(tmp_path, several).found == "a.csv, b.csv"
    assert look(tmp_path, several, Asked(member="b.csv")).settings["member"] == "b.csv"


def test_json_in_its_forms(tmp_path: Path) -> None:
    records = [{"id": n, "open": True} for n in range(3)]
    assert look(tmp_path, json.dumps(records)).settings == {"format": "json"}
    nested = {"meta": {"count": 3}, "result": {"records": records, "links": [{"a": 1}]}}
    assert look(tmp_path, json.dumps(nested)).settings == {"format": "json", "records": "result.records"}
    lines = "\n".join(map(json.dumps, records))
    assert look(tmp_path, lines).settings == {"format": "jsonl"}
    feature = {
        "type": "Feature",
        "id": 7,
        "properties": {"n": 1},
        "geometry": {"type": "Point", "coordinates": [1.5, 2]},
    }
    collection = look(tmp_path, json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert collection.settings == {
        **{"format": "geojson", "geometryColumn": "geometry_wkt", "featureIdColumn": "feature_id"}
    }
    assert [c.values for c in collection.sample.columns] == [(7,), (1,), ("POINT (1.5 2)",)]
    assert look(tmp_path, f"{json.dumps(feature)}\n{json.dumps(feature)}\n").settings["format"] == "geojsonl"


def test_sheets(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Report of March"],
        [],
        ["id", "opened", "n"],
        ["a", datetime(2024, 1, 31, 10), 1.0],
        ["b", None, 2.5],
    ]
    looked = look(tmp_path, workbook(rows))
    assert looked.settings == {"format": "xlsx", "headerRow": 3}
    assert names(looked) == ["id", "opened", "n"]
    assert looked.sample.columns[2].values == (1, 2.5)
    first: list[list[Any]] = [["a"], ["x"]]
    two = workbook(first, [["b"], ["y"]])
    assert "several sheets" in refused(tmp_path, two).what
    assert look(tmp_path, two, Asked(sheet="Sheet2")).settings["sheet"] == "Sheet2"


def test_parquet(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1, 2], "name": ["a", None]}), tmp_path / "x.parquet")
    looked = look(tmp_path, (tmp_path / "x.parquet").read_bytes())
    assert (looked.settings, looked.records, names(looked)) == ({"format": "parquet"}, 2, ["id", "name"])


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "the file is empty"),
        (b"<!DOCTYPE html><html>", "a page of HTML"),
        (b"<?xml version='1.0'?><r/>", "XML"),
        (b"%PDF-1.7", "a PDF"),
        (b"\xd0\xcf\x11\xe0rest", "an old spreadsheet"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
        (b"Dear citizens of our town\nwe are happy to tell you\n", "text without columns"),
        (b"id,name\x00\n1,2\n", "bytes that are no text"),
        (b'{"a": 1}', "the document holds no table"),
        (b'{"a": [1', "a cut-off or broken document"),
        (b"\x1f\x8bnot gzip at all", "torn or cut-off gzip"),
        (b"PAR1 and no more", "a torn or cut-off file"),
        ("Title of it all\nmade in March\nid,name,n\n1,a,2\n2,b,3\n3,c,4\n", "titles stand above the header"),
        ("id,name,ID\n1,a,2\n2,b,3\n", "two columns of the file have the same name"),
    ],
)
def test_what_is_no_table_is_said(data: bytes | str, part: str, tmp_path: Path) -> None:
    assert part in refused(tmp_path, data).message


def test_a_portals_rows_json_is_told_apart(tmp_path: Path) -> None:
    error = refused(tmp_path, json.dumps({"meta": {"view": {}}, "data": [["row-1", 2]]}))
    assert "rows.json" in (error.hint or "")
