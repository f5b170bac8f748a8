"""A trial of kills: publish, be killed at chosen moments, and judge what readers see and what the next start mends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from contracts.release import Release, current
from orchestration.publish import recover
from orchestration.publish.audit import altered_files, verify
from tests.unit.orchestration.publish.publish_world import AS_OF, World, rows, waiting

ROOT = Path(__file__).resolve().parents[2]
TIERS = ("internal", "public")


def kill_at(root: Path, every: int, timeout: float = 500) -> list[dict[str, Any]]:
    """Publish in ``root`` once for every ``every``-th change to the disk, killed there; one row a moment."""
    world = World(root / "base")
    world.deliver()
    assert world.publish().version == 1
    world.deliver(rows(42))
    script = ROOT / "tests" / "integration" / "kill_points.py"
    done = subprocess.run(
        [sys.executable, str(script), str(root), str(root / "out"), str(every)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
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


def judge(moment: dict[str, Any]) -> tuple[int, int]:
    """Readers saw old or new, the next start mends, the audit is clean; returns the versions seen by tier."""
    world = World(Path(moment["folder"]))
    waiting(world)
    before = {tier: release.manifest for tier, release in served(world).items()}
    versions = (before["internal"].version, before["public"].version)
    assert versions in {(1, 1), (2, 1), (2, 2)}, moment
    assert [before[tier].rows for tier in TIERS] == [40 if v == 1 else 42 for v in versions]
    recover.recover(world.home, world.ledger, AS_OF)
    mended = {tier: release.manifest.version for tier, release in served(world).items()}
    assert mended in ({"internal": 1, "public": 1}, {"internal": 2, "public": 2}), moment
    assert mended["internal"] >= versions[0], moment
    assert verify(world.home) == [], moment
    result = world.publish()
    assert result.outcome == ("published" if mended["public"] == 1 else "unchanged"), moment
    assert {r.manifest.rows for r in served(world).values()} == {42}
    assert verify(world.home) == [], moment
    return versions
