"""Other projects' programs, each in an environment of its own from a lock with hashes.

Belongs here: making such an environment, or saying why it cannot be had. Does not belong here: what a peer does.
A peer that pins other versions than ours never meets our environment.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from bench.measure import OUT, ROOT, run


def environment(name: str, folder: Path | None = None) -> Path | None:
    """The folder of the programs of ``bench/requirements-<name>.txt``, installed once; None where that fails."""
    place = folder or OUT / f"venv-{name}"
    programs, done_mark = place / "bin", place / "installed.txt"
    lock = ROOT / "bench" / f"requirements-{name}.txt"
    if done_mark.exists() and done_mark.read_bytes() == lock.read_bytes():
        return programs
    shutil.rmtree(place, ignore_errors=True)
    uv = Path(sys.executable).parent / "uv"
    locked: tuple[str | Path, ...] = ("--require-hashes", "-r", lock)
    steps: list[list[str | Path]] = [[sys.executable, "-m", "venv", place]]
    if uv.exists():
        steps.append([uv, "pip", "install", "--quiet", "--python", programs / "python", *locked])
    else:
        steps.append([programs / "python", "-m", "pip", "install", "--quiet", *locked])
    for step in steps:
        done = run(step)
        if done.exit_code:
            print(f"{name} is left out: its environment could not be made.\n{done.errors()}")
            shutil.rmtree(place, ignore_errors=True)
            return None
    done_mark.write_bytes(lock.read_bytes())
    return programs
