"""Marks of bytes: the quick arithmetic of quotes against the careful one, and both against plain loops."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.ingest import byte_structure, quote_words
from orchestration.ingest.byte_structure import QUOTES, ByteStructure, Shape
from orchestration.ingest.quote_runs import QuoteRuns
from orchestration.ingest.record_index import index_records
from orchestration.ingest.record_starts import RecordStarts

FEW = settings(max_examples=200, deadline=None)
FIELD = st.text(alphabet='ab"", \r\né', max_size=90)
TABLE = st.lists(st.lists(FIELD, min_size=2, max_size=3), min_size=1, max_size=6)


def chunk_of(data: bytes) -> quote_words.Bytes:
    return np.frombuffer(data, np.uint8)


def written(table: list[list[str]], end: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end).writerows(table)
    return out.getvalue().encode()


@FEW
@given(
    data=st.one_of(
        st.text(alphabet='ab,"\r\n é', max_size=300).map(str.encode),
        TABLE.map(lambda table: written(table, "\n")),
        TABLE.map(lambda table: written(table, "\r\n")),
    ),
    quoted=st.booleans(),
    newline=st.sampled_from([10, 13]),
    delimiter=st.sampled_from([44, None]),
)
def test_the_quick_way_says_what_the_careful_one_says(
    data: bytes, quoted: bool, newline: int, delimiter: int | None
) -> None:
    quick = ByteStructure(Shape(newline=newline, delimiter=delimiter))
    look = quick.look(chunk_of(data))
    if look.quotes is None:
        return
    careful = ByteStructure(quick.shape)
    quick.quoted = careful.quoted = quoted
    one, other = quick.decide(look), careful._decide_runs(look)
    assert (one.ends.tolist(), one.before.tolist(), one.delimiters) == (
        other.ends.tolist(),
        other.before.tolist(),
        other.delimiters,
    )
    assert {k: v.tolist() for k, v in one.flags.items()} == {k: v.tolist() for k, v in other.flags.items()}
    assert quick.quoted == careful.quoted


@FEW
@given(table=TABLE, end=st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_well_is_read_the_quick_way(table: list[list[str]], end: str) -> None:
    def refused(self: QuoteRuns, *_: object) -> NoReturn:
        raise AssertionError("the careful way was taken")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuoteRuns, "decide", refused)
        structure = ByteStructure(Shape())
        found = structure.decide(structure.look(chunk_of(written(table, end))))
    assert len(found.ends) == len(table)
    assert (structure.quoted, found.flags[QUOTES].tolist()) == (False, [])


@pytest.mark.parametrize("text", ['a,x"y\n', 'a,"b"c\n', 'a,b""c\n', 'a, "b"\n', '"a"\r,b\n', 'a,""b\n'])
def test_a_quote_out_of_place_is_read_the_careful_way(text: str) -> None:
    structure = ByteStructure(Shape())
    look = structure.look(chunk_of(text.encode()))
    assert look.quotes is not None and look.newlines is not None and look.delimiters is not None
    within = quote_words.inside(look.quotes, quoted=False)
    parting, ending = look.newlines | look.delimiters, structure._line_ends(look)
    assert not quote_words.are_in_place(look.quotes, within, parting, ending, len(text))


@FEW
@given(bits=st.lists(st.booleans(), max_size=300), data=st.data())
def test_marks_are_found_and_counted(bits: list[bool], data: st.DataObject) -> None:
    words = quote_words.marks(np.array(bits, bool))
    assert quote_words.places(words).tolist() == [n for n, bit in enumerate(bits) if bit]
    at = sorted(data.draw(st.sets(st.integers(0, max(len(bits) - 1, 0)), max_size=20)))
    before, total = quote_words.counts_before(words, np.array(at, np.int64))
    assert (before.tolist(), total) == ([sum(bits[:n]) for n in at], sum(bits))
    assert quote_words.at(words, np.array(at, np.int64)).tolist() == [bits[n] if bits else False for n in at]


STRANGE = (
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\xef\xbf\xbf",
    b"\xe2\x82",
    b"\xf0\x80\x80\xaf",
)
"""A surrogate, beyond the last character, five bytes, no character but allowed, cut off, longer than need be."""


@FEW
@given(
    data=st.one_of(
        st.binary(max_size=40),
        st.lists(st.sampled_from((b"a", *STRANGE)), max_size=6).map(b"".join),
        st.lists(
            st.sampled_from(
                (b"a", "é".encode(), "€".encode(), "😀".encode(), b"\x80", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xff")
            ),
            max_size=12,
        ).map(b"".join),
    )
)
def test_arrow_and_python_agree_on_what_is_utf8(data: bytes) -> None:
    try:
        data.decode("utf-8")
        is_text = True
    except UnicodeDecodeError:
        is_text = False
    assert byte_structure._is_utf8(chunk_of(data)) is is_text


@FEW
@given(
    steps=st.lists(st.lists(st.sampled_from([1, 7, 255, 256, 65_535, 65_536, 5_000_000_000]), max_size=6), max_size=8),
    data=st.data(),
)
def test_starts_are_given_back(steps: list[list[int]], data: st.DataObject) -> None:
    starts, offsets, at = RecordStarts(), [], 3
    for block in steps:
        here = []
        for step in block:
            here.append(at)
            at += step
        starts.append(np.array(here, np.int64))
        offsets += here
    starts.end = at
    assert starts.count == len(offsets)
    asked = sorted(data.draw(st.sets(st.integers(1, len(offsets) + 1), max_size=12)))
    assert starts.offsets(np.array(asked, np.int64)).tolist() == [[*offsets, at][n - 1] for n in asked]
    size = data.draw(st.sampled_from([1, 300, 70_000]))
    runs = list(starts.runs(size))
    assert [n for first, behind in runs for n in range(first, behind)] == list(range(1, len(offsets) + 1))
    assert all(offsets[behind - 2] - offsets[first - 1] < size for first, behind in runs)


def test_a_record_costs_two_bytes_of_memory(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"h,i\n" + b'1,"twenty-one characters"\n' * 400_000)
    index = index_records(path, Shape())
    kept = sum(steps.nbytes for steps in index.starts.steps) + 8 * 2 * len(index.starts.bases)
    assert index.count == 400_000
    assert kept < 2 * index.count
