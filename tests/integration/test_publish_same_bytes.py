"""The same records give the same bytes: in another time zone, locale, number of threads and order of arrival."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.kept import sha256_file

PUBLISH = """
import sys
from pathlib import Path
from tests.unit.orchestration.publish.publish_world import World, rows
root, threads, turned = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "turned"
table = rows(3_000) + [(f"D{i:06d}", *row[1:]) for i, row in enumerate(rows(3_000))]
world = World(root)
world.deliver(table[::-1] if turned else table)
assert world.publish(threads=threads).outcome == "published"
"""

SURROUNDINGS = {
    "bogota": ({"TZ": "America/Bogota", "LC_ALL": "C.UTF-8"}, "1", "straight"),
    "tokyo": ({"TZ": "Asia/Tokyo", "LC_ALL": "C"}, "2", "turned"),
    "chatham": ({"TZ": "Pacific/Chatham", "PYTHONHASHSEED": "7"}, "4", "turned"),
}


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> dict[str, dict[str, str]]:
    """Hashes of every released file, by surroundings."""
    found = {}
    for name, (environment, threads, order) in SURROUNDINGS.items():
        root = tmp_path_factory.mktemp(name)
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", PUBLISH, str(root), threads, order],
            cwd=project_root,
            env={**os.environ, **environment, "PYTHONPATH": str(project_root)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        releases = root / "var/town/releases"
        files = sorted(p for p in releases.rglob("*") if p.is_file() and p.parent.name == "1")
        found[name] = {p.relative_to(releases).as_posix(): sha256_file(p) for p in files}
    return found


@pytest.mark.fault(58)
def test_every_released_file_is_the_same(homes: dict[str, dict[str, str]]) -> None:
    first = homes["bogota"]
    assert len(first) == 10
    assert {name.rsplit("/", 1)[-1] for name in first} == {
        "data.parquet",
        "data.csv",
        "manifest.json",
        "quality.json",
        "lineage.json",
    }
    for name, files in homes.items():
        assert files == first, name
