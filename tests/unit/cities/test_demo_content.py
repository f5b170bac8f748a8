"""The invented city's content: it loads, speaks both languages, and speaks of what the generator makes."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from cities.demo import faults, intake, places
from cities.demo.generate import DISTRICTS_FILE, REQUESTS_FILE, TIMEZONE, read_deliveries
from contracts.checks import Kind
from contracts.city import City
from contracts.city_load import load_city
from contracts.compile_checks import compile_checks


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Path(__file__).resolve().parents[3] / "cities" / "demo")


def test_the_three_shared_products_are_on_and_nothing_is_missing(city: City) -> None:
    assert sorted(city.products) == ["districts", "service_requests", "service_requests_monthly"]
    assert sorted(city.unavailable) == ["district_indices", "service_request_counts"]
    assert all(reason.has("es") for reason in city.unavailable.values())
    assert city.timezone == TIMEZONE
    assert city.languages == ("en", "es")
    assert not city.hides_counts, "its requests are public one by one"


def test_the_registers_contract_names_the_columns_that_are_written(city: City) -> None:
    register = city.sources["demo_service_requests"]
    assert tuple(c.name for c in register.columns) == faults.COLUMNS
    settings = register.servers[0].settings
    assert settings["location"] == f"deliveries/{REQUESTS_FILE}"
    assert settings["delimiter"] == faults.DELIMITER
    assert city.sources["demo_districts"].servers[0].settings["location"] == f"deliveries/{DISTRICTS_FILE}"


def test_who_reported_and_exactly_where_is_restricted(city: City) -> None:
    register = city.sources["demo_service_requests"]
    restricted = {c.name for c in register.columns if c.classification == "restricted"}
    assert restricted == {
        "direccion",
        "latitud",
        "longitud",
        "solicitante_nombre",
        "solicitante_correo",
        "solicitante_telefono",
    }
    assert all(c.classified for source in city.sources.values() for c in source.columns)
    assert register.tier == "restricted"


def test_every_text_a_reader_meets_is_in_both_languages(city: City) -> None:
    for source in city.sources.values():
        texts = [source.title, source.purpose, source.limitations, source.usage, source.object.description]
        texts += [text for c in source.columns for text in (c.title, c.description)]
        texts += [check.text for check in compile_checks(source)]
        assert all(text and text.has("es") for text in texts), source.name
    for product in city.products.values():
        assert all(check.text.has("es") for check in compile_checks(product)), product.name
    for problem in city.problems.values():
        texts = [problem.title, problem.question, problem.why, problem.not_said, *problem.users]
        texts += [problem.decision.what, problem.decision.who, problem.owner.role]
        assert problem.measure is not None
        texts += [problem.measure.title, problem.measure.unit]
        assert all(text and text.has("es") for text in texts), problem.id


def test_the_city_tightens_the_monthly_product_by_a_rule_that_can_fail(city: City) -> None:
    checks = {check.id: check for check in compile_checks(city.products["service_requests_monthly"])}
    silent = checks["no_district_falls_silent"]
    assert silent.kind is Kind.SQL
    assert silent.severity == "error"
    assert set(silent.columns) == {"month", "district_id", "is_complete_month", "opened"}
    assert silent.failing_example


def test_problems_ask_about_services_and_columns_that_exist(city: City) -> None:
    services = {s.name for s in intake.SERVICES}
    for problem in city.problems.values():
        measure = problem.measure
        assert measure is not None
        assert measure.where["category"] in services
        columns = {c.name for c in city.products[measure.product].columns}
        assert {measure.value, measure.n, measure.period, measure.area, measure.area_name} <= columns
        assert measure.product in problem.products
        newest = read_deliveries()[-1].as_of.date()
        assert problem.decision.when > newest
        assert problem.review_date > problem.decision.when


def test_the_planted_story_is_a_problem_of_the_city(city: City) -> None:
    measure = city.problems["streetlights"].measure
    assert measure is not None
    assert measure.where == {"category": intake.STORY_SERVICE}
    assert measure.direction == "lower"
    name = next(d.name for d in places.DISTRICTS if d.code == intake.STORY_DISTRICT)
    assert name in city.problems["streetlights"].question.to("en")
    assert name in city.problems["streetlights"].question.to("es")


def test_what_is_expected_adds_up_with_what_is_planted() -> None:
    folder = Path(__file__).resolve().parents[3] / "cities" / "demo"
    expected = yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))
    first, second = expected["deliveries"]
    assert first["held"] == []
    assert len(second["held"]) == 1
    quarantined = second["quarantined"]["demo_service_requests"]
    assert quarantined["records"] == faults.SPOILED
    assert sum(quarantined["reasons"].values()) >= faults.SPOILED
    assert expected["still_served"] == {second["held"][0]["product"]: 1}


def test_readers_wrote_when_there_was_something_to_read(city: City) -> None:
    """Nothing was published before the first delivery, and the demo's clock stands at the newest."""
    zone = ZoneInfo(city.timezone)
    first, last = (read_deliveries()[n].as_of.astimezone(zone).date() for n in (0, -1))
    assert city.requests
    for entry in city.requests:
        assert first <= entry.asked < last, entry.id
        assert entry.closed is None or entry.asked <= entry.closed < last, entry.id


def test_the_district_that_calls_least_is_asked_about_without_a_better_side(city: City) -> None:
    problem = city.problems["unheard"]
    assert problem.measure is not None
    assert problem.measure.direction == "none"
    least = min(places.DISTRICTS, key=lambda d: d.reporting)
    assert least.residents == max(d.residents for d in places.DISTRICTS)
    assert f"{least.name} is the largest district and the one that reports least" in problem.why.default


def test_spanish_calls_a_district_by_one_word() -> None:
    folder = Path(__file__).resolve().parents[3] / "cities" / "demo"
    texts = "\n".join(
        p.read_text(encoding="utf-8") for p in sorted(folder.rglob("*.yaml")) if p.name != "expected.yaml"
    )
    assert "istrito" in texts
    assert re.findall(r"[Cc]omunas?\b", texts) == ["comuna"]  # the register's own column
