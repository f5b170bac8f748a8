"""Quality reports, their history and the inventory, made from kept files as a run leaves them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog import reports
from catalog.settings import CatalogSettings
from catalog.site.inventory_pages import MOST_ROWS, inventory_files, inventory_pages
from catalog.site.quality_history import MOST_RELEASES, history_of
from catalog.site.quality_pages import MOST_MEASURED, quality_pages
from catalog.site.rendering import Renderer
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from catalog.site.status_page import status_pages
from catalog.store import naive_utc
from catalog.views import PAGED, ClosedRelease, ProductView, SetAside
from contracts.city import Ruling
from contracts.evidence import EntryKind
from contracts.model import Text
from tests.unit.catalog.site_world import CHECKED_AT, HERE, SECRETS, World, build_world, quality, rule, text

PRODUCT = "requests_monthly"
OTHER_RESULTS = ("failed", "warned", "waived", "error", "not run", "vacuous", "not applicable")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("quality"))


def site_of(world: World, tier: str) -> Site:
    return read_site(world.city, world.home, tier, CHECKED_AT, CatalogSettings().sample_rows)


def rendered(site: Site, product: ProductView, language: str = "en") -> dict[str, str]:
    """The quality pages of a product by address."""
    speech = Speech(site.city, language)
    renderer = Renderer(speech, site.tier, tuple(site.city.languages))
    return {p.address: renderer.render(p).decode() for p in quality_pages(site, speech, product)}


def page(site: Site, address: str, language: str = "en") -> str:
    return rendered(site, site.catalog.products[PRODUCT], language)[f"{language}/quality/{PRODUCT}/{address}index.html"]


def grown(product: ProductView, releases: int, rules: int, odd: int = 6) -> ProductView:
    """The product with many releases of many rules each; every ``odd``-th rule came out otherwise at times."""
    first = product.releases[-1]

    def asked(n: int, version: int) -> dict[str, Any]:
        said = text(
            f"Every value of the column number {n} is one of those its contract allows, or empty.",
            f"Todo valor de la columna número {n} es uno de los que su contrato permite, o está vacío.",
        )
        result = OTHER_RESULTS[(n + version) % len(OTHER_RESULTS)] if n % odd == 0 and version % 3 == 0 else "passed"
        query = "SELECT count(*) FROM data WHERE x NOT IN (1, 2) " * 3
        return rule(f"column_{n}.valid", said, kind="valid", result=result, value=float(n * version),
                    failed=result != "passed", query=query)  # fmt: skip

    def release(version: int) -> Any:
        told = quality(product.name, "internal", version, rules=[asked(n, version) for n in range(rules)])
        manifest = replace(first.manifest, version=version, rows=300 + version)
        return replace(first, manifest=manifest, quality=reports.quality(told, first.dating),
                       published_at=first.published_at + timedelta(days=version))  # fmt: skip

    made = tuple(release(version) for version in range(releases, 0, -1))
    return replace(product, releases=made, current=made[0], attempts=(), held=None)


@pytest.mark.parametrize("language", ["en", "es"])
def test_sixty_rules_over_twelve_releases_weigh_less_than_100_kb(world: World, language: str) -> None:
    site = site_of(world, "internal")
    made = rendered(site, grown(site.catalog.products[PRODUCT], 12, 60), language)
    assert len(made) == 13
    assert max(len(text.encode()) for text in made.values()) < 100_000
    matrix = made[f"{language}/quality/{PRODUCT}/index.html"]
    assert len(re.findall(r'<td><a(?: class="(?:fair|poor|quiet)")? href="\d+/index\.html#r\d+">', matrix)) == 61 * 12


def test_with_very_many_rules_those_that_always_held_are_told_in_a_line_each(world: World) -> None:
    site = site_of(world, "internal")
    made = rendered(site, grown(site.catalog.products[PRODUCT], 14, 300))
    matrix = made[f"en/quality/{PRODUCT}/index.html"]
    assert matrix.count("asked in 12 reports") == 251
    assert matrix.count("<td><a") == 50 * 12
    assert len(matrix.encode()) < 150_000
    assert 'href="2/index.html' not in matrix and 'href="3/index.html' in matrix


def test_every_cell_leads_to_the_rule_in_that_report(world: World) -> None:
    site = site_of(world, "internal")
    product = grown(site.catalog.products[PRODUCT], 5, 20)
    made = rendered(site, product)
    matrix = made[f"en/quality/{PRODUCT}/index.html"]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', matrix)
    followed = 0
    for sentence, cells in rows:
        for version, place, word in re.findall(r'href="(\d+)/index\.html#r(\d+)">.<b>(.*?)</b>', cells):
            report = made[f"en/quality/{PRODUCT}/{version}/index.html"]
            found = re.search(rf'<(?:tr|li) id="r{place}">(.*?)</(?:tr|li)>', report, re.DOTALL)
            assert found is not None, (sentence, version)
            assert sentence in found.group(1), (sentence, version)
            assert word in found.group(1) or word == "Does not apply", (sentence, version, word)
            followed += 1
    assert followed == 21 * 5


def test_the_history_counts_back_from_the_newest_and_shows_attempts_between_releases(world: World) -> None:
    site = site_of(world, "internal")
    history = history_of(site.catalog.products[PRODUCT], Speech(site.city, "en"))
    assert [h.label for h in history.happenings] == ["release 1", "release 2", "refused attempt"]
    failed = next(row for row in history.uneven if row.id == "rowCountChange")
    assert [cell.status.word if cell.status else "" for cell in failed.cells] == ["", "", "Failed"]
    assert len(history_of(grown(site.catalog.products[PRODUCT], 30, 1), Speech(site.city, "en")).happenings) == (
        MOST_RELEASES
    )


def test_measured_values_stand_as_a_line_and_as_figures(world: World) -> None:
    site = site_of(world, "internal")
    matrix = rendered(site, grown(site.catalog.products[PRODUCT], 3, 2))[f"en/quality/{PRODUCT}/index.html"]
    section = matrix[matrix.index('id="measured"') : matrix.index('id="reviews"')]
    assert section.count("<svg") == 2, "rows, and the one rule whose value changed"
    assert re.findall(r'<td class="num">([^<]*)</td>', section) == ["301", "302", "303", "1", "2", "3"]
    assert "holds when it is 0" in section
    many = rendered(site, grown(site.catalog.products[PRODUCT], 3, 30))[f"en/quality/{PRODUCT}/index.html"]
    assert many.count("<svg") == MOST_MEASURED
    assert "10 more rules measured values that changed" in many


def test_a_report_says_what_changed_against_the_one_before(world: World) -> None:
    site = site_of(world, "internal")
    product = grown(site.catalog.products[PRODUCT], 4, 12, odd=4)
    made = rendered(site, product)
    assert (
        "Against the release before: 3 rules stopped holding: “Every value of"
        in made[f"en/quality/{PRODUCT}/3/index.html"]
    )
    assert (
        "Against the release before: 3 rules hold again: “Every value of" in made[f"en/quality/{PRODUCT}/4/index.html"]
    )
    assert "Against the release before: Every rule came out as before." in made[f"en/quality/{PRODUCT}/2/index.html"]
    assert "Against the release before" not in made[f"en/quality/{PRODUCT}/1/index.html"]


def test_every_dimension_is_told_and_one_without_rules_says_so(world: World) -> None:
    public = page(site_of(world, "public"), "2/")
    for name in ("Completeness", "Conformity", "Uniqueness", "Consistency", "Accuracy", "Coverage", "Timeliness"):
        assert f'<span class="name">{name}</span>' in public
    assert public.count("No rule asks this of it.") == 5
    assert "1 of 1 rule held" in public


@pytest.mark.parametrize(
    ("results", "word"),
    [
        (["passed", "not applicable"], "Sufficiently reliable"),
        (["passed", "warned"], "Sufficiently reliable, with limits"),
        (["passed", "vacuous"], "Not sufficiently reliable"),
        (["not run", "error"], "Undetermined"),
        ([], "Undetermined"),
    ],
)
def test_the_conclusion_never_goes_beyond_what_was_found_out(world: World, results: list[str], word: str) -> None:
    site = site_of(world, "internal")
    product = site.catalog.products[PRODUCT]
    told = quality(PRODUCT, "internal", 2, gate=[], rules=[rule(f"r{n}", text("x"), result=r)
                                                           for n, r in enumerate(results)])  # fmt: skip
    changed = replace(product.releases[0], quality=reports.quality(told, "month"))
    made = rendered(site, replace(product, releases=(changed,), attempts=(), held=None, current=changed))
    assert f"</i>{word}</span>" in made[f"en/quality/{PRODUCT}/2/index.html"]


def test_the_report_for_programs_stands_beside_the_files_that_are_offered(world: World) -> None:
    site = site_of(world, "public")
    for version in (1, 2):
        assert f'href="../../../../data/{PRODUCT}/{version}/quality.json"' in page(site, f"{version}/")
    gone = rendered(site, site.catalog.products["old_list"])["en/quality/old_list/1/index.html"]
    taken_back = rendered(site, site.catalog.products["districts"])["en/quality/districts/2/index.html"]
    assert "quality.json" not in gone + taken_back


def test_only_reports_with_a_page_are_led_to(world: World) -> None:
    site = site_of(world, "internal")
    made = rendered(site, grown(site.catalog.products[PRODUCT], PAGED + 9, 4))
    standing = {address.removeprefix(f"en/quality/{PRODUCT}/") for address in made}
    assert len(standing) == PAGED + 1
    for address, told in made.items():
        inside = re.findall(r'href="((?:\.\./)?[0-9]+/index\.html)', told)
        assert {link.removeprefix("../") for link in inside} <= standing, address


def test_fingerprints_and_commands_stand_to_be_copied(world: World) -> None:
    site = site_of(world, "internal")
    report = page(site, "2/")
    release = site.catalog.products[PRODUCT].releases[0]
    for file in release.downloads:
        assert f'<code class="copy">{file.sha256}</code>' in report
    first = release.downloads[0]
    assert f"echo &#39;{first.sha256}  {first.path}&#39; | sha256sum --check" in report
    assert f"cauce audit report {PRODUCT}@2 --city ribera" in report
    assert "a" * 64 in report, "the fingerprint of an input that staff may know"
    assert "a" * 64 not in page(site_of(world, "public"), "2/")


# people's decisions


WAIVED = "SECRET_value of Calle 5 was loaded twice"


def waiving(world: World, **more: Any) -> World:
    rulings = (
        Ruling("waiver", f"{PRODUCT}.rowCountChange", WAIVED, "ana@ribera.example", date(2026, 11, 1),
               date(2026, 12, 1), None, HERE),
        Ruling("approval", PRODUCT, WAIVED, "ana@ribera.example", date(2026, 10, 1), None, "1.0.0", HERE),
        Ruling("review", "districts", "Nothing in it points at a person.", "privacy@ribera.example",
               date(2026, 9, 1), date(2027, 9, 1), None, HERE),
    )  # fmt: skip
    return World(replace(world.city, rulings=rulings, **more), world.home)


def waived_report(tier: str, until: str = "2026-12-01") -> Mapping[str, Any]:
    gate = rule("rowCountChange", text("The number of rows changes little."), kind="gate", columns=[], engines={},
                proof=None, result="waived", failed=1,
                detail=f"300 before, 120 now; waived by a named person until {until}")  # fmt: skip
    return quality(PRODUCT, tier, None, gate=[gate])


def test_a_waiver_is_told_with_its_end_to_all_with_its_name_to_staff(tmp_path: Path) -> None:
    made = waiving(build_world(tmp_path))
    told = {tier: waived_report(tier) for tier in ("internal", "public")}
    made.refuse(PRODUCT, "2026-11-02T07:10:00+00:00", [], told)
    public, staff = page(site_of(made, "public"), "held-2/"), page(site_of(made, "internal"), "held-2/")
    assert "Waived on 1 Nov 2026 by a named person, until 1 Dec 2026." in public
    assert "Waived on 1 Nov 2026 by ana@ribera.example, until 1 Dec 2026." in staff
    for told_page in (public, *rendered(site_of(made, "public"), site_of(made, "public").catalog.products["districts"]
                                        ).values()):  # fmt: skip
        assert not any(word in told_page for word in (*SECRETS, "ana@", "privacy@", "Calle 5"))
    assert WAIVED in staff, "who may see all that the product holds may read why"


def test_why_stays_untold_where_the_product_holds_more_than_the_reader_may_see(tmp_path: Path) -> None:
    made = build_world(tmp_path)
    columns = list(made.city.products[PRODUCT].columns)
    closed = replace(columns[-1], classification="restricted")
    contract = made.city.products[PRODUCT]
    above = replace(contract, object=replace(contract.object, properties=(*columns[:-1], closed)), tier="restricted")
    made = waiving(World(replace(made.city, products={**made.city.products, PRODUCT: above}), made.home))
    made.refuse(PRODUCT, "2026-11-02T07:10:00+00:00", [], {"internal": waived_report("internal")})
    staff = page(site_of(made, "internal"), "held-2/")
    assert "Waived on 1 Nov 2026 by ana@ribera.example, until 1 Dec 2026." in staff
    assert "Calle 5" not in staff


def test_a_waiver_that_is_no_longer_kept_is_told_by_its_end_alone(tmp_path: Path) -> None:
    made = waiving(build_world(tmp_path))
    made.refuse(PRODUCT, "2026-11-02T07:10:00+00:00", [], {"internal": waived_report("internal", "2027-03-31")})
    staff = page(site_of(made, "internal"), "held-2/")
    assert "Waived by a named person until 31 Mar 2027." in staff
    assert WAIVED not in staff


def test_reviews_and_approvals_stand_with_what_they_are_about(tmp_path: Path) -> None:
    made = waiving(build_world(tmp_path))
    change = {"kind": "column_added", "sentence": "A column was added.", "breaking": True}
    made.release("districts", 3, "SELECT '01' AS district_id, 1 AS population", "2026-11-01T06:10:00+00:00",
                 changes=(change,))  # fmt: skip
    rulings = (*made.city.rulings, replace(made.city.rulings[1], subject="districts", until=date(2027, 1, 1)))
    made = World(replace(made.city, rulings=rulings), made.home)
    site = site_of(made, "public")
    pages = rendered(site, site.catalog.products["districts"])
    newest, older = pages["en/quality/districts/3/index.html"], pages["en/quality/districts/1/index.html"]
    said = "Version 1.0.0 of its contract was approved on 1 Oct 2026 by a named person, to be reviewed by 1 Jan 2027."
    assert said in newest and said not in older
    for told in pages.values():
        assert "Reviewed on 1 Sep 2026 by a named person; to be reviewed again by 1 Sep 2027." in told
    staff = site_of(made, "internal")
    over_time = rendered(staff, staff.catalog.products["districts"])["en/quality/districts/index.html"]
    assert "by privacy@ribera.example; to be reviewed again by 1 Sep 2027. Nothing in it points at a person." in (
        over_time
    )


# the inventory


def inventory(site: Site) -> list[dict[str, str]]:
    files = dict(inventory_files(site))
    assert list(files) == ["inventory.csv"]
    return list(csv.DictReader(io.StringIO(files["inventory.csv"].decode())))


def test_the_inventory_lists_everything_the_tier_may_know_of_and_nothing_else(world: World) -> None:
    public, staff = inventory(site_of(world, "public")), inventory(site_of(world, "internal"))
    assert [(row["kind"], row["id"]) for row in public] == [
        ("product", "budget"), ("product", "districts"), ("product", "measures"), ("product", "old_list"),
        ("product", PRODUCT),
        ("source", "district_map"), ("product", "hours-of-crews"), ("source", "register-of-requests"),
    ]  # fmt: skip
    assert not any(secret in json.dumps(public) for secret in SECRETS)
    assert {row["id"] for row in staff} == {
        "budget", "districts", "measures", "old_list", PRODUCT, "staff_hours", "SECRET_source", "district_map"
    }  # fmt: skip
    card = next(row for row in public if row["id"] == "hours-of-crews")
    assert card["state"] == "not open" and card["open_as"] == ""
    assert card["owner"] == "owner@ribera.example"
    assert (card["title_en"], card["title_es"]) == ("Hours of crews", "Horas de las cuadrillas")
    assert card["why_not_public"] == "It tells where crews are."
    assert card["page"] == "https://data.ribera.example/en/inventory/hours-of-crews/index.html"
    states = {row["id"]: row["state"] for row in public}
    assert states["budget"] == "never published" and states["old_list"] == "withdrawn" and states[PRODUCT] == "held"


def test_the_inventory_page_tells_of_each_state_owner_licence_and_why(world: World) -> None:
    site = site_of(world, "public")
    speech = Speech(site.city, "es")
    (only,) = inventory_pages(site, speech)
    told = Renderer(speech, "public", ("en", "es")).render(only).decode()
    for words in ("Horas de las cuadrillas", "Dice dónde están las cuadrillas.", "owner@ribera.example", "CC-BY-4.0"):
        assert words in told
    assert not any(secret in told for secret in SECRETS)
    assert told.count("<tr>") == 1 + 8


def test_a_very_long_inventory_stands_on_several_pages(world: World) -> None:
    site = site_of(world, "public")
    district = site.catalog.products["districts"]
    many = {f"districts_{n}": replace(district, name=f"districts_{n}") for n in range(MOST_ROWS * 2 + 5)}
    long = replace(site, catalog=replace(site.catalog, products=many))
    speech = Speech(site.city, "en")
    made = [Renderer(speech, "public", ("en",)).render(p).decode() for p in inventory_pages(long, speech)]
    assert len(made) == 3
    assert max(len(text.encode()) for text in made) < 250_000
    assert 'href="_2/index.html"' in made[0] and 'href="../index.html"' in made[1]
    assert len(inventory(long)) == len(many) + 3


# the data team's page


def status_page(site: Site, language: str = "en") -> str:
    speech = Speech(site.city, language)
    (only,) = status_pages(site, speech)
    return Renderer(speech, site.tier, ("en", "es")).render(only).decode()


def test_the_teams_page_says_first_what_is_held_why_and_what_to_do(world: World) -> None:
    told = status_page(site_of(world, "internal"))
    order = [told.index(words) for words in (
        '<p class="answer">1 product held', "Did not hold: The number of rows changes by no more than half.",
        "What to do:", f"cauce audit report {PRODUCT} --city ribera", 'id="later"', 'id="runs"', 'id="products"',
    )]  # fmt: skip
    assert order == sorted(order)
    assert "<svg" not in told


def test_the_teams_page_of_a_city_in_order_says_that_nothing_waits(world: World) -> None:
    site = site_of(world, "internal")
    quiet = replace(site, catalog=replace(site.catalog, products={}, sources={}, runs=()), problems=())
    told = status_page(quiet)
    assert "Nothing waits for you: nothing is held, refused or late." in told
    assert "Nothing needs you." in told
    assert 'id="late"' not in told and 'id="changed"' not in told


def test_what_is_late_stands_by_how_much_the_latest_first(world: World) -> None:
    later = CHECKED_AT + timedelta(days=100)
    site = read_site(world.city, world.home, "internal", later, 5)
    told = status_page(site)
    section = told[told.index('id="late"') : told.index('id="aside"')]
    days = [int(n) for n in re.findall(r"</i>(\d+) days", section)]
    assert days == sorted(days, reverse=True) and len(days) >= 3
    assert {naive_utc(later)} == {site.checked_at}


def test_records_set_aside_tell_since_when_and_in_how_many_deliveries(world: World) -> None:
    site = site_of(world, "internal")
    source = site.catalog.sources["district_map"]
    newest = replace(source.landings[0], quarantined=4, set_aside=(SetAside("a", Text("A rule."), 3),
                                                                   SetAside("b", Text("Another."), 1)))  # fmt: skip
    older = [
        replace(newest, number=-n, at=newest.at - timedelta(days=10 * n), set_aside=newest.set_aside[: 1 + (n > 2)])
        for n in range(1, 4)
    ]
    changed = replace(source, landings=(newest, *older))
    told = status_page(replace(site, catalog=replace(site.catalog, sources={"district_map": changed})))
    rows = re.findall(r'<th scope="row">(A rule\.|Another\.)</th>.*?data-head="Since">([^<]*)</td>', told)
    assert rows == [("A rule.", "31 days, 4 deliveries in a row"), ("Another.", "25 hours")]


def test_a_run_names_only_what_has_a_page_here(tmp_path: Path) -> None:
    made = build_world(tmp_path)
    body = {"run": "r9", "checked_at": "2026-11-02T06:20:00+00:00", "published": [{"product": "hidden_one"}],
            "held": [{"product": "staff_hours"}],
            "failed": [{"what": "stg_ribera__secret_hidden", "error": "SECRET_value"}, {"what": "raw/district_map"}],
            "exit_code": 3}  # fmt: skip
    made.ledger.append(EntryKind.RUN, body, CHECKED_AT)
    site = site_of(made, "internal")
    newest = site.catalog.runs[0]
    assert (newest.published, newest.held, newest.failed) == ((), ("staff_hours",), ("district_map",))
    told = status_page(site)
    assert "The last run could not finish everything." in told
    assert "cauce history last --city ribera" in told
    assert not any(word in told for word in ("hidden_one", "secret_hidden", "SECRET_value"))


def test_of_a_closed_release_not_even_its_size_is_told(tmp_path: Path) -> None:
    made = build_world(tmp_path)
    site = site_of(made, "public")
    product = site.catalog.products[PRODUCT]
    known = replace(product.releases[0].quality, previous_rows=4711)
    newest = replace(product.releases[0], quality=known)
    both = rendered(site, replace(product, releases=(newest, product.releases[1])))
    alone = rendered(site, replace(product, releases=(newest,), closed=(ClosedRelease(1, newest.published_at),)))
    report = f"en/quality/{PRODUCT}/2/index.html"
    assert "The product has 300 rows; the release before had 4,711." in both[report]
    assert "4,711" not in alone[report]
