"""Buenos Aires: SUACI's counts by month, the comunas and the census of 2010, against the raw files.

The counts are read by Python's csv module, byte by byte, and their letters put right by a table of their own; the
census by its JSON. Nothing of Cauce's is used but what it published.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from scipy.stats import chi2

from contracts.engines.spatial import spatial_extension
from contracts.home import CityHome
from tests.integration.city_figures import TIERS, CityRun, differ, run_city
from tests.integration.flow_pages import check_page
from tests.portals.buenos_aires import FILES, portals

pytestmark = pytest.mark.real_data

AS_OF = "2016-02-01T03:00:00Z"
COUNTS, COMUNAS, CENSUS = (path for *_, path in FILES.values())

BROKEN = {
    b"\xc3\x83\xe2\x80\x9c": "Ó",
    b"\xc3\x83\xe2\x80\x98": "Ñ",
    b"\xc3\x83\xc5\x92": "Ü",
    b"\xfc\xbe\x8c\x96\x90\xbc": "Ñ",
    b"\xfc\xbe\x98\xb6\x90\xbc": "Ü",
    b"<d1>": "Ñ",
    b"<dc>": "Ü",
}
"""Letters as the file has them where they are not UTF-8."""

EXPECTED = {
    "month": "month",
    "district_id": "comuna",
    "category": "category",
    "request_type": "type",
    "district_name": "case when comuna = 'unknown' then 'unknown' else 'Comuna ' || comuna end",
    "is_complete_month": "true",
    "requests": "requests",
    "population": "residents",
    "requests_per_1000": "round(1000.0::double * requests / residents, 2)",
    "requests_per_1000_low": "round(1000.0::double * low / residents, 2)",
    "requests_per_1000_high": "round(1000.0::double * high / residents, 2)",
    "rate_ratio_to_city": """case when residents is not null then round((requests / residents::double)
        / (city_requests / (select sum(residents) from census)::double), 3) end""",
}
FIGURES = """
create table figures as
select summed.*, census.residents, bounds.low, bounds.high,
    sum(requests) filter (census.residents is not null) over (partition by month, category, type) as city_requests
from (
        select month, category, type, coalesce(comuna, 'unknown') as comuna, sum(n)::bigint as requests
        from raw group by all
    ) as summed
join bounds using (requests)
left join census using (comuna)
"""
INDEX = {
    "index_id": "'hogares_nbi'",
    "index_year": "2010",
    "district_id": "comuna",
    "district_name": "'Comuna ' || comuna",
    "index_name": "'Hogares con necesidades básicas insatisfechas (NBI)'",
    "index_value": "round(100.0::double * nbi / households, 4)",
    "unit": "'% de los hogares'",
    "direction": "'lower'",
    "need_rank": "place",
    "need_fifth": "case when place <= 3 then 1 when place <= 6 then 2 when place <= 9 then 3 when place <= 12 then 4"
    " else 5 end",
    "population": "residents",
    "index_source": "'INDEC, Censo Nacional de Población, Hogares y Viviendas 2010; radios censales sumados por"
    " comuna'",
}


def right(text: bytes) -> str:
    for broken, letter in BROKEN.items():
        text = text.replace(broken, letter.encode())
    return text.decode("utf-8")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> CityRun:
    home = tmp_path_factory.mktemp("buenos_aires")
    outcome = run_city("buenos_aires", portals(shared_data), home, "run", "--as-of", AS_OF)
    zone = "America/Argentina/Buenos_Aires"
    return CityRun(CityHome(home / "buenos_aires"), zone, "2016-02-01 00:00:00", outcome)


@pytest.fixture(scope="module")
def counts(shared_data: Path) -> list[dict[str, Any]]:
    """The counts as the file has them, letters put right."""
    text = gzip.decompress((shared_data / COUNTS).read_bytes()).decode("latin-1")
    return [
        {
            "month": date(int(row["PERIODO"]) // 100, int(row["PERIODO"]) % 100, 1),
            "category": right(row["RUBRO"].encode("latin-1")),
            "type": row["TIPO_PRESTACION"],
            "comuna": None if row["COMUNA"] == "NA" else row["COMUNA"],
            "n": int(row["total"]),
        }
        for row in csv.DictReader(io.StringIO(text, newline=""))
    ]


@pytest.fixture(scope="module")
def raw(counts: list[dict[str, Any]], shared_data: Path) -> duckdb.DuckDBPyConnection:
    """``raw``: the counts; ``census``: residents and households by comuna."""
    connection = duckdb.connect()
    connection.execute(f"load '{spatial_extension()}'")
    connection.register("counts", pa.Table.from_pylist(counts))
    connection.execute("create table raw as from counts")
    features = json.loads(gzip.decompress((shared_data / CENSUS).read_bytes()))["features"]
    connection.register("radii", pa.Table.from_pylist([one["properties"] for one in features]))
    connection.execute("""
        create table census as
        select "COMUNA" as comuna, sum("POBLACION")::bigint as residents, sum("HOGARES")::bigint as households,
            sum("HOGARES_NBI")::bigint as nbi
        from radii group by all
    """)
    totals = [
        n
        for (n,) in connection.sql("""
        select distinct sum(n)::bigint from raw group by month, category, type, coalesce(comuna, 'unknown')
    """).fetchall()
    ]
    bounds = [
        {"requests": n, "low": float(chi2.ppf(0.025, 2 * n) / 2), "high": float(chi2.ppf(0.975, 2 * n + 2) / 2)}
        for n in totals
    ]
    connection.register("garwood", pa.Table.from_pylist(bounds))
    connection.execute("create table bounds as from garwood")
    connection.execute(FIGURES)
    return connection


def test_no_count_is_lost(city: CityRun, counts: list[dict[str, Any]]) -> None:
    """Letters broken in four ways, places not found: every one of the two million is in the product."""
    assert (city.outcome["held"], city.outcome["failed"], city.outcome["quarantined"]) == ([], [], [])
    assert {p["product"] for p in city.outcome["published"]} == {
        "district_indices",
        "districts",
        "measure_gaps",
        "measures",
        "service_request_counts",
    }
    assert city.counts("suaci_por_comuna") == (57_431, 57_431, 0, 0)
    assert city.counts("comunas") == (15, 15, 0, 0)
    assert city.counts("radios_censales") == (3_554, 3_554, 0, 0)
    assert sum(row["n"] for row in counts) == 2_001_344
    for tier in TIERS:
        path = city.release("service_request_counts", tier)
        assert duckdb.sql(f"select sum(requests) from '{path}'").fetchall() == [(2_001_344,)]


def test_every_count_and_rate_is_the_files(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    expected = f"select {', '.join(EXPECTED.values())} from figures"
    for tier in TIERS:
        differ(raw, expected, city.release("service_request_counts", tier), tuple(EXPECTED), 28_669)


def test_every_subject_can_be_read(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    """A subject written in three ways is one subject, and its counts are together."""
    path = city.release("service_request_counts", "public")
    letters = "^[A-ZÑÓÜ0-9 .,;:()/-]+$"
    assert duckdb.sql(f"select count(distinct category) from '{path}' where category !~ '{letters}'").fetchall() == [
        (0,)
    ]
    cover = raw.sql("select count(*), sum(n)::bigint from raw where category = 'COBERTURA PORTEÑA'").fetchall()[0]
    assert cover[0] > 147
    assert duckdb.sql(f"select sum(requests) from '{path}' where category = 'COBERTURA PORTEÑA'").fetchall() == [
        (cover[1],)
    ]


def test_the_missing_months_are_told(city: CityRun) -> None:
    """October to December 2014 are not in the file: a warning on record, and no row that says nobody asked."""
    quality = json.loads(
        city.release("service_request_counts", "public").with_name("quality.json").read_text(encoding="utf-8")
    )
    rules = {rule["id"]: rule for rule in quality["rules"]}
    assert rules["no_city_month_is_missing"]["result"] == "warned"
    path = city.release("service_request_counts", "public")
    assert duckdb.sql(f"select count(distinct month), min(month), max(month) from '{path}'").fetchall() == [
        (33, date(2013, 1, 1), date(2015, 12, 1))
    ]


def test_comunas_carry_the_census(city: CityRun, raw: duckdb.DuckDBPyConnection, shared_data: Path) -> None:
    raw.execute(f"""
        create or replace table drawn as
        select f.properties.comunas as comuna, st_geomfromgeojson(to_json(f.geometry)) as area
        from (select unnest(features) as f
              from read_json('{shared_data / COMUNAS}', maximum_object_size = 20000000))
    """)
    for tier in TIERS:
        path = city.release("districts", tier)
        assert raw.sql(f"""
            select count(*), sum(population), bool_and(population = residents and population_year = 2010),
                bool_and(district_name = 'Comuna ' || comuna),
                bool_and(st_area(st_symdifference(st_geomfromtext(geometry_wkt), area)) < 1e-12)
            from '{path}' join census on comuna = district_id join drawn using (comuna)
        """).fetchall() == [(15, 2_890_151, True, True, True)]


def test_unmet_needs_are_the_censuss(city: CityRun, raw: duckdb.DuckDBPyConnection) -> None:
    """From 1.7 per cent of the households in comuna 12 to 15.9 in comuna 1, which comes first."""
    expected = f"""
        select {", ".join(INDEX.values())}
        from (
            select *, 1 + (
                select count(*) from census as c where c.nbi * census.households > census.nbi * c.households
            ) as place from census
        )
    """
    for tier in TIERS:
        path = city.release("district_indices", tier)
        differ(raw, expected, path, tuple(INDEX), 15)
        ends = f"select district_id, round(index_value, 1) from '{path}' where need_rank in (1, 15) order by need_rank"
        assert duckdb.sql(ends).fetchall() == [("1", 15.9), ("12", 1.7)]


def test_the_pages_speak_spanish_first_and_say_what_is_missing(city: CityRun) -> None:
    site = city.home.root / "site/public"
    assert "url=es/index.html" in (site / "index.html").read_text(encoding="utf-8")
    products = (site / "es/products/index.html").read_text(encoding="utf-8")
    assert "la ciudad dio recuentos por mes, no sus solicitudes una por una" in products
    answer = (site / "es/problems/quien_no_pide/index.html").read_text(encoding="utf-8")
    assert "La ciudad pidió limpieza a razón de 2,0 por cada 1.000 habitantes" in answer
    assert "1,1 en Comuna 2" in answer


def test_the_printed_page_of_its_flows_is_the_runs(city: CityRun) -> None:
    check_page(city.home)
