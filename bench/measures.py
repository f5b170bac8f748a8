"""A thousand measures worked out by the house's models, beside SQL written by hand for the same figures.

    python -m bench.measures --measures 1000

Belongs here: invented products of a city, measures over them, the models as dbt compiles them, the query of the peer
(``measures_peer``), both timed. Does not belong here: whether the figures are right
(``tests/integration/test_measures_mart.py``). Both read the same tables in a file of DuckDB and leave one table with
every figure: 100 areas in 60 months, the whole city, two departments of one in four measures, five fifths of the
areas; their intervals; 40 in a thousand are days by Kaplan-Meier over records. Both must leave the same table. Neither
dbt's own start nor its compiling counts. CPU seconds of this process, the best of the rounds.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import measures_peer
from bench.budgets import Budget, show_budgets
from bench.measure import OUT, keep, machine, table

if TYPE_CHECKING:
    import duckdb

PLACE = OUT / "measures"
WAREHOUSE = "probe.duckdb"
AREAS, MONTHS = 100, 60
AT = 1_000
RATIO = 2.0
"""Budget: ours to the peer's, at a thousand measures."""
AS_OF = "2026-01-05T12:00:00"
SQL_MODELS = ("int_measures__defined", "int_measures__summed", "int_measures__timed", "int_measures__rated", "measures")
MEMORY = "3GB"


@dataclass(frozen=True)
class Plan:
    """How many measures of which sort: four by month for each category, two of days for some."""

    categories: int
    timed: int

    @property
    def measures(self) -> int:
        """All of them."""
        return 4 * self.categories + 2 * self.timed


def plan_for(measures: int) -> Plan:
    """About so many measures, 4 % of them of days."""
    timed = measures // 50
    return Plan((measures - 2 * timed) // 4, timed)


def definitions(plan: Plan) -> list[dict[str, Any]]:
    """What dbt is told of the measures."""
    from contracts.measure import Formula

    monthly, found = "service_requests_monthly", []
    for i in range(plan.categories):
        where = {"category": (f"C{i:03d}",)}
        formulas = {
            "share": Formula("share", monthly, where, "due_on_time", "due", 100.0),
            "rate": Formula("rate", monthly, where, "opened", "population", 1000.0),
            "ratio": Formula("ratio", monthly, where, "closed", "opened", 100.0),
            "count": Formula("count", monthly, where, "backlog", is_stock=True),
        }
        found += [_told(f"{kind}_{i:03d}", f, ["department"] * (kind == "share")) for kind, f in formulas.items()]
    for i in range(plan.timed):
        for share in (50, 90):
            days = Formula(
                *("days", "service_requests", {"category": (f"C{i:03d}",)}),
                begin="opened_date",
                end="closed_date",
                finished={"status": ("closed",)},
                quantile=share / 100,
            )
            found.append(_told(f"days{share}_{i:03d}", days, []))
    return found


def _told(name: str, formula: Any, groups: list[str]) -> dict[str, Any]:
    return {"id": name, "version": "1.0.0", "digest": formula.digest, **formula.to_dict(), "groups": groups}


def compile_models(told: list[dict[str, Any]], folder: Path) -> tuple[dict[str, str], float]:
    """The models' SQL as dbt compiles it for these measures, and the CPU seconds of that.

    Raises:
        RuntimeError: A model was not compiled.
    """
    from contracts.city_load import load_shared
    from contracts.engines.spatial import spatial_extension
    from contracts.formulas import strata
    from orchestration import dbt_project, shaping

    began = time.process_time()
    shared = load_shared()
    staging = {name: f"stg_probe__{name}" for name in shared.entities}
    files = dbt_project.shared_files()
    for name, contract in shared.entities.items():
        sql = shaping.empty_staging(contract)
        files[f"staging/{staging[name]}.sql"] = dbt_project.ProjectFile(contract.path, sql)
    variables = {
        **{"city": "probe", "timezone": "UTC", "as_of": AS_OF, "minimum_cell": 5, "sources": {}},
        **{"entities": staging, "products": sorted(shared.products), "point_to_area": "never", "measures": told},
        "measure_strata": {name: list(strata(contract)) for name, contract in shared.products.items()},
        "spatial_extension": spatial_extension(),
        **dbt_project.engine_variables(folder / WAREHOUSE, folder / "temporary"),
    }
    project = dbt_project.assemble(files, folder / "project")
    command = ("compile", "--select", *SQL_MODELS)
    result = dbt_project.invoke(command, project, folder / "target", variables, lambda _: None)
    if not result.success:
        raise RuntimeError(f"dbt did not compile the models: {result.exception or result.result}")
    found = {}
    for name in SQL_MODELS:
        (path,) = (folder / "target" / "compiled").rglob(f"{name}.sql")
        found[name] = path.read_text(encoding="utf-8")
    return found, time.process_time() - began


def fill(plan: Plan, file: Path) -> None:
    """The products that the measures read, invented: counts with some hidden, records, areas with their fifths."""
    import duckdb

    with duckdb.connect(str(file)) as connection:
        connection.execute("set threads = 2")
        connection.execute(
            f"""
            create table int_districts__received as
            select 'A' || lpad(cast(i as varchar), 3, '0') as district_id, 'Area ' || i as district_name,
                cast(5000 + 731 * i % 40000 as bigint) as population
            from range({AREAS}) as numbers (i);
            create table district_indices as
            select 'hardship' as index_id, cast(2022 as bigint) as index_year, district_id,
                cast(1 + (row_number() over (order by district_id) - 1) * 5 // {AREAS} as bigint) as need_fifth
            from int_districts__received;
            create table service_request_counts as
            select cast(null as date) as month, '' as district_id, '' as category, '' as request_type,
                true as is_complete_month, cast(0 as bigint) as requests
            where false;
            create table service_requests_monthly as
            with cells as (
                select
                    make_date(2021 + m // 12, m % 12 + 1, 1) as month, a.district_id, c.i as number,
                    'C' || lpad(cast(c.i as varchar), 3, '0') as category, d.department,
                    cast(hash(m, a.district_id, c.i, d.department) % 90 as bigint) as opened
                from range({MONTHS}) as months (m)
                cross join int_districts__received as a
                cross join range({plan.categories}) as c (i)
                cross join (values ('Works'), ('Parks')) as d (department)
            )
            select
                month, district_id, category, department, true as is_complete_month,
                case when opened not between 1 and 4 then opened end as opened,
                case when opened not between 1 and 4 then opened * 9 // 10 end as closed,
                case when opened >= 10 then opened // 2 end as due,
                case when opened >= 10 then opened // 3 end as due_on_time,
                3 * opened as backlog
            from cells;
            create table service_requests as
            select
                'C' || lpad(cast(i % greatest({plan.timed}, 1) as varchar), 3, '0') as category,
                'A' || lpad(cast(hash(i, 'area') % {AREAS} as varchar), 3, '0') as district_id,
                date '2021-01-01' + cast(hash(i, 'day') % (365 * 5) as integer) as opened_date,
                case when hash(i, 'open') % 10 < 9 then opened_date + cast(hash(i, 'wait') % 60 as integer) end
                    as closed_date,
                case when closed_date is null and hash(i, 'open') % 50 > 0 then 'open' else 'closed' end as status
            from range({30_000 * plan.timed}) as numbers (i)
            """
        )


def run_models(connection: duckdb.DuckDBPyConnection, sql: Mapping[str, str]) -> float:
    """Build the models in their order, as dbt would; the CPU seconds."""
    from transforms.statistics.intervals import bounded_counts

    began = time.process_time()
    for name in SQL_MODELS:
        kind = "view" if name in ("int_measures__defined", "int_measures__rated") else "table"
        connection.execute(f"create or replace {kind} {name} as {sql[name]}")
        if name == "int_measures__rated":
            bounded = bounded_counts(connection.table(name), "events")
            connection.register("bounded_counts", bounded)
            connection.execute("create or replace table int_measures__bounded as select * from bounded_counts")
    return time.process_time() - began


def compare(measures: int = AT, rounds: int = 3) -> dict[str, Any]:
    """The figures over about so many measures.

    Raises:
        RuntimeError: The two tables differ.
    """
    import duckdb

    from orchestration import dbt_project, step_functions
    from orchestration.step_functions import StepSettings

    measured_on = machine()
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    plan = plan_for(measures)
    told = definitions(plan)
    sql, compiling = compile_models(told, PLACE)
    file = PLACE / WAREHOUSE
    file.unlink(missing_ok=True)
    fill(plan, file)
    ours, theirs = [], []
    with duckdb.connect(str(file), config={"threads": 2, "memory_limit": MEMORY}) as connection:
        settings = StepSettings(("UTC",), 5, datetime.fromisoformat(AS_OF), dbt_project.step_register())
        step_functions.make(connection, settings)
        for _ in range(rounds):
            ours.append(run_models(connection, sql))
            theirs.append(measures_peer.run(connection, told))
        figures = connection.execute("select count(*) from measures").fetchall()[0][0]
        differing = measures_peer.difference(connection)
    if differing:
        raise RuntimeError(f"{differing:,} of {figures:,} figures are not those of the SQL written by hand")
    file.unlink()
    return {
        "machine": measured_on,
        "measures": plan.measures,
        "figures": figures,
        "characters": sum(map(len, sql.values())),
        "compile_seconds": compiling,
        "models_seconds": min(ours),
        "hand_seconds": min(theirs),
        "ratio": min(ours) / min(theirs),
    }


def budgets_of_measures(result: Mapping[str, Any]) -> list[Budget]:
    """The budget; set for a thousand measures, so that fewer only tell the way it goes."""
    found = result["ratio"] if result["measures"] >= AT else None
    return [Budget("measures by the models / SQL by hand", RATIO, found, "x", f"{result['measures']:,} measures")]


HEAD = ["", "CPU s"]


def rows(result: Mapping[str, Any]) -> list[list[object]]:
    """The figures, each with what it is."""
    return [
        ["models, as dbt compiles them", result["models_seconds"]],
        ["SQL written by hand", result["hand_seconds"]],
        ["dbt starts, reads and compiles them (not counted)", result["compile_seconds"]],
    ]


def told(result: Mapping[str, Any]) -> str:
    """What was worked out, in a sentence."""
    return (
        f"{result['measures']:,} measures, {AREAS} areas, {MONTHS} months: {result['figures']:,} figures with their "
        f"intervals, the same by both. Models to SQL by hand: {result['ratio']:.2f}."
    )


def show(result: Mapping[str, Any]) -> str:
    """The figures as a table, with their budget."""
    return f"Measures: {told(result)}\n{table(HEAD, rows(result))}\n{show_budgets(budgets_of_measures(result))}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--measures", type=int, default=AT)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    result = compare(options.measures, options.rounds)
    keep("measures", result)
    print(show(result))


if __name__ == "__main__":
    main()
