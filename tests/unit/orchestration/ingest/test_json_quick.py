"""Lines read by one parse give what they give token by token: values, failures, numbers and names."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.compile_checks import compile_checks
from orchestration.ingest import accept, json_walk, record_rules
from orchestration.ingest.caps import Caps
from orchestration.ingest.dialect import dialect
from orchestration.ingest.readers import jsonl
from orchestration.ingest.reading import RECORD
from orchestration.ingest.refusal import Refusal
from orchestration.ingest.workplace import Engine, Workplace
from tests.unit.orchestration.ingest.conftest import MakeTown, Town

MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def column(name: str, kind: str, physical: str | None = None, **options: Any) -> dict[str, Any]:
    """A public column of a logical type."""
    told: dict[str, Any] = {"name": name, "logicalType": kind, "classification": "public"}
    told |= {"physicalType": physical} if physical else {}
    return told | ({"logicalTypeOptions": options} if options else {})


NEW_YORK: dict[str, Any] = {"timezone": False, "defaultTimezone": "America/New_York"}
COLUMNS = (
    column("name", "string"),
    column("amount", "number"),
    column("whole", "integer"),
    column("money", "number", "DECIMAL(38,4)"),
    column("flag", "boolean"),
    column("day", "date"),
    column("hour", "time"),
    column("at", "timestamp", **NEW_YORK),
    column("counted", "timestamp", format="epoch_ms"),
    column("thing", "object"),
    column("several", "array"),
    {**column("odd", "string"), "physicalName": "a.b/c d'e~año"},
)
TOKENS = (
    '"x"', '""', '" "', '"12"', '"1.10"', '"-"', '"n/a"', '"true"', '"inf"', '"2026-01-02"', '"10:00:00"',
    '"2026-03-08T02:30:00"', '"2026-11-01T01:30:00"', '"1234567890123456.78"', "null", "true", "false", "0", "-0",
    "-0.0", "1.10", "1e5", "1E-7", "1E400", "-1e400", "12", "1700000000000", "9007199254740993", "18446744073709551615",
    "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890", "1234567890123456.78",
    "0.1000000000000000055511151231257827", "NaN", "Infinity", "-Infinity", "01", "+1", ".5", "{}", "[]",
    '{"p": 1.10, "q": [1, 2]}', '{"p": 1, "p": 2}', '[1, "\\u00e9"]', '[NaN]', '{"name": "inner"}', '"\\u0000"',
    '"a\\u202eb"', '"\\u2026"', '"\\u0041"', '"\\ud83d\\ude00"', '"\\ud800"', '"C:\\\\bin"', '"\\b"', '"\\n"', '"é"',
    '"\x7f"', '"\u202e"', '"a\\"b"', '"\\/"', '"\\x"', "'x'", "[1,]", "",
)  # fmt: skip
OTHERS = ("new", "NEW", "Name", "n\\u0061me", "na me", "", "a/b", ":@x", "año", "e\\u0301", "\\u0000", "$.x", "'", "é")
KEYS = (*(json.dumps(c.get("physicalName", c["name"]), ensure_ascii=False)[1:-1] for c in COLUMNS), *OTHERS)
ODD_LINES = (
    "", " ", "\t", "[1]", '"x"', "7", "null", "{", "}", '{"q\\"t": "a"}', '{"b\\\\t": "a"}',
    '{"name": "a"} {"name": "b"}', '{"name": "a"}{', '{"name": "a",}',
    '{"name"', '  {"name": "led"}', '{"name": "tail"}  ', '{"name":\t"tab"}', "{}", '{"name": "a"} // no',
)  # fmt: skip

FITTING = {
    "name": ('"x"', '""', "null"),
    "amount": ('"1.10"', "1.10", "-0", "1e5"),
    "whole": ("12", '"12"'),
    "money": ("1.10", '"1234567890123456.78"', "12"),
    "flag": ("true", '"no"'),
    "day": ('"2026-01-02"', "null"),
    "hour": ('"10:00:00"',),
    "at": ('"2026-07-01T12:00:00"', '"2026-03-08T02:30:00"'),
    "counted": ("1700000000000", '"1700000000000"'),
    "thing": ('{"p": 1.10, "q": [1, 2]}', "{}"),
    "several": ('[1, "\\u00e9"]',),
    "new": ('"n"', "1", '{"deep": [{}]}'),
}


@st.composite
def fitting_lines(draw: st.DrawFn) -> str:
    """A line that holds what the contract says, but for the order of its names."""
    names = draw(st.lists(st.sampled_from(sorted(FITTING)), unique=True))
    return "{" + ",".join(f'"{name}":{draw(st.sampled_from(FITTING[name]))}' for name in names) + "}"


@st.composite
def any_lines(draw: st.DrawFn) -> str:
    """A line of any names, as often as it happens, with any tokens and blanks."""
    members = draw(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(TOKENS)), max_size=5))
    blank = draw(st.sampled_from(["", " ", "\t"]))
    return "{" + f",{blank}".join(f'"{key}"{blank}:{blank}{token}' for key, token in members) + "}"


LINES = st.lists(st.one_of(fitting_lines(), fitting_lines(), any_lines(), st.sampled_from(ODD_LINES)), max_size=12)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET threads = 2; SET disabled_optimizers = 'in_clause'")
        yield connection


def read(town: Town, connection: duckdb.DuckDBPyConnection, path: Path, *, quickly: bool) -> dict[str, Any]:
    """All that is told of the lines at ``path``; or their refusal."""
    contract = town.contract
    place = Workplace(connection, path.parent, Engine())
    try:
        reading = jsonl.read_lines(path, contract, dialect(contract), place.folder, Caps(), quickly=quickly)
    except Refusal as refusal:
        return {"refused": refusal.what}
    told: dict[str, Any] = {
        "received": reading.received,
        "malformed": {reason: numbers.tolist() for reason, numbers in reading.malformed.items()},
        "names": sorted(reading.walked.names),
    }
    try:
        reading.find_drift()
    except Refusal as refusal:
        return {**told, "refused": refusal.what}
    rules = record_rules.RecordRules(reading, compile_checks(contract))
    tried = 0

    def pieces() -> Iterator[Any]:
        nonlocal tried
        for piece in reading.pieces():
            tried += piece.trial is not None
            yield replace(piece, relation=rules.splitting(piece.relation))
            if piece.trial is not None:
                tried -= piece.trial.left > 0

    rows = [row for table in accept._run(connection, pieces()) for row in table.to_pylist()]
    # A record that fails is read again token by token: what else it holds is not taken from here.
    told["rows"] = [
        (row[RECORD], "fails" if row[accept.FLAG] else [_plain(row[c.name]) for c in contract.columns]) for row in rows
    ]
    told["quickly"] = tried
    return told


def _plain(value: Any) -> Any:
    """A value that equals itself, and is told from another of its kind."""
    return repr(value) if isinstance(value, float) and (math.isnan(value) or value == 0) else value


def same(town: Town, connection: duckdb.DuckDBPyConnection, data: bytes) -> int:
    """Lines read in both ways give the same; how many pieces were read quickly to their end."""
    path = town.folder / "lines.jsonl"
    path.write_bytes(data)
    slow = read(town, connection, path, quickly=False)
    fast = read(town, connection, path, quickly=True)
    assert slow.pop("quickly", 0) == 0
    quickly = fast.pop("quickly", 0)
    assert fast == slow
    return int(quickly)


@MANY
@given(
    lines=LINES,
    end=st.sampled_from(["\n", "\n", "\r\n"]),
    ended=st.booleans(),
    block=st.sampled_from([1, 120, 1 << 18]),
    worth=st.sampled_from([1, 1 << 25]),
    stream=st.sampled_from([100, 1 << 29]),
    most=st.sampled_from([0, 2, 50]),
)
def test_quickly_or_token_by_token(
    make_town: MakeTown, connection: duckdb.DuckDBPyConnection, lines: list[str], end: str, **given_: Any
) -> None:
    town = make_town(*COLUMNS, server={"format": "jsonl"})
    text = end.join(lines) + (end if given_["ended"] else "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_walk, "BLOCK", given_["block"])
        patch.setattr(json_walk, "WORTH", given_["worth"])
        patch.setattr(json_walk, "MOST_OTHERWISE", given_["most"])
        patch.setattr(jsonl, "STREAM", given_["stream"])
        same(town, connection, text.encode())


@pytest.mark.parametrize("name", sorted(FITTING))
def test_lines_that_fit_are_read_quickly(make_town: MakeTown, connection: duckdb.DuckDBPyConnection, name: str) -> None:
    town = make_town(*COLUMNS, server={"format": "jsonl"})
    lines = [
        f'{{"{name}":{token},"whole":1}}' if name != "whole" else f'{{"{name}":{token}}}' for token in FITTING[name]
    ]
    assert same(town, connection, "\n".join(lines).encode()) == 1


@pytest.mark.parametrize("token", TOKENS)
def test_each_token_in_each_column(
    make_town: MakeTown, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setattr(json_walk, "WORTH", 1)
    town = make_town(*COLUMNS, server={"format": "jsonl"})
    keys = [json.dumps(c.get("physicalName", c["name"]), ensure_ascii=False) for c in COLUMNS]
    same(town, connection, "".join(f"{{{key}:{token}}}\n" for key in keys).encode())


@pytest.mark.parametrize("line", ODD_LINES)
def test_each_odd_line_between_others(make_town: MakeTown, connection: duckdb.DuckDBPyConnection, line: str) -> None:
    town = make_town(column("name", "string"), server={"format": "jsonl"})
    for lines in ([line], [line, '{"name":"a"}'], ['{"name":"a"}', line, line]):
        for end in ("\n", "\r\n"):
            same(town, connection, (end.join(lines) + end).encode())


@pytest.mark.parametrize(
    "twice",
    [
        '{"name":"a","name":"a"}',
        '{"name":null,"name":null}',
        '{"name":"a","n\\u0061me":"a"}',
        '{"new":1,"new":1}',
        '{"new":null,"new":null}',
        '{"new":{"x":1},"n\\u0065w":[]}',
        '{"late":1,"late":2}',
        "{" + ",".join(f'"{name}":null' for name in sorted(FITTING)) + ',"day":null}',
    ],
)
@pytest.mark.parametrize(("at", "of"), [(0, 3), (1, 2), (2500, 2600)])
def test_a_name_twice_breaks_off_and_is_told_as_ever(
    make_town: MakeTown, connection: duckdb.DuckDBPyConnection, twice: str, at: int, of: int
) -> None:
    town = make_town(*COLUMNS, server={"format": "jsonl"})
    lines = [f'{{"name":"{n}","amount":{n}.5,"new":{n}}}' for n in range(of)]
    lines[at] = twice
    told = broken_off(town, connection, lines)
    assert [n for n, row in told if row == "fails"] == [at + 1]
    assert [n for n, _ in told] == list(range(1, of + 1))
    assert all(row == "fails" or row[0] == str(n - 1) for n, row in told)


def broken_off(town: Town, connection: duckdb.DuckDBPyConnection, lines: list[str]) -> list[Any]:
    """What is told of lines that are not read quickly to their end."""
    path = town.folder / "lines.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    told = read(town, connection, path, quickly=True)
    assert told["quickly"] == 0
    return list(told["rows"])


def test_what_was_handed_over_before_a_break_stays(
    make_town: MakeTown, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = make_town(column("name", "string"), server={"format": "jsonl"})
    lines = [f'{{"name":"{n}"}}' for n in range(100_000)]
    lines[90_000] = '{"name":"a","name":"b"}'
    left: list[int] = []
    copied = jsonl.JsonlReading._copied

    def noted(reading: jsonl.JsonlReading, numbers: Any, target: Path) -> Path:
        left.append(len(numbers))
        return copied(reading, numbers, target)

    monkeypatch.setattr(jsonl.JsonlReading, "_copied", noted)
    told = broken_off(town, connection, lines)
    assert len(left) == 1
    assert 10_000 <= left[0] < 100_000
    assert told == [(n + 1, "fails" if n == 90_000 else [str(n)]) for n in range(100_000)]


def test_few_other_lines_do_not_keep_the_rest_from_it(
    make_town: MakeTown, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_walk, "WORTH", 1000)
    town = make_town(*COLUMNS, server={"format": "jsonl"})
    lines = [f'{{"name":"{n}","whole":{n}}}' for n in range(2000)]
    lines[500] = lines[502] = '{"name":7}'
    lines[1200] = '{"name":"\\u0000"}'
    lines[1999] = '{"day":20260101}'
    assert same(town, connection, "\n".join(lines).encode()) == 3


def test_names_that_differ_by_case_alone_are_read_token_by_token(
    make_town: MakeTown, connection: duckdb.DuckDBPyConnection
) -> None:
    town = make_town(*COLUMNS, server={"format": "jsonl"})
    assert same(town, connection, b'{"name":"a"}\n{"NAME":"b"}\n') == 0
    assert same(town, connection, b'{"new":"a"}\n{"NEW":"b"}\n') == 0


def test_a_column_whose_name_json_escapes_is_read_token_by_token(
    make_town: MakeTown, connection: duckdb.DuckDBPyConnection
) -> None:
    town = make_town({**column("odd", "string"), "physicalName": 'a"b'}, server={"format": "jsonl"})
    assert same(town, connection, b'{"a\\"b":"x"}\n') == 0


def test_many_lines_that_do_not_fit_end_the_trying(make_town: MakeTown, tmp_path: Path) -> None:
    town = make_town(*COLUMNS, server={"format": "jsonl"})
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"name":"ok"}\n' + b'{"name":7,"whole":123456789}\n' * 600_000)
    reading = jsonl.read_lines(path, town.contract, dialect(town.contract), tmp_path, Caps(), quickly=True)
    assert reading.walked.upto < 600_000
    assert len(reading.walked.otherwise) < 600_000
    assert reading.walked.names == {"name", "whole"}
