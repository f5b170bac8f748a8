"""The table of names by which files call an entity's columns: whole, in one form, and in three languages' words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.city_load import SHARED_ROOT, SYNONYMS_FILE, load_city, load_entities
from contracts.yaml_places import read_yaml

WORDS: dict[str, dict[str, list[str]]] = read_yaml(SHARED_ROOT / "entities" / SYNONYMS_FILE).value
COLUMNS = [(entity, column) for entity, columns in WORDS.items() for column in columns]
CITIES = Path(__file__).resolve().parents[3] / "cities"
AS = re.compile(r'^ +"?([A-Za-z][A-Za-z_ ]*?)"? as ([a-z_]+),?$|^ +([a-z_]+),$', re.MULTILINE)


def test_every_column_of_every_entity_has_words() -> None:
    declared = {name: [c.name for c in entity.columns] for name, entity in load_entities().items()}
    assert {name: list(columns) for name, columns in WORDS.items()} == {name: declared[name] for name in WORDS}, (
        "the same columns in the same order"
    )
    assert sorted(WORDS) == sorted(declared)


@pytest.mark.parametrize(("entity", "column"), COLUMNS, ids=lambda x: x)
def test_words_are_written_in_one_form(entity: str, column: str) -> None:
    words = WORDS[entity][column]
    assert len(words) >= 3
    assert len(set(words)) == len(words)
    assert [w for w in words if not re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*", w)] == []
    assert column.replace("_", " ") in words, "the entity's own word is the first that a file could use"


def folded(name: str) -> str:
    return " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+", " ", name).lower().split())


def test_the_words_know_most_of_what_real_cities_wrote() -> None:
    """Columns that were handed on unchanged: what the portal called it, and what it turned out to mean."""
    known: list[tuple[str, str, str]] = []
    unknown: list[tuple[str, str, str]] = []
    for folder in sorted(p for p in CITIES.iterdir() if (p / "city.yaml").is_file()):
        for entity, model in load_city(folder).staging.items():
            text = (folder / "staging" / f"{model}.sql").read_text(encoding="utf-8")
            for theirs, ours, same in AS.findall(text):
                column, written = (ours, theirs) if ours else (same, same)
                if column in WORDS[entity]:
                    found = folded(written) in WORDS[entity][column]
                    (known if found else unknown).append((folder.name, written, column))
    assert len(known) >= 60
    assert len(known) / len(known + unknown) >= 0.8, unknown
