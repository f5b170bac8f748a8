"""``cauce release withdraw`` and ``tidy`` over a small city: what they say as text and as JSON, and what a run says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from contracts.city import Retention
from contracts.errors import CauceError, InputError
from contracts.release import current
from orchestration import context
from orchestration.cli import release
from orchestration.cli.run import print_outcome
from orchestration.context import OpenCity
from orchestration.job import CityJob, RunRequest
from orchestration.overview import overview
from orchestration.publish import withdraw
from orchestration.run import RunOutcome, _tell_products
from orchestration.settings import Settings
from tests.unit.orchestration.publish.publish_world import AS_OF, World, copied, rows, ruling


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("template"))
    for n in range(3):
        made.deliver(rows(40 + n))
        made.publish(checked_at=AS_OF + timedelta(days=n))
    return made


@pytest.fixture
def world(template: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = copied(template, tmp_path / "town")
    made.city.folder.mkdir(parents=True)

    def opened(city_id: str | None = None, settings: Settings | None = None) -> OpenCity:
        return opening(made, tmp_path)

    monkeypatch.setattr(context, "open_city", opened)
    return made


def opening(world: World, tmp_path: Path) -> OpenCity:
    city = replace(world.city, retention=Retention(2, 0))
    return OpenCity(city, world.home, world.ledger, Settings(home=tmp_path / "var"))


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(release.app, list(arguments), env={"COLUMNS": "300"})
    if isinstance(result.exception, CauceError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def take_away(*more: str) -> Result:
    words = ("--reason", "names people", "--by", "privacy@example.gov")
    return run("withdraw", "cases", *words, *more)


def test_withdrawing_says_what_lifts_it_and_builds_the_pages(world: World) -> None:
    text = take_away("--public-note", "Under review.").stdout
    entry = withdraw.withdrawals(world.home, world.ledger, "cases")[-1].entry
    assert "cases is withdrawn, from internal, public." in text
    assert f"kind: review, subject: cases, lifts: {entry}, with reason, by and on." in text
    assert "The pages say so now" in text
    page = (world.home.site / "public/en/products/cases/index.html").read_text(encoding="utf-8")
    assert "Under review." in page
    assert "names people" not in page
    assert current(world.home, "public", "cases") is None


def test_withdrawing_as_json(world: World) -> None:
    told = json.loads(take_away("--erase", "--format", "json").stdout)
    assert (told["product"], told["tiers"], told["erased"]) == ("cases", ["internal", "public"], True)
    assert (told["pages_built"], told["ledger_head"]["entry"]) == (True, world.ledger.head()[0])
    listed = run("list", "cases").stdout
    assert "data removed on" in listed
    assert "(erasure)" in listed


def test_what_to_use_instead_must_be_there(world: World) -> None:
    with pytest.raises(
        InputError, match=r"what to use instead.*Found other, expected none: the city has no other product"
    ):
        take_away("--instead", "other")
    assert current(world.home, "public", "cases") is not None


def test_tidying_first_says_and_then_does(world: World) -> None:
    stray = world.home.raw / "requests" / "bytes" / ("0" * 64)
    stray.write_bytes(b"x")
    before = sorted(world.home.root.rglob("*"))
    said = run("tidy", "--dry-run", "--as-of", "2027-01-01").stdout
    assert "would remove the data of cases, version 1: 4 files" in said
    assert f"would remove raw/requests/bytes/{stray.name}, which nothing names" in said
    assert sorted(world.home.root.rglob("*")) == before
    told = json.loads(run("tidy", "--as-of", "2027-01-01", "--format", "json").stdout)
    assert [row["product"] for row in told["retired"]] == ["cases"]
    assert [row["name"] for row in told["collected"]] == [f"raw/requests/bytes/{stray.name}"]
    assert not stray.exists()
    assert "Nothing to remove." in run("tidy", "--as-of", "2027-01-01").stdout


def test_a_run_and_the_status_say_that_it_is_withdrawn(world: World, tmp_path: Path) -> None:
    take_away()
    opened = opening(world, tmp_path)
    outcome = RunOutcome("town", ledger_head={"entry": 1, "sha256": "0"})
    _tell_products(CityJob(opened, RunRequest(as_of=AS_OF)), outcome)
    assert (outcome.published, outcome.unchanged, outcome.held, outcome.exit_code) == ([], [], [], 0)
    row: dict[str, Any] = outcome.withdrawn[0]
    assert (row["product"], row["by"], row["reason"]) == ("cases", "privacy@example.gov", "names people")
    console = Console(record=True, width=200)
    print_outcome(outcome, console)
    said = console.export_text()
    assert "withdrawn" in said
    assert f"lifts: {row['entry']}" in said
    facts = overview(opened, AS_OF)
    item = next(item for item in facts["to_do"] if item["kind"] == "withdrawn")
    assert item["why"].endswith("by privacy@example.gov: names people")
    assert item["do"].endswith(f"decisions.yaml: kind: review, subject: cases, lifts: {row['entry']}")
    assert item["needs_someone"] is False
    world.rulings = (ruling("review", "cases", lifts=row["entry"]),)
    item = next(i for i in overview(opening(world, tmp_path), AS_OF)["to_do"] if i["kind"] == "withdrawn")
    assert "nothing keeps it from being published by the next run" in item["why"]
