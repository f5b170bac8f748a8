"""The areas of a problem: every ring of the drawing has its reason in the table; cases are summed where they may be."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from catalog.answer import Answer, spread
from catalog.answer.reply import answer
from catalog.charts.choropleth import Choropleth, Region, choropleth
from catalog.charts.ink import NARROW
from catalog.charts.letters import text_width
from catalog.charts.multiples import Multiples, Panel, multiples
from catalog.language import translator
from catalog.site.area_rows import Area
from catalog.site.problem_pages import problem_pages
from catalog.site.rendering import Renderer
from catalog.site.site import Site, read_site
from catalog.site.small_multiples import ByArea, area_multiples, figures_by_area
from catalog.site.speech import Speech
from contracts.city import Problem
from tests.unit.catalog.site_world import CHECKED_AT, build_world
from tests.unit.catalog.test_answer import CALM, figures, measure, problem


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    world = build_world(tmp_path_factory.mktemp("rows"))
    return read_site(world.city, world.home, "public", CHECKED_AT, 5)


def context(site: Site, language: str = "en") -> dict[str, Any]:
    (page,) = problem_pages(site, Speech(site.city, language), site.problems[0])
    return dict(page.context)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_ring_of_the_drawing_has_its_reason_in_the_table(site: Site, language: str) -> None:
    told = context(site, language)
    rows: list[Area] = told["areas"]
    rings = [r.name for r in told["answer"].readings if r.claim is not None]
    assert rings and {row.name for row in rows if row.reading is not None and not row.whole} == set(rings)
    assert [row.whole for row in rows] == [True, *[False] * 5]
    assert rows[0].name == {"en": "The whole city", "es": "Toda la ciudad"}[language]
    drawn = area_multiples(site.problems[0], told["answer"], Speech(site.city, language))
    assert drawn is not None and len(re.findall(r'class="ring ', drawn.wide)) == len(rings)
    for row in rows:
        assert row.reason and (row.reading is None) == (row.reason in ("within its usual range", _CALM_ES))


_CALM_ES = "dentro de su rango habitual"


def test_a_calm_answer_names_the_area_that_it_is_calm_in(site: Site) -> None:
    """ "No change beyond the usual" stood alone under a sentence on another area that left its range."""
    told = context(site)
    speech = Speech(site.city, "en")
    (page,) = problem_pages(site, speech, site.problems[0])
    html = Renderer(speech, "public", ("en", "es")).render(page).decode()
    meta = html[html.index('<ul class="meta">') :].partition("</ul>")[0]
    word = speech.words.direction(told["answer"].direction).word
    focus = told["focus"][0].upper() + told["focus"][1:]
    assert re.search(rf"<li>{focus}: <[^>]*>.*?{word}", meta)


def test_the_lines_of_the_table_have_one_scale(site: Site) -> None:
    values = [v for r in context(site)["answer"].readings for v in r.values[-24:] if v is not None]
    flat = [r for r in context(site)["areas"] if r.spark]
    ends = [float(y) for row in flat for y in re.findall(r'[ "]\d[\d.]*,([\d.]+)', str(row.spark))]
    assert len(flat) > 1 and min(values) < max(values)
    assert (min(ends), max(ends)) == (4.0, 20.0), "the lowest and the highest figure of all"
    reach = [
        len({round(float(y)) for y in re.findall(r'[ "]\d[\d.]*,([\d.]+)', str(row.spark))} & {4, 20}) for row in flat
    ]
    assert min(reach) == 0, "a calm area does not fill its box"


def replied(target: float | None, series: dict[str, list[float | None]]) -> tuple[Problem, Answer]:
    asked = problem(measure(target))
    return asked, answer(asked, figures(series), translator("en"))


CASES = [
    (
        {"A": [*CALM, 3.0], "B": [*CALM, 5.0], "C": [*CALM, 6.0]},
        "2 of the 3 areas compared miss the target of 4 days.",
        "2 de las 3 zonas comparadas no cumplen la meta de 4 días.",
        "2 das 3 áreas comparadas não cumprem a meta de 4 dias.",
    ),
    (
        {"A": [*CALM, 3.0], "B": [*CALM, 3.5], "C": [*CALM, 4.2]},
        "1 of the 3 areas compared misses the target of 4 days.",
        "1 de las 3 zonas comparadas no cumple la meta de 4 días.",
        "1 das 3 áreas comparadas não cumpre a meta de 4 dias.",
    ),
    (
        {"A": [*CALM, 3.0], "B": [*CALM, 3.5]},
        "All 2 areas compared meet the target of 4 days.",
        "Las 2 zonas comparadas cumplen la meta de 4 días.",
        "As 2 áreas comparadas cumprem a meta de 4 dias.",
    ),
    (
        {"A": [*CALM, 5.0], "B": [*CALM, 4.5]},
        "All 2 areas compared miss the target of 4 days.",
        "Ninguna de las 2 zonas comparadas cumple la meta de 4 días.",
        "Nenhuma das 2 áreas comparadas cumpre a meta de 4 dias.",
    ),
    ({"A": [*CALM, 5.0]}, "", "", ""),
]


@pytest.mark.parametrize(("series", "en", "es", "pt"), CASES)
def test_how_many_areas_miss_the_target_is_one_sentence(
    series: dict[str, list[float | None]], en: str, es: str, pt: str
) -> None:
    asked, reply = replied(4.0, series)
    assert [spread(asked, reply, translator(language)) for language in ("en", "es", "pt")] == [en, es, pt]
    assert spread(*replied(None, series), translator("en")) == "", "no target, nothing to miss"


def by_area(site: Site, **changed: Any) -> ByArea:
    """The table month by month, 20 cases a month, with other facts of the newest month of the first area."""
    told = context(site)["answer"]
    rows: dict[str, Any] = {}
    for one in site.figures[site.problems[0].id].observations or ():
        newest = one.area == told.readings[0].area and one.period.replace(day=1) == told.period
        facts = {"n": 20.0, "hidden": False, **(changed if newest else {})}
        rows.setdefault(one.area, []).append(replace(one, **facts))
    return figures_by_area(told, rows)


def test_cases_are_summed_over_the_year_where_every_month_is_told(site: Site) -> None:
    whole = by_area(site)
    months = whole.months[-1].month
    assert whole.year == whole.months[-1].year and whole.has_cases
    assert {row.in_year for row in whole.rows} == {20.0 * months}
    assert all(row.cases == (20.0,) * len(whole.months) for row in whole.rows)


@pytest.mark.parametrize("changed", [{"n": None}, {"hidden": True}, {"n": 3.5}], ids=["not told", "hidden", "no count"])
def test_a_sum_never_fills_what_is_not_told(site: Site, changed: dict[str, Any]) -> None:
    table = by_area(site, **changed)
    assert [row.in_year is None for row in table.rows] == [True, *[False] * (len(table.rows) - 1)]


def test_on_a_phone_the_name_of_an_area_is_not_cut() -> None:
    names = ["Quebrada Honda", "Nueva Esperanza", "Centro Histórico", "El Puerto"]
    panels = tuple(Panel(name, (1.0, 2.0), "70,8 %") for name in names)
    spec = Multiples("x", "T", "D", panels, "oct 2024", "sept 2026", "es")
    svg = multiples(spec, "narrow")
    assert all(f">{name}<" in svg for name in names) and "…" not in svg


def test_the_words_over_a_maps_key_stay_inside_it() -> None:
    unit = "Por ciento de los que vencían en el mes (número de zonas)"
    region = Region("Norte", "M0 0h9v9z", (5, 5), 4, 0)
    svg = choropleth(Choropleth("m", "T", "D", (10, 10), 1, (region,), ("todo",), unit=unit), "narrow")
    lines = [said for said in re.findall(r'<text class="tick"[^>]*>([^<]+)</text>', svg) if said in unit]
    assert " ".join(lines) == unit
    assert all(text_width(line, NARROW.size) <= NARROW.width for line in lines)


def test_the_year_is_that_of_the_newest_month(site: Site) -> None:
    assert by_area(site).months[-1] == date(2026, 10, 1)


def test_the_table_of_areas_becomes_a_list_on_a_phone(site: Site, tmp_path: Path) -> None:
    speech = Speech(site.city, "en")
    (page,) = problem_pages(site, speech, site.problems[0])
    html = Renderer(speech, "public", ("en", "es")).render(page).decode()
    table = html[html.index('<table class="stack" aria-label="Where">') :].partition("</table>")[0]
    assert 'data-head="Cases"' in table and 'data-head="days"' in table and "Reading" in table
