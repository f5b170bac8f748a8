"""Chicago: the answer to a request for records, the community areas and the hardship index, against the raw files.

The complaints say no community area: their figures are of the whole city, and no complaint is given to an area.
"""

from __future__ import annotations

import json
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
    differ,
    run_city,
)
from tests.integration.flow_pages import check_page
from tests.portals.chicago import portals

pytestmark = pytest.mark.real_data

AS_OF = "2021-04-07T05:00:00Z"
COMPLAINTS = "311/chicago/foia_housing_complaints_2020_2021.csv"
HARDSHIP = "boundaries/chicago/socioeconomic_hardship_2008_2012.csv"
AREAS = "boundaries/chicago/community_areas.geojson"
# A complaint with two work orders stands twice; both lines say when it was opened and closed.
RAW = """
select distinct
    "Service Request Number" as id, "Service Request: Type Name" as category, "Department" as department,
    cast(null as varchar) as channel, cast(null as varchar) as district,
    "Service Request Status" = 'Completed' as is_closed,
    strptime("Date/Time Opened", '%m/%d/%Y %I:%M %p') as opened,
    strptime("Date/Time Closed", '%m/%d/%Y %I:%M %p') as closed,
    cast(null as timestamp) as due, cast(null as timestamp) as updated
from read_csv('{file}', all_varchar = true, header = true, delim = ',', quote = '"')
where "Service Request Number" is not null
"""

# The 77 areas by hardship: the hardest is first, and a fifth of them is fifteen or sixteen.
INDEX_COLUMNS = {
    "index_id": "'hardship'",
    "index_year": "2012",
    "district_id": "id",
    "district_name": "name",
    "index_name": "'Hardship index'",
    "index_value": "hardship",
    "unit": "null",
    "direction": "'lower'",
    "need_rank": "place",
    "need_fifth": "1 + cast(floor((place - 1) * 5 / 77) as bigint)",
    "population": "null",
    "index_source": "'Chicago Department of Public Health, from the American Community Survey 2008 to 2012'",
}
INDICES = f"""
select {", ".join(INDEX_COLUMNS.values())}
from (select *, 1 + (select count(*) from named as n where n.hardship > named.hardship) as place from named)
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> CityRun:
    home = tmp_path_factory.mktemp("chicago")
    outcome = run_city("chicago", portals(shared_data), home, "run", "--as-of", AS_OF)
    return CityRun(CityHome(home / "chicago"), "America/Chicago", "2021-04-07 00:00:00", outcome)


@pytest.fixture(scope="module")
def raw(city: CityRun, shared_data: Path) -> duckdb.DuckDBPyConnection:
    return city.raw(RAW.format(file=shared_data / COMPLAINTS))


def test_what_was_set_aside_is_told_with_its_reason(city: CityRun) -> None:
    """Two empty lines of the spreadsheet, and the row of the whole city, which is no area."""
    assert (city.outcome["held"], city.outcome["failed"]) == ([], [])
    assert {p["product"] for p in city.outcome["published"]} == {
        "district_indices",
        "districts",
        "measures",
        "service_requests",
        "service_requests_monthly",
    }
    assert city.counts("dob_no_heat_complaints") == (3_486, 3_484, 2, 0)
    assert city.counts("cdph_hardship_index") == (78, 77, 1, 0)
    assert city.counts("chicago_community_areas") == (77, 77, 0, 0)
    assert set(city.landing("dob_no_heat_complaints")["reasons"].values()) == {2}
    assert city.landing("cdph_hardship_index")["reasons"] == {"ca.required": 1, "hardship_index.required": 1}


def test_a_complaint_with_two_work_orders_counts_once(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    """3,484 lines are 3,455 complaints: 29 stand twice."""
    assert raw.sql("select count(*), count(distinct id) from raw").fetchall() == [(3_455, 3_455)]
    quality = json.loads(
        city.release("service_requests", "internal").with_name("quality.json").read_text(encoding="utf-8")
    )
    told = quality["reconciliation"]
    assert (told["sources"][0]["accepted"], told["product_rows"]) == (3_484, 3_455)


def test_every_complaint_is_the_files(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    check_requests(city, raw, 3_455)


def test_every_monthly_figure_is_the_files(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    """September to April, of the whole city: no complaint says its area."""
    check_monthly(city, raw, 8)
    path = city.release("service_requests_monthly", "public")
    assert duckdb.sql(f"select distinct district_id from '{path}'").fetchall() == [("unknown",)]


def test_areas_are_the_maps_joined_by_number(city: CityRun, shared_data: Path) -> None:
    connection = duckdb.connect()
    connection.execute(f"load '{spatial_extension()}'")
    connection.execute(f"""
        create table named as
        select "COMMUNITY_AREA_NUMBER" as id, "COMMUNITY_AREA_NAME" as name,
            cast("HARDSHIP_INDEX" as double) as hardship
        from read_csv('{shared_data / HARDSHIP}', all_varchar = true) where "COMMUNITY_AREA_NUMBER" is not null
    """)
    connection.execute(f"""
        create table mapped as
        select f.properties.area_numbe as id, f.properties.community as community,
            st_geomfromgeojson(to_json(f.geometry)) as area
        from (select unnest(features) as f from read_json('{shared_data / AREAS}', maximum_object_size = 20000000))
    """)
    for tier in TIERS:
        path = city.release("districts", tier)
        assert connection.sql(f"""
            select count(*), count(*) filter (where district_name = name), count(population),
                count(*) filter (where st_area(st_symdifference(st_geomfromtext(geometry_wkt), area)) < 1e-12)
            from '{path}' join named on named.id = district_id join mapped on mapped.id = district_id
        """).fetchall() == [(77, 77, 0, 77)]
        differ(connection, INDICES, city.release("district_indices", tier), tuple(INDEX_COLUMNS), 77)
    differing = "select count(*) from named join mapped using (id) where upper(name) <> community"
    assert connection.sql(differing).fetchall() == [(3,)]


def test_the_answer_is_of_the_whole_city(city: CityRun) -> None:
    page = city.home.root / "site/public/{}/problems/no_heat/index.html"
    english = Path(str(page).format("en")).read_text(encoding="utf-8")
    assert "Across the city it typically took 3 days (between 3 and 4) to close a complaint about no heat" in english
    assert "Days until a no heat complaint is closed, the whole city</h2>" in english
    assert "En toda la ciudad" in Path(str(page).format("es")).read_text(encoding="utf-8")


def test_no_block_goes_out(city: CityRun, shared_data: Path) -> None:
    blocks = duckdb.sql(f"""
        select distinct "Street Block" from read_csv('{shared_data / COMPLAINTS}', all_varchar = true)
        where length("Street Block") > 10 order by hash("Street Block") limit 60
    """).fetchall()
    check_nothing_leaks(city, (row[0] for row in blocks), 60)


def test_the_printed_page_of_its_flows_is_the_runs(city: CityRun) -> None:
    check_page(city.home)
