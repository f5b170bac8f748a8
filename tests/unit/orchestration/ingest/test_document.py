"""A JSON document taken apart: the same records whatever the chunks, and a named refusal for anything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.ingest import document
from orchestration.ingest.caps import Caps
from orchestration.ingest.document import Document, take_apart
from orchestration.ingest.refusal import Refusal

ANYWHERE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def apart(
    folder: Path, data: bytes | str, where: tuple[str, ...] = (), caps: Caps | None = None
) -> tuple[Document, list[str]]:
    path, target = folder / "document.json", folder / "records.jsonl"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    found = take_apart(path, where, target, caps or Caps())
    return found, target.read_text(encoding="utf-8").split("\n")[:-1]


@ANYWHERE
@given(
    records=st.lists(st.dictionaries(st.text(), VALUES, max_size=3), max_size=5),
    beside=VALUES,
    indent=st.sampled_from([None, 0, 3]),
    chunk=st.sampled_from([1, 2, 7, 64, 1 << 20]),
    ascii_only=st.booleans(),
)
def test_any_document_gives_its_records(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    records: list[Any],
    beside: Any,
    indent: int | None,
    chunk: int,
    ascii_only: bool,
) -> None:
    monkeypatch.setattr(document, "CHUNK", chunk)
    whole = {"beside": beside, "deep": {"records": records, "other": beside}, "records": [beside]}
    text = json.dumps(whole, indent=indent, ensure_ascii=ascii_only)
    found, lines = apart(tmp_path, text, ("deep", "records"))
    assert found.records == len(records)
    assert [json.loads(line) for line in lines] == records
    assert found.frame == {**whole, "deep": {"records": [], "other": beside}}


@ANYWHERE
@given(
    records=st.lists(st.dictionaries(st.text(max_size=3), VALUES, min_size=1, max_size=2), min_size=1, max_size=3),
    cut=st.integers(min_value=1, max_value=10_000),
)
def test_any_part_of_a_document_is_refused(tmp_path: Path, records: list[Any], cut: int) -> None:
    text = json.dumps({"records": records}).encode()
    with pytest.raises(Refusal):
        apart(tmp_path, text[: max(1, len(text) - 1 - cut % (len(text) - 1))], ("records",))


@pytest.mark.parametrize(
    ("text", "where", "what", "found"),
    [
        ('[{"a": 1}', (), "the document is cut off", "1 brackets not closed"),
        ('[{"a": "x', (), "the document is cut off", "the end of the file inside a text"),
        ('[{"a": 1}] {}', (), "the document is not JSON", "something behind the end of the document"),
        ('[{"a": 1}]]', (), "the document is not JSON", "something behind the end of the document"),
        ('[{"a": 1},]', (), "the document is not JSON", "a comma with no record behind it"),
        ('[{"a": 1},,{"a": 2}]', (), "the document is not JSON", "a comma with no record behind it"),
        ('[{"a": NaN}]', (), "the document is not JSON", "NaN or Infinity, which JSON does not have"),
        ('[{"a": -Infinity}]', (), "the document is not JSON", "NaN or Infinity, which JSON does not have"),
        ('[{"a": 1,}]', (), "the document is not JSON", "a record that is no JSON"),
        ("[{'a': 1}]", (), "the document is not JSON", "a record that is no JSON"),
        ('[{"a": 01}]', (), "the document is not JSON", "a record that is no JSON"),
        ('[{"a": 1}\x00]', (), "the document is not JSON", "a record that is no JSON"),
        ('[{"a": 1}}', (), "the document is not JSON", "a bracket that closes nothing"),
        ('{"d": [{}], "d": [{}]}', ("d",), "the document is not JSON", "the name d twice in one object"),
        ('{"n": NaN, "d": [{}]}', ("d",), "the document is not JSON", "NaN or Infinity"),
        ('{"d": 1 "e": [{}]}', ("d",), "the document is not JSON", "text that is no JSON around the records"),
        ('{"data": [{}]}', (), "the records are not where they were declared", "arrays among them: data"),
        ('{"d": {"r": 5}}', ("d", "r"), "the records are not where they were declared", "d.r is a number"),
        ("7", (), "the records are not where they were declared", "the document is a number"),
        (
            "[1, 2, [3]]",
            (),
            "the records are not where they were declared",
            "an array of 3 values, none of them an object",
        ),
        ("[" * 200 + "]" * 200, (), "the document is nested too deep", "more than 100 levels"),
        ('{"a": ' * 120 + "1" + "}" * 120, ("x",), "the document is nested too deep", "more than 100 levels"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, where: tuple[str, ...], what: str, found: str) -> None:
    with pytest.raises(Refusal) as caught:
        apart(tmp_path, text, where)
    assert caught.value.what == what
    assert found in (caught.value.found or "")
    assert caught.value.expected
    assert caught.value.hint


def test_the_place_of_a_broken_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '{\n"data": [\n {"a": 1},\n {"a": 2},\n\n {"a": tru}\n]}'
    for chunk in (3, 1 << 20):
        monkeypatch.setattr(document, "CHUNK", chunk)
        with pytest.raises(Refusal) as caught:
            apart(tmp_path, text, ("data",))
        assert caught.value.where == "record 3, line 6"


def test_control_characters_in_texts_stay_to_be_found(tmp_path: Path) -> None:
    _, lines = apart(tmp_path, '[{"a": "one\ntwo\tthree"},\n{"a":\t1}]')
    assert lines == ['{"a": "one\x01two\x01three"}', ' {"a": 1}']


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    assert apart(tmp_path, b'\xef\xbb\xbf[{"a": 1}]')[0].records == 1


def test_caps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refusal) as caught:
        apart(tmp_path, '[{"a": 1}, {"a": "' + "x" * 100 + '"}]', caps=Caps(record_bytes=64))
    assert (caught.value.what, caught.value.where) == ("a record is too large", "record 2, line 1")
    monkeypatch.setattr(document, "FRAME", 100)
    with pytest.raises(Refusal, match="too much stands outside of the records"):
        apart(tmp_path, '{"text": "' + "x" * 200 + '", "data": [{}]}', ("data",))
