"""Shaping under Dagster: our way beside dagster-dbt's, over the same dbt project and the same accepted records.

    python -m bench.orchestrated --requests 240000

Ours materialises the city's models as ``cauce run`` does in its second phase: asset specs from dbt's kept manifest, dbt
in this process. dagster-dbt's way is its guide's: ``DbtCliResource`` and ``@dbt_assets``, dbt as a process of its own;
same versions of Dagster, dbt and DuckDB, in an environment of its own. Each run is a new process and counts from its
start to its end, imports included, since that is what a person or a schedule waits for. Cold is the first run with an
empty state folder, warm the best of those after it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import city
from bench.measure import OUT, ROOT, Measured, keep, machine, run, table
from bench.peers import environment

PLACE = OUT / "orchestrated"
HOME = PLACE / "home"
PREPARED = PLACE / "prepared.duckdb"
"""The peer's warehouse before its models run: sources' views and steps' functions, which our shell makes."""
OURS, PEER = "cauce", "dagster-dbt"
COLD, WARM = ("seconds", "cpu_seconds"), ("seconds", "cpu_seconds", "peak_mb")


def environment_of_ours() -> dict[str, str]:
    """Where our side's city and state stand."""
    return {"CAUCE_HOME": str(HOME), "CAUCE_CITIES": str(city.CITIES), "GX_ANALYTICS_ENABLED": "false"}


def shape_ours() -> int:
    """The second phase of ``cauce run`` up to the marts; returns how many models were built."""
    from orchestration.context import open_city
    from orchestration.job import CityJob, RunRequest
    from orchestration.run import _Graph

    with ExitStack() as stack:
        job = CityJob(open_city(city.CITY), RunRequest())
        _Graph(job, stack).materialize([("marts", name) for name in job.city.products])
    if job.journal.failures:
        raise SystemExit(str(job.journal.failures))
    return sum(node.status == "ok" for node in job.journal.shaped.values())


def tell_peer() -> None:
    """Copy the assembled dbt project and write down what it is told, with a warehouse of the peer's own."""
    from contracts.home import CityHome
    from orchestration import dbt_project, warehouse
    from orchestration.context import open_city
    from orchestration.job import CityJob, RunRequest

    job = CityJob(open_city(city.CITY), RunRequest())
    files = dbt_project.city_files(job.city)
    dbt_project.assemble(files, PLACE / "project")
    told = dbt_project.variables(job.city, CityHome(PLACE / "peer"), job.files(), job.as_of())
    warehouse.prepare({**told, "warehouse": PREPARED}, job.city, job.files(), job.as_of())
    (PLACE / "vars.json").write_text(json.dumps(told), encoding="utf-8")


def land(requests: int) -> None:
    """The city with its records accepted, once for both."""
    shutil.rmtree(PLACE, ignore_errors=True)
    city.make_city()
    city.generate(requests, city.deliveries())
    done, result = city.run_cauce(HOME)
    city.must_have_published(result)
    if done.exit_code:
        raise RuntimeError(done.errors())


def forget(name: str) -> None:
    """Take away what a contender may reuse, so that its next run is cold."""
    ours = (HOME / city.CITY / "dbt", HOME / city.CITY / "warehouse.duckdb", HOME / "dagster")
    for path in ours if name == OURS else (PLACE / "peer",):
        if path.is_file():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)
    if name == PEER:
        (PLACE / "peer" / "work").mkdir(parents=True)
        shutil.copyfile(PREPARED, PLACE / "peer" / "warehouse.duckdb")


def start(name: str, programs: Path) -> Measured:
    """One run of a contender as a new process.

    Raises:
        RuntimeError: It failed.
    """
    if name == OURS:
        done = run([sys.executable, "-m", "bench.orchestrated", "--child", "ours"], environment_of_ours())
    else:
        quiet = {
            "PYTHONPATH": str(ROOT),  # the project's Python models read our statistics
            "PATH": f"{programs}:/usr/bin:/bin",
            "DAGSTER_HOME": str(PLACE / "peer" / "dagster"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }
        script: list[str | Path] = [programs / "python", ROOT / "bench" / "dagster_dbt_peer.py"]
        done = run([*script, PLACE / "project", PLACE / "vars.json", PLACE / "peer"], quiet, PLACE)
    if done.exit_code:
        raise RuntimeError(f"{name}: {done.output[-2000:]} {done.errors()}")
    return done


def must_be_equal() -> None:
    """Both built the same marts.

    Raises:
        RuntimeError: They did not.
    """
    import duckdb

    ours, peers = HOME / city.CITY / "warehouse.duckdb", PLACE / "peer" / "warehouse.duckdb"
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(f"attach '{ours}' as ours (read_only); attach '{peers}' as theirs (read_only)")
        for mart in ("districts", "service_requests_monthly"):
            query = f"select count(*) from (from ours.{mart} except from theirs.{mart})"
            odd = connection.execute(query).fetchone()
            if odd != (0,):
                raise RuntimeError(f"{mart} differs in {odd} rows")


def compare(requests: int, rounds: int) -> dict[str, Any]:
    """Cold once, warm a few times, in turn; what ``bench/out/orchestrated.json`` keeps."""
    programs = environment("dagster-dbt")
    if programs is None:
        raise RuntimeError("dagster-dbt cannot be had: see above")
    land(requests)
    facts = machine()
    done = run([sys.executable, "-m", "bench.orchestrated", "--child", "tell"], environment_of_ours())
    if done.exit_code:
        raise RuntimeError(done.errors())
    found: dict[str, dict[str, Any]] = {}
    for name in (OURS, PEER):
        forget(name)
        cold = start(name, programs)
        found[name] = {"cold": cold.times(), "warm": [], "models": json.loads(cold.output.splitlines()[-1])["models"]}
    must_be_equal()
    for _ in range(rounds):
        for name in (OURS, PEER):
            found[name]["warm"].append(start(name, programs).times())
    for one in found.values():
        one["best"] = min(one["warm"], key=lambda times: float(times["seconds"]))
    if found[OURS]["models"] != found[PEER]["models"]:
        raise RuntimeError(f"the contenders built different models: {found}")
    shutil.rmtree(PLACE, ignore_errors=True)
    shutil.rmtree(city.deliveries(), ignore_errors=True)
    ours, peers = found[OURS], found[PEER]
    return {
        "machine": facts,
        "requests": requests,
        "contenders": found,
        "cold_ratio": ours["cold"]["seconds"] / peers["cold"]["seconds"],
        "warm_ratio": ours["best"]["seconds"] / peers["best"]["seconds"],
    }


def show(result: dict[str, Any]) -> str:
    """The result as a table."""
    rows = [
        [name, one["models"], *(one["cold"][k] for k in COLD), *(one["best"][k] for k in WARM)]
        for name, one in result["contenders"].items()
    ]
    head = f"Shaping {result['requests']:,} requests under Dagster: whole processes"
    columns = ["", "models", "cold s", "cold CPU s", "warm s", "warm CPU s", "peak MB"]
    ratios = f"cauce / dagster-dbt: cold {result['cold_ratio']:.2f}, warm {result['warm_ratio']:.2f}"
    return f"{head}\n{table(columns, rows)}\n{ratios}"


def main() -> None:
    """Compare, or be one step of it."""
    parser = argparse.ArgumentParser(description="Shaping under Dagster, beside dagster-dbt.")
    parser.add_argument("--requests", type=int, default=240_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", choices=["ours", "tell"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child == "tell":
        tell_peer()
        return
    if options.child:
        print(json.dumps({"models": shape_ours()}))
        return
    result = compare(options.requests, options.rounds)
    print(show(result))
    print(f"Kept in {keep('orchestrated', result).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
