"""The invented city at scale, and ``cauce run`` over it, measured.

Belongs here: a copy of the demo city under another id, its deliveries of any size, one measured run, what must hold of
it. Does not belong here: what the run is compared with (``full_run``, ``orchestrated``).
"""

from __future__ import annotations

import re
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.measure import OUT, ROOT, Measured, run

CITY = "bench"
CITIES = OUT / "cities"
REGISTER = "service_requests.csv"
AS_OF = "2026-10-01T05:00:00"
STAGES = ("land", "shape", "publish", "show")
LEFT_OUT = (
    *("deliveries", "measures", "problems", "followups.yaml", "requests.yaml", "products/measures.yaml"),
    "products/measure_gaps.yaml",
)
"""What of the demo city does not come along: its deliveries, and its measures with all that names one."""
_STAGE_LINE = re.compile(rf"^\s*({'|'.join(STAGES)})\s")
SNAPSHOT, UPSERT = "{property: delivery, value: snapshot}", "{property: delivery, value: upsert}"


def make_city() -> Path:
    """A copy of the demo city's content under another id, so that the bench never meets the demo's state.

    Its register is delivered as upserts by case number: whole the first time, then what changed. It has no measures,
    which the bare script does not work out either (``measures`` tells what they cost).

    Raises:
        RuntimeError: The register is not declared as it was.
    """
    source, target = ROOT / "cities" / "demo", CITIES / CITY
    shutil.rmtree(target, ignore_errors=True)
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if path.suffix not in {".yaml", ".sql"} or {relative.parts[0], relative.as_posix()} & set(LEFT_OUT):
            continue
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^id: demo(/|$)", rf"id: {CITY}\1", text, flags=re.MULTILINE)
        if relative.name == "demo_service_requests.odcs.yaml":
            if SNAPSHOT not in text:
                raise RuntimeError(f"{path} does not say {SNAPSHOT} any more")
            text = text.replace(SNAPSHOT, UPSERT)
        copy = target / relative.with_name(path.name.replace("stg_demo__", f"stg_{CITY}__"))
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")
    return target


def deliveries() -> Path:
    """Where the city's deliveries stand."""
    return CITIES / CITY / "deliveries"


def generate(requests: int, folder: Path) -> None:
    """Write the first delivery of that size."""
    done = run([sys.executable, "-m", "cities.demo.generate", "--requests", str(requests), "--out", folder])
    if done.exit_code:
        raise RuntimeError(done.errors())


def run_cauce(home: Path, as_of: str = f"{AS_OF}Z") -> tuple[Measured, dict[str, Any]]:
    """One ``cauce run`` over the bench city."""
    command = [sys.executable, "-m", "orchestration.cli.main", "run", "--city", CITY, "--as-of", as_of]
    environment = {"CAUCE_HOME": str(home), "CAUCE_CITIES": str(CITIES), "GX_ANALYTICS_ENABLED": "false"}
    done = run([*command, "--format", "json"], environment)
    return done, done.json()


def stages(done: Measured) -> dict[str, float]:
    """Seconds up to each stage's lines since the line before; the first holds start-up too."""
    spent = dict.fromkeys(STAGES, 0.0)
    before = 0.0
    for moment, text in done.lines:
        match = _STAGE_LINE.match(text)
        if match:
            spent[match.group(1)] += moment - before
            before = moment
    spent["end"] = done.seconds - before
    return {name: round(seconds, 2) for name, seconds in spent.items()}


def must_have_published(result: Mapping[str, Any], products: int = 3) -> None:
    """So many products are published, nothing is held or failed; otherwise the times mean nothing.

    Raises:
        RuntimeError: It is not so.
    """
    if len(result["published"]) != products or result["held"] or result["failed"] or result["quarantined"]:
        raise RuntimeError(f"the run did not publish what it should: {result}")


def run_unchanged(home: Path, as_of: str = f"{AS_OF}Z") -> Measured:
    """A run with nothing to do. Tried again where a file of the engine was edited since the run before.

    Raises:
        RuntimeError: It never came to rest.
    """
    result: dict[str, Any] = {}
    for _ in range(3):
        done, result = run_cauce(home, as_of)
        if result["nothing_to_do"]:
            return done
    raise RuntimeError(f"the run always finds something to do: {result}")


@contextmanager
def removed_once_kept(delivery: Path, home: Path) -> Iterator[None]:
    """Remove the register's file as soon as the run has its own copy of the bytes: two of a huge one may not fit."""
    ended = threading.Event()
    folder = home / CITY / "raw" / "demo_service_requests" / "bytes"

    def watch() -> None:
        while not ended.wait(0.5):
            if folder.is_dir() and any(len(path.name) == 64 for path in folder.iterdir()):
                (delivery / REGISTER).unlink(missing_ok=True)
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
