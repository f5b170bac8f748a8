"""``make bench``: all benchmarks in turn."""

from __future__ import annotations

import argparse

from bench import full_run, scan
from bench.measure import keep


def main() -> None:
    """Run everything and print the tables."""
    parser = argparse.ArgumentParser(description="All benchmarks; some ten minutes on two cores.")
    parser.add_argument("--requests", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rows", type=int, default=5_000_000)
    options = parser.parse_args()
    scanned = scan.compare(options.rows, rounds=3)
    keep("scan", scanned)
    print(scan.show(scanned), end="\n\n", flush=True)
    ran = full_run.compare(options.requests)
    keep("full_run", ran)
    print(full_run.show(ran))


if __name__ == "__main__":
    main()
