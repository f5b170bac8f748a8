"""The writer: two publishers, interrupted carrying-out, versions whatever the clock."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts import kept
from contracts.errors import ArtefactError, OutsideError
from contracts.evidence import EntryKind
from contracts.release import commits, current
from orchestration.publish import commit, recover
from orchestration.publish.audit import verify
from tests.unit.orchestration.publish.publish_world import AS_OF, World, rows


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.deliver()
    return made


def served(world: World) -> dict[str, int | None]:
    found = {tier: current(world.home, tier, "cases") for tier in ("internal", "public")}
    return {tier: release.manifest.version if release else None for tier, release in found.items()}


@pytest.mark.fault(53)
def test_versions_rise_whatever_the_clock_says(world: World) -> None:
    world.publish()
    world.deliver(rows(41))
    back = AS_OF.replace(year=1999)
    assert world.publish(checked_at=back, clock=lambda: back).version == 2
    (world.home.releases / "internal/cases/7").mkdir()
    world.deliver(rows(42))
    assert world.publish().version == 8


def test_tiers_are_committed_from_the_highest_to_the_lowest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    link = os.link

    def watch(source: Any, target: Any, **kwargs: Any) -> None:
        made.append(str(target))
        link(source, target, **kwargs)

    monkeypatch.setattr(os, "link", watch)
    world.publish()
    order = [Path(p).relative_to(world.home.root).as_posix() for p in made if "evidence" not in p]
    assert order == [
        "ledger/00000002.json",
        "releases/internal/cases/commits/000001.json",
        "releases/public/cases/commits/000001.json",
        "ledger/00000003.json",
    ]


@pytest.mark.fault(51)
@pytest.mark.parametrize("moment", ["place", "declare"])
def test_of_two_publishers_one_wins_and_the_other_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """The other one publishes in full at the worst moment: before this one's rename, or before its intent."""
    world.publish()
    world.deliver(rows(42))
    other = world.job()
    original = getattr(commit, moment)
    done: list[int | None] = []

    def late(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(commit, moment, original)
        done.append(commit_other(other))
        return original(*arguments, **named)

    monkeypatch.setattr(commit, moment, late)
    if moment == "place":
        with pytest.raises(OutsideError, match="another process published at the same time") as caught:
            world.publish()
        assert caught.value.retry
        assert done == [2]
        assert served(world) == {"internal": 2, "public": 2}
    else:
        with pytest.raises(OutsideError, match="another process published at the same time"):
            world.publish()
        assert served(world) == {"internal": done[0], "public": done[0]}
    recover.recover(world.home, world.ledger, AS_OF)
    assert verify(world.home) == []


def commit_other(job: Any) -> int | None:
    from orchestration.publish.attempt import attempt

    return attempt(replace(job, force=True)).version


@pytest.mark.fault(49)
def test_an_intent_cut_short_after_the_first_tier_is_finished_by_the_next_publisher(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish()
    world.deliver(rows(42))
    cut_short(world, monkeypatch, after=1)
    assert served(world) == {"internal": 2, "public": 1}
    world.deliver(rows(43))
    assert world.publish().version == 3
    assert [c.version for c in commits(world.home, "public", "cases")] == [1, 2, 3]
    closed = [e.body["version"] for e in world.ledger.entries(EntryKind.PUBLICATION)]
    assert closed == [1, 2, 3]
    recover.recover(world.home, world.ledger, AS_OF)
    assert verify(world.home) == []


def cut_short(world: World, monkeypatch: pytest.MonkeyPatch, *, after: int) -> None:
    """Stop a publication after so many commits, as a crash would."""
    made = 0
    create = kept.create_if_absent

    def stop(path: Path, data: bytes) -> bool:
        nonlocal made
        if path.parent.name == "commits":
            if made == after:
                raise KeyboardInterrupt
            made += 1
        return create(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(kept, "create_if_absent", stop)
        with pytest.raises(KeyboardInterrupt):
            world.publish()


@pytest.mark.parametrize("after", [0, 1])
def test_recovery_finishes_an_intent_and_a_second_one_does_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    world.publish()
    world.deliver(rows(42))
    cut_short(world, monkeypatch, after=after)
    done = recover.recover(world.home, world.ledger, AS_OF)
    assert any("finished the publication of cases version 2" in sentence for sentence in done)
    assert served(world) == {"internal": 2, "public": 2}
    assert verify(world.home) == []
    assert recover.recover(world.home, world.ledger, AS_OF) == ()


def test_an_intent_whose_files_were_altered_before_any_commit_is_abandoned(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish()
    world.deliver(rows(42))
    cut_short(world, monkeypatch, after=0)
    path = world.home.releases / "public/cases/2/manifest.json"
    path.write_bytes(path.read_bytes() + b" ")
    done = recover.recover(world.home, world.ledger, AS_OF)
    assert any("abandoned the publication of cases version 2" in sentence for sentence in done)
    assert served(world) == {"internal": 1, "public": 1}
    assert verify(world.home) == []
    world.deliver(rows(43))
    assert world.publish().version == 3


@pytest.mark.fault(54)
@pytest.mark.parametrize("file", ["internal/cases/2/data.parquet", "public/cases/2/data.csv"])
@pytest.mark.parametrize("harm", ["altered", "missing"])
def test_data_altered_before_any_commit_is_never_served(
    world: World, monkeypatch: pytest.MonkeyPatch, file: str, harm: str
) -> None:
    world.publish()
    world.deliver(rows(42))
    cut_short(world, monkeypatch, after=0)
    path = world.home.releases / file
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b" ")
    entry = world.ledger.read(world.ledger.head()[0])
    with pytest.raises(ArtefactError) as caught:
        commit.finish(world.home, world.ledger, entry, AS_OF)
    assert caught.value.where == str(path)
    assert served(world) == {"internal": 1, "public": 1}
    ended = world.ledger.read(world.ledger.head()[0])
    assert (ended.kind, ended.body["outcome"], ended.body["intent"]) == ("refusal", "abandoned", entry.n)
    assert ended.body["why"].endswith(f": releases/{file}")
    recover.recover(world.home, world.ledger, AS_OF)
    assert verify(world.home) == []
    assert world.publish().version == 3


def taken_in_public(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Publish until the internal tier's commit; then another intent takes the public tier's number."""
    world.publish()
    world.deliver(rows(42))
    cut_short(world, monkeypatch, after=1)
    entry = world.ledger.read(world.ledger.head()[0])
    first = commits(world.home, "public", "cases")[0]
    step = commit.TierStep("public", 2, "rollback", 1, first.manifest_sha256, "wrong")
    other = commit.Plan("cases", "rollback", 1, (step,), AS_OF.isoformat(), {"reason": "wrong", "by": "a"})
    assert commit.finish(world.home, world.ledger, commit.declare(world.ledger, other, AS_OF), AS_OF)
    return entry


def test_a_later_tiers_number_taken_by_another_stops_and_recovery_takes_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = taken_in_public(world, monkeypatch)
    before = world.ledger.head()
    with pytest.raises(OutsideError, match="took the number") as caught:
        commit.finish(world.home, world.ledger, entry, AS_OF)
    assert caught.value.retry
    assert world.ledger.head() == before
    assert not commit.is_closed(world.ledger, entry)
    assert served(world) == {"internal": 2, "public": 1}
    done = recover.recover(world.home, world.ledger, AS_OF)
    assert any("finished the publication of cases version 2" in sentence for sentence in done)
    assert served(world) == {"internal": 2, "public": 2}
    assert [c.version for c in commits(world.home, "public", "cases")] == [1, 1, 2]
    told = world.ledger.read(world.ledger.head()[0])
    assert (told.kind, [step["n"] for step in told.body["tiers"]]) == ("publication", [2, 3])
    assert verify(world.home) == []
    assert recover.recover(world.home, world.ledger, AS_OF) == ()


def test_a_renumbered_commit_is_made_once_whenever_recovery_is_cut_short(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = taken_in_public(world, monkeypatch)

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(commit, "refresh_hint", stop)
        with pytest.raises(KeyboardInterrupt):
            recover.recover(world.home, world.ledger, AS_OF)
    assert len(commits(world.home, "public", "cases")) == 3
    assert commit.finish(world.home, world.ledger, entry, AS_OF)
    assert len(commits(world.home, "public", "cases")) == 3
    recover.recover(world.home, world.ledger, AS_OF)
    assert verify(world.home) == []


def test_what_was_never_intended_is_swept(world: World) -> None:
    world.publish()
    for name in ("releases/public/cases/2/data.csv", "work/publish-cases-x/internal/data.parquet"):
        path = world.home.root / name
        path.parent.mkdir(parents=True)
        path.write_text("x")
    (world.home.releases / "public/cases/commits/.tmp-1").write_text("x")
    (world.home.ledger / "evidence" / ("0" * 64 + ".json")).write_text("{}")
    done = recover.recover(world.home, world.ledger, AS_OF)
    assert len(done) == 4
    assert verify(world.home) == []
    assert served(world) == {"internal": 1, "public": 1}


def test_recovery_of_an_untouched_home_writes_nothing(world: World) -> None:
    world.publish()
    before = {p: p.stat().st_mtime_ns for p in world.home.root.rglob("*")}
    assert recover.recover(world.home, world.ledger, AS_OF) == ()
    assert {p: p.stat().st_mtime_ns for p in world.home.root.rglob("*")} == before


def test_recovery_never_blesses_an_edited_newest_entry(world: World) -> None:
    world.publish()
    n, _ = world.ledger.head()
    path = world.ledger.path(n)
    path.write_bytes(path.read_bytes().replace(b'"rows": 40', b'"rows": 41'))
    recover.recover(world.home, world.ledger, AS_OF)
    assert any(f"entry {n}" in f for f in verify(world.home))


@pytest.mark.fault(50)
def test_a_disk_that_refuses_is_named_and_readers_keep_the_last_release(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish()
    world.deliver(rows(42))

    def full(source: Any, target: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device", str(target))

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", full)
        with pytest.raises(OutsideError, match="No space left on device"):
            world.publish()
    assert served(world) == {"internal": 1, "public": 1}
    assert any("unfinished work" in s for s in recover.recover(world.home, world.ledger, AS_OF))
    assert verify(world.home) == []
    assert world.publish().version == 2
