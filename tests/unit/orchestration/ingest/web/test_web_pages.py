"""The journal of a fetch in pages: it outlives the process, and never gives a byte that was not sent."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import kept
from contracts.errors import OutsideError
from contracts.home import CityHome
from orchestration.ingest.caps import Caps
from orchestration.ingest.manifest import unfinished_folder
from orchestration.ingest.web import pages as journal
from orchestration.ingest.web.pages import Pages, open_pages
from orchestration.ingest.web.unfinished import begun, forget_old

NOW = datetime(2026, 1, 31, 6, 0, tzinfo=UTC)
ASKED = {"url": "https://data.example.org/x", "where": "a > 1"}


def page(n: int, records: int = 3) -> list[bytes]:
    return [f'{{"page":{n},"record":{i}}}'.encode() for i in range(records)]


def whole(*numbers: int) -> bytes:
    return b"".join(one + b"\n" for n in numbers for one in page(n))


def fill(folder: Path, *numbers: int, asked: dict[str, Any] | None = None, now: datetime = NOW) -> Pages:
    """A journal with these pages, broken off behind them."""
    with open_pages(folder, asked or ASKED, now, Caps()) as pages:
        for n in numbers:
            pages.add(page(n), {"after": n})
    return pages


def reopened(folder: Path, asked: dict[str, Any] | None = None, now: datetime = NOW) -> tuple[int, int, Any]:
    with open_pages(folder, asked or ASKED, now, Caps()) as pages:
        return pages.pages, pages.records, pages.state.get("after")


def test_a_whole_fetch_gets_its_name_and_leaves_nothing(tmp_path: Path) -> None:
    with open_pages(tmp_path / "unfinished", ASKED, NOW, Caps()) as pages:
        assert (pages.resumed, pages.records, dict(pages.state)) == (False, 0, {})
        for n in range(3):
            pages.add(page(n), {"after": n})
        path, sha256, size = pages.finish(tmp_path / "bytes", Caps())
    assert path == tmp_path / "bytes" / sha256
    assert path.read_bytes() == whole(0, 1, 2)
    assert (sha256, size) == (hashlib.sha256(whole(0, 1, 2)).hexdigest(), len(whole(0, 1, 2)))
    assert list((tmp_path / "unfinished").iterdir()) == []


def test_the_same_bytes_again_are_the_same_file(tmp_path: Path) -> None:
    for _ in range(2):
        with open_pages(tmp_path / "unfinished", ASKED, NOW, Caps()) as pages:
            pages.add(page(1), {})
            path, _, _ = pages.finish(tmp_path / "bytes", Caps())
    assert [p.name for p in (tmp_path / "bytes").iterdir()] == [path.name]
    assert list((tmp_path / "unfinished").iterdir()) == []


def test_it_goes_on_behind_the_last_page(tmp_path: Path) -> None:
    fill(tmp_path / "u", 0, 1)
    with open_pages(tmp_path / "u", ASKED, NOW + timedelta(hours=23), Caps()) as pages:
        assert (pages.resumed, pages.pages, pages.records, pages.state) == (True, 2, 6, {"after": 1})
        pages.add(page(2), {"after": 2})
        path, sha256, _ = pages.finish(tmp_path / "bytes", Caps())
    assert path.read_bytes() == whole(0, 1, 2)
    assert sha256 == hashlib.sha256(whole(0, 1, 2)).hexdigest()


@pytest.mark.parametrize(
    ("asked", "now"),
    [({**ASKED, "where": "a > 2"}, NOW), (ASKED, NOW + timedelta(days=1)), (ASKED, NOW - timedelta(days=1))],
    ids=["another request", "a day old", "a clock that was set back"],
)
def test_what_is_of_no_use_is_forgotten(tmp_path: Path, asked: dict[str, Any], now: datetime) -> None:
    fill(tmp_path, 0, 1)
    assert reopened(tmp_path, asked, now) == (0, 0, None)
    assert not (tmp_path / journal.RECORDS).exists()


def _shorter(folder: Path) -> None:
    path = folder / journal.RECORDS
    path.write_bytes(path.read_bytes()[:-1])


def _other(folder: Path) -> None:
    path = folder / journal.RECORDS
    path.write_bytes(path.read_bytes().replace(b'"page":1', b'"page":7'))


def _state(**changes: Any) -> Any:
    def change(folder: Path) -> None:
        told = json.loads((folder / journal.STATE).read_bytes())
        (folder / journal.STATE).write_text(json.dumps({**told, **changes}))

    return change


TORN = {
    "records are shorter": _shorter,
    "records are others": _other,
    "records are gone": lambda folder: (folder / journal.RECORDS).unlink(),
    "state is gone": lambda folder: (folder / journal.STATE).unlink(),
    "state is torn": lambda folder: (folder / journal.STATE).write_text('{"asked"'),
    "state is no object": lambda folder: (folder / journal.STATE).write_text("[]"),
    "state of a newer Cauce": _state(format_version=99),
    "state without a time": _state(begun_at=None),
    "state with a time of no zone": _state(begun_at="2026-01-31T06:00:00"),
    "state without a size": _state(bytes="many"),
    "state of another form": _state(state=[1]),
}


@pytest.mark.parametrize("name", TORN)
def test_what_is_torn_is_asked_for_anew(tmp_path: Path, name: str) -> None:
    fill(tmp_path, 0, 1)
    assert reopened(tmp_path) == (2, 6, 1)
    TORN[name](tmp_path)
    assert reopened(tmp_path) == (0, 0, None)
    with open_pages(tmp_path, ASKED, NOW, Caps()) as pages:
        pages.add(page(5), {})
        path, _, _ = pages.finish(tmp_path / "bytes", Caps())
    assert path.read_bytes() == whole(5)


def test_what_stands_behind_the_state_is_cut_off(tmp_path: Path) -> None:
    fill(tmp_path, 0, 1)
    with (tmp_path / journal.RECORDS).open("ab") as file:
        file.write(b'{"page":2,"rec')
    with open_pages(tmp_path, ASKED, NOW, Caps()) as pages:
        assert pages.records == 6
        pages.add(page(2), {})
        path, _, _ = pages.finish(tmp_path / "bytes", Caps())
    assert path.read_bytes() == whole(0, 1, 2)


def test_whatever_goes_wrong_keeps_what_came(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_pages(tmp_path, ASKED, NOW, Caps()) as pages:
        pages.add(page(0), {"after": 0})
        raise KeyboardInterrupt
    assert reopened(tmp_path) == (1, 3, 0)


def test_what_was_abandoned_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(OutsideError), open_pages(tmp_path, ASKED, NOW, Caps()) as pages:
        pages.add(page(0), {})
        pages.abandon()
        raise OutsideError("changed")
    assert list(tmp_path.iterdir()) == []


def test_small_pages_are_not_brought_to_the_disk_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, kept_at = [0.0], list[int]()
    monkeypatch.setattr("orchestration.ingest.web.pages.time.monotonic", lambda: clock[0])
    keep = Pages.keep

    def noted(pages: Pages) -> None:
        kept_at.append(pages.pages)
        keep(pages)

    monkeypatch.setattr(Pages, "keep", noted)
    with open_pages(tmp_path, ASKED, NOW, Caps()) as pages:
        for n in range(10):
            pages.add(page(n), {})
            clock[0] += 0.3
        assert kept_at == [5, 9]
        monkeypatch.setattr(journal, "EVERY_BYTES", 100)
        pages.add(page(10, 10), {})
        assert kept_at == [5, 9, 11]


def test_more_than_is_taken_is_refused_and_forgotten(tmp_path: Path) -> None:
    caps = Caps(raw_bytes=len(whole(0, 1)))
    with pytest.raises(OutsideError, match="more than is taken") as caught:  # noqa: SIM117
        with open_pages(tmp_path / "a_source" / "unfinished", ASKED, NOW, caps) as pages:
            for n in range(3):
                pages.add(page(n), {})
    assert caught.value.where == "a_source"
    assert list((tmp_path / "a_source" / "unfinished").iterdir()) == []


def test_a_full_disk_is_told_and_what_was_kept_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(moment: str, name: str, path: Path | str) -> None:
        if name == "append_page" and moment == "before":
            raise OSError(28, "No space left on device")

    with pytest.raises(OutsideError, match="disk refused"), open_pages(tmp_path, ASKED, NOW, Caps()) as pages:
        pages.add(page(0), {"after": 0})
        monkeypatch.setattr(kept, "witness", full)
        pages.add(page(1), {"after": 1})
    monkeypatch.setattr(kept, "witness", kept.unwitnessed)
    assert reopened(tmp_path) == (1, 3, 0)


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from orchestration.ingest.caps import Caps
from orchestration.ingest.web import pages as journal
journal.EVERY_SECONDS = float(sys.argv[2])
with journal.open_pages(Path(sys.argv[1]), {"a": 1}, datetime(2026, 1, 31, tzinfo=UTC), Caps()) as pages:
    for n in range(pages.pages, 40):
        pages.add([b'{"n":%d}' % n] * 1000, {"after": n})
        if n == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
    path, sha256, size = pages.finish(Path(sys.argv[1]) / "bytes", Caps())
    print(path)
"""


@pytest.mark.parametrize("every", ["0", "3600"], ids=["kept at each page", "never kept"])
def test_a_killed_process_is_gone_on_with_and_the_bytes_are_those_of_one_fetch(tmp_path: Path, every: str) -> None:
    root = Path(__file__).parents[5]
    runs = [
        subprocess.run(
            [sys.executable, "-c", KILLED, str(tmp_path), every, at], cwd=root, capture_output=True, check=False
        )
        for at in ("17", "29", "-1")
    ]
    assert [run.returncode for run in runs[:2]] == [-signal.SIGKILL, -signal.SIGKILL]
    assert runs[2].returncode == 0, runs[2].stderr
    found = Path(runs[2].stdout.decode().strip()).read_bytes()
    assert found == b"".join(b'{"n":%d}\n' % n * 1000 for n in range(40))


def test_memory_does_not_grow_with_the_pages(tmp_path: Path) -> None:
    records = [b'{"value":"' + b"x" * 1000 + b'"}'] * 1000
    with open_pages(tmp_path, ASKED, NOW, Caps()) as pages:
        pages.add(records, {})
        tracemalloc.start()
        for n in range(40):
            pages.add(records, {"after": n})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert pages.size > 40_000_000
    assert peak < 5_000_000


# From outside ---------------------------------------------------------------------------------------------------------


def test_an_unfinished_fetch_is_seen_and_forgotten_after_a_day(tmp_path: Path) -> None:
    home = CityHome(tmp_path)
    assert list(begun(home)) == []
    folder = unfinished_folder(home, "a_source")
    fill(folder, 0, 1)
    (found,) = begun(home)
    assert (found.source, found.size) == ("a_source", max(p.stat().st_size for p in folder.iterdir()))
    assert "a fetch of a_source, of which" in found.sentence
    assert list(forget_old(home, found.at + timedelta(hours=23))) == []
    assert reopened(folder) == (2, 6, 1)
    (found,) = begun(home)
    assert list(forget_old(home, found.at + timedelta(days=1))) == [found]
    assert not folder.exists()
    assert list(begun(home)) == []


def test_what_a_crash_leaves_beside_it_is_swept_and_it_stays(tmp_path: Path) -> None:
    from orchestration.publish.recover import unfinished_files

    home = CityHome(tmp_path)
    folder = unfinished_folder(home, "a_source")
    fill(folder, 0)
    (folder / f"{kept.TEMPORARY_PREFIX}abc").write_bytes(b"torn")
    assert unfinished_files(home) == (folder / f"{kept.TEMPORARY_PREFIX}abc",)
    assert (folder / journal.RECORDS).read_bytes() == whole(0)


def test_the_sweep_at_a_start_removes_what_is_a_day_old_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contracts.evidence import Ledger
    from orchestration import logs
    from orchestration.publish.recover import recover

    home = CityHome(tmp_path)
    folder = unfinished_folder(home, "a_source")
    fill(folder, 0)
    (found,) = begun(home)
    monkeypatch.setattr(logs, "now", lambda: found.at + timedelta(hours=1))
    assert recover(home, Ledger(home.ledger), NOW) == ()
    assert folder.exists()
    monkeypatch.setattr(logs, "now", lambda: found.at + timedelta(days=2))
    (said,) = recover(home, Ledger(home.ledger), NOW)
    assert said == f"removed {found.sentence}: too old to be gone on with"
    assert not folder.exists()
