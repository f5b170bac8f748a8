"""Kills, torn writes and disks that refuse, at random points of every piece of work, on a disk and an object store."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

from tests.faultlayer import Kind, Store, bench, judge

SECONDS = 75.0
WORKS: tuple[tuple[Kind, Store], ...] = (
    ("publish", "disk"),
    ("publish", "s3"),
    ("land", "disk"),
    ("withdraw", "disk"),
    ("withdraw", "s3"),
    ("retire", "disk"),
    ("retire", "s3"),
)


def once(folder: Path, seed: int, shared: Path) -> int:
    """One piece of work, hurt again and again for some seventy seconds; returns how often."""
    del shared
    rng = random.Random(seed)
    kind, store = rng.choice(WORKS)
    told = folder / "trials.jsonl"
    tried = 0
    with bench(kind, store, folder) as trials, told.open("w", encoding="utf-8") as log:
        points = [(point, fault) for point in trials.points() for fault in point.faults]
        rng.shuffle(points)
        end = time.monotonic() + SECONDS
        for point, fault in points:
            if time.monotonic() > end:
                break
            row = trials.run(point, fault)
            log.write(json.dumps({"kind": kind, "store": store, **row}) + "\n")
            log.flush()
            judge(row)
            trials.clear(row)
            tried += 1
    return tried
