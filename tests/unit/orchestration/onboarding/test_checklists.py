"""What is still to do in a city, in order: from an empty folder to one that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.city_load import load_city
from contracts.evidence import Ledger
from contracts.home import CityHome
from orchestration.context import OpenCity
from orchestration.onboarding.checklist import STEPS, as_dict, checklist, reached, unread
from orchestration.onboarding.contract_text import contract_text
from orchestration.onboarding.item import Item
from orchestration.onboarding.likeness import likeness
from orchestration.onboarding.marks import marks_of, todo
from orchestration.onboarding.staging_draft import draft_staging, staging_sql
from orchestration.settings import Settings
from tests.unit.orchestration.onboarding.drafting import draft_of, town
from tests.unit.orchestration.onboarding.test_staging_drafts import ENTITIES, WORDS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return town(tmp_path / "cities").folder


def listed(folder: Path) -> tuple[Item, ...]:
    home = CityHome(folder.parent.parent / "var" / "town")
    return checklist(OpenCity(load_city(folder), home, Ledger(home.ledger), Settings()))


def texts(items: tuple[Item, ...], kind: str) -> list[str]:
    return [f"{item.step}: {item.text}" for item in items if item.kind == kind]


def add(folder: Path) -> None:
    draft = draft_of(load_city(folder))
    (folder / "sources" / "town_requests.odcs.yaml").write_text(contract_text(draft), encoding="utf-8")
    staging = draft_staging(draft, likeness(draft, ENTITIES["service_requests"], WORDS), WORDS)
    (folder / "staging" / f"{staging.model}.sql").write_text(staging_sql(staging), encoding="utf-8")


def turn_on(folder: Path, *products: str) -> None:
    for name in products:
        (folder / "products" / f"{name}.yaml").write_text(f"product: {name}\nenabled: true\n", encoding="utf-8")


def test_an_empty_city_is_told_its_first_step(folder: Path) -> None:
    items = listed(folder)
    assert texts(items, "stops")[0] == "sources: none yet"
    assert next(item for item in items if item.kind == "stops").do == "cauce source add ADDRESS --city town"
    assert not [item for item in items if item.do == "cauce run --city town"]


def test_a_draft_is_listed_mark_by_mark_with_its_lines(folder: Path) -> None:
    add(folder)
    items = listed(folder)
    assert texts(items, "stops") == ["products: none is on: nothing would be published"]
    meaning = next(item for item in items if "say what it means" in item.text)
    assert meaning.text.startswith("8 times: say what it means; also lines ")
    path, _, line = meaning.where.rpartition(":")
    assert "say what it means" in Path(path).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    first = next(item.do for item in items if "can be turned on" in item.text)
    assert first.startswith("printf 'product: service_requests")
    assert [item.do for item in items if "never fetched" in item.text] == [
        "cauce source fetch town_requests --city town"
    ]


def test_with_a_product_on_nothing_stops_the_run(folder: Path) -> None:
    add(folder)
    turn_on(folder, "service_requests")
    items = listed(folder)
    assert texts(items, "stops") == []
    assert [item.do for item in items if item.step == "first run"] == ["cauce run --city town"]
    assert "products: service_requests is on" in texts(items, "good")
    assert "products: districts is off: no districts is delivered" in texts(items, "advice")


def test_a_product_with_less_exact_columns_asks_for_a_review(folder: Path) -> None:
    add(folder)
    turn_on(folder, "service_requests")
    told = next(item for item in listed(folder) if "a step made less exact" in item.text)
    assert (told.step, told.kind, told.where) == ("products", "to do", str(folder / "decisions.yaml"))
    assert told.text.startswith("service_requests: nobody reviewed what a step made less exact (")
    assert "opened_date" in told.text
    entry = (
        "- {kind: review, subject: service_requests, author: a@example.gov, by: b@example.gov, on: 2020-01-01, "
        "until: 2020-06-30, risk: low, value: Good to know., decision: open, reason: read, "
        "covers: [generalise_date, compare_times, point_to_area]}\n"
    )
    (folder / "decisions.yaml").write_text(entry, encoding="utf-8")
    stops = next(item for item in listed(folder) if "was not made again" in item.text)
    assert stops.kind == "stops"
    (folder / "decisions.yaml").write_text(entry.replace("until: 2020-06-30", "until: 2999-01-01"), encoding="utf-8")
    assert not [item for item in listed(folder) if "review" in item.text]


def test_a_staging_model_that_does_not_bind_stops_the_run_at_its_line(folder: Path) -> None:
    add(folder)
    path = folder / "staging" / "stg_town__service_requests.sql"
    path.write_text(path.read_text(encoding="utf-8").replace('"Borough"', '"Burough"'), encoding="utf-8")
    stops = [item for item in listed(folder) if item.kind == "stops" and item.step == "entities"]
    assert "Burough" in stops[0].text
    line = int(stops[0].where.rpartition(":")[2])
    assert "Burough" in path.read_text(encoding="utf-8").splitlines()[line - 1]


def test_a_required_column_that_is_null_stops_the_run(folder: Path) -> None:
    add(folder)
    path = folder / "staging" / "stg_town__service_requests.sql"
    text = path.read_text(encoding="utf-8").replace('"Complaint Type" as', "cast(null as varchar) as")
    path.write_text(text, encoding="utf-8")
    assert (
        "entities: service_requests: service_name must be found in the source: nothing is published without"
        in texts(listed(folder), "stops")
    )


def test_a_column_that_looks_personal_and_is_open_is_pointed_at(folder: Path) -> None:
    add(folder)
    path = folder / "sources" / "town_requests.odcs.yaml"
    head, name, tail = path.read_text(encoding="utf-8").partition("- name: Incident Address")
    path.write_text(head + name + tail.replace("restricted", "public", 1), encoding="utf-8")
    told = [item for item in listed(folder) if "looks personal" in item.text]
    assert told[0].text == (
        "town_requests: Incident Address is public, and looks personal: addresses, in 100 % of the sample"
    )


def test_a_city_that_does_not_load_says_why_first(folder: Path) -> None:
    add(folder)
    items = unread("town", folder, "broken", f"{folder}/city.yaml:3")
    assert (items[0].kind, items[0].text, items[0].where) == ("stops", "broken", f"{folder}/city.yaml:3")
    assert len(items) > 5


def test_a_portal_without_encryption_is_told(folder: Path) -> None:
    path = folder / "city.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "portals:\n  open: http://data.town.example\n", encoding="utf-8")
    told = [item for item in listed(folder) if "without encryption" in item.text]
    assert "portals" not in told[0].where
    assert told[0].where.endswith(f":{len(path.read_text(encoding='utf-8').splitlines())}")


def test_an_address_that_does_not_answer_is_told_only_when_asked(folder: Path, tmp_path: Path) -> None:
    add(folder)
    home = CityHome(tmp_path / "var" / "town")
    opened = OpenCity(load_city(folder), home, Ledger(home.ledger), Settings(home=tmp_path / "var"))
    assert not [item for item in checklist(opened) if item.step == "answers"]
    found = tuple(reached(opened, {}))
    assert (found[0].kind, "a source's file is not there" in found[0].text) == ("stops", True)
    (folder / "x.json").write_text("[]")
    assert [item.kind for item in reached(opened, {})] == ["good"]
    assert {item.step for item in (*checklist(opened), *reached(opened, {}))} <= set(STEPS)


def test_the_json_counts_what_stops(folder: Path) -> None:
    told = as_dict("town", folder, listed(folder))
    assert (told["city"], told["stops"], told["folder"]) == ("town", 2, str(folder))
    assert set(told["items"][0]) == {"step", "kind", "text", "where", "do"}


def test_marks_stand_in_texts_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f'a: "{todo("say it")}"\n# {todo("ask")}\nb: [{todo("list")}]\nc: to do: nothing\n')
    assert [(mark.line, mark.text) for mark in marks_of(path)] == [(1, "say it"), (2, "ask"), (3, "list")]
