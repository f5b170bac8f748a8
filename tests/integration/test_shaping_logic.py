"""dbt's unit tests of the shared models: they hold, and each formula's test fails when the formula is broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration import dbt_project, shaping

MUTATIONS = {
    "macros/estimators.sql": ("closed >= at_risk then -1000.0", "closed > at_risk then -1000.0"),
    "macros/steps/cells.sql": ("return('step_is_small_cell(' ~ number", "return('step_is_small_cell(1 + ' ~ number"),
    "macros/steps/steps.yml": ("cast(moment + to_seconds", "cast(moment - to_seconds"),
    "macros/steps/places.sql": ("min(areas.{{ area_id }})", "max(areas.{{ area_id }})"),
    "models/intermediate/service_requests/int_service_requests__located.sql": (
        "requests.district_id, placed.district_id",
        "placed.district_id, requests.district_id",
    ),
    "models/intermediate/service_requests/monthly/int_service_requests__counted.sql": (
        "cast(backlog - older_8 as bigint)",
        "cast(backlog - older_31 as bigint)",
    ),
    "models/marts/performance/service_requests_monthly.sql": (
        "'joined.due_on_time', 'joined.due'",
        "'joined.due_on_time', 'joined.closed'",
    ),
    "models/intermediate/service_request_counts/int_service_request_counts__summed.sql": (
        "coalesce(district_id, 'unknown')",
        "coalesce(district_id, '1')",
    ),
    "models/marts/performance/service_request_counts.sql": (
        "where joined.population is not null",
        "where joined.rate is not null or joined.district_id = 'unknown'",
    ),
    "macros/measures.sql": ("when count(' ~ column ~ ') = count(*) then", "when count(' ~ column ~ ') > 0 then"),
    "models/intermediate/measures/int_measures__timed.sql": ("curves.log_low <=", "curves.log_survival <="),
    "models/marts/performance/measures.sql": ("numerator + {{ square }} / 2", "numerator + {{ square }} / 3"),
    "models/marts/data_service/district_indices.sql": ("case direction when 'higher'", "case direction when 'lower'"),
}
CAUGHT_BY = {
    "days_to_close_with_open_cases",
    "small_counts_and_what_gives_them_away",
    "days_and_promises_of_a_request",
    "days_where_the_clock_never_changes",
    "months_are_the_citys",
    "a_position_tells_the_district",
    "the_city_says_the_district_first",
    "ages_turn_at_8_31_and_91_days",
    "backlog_by_age_and_overdue",
    "rates_and_shares",
    "finer_counts_add_up",
    "rates_of_counts",
    "places_by_need",
    "measures_add_up",
    "days_of_measures_with_their_limits",
    "measures_as_they_are_told",
}


def test_the_logic_holds(tmp_path: Path) -> None:
    found = shaping.test(tmp_path)
    assert {n.name: n.message for n in found if n.status != "ok"} == {}
    assert {n.name for n in found} >= CAUGHT_BY
    assert {n.layer for n in found} == {"unit_test"}


def test_a_broken_formula_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "transforms"
    shutil.copytree(dbt_project.TRANSFORMS, broken)
    for name, (old, new) in MUTATIONS.items():
        text = (broken / name).read_text(encoding="utf-8")
        assert old in text, name
        (broken / name).write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setattr(dbt_project, "TRANSFORMS", broken)
    found = shaping.test(tmp_path / "run")
    assert {n.name for n in found if n.status == "error"} >= CAUGHT_BY
    failed = next(n for n in found if n.name == "rates_and_shares")
    assert failed.message.startswith("the unit test rates_and_shares does not hold")
