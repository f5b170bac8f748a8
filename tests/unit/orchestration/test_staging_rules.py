"""A city's staging is queries: no template runs SQL by itself, and no setting does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.errors import InputError
from orchestration import dbt_project, staging_rules
from orchestration.dbt_project import ProjectFile

SHARED = dbt_project.shared_files()


def project(text: str, name: str = "staging/stg_a__b.sql") -> dict[str, ProjectFile]:
    return {**SHARED, name: ProjectFile(Path("/city") / name, text)}


def test_what_the_cities_have_is_allowed(project_root: Path) -> None:
    models = sorted(project_root.glob("cities/*/staging/*.sql"))
    assert len(models) >= 10
    for path in models:
        staging_rules.judge_templates(project(path.read_text(encoding="utf-8"), f"staging/{path.name}"))


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "{{ config(materialized='table') }} select {{ pseudonym('id', 'a') }} from {{ raw('b') }}",
        "{% set s = 'a' %}{% for n in range(3) %}{{ raw(s ~ n) }}{{ ', ' if not loop.last }}{% endfor %}",
        "{% if has_entity('districts') %}{{ as_of() }}{% endif %} {{ ref('stg_a__c') }}",
    ],
)
def test_a_query_over_sources_and_steps_is_allowed(text: str) -> None:
    staging_rules.judge_templates(project(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{% do run_query('create or replace macro step_is_newest(n) as true') %}", "run_query"),
        ("{% set run_query = run_query %}{{ run_query('x') }}", "run_query"),
        ("{% set other = ref %}{{ other.db_wrapper }}", "ref"),
        ("{{ ref.db_wrapper.execute('x') }}", "ref"),
        ("{% call statement('a') %}select 1{% endcall %}", "statement"),
        ("{{ adapter.execute('x') }}", "adapter"),
        ("{{ context['run_query']('x') }}", "context"),
        ("{{ load_spatial() }}", "load_spatial"),
        ("{{ needs_point_to_area('a', 'b') }}", "needs_point_to_area"),
        ("{{ env_var('HOME') }}", "env_var"),
        ("{% import 'a' as b %}{{ b.c() }}", "import"),
        ("{% macro a() %}select 1{% endmacro %}", "macro"),
        ("{{ self.a() }}", "self"),
        ("{{ config(pre_hook='x') }}", "config(pre_hook)"),
        ("{{ config(materialized='view', alias='raw__a') }}", "config(materialized, alias)"),
        ("{{ config(**{'pre_hook': 'x'}) }}", "config()"),
        ("{{ config.set('pre_hook', 'x') }}", "config"),
    ],
)
def test_a_template_that_does_more_is_refused(text: str, found: str) -> None:
    with pytest.raises(InputError) as raised:
        staging_rules.judge_templates(project(f"-- one row\n{text}"))
    assert (raised.value.found, raised.value.where) == (found, "/city/staging/stg_a__b.sql:2")


def test_shared_models_may_do_what_they_do() -> None:
    assert any("load_spatial()" in file.text for name, file in SHARED.items() if name.startswith("models/"))
    staging_rules.judge_templates(SHARED)


def test_a_template_that_cannot_be_read_is_left_to_dbt() -> None:
    staging_rules.judge_templates(project("select {{ raw('a' }}"))


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, None),
        ({"config": {"materialized": "table"}}, None),
        ({"config": {"materialized": "view", "pre-hook": [{"sql": "x"}]}}, "pre-hook"),
        ({"config": {"materialized": "view", "post-hook": [{"sql": "x"}]}}, "post-hook"),
        ({"config": {"materialized": "view", "sql_header": "x"}}, "sql_header"),
        ({"config": {"materialized": "view", "alias": "raw__b"}}, "alias"),
        ({"config": {"materialized": "view", "schema": "other"}}, "schema"),
        ({"config": {"materialized": "incremental"}}, "materialized"),
        ({"language": "python"}, "language"),
    ],
)
def test_settings_that_do_more_are_refused(changed: dict[str, Any], found: str | None) -> None:
    node = {
        **{"resource_type": "model", "name": "stg_a__b", "original_file_path": "staging/stg_a__b.sql"},
        **{"language": "sql", "config": {"materialized": "view", "pre-hook": [], "alias": "stg_a__b"}, **changed},
    }
    manifest = {"nodes": {"model.cauce.stg_a__b": node}}
    if found is None:
        staging_rules.judge_settings(manifest, project("select 1"))
        return
    with pytest.raises(InputError) as raised:
        staging_rules.judge_settings(manifest, project("select 1"))
    assert (raised.value.found, raised.value.where) == (found, "/city/staging/stg_a__b.sql")
