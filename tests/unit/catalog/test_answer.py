"""The table of situations and the sentence that each one gets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import pytest

from catalog.answer import UNPLACED, Answer, Observation, answer, few_note, ring_note, status_of, trend_chart
from catalog.charts import line_chart
from catalog.language import translator
from contracts.city import BetterSide, Decision, Person, Problem, ProblemMeasure
from contracts.model import Place, Text

HARD_BLANK = "\N{NO-BREAK SPACE}"
CALM = [5.1, 4.8, 5.3, 5.0, 4.6, 4.9, 5.2, 5.5, 5.1, 4.7, 5.0, 5.2]
AFTER = [5.4, 4.9, 5.1, 5.6, 7.2, 7.9, 8.4, 8.1, 8.8, 9.3, 8.6]


def text(english: str, spanish: str) -> Text:
    return Text(english, {"es": spanish})


def measure(
    target: float | None = 4.0,
    direction: BetterSide = "lower",
    unit: Text | None = None,
    phrase: Text | None = None,
) -> ProblemMeasure:
    return ProblemMeasure(
        id="days_to_mend",
        title=text("Days to mend a light", "Días para reparar una luz"),
        product="service_requests_monthly",
        value="median_days",
        n="closed",
        period="month",
        area="district_id",
        area_name="district_name",
        unit=unit or text("days", "días"),
        direction=direction,
        target=target,
        phrase=phrase,
    )


def problem(of: ProblemMeasure | None) -> Problem:
    nothing = Text("")
    return Problem(
        id="streetlights",
        practice="performance",
        title=nothing,
        question=nothing,
        why=nothing,
        decision=Decision(nothing, nothing, date(2027, 1, 15)),
        users=(),
        owner=Person(nothing),
        products=("service_requests_monthly",),
        measure=of,
        not_said=nothing,
        review_date=date(2027, 1, 1),
        place=Place("problems/streetlights.yaml"),
    )


def figures(series: Mapping[str, Sequence[float | None]], last: date = date(2026, 11, 1)) -> list[Observation]:
    """Monthly figures, each series ending in ``last``."""
    found = []
    for name, values in series.items():
        for back, value in enumerate(reversed(values)):
            months = last.year * 12 + last.month - 1 - back
            period = date(months // 12, months % 12 + 1, 1)
            found.append(Observation(name.lower(), name, period, value, 100.0))
    return found


def ask(
    series: Mapping[str, Sequence[float | None]], of: ProblemMeasure, language: str = "en", **options: Any
) -> Answer:
    return answer(problem(of), figures(series), translator(language), **options)


REST = {"North": [4.1] * 23, "West": [4.9] * 23, "East": [5.2] * 23}
SOUTH = CALM + AFTER
PERCENT = text("%", "%")
REQUESTS = text("open requests", "solicitudes abiertas")

SITUATIONS: list[tuple[str, ProblemMeasure, Mapping[str, Sequence[float | None]], str, str, str, str]] = [
    (
        "beyond its usual range for months",
        measure(),
        {"South": SOUTH, **REST},
        "off",
        "worse",
        "Days to mend a light: 8.6 days in South in November 2026, against 4.1 to 5.2 elsewhere in the "
        "city; the target is 4 days. South has been above its usual range every month since May.",
        "Días para reparar una luz: 8,6 días en South en noviembre de 2026, frente a valores de 4,1 a "
        "5,2 en el resto de la ciudad; la meta es 4 días. South ha estado por encima de su rango habitual todos los "
        "meses desde mayo.",
    ),
    (
        "said as the city says it",
        measure(
            phrase=text("In {area} a streetlight stayed dark for {value}", "En {area} una luz pasó {value} apagada")
        ),
        {"South": SOUTH, **REST},
        "off",
        "worse",
        "In South a streetlight stayed dark for 8.6 days in November 2026, against 4.1 to 5.2 elsewhere in the city; "
        "the target is 4 days. South has been above its usual range every month since May.",
        "En South una luz pasó 8,6 días apagada en noviembre de 2026, frente a valores de 4,1 a 5,2 en el resto de la "
        "ciudad; la meta es 4 días. South ha estado por encima de su rango habitual todos los meses desde mayo.",
    ),
    (
        "since another year",
        measure(None),
        {"South": [*([5.0, 6.0] * 6), *([6.4, 6.6] * 8)], "North": [4.0] * 28},
        "unknown",
        "worse",
        "Days to mend a light: 6.6 days in South in November 2026, against 4.0 in North. South has been "
        "above its usual level every month since July 2025.",
        "Días para reparar una luz: 6,6 días en South en noviembre de 2026, frente a 4,0 en North. "
        "South ha estado por encima de su nivel habitual todos los meses desde julio de 2025.",
    ),
    (
        "beyond its usual range this month only",
        measure(),
        {"South": [*CALM, 7.0], "North": [4.4] * 13},
        "off",
        "worse",
        "Days to mend a light: 7.0 days in South in November 2026, against 4.4 in North; the target is 4 "
        "days. The figure for South is above its usual range, 4.1 to 5.9.",
        "Días para reparar una luz: 7,0 días en South en noviembre de 2026, frente a 4,4 en North; la "
        "meta es 4 días. La cifra de South está por encima de su rango habitual, de 4,1 a 5,9.",
    ),
    (
        "nothing unusual",
        measure(),
        {"South": [*CALM, 5.0], "North": [4.4] * 13, "West": [4.4] * 13},
        "off",
        "steady",
        "Days to mend a light: 5.0 days in South in November 2026, against 4.4 elsewhere in the city; the "
        "target is 4 days. The figure for South is within its usual range, 4.1 to 5.9.",
        "Días para reparar una luz: 5,0 días en South en noviembre de 2026, frente a 4,4 en el resto "
        "de la ciudad; la meta es 4 días. La cifra de South está dentro de su rango habitual, de 4,1 a 5,9.",
    ),
    (
        "every area met the target",
        measure(6.0),
        {"South": [*CALM, 5.0], "North": [4.4] * 13},
        "on_target",
        "steady",
        "Days to mend a light: every area met the target of 6 days in November 2026; the highest was 5.0 "
        "days, in South. The figure for South is within its usual range, 4.1 to 5.9.",
        "Días para reparar una luz: todas las zonas cumplieron la meta de 6 días en noviembre de 2026; "
        "la cifra más alta fue de 5,0 días, en South. La cifra de South está dentro de su rango habitual, de 4,1 a "
        "5,9.",
    ),
    (
        "higher is better, in per cent, and improving",
        measure(90.0, "higher", PERCENT),
        {"South": [*([70.0, 72.0, 71.0] * 4), *[81.0 + i for i in range(6)]], "North": [92.5] * 18},
        "near",
        "better",
        "Days to mend a light: 86.0% in South in November 2026, against 92.5% in North; the target is 90%. "
        "South has been above its usual range every month since June.",
        "Días para reparar una luz: 86,0 % en South en noviembre de 2026, frente a 92,5 % en North; la "
        "meta es 90 %. South ha estado por encima de su rango habitual todos los meses desde junio.",
    ),
    (
        "higher is better, all met",
        measure(60.0, "higher", PERCENT),
        {"South": [71.0] * 12, "North": [92.0] * 12, "West": [*[93.0] * 11, None]},
        "on_target",
        "steady",
        "Days to mend a light: every area with a published figure met the target of 60% in November 2026; "
        "the lowest was 71%, in South. The figure for South is within its usual range, 71.0% to 71.0%.",
        "Días para reparar una luz: todas las zonas con cifra publicada cumplieron la meta de 60 % en "
        "noviembre de 2026; la más baja fue de 71 %, en South. La cifra de South está dentro de su "
        "rango habitual, de 71,0 % a 71,0 %.",
    ),
    (
        "some areas withheld, too few months, whole numbers",
        measure(None, unit=REQUESTS),
        {"South": [1200.0, 1305.0], "North": [310.0, 290.0], "East": [10.0, 12.0], "West": [20.0, None]},
        "unknown",
        "unknown",
        "Days to mend a light: 1,305 open requests in South in November 2026, against 12 to 290 in the other "
        "areas with a published figure. With 2 months of figures it is too early to say what is "
        "usual; twelve are needed.",
        "Días para reparar una luz: 1.305 solicitudes abiertas en South en noviembre de 2026, frente a "
        "valores de 12 a 290 en las demás zonas con cifra publicada. Con 2 meses de cifras es "
        "pronto para decir qué es lo "
        "habitual; hacen falta doce.",
    ),
    (
        "one area and one month",
        measure(),
        {"Centre": [4.25]},
        "near",
        "unknown",
        "Days to mend a light: 4.3 days in Centre in November 2026; the target is 4 days. With 1 month of "
        "figures it is too early to say what is usual; twelve are needed.",
        "Días para reparar una luz: 4,3 días en Centre en noviembre de 2026; la meta es 4 días. Con 1 "
        "mes de cifras es pronto para decir qué es lo habitual; hacen falta doce.",
    ),
    (
        "one area that meets its target",
        measure(),
        {"Centre": [3.5]},
        "on_target",
        "unknown",
        "Days to mend a light: 3.5 days in Centre in November 2026, which meets the target of 4 days. With 1 "
        "month of figures it is too early to say what is usual; twelve are needed.",
        "Días para reparar una luz: 3,5 días en Centre en noviembre de 2026, dentro de la meta de 4 días. "
        "Con 1 mes de cifras es pronto para decir qué es lo habitual; hacen falta doce.",
    ),
    (
        "the worst area is calm, another is not",
        measure(),
        {"South": [v + 5 for v in CALM] + [10.0] * 6, "East": [*CALM, 5.0, 5.1, 5.2, 8.0, 8.4, 8.8]},
        "off",
        "steady",
        "Days to mend a light: 10.0 days in South in November 2026, against 8.8 in East; the target is 4 days. "
        "The figure for South is within its usual range, 9.1 to 10.9. East has been above its usual range "
        "every month since September.",
        "Días para reparar una luz: 10,0 días en South en noviembre de 2026, frente a 8,8 en East; la meta "
        "es 4 días. La cifra de South está dentro de su rango habitual, de 9,1 a 10,9. East ha estado por encima de "
        "su rango habitual todos "
        "los meses desde septiembre.",
    ),
    (
        "rising without leaving its range",
        measure(None),
        {"South": [5.0, 3.0] * 6 + [3.4, 3.6, 3.8, 4.4, 4.6, 4.8, 5.0]},
        "unknown",
        "worse",
        "Days to mend a light: 5.0 days in South in November 2026. South has risen every month since April.",
        "Días para reparar una luz: 5,0 días en South en noviembre de 2026. South ha subido todos los "
        "meses desde abril.",
    ),
    (
        "near the edge twice in three months",
        measure(None),
        {"South": [*CALM, 5.7, 5.0, 5.7]},
        "unknown",
        "worse",
        "Days to mend a light: 5.7 days in South in November 2026. In two of the last three months South was "
        "close to the top of its usual range.",
        "Días para reparar una luz: 5,7 días en South en noviembre de 2026. En dos de los tres últimos "
        "meses, South estuvo cerca del límite superior de su rango habitual.",
    ),
    (
        "a figure every second month",
        measure(None),
        {"South": [5.0, None] * 12 + [5.0]},
        "unknown",
        "unknown",
        "Days to mend a light: 5 days in South in November 2026. Too many months lack a figure to say what is usual.",
        "Días para reparar una luz: 5 días en South en noviembre de 2026. Faltan las cifras de demasiados "
        "meses para decir qué es lo habitual.",
    ),
]


@pytest.mark.parametrize(
    ("of", "series", "status", "direction", "english", "spanish"),
    [row[1:] for row in SITUATIONS],
    ids=[row[0] for row in SITUATIONS],
)
def test_a_situation_has_its_sentence(
    of: ProblemMeasure,
    series: Mapping[str, Sequence[float | None]],
    status: str,
    direction: str,
    english: str,
    spanish: str,
) -> None:
    said = ask(series, of)
    assert said.sentence == english
    assert (said.status, said.direction) == (status, direction)
    assert ask(series, of, "es").sentence.replace(HARD_BLANK, " ") == spanish


@pytest.mark.parametrize(
    ("of", "observations", "options", "reason", "sentence"),
    [
        (
            None,
            [],
            {},
            "no_measure",
            "No figure answers this question yet: the city has not said how it will be measured.",
        ),
        (
            measure(),
            None,
            {},
            "no_release",
            "This cannot be answered yet: the figures it rests on have not been published.",
        ),
        (
            measure(),
            [],
            {},
            "no_figures",
            "This cannot be answered: the published data holds no figures for this question.",
        ),
        (
            measure(),
            figures({"South": [None, None]}),
            {},
            "all_withheld",
            "This cannot be answered: no area has a figure that may be published.",
        ),
        (
            measure(),
            [*figures({"South": [5.0]}), *figures({"South": [6.0]})],
            {},
            "ambiguous",
            "This cannot be answered: the data gives several figures for the same area and month.",
        ),
        (
            measure(),
            figures({"South": [5.0]}),
            {"complete_to": date(2026, 11, 29)},
            "none_over",
            "This cannot be answered yet: no month of figures is complete.",
        ),
    ],
)
def test_it_says_when_it_cannot_answer(
    of: ProblemMeasure | None,
    observations: list[Observation] | None,
    options: dict[str, Any],
    reason: str,
    sentence: str,
) -> None:
    said = answer(problem(of), observations, translator("en"), **options)
    assert said == Answer(sentence, "unknown", "unknown", None, None, {"reason": reason})
    assert answer(problem(of), observations, translator("es"), **options).sentence != sentence


def test_a_month_that_is_not_over_is_left_out() -> None:
    series = {"South": [*CALM, 5.0, 30.0]}
    assert ask(series, measure(), complete_to=date(2026, 11, 30)).period == date(2026, 11, 1)
    said = ask(series, measure(), complete_to=date(2026, 11, 29))
    assert said.period == date(2026, 10, 1)
    assert "30" not in said.sentence


def test_records_of_no_area_are_never_the_answer() -> None:
    observations = [*figures({"South": [5.0]}), Observation(UNPLACED, "Unknown", date(2026, 11, 1), 99.0)]
    said = answer(problem(measure()), observations, translator("en"))
    assert said.focus_area == "south"
    assert "99" not in said.sentence


def test_where_no_record_has_an_area_the_answer_is_about_the_whole_city() -> None:
    observations = [Observation(UNPLACED, "unknown", date(2026, 11, 1), 9.0)]
    said = answer(problem(measure()), observations, translator("en"))
    assert (said.focus_area, said.evidence["reason"]) == (UNPLACED, "answered")
    assert "the whole city" in said.sentence
    assert "unknown" not in said.sentence
    assert "toda la ciudad" in answer(problem(measure()), observations, translator("es")).sentence


def test_a_recent_change_does_not_widen_the_range_it_is_judged_by() -> None:
    said = ask({"South": SOUTH}, measure())
    usual = said.evidence["usual"]
    assert usual["upper"] < 6.0
    assert (usual["first"], usual["last"], usual["months"]) == ("2025-01-01", "2025-12-01", 12)


def test_withheld_months_lengthen_the_time_the_range_comes_from() -> None:
    gaps: list[float | None] = [*CALM[:6], None, None, *CALM[6:], 5.0]
    usual = ask({"South": gaps}, measure()).evidence["usual"]
    assert (usual["first"], usual["last"], usual["months"]) == ("2025-09-01", "2026-10-01", 12)


def test_small_rates_stay_apart() -> None:
    said = ask({"South": [0.14], "North": [0.09]}, measure(target=None))
    assert said.evidence["digits"] == 2
    assert "0.14" in said.sentence
    assert "0.09" in said.sentence


def test_a_figure_never_looks_like_the_target_it_misses() -> None:
    said = ask({"South": [4.04], "North": [4.5]}, measure())
    assert said.focus_area == "north"
    south = next(a for a in said.evidence["areas"] if a["area"] == "south")
    assert south["status"] == "near"
    assert said.evidence["digits"] == 2
    assert "against 4.04 in South" in said.sentence


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = figures({"South": SOUTH, **REST})
    one, other = (answer(problem(measure()), r, translator("en")) for r in (rows, rows[::-1]))
    assert one == other


def test_the_evidence_is_plain_and_names_every_area() -> None:
    said = ask({"South": SOUTH, **REST, "Hills": [*[4.0] * 22, None]}, measure())
    assert json.loads(json.dumps(said.evidence)) == said.evidence
    assert [a["name"] for a in said.evidence["areas"]] == ["South", "East", "West", "North"]
    assert said.evidence["withheld"] == [{"area": "hills", "name": "Hills"}]
    assert said.evidence["signal"] == {
        "kind": "limit",
        "side": "above",
        "since": "2026-05-01",
        "months": 7,
        "bad": True,
    }


def test_numbers_follow_the_country_and_words_the_language() -> None:
    said = ask({"South": SOUTH, **REST}, measure(), "es-MX")
    assert said.sentence.startswith("Días para reparar una luz: 8.6 días en South en noviembre de 2026")


def test_a_text_the_city_did_not_translate_stands_in_its_own_language() -> None:
    said = ask(
        {"South": SOUTH}, replace(measure(), title=Text("Days to mend"), phrase=Text("In {area}: {value}")), "es"
    )
    assert said.sentence.startswith("Days to mend: 8,6 días en South en noviembre")


@pytest.mark.parametrize(
    ("direction", "value", "expected"),
    [
        ("lower", 4.0, "on_target"),
        ("lower", 4.4, "near"),
        ("lower", 4.41, "off"),
        ("higher", 4.0, "on_target"),
        ("higher", 3.6, "near"),
        ("higher", 3.59, "off"),
        ("lower", None, "unknown"),
    ],
)
def test_a_figure_against_its_target(direction: Literal["lower", "higher"], value: float | None, expected: str) -> None:
    assert status_of(measure(4.0, direction), value) == expected
    assert status_of(measure(None, direction), value) == "unknown"


def test_the_band_called_near_is_the_callers() -> None:
    assert status_of(measure(4.0), 4.9, near=0.25) == "near"
    assert ask({"South": [4.9]}, measure(), near=0.25).status == "near"
    assert ask({"South": [4.9]}, measure()).evidence["near"] == 0.1


def test_the_chart_shows_what_the_sentence_says() -> None:
    said = ask({"South": SOUTH, **REST}, measure())
    chart = trend_chart(problem(measure()), said, translator("en"))
    assert chart is not None
    assert chart.title == "Days to mend a light, South, Jan 2025 – Nov 2026"
    assert [m.value for m in chart.marks] == SOUTH
    assert [m.period for m in chart.marks if m.signal] == [date(2026, m, 1) for m in range(5, 12)]
    assert not any(m.good for m in chart.marks)
    assert (chart.end_label, chart.target_label, chart.centre_label) == ("8.6 days", "target 4", "usual 5.0")
    assert chart.signal_label == "above its usual range since May"
    assert chart.zero
    assert "South has been above its usual range every month since May." in chart.description
    assert chart.description.endswith("The target is 4 days.")


LEVEL = [*([5.0, 6.0] * 6), *([6.4, 6.6] * 6)]
RISE = [*([5.0, 6.0] * 6), 5.1, 5.2, 5.3, 5.4, 5.5, 5.6, 5.7]
EDGE = [*([5.0, 6.0] * 6), 7.9, 5.4, 8.0]
HIGH_ONCE = [*([5.0, 6.0] * 6), 20.0, 5.4]


@pytest.mark.parametrize(
    ("series", "better", "english", "spanish"),
    [
        (SOUTH, "lower", "Ringed: outside it.", "Con círculo: fuera de ella."),
        (HIGH_ONCE, "lower", "Ringed: outside it.", "Con círculo: fuera de ella."),
        (
            LEVEL,
            "lower",
            "Ringed: the months in a row above the usual level.",
            "Con círculo: los meses seguidos por encima del nivel habitual.",
        ),
        (
            [11 - v for v in LEVEL],
            "lower",
            "Ringed: the months in a row below the usual level.",
            "Con círculo: los meses seguidos por debajo del nivel habitual.",
        ),
        (
            [*HIGH_ONCE, *LEVEL[12:19]],
            "lower",
            "Ringed: the months in a row above the usual level. Months outside the band are ringed too.",
            None,
        ),
        (
            RISE,
            "higher",
            "Ringed: the months of an unbroken rise.",
            "Con círculo: los meses de un alza sin interrupción.",
        ),
        (
            [11 - v for v in RISE],
            "higher",
            "Ringed: the months of an unbroken fall.",
            "Con círculo: los meses de una baja sin interrupción.",
        ),
        (
            EDGE,
            "lower",
            "Ringed: close to the top of the band.",
            "Con círculo: cerca del límite superior de la franja.",
        ),
        (
            [11 - v for v in EDGE],
            "lower",
            "Ringed: close to the bottom of the band.",
            "Con círculo: cerca del límite inferior de la franja.",
        ),
        (CALM, "lower", "", ""),
        ([5.0, 6.0], "lower", "", ""),
    ],
)
def test_the_rings_are_said_for_what_they_are(
    series: list[float], better: Literal["lower", "higher"], english: str, spanish: str | None
) -> None:
    of = measure(None, better)
    said = ask({"South": series}, of)
    assert ring_note(said, translator("en")) == english
    assert spanish in (None, ring_note(said, translator("es")))
    chart = trend_chart(problem(of), said, translator("en"))
    assert chart is not None
    assert any(m.signal or m.good for m in chart.marks) == bool(english)


def test_another_area_can_be_drawn_and_a_single_month_cannot() -> None:
    said = ask({"South": SOUTH, **REST, "New": [1.0]}, measure())
    chart = trend_chart(problem(measure()), said, translator("en"), area="west")
    assert chart is not None
    assert chart.title.startswith("Days to mend a light, West")
    assert trend_chart(problem(measure()), said, translator("en"), area="new") is None
    assert trend_chart(problem(measure()), said, translator("en"), area="nowhere") is None


def test_a_good_signal_is_ringed_as_good_and_a_share_may_float() -> None:
    of = measure(90.0, "higher", PERCENT)
    said = ask({"South": [*([70.0, 72.0, 71.0] * 4), *[81.0 + i for i in range(6)]]}, of)
    chart = trend_chart(problem(of), said, translator("es"))
    assert chart is not None
    assert [m.good for m in chart.marks] == [False] * 12 + [True] * 6
    assert not chart.zero
    assert chart.signal_label == "por encima de su rango habitual desde junio"
    assert chart.end_label == f"86{HARD_BLANK}%"


def test_an_area_whose_time_is_still_running_is_named_and_not_passed_over() -> None:
    month = date(2026, 11, 1)
    seen = [
        Observation("05", "South", month, None, 40, unreached=True),
        Observation("01", "North", month, 9.0, 40),
        Observation("02", "Centre", month, None, None),
    ]
    given = answer(problem(measure()), seen, translator("en"))
    assert "Not compared: South, where the figure for November 2026 cannot be given yet" in given.sentence
    assert "Centre" not in given.sentence
    assert given.evidence["unreached"] == [{"area": "05", "name": "South"}]
    assert "Sin comparar: South" in answer(problem(measure()), seen, translator("es")).sentence
    higher = answer(problem(measure(direction="higher")), seen, translator("en"))
    assert "Not compared" not in higher.sentence


NEUTRAL = measure(None, "none", text("per 1,000 residents", "por 1.000 residentes"))


@pytest.mark.parametrize(
    ("series", "direction", "said"),
    [
        (
            {"South": SOUTH, **REST},
            "higher",
            "Days to mend a light: 8.6 per 1,000 residents in South in November 2026, the highest of all areas; the "
            "lowest was 4.1 per 1,000 residents, in North. South has been above its usual range every month since May.",
        ),
        (
            {"North": [4.1] * 23, "South": [*[9.0 - v / 10 for v in CALM], *[5.2] * 11]},
            "lower",
            "Days to mend a light: 5.2 per 1,000 residents in South in November 2026, against 4.1 in North. South has "
            "been below its usual range every month since January.",
        ),
        (
            {"South": [*CALM, *CALM], **REST},
            "steady",
            "Days to mend a light: 5.2 per 1,000 residents in East in November 2026, the highest of all areas; the "
            "lowest was 4.1 per 1,000 residents, in North. The figure for East is within its usual range, 5.2 to 5.2.",
        ),
        (
            {"South": [*CALM, 7.9], "North": [4.1] * 13, "West": [4.9] * 13},
            "higher",
            "Days to mend a light: 7.9 per 1,000 residents in South in November 2026, the highest of all areas; the "
            "lowest was 4.1 per 1,000 residents, in North. The figure for South is above its usual range, 4.1 to 5.9.",
        ),
        (
            {"South": [0.0] * 3, "North": [0.0] * 3, "West": [0.0] * 3},
            "unknown",
            "Days to mend a light: 0 per 1,000 residents in North in November 2026; the figure is the same in every "
            "area compared. With 3 months of figures it is too early to say what is usual; twelve are needed.",
        ),
        (
            {"South": [5.0], "North": [4.0], "West": [4.4], "East": [None]},
            "unknown",
            "Days to mend a light: 5.0 per 1,000 residents in South in November 2026, the highest of the areas "
            "compared; the lowest was 4.0 per 1,000 residents, in North. With 1 month of figures it is too early to "
            "say what is usual; twelve are needed.",
        ),
    ],
)
def test_of_a_measure_without_a_better_side_both_ends_are_told_and_none_is_called_worse(
    series: Mapping[str, Sequence[float | None]], direction: str, said: str
) -> None:
    given = ask(series, NEUTRAL)
    assert given.sentence == said
    assert (given.status, given.direction) == ("unknown", direction)
    assert given.evidence["better"] == "none"
    values = [area["value"] for area in given.evidence["areas"]]
    assert values == sorted(values, reverse=True)
    assert all(area["signal"] is None or area["signal"]["bad"] is None for area in given.evidence["areas"])


def test_rings_of_a_measure_without_a_better_side_are_neither_good_nor_bad() -> None:
    given = ask({"South": SOUTH, **REST}, NEUTRAL)
    chart = trend_chart(problem(NEUTRAL), given, translator("en"))
    assert chart is not None
    assert sum(m.ringed for m in chart.marks) == 7
    assert not any(m.signal or m.good for m in chart.marks)
    assert {m.side for m in chart.marks} == {""}


def test_another_area_that_left_its_range_is_told_on_either_side() -> None:
    calm = {"South": [*CALM, *CALM], "North": [*CALM, 1.2]}
    assert "The figure for North is below its usual range" in ask(calm, NEUTRAL).sentence
    assert "North is below" not in ask(calm, measure(None)).sentence  # there it is good news


def uncounted() -> list[Observation]:
    """Staten's number of cases is hidden, its figure is not."""
    month = date(2026, 11, 1)
    return [
        Observation("s", "Staten", month, 81.0, None),
        Observation("q", "Queens", month, 31.0, 235),
        Observation("b", "Bronx", month, 7.0, 740),
        Observation("k", "Kings", month, 26.0, 396),
    ]


def test_a_figure_whose_number_of_cases_is_hidden_does_not_lead() -> None:
    given = answer(problem(measure(None)), uncounted(), translator("en"))
    assert given.focus_area == "q"
    assert given.sentence.startswith(
        "Days to mend a light: 31 days in Queens in November 2026, against 7 to 26 in the other areas with a published "
        "figure."
    )
    assert given.sentence.endswith("Not compared: Staten, where the number of cases behind the figure is hidden.")
    assert [r.area for r in given.readings] == ["q", "k", "b", "s"]
    assert given.evidence["uncounted"] == [{"area": "s", "name": "Staten"}]
    assert given.evidence["elsewhere"] == {"low": 7.0, "high": 26.0, "areas": 2}


def test_a_target_that_only_an_uncounted_area_missed_is_not_met_everywhere() -> None:
    given = answer(problem(measure(40.0)), uncounted(), translator("en"))
    assert given.status == "on_target"
    assert given.sentence.startswith(
        "Days to mend a light: 31 days in Queens in November 2026, which meets the target of 40 days."
    )
    assert (
        "every area with a published figure met"
        in answer(problem(measure(90.0)), uncounted(), translator("en")).sentence
    )


def test_where_no_area_tells_its_number_of_cases_the_worst_leads() -> None:
    seen = [replace(o, n=None) for o in uncounted()]
    given = answer(problem(measure(None)), seen, translator("en"))
    assert given.focus_area == "s"
    assert given.evidence["uncounted"] == []
    assert "Not compared" not in given.sentence


def few(*cases: float | None) -> list[Observation]:
    """Four areas in one month, the worst first, each with so many cases behind it."""
    month = date(2026, 11, 1)
    areas = (("s", "Staten", 81.0), ("q", "Queens", 31.0), ("k", "Kings", 26.0), ("b", "Bronx", 7.0))
    return [Observation(a, name, month, value, n) for (a, name, value), n in zip(areas, cases, strict=True)]


def test_a_figure_of_few_cases_does_not_lead() -> None:
    """15 are few, 16 are enough; the worst area with enough is the answer, and who is left out is said."""
    given = answer(problem(measure(None)), few(15, 16, 240, 2), translator("en"))
    assert given.focus_area == "q"
    assert given.sentence.startswith(
        "Days to mend a light: 31 days in Queens in November 2026, against 26 days in Kings."
    ) or (given.sentence.startswith("Days to mend a light: 31 days in Queens in November 2026, against 26 in Kings."))
    assert given.sentence.endswith(
        "Not compared: Staten, Bronx, where fewer than 16 cases stand behind the figure, too few to rely on."
    )
    assert [(r.area, r.is_unreliable) for r in given.readings] == [("q", False), ("k", False), ("s", True), ("b", True)]
    assert [left["area"] for left in given.evidence["unreliable"]] == ["s", "b"]
    assert given.evidence["few"] is False


def test_where_all_figures_rest_on_few_cases_the_answer_says_so() -> None:
    given = answer(problem(measure(None)), few(3, 15, None, 1), translator("en"))
    assert given.focus_area == "s"
    assert "That is unreliable: only 3 cases stand behind it." in given.sentence
    assert "Not compared: Kings, where the number of cases behind the figure is hidden." in given.sentence
    assert "fewer than 16" not in given.sentence
    assert "usual" not in given.sentence
    assert given.direction == "unknown"
    alone = answer(problem(measure(None)), few(1, None, None, None), translator("es"))
    assert "Es poco fiable: solo 1 caso la respalda." in alone.sentence


def test_a_target_missed_on_few_cases_is_not_met_everywhere() -> None:
    given = answer(problem(measure(40.0)), few(2, 50, 50, 50), translator("en"))
    assert given.status == "on_target"
    assert "every area with a published figure met" not in given.sentence
    assert "every area met" not in given.sentence


def test_many_areas_of_few_cases_are_counted_and_not_named() -> None:
    month = date(2026, 11, 1)
    seen = [Observation(f"a{n}", f"Area {n}", month, float(n), 3 if n else 90) for n in range(8)]
    given = answer(problem(measure(None)), seen, translator("en"))
    assert "Not compared: 7 areas where fewer than 16 cases stand behind the figure" in given.sentence


def test_a_count_is_what_it_is_however_small() -> None:
    assert Observation("a", "A", date(2026, 11, 1), 3.0, 3.0).is_unreliable
    assert not Observation("a", "A", date(2026, 11, 1), 3.0, 3.0, is_count=True).is_unreliable
    assert not Observation("a", "A", date(2026, 11, 1), 3.0, None).is_unreliable
    assert not Observation("a", "A", date(2026, 11, 1), None, 3.0).is_unreliable


def test_months_of_few_cases_are_crossed_in_the_chart() -> None:
    seen = [replace(o, n=float(n)) for n, o in enumerate(reversed(figures({"A": [4.0] * 20})), start=1)]
    given = answer(problem(measure()), seen, translator("en"))
    chart = trend_chart(problem(measure()), given, translator("en"))
    assert chart is not None
    assert [mark.few for mark in chart.marks] == [True] * 15 + [False] * 5
    assert few_note(chart, translator("en")) == (
        "Crosses: fewer than 16 cases stand behind the figure, so it is unreliable."
    )
    assert line_chart(chart).count('class="few"') == 15
    assert "(unreliable)" not in chart.end_label
    short = trend_chart(problem(measure()), answer(problem(measure()), seen[:15], translator("en")), translator("en"))
    assert short is not None
    assert short.end_label.endswith("(unreliable)")
