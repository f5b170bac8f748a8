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


def test_the_shared_products_are_on_and_nothing_is_missing(city: City) -> None:
    assert sorted(city.products) == ["districts", "measures", "service_requests", "service_requests_monthly"]
    assert sorted(city.unavailable) == ["district_indices", "measure_gaps", "service_request_counts"]
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
        for record in problem.decided:
            texts += [record.what, record.by, *(seen.what for seen in record.after)]
        assert all(text and text.has("es") for text in texts), problem.id
    for measure in city.measures.values():
        assert measure.phrase, measure.id
        assert measure.city_phrase, measure.id
        texts = [measure.title, measure.definition, measure.unit, measure.gaming, measure.owner.role]
        texts += [measure.phrase, measure.city_phrase]
        texts += [text for old in measure.earlier for text in (old.definition, old.why)]
        assert all(text and text.has("es") for text in texts), measure.id
    for entry in city.follow_ups:
        texts = [entry.what, entry.owner.role, *([entry.response] if entry.response else [])]
        assert all(text.has("es") for text in texts), entry.id


def test_the_city_tightens_the_monthly_product_by_a_rule_that_can_fail(city: City) -> None:
    checks = {check.id: check for check in compile_checks(city.products["service_requests_monthly"])}
    silent = checks["no_district_falls_silent"]
    assert silent.kind is Kind.SQL
    assert silent.severity == "error"
    assert set(silent.columns) == {"month", "district_id", "is_complete_month", "opened"}
    assert silent.failing_example


def test_problems_are_decided_after_the_newest_figures(city: City) -> None:
    newest = read_deliveries()[-1].as_of.date()
    for problem in city.problems.values():
        assert problem.measures
        assert problem.decision.when > newest
        assert problem.review_date > problem.decision.when
        assert {city.measures[name].formula.product for name in problem.measures[:1]} <= set(problem.products)


def test_measures_count_services_that_exist(city: City) -> None:
    services = {s.name for s in intake.SERVICES}
    counted = [value for m in city.measures.values() for f in m.formulas for value in f.where.get("category", ())]
    assert counted
    assert set(counted) <= services


def test_every_measure_answers_a_problem(city: City) -> None:
    asked = [name for problem in city.problems.values() for name in problem.measures]
    assert sorted(asked) == sorted(city.measures)


def test_the_planted_story_is_a_problem_of_the_city(city: City) -> None:
    problem = city.problems["streetlights"]
    measure = city.measures[problem.measures[0]]
    assert measure.formula.where == {"category": (intake.STORY_SERVICE,)}
    assert (measure.formula.kind, measure.formula.quantile, measure.direction) == ("days", 0.5, "lower")
    name = next(d.name for d in places.DISTRICTS if d.code == intake.STORY_DISTRICT)
    assert name in problem.question.to("en")
    assert name in problem.question.to("es")
    kinds = {city.measures[one].formula.kind for one in problem.measures}
    assert kinds == {"days", "share", "count", "ratio", "rate"}


def test_the_city_keeps_the_promises_it_states(city: City) -> None:
    """Days that a definition promises are those by which the register's due dates are set."""
    days = {s.name: s.promised_days for s in intake.SERVICES}
    said = {10: "ten days", 20: "twenty days"}
    for name in ("streetlights_on_time", "potholes_on_time"):
        measure = city.measures[name]
        (service,) = measure.formula.where["category"]
        assert said[days[service]] in measure.definition.default


def test_a_definition_was_changed_and_both_are_kept(city: City) -> None:
    measure = city.measures["potholes_on_time"]
    (old,) = measure.earlier
    assert (measure.formula.numerator, measure.formula.denominator) == ("due_on_time", "due")
    assert (old.formula.numerator, old.formula.denominator) == ("closed_on_time", "closed_with_due")
    first = read_deliveries()[0]
    assert old.until < first.as_of.date(), "the new definition holds in the first delivery already"


def test_what_was_decided_rests_on_a_release_that_was_there(city: City) -> None:
    """A decision came after the release it names, and before the demo's clock stands still."""
    folder = Path(__file__).resolve().parents[3] / "cities" / "demo"
    expected = yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))["deliveries"]
    zone = ZoneInfo(city.timezone)
    days = [delivery.as_of.astimezone(zone).date() for delivery in read_deliveries()]
    decided = [record for problem in city.problems.values() for record in problem.decided]
    assert any(record.after for record in decided)
    for record in decided:
        published = [
            day
            for day, plan in zip(days, expected, strict=True)
            if plan["published"].get(record.product) == record.version
        ]
        assert published, f"release {record.version} of {record.product} is never published"
        assert published[0] <= record.on < days[-1]
        assert all(seen.on < days[-1] for seen in record.after)


def test_follow_ups_stand_as_a_meeting_would_find_them(city: City) -> None:
    """At the demo's clock one is overdue, one is not due yet, one is done and one was dropped."""
    now = read_deliveries()[-1].as_of.astimezone(ZoneInfo(city.timezone)).date()
    states = {entry.status for entry in city.follow_ups}
    assert states == {"open", "done", "dropped"}
    still = [entry for entry in city.follow_ups if entry.status == "open"]
    assert [entry.id for entry in still if entry.due < now]
    assert [entry.id for entry in still if entry.due >= now]
    assert all(entry.asked < now for entry in city.follow_ups)


def test_what_is_expected_adds_up_with_what_is_planted() -> None:
    folder = Path(__file__).resolve().parents[3] / "cities" / "demo"
    expected = yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))
    first, second = expected["deliveries"]
    assert first["held"] == []
    assert [row["rule"] for row in second["held"]] == ["held_upstream", "no_district_falls_silent"]
    quarantined = second["quarantined"]["demo_service_requests"]
    assert quarantined["records"] == faults.SPOILED
    assert sum(quarantined["reasons"].values()) >= faults.SPOILED
    assert expected["still_served"] == {row["product"]: 1 for row in second["held"]}


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
    assert {city.measures[name].direction for name in problem.measures[:2]} == {"none"}
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
