"""Faults of the moment, 18 and 49 to 57: two at once, an interruption, a refusing disk, altered evidence.

Belongs here: what the user is told, through the writer, the lock, the recovery and the audit. Does not belong here:
every moment of a kill (the kill trials) and every kind of altered file (the audit's own tests), which carry the
marker where they stand.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts import kept
from contracts.errors import CauceError, InputError, OutsideError
from contracts.model import Text
from contracts.release import current
from orchestration.lock import city_lock
from orchestration.publish import commit, recover, withdraw
from orchestration.publish.audit import verify
from orchestration.publish.rollback import rollback
from orchestration.publish.withdraw import Order
from tests.faults.saying import Says
from tests.unit.orchestration.publish.publish_world import AS_OF, Stand, World, rows


def served(world: World) -> set[int | None]:
    """The version each tier serves."""
    found = (current(world.home, tier, "cases") for tier in ("internal", "public"))
    return {release.manifest.version if release else None for release in found}


# 18 -----------------------------------------------------------------------------------------


@pytest.mark.fault(18)
def test_half_or_twice_as_many_records(world: World, says: Says) -> None:
    world.publish()
    for count, label in ((19, "half as many"), (81, "twice as many")):
        world.deliver(rows(count))
        held = world.publish()
        assert [r.rule for r in held.reasons] == ["row_count_change"]
        says(held.reasons[0].sentence, label)
        assert served(world) == {1}


# 49, 54 -------------------------------------------------------------------------------------


class Killed(BaseException):
    """What a killed process is to its own code: nothing after it runs."""


def interrupted(world: World, monkeypatch: pytest.MonkeyPatch, moment: str, path: str) -> None:
    """Publish, and be killed at a moment of the change of a path."""

    def dying(now: str, _name: str, changed: Path | str) -> None:
        if now == moment and str(changed).endswith(path):
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(kept, "witness", dying)
        with pytest.raises(Killed):
            world.publish()


@pytest.mark.fault(49)
def test_a_kill_between_two_tiers_is_rolled_forward(world: World, monkeypatch: pytest.MonkeyPatch, says: Says) -> None:
    world.publish()
    world.deliver(rows(42))
    interrupted(world, monkeypatch, "after", "releases/internal/cases/commits/000002.json")
    told = recover.recover(world.home, world.ledger, AS_OF)
    assert served(world) == {2}
    says("\n".join(told), "what the next start says")
    assert verify(world.home) == []


@pytest.mark.fault(54)
def test_a_release_whose_files_are_half_in_place_is_not_shown(
    world: World, monkeypatch: pytest.MonkeyPatch, says: Says
) -> None:
    world.publish()
    world.deliver(rows(42))
    interrupted(world, monkeypatch, "before", "releases/public/cases/2")
    assert served(world) == {1}
    told = recover.recover(world.home, world.ledger, AS_OF)
    assert served(world) == {1}
    says("\n".join(told), "what the next start says")
    assert verify(world.home) == []


# 50 -----------------------------------------------------------------------------------------


@pytest.mark.fault(50)
@pytest.mark.parametrize(
    ("number", "label"),
    [(errno.ENOSPC, "no space"), (errno.EROFS, "a disk that became read-only"), (errno.EIO, "a broken disk")],
)
def test_a_disk_that_refuses(
    world: World, monkeypatch: pytest.MonkeyPatch, says: Says, number: int, label: str
) -> None:
    world.publish()
    world.deliver(rows(42))

    def refuse(source: Any, target: Any, *arguments: Any, **named: Any) -> None:
        raise OSError(number, os.strerror(number), str(target))

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "link"):
            patch.setattr(os, name, refuse)
        with pytest.raises(OutsideError) as caught:
            world.publish()
    assert os.strerror(number) in caught.value.message
    assert served(world) == {1}
    says(caught.value.message, label)
    recover.recover(world.home, world.ledger, AS_OF)
    assert verify(world.home) == []
    assert world.publish().version == 2


@pytest.mark.fault(50)
def test_a_folder_that_may_not_be_written(tmp_path: Path, says: Says) -> None:
    """A file stands where the state folder should be, so that not even its owner could write there."""
    blocked = tmp_path / "var"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(CauceError) as caught:
        kept.make_folder(blocked / "demo" / "releases")
    says(caught.value.message, "a file stands where a folder should")


# 51 -----------------------------------------------------------------------------------------


HOLD = """
import sys, time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from contracts.home import CityHome
from orchestration.lock import city_lock
with city_lock(CityHome(Path(sys.argv[1])), "run", datetime(2026, 1, 31, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.fault(51)
def test_a_second_run_is_told_who_holds_the_city(world: World, says: Says) -> None:
    command = [sys.executable, "-c", HOLD, str(world.home.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(OutsideError) as caught, city_lock(world.home, "run", datetime.now(UTC)):
            pass
        other.stdin.close()
    assert caught.value.retry
    says(caught.value.message, "another run holds the city")
    with city_lock(world.home, "run", datetime.now(UTC)):
        pass


@pytest.mark.fault(51)
def test_of_two_publishers_one_wins(world: World, monkeypatch: pytest.MonkeyPatch, says: Says) -> None:
    world.publish()
    world.deliver(rows(42))
    original = commit.place

    def late(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(commit, "place", original)
        assert world.publish(force=True).version == 2
        return original(*arguments, **named)

    monkeypatch.setattr(commit, "place", late)
    with pytest.raises(OutsideError) as caught:
        world.publish()
    assert served(world) == {2}
    says(caught.value.message, "another process published first")


# 55 -----------------------------------------------------------------------------------------


def edited(path: Path) -> None:
    value = json.loads(path.read_bytes())
    value["body"]["rows"] = 99
    path.write_bytes(kept.canonical_json(value))


@pytest.mark.fault(55)
def test_evidence_that_somebody_touched(tmp_path: Path, says: Says) -> None:
    world = World(tmp_path)
    world.deliver()
    world.publish()
    world.deliver(rows(42))
    world.publish()
    ledger = world.ledger
    anchor = ledger.head()
    assert verify(world.home, anchor) == []
    whole = {path: path.read_bytes() for path in ledger.folder.glob("*.json")}

    def restored() -> None:
        for path, data in whole.items():
            path.write_bytes(data)

    edited(ledger.path(3))
    says("\n".join(verify(world.home)), "an entry edited")
    restored()
    a, b = ledger.path(2).read_bytes(), ledger.path(3).read_bytes()
    ledger.path(2).write_bytes(b)
    ledger.path(3).write_bytes(a)
    says("\n".join(verify(world.home)), "two entries swapped")
    restored()
    ledger.path(4).write_bytes(ledger.path(3).read_bytes())
    says("\n".join(verify(world.home)), "an entry replayed over another")
    restored()
    ledger.path(2).unlink()
    says("\n".join(verify(world.home)), "an entry removed")
    restored()
    ledger.path(anchor[0]).unlink()
    says("\n".join(verify(world.home)), "the end cut off")
    ledger.write_head()
    says("\n".join(verify(world.home, anchor)), "the end and the head cut off, told by an anchor kept elsewhere")
    restored()
    data = world.home.releases / "public/cases/1/data.parquet"
    content = data.read_bytes()
    data.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    says("\n".join(verify(world.home)), "one bit of a published file flipped")
    data.write_bytes(content)
    assert verify(world.home, anchor) == []


# 56 -----------------------------------------------------------------------------------------


@pytest.mark.fault(56)
def test_an_engine_that_crashes_keeps_the_gate_closed(world: World, says: Says) -> None:
    world.publish()
    world.deliver(rows(42))
    world.engines = Stand(world.root, crash="expectations")
    held = world.publish()
    assert held.outcome == "held"
    assert served(world) == {1}
    says(held.reasons[0].sentence, "the first reason")
    says(next(r.sentence for r in held.reasons if r.rule == "engines_agree"), "and the engines")


@pytest.mark.fault(56)
def test_an_engine_that_skips_a_rule_keeps_the_gate_closed(world: World, says: Says) -> None:
    world.engines = Stand(world.root, alter=lambda v, _file: replace(v, results=v.results[1:]))
    held = world.publish()
    assert held.outcome == "held"
    says(next(r.sentence for r in held.reasons if r.rule == "case_id.column"), "the rule that was skipped")


# 52 -----------------------------------------------------------------------------------------


@pytest.mark.fault(52)
def test_a_reader_during_the_swap_reads_one_whole_release(world: World) -> None:
    """A reader asks for the current release at every change that a publication makes on the disk."""
    world.publish()
    first = current(world.home, "public", "cases")
    assert first is not None
    world.deliver(rows(42))
    seen: list[tuple[int, int]] = []

    def read(_moment: str, _name: str, _path: Path | str) -> None:
        for tier in ("internal", "public"):
            release = current(world.home, tier, "cases")
            assert release is not None
            (listed,) = [f for f in release.manifest.files if f.path == "data.parquet"]
            file = release.local("data.parquet")
            assert kept.sha256_file(file) == listed.sha256
            seen.append((release.manifest.version, release.manifest.rows))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "witness", read)
        assert world.publish().version == 2
    assert set(seen) == {(1, 40), (2, 42)}
    assert first.local("data.parquet").is_file()


# 57 -----------------------------------------------------------------------------------------


@pytest.mark.fault(57)
def test_a_product_withdrawn_is_served_to_nobody(world: World, says: Says) -> None:
    world.publish()
    order = Order("it names a person", "privacy@example.gov", AS_OF.date(), Text("Under review."))
    withdraw.withdraw(world.home, world.ledger, "cases", order, AS_OF)
    assert [current(world.home, tier, "cases") for tier in ("internal", "public")] == [None, None]
    world.deliver(rows(42))
    kept_away = world.publish()
    assert kept_away.outcome == "withdrawn"
    says(kept_away.note, "the next run")
    public = b"".join(p.read_bytes() for p in (world.home.releases / "public").rglob("*.json"))
    assert b"it names a person" not in public
    assert b"Under review." in public
    with pytest.raises(InputError) as caught:
        withdraw.withdraw(world.home, world.ledger, "cases", order, AS_OF)
    says(caught.value.message, "withdrawn a second time")
    with pytest.raises(InputError) as caught:
        rollback(world.home, world.ledger, "cases", 1, city=world.city, reason="x", by="a", at=AS_OF)
    says(caught.value.message, "taken back to an older release")


# 58 -----------------------------------------------------------------------------------------


@pytest.mark.fault(58)
def test_the_same_records_make_the_same_bytes_in_another_order_and_folder(tmp_path: Path) -> None:
    hashes = []
    for name, threads in (("one", 1), ("another", 2)):
        made = World(tmp_path / name)
        table = rows()
        made.deliver(table if name == "one" else list(reversed(table)))
        assert made.publish(threads=threads).outcome == "published"
        hashes.append(
            {
                p.relative_to(made.home.releases).as_posix(): kept.sha256_file(p)
                for p in made.home.releases.rglob("*")
                if p.suffix in {".parquet", ".csv"} or p.name in {"lineage.json", "quality.json"}
            }
        )
    assert len(hashes[0]) == 8
    assert hashes[0] == hashes[1]
