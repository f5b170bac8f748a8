"""A full run of the demo city at scale, beside the bare script that does the same work.

    python -m bench.full_run --requests 1000000 10000000
    python -m bench.full_run --requests 100000000

For each size: the register is generated; ``bench.bare`` and ``cauce run`` (fresh home, all rules, both engines at
the gate) work on the same files, each in a process of its own; what they publish is compared; ``cauce run`` runs
again with nothing to do; then the register delivers the newest one in a hundred of its records. Start-up is measured
as the same full run over a register of a few thousand requests: imports, dbt's parsing, and all that does not grow
with the data. Ratios are given with and without it.

A size of ``HUGE`` or more is run alone, and its delivery removed once its bytes are kept: what is asked there is
whether it completes, in which memory, and what a record costs.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

import duckdb

from bench import city, increment
from bench.budgets import budgets_of_runs, show_budgets
from bench.city import AS_OF, CITY, STAGES, generate, make_city, must_have_published, run_cauce, run_unchanged, stages
from bench.measure import OUT, ROOT, keep, machine, run, table

FEW = 3_600
HUGE = 50_000_000
BYTES_A_REQUEST = 700
"""Disk that a full run needs at its worst moment, a request: delivery and raw copy; later copy, tables, releases."""

SAME_REQUESTS = """
select count(*), bit_xor(hash(service_request_id, category, department, channel, district_id, status, opened_date,
    due_date, closed_date, days_to_close, is_on_time, is_overdue))
from read_parquet('{file}')
"""
SAME_MONTHS = """
select * from (
    select month, district_id, category, department, opened_exact, closed_exact, due_exact, due_on_time_exact,
        closed_on_time_exact, backlog_exact, backlog_0_7_days_exact, backlog_8_30_days_exact, backlog_31_90_days_exact,
        backlog_over_90_days_exact, overdue_exact, median_days_to_close_exact, p90_days_to_close_exact
    from read_parquet('{file}')
)
"""


def released(home: Path, product: str, version: int) -> str:
    """A pattern of the Parquet files of a product's internal release: one file, or parts that may lie deeper."""
    return f"{home / CITY / 'releases' / 'internal' / product / str(version)}/**/*.parquet"


def must_be_equal(bare: Path, home: Path) -> None:
    """Bare script and run wrote the same requests and the same months.

    Raises:
        RuntimeError: They did not.
    """
    with duckdb.connect(config={"threads": 2}) as connection:
        pairs = [
            (SAME_REQUESTS.format(file=bare / "service_requests_internal.parquet")),
            (SAME_REQUESTS.format(file=released(home, "service_requests", 1))),
        ]
        first, second = (connection.execute(query).fetchone() for query in pairs)
        if first != second:
            raise RuntimeError(f"bare and run published different requests: {first}, {second}")
        ours = SAME_MONTHS.format(file=released(home, "service_requests_monthly", 1))
        theirs = SAME_MONTHS.format(file=bare / "monthly_internal.parquet")
        for left, right in ((ours, theirs), (theirs, ours)):
            odd = connection.execute(f"({left}) except ({right}) limit 3").fetchall()
            if odd:
                raise RuntimeError(f"bare and run published different months: {odd}")


def must_hold_all(home: Path, requests: int, new: int) -> None:
    """The second release holds the first one's requests and the new ones, each once.

    Raises:
        RuntimeError: It does not.
    """
    with duckdb.connect(config={"threads": 2}) as connection:
        query = "select count(*), count(distinct service_request_id) from read_parquet('{}')"
        found = connection.execute(query.format(released(home, "service_requests", 2))).fetchone()
    if found != (requests + new, requests + new):
        raise RuntimeError(f"after {new:,} new requests the release holds {found}, of {requests:,} before")


def new_requests(delivery: Path) -> int:
    """Requests of a later delivery that were opened after the first."""
    with duckdb.connect() as connection:
        row = connection.execute(
            f"select count(*) from read_csv('{delivery / city.REGISTER}', delim = ';', header = true, "
            "all_varchar = true) where strptime(fecha_apertura, '%d/%m/%Y %H:%M:%S') >= "
            f"timestamp '{AS_OF}' - interval 5 hour"
        ).fetchone()
    assert row is not None
    return int(row[0])


def add_newest(home: Path, requests: int) -> dict[str, Any]:
    """Deliver the newest one in a hundred on top of a finished run, and run again."""
    records, as_of = increment.write(requests, city.deliveries())
    done, result = run_cauce(home, as_of)
    names = {row["product"] for row in result["published"]}
    if result["held"] or result["failed"] or not {"service_requests", "service_requests_monthly"} <= names:
        raise RuntimeError(f"the newest records were not published: {result}")
    must_hold_all(home, requests, new_requests(city.deliveries()))
    return {"records": records, **done.times(), "stages": stages(done)}


def clear(*folders: Path) -> None:
    """Remove folders, there or not."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def must_have_room(requests: int) -> None:
    """The disk can hold a run of that size.

    Raises:
        RuntimeError: It cannot.
    """
    need, free = requests * BYTES_A_REQUEST, shutil.disk_usage(OUT).free
    if need > free:
        raise RuntimeError(f"{requests:,} requests need some {need / 1e9:.0f} GB; {free / 1e9:.0f} GB are free")


def size_up(requests: int, fixed: float) -> dict[str, Any]:
    """Measure one size; returns a row of the result."""
    bare_folder, home = OUT / "bare", OUT / "home"
    clear(bare_folder, home)
    must_have_room(requests)
    generate(requests, city.deliveries())
    if requests >= HUGE:
        return run_alone(requests, fixed, home)
    bare = run([sys.executable, "-m", "bench.bare", city.deliveries(), bare_folder, AS_OF])
    report = bare.json()
    if report["failed"]:
        raise RuntimeError(f"rules failed in the bare script: {report['failed']}")
    full, result = run_cauce(home)
    must_have_published(result)
    must_be_equal(bare_folder, home)
    clear(bare_folder)
    again = run_unchanged(home)
    newest = add_newest(home, requests)
    clear(home, city.deliveries())
    own = full.seconds - fixed
    return {
        "requests": requests,
        "bare": {**bare.times(), "seconds": report["seconds"], "steps": report["steps"]},
        "run": {**full.times(), "stages": stages(full)},
        "start_up_seconds": fixed,
        "ratio": full.seconds / report["seconds"],
        "ratio_without_start_up": own / report["seconds"],
        "unchanged": again.times(),
        "newest": {
            **newest,
            "share_of_full_run": newest["seconds"] / full.seconds,
            "share_without_start_up": max(0.0, newest["seconds"] - fixed) / own,
        },
    }


def run_alone(requests: int, fixed: float, home: Path) -> dict[str, Any]:
    """A size too large for company: one full run."""
    with city.removed_once_kept(city.deliveries(), home):
        full, result = run_cauce(home)
    must_have_published(result)
    with duckdb.connect(config={"threads": 2}) as connection:
        query = f"select count(*) from read_parquet('{released(home, 'service_requests', 1)}')"
        found = connection.execute(query).fetchone()
    if found != (requests,):
        raise RuntimeError(f"of {requests:,} requests {found} were published")
    clear(home, city.deliveries())
    return {"requests": requests, "run": {**full.times(), "stages": stages(full)}, "start_up_seconds": fixed}


def start_up() -> dict[str, Any]:
    """A full run over a few thousand requests: what it takes, and where that goes. The faster of two counts."""
    home = OUT / "home"
    generate(FEW, city.deliveries())
    tried = []
    for _ in range(2):
        clear(home)
        done, result = run_cauce(home)
        must_have_published(result)
        tried.append(done)
    clear(home)
    best = min(tried, key=lambda one: one.seconds)
    return {**best.times(), "stages": stages(best)}


def compare(sizes: list[int]) -> dict[str, Any]:
    """All sizes; what ``bench/out/full_run.json`` keeps."""
    make_city()
    facts = machine()
    fixed = start_up()
    return {"machine": facts, "start_up": fixed, "sizes": [size_up(size, fixed["seconds"]) for size in sizes]}


def show(result: dict[str, Any]) -> str:
    """The result as tables."""
    head = ["requests", "bare s", "run s", "start-up s", "ratio", "without start-up", "bare MB", "run MB"]
    head += ["unchanged s", "newest 1 % s", "of full run", "without start-up"]
    rows: list[list[object]] = []
    for r in result["sizes"]:
        row: list[object] = [r["requests"], r.get("bare", {}).get("seconds", "-"), r["run"]["seconds"]]
        row += [r["start_up_seconds"], r.get("ratio", "-"), r.get("ratio_without_start_up", "-")]
        row += [r.get("bare", {}).get("peak_mb", "-"), r["run"]["peak_mb"], r.get("unchanged", {}).get("seconds", "-")]
        newest = r.get("newest", {})
        row += [newest.get(name, "-") for name in ("seconds", "share_of_full_run", "share_without_start_up")]
        rows.append(row)
    where: list[list[object]] = [["start-up", *result["start_up"]["stages"].values()]]
    for r in result["sizes"]:
        where.append([f"run, {r['requests']:,}", *r["run"]["stages"].values()])
        if "bare" in r:
            where.append([f"bare, {r['requests']:,}", *(r["bare"]["steps"].get(s, "-") for s in (*STAGES, "end"))])
            where.append([f"newest 1 %, {r['newest']['records']:,}", *r["newest"]["stages"].values()])
    return "\n".join(
        [
            "Full run of the demo city beside a bare DuckDB script",
            table(head, rows),
            "\nWhere the seconds go (land holds imports too)",
            table(["", *STAGES, "end"], where),
            "\nBudgets",
            show_budgets(budgets_of_runs(result)),
        ]
    )


def main() -> None:
    """Compare at the sizes asked for."""
    parser = argparse.ArgumentParser(description="A full run beside a bare script.")
    parser.add_argument("--requests", type=int, nargs="+", default=[1_000_000, 10_000_000])
    options = parser.parse_args()
    result = compare(options.requests)
    print(show(result))
    print(f"Kept in {keep('full_run', result).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
