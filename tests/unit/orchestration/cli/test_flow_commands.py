"""``cauce tier explain`` and ``cauce lineage show``: text and JSON, and the exit code where something is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.errors import InputError
from orchestration import context, shaping
from orchestration.cli.main import app
from orchestration.context import OpenCity
from orchestration.settings import Settings
from tests.unit.orchestration.publish.publish_world import World
from tests.unit.orchestration.test_explaining import COUNTED, STAGED
from tests.unit.orchestration.test_flows import compiled, manifest


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    made.deliver()
    compiled(made, stg_town__requests=STAGED, cases=COUNTED)
    opened = OpenCity(made.city, made.home, made.ledger, Settings(home=tmp_path / "var"))
    monkeypatch.setattr(shaping, "parse", lambda *_: manifest())
    monkeypatch.setattr(context, "open_city", lambda *_: opened)
    return made


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "300"})
    if isinstance(result.exception, InputError):
        raise result.exception
    return result


def test_a_product_that_shows_no_more_than_it_may_ends_well(world: World) -> None:
    result = run("tier", "explain", "cases")
    assert result.exit_code == 0
    assert "✓ 8 followed; none shows more than its contract allows" in result.stdout
    assert "case_id  declared public, by what it is made from public" in result.stdout
    assert "made of no source's column" in result.stdout or "raw__requests.case_id" in result.stdout


def test_one_that_shows_more_exits_with_1_and_says_the_way(world: World) -> None:
    compiled(world, cases=f"{COUNTED} where officer is not null")
    result = run("tier", "explain", "cases.case_id")
    assert result.exit_code == 1
    assert "✗ cases.case_id is declared public; what it is made from is restricted" in result.stdout
    assert "stg_town__requests.officer [filter]" in result.stdout
    assert "none shows more" not in result.stdout
    told = run("tier", "explain", "cases.case_id", "--format", "json")
    assert told.exit_code == 1
    found = json.loads(told.stdout)
    assert set(found) == {"product", "followed", "columns", "findings", "notes"}
    assert set(found["columns"][0]) == {"column", "declared", "computed", "ways"}
    assert found["columns"][0]["computed"] == "restricted"


def test_of_many_ways_the_first_are_told_and_all_on_request(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.cli import tier

    compiled(world, cases=f"{COUNTED} where officer is not null")
    monkeypatch.setattr(tier, "SHOWN", 1)
    assert "… and 2 more: --all" in run("tier", "explain", "cases.case_id").stdout
    assert "more: --all" not in run("tier", "explain", "cases.case_id", "--all").stdout


def test_lineage_of_a_product_and_of_a_column(world: World) -> None:
    whole = run("lineage", "show", "cases")
    assert whole.exit_code == 0
    assert [line.split()[:2] for line in whole.stdout.splitlines()] == [
        ["source", "requests"],
        ["staging", "stg_town__requests"],
        ["mart", "cases"],
        ["release", "cases"],
    ]
    assert "Padrón Sellado  restricted" in whole.stdout
    compiled(world, cases=f"{COUNTED} where officer is not null")
    of_column = run("lineage", "show", "cases.days_open").stdout
    assert "  days_open ← stg_town__requests.case_id (transformation)" in of_column
    assert "  which records: stg_town__requests.officer (filter)" in of_column
    found = json.loads(run("lineage", "show", "cases.days_open", "--format", "json").stdout)
    assert (found["product"], found["column"], len(found["steps"])) == ("cases", "days_open", 4)


@pytest.mark.parametrize("command", [("tier", "explain"), ("lineage", "show")])
def test_what_is_not_there_is_said(world: World, command: tuple[str, str]) -> None:
    with pytest.raises(InputError, match=r"no such product, city town\. Found 'nothing', expected cases\."):
        run(*command, "nothing")
