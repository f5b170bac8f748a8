"""The record index against Python's own csv module, and its power to disagree."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.ingest import extract, record_index
from orchestration.ingest.record_index import CHARACTERS, ENCODING, FIELDS, QUOTES, Shape, index_records
from orchestration.ingest.refusal import Refusal

ALPHABET = st.text(alphabet='aé,"\n ', max_size=60)
TABLES = st.lists(st.lists(st.text(alphabet='ab,"\r\n é\t', max_size=6), min_size=2, max_size=4), max_size=12)
FEW = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def python_rows(text: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(text, newline="")) if row]


@FEW
@given(text=ALPHABET, chunk=st.sampled_from([5, 16, 4 << 20]))
def test_any_text_has_the_records_and_fields_that_csv_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, chunk: int
) -> None:
    monkeypatch.setattr(record_index, "CHUNK", chunk)
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8", newline="")
    rows = python_rows(text)
    index = index_records(path, Shape(header=False, fields=2))
    assert index.count == len(rows)
    if index.open_quote is None:
        wrong = [n for n, row in enumerate(rows, start=1) if len(row) != 2]
        assert index.bad.get(FIELDS, np.array([])).tolist() == wrong


@FEW
@given(
    table=TABLES,
    end=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
    chunk=st.sampled_from([7, 64, 4 << 20]),
)
def test_what_csv_writes_is_counted_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: list[list[str]], end: str, delimiter: str, chunk: int
) -> None:
    monkeypatch.setattr(record_index, "CHUNK", chunk)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["x", "y"])
    writer.writerows(table)
    path = tmp_path / "t.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    index = index_records(path, Shape(delimiter=ord(delimiter)))
    assert index.count == len(table)
    assert index.header is not None and index.header.decode().rstrip("\r") == f'"x"{delimiter}"y"'
    assert QUOTES not in index.bad and CHARACTERS not in index.bad
    for number, row in enumerate(table, start=1):
        begin, stop = (int(p[0]) for p in index.extents(np.array([number])))
        piece = path.read_bytes()[begin:stop].decode()
        assert next(csv.reader(io.StringIO(piece, newline=""), delimiter=delimiter)) == row


@FEW
@given(values=st.lists(st.text(alphabet='ab\\",\n', max_size=8), min_size=1, max_size=8))
def test_another_escape_character(tmp_path: Path, values: list[str]) -> None:
    written = ["".join("\\" + c if c in '"\\' else c for c in value) for value in values]
    path = tmp_path / "t.csv"
    path.write_text("".join(f'"{text}",1\n' for text in written), encoding="utf-8", newline="")
    index = index_records(path, Shape(header=False, fields=2, escape=ord("\\")))
    assert (index.count, index.bad, index.open_quote) == (len(values), {}, None)


@FEW
@given(
    records=st.lists(st.integers(1, 40), unique=True, max_size=40),
    long=st.booleans(),
    few=st.sampled_from([0, 20_000]),
    block=st.sampled_from([50, 16 << 20]),
)
def test_records_are_copied_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: list[int], long: bool, few: int, block: int
) -> None:
    monkeypatch.setattr(extract, "FEW", few)
    monkeypatch.setattr(extract, "BLOCK", block)
    path, target = tmp_path / "t.csv", tmp_path / "copy.csv"
    lines = [f'{n},"a\n{"x" * (5000 if long else n)}"\n' for n in range(1, 41)]
    path.write_text("".join(lines).rstrip("\n"), newline="")
    index = index_records(path, Shape(header=False, fields=2))
    chosen = np.array(sorted(records), np.int64)
    extract.copy_records(path, index, chosen, target, b"\n")
    assert target.read_text() == "".join(lines[n - 1] for n in sorted(records))
    assert extract.texts(path, index, chosen) == [lines[n - 1].rstrip("\n") for n in sorted(records)]


@FEW
@given(bad=st.sets(st.integers(1, 30)), count=st.integers(0, 30), size=st.integers(1, 400))
def test_pieces_hold_every_good_record_once(tmp_path: Path, bad: set[int], count: int, size: int) -> None:
    path = tmp_path / "t.csv"
    path.write_text("".join("x\n" if n in bad else f"{n},{'y' * n}\n" for n in range(1, count + 1)))
    index = index_records(path, Shape(header=False, fields=2))
    pieces = [piece.tolist() for piece in extract.cut(index, size)]
    assert [n for piece in pieces for n in piece] == [n for n in range(1, count + 1) if n not in bad]
    assert len(pieces) == 1 or all(pieces)


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (b"", 0),
        (b"\n\n", 0),
        (b"a,b", 1),
        (b"a,b\n\r\n\nc,d\n", 2),
        (b"\xef\xbb\xbfa,b\nc,d\n", 2),
        (b"a\rb\rc,d\r", 3),
    ],
)
def test_counts(tmp_path: Path, data: bytes, count: int) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    newline = 13 if b"\n" not in data and b"\r" in data else 10
    assert index_records(path, Shape(header=False, fields=2, newline=newline)).count == count


def test_blank_lines_count_where_they_are_records(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"x\n1\n\n2\n")
    assert index_records(path, Shape()).count == 2
    assert index_records(path, Shape(keep_blank=True)).count == 3


def test_what_is_found_in_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes('h,i\n1,2\n3,\x00\n4\n5,"6" \n7,\u202e8\n9,\n'.encode() + b"\xe9,1\n")
    index = index_records(path, Shape())
    found = {reason: numbers.tolist() for reason, numbers in index.bad.items()}
    assert found == {FIELDS: [3], QUOTES: [4], CHARACTERS: [2, 5], ENCODING: [7]}
    assert index.malformed().tolist() == [2, 3, 4, 5, 7]
    assert (index.broken, index.multibyte, index.longest) == (1, 1, 6)


def test_an_open_quote_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'h,i\n1,2\n3,"x\n4,5\n')
    assert index_records(path, Shape()).open_quote == 2


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_index, "CHUNK", 64)
    path = tmp_path / "t.csv"
    path.write_bytes(b"h\n" + b"x" * 1000)
    with pytest.raises(Refusal, match="one line of the file is too long"):
        index_records(path, Shape(record_bytes=100))


def test_lines_of_json_are_lines_whatever_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'{"a": "x,\\"y"}\r\n\n{"a": 1}\n{"b"')
    index = index_records(path, Shape(delimiter=None, quote=None, escape=None, header=False))
    assert (index.count, index.bad, index.line_ends) == (3, {}, {"crlf": 1, "other": 2})
