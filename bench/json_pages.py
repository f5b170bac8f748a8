"""JSON pages from a local portal to typed Parquet: ours beside a bare httpx loop with DuckDB, and beside dlt.

    python -m bench.json_pages --pages 200 2000

A process of its own serves pages of 1,000 records that stand ready packed (``json_server``), so that what is measured
is the client. Contenders run in turn, each in a process of its own, for several rounds; the round with the least CPU
counts, and ratios are of CPU seconds: two processes share two cores, and whatever else runs changes wall time first.

Like is compared with like:

- *fetch alone*: ours asks for every page by row id, cuts the records out of it, takes the row ids off again, writes
  and hashes them and brings them to the disk, so that a killed fetch goes on where it was. The bare loop writes each
  body to a file.
- *fetch and typed Parquet*: ours is a landing under a contract that gives the types alone: it keeps the portal's
  records, counts them from the bytes, types each value strictly and writes Parquet. The bare loop has DuckDB read the
  files with the types given.
- *whole landing*: the same with a city's rules (key, required, ranges), judged by two engines. Nobody else does this;
  it stands beside the others for what it costs.

dlt runs at each of its settings that its own documentation calls quick; the best of them counts.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.json_rows import A_PAGE, DATASET, Pages, contract, duckdb_types, make_pages
from bench.measure import OUT, ROOT, keep, machine, run, table
from bench.peers import environment

PLACE = OUT / "json_pages"
FETCH, TYPED, WHOLE = "cauce: fetch alone", "cauce: fetch and typed Parquet", "cauce: whole landing"
OURS = {FETCH: "fetch", TYPED: "typed", WHOLE: "whole"}
BARE = {"httpx loop and DuckDB": 1, "httpx, four pages at once, and DuckDB": 4}
DLT = {
    "dlt: REST source to Parquet": "source",
    "dlt: REST source to DuckDB": "source-duckdb",
    "dlt: REST client, pages as Arrow, to Parquet": "arrow",
}
SLOW = 500
"""Pages up to which everybody runs in every round; beyond, the rounds are one, and dlt runs on its best setting."""
CITY = """formatVersion: 1
id: pages
name: {en: Pages, es: Páginas}
country: US
timezone: America/New_York
languages: [en, es]
environment: development
publisher: {name: {en: Pages, es: Páginas}, email: data@example.org}
licence: none
minimumCell: 10
portals: {pages: "https://portal.example.org"}
"""


def make_city(*, judged: bool) -> Path:
    """A city whose one source is the pages."""
    folder = PLACE / "cities" / "pages"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "sources").mkdir(parents=True)
    (folder / "city.yaml").write_text(CITY, encoding="utf-8")
    (folder / "sources" / "pages_requests.odcs.yaml").write_text(contract(judged=judged), encoding="utf-8")
    return folder


def ours(what: str, url: str) -> dict[str, Any]:
    """One fetch or landing of ours into an empty home, without pauses between requests."""
    from contracts.city_load import load_city
    from contracts.home import CityHome
    from orchestration.ingest import errands, landing

    city = load_city(make_city(judged=what == "whole"))
    home, now = CityHome(PLACE / "ours"), datetime(2026, 10, 1, 5, tzinfo=UTC)
    job = errands.LandingJob(city=city, home=home, now=now, portals={"pages": url}, pace=0)
    source = city.sources["pages_requests"]
    started = time.perf_counter(), time.process_time()
    if what == "fetch":
        connector, errand = errands.errand_for(source, job)
        records = getattr(connector.bring(errand), "declared", None)
    else:
        landed = landing.land(source, job)
        records = landed.accepted
    spent = {"seconds": time.perf_counter() - started[0], "cpu_seconds": time.process_time() - started[1]}
    return {"records": records, **spent}


@contextmanager
def serving(pages: Pages) -> Iterator[str]:
    """The portal's address, as long as it runs."""
    command = [sys.executable, "-m", "bench.json_server", str(pages.path), str(pages.count)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.communicate()


def command_of(name: str, url: str, pages: int) -> list[str | Path] | None:
    """How a contender is started; None where its environment can't be had."""
    if name in OURS:
        return [sys.executable, "-m", "bench.json_pages", "--child", OURS[name], "--url", url]
    programs = environment("httpx" if name in BARE else "dlt")
    if programs is None:
        return None
    script = "json_httpx_peer.py" if name in BARE else "json_dlt_peer.py"
    given: list[str | Path] = [f"{url}/resource/{DATASET}.json", str(pages), PLACE / "peer", PLACE / "types.json"]
    return [programs / "python", ROOT / "bench" / script, *given, str(BARE[name]) if name in BARE else DLT[name]]


def measured(name: str, url: str, pages: int) -> dict[str, Any] | None:
    """One try of one contender; None where it can't be had.

    Raises:
        RuntimeError: It failed, or did not load every record.
    """
    command = command_of(name, url, pages)
    if command is None:
        return None
    for folder in ("ours", "web", "peer"):
        shutil.rmtree(PLACE / folder, ignore_errors=True)
    done = run(command)
    told = done.json()
    if told["records"] != pages * A_PAGE:
        raise RuntimeError(f"{name} brought {told['records']} of {pages * A_PAGE} records: {done.errors()}")
    return {**told, "process": done.times()}


def compare_at(pages: int, rounds: int, dlt: tuple[str, ...]) -> dict[str, Any]:
    """All contenders in turn over so many pages."""
    found: dict[str, list[dict[str, Any]]] = {}
    with serving(make_pages(PLACE / "pages", pages)) as url:
        for _ in range(rounds):
            for name in (*BARE, *OURS, *dlt):
                told = measured(name, url, pages)
                if told is not None:
                    found.setdefault(name, []).append(told)
    best = {name: min(tries, key=lambda tried: float(tried["process"]["cpu_seconds"])) for name, tries in found.items()}
    return {"pages": pages, "records": pages * A_PAGE, "rounds": found, "contenders": best, **ratios(best)}


def ratios(best: Mapping[str, Any]) -> dict[str, float]:
    """Ours to the others, in CPU seconds of whole processes; the best of each kind counts."""

    def cpu(names: Mapping[str, Any]) -> float | None:
        return min((float(best[n]["process"]["cpu_seconds"]) for n in names if n in best), default=None)

    told: dict[str, float] = {}
    typed, bare, dlt = float(best[TYPED]["process"]["cpu_seconds"]), cpu(BARE), cpu(DLT)
    whole = float(best[WHOLE]["process"]["cpu_seconds"])
    if bare:
        fetched = min(float(best[name]["fetch_cpu_seconds"]) for name in BARE if name in best)
        told["fetch_to_bare"] = float(best[FETCH]["cpu_seconds"]) / fetched
        told |= {"typed_to_bare": typed / bare, "whole_to_bare": whole / bare}
    if dlt:
        told |= {"typed_to_dlt": typed / dlt, "whole_to_dlt": whole / dlt}
    return told


def compare(pages: list[int], rounds: int) -> dict[str, Any]:
    """Each number of pages in turn; what ``bench/out/json_pages.json`` keeps."""
    PLACE.mkdir(parents=True, exist_ok=True)
    (PLACE / "types.json").write_text(json.dumps(duckdb_types()), encoding="utf-8")
    facts, sizes = machine(), []
    dlt = tuple(DLT)
    for count in sorted(pages):
        sizes.append(compare_at(count, rounds if count <= SLOW else 1, dlt))
        known = {name: one for name, one in sizes[-1]["contenders"].items() if name in DLT}
        dlt = tuple(sorted(known, key=lambda name: float(known[name]["process"]["cpu_seconds"]))[:1])
    for folder in ("ours", "web", "peer", "cities"):
        shutil.rmtree(PLACE / folder, ignore_errors=True)
    return {"machine": facts, "sizes": sizes}


def show(result: Mapping[str, Any]) -> str:
    """The result as tables."""
    parts = []
    for size in result["sizes"]:
        rows = [
            [name, one["seconds"], one["process"]["seconds"], one["process"]["cpu_seconds"], one["process"]["peak_mb"]]
            for name, one in size["contenders"].items()
        ]
        head = f"{size['pages']:,} pages of {A_PAGE:,} records"
        told = table(["", "work s", "whole process s", "CPU s", "peak MB"], rows)
        parts.append(f"{head}\n{told}\n{'; '.join(f'{k} {v:.2f}' for k, v in size.items() if isinstance(v, float))}")
    return "\n\n".join(parts)


def main() -> None:
    """Compare, or be one contender."""
    parser = argparse.ArgumentParser(description="JSON pages beside a bare httpx loop and dlt.")
    parser.add_argument("--pages", type=int, nargs="+", default=[200, 2_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", choices=list(OURS.values()), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(ours(options.child, options.url)))
        return
    result = compare(options.pages, options.rounds)
    print(show(result))
    print(f"Kept in {keep('json_pages', result).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
