"""A full run of the demo city at scale, beside the bare script that does the same work.

    python -m bench.full_run --requests 1000000 10000000

For each size: the register is generated; ``bench.bare`` and ``cauce run`` (fresh home, all rules, both engines at
the gate) work on the same files, each in a process of its own; what they publish is compared; then ``cauce run``
runs again with nothing to do. Start-up is measured as the same full run over a register of a few thousand requests:
imports, dbt's parsing, and all that does not grow with the data. Ratios are given with and without it.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from bench.measure import OUT, ROOT, Measured, keep, machine, run, table

CITY = "bench"
CITIES = OUT / "cities"
FEW = 3_600
AS_OF = "2026-10-01T05:00:00"
STAGES = ("land", "shape", "publish", "show")
_STAGE_LINE = re.compile(rf"^\s*({'|'.join(STAGES)})\s")

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


def make_city() -> Path:
    """A copy of the demo city's content under another id, so that the bench never meets the demo's state."""
    source, target = ROOT / "cities" / "demo", CITIES / CITY
    shutil.rmtree(target, ignore_errors=True)
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if path.suffix not in {".yaml", ".sql"} or relative.parts[0] == "deliveries":
            continue
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^id: demo(/|$)", rf"id: {CITY}\1", text, flags=re.MULTILINE)
        copy = target / relative.with_name(path.name.replace("stg_demo__", f"stg_{CITY}__"))
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")
    return target


def generate(requests: int, folder: Path) -> None:
    """Write the first delivery of that size."""
    done = run([sys.executable, "-m", "cities.demo.generate", "--requests", str(requests), "--out", folder])
    if done.exit_code:
        raise RuntimeError(done.errors())


def run_cauce(home: Path) -> tuple[Measured, dict[str, Any]]:
    """One ``cauce run`` over the bench city."""
    command = [sys.executable, "-m", "orchestration.cli.main", "run", "--city", CITY, "--as-of", f"{AS_OF}Z"]
    environment = {"CAUCE_HOME": str(home), "CAUCE_CITIES": str(CITIES), "GX_ANALYTICS_ENABLED": "false"}
    done = run([*command, "--format", "json"], environment)
    return done, done.json()


def stages(done: Measured) -> dict[str, float]:
    """Seconds up to each stage's lines since the line before; the first holds start-up too."""
    spent = dict.fromkeys(STAGES, 0.0)
    before = 0.0
    for moment, text in done.lines:
        match = _STAGE_LINE.match(text)
        if match:
            spent[match.group(1)] += moment - before
            before = moment
    spent["end"] = done.seconds - before
    return {name: round(seconds, 2) for name, seconds in spent.items()}


def must_have_published(result: Mapping[str, Any]) -> None:
    """All three products are published, nothing is held or failed; otherwise the times mean nothing.

    Raises:
        RuntimeError: It is not so.
    """
    if len(result["published"]) != 3 or result["held"] or result["failed"] or result["quarantined"]:
        raise RuntimeError(f"the run did not publish everything: {result}")


def must_be_equal(bare: Path, home: Path) -> None:
    """Bare script and run wrote the same requests and the same months.

    Raises:
        RuntimeError: They did not.
    """
    releases = home / CITY / "releases" / "internal"
    with duckdb.connect(config={"threads": 2}) as connection:
        pairs = [
            (SAME_REQUESTS.format(file=bare / "service_requests_internal.parquet")),
            (SAME_REQUESTS.format(file=releases / "service_requests" / "1" / "data.parquet")),
        ]
        first, second = (connection.execute(query).fetchone() for query in pairs)
        if first != second:
            raise RuntimeError(f"bare and run published different requests: {first}, {second}")
        ours = SAME_MONTHS.format(file=releases / "service_requests_monthly" / "1" / "data.parquet")
        theirs = SAME_MONTHS.format(file=bare / "monthly_internal.parquet")
        for left, right in ((ours, theirs), (theirs, ours)):
            odd = connection.execute(f"({left}) except ({right}) limit 3").fetchall()
            if odd:
                raise RuntimeError(f"bare and run published different months: {odd}")


def run_unchanged(home: Path) -> Measured:
    """A run with nothing to do. Tried again where a file of the engine was edited since the run before.

    Raises:
        RuntimeError: It never came to rest.
    """
    result: dict[str, Any] = {}
    for _ in range(3):
        done, result = run_cauce(home)
        if result["nothing_to_do"]:
            return done
    raise RuntimeError(f"the run always finds something to do: {result}")


def size_up(requests: int, fixed: float) -> dict[str, Any]:
    """Measure one size; returns a row of the result."""
    deliveries = CITIES / CITY / "deliveries"
    generate(requests, deliveries)
    bare_folder, home = OUT / "bare", OUT / "home"
    for folder in (bare_folder, home):
        shutil.rmtree(folder, ignore_errors=True)
    bare = run([sys.executable, "-m", "bench.bare", deliveries, bare_folder, AS_OF])
    report = bare.json()
    if report["failed"]:
        raise RuntimeError(f"rules failed in the bare script: {report['failed']}")
    full, result = run_cauce(home)
    must_have_published(result)
    must_be_equal(bare_folder, home)
    again = run_unchanged(home)
    for folder in (bare_folder, home, deliveries):
        shutil.rmtree(folder, ignore_errors=True)
    return {
        "requests": requests,
        "bare": {"seconds": report["seconds"], "peak_mb": bare.peak_mb, "steps": report["steps"]},
        "run": {"seconds": full.seconds, "peak_mb": full.peak_mb, "stages": stages(full)},
        "start_up_seconds": fixed,
        "ratio": full.seconds / report["seconds"],
        "ratio_without_start_up": (full.seconds - fixed) / report["seconds"],
        "unchanged_seconds": again.seconds,
    }


def start_up() -> tuple[float, dict[str, float]]:
    """Seconds of a full run over a few thousand requests, and where they go."""
    home = OUT / "home"
    shutil.rmtree(home, ignore_errors=True)
    generate(FEW, CITIES / CITY / "deliveries")
    done, result = run_cauce(home)
    must_have_published(result)
    shutil.rmtree(home)
    return done.seconds, stages(done)


def compare(sizes: list[int]) -> dict[str, Any]:
    """All sizes; what ``bench/out/full_run.json`` keeps."""
    make_city()
    facts = machine()
    fixed, fixed_stages = start_up()
    rows = [size_up(size, fixed) for size in sizes]
    return {"machine": facts, "start_up": {"seconds": fixed, "stages": fixed_stages}, "sizes": rows}


def show(result: dict[str, Any]) -> str:
    """The result as tables."""
    head = [
        "requests",
        "bare s",
        "run s",
        "start-up s",
        "ratio",
        "without start-up",
        "bare MB",
        "run MB",
        "unchanged s",
    ]
    rows = [
        [
            r["requests"],
            r["bare"]["seconds"],
            r["run"]["seconds"],
            r["start_up_seconds"],
            r["ratio"],
            r["ratio_without_start_up"],
            r["bare"]["peak_mb"],
            r["run"]["peak_mb"],
            r["unchanged_seconds"],
        ]
        for r in result["sizes"]
    ]
    where = [["start-up", *result["start_up"]["stages"].values()]]
    for r in result["sizes"]:
        where.append([f"run, {r['requests']:,}", *r["run"]["stages"].values()])
        where.append([f"bare, {r['requests']:,}", *(r["bare"]["steps"].get(s, "-") for s in (*STAGES, "end"))])
    return "\n".join(
        [
            "Full run of the demo city beside a bare DuckDB script (budget: 2 x without start-up, 2,000 MB)",
            table(head, rows),
            "\nWhere the seconds go (land holds imports too)",
            table(["", *STAGES, "end"], where),
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
