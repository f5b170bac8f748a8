"""The one-scan verdict beside one hand-written query, and beside datacontract-cli, on the same Parquet file.

    python -m bench.scan --rows 5000000

Each contender judges the demo register's own contract over the same records, in a process of its own, in turn, for
several rounds; the best round counts. The hand-written query answers the same rules with the counts the scan gives
(records failing each rule), no more. datacontract-cli runs in an environment of its own, since it pins another
DuckDB; it opens the file, judges and reports in one process, so its whole time stands beside ours.
Warm file cache for all; two threads each.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import yaml

from bench.measure import OUT, ROOT, keep, machine, run, table
from bench.peers import environment

THREADS = 2
CONTRACT = ROOT / "cities" / "demo" / "sources" / "demo_service_requests.odcs.yaml"
MOMENTS = ("fecha_apertura", "fecha_vencimiento", "fecha_cierre", "fecha_actualizacion")

BY_HAND = """
select
    count(*) as records,
    count(*) filter (radicado is null) as no_number,
    count(*) filter (radicado is not null and not regexp_matches(radicado, '^PA[0-9]{{4}}-[0-9]{{8}}$')) as bad_number,
    count(*) filter (fecha_apertura is null) as no_opening,
    count(*) filter (
        fecha_apertura < timestamp '2023-10-01 05:00:00' or fecha_apertura > timestamp '2049-12-31 23:59:59'
    ) as bad_opening,
    count(*) filter (estado is null) as no_status,
    count(*) filter (estado is not null and estado not in ('Abierta', 'Cerrada')) as bad_status,
    count(*) filter (
        codigo_servicio is not null and not regexp_matches(codigo_servicio, '^[A-Z]{{3}}-[0-9]{{2}}$')
    ) as bad_code,
    count(*) filter (servicio is null) as no_service,
    count(*) filter (
        comuna is not null and comuna not in ('01', '02', '03', '04', '05', '06', '07', '08', '09', '10')
    ) as bad_district,
    count(*) filter (latitud < 9.4 or latitud > 9.8 or isnan(latitud)) as bad_latitude,
    count(*) filter (longitud < -76.9 or longitud > -76.4 or isnan(longitud)) as bad_longitude,
    count(radicado) - count(distinct radicado) as repeated,
    count(*) filter (fecha_cierre < fecha_apertura) as closed_early
from read_parquet('{file}')
"""

ANSWERS = (
    "radicado.required",
    "radicado.valid",
    "fecha_apertura.required",
    "fecha_apertura.range",
    "estado.required",
    "estado.valid",
    "codigo_servicio.valid",
    "servicio.required",
    "comuna.valid",
    "latitud.range",
    "longitud.range",
    "radicado.unique",
    "closed_after_opened",
)
"""The contract's check that each number of the hand-written query answers, in its order."""

SPOILS = {
    "radicado": "case n % 97 when 1 then null when 2 then 'x' when 3 then 'PA2025-00000001' else radicado end",
    "fecha_apertura": "case n % 89 when 1 then null when 2 then timestamp '1900-01-01' else fecha_apertura end",
    "estado": "case n % 83 when 1 then null when 2 then 'CERRADA' else estado end",
    "codigo_servicio": "case n % 79 when 1 then 'alu-1' else codigo_servicio end",
    "servicio": "case n % 73 when 1 then null else servicio end",
    "comuna": "case n % 71 when 1 then '7' else comuna end",
    "latitud": "case n % 67 when 1 then longitud when 2 then 'nan' else latitud end",
    "longitud": "case n % 61 when 1 then latitud when 2 then 'nan' else longitud end",
}


def spoiled_file(file: Path) -> Path:
    """A hundred thousand of the file's records with faults planted in every rule's way."""
    target = OUT / "register-spoiled.parquet"
    spoils = ", ".join(f"{expression} as {column}" for column, expression in SPOILS.items())
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute(
            f"copy (select * exclude (n) replace ({spoils}) from (select *, row_number() over () as n "
            f"from (from read_parquet('{file}') limit 100000))) to '{target}' (format parquet)"
        )
    return target


def agree(file: Path) -> None:
    """Both ways give the same number for every rule, and for most of them it is not nought.

    Raises:
        RuntimeError: They do not.
    """
    by_hand, by_scan = judge_by_hand(file)["failed"], judge_by_scan(file)["failed"]
    # The hand-written query counts surplus copies of a key; the scan counts the records that share one.
    surplus, sharing = by_hand.pop("radicado.unique"), by_scan.pop("radicado.unique")
    if by_hand != by_scan or not 0 < surplus <= sharing or sum(v > 0 for v in by_scan.values()) < 11:
        raise RuntimeError(f"scan and hand-written query disagree: {by_hand} and {by_scan}; {surplus}, {sharing}")


def make_file(rows: int) -> Path:
    """The register's records as typed Parquet, made once."""
    target = OUT / f"register-{rows}.parquet"
    if target.exists():
        return target
    folder = OUT / f"register-{rows}"
    done = run([sys.executable, "-m", "cities.demo.generate", "--requests", str(rows), "--out", folder])
    if done.exit_code:
        raise RuntimeError(done.errors())
    moments = ", ".join(
        f"timezone('America/Bogota', strptime({m}, '%d/%m/%Y %H:%M:%S'))::timestamp as {m}" for m in MOMENTS
    )
    with duckdb.connect(config={"threads": THREADS, "memory_limit": "2GB"}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"copy (select * replace ({moments}, latitud::double as latitud, longitud::double as longitud) "
            f"from read_csv('{folder / 'service_requests.csv'}', delim = ';', header = true, all_varchar = true)) "
            f"to '{target}.part' (format parquet)"
        )
    Path(f"{target}.part").replace(target)
    shutil.rmtree(folder)
    return target


def judge_by_hand(file: Path) -> dict[str, Any]:
    """One query, written for this file."""
    with duckdb.connect(config={"threads": THREADS}) as connection:
        started = time.perf_counter()
        row = connection.execute(BY_HAND.format(file=file)).fetchone()
        seconds = time.perf_counter() - started
    assert row is not None
    return {"seconds": seconds, "records": row[0], "failed": dict(zip(ANSWERS, row[1:], strict=True))}


def judge_by_scan(file: Path) -> dict[str, Any]:
    """The contract's checks in one scan; loading and compiling the contract stand in the process's time."""
    from contracts.compile_checks import compile_checks
    from contracts.engines import scan
    from contracts.engines.guard import guarded_connection
    from contracts.load import load_contract
    from contracts.model import Role

    checks = compile_checks(load_contract(CONTRACT, Role.SOURCE))
    with guarded_connection([file], threads=THREADS, memory="2GB") as connection:
        started = time.perf_counter()
        verdict = scan.judge(connection, f"read_parquet('{file}')", checks)
        seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "records": verdict.rows,
        "failed": {r.check_id: r.failed for r in verdict.results if r.check_id in ANSWERS},
        "checks": len(checks),
    }


def peer_contract(file: Path) -> Path:
    """The same contract with a server that datacontract-cli can open, and moments already typed."""
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    contract["servers"] = [{"server": "local", "type": "local", "path": str(file), "format": "parquet"}]
    for column in contract["schema"][0]["properties"]:
        for key in ("format", "timezone", "defaultTimezone"):
            column.get("logicalTypeOptions", {}).pop(key, None)
    path = OUT / "peer.odcs.yaml"
    path.write_text(yaml.safe_dump(contract, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def prepare_peer() -> Path | None:
    """datacontract-cli in its own environment, from the lock; None where it cannot be had."""
    programs = environment("datacontract")
    return programs / "datacontract" if programs else None


def judge_by_peer(command: Path, contract: Path) -> dict[str, Any]:
    """One run of ``datacontract test``: its time, and its checks by result."""
    report = OUT / "peer-report.json"
    report.unlink(missing_ok=True)
    done = run([command, "test", contract, "--output", report, "--output-format", "json"], {"DO_NOT_TRACK": "1"})
    if not report.exists():
        raise RuntimeError(f"datacontract-cli gave no report: {done.output[-1500:]} {done.errors()}")
    checks = json.loads(report.read_text(encoding="utf-8"))["checks"]
    results: dict[str, int] = {}
    for check in checks:
        results[check["result"]] = results.get(check["result"], 0) + 1
    return {"process": done.seconds, "peak_mb": done.peak_mb, "checks": len(checks), "results": results}


def compare(rows: int, rounds: int) -> dict[str, Any]:
    """Run all contenders in turn; returns what ``bench/out/scan.json`` keeps.

    Raises:
        RuntimeError: Scan and hand-written query disagree on the spoiled records, or a contender failed.
    """
    file = make_file(rows)
    agree(spoiled_file(file))
    peer = prepare_peer()
    contract = peer_contract(file)
    found: dict[str, list[dict[str, Any]]] = {"by hand": [], "scan": [], "datacontract-cli": []}
    for _ in range(rounds):
        for name, child in (("by hand", "hand"), ("scan", "scan")):
            done = run([sys.executable, "-m", "bench.scan", "--child", child, "--file", file])
            found[name].append({**done.json(), "process": done.seconds, "peak_mb": done.peak_mb})
        if peer is not None:
            found["datacontract-cli"].append(judge_by_peer(peer, contract))
    best: dict[str, dict[str, Any]] = {}
    for name, tries in found.items():
        if tries:
            fastest = min(tries, key=lambda tried: float(tried.get("seconds", tried["process"])))
            best[name] = {**fastest, "rounds": [dict(tried) for tried in tries]}
    return {
        "machine": machine(),
        "rows": rows,
        "file_mb": file.stat().st_size / 1e6,
        "contenders": best,
        "scan_to_hand": best["scan"]["seconds"] / best["by hand"]["seconds"],
    }


def show(result: dict[str, Any]) -> str:
    """The result as a table."""
    rows = [
        [name, best.get("checks", "-"), best.get("seconds", "-"), best["process"], best["peak_mb"]]
        for name, best in result["contenders"].items()
    ]
    head = f"One-scan verdict, {result['rows']:,} records, {result['file_mb']:.0f} MB of Parquet"
    ratio = f"scan / by hand: {result['scan_to_hand']:.2f} (budget 1.5)"
    return f"{head}\n{table(['', 'checks', 'judging s', 'whole process s', 'peak MB'], rows)}\n{ratio}"


def main() -> None:
    """Compare, or be one contender."""
    parser = argparse.ArgumentParser(description="The one-scan verdict beside a hand-written query and a peer.")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", choices=["hand", "scan"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        judge = judge_by_hand if options.child == "hand" else judge_by_scan
        print(json.dumps(judge(options.file)))
        return
    result = compare(options.rows, options.rounds)
    print(show(result))
    print(f"Kept in {keep('scan', result).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
