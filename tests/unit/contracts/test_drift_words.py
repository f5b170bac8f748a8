"""The sentences of what changed: in every language, of every kind, and without a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.drift_words import LANGUAGES, WORDS, kind_of_value, sentence, summary
from contracts.load import load_contract
from contracts.model import Contract, Role
from contracts.shapes import KINDS, Finding
from orchestration.ingest.kinds import FORMS
from tests.unit.orchestration.ingest.conftest import COLUMNS, contract_text


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    columns = ({**COLUMNS[0], "physicalName": "The ID"}, *COLUMNS[1:])
    titled = [{"property": "title", "value": "Day"}, {"property": "translations", "value": {"es": {"title": "Día"}}}]
    path = tmp_path / "sources" / "things.odcs.yaml"
    path.parent.mkdir()
    columns = (*columns[:-1], {**columns[-1], "customProperties": titled})
    path.write_text(contract_text(columns, {"format": "csv"}), encoding="utf-8")
    return load_contract(path, Role.SOURCE)


def test_every_kind_has_its_words_in_every_language() -> None:
    for language in LANGUAGES:
        words = WORDS[language]
        assert set(KINDS) <= set(words.forms)
        assert set(words.short) == set(KINDS)
        assert {kind for kind, _ in FORMS} | {"text", "nothing", "time", "object", "array"} == set(words.kinds)
        assert set(words.forms) == set(WORDS["en"].forms)


@pytest.mark.parametrize("kind", KINDS)
def test_no_sentence_holds_a_value_or_an_open_place(contract: Contract, kind: str) -> None:
    finding = Finding(kind, "warning", "name", 0.25, 0.5, 2, "like this", 0.9, ("Ana Pérez",))  # type: ignore[arg-type]
    said = sentence(contract, finding)
    for text in (said.default, *said.translations.values()):
        assert "Ana" not in text
        assert "{" not in text
        assert text[-1] == "."
        assert text[0].isupper() or text[0] in "“0123456789"


def test_a_column_is_called_as_its_source_does_or_by_its_title(contract: Contract) -> None:
    told = sentence(contract, Finding("emptier", "warning", "id", 0.0, 0.314, 12))
    assert told.default == "“The ID” is empty in 31 % of the records; it was in 0 %."
    assert told.to("es") == "“The ID” está vacía en el 31 % de los registros; antes, en el 0 %."
    assert sentence(contract, Finding("too_late", "warning", "day")).to("es").startswith("“Día” llega")


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (
            Finding("set_aside", "warning", before=0, after=101, count=246_837),
            "101 of 246,837 records were set aside; of the delivery before it, 0.",
        ),
        (Finding("column_missing", "breaks", "name"), "The column “name” is gone."),
        (Finding("column_missing", "breaks", "name", like="who"), "The column “name” is gone; “who” looks like it."),
        (
            Finding("column_missing", "breaks", "name", like="who", known=0.984),
            "The column “name” is gone; “who” looks like it: 98 % of its values are known values.",
        ),
        (
            Finding("new_values", "info", "name", after=45, count=3),
            "“name” has 3 values never seen before, in 45 records.",
        ),
        (
            Finding("new_values", "info", "name", after=5, count=1),
            "“name” has a value never seen before, in 5 records.",
        ),
        (
            Finding("record_count", "breaks", before=10_000, after=40),
            "The delivery holds 40 records; the last one held 10,000.",
        ),
        (
            Finding("kind_changed", "warning", "name", "integer", "number"),
            "“name” came as whole numbers and comes as numbers with decimals now.",
        ),
        (
            Finding("unreadable", "warning", "day", 0.0, 0.002, 2),
            "0.2 % of the values of “Day” can't be read as its type; it was 0 %.",
        ),
    ],
)  # fmt: skip
def test_sentences(contract: Contract, finding: Finding, said: str) -> None:
    assert sentence(contract, finding).default == said


def test_numbers_are_written_as_the_language_does(contract: Contract) -> None:
    said = sentence(contract, Finding("unreadable", "warning", "day", 0.0, 0.002, 2))
    assert "0,2 %" in said.to("es")
    assert "10.000" in sentence(contract, Finding("record_count", "breaks", before=10_000, after=40)).to("pt")


def test_a_summary_groups_columns_by_what_changed(contract: Contract) -> None:
    found = [
        Finding("emptier", "warning", "name", 0.0, 0.5, 4),
        Finding("new_values", "warning", "name", after=9, count=3),
        Finding("new_values", "warning", "id", after=9, count=1),
    ]
    assert summary(contract, found).default == "emptier: “name”; values never seen: “name” (3), “The ID” (1)"
    assert summary(contract, [Finding("record_count", "breaks", before=1, after=2)]).to("es") == "número de registros"


def test_a_kind_of_value_in_words() -> None:
    assert kind_of_value("shape").to("es") == "formas en el mapa"
