"""Which column is which, and the staging model that is proposed: it binds, and says what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.city import City
from contracts.city_load import load_entities
from contracts.model import Contract
from orchestration.onboarding.likeness import RESEMBLES, likeness, likenesses
from orchestration.onboarding.staging_draft import StagingDraft, draft_staging, staging_sql
from orchestration.onboarding.staging_trial import Tried, try_staging
from orchestration.onboarding.vocabulary import read_words
from tests.unit.orchestration.onboarding.drafting import REQUESTS, draft_of, load_draft, town

ENTITIES = load_entities()
WORDS = read_words()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return town(tmp_path_factory.mktemp("towns"))


def proposal(city: City, records: Any, entity: str = "service_requests", **more: Any) -> StagingDraft:
    draft = draft_of(city, records, **more)
    return draft_staging(draft, likeness(draft, ENTITIES[entity], WORDS), WORDS)


def columns(staging: StagingDraft) -> dict[str, str]:
    return {line.column.name: line.sql for line in staging.lines}


def tried(city: City, staging: StagingDraft, records: Any, folder: Path, **more: Any) -> Tried:
    contract = load_draft(draft_of(city, records, **more), folder)
    path = folder / f"{staging.model}.sql"
    path.write_text(staging_sql(staging), encoding="utf-8")
    return try_staging(path, staging.entity, {contract.name: contract})


def test_a_311_export_is_recognised_and_its_proposal_binds(city: City, tmp_path: Path) -> None:
    draft = draft_of(city)
    first = likenesses(draft, ENTITIES, WORDS)[0]
    assert (first.entity.name, first.share > 0.7) == ("service_requests", True)
    staging = draft_staging(draft, first, WORDS)
    made = columns(staging)
    assert made["service_request_id"] == '"Unique Key"'
    assert made["opened_at"] == '"Created Date"'
    assert made["district_id"] == "nullif(\"Borough\", 'Unspecified')"
    assert made["due_at"] == "cast(null as timestamp)"
    assert staging.is_deliverable
    assert [c.name for c in staging.missing] == [
        *("service_code", "due_at", "updated_at", "channel", "latitude", "longitude")
    ]
    found = tried(city, staging, REQUESTS, tmp_path)
    assert (found.error, found.lacking, found.strange) == ("", (), ())
    assert found.empty == tuple(c.name for c in staging.missing)


def test_words_of_a_status_are_turned_and_unknown_ones_asked_about(city: City) -> None:
    staging = proposal(city, REQUESTS)
    status = columns(staging)["status"]
    assert "in ('Open') then 'open'" in status
    assert "in ('Closed') then 'closed'" in status
    assert status.rstrip().endswith("is not null then 'open'\n    end")
    assert staging.questions == ("what do these mean? Taken as open: Email Sent",)


@pytest.mark.parametrize(
    ("word", "value"), [("Cerrada", "closed"), ("En trámite", "open"), ("Concluído", "closed"), ("In Progress", "open")]
)
def test_a_status_may_be_spanish_or_portuguese(city: City, word: str, value: str) -> None:
    records = [{"id": n, "estado": word, "servicio": "Bache"} for n in range(30)]
    assert f"in ('{word}') then '{value}'" in columns(proposal(city, records))["status"]


def test_a_status_that_is_not_there_is_told_by_the_closing(city: City, tmp_path: Path) -> None:
    records = [{k: v for k, v in one.items() if k != "Status"} for one in REQUESTS]
    staging = proposal(city, records)
    assert columns(staging)["status"] == "case when \"Closed Date\" is null then 'open' else 'closed' end"
    assert tried(city, staging, records, tmp_path).error == ""


def test_values_within_objects_are_found(city: City, tmp_path: Path) -> None:
    records = [
        {
            "id": n,
            "status": "Open",
            "request_type": {"id": 7, "title": "Bulky", "organization": "Town"},
            "created_at": "2018-05-17",
        }
        for n in range(30)
    ]
    staging = proposal(city, records)
    made = columns(staging)
    assert made["service_name"] == "json_extract_string(request_type, '$.title')"
    assert made["agency_responsible"] == "json_extract_string(request_type, '$.organization')"
    assert tried(city, staging, records, tmp_path).error == ""


def test_a_day_is_its_midnight_in_the_city(city: City, tmp_path: Path) -> None:
    records = [{"id": n, "created_date": "2018-05-17", "status": "Open", "type": "Noise"} for n in range(30)]
    staging = proposal(city, records)
    wanted = "timezone('UTC', timezone('America/New_York', cast(created_date as timestamp)))"
    assert columns(staging)["opened_at"] == wanted
    assert tried(city, staging, records, tmp_path).error == ""


def test_a_point_gives_latitude_and_longitude(city: City, tmp_path: Path) -> None:
    records = [{"id": n, "geometry_wkt": f"POINT (-73.9{n} 40.7{n})", "type": "Noise"} for n in range(30)]
    settings = {"location": "x.geojson", "format": "geojson", "geometryColumn": "geometry_wkt"}
    staging = proposal(city, records, settings=settings)
    assert "regexp_extract(geometry_wkt" in columns(staging)["longitude"]
    assert tried(city, staging, records, tmp_path, settings=settings).error == ""


def test_what_is_required_and_not_there_is_said(city: City, tmp_path: Path) -> None:
    records = [{"id": n, "status": "Open"} for n in range(30)]
    staging = proposal(city, records)
    assert not staging.is_deliverable
    sql = staging_sql(staging)
    assert "TO DO: service_name must be found: without it nothing can be made of this entity" in sql
    assert "not found: due_at (Due at); without it service_requests_monthly has less to say" in sql
    assert tried(city, staging, records, tmp_path).error == ""


def test_districts_are_recognised_by_their_names_and_shapes(city: City, tmp_path: Path) -> None:
    records = [{"codigo_comuna": f"{n:02}", "nombre": f"Comuna {n}", "geometry_wkt": "POLYGON"} for n in range(1, 30)]
    settings = {"location": "x.geojson", "format": "geojson", "geometryColumn": "geometry_wkt"}
    draft = draft_of(city, records, settings=settings)
    first = likenesses(draft, ENTITIES, WORDS)[0]
    assert first.entity.name == "districts"
    staging = draft_staging(draft, first, WORDS)
    assert columns(staging)["district_id"] == "codigo_comuna"
    assert tried(city, staging, records, tmp_path, settings=settings).error == ""


def test_another_table_resembles_nothing(city: City) -> None:
    records = [{"plate": f"ABC{n}", "fine": n, "paid": True} for n in range(40)]
    assert likenesses(draft_of(city, records), ENTITIES, WORDS)[0].share < RESEMBLES


def test_a_value_that_repeats_is_no_list_of_districts(city: City) -> None:
    """Requests name districts over and over: that does not make them a list of districts."""
    records = [{"district_id": n % 3, "district_name": "x"} for n in range(40)]
    assert likeness(draft_of(city, records), ENTITIES["districts"], WORDS).share < RESEMBLES


def test_what_a_model_lacks_or_gets_wrong_is_found(city: City, tmp_path: Path) -> None:
    contract = load_draft(draft_of(city), tmp_path)
    path = tmp_path / "stg_town__districts.sql"

    def found(sql: str, entity: Contract = ENTITIES["districts"]) -> Tried:
        path.write_text(sql, encoding="utf-8")
        return try_staging(path, entity, {contract.name: contract})

    wrong = found("-- one\nselect\n    Burough as district_id\nfrom {{ raw('town_requests') }}\n")
    assert (wrong.line > 0, "Burough" in wrong.error) == (True, True)
    little = found("select 'a' as district_id, 1 as extra from {{ raw('town_requests') }}")
    assert little.lacking == ("district_name", "population", "population_year", "geometry_wkt")
    assert little.strange == ("extra",)
    assert not found("select {{ generalise_date('x') }} from {{ raw('town_requests') }}").was_tried


def test_every_entity_has_words_and_they_compare_without_accents() -> None:
    for entity in ENTITIES.values():
        assert set(WORDS.columns[entity.name]) == {c.name for c in entity.columns}
    assert "numerodesolicitud" in WORDS.columns["service_requests"]["service_request_id"]
    for name, columns_there in WORDS.values.items():
        assert all(ENTITIES[name].object.column(column) is not None for column in columns_there)
