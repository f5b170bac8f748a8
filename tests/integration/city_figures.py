"""A city's published figures worked out anew from its raw records, by brute force.

Belongs here: running a city against portals on this machine, and what every column of the shared products must hold,
each from its definition. Nothing here reads a model, a macro or a statistic of Cauce: a table ``raw`` of records typed
by hand goes in (``CityRun.raw``), and whole rows are compared with what was released, tier by tier. Does not belong
here: how one city writes its records (``test_city_<id>``).

Columns of ``raw``: id, category, department, channel, district (null where nobody knows), is_closed, and opened,
closed, due, updated as the city's own clocks said.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from scipy.stats import chi2

from contracts.engines.spatial import spatial_extension
from contracts.home import CityHome
from contracts.release import Release, current
from tests.portals import Portal

TIERS = ("internal", "public")
K = 1
"""No count is hidden: the smallest count shown of every city tried here, since the requests themselves are public.

Hiding is tried on an invented city (``test_shaping``) and on hand-made rows (``transforms/unit_tests/monthly.yml``).
"""


@dataclass(frozen=True)
class CityRun:
    """A city after a run.

    Attributes:
        as_of: The run's as-of instant by the city's own clocks, as SQL writes a timestamp.
        zone: The city's time zone.
        outcome: What ``cauce run --format json`` printed.
    """

    home: CityHome
    zone: str
    as_of: str
    outcome: dict[str, Any]

    def release(self, product: str, tier: str) -> Path:
        """The data of a product's current release."""
        found: Release | None = current(self.home, tier, product)
        assert found is not None, f"{product} has no {tier} release: {self.outcome}"
        return found.local("data.parquet")

    def landing(self, source: str, number: int = 1) -> dict[str, Any]:
        """What is on record of a landing."""
        file = self.home.root / "raw" / source / "landings" / f"{number:06}.json"
        value: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return value

    def counts(self, source: str) -> tuple[int, int, int, int]:
        """Received, accepted, quarantined, rejected."""
        told = self.landing(source)
        return told["received"], told["accepted"], told["quarantined"], told["rejected"]

    def raw(self, query: str, *, shapes: bool = False) -> duckdb.DuckDBPyConnection:
        """A connection with ``raw``, and ``requests``: each record's state as of the instant."""
        connection = duckdb.connect()
        if shapes:
            connection.execute(f"load '{spatial_extension()}'")
        connection.execute(f"create table raw as {query}")
        connection.execute(f"create table instant as select timestamp '{self.as_of}' as as_of")
        connection.execute(REQUESTS)
        return connection


def run_city(city: str, portals: Mapping[str, Portal], home: Path, *command: str) -> dict[str, Any]:
    """``cauce <command> --city <city>`` in a process of its own, its portals on this machine."""
    with ExitStack() as running:
        for portal in portals.values():
            if portal._server is None:
                running.enter_context(portal)
        mirrors = [word for name, portal in portals.items() for word in ("--portal", f"{name}={portal.url}")]
        given = [sys.executable, "-m", "orchestration.cli.main", *command, "--city", city, *mirrors]
        environment = {**os.environ, "CAUCE_HOME": str(home)}
        done = subprocess.run(
            [*given, "--format", "json"], env=environment, capture_output=True, text=True, check=False
        )
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    value: dict[str, Any] = json.loads(done.stdout)
    return value


# one row a request, as of the instant ---------------------------------------------------------

REQUESTS = """
create table requests as
select
    id, category, coalesce(department, 'unknown') as department, channel, coalesce(district, 'unknown') as district,
    opened, due, updated, as_of,
    case when is_closed and closed <= as_of then closed end as closing,
    case when is_closed and greatest(opened, coalesce(closed, updated, opened)) <= as_of
        then greatest(opened, coalesce(closed, updated, opened)) end as gone
from raw, instant
"""


def single_requests(zone: str) -> dict[str, str]:
    """Each column of the product of single requests, over ``requests``."""
    moment = "timezone('UTC', timezone('" + zone + "', {}))"
    return {
        "service_request_id": "id",
        "category": "category",
        "service_code": "cast(null as varchar)",
        "department": "department",
        "channel": "channel",
        "district_id": "district",
        "status": "case when gone is null then 'open' else 'closed' end",
        "opened_date": "cast(opened as date)",
        "due_date": "cast(due as date)",
        "closed_date": "cast(closing as date)",
        "days_to_close": "case when closing::date >= opened::date then closing::date - opened::date end",
        "is_on_time": "case when due is not null and (gone is not null or due <= as_of)"
        " then coalesce(closing <= due, false) end",
        "is_overdue": "gone is null and coalesce(due <= as_of, false)",
        "opened_at": moment.format("opened"),
        "due_at": moment.format("due"),
        "closed_at": moment.format("closing"),
        "updated_at": moment.format("updated"),
    }


MOMENTS = ("opened_at", "due_at", "closed_at", "updated_at")
"""Columns that only the internal tier has."""


def check_requests(run: CityRun, connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    """Every record of the product of single requests, at both tiers."""
    columns = single_requests(run.zone)
    for tier in TIERS:
        wanted = [c for c in columns if tier == "internal" or c not in MOMENTS]
        expected = f"select {', '.join(columns[c] for c in wanted)} from requests"
        differ(connection, expected, run.release("service_requests", tier), wanted, rows)


def differ(
    connection: duckdb.DuckDBPyConnection, expected: str, released: Path, columns: Sequence[str], rows: int
) -> None:
    """The release has these columns and no other, as many rows, and each row as expected."""
    found = [row[0] for row in connection.sql(f"describe from '{released}'").fetchall()]
    assert sorted(found) == sorted(columns)
    names = ", ".join(f'"{c}"' for c in columns)
    published = f"select {names} from '{released}'"
    assert connection.sql(f"select count(*) from ({published})").fetchall() == [(rows,)]
    assert connection.sql(f"({published}) except all ({expected}) limit 3").fetchall() == []
    assert connection.sql(f"({expected}) except all ({published}) limit 3").fetchall() == []


# one row a month, district, category and department ------------------------------------------------

COUNTS = """
create table counted as
with months as (
    select firsts.*, m.month, m.month + interval 1 month as edge
    from (select district, category, department, min(date_trunc('month', opened)) as first from seen group by all)
        as firsts,
        (select unnest(generate_series(
            (select min(date_trunc('month', opened)) from seen),
            (select max(date_trunc('month', opened)) from seen),
            interval 1 month)) as month) as m
    where m.month >= firsts.first
)
select
    cast(months.month as date) as month, months.district, months.category, months.department,
    cast(any_value(edge) as date) <= (select cast(as_of as date) from instant)
        and cast(any_value(edge) as date) <= (select cast(max(opened) as date) + 4 from seen) as is_complete,
    count(*) filter (where date_trunc('month', opened) = months.month) as opened,
    count(*) filter (where date_trunc('month', gone) = months.month) as closed,
    count(*) filter (where due_month = months.month) as due,
    count(*) filter (where due_month = months.month and closing <= due) as due_on_time,
    count(*) filter (where date_trunc('month', gone) = months.month and closing <= due) as closed_on_time,
    count(*) filter (where date_trunc('month', gone) = months.month and closing is not null and due is not null)
        as closed_with_due,
    count(*) filter (where date_trunc('month', opened) = months.month and days is not null) as timed,
    count(*) filter (where is_waiting) as backlog,
    count(*) filter (where is_waiting and age <= 7) as young,
    count(*) filter (where is_waiting and age between 8 and 30) as weeks,
    count(*) filter (where is_waiting and age between 31 and 90) as months_old,
    count(*) filter (where is_waiting and age > 90) as old,
    count(*) filter (where is_waiting and due_month <= months.month) as overdue
from (
    select months.*, r.* exclude (district, category, department),
        r.opened < edge and (r.gone is null or r.gone >= edge) as is_waiting,
        least(cast(edge as date) - 1, cast(r.as_of as date)) - cast(r.opened as date) as age
    from months join seen as r using (district, category, department)
) as months
group by all
"""

SEEN = """
create table seen as
select *,
    case when due <= as_of then date_trunc('month', greatest(cast(due as date), cast(opened as date))) end as due_month,
    case
        when gone is null then cast(as_of as date) - cast(opened as date)
        when cast(closing as date) >= cast(opened as date) then cast(closing as date) - cast(opened as date)
    end as days
from requests
where opened <= as_of
"""

FIGURES = """
create table figures as
with known as (
    select c.*, coalesce(d.name, c.district) as district_name, nullif(d.residents, 0) as population, t.median, t.p90,
        lag(c.backlog between 1 and {least}, 1, false) over (
            partition by c.district, c.category, c.department order by c.month) as was_small
    from counted as c
    left join districts as d on c.district = d.id
    left join timed as t using (month, district, category, department)
),
city as (
    select month, category, department,
        1000.0::double * sum(opened) / (select sum(residents) from districts) as rate
    from known where population is not null group by all
)
select known.*, city.rate as city_rate,
    1000.0::double * opened / population as rate,
    1000.0::double * b.low / population as rate_low,
    1000.0::double * b.high / population as rate_high,
    opened between 1 and {least} or closed between 1 and {least} as hides_opened,
    opened between 1 and {least} or closed between 1 and {least} or backlog between 1 and {least} or was_small
        as hides_closed,
    coalesce(h.up_to, 0) as hidden_up_to
from known
join bounds as b using (opened)
left join city using (month, category, department)
left join hidden as h using (young, weeks, months_old, old)
"""


def monthly() -> dict[str, str]:
    """Each column of the monthly product, over ``figures``."""

    def counted(name: str, hides: str) -> str:
        return f"case when {name} between 1 and {K - 1} or ({hides}) then null else {name} end"

    def valued(value: str, cases: str, hides: str = "false") -> str:
        return f"case when {cases} between 1 and {K - 1} or ({hides}) then null else {value} end"

    def part(name: str, whole: str, hides: str) -> str:
        small = f"{name} between 1 and {K - 1} or {whole} - {name} between 1 and {K - 1}"
        return f"case when {small} or ({hides}) then null else {name} end"

    def percent(part: str, whole: str) -> str:
        return f"round(100.0::double * {part} / nullif({whole}, 0), 1)"

    small = f"between 1 and {K - 1}"
    ages = {
        "backlog_0_7_days": "young",
        "backlog_8_30_days": "weeks",
        "backlog_31_90_days": "months_old",
        "backlog_over_90_days": "old",
    }
    of_due, of_closed = percent("due_on_time", "due"), percent("closed_on_time", "closed_with_due")
    clearance = percent("closed", "opened")
    public = {
        "month": "month",
        "district_id": "district",
        "category": "category",
        "department": "department",
        "district_name": "district_name",
        "is_complete_month": "is_complete",
        "minimum_cell": f"{K}",
        "opened": counted("opened", "hides_opened"),
        "is_opened_suppressed": "hides_opened",
        "closed": counted("closed", "hides_closed"),
        "is_closed_suppressed": "hides_closed",
        "closed_with_due": part("closed_with_due", "closed", "hides_closed"),
        "closed_on_time": valued("closed_on_time", "closed_with_due", "hides_closed"),
        "due": counted("due", "false"),
        "due_on_time": valued("due_on_time", "due"),
        "is_due_suppressed": f"due {small}",
        "on_time_pct_of_due": valued(of_due, "due"),
        "on_time_pct_of_closed": valued(of_closed, "closed_with_due", "hides_closed"),
        "clearance_pct": valued(clearance, "closed", "hides_opened or hides_closed"),
        "requests_timed": part("timed", "opened", "hides_opened"),
        "median_days_to_close": valued("median", "timed"),
        "p90_days_to_close": valued("p90", "timed"),
        "backlog": counted("backlog", "false"),
        "is_backlog_suppressed": f"backlog {small}",
        **{name: f"case when {of} between 1 and hidden_up_to then null else {of} end" for name, of in ages.items()},
        "is_backlog_age_suppressed": "hidden_up_to > 0",
        "overdue": counted("overdue", "false"),
        "is_overdue_suppressed": f"overdue {small}",
        "population": "population",
        "opened_per_1000": valued("round(rate, 2)", "opened", "hides_opened"),
        "opened_per_1000_low": valued("round(rate_low, 2)", "opened", "hides_opened"),
        "opened_per_1000_high": valued("round(rate_high, 2)", "opened", "hides_opened"),
    }
    exact = {
        **{f"{n}_exact": n for n in ("opened", "closed", "due", "due_on_time", "closed_with_due", "closed_on_time")},
        "on_time_pct_of_due_exact": of_due,
        "on_time_pct_of_closed_exact": of_closed,
        "clearance_pct_exact": clearance,
        "requests_timed_exact": "timed",
        "median_days_to_close_exact": "median",
        "p90_days_to_close_exact": "p90",
        "backlog_exact": "backlog",
        **{f"{name}_exact": of for name, of in ages.items()},
        "overdue_exact": "overdue",
        "opened_per_1000_exact": "round(rate, 2)",
        "opened_per_1000_low_exact": "round(rate_low, 2)",
        "opened_per_1000_high_exact": "round(rate_high, 2)",
        "rate_ratio_to_city_exact": "case when population is not null then round(rate / nullif(city_rate, 0), 3) end",
    }
    return {**public, **exact}


def check_monthly(
    run: CityRun,
    connection: duckdb.DuckDBPyConnection,
    rows: int,
    districts: Iterable[tuple[str, str, int | None]] = (),
) -> None:
    """Every figure of the monthly product, at both tiers.

    Args:
        rows: How many rows there must be.
        districts: Code, name and residents of each district whose name is known.
    """
    connection.execute(SEEN)
    connection.execute(COUNTS)
    connection.execute("create table districts (id varchar, name varchar, residents bigint)")
    for district in districts:
        connection.execute("insert into districts values (?, ?, ?)", list(district))
    _time(connection)
    _bound(connection)
    _hide(connection)
    connection.execute(FIGURES.format(least=K - 1))
    columns = monthly()
    for tier in TIERS:
        wanted = [c for c in columns if tier == "internal" or not c.endswith("_exact")]
        expected = f"select {', '.join(columns[c] for c in wanted)} from figures"
        differ(connection, expected, run.release("service_requests_monthly", tier), wanted, rows)


def kaplan_meier(days: Sequence[tuple[int, bool]], share: float) -> int | None:
    """Days by which ``share`` were closed: the product-limit estimate, written out by hand."""
    alive = 1.0
    for day in sorted({d for d, closed in days if closed}):
        at_risk = sum(1 for d, _ in days if d >= day)
        alive *= 1 - sum(1 for d, closed in days if closed and d == day) / at_risk
        if alive <= 1 - share + 1e-9:
            return day
    return None


def hidden_up_to(parts: Sequence[int]) -> int:
    """The greatest part of a total that must be hidden so that no hidden one can be worked out.

    The small ones are; then the next smallest until they are two, and what is hidden is ``K`` together.
    """
    shown = sorted(p for p in parts if p > 0)
    hidden = [p for p in shown if p < K]
    if not hidden:
        return 0
    rest = shown[len(hidden) :]
    if len(hidden) < 2 and rest:
        hidden.append(rest.pop(0))
    if sum(hidden) < K and rest:
        hidden.append(rest.pop(0))
    return hidden[-1]


def _time(connection: duckdb.DuckDBPyConnection) -> None:
    waited: dict[tuple[Any, ...], list[tuple[int, bool]]] = {}
    for *key, days, closed in connection.sql("""
        select cast(date_trunc('month', opened) as date), district, category, department, days, gone is not null
        from seen where days is not null
    """).fetchall():
        waited.setdefault(tuple(key), []).append((days, closed))
    connection.execute(
        "create table timed (month date, district varchar, category varchar, department varchar,"
        " median bigint, p90 bigint)"
    )
    found = [[*key, kaplan_meier(days, 0.5), kaplan_meier(days, 0.9)] for key, days in waited.items()]
    _insert(connection, "timed", found)


def _bound(connection: duckdb.DuckDBPyConnection) -> None:
    """Garwood's interval by the quantiles of chi squared, half of each."""
    counts = [n for (n,) in connection.sql("select distinct opened from counted").fetchall()]
    connection.execute("create table bounds (opened bigint, low double, high double)")
    _insert(
        connection,
        "bounds",
        [[n, float(chi2.ppf(0.025, 2 * n) / 2) if n else 0.0, float(chi2.ppf(0.975, 2 * n + 2) / 2)] for n in counts],
    )


def _hide(connection: duckdb.DuckDBPyConnection) -> None:
    parts = connection.sql("select distinct young, weeks, months_old, old from counted").fetchall()
    connection.execute("create table hidden (young bigint, weeks bigint, months_old bigint, old bigint, up_to bigint)")
    _insert(connection, "hidden", [[*four, hidden_up_to(four)] for four in parts])


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[list[Any]]) -> None:
    import pyarrow as pa

    names = [row[0] for row in connection.sql(f"describe {table}").fetchall()]
    frame = pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})
    connection.register("given", frame)
    connection.execute(f"insert into {table} select * from given")
    connection.unregister("given")


# nothing restricted goes out ------------------------------------------------------------------------


def check_nothing_leaks(run: CityRun, secrets: Iterable[str], least: int) -> None:
    """None of these texts stands in anything public."""
    told = {text.encode() for text in secrets}
    assert len(told) >= least
    folders = (run.home.root / "releases" / "public", run.home.root / "site" / "public")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 20
    for path in files:
        if path.suffix == ".parquet":
            text = "\n".join(str(row) for row in duckdb.sql(f"from '{path}'").fetchall()).encode()
        else:
            text = path.read_bytes()
        assert [s for s in told if s in text] == [], path
