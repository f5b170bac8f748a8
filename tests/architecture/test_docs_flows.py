"""The printed pages of what each product is made of: there, current, the same anywhere, and telling what is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.city import City
from contracts.flow.model import ModelText
from docs import flows
from docs.flow_facts import facts_of
from orchestration import flows as engine
from orchestration import shaping
from orchestration.flows import CityFlow, read_flow
from tests.integration.flow_pages import cells, entries
from tests.unit.orchestration.publish.publish_world import World
from tests.unit.orchestration.test_flows import FILLED, manifest

CITIES = flows.cities()
KILOBYTES = 150
STAGED = "select case_id, officer from raw__requests"


def test_every_city_with_products_has_its_page_and_no_other() -> None:
    assert len(CITIES) >= 6
    assert {path.stem for path in flows.FOLDER.glob("*.md")} - {"README"} == {city.id for city in CITIES}, (
        "run `make docs`"
    )


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.id)
def test_a_page_tells_of_every_column_and_of_no_machine(project_root: Path, city: City) -> None:
    text = flows.path_of(city.id).read_text(encoding="utf-8")
    assert len(text.encode()) < KILOBYTES * 1000
    assert str(project_root) not in text
    assert "/tmp" not in text
    told = cells(text)
    declared = {(name, c.name): c.classification for name, p in city.products.items() for c in p.columns}
    assert {key: rest[0] for key, rest in told.items() if key[1]} == {k: frozenset({v}) for k, v in declared.items()}
    assert "| findings | 0 |" in text
    assert "| models refused | 0 |" in text
    assert f"| [{city.name.default}]({city.id}.md) |" in flows.index()


def test_the_invented_city_s_page_is_what_its_models_compile_to() -> None:
    (city,) = flows.cities(["demo"])
    made = flows.page(city, flows.compiled(city))
    assert made == flows.path_of("demo").read_text(encoding="utf-8"), "run `python -m docs.flows`"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(shaping, "parse", lambda *_: manifest())
    return World(tmp_path)


def read(world: World, monkeypatch: pytest.MonkeyPatch, mart: str) -> CityFlow:
    models = (ModelText("stg_town__requests", STAGED), ModelText("cases", mart))
    monkeypatch.setattr(engine, "_models", lambda *_: models)
    return read_flow(world.city, world.home)


def test_a_restricted_condition_is_a_finding_on_the_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    text = flows.page(world.city, read(world, monkeypatch, f"{FILLED} from stg_town__requests where officer = 'x'"))
    assert "| findings | 0 |" not in text
    assert "- Finding: cases.case_id is declared public; what it is made from is restricted" in text
    decided = "requests: which records there are; `officer` *restricted*"
    assert f"Which records are there (restricted) is decided by: {decided}\n" in text
    assert cells(text)["cases", "case_id"][:2] == (frozenset({"public"}), frozenset({"restricted"}))
    assert "| `requests.officer` | restricted | `cases` | *restricted* |" in text


def test_a_step_is_told_with_its_version_and_by_which_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = FILLED.replace("null as opened_date", "case when step_no_text(officer) then 1 end as opened_date")
    flow = read(world, monkeypatch, f"{filled} from stg_town__requests")
    version = flow.steps["step_no_text"]
    _, _, values, conditions = cells(flows.page(world.city, flow))["cases", "opened_date"]
    assert values == {"no source's column"}
    assert conditions == {f"requests: `officer` *restricted → public, {version}*"}


def test_a_model_that_is_not_understood_is_told_as_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    text = flows.page(world.city, read(world, monkeypatch, "select * from read_csv('x.csv')"))
    assert "| models refused | 1 |" in text
    assert "not understood" in text


def test_a_step_that_lowers_nothing_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = FILLED.replace("null as opened_date", "step_no_text(case_id) as opened_date")
    flow = read(world, monkeypatch, f"{filled} from stg_town__requests")
    assert facts_of(world.city, flow).idle == ("cases uses step_no_text, which lowers nothing there",)
    assert "- cases uses step_no_text, which lowers nothing there" in flows.page(world.city, flow)


def test_a_cell_is_read_as_it_was_written() -> None:
    assert entries("a: `x`; `y` *internal*<br>b: `z`") == {"a: `x`", "a: `y` *internal*", "b: `z`"}
    assert entries("public") == {"public"}
    assert entries("") == frozenset()
