"""What is stale: only what a change can reach."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from contracts.city import City, Ruling
from contracts.city_load import load_city
from contracts.home import CityHome
from contracts.model import Place
from orchestration import plan

AS_OF = "2026-10-01T05:00:00+00:00"
INPUTS = {"demo_service_requests": "a" * 64, "demo_districts": "b" * 64}


@pytest.fixture
def city(project_root: Path, tmp_path: Path) -> City:
    folder = tmp_path / "demo"
    shutil.copytree(project_root / "cities" / "demo", folder, ignore=shutil.ignore_patterns("*.py", "deliveries"))
    return load_city(folder)


def prints(city: City, inputs: dict[str, str] = INPUTS, as_of: str = AS_OF) -> dict[str, str]:
    return {name: plan.product_fingerprint(city, c, inputs, as_of) for name, c in city.products.items()}


def test_the_same_facts_give_the_same_fingerprint(city: City) -> None:
    assert prints(city) == prints(load_city(city.folder))


def test_a_new_delivery_touches_only_what_reads_it(city: City) -> None:
    changed = prints(city, {**INPUTS, "demo_service_requests": "c" * 64})
    assert {name for name in changed if changed[name] != prints(city)[name]} == {
        "measures",
        "service_requests",
        "service_requests_monthly",
    }


@pytest.mark.parametrize("change", ["as_of", "timezone", "minimum_cell", "staging"])
def test_whatever_may_change_a_figure_makes_it_stale(city: City, change: str) -> None:
    before = prints(city)["service_requests_monthly"]
    if change == "as_of":
        after = prints(city, as_of="2026-10-02T05:00:00+00:00")
    elif change == "timezone":
        after = prints(replace(city, timezone="America/Lima"))
    elif change == "minimum_cell":
        after = prints(replace(city, minimum_cell=5))
    else:
        path = city.folder / "staging" / "stg_demo__service_requests.sql"
        path.write_text(path.read_text() + "\n-- a remark\n")
        after = prints(city)
    assert after["service_requests_monthly"] != before


def test_a_contract_change_touches_its_product_alone(city: City) -> None:
    name = "districts"
    products = {**city.products, name: replace(city.products[name], sha256="0" * 64)}
    changed = prints(replace(city, products=products))
    assert {n for n in changed if changed[n] != prints(city)[n]} == {name}


def test_a_waiver_that_has_ended_makes_its_product_stale(city: City) -> None:
    ruling = Ruling(
        "waiver", "districts.rule", "why", "a@example.gov", date(2026, 1, 1), date(2026, 2, 1), None, Place("d")
    )
    waived = replace(city, rulings=(ruling,))

    def on(day: date) -> str:
        return plan.product_fingerprint(waived, waived.products["districts"], INPUTS, AS_OF, day)

    assert on(date(2026, 1, 15)) == on(date(2026, 2, 1))
    assert on(date(2026, 2, 2)) != on(date(2026, 2, 1))


def test_what_lifts_a_hold_lets_the_measures_be_tried_again(city: City) -> None:
    ruling = Ruling(
        "waiver", "service_requests_monthly.rule", "why", "a@example.gov", date(2026, 1, 1), None, None, Place("d")
    )
    after = prints(replace(city, rulings=(*city.rulings, ruling)))
    tried_again = {n for n in after if after[n] != prints(city)[n]}
    assert tried_again >= {"measures", "service_requests_monthly"}
    assert tried_again.isdisjoint({"districts", "service_requests"})


def test_a_changed_formula_touches_the_measures_alone(city: City) -> None:
    measure = city.measures["streetlight_days"]
    changed = replace(measure, formula=replace(measure.formula, quantile=0.8))
    after = prints(replace(city, measures={**city.measures, measure.id: changed}))
    touched = {n for n in after if after[n] != prints(city)[n]}
    assert "measures" in touched
    assert touched.isdisjoint({"districts", "service_requests", "service_requests_monthly"})


def test_what_was_seen_comes_back(tmp_path: Path) -> None:
    home = CityHome(tmp_path)
    assert plan.load_seen(home) == plan.Seen()
    seen = plan.Seen({"p": plan.Attempted("f", "held", ({"rule": "r", "sentence": "s"},))}, "pages")
    plan.save_seen(home, seen)
    assert plan.load_seen(home) == seen


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format_version": 99}', '{"format_version": 1, "products": 3}'])
def test_an_unreadable_plan_is_an_empty_one(tmp_path: Path, text: str) -> None:
    home = CityHome(tmp_path)
    home.plan.write_text(text)
    assert plan.load_seen(home) == plan.Seen()


def test_a_new_commit_makes_the_pages_stale(city: City, tmp_path: Path) -> None:
    home = CityHome(tmp_path / "state")
    home.root.mkdir()
    before = plan.catalogue_fingerprint(city, home, "")
    (home.releases / "public" / "p" / "commits").mkdir(parents=True)
    (home.releases / "public" / "p" / "commits" / "000001.json").write_text("{}")
    assert plan.catalogue_fingerprint(city, home, "") != before
