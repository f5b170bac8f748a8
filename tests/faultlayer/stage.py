"""The process that forks: reads orders on its input, a JSON object a line, and answers each with one line.

    {"kind", "root", "releases_at", "record": path}             record every point of a whole piece of work
    {"kind", "root", "releases_at", "at": n, "fault": name}     let one fault happen

The children import the engines, this process never does: a fork of a process with an engine's threads may hang.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from tests.faultlayer import faults

ENGINES = ("duckdb", "pyarrow", "pandas", "numpy", "great_expectations", "pandera", "s3fs", "dagster")
READY = (
    "contracts.compile_checks",
    "contracts.load",
    "contracts.s3_shelf",
    "orchestration.ingest.landing",
    "orchestration.publish.attempt",
    "orchestration.publish.judging",
    "orchestration.publish.recover",
    "orchestration.publish.retention",
    "orchestration.publish.withdraw",
    "pytest",
    "yaml",
)
"""Imported once, before the forks; none of them imports an engine."""


def child(order: dict[str, Any], answer: int) -> None:
    """Do the work under the order's witness, and write down what came of it."""
    from contracts import kept
    from contracts.errors import CauceError

    told: dict[str, Any] = {"outcome": None, "error": None}
    try:
        work = importlib.import_module("tests.faultlayer.work").work
        if "record" in order:
            kept.witness = faults.recording(Path(order["record"]))
        else:
            kept.witness = faults.failing(order["at"], order["fault"])
        told["outcome"] = work(order["kind"], Path(order["root"]), order["releases_at"])
    except CauceError as error:
        told["error"] = faults.told(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the judge must hear of it
        told["error"] = {**faults.told(error), "trace": traceback.format_exc()}
    with os.fdopen(answer, "w") as file:
        json.dump(told, file)


def run(order: dict[str, Any]) -> dict[str, Any]:
    """Fork, wait, and put together what the child said and how it ended."""
    reader, writer = os.pipe()
    identity = os.fork()
    if identity == 0:
        os.close(reader)
        with contextlib.suppress(BaseException):
            child(order, writer)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        said = file.read()
    status = os.waitpid(identity, 0)[1]
    return {"signal": os.WTERMSIG(status), **(json.loads(said) if said else {"outcome": None, "error": None})}


def main() -> None:
    """Answer orders until there are no more."""
    for name in READY:
        importlib.import_module(name)
    loaded = [name for name in ENGINES if name in sys.modules]
    if loaded:
        raise SystemExit(f"imported before the fork: {', '.join(loaded)}")
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
