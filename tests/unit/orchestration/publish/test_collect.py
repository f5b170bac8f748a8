"""What nothing names goes; what a release, a landing or the ledger names never does, whatever happened before."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts import kept
from contracts.city import Retention, Ruling
from contracts.errors import ArtefactError, InputError
from contracts.model import Text
from contracts.release import current
from orchestration.publish import collect, commit, recover, removal, retention, withdraw
from orchestration.publish.audit import verify
from orchestration.publish.rollback import rollback
from orchestration.publish.withdraw import Order
from tests.unit.orchestration.publish.publish_world import AS_OF, World, copied, rows, ruling

LATER = AS_OF + timedelta(days=1)
DIGEST = "0" * 64
STRAYS = (
    "releases/public/cases/77/data.parquet",
    "releases/internal/cases/78/manifest.json",
    "releases/public/cases/.tmp-x/data.csv",
    f"ledger/evidence/{DIGEST}.json",
    f"raw/requests/bytes/{DIGEST}",
    "raw/requests/accepted/000099.parquet",
    "raw/requests/quarantine/000099.parquet",
    "raw/requests/bytes/.tmp-y",
    "cache/copy",
)
FOREIGN = ("releases/notes.txt", "raw/requests/bytes/notes.txt", "ledger/evidence/notes.txt", "releases/public/cases/a")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("template"))
    made.deliver()
    made.publish()
    made.deliver(rows(41))
    made.publish()
    return made


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    return copied(template, tmp_path / "town")


def plant(world: World, *names: str) -> None:
    for name in names:
        path = world.home.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}")


def state(world: World) -> dict[str, bytes]:
    """Every file below the city's folder, but for the warehouse."""
    files = (p for p in world.home.root.rglob("*") if p.is_file() and p != world.home.warehouse)
    return {p.relative_to(world.home.root).as_posix(): p.read_bytes() for p in files}


def test_where_everything_is_named_nothing_goes(world: World) -> None:
    before = state(world)
    assert collect.collect(world.home, world.ledger) == ()
    assert state(world) == before


def test_what_nothing_names_goes_and_nothing_else(world: World) -> None:
    before = state(world)
    plant(world, *STRAYS)
    told = collect.strays(world.home, world.ledger)
    assert set(state(world)) == {*before, *STRAYS}, "a look changes nothing"
    assert collect.collect(world.home, world.ledger) == told
    assert len(told) == len(STRAYS)
    assert state(world) == before
    assert verify(world.home) == []


def test_a_foreign_file_is_left_for_the_audit(world: World) -> None:
    plant(world, *FOREIGN)
    assert collect.collect(world.home, world.ledger) == ()
    assert all((world.home.root / name).exists() for name in FOREIGN)
    assert len(verify(world.home)) == len(FOREIGN)


def test_what_an_unfinished_intent_names_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "finish", lambda *_a, **_k: (_ for _ in ()).throw(KeyboardInterrupt))
    world.deliver(rows(42))
    with pytest.raises(KeyboardInterrupt):
        world.publish()
    monkeypatch.undo()
    assert recover.stray_versions(world.home) == ("public/cases/3", "internal/cases/3")
    assert collect.collect(world.home, world.ledger) == ()
    recover.recover(world.home, world.ledger, AS_OF)
    served = current(world.home, "public", "cases")
    assert served is not None and served.manifest.version == 3


def test_bytes_that_only_the_ledger_names_stay(world: World) -> None:
    folder = world.home.raw / "requests"
    (folder / "landings/000002.json").unlink()
    before = state(world)
    assert collect.collect(world.home, world.ledger) == ()
    assert state(world) == before


@pytest.mark.parametrize("torn", ["releases/public/cases/commits/000002.json", "raw/requests/landings/000001.json"])
def test_nothing_goes_while_something_that_names_cannot_be_read(world: World, torn: str) -> None:
    plant(world, *STRAYS)
    (world.home.root / torn).write_bytes(b'{"format_version": 1')
    before = state(world)
    with pytest.raises(ArtefactError):
        collect.collect(world.home, world.ledger)
    assert state(world) == before


# Random histories ---------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone."""


class History:
    """A city that lives: each step is tried, may die at some moment of writing, and is mended at the next start."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.day = LATER

    def city(self) -> Any:
        return replace(self.world.city, retention=Retention(2, 0))

    def publish(self, _number: int) -> None:
        self.world.publish(checked_at=self.day)

    def go_back(self, number: int) -> None:
        version = 1 + number % 4
        city = self.city()
        rollback(self.world.home, self.world.ledger, "cases", version, city=city, reason="r", by="b", at=self.day)

    def withdraw(self, number: int) -> None:
        order = Order("r", "b", self.day.date(), Text("n"), erase=number % 2 == 1)
        withdraw.withdraw(self.world.home, self.world.ledger, "cases", order, self.day)

    def lift(self, _number: int) -> None:
        known = withdraw.standing(self.world.home, self.world.ledger, "cases")
        if known is not None:
            review: Ruling = ruling("review", "cases", lifts=known.entry)
            self.world.rulings = (*self.world.rulings, review)

    def retire(self, _number: int) -> None:
        retention.retire(self.world.home, self.world.ledger, self.city(), self.day + timedelta(days=9))

    def collect(self, _number: int) -> None:
        collect.collect(self.world.home, self.world.ledger)

    def step(self, name: str, number: int, dies_at: int | None) -> None:
        left = [dies_at or 0]

        def witness(_moment: str, _name: str, _path: Path | str) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

        self.day += timedelta(hours=1)
        if name == "publish":
            self.world.deliver(rows(40 + number))
        kept.witness = witness
        try:
            getattr(self, name)(number)
        except (InputError, Killed):
            pass
        finally:
            kept.witness = kept.unwitnessed
        recover.recover(self.world.home, self.world.ledger, self.day)


STEPS = st.tuples(
    st.sampled_from(("publish", "publish", "go_back", "withdraw", "lift", "retire", "collect")),
    st.integers(0, 9),
    st.none() | st.integers(1, 120),
)


def named(world: World) -> Iterator[tuple[str, str]]:
    """Every data file that a release ever committed names, with its digest."""
    for tier, product in recover.released(world.home):
        for manifest in removal.versions(world.home, tier, product).values():
            place = f"{tier}/{product}/{manifest.version}"
            yield from ((f"{place}/{file.path}", file.sha256) for file in manifest.files)


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nursery")


@settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=4, max_size=9))
def test_after_any_history_all_that_is_named_is_whole(
    template: World, nursery: Path, steps: list[tuple[str, int, int | None]]
) -> None:
    shutil.rmtree(nursery / "town", ignore_errors=True)
    history = History(copied(template, nursery / "town"))
    world = history.world
    for name, number, dies_at in steps:
        history.step(name, number, dies_at)
    plant(world, *STRAYS)
    collect.collect(world.home, world.ledger)
    assert not any((world.home.root / name).exists() for name in STRAYS)
    assert verify(world.home) == []
    removed = removal.removed_files(world.home, removal.removals(world.ledger))
    for name, sha256 in named(world):
        assert f"releases/{name}" in removed or world.home.shelf.sha256(name) == sha256, name
    for tier in ("internal", "public"):
        served = current(world.home, tier, "cases")
        for file in served.manifest.files if served else ():
            assert served is not None and served.local(file.path).is_file()
    assert collect.collect(world.home, world.ledger) == ()
