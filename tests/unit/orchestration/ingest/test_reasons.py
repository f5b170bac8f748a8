"""Each reason for setting a record aside is said in every language that rules are said in."""

from __future__ import annotations

import pytest

from contracts.model import Place, Property, Text
from contracts.sentences import LANGUAGES
from orchestration.ingest.reasons import KINDS, WORDS, skipped_hour_sentence, type_sentence

OTHERS = [language for language in LANGUAGES if language != "en"]


def column(logical: str, physical: str, **options: str) -> Property:
    return Property(
        name="when",
        logical_type=logical,
        physical_type=physical,
        required=False,
        unique=False,
        primary_key_position=None,
        classification="public",
        classified=True,
        description=Text("Then."),
        options=options,
        quality=(),
        place=Place("x.yaml", 1),
    )


OF_COLUMNS = {
    "text": type_sentence(column("string", "VARCHAR")),
    "whole": type_sentence(column("integer", "BIGINT")),
    "exact": type_sentence(column("number", "DOUBLE")),
    "written": type_sentence(column("timestamp", "TIMESTAMP", format="dd/MM/yyyy HH:mm")),
    "counted": type_sentence(column("timestamp", "TIMESTAMP", format="epoch_ms")),
    "seconds": type_sentence(column("timestamp", "TIMESTAMP", format="epoch_s")),
    "skipped": skipped_hour_sentence(column("timestamp", "TIMESTAMP", defaultTimezone="America/New_York")),
}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("found", [WORDS, KINDS, OF_COLUMNS], ids=["forms", "kinds", "columns"])
def test_every_reason_has_every_language(found: dict[str, Text], language: str) -> None:
    assert [name for name, text in found.items() if not text.translations.get(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_of_a_column_is_whole_in_each_language(language: str) -> None:
    for name, text in OF_COLUMNS.items():
        said = text.to(language)
        assert said.startswith("when ") and said.endswith("."), name
        assert "  " not in said and "{" not in said, name
    assert "dd/MM/yyyy HH:mm" in OF_COLUMNS["written"].to(language)
    assert "1970" in OF_COLUMNS["counted"].to(language)
