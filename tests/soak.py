"""``make soak``: long trials that no change waits for. Kills at every moment of a publication, again and again.

Says every few minutes how many moments were tried, and fails at the first reader that saw a mix, the first crash
that the next start did not mend, the first audit with a finding.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.integration.kill_trial import judge, kill_at


def main() -> None:
    """Try until the time is over; at least one whole round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to try")
    parser.add_argument("--every", type=int, default=1, help="every how many changes to the disk to kill")
    options = parser.parse_args()
    end = time.monotonic() + options.minutes * 60
    seen: Counter[tuple[int, int]] = Counter()
    rounds = 0
    while rounds == 0 or time.monotonic() < end:
        with tempfile.TemporaryDirectory(prefix="cauce-soak-") as folder:
            seen.update(judge(moment) for moment in kill_at(Path(folder), options.every, timeout=3600))
        rounds += 1
        states = ", ".join(f"internal {a} and public {b}: {n}" for (a, b), n in sorted(seen.items()))
        sys.stdout.write(f"round {rounds}: {seen.total():,} kills, nothing lost, nothing mixed ({states})\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
