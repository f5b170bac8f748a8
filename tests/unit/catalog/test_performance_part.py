"""How a measure performs: what each row says of the city and of the area that stands out, and what it can't say."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from catalog.answer import CITY, Observation
from catalog.answer.outlook import without_season, year_of
from catalog.charts import LineChart, Mark, Year, line_chart
from catalog.measured import Measured
from catalog.site.performance import Performance, Row, performance
from catalog.site.performance_words import Cell
from catalog.site.problem_pages import problem_pages
from catalog.site.rendering import Renderer
from catalog.site.site import read_site
from catalog.site.speech import Speech
from contracts.measure import Measure
from tests.reading.figures import LAST, counts, days, months_to, of_city, shares
from tests.reading.situations import BACKLOG, CALM, LIGHT_DAYS, ON_TIME_SHARE, SITUATIONS
from tests.unit.catalog.site_world import CHECKED_AT, build_world, city
from transforms.statistics.projection import Projection

ROOT = Path(__file__).parents[3]
FIGURES = {situation.id: situation for situation in SITUATIONS}


def of(measure: Measure, figures: list[Observation], language: str = "en") -> Performance:
    told = Measured(
        measure,
        tuple(f for f in figures if f.area == CITY),
        tuple(f for f in figures if f.area != CITY),
        is_missing=False,
    )
    found = performance(told, Speech(city(), language))
    assert found is not None
    return found


def situation(name: str, language: str = "en") -> Performance:
    return of(FIGURES[name].measure, list(FIGURES[name].figures), language)


def row(part: Performance, label: str) -> Row:
    return next(r for r in part.rows if r.label.startswith(label))


def word(cell: Cell) -> str:
    return cell.standing.word if cell.standing else ""


def test_the_city_and_the_area_that_stands_out_stand_side_by_side() -> None:
    part = situation("area-worse")
    assert part.subjects == ("the whole city", "South")
    assert [cell.text for cell in row(part, "Figure").cells] == [
        "6 days (between 5 and 7)",
        "14 days (between 13 and 15)",
    ]
    assert row(part, "Figure").cells[0].note == "resting on 600 cases"
    assert [word(c) for c in row(part, "Against the target of 8 days").cells] == ["On target", "Off target"]
    assert all(len(r.cells) == 2 for r in part.rows)


def test_a_status_by_bands_stands_beside_the_signal_and_says_its_bands() -> None:
    part = situation("area-worse")
    labels = [r.label for r in part.rows]
    target = labels.index("Against the target of 8 days")
    assert labels[target + 1] == "Against what is usual"
    assert word(part.rows[target + 1].cells[1]) == "Unusual, for the worse"
    assert part.rows[target + 1].cells[1].text == "above its usual range since June"
    assert part.rows[target + 1].cells[1].note == "usual: 4.5 to 8.4"
    assert any("at most 10% of it" in note for note in part.notes)
    wider = of(replace(LIGHT_DAYS, near=0.25), of_city(days("all", [v + 3 for v in CALM])))
    assert word(row(wider, "Against the target").cells[0]) == "Near target"
    assert any("at most 25% of it" in note for note in wider.notes)


def test_a_target_inside_the_interval_is_said_to_be_too_close() -> None:
    cell = row(situation("share-close"), "Against the target").cells[0]
    assert (word(cell), cell.note) == (
        "Near target",
        "Too close to tell: the target lies within what the figure may be.",
    )
    assert row(situation("share-worst"), "Against the target").cells[0].note == ""


@pytest.mark.parametrize(
    ("values", "target", "said"),
    [
        (CALM, 12.0, "Consistently meets it"),
        (CALM, 3.0, "Consistently misses it"),
        (CALM, 6.5, "Hit and miss"),
    ],
)
def test_whether_a_series_keeps_to_its_target(values: list[int], target: float, said: str) -> None:
    part = of(replace(LIGHT_DAYS, target=target), of_city(days("all", values)))
    assert word(row(part, "Does it keep to the target?").cells[0]) == said


def test_what_has_left_its_usual_range_promises_nothing() -> None:
    cell = row(situation("area-worse"), "Does it keep").cells[1]
    assert cell == Cell("It has left what is usual, so that what is usual says nothing of the target now.")


def test_limits_of_fewer_than_twelve_months_are_on_trial_and_judge_nothing() -> None:
    part = situation("too-early")
    cell = row(part, "Against what is usual").cells[0]
    assert cell.text == "too few months to tell"
    assert cell.note == "Trial limits from 8 months: 4.6 to 8.4. With twelve they are firm."
    assert row(part, "Does it keep").cells[0].text.startswith("Needs twelve months of figures")
    few = of(LIGHT_DAYS, of_city(days("all", CALM[:5])))
    assert row(few, "Against what is usual").cells[0] == Cell("too few months to tell")


def test_last_year_is_told_with_whether_the_difference_is_chance() -> None:
    assert row(situation("share-same"), "Same month last year").cells[0] == Cell(
        "84.0% in October 2025", "The difference may be chance."
    )
    assert row(situation("share-up"), "Same month last year").cells[0] == Cell(
        "62.0% in October 2025", "Up by 24.0 points since, which is more than chance."
    )
    swinging = row(situation("swinging"), "Same month last year").cells[0]
    assert swinging.note == "The counts differ by more than chance, but no more than its months usually do."
    assert row(situation("too-early"), "Same month last year").cells[0] == Cell(
        "The same month of last year has no figure."
    )
    assert "no counts stand behind it" in row(situation("backlog"), "Same month last year").cells[0].note


def test_the_season_is_left_out_only_where_two_whole_years_tell_it() -> None:
    assert row(situation("too-early"), "Without its season").cells[0].text == (
        "Needs two whole years of months; there are 8."
    )
    gap = days("all", [*CALM, *CALM[:5], None, *CALM[:3]])
    assert (
        row(of(LIGHT_DAYS, of_city(gap)), "Without its season")
        .cells[0]
        .text.startswith("Needs two whole years without")
    )
    changed = row(situation("area-worse"), "Without its season").cells[1]
    assert changed.text.startswith("Something changed within the two years known")
    told = row(situation("swinging"), "Without its season").cells[0]
    assert re.fullmatch(r"\d+\.\d days", told.text)
    assert told.note == "From 24 months: the fewer years, the rougher the season."


def test_the_year_is_foretold_with_how_sure_and_how_likely() -> None:
    wave = [(80 + n % 5 - 2 + (n * 7) % 3, 100) for n in range(24)]
    part = of(ON_TIME_SHARE, of_city(shares("all", [(p * 4, 400) for p, _ in wave])))
    cell = row(part, "The whole year").cells[0]
    foretold = year_of(ON_TIME_SHARE, of_city(shares("all", [(p * 4, 400) for p, _ in wave])))
    assert isinstance(foretold, Projection)
    assert re.fullmatch(r"2026: probably [\d.]+% \(between [\d.]+% and [\d.]+%\)\.", cell.text)
    assert f"{foretold.value:.1f}%" in cell.text
    assert re.match(r"Likelihood of meeting the target: (about \d in 10|(less|more) than \d+ in 20)\.", cell.note)
    assert "10 months are known" in cell.note
    assert row(situation("too-early"), "The whole year").cells[0].text.startswith("Cannot be foretold yet")


def test_a_year_that_is_over_is_told_and_not_foretold() -> None:
    rows = [
        replace(o, period=m) for o, m in zip(of_city(days("all", CALM)), months_to(24, date(2026, 12, 1)), strict=True)
    ]
    part = of(LIGHT_DAYS, rows)
    cell = row(part, "The whole year").cells[0]
    assert cell.text == "2026: 6.4 days, all twelve months known."
    assert cell.note == "That meets the target."
    assert part.chart is not None
    assert 'class="foretold"' not in part.chart.wide


@pytest.mark.parametrize(
    ("denominator", "said"),
    [("due", "Of all that fell due: "), ("closed_with_due", "Of those closed: "), ("opened", "")],
)
def test_a_share_on_time_says_what_it_is_a_share_of(denominator: str, said: str) -> None:
    formula = replace(ON_TIME_SHARE.formula, denominator=denominator)
    part = of(replace(ON_TIME_SHARE, formula=formula), of_city(shares("all", [(80, 100)] * 3)))
    assert any(note.startswith("Of ") for note in part.notes) == bool(said)
    assert not said or part.notes[0].startswith(said)


def test_the_target_of_a_number_is_the_whole_citys() -> None:
    part = of(
        BACKLOG, [*of_city(counts("all", [1700] * 13)), *counts("South", [900] * 13), *counts("North", [800] * 13)]
    )
    assert row(part, "Against the target").cells[1] == Cell("The target is the whole city's.")
    assert row(part, "Score").cells[1] == Cell("The target is the whole city's.")
    assert "Likelihood" in row(part, "The whole year").cells[0].note
    assert "Likelihood" not in row(part, "The whole year").cells[1].note


def test_without_a_target_there_is_no_score_and_it_says_why() -> None:
    part = situation("neither-better")
    assert row(part, "Against the target").cells[0].text == "Neither side is better."
    assert [r.label for r in situation("rate-worst").rows] == [
        "Figure",
        "Against the target",
        "Against what is usual",
        "Same month last year",
        "Without its season",
        "The whole year",
    ]
    assert row(situation("rate-worst"), "Against the target").cells[0].text == "No target is set."


def test_a_city_without_a_figure_leaves_the_area_and_says_why() -> None:
    part = situation("city-hidden")
    assert part.subjects == ("South",)
    assert part.chart is None
    assert part.notes[-1] == "The figure for the whole city is not shown: it would give away a small count."


def test_an_area_of_few_cases_is_not_set_beside_the_city() -> None:
    assert situation("few-everywhere").subjects == ("the whole city",)


def test_without_any_figure_there_is_no_part() -> None:
    told = Measured(LIGHT_DAYS, (FIGURES["nothing-yet"].figures[0],))
    assert performance(told, Speech(city(), "en")) is None


def test_the_chart_reaches_to_the_end_of_the_year_with_the_year_in_a_frame() -> None:
    part = situation("city-misses")
    assert part.chart is not None
    assert part.chart.wide.count('class="foretold"') == 2
    assert "2026: probably " in part.chart.wide
    assert "Dotted: the year as a whole as foretold" in part.chart.note
    assert part.chart.subtitle == "Days, by month, Nov 2024 – Oct 2026"
    assert part.months[0].month == "Oct 2026"
    assert (part.months[0].value, part.months[0].interval, part.months[0].n) == ("11", "10 to 12", "600")
    assert len(part.months) == 24


def test_every_row_speaks_the_language() -> None:
    english, spanish, portuguese = (situation("area-worse", tongue) for tongue in ("en", "es", "pt"))
    for one, two, three in zip(english.rows, spanish.rows, portuguese.rows, strict=True):
        assert len({one.label, two.label, three.label}) == 3
    assert row(spanish, "El año entero").cells[0].note.startswith("Probabilidad de cumplir la meta: más de 19 en 20.")
    assert "entre 13 y 15" in spanish.rows[0].cells[1].text


def test_the_part_stands_on_the_problems_page_with_statuses_as_word_and_sign(tmp_path: Path) -> None:
    world = build_world(tmp_path)
    site = read_site(world.city, world.home, "public", CHECKED_AT, 5)
    measure = site.measures_of(site.problems[0])[0]
    for language in ("en", "es"):
        speech = Speech(site.city, language)
        (page,) = problem_pages(site, speech, site.problems[0])
        html = Renderer(speech, "public", ("en", "es")).render(page).decode()
        part = performance(site.measured[measure.id], speech)
        assert part is not None and len(part.rows) >= 6
        section = html[html.index(f'<h2 id="performance-{measure.id}"') :].partition("</section>")[0]
        for asked in part.rows:
            assert asked.label in section
            for cell in asked.cells:
                assert cell.text in section and cell.note in section
                if cell.standing:
                    assert f'<i aria-hidden="true">{cell.standing.sign}</i>{cell.standing.word}</span>' in section
        assert section.count('<th scope="col">') >= 1 + len(part.subjects)


def test_the_year_is_drawn_as_a_line_over_its_months_in_a_frame() -> None:
    marks = tuple(Mark(month, float(i)) for i, month in enumerate(months_to(4)))
    spec = LineChart(
        "c", "t", "d", (*marks, Mark(date(2026, 11, 1), None)), "en", year=Year(1, 4, 2.0, 1.0, 9.0, "2026: 2")
    )
    drawn = line_chart(spec)
    assert drawn.count('class="foretold"') == 2
    assert "2026: 2</text>" in drawn
    plain = line_chart(replace(spec, year=None))
    assert "foretold" not in plain
    ticks = [float(t) for t in re.findall(r'class="tick"[^>]*>(\d+)<', drawn)]
    assert max(ticks) >= 9


def test_statsmodels_is_not_read_where_two_years_are_not_known() -> None:
    code = (
        "import sys; from tests.unit.catalog.test_performance_part import situation;"
        "situation('too-early'); assert 'statsmodels' not in sys.modules;"
        "situation('swinging'); assert 'statsmodels' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


def test_the_same_series_is_worked_out_once() -> None:
    series = of_city(days("all", CALM))
    assert without_season(series) is without_season(list(series))
    assert year_of(LIGHT_DAYS, series) is year_of(LIGHT_DAYS, list(series))
    assert max(f.period for f in series) == LAST
