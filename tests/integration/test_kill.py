"""SIGKILL at every few changes a publication makes to the disk: old or new, never a mix, and mended after."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts.release import Release, current
from orchestration.publish import recover
from orchestration.publish.audit import altered_files, verify
from tests.unit.orchestration.publish.publish_world import AS_OF, World, rows, waiting

EVERY = 7
TIERS = ("internal", "public")


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> list[dict[str, Any]]:
    root = tmp_path_factory.mktemp("kill")
    world = World(root / "base")
    world.deliver()
    assert world.publish().version == 1
    world.deliver(rows(42))
    done = subprocess.run(
        [
            sys.executable,
            str(project_root / "tests/integration/kill_points.py"),
            str(root),
            str(root / "out"),
            str(EVERY),
        ],
        cwd=project_root,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (root / "out").read_text().splitlines()]


def served(world: World) -> dict[str, Release]:
    """What a reader of each tier finds: whole, every file as its manifest says."""
    found = {}
    for tier in TIERS:
        release = current(world.home, tier, "cases")
        assert release is not None
        assert altered_files(release.folder, release.manifest) == ()
        found[tier] = release
    return found


def test_enough_moments_were_tried_and_each_ended_by_the_kill(killed: list[dict[str, Any]]) -> None:
    assert len(killed) >= 20
    assert {k["signal"] for k in killed} == {9}
    assert len({k["call"] for k in killed}) >= 8


def test_readers_see_the_old_release_or_the_new_one_and_the_next_start_mends(killed: list[dict[str, Any]]) -> None:
    seen: set[tuple[int, int]] = set()
    for moment in killed:
        world = World(Path(moment["folder"]))
        waiting(world)
        before = {tier: release.manifest for tier, release in served(world).items()}
        versions = tuple(before[tier].version for tier in TIERS)
        assert versions in {(1, 1), (2, 1), (2, 2)}, moment
        assert [before[tier].rows for tier in TIERS] == [40 if v == 1 else 42 for v in versions]
        seen.add((versions[0], versions[1]))
        recover.recover(world.home, world.ledger, AS_OF)
        mended = {tier: release.manifest.version for tier, release in served(world).items()}
        assert mended in ({"internal": 1, "public": 1}, {"internal": 2, "public": 2}), moment
        assert mended["internal"] >= versions[0], moment
        assert verify(world.home) == [], moment
        result = world.publish()
        assert result.outcome == ("published" if mended["public"] == 1 else "unchanged"), moment
        assert {r.manifest.rows for r in served(world).values()} == {42}
        assert verify(world.home) == [], moment
    assert seen == {(1, 1), (2, 1), (2, 2)}, "the moments tried missed a phase of the commit"
