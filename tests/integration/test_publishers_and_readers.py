"""Two publishers at once, a reader during swaps, a clock that jumps, a memory and a disk that are too small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.errors import OutsideError
from contracts.release import commits, current
from orchestration.publish import recover, rollback
from orchestration.publish.audit import verify
from orchestration.publish.job import PublishJob
from tests.faultlayer import object_store, work
from tests.unit.orchestration.publish.publish_world import AS_OF, World, rows

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.fault(51, "two publishers at once")
@pytest.mark.parametrize("store", ["disk", "s3"])
def test_of_two_publishers_one_wins_and_the_other_says_so(store: str, tmp_path: Path) -> None:
    address = f"s3://{object_store.BUCKET}/race" if store == "s3" else None
    with ExitStack() as stack:
        if address:
            stack.enter_context(object_store.environment(stack.enter_context(object_store.object_store())))
        work.prepare("publish", tmp_path / "city", address)
        (tmp_path / "meeting").mkdir()
        command = [sys.executable, "-m", "tests.faultlayer.racing"]
        pair = [
            stack.enter_context(
                subprocess.Popen(
                    [
                        *command,
                        me,
                        other,
                        str(tmp_path / "meeting"),
                        str(tmp_path / "city"),
                        *([address] if address else []),
                    ],
                    cwd=ROOT,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for me, other in (("one", "two"), ("two", "one"))
        ]
        told = [json.loads(process.communicate(timeout=300)[0]) for process in pair]
        assert sorted(t["outcome"] or "" for t in told) == ["", "published"], told
        (lost,) = [t["error"] for t in told if t["error"]]
        assert lost["exit_code"] == 3
        assert lost["message"] == (
            "another process published at the same time, and won, product cases, version 2. "
            "Try: cauce run; nothing of this attempt was published."
        )
        world = work.city(tmp_path / "city", address)
        swept = recover.recover(world.home, world.ledger, AS_OF)
        assert any(said.startswith("removed unfinished work publish-cases-") for said in swept)
        for tier in ("internal", "public"):
            release = current(world.home, tier, "cases")
            assert release is not None
            assert (release.manifest.version, release.manifest.rows) == (2, 42)
        assert verify(world.home) == []


READER = """
import sys
from pathlib import Path
from contracts.home import CityHome
from contracts.release import current
home, seen = CityHome(Path(sys.argv[1])), []
print("reading", flush=True)
while not Path(sys.argv[2]).exists() or not seen or seen[-1] != (11, 11):
    pair = []
    for tier in ("public", "internal"):
        release = current(home, tier, "cases")
        for file in release.manifest.files:
            assert home.shelf.sha256(f"{release.place}/{file.path}") == file.sha256, (tier, file)
        assert release.manifest.rows == 39 + release.manifest.version, release.manifest
        pair.append(release.manifest.version)
    assert pair[0] <= pair[1], f"public {pair[0]} before internal {pair[1]}"
    seen.append(tuple(pair))
assert seen == sorted(seen), "a reader went back"
print(len(seen), len(set(seen)), flush=True)
"""


@pytest.mark.fault(52, "a reader during the swap")
def test_a_reader_during_ten_publications_finds_one_whole_release_each_time(tmp_path: Path) -> None:
    world = World(tmp_path / "city")
    world.deliver()
    assert world.publish().version == 1
    done = tmp_path / "done"
    command = [sys.executable, "-c", READER, str(world.home.root), str(done)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
        for version in range(2, 12):
            world.deliver(rows(39 + version))
            assert world.publish().version == version
        done.write_text("")
        output, errors = reader.communicate(timeout=300)
    assert reader.returncode == 0, errors
    times, different = map(int, output.split())
    assert times > 11
    assert different > 3, "the reader slept through the swaps"


@pytest.mark.fault(53, "the clock jumps")
def test_versions_commits_and_the_ledger_keep_their_order_whatever_the_clock_says(tmp_path: Path) -> None:
    world = World(tmp_path)
    years = (2026, 1999, 2071, 1970, 2026)

    def clock() -> Iterator[datetime]:
        while True:
            for year in years:
                yield datetime(year, 3, 1, tzinfo=UTC)

    ticking = clock()
    for version, year in enumerate(years, start=1):
        world.deliver(rows(39 + version))
        checked = datetime(year, 6, 1, tzinfo=UTC)
        result = world.publish(clock=lambda: next(ticking), checked_at=checked, as_of=AS_OF)
        assert (result.outcome, result.version) == ("published", version)
        back = AS_OF - timedelta(days=20_000)
        assert recover.recover(world.home, world.ledger, back) == ()
    asked = datetime(1985, 1, 1, tzinfo=UTC)
    rollback.rollback(world.home, world.ledger, "cases", 2, city=world.city, reason="as a trial", by="a@b.c", at=asked)
    for tier in ("internal", "public"):
        history = commits(world.home, tier, "cases")
        assert [c.n for c in history] == [1, 2, 3, 4, 5, 6]
        assert [c.version for c in history] == [1, 2, 3, 4, 5, 2]
        assert history[-1].committed_at.startswith("1985")
    entries = list(world.ledger.entries())
    assert [e.n for e in entries] == list(range(1, len(entries) + 1))
    assert [e.recorded_at for e in entries] != sorted(e.recorded_at for e in entries), "the clock did not jump"
    assert verify(world.home) == []
    world.deliver(rows(50))
    assert world.publish(clock=lambda: next(ticking)).version == 6


def large(world: World, records: int) -> None:
    """A mart that does not fit into a few megabytes."""
    import duckdb

    with duckdb.connect(str(world.home.warehouse)) as connection:
        connection.execute(
            "INSERT INTO cases SELECT 'X' || md5(i::VARCHAR), md5((i * 7)::VARCHAR), DATE '2026-01-30', i % 9, i / 7, "
            f"TIMESTAMP '2026-01-30 08:00:00', 'B1', repeat(md5(i::VARCHAR), 4) FROM range({records}) t(i)"
        )


@pytest.mark.fault(50, "the memory is too small for a product")
def test_a_memory_that_is_too_small_is_named_and_nothing_is_published(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.deliver()
    assert world.publish().version == 1
    world.deliver(rows(42))
    large(world, 300_000)
    with pytest.raises(OutsideError) as refused:
        world.publish(memory="5MB")
    assert "emory" in refused.value.message
    assert " Try: " in refused.value.message
    swept = recover.recover(world.home, world.ledger, AS_OF)
    assert [s.rsplit("-", 1)[0] for s in swept] == ["removed unfinished work publish-cases"]
    release = current(world.home, "public", "cases")
    assert release is not None
    assert release.manifest.version == 1
    assert verify(world.home) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this system lets tests mount no file system; the fault layer fills a disk in test_fault_layer")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.fault(50, "the disk is full")
@pytest.mark.parametrize("free", [0, 20_000, 40_000, 60_000])
def test_a_disk_that_is_really_full_is_named_and_the_last_release_stands(small_disk: Path, free: int) -> None:
    world = World(small_disk)
    world.deliver()
    assert world.publish().version == 1
    world.deliver(rows(42))
    left = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * max(0, left - free))
    with pytest.raises(OutsideError) as refused:
        world.publish()
    assert "No space left on device" in refused.value.message
    assert "free" in refused.value.message.split(" Try: ")[1]
    for tier in ("internal", "public"):
        release = current(world.home, tier, "cases")
        assert release is not None
        assert all(release.local(file.path).is_file() for file in release.manifest.files)
    ballast.unlink()
    recover.recover(world.home, world.ledger, AS_OF)
    assert verify(world.home) == []
    assert world.publish().outcome in ("published", "unchanged")
    assert verify(world.home) == []


@pytest.mark.fault(50, "the folder is read-only")
def test_a_read_only_disk_is_named_and_readers_go_on_reading(small_disk: Path) -> None:
    world = World(small_disk)
    world.deliver()
    assert world.publish().version == 1
    world.deliver(rows(42))
    job: PublishJob = world.job()
    remount = ["mount", "-o", "remount,{}", str(small_disk)]
    subprocess.run([part.format("ro") for part in remount], check=True)
    try:
        from orchestration.publish.attempt import attempt

        with pytest.raises(OutsideError) as refused:
            attempt(job)
        release = current(world.home, "public", "cases")
        assert release is not None
        assert release.local("data.parquet").is_file()
    finally:
        subprocess.run([part.format("rw") for part in remount], check=True)
    assert "Read-only file system" in refused.value.message
    assert "mount that disk so that it can be written, then run again" in refused.value.message
    assert world.publish().version == 2
    assert verify(world.home) == []
