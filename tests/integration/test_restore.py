"""A lost disk: releases, raw data and ledger alone, copied into a new machine's folder, are the whole city."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.evidence import Ledger
from contracts.home import CityHome
from orchestration.context import OpenCity, open_city
from orchestration.ingest.manifest import latest
from orchestration.ingest.quarantine import records
from orchestration.job import RunRequest
from orchestration.publish.audit import verify
from orchestration.publish.rollback import rollback
from orchestration.publish.withdraw import Order, withdraw
from orchestration.run import RunOutcome, run_city
from orchestration.settings import Settings
from tests.unit.orchestration.publish.publish_world import AS_OF, World, rows, waiting

BACKED_UP = ("releases", "raw", "ledger")
CITY = "puerto"
DAY = datetime(2026, 11, 1, 5, tzinfo=UTC)


def copy(home: Path, backup: Path) -> None:
    """What docs/how-to/lost-disk.md says to copy: three folders, while nobody writes."""
    backup.mkdir(parents=True)
    folders = [str(home / name) for name in BACKED_UP]
    subprocess.run(["flock", str(home / "lock"), "cp", "-a", *folders, str(backup)], check=True)


@dataclass(frozen=True)
class Machine:
    """A state folder, and the command over it."""

    var: Path
    cities: Path

    @property
    def home(self) -> Path:
        return self.var / CITY

    @property
    def opened(self) -> OpenCity:
        return open_city(CITY, Settings(home=self.var, cities=(self.cities,)))

    def run(self) -> RunOutcome:
        return run_city(self.opened, RunRequest(as_of=DAY), lambda _stage, _what, _outcome: None)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Machine:
    """A small city that ran once: the invented one under another name, with few requests and one product."""
    root = tmp_path_factory.mktemp("old")
    folder = root / "cities" / CITY
    left_out = shutil.ignore_patterns(
        *("*.py", "deliveries", "problems", "requests.yaml", "measures", "measures.yaml", "followups.yaml")
    )
    shutil.copytree(project_root / "cities" / "demo", folder, ignore=left_out)
    for path in (folder / "products").glob("service_requests*"):
        path.unlink()
    (folder / "decisions.yaml").unlink()
    for path in folder.rglob("*.yaml"):
        text = (
            path.read_text(encoding="utf-8").replace("id: demo/", f"id: {CITY}/").replace("id: demo\n", f"id: {CITY}\n")
        )
        path.write_text(text, encoding="utf-8")
    for path in (folder / "staging").iterdir():
        path.rename(path.with_name(path.name.replace("stg_demo", f"stg_{CITY}")))
    command = [sys.executable, "-m", "cities.demo.generate", "--delivery", "2", "--out", str(folder / "deliveries")]
    subprocess.run([*command, "--requests", "6000"], cwd=project_root, check=True, stdout=subprocess.DEVNULL)
    made = Machine(root / "var", root / "cities")
    assert [row["product"] for row in made.run().published] == ["districts"]
    return made


def test_the_city_goes_on_from_a_copy_of_three_folders(old: Machine, tmp_path: Path) -> None:
    copy(old.home, tmp_path / "backup")
    new = Machine(tmp_path / "var", old.cities)
    new.home.mkdir(parents=True)
    shutil.copytree(tmp_path / "backup", new.home, dirs_exist_ok=True)
    assert sorted(p.name for p in new.home.iterdir()) == sorted(BACKED_UP)
    anchor = Ledger(old.home / "ledger").head()
    assert verify(CityHome(new.home), anchor) == []

    look = new.home / "raw" / "demo_service_requests" / "look.json"
    before = {p: p.read_bytes() for part in ("releases", "raw") for p in (new.home / part).rglob("*") if p.is_file()}
    outcome = new.run()
    assert (outcome.published, outcome.failed, outcome.swept, outcome.withdrawn) == ([], [], [], [])
    assert outcome.unchanged == ["districts"]
    assert {p: p.read_bytes() for p in before if p != look} == {p: d for p, d in before.items() if p != look}
    assert verify(CityHome(new.home), anchor) == []
    for tier in ("public", "internal"):
        pages = sorted(p.relative_to(new.home / "site") for p in (new.home / "site" / tier).rglob("*.html"))
        assert pages == sorted(p.relative_to(old.home / "site") for p in (old.home / "site" / tier).rglob("*.html"))
        downloads = sorted((new.home / "site" / tier / "data").rglob("data.parquet"))
        assert downloads
        assert all(p.read_bytes() == (old.home / p.relative_to(new.home)).read_bytes() for p in downloads)
    landing = latest(CityHome(new.home), "demo_service_requests")
    assert landing is not None
    contract = new.opened.city.sources["demo_service_requests"]
    assert len(list(records(CityHome(new.home), contract, landing))) == landing.quarantined == 101
    assert new.run().nothing_to_do


# What was decided, held or gone back to -----------------------------------------------------


def moved(world: World, folder: Path) -> World:
    """The world on a new machine: its three folders, and the warehouse that the next run makes again."""
    there = folder / "var" / "town"
    for name in BACKED_UP:
        shutil.copytree(world.home.root / name, there / name)
    made = World(folder, table=list(world.table), rulings=world.rulings)
    made._build(len(made.table))
    waiting(made)
    return made


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "old")
    made.deliver()
    made.publish()
    return made


def test_what_was_held_is_still_held_without_new_evidence(world: World, tmp_path: Path) -> None:
    bad = rows(41)
    bad[0] = (bad[0][0], None, *bad[0][2:])
    world.deliver(bad)
    held = world.publish()
    new = moved(world, tmp_path / "new")
    assert verify(new.home) == []
    head = new.ledger.head()
    again = new.publish()
    assert (again.outcome, again.still, again.reasons) == ("held", True, held.reasons)
    assert new.ledger.head() == head


def test_what_was_gone_back_to_stays(world: World, tmp_path: Path) -> None:
    world.deliver(rows(41))
    world.publish()
    at = AS_OF + timedelta(days=1)
    rollback(world.home, world.ledger, "cases", 1, city=world.city, reason="r", by="b", at=at)
    new = moved(world, tmp_path / "new")
    again = new.publish()
    assert (again.outcome, again.version) == ("unchanged", 1)


def test_what_was_withdrawn_stays_withdrawn(world: World, tmp_path: Path) -> None:
    withdraw(world.home, world.ledger, "cases", Order("r", "b", AS_OF.date(), erase=True), AS_OF + timedelta(days=1))
    new = moved(world, tmp_path / "new")
    assert verify(new.home) == []
    assert new.publish().outcome == "withdrawn"
