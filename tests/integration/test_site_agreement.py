"""What one page says of a thing, another page says too: counts, versions, days, who may see it, what is kept back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from catalog import reports
from catalog.ruling_views import RulingView
from catalog.site.front_pages import front_pages
from catalog.site.lineage_pages import lineage_pages
from catalog.site.problem_pages import problem_pages
from catalog.site.product_pages import product_pages
from catalog.site.quality_history import history_of
from catalog.site.quality_pages import quality_pages
from catalog.site.rendering import Page, Renderer
from catalog.site.site import Site, read_site
from catalog.site.source_pages import nothing_new_since, source_pages
from catalog.site.speech import Speech
from catalog.site.status_page import status_pages
from catalog.views import ProductView
from contracts.condition import Need
from tests.unit.catalog.site_world import CHECKED_AT, SECRETS, build_world, problem, quality, rule, text

PRODUCT = "requests_monthly"


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Site]:
    world = build_world(tmp_path_factory.mktemp("agreement"))
    return {tier: read_site(world.city, world.home, tier, CHECKED_AT, 3) for tier in ("public", "internal")}


@pytest.fixture
def public(sites: Mapping[str, Site]) -> Site:
    return sites["public"]


@pytest.fixture
def internal(sites: Mapping[str, Site]) -> Site:
    return sites["internal"]


def rendered(site: Site, pages: Iterator[Page]) -> dict[str, str]:
    renderer = Renderer(Speech(site.city, "en"), site.tier, ("en", "es"))
    return {p.address: renderer.render(p).decode() for p in pages}


def said(html: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def part(html: str, section: str) -> str:
    """The words of one section."""
    start = html.index(f'id="{section}"')
    return said(html[start : html.index("</section>", start)])


def speech(site: Site) -> Speech:
    return Speech(site.city, "en")


def of_product(site: Site, **more: Any) -> dict[str, str]:
    product = replace(site.catalog.products[PRODUCT], **more)
    return rendered(site, product_pages(site, speech(site), product))


def judged(product: ProductView, *results: str, until: tuple[str, ...] = ()) -> ProductView:
    """The product, its release judged by rules that came out so."""
    rules = [rule(f"r{n}", text(f"Rule {n}."), result=result) for n, result in enumerate(results)]
    told = reports.quality(quality(product.name, "public", 2, rules=rules, gate=[]), "month")
    ends = tuple(RulingView("waiver", None, date.fromisoformat(day), rule="r") for day in until)
    current = replace(product.releases[0], quality=replace(told, rulings=ends))
    return replace(product, releases=(current,), current=current, attempts=(), held=None)


@pytest.mark.parametrize(
    ("results", "until", "sentence"),
    [
        (("passed", "warned"), (), "1 of 2 rules held, checked on up to 300 records. 1 gave a warning."),
        (("passed", "waived"), ("2026-12-01",), "1 of 2 rules held, checked on up to 300 records. "
         "1 was waived until 1 Dec 2026."),
        (("waived", "waived", "warned"), ("2027-02-01", "2026-12-01"), "0 of 3 rules held, checked on up to 300 "
         "records. 1 gave a warning. 2 were waived, the first of them until 1 Dec 2026."),
        (("failed", "waived"), (), "1 of 2 rules did not hold. 1 was waived."),
    ],
)  # fmt: skip
def test_a_problems_page_says_of_the_rules_what_the_report_says(
    public: Site, results: tuple[str, ...], until: tuple[str, ...], sentence: str
) -> None:
    product = judged(public.catalog.products[PRODUCT], *results, until=until)
    site = replace(public, catalog=replace(public.catalog, products={**public.catalog.products, PRODUCT: product}))
    (asked,) = rendered(site, problem_pages(site, speech(site), problem())).values()
    assert sentence in part(asked, "sure") and sentence in part(asked, "origin")
    report = rendered(site, quality_pages(site, speech(site), product))[f"en/quality/{PRODUCT}/2/index.html"]
    assert f'<p class="answer">{sentence}</p>' in report


def test_rules_that_were_never_asked_are_not_counted_among_those_that_held(public: Site) -> None:
    product = judged(public.catalog.products[PRODUCT], "passed", "passed", "failed", "not applicable")
    history = history_of(product, speech(public))
    assert (len(history.steady), len(history.uneven), len(history.unasked)) == (2, 1, 1)
    page = rendered(public, quality_pages(public, speech(public), product))[f"en/quality/{PRODUCT}/index.html"]
    assert "2 rules held each time they were asked" in page and "1 of 3 rules did not hold." in page
    assert "1 rule never applied, so it was never asked" in page


def test_the_proof_and_the_gates_own_rules_add_up_to_all_that_were_asked(public: Site) -> None:
    product = public.catalog.products[PRODUCT]
    page = rendered(public, quality_pages(public, speech(public), product))[f"en/quality/{PRODUCT}/2/index.html"]
    told = said(page)
    assert "1 of the contract's 1 rule was shown able to fail" in told.replace("&#39;", "'")
    assert "The other 1 is the gate's own" in told.replace("&#39;", "'")
    assert "All 2 rules held" in told


def test_a_refused_attempt_does_not_speak_of_published_files(public: Site) -> None:
    product = public.catalog.products[PRODUCT]
    made = rendered(public, quality_pages(public, speech(public), product))
    attempt = next(html for address, html in made.items() if "/held-" in address and 'id="rules"' in html)
    assert "the very file that is published" not in attempt
    assert "to be published, and were not" in attempt
    assert "the very file that is published" in made[f"en/quality/{PRODUCT}/2/index.html"]


def test_a_contract_that_changed_since_the_release_says_so(public: Site) -> None:
    same = of_product(public)[f"en/products/{PRODUCT}/index.html"]
    assert "was made under version" not in same
    changed = of_product(public, contract_version="1.1.0")[f"en/products/{PRODUCT}/index.html"]
    assert "version 1.1.0; release 2 was made under version 1.0.0" in said(changed)


def test_what_is_kept_back_stands_apart_from_what_is_less_exact_with_whom_to_ask(sites: Mapping[str, Site]) -> None:
    public = of_product(sites["public"])[f"en/products/{PRODUCT}/index.html"]
    section = part(public, "withheld")
    assert "Kept back" in section and "Here, but less exactly than it is known" in section
    assert section.index("Kept back") < section.index("owner@ribera.example") < section.index("Here, but less")
    assert "Ask for what is kept back" in section
    assert not any(secret in public for secret in SECRETS)
    internal = part(of_product(sites["internal"])[f"en/products/{PRODUCT}/index.html"], "withheld")
    assert "No column of this product is kept back" in internal and "Nothing of this product" not in internal
    assert "Here, but less exactly" in internal


def test_a_product_that_names_nobody_names_the_publisher(public: Site) -> None:
    page = of_product(public, owner=None, steward=None)[f"en/products/{PRODUCT}/index.html"]
    assert "Answers for it data@ribera.example" in part(page, "use")
    assert "Whom to ask: data@ribera.example" in part(page, "withheld")


def test_every_drawing_of_figures_has_a_table_or_leads_to_one(public: Site) -> None:
    (asked,) = rendered(public, problem_pages(public, speech(public), problem())).values()
    multiples = asked[asked.index('id="areas-streetlights"') :]
    table = multiples[multiples.index("Area by area, as a table") :]
    rows = re.findall(r"<tr><th scope=\"row\">(\w+)</th>(.*?)</tr>", table[: table.index("</table>")])
    panels = set(re.findall(r"North|Centre|West|East|South", multiples[: multiples.index("</figure>")]))
    assert {name for name, _ in rows} == panels and len(rows) == 5
    assert {cells.count("<td>") for _, cells in rows} == {24}, "beside the sum of cases"
    assert 'id="figures"' in asked
    picture = of_product(public)[f"en/products/{PRODUCT}/index.html"]
    assert 'href="../../problems/streetlights/index.html#figures"' in picture


def test_who_may_see_a_step_is_told_as_on_its_own_page(sites: Mapping[str, Site]) -> None:
    internal = sites["internal"]
    product = internal.catalog.products[PRODUCT]
    assert product.rendition == "internal" and product.current is not None
    opaque = {**product.current.lineage, "nodes": [dict(n) for n in product.current.lineage["nodes"]]}
    node = next(n for n in opaque["nodes"] if n["kind"] == "source")
    source = internal.catalog.sources["SECRET_source"]
    for key in ("name", "tier"):
        node.pop(key, None)
    node["title"] = source.title.default
    made = replace(product, current=replace(product.current, lineage=opaque))
    (page,) = rendered(internal, lineage_pages(internal, speech(internal), made)).values()
    steps = part(page, "steps")
    tier = speech(internal).words.tier
    assert re.search(rf"Register of requests – {tier(source.tier)}", steps), steps
    assert steps.rstrip().endswith(tier("internal")), steps
    assert "only the title is told" not in page
    told = of_product(internal)[f"en/products/{PRODUCT}/index.html"]
    assert part(told, "lineage").count(tier("internal")) >= 1
    (public,) = rendered(
        sites["public"],
        lineage_pages(sites["public"], speech(sites["public"]), sites["public"].catalog.products[PRODUCT]),
    ).values()
    assert "not open here" in part(public, "steps") and tier(source.tier) not in part(public, "steps")


def test_a_release_gives_a_line_to_copy_for_each_file_and_says_why_something_is_not_told(public: Site) -> None:
    release = public.catalog.products[PRODUCT].current
    assert release is not None
    dirty = replace(release, manifest=replace(release.manifest, code={"git_commit": "abc123-dirty"}))
    page = of_product(public, releases=(dirty,), current=dirty)[f"en/products/{PRODUCT}/releases/2/index.html"]
    for file in release.downloads:
        name = file.path.rpartition("/")[2]
        assert f"echo &#39;{file.sha256}  {name}&#39; | sha256sum --check" in page
    assert "-dirty" not in page and "made from code with changes that were not committed" in page
    assert "not told" in part(page, "inputs") and "Not told: its records are not open here" in part(page, "inputs")
    team = page.index("own team and its auditors")
    assert team < page.index("cauce audit verify")


def test_a_source_of_the_lineage_without_a_count_is_listed_with_a_dash(public: Site) -> None:
    release = public.catalog.products[PRODUCT].current
    assert release is not None
    bare = replace(release, manifest=replace(release.manifest, inputs=()))
    page = of_product(public, releases=(bare,), current=bare)[f"en/products/{PRODUCT}/releases/2/index.html"]
    section = part(page, "inputs")
    assert "Register of requests – – – – –" in section and "A dash stands where this release kept no count" in section


def test_the_first_page_counts_every_source_that_it_lists(public: Site) -> None:
    page = rendered(public, front_pages(public, speech(public)))["en/index.html"]
    section = page[page.index('id="sources"') :]
    count = re.search(r'<span class="count">(\d+)</span>', section)
    assert count and int(count[1]) == len(re.findall(r"<h3>", section[: section.index("</section>")])) == 2
    assert re.search(r"Not open here 1", said(section))


def test_a_source_read_again_without_news_says_since_when(public: Site) -> None:
    source = public.catalog.sources["district_map"]
    good = source.newest_accepted
    assert good is not None
    for looked, expected in (
        (good.at, False),
        (good.at + timedelta(hours=1), False),
        (good.at + timedelta(days=31), True),
    ):
        seen = replace(source, looked_at=looked)
        (page,) = rendered(public, source_pages(public, speech(public), seen)).values()
        day = speech(public).day(good.at)
        assert (f"nothing new since {day}" in page) == expected
        assert ("Last retrieved" in page) != expected
    refused = replace(good, outcome="refused", at=good.at + timedelta(days=31))
    after = replace(source, landings=(refused, good), looked_at=good.at + timedelta(days=30))
    assert nothing_new_since(after) is None


def test_the_teams_page_names_the_columns_that_a_sources_own_page_names(internal: Site) -> None:
    source = internal.catalog.sources["district_map"]
    good = source.newest_accepted
    assert good is not None
    newer = replace(good, added=("OBJECTID",), missing=(), changes=())
    drifted = replace(source, landings=(newer,), needs=(Need.CHANGED_FORM,))
    site = replace(
        internal, catalog=replace(internal.catalog, sources={**internal.catalog.sources, "district_map": drifted})
    )
    (page,) = rendered(site, status_pages(site, speech(site))).values()
    section = part(page, "changed")
    assert "New columns, kept but not read : OBJECTID" in re.sub(r" +", " ", section).replace("read:", "read :")
    assert "may not name" not in section
