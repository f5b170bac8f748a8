"""Every format of the vocabulary has all that a format needs: its row, a reader, endings, words in the docs, fuzz."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from contracts.errors import InputError
from contracts.server_words import SOURCE_FORMATS
from contracts.vocabulary import words_for
from orchestration.ingest import connectors, landing
from orchestration.ingest.formats import FORMATS, READERS, Reader, the_format
from orchestration.ingest.readers import csv, geojson, json, jsonl, parquet, xlsx
from tests.fuzz.parsers import SERVERS
from tests.fuzz.samples import WRITERS

TYPED: tuple[Reader, ...] = (csv, geojson, json, jsonl, parquet, xlsx)
"""The readers as the type checker sees them: each has the one signature."""
NOT_READERS = {"__init__", "geometry"}


def test_the_vocabulary_and_the_table_name_the_same_formats() -> None:
    assert tuple(FORMATS) == SOURCE_FORMATS == words_for("server", "file")["format"].choices


@pytest.mark.parametrize("name", SOURCE_FORMATS)
def test_a_format_has_every_entry(name: str, project_root: Path) -> None:
    form = FORMATS[name]
    assert form.shown
    assert form.endings
    assert all(ending.startswith(".") and ending == ending.casefold() for ending in form.endings)
    assert bool(form.begins) == (form.build == "binary"), "the first bytes are known exactly where it is no text"
    assert form.reader in TYPED
    assert list(inspect.signature(form.reader.read).parameters) == ["path", "contract", "dialect", "place", "caps"]
    assert any(server["format"] == name and name == parser for parser, server in SERVERS.items()), "tests/fuzz/parsers"
    assert name in WRITERS, "tests/fuzz/samples"
    head, *sections = (project_root / "docs/how-to/file-formats.md").read_text(encoding="utf-8").split("\n## ")
    assert f"\n| `{name}` |" in head
    own = [section for section in sections if not section.startswith(("Packed files", "Trying"))]
    assert any(re.search(rf"value: {name}}}|`{name}`", section) for section in own), "docs/how-to/file-formats.md"


def test_every_reader_is_of_a_format(project_root: Path) -> None:
    modules = {path.stem for path in (project_root / READERS.replace(".", "/")).glob("*.py")} - NOT_READERS
    assert modules == {form.module for form in FORMATS.values()}


def test_a_format_that_is_not_there_is_an_error() -> None:
    with pytest.raises(InputError) as caught:
        the_format("dbf", "things.odcs.yaml:3")
    assert caught.value.where == "things.odcs.yaml:3"
    assert caught.value.expected == "csv, jsonl, json, geojson, geojsonl, xlsx or parquet"


def test_the_table_and_the_readers_are_part_of_the_code_that_reads(project_root: Path) -> None:
    read = {path for pattern in landing.READER_CODE for path in project_root.glob(pattern)}
    named = {path for path in read if path.name not in landing.TELLING_CODE}
    ingest = project_root / "orchestration/ingest"
    assert {ingest / "formats.py", *(ingest / "readers").glob("*.py")} <= named


def test_the_vocabulary_and_the_connectors_agree() -> None:
    assert words_for("server")["connector"].choices == tuple(connectors.CONNECTORS)
