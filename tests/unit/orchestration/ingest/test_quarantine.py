"""What was set aside, listed, shown and exported, in two languages, without a formula and without a loss."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from contracts.compile_checks import compile_checks
from contracts.errors import ArtefactError, InputError
from orchestration.ingest import quarantine, spreadsheet
from tests.unit.orchestration.ingest.conftest import Town

DATA = (
    "id,name,amount,day\n"
    "01,Ann,1.5,2026-01-02\n"
    '02,"=HYPERLINK(""http://x"",""y"")",-1,2026-01-03\n'
    "03,+1,x,2026-01-03\n"
    "04,@SUM(A1),2,soon\n"
    "05,Di\n"
    "06,\x07bell,3,2026-01-03\n"
)


def test_a_list_of_what_was_set_aside(town: Town) -> None:
    assert quarantine.set_aside(town.home, ["things"]) == ()
    town.land(DATA)
    (found,) = quarantine.set_aside(town.home, ["things", "other"])
    assert (found.source, found.landing, found.records, found.refused) == ("things", 1, 5, False)
    assert found.reasons == {
        "amount.range": 1,
        "amount.type": 1,
        "day.type": 1,
        "record.characters": 1,
        "record.fields": 1,
    }


def test_records_in_english_and_spanish(town: Town) -> None:
    landing = town.land(DATA)
    english = list(quarantine.records(town.home, town.contract, landing))
    assert [record.number for record in english] == [2, 3, 4, 5, 6]
    assert english[1].sentence == "amount must be a number that can be kept exactly."
    assert english[1].values == {"id": "03", "name": "+1", "amount": "x", "day": "2026-01-03"}
    assert english[3].values == {quarantine.LINE: "05,Di"}
    checks = compile_checks(town.contract)
    spanish = list(quarantine.records(town.home, town.contract, landing, checks, "es"))
    assert spanish[1].sentence == "amount debe ser un número que se pueda guardar con exactitud."
    assert (
        spanish[3].sentence
        == "El registro tiene más o menos campos de los debidos: puede haber un separador en un valor sin comillas."
    )
    assert spanish[0].sentence != english[0].sentence


def test_csv_export_gives_back_what_was_received(town: Town) -> None:
    landing = town.land(DATA)
    text = "".join(quarantine.as_csv(town.contract, quarantine.records(town.home, town.contract, landing)))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["record"] for row in rows] == ["2", "3", "4", "5", "6"]
    assert rows[0]["name"] == '=HYPERLINK("http://x","y")'
    assert rows[3][quarantine.LINE] == "05,Di"
    assert rows[4][quarantine.LINE] == "06,\x07bell,3,2026-01-03"


@pytest.mark.parametrize("language", ["en", "es"])
def test_workbook(town: Town, tmp_path: Path, language: str) -> None:
    landing = town.land(DATA)
    path = tmp_path / "things.xlsx"
    found = quarantine.records(town.home, town.contract, landing, compile_checks(town.contract), language)
    assert spreadsheet.write(path, town.contract, landing, found, language) == 5
    book = load_workbook(path)
    words = spreadsheet.WORDS[language]
    assert book.sheetnames == [words["explanation"], words["records"]]
    sheet = book[words["records"]]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == (words["record"], words["wrong"], "id", "name", "amount", "day", words["whole"])
    assert [row[0] for row in rows[1:]] == [2, 3, 4, 5, 6]
    assert rows[1][3] == '=HYPERLINK("http://x","y")'
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    told = [str(row[0]) for row in book[words["explanation"]].iter_rows(values_only=True)]
    assert words["what"] in told and words["private"] in told
    with zipfile.ZipFile(path) as archive:
        assert all(b"<f>" not in archive.read(name) for name in archive.namelist())


def test_the_words_are_there_in_every_language() -> None:
    english = spreadsheet.WORDS["en"]
    for language, words in spreadsheet.WORDS.items():
        assert set(words) == set(english), language
        assert all(words[name] for name in words)


def test_records_to_blame_for_a_refusal(town: Town, tmp_path: Path) -> None:
    landing = town.land("id,name,amount,day\n01,a,1,2026-01-01\n01,b,1,2026-01-01\n02,c,1,2026-01-01\n")
    assert landing.outcome == "refused"
    (found,) = quarantine.set_aside(town.home, ["things"])
    assert (found.records, found.refused) == (2, True)
    path = tmp_path / "x.xlsx"
    spreadsheet.write(path, town.contract, landing, quarantine.records(town.home, town.contract, landing))
    told = [row[0] for row in load_workbook(path)["Read me"].iter_rows(values_only=True)]
    assert spreadsheet.WORDS["en"]["refused"] in told


def test_a_landing_that_is_not_there_or_set_nothing_aside(town: Town) -> None:
    with pytest.raises(InputError, match="there is no such landing"):
        quarantine.landing_of(town.home, "things", None)
    town.land("id,name,amount,day\n01,a,1,2026-01-01\n")
    with pytest.raises(InputError, match="nothing was set aside"):
        quarantine.landing_of(town.home, "things", None)
    with pytest.raises(InputError, match="there is no such landing"):
        quarantine.landing_of(town.home, "things", 7)


def test_an_altered_quarantine_file_is_not_shown(town: Town) -> None:
    landing = town.land(DATA)
    assert landing.quarantine_file is not None
    path = town.home.root / landing.quarantine_file.path
    data = bytearray(path.read_bytes())
    data[60] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArtefactError, match="a quarantine file was altered"):
        list(quarantine.records(town.home, town.contract, landing))
