"""Old data goes as the city says, never what is served or gone back to, and never without a word in the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import kept
from contracts.city import City, Retention
from contracts.errors import InputError, OutsideError
from contracts.evidence import EntryKind
from contracts.release import current
from orchestration.publish import removal, retention
from orchestration.publish.audit import verify
from orchestration.publish.recover import recover
from orchestration.publish.rollback import rollback
from tests.unit.orchestration.publish.publish_world import AS_OF, SOURCE, World, changed, copied, rows

VERSIONS = 5
YEAR = timedelta(days=365)


def for_days(days: int) -> dict[str, Any]:
    """The source's contract, with its raw deliveries kept for so many days."""

    def edit(document: dict[str, Any]) -> None:
        document["customProperties"].append({"property": "retentionDays", "value": days})

    return changed(SOURCE, edit)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Five versions, a day apart, each from a delivery of its own."""
    made = World(tmp_path_factory.mktemp("template"))
    for n in range(VERSIONS):
        made.deliver(rows(40 + n))
        assert made.publish(checked_at=AS_OF + timedelta(days=n)).version == n + 1
    return made


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    return copied(template, tmp_path / "town")


def city(world: World, keep: int = 2, days: int = 0) -> City:
    return replace(world.city, retention=Retention(keep, days))


def retire(world: World, now: Any = AS_OF + YEAR, **rule: int) -> tuple[str, ...]:
    return retention.retire(world.home, world.ledger, city(world, **rule), now)


def holding(world: World, tier: str = "public") -> list[int]:
    """The versions whose data is there."""
    return sorted(int(p.parent.name) for p in (world.home.releases / tier / "cases").glob("*/data.parquet"))


def deliveries(world: World) -> dict[str, int]:
    folder = world.home.raw / "requests"
    return {part: len(list((folder / part).iterdir())) for part in ("bytes", "accepted", "quarantine", "landings")}


def test_without_a_word_of_the_city_everything_is_kept(world: World) -> None:
    head = world.ledger.head()
    assert retention.retire(world.home, world.ledger, world.city, AS_OF + 50 * YEAR) == ()
    assert (holding(world), world.ledger.head()) == ([1, 2, 3, 4, 5], head)


def test_the_newest_stay_and_the_others_go_from_every_tier(world: World) -> None:
    said = retire(world, keep=2)
    assert [s for s in said if "version 1, 2, 3" in s]
    assert holding(world, "public") == holding(world, "internal") == [4, 5]
    entry = removal.removals(world.ledger)[-1]
    assert entry.body["versions"] == {"internal": [1, 2, 3], "public": [1, 2, 3]}
    assert entry.body["rule"] == {"keep": 2, "days": 0}
    assert all(set(file) == {"name", "sha256", "bytes"} for file in entry.body["files"])
    assert len(list(world.home.releases.rglob("manifest.json"))) == 2 * VERSIONS
    assert verify(world.home) == []


def test_a_young_one_stays_whatever_its_place(world: World) -> None:
    now = AS_OF + timedelta(days=3)
    assert retire(world, now, keep=2, days=3) == ()
    retire(world, now + timedelta(hours=1), keep=2, days=3)
    assert holding(world) == [2, 3, 4, 5]


def test_it_is_told_once(world: World) -> None:
    assert retire(world)
    head = world.ledger.head()
    assert retire(world) == ()
    assert world.ledger.head() == head


def test_what_is_served_and_what_was_gone_back_to_stay(world: World) -> None:
    rollback(world.home, world.ledger, "cases", 2, city=world.city, reason="r", by="b", at=AS_OF)
    rollback(world.home, world.ledger, "cases", 1, city=world.city, reason="r", by="b", at=AS_OF)
    retire(world, keep=2)
    assert holding(world) == [1, 2, 4, 5]
    served = current(world.home, "public", "cases")
    assert served is not None and served.manifest.version == 1
    assert verify(world.home) == []


def test_a_version_whose_data_is_gone_is_not_gone_back_to(world: World) -> None:
    retire(world)
    with pytest.raises(InputError, match=r"the data of this version was removed.*by retention"):
        rollback(world.home, world.ledger, "cases", 1, city=world.city, reason="r", by="b", at=AS_OF)


def test_the_dry_run_changes_nothing(world: World) -> None:
    before = {p: p.stat().st_mtime_ns for p in world.home.root.rglob("*")}
    due = retention.expired(world.home, world.ledger, city(world), AS_OF + YEAR)
    assert [r.subject for r in due] == ["cases"]
    assert due[0].bytes == sum((world.home.root / f.name).stat().st_size for f in due[0].files)
    assert {p: p.stat().st_mtime_ns for p in world.home.root.rglob("*")} == before


# Deliveries ---------------------------------------------------------------------------------


def test_old_deliveries_go_with_their_records_but_for_the_one_in_force(world: World) -> None:
    world.source = for_days(30)
    assert deliveries(world) == {"bytes": 5, "accepted": 5, "quarantine": 5, "landings": 5}
    assert retention.retire(world.home, world.ledger, world.city, AS_OF + timedelta(days=30)) == ()
    said = retention.retire(world.home, world.ledger, world.city, AS_OF + timedelta(days=31))
    assert len(said) == 1 and "4 deliveries of requests: 12 files" in said[0]
    assert deliveries(world) == {"bytes": 1, "accepted": 1, "quarantine": 1, "landings": 5}
    assert list(world.ledger.entries(EntryKind.RETIREMENT))[-1].body["landings"] == [1, 2, 3, 4]
    assert verify(world.home) == []


def test_bytes_that_another_delivery_still_needs_stay(world: World) -> None:
    """The fifth delivery has the bytes of the first."""
    folder = world.home.raw / "requests"
    first = kept.read_json(folder / "landings/000001.json")
    path = folder / "landings/000005.json"
    landing = {**kept.read_json(path), "raw_sha256": first["raw_sha256"]}
    path.write_bytes(kept.canonical_json(landing))
    world.source = for_days(1)
    retention.retire(world.home, world.ledger, world.city, AS_OF + YEAR)
    assert (folder / "bytes" / first["raw_sha256"]).exists()
    assert not (folder / "accepted/000001.parquet").exists()


def test_bytes_that_came_again_are_not_taken_by_an_old_removal(world: World) -> None:
    world.source = for_days(1)
    folder = world.home.raw / "requests"
    first = folder / "bytes" / str(kept.read_json(folder / "landings/000001.json")["raw_sha256"])
    data = first.read_bytes()
    retention.retire(world.home, world.ledger, world.city, AS_OF + YEAR)
    assert not first.exists()
    world.landings = 0
    kept.create_if_absent(first, data)
    path = folder / "landings/000005.json"
    path.write_bytes(kept.canonical_json({**kept.read_json(path), "raw_sha256": first.name}))
    removal.finish(world.home, world.ledger)
    assert first.exists()
    first.unlink()
    assert any(f"bytes/{first.name}: missing, though landing 000005" in f for f in verify(world.home))


# Crashes ------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone."""


def test_wherever_it_is_killed_nothing_is_missing_without_a_word(
    template: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment, died = 0, True
    while died:
        moment += 7
        world = copied(template, tmp_path / f"{moment}")
        world.source = for_days(30)
        left = [moment]

        def witness(_moment: str, _name: str, _path: Path | str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

        monkeypatch.setattr(kept, "witness", witness)
        try:
            retire(world)
            died = False
        except Killed:
            died = True
        monkeypatch.setattr(kept, "witness", kept.unwitnessed)
        recover(world.home, world.ledger, AS_OF + YEAR)
        assert verify(world.home) == [], moment
        retire(world)
        assert holding(world) == [4, 5], moment
        assert deliveries(world)["accepted"] == 1, moment
        assert verify(world.home) == [], moment
    assert moment > 60


def test_a_disk_that_refuses_is_told_and_the_next_start_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def witness(_moment: str, name: str, _path: Path | str) -> None:
        if name == "remove":
            raise OSError(30, "Read-only file system")

    monkeypatch.setattr(kept, "witness", witness)
    with pytest.raises(OutsideError, match="Read-only file system"):
        retire(world)
    assert holding(world) == [1, 2, 3, 4, 5]
    assert any("still there, though ledger entry" in f for f in verify(world.home))
    monkeypatch.setattr(kept, "witness", kept.unwitnessed)
    assert any("files that the ledger says were to go" in s for s in recover(world.home, world.ledger, AS_OF))
    assert holding(world) == [4, 5]
    assert verify(world.home) == []
