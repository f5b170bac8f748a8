"""A run's plain functions: every landing is told to the ledger, also one that a crash left untold."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.evidence import EntryKind
from orchestration.context import OpenCity, open_city
from orchestration.job import CityJob, RunRequest
from orchestration.publish.audit import verify
from orchestration.settings import Settings

AS_OF = datetime(2026, 10, 1, 5, tzinfo=UTC)
TRACT = "GEOID,TOTAL_POP\n36081045000,2004\n36005000100,3100\n"


@pytest.fixture
def opened(tmp_path: Path, project_root: Path) -> OpenCity:
    folder = tmp_path / "cities" / "newyork"
    shutil.copytree(project_root / "tests" / "content" / "newyork", folder)
    (folder / "deliveries").mkdir()
    (folder / "deliveries" / "tracts.csv").write_text(TRACT)
    return open_city("newyork", Settings(home=tmp_path / "var", cities=(tmp_path / "cities",)))


def told(opened: OpenCity) -> list[int]:
    return [int(e.body["landing"]) for e in opened.ledger.entries(EntryKind.LANDING)]


def test_each_landing_has_one_entry(opened: OpenCity) -> None:
    job = CityJob(opened, RunRequest(as_of=AS_OF))
    assert job.land("census_tracts").outcome == "accepted"
    assert job.land("census_tracts").outcome == "unchanged"
    (opened.city.folder / "deliveries" / "tracts.csv").write_text(TRACT + "36047000100,900\n")
    assert job.land("census_tracts").accepted == 3
    assert told(opened) == [1, 2]
    assert verify(opened.home) == []


def test_a_landing_that_a_crash_left_untold_is_told_at_the_next_look(opened: OpenCity) -> None:
    job = CityJob(opened, RunRequest(as_of=AS_OF))
    job.land("census_tracts")
    for path in opened.home.ledger.glob("*.json"):
        path.unlink()
    assert any("no entry of the ledger" in finding for finding in verify(opened.home))
    assert job.stale_sources() == ("nyc_311_service_requests",)
    assert told(opened) == [1]
    assert verify(opened.home) == []
