"""New York through its portals, in the generations its requests were published in: every figure against the raw files.

The connector brings one SODA data set, and the archive as the portal's own CSV. The queries here read five files, each
typed by hand as it was written: a recorded SODA answer, a SODA CSV, a Parquet file, an export that a spreadsheet saved
again, and the portal's CSV.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from contracts.engines.spatial import spatial_extension
from contracts.home import CityHome
from tests.integration.city_figures import (
    TIERS,
    CityRun,
    check_monthly,
    check_nothing_leaks,
    check_requests,
    run_city,
)
from tests.integration.flow_pages import check_page
from tests.portals import Portal, SocrataDataset, SocrataPortal
from tests.portals.nyc import REQUESTS, day, portals
from tests.portals.nyc_data import recorded_requests

pytestmark = pytest.mark.real_data

AS_OF = "2025-03-26T04:00:00Z"
SOURCE = "nyc_311_service_requests"
PLACED, MONTHLY = 235, 40_282
ROWS = {"mirror": 28_973, "archive": 1_000, "day": 235}
TRACTS = "boundaries/nyc/acs_socioeconomic_tract_2022.csv"
BOROUGHS = "boundaries/nyc/boroughs.geojson"
COUNTIES = {"005": "Bronx", "047": "Brooklyn", "061": "Manhattan", "081": "Queens", "085": "Staten Island"}
NAMES = (
    *("unique_key", "complaint_type", "agency", "open_data_channel_type", "borough", "status", "created_date"),
    *("closed_date", "due_date", "resolution_action_updated_date", "latitude", "longitude", "incident_address"),
)
EXPORTED = {
    "unique_key": "Unique Key",
    "complaint_type": "Complaint Type",
    "agency": "Agency",
    "open_data_channel_type": "Open Data Channel Type",
    "borough": "Borough",
    "status": "Status",
    "created_date": "Created Date",
    "closed_date": "Closed Date",
    "due_date": "Due Date",
    "resolution_action_updated_date": "Resolution Action Updated Date",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "incident_address": "Incident Address",
}
TIMES = ("created_date", "closed_date", "due_date", "resolution_action_updated_date")


def generation(relation: str, form: str | None, *, exported: bool = False, without: tuple[str, ...] = ()) -> str:
    """One file's records under the API's names; ``form`` is how it writes a time, None where it has real ones."""
    columns = []
    for name in NAMES:
        written = f'"{EXPORTED[name] if exported else name}"'
        if name in without:
            columns.append(f"cast(null as {'timestamp' if name in TIMES else 'varchar'}) as {name}")
        elif name in TIMES:
            parsed = f"strptime({written}, '{form}')" if form else f"cast({written} as timestamp)"
            columns.append(f"{parsed} as {name}")
        else:
            columns.append(f"cast({written} as varchar) as {name}")
    return f"select {', '.join(columns)} from {relation}"


def csv(path: Path) -> str:
    return f"read_csv('{path}', all_varchar = true, header = true, delim = ',', quote = '\"')"


def all_generations(data: Path) -> str:
    """The five files in one form, and of them what ``CityRun.raw`` wants; a place nobody told is left to the map."""
    folder = data / "311/nyc"
    soda, saved, portal = "%Y-%m-%dT%H:%M:%S.%g", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p"
    recorded = ", ".join(f"{name}: 'VARCHAR'" for name in NAMES)
    files = (
        generation(f"read_json('{folder}/soda_fhrw-4uyv_1000.json', columns = {{{recorded}}})", soda),
        generation(csv(folder / "311_soda_csv_2023.csv"), soda, without=("due_date",)),
        generation(f"'{folder}/311_elevator_2024.parquet'", None),
        generation(
            csv(folder / "311_animal_abuse_2025_excel_resaved.csv"),
            saved,
            exported=True,
            without=("open_data_channel_type",),
        ),
        generation(csv(folder / "311_service_requests_2018_sample.csv"), portal, exported=True),
    )
    return f"""
        with files as ({" union all ".join(files)}),
        boroughs as (
            select upper(f.properties.boro_name) as name, st_geomfromgeojson(to_json(f.geometry)) as area
            from (select unnest(features) as f from read_json('{data / BOROUGHS}', maximum_object_size = 20000000))
        ),
        placed as (
            select unique_key, min(name) as borough
            from files join boroughs on st_intersects(area, st_point(longitude::double, latitude::double))
            where coalesce(files.borough, 'Unspecified') = 'Unspecified'
            group by unique_key
        )
        select
            unique_key as id, upper(complaint_type) as category, agency as department,
            open_data_channel_type as channel,
            coalesce(nullif(files.borough, 'Unspecified'), placed.borough) as district,
            status = 'Closed' as is_closed, created_date as opened, closed_date as closed, due_date as due,
            resolution_action_updated_date as updated, incident_address as address,
            files.borough as told
        from files left join placed using (unique_key)
    """


@pytest.fixture(scope="module")
def mirrors(shared_data: Path) -> dict[str, Portal]:
    return portals(shared_data)


@pytest.fixture(scope="module")
def city(mirrors: dict[str, Portal], tmp_path_factory: pytest.TempPathFactory) -> CityRun:
    home = tmp_path_factory.mktemp("nyc")
    outcome = run_city("nyc", mirrors, home, "run", "--as-of", AS_OF)
    return CityRun(CityHome(home / "nyc"), "America/New_York", "2025-03-26 00:00:00", outcome)


@pytest.fixture(scope="module")
def raw(city: CityRun, shared_data: Path) -> duckdb.DuckDBPyConnection:
    return city.raw(all_generations(shared_data), shapes=True)


def test_everything_came_and_nothing_was_set_aside(city: CityRun) -> None:
    assert (city.outcome["held"], city.outcome["failed"], city.outcome["quarantined"]) == ([], [], [])
    assert {p["product"] for p in city.outcome["published"]} == {
        "districts",
        "measures",
        "service_requests",
        "service_requests_monthly",
    }
    assert city.counts(SOURCE) == (ROWS["mirror"], ROWS["mirror"], 0, 0)
    assert city.counts("nyc_311_archive") == (ROWS["archive"], ROWS["archive"], 0, 0)
    assert city.counts("dcp_borough_boundaries") == (5, 5, 0, 0)
    assert city.counts("census_tract_profile") == (2_229, 2_229, 0, 0)
    landed = city.landing(SOURCE)
    assert (landed["declared"], landed["drift"]["missing"]) == (ROWS["mirror"], [])


def test_every_request_is_the_files(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    check_requests(city, raw, ROWS["mirror"] + ROWS["archive"])
    told = raw.sql(
        "select count(*) from raw where coalesce(told, 'Unspecified') = 'Unspecified' and district is not null"
    )
    assert told.fetchall() == [(PLACED,)], "the map tells the borough of these alone"


def test_every_monthly_figure_is_the_files(city: CityRun, raw: duckdb.DuckDBPyConnection, shared_data: Path) -> None:
    check_monthly(city, raw, MONTHLY, [(name.upper(), name, n) for name, n in residents(shared_data).items()])


def test_boroughs_are_the_maps_with_the_census_residents(city: CityRun, shared_data: Path) -> None:
    connection = duckdb.connect()
    connection.execute(f"load '{spatial_extension()}'")
    connection.execute(f"""
        create table mapped as
        select f.properties.boro_name as name, st_geomfromgeojson(to_json(f.geometry)) as area
        from (select unnest(features) as f from read_json('{shared_data / BOROUGHS}', maximum_object_size = 20000000))
    """)
    for tier in TIERS:
        path = city.release("districts", tier)
        columns = "district_id, district_name, population, population_year"
        published = connection.sql(f"select {columns} from '{path}' order by 1").fetchall()
        assert published == sorted((n.upper(), n, count, 2022) for n, count in residents(shared_data).items())
        assert connection.sql(f"""
            select count(*), max(st_area(st_symdifference(st_geomfromtext(geometry_wkt), area)) / st_area(area)) < 1e-9
            from '{path}' join mapped on name = district_name
        """).fetchall() == [(5, True)]


def residents(data: Path) -> dict[str, int]:
    """Residents of each borough: the sum over its county's tracts."""
    rows = duckdb.sql(f"""
        select substr("GEOID", 3, 3), sum(cast("TOTAL_POP" as bigint)) from {csv(data / TRACTS)} group by 1
    """).fetchall()
    return {COUNTIES[code]: int(count) for code, count in rows}


def test_questions_are_answered_by_borough(city: CityRun) -> None:
    pages = city.home.root / "site/public/en/problems"
    elevators = (pages / "elevators/index.html").read_text(encoding="utf-8")
    assert "it typically took" in elevators
    assert "to close an elevator complaint in December 2024" in elevators
    assert "reported animal abuse at a rate of" in (pages / "animals/index.html").read_text(encoding="utf-8")


def test_no_address_goes_out(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    found = raw.sql("select distinct address from raw where length(address) > 12 order by hash(address) limit 60")
    check_nothing_leaks(city, (row[0] for row in found.fetchall()), 60)


def test_a_day_later_only_the_new_day_comes(shared_data: Path, tmp_path: Path) -> None:
    """The portal has 235 more: they alone are asked for, with the one that was changed last before them."""
    table = recorded_requests(shared_data)
    requests = SocrataDataset(REQUESTS, "311", table, key="unique_key", spread=timedelta(seconds=1))
    mirrors: dict[str, Portal] = {"nyc_open_data": SocrataPortal([requests])}
    with mirrors["nyc_open_data"] as portal:
        first = run_city("nyc", mirrors, tmp_path, "source", "fetch", SOURCE)
        assert (first["received"], first["accepted"]) == (1_000, 1_000)
        requests.add(day(shared_data))
        portal.forget()
        second = run_city("nyc", mirrors, tmp_path, "source", "fetch", SOURCE)
    assert (second["received"], second["accepted"], second["quarantined"]) == (ROWS["day"] + 1, ROWS["day"] + 1, 0)
    assert second["cursor"] > first["cursor"]
    asked = portal.of_kind("records")
    assert asked
    assert all(":updated_at" in str(one.parameter("$where")) for one in asked)


def test_the_printed_page_of_its_flows_is_the_runs(city: CityRun) -> None:
    check_page(city.home)
