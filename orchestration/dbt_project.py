"""The dbt project of one city, put together in the city's own home, and dbt run on it in this process.

Belongs here: which files the project has, what dbt is told, how it is called and silenced. Does not belong
here: what its results mean (``shaping``), what its errors say to people (``dbt_errors``).

The project is a copy: the shared ``transforms/`` and, as ``staging/``, the city's. Naming the city's folder in
``model-paths`` instead looks simpler and is dangerous: dbt writes a model's compiled SQL to its path joined to
the target folder, and for an absolute path that is the city's own file, which it overwrites.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from contracts import kept
from contracts.city import City
from contracts.engines.spatial import spatial_extension
from contracts.formulas import strata
from contracts.home import CityHome
from orchestration.settings import PROJECT_ROOT

TRANSFORMS: Final = PROJECT_ROOT / "transforms"
SHARED_FOLDERS: Final = ("models", "macros")
SHARED_FILES: Final = ("dbt_project.yml", "profiles.yml")
STATISTICS: Final = TRANSFORMS / "statistics"
MODEL_ENDINGS: Final = (".sql", ".yml", ".yaml")
DEFAULT_MEMORY: Final = "1500MB"
PLACEHOLDER_AS_OF: Final = "2000-01-01T00:00:00"
"""Stands for the as-of instant where a project is only parsed; nothing is computed with it."""

_ONE_DBT = threading.Lock()
"""dbt keeps its adapter and its flags in the process: two runs at once would share them."""


@dataclass(frozen=True)
class ProjectFile:
    """One file of the project: where it came from, and its text."""

    origin: Path
    text: str


def shared_files(with_unit_tests: bool = False) -> dict[str, ProjectFile]:
    """The shared part of the project, by path within it."""
    folders = (*SHARED_FOLDERS, "unit_tests") if with_unit_tests else SHARED_FOLDERS
    paths = [TRANSFORMS / name for name in SHARED_FILES]
    for folder in folders:
        paths += sorted(p for p in (TRANSFORMS / folder).rglob("*") if p.suffix in (*MODEL_ENDINGS, ".py"))
    return {
        p.relative_to(TRANSFORMS).as_posix(): ProjectFile(p, p.read_text(encoding="utf-8"))
        for p in paths
        if "__pycache__" not in p.parts
    }


def city_files(city: City) -> dict[str, ProjectFile]:
    """The whole project of a city, by path within it; its staging under ``staging/``."""
    folder = city.folder / "staging"
    staging = sorted(p for p in folder.rglob("*") if p.suffix in MODEL_ENDINGS)
    found = {
        f"staging/{p.relative_to(folder).as_posix()}": ProjectFile(p, p.read_text(encoding="utf-8")) for p in staging
    }
    return {**shared_files(), **found}


def assemble(files: Mapping[str, ProjectFile], folder: Path) -> Path:
    """Write the project's files under ``folder`` and remove what no longer belongs to it."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and path.relative_to(folder).as_posix() not in files:
            kept.remove(path)
    for name, file in files.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != file.text:
            kept.write(path, file.text.encode())
    return folder


def variables(
    city: City, home: CityHome, files: Mapping[str, tuple[Path, ...]] | None = None, as_of: datetime | None = None
) -> dict[str, Any]:
    """What the project is told about a city; without ``files`` and ``as_of`` only enough to be parsed.

    Args:
        city: The city.
        home: Where its warehouse stands.
        files: Accepted Parquet files by source, oldest first.
        as_of: The as-of instant, naive in UTC or with a zone.
    """
    return {
        "city": city.id,
        "timezone": city.timezone,
        "as_of": PLACEHOLDER_AS_OF if as_of is None else utc_text(as_of),
        "minimum_cell": city.minimum_cell,
        "measures": [told for measure in city.measures.values() for told in measure.to_dicts()],
        "measure_strata": {name: list(strata(contract)) for name, contract in sorted(city.products.items())},
        "entities": dict(sorted(city.staging.items())),
        "products": sorted(city.products),
        "sources": {name: {"deliveries": len((files or {}).get(name, ()))} for name in city.sources},
        "spatial_extension": spatial_extension(),
        **engine_variables(home.warehouse, home.work / "duckdb"),
    }


def step_register() -> Path:
    """The register of de-identifying steps."""
    return TRANSFORMS / "macros" / "steps" / "steps.yml"


def engine_variables(
    warehouse: Path, temporary: Path, threads: int = 2, memory: str = DEFAULT_MEMORY
) -> dict[str, Any]:
    """What the profile is told about DuckDB."""
    return {"warehouse": str(warehouse), "temporary": str(temporary), "threads": threads, "memory": memory}


def utc_text(moment: datetime) -> str:
    """A moment in UTC as ISO 8601 without a zone, as SQL reads it."""
    from datetime import UTC

    naive = moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat()


def digest(files: Mapping[str, ProjectFile], told: Mapping[str, Any]) -> str:
    """The hash of a project: its files and what it is told."""
    state = hashlib.sha256(kept.canonical_json(dict(told)))
    for name in sorted(files):
        state.update(f"\0{name}\0".encode())
        state.update(files[name].text.encode())
    return state.hexdigest()


def invoke(
    command: tuple[str, ...],
    project: Path,
    target: Path,
    told: Mapping[str, Any],
    on_event: Callable[[Any], None],
    parsed: Any = None,
) -> Any:
    """Run one dbt command in this process, in silence, and close the warehouse.

    Args:
        command: dbt's command and its own arguments.
        project: The assembled project.
        target: Where dbt writes its artefacts.
        told: The project's variables.
        on_event: Called with each of dbt's events.
        parsed: Dbt's own manifest of this very project, so that it is not read again.

    Returns:
        dbt's ``dbtRunnerResult``.
    """
    from dbt.cli.main import dbtRunner

    flags = [
        *("--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(target)),
        *("--log-path", str(target), "--log-level", "none", "--log-level-file", "none", "--no-print"),
        *("--no-send-anonymous-usage-stats", "--no-partial-parse", "--no-use-colors", "--no-version-check"),
        *("--warn-error", "--no-fail-fast", "--vars", json.dumps(dict(told), ensure_ascii=False)),
    ]
    for folder in (Path(told["warehouse"]).parent, Path(told["temporary"]), target):
        kept.make_folder(folder)
    with _ONE_DBT, kept.step("dbt", target):
        _open_no_event_loop()
        try:
            return dbtRunner(manifest=parsed, callbacks=[on_event]).invoke([*command, *flags])
        finally:
            _close_warehouse()
            kept.discard(Path(told["temporary"]))
            kept.discard(target / "run_results.json")  # holds what the engine said of a record, and nobody reads it


def _open_no_event_loop() -> None:
    """Keep dbt-duckdb from opening an event loop for a Python model: ours await nothing, and it is never closed."""
    from dbt.adapters.duckdb import environments

    module: Any = environments
    module._ensure_event_loop = lambda: None


def _close_warehouse() -> None:
    """Close dbt's connection, so that this process may open the warehouse in another way."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    manager: Any = DuckDBConnectionManager
    environment = manager._ENV
    manager.close_all_connections()
    if environment is not None:
        environment.close()
