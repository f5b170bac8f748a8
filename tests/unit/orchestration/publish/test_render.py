"""Renditions: what stands in them, in which order, and that nothing is lost on the way to CSV and GeoJSON."""

from __future__ import annotations

import csv
import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.engines.sql import parquet
from contracts.errors import InputError, PromiseBroken
from contracts.model import Contract
from orchestration.publish import content_hash, geojson
from orchestration.publish.render import render
from tests.unit.orchestration.publish.publish_world import PRODUCT, World, changed, quality_of, rows


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.deliver()
    return made


def edited(world: World, edit: Any) -> None:
    world.product = changed(PRODUCT, edit)


def test_each_tier_has_its_columns_and_the_order_of_the_key(world: World, tmp_path: Path) -> None:
    internal, public = render(world.job(), tmp_path / "out")
    assert internal.names == tuple(c.name for c in world.contract.columns)
    assert public.names == ("case_id", "category", "opened_date", "days_open", "score")
    for rendition in (internal, public):
        keys = [r[0] for r in duckdb.sql(f"SELECT case_id FROM {parquet(rendition.data)}").fetchall()]
        assert keys == sorted(keys)
        assert rendition.rows == len(keys) == 40


def test_an_unclassified_column_counts_as_the_most_restrictive(world: World, tmp_path: Path) -> None:
    def edit(document: dict[str, Any]) -> None:
        del document["schema"][0]["properties"][4]["classification"]
        words = document["customProperties"]
        next(w for w in words if w["property"] == "tier")["value"] = "restricted"
        next(w for w in words if w["property"] == "renditions")["value"] = ["restricted", "internal", "public"]

    edited(world, edit)
    restricted, internal, public = render(world.job(), tmp_path / "out")
    assert "score" in restricted.names
    assert "score" not in internal.names
    assert "score" not in public.names


def reclassified(contract: Contract, names: set[str], tier: str) -> Contract:
    """The contract with some columns in another class: what the loader refuses, and the renderer must survive."""
    columns = tuple(replace(c, classification=tier) if c.name in names else c for c in contract.columns)
    return replace(contract, object=replace(contract.object, properties=columns))


def test_a_tier_that_may_not_see_the_key_is_ordered_by_what_it_sees(world: World, tmp_path: Path) -> None:
    """The order of a hidden key would tell which public record is which."""
    table = rows()
    random.Random(7).shuffle(table)
    world.deliver([(f"C{i:05d}", *row[1:]) for i, row in enumerate(table)])
    contract = reclassified(world.contract, {"case_id"}, "internal")
    _, public = render(world.job(contract=contract), tmp_path / "out")
    assert public.order == public.names == ("category", "opened_date", "days_open", "score")
    assert not public.keyed
    there = duckdb.sql(f"SELECT * FROM {parquet(public.data)}").fetchall()
    again = duckdb.sql(f"SELECT * FROM {parquet(public.data)} ORDER BY ALL ASC NULLS LAST").fetchall()
    assert there == again
    assert quality_of(world.publish(contract=contract), "order")["result"] == "passed"


def test_a_tier_without_columns_is_an_error(world: World, tmp_path: Path) -> None:
    contract = reclassified(world.contract, {c.name for c in world.contract.columns}, "internal")
    with pytest.raises(InputError, match="would see no column"):
        render(world.job(contract=contract), tmp_path / "out")


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("CAST('Ana Marker' || case_id AS INTEGER)", "Conversion Error, to INT32 (the value is not repeated here)"),
        ("error('Ana Marker')", "Invalid Input Error"),
    ],
)
def test_a_view_that_cannot_be_worked_out_is_the_cities_mistake_and_quotes_nothing(
    world: World, tmp_path: Path, made: str, told: str
) -> None:
    with duckdb.connect(str(world.home.warehouse)) as warehouse:
        warehouse.execute("ALTER TABLE cases RENAME TO kept")
        warehouse.execute(f"CREATE VIEW cases AS SELECT * REPLACE (CAST({made} AS BIGINT) AS days_open) FROM kept")
    with pytest.raises(InputError) as caught:
        render(world.job(), tmp_path / "out")
    assert caught.value.where == "product cases"
    assert told in str(caught.value)
    assert "Marker" not in str(caught.value)


def test_csv_keeps_null_apart_from_the_empty_text(world: World, tmp_path: Path) -> None:
    table: list[tuple[Any, ...]] = [
        (f"C{i}", text, None, None, None, None, "B1", None) for i, text in enumerate(("", " ", '"', ",", "\n", "\r\n"))
    ]
    table.append(("C9", "NULL", None, None, 0.1 + 0.2, None, "B1", None))
    world.deliver(table)
    _, public = render(world.job(), tmp_path / "out")
    data = (public.folder / "data.csv").read_bytes()
    assert data.startswith(b'case_id,category,opened_date,days_open,score\nC0,"",,,\nC1, ,,,\n')
    with (public.folder / "data.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert [r["category"] for r in read] == ["", " ", '"', ",", "\n", "\r\n", "NULL"]
    assert float(read[-1]["score"]) == 0.1 + 0.2
    assert quality_of(world.publish(), "copies_agree")["result"] == "passed"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12), min_size=1, max_size=8),
    numbers=st.lists(st.floats(allow_nan=True), min_size=8, max_size=8),
)
def test_any_text_and_number_survives_csv(tmp_path: Path, texts: list[str], numbers: list[float]) -> None:
    """Written by the renderer's own options and read back as the gate does, the digest is the same."""
    path = tmp_path / "t.parquet"
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (id BIGINT, a VARCHAR, x DOUBLE)")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?, ?)", [(i, t, numbers[i % 8]) for i, t in enumerate([*texts, None])]
        )
        connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
        connection.execute(f"COPY t TO '{path}.csv' (FORMAT csv, HEADER true, NULLSTR '')")
        typed = [("id", "BIGINT"), ("a", "VARCHAR"), ("x", "DOUBLE")]
        columns = "{'id': 'BIGINT', 'a': 'VARCHAR', 'x': 'DOUBLE'}"
        reader = (
            f"read_csv('{path}.csv', header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
            f"nullstr = '', allow_quoted_nulls = false, columns = {columns})"
        )
        assert content_hash.digest(connection, reader, typed) == content_hash.digest(connection, "t", typed)


def test_copies_are_left_out_where_the_contract_does_not_offer_them(world: World, tmp_path: Path) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["customProperties"].append({"property": "formats", "value": ["parquet"]})

    edited(world, edit)
    assert {r.files for r in render(world.job(), tmp_path / "out")} == {("data.parquet",)}


def test_large_products_have_no_copies(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.publish.render.ROWS_FOR_COPIES", 39)
    assert {r.files for r in render(world.job(), tmp_path / "out")} == {("data.parquet",)}


def shaped(world: World, wkt: str | None) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["customProperties"].append({"property": "geometry", "value": {"column": "category", "format": "wkt"}})
        document["schema"][0]["properties"][1]["required"] = False

    edited(world, edit)
    world.deliver([(r[0], wkt, *r[2:]) for r in rows(3)])


def test_geojson_holds_the_tier_s_other_columns_and_the_shape(world: World) -> None:
    shaped(world, "POLYGON ((-74.10 4.50, -74 4.6, -74.1 4.7, -74.10 4.50))")
    assert world.publish().outcome == "published"
    path = world.home.releases / "public/cases/1/data.geojson"
    assert b"[-74.10,4.50]" in path.read_bytes()
    value = json.loads(path.read_bytes())
    assert value["type"] == "FeatureCollection"
    assert [f["properties"]["case_id"] for f in value["features"]] == ["C00000", "C00001", "C00002"]
    assert set(value["features"][0]["properties"]) == {"case_id", "opened_date", "days_open", "score"}
    assert value["features"][0]["geometry"]["coordinates"][0][0] == [-74.10, 4.50]


def test_a_shape_that_is_no_shape_holds(world: World) -> None:
    shaped(world, "CIRCLE (1 2 3)")
    result = world.publish()
    assert result.outcome == "held"
    assert "rendered" in {r.rule for r in result.reasons}
    assert quality_of(result, "order")["result"] == "not run"


def test_a_number_that_json_cannot_hold_closes_the_gate(world: World) -> None:
    shaped(world, None)
    world.deliver([(*r[:4], float("inf"), *r[5:]) for r in world.table])
    result = world.publish()
    assert "copies_agree" in {r.rule for r in result.reasons}
    assert "not JSON" in quality_of(result, "copies_agree")["detail"]


@pytest.mark.parametrize(
    ("wkt", "expected"),
    [
        ("POINT (-74.0 4.50)", {"type": "Point", "coordinates": [-74.0, 4.5]}),
        ("point(1 2)", {"type": "Point", "coordinates": [1, 2]}),
        ("LINESTRING (0 0, +1 .5, 2e-1 007)", {"type": "LineString", "coordinates": [[0, 0], [1, 0.5], [0.2, 7]]}),
        ("MULTIPOINT ((0 0), (1 1))", {"type": "MultiPoint", "coordinates": [[0, 0], [1, 1]]}),
        ("MULTIPOINT (0 0, 1 1)", {"type": "MultiPoint", "coordinates": [[0, 0], [1, 1]]}),
        (
            "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5), (5.1 5.1, 5.2 5.1, 5.2 5.2, 5.1 5.1)))",
            {
                "type": "MultiPolygon",
                "coordinates": [
                    [[[0, 0], [1, 0], [1, 1], [0, 0]]],
                    [[[5, 5], [6, 5], [6, 6], [5, 5]], [[5.1, 5.1], [5.2, 5.1], [5.2, 5.2], [5.1, 5.1]]],
                ],
            },
        ),
        ("POLYGON EMPTY", {"type": "Polygon", "coordinates": []}),
    ],
)
def test_wkt_becomes_geojson(wkt: str, expected: dict[str, Any]) -> None:
    assert json.loads(geojson.geometry(wkt)) == expected


@pytest.mark.parametrize(
    "wkt",
    [
        "",
        "POINT",
        "POINT (1)",
        "POINT Z (1 2 3)",
        "POLYGON ((0 0, 1 1)",
        "POINT (a b)",
        "GEOMETRYCOLLECTION (POINT (1 2))",
    ],
)
def test_what_is_no_such_shape_is_refused(wkt: str) -> None:
    with pytest.raises(PromiseBroken, match="well-known text"):
        geojson.geometry(wkt)


TYPED = [("n", "BIGINT"), ("t", "VARCHAR"), ("x", "DOUBLE"), ("at", "TIMESTAMP")]
TABLE = (
    "(VALUES (1, 'a|b', 0.5::DOUBLE, TIMESTAMP '2026-01-01 10:00:00'), (2, NULL, NULL, NULL), "
    "(3, '', 1e-7, NULL)) AS t(n, t, x, \"at\")"
)


def test_the_digest_is_what_its_description_says() -> None:
    """Computed again in plain Python, from the description alone."""
    with duckdb.connect() as connection:
        found, count = content_hash.digest(connection, TABLE, TYPED)
    texts = [("|2026-01-01 10:00:00|1|0.5|", "t=a|b"), ("||2||",), ("||3|1e-07|", "t=")]
    high = low = 0
    for parts in texts:
        number = 0
        for part in parts:
            number ^= int.from_bytes(hashlib.md5(part.encode(), usedforsecurity=False).digest(), "little")
        high, low = high + (number >> 64), low + (number & (2**64 - 1))
    facts = {"columns": sorted(map(list, TYPED)), "rows": 3, "sums": [str(high), str(low)]}
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, indent=2) + "\n"
    assert (found, count) == (hashlib.sha256(text.encode()).hexdigest(), 3)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("(VALUES (3, ''), (1, 'a'), (2, NULL)) AS t(n, t)", True),
        ("(SELECT n, t FROM (VALUES ('a', 1), (NULL, 2), ('', 3)) AS s(t, n))", True),
        ("(VALUES (1, 'a'), (2, ''), (3, NULL)) AS t(n, t)", False),
        ("(VALUES (1, 'a'), (2, NULL), (3, ''), (3, '')) AS t(n, t)", False),
        ("(VALUES (1, 'a|'), (2, NULL), (3, '')) AS t(n, t)", False),
    ],
)
def test_the_digest_tells_records_apart_and_not_their_order(other: str, same: bool) -> None:
    typed = [("n", "INTEGER"), ("t", "VARCHAR")]
    with duckdb.connect() as connection:
        first, _ = content_hash.digest(connection, "(VALUES (1, 'a'), (2, NULL), (3, '')) AS t(n, t)", typed)
        second, _ = content_hash.digest(connection, other, list(reversed(typed)))
    assert (first == second) is same
