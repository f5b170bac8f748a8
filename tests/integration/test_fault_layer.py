"""Every change a publication makes, killed there; then torn writes, full and failing disks; readers never see a mix."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faultlayer import Fault, Kind, Point, Store, bench, judge
from tests.faultlayer.judging import Judged


def distinct(points: tuple[Point, ...]) -> list[Point]:
    """Points with a change between them: nothing happens between the end of one change and the next's beginning."""
    return [p for p in points if p.moment != "after"] + list(points[-1:])


def killed(points: tuple[Point, ...]) -> list[tuple[Point, Fault]]:
    """A kill at every point, and a torn write wherever bytes were not yet brought to the disk."""
    return [(p, "tear" if "tear" in p.faults else "kill") for p in distinct(points)]


def refused(points: tuple[Point, ...], every: int) -> list[tuple[Point, Fault]]:
    """Every so many of the pairs of a point and a fault that is no kill."""
    return [(p, f) for p in points for f in p.faults if f not in ("kill", "tear")][::every]


def tried(where: tuple[Kind, Store, Path], every: int, refusals: int) -> Iterator[tuple[Fault, Judged]]:
    """Kills at every so many points, refusals at every so many; the work is done again after each eighth trial."""
    with bench(*where) as trials:
        points = trials.points()
        chosen = [*killed(points)[::every], *refused(points, refusals)]
        for number, (point, fault) in enumerate(chosen):
            row = trials.run(point, fault)
            yield fault, judge(row, again=number % 8 == 0)
            trials.clear(row)


@pytest.mark.fault(49, "SIGKILL at every step of a publication")
def test_every_step_of_a_publication_may_be_the_last_one(tmp_path: Path) -> None:
    found = list(tried(("publish", "disk", tmp_path), 1, 24))
    kills = [judged for fault, judged in found if fault in ("kill", "tear")]
    assert len(kills) > 60
    assert {judged.seen for judged in kills} == {(1, 1), (2, 1), (2, 2)}, "the points missed a phase of the commit"
    assert sum(bool(judged.swept) for judged in kills) > 30, "nothing was mended, or it was not said"
    errors = {judged.error for fault, judged in found if fault not in ("kill", "tear")}
    for said in ("No space left on device", "Read-only file system", "Input/output error"):
        assert any(said in error for error in errors), said


@pytest.mark.fault(50, "the disk is full, read-only or failing, or the memory short, at any write")
@pytest.mark.parametrize(("kind", "every"), [("land", 13), ("withdraw", 11), ("retire", 9)])
def test_a_landing_a_withdrawal_and_a_retirement_are_as_safe(kind: Kind, every: int, tmp_path: Path) -> None:
    found = list(tried((kind, "disk", tmp_path), every, every * 3))
    assert len(found) > 5
    assert any(judged.swept for _, judged in found)
    assert any(judged.error for _, judged in found)


@pytest.mark.fault(54, "an upload of several files interrupted")
def test_a_publication_to_an_object_store_may_be_cut_short_at_every_request_that_decides(tmp_path: Path) -> None:
    with bench("publish", "s3", tmp_path) as trials:
        asked = [p for p in trials.points() if p.path.startswith("s3://")]
        puts = [p for p in asked if p.name == "put" and p.moment == "midway"]
        deciding = [p for p in asked if p.name in ("create", "replace") and p.moment == "midway"]
        assert (len(puts), len(deciding)) == (10, 4), "two tiers' files, two commits, two hints"
        seen = set()
        for number, point in enumerate([puts[0], puts[4], puts[-1], *deciding[:3]]):
            seen.add(judge(trials.run(point, "kill"), again=number % 3 == 0).seen)
        refusal = judge(trials.run(puts[1], "i/o error"), again=False)
    assert seen == {(1, 1), (2, 1), (2, 2)}
    assert "the object store refused a write, s3://" in refusal.error
