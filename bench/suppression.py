"""Hiding small cells: a cube of 100 x 60 x 20 with all its margins, hidden and judged.

    python -m bench.suppression

Belongs here: made-up cubes, the seconds of hiding and judging, one linear program over the same system for comparison.
Does not belong here: whether what is hidden is right (the tests of ``transforms.disclosure``). Counts are Poisson
around the product of three factors drawn for each value of each dimension, so that some districts and kinds have many
times those of others; the budget is set for the cube in which every sixth cell is small. Seconds are CPU seconds of
a process of its own, the quickest of the rounds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from bench.budgets import Budget, show_budgets
from bench.measure import keep, machine, run, table

SHAPE = (100, 60, 20)
MEANS = (30.0, 100.0)
"""Expected counts before the factors: with the first every sixth cell is small, with the second every fortieth."""
SPREAD = 0.7
SECONDS = 30.0


def cube(shape: tuple[int, ...], mean: float) -> Any:
    """A table of counts over three dimensions with all margins."""
    import numpy as np

    from transforms.disclosure.tables import CountTable, margins_of

    chance = np.random.default_rng(1)
    expected = np.full(shape, mean)
    for axis, size in enumerate(shape):
        along = [-1 if n == axis else 1 for n in range(len(shape))]
        expected = expected * chance.lognormal(0, SPREAD, size).reshape(along)
    counts = chance.poisson(expected)
    names = ("month", "kind", "district")
    places = np.argwhere(counts > 0).astype(np.int64)
    return CountTable(names, places, counts[counts > 0].astype(np.int64), margins_of(names))


def hide(shape: tuple[int, ...], mean: float) -> dict[str, Any]:
    """Hide, judge, and solve one program over all hidden cells.

    Raises:
        RuntimeError: The result is not protected.
    """
    import numpy as np
    import scipy.optimize  # its import is not what is measured

    from transforms.disclosure.audit import judge
    from transforms.disclosure.complementary import suppress
    from transforms.disclosure.programs import Program
    from transforms.disclosure.proofs import Proofs
    from transforms.disclosure.rules import CellRule

    assert scipy.optimize
    counts, rule = cube(shape, mean), CellRule()
    began = time.process_time()
    found = suppress(counts, rule)
    hidden_at = time.process_time()
    verdict = judge(counts, found.hidden, rule, found.certificates)
    judged_at = time.process_time()
    if not verdict.passes:
        raise RuntimeError(f"{len(verdict.exposed)} hidden cells are not protected")
    cells = np.flatnonzero(found.hidden)
    program_from = time.process_time()
    Program(Proofs(counts, rule, found.hidden), cells).reach(int(cells[0]), up=True)
    return {
        "mean": mean,
        "cells": counts.size,
        "small": int(found.primary.sum()),
        "complementary": int(found.complementary.sum()),
        "totals_hidden": int(found.hidden[len(counts.counts) :].sum()),
        "hide_seconds": hidden_at - began,
        "judge_seconds": judged_at - hidden_at,
        "program_seconds": time.process_time() - program_from,
    }


def compare(rounds: int) -> dict[str, Any]:
    """The figures of each cube; returns what ``bench/out/suppression.json`` keeps."""
    measured_on = machine()
    cubes = []
    for mean in MEANS:
        tries = [
            run([sys.executable, "-m", "bench.suppression", "--child", str(mean)], {"OMP_NUM_THREADS": "1"})
            for _ in range(rounds)
        ]
        best = min((t.json() for t in tries), key=lambda t: float(t["hide_seconds"] + t["judge_seconds"]))
        cubes.append({**best, "peak_mb": max(t.peak_mb for t in tries)})
    return {"machine": measured_on, "shape": list(SHAPE), "cubes": cubes}


def budgets_of_suppression(result: Mapping[str, Any]) -> list[Budget]:
    """The budget, at each cube."""
    size = " x ".join(str(n) for n in result["shape"])
    return [
        Budget(
            "small cells of a cube hidden and judged, CPU",
            SECONDS,
            one["hide_seconds"] + one["judge_seconds"],
            "s",
            f"{size}, {one['small']:,} small",
        )
        for one in result["cubes"]
    ]


HEAD = ["cells published", "small", "hidden for them", "totals hidden", "hide, CPU s", "judge, CPU s", "peak MB"]
HEAD += ["one program, CPU s", "all / one program"]


def rows(result: Mapping[str, Any]) -> list[list[object]]:
    """The figures, a row a cube."""
    found: list[list[object]] = []
    for one in result["cubes"]:
        whole = one["hide_seconds"] + one["judge_seconds"]
        found.append(
            [
                f"{one['cells']:,}",
                one["small"],
                one["complementary"],
                one["totals_hidden"],
                one["hide_seconds"],
                one["judge_seconds"],
                one["peak_mb"],
                one["program_seconds"],
                whole / one["program_seconds"],
            ]
        )
    return found


def told(result: Mapping[str, Any]) -> str:
    """What was done, in a sentence."""
    size = " x ".join(str(n) for n in result["shape"])
    return (
        f"Cubes of {size} with all margins, k = 11: hidden until no cell can be worked out, then judged. Beside it one "
        "linear program over all hidden cells; asking for every interval would take two for each."
    )


def show(result: Mapping[str, Any]) -> str:
    """The figures as a table, with their budget."""
    return f"{told(result)}\n{table(HEAD, rows(result))}\n{show_budgets(budgets_of_suppression(result))}"


def main() -> None:
    """Measure and print, or be one cube."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--child", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(hide(SHAPE, options.child)))
        return
    result = compare(options.rounds)
    keep("suppression", result)
    print(show(result))


if __name__ == "__main__":
    main()
