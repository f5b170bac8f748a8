from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import get_args

import pytest

from catalog.site.speech import Speech
from catalog.site.words import Words
from catalog.views import Asks, Promise, QualityView, Reason, RuleView
from contracts.condition import SourceState, State
from contracts.model import Text
from contracts.results import GREEN, Result
from tests.unit.catalog.site_world import city

NOTHING_HIDDEN = "Nothing is hidden here for being small, since the records that are counted are public."


@pytest.fixture
def words() -> Words:
    return Speech(city(), "en").words


def rule(result: Result) -> RuleView:
    return RuleView(
        Asks("r", Text("R"), "required", dimension="completeness"), result.value, examined=10, nulls=0, value=0
    )


def report(*results: Result) -> QualityView:
    return QualityView("p", 1, "published", None, None, 10, {}, tuple(rule(r) for r in results), ())


@pytest.mark.parametrize("result", list(Result))
def test_every_result_has_words_and_only_what_ran_and_held_looks_good(words: Words, result: Result) -> None:
    said = words.result(result.value)
    assert said.word != result.value
    assert (said.tone == "good") == (result is Result.PASSED)
    assert (said.tone == "poor") == (result not in GREEN)


@pytest.mark.parametrize(("language", "word"), [("en", "Failed"), ("es", "No se cumple")])
def test_a_result_is_told_as_a_word_about_a_rule(language: str, word: str) -> None:
    assert Speech(city(), language).words.result("failed").word == word


def test_a_level_that_lasts_is_no_trend(words: Words) -> None:
    assert (words.direction("worse").word, words.direction("better").word) == ("Worse than usual", "Better than usual")
    assert Speech(city(), "es").words.direction("worse").word == "Peor de lo habitual"


def threshold(operator: str, value: object, unit: str = "rows") -> dict[str, object]:
    return {"operator": operator, "value": value, "unit": unit}


@pytest.mark.parametrize(
    ("reason", "english", "spanish"),
    [
        (
            Reason("r", Text("R"), None, 90, "failed", 1.0, threshold("mustBe", 0)),
            "Found 1, allowed 0.",
            "Resultado: 1; permitido: 0.",
        ),
        (
            Reason("r", Text("R"), 3, 1200, "failed", None, threshold("mustBe", 0)),
            "Found 3 of 1,200 records, allowed 0.",
            "Resultado: 3 de 1.200 registros; permitido: 0.",
        ),
        (
            Reason("r", Text("R"), 61, 1200, "failed", 5.0004, threshold("mustBeLessOrEqualTo", 5, "percent")),
            "Found 5.0004%, allowed at most 5%.",
            "Resultado: 5,0004%; permitido: 5% como máximo.",
        ),
        (
            Reason("r", Text("R"), None, 9, "failed", -0.453, threshold("mustBeBetween", [-0.3, 0.5], "share")),
            "Found −45.3%, allowed −30% to 50%.",
            "Resultado: −45,3%; permitido: de −30% a 50%.",
        ),
        (
            Reason("r", Text("R"), None, 9, "failed", 40.21, threshold("mustBeBetween", [0, 35], "days")),
            "Found 40.21 days, allowed at most 35 days.",
            "Resultado: 40,21 días; permitido: 35 días como máximo.",
        ),
        (Reason("r", Text("R"), None, 9, "failed", 0.0, threshold("mustBeGreaterThan", 0)),
         "Found 0, allowed more than 0.", "Resultado: 0; permitido: más de 0."),
        (Reason("r", Text("R"), None, 9, "failed", 7.0), "Found 7.", "Resultado: 7."),
        (Reason("r", Text("R"), None, None, "failed", None, threshold("mustBe", 0)), "", ""),
        (Reason("r", Text("R"), None, 9, "error", 0.0, threshold("mustBe", 0)), "", ""),
    ],
)  # fmt: skip
def test_what_was_found_stands_beside_what_is_allowed(reason: Reason, english: str, spanish: str) -> None:
    assert Speech(city(), "en").words.found(reason) == english
    assert Speech(city(), "es").words.found(reason) == spanish


def test_a_rule_that_holds_a_release_says_what_became_of_it(words: Words) -> None:
    said = [words.unheld(r.value) for r in Result if r not in GREEN]
    assert len(set(said)) == len(said) == 4
    assert words.unheld("failed") == words.unheld("") == "Did not hold:"


def test_every_state_has_its_own_word_and_sign(words: Words) -> None:
    states = [words.state(s.value) for s in State]
    sources = [words.source_state(s.value) for s in SourceState]
    assert len({s.word for s in states}) == len(State)
    assert len({s.word for s in sources}) == len(SourceState)
    assert {s.sign for s in states} >= {"●", "◐", "▲", "✕", "○"}


def test_a_word_nobody_knows_is_shown_and_never_green(words: Words) -> None:
    assert words.result("exploded").word == "exploded"
    assert words.result("exploded").tone == "poor"
    assert words.state("odd").tone == "quiet"


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ([], "No rule was checked, so nothing is known of its quality."),
        ([Result.NOT_APPLICABLE], "No rule was checked, so nothing is known of its quality."),
        ([Result.PASSED], "The one rule held, checked on up to 10 records."),
        ([Result.PASSED, Result.PASSED, Result.NOT_APPLICABLE], "All 2 rules held, checked on up to 10 records."),
        ([Result.PASSED, Result.VACUOUS], "1 of 2 rules did not hold."),
        ([Result.NOT_RUN, Result.ERROR, Result.FAILED], "3 of 3 rules did not hold."),
        (
            [Result.PASSED, Result.WARNED],
            "1 of 2 rules held, checked on up to 10 records. 1 gave a warning.",
        ),
        (
            [Result.FAILED, Result.WARNED, Result.WAIVED],
            "1 of 3 rules did not hold. 1 gave a warning. 1 was waived.",
        ),
    ],
)
def test_the_verdict_counts_only_what_was_judged(words: Words, results: list[Result], sentence: str) -> None:
    assert words.verdict(report(*results)) == sentence


@pytest.mark.parametrize(
    ("promise", "said"),
    [
        (Promise("frequency", 1, "d"), "every day"),
        (Promise("frequency", 1, "month"), "every month"),
        (Promise("frequency", 3, "month"), "every 3 months"),
        (Promise("latency", 35, "d"), "35 days old"),
        (Promise("latency", 1.5, "h"), "1.5 hours old"),
        (Promise("availability", "99 %", None), "99 %"),
    ],
)
def test_promises_are_said_with_their_unit(words: Words, promise: Promise, said: str) -> None:
    assert words.promised(promise) == said


@pytest.mark.parametrize("operator", get_args(__import__("contracts.model", fromlist=["Operator"]).Operator))
def test_every_comparison_has_words(words: Words, operator: str) -> None:
    value = [1, 2] if operator.endswith("Between") else 3
    said = words.threshold({"operator": operator, "value": value, "unit": "rows"})
    assert said.startswith("it is ")
    assert "mustBe" not in said and "mustNot" not in said
    assert (
        words.threshold({"operator": operator, "value": value, "unit": "percent"})
        == f"{said} (per cent of the records)"
    )


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        (
            "count_with_min_cell",
            {"k": 10},
            "Counts below 10 are hidden, so that nobody can be pointed at; so is any count, however large, from which a"
            " hidden one could be worked out.",
        ),
        (
            "parts_with_min_cell",
            {"k": 10},
            "Parts below 10 are hidden, and others with them, so that none can be worked out.",
        ),
        (
            "value_with_min_cell",
            {"k": 10},
            "Hidden where it rests on fewer than 10 cases, or where a hidden count could be worked out with it.",
        ),
        ("count_with_min_cell", {"k": 1}, NOTHING_HIDDEN),
        ("parts_with_min_cell", {"k": 1}, NOTHING_HIDDEN),
        ("value_with_min_cell", {"k": 1}, NOTHING_HIDDEN),
        ("generalise_date", {"to": "month"}, "Only the month is given, not the day."),
        ("generalise_date", {"to": "quarter"}, "The exact moment is not shown, only the quarter."),
        ("point_to_area", {"areas": "districts"}, "Only the area is given, not the place."),
        (
            "age_band",
            {"width": 5, "top": 85},
            "The age is not shown, only the band of 5 years it lies in; from 85 on there is one band.",
        ),
        ("new_step", {}, "Made less detailed by the registered step “new_step”."),
    ],
)
def test_steps_are_said_in_plain_words(words: Words, name: str, parameters: dict[str, object], said: str) -> None:
    assert words.step(name, parameters) == said


def test_a_measure_without_a_better_side_is_higher_or_lower_and_never_better_or_worse(words: Words) -> None:
    told = [words.direction(direction) for direction in ("higher", "lower")]
    assert [(s.word, s.tone) for s in told] == [("Higher than usual", "quiet"), ("Lower than usual", "quiet")]
    assert (words.signal("either").word, words.signal("either").tone) == ("Unusual", "quiet")


def test_a_text_without_translation_carries_its_own_language() -> None:
    spanish = Speech(city(), "es")
    assert spanish.say(Text("Streets", {"es": "Calles"})) == "Calles"
    assert spanish.say(Text("Streets <b>")) == '<span lang="en">Streets &lt;b&gt;</span>'
    assert Speech(city(), "en").say(Text("Streets")) == "Streets"
    assert spanish.first_sentence(Text("One. Two.", {"es": "Uno. Dos."})) == "Uno."


def test_a_language_the_catalogue_does_not_speak_falls_back_and_knows_it() -> None:
    speech = Speech(city(languages=("qu",)), "qu")
    assert (speech.interface, speech.gettext("Problems")) == ("en", "Problems")
    assert speech.say(Text("Streets", {"qu": "Ñankuna"})) == '<span lang="qu">Ñankuna</span>'


def test_days_fall_where_the_city_is() -> None:
    speech = Speech(city(), "en")
    assert speech.local(datetime(2026, 11, 1, 3)) == date(2026, 10, 31)
    assert speech.dated(datetime(2026, 10, 1), "month") == "October 2026"
    assert speech.dated(datetime(2026, 10, 1), "day") == "1 Oct 2026"
    assert speech.dated(datetime(2026, 11, 1, 3), "instant") == "31 Oct 2026"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(minutes=5), "less than an hour"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=1200), "1,200 days"),
    ],
)
def test_spans_are_hours_then_days(length: timedelta, said: str) -> None:
    assert Speech(city(), "en").span(length) == said


def test_shares_never_round_a_few_to_none_or_most_to_all() -> None:
    speech = Speech(city(country="US"), "en")
    assert speech.share(37, 2000) == "1.9%"
    assert speech.share(1, 100_000) == "< 0.01%"
    assert speech.share(99_999, 100_000) == "> 99.99%"
    assert speech.share(1, 1000) == "0.10%"
    assert speech.share(0, 10) == "0%"
    assert speech.share(1, 0) == ""
