"""``cauce source`` and ``cauce quarantine`` over a city folder of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook
from typer.testing import CliRunner

from contracts.errors import InputError
from orchestration.cli import quarantine, source
from tests.unit.orchestration.ingest.conftest import COLUMNS, THIRD_PARTY_WARNINGS, contract_text

pytestmark = [pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS]

runner = CliRunner()

CITY = {
    "formatVersion": 1,
    "id": "testtown",
    "name": {"en": "Testtown", "es": "Villaprueba"},
    "country": "US",
    "timezone": "America/New_York",
    "languages": ["en", "es"],
    "environment": "development",
    "publisher": {"name": {"en": "Testtown", "es": "Villaprueba"}, "email": "data@example.org"},
    "licence": "CC0-1.0",
}

DATA = "id,name,amount,day\n01,Ann,1,2026-01-01\n02,Bo,two,2026-01-01\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cities" / "testtown"
    (folder / "sources").mkdir(parents=True)
    (folder / "city.yaml").write_text(yaml.safe_dump(CITY), encoding="utf-8")
    (folder / "sources" / "things.odcs.yaml").write_text(contract_text(COLUMNS, {"format": "csv"}), encoding="utf-8")
    monkeypatch.setenv("CAUCE_CITIES", str(folder.parent))
    monkeypatch.setenv("CAUCE_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("CAUCE_CITY", "testtown")
    monkeypatch.chdir(tmp_path)
    return folder


def test_fetch_tells_the_numbers_and_what_next(folder: Path) -> None:
    (folder / "delivery").write_text(DATA)
    result = runner.invoke(source.app, ["fetch", "things"])
    assert result.exit_code == 0, result.output
    assert "things: accepted. Received 2, accepted 1, set aside 1, rejected 0." in result.output
    assert "cauce quarantine export things --city testtown" in result.output
    again = runner.invoke(source.app, ["fetch", "things", "--format", "json"])
    assert json.loads(again.output)["outcome"] == "unchanged"


def test_fetch_of_a_refused_file_exits_1(folder: Path) -> None:
    (folder / "delivery").write_text("<html>")
    result = runner.invoke(source.app, ["fetch", "things"])
    assert result.exit_code == 1
    assert "the file is not CSV, things. Found a page of HTML, expected CSV." in result.output


def test_list_of_sources(folder: Path) -> None:
    before = json.loads(runner.invoke(source.app, ["list", "--format", "json"]).output)
    assert [(row["source"], row["outcome"]) for row in before] == [("things", "never fetched")]
    (folder / "delivery").write_text(DATA)
    runner.invoke(source.app, ["fetch", "things", "--as-of", "2026-01-31"])
    (row,) = json.loads(runner.invoke(source.app, ["list", "--format", "json"]).output)
    assert (row["received"], row["accepted"], row["quarantined"]) == (2, 1, 1)
    assert row["last_look"] == "2026-01-31T00:00:00+00:00"
    assert "things" in runner.invoke(source.app, ["list"]).output


def test_a_source_that_is_not_there(folder: Path) -> None:
    result = runner.invoke(source.app, ["fetch", "thing"])
    assert isinstance(result.exception, InputError)
    assert "expected one of things" in result.exception.message


def test_quarantine_list_show_export(folder: Path) -> None:
    assert "Nothing is set aside." in runner.invoke(quarantine.app, ["list"]).output
    (folder / "delivery").write_text(DATA)
    runner.invoke(source.app, ["fetch", "things"])
    (row,) = json.loads(runner.invoke(quarantine.app, ["list", "--format", "json"]).output)
    assert (row["source"], row["records"], row["reasons"]) == ("things", 1, {"amount.type": 1})
    assert "amount.type 1" in runner.invoke(quarantine.app, ["list"]).output
    shown = runner.invoke(quarantine.app, ["show", "things"])
    assert "record 2 amount must be a number that can be kept exactly." in shown.output
    spanish = runner.invoke(quarantine.app, ["show", "things", "--language", "es", "--format", "json"])
    assert json.loads(spanish.output) == [
        {
            "record": 2,
            "reasons": ["amount.type"],
            "sentence": "amount debe ser un número que se pueda guardar con exactitud.",
            "values": {"id": "02", "name": "Bo", "amount": "two", "day": "2026-01-01"},
        }
    ]
    assert "Written: things-1.xlsx" in runner.invoke(quarantine.app, ["export", "things"]).output
    assert load_workbook("things-1.xlsx")["Records"]["A2"].value == 2
    runner.invoke(quarantine.app, ["export", "things", "--format", "csv", "--output", "out.csv"])
    assert (
        Path("out.csv").read_text().splitlines()[1]
        == "2,amount.type,amount must be a number that can be kept exactly.,02,Bo,two,2026-01-01,"
    )
