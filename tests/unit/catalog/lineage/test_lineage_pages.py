"""Pages of lineage: table and drawing say the same, links lead somewhere, nothing closed leaks, many products fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from catalog.site.addresses import Addresses
from catalog.site.lineage_overview import MOST_DRAWN, MOST_ON_ONE, lineage_overview_pages
from catalog.site.lineage_pages import lineage_pages
from catalog.site.product_pages import product_pages
from catalog.site.rendering import Renderer
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from catalog.views import ProductView
from tests.unit.catalog.lineage.lineage_graphs import made
from tests.unit.catalog.machines.test_openlineage import COLUMNS, with_lineage
from tests.unit.catalog.site_world import CHECKED_AT, SECRETS, World, build_world

LIMIT = 100_000
"""Bytes of a page."""


class Seen(HTMLParser):
    """What a page shows: boxes of each drawing with their links, and the rows of the table of steps."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.boxes: dict[str, list[tuple[str, str]]] = {"wide": [], "narrow": []}
        self.lines: dict[str, int] = {"wide": 0, "narrow": 0}
        self.rows: dict[str, list[str]] = {}
        self.links: list[str] = []
        self.ids: list[str] = []
        self.closed = 0
        self._form = self._row = ""
        self._in_steps = self._in_cell = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        classes = told.get("class", "").split()
        self.ids += [told["id"]] if "id" in told else []
        if tag == "svg":
            self._form = next((c for c in classes if c in self.boxes), "")
        if tag == "table":
            self._in_steps = "steps" in classes
        if tag == "tr" and self._in_steps:
            self._row = told.get("id", "")
            if self._row:
                self.rows[self._row] = []
        if tag == "td" and self._row:
            self._in_cell = "Made from" in told.get("data-head", "")
        if tag == "a" and "href" in told:
            self.links.append(told["href"])
            if self._in_cell and self._row:
                self.rows[self._row].append(told["href"].removeprefix("#"))
        if "step" in classes and self._form:
            self.boxes[self._form].append((told.get("href", ""), told["class"]))
            self.closed += self._form == "wide" and "closed" in classes
        if tag == "path" and self._form and "head" in classes:
            self.lines[self._form] += told["d"].count("z")

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg":
            self._form = ""
        if tag == "td":
            self._in_cell = False
        if tag == "table":
            self._in_steps, self._row = False, ""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("lineage"))


@pytest.fixture(scope="module")
def sites(world: World) -> Mapping[str, Site]:
    return {tier: read_site(world.city, world.home, tier, CHECKED_AT, 3) for tier in ("public", "internal")}


def page(site: Site, product: str, language: str = "en") -> str:
    speech = Speech(site.city, language)
    (one,) = lineage_pages(site, speech, site.catalog.products[product])
    return Renderer(speech, site.tier, ("en", "es")).render(one).decode()


def overview(site: Site, language: str = "en") -> dict[str, str]:
    speech = Speech(site.city, language)
    renderer = Renderer(speech, site.tier, ("en", "es"))
    return {one.address: renderer.render(one).decode() for one in lineage_overview_pages(site, speech)}


def test_table_and_drawings_say_the_same(sites: Mapping[str, Site]) -> None:
    site = with_lineage(sites["public"], "districts", invented(30))
    seen = Seen(page(site, "districts"))
    edges = sum(len(made_from) for made_from in seen.rows.values())
    assert len(seen.rows) == len(seen.boxes["wide"]) == len(seen.boxes["narrow"]) == 30
    assert edges == seen.lines["wide"] == seen.lines["narrow"] == len(invented(30)["edges"])
    assert seen.boxes["wide"] == seen.boxes["narrow"], "the same links in the same order"
    assert all(one in seen.rows for made_from in seen.rows.values() for one in made_from)


def invented(count: int) -> dict[str, Any]:
    """A lineage that the contracts in force leave whole, since it was put in behind the cut."""
    return made(count)


@pytest.mark.parametrize("tier", ["public", "internal"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_link_of_a_page_leads_somewhere(sites: Mapping[str, Site], tier: str, language: str) -> None:
    site, at = sites[tier], Addresses(language)
    catalog = site.catalog
    known = {at.home(), at.about(), at.problems(), at.products(), at.sources(), at.status(), at.lineages()}
    known |= {at.source(s) for s in catalog.sources} | {at.card(c.key) for c in catalog.cards}
    known |= {a for p in catalog.products.values() for a in (at.product(p.name), at.lineage(p.name))}
    known |= {at.release(p.name, r.version) for p in catalog.products.values() for r in p.releases}
    known |= {at.problem(p.id) for p in site.problems} | {at.measure(m) for m in site.city.measures}
    for name in catalog.products:
        html = page(site, name, language)
        seen = Seen(html[html.index("<main") : html.index("</main")])
        assert len(set(seen.ids)) == len(seen.ids)
        for link in seen.links:
            if link.startswith("#"):
                assert link[1:] in seen.ids
            elif not re.match(r"https?:|mailto:", link):
                path = f"{language}/lineage/{name}/{link}"
                while "/../" in path:
                    path = re.sub(r"[^/]+/\.\./", "", path, count=1)
                assert path in known, link


def test_nothing_closed_reaches_a_public_page(sites: Mapping[str, Site]) -> None:
    site = sites["public"]
    pages = [page(site, name, language) for name in site.catalog.products for language in ("en", "es")]
    pages += [html for language in ("en", "es") for html in overview(site, language).values()]
    assert [word for word in SECRETS for html in pages if word in html] == []
    monthly = Seen(page(site, "requests_monthly"))
    assert monthly.closed == 2, "the register, and the table with the exact counts"
    assert any("inventory/register-of-requests" in href for href, _ in monthly.boxes["wide"])


def test_what_the_inventory_hides_has_no_box(sites: Mapping[str, Site]) -> None:
    assert "secret-hidden" not in page(sites["internal"], "requests_monthly")


def test_a_figure_is_followed_back_as_far_as_is_known(sites: Mapping[str, Site]) -> None:
    html = page(sites["public"], "requests_monthly")
    assert "median_days" in html and "../../problems/streetlights/index.html" in html
    assert "has not been worked out by a program" in html
    kept = {
        **COLUMNS,
        "nodes": [
            {**node, "name": "requests_monthly", "columns": ["median_days"]}
            if node["kind"] == "release"
            else {**node, "columns": ["days", "other"]}
            if node.get("columns")
            else node
            for node in COLUMNS["nodes"]
        ],
        "column_edges": [
            {"from": ["mart.districts", "days"], "to": ["release.districts", "median_days"], "by": "value"},
            {"from": ["source.district_map", "other"], "to": ["mart.districts", "days"], "by": "value",
             "how": "AGGREGATION", "step": "value_with_min_cell 1.0.0"},
            {"from": ["source.district_map", "days"], "to": ["mart.districts", "days"], "by": "condition",
             "how": "CONDITIONAL"},
            {"from": ["source.district_map", "other"], "to": ["mart.districts", "other"], "by": "value"},
        ],
        "record_edges": [
            {"from": ["source.district_map", "other"], "to": ["mart.districts"], "by": "condition", "how": "FILTER"},
        ],
    }  # fmt: skip
    html = page(with_lineage(sites["public"], "requests_monthly", kept), "requests_monthly")
    way = html[html.index('<ol class="way">') :].partition("</ol>")[0]
    assert re.findall(r"<code[^>]*>(\w+)</code>", way) == ["median_days", "days", "other", "days"]
    assert 'id="from-median_days"' in way and "Decided by: <code>days</code>" in way
    assert "has not been worked out by a program" in html, "of the columns that this lineage does not name"
    assert "<code>other</code>" in html and "over several records; value_with_min_cell 1.0.0" in html
    row = html[html.index('<table class="stack steps"') :]
    assert "Decided by: <code>days</code>" in row and "(a condition)" in row
    of_records = row[row.index("What decides which records it has") :].partition("</details>")[0]
    assert re.findall(r"<code>(\w+)</code>", of_records) == ["other"] and "a selection" in of_records
    assert row.count("What decides which records it has") == 1, "of the table alone"


def made_below_a_closed_register(is_told: bool) -> dict[str, Any]:
    """A release whose columns are counted from a source that is not open here; with or without edges of columns."""
    told: dict[str, Any] = {
        "format_version": 1,
        "nodes": [
            {"id": "hidden-1", "kind": "source", "title": "Register of requests"},
            {"id": "intermediate.kept", "kind": "intermediate", "name": "kept", "title": "Kept", "tier": "public",
             "columns": ["opened_on"]},
            {"id": "mart.requests_monthly", "kind": "mart", "name": "requests_monthly", "title": "Monthly",
             "tier": "public", "columns": ["month", "opened", "median_days"]},
            {"id": "release.requests_monthly", "kind": "release", "name": "requests_monthly", "title": "Monthly",
             "tier": "public", "columns": ["month", "opened", "median_days"]},
        ],
        "edges": [["hidden-1", "intermediate.kept"], ["intermediate.kept", "mart.requests_monthly"],
                  ["mart.requests_monthly", "release.requests_monthly"]],
    }  # fmt: skip
    if is_told:
        told["column_edges"] = [
            *({"from": ["mart.requests_monthly", c], "to": ["release.requests_monthly", c], "by": "value"}
              for c in ("month", "opened", "median_days")),
            *({"from": ["intermediate.kept", "opened_on"], "to": ["mart.requests_monthly", c], "by": "value"}
              for c in ("month", "median_days")),
        ]  # fmt: skip
        told["record_edges"] = [
            {"from": ["intermediate.kept", "opened_on"], "to": ["mart.requests_monthly"], "by": "condition"}
        ]
    return told


@pytest.mark.parametrize("is_told", [True, False])
@pytest.mark.parametrize("language", ["en", "es"])
def test_each_column_of_a_product_leads_to_its_way_back(
    sites: Mapping[str, Site], is_told: bool, language: str
) -> None:
    site = with_lineage(sites["public"], "requests_monthly", made_below_a_closed_register(is_told))
    product = site.catalog.products["requests_monthly"]
    speech = Speech(site.city, language)
    pages = product_pages(site, speech, product)
    html = Renderer(speech, site.tier, ("en", "es")).render(next(iter(pages))).decode()
    links = re.findall(r'href="\.\./\.\./lineage/requests_monthly/index\.html#([^"]+)"', html)
    assert links == [f"from-{column.name}" for column in product.columns]
    ids = Seen(page(site, "requests_monthly", language)).ids
    assert [link for link in links if ids.count(link) != 1] == []


def test_a_way_that_ends_says_where_and_how_to_ask(sites: Mapping[str, Site]) -> None:
    site = with_lineage(sites["public"], "requests_monthly", made_below_a_closed_register(True))
    html = page(site, "requests_monthly")
    way = html[html.index('<ol class="way">') :].partition("</ol>")[0]
    assert re.findall(r"<code[^>]*>(\w+)</code>", way) == ["median_days", "median_days", "opened_on"], (
        "and not month, made alike"
    )
    figures = html[html.index('<h2 id="figures">') :].partition("</table>")[0]
    assert figures.count("../../measures/days/index.html") == 2, "above the line and below it"
    assert "../../measures/opened/index.html" in figures
    assert re.search(r'<li class="end">From here on: <a href="\.\./\.\./inventory/register-of-requests/', way)
    assert "columns not named here. Its page says how to ask." in way
    assert "Made from no column: a number of records, or a fixed value." in html, "opened is counted"
    others = html[html.index('<ul class="ways">') :].partition("</section>")[0]
    assert "From here on:" in others


def test_what_a_step_takes_over_is_listed_once_and_a_lone_step_before_is_not_named_again(
    sites: Mapping[str, Site],
) -> None:
    html = page(with_lineage(sites["public"], "districts", COLUMNS), "districts")
    table = html[html.index('<table class="stack steps"') :]
    release = table[table.index("The part of the table that this audience may see") :]
    assert "Taken over as they are: <code>district_id</code>, <code>population</code></p></details>" in release
    mart = table[table.index("The finished tables") : table.index("The part of the table that this audience may see")]
    assert "Taken over as they are" not in mart, "a step made them"
    made = mart[mart.index("<code>population</code> ←") :].partition("</li>")[0]
    assert "<code>area</code> <a href=" in made, "two steps stand before it: each part says which"
    assert "(over several records)" in made and "Decided by: <code>area</code>" in made


def test_a_product_that_is_not_served_says_so(sites: Mapping[str, Site]) -> None:
    for name in ("budget", "old_list"):
        html = page(sites["public"], name)
        assert "No release of this product is served now" in html
        assert "<svg" not in html[html.index("<main") :]


def test_the_overview_names_every_product_and_its_sources(sites: Mapping[str, Site]) -> None:
    (html,) = overview(sites["public"]).values()
    for name in sites["public"].catalog.products:
        assert f'href="{name}/index.html"' in html
    assert "../inventory/register-of-requests/index.html" in html
    assert "no release is served now" in html


def many(site: Site, count: int) -> Site:
    """The same site with ``count`` products of two practices."""
    model = site.catalog.products["requests_monthly"]
    products: dict[str, ProductView] = {
        f"product_{i:04d}": replace(model, name=f"product_{i:04d}", practice="performance" if i % 3 else "procurement")
        for i in range(count)
    }
    origins = dict.fromkeys(products, site.origins["requests_monthly"])
    return replace(site, catalog=replace(site.catalog, products=products), origins=origins)


@pytest.mark.parametrize("count", [MOST_DRAWN, MOST_DRAWN + 1, MOST_ON_ONE, 1000])
def test_an_overview_of_many_products_stays_light(sites: Mapping[str, Site], count: int) -> None:
    pages = overview(many(sites["public"], count))
    assert max(len(html.encode()) for html in pages.values()) < LIMIT
    listed = [name for html in pages.values() for name in re.findall(r'href="(?:\.\./)?(product_\d+)/', html)]
    assert len(set(listed)) == count
    if count <= MOST_ON_ONE:
        assert ("<svg" in "".join(pages.values())) == (count <= MOST_DRAWN)
    assert len(pages) == (1 if count <= MOST_ON_ONE else 1 + sum(-(-n // MOST_ON_ONE) for n in (666, 334)))


@pytest.mark.parametrize("count", [5, 30, 100])
def test_a_page_of_many_steps_stays_light(sites: Mapping[str, Site], count: int) -> None:
    html = page(with_lineage(sites["public"], "districts", invented(count)), "districts")
    assert len(html.encode()) < LIMIT
    assert len(Seen(html).rows) == count
