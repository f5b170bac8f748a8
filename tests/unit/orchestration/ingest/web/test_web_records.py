"""Records of a page: found, cut and kept as they were sent, whatever the page looks like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import OutsideError
from orchestration.ingest.web.records import all_without, split, what_it_is, without

PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
VALUES = st.recursive(PLAIN, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5), v, max_size=3))
NUMBERS = st.sampled_from([b"1.10", b"1e5", b"-0.0", b"12345678901234567890123", b"1E+5", b"0.10000000000000000000001"])
BLANKS = st.sampled_from([b"", b" ", b"\n", b"\r\n", b"\t", b" \n  "])


@given(st.lists(VALUES, max_size=6), st.lists(st.sampled_from(["result", "rec ords", "ñ"]), max_size=3), st.data())
def test_elements_are_cut_as_they_are(values: list[Any], path: list[str], data: st.DataObject) -> None:
    tokens = [json.dumps(v, ensure_ascii=False).encode() for v in values]
    tokens += data.draw(st.lists(NUMBERS, max_size=3))
    gap = data.draw(BLANKS)
    body = b"[" + (gap + b"," + gap).join(gap + one + gap for one in tokens) + b"]"
    for name in reversed(path):
        beside = json.dumps({"x": values, name + "2": 1}).encode()[1:-1]
        body = b"{" + beside + b"," + gap + json.dumps(name).encode() + gap + b":" + body + gap + b"}"
    assert split(gap + body + gap, tuple(path)) == tokens


@given(VALUES, BLANKS, NUMBERS)
def test_a_line_end_between_tokens_goes_and_nothing_else(value: Any, gap: bytes, number: bytes) -> None:
    record = b"{" + gap + b'"n"' + gap + b":" + gap + number + gap + b"," + json.dumps({"v": value}).encode()[1:]
    (found,) = split(b"[" + record + b"]")
    assert b"\n" not in found and b"\r" not in found
    assert msgspec.json.decode(found, type=dict[str, msgspec.Raw])["n"] == msgspec.Raw(number)
    assert json.loads(found) == json.loads(record)
    if b"\n" not in record:
        assert found == record


ODD = [
    (b'[{"a":NaN}, {"a":-Infinity,\n"b":1.10}]', [b'{"a":NaN}', b'{"a":-Infinity, "b":1.10}']),
    (b'[{"a":1,"a":2}]', [b'{"a":1,"a":2}']),
    (b'[{"a":"\\ud800"},{"b":1}]', [b'{"a":"\\ud800"}', b'{"b":1}']),
    (b'[{"a":"\xff"}]', [b'{"a":"\xff"}']),
    (b'[{"a":"\xff","b":NaN}]', [b'{"a":"\xff","b":NaN}']),
    (b'[{"a":"x\ny",\r\n"b":"\\"\\\\"},7]', [b'{"a":"x\x01y", "b":"\\"\\\\"}', b"7"]),
    (b"\xef\xbb\xbf[1]", [b"1"]),
    (b"[]", []),
    (b'[ {"a" : 1e5000} ]', [b'{"a" : 1e5000}']),
]


@pytest.mark.parametrize(("body", "records"), ODD, ids=range(len(ODD)))
def test_odd_records_go_on_as_they_came(body: bytes, records: Sequence[bytes]) -> None:
    assert split(body) == records
    assert split(b'{"x":NaN,"r":{"s":' + body.removeprefix(b"\xef\xbb\xbf") + b"}}", ("r", "s")) == split(body)


NO_RECORDS = [
    (b"<!DOCTYPE html><html>down</html>", "an HTML page", True),
    (b"  <?xml version='1.0'?>", "XML", True),
    (b'[{"a":1}', "a JSON array that is cut off or broken", True),
    (b'[{"a":1}] tail', "a JSON array that is cut off or broken", True),
    (b'[{"a":1},]', "a JSON array that is cut off or broken", True),
    (b'{"result":{"records":[1', "a JSON object that is cut off or broken", True),
    (b"", "an empty answer", True),
    (b"busy", "text that is not JSON", True),
    (b'{"error":{"message":"SECRET"}}', "an object with error", False),
    (b"{}", "an empty object", False),
    (b'"SECRET"', "a single value", False),
    (b"[" * 100_000 + b"]" * 100_000, "a JSON array that is cut off or broken", True),
]


@pytest.mark.parametrize(("body", "found", "again"), NO_RECORDS, ids=range(len(NO_RECORDS)))
@pytest.mark.parametrize("path", [(), ("result", "records")], ids=["top", "below"])
def test_what_holds_no_records_is_named(body: bytes, found: str, again: bool, path: tuple[str, ...]) -> None:
    with pytest.raises(OutsideError, match="holds no records") as caught:
        split(body, path, shown="https://data.example.org/x")
    assert (caught.value.found, caught.value.retry) == (found, again)
    assert caught.value.where == "https://data.example.org/x"
    assert "SECRET" not in str(caught.value)


def test_an_array_in_another_place_is_none() -> None:
    for body in (b"[1]", b'{"result":[1]}', b'{"result":{"records":{}}}', b'{"result":{"records":null}}'):
        with pytest.raises(OutsideError):
            split(body, ("result", "records"))


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("311/nyc/soda_fhrw-4uyv_1000.json", 1000),
        ("api/socrata/seattle_police_911/crimes-page.json", 1000),
        ("api/socrata/seattle_police_911/earthquakes.json", 1000),
        ("api/socrata/sodapy_fixtures/bike_counts_page_1.json", 1000),
        ("api/socrata/sodapy_fixtures/get_songs_unicode.txt", None),
    ],
)
def test_recorded_pages_are_cut_record_for_record(shared_data: Path, name: str, count: int | None) -> None:
    body = (shared_data / name).read_bytes()
    found = split(body)
    assert [json.loads(one) for one in found] == json.loads(body)
    assert count in (None, len(found))
    assert all(one in body for one in found if b"\n" not in one and b'" :' not in body)


# Members that only show the way --------------------------------------------------------------------------------------

WAY = (":id", ":updated_at", "_id")


@given(
    st.dictionaries(st.text(max_size=6) | st.sampled_from(WAY), VALUES, max_size=5),
    st.permutations(WAY),
    st.lists(st.sampled_from(["first", "last", "nowhere"]), min_size=3, max_size=3),
    st.sampled_from([(",", ":"), (", ", ": ")]),
)
def test_members_go_and_the_others_stay(
    record: dict[str, Any], names: Sequence[str], places: Sequence[str], marks: tuple[str, str]
) -> None:
    for name, place in zip(names, places, strict=True):
        if place == "first":
            record = {name: "row-1", **{k: v for k, v in record.items() if k != name}}
        elif place == "last":
            record = {**{k: v for k, v in record.items() if k != name}, name: 7}
    sent = json.dumps(record, separators=marks, ensure_ascii=False).encode()
    left = {name: value for name, value in record.items() if name not in WAY}
    assert json.loads(without(sent, WAY)) == left
    if left == record:
        assert without(sent, WAY) == sent


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        (b'{"a":1.10,":updated_at":"x",":id":"row-1"}', b'{"a":1.10}'),
        (b'{":id":"row-1","a":1e5}', b'{"a":1e5}'),
        (b'{"_id": 3, "a": 12345678901234567890123}', b'{"a": 12345678901234567890123}'),
        (b'{"a":{":id":"r"}}', b'{"a":{":id":"r"}}'),
        (b'{"a":{":id":"r"},":id":"q"}', b'{"a":{":id":"r"}}'),
        (b'{"a":1,":id":"q","b":1.10}', b'{"a":1,"b":1.10}'),
        (b'{":id":"q"}', b"{}"),
        (b'{":id":"q",":updated_at":":id"}', b"{}"),
        (b'{"a":"\\",\\":id\\":\\"x\\"}"}', b'{"a":"\\",\\":id\\":\\"x\\"}"}'),
        (b'{"a":":id"}', b'{"a":":id"}'),
        (b'[":id"]', b'[":id"]'),
        (b'{":id":"q" broken', b'{":id":"q" broken'),
    ],
)
def test_members_go_wherever_they_stand(sent: bytes, left: bytes) -> None:
    assert without(sent, WAY) == left


def test_nothing_goes_where_nothing_is_named() -> None:
    assert without(b'{":id":"q"}', ()) == b'{":id":"q"}'


def test_an_error_page_is_told_in_words_without_its_values() -> None:
    assert what_it_is(b'{"message":"SECRET","code":1}') == "an object with message, code"
    assert what_it_is(b"[1]") == "an array"


@pytest.mark.parametrize("names", [(":id",), (":id", ":@area"), ("_id", "rank")])
def test_a_page_is_cut_as_its_records_are(names: tuple[str, ...]) -> None:
    records = [
        b'{"a":1,":@area":"3",":id":"r"}',
        b'{"a":"x,",":id":"r"}',
        b'{":id":"r","a":1,":@area":"2"}',
        b'{":id":"r","a":1,":@area":"2",":id":"q"}',
        b'{"a":{"b":1,":id":"5"}}',
        b'{"a":{"b":1,":id":"5"},":@area":null,":id":"6"}',
        b'{":id":"1"}',
        b"{}",
        b"[1]",
        b'{"a":"\\",\\":id\\":\\"x\\"}"}',
        b'{"a":1, ":@area":"2", ":id":"x"}',
        b'{"a":1,":idx":"x",":@area":"2",":id":"z"}',
        b'{"a":1,":@area":"2",":id":"x\\"y"}',
        b'{"a":1,":@area":"2",":id":"x","b":2}',
        b'{"_id":1,"a":2,"rank":0.5}',
    ]
    for first in records:
        page = [first, *records]
        assert list(all_without(page, names)) == [without(record, names) for record in page]
