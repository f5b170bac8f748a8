"""The dynamic proof beside the build it checks: CPU seconds of both, in one process.

    python -m bench.proof --requests 250000

Belongs here: a city shaped and proved, both timed. Does not belong here: whether the proof is right (``tests/flow``).
The build is dbt's run of all models over all records; the proof is the sample, its models built again over each of its
worlds, and the verdict, made anew each time. A mart that is a view is computed only when it is rendered, so that the
build is told smaller than it is. Imports are left out of both. The best of the rounds.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bench import city
from bench.budgets import Budget, show_budgets
from bench.measure import OUT, keep, machine, table

PLACE = OUT / "proof"
HOME = PLACE / "home"
SHARE = 0.5
"""Budget: the proof to the build."""
AT = 250_000


def compare(requests: int = AT, rounds: int = 3) -> dict[str, Any]:
    """The figures over so many requests."""
    measured_on = machine()
    shutil.rmtree(PLACE, ignore_errors=True)
    folder = city.make_city()
    city.generate(requests, city.deliveries())
    done, result = city.run_cauce(HOME)
    if result.get("failed", True):
        raise RuntimeError(f"the run did not build its models: {result} {done.errors()}")

    from contracts import kept
    from contracts.city_load import load_city
    from contracts.home import CityHome
    from orchestration.flows import read_flow
    from orchestration.ingest.manifest import accepted_files, in_force
    from orchestration.proof.of_city import prove_city
    from orchestration.shaping import ShapeJob, shape

    loaded, home = load_city(folder), CityHome(HOME / city.CITY)
    as_of = datetime.fromisoformat(city.AS_OF)
    files = {name: accepted_files(home, contract) for name, contract in loaded.sources.items()}
    made_of = {
        name: ",".join(one.accepted_file.sha256 for one in in_force(home, contract) if one.accepted_file)
        for name, contract in loaded.sources.items()
    }
    building, proving = [], []
    proof = None
    for number in range(rounds + 1):
        began = time.process_time()
        shape(ShapeJob(loaded, home, as_of, files))
        built = time.process_time() - began
        flow = read_flow(loaded, home)
        kept.discard(home.proof)
        began = time.process_time()
        proof = prove_city(loaded, home, flow, as_of, made_of)
        proved = time.process_time() - began
        if number:  # the first round imports
            building.append(built)
            proving.append(proved)
    assert proof is not None
    verdicts = [one for found in proof.products.values() for one in found]
    return {
        "machine": measured_on,
        "requests": requests,
        "records": sum(proof.records.values()),
        "products": len(proof.products),
        "verdicts": len(verdicts),
        "same": sum(one.state == "same" for one in verdicts),
        "worlds": sum(one.worlds + one.free_worlds for one in verdicts),
        "build_seconds": min(building),
        "seconds": min(proving),
        "ratio": min(proving) / min(building),
    }


def budgets_of_proof(result: Mapping[str, Any]) -> list[Budget]:
    """The budget of the proof; set for a city's volume, so that fewer records only tell the way it goes."""
    found = result["ratio"] if result["requests"] >= AT else None
    return [Budget("dynamic proof to the build it checks, CPU", SHARE, found, "x", f"{result['requests']:,} requests")]


HEAD = ["", "CPU s"]


def rows(result: Mapping[str, Any]) -> list[list[object]]:
    """The figures, each with what it is."""
    return [
        ["dbt builds all models over all records", result["build_seconds"]],
        ["the proof, from the sample to the verdicts", result["seconds"]],
    ]


def told(result: Mapping[str, Any]) -> str:
    """What was proved, in a sentence."""
    return (
        f"{result['requests']:,} requests, of which a sample of {result['records']:,} records; {result['products']} "
        f"products, {result['verdicts']} verdicts ({result['same']} the same), {result['worlds']} comparisons. "
        f"The proof to the build: {result['ratio']:.2f}."
    )


def show(result: Mapping[str, Any]) -> str:
    """The figures as a table, with their budget."""
    return f"Dynamic proof: {told(result)}\n{table(HEAD, rows(result))}\n{show_budgets(budgets_of_proof(result))}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=AT)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    result = compare(options.requests, options.rounds)
    keep("proof", result)
    print(show(result))


if __name__ == "__main__":
    main()
