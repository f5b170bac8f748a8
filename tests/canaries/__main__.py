"""``python -m tests.canaries``: the whole trial, its table, and each marker found where it may not be."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.canaries.trial import hold_trial


def main() -> int:
    """Hold the trial; 1 where a marker got out."""
    with tempfile.TemporaryDirectory() as folder:
        trial = hold_trial(Path(folder))
    sys.stdout.write(f"{trial.sentence()}\n\n{trial.table()}\n")
    for leak in trial.leaks:
        sys.stdout.write(f"LEAK on {leak.day}: {leak.column} in {leak.name} ({leak.group})\n")
    return int(bool(trial.leaks))


if __name__ == "__main__":
    sys.exit(main())
