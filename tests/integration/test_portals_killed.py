"""A fetch that is killed between two pages goes on where it was, in another process, and brings the very same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from tests.integration.portal_world import PortalTown, bytes_alone, in_full, quick, town
from tests.portals import hanging, slow
from tests.portals.bad_days import PAGED
from tests.unit.orchestration.ingest.conftest import THIRD_PARTY_WARNINGS

__all__ = ["quick", "town"]

pytestmark = [
    pytest.mark.real_data,
    *(pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS),
]

OFTEN = (
    "from orchestration.ingest.web import pages, partial; pages.EVERY_SECONDS, partial.EVERY = 0.0, 50_000; "
    "from orchestration.cli.main import main; main()"
)
"""The command, with what came brought to the disk at once; as it is, pages are once a second, files every 64 MiB."""
CITY = {
    "formatVersion": 1,
    "id": "testtown",
    "name": {"en": "Testtown", "es": "Villaprueba"},
    "country": "US",
    "timezone": "America/New_York",
    "languages": ["en", "es"],
    "environment": "development",
    "publisher": {"name": {"en": "Testtown", "es": "Villaprueba"}, "email": "data@example.org"},
    "licence": "CC0-1.0",
    "portals": {"portal": "https://portal.example.org"},
}


def fetching(town: PortalTown) -> subprocess.Popen[bytes]:
    """``cauce source fetch`` in a process of its own, as of the town's next hour."""
    (town.folder / "city.yaml").write_text(yaml.safe_dump(CITY), encoding="utf-8")
    speaker = town.speaker
    command = ["source", "fetch", "things", "--city", "testtown", "--portal", f"portal={speaker.portal.url}"]
    own = {"CAUCE_CITIES": str(town.folder.parent), "CAUCE_HOME": str(town.home.root.parent)}
    with said(town).open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-c", OFTEN, *command, "--as-of", speaker.at.isoformat()],
            env={**os.environ, **own, "CAUCE_REQUESTS_PER_SECOND": "0"},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def said(town: PortalTown) -> Path:
    """What the process printed."""
    return town.folder.parent / "said.txt"


def kill_when(town: PortalTown, process: subprocess.Popen[bytes], reached: Callable[[], bool]) -> None:
    """Wait until the fetch is so far, and kill it."""
    deadline = time.monotonic() + 60
    try:
        while not reached() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL, said(town).read_text()
    assert reached(), said(town).read_text()


@pytest.mark.parametrize("town", PAGED, indirect=True)
@pytest.mark.fault(28, "the process is killed between two pages")
def test_a_fetch_killed_between_two_pages_goes_on_behind_the_last_one(town: PortalTown, tmp_path: Path) -> None:
    speaker = town.speaker
    portal = speaker.portal
    portal.misbehave(hanging(after=3))

    def records(status: int) -> list[str]:
        return [one.target for one in portal.of_kind("records") if one.status == status]

    kill_when(town, fetching(town), lambda: len(records(200)) == 3 and len(records(0)) == 1)
    got, in_flight = records(200), records(0)
    assert (len(got), len(in_flight)) == (3, 1)
    portal.behave()
    portal.forget()
    landing = town.land()
    in_full(town, landing)
    again = [one.target for one in portal.of_kind("records")]
    assert not set(got) & set(again), "a page that was there is asked for again"
    assert len(again) == len(set(again))
    assert not town.unfinished()
    assert bytes_alone(tmp_path, speaker) == landing.raw_sha256


@pytest.mark.parametrize("town", ["http"], indirect=True)
@pytest.mark.fault(28, "the process is killed in the middle of a file")
def test_a_file_killed_in_the_middle_goes_on_at_its_byte(town: PortalTown, tmp_path: Path) -> None:
    speaker = town.speaker
    portal = speaker.portal
    portal.misbehave(slow(pause=0.002))
    kept = town.home.raw / "things" / "unfinished"

    def came() -> int:
        with suppress(FileNotFoundError):  # its state is replaced while it is looked at
            return max((p.stat().st_size for p in kept.rglob("*") if p.is_file()), default=0)
        return 0

    kill_when(town, fetching(town), lambda: came() > 160_000)
    portal.behave()
    portal.forget()
    landing = town.land()
    in_full(town, landing)
    (asked,) = portal.of_kind("file")
    begin = int(asked.headers["range"].removeprefix("bytes=").rstrip("-"))
    assert asked.status == 206 and begin >= 100_000
    assert not town.unfinished()
