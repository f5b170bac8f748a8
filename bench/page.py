"""The page of the benchmarks: the kept results as Markdown, each with the machine it was measured on.

Belongs here: turning results under ``bench/out`` into text. Does not belong here: measuring, judging (``budgets``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import flow, measures, proof, search, site, suppression
from bench.budgets import Budget, budgets_of_pages, budgets_of_runs, budgets_of_scan
from bench.city import STAGES
from bench.measure import OUT, cell

Result = Mapping[str, Any]
RATIOS = {
    "fetch_to_bare": "fetch alone to the bare loop's fetch",
    "typed_to_bare": "fetch and typed Parquet to the bare script",
    "whole_to_bare": "whole landing to the bare script",
    "typed_to_dlt": "fetch and typed Parquet to dlt",
    "whole_to_dlt": "whole landing to dlt",
}
HEAD = """# Benchmarks

Written by `python -m bench --write docs/benchmarks.md` from the results that `make bench` keeps; do not edit.
Every ratio compares figures of the same run on the same machine, taken in turn. Seconds are wall time unless CPU is
said; memory is the largest resident set of any process of the contender. Start-up (imports, dbt's parsing) is a run
over a few thousand requests, and stands beside what it is taken from.
"""


def write(path: Path) -> None:
    """Write the page from what is kept.

    Raises:
        RuntimeError: Nothing is kept.
    """
    parts = [section(name, tell) for name, tell in SECTIONS.items()]
    found = [part for part in parts if part]
    if not found:
        raise RuntimeError(f"nothing is kept in {OUT}: run make bench first")
    path.write_text("\n".join([HEAD, budgets(), *found]), encoding="utf-8")


def kept(name: str) -> Result | None:
    """A kept result; None where there is none."""
    path = OUT / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def section(name: str, tell: Callable[[Result], str]) -> str:
    """One benchmark's part of the page; empty where it was not measured."""
    result = kept(name)
    return f"{tell(result)}\n\n{on(result['machine'])}\n" if result else ""


def on(machine: Result) -> str:
    """The machine, in one line."""
    facts = [f"{machine['cores']} cores", machine.get("processor", ""), f"{machine.get('memory_gb', '?')} GB"]
    facts += [f"{machine['system']}, Python {machine['python']}, DuckDB {machine['duckdb']}"]
    facts += [f"load before {machine['load_before']}", machine.get("measured", "")]
    return f"*Measured on {'; '.join(fact for fact in facts if fact)}.*"


def markdown(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; the first column to the left, the others to the right."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    lines += [f"| {' | '.join(cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines)


def budgets() -> str:
    """All budgets that the kept results tell of."""
    listed: list[Budget] = []
    runs, scanned, paged = kept("full_run"), kept("scan"), kept("json_pages")
    searched, built, followed = kept("search"), kept("site"), kept("flow")
    listed += budgets_of_runs(runs) if runs else []
    listed += budgets_of_scan(scanned) if scanned else []
    listed += budgets_of_pages(paged) if paged else []
    listed += search.budgets_of_search(searched) if searched else []
    listed += site.budgets_of_site(built) if built else []
    listed += flow.budgets_of_flow(followed) if followed else []
    listed += proof.budgets_of_proof(proved) if (proved := kept("proof")) else []
    listed += suppression.budgets_of_suppression(hidden) if (hidden := kept("suppression")) else []
    listed += measures.budgets_of_measures(worked_out) if (worked_out := kept("measures")) else []
    head = ["budget", "at", "limit", "we work towards", "found", "unit", ""]
    return "## Budgets\n\n" + markdown(head, [b.as_row() for b in listed]) + "\n"


def tell_runs(result: Result) -> str:
    """The full run, the newest one in a hundred, and where the time goes."""
    rows: list[list[object]] = []
    where: list[list[object]] = [["start-up", *result["start_up"]["stages"].values()]]
    for r in result["sizes"]:
        newest, label = r.get("newest", {}), f"{r['requests']:,}"
        rows.append([f"{label}: bare script", *_times(r["bare"]), "-"] if "bare" in r else [label, "-", "-", "-", "-"])
        rows.append([f"{label}: full run", *_times(r["run"]), r.get("ratio", "-")])
        if newest:
            rows.append([f"{label}: newest {newest['records']:,}", *_times(newest), newest["share_of_full_run"]])
            rows.append([f"{label}: nothing to do", *_times(r["unchanged"]), "-"])
            where.append([f"{label}: newest", *newest["stages"].values()])
        where.append([f"{label}: full run", *r["run"]["stages"].values()])
    return "\n\n".join(
        [
            "## A full run beside a bare DuckDB script",
            "The bare script reads, shapes, checks each rule once wherever we check it, and writes the same files; "
            "it keeps no history, evidence or pages. The ratio is to the bare script (full run) or to the full run "
            "(newest), start-up included; the budgets above leave it out.",
            markdown(["requests", "seconds", "CPU seconds", "peak MB", "ratio"], rows),
            "Where the seconds go (land holds imports too):",
            markdown(["", *STAGES, "end"], where),
        ]
    )


def _times(times: Result) -> list[object]:
    return [times["seconds"], times.get("cpu_seconds", "-"), times["peak_mb"]]


def tell_scan(result: Result) -> str:
    """The one-scan verdict and datacontract-cli."""
    rows = [
        [name, one.get("checks", "-"), one.get("seconds", "-"), one["process"], one["peak_mb"]]
        for name, one in result["contenders"].items()
    ]
    return "\n\n".join(
        [
            "## Checks: the one-scan verdict beside a hand-written query and datacontract-cli",
            f"The demo register's own contract over {result['rows']:,} records, {result['file_mb']:.0f} MB of Parquet.",
            markdown(["", "checks", "judging s", "whole process s", "peak MB"], rows),
        ]
    )


def tell_landing(result: Result) -> str:
    """Landing beside dlt."""
    rows = [
        [name, one["seconds"], *_times(one["process"]), result["ours_to"].get(name, "-")]
        for name, one in result["contenders"].items()
    ]
    return "\n\n".join(
        [
            "## Landing beside a bare script and dlt",
            f"{result['requests']:,} requests. Ours keeps the raw bytes, counts their records, judges every rule with "
            "two engines and sets bad records aside; dlt, given the same types, types and loads.",
            markdown(["", "landing s", "whole process s", "CPU s", "peak MB", "ours to it"], rows),
        ]
    )


def tell_pages(result: Result) -> str:
    """JSON pages beside a bare loop and dlt."""
    parts = [
        "## JSON pages beside a bare httpx loop and dlt",
        "A process of its own serves pages of 1,000 records that stand ready, in Socrata's protocol. *Fetch and typed "
        "Parquet* is what the bare loop and dlt do; ours keeps the portal's records besides, counts them from the "
        "bytes, and can go on where it was killed. *Whole landing* judges a city's rules with two engines as well. "
        "Ratios are of CPU seconds of whole processes; dlt stands with every setting that its documentation calls "
        "quick, and the best of them counts.",
    ]
    for size in result["sizes"]:
        rows = [[name, one["seconds"], *_times(one["process"])] for name, one in size["contenders"].items()]
        ratios = ", ".join(f"{told} {size[key]:.2f}" for key, told in RATIOS.items() if key in size)
        parts += [
            f"{size['records']:,} records:",
            markdown(["", "work s", "whole process s", "CPU s", "peak MB"], rows),
            f"Ours to theirs: {ratios}.",
        ]
    return "\n\n".join(parts)


def tell_orchestrated(result: Result) -> str:
    """Shaping under Dagster beside dagster-dbt."""
    rows = [
        [name, one["cold"]["seconds"], one["cold"]["cpu_seconds"], one["best"]["seconds"], one["best"]["cpu_seconds"]]
        for name, one in result["contenders"].items()
    ]
    return "\n\n".join(
        [
            "## Orchestration beside dagster-dbt",
            f"The same {result['contenders']['cauce']['models']} dbt models over {result['requests']:,} requests, "
            "whole processes; warm is the best of the runs after the first.",
            markdown(["", "cold s", "cold CPU s", "warm s", "warm CPU s"], rows),
            f"Ours to dagster-dbt's: cold {result['cold_ratio']:.2f}, warm {result['warm_ratio']:.2f}.",
        ]
    )


def tell_soak(result: Result) -> str:
    """The long trials."""
    rows = [
        [kind, one["pieces"], one["trials"], one["violations"], one["seconds"] / 60, one["peak_mb"]]
        for kind, one in result["kinds"].items()
    ]
    return "\n\n".join(
        [
            f"## Long trials: `make soak`, {result['minutes']:g} minutes",
            f"Seed {result['seed']}, begun {result['started']}.",
            markdown(["kind", "pieces", "trials", "violations", "minutes", "peak MB"], rows),
        ]
    )


def tell_search(result: Result) -> str:
    """The search of a large catalogue."""
    return "\n\n".join(
        [
            "## Search of a catalogue",
            f"{result['products']:,} made-up products with {result['columns']} columns each, one language and tier.",
            markdown(["", ""], search.rows(result)),
        ]
    )


def tell_site(result: Result) -> str:
    """The sites of a city of many products."""
    return "\n\n".join(
        [
            "## The catalogue's sites",
            f"{result['products']:,} products of 20 columns with {result['releases']:,} releases and their quality "
            f"reports, both tiers, one language: {result['files']:,} files, {result['megabytes']:,} MB. Start-up and "
            "the loading of contracts are left out; the best of three but for the full build.",
            markdown(site.HEAD, site.rows(result)),
            f"The full build to writing its files: {result['full_to_disk']:.2f}.",
        ]
    )


def tell_suppression(result: Result) -> str:
    """Hiding small cells."""
    shown = markdown(suppression.HEAD, suppression.rows(result))
    return "\n\n".join(["## Small cells hidden", suppression.told(result), shown])


def tell_flow(result: Result) -> str:
    """The analysis of flows."""
    return "\n\n".join(
        ["## What every column is computed from", flow.told(result), markdown(flow.HEAD, flow.rows(result))]
    )


def tell_proof(result: Result) -> str:
    """The dynamic proof."""
    shown = markdown(proof.HEAD, proof.rows(result))
    return "\n\n".join(["## The models built again with other contents", proof.told(result), shown])


def tell_measures(result: Result) -> str:
    """Measures by the models beside SQL written by hand."""
    shown = markdown(measures.HEAD, measures.rows(result))
    return "\n\n".join(["## A city's measures", measures.told(result), shown])


SECTIONS: Mapping[str, Callable[[Result], str]] = {
    "full_run": tell_runs,
    "scan": tell_scan,
    "landing_peer": tell_landing,
    "json_pages": tell_pages,
    "orchestrated": tell_orchestrated,
    "search": tell_search,
    "site": tell_site,
    "flow": tell_flow,
    "proof": tell_proof,
    "suppression": tell_suppression,
    "measures": tell_measures,
    "soak": tell_soak,
}
