"""The fault layer: one piece of work, done again and again, each time with a fault at another of its changes.

    with bench("publish", "disk", folder) as trials:
        for point in trials.points():
            for fault in point.faults:
                judge(trials.run(point, fault))

A whole piece of work is recorded once: every moment that ``contracts.kept.witness`` sees is a point. A trial forks a
process in which no engine was imported yet, takes a copy of the city, and lets one fault happen at one point. Then
what readers see is judged, what the next start mends and says, and what the work does when it is done again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.faultlayer.faults import FAULTS, Fault, Point
from tests.faultlayer.trials import Kind, Store, Trials, bench

if TYPE_CHECKING:
    from tests.faultlayer.judging import Judged


def judge(row: dict[str, Any], *, again: bool = True) -> Judged:
    """Hold one trial to everything that was promised; judging imports the engines, the rest of this package does not.

    Args:
        row: What ``Trials.run`` returned.
        again: Whether the work is done once more at the end, which costs as much as the trial.

    Raises:
        AssertionError: A promise was broken.
    """
    from tests.faultlayer import judging

    return judging.judge(row, again=again)


__all__ = ["FAULTS", "Fault", "Kind", "Point", "Store", "Trials", "bench", "judge"]
