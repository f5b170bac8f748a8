"""The house rules that no linter knows: floors, names, no city in the engine, the environment's readers."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ENGINE = ("contracts", "catalog", "orchestration", "transforms")
ATTIC = {"utils", "helpers", "common", "manager", "misc"}
SETTINGS = {"orchestration/settings.py", "catalog/settings.py"}


def engine_files(root: Path) -> Iterator[Path]:
    for package in ENGINE:
        yield from sorted((root / package).rglob("*.py"))


def environment_reads(source: str) -> list[int]:
    """Lines that read the environment."""
    nodes = ast.walk(ast.parse(source))
    return [n.lineno for n in nodes if isinstance(n, ast.Attribute) and n.attr in {"environ", "getenv"}]


def test_the_floors_hold(project_root: Path) -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--no-cache"], cwd=project_root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_engine_file_names_a_city(project_root: Path) -> None:
    cities = {p.name for p in (project_root / "cities").iterdir() if (p / "city.yaml").exists()} - {"demo"}
    cities |= {"nyc", "chicago", "buenos_aires", "newyork", "new york"}
    named = [
        f"{path.relative_to(project_root)}: {city}"
        for path in (*engine_files(project_root), *sorted((project_root / "transforms").rglob("*.sql")))
        for city in cities
        if re.search(rf"\b{re.escape(city)}\b", path.read_text(encoding="utf-8"), re.IGNORECASE)
    ]
    assert named == []


def test_only_the_settings_read_the_environment(project_root: Path) -> None:
    readers = {
        f"{path.relative_to(project_root).as_posix()}:{line}"
        for path in engine_files(project_root)
        for line in environment_reads(path.read_text(encoding="utf-8"))
        if path.relative_to(project_root).as_posix() not in SETTINGS
    }
    allowed = {reader for reader in readers if reader.split(":")[0] in PASSED_ON}
    assert readers - allowed == set()


PASSED_ON: dict[str, str] = {
    "orchestration/cli/ui.py": "hands its own environment to Dagster's process, with DAGSTER_HOME added",
}
"""Files that hand the environment to a process or library, each with its reason; none decides by it."""


def test_reading_the_environment_is_seen() -> None:
    assert environment_reads("import os\nx = os.environ['A']\ny = os.getenv('B')\n") == [2, 3]


def test_no_attic(project_root: Path) -> None:
    assert [p for p in engine_files(project_root) if p.stem in ATTIC or p.parent.name in ATTIC] == []


def test_no_file_is_a_god(project_root: Path) -> None:
    long = {
        path.relative_to(project_root).as_posix(): lines
        for path in engine_files(project_root)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert long == {}


@pytest.mark.parametrize("package", ENGINE)
def test_every_module_opens_with_its_charter(project_root: Path, package: str) -> None:
    silent = [
        path.relative_to(project_root).as_posix()
        for path in sorted((project_root / package).rglob("*.py"))
        if "models" not in path.parts and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def swallowed(source: str) -> list[int]:
    """Lines of excepts that catch everything and do not raise it again."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            names = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else {"Exception"}
            raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            if names & {"Exception", "BaseException"} and not raises:
                found.append(node.lineno)
    return found


def test_a_swallowed_error_is_seen() -> None:
    assert swallowed("try:\n    x()\nexcept Exception:\n    pass\n") == [3]
    assert swallowed("try:\n    x()\nexcept:\n    pass\n") == [3]
    assert swallowed("try:\n    x()\nexcept BaseException:\n    clean()\n    raise\n") == []


def test_broad_excepts_stand_only_at_the_borders(project_root: Path) -> None:
    borders = ("orchestration/cli/main.py", "orchestration/defs/")
    found = [
        f"{path.relative_to(project_root).as_posix()}:{line}"
        for path in engine_files(project_root)
        for line in swallowed(path.read_text(encoding="utf-8"))
        if not path.relative_to(project_root).as_posix().startswith(borders)
    ]
    assert found == []
