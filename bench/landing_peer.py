"""Landing the register: ours beside the bare script's landing and beside dlt, on the same file.

    python -m bench.landing_peer --requests 2000000

Ours keeps the raw bytes, counts the records in them, types them, judges every rule with two engines, sets bad records
aside with their number and reason, and writes the accepted ones. The bare script copies, types, and checks each rule
in one query. dlt types and loads. Each in a process of its own, in turn, for several rounds; the best round counts.
Seconds are inside the process, after its imports; the whole process stands beside them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import city
from bench.measure import OUT, ROOT, keep, machine, run, table
from bench.peers import environment

PLACE = OUT / "landing"
OURS, BARE = "cauce", "bare script"
DLT = {"dlt to Parquet": "parquet", "dlt to DuckDB": "duckdb"}


def land_ours() -> dict[str, Any]:
    """One landing of ours into an empty home."""
    from contracts.city_load import load_city
    from contracts.home import CityHome
    from orchestration.ingest.landing import LandingJob, land

    loaded = load_city(city.CITIES / city.CITY)
    started = time.perf_counter()
    job = LandingJob(city=loaded, home=CityHome(PLACE / "ours"), now=datetime(2026, 10, 1, 5, tzinfo=UTC))
    landing = land(loaded.sources["demo_service_requests"], job)
    return {"seconds": time.perf_counter() - started, "records": landing.accepted, "outcome": landing.outcome}


def land_bare() -> dict[str, Any]:
    """The bare script's landing alone."""
    import duckdb

    from bench.bare import MEMORY, THREADS, Bare

    target = PLACE / "bare"
    target.mkdir(parents=True)
    started = time.perf_counter()
    bare = Bare(city.deliveries(), target, city.AS_OF)
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {THREADS}; set memory_limit = '{MEMORY}'; set TimeZone = 'UTC'")
        bare.land(connection)
        seconds = time.perf_counter() - started
        row = connection.execute(f"select count(*) from read_parquet('{target}/accepted.parquet')").fetchone()
    assert row is not None
    return {"seconds": seconds, "records": row[0], "failed": bare.failed}


def command_of(name: str, programs: Path | None) -> list[str | Path] | None:
    """How a contender is started; None where it cannot be had."""
    if name in DLT:
        register = city.deliveries() / city.REGISTER
        script = ROOT / "bench" / "dlt_peer.py"
        return [programs / "python", script, register, PLACE / "dlt", DLT[name]] if programs else None
    child = "ours" if name == OURS else "bare"
    return [sys.executable, "-m", "bench.landing_peer", "--child", child]


def compare(requests: int, rounds: int) -> dict[str, Any]:
    """All contenders in turn; what ``bench/out/landing_peer.json`` keeps.

    Raises:
        RuntimeError: A contender failed, or did not load every record.
    """
    city.make_city()
    city.generate(requests, city.deliveries())
    facts = machine()
    programs = environment("dlt")
    found: dict[str, list[dict[str, Any]]] = {}
    for _ in range(rounds):
        for name in (BARE, OURS, *DLT):
            command = command_of(name, programs)
            if command is None:
                continue
            shutil.rmtree(PLACE, ignore_errors=True)
            PLACE.mkdir(parents=True)
            done = run(command, folder=PLACE if name in DLT else ROOT)
            told = done.json()
            if told["records"] != requests:
                raise RuntimeError(f"{name} loaded {told['records']} of {requests} records: {done.errors()}")
            found.setdefault(name, []).append({**told, "process": done.times()})
    shutil.rmtree(PLACE, ignore_errors=True)
    shutil.rmtree(city.deliveries(), ignore_errors=True)
    best = {name: min(tries, key=lambda tried: float(tried["seconds"])) for name, tries in found.items()}
    ours = best[OURS]["seconds"]
    return {
        "machine": facts,
        "requests": requests,
        "rounds": found,
        "contenders": best,
        "ours_to": {name: ours / tried["seconds"] for name, tried in best.items() if name != OURS},
    }


def show(result: dict[str, Any]) -> str:
    """The result as a table."""
    rows = [
        [name, one["seconds"], one["process"]["seconds"], one["process"]["cpu_seconds"], one["process"]["peak_mb"]]
        for name, one in result["contenders"].items()
    ]
    ratios = "; ".join(f"cauce / {name}: {ratio:.2f}" for name, ratio in result["ours_to"].items())
    head = f"Landing {result['requests']:,} requests"
    return f"{head}\n{table(['', 'landing s', 'whole process s', 'CPU s', 'peak MB'], rows)}\n{ratios}"


def main() -> None:
    """Compare, or be one contender."""
    parser = argparse.ArgumentParser(description="Landing beside a bare script and dlt.")
    parser.add_argument("--requests", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", choices=["ours", "bare"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(land_ours() if options.child == "ours" else land_bare()))
        return
    result = compare(options.requests, options.rounds)
    print(show(result))
    print(f"Kept in {keep('landing_peer', result).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
