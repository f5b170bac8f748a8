"""What a unit reads is noted, and a note's digest changes with what it reads and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from catalog.site.site import Site, read_site
from catalog.site.tracing import MOST_FIELDS, Digests, gathered, traced
from catalog.views import ProductView
from contracts.city import City
from tests.unit.catalog.site_world import CHECKED_AT, World, build_world, problem, text


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("traced"))


def site_of(world: World, of: City | None = None, *, later: timedelta = timedelta()) -> Site:
    return read_site(of or world.city, world.home, "public", CHECKED_AT + later, 3)


def noted(site: Site, read: Callable[[Site], object]) -> set[str]:
    seen: set[str] = set()
    read(traced(site, seen))
    return seen


@pytest.mark.parametrize(
    ("read", "keys"),
    [
        (lambda s: s.catalog.products["districts"].title, {"products?districts", "products/districts.title"}),
        (lambda s: s.catalog.products.get("nothing"), {"products?nothing"}),
        (lambda s: "budget" in s.catalog.products, {"products?budget"}),
        (lambda s: len(s.catalog.products), {"products"}),
        (lambda s: list(s.catalog.sources), {"sources"}),
        (lambda s: [p.title for p in s.catalog.products.values()], {"products", "products/*.title"}),
        (lambda s: [s.tier for _, s in s.catalog.sources.items()], {"sources", "sources/*.tier"}),
        (lambda s: s.problems[0].question, {"site.problems", "problems/streetlights.question"}),
        (lambda s: s.city.products["districts"], {"city.products", "contracts?districts", "contracts/districts"}),
        (lambda s: s.city.name, {"city.name"}),
        (lambda s: s.catalog.runs, {"catalog.runs"}),
        (lambda s: s.today, {"site.today"}),
        (lambda s: s.checked_at, {"site.checked_at"}),
        (lambda s: s.samples["districts"], {"site.samples", "samples?districts", "samples/districts"}),
        (lambda s: s.city.measures["days"], {"city.measures", "measures?days", "measures/days"}),
        (lambda s: s.measured["days"].city, {"site.measured", "measured?days", "measured/days"}),
        (lambda s: s.newest.get("spent"), {"site.newest", "newest?spent", "newest/spent"}),
        (
            lambda s: s.measures_from("requests_monthly"),
            {
                *("site.worked_out", "worked out?requests_monthly", "worked out/requests_monthly", "city.measures"),
                *("measures?days", "measures/days", "measures?opened", "measures/opened"),
            },
        ),
    ],
)
def test_what_is_read_is_noted_as_finely_as_it_is_read(
    world: World, read: Callable[[Site], object], keys: set[str]
) -> None:
    found = noted(site_of(world), read)
    assert found - {"site.catalog", "site.city", "catalog.products", "catalog.sources"} == keys
    digests = Digests(site_of(world))
    assert all(digests.knows(key) for key in found)


def test_a_view_that_notes_is_still_that_view(world: World) -> None:
    plain = site_of(world)
    seen: set[str] = set()
    site = traced(plain, seen)
    product, same = site.catalog.products["requests_monthly"], plain.catalog.products["requests_monthly"]
    assert isinstance(product, ProductView)
    assert {f.name: getattr(product, f.name) for f in fields(ProductView)} == {
        f.name: getattr(same, f.name) for f in fields(ProductView)
    }
    assert product.release(2) is same.release(2)
    assert product.promise("frequency") == same.promise("frequency")
    assert replace(product, title=text("Other")).title.default == "Other"
    assert site.today == plain.today
    assert [p.id for p in site.served_problems("districts")] == ["streetlights"]
    assert site.product_of(site.problems[0]) is site.catalog.products["measures"]
    assert site.origin_of(site.measures_of(site.problems[0])[0]) is product


def test_reading_much_of_a_product_counts_as_the_whole_of_it(world: World) -> None:
    seen = {f"products/districts.{f.name}" for f in fields(ProductView)[: MOST_FIELDS + 1]}
    assert gathered({*seen, "products/budget.title", "products/*.title", "products?x"}) == (
        "products/*.title",
        "products/budget.title",
        "products/districts",
        "products?x",
    )


CHANGES: tuple[tuple[str, Callable[[City], City], set[str]], ...] = (
    ("nothing", replace, set()),
    (
        "a title",
        lambda c: replace(c, products={**c.products, "budget": replace(c.products["budget"], title=text("Other"))}),
        {"products/budget.title", "products/budget", "products/*.title", "products/*.contract", "contracts/budget"},
    ),
    (
        "a question",
        lambda c: replace(c, problems={"streetlights": replace(problem(), question=text("Why?"))}),
        {"problems/streetlights.question", "declared problems/streetlights"},
    ),
    ("a name", lambda c: replace(c, name=text("Other")), {"city.name"}),
    (
        "a measure's target",
        lambda c: replace(c, measures={**c.measures, "days": replace(c.measures["days"], target=5.0)}),
        {"measures/days", "measured/days", "newest/days"},
    ),
)
KEYS = (
    "products", "products?budget", "products/budget", "products/budget.title", "products/budget.state",
    "products/districts.title", "products/*.title", "products/*.state", "products/*.contract", "contracts/budget",
    "problems/streetlights.question", "problems/streetlights.title", "declared problems/streetlights", "site.problems",
    "city.name", "city.licence", "catalog.runs", "site.today", "sources/*.state", "figures/streetlights",
    "measures", "measures/days", "measures/opened", "measured/days", "measured/opened", "newest/days", "asking/days",
)  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), [(c, e) for _, c, e in CHANGES], ids=[name for name, _, _ in CHANGES])
def test_a_digest_changes_with_what_it_reads_and_nothing_else(
    world: World, change: Callable[[City], City], expected: set[str]
) -> None:
    before, after = Digests(site_of(world)), Digests(site_of(world, change(world.city)))
    changed = {key for key in KEYS if before.of(key) != after.of(key)}
    # a contract's title may stand in any lineage, so that every product's releases are told anew
    of_releases = {"figures/streetlights", "measured/days", "measured/opened", "newest/days"}
    titled = {"products/budget", "products/*.contract", *of_releases}
    structural = titled if expected & {"products/budget.title"} else set()
    assert changed - structural == expected - structural


def test_time_changes_only_what_tells_it(world: World) -> None:
    keys = {*KEYS, "site.checked_at", "products/*.late_by"}
    now, soon = Digests(site_of(world)), Digests(site_of(world, later=timedelta(minutes=20)))
    assert {key for key in keys if now.of(key) != soon.of(key)} == {"site.checked_at"}
    later = Digests(site_of(world, later=timedelta(days=40)))
    assert {"sources/*.state", "site.today"} <= {k for k in keys if now.of(k) != later.of(k)}


def test_what_is_gone_reads_as_nothing_and_a_made_up_key_is_not_known(world: World) -> None:
    digests = Digests(site_of(world))
    assert digests.of("products/no_such.title") == ""
    assert digests.of("products?no_such") == "False"
    assert not digests.knows("nothing.of_the_kind")
    assert not digests.knows("city.no_such_field")
