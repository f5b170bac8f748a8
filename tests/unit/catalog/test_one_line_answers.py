"""The written table of situations and sentences, and what the figures themselves say to each."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import date
from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.answer import CITY, Observation, answer, answer_measure
from catalog.answer.certainty import USUAL_STEPS, any_apart, may_be_worst
from catalog.answer.readings import Reading
from catalog.language import translator
from contracts.city import BetterSide, Decision, Person, Problem
from contracts.model import Place, Text
from tests.reading.documents import LANGUAGES, PAGE, REASONS, page, paper, said, table
from tests.reading.figures import LAST, counts, days, of_city, ratios, shares
from tests.reading.situations import BACKLOG, CALM, CLEARANCE, LIGHT_DAYS, ON_TIME_SHARE, SITUATIONS, Situation

BY_ID = {situation.id: situation for situation in SITUATIONS}


def plain(sentence: str) -> str:
    return re.sub(r"[\u00a0\u202f]", " ", sentence)


def newest(situation: Situation, area: str) -> Observation | None:
    return next((f for f in situation.figures if f.area == area and f.period == LAST), None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.id)
def test_a_situation_has_the_sentence_of_the_table(situation: Situation, language: str) -> None:
    assert plain(said(situation, language).sentence) == table()[situation.id, language]


def test_the_page_is_written_from_the_rules_and_holds_every_situation_once() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
    assert len(BY_ID) == len(SITUATIONS) >= 30
    assert set(table()) == {(name, tongue) for name in (*BY_ID, *REASONS) for tongue in LANGUAGES}


def test_each_language_says_it_in_its_own_words() -> None:
    for name in (*BY_ID, *REASONS):
        assert len({table()[name, tongue] for tongue in LANGUAGES}) == len(LANGUAGES), name


def test_the_paper_for_a_reader_shows_figures_and_sentences_and_no_verdict() -> None:
    text = paper()
    assert text.count("**English**: ") == text.count("**Spanish**: ") == len(SITUATIONS)
    assert "| 2026-10 | 6 (5 to 7), n=600 | 14 (13 to 15), n=120 |" in text
    for situation in SITUATIONS:
        assert situation.about not in text


# what the figures say, worked out apart from the rules ----------------------------------------


def ends(figure: Observation) -> tuple[float, float]:
    low = figure.value if figure.low is None else figure.low
    high = (figure.value if figure.low is None else inf) if figure.high is None else figure.high
    assert low is not None and high is not None
    return low, high


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.id)
def test_a_target_is_met_or_missed_only_where_the_whole_interval_is_on_that_side(situation: Situation) -> None:
    sentence, figure, measure = said(situation, "en").sentence, newest(situation, CITY), situation.measure
    opening, _, following = sentence.partition(". ")
    first = following.partition(". ")[0] if "; it has been" in opening else opening
    claims = ("that meets the target", "that misses the target", "that already meets the target")
    if figure is None or figure.value is None or measure.target is None:
        assert not any(claim in first for claim in claims)
        return
    low, high = ends(figure)
    good = high <= measure.target if measure.direction == "lower" else low >= measure.target
    bad = low > measure.target if measure.direction == "lower" else high < measure.target
    is_due = measure.target_by is None or measure.target_by <= date(2026, 10, 31)
    assert ("that meets the target" in first) == (good and is_due)
    assert ("that already meets the target" in first) == (good and not is_due)
    assert ("that misses the target" in first) == (bad and is_due)
    assert ("too close to the target" in first) == (not good and not bad)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.id)
def test_an_area_is_called_the_worst_only_where_no_other_can_be_it(situation: Situation) -> None:
    sentence = said(situation, "en").sentence
    named = re.search(r"[Ii]t was worst in ([^(:]+?), at ", sentence) or re.match(
        r"In ([\w ]+?) it typically .*; it has been", sentence.partition(". ")[0]
    )
    either = re.search(r"[Ii]t was worst in (.+?): they are too close", sentence)
    areas = {f.area: ends(f) for f in situation.figures if f.period == LAST and f.value is not None and f.area != CITY
             and f.n is not None and (f.n >= 16 or f.is_count)}  # fmt: skip
    has_intervals = any(f.low is not None for f in situation.figures)
    if situation.measure.direction == "higher":
        areas = {area: (-high, -low) for area, (low, high) in areas.items()}
    possible = {a for a, (_, high) in areas.items() if not any(low > high for o, (low, _) in areas.items() if o != a)}
    if named:
        assert has_intervals
        assert possible == {named[1]}
    if either:
        assert set(re.findall(r"(\w[\w ]*) \(", either[1].replace(" or ", ", "))) == possible
        assert 1 < len(possible) <= 3
    if "too close to tell where it was worst" in sentence:
        assert possible == set(areas)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.id)
def test_a_signal_is_told_only_where_the_months_carry_it_and_since_the_first_of_them(situation: Situation) -> None:
    for who, side, since in re.findall(
        r"(The city|\w+) has been (above|below) its usual range every month since (\w+)\.",
        said(situation, "en").sentence,
    ):
        leading = re.match(r"In (\w+) it typically", said(situation, "en").lead)
        area = CITY if who == "The city" else leading[1] if who == "it" and leading else who
        series = [f for f in situation.figures if f.area == area]
        base = [f.value for f in series[: len(series) - 12] if f.value is not None]
        step = sum(abs(b - a) for a, b in itertools.pairwise(base)) / (len(base) - 1)
        centre, reach = sum(base) / len(base), 2.66 * step
        sign = 1 if side == "above" else -1
        beyond = [f.value is not None and sign * (f.value - centre) > reach for f in series]
        first = len(beyond) - beyond[::-1].index(False)
        assert f"{series[first].period:%B}" == since
        assert len(series) - first > 1


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.id)
def test_one_sentence_leads_and_the_rest_follows(situation: Situation) -> None:
    for language in LANGUAGES:
        found = said(situation, language)
        assert found.sentence == f"{found.lead} {found.rest}".strip()
        assert found.lead.count(". ") == 0
        assert len(found.lead.split()) <= 60


LED = {"area-worse", "area-leads"}
"""Situations in which an area's story comes before the city's."""


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.id)
def test_an_area_leads_only_where_its_story_is_the_plainest(situation: Situation) -> None:
    found = said(situation, "en")
    assert ("; it has been" in found.lead) == (situation.id in LED)
    if situation.id in LED:
        assert found.focus_area == found.where == found.evidence["worst"][0]["area"]
        assert len(found.evidence["worst"]) == 1
        assert "misses the target" not in found.sentence


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.id)
def test_a_year_before_is_told_only_where_the_intervals_are_apart(situation: Situation) -> None:
    told = re.search(r", (up|down) from ([\d.]+)", said(situation, "en").sentence)
    city = {f.period: f for f in situation.figures if f.area == CITY and f.value is not None}
    now, then = city.get(LAST), city.get(date(2025, 10, 1))
    if told is None or now is None or then is None:
        assert told is None
        return
    assert then.value == float(told[2])
    if told[1] == "up":
        assert ends(now)[0] > ends(then)[1]
    else:
        assert ends(now)[1] < ends(then)[0]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.id)
def test_every_figure_told_of_the_month_stands_in_the_figures(situation: Situation) -> None:
    """Each number that is told for an area is the area's own, as published, in the sentence's decimals."""
    sentence = said(situation, "en").sentence
    for value, area in re.findall(r"(?:highest|lowest) was ([\d.]+)\S*(?: days)?, in ([\w ]+)\.", sentence):
        figure = newest(situation, area)
        assert figure is not None and figure.value is not None
        assert abs(figure.value - float(value)) <= 0.5


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_gives_a_cause(language: str) -> None:
    causes = {
        "en": r"\bbecause\b|\bdue to\b|\bcaus|\bthanks to\b|\bled to\b",
        "es": r"\bporque\b|\bdebido\b|\bcaus|\bgracias a\b|\bpor culpa\b",
        "pt": r"\bporque\b|\bdevido\b|\bcaus|\bgraças a\b|\bpor culpa\b",
    }
    for situation in SITUATIONS:
        assert not re.search(causes[language], said(situation, language).sentence, re.IGNORECASE), situation.id


# which chart, which status ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("situation", "focus", "status", "direction", "where"),
    [
        ("area-worse", "South", "on_target", "worse", "South"),
        ("city-misses", CITY, "off", "steady", "South"),
        ("city-worse", CITY, "off", "worse", "South"),
        ("city-and-area", CITY, "off", "worse", "South"),
        ("city-better", CITY, "on_target", "better", "North"),
        ("too-early", CITY, "on_target", "unknown", "South"),
        ("city-hidden", "South", "off", "steady", None),
        ("few-everywhere", CITY, "on_target", "steady", None),
        ("gaps", CITY, "on_target", "unknown", None),
        ("share-same", CITY, "on_target", "steady", None),
    ],
)
def test_the_chart_and_the_status_follow_the_sentence(
    situation: str, focus: str, status: str, direction: str, where: str | None
) -> None:
    reply = said(BY_ID[situation], "en")
    assert (reply.focus_area, reply.status, reply.direction, reply.where) == (focus, status, direction, where)
    shown = reply.reading_of()
    assert shown is not None
    assert (shown.area, shown.direction) == (focus, direction)
    assert all(r.area != CITY for r in reply.readings)


def test_the_whole_city_has_its_name_in_each_language() -> None:
    for language, name in (("en", "the whole city"), ("es", "toda la ciudad"), ("pt", "toda a cidade")):
        city = said(BY_ID["city-misses"], language).city
        assert city is not None
        assert city.name == name


def test_an_area_is_not_held_against_the_target_of_a_number() -> None:
    reply = said(BY_ID["backlog"], "en")
    assert reply.city is not None
    assert reply.city.status == "off"
    assert {r.status for r in reply.readings} == {"unknown"}
    alone = answer_measure(BACKLOG, counts("South", [900, 910]), translator("en"))
    assert alone.status == "on_target"


def test_a_problem_is_answered_as_its_measure() -> None:
    nothing, situation = Text(""), BY_ID["area-worse"]
    problem = Problem(
        id="lights",
        practice="performance",
        title=nothing,
        question=nothing,
        why=nothing,
        decision=Decision(nothing, nothing, date(2027, 1, 15)),
        users=(),
        owner=Person(nothing),
        products=("measures",),
        measure=LIGHT_DAYS.reading(),
        not_said=nothing,
        review_date=date(2027, 1, 1),
        place=Place("problems/lights.yaml"),
        measures=(LIGHT_DAYS.id,),
    )
    given_measure = answer(problem, situation.figures, translator("en"), measure=LIGHT_DAYS)
    assert given_measure == said(situation, "en")
    assert "Across the city it typically" not in answer(problem, situation.figures, translator("en")).sentence


def test_the_measures_own_band_is_what_is_near() -> None:
    city = of_city(days("all", CALM, 600))
    assert answer_measure(replace(LIGHT_DAYS, target=5), city, translator("en")).status == "off"
    assert answer_measure(replace(LIGHT_DAYS, target=5, near=0.2), city, translator("en")).status == "near"


def test_a_month_that_is_not_over_is_left_out_for_the_city_too() -> None:
    reply = answer_measure(LIGHT_DAYS, of_city(days("all", CALM)), translator("en"), complete_to=date(2026, 10, 30))
    assert reply.period == date(2026, 9, 1)


def test_figures_of_which_only_some_have_an_interval_make_nobody_the_worst() -> None:
    rows = [
        *of_city(ratios("all", [(90, 100)] * 24)),
        *ratios("South", [(50, 100)] * 24),
        *shares("North", [(90, 100)] * 24),
    ]
    sentence = answer_measure(CLEARANCE, rows, translator("en")).sentence
    assert "too close to tell where it was worst" in sentence


def test_a_figure_never_looks_like_an_end_of_its_interval() -> None:
    row = Observation(CITY, CITY, LAST, 1.02, 90, low=0.98, high=1.06, numerator=90, denominator=88_000)
    sentence = answer_measure(replace(BY_ID["rate-worst"].measure), [row], translator("en")).sentence
    assert "1.02 per 1,000 residents (between 0.98 and 1.06)" in sentence


def test_wide_ends_are_whole_unless_that_moves_the_target() -> None:
    row = Observation(CITY, CITY, LAST, 85.3, 300, low=80.4, high=89.6)
    assert (
        "(between 80% and 90%)" in answer_measure(replace(ON_TIME_SHARE, target=70.0), [row], translator("en")).sentence
    )
    held = answer_measure(ON_TIME_SHARE, [row], translator("en")).sentence
    assert "(between 80.4% and 89.6%)" in held
    assert "that meets the target of 80%" in held


# which areas may be the worst ---------------------------------------------------------------


def reading(area: str, value: float, reach: float | None) -> Reading:
    limits = None if reach is None else (value - reach, value + reach)
    return Reading(area, area, (LAST,), (value,), 100, "unknown", None, (), None, ends=limits)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)), min_size=1, max_size=7),
    st.sampled_from(["lower", "higher", "none"]),
)
def test_an_area_may_be_the_worst_unless_another_is_surely_worse(
    figures: list[tuple[int, int]], better: BetterSide
) -> None:
    sign = -1 if better == "higher" else 1
    readings = [reading(str(i), value, reach) for i, (value, reach) in enumerate(figures)]
    expected = [
        str(i)
        for i, (value, reach) in enumerate(figures)
        if not any(sign * other - width > sign * value + reach for other, width in figures)
    ]
    assert [r.area for r in may_be_worst(readings, better)] == expected
    apart = any(a + r < b - s for a, r in figures for b, s in figures)
    assert any_apart(readings) == apart


def test_two_months_of_a_steady_series_seldom_differ_by_more_than_is_called_usual() -> None:
    draw, wide = Random(7), 0
    for _ in range(2000):
        series = [draw.gauss(0, 1) for _ in range(24)]
        step = sum(abs(b - a) for a, b in itertools.pairwise(series)) / 23
        wide += abs(draw.gauss(0, 1) - draw.gauss(0, 1)) > USUAL_STEPS * step
    assert 0.03 < wide / 2000 < 0.08
