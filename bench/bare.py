"""The same work as one full run of the demo city, as a person in a hurry would write it: DuckDB and nothing else.

    python -m bench.bare FOLDER-OF-THE-DELIVERY FOLDER-TO-WRITE 2026-10-01T05:00:00

It keeps the raw file, reads it with declared types, checks each rule once at the door, shapes, writes the same
files as the releases hold (both tiers; CSV up to a million records) in the same order, and checks each rule once
per written file. It keeps no history, no evidence, no pages, decides nothing, and knows this one city: its
time zone's offset and its names are written into the SQL.

Belongs here: the yardstick of ``full_run``. Nothing of the engine is imported.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

THREADS = 2
MEMORY = "1500MB"
ROWS_FOR_CSV = 1_000_000
ROW_GROUP = 122_880

READ = """
copy (
    select * replace (
        fecha_apertura + interval 5 hour as fecha_apertura,
        fecha_vencimiento + interval 5 hour as fecha_vencimiento,
        fecha_cierre + interval 5 hour as fecha_cierre,
        fecha_actualizacion + interval 5 hour as fecha_actualizacion
    )
    from read_csv(
        '{source}/service_requests.csv',
        delim = ';', header = true, quote = '"', timestampformat = '%d/%m/%Y %H:%M:%S', auto_detect = false,
        columns = {{
            'radicado': 'varchar', 'fecha_apertura': 'timestamp', 'fecha_vencimiento': 'timestamp',
            'fecha_cierre': 'timestamp', 'fecha_actualizacion': 'timestamp', 'estado': 'varchar',
            'codigo_servicio': 'varchar', 'servicio': 'varchar', 'dependencia': 'varchar', 'canal': 'varchar',
            'comuna': 'varchar', 'direccion': 'varchar', 'latitud': 'double', 'longitud': 'double',
            'solicitante_nombre': 'varchar', 'solicitante_correo': 'varchar', 'solicitante_telefono': 'varchar'
        }}
    )
) to '{target}/accepted.parquet' (format parquet)
"""

DOOR = """
select
    count(*) > 0,
    count(radicado) = count(*) and count(distinct radicado) = count(*),
    bool_and(regexp_matches(radicado, '^PA[0-9]{{4}}-[0-9]{{8}}$')),
    bool_and(fecha_apertura is not null
        and fecha_apertura between timestamp '2023-10-01 05:00:00' and timestamp '2049-12-31 23:59:59'),
    bool_and(estado is not null and estado in ('Abierta', 'Cerrada')),
    bool_and(regexp_matches(codigo_servicio, '^[A-Z]{{3}}-[0-9]{{2}}$')),
    bool_and(servicio is not null),
    bool_and(comuna is null or comuna in ('01', '02', '03', '04', '05', '06', '07', '08', '09', '10')),
    bool_and(latitud is null or latitud between 9.4 and 9.8),
    bool_and(longitud is null or longitud between -76.9 and -76.4),
    count(*) filter (fecha_cierre < fecha_apertura) = 0
from read_parquet('{target}/accepted.parquet')
"""

SHAPE = """
create table districts as
select codigo as district_id, nombre as district_name, poblacion as population, anio_poblacion as population_year,
    limite_wkt as geometry_wkt
from read_json('{source}/districts.jsonl', format = 'newline_delimited', columns = {{
    'codigo': 'varchar', 'nombre': 'varchar', 'poblacion': 'bigint', 'anio_poblacion': 'bigint', 'limite_wkt': 'varchar'
}});

create table placed as
select radicado, min(district_id) as district_id
from (
    select radicado, st_point(longitud, latitud) as point
    from read_parquet('{target}/accepted.parquet')
    where comuna is null and latitud is not null
) as points
join (select district_id, st_geomfromtext(geometry_wkt) as area from districts) as areas
    on st_intersects(area, point)
group by radicado;

create view service_requests as
select
    r.radicado as service_request_id,
    servicio as category,
    codigo_servicio as service_code,
    coalesce(dependencia, 'unknown') as department,
    canal as channel,
    coalesce(comuna, placed.district_id, 'unknown') as district_id,
    case estado when 'Abierta' then 'open' when 'Cerrada' then 'closed' end as status,
    cast(fecha_apertura - interval 5 hour as date) as opened_date,
    cast(fecha_vencimiento - interval 5 hour as date) as due_date,
    cast(fecha_cierre - interval 5 hour as date) as closed_date,
    cast(cast(fecha_cierre - interval 5 hour as date) - cast(fecha_apertura - interval 5 hour as date) as bigint)
        as days_to_close,
    case when fecha_cierre is not null or fecha_vencimiento <= timestamp '{as_of}'
        then coalesce(fecha_cierre <= fecha_vencimiento, false) end as is_on_time,
    estado = 'Abierta' and fecha_vencimiento <= timestamp '{as_of}' as is_overdue,
    fecha_apertura as opened_at,
    fecha_vencimiento as due_at,
    fecha_cierre as closed_at,
    fecha_actualizacion as updated_at
from read_parquet('{target}/accepted.parquet') as r
left join placed using (radicado);
"""

MONTHLY = """
create table monthly as
with requests as (
    select
        district_id, category, department, opened_date, closed_date, due_at, closed_at, is_on_time,
        cast(date_trunc('month', opened_date) as date) as opened_month,
        cast(date_trunc('month', closed_date) as date) as closed_month,
        case when due_at <= timestamp '{as_of}' then cast(date_trunc('month', due_date) as date) end as due_month,
        coalesce(days_to_close, cast(timestamp '{as_of}' - interval 5 hour as date) - opened_date) as days
    from read_parquet('{target}/service_requests_internal.parquet')
),
events as (
    select district_id, category, department, opened_month as month, count(*) as opened, 0 as closed,
        0 as closed_on_time, 0 as due, 0 as due_on_time
    from requests group by all
    union all
    select district_id, category, department, closed_month, 0, count(*), count(*) filter (is_on_time), 0, 0
    from requests where closed_month is not null group by all
    union all
    select district_id, category, department, due_month, 0, 0, 0, count(*), count(*) filter (is_on_time)
    from requests where due_month is not null group by all
),
groups as (select district_id, category, department, min(month) as first from events group by all),
months as (
    select district_id, category, department, cast(unnest(range(first, (select max(month) from events where opened > 0)
        + interval 1 day, interval 1 month)) as date) as month
    from groups
),
flows as (
    select district_id, category, department, month, coalesce(sum(opened), 0) as opened,
        coalesce(sum(closed), 0) as closed, coalesce(sum(closed_on_time), 0) as closed_on_time,
        coalesce(sum(due), 0) as due, coalesce(sum(due_on_time), 0) as due_on_time
    from months left join events using (district_id, category, department, month)
    group by all
),
-- a request counts in the backlog of every month that it sees the end of
standing as (
    select district_id, category, department, month,
        count(*) filter (age between 0 and 7) as backlog_0_7_days,
        count(*) filter (age between 8 and 30) as backlog_8_30_days,
        count(*) filter (age between 31 and 90) as backlog_31_90_days,
        count(*) filter (age > 90) as backlog_over_90_days,
        count(*) filter (is_late) as overdue
    from (
        select district_id, category, department, cast(month as date) as month,
            cast(least(month + interval 1 month - interval 1 day,
                timestamp '{as_of}' - interval 5 hour) as date) - opened_date as age,
            due_month <= month and coalesce(closed_at > due_at, true) as is_late
        from (
            select *, unnest(range(opened_month, coalesce(closed_month, (select max(month) from months)
                + interval 1 month), interval 1 month)) as month
            from requests
        )
    )
    group by all
),
at_risk as (
    select district_id, category, department, opened_month, days, closed,
        sum(cases) over (partition by district_id, category, department, opened_month order by days desc) as n
    from (
        select district_id, category, department, opened_month, days, count(closed_date) as closed, count(*) as cases
        from requests group by all
    )
),
survival as (
    select *, sum(case when closed >= n then -1000.0 else ln(1 - closed / n) end)
        over (partition by district_id, category, department, opened_month order by days) as s
    from at_risk where closed > 0
),
quantiles as (
    select district_id, category, department, opened_month as month,
        min(days) filter (s <= ln(0.5) + 1e-9) as median_days, min(days) filter (s <= ln(0.1) + 1e-9) as p90_days
    from survival group by all
)
select
    month, district_id, category, department, district_name, population,
    cast(opened as bigint) as opened_exact, cast(closed as bigint) as closed_exact,
    cast(closed_on_time as bigint) as closed_on_time_exact,
    cast(due as bigint) as due_exact, cast(due_on_time as bigint) as due_on_time_exact,
    cast(sum(opened - closed) over (partition by district_id, category, department order by month) as bigint)
        as backlog_exact,
    coalesce(backlog_0_7_days, 0) as backlog_0_7_days_exact, coalesce(backlog_8_30_days, 0) as backlog_8_30_days_exact,
    coalesce(backlog_31_90_days, 0) as backlog_31_90_days_exact,
    coalesce(backlog_over_90_days, 0) as backlog_over_90_days_exact, coalesce(overdue, 0) as overdue_exact,
    median_days as median_days_to_close_exact, p90_days as p90_days_to_close_exact,
    case when opened = 0 or opened >= 10 then opened end as opened,
    case when closed = 0 or closed >= 10 then closed end as closed,
    case when due = 0 or due >= 10 then due end as due,
    case when due >= 10 then round(100.0 * due_on_time / due, 1) end as on_time_pct_of_due,
    case when opened >= 10 then median_days end as median_days_to_close,
    case when opened >= 10 then p90_days end as p90_days_to_close,
    case when opened >= 10 then round(1000.0 * opened / population, 2) end as opened_per_1000
from flows
left join standing using (district_id, category, department, month)
left join quantiles using (district_id, category, department, month)
left join districts using (district_id)
order by month, district_id, category, department
"""

PUBLIC = "exclude (opened_at, due_at, closed_at, updated_at)"

GATE = """
select
    count(*) > 0,
    count(service_request_id) = count(*) and count(distinct service_request_id) = count(*),
    bool_and(length(service_request_id) >= 1),
    bool_and(category is not null),
    bool_and(department is not null and department <> 'unknown'),
    bool_and(district_id is not null),
    bool_and(status is not null and status in ('open', 'closed')),
    bool_and(opened_date is not null),
    bool_and(days_to_close is null or days_to_close >= 0),
    bool_and(is_overdue is not null),
    count(*) filter (status = 'open' and closed_date is not null) = 0,
    count(*) filter (status = 'closed' and closed_date is null) = 0,
    count(*) filter (closed_date < opened_date) = 0,
    count(*) filter (days_to_close is distinct from
        case when closed_date >= opened_date then closed_date - opened_date end) = 0,
    count(*) filter ((is_on_time is not null and due_date is null) or (is_overdue and is_on_time)) = 0,
    100.0 * count(*) filter (district_id = 'unknown') / count(*) <= 2
    {more}
from read_parquet('{target}/service_requests_{tier}.parquet')
"""
INTERNAL_RULES = """,
    bool_and(opened_at is not null),
    count(*) filter (abs(opened_date - cast(opened_at as date)) > 1 or abs(closed_date - cast(closed_at as date)) > 1
        or abs(due_date - cast(due_at as date)) > 1) = 0
"""

GATE_MONTHLY = """
select
    count(*) > 0,
    count(*) = count(distinct (month, district_id, category, department)),
    bool_and(month is not null and district_id is not null and category is not null and department is not null),
    bool_and(opened is null or opened = 0 or opened >= 10),
    bool_and(median_days_to_close is null or median_days_to_close <= p90_days_to_close or p90_days_to_close is null),
    bool_and(on_time_pct_of_due is null or on_time_pct_of_due between 0 and 100)
    {more}
from read_parquet('{target}/monthly_{tier}.parquet')
"""
MONTHLY_INTERNAL_RULES = """,
    bool_and(least(opened_exact, closed_exact, due_exact, due_on_time_exact, backlog_exact, overdue_exact) >= 0),
    bool_and(backlog_0_7_days_exact + backlog_8_30_days_exact + backlog_31_90_days_exact + backlog_over_90_days_exact
        = backlog_exact),
    bool_and(due_on_time_exact <= due_exact and closed_on_time_exact <= closed_exact and overdue_exact <= backlog_exact)
"""


class Bare:
    """One run of the script; ``seconds`` says where the time went."""

    def __init__(self, source: Path, target: Path, as_of: str) -> None:
        self.names = {"source": str(source), "target": str(target), "as_of": as_of.replace("T", " ")}
        self.source, self.target = source, target
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    def check(self, connection: duckdb.DuckDBPyConnection, name: str, query: str, **names: str) -> None:
        """Run a row of rules; each value is whether its rule held."""
        row = connection.execute(query.format(**self.names, **names)).fetchone()
        assert row is not None
        self.failed += [f"{name} {n}" for n, held in enumerate(row) if not held]

    def write(self, connection: duckdb.DuckDBPyConnection, select: str, name: str, *, csv: bool) -> None:
        """Write one rendition as Parquet, and as CSV where it is small enough."""
        path = f"{self.target}/{name}"
        connection.execute(f"copy ({select}) to '{path}.parquet' (format parquet, row_group_size {ROW_GROUP})")
        if csv:
            connection.execute(f"copy (from read_parquet('{path}.parquet')) to '{path}.csv' (format csv, header true)")

    def run(self) -> int:
        """Do all of it; returns the number of records."""
        from duckdb_extensions import import_extension

        self.target.mkdir(parents=True, exist_ok=True)
        import_extension("spatial")
        with duckdb.connect(str(self.target / "bare.duckdb")) as connection:
            connection.execute(f"set threads = {THREADS}; set memory_limit = '{MEMORY}'; set TimeZone = 'UTC'")
            connection.load_extension("spatial")
            with self.step("land"):
                self.land(connection)
            with self.step("shape"):
                connection.execute(SHAPE.format(**self.names))
            with self.step("publish"):
                records = self._requests(connection)
            with self.step("shape"):
                connection.execute(MONTHLY.format(**self.names))
            with self.step("publish"):
                self._small(connection)
        return records

    def land(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Keep the raw files, read the register with its types, check each rule of the door once."""
        for name in ("service_requests.csv", "districts.jsonl"):
            shutil.copyfile(self.source / name, self.target / f"raw-{name}")
        connection.execute(READ.format(**self.names))
        self.check(connection, "door", DOOR)

    def _requests(self, connection: duckdb.DuckDBPyConnection) -> int:
        ordered = "select * from service_requests order by service_request_id"
        self.write(connection, ordered, "service_requests_internal", csv=False)
        internal = f"read_parquet('{self.target}/service_requests_internal.parquet')"
        count = connection.execute(f"select count(*) from {internal}").fetchone()
        assert count is not None
        csv = count[0] <= ROWS_FOR_CSV
        self.write(connection, f"select * {PUBLIC} from {internal}", "service_requests_public", csv=csv)
        if csv:
            target = f"{self.target}/service_requests_internal.csv"
            connection.execute(f"copy (from {internal}) to '{target}' (format csv, header true)")
        self.check(connection, "internal", GATE, tier="internal", more=INTERNAL_RULES)
        self.check(connection, "public", GATE, tier="public", more="")
        return int(count[0])

    def _small(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.write(connection, "from monthly", "monthly_internal", csv=True)
        self.write(connection, "select columns(c -> c not like '%_exact') from monthly", "monthly_public", csv=True)
        self.check(connection, "monthly", GATE_MONTHLY, tier="internal", more=MONTHLY_INTERNAL_RULES)
        self.check(connection, "monthly", GATE_MONTHLY, tier="public", more="")
        for tier in ("internal", "public"):
            self.write(connection, "from districts order by district_id", f"districts_{tier}", csv=True)


def main() -> None:
    """Run once and print what it took."""
    source, target, as_of = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    started = time.perf_counter()
    bare = Bare(source, target, as_of)
    records = bare.run()
    seconds = {name: round(value, 3) for name, value in bare.seconds.items()}
    print(
        json.dumps(
            {
                "records": records,
                "seconds": round(time.perf_counter() - started, 3),
                "steps": seconds,
                "failed": bare.failed,
            }
        )
    )


if __name__ == "__main__":
    main()
