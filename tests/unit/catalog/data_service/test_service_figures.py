"""The built-in measures add up by hand, count nothing as held that did not pass, and stay within their tier."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from catalog.data_service import definitions as names
from catalog.data_service.definitions import BY_ID
from catalog.data_service.figures import MONTHS, Entry, Figure, Told, figures_of
from catalog.data_service.figures_file import COLUMNS, figures_csv
from catalog.data_service.product_records import ProductRecord, Tally
from catalog.data_service.recording import record_checks, tallies
from catalog.data_service.refreshes import Serving
from catalog.quality_views import Asks, QualityView, RuleView
from catalog.site.data_service_pages import data_service_files, told_of
from catalog.site.site import Site, read_site
from contracts.measure import ALL
from contracts.model import Text
from contracts.results import Result
from tests.unit.catalog.site_world import CHECKED_AT, SECRETS, World, build_world
from transforms.statistics.intervals import wilson

TODAY = date(2026, 4, 10)
JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, m, 1) for m in range(1, 5))
ZONE = "America/Bogota"


def told(**products: ProductRecord) -> Told:
    return Told(products, (), (), TODAY, ZONE)


def found(figures: tuple[Figure, ...], measure: str, area: str = ALL, group: str = ALL) -> dict[date, Figure]:
    return {f.period: f for f in figures if (f.measure, f.area, f.group) == (measure, area, group)}


def rule(result: str, kind: str = "range", **more: object) -> RuleView:
    facts = {"examined": 100, "failed": 0, "nulls": None, **more}
    dimension, at_gate = str(facts.pop("dimension", "conformity")), bool(facts.pop("gate", False))
    asks = Asks(str(facts.pop("id", "x")), Text("x"), kind, dimension=dimension, at_gate=at_gate)
    return RuleView(asks, result, **facts)  # type: ignore[arg-type]


def report(*rules: RuleView) -> QualityView:
    return QualityView("p", 1, "published", None, None, 100, {}, rules, ())


@pytest.mark.parametrize("result", list(Result))
def test_only_what_passed_has_held_and_only_what_did_not_apply_was_not_asked(result: Result) -> None:
    counted = tallies(report(rule(result.value), rule("passed"))).get("conformity", Tally())
    assert counted.held == 1 + (result is Result.PASSED)
    assert counted.asked == 1 + (result is not Result.NOT_APPLICABLE)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (rule("passed", "required", nulls=3), (100, 100)),
        (rule("failed", "required", failed=3, nulls=3), (100, 97)),
        (rule("passed", "range", nulls=40), (60, 60)),
        (rule("failed", "range", nulls=40, failed=6), (60, 54)),
        (rule("failed", "unique", failed=4), (100, 96)),
        (rule("failed", "sql", failed=1), (0, 0)),
        (rule("passed", "row_count"), (0, 0)),
        (rule("vacuous", "range", examined=0), (0, 0)),
        (rule("error", "range"), (0, 0)),
        (rule("not run", "range"), (0, 0)),
    ],
)
def test_checks_of_records_count_records_and_never_what_could_not_be_looked_at(
    one: RuleView, expected: tuple[int, int]
) -> None:
    assert record_checks(one) == expected


def test_of_the_gates_rules_only_those_on_the_data_count() -> None:
    fresh = rule("passed", "gate", gate=True, id="freshness", dimension="timeliness", examined=7)
    made = rule("passed", "gate", gate=True, id="files_unchanged", dimension="consistency")
    assert tallies(report(fresh, made)) == {"timeliness": Tally(1, 1, 0, 0)}


def test_renewals_by_month_with_wilsons_interval() -> None:
    def late_from(missed: int) -> ProductRecord:
        """Due on the 20th of January to March; the first ``missed`` came too late."""
        dues = [datetime(2026, m, 20, 12) for m in range(1, 5)]
        late = [timedelta(days=1 if n < missed else -1) for n in range(3)]
        return ProductRecord(
            tuple(Serving(dues[n - 1] + late[n - 1] if n else datetime(2025, 12, 1), dues[n]) for n in range(4)),
            timedelta(days=31),
        )

    figures = figures_of(told(a=late_from(0), b=late_from(1), c=late_from(2)))
    city = found(figures, names.SERVICE_LEVEL)
    assert {m: (f.numerator, f.denominator, f.value) for m, f in city.items()} == {
        JANUARY: (1, 3, 33.3),
        FEBRUARY: (2, 3, 66.7),
        MARCH: (3, 3, 100.0),
    }
    low, high = wilson([1], [3])
    assert (city[JANUARY].low, city[JANUARY].high) == (round(100 * low[0], 1), round(100 * high[0], 1)) == (6.1, 79.2)
    assert found(figures, names.SERVICE_LEVEL, "b")[JANUARY].value == 0
    assert found(figures, names.SERVICE_LEVEL, "b")[FEBRUARY].value == 100


def test_a_month_in_which_nothing_was_due_has_no_figure() -> None:
    quarterly = ProductRecord((Serving(datetime(2025, 12, 1), datetime(2026, 2, 5)),), timedelta(days=93))
    assert set(found(figures_of(told(a=quarterly)), names.SERVICE_LEVEL)) == {FEBRUARY}


def test_the_citys_calendar_says_in_which_month_something_was_due() -> None:
    at_midnight = ProductRecord((Serving(datetime(2025, 12, 1), datetime(2026, 2, 1, 4)),), timedelta(days=365))
    assert set(found(figures_of(told(a=at_midnight)), names.SERVICE_LEVEL)) == {JANUARY}


def test_what_falls_due_today_is_not_due_yet() -> None:
    midnight = datetime(2026, 4, 10, 5)  # in UTC, where Bogotá's day begins
    for moment, months in ((midnight, set()), (midnight - timedelta(seconds=1), {APRIL})):
        record = ProductRecord((Serving(datetime(2026, 3, 1), moment),), timedelta(days=31))
        assert set(found(figures_of(told(a=record)), names.SERVICE_LEVEL)) == months


def test_quality_adds_up_over_products_and_dimensions_but_accuracy_is_not_told_as_measured() -> None:
    one = ProductRecord(tallies={MARCH: {"conformity": Tally(4, 3, 100, 90), "accuracy": Tally(2, 1, 10, 9)}})
    two = ProductRecord(tallies={MARCH: {"conformity": Tally(6, 6, 200, 200)}})
    figures = figures_of(told(one=one, two=two))
    assert found(figures, names.RULES_HELD)[MARCH].value == pytest.approx(83.3)
    assert found(figures, names.RULES_HELD, "one")[MARCH].value == pytest.approx(66.7)
    assert found(figures, names.RULES_HELD, group="conformity")[MARCH].value == 90
    assert found(figures, names.RECORDS_HELD, group="conformity")[MARCH].numerator == 290
    assert not found(figures, names.RULES_HELD, group="accuracy")
    assert all(f.low is None and f.high is None for f in figures if f.measure in (names.RULES_HELD, names.RECORDS_HELD))


def test_refusals_are_of_all_attempts_and_ages_have_a_median() -> None:
    one = ProductRecord(published={MARCH: 1}, refused={MARCH: 3, APRIL: 1}, ages={MARCH: 2.0})
    two = ProductRecord(published={MARCH: 4}, ages={MARCH: 9.0})
    figures = figures_of(told(one=one, two=two))
    refused = found(figures, names.REFUSED)
    assert (refused[MARCH].numerator, refused[MARCH].denominator, refused[MARCH].value) == (3, 8, 37.5)
    assert refused[APRIL].value == 100
    assert (refused[MARCH].is_complete, refused[APRIL].is_complete) == (True, False)
    age = found(figures, names.DATA_AGE)[MARCH]
    assert (age.value, age.n, age.numerator, age.denominator) == (5.5, 2, None, None)


def test_only_the_newest_months_are_told_and_none_to_come() -> None:
    every = {date(y, m, 1): 1 for y in range(2020, 2028) for m in range(1, 13)}
    months = sorted(found(figures_of(told(a=ProductRecord(published=every))), names.REFUSED))
    assert (months[0], months[-1], len(months)) == (date(2023, 4, 1), APRIL, MONTHS + 1)


def test_reviews_of_the_inventory() -> None:
    entries = (
        Entry("a@x.example", TODAY),
        Entry("a@x.example", TODAY - timedelta(days=1)),
        Entry("b@x.example", TODAY - timedelta(days=1)),
        Entry("c@x.example", None),
    )
    figures = figures_of(replace(told(), inventory=entries))
    assert [(f.measure, f.numerator, f.denominator) for f in figures] == [
        (names.IN_REVIEW, 1, 4),
        (names.OWNERS_IN_REVIEW, 1, 3),
    ]
    assert figures_of(replace(told(), inventory=entries[3:])) == ()


# a site's figures --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("service"))


def site_of(world: World, tier: str, at: datetime = CHECKED_AT) -> Site:
    return read_site(world.city, world.home, tier, at, 3)


def written(site: Site) -> str:
    return next(data_service_files(site))[1].decode()


def test_the_file_of_a_tier_names_and_counts_nothing_above_it(world: World) -> None:
    public, internal = written(site_of(world, "public")), written(site_of(world, "internal"))
    assert not [secret for secret in SECRETS if secret in public]
    for hidden in ("staff_hours", "hidden_one", "secret_hidden"):
        assert hidden not in public
    assert "secret_hidden" not in internal and "hidden_one" not in internal
    assert "SECRET_source" in internal
    rows = list(csv.DictReader(io.StringIO(public)))
    assert tuple(rows[0]) == COLUMNS
    aside = [r for r in rows if r["measure_id"] == names.SET_ASIDE and r["area_id"] == ALL]
    assert [(r["numerator"], r["denominator"]) for r in aside] == [("0", "5")]


def test_taking_what_is_above_the_tier_away_changes_no_byte_of_its_file(world: World) -> None:
    city = world.city
    less = replace(
        city,
        products={n: p for n, p in city.products.items() if n not in ("staff_hours", "hidden_one")},
        sources={n: s for n, s in city.sources.items() if n != "secret_hidden"},
    )
    assert written(read_site(less, world.home, "public", CHECKED_AT, 3)) == written(site_of(world, "public"))


def test_a_product_is_missed_in_the_very_month_in_which_the_site_calls_it_late(world: World) -> None:
    product = site_of(world, "public").catalog.products["requests_monthly"]
    assert product.next_due is not None and product.late_by is None
    for after, late in ((timedelta(days=-1), False), (timedelta(days=2), True)):
        site = site_of(world, "public", (product.next_due + after).replace(tzinfo=CHECKED_AT.tzinfo))
        seen = site.catalog.products["requests_monthly"]
        figures = found(figures_of(told_of(site)), names.SERVICE_LEVEL, "requests_monthly")
        assert (seen.late_by is not None) == late
        assert [f.value for f in figures.values()] == ([0.0] if late else [])


def test_every_figure_stands_in_the_file_once_and_in_a_stated_order(world: World) -> None:
    figures = figures_of(told_of(site_of(world, "internal")))
    rows = figures_csv(figures).decode().splitlines()[1:]
    keys = [(f.measure, f.dimension, f.group, f.area, f.period) for f in figures]
    assert len(rows) == len(figures) == len(set(keys)) > 0
    assert figures_csv(figures) == figures_csv(figures_of(told_of(site_of(world, "internal"))))
    assert list(dict.fromkeys(f.measure for f in figures)) == [m for m in BY_ID if m in {k[0] for k in keys}]


def test_the_reference_names_every_measure_as_it_is_defined() -> None:
    page = (Path(__file__).parents[4] / "docs/reference/data-service-figures.md").read_text(encoding="utf-8")
    for defined in BY_ID.values():
        line = next(line for line in page.splitlines() if line.startswith(f"| `{defined.id}` |"))
        assert f"| {defined.version} |" in line and f"| {defined.direction} |" in line
    named = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `") and line.count("|") == 7}
    assert named == set(BY_ID)
    assert all(f"`{column}`" in page for column in COLUMNS)
