"""The verdicts: what differs and why, what a step is let tell, what cannot be told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from contracts.flow.analysis import analyse
from contracts.flow.classes import classify
from contracts.flow.model import Leaf, LeafColumn, ModelText
from contracts.steps import flow_functions
from orchestration.proof import scratch
from orchestration.proof.comparison import Shown
from orchestration.proof.lowering import lowering
from orchestration.proof.outcome import CityProof, TierProof
from orchestration.proof.proving import Given, Setting, prove_in
from orchestration.step_functions import StepSettings

SETTINGS = StepSettings(("America/Bogota",), 10, datetime(2026, 6, 1))
DAY = "step_generalise_day(opened_at, 'America/Bogota')"
LEAVES = {
    "raw__requests": Leaf(
        "raw__requests",
        {
            "_record": LeafColumn("restricted", "BIGINT"),
            "request_id": LeafColumn("public", "VARCHAR", is_key=True),
            "category": LeafColumn("public", "VARCHAR"),
            "opened_at": LeafColumn("internal", "TIMESTAMP"),
            "phone": LeafColumn("restricted", "VARCHAR"),
            "age": LeafColumn("restricted", "INTEGER"),
        },
    ),
    "raw__watched": Leaf(
        "raw__watched", {"_record": LeafColumn("restricted", "BIGINT"), "phone": LeafColumn("restricted", "VARCHAR")}
    ),
}


def records(count: int = 200) -> dict[str, pa.Table]:
    numbers = range(count)
    start = datetime(2026, 1, 1, 12)
    return {
        "raw__requests": pa.table(
            {
                "_record": pa.array(numbers, pa.int64()),
                "request_id": [f"R{n:04}" for n in numbers],
                "category": [("Noise", "Waste", "Lights")[n % 3] for n in numbers],
                "opened_at": pa.array([start + timedelta(minutes=97 * n) for n in numbers], pa.timestamp("us")),
                "phone": [f"555-{n * 37 % 10_000:04}" for n in numbers],
                "age": pa.array([20 + n % 60 for n in numbers], pa.int32()),
            }
        ),
        "raw__watched": pa.table({"_record": pa.array([1, 2], pa.int64()), "phone": ["555-0037", "555-9999"]}),
    }


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with scratch.opened("warehouse", SETTINGS, spatial=False, memory="256MB") as opened:
        yield opened


def verdict(
    connection: duckdb.DuckDBPyConnection, sql: str, columns: str, tier: str = "public", seconds: float = 60
) -> TierProof:
    """What is found of one model that reads the two sources."""
    models = [ModelText("mart", sql)]
    classes = classify(analyse(models, LEAVES, flow_functions()), LEAVES, flow_functions())
    shown = Shown("mart", tuple(columns.split()), ("request_id",) if "request_id" in columns else ())
    setting = Setting(models, classes, SETTINGS, seconds=seconds)
    return prove_in(connection, setting, records(), [Given("mart", tier, shown)])["mart"][0]


def test_nothing_above_changes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    found = verdict(
        connection, f"select request_id, category, {DAY} as day from raw__requests", "request_id category day"
    )
    assert found.state == "same"
    assert found.bound == ("requests.opened_at",)
    assert found.varied == ("requests._record", "requests.age", "requests.opened_at", "requests.phone")
    assert (found.columns, found.worlds, found.free_columns, found.free_worlds) == (3, 4, 2, 3)


@pytest.mark.parametrize(
    ("expression", "guilty"),
    [
        ("phone = '555-0000'", "requests.phone"),
        ("age between 117 and 118", "requests.age"),
        ("length(phone) > 11", "requests.phone"),
        ("phone = category", "requests.phone"),
        ("opened_at = timestamp '2031-05-05 01:02:03'", "requests.opened_at"),
        ("_record % 2 = 0", "requests._record"),
        ("exists (select 1 from raw__watched as w where w.phone = r.phone)", "requests.phone"),
    ],
)
def test_a_column_that_changes_is_named_with_what_changes_it(
    connection: duckdb.DuckDBPyConnection, expression: str, guilty: str
) -> None:
    """Most of these hold for no record of the sample, or for all."""
    found = verdict(connection, f"select request_id, {expression} as told from raw__requests as r", "request_id told")
    assert (found.state, found.differing) == ("differs", ("told",))
    assert guilty in found.guilty


def test_which_records_are_there_is_compared_too(connection: duckdb.DuckDBPyConnection) -> None:
    found = verdict(
        connection, "select category, count(*) as n from raw__requests where age < 30 group by all", "category n"
    )
    assert (found.state, found.guilty) == ("differs", ("requests.age",))
    presence = verdict(connection, "select count(*) as n from raw__watched", "n")
    assert (presence.state, presence.guilty) == ("differs", ())
    hour = f"select request_id, {DAY} as day, hour(opened_at) as hour from raw__requests"
    assert verdict(connection, hour, "request_id day hour").differing == ("hour",)
    assert verdict(connection, hour, "request_id day hour", tier="internal").state == "same"


def test_two_persons_moments_compared_by_the_step_are_found(connection: duckdb.DuckDBPyConnection) -> None:
    sql = (
        "select a.request_id, count(*) as earlier from raw__requests as a inner join raw__requests as b "
        "on step_compare_times(b.opened_at < a.opened_at) group by all"
    )
    assert "earlier" in verdict(connection, sql, "request_id earlier").differing


def test_what_goes_through_a_minimum_cell_is_left_and_said(connection: duckdb.DuckDBPyConnection) -> None:
    sql = "select category, step_count_with_min_cell(count(opened_at), false, 10) as n from raw__requests group by all"
    found = verdict(connection, sql, "category n")
    assert (found.state, found.left) == ("same", ("requests.opened_at",))
    assert "requests.opened_at" not in found.varied


def test_what_cannot_be_told_is_an_error(connection: duckdb.DuckDBPyConnection) -> None:
    broken = verdict(connection, "select no_such_function(phone) as told from raw__requests", "told")
    assert (broken.state, broken.said) == (
        "error",
        "the model mart could not be built over a sample (CatalogException)",
    )
    endless = (
        "select count(*) as n from range(10000000000) as a, range(10000000000) as b, raw__requests where a.range < 0"
    )
    late = verdict(connection, endless, "n", seconds=0.2)
    assert late.state == "error"
    cast = verdict(
        connection, "select request_id, cast(replace(phone, '-', '') as integer) > 0 as n from raw__requests", "n"
    )
    assert cast.unbuilt > 0
    assert cast.worlds > 0, "exchanged among the records they can be read"


def test_unsteady_is_told_apart(connection: duckdb.DuckDBPyConnection) -> None:
    found = verdict(
        connection, "select category, first(request_id) as one from raw__requests group by all", "category one"
    )
    assert (found.state, found.differing, found.guilty) == ("unsteady", ("one",), ())


def test_which_steps_let_a_column_through() -> None:
    models = [
        ModelText("staged", f"select request_id, {DAY} as day, opened_at, phone from raw__requests"),
        ModelText(
            "mart", "select request_id, day, step_no_text(phone) as has_phone, hour(opened_at) as hour from staged"
        ),
    ]
    classes = classify(analyse(models, LEAVES, flow_functions()), LEAVES, flow_functions())
    found = lowering(classes, "public", {"mart": ("request_id", "day", "has_phone", "hour")})
    assert found.steps == {
        ("raw__requests", "opened_at"): {"step_generalise_day"},
        ("raw__requests", "phone"): {"step_no_text"},
    }
    assert found.by_step == {
        ("mart", "day"): {("raw__requests", "opened_at")},
        ("mart", "has_phone"): {("raw__requests", "phone")},
    }
    inner = lowering(classes, "internal", {"mart": ("day", "has_phone")})
    assert dict(inner.steps) == {("raw__requests", "phone"): {"step_no_text"}}


def test_a_verdict_is_kept_whole() -> None:
    one = TierProof("public", "differs", 3, 4, 2, 3, ("a.b",), (), ("a.c",), ("told",), ("a.b",), 1, "said")
    proof = CityProof(
        {"mart": (one, replace(one, tier="internal", state="same")), "plain": ()}, {"raw__a": 7}, "made of"
    )
    told: Mapping[str, Any] = json.loads(json.dumps(proof.as_dict()))
    assert CityProof.from_dict(told) == proof
    assert proof.as_logged() == {"mart": "differs", "plain": "same"}
    with pytest.raises(TypeError):
        CityProof.from_dict({**told, "products": {"mart": [{"other": 1}]}})
