"""What needs someone, of a city in every state: each thing with its next command, and nothing changed by looking."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import kept
from contracts.evidence import EntryKind
from orchestration import logs, plan
from orchestration.context import OpenCity, open_city
from orchestration.lock import city_lock
from orchestration.needs import NEEDS_SOMEONE
from orchestration.overview import now, overview
from orchestration.settings import Settings
from tests.unit.catalog.site_world import World, no_rows

REASON = {"rule": "no_district_falls_silent", "tier": "internal", "sentence": "District 7 fell silent.", "failed": 1}


@pytest.fixture
def opened(tmp_path: Path, project_root: Path) -> OpenCity:
    """The demo's content with the real clock, so that a schedule can be overdue."""
    folder = tmp_path / "cities" / "probe"
    shutil.copytree(project_root / "cities" / "demo", folder, ignore=shutil.ignore_patterns("*.py", "deliveries"))
    for path in folder.rglob("*.yaml"):
        text = path.read_text().replace("id: demo/", "id: probe/").replace("id: demo\n", "id: probe\n")
        path.write_text(text.replace("clock: inputs", "clock: wall") if path.name == "city.yaml" else text)
    for path in (folder / "staging").iterdir():
        path.rename(path.with_name(path.name.replace("stg_demo__", "stg_probe__")))
    return open_city("probe", Settings(home=tmp_path / "var", cities=(tmp_path / "cities",)))


def kinds(facts: dict[str, Any]) -> dict[str, str]:
    """What to do, by kind; each kind once."""
    return {item["kind"]: item["do"] for item in facts["to_do"]}


def ran(opened: OpenCity, run: str = "abc", exit_code: int = 0) -> None:
    with logs.keeping(opened.home, "probe", "cauce run", run=run) as log:
        log.exit_code = exit_code


def fetched(opened: OpenCity, source: str, **facts: Any) -> None:
    """A landing as landing keeps it."""
    from orchestration.ingest.manifest import Landing, keep

    given: dict[str, Any] = {
        **{"n": 1, "source": source, "outcome": "accepted", "address": "x", "retrieved_at": now().isoformat()},
        **{"received": 10, "accepted": 10, "quarantined": 0, "rejected": 0, "raw_sha256": "0", "raw_bytes": 1},
        **{"accepted_file": None, "quarantine_file": None, "reader": "0"},
        "contract": {"id": source, "version": "1.0.0", "sha256": "0"},
    }
    keep(opened.home, Landing(**{**given, **facts}))


def published(opened: OpenCity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every product with a release of no rows, its data up to October 2026, and a time of checking soon after."""
    monkeypatch.setattr("orchestration.overview.time_of_checking", lambda _: datetime(2026, 10, 3, tzinfo=UTC))
    for name in opened.city.products:
        World(opened.city, opened.home).release(name, 1, no_rows(opened.city, name), now().isoformat())


def test_a_city_that_never_ran(opened: OpenCity) -> None:
    facts = overview(opened, now())
    assert facts["exit_code"] == 1
    assert kinds(facts) == dict.fromkeys(["never fetched", "never run", "never published"], "cauce run --city probe")
    assert facts["last_run"] is None
    assert not opened.home.root.exists()


def test_a_city_in_good_order_needs_nobody(opened: OpenCity, monkeypatch: pytest.MonkeyPatch) -> None:
    for source in opened.city.sources:
        fetched(opened, source)
    published(opened, monkeypatch)
    ran(opened)
    facts = overview(opened, now())
    assert (facts["to_do"], facts["exit_code"]) == ([], 0)
    assert facts["last_run"]["state"] == "ended"
    assert facts["schedule"]["overdue"] is False
    assert facts["disk"]["free_bytes"] > 0


def test_held_refused_and_set_aside(opened: OpenCity, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = {"what": "a file is not CSV", "found": "an HTML page", "try": "ask the publisher"}
    fetched(opened, "demo_districts", outcome="refused", accepted=0, rejected=10, refusal=refusal)
    fetched(opened, "demo_service_requests", accepted=7, quarantined=3)
    published(opened, monkeypatch)
    ran(opened, exit_code=1)
    held = plan.Attempted("f", "held", (REASON, {**REASON, "rule": "other"}))
    plan.save_seen(opened.home, plan.Seen({"service_requests_monthly": held}))
    facts = overview(opened, now())
    assert kinds(facts) == {
        "held": "cauce audit report service_requests_monthly --city probe",
        "refused": "cauce source list --city probe",
        "set aside": "cauce quarantine export demo_service_requests --city probe",
    }
    whys = {item["kind"]: item["why"] for item in facts["to_do"]}
    assert whys["held"].endswith("release 1 stays served: District 7 fell silent. (and 1 more rules)")
    assert "found an HTML page" in whys["refused"]
    assert whys["set aside"].startswith("3 of 10 records")
    assert [item["needs_someone"] for item in facts["to_do"]] == [True, True, False]


def test_records_set_aside_alone_do_not_call_anyone(opened: OpenCity, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched(opened, "demo_districts")
    fetched(opened, "demo_service_requests", accepted=7, quarantined=3)
    published(opened, monkeypatch)
    ran(opened)
    facts = overview(opened, now())
    assert kinds(facts).keys() == {"set aside"}
    assert facts["exit_code"] == 0


def test_an_overdue_schedule(opened: OpenCity) -> None:
    for source in opened.city.sources:
        fetched(opened, source)
    ran(opened)
    assert overview(opened, now() + timedelta(days=31))["schedule"]["overdue"] is False
    facts = overview(opened, now() + timedelta(days=40))
    assert facts["schedule"]["overdue"] is True
    assert facts["exit_code"] == 1
    assert kinds(facts)["overdue"].startswith("cauce run --city probe")


def test_a_run_under_way_is_told_with_its_process(opened: OpenCity) -> None:
    with city_lock(opened.home, "cauce run", now()), logs.keeping(opened.home, "probe", "cauce run"):
        (opened.home.work / "publish-x").mkdir(parents=True)
        facts = overview(opened, now())
    assert facts["locked_by"]["alive"] is True
    assert facts["last_run"]["state"] == "under way"
    assert facts["left_behind"] == []
    assert "running" in kinds(facts)
    assert "cut short" not in kinds(facts)


def test_what_a_kill_left_is_told_and_left_alone(opened: OpenCity) -> None:
    ran(opened)
    path = logs.files(opened.home)[0]
    path.write_text(path.read_text().splitlines(keepends=True)[0])
    left = opened.home.work / "publish-x"
    left.mkdir(parents=True)
    opened.ledger.append(EntryKind.LANDING, {"source": "x", "landing": 1}, now())
    before = {p: p.stat().st_mtime_ns for p in sorted(opened.home.root.rglob("*"))}
    facts = overview(opened, now())
    assert facts["left_behind"] == ["unfinished work publish-x"]
    assert kinds(facts)["cut short"] == "cauce run --city probe"
    assert facts["exit_code"] == 1
    assert {p: p.stat().st_mtime_ns for p in sorted(opened.home.root.rglob("*"))} == before


def test_a_fetch_that_is_not_whole_is_told_and_calls_nobody(opened: OpenCity) -> None:
    from orchestration.ingest.caps import Caps
    from orchestration.ingest.manifest import unfinished_folder
    from orchestration.ingest.web.pages import open_pages

    before = overview(opened, now())
    folder = unfinished_folder(opened.home, "service_requests")
    with open_pages(folder, {"page": 1}, now(), Caps()) as pages:
        pages.add([b"{}"] * 100_000, {"after": 1})
    facts = overview(opened, now())
    (told,) = facts["left_behind"]
    assert told.startswith("a fetch of service_requests, of which 0.3 MB came until ")
    assert kinds(facts)["left behind"] == "cauce run --city probe"
    assert facts["exit_code"] == before["exit_code"]


def test_a_failed_run_leads_to_its_history(opened: OpenCity) -> None:
    ran(opened, exit_code=3)
    assert kinds(overview(opened, now()))["failed"] == "cauce history abc --city probe"


@pytest.mark.parametrize("damage", ["landing", "ledger"])
def test_an_altered_file_is_told_and_hides_nothing_else(opened: OpenCity, damage: str) -> None:
    for source in opened.city.sources:
        fetched(opened, source)
    opened.ledger.append(EntryKind.RUN, {"run": "abc", "exit_code": 0}, now())
    if damage == "landing":
        (opened.home.raw / "demo_districts" / "landings" / "000001.json").write_text("{")
    else:
        opened.ledger.path(1).write_text("{")
    facts = overview(opened, now())
    assert kinds(facts)["altered"] == "cauce audit verify --city probe"
    assert len(facts["products"]) == len(opened.city.products)
    assert facts["exit_code"] == 1


def test_little_room(opened: OpenCity, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(opened)
    monkeypatch.setattr(logs, "free_bytes", lambda _: 1000)
    assert "df -h" in kinds(overview(opened, now()))["no room"]


def test_the_shape_is_json_and_every_kind_is_known(opened: OpenCity) -> None:
    facts = json.loads(json.dumps(overview(opened, datetime.fromisoformat("2036-01-01T00:00:00+00:00"))))
    assert {"city", "last_run", "schedule", "disk", "products", "sources", "to_do", "exit_code"} <= facts.keys()
    assert {"held", "late", "refused", "overdue"} <= NEEDS_SOMEONE
    assert kept.canonical_json(facts)
