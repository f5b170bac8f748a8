"""The flows of a city's warehouse: what is analysed, with which classes, and what has not run is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts import tiers
from contracts.flow.model import ModelText, PythonModel
from orchestration import flows, shaping
from orchestration.flows import CityFlow, declared_of, leaf_of, read_flow
from tests.unit.orchestration.publish.publish_world import World

STAGING, MART = "models/staging/stg_town__requests.sql", "models/marts/cases.sql"
COLUMNS = "case_id, category, opened_date, days_open, score, opened_at, officer_badge, zz_note"


def node(
    name: str, path: str, raw: str = "-- One", *, language: str = "sql", marks: Mapping[str, Any] | None = None
) -> Any:
    return {
        "name": name,
        "resource_type": "model",
        "original_file_path": path,
        "raw_code": raw,
        "language": language,
        "config": {"meta": dict(marks or {})},
    }


def manifest(parents: Mapping[str, list[str]] | None = None, **more: Any) -> dict[str, Any]:
    nodes = {
        "model.stg": node("stg_town__requests", STAGING, "-- staged", marks={"raw:requests": True}),
        "model.cases": node("cases", MART, "-- Cases"),
        "test.other": {"resource_type": "unit_test"},
        **more,
    }
    known = {"model.stg": [], "model.cases": ["model.stg"], **{i: ["model.stg"] for i in more}, **(parents or {})}
    return {"nodes": nodes, "parent_map": known}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(shaping, "parse", lambda *_: manifest())
    return World(tmp_path)


def compiled(world: World, **files: str) -> None:
    """What dbt compiled, by the model's name."""
    for path in (STAGING, MART):
        if (sql := files.get(Path(path).stem)) is not None:
            file = world.home.dbt_target / "target" / "compiled" / flows.PROJECT / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(sql, encoding="utf-8")


def read(world: World) -> CityFlow:
    return read_flow(world.city, world.home)


FILLED = "select case_id, " + ", ".join(f"null as {c}" for c in COLUMNS.split(", ")[1:])


def test_a_city_s_own_sql_is_followed_from_its_source_to_its_table(world: World) -> None:
    compiled(
        world,
        stg_town__requests="select case_id, officer from raw__requests",
        cases=f"{FILLED} from stg_town__requests",
    )
    found = read(world)
    assert found.findings("cases") == ()
    assert found.above("cases") == {"cases", "stg_town__requests", "raw__requests"}
    assert found.nodes["raw__requests"] == "source.requests"
    assert found.nodes["cases"] == "mart.cases"
    assert found.classes.class_of("stg_town__requests", "officer") == "restricted"
    assert found.steps["step_no_text"].startswith("no_text ")


def test_a_restricted_condition_is_found_of_the_table_and_not_of_what_it_reads(world: World) -> None:
    compiled(
        world,
        stg_town__requests="select case_id, officer from raw__requests",
        cases=f"{FILLED} from stg_town__requests where officer = 'x'",
    )
    found = read(world)
    assert found.findings("stg_town__requests") == ()
    assert "declared public; what it is made from is restricted" in found.findings("cases")[0].what


@pytest.mark.parametrize("missing", ["stg_town__requests", "cases"])
def test_a_model_that_has_not_run_is_refused_with_all_that_reads_it(world: World, missing: str) -> None:
    whole = {
        "stg_town__requests": "select case_id, officer from raw__requests",
        "cases": f"{FILLED} from stg_town__requests",
    }
    compiled(world, **{name: sql for name, sql in whole.items() if name != missing})
    found = read(world)
    assert [refusal.model for refusal in found.graph.refusals] == [missing]
    assert found.findings("cases") != ()
    assert found.classes.computed_class("cases", "case_id") == tiers.MOST_RESTRICTIVE


def test_the_number_of_a_record_is_most_restrictive_and_declared_classes_are_kept(world: World) -> None:
    leaf = leaf_of(world.source_contract)
    assert leaf.name == "raw__requests"
    assert leaf.class_of("_record") == tiers.MOST_RESTRICTIVE
    assert (leaf.class_of("case_id"), leaf.class_of("officer")) == ("public", "restricted")
    assert leaf.columns["case_id"].is_key and not leaf.columns["officer"].is_key
    compiled(
        world,
        stg_town__requests="select case_id, _record from raw__requests",
        cases=FILLED + " from stg_town__requests order by _record limit 1",
    )
    assert "raw__requests._record" in read(world).findings("cases")[0].what


def test_what_a_contract_declares_goes_on_where_it_is_higher(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert declared_of(world.contract).columns["officer_badge"].classification == "internal"
    copy = node("copied", "models/marts/copied.sql")
    read_so = manifest({"model.copy": ["model.cases"]}, **{"model.copy": copy})
    monkeypatch.setattr(shaping, "parse", lambda *_: read_so)
    compiled(world, stg_town__requests="select case_id from raw__requests", cases=f"{FILLED} from stg_town__requests")
    file = world.home.dbt_target / "target" / "compiled" / flows.PROJECT / "models/marts/copied.sql"
    file.write_text("select case_id, officer_badge from cases", encoding="utf-8")
    found = read(world)
    assert found.classes.computed_class("cases", "officer_badge") == "public"
    assert found.classes.class_of("copied", "officer_badge") == "internal"
    assert found.classes.class_of("copied", "case_id") == "public"


def test_a_python_model_is_handed_over_with_what_it_reads(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "def model(dbt, session):\n    return dbt.ref('stg_town__requests')\n"
    python = node("shaped", "models/intermediate/shaped.py", code, language="python")
    found = list(flows._models(manifest(**{"model.py": python}), world.home.dbt_target / "target"))
    (handed,) = [one for one in found if isinstance(one, PythonModel)]
    assert (handed.name, handed.code, handed.inputs) == ("shaped", code, ("stg_town__requests",))
    assert next(one.name for one in found if isinstance(one, ModelText)) == "stg_town__requests", "in their order"


def test_the_same_sql_is_read_once_and_other_sql_anew(world: World) -> None:
    compiled(world, stg_town__requests="select case_id from raw__requests", cases=f"{FILLED} from stg_town__requests")
    first = read(world)
    assert read(world) is first
    compiled(world, cases=f"{FILLED} from stg_town__requests where case_id > 'a'")
    again = read(world)
    assert again is not first
    assert again.graph.relation("cases") != first.graph.relation("cases")
