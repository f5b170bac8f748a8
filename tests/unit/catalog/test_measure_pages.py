"""Pages of measures, what a problem's page says of its measures, and the way from any figure to what it rests on."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest

from catalog.answer import Observation
from catalog.measured import Measured
from catalog.site.formula_words import formula_words
from catalog.site.measure_pages import measure_pages, measures_pages
from catalog.site.measure_rows import area_figures, digits_of, figure_of, groupings, measure_row, meetings
from catalog.site.notices import notices, worry
from catalog.site.problem_pages import items, problem_pages
from catalog.site.product_pages import product_pages
from catalog.site.rendering import Page, Renderer
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from catalog.site.units import units
from catalog.views import ProductView, Tombstone
from contracts.condition import State
from contracts.measure import Formula
from tests.unit.catalog.site_world import CHECKED_AT, SECRETS, World, build_world, measures, text


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("measures"))


@pytest.fixture(scope="module")
def site(world: World) -> Site:
    return read_site(world.city, world.home, "public", CHECKED_AT, 5)


def spoken(site: Site, page: Page, language: str = "en") -> str:
    return Renderer(Speech(site.city, language), site.tier, ("en", "es")).render(page).decode()


def measure_page(site: Site, name: str, language: str = "en") -> tuple[dict[str, Any], str]:
    (page,) = measure_pages(site, Speech(site.city, language), site.city.measures[name])
    return dict(page.context), spoken(site, page, language)


def read(html: str) -> str:
    """The words of a page's content."""
    main = html[html.index("<main") : html.index("</main")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<svg.*?</svg>", " ", main))).split())


def with_product(site: Site, name: str, **changed: Any) -> Site:
    product: ProductView = replace(site.catalog.products[name], **changed)
    return replace(site, catalog=replace(site.catalog, products={**site.catalog.products, name: product}))


# a measure's own page -----------------------------------------------------------------------


def test_a_measures_page_tells_all_that_its_definition_says(site: Site) -> None:
    said = read(measure_page(site, "days")[1])
    for told in (
        "Days from the report to the lamp that burns.",
        "Closing a case before the lamp burns.",
        "Lower is better.",
        Speech(site.city, "en").long_day(date(2026, 12, 31)),
        "Head of crews, Inés Vela, crews@ribera.example",
        "Why do streetlights stay dark longer in the South?",
        "Smallest count shown 10",
        "Version of its definition 1.1.0",
        measures()["days"].formula.digest,
        "Streetlight",
    ):
        assert told in said, told


def test_the_newest_figures_stand_with_interval_and_cases_for_the_city_areas_and_groups(site: Site) -> None:
    context, html = measure_page(site, "days")
    told = site.measured["days"]
    newest = told.city[-1]
    assert context["row"].figure.value == f"{newest.value:.1f}"
    assert context["row"].figure.interval == f"{newest.low:.1f}–{newest.high:.1f}"
    now = {o.area_name: o for o in told.areas if o.period == newest.period}
    assert [f.name for f in context["areas"]] == sorted(now)
    assert [(f.value, f.n) for f in context["areas"]] == [(f"{now[n].value:.1f}", now[n].n) for n in sorted(now)]
    assert [(g.is_index, [f.name for f in g.rows]) for g in context["groupings"]] == [
        (False, ["app", "phone"]),
        (True, ["1: most in need", "2", "3", "4", "5: least in need"]),
    ]
    said = read(html)
    assert "By fifth of the areas, by the index “need”" in said and "By channel" in said
    assert said.count("October 2026") > 3
    assert re.search(r'<tr class="focus"><th scope="row">The whole city</th>', html)


def test_a_replaced_definition_stands_beside_the_one_in_force_where_they_meet(site: Site) -> None:
    context, html = measure_page(site, "days")
    (old,) = context["replaced"]
    told = site.measured["days"]
    then = {o.period: o.value for o in told.earlier["1.0.0"]}
    now = {o.period: o.value for o in told.city if o.period in then}
    assert {m.period: (float(m.now.value), float(m.then.value)) for m in old.meetings} == {
        month: (now[month], then[month]) for month in then
    }
    said = read(html)
    assert "Version 1.0.0, until Jul 1, 2025" in said or "Version 1.0.0, until 1 Jul 2025" in said
    assert "A visit mends nothing." in said and "Days to the crew's visit." in said
    assert old.formula.digest != context["formula"].digest
    apart = replace(told, earlier={})
    assert meetings(apart, "1.0.0", Speech(site.city, "en")) == ()
    alone = replace(site, measured={"days": apart})
    assert "The two definitions have no month in common." in read(measure_page(alone, "days")[1])


def empty(site: Site, **changed: Any) -> Site:
    """The site with no value among the figures of days."""
    told = site.measured["days"]
    city = tuple(replace(o, value=None, low=None, high=None, **changed) for o in told.city)
    none = replace(told, city=city, areas=(), groups={})
    return replace(site, measured={"days": none}, newest={"days": city[-1]})


REASONS: list[tuple[str, Callable[[Site], Site], str, str]] = [
    ("no rows", lambda s: s, "spent", "The release holds no row of it"),
    (
        "all hidden",
        lambda s: empty(s, hidden=True),
        "days",
        "Too few cases stand behind each of its figures to show any.",
    ),
    ("none yet", empty, "days", "No month has a figure yet"),
    (
        "no product",
        lambda s: replace(s, catalog=replace(s.catalog, products={}), measured={}, newest={}),
        "days",
        "This site may not show the product that holds the figures of measures.",
    ),
    (
        "never published",
        lambda s: replace(with_product(s, "measures", current=None, state=State.NEVER), measured={}, newest={}),
        "days",
        "The product that holds the figures of measures has not been published yet.",
    ),
    (
        "withdrawn",
        lambda s: replace(with_product(s, "measures", current=None, state=State.WITHDRAWN), measured={}, newest={}),
        "days",
        "The product that holds the figures of measures was withdrawn.",
    ),
    (
        "not available",
        lambda s: replace(
            s, city=replace(s.city, products={n: c for n, c in s.city.products.items() if n != "requests_monthly"})
        ),
        "opened",
        "It is worked out from a product that this city does not have.",
    ),
]


@pytest.mark.parametrize(("_", "changed", "name", "why"), REASONS, ids=[r[0] for r in REASONS])
def test_a_measure_without_a_figure_says_why(
    site: Site, _: str, changed: Callable[[Site], Site], name: str, why: str
) -> None:
    said = read(measure_page(changed(site), name)[1])
    assert "There is no figure of the whole city to show." in said
    assert why in said
    assert "There is no figure of the whole city to show." not in read(measure_page(site, "days")[1])


def test_what_a_formula_may_not_tell_is_not_told(site: Site) -> None:
    """The columns of a product that the tier does not see, and the values that count, are no words of its pages."""
    inner = Formula("count", "hidden_one", {"SECRET_column": ("SECRET_value",)}, numerator="SECRET_column")
    over = Formula("count", "requests_monthly", {"SECRET_column": ("SECRET_value",)}, numerator="opened")
    for formula in (inner, over):
        told = replace(site.city.measures["opened"], formula=formula)
        closed = replace(site, city=replace(site.city, measures={**site.city.measures, "opened": told}))
        html = measure_page(closed, "opened")[1]
        assert [word for word in SECRETS if word in html] == []
        assert "It is worked out from data that this site may not show." in html


FORMULAS: list[tuple[Formula, str, str, str]] = [
    (
        Formula("share", "requests_monthly", {}, numerator="opened", denominator="median_days", per=100.0),
        "Of all in “median_days”, the part in “Opened”, in per cent.",
        "<mn>100</mn>",
        "<mfrac>",
    ),
    (
        Formula("rate", "requests_monthly", {}, numerator="opened", denominator="population", per=1000.0),
        "“Opened” for every 1,000 residents of the area.",
        "<mn>1,000</mn>",
        "<mtext>residents</mtext>",
    ),
    (
        Formula("ratio", "requests_monthly", {}, numerator="opened", denominator="median_days", per=1.0),
        "“Opened” divided by “median_days”.",
        "<mfrac>",
        "<mtext>median_days</mtext>",
    ),
    (
        Formula("count", "requests_monthly", {}, numerator="opened", is_stock=True),
        "“Opened”, added up. It is what there was at the end of the month, so that months do not add up.",
        "<mtext>opened</mtext>",
        "Added up:",
    ),
    (
        Formula("days", "requests_monthly", {}, quantile=0.5, begin="month", end="opened"),
        "The days from “Month” to “Opened” within which half of the cases begun in the month had ended.",
        "Kaplan-Meier",
        "half of the cases",
    ),
    (
        Formula(
            "days", "requests_monthly", {}, quantile=0.9, begin="month", end="opened", finished={"category": ("x",)}
        ),
        "The days from “Month” to “Opened” within which 90 in 100 of the cases begun in the month had ended.",
        "90 in 100",
        "Left out, because they have ended although no day says when:",
    ),
]


@pytest.mark.parametrize(("formula", "said", "drawn", "more"), FORMULAS, ids=[f[0].kind for f in FORMULAS])
def test_a_formula_is_said_in_words_and_as_a_fraction(
    site: Site, formula: Formula, said: str, drawn: str, more: str
) -> None:
    words = formula_words(site, formula, Speech(site.city, "en"))
    assert words is not None and words.said.startswith(said)
    told = replace(site.city.measures["opened"], formula=formula)
    html = measure_page(replace(site, city=replace(site.city, measures={"opened": told})), "opened")[1]
    part = html[html.index('id="definition"') :]
    assert drawn in part and more in part
    assert "<mfrac>" not in part or formula.denominator is not None
    assert formula.digest in html


def test_decimals_keep_figures_apart_from_a_target_they_miss() -> None:
    assert digits_of([]) == digits_of([None, 3.0]) == digits_of([1234.5]) == 0
    assert (digits_of([3.25]), digits_of([0.25]), digits_of([4.02], 4.0), digits_of([4.2], 4.0)) == (1, 2, 2, 1)


def test_a_target_of_a_number_is_of_the_whole_city_alone(site: Site) -> None:
    speech = Speech(site.city, "en")
    target = replace(site.city.measures["opened"], target=50.0, direction="lower")
    told = replace(site.measured["opened"], measure=target)
    assert {f.status.word for f in area_figures(told, speech)} <= {"No target", "No figure"}
    days = site.measured["days"]
    assert {f.status.word for f in area_figures(days, speech)} <= {"On target", "Near target", "Off target"}
    assert {f.status.word for g in groupings(site, days, speech) for f in g.rows} <= {"Near target", "Off target"}


def test_a_figure_that_is_not_reached_says_what_it_is_at_least(site: Site) -> None:
    speech, days = Speech(site.city, "en"), site.city.measures["days"]
    running = Observation("01", "North", date(2026, 10, 1), None, 40, unreached=True, low=8.0)
    told = figure_of(days, running, speech, 0, "North")
    assert (told.why, told.value, told.interval) == ("unreached", "", "8 or more")
    site = replace(site, measured={"days": Measured(days, site.measured["days"].city, (running,), is_missing=False)})
    assert "not reached yet (8.0 or more)" in read(measure_page(site, "days")[1])


# the list -----------------------------------------------------------------------------------


def test_the_list_has_every_measure_and_says_which_serve_no_question(site: Site) -> None:
    speech = Speech(site.city, "en")
    (page,) = measures_pages(site, speech)
    assert [(p.id, [row.measure.id for row in rows]) for p, rows in page.context["asked"]] == [
        ("streetlights", ["days", "opened"])
    ]
    assert [row.measure.id for row in page.context["unasked"]] == ["spent"]
    html = spoken(site, page)
    assert all(f'href="{name}/index.html"' in html for name in site.city.measures)
    said = read(html)
    assert "Measures that no question names yet 1" in said and "Head of crews" in said
    row = measure_row(site, site.city.measures["days"], speech)
    assert f"{row.figure.value} ({row.figure.interval})" in said and row.target == "4 days"
    none = replace(site, city=replace(site.city, measures={}))
    (bare,) = measures_pages(none, speech)
    assert "No measure has been defined yet." in read(spoken(none, bare))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"state": State.NEVER}, "has not been published yet"),
        ({"state": State.WITHDRAWN, "tombstone": Tombstone(CHECKED_AT, text("Gone."))}, "was withdrawn"),
    ],
)
def test_the_list_says_why_it_shows_no_figure(site: Site, changed: dict[str, Any], said: str) -> None:
    gone = replace(with_product(site, "measures", current=None, **changed), measured={}, newest={})
    (page,) = measures_pages(gone, Speech(site.city, "en"))
    html = read(spoken(gone, page))
    assert "No figure is shown here." in html and said in html
    products = {name: p for name, p in site.catalog.products.items() if name != "measures"}
    unseen = replace(site, catalog=replace(site.catalog, products=products), measured={}, newest={})
    (page,) = measures_pages(unseen, Speech(site.city, "en"))
    assert "This site may not show the product that holds" in read(spoken(unseen, page))


# the page of a problem ----------------------------------------------------------------------


def problem_html(site: Site) -> str:
    (page,) = problem_pages(site, Speech(site.city, "en"), site.problems[0])
    return spoken(site, page)


def test_a_problems_page_shows_all_its_measures_the_first_in_full(site: Site) -> None:
    html = problem_html(site)
    assert 'id="performance-days"' in html and 'id="performance-opened"' not in html
    others = html[html.index('<h2 id="measures">') :].partition("</section>")[0]
    assert "../../measures/opened/index.html" in others and "../../measures/days/index.html" not in others
    assert re.search(r'<tr class="whole"><th scope="row">The whole city</th>', html)


def test_the_dates_of_a_problem_are_those_of_its_own_figures(site: Site) -> None:
    """Another measure's newer month, or one that is not whole, is no date of this one."""
    html = problem_html(site)
    dates = html[html.index('<dl class="dates">') :].partition("</dl>")[0]
    assert "October 2026" in dates
    figures, told = site.figures["streetlights"], site.measured["days"]
    assert figures.observations is not None
    older = tuple(o for o in figures.observations if o.period < date(2026, 8, 1))
    told = replace(told, city=tuple(o for o in told.city if o.period < date(2026, 8, 1)), areas=older)
    behind = replace(
        site,
        figures={"streetlights": replace(figures, observations=older)},
        measured={**site.measured, "days": told},
    )
    html = problem_html(behind)
    assert "July 2026" in html[html.index('<dl class="dates">') :].partition("</dl>")[0]
    whole = html[: html.index('<h2 id="measures">')]
    assert "October 2026" not in read(f"{whole}</main>") and "99.0" not in html
    (item,) = items(behind, Speech(site.city, "en"))
    assert item.answer.period == date(2026, 7, 1)


def test_what_is_wrong_with_either_product_is_said_and_named(site: Site) -> None:
    speech, days = Speech(site.city, "en"), site.city.measures["days"]
    (held,) = notices(site, days, speech)
    assert held.product.name == "requests_monthly" and held.held is not None
    assert "“Service requests by month”, from which the figure is worked out, was refused" in held.said
    assert "was refused" in read(problem_html(site)) and "was refused" in read(measure_page(site, "days")[1])
    assert worry(site, days) is site.catalog.products["requests_monthly"]
    late = with_product(site, "measures", state=State.LATE, late_by=timedelta(days=3))
    assert next(n.said for n in notices(late, days, speech)) == (
        "“Figures of all measures”, which holds the figures of all measures, is late by 3 days."
    )
    fine = with_product(site, "requests_monthly", held=None, state=State.PUBLISHED)
    assert notices(fine, days, speech) == () and worry(fine, days) is None
    stone = Tombstone(CHECKED_AT.replace(tzinfo=None), text("Gone."))
    for changed, said in (
        ({"state": State.WITHDRAWN, "tombstone": stone, "held": None}, "was withdrawn on"),
        ({"state": State.CLOSED, "held": None}, "is no longer offered here"),
        ({"state": State.NEVER, "held": None}, "has never been published"),
        ({"state": State.LATE, "held": None, "late_by": timedelta(days=2)}, "is late by 2 days"),
    ):
        for name, role in (("measures", "which holds"), ("requests_monthly", "from which")):
            (notice,) = notices(with_product(fine, name, **changed), days, speech)
            assert said in notice.said and role in notice.said and notice.product.name == name


# from any figure to what it rests on --------------------------------------------------------


@pytest.fixture(scope="module")
def built(site: Site) -> Mapping[str, str]:
    """Every page of the site in English, by address."""
    voices = (Speech(site.city, "en"), Speech(site.city, "es"))
    return {
        address: data.decode()
        for name, builder in units(site, ("en", "es")).items()
        if name.startswith("en/")
        for address, data in builder(site, voices)
        if address.endswith(".html")
    }


def links(address: str, html: str) -> set[str]:
    here = posixpath.dirname(address)
    found = re.findall(r'href="([^"#:]+\.html)(?:#[^"]*)?"', html[html.index("<main") : html.index("</main")])
    return {posixpath.normpath(posixpath.join(here, link)) for link in found}


def clicks(built: Mapping[str, str], start: str, arrived: Callable[[str], bool]) -> int:
    """How many links lead from a page to one that has what is looked for; 99 for none."""
    seen, edge = {start}, {start}
    for count in range(6):
        if any(arrived(built[address]) for address in edge):
            return count
        edge = {link for address in edge for link in links(address, built[address]) if link in built} - seen
        seen |= edge
    return 99


FIGURES = (
    "en/index.html",
    "en/problems/index.html",
    "en/problems/streetlights/index.html",
    "en/measures/index.html",
    "en/measures/days/index.html",
    "en/measures/opened/index.html",
    "en/products/measures/index.html",
    "en/products/requests_monthly/index.html",
    "en/lineage/measures/index.html",
)
SOUGHT: dict[str, Callable[[str], bool]] = {
    "definition": lambda html: '<h2 id="definition">' in html,
    "formula": lambda html: '<math displaystyle="true">' in html,
    "query": lambda html: "FROM &#39;data.parquet&#39;" in html,
    "release": lambda html: 'id="evidence"' in html and "Figures of all measures: release 2" in html,
    "inputs by hash": lambda html: 'id="fingerprints"' in html and "b" * 64 in html,
    "checks": lambda html: "Every row has a month." in html and "Figures of all measures" in html,
}


@pytest.mark.parametrize("start", FIGURES)
def test_from_any_figure_everything_it_rests_on_is_three_clicks_away(built: Mapping[str, str], start: str) -> None:
    assert {what: count for what, there in SOUGHT.items() if (count := clicks(built, start, there)) > 3} == {}


def test_every_page_that_shows_a_measures_figure_leads_to_its_definition(site: Site, built: Mapping[str, str]) -> None:
    for name, measure in site.city.measures.items():
        shown = [a for a, html in built.items() if f">{measure.title.default}<" in html and "/search/" not in a]
        assert shown
        for address in shown:
            there = f"en/measures/{name}/index.html"
            assert there == address or there in links(address, built[address]), (address, name)


def test_a_product_names_the_measures_it_holds_and_those_worked_out_from_it(site: Site) -> None:
    speech = Speech(site.city, "en")
    for name, named in (("measures", {"days", "opened", "spent"}), ("requests_monthly", {"days", "opened"})):
        page = next(product_pages(site, speech, site.catalog.products[name]))
        html = spoken(site, page)
        assert set(re.findall(r'href="\.\./\.\./measures/(\w+)/index\.html"', html)) == named
        assert 'id="picture"' in html, "the trend of the question that it answers"
        assert "Figures of all measures</a>, <a" in html, "drawn from the product that holds it"


def test_no_page_of_measures_tells_the_public_a_secret(site: Site, built: Mapping[str, str]) -> None:
    told = {a: [w for w in SECRETS if w in html] for a, html in built.items() if "/measures" in a}
    assert len(told) >= 5 and not any(told.values())
