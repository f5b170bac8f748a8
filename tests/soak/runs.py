"""Whole runs killed at random moments, started again, and judged by an undisturbed one."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

from contracts.home import CityHome
from contracts.release import current
from tests.integration.whole_city import AS_OF, CITY, Place, Surroundings, differences, hashes
from tests.soak.reference import Reference, reference

PRODUCTS = ("districts", "service_requests", "service_requests_monthly")
TIERS = ("internal", "public")
MOST_KILLS = 3


def kill_after(place: Place, seconds: float) -> bool:
    """Start a run and kill it with all its children; returns whether it had not ended by itself."""
    process = place.start("run", "--city", CITY, "--as-of", AS_OF, "--format", "json")
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    return False


def served(home: CityHome) -> dict[str, int]:
    """Versions by tier and product that a reader finds, every file of them checked against its manifest."""
    found = {}
    for tier in TIERS:
        for product in PRODUCTS:
            release = current(home, tier, product)
            if release is not None:
                for file in release.manifest.files:
                    release.local(file.path)
                found[f"{tier}/{product}"] = release.manifest.version
    return found


def judge(place: Place, known: Reference) -> None:
    """The city came to the undisturbed state: the same records, where nothing was renumbered the same bytes."""
    home = CityHome(place.home)
    versions = served(home)
    assert len(versions) == len(TIERS) * len(PRODUCTS), versions
    found = hashes(place.home)
    for name, version in versions.items():
        for path, sha256 in known.hashes.items():
            if path.startswith(f"releases/{name}/1/data."):
                mine = path.replace(f"releases/{name}/1/", f"releases/{name}/{version}/")
                assert found.get(mine) == sha256, f"{mine} is not what an undisturbed run writes"
    if set(versions.values()) == {1}:
        odd = [p for p in differences(known.hashes, found) if not _tells_of_the_ledger(p)]
        assert not odd, f"{len(odd)} files differ from an undisturbed run's: {odd[:20]}"
    verified = place.cauce("audit", "verify", "--city", CITY, "--format", "json")
    assert verified.returncode == 0, verified.stdout.decode(errors="replace")
    left = sorted(p.name for p in home.work.iterdir()) if home.work.is_dir() else []
    assert not left, f"left behind: {left}"


def _tells_of_the_ledger(path: str) -> bool:
    """Commits name their intent's number, the status page what each run published: kills move both."""
    return "/commits/" in path or path.endswith(("/current.json", "/status/index.html"))


def once(folder: Path, seed: int, shared: Path) -> int:
    """One city: up to three kills, each followed by a look as a reader; then a whole run, and judgement."""
    known = reference(shared)
    rng = random.Random(seed)
    place = known.place(folder, Surroundings("killed"))
    kills = 0
    for _ in range(rng.randint(1, MOST_KILLS)):
        if not kill_after(place, rng.uniform(0.3, known.seconds * 1.1)):
            break
        kills += 1
        served(CityHome(place.home))
    started = time.monotonic()
    result = place.run()
    held = [row["product"] for row in result["held"]]
    assert not held, f"held after a kill: {held}"
    judge(place, known)
    told = {"kills": kills, "last_run_seconds": round(time.monotonic() - started, 1), "swept": result["swept"]}
    (folder / "told.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    return max(kills, 1)
