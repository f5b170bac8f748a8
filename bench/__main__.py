"""``make bench``: all benchmarks in turn, and the page of their results.

python -m bench                                       all, some half an hour on two cores
python -m bench --only scan --rows 1000000            one of them, smaller
python -m bench --write docs/benchmarks.md            all, then the page
python -m bench --only "" --write docs/benchmarks.md  the page alone, from what is kept
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import (
    flow,
    full_run,
    json_pages,
    landing_peer,
    measures,
    orchestrated,
    page,
    proof,
    scan,
    search,
    site,
    suppression,
)
from bench.budgets import budgets_of_pages, budgets_of_scan, show_budgets
from bench.measure import keep

NAMES = (
    "scan",
    "landing_peer",
    "json_pages",
    "orchestrated",
    "search",
    "site",
    "flow",
    "proof",
    "suppression",
    "measures",
    "full_run",
)


def main() -> None:
    """Run what is asked for, print the tables, keep the results, write the page."""
    parser = argparse.ArgumentParser(description="All benchmarks; some half an hour on two cores.")
    parser.add_argument("--only", default=",".join(NAMES), help=f"some of {', '.join(NAMES)}, separated by commas")
    parser.add_argument("--requests", type=int, nargs="+", default=[1_000_000, 10_000_000], help="of the full run")
    parser.add_argument("--rows", type=int, default=5_000_000, help="of the scan")
    parser.add_argument("--landed", type=int, default=2_000_000, help="requests of the landing")
    parser.add_argument("--pages", type=int, nargs="+", default=[200, 2_000], help="of JSON, 1,000 records each")
    parser.add_argument("--shaped", type=int, default=240_000, help="requests of the orchestration")
    parser.add_argument("--products", type=int, default=1_000, help="of the catalogue that is searched, and built")
    parser.add_argument("--models", type=int, default=flow.AT, help="of the analysis of flows")
    parser.add_argument("--measures", type=int, default=measures.AT, help="of a city")
    parser.add_argument("--proved", type=int, default=proof.AT, help="requests of the dynamic proof")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path, help="write the page of the kept results")
    options = parser.parse_args()
    chosen = [name for name in options.only.split(",") if name]
    if unknown := sorted(set(chosen) - set(NAMES)):
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    benches: Mapping[str, tuple[Callable[[], dict[str, Any]], Callable[[dict[str, Any]], str]]] = {
        "scan": (lambda: scan.compare(options.rows, options.rounds), show_scan),
        "landing_peer": (lambda: landing_peer.compare(options.landed, options.rounds), landing_peer.show),
        "json_pages": (lambda: json_pages.compare(options.pages, options.rounds), show_pages),
        "orchestrated": (lambda: orchestrated.compare(options.shaped, options.rounds), orchestrated.show),
        "search": (lambda: search.compare(options.products), search.show),
        "site": (lambda: site.compare(options.products, options.rounds), show_site),
        "flow": (lambda: flow.compare(options.models, options.rounds), flow.show),
        "proof": (lambda: proof.compare(options.proved, options.rounds), proof.show),
        "suppression": (lambda: suppression.compare(options.rounds), suppression.show),
        "measures": (lambda: measures.compare(options.measures, options.rounds), measures.show),
        "full_run": (lambda: full_run.compare(options.requests), full_run.show),
    }
    for name in chosen:
        measure, show = benches[name]
        result = measure()
        keep(name, result)
        print(show(result), end="\n\n", flush=True)
    if options.write:
        page.write(options.write)
        print(f"Written: {options.write}")


def show_scan(result: dict[str, Any]) -> str:
    """The scan's table with its budget."""
    return f"{scan.show(result)}\n{show_budgets(budgets_of_scan(result))}"


def show_pages(result: dict[str, Any]) -> str:
    """The pages' tables with their budgets."""
    return f"{json_pages.show(result)}\n{show_budgets(budgets_of_pages(result))}"


def show_site(result: dict[str, Any]) -> str:
    """The builds' table with their budgets."""
    return f"{site.show(result)}\n{show_budgets(site.budgets_of_site(result))}"


if __name__ == "__main__":
    main()
