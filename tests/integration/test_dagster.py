"""Dagster's side: every city's assets and checks from the contracts; a broken city is one asset that says why."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest

from orchestration.definitions import build_definitions, load_cities
from orchestration.settings import Settings

LAYERS = {"raw", "staging", "intermediate", "marts", "releases", "catalog"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Settings:
    """The demo beside a city whose file has a mistake."""
    root = tmp_path_factory.mktemp("dagster")
    broken = root / "cities" / "broken"
    shutil.copytree(
        project_root / "cities" / "demo", broken, ignore=shutil.ignore_patterns("*.py", "deliveries", "__pycache__")
    )
    text = (broken / "city.yaml").read_text().replace("id: demo", "id: broken").replace("minimumCell", "minimumSell")
    (broken / "city.yaml").write_text(text)
    return Settings(home=root / "var", cities=(root / "cities",))


@pytest.fixture(scope="module")
def defs(settings: Settings) -> dg.Definitions:
    return build_definitions(settings)


def test_each_city_is_there_and_a_broken_one_says_why(settings: Settings) -> None:
    cities = load_cities(settings)
    assert {"demo", "broken"} <= set(cities)
    (asset,) = cities["broken"].assets
    description = asset.descriptions_by_key[dg.AssetKey(["broken", "city"])]
    assert description is not None
    assert "minimumSell" in description
    assert "city.yaml:" in description


def test_the_error_asset_fails_with_the_message(settings: Settings) -> None:
    (asset,) = load_cities(settings)["broken"].assets
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([asset], instance=instance, raise_on_error=False)
    assert not result.success
    failure = next(e for e in result.all_events if e.is_step_failure)
    told = failure.step_failure_data.user_failure_data
    assert told is not None
    assert "minimumSell" in (told.description or "")


def test_keys_groups_tags_and_owners_come_from_the_contracts(defs: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
    mine = {key: spec for key, spec in specs.items() if key.startswith("demo/")}
    assert {spec.key.path[1] for spec in mine.values()} == LAYERS
    release = mine["demo/releases/service_requests_monthly"]
    assert release.tags["tier"] == "internal"
    assert release.group_name == "performance"
    assert release.description is not None
    assert release.description.startswith("Service requests by month")
    raw = mine["demo/raw/demo_service_requests"]
    assert list(raw.owners) == ["sac-owner@puertoalondra.example"]
    assert "file" in raw.kinds
    assert raw.freshness_policy is not None
    deps = {d.asset_key.to_user_string() for d in mine["demo/staging/stg_demo__service_requests"].deps}
    assert deps == {"demo/raw/demo_service_requests"}
    site = {d.asset_key.to_user_string() for d in mine["demo/catalog/site"].deps}
    assert site == {key for key in mine if "/releases/" in key}


def test_every_rule_is_an_asset_check(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    names = {
        key.name
        for key in graph.asset_check_keys
        if key.asset_key.path == ["demo", "releases", "service_requests_monthly"]
    }
    assert {"no_district_falls_silent", "backlog_continues", "engines_agree", "reconciliation", "freshness"} <= names
    assert len(names) > 100
    raw = {key.name for key in graph.asset_check_keys if key.asset_key.path == ["demo", "raw", "demo_service_requests"]}
    assert {"reconciliation", "radicado_required"} <= raw


def test_schedules_and_the_sensor_stand_ready(defs: dg.Definitions) -> None:
    schedule = defs.resolve_schedule_def("demo_schedule")
    assert schedule.execution_timezone == "America/Bogota"
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert defs.resolve_sensor_def("catalogue_after_failure").default_status is dg.DefaultSensorStatus.RUNNING
