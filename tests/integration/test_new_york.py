"""New York's real requests, run as a city: every published figure against a query over the raw file.

The queries here read the portal's own export with DuckDB and know nothing of Cauce's models: each figure is
counted anew from its definition, month by month, by brute force.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.home import CityHome
from contracts.release import Release, current

pytestmark = pytest.mark.real_data

CONTENT = Path(__file__).resolve().parent.parent / "content"
SAMPLE_2018 = "311/nyc/311_service_requests_2018_sample.csv"
MARCH_2025 = "311/nyc/311_march_2025.csv"
TRACTS = "boundaries/nyc/acs_socioeconomic_tract_2022.csv"
FIRST = "2019-10-01T04:00:00Z"
SECOND = "2025-03-26T04:00:00Z"
BOROUGHS = {"005": "BRONX", "047": "BROOKLYN", "061": "MANHATTAN", "081": "QUEENS", "085": "STATEN ISLAND"}

# The portal's export, typed by hand: times stay New York's own.
RAW = """
select
    "Unique Key" as id, "Complaint Type" as category, "Agency" as department,
    coalesce(nullif("Borough", 'Unspecified'), 'unknown') as district,
    "Status" = 'Closed' as is_closed,
    strptime("Created Date", '%m/%d/%Y %I:%M:%S %p') as opened,
    strptime("Closed Date", '%m/%d/%Y %I:%M:%S %p') as closed,
    strptime("Due Date", '%m/%d/%Y %I:%M:%S %p') as due,
    strptime("Resolution Action Updated Date", '%m/%d/%Y %I:%M:%S %p') as updated
from read_csv([{files}], all_varchar = true, header = true, delim = ',', quote = '"', union_by_name = true)
"""

LEFT = """
select *,
    case when is_closed and closed <= as_of then closed end as closing,
    case when is_closed and greatest(opened, coalesce(closed, updated, opened)) <= as_of
        then greatest(opened, coalesce(closed, updated, opened)) end as gone
from raw, instant
"""

# Brute force: every group in every month from its first to the newest, each count from its definition.
COUNTS = """
with months as (
    select distinct groups.*, m.month
    from (
            select district, category, department, min(date_trunc('month', opened)) as first from gone_raw group by all
        ) as groups,
        (select unnest(generate_series(
            (select min(date_trunc('month', opened)) from gone_raw),
            (select greatest(max(date_trunc('month', opened)), max(date_trunc('month', gone))) from gone_raw),
            interval 1 month)) as month) as m
    where m.month >= groups.first
)
select
    cast(months.month as date) as month, months.district, months.category, months.department,
    count(*) filter (where date_trunc('month', r.opened) = months.month) as opened,
    count(*) filter (where date_trunc('month', r.gone) = months.month) as closed,
    count(*) filter (where date_trunc('month', r.due) = months.month and r.due <= r.as_of) as due,
    count(*) filter (
        where date_trunc('month', r.due) = months.month and r.due <= r.as_of and r.closing <= r.due) as due_on_time,
    count(*) filter (
        where date_trunc('month', r.gone) = months.month and r.closing is not null and r.due is not null
            and r.closing <= r.due) as closed_on_time,
    count(*) filter (
        where date_trunc('month', r.gone) = months.month and r.closing is not null and r.due is not null
    ) as closed_with_due,
    count(*) filter (where r.opened < edge and (r.gone is null or r.gone >= edge)) as backlog,
    count(*) filter (where r.opened < edge and (r.gone is null or r.gone >= edge)
        and r.due < edge and r.due <= r.as_of) as overdue
from (select *, month + interval 1 month as edge from months) as months
join gone_raw as r using (district, category, department)
group by all
"""


@dataclass(frozen=True)
class NewYork:
    """The city after a delivery, and the raw files that went in."""

    home: CityHome
    files: tuple[Path, ...]
    outcome: dict[str, Any]
    as_of: str

    def release(self, product: str, tier: str) -> Release:
        found = current(self.home, tier, product)
        assert found is not None, f"{product} has no {tier} release: {self.outcome['held']}"
        return found

    def raw(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        names = ", ".join(f"'{path}'" for path in self.files)
        local = self.as_of.replace("T04:00:00Z", " 00:00:00")
        connection.execute(f"create table raw as {RAW.format(files=names)}")
        connection.execute(f"create table instant as select timestamp '{local}' as as_of")
        connection.execute(f"create table gone_raw as {LEFT}")
        return connection


def run(cities: Path, home: Path, as_of: str) -> dict[str, Any]:
    environment = {**os.environ, "CAUCE_CITIES": str(cities), "CAUCE_HOME": str(home)}
    command = [sys.executable, "-m", "orchestration.cli.main", "run", "--city", "newyork", "--as-of", as_of]
    done = subprocess.run([*command, "--format", "json"], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    value: dict[str, Any] = json.loads(done.stdout)
    assert value["failed"] == [], value["failed"]
    return value


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    root = tmp_path_factory.mktemp("cities")
    shutil.copytree(CONTENT / "newyork", root / "newyork")
    deliveries = root / "newyork" / "deliveries"
    deliveries.mkdir()
    shutil.copy(shared_data / TRACTS, deliveries / "tracts.csv")
    return root


@pytest.fixture(scope="module")
def first(cities: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> NewYork:
    """New York after its 2018 sample."""
    home = tmp_path_factory.mktemp("first")
    sample = shared_data / SAMPLE_2018
    shutil.copy(sample, cities / "newyork" / "deliveries" / "requests.csv")
    return NewYork(CityHome(home / "newyork"), (sample,), run(cities, home, FIRST), FIRST)


@pytest.fixture(scope="module")
def both(first: NewYork, cities: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> NewYork:
    """The same state, moved elsewhere, after the delivery of March 2025 on top of it."""
    home = tmp_path_factory.mktemp("both")
    shutil.copytree(first.home.root.parent, home, dirs_exist_ok=True)
    march = shared_data / MARCH_2025
    shutil.copy(march, cities / "newyork" / "deliveries" / "requests.csv")
    return NewYork(CityHome(home / "newyork"), (*first.files, march), run(cities, home, SECOND), SECOND)


@pytest.fixture(params=["first", "both"])
def new_york(request: pytest.FixtureRequest) -> NewYork:
    found: NewYork = request.getfixturevalue(request.param)
    return found


def test_everything_is_published_and_nothing_set_aside(new_york: NewYork) -> None:
    assert new_york.outcome["held"] == []
    assert new_york.outcome["quarantined"] == []
    assert {"service_requests", "service_requests_monthly"} <= {p["product"] for p in new_york.outcome["published"]}


def test_every_request_is_published_as_it_was(new_york: NewYork) -> None:
    path = new_york.release("service_requests", "public").local("data.parquet")
    connection = new_york.raw()
    expected = """
        select id, category, department, district, cast(opened as date), cast(due as date), cast(closing as date),
            case when gone is null then 'open' else 'closed' end,
            case when cast(closing as date) >= cast(opened as date)
                then cast(closing as date) - cast(opened as date) end,
            case when due is not null and (gone is not null or due <= as_of) then coalesce(closing <= due, false) end
        from gone_raw
    """
    published = f"""
        select service_request_id, category, department, district_id, opened_date, due_date, closed_date, status,
            days_to_close, is_on_time
        from '{path}'
    """
    assert connection.sql(f"select count(*) from ({expected})").fetchall()[0][0] >= 1000
    assert connection.sql(f"({published}) except all ({expected})").fetchall() == []
    assert connection.sql(f"({expected}) except all ({published})").fetchall() == []


def test_every_monthly_count_is_the_raw_files(new_york: NewYork) -> None:
    path = new_york.release("service_requests_monthly", "internal").local("data.parquet")
    connection = new_york.raw()
    published = f"""
        select month, district_id, category, department, opened_exact, closed_exact, due_exact, due_on_time_exact,
            closed_on_time_exact, closed_with_due_exact, backlog_exact, overdue_exact
        from '{path}'
    """
    assert connection.sql(f"({published}) except all ({COUNTS})").fetchall() == []
    assert connection.sql(f"({COUNTS}) except all ({published})").fetchall() == []


def test_public_counts_are_exact_or_hidden_and_none_is_small(new_york: NewYork) -> None:
    path = new_york.release("service_requests_monthly", "public").local("data.parquet")
    connection = new_york.raw()
    connection.execute(f"create table counted as {COUNTS}")
    keys = (
        "p.month = c.month and p.district_id = c.district and p.category = c.category and p.department = c.department"
    )
    for count in ("opened", "closed", "due", "backlog", "overdue"):
        wrong, small, shown = connection.sql(f"""
            select count(*) filter (where p.{count} <> c.{count}), count(*) filter (where p.{count} between 1 and 9),
                count(*) filter (where p.{count} >= 10)
            from '{path}' as p join counted as c on {keys}
        """).fetchall()[0]
        assert (wrong, small) == (0, 0), count
        assert shown > 0 or count not in {"opened", "closed"}, count
    hidden = connection.sql(f"""
        select count(*) from '{path}' as p join counted as c on {keys}
        where c.opened between 1 and 9 and (not p.is_opened_suppressed or p.opened_per_1000 is not null)
    """).fetchall()
    assert hidden == [(0,)]


def kaplan_meier(days: list[tuple[int, bool]], share: float) -> int | None:
    """Days by which ``share`` were closed: the product-limit estimate, written out by hand."""
    alive = 1.0
    for day in sorted({d for d, closed in days if closed}):
        at_risk = sum(1 for d, _ in days if d >= day)
        alive *= 1 - sum(1 for d, closed in days if closed and d == day) / at_risk
        if alive <= 1 - share + 1e-9:
            return day
    return None


def test_every_median_and_p90_is_the_raw_files(new_york: NewYork) -> None:
    path = new_york.release("service_requests_monthly", "internal").local("data.parquet")
    connection = new_york.raw()
    waited: dict[tuple[Any, ...], list[tuple[int, bool]]] = {}
    rows = connection.sql("""
        select cast(date_trunc('month', opened) as date), district, category, department,
            cast(coalesce(closing, as_of) as date) - cast(opened as date), closing is not null
        from gone_raw
        where not (gone is not null and closing is null) and opened <= as_of
            and cast(coalesce(closing, as_of) as date) >= cast(opened as date)
    """).fetchall()
    for *key, days, closed in rows:
        waited.setdefault(tuple(key), []).append((days, closed))
    published = connection.sql(f"""
        select month, district_id, category, department, median_days_to_close_exact, p90_days_to_close_exact
        from '{path}' where requests_timed_exact > 0
    """).fetchall()
    assert len(published) == len(waited)
    for *key, median, p90 in published:
        days = waited[tuple(key)]
        assert (median, p90) == (kaplan_meier(days, 0.5), kaplan_meier(days, 0.9)), (key, days)


def test_rates_stand_on_the_census_to_two_decimals(new_york: NewYork, shared_data: Path) -> None:
    path = new_york.release("service_requests_monthly", "internal").local("data.parquet")
    connection = new_york.raw()
    names = ", ".join(f"('{code}', '{name}')" for code, name in BOROUGHS.items())
    connection.execute(f"""
        create table residents as
        select name, sum(cast("TOTAL_POP" as bigint)) as residents
        from read_csv('{shared_data / TRACTS}', all_varchar = true) join (values {names}) as b(code, name)
            on substr("GEOID", 3, 3) = code
        group by name
    """)
    wrong = connection.sql(f"""
        select p.month, district_id, opened_per_1000_exact, residents
        from '{path}' as p left join residents on name = district_id
        where p.population is distinct from residents
            or abs(opened_per_1000_exact - opened_exact * 1000.0 / residents) > 0.005 + 1e-9
            or (residents is not null and opened_per_1000_exact is null)
    """).fetchall()
    assert wrong == []
    assert connection.sql("select count(*) from residents").fetchall() == [(5,)]


def test_addresses_and_positions_go_nowhere(new_york: NewYork) -> None:
    addresses = [
        row[0].encode()
        for row in duckdb.sql(f"""
            select distinct "Incident Address" from read_csv('{new_york.files[0]}', all_varchar = true)
            where length("Incident Address") > 10
        """).fetchall()
    ]
    assert len(addresses) > 500
    root = new_york.home.root
    public = [p for folder in ("releases/public", "site/public") for p in (root / folder).rglob("*") if p.is_file()]
    assert len(public) > 20
    for path in public:
        if path.suffix == ".parquet":
            text = "\n".join(str(row) for row in duckdb.sql(f"select * from '{path}'").fetchall()).encode()
        else:
            text = path.read_bytes()
        assert [a for a in addresses if a in text] == [], path
