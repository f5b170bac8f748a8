"""Whole families of good input: every encoding, header, quoting and JSON text comes through as it was written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.ingest import prepare
from orchestration.ingest.caps import Caps
from orchestration.ingest.columns import header_names, match
from orchestration.ingest.dialect import CODECS, dialect
from orchestration.ingest.readers import csv as csv_reader
from orchestration.ingest.readers import json as json_reader
from orchestration.ingest.refusal import Refusal
from orchestration.ingest.workplace import Engine, Workplace
from tests.unit.orchestration.ingest.conftest import MakeTown

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = {"logicalType": "string", "classification": "public"}
NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@FEW
@given(data=st.data(), encoding=st.sampled_from(sorted(CODECS)), chunk=st.sampled_from([1, 2, 3, 1 << 20]))
def test_7_every_declared_encoding_gives_its_text(
    make_town: MakeTown,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    data: st.DataObject,
    encoding: str,
    chunk: int,
) -> None:
    monkeypatch.setattr(prepare, "CHUNK", chunk)
    letters = st.characters(codec=CODECS[encoding], exclude_categories=["Cc", "Cs"])
    text = "id,name\n" + data.draw(st.text(letters, max_size=30)) + "\n"
    raw = text.encode(CODECS[encoding])
    town = make_town({"name": "id", **TEXT}, server={"format": "csv", "encoding": encoding})
    (tmp_path / "raw").write_bytes(raw)
    try:
        plain = prepare.prepare(tmp_path / "raw", dialect(town.contract), tmp_path, Caps())
    except Refusal as refusal:
        # A one-byte encoding whose bytes happen to be UTF-8 beyond ASCII is taken for a wrong declaration.
        assert refusal.what == "the file is not in the declared encoding"
        assert encoding in ("latin-1", "windows-1252")
        assert not raw.decode("utf-8").isascii()
    else:
        assert plain.read_bytes().decode("utf-8-sig") == text


@FEW
@given(
    names=st.lists(NAMES, min_size=1, max_size=6, unique_by=str.casefold),
    extra=st.lists(NAMES, max_size=3),
    chance=st.randoms(use_true_random=False),
    delimiter=st.sampled_from([",", ";", "\t"]),
    always=st.booleans(),
)
def test_6_16_any_header_is_matched_by_its_names(
    make_town: MakeTown, names: list[str], extra: list[str], chance: object, delimiter: str, always: bool
) -> None:
    folded = {name.casefold() for name in names}
    added = []
    for name in extra:
        if name.casefold() not in folded:
            folded.add(name.casefold())
            added.append(name)
    shown = [*names, *added]
    chance.shuffle(shown)  # type: ignore[attr-defined]
    columns = [{"name": f"c{n}", "physicalName": name, **TEXT} for n, name in enumerate(names)]
    town = make_town(*columns, server={"format": "csv", "delimiter": delimiter})
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL if always else csv.QUOTE_MINIMAL).writerow(shown)
    declared = dialect(town.contract)
    found = match(header_names(out.getvalue().encode(), declared), town.contract, declared)
    assert [shown[p] for p in found.positions if p is not None] == names
    assert set(found.drift.added) == set(added)
    assert found.width == len(shown)


@FEW
@given(
    rows=st.lists(
        st.lists(st.text(alphabet="ab,;'\"|\\ \n", max_size=6), min_size=2, max_size=2), min_size=1, max_size=8
    ),
    quote=st.sampled_from(['"', "'", "|"]),
    escape=st.sampled_from([None, "\\"]),
    delimiter=st.sampled_from([",", ";"]),
)
def test_5_any_quote_and_escape_that_is_declared(
    make_town: MakeTown,
    tmp_path: Path,
    connection: duckdb.DuckDBPyConnection,
    rows: list[list[str]],
    quote: str,
    escape: str | None,
    delimiter: str,
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=delimiter,
        quotechar=quote,
        escapechar=escape,
        doublequote=escape is None,
        quoting=csv.QUOTE_ALL,
        lineterminator="\n",
    )
    writer.writerows([["x", "y"], *rows])
    server = {"format": "csv", "delimiter": delimiter, "quote": quote, "missing": []}
    town = make_town(
        {"name": "x", **TEXT}, {"name": "y", **TEXT}, server={**server, **({"escape": escape} if escape else {})}
    )
    path = tmp_path / "t.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    place = Workplace(connection, tmp_path, Engine())
    reading = csv_reader.read(path, town.contract, dialect(town.contract), place, Caps())
    assert reading.received == len(rows)
    assert not len(reading.index.malformed())
    found = []
    for piece in reading.pieces():
        query = f"SELECT __text_0, __text_1 FROM ({piece.relation})"
        found += [list(row) for row in connection.execute(query).fetchall()]
    assert found == rows


@FEW
@given(
    records=st.lists(
        st.fixed_dictionaries(
            {
                "x": st.none() | st.text(st.characters(exclude_categories=["Cs"])) | st.integers(-(10**25), 10**25),
                "~a/b": st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4),
            }
        ),
        min_size=1,
        max_size=6,
    ),
    indent=st.sampled_from([None, 2]),
    ascii_only=st.booleans(),
)
def test_11_12_texts_and_whole_numbers_of_a_document_come_exact(
    make_town: MakeTown,
    tmp_path: Path,
    connection: duckdb.DuckDBPyConnection,
    records: list[dict[str, object]],
    indent: int | None,
    ascii_only: bool,
) -> None:
    columns = ({"name": "x", **TEXT}, {"name": "y", "physicalName": "~a/b", **TEXT})
    town = make_town(*columns, server={"format": "json"})
    path = tmp_path / "t.json"
    path.write_text(json.dumps(records, indent=indent, ensure_ascii=ascii_only), encoding="utf-8")
    place = Workplace(connection, tmp_path, Engine())
    reading = json_reader.read(path, town.contract, dialect(town.contract), place, Caps())
    assert reading.received == len(records)
    # U+007F and characters that turn the reading direction are JSON, and are set aside as they are in CSV.
    malformed = set(reading.index.malformed().tolist())
    found: list[tuple[object, object]] = []
    for piece in reading.pieces():
        found += connection.execute(f"SELECT __received_0, __text_1 FROM ({piece.relation})").fetchall()
    kept_records = [record for n, record in enumerate(records, start=1) if n not in malformed]
    assert found == [(None if r["x"] is None else str(r["x"]), r["~a/b"]) for r in kept_records]
