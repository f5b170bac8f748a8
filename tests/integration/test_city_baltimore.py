"""Baltimore through its ArcGIS layer: every published figure against the raw export, which the connector never saw.

The file has New York times; the layer holds milliseconds. The queries here read the file.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from contracts.home import CityHome
from tests.integration.city_figures import CityRun, check_monthly, check_nothing_leaks, check_requests, run_city
from tests.integration.flow_pages import check_page
from tests.portals.baltimore import portals

pytestmark = pytest.mark.real_data

AS_OF = "2019-02-14T05:00:00Z"
SOURCE = "dpw_311_service_requests"
FILE = "311/baltimore/311_sample_2018.csv.gz"
RAW = """
select
    SRRecordID as id, SRType as category, Agency as department, MethodReceived as channel,
    CouncilDistrict as district, SRStatus like 'Closed%' as is_closed,
    strptime(CreatedDate, '%m/%d/%Y %I:%M:%S %p') as opened, strptime(CloseDate, '%m/%d/%Y %I:%M:%S %p') as closed,
    strptime(DueDate, '%m/%d/%Y %I:%M:%S %p') as due, strptime(StatusDate, '%m/%d/%Y %I:%M:%S %p') as updated,
    Address as address
from read_csv('{file}', all_varchar = true, header = true, delim = ',', quote = '"')
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> CityRun:
    home = tmp_path_factory.mktemp("baltimore")
    outcome = run_city("baltimore", portals(shared_data), home, "run", "--as-of", AS_OF)
    return CityRun(CityHome(home / "baltimore"), "America/New_York", "2019-02-14 00:00:00", outcome)


@pytest.fixture(scope="module")
def raw(city: CityRun, shared_data: Path) -> duckdb.DuckDBPyConnection:
    return city.raw(RAW.format(file=shared_data / FILE))


def test_all_ten_thousand_came_and_none_was_set_aside(city: CityRun) -> None:
    assert (city.outcome["held"], city.outcome["failed"], city.outcome["quarantined"]) == ([], [], [])
    assert {p["product"] for p in city.outcome["published"]} == {
        "measures",
        "service_requests",
        "service_requests_monthly",
    }
    assert city.counts(SOURCE) == (10_000, 10_000, 0, 0)
    assert city.landing(SOURCE)["declared"] == 10_000


def test_a_moment_is_the_files_hour_in_new_york(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    """In summer and in winter; 8 in the evening is midnight UTC, where the city knew only the day."""
    path = city.release("service_requests", "internal")
    assert raw.sql(f"""
        select count(*), min(datediff('hour', opened, opened_at)), max(datediff('hour', opened, opened_at))
        from '{path}' join raw on id = service_request_id
    """).fetchall() == [(10_000, 4, 5)]


def test_every_request_is_the_files(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    check_requests(city, raw, 10_000)


def test_every_monthly_figure_is_the_files(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    check_monthly(city, raw, 65_131)


def test_there_are_no_rates_because_nobody_gives_residents(city: CityRun) -> None:
    path = city.release("service_requests_monthly", "internal")
    assert duckdb.sql(f"select count(population), count(opened_per_1000_exact) from '{path}'").fetchall() == [(0, 0)]
    page = (city.home.root / "site/public/en/products/index.html").read_text(encoding="utf-8")
    assert "no source gives the districts&#39; boundaries or residents" in page


def test_a_question_with_too_few_cases_is_answered_with_a_warning(city: CityRun) -> None:
    """No district has 16 alleys due in a month: every share is marked, no two are compared, and the answer says why."""
    pages = city.home.root / "site/public/en/problems"
    page = (pages / "alleys/index.html").read_text(encoding="utf-8")
    assert re.search(r"That is unreliable: only \d+ cases? stands? behind it\.", page)
    assert "* Unreliable: fewer than 16 cases stand behind the figure." in page
    answered = (pages / "rats/index.html").read_text(encoding="utf-8")
    assert "Of the rat rounds due across the city, 100.0% (between 82% and 100%) were done by their day" in answered
    assert "In every area fewer than 16 cases stand behind the figure, too few to compare." in answered


def test_no_address_goes_out(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    found = raw.sql("select distinct address from raw where length(address) > 15 order by hash(address) limit 60")
    check_nothing_leaks(city, (row[0] for row in found.fetchall()), 60)


def test_the_printed_page_of_its_flows_is_the_runs(city: CityRun) -> None:
    check_page(city.home)
