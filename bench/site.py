"""A catalogue of a thousand products: its sites built in full, after one product changed, and where nothing changed.

python -m bench.site                       1,000 products, 12 releases each, both tiers, one language
python -m bench.site --products 100

Each build is a process of its own, as ``cauce catalog build`` is; its start and the loading of the city's contracts,
which this city has none of on disk, are not in the seconds given. The limit that the disk sets is measured beside it:
files of the same names and sizes, written by a loop that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.budgets import Budget
from bench.many_products import CHECKED_AT, PER_SOURCE, add_release, made_up, names, write
from bench.measure import ROOT, Measured, keep, machine, run, table
from catalog.settings import CatalogSettings
from catalog.site.build import SITE_TIERS, build
from contracts import kept
from contracts.home import CityHome

RELEASES = 12
ROUNDS = 3
FOLDER = ROOT / "bench" / "out"


def compare(products: int, rounds: int = ROUNDS) -> dict[str, Any]:
    """Every build of one city, and the disk's limit, in turn."""
    before = machine()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="site-", dir=FOLDER) as scratch:
        root = Path(scratch) / "many"
        city, home = made_up(products), CityHome(root)
        write(city, home, RELEASES)
        builds: dict[str, Any] = {"full": _build(root, products)}
        builds["nothing changed"] = _best([_build(root, products) for _ in range(rounds)])
        changed = []
        for name in names(products)[:: max(1, products // rounds)][:rounds]:
            add_release(city, home, name, RELEASES + 1)
            changed.append(_build(root, products))
        builds["one product changed"] = _best(changed)
        sizes = _sizes(home.site)
        started = time.perf_counter()
        _write_same(sizes, Path(scratch) / "same")
        limit = time.perf_counter() - started
    return {
        "machine": before,
        "products": products,
        "sources": -(-products // PER_SOURCE),
        "releases": products * RELEASES,
        "files": len(sizes),
        "megabytes": round(sum(sizes.values()) / 1e6),
        "builds": builds,
        "disk_seconds": round(limit, 2),
        "full_to_disk": round(builds["full"]["seconds"] / limit, 2),
    }


def _best(times: list[dict[str, Any]]) -> dict[str, Any]:
    return min(times, key=lambda one: float(one["seconds"]))


def _build(root: Path, products: int) -> dict[str, Any]:
    """One build in a process of its own: its seconds without start-up, its pages, what the whole process took."""
    done: Measured = run([sys.executable, "-m", "bench.site", "--build", root, "--products", str(products)])
    return {**done.json(), "process": done.times()}


def _sizes(site: Path) -> dict[str, int]:
    """The files of all sites, by address, with their sizes."""
    return {
        path.relative_to(site).as_posix(): path.stat().st_size
        for tier in SITE_TIERS
        for path in (site / tier).rglob("*")
        if path.is_file()
    }


def _write_same(sizes: Mapping[str, int], folder: Path) -> None:
    """Files of the same names and sizes; bytes that do not repeat, brought to the disk at the end."""
    noise = os.urandom(1 << 20)
    made: set[Path] = set()
    for address, size in sizes.items():
        path = folder / address
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        with path.open("wb", buffering=0) as file:
            for start in range(0, size, len(noise)):
                file.write(noise[: min(len(noise), size - start)])
    kept.settle_disk(folder)


def budgets_of_site(result: Mapping[str, Any]) -> list[Budget]:
    """The budgets of a catalogue's sites."""
    at, builds = f"{result['products']:,} products", result["builds"]
    return [
        Budget("sites built in full", 60.0, builds["full"]["seconds"], "s", at),
        Budget("sites after one product changed", 3.0, builds["one product changed"]["seconds"], "s", at),
    ]


def rows(result: Mapping[str, Any]) -> list[list[object]]:
    """What was measured, a build a row."""
    found: list[list[object]] = [
        [name, one["seconds"], one["cpu_seconds"], one["made"], one["pages"], one["process"]["peak_mb"]]
        for name, one in result["builds"].items()
    ]
    return [*found, ["the same files written by a bare loop", result["disk_seconds"], "-", "-", "-", "-"]]


HEAD = ("build", "seconds", "CPU seconds", "pages made", "of", "peak MB")


def show(result: Mapping[str, Any]) -> str:
    """The builds as a table."""
    told = (
        f"{result['products']:,} products, {result['releases']:,} releases, {result['sources']} sources; "
        f"tiers {', '.join(SITE_TIERS)}, one language: {result['files']:,} files, {result['megabytes']:,} MB"
    )
    return f"{told}\n{table(HEAD, rows(result))}\nfull build / writing its files: {result['full_to_disk']:.2f}"


def _build_here(root: Path, products: int) -> None:
    """Build, and say how long it took."""
    city = made_up(products)
    started, spent = time.perf_counter(), os.times()
    built = build(city, CityHome(root), checked_at=CHECKED_AT, settings=CatalogSettings())
    ended = os.times()
    told = {
        "seconds": round(time.perf_counter() - started, 3),
        "cpu_seconds": round(sum(ended[:4]) - sum(spent[:4]), 3),
        "pages": sum(site.pages for site in built.tiers.values()),
        "made": sum(site.made for site in built.tiers.values()),
    }
    print(json.dumps(told))


def main() -> None:
    """Measure, or build as one of what is measured."""
    parser = argparse.ArgumentParser(description="The sites of a city of many products.")
    parser.add_argument("--products", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.build:
        _build_here(options.build, options.products)
        return
    result = compare(options.products, options.rounds)
    keep("site", result)
    print(show(result))


if __name__ == "__main__":
    main()
