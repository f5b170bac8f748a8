"""Every kept JSON file says which format it has, and a newer one is refused by whoever reads it, in plain words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog import history as pages
from catalog import reports
from contracts import kept
from contracts.errors import ArtefactError
from contracts.evidence import Ledger
from contracts.home import FORMAT_VERSION
from contracts.kept_contract import from_document
from contracts.release import Release, commits, current, manifest_of
from orchestration import plan
from orchestration.ingest import manifest as deliveries
from orchestration.ingest.manifest import Look
from orchestration.publish import evidence_files, removal, withdraw
from orchestration.publish.withdraw import Order
from tests.unit.orchestration.publish.publish_world import AS_OF, World, copied, rows

NEWER = FORMAT_VERSION + 1
DERIVED = {
    "plan.json": "what the last run saw: one that cannot be read, for whatever reason, makes the next run a full one",
    "site/.built/*.json": "what the last build of the sites read and made: without it all is read and made again",
}
"""JSON files beside the kept ones, each with why nobody must refuse it; deleting them loses nothing."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A city in which everything that leaves a file has happened."""
    made = World(tmp_path_factory.mktemp("template"))
    made.deliver()
    made.publish()
    bad = rows(41)
    bad[0] = (bad[0][0], None, *bad[0][2:])
    made.deliver(bad)
    assert made.publish().outcome == "held"
    made.deliver(rows(42))
    made.publish()
    deliveries.keep_look(made.home, "requests", Look(AS_OF.isoformat(), "0" * 64, 3, "file:in.csv", ""))
    plan.save_seen(made.home, plan.Seen({"cases": plan.Attempted("f", "published")}, "c"))
    return made


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    return copied(template, tmp_path / "town")


def newer(path: Path) -> str:
    """Let ``path`` claim a newer format; returns the digest of its bytes."""
    value = kept.read_json(path)
    path.write_bytes(kept.canonical_json({**value, "format_version": NEWER}))
    return kept.sha256_file(path)


def test_every_kept_file_says_which_format_it_has(world: World) -> None:
    order = Order("r", "b", AS_OF.date(), erase=True)
    withdraw.withdraw(world.home, world.ledger, "cases", order, AS_OF + timedelta(days=1))
    found = sorted(p for part in ("releases", "raw", "ledger") for p in (world.home.root / part).rglob("*.json"))
    kinds = {"look.json", "head.json", "current.json", "manifest.json", "quality.json", "lineage.json"}
    assert kinds <= {p.name for p in found}
    assert {"commits", "landings", "evidence", "ledger"} <= {p.parent.name for p in found}
    assert [p for p in found if json.loads(p.read_bytes()).get("format_version") != FORMAT_VERSION] == []


Case = Callable[[World], Any]


def a_manifest(world: World) -> Any:
    newer(world.home.releases / "public/cases/1/manifest.json")
    return manifest_of(world.home, "public/cases/1")


def a_commit(world: World) -> Any:
    newer(world.home.releases / "public/cases/commits/000001.json")
    return commits(world.home, "public", "cases")


def a_report(name: str) -> Case:
    def case(world: World) -> Any:
        release = current(world.home, "public", "cases")
        assert release is not None
        digest = newer(world.home.releases / release.place / name)
        files = tuple(replace(f, sha256=digest) if f.path == name else f for f in release.manifest.files)
        manifest = replace(release.manifest, files=files)
        return Release(release.commit, manifest, release.place, release.shelf).report(name)

    return case


def a_ledger_entry(world: World) -> Any:
    newer(world.ledger.path(2))
    return list(world.ledger.entries())


def the_ledgers_head(world: World) -> Any:
    newer(world.ledger.folder / "head.json")
    return removal.remove(world.home, world.ledger, removal.Removal("retention", "cases", ()), AS_OF)


def a_landing(read: Callable[[World], Any]) -> Case:
    def case(world: World) -> Any:
        newer(world.home.raw / "requests/landings/000001.json")
        return read(world)

    return case


def a_look(read: Callable[[World], Any]) -> Case:
    def case(world: World) -> Any:
        newer(world.home.raw / "requests/look.json")
        return read(world)

    return case


def evidence(read: Callable[[World, str], Any]) -> Case:
    def case(world: World) -> Any:
        path = sorted(evidence_files.folder(world.home).glob("*.json"))[0]
        digest = newer(path)
        path.rename(path.with_name(f"{digest}.json"))
        return read(world, digest)

    return case


CASES: dict[str, Case] = {
    "manifest": a_manifest,
    "commit": a_commit,
    "quality": a_report("quality.json"),
    "lineage": a_report("lineage.json"),
    "ledger entry": a_ledger_entry,
    "ledger head": the_ledgers_head,
    "landing": a_landing(lambda w: deliveries.landings(w.home, "requests")),
    "landing, for pages": a_landing(lambda w: pages.landings(w.home, "requests")),
    "look": a_look(lambda w: deliveries.last_look(w.home, "requests")),
    "look, for pages": a_look(lambda w: pages.last_look(w.home, "requests")),
    "evidence": evidence(lambda w, digest: evidence_files.read(w.home, digest)),
    "evidence, for pages": evidence(lambda w, digest: reports.evidence(w.home, digest)),
    "contract": lambda _w: from_document({"format_version": NEWER}),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_newer_format_is_refused_in_plain_words(world: World, kind: str) -> None:
    with pytest.raises(ArtefactError) as refused:
        CASES[kind](world)
    error = refused.value
    assert "format this Cauce does not know" in error.what
    assert (error.found, error.expected) == (f"format_version {NEWER}", f"{FORMAT_VERSION} or lower")
    assert kind == "contract" or (error.where is not None and "town" in error.where)


@pytest.mark.parametrize("version", [NEWER, None, "1"])
def test_what_is_derived_is_made_again_instead(world: World, version: Any) -> None:
    path = world.home.plan
    path.write_bytes(kept.canonical_json({**kept.read_json(path), "format_version": version}))
    assert plan.load_seen(world.home) == plan.Seen()
    assert set(DERIVED) == {"plan.json", "site/.built/*.json"}


def test_a_ledger_of_a_newer_cauce_is_not_written_to(world: World) -> None:
    newest, _ = world.ledger.head()
    newer(world.ledger.folder / "head.json")
    with pytest.raises(ArtefactError, match="does not know"):
        world.publish(force=True)
    assert Ledger(world.home.ledger).head()[0] == newest
