"""A source, or the release before, that was closed since: no view and no file that is handed on tells of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.reports import quality as read_report
from catalog.site.making import released
from catalog.site.quality_pages import offers_report
from catalog.store import Store
from catalog.told_inputs import AGAINST_LAST, known_as, told_quality, told_report
from catalog.views import PAGED, CatalogView, ProductView
from contracts import kept
from contracts.city import City
from contracts.release import InputRef
from orchestration.publish.gate_rules import RULES
from tests.unit.catalog.site_world import AS_OF, CHECKED_AT, DISTRICT_ROWS, World, build_world, column, text

NEWEST = PAGED + 2


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = build_world(tmp_path_factory.mktemp("closed"))
    map_alone = (InputRef("district_map", "b" * 64, AS_OF, 5, 5, 0, 0),)
    for version in range(3, NEWEST + 1):
        day = datetime(2026, 10, version + 2, 6, 10, tzinfo=UTC)
        made.release("districts", version, DISTRICT_ROWS, day.isoformat(), made_from=map_alone)
    return made


def closed(world: World, **of_source: Any) -> City:
    """The city whose map of districts is staff's alone since."""
    of_source = {"tier": "internal", **of_source}
    return replace(
        world.city,
        sources={**world.city.sources, "district_map": replace(world.city.sources["district_map"], **of_source)},
    )


def view(world: World, city: City, tier: str = "public") -> CatalogView:
    return Store(city, world.home, tier).catalog(CHECKED_AT)


def reports(product: ProductView) -> set[str]:
    return {address for address, _, _ in released(product) if address.endswith("quality.json")}


def test_while_everything_is_open_each_report_is_handed_on(world: World) -> None:
    product = view(world, world.city).products["districts"]
    assert len(reports(product)) == NEWEST
    assert all(offers_report(product, release) for release in product.releases)


def test_the_rule_that_compares_is_the_gates(world: World) -> None:
    assert AGAINST_LAST in {rule.id for rule in RULES}


def test_a_report_that_names_a_source_closed_since_is_not_handed_on(world: World) -> None:
    product = view(world, closed(world)).products["districts"]
    assert reports(product) == set()
    assert not any(offers_report(product, release) for release in product.releases)
    data = {address for address, _, _ in released(product) if address.endswith("data.csv")}
    assert len(data) == NEWEST, "the data itself stays"
    staff = view(world, closed(world), "internal").products["districts"]
    assert len(reports(staff)) == NEWEST


def test_a_closed_source_is_its_card_on_pages_and_its_counts_only_where_its_contract_says_so(world: World) -> None:
    for counts_told, quarantined in ((False, None), (True, 0)):
        city = closed(world, withheld_count_public=counts_told)
        release = view(world, city).products["districts"].releases[0]
        told = {c.source: c.quarantined for c in release.quality.counts}
        assert told["Map of districts"] == quarantined
        assert "district_map" not in told
        assert [i.name for i in release.manifest.inputs] == ["Map of districts"]
        assert [i.quarantined for i in release.manifest.inputs] == [quarantined]
        assert release.manifest.inputs[0].sha256 is None


@pytest.mark.parametrize("gone", ["hidden", "left"])
def test_a_source_that_is_hidden_or_left_the_city_is_not_told_at_all(world: World, gone: str) -> None:
    city = closed(world, inventory="hidden")
    if gone == "left":
        others = {k: v for k, v in world.city.sources.items() if k != "district_map"}
        city = replace(world.city, sources=others)
    release = view(world, city).products["districts"].releases[0]
    assert "district_map" not in {c.source for c in release.quality.counts}
    assert release.manifest.inputs == ()


def comparing(folder: Path, products: tuple[str, ...] = ("grown",)) -> World:
    """A product whose first release had a column that was closed since, and whose second tells the first one's size."""
    made = build_world(folder)
    contract = replace(made.city.products["districts"], name=products[0], id=f"product/{products[0]}")
    older = replace(
        contract,
        object=replace(
            contract.object, properties=(*contract.columns, column("extra", "integer", "public", text("Extra.")))
        ),
    )
    both = World(replace(made.city, products={**made.city.products, products[0]: older}), made.home)
    both.release(products[0], 1, f"SELECT *, 1 AS extra FROM ({DISTRICT_ROWS})", "2026-10-01T06:10:00+00:00")
    after = World(replace(made.city, products={**made.city.products, products[0]: contract}), made.home)
    after.release(products[0], 2, DISTRICT_ROWS, "2026-10-02T06:10:00+00:00")
    after.release(products[0], 3, DISTRICT_ROWS, "2026-10-03T06:10:00+00:00")
    return after


def report(**more: Any) -> dict[str, Any]:
    gate = {"id": AGAINST_LAST, "result": "passed", "value": 0.25, "detail": "4 records became 5"}
    return {"gate": [gate], "reconciliation": {"sources": [], "previous_rows": 4, "product_rows": 5}, **more}


def test_of_a_release_before_that_is_closed_not_even_the_size_is_told(tmp_path: Path) -> None:
    world = comparing(tmp_path)
    for version in (2, 3):
        # as the gate would keep it; the small world's reports compare nothing
        place = world.home.release_dir("public", "grown") / str(version)
        told = kept.read_json(place / "quality.json")
        told["reconciliation"]["previous_rows"] = 4
        told["gate"].append({**told["gate"][0], **report()["gate"][0]})
        rewrite(world, "grown", version, told)
    product = view(world, world.city).products["grown"]
    assert [c.version for c in product.closed] == [1]
    third, second = product.releases
    assert third.quality.previous_rows == 4
    assert second.quality.previous_rows is None
    compared = next(r for r in second.quality.rules if r.id == AGAINST_LAST)
    assert (compared.value, compared.detail, compared.result) == (None, "", "passed")
    assert reports(product) == {"data/grown/3/quality.json"}
    assert offers_report(product, third) and not offers_report(product, second)


def rewrite(world: World, product: str, version: int, told: dict[str, Any]) -> None:
    """Another quality report in a kept release, and the hashes of it all the way up."""
    folder = world.home.release_dir("public", product)
    data = kept.canonical_json(told)
    (folder / str(version) / "quality.json").write_bytes(data)
    path = folder / str(version) / "manifest.json"
    manifest = kept.read_json(path)
    for file in manifest["files"]:
        if file["path"] == "quality.json":
            file.update(sha256=kept.sha256_bytes(data), bytes=len(data))
    path.write_bytes(kept.canonical_json(manifest))
    for commit in (folder / "commits").glob("*.json"):
        value = kept.read_json(commit)
        if value["version"] == version:
            commit.write_bytes(kept.canonical_json({**value, "manifest_sha256": kept.sha256_bytes(path.read_bytes())}))


def test_what_tells_no_more_than_it_may_is_the_same(world: World) -> None:
    assert told_report(report(), world.city, "public", before=True) == report()
    assert told_report({"rules": []}, world.city, "public", before=True) == {"rules": []}
    cut = told_report(report(), world.city, "public", before=False)
    assert cut["reconciliation"]["previous_rows"] is None
    assert "4" not in str(cut["gate"])


@pytest.mark.parametrize("tier", ["public", "internal"])
@pytest.mark.parametrize("before", [True, False])
def test_a_report_that_was_read_is_cut_as_a_kept_one(world: World, tier: str, before: bool) -> None:
    counts = {"received": 9, "accepted": 7, "quarantined": 1, "rejected": 1}
    names = ("district_map", "SECRET_source", "Register of requests", "nobody")
    told = report(reconciliation={"sources": [{"source": n, **counts} for n in names], "previous_rows": 4})
    told["rules"] = [{**told["gate"][0], "kind": "sql"}]
    for city in (
        world.city,
        closed(world),
        closed(world, withheld_count_public=True),
        closed(world, inventory="hidden"),
    ):
        cut = read_report(told_report(told, city, tier, before=before))
        assert told_quality(read_report(told), city, tier, before=before) == cut
        assert (cut.previous_rows is None, cut.rules[-1].detail == "") == (not before, not before)
        assert cut.rules[0].detail, "only the gate's own rule is cut"


def test_staff_may_know_a_source_above_them_by_its_name_unless_it_is_hidden(world: World) -> None:
    assert known_as(world.city, "SECRET_source", "internal") == ("SECRET_source", True)
    assert known_as(world.city, "SECRET_source", "public") == ("Register of requests", False)
    assert known_as(world.city, "Register of requests", "public") == ("Register of requests", False)
    assert known_as(world.city, "ribera/district_map", "public") == ("ribera/district_map", True)
    hidden = replace(world.city.sources["SECRET_source"], inventory="hidden")
    city = replace(world.city, sources={**world.city.sources, "SECRET_source": hidden})
    assert known_as(city, "SECRET_source", "internal") is None
