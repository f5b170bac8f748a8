"""Vancouver: two spreadsheets of its portal's export and the volunteers' map, against the raw files.

The spreadsheets are read by openpyxl, cell by cell, and their times by Python's own zone rules; nothing of Cauce's.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import pyarrow as pa
import pytest

from contracts.engines.spatial import spatial_extension
from contracts.home import CityHome
from tests.integration.city_figures import REQUESTS, TIERS, CityRun, check_monthly, check_nothing_leaks, run_city
from tests.integration.flow_pages import check_page
from tests.portals.vancouver import EXPORTS, portals

pytestmark = pytest.mark.real_data

AS_OF = "2024-09-17T04:00:00Z"
ZONE = "America/Vancouver"
MAP = "boundaries/vancouver/neighbourhoods.geojson"
FIRST = datetime(2023, 1, 1)
"""By the city's own clocks."""

# Strathcona's outline crosses itself, and Downtown Eastside is no local area: no case is placed by them.
MAPPED = """
create table mapped as
select replace(trim(f.properties.name, chr(10)), 'Dunbar Southlands', 'Dunbar-Southlands') as name,
    st_geomfromgeojson(to_json(f.geometry)) as area
from (select unnest(features) as f from read_json('{file}', maximum_object_size = 20000000))
"""
PLACED = """
select cells.* exclude (district, latitude, longitude), coalesce(district, name) as district
from cells left join mapped
    on district is null and st_isvalid(area) and name <> 'Downtown Eastside'
        and st_intersects(area, st_point(longitude, latitude))
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> CityRun:
    home = tmp_path_factory.mktemp("vancouver")
    outcome = run_city("vancouver", portals(shared_data), home, "run", "--as-of", AS_OF)
    return CityRun(CityHome(home / "vancouver"), ZONE, "2024-09-16 21:00:00", outcome)


@pytest.fixture(scope="module")
def sheets(shared_data: Path) -> list[list[tuple[Any, ...]]]:
    """The cells of both spreadsheets, opened in 2023 and changed since 2024."""
    found = []
    for path in EXPORTS.values():
        book = openpyxl.load_workbook(shared_data / path, read_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        assert rows[0][4:7] == (
            "Service request open timestamp",
            "Service request close date",
            "Last modified timestamp",
        )
        found.append(rows[1:])
        book.close()
    return found


def local(text: str) -> datetime:
    """A moment written with an offset, by Vancouver's clocks."""
    return datetime.fromisoformat(text).astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)


def case(number: int, cells: tuple[Any, ...]) -> dict[str, Any]:
    """One case; on the day of its opening it is closed as it is opened, on a later day as that day begins."""
    opened, closed = local(cells[4]), date.fromisoformat(cells[5]) if cells[5] else None
    return {
        "id": str(number),
        "category": cells[1],
        "department": cells[0],
        "channel": cells[9],
        "district": cells[8],
        "is_closed": cells[2] == "Close",
        "opened": opened,
        "closed": None if closed is None else opened if closed == opened.date() else datetime.combine(closed, time()),
        "updated": local(cells[6]),
        "latitude": cells[10],
        "longitude": cells[11],
    }


@pytest.fixture(scope="module")
def cases(sheets: list[list[tuple[Any, ...]]]) -> list[dict[str, Any]]:
    """Every case once: those in both sheets are the same in every cell."""
    rows = sorted({row for sheet in sheets for row in sheet}, key=str)
    return [case(number, row) for number, row in enumerate(rows) if local(row[4]) >= FIRST]


@pytest.fixture(scope="module")
def raw(city: CityRun, cases: list[dict[str, Any]], shared_data: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"load '{spatial_extension()}'")
    connection.register("given", pa.Table.from_pylist(cases))
    connection.execute("create table cells as select *, null::timestamp as due from given")
    connection.execute(MAPPED.format(file=shared_data / MAP))
    connection.execute(f"create table raw as {PLACED}")
    connection.execute(f"create table instant as select timestamp '{city.as_of}' as as_of")
    connection.execute(REQUESTS)
    return connection


def test_what_was_set_aside_is_told_with_its_reason(
    city: CityRun, sheets: list[list[tuple[Any, ...]]], cases: list[dict[str, Any]]
) -> None:
    """Cases from before 2023, which neither export holds whole, and an outline that crosses itself."""
    assert (city.outcome["held"], city.outcome["failed"]) == ([], [])
    assert {p["product"] for p in city.outcome["published"]} == {
        "districts",
        "measures",
        "service_requests_monthly",
    }
    early = [sum(local(row[4]) < FIRST for row in sheet) for sheet in sheets]
    assert ([len(sheet) for sheet in sheets], early) == ([7_062, 4_678], [7, 12])
    assert city.counts("feedback_opened_2023") == (7_062, 7_055, 7, 0)
    assert city.counts("feedback_changed_2024") == (4_678, 4_666, 12, 0)
    assert city.counts("neighbourhoods") == (23, 22, 1, 0)
    for source in ("feedback_opened_2023", "feedback_changed_2024"):
        assert list(city.landing(source)["reasons"]) == ["Service request open timestamp.range"]
    assert city.landing("neighbourhoods")["reasons"] == {"geometry.crossing": 1}
    assert len(cases) == 7_055 + 4_666 - 267


def test_the_times_are_vancouvers_whatever_offset_they_carry(sheets: list[list[tuple[Any, ...]]]) -> None:
    """Read as +03:00 the contact centre answers from 7 to 23 and nothing is closed before it is opened.

    Read as Vancouver's own clock times they say that it works through the night, and that 1,450 cases were closed
    on the day before they were opened.
    """
    rows = [row for sheet in sheets for row in sheet]
    assert {row[4][-6:] for row in rows} == {"+03:00"}
    assert sorted(Counter(local(row[4]).hour for row in rows)) == list(range(7, 24))
    assert min(date.fromisoformat(row[5]) - local(row[4]).date() for row in rows if row[5]).days == 0
    assert sum(row[5] < row[4][:10] for row in rows if row[5]) == 1_450


def test_a_case_in_both_exports_counts_once(sheets: list[list[tuple[Any, ...]]], cases: list[dict[str, Any]]) -> None:
    """267 cases stand in both, and opening and last change tell all cases apart."""
    assert len(set(sheets[0]) & set(sheets[1])) == 267
    assert len({(one["opened"], one["updated"]) for one in cases}) == len(cases) == 11_454


def test_every_monthly_figure_is_the_sheets(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    """Twenty-two local areas and the cases without a place, in 21 months; nothing is due, no residents are known."""
    names = [(name, name, None) for (name,) in raw.sql("select distinct district from raw").fetchall() if name]
    assert len(names) == 22
    check_monthly(city, raw, 483, names)
    told = duckdb.sql(f"""
        select sum(opened_exact), sum(due_exact), count(opened_per_1000_exact), min(month), max(month)
        from '{city.release("service_requests_monthly", "internal")}'
    """).fetchall()
    assert told == [(11_454, 0, 0, date(2023, 1, 1), date(2024, 9, 1))]


def test_a_case_without_an_area_is_placed_where_the_map_can(raw: duckdb.DuckDBPyConnection) -> None:
    """Of 2,053 cases without an area 73 lie in one; the others have no position, or one in Stanley Park."""
    unknown, placed = raw.sql("select count(*) filter (district is null), count(district) from raw").fetchall()[0]
    assert (unknown + placed, unknown) == (11_454, 1_980)


def test_areas_are_the_citys_with_the_maps_outlines(city: CityRun, shared_data: Path) -> None:
    connection = duckdb.connect()
    connection.execute(f"load '{spatial_extension()}'")
    connection.execute(MAPPED.format(file=shared_data / MAP))
    columns = ("district_id", "district_name", "population", "population_year")
    names = "select name, name, null, null from mapped where name <> 'Downtown Eastside'"
    for tier in TIERS:
        path = city.release("districts", tier)
        released = connection.sql(f"select {', '.join(columns)} from '{path}'").fetchall()
        assert sorted(released) == sorted(connection.sql(names).fetchall())
        assert connection.sql(f"""
            select count(*), count(geometry_wkt),
                count(*) filter (st_area(st_symdifference(st_geomfromtext(geometry_wkt), area)) < 1e-12),
                any_value(name) filter (geometry_wkt is null)
            from '{path}' join mapped on name = district_id
        """).fetchall() == [(22, 21, 21, "Strathcona")]


def test_the_pages_say_what_the_city_cannot_give(city: CityRun) -> None:
    page = city.home.root / "site/public/{}/products/index.html"
    english, spanish = (Path(str(page).format(tag)).read_text(encoding="utf-8") for tag in ("en", "es"))
    assert "the city publishes no request numbers" in english
    assert "la ciudad no publica números de solicitud" in spanish
    answer = (city.home.root / "site/public/en/problems/feedback_wait/index.html").read_text(encoding="utf-8")
    assert "Across the city 20.1 cases for every 100 opened had waited one to three months in August 2024" in answer


def test_no_address_goes_out(city: CityRun, sheets: list[list[tuple[Any, ...]]]) -> None:
    addresses = sorted(
        {row[7] for sheet in sheets for row in sheet if row[7] and len(row[7]) > 10}, key=lambda text: text[::-1]
    )
    check_nothing_leaks(city, addresses[:300], 300)


def test_the_printed_page_of_its_flows_is_the_runs(city: CityRun) -> None:
    check_page(city.home)
