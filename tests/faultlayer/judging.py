"""What must hold after a fault: for readers, for whoever ran into it, for the next start, for the work done again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.evidence import EntryKind
from contracts.home import CityHome
from contracts.release import Release, current
from orchestration.ingest.manifest import landing_path, numbers, read
from orchestration.publish import recover
from orchestration.publish.audit import altered_files, verify
from tests.faultlayer.faults import REFUSALS
from tests.faultlayer.landing_world import SECOND, SOURCE, Delivery
from tests.faultlayer.work import LATER, city, keeping, work
from tests.unit.orchestration.publish.publish_world import AS_OF

TIERS = ("internal", "public")
ROWS = {1: 40, 2: 42}


@dataclass(frozen=True)
class Judged:
    """What was seen, for counting: served versions by tier right after the fault, sentences of the next start."""

    seen: tuple[Any, ...]
    swept: tuple[str, ...]
    error: str


def judge(row: dict[str, Any], *, again: bool = True) -> Judged:
    """Hold one trial to everything that was promised.

    Raises:
        AssertionError: A promise was broken; the trial's folder is left for a look.
    """
    _answer(row)
    if row["kind"] == "land":
        return _judge_landing(row)
    return _judge_releases(row, again=again)


def _answer(row: dict[str, Any]) -> None:
    """The process was killed, or ended well, or said what is wrong in the one form and with its exit code."""
    fault, error = row["fault"], row["error"]
    if fault in ("kill", "tear"):
        assert row["signal"] == 9, row
        return
    assert row["signal"] == 0, row
    if error is None:
        assert row["outcome"], row
        return
    assert error["class"] == "OutsideError", row
    assert error["exit_code"] == 3, row
    message = error["message"]
    for part in (". Found ", " Try: ", "run again"):
        assert part in message, row
    if fault in REFUSALS:
        assert os.strerror(REFUSALS[fault]) in message, row
    if fault == "no memory":
        assert "emory" in message, row


def served(home: CityHome) -> dict[str, Release | None]:
    """What a reader of each tier finds now: whole, every file as its manifest says."""
    found = {tier: current(home, tier, "cases") for tier in TIERS}
    for release in found.values():
        if release is not None:
            assert altered_files(home, release.place, release.manifest) == ()
            assert all(release.local(file.path).is_file() for file in release.manifest.files)
    return found


def _versions(home: CityHome) -> tuple[int | None, ...]:
    return tuple(release.manifest.version if release else None for release in served(home).values())


def _kept(home: CityHome) -> dict[str, bytes]:
    """Everything that must not change any more: ledger entries, landings, raw bytes, records, evidence."""
    folders = (home.raw, home.ledger)
    paths = [p for folder in folders if folder.is_dir() for p in folder.rglob("*") if p.is_file()]
    names = {p.relative_to(home.root).as_posix(): p for p in paths if p.name not in ("head.json", "look.json")}
    return {name: path.read_bytes() for name, path in names.items() if not path.name.startswith(".tmp-")}


def _is_lost(row: dict[str, Any], home: CityHome) -> None:
    """What stood before the work began stands still, byte for byte."""
    base = Path(row["root"]).parent / "base" / "var" / home.root.name
    now = _kept(home)
    for name, data in _kept(CityHome(base)).items():
        assert now.get(name) == data, (name, row)


def _judge_releases(row: dict[str, Any], *, again: bool) -> Judged:
    world = city(Path(row["root"]), row["releases_at"])
    before = _versions(world.home)
    assert before in _STATES[row["kind"]], (before, row)
    home = world.home
    untidy = bool(recover.leftovers(home) or recover.unfinished_files(home) or home.shelf.unfinished())
    swept = recover.recover(home, world.ledger, AS_OF)
    assert swept or not untidy, row
    assert recover.recover(world.home, world.ledger, AS_OF) == (), row
    mended = _versions(world.home)
    assert len({v is None for v in mended}) == 1 and len(set(mended)) == 1, (before, mended, row)
    assert mended in (_STATES[row["kind"]][0], _STATES[row["kind"]][-1]), (before, mended, row)
    if before[0] == _STATES[row["kind"]][-1][0]:
        assert mended == _STATES[row["kind"]][-1], (before, mended, row)
    assert verify(world.home) == [], row
    if row["kind"] != "retire":  # which removes on purpose; what it may remove is held below
        _is_lost(row, world.home)
    if again:
        _again(row, mended)
        assert verify(world.home) == [], row
    return Judged(before, swept, row["error"]["message"] if row["error"] else "")


_STATES: dict[str, tuple[tuple[int | None, ...], ...]] = {
    "publish": ((1, 1), (2, 1), (2, 2)),
    "withdraw": ((1, 1), (None, 1), (None, None)),
    "retire": ((4, 4),),
}
"""What readers of each tier may find, from before the work to after it: the highest tier goes first."""


def _again(row: dict[str, Any], mended: tuple[int | None, ...]) -> None:
    """The work done again ends where it would have ended without the fault."""
    world = city(Path(row["root"]), row["releases_at"])
    if row["kind"] == "publish":
        result = world.publish()
        assert result.outcome == ("published" if mended[1] == 1 else "unchanged"), (result, row)
        assert {r.manifest.rows for r in served(world.home).values() if r} == {42}, row
        numbers_seen = [int(e.body["version"]) for e in world.ledger.entries(EntryKind.PUBLICATION)]
        assert numbers_seen == sorted(numbers_seen), row
        return
    if row["kind"] == "withdraw":
        if mended[1] is not None:
            assert work("withdraw", Path(row["root"]), row["releases_at"]) == "withdrawn"
        assert _versions(world.home) == (None, None), row
        assert world.publish().outcome == "withdrawn", row
        return
    from orchestration.publish import retention

    retention.retire(world.home, world.ledger, keeping(world), LATER)
    assert retention.expired(world.home, world.ledger, keeping(world), LATER) == (), row
    left = {v for v in (1, 2, 3, 4) if world.home.shelf.exists(f"public/cases/{v}/data.parquet")}
    assert left == {3, 4}, (left, row)
    assert _versions(world.home) == (4, 4), row


def _judge_landing(row: dict[str, Any]) -> Judged:
    made = Delivery.of(Path(row["root"]))
    home = made.town.home
    seen = tuple(numbers(home, SOURCE))
    assert seen in ((1,), (1, 2)), (seen, row)
    for n in seen:
        landing = read(landing_path(home, SOURCE, n))
        assert landing.received == landing.accepted + landing.quarantined + landing.rejected, row
        assert landing.accepted_file is not None
        assert len(made.town.accepted(landing)) == landing.accepted, row
    untidy = bool(recover.leftovers(home) or recover.unfinished_files(home))
    swept = recover.recover(home, made.ledger, AS_OF)
    assert swept or not untidy, row
    assert recover.recover(home, made.ledger, AS_OF) == (), row
    _is_lost(row, home)
    made.land_second()
    last = read(landing_path(home, SOURCE, 2))
    assert (last.received, last.accepted, last.quarantined, last.rejected) == (5, 4, 1, 0), row
    assert [r[0] for r in made.town.accepted(last)] == ["1", "2", "4", "5"], row
    assert (home.raw / SOURCE / "bytes" / last.raw_sha256).read_bytes() == SECOND.encode(), row
    assert verify(home) == [], row
    return Judged(seen, swept, row["error"]["message"] if row["error"] else "")


__all__ = ["Judged", "judge", "served"]
