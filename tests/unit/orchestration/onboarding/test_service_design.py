"""Designing a data service: what answers make, in any words; nothing is overwritten, nothing is left that fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import kept
from contracts.city import City
from contracts.city_load import load_city
from contracts.errors import InputError
from contracts.yaml_places import parse_yaml
from orchestration.onboarding import service_questions as asked
from orchestration.onboarding.marks import find_marks
from orchestration.onboarding.service_answers import ask_problem
from orchestration.onboarding.service_asking import Asker, parts_of
from orchestration.onboarding.service_plan import Plan, plan_problem, plan_product, try_out, write_plan
from orchestration.onboarding.service_text import WIDTH, yaml_of
from tests.unit.contracts.contract_texts import SOURCE
from tests.unit.orchestration.onboarding.drafting import town

STAGING = "-- one row per {0}\nselect 1 as x from {{{{ raw('town_requests') }}}}\n"

ANSWERS: dict[str, Any] = {
    "id": "lamps",
    "practice": "performance",
    "title": {"en": "Dark lamps", "es": "Luces apagadas"},
    "question": "Do they burn?",
    "why": "People walk home at night, and "
    + "every lamp that stays dark is one more reason not to; " * 3
    + "so they stay in",
    "decision": {"what": "A second crew", "who": "The mayor", "when": "2027-03-01"},
    "users": ["Residents", {"en": "Crews", "es": "Cuadrillas"}],
    "owner": {"role": "Head of lighting", "email": "lamps@town.example"},
    "products": ["service_requests_monthly"],
    "notSaid": "Lamps that nobody reported.",
    "reviewDate": "2027-06-30",
    "measures": [
        {
            "id": "lamp_days",
            "version": "1.0.0",
            "title": "Days",
            "definition": "The days within which half of the lamps were mended.",
            "kind": "days",
            "product": "service_requests",
            "where": {"category": "Lamp"},
            "begin": "opened_date",
            "end": "closed_date",
            "quantile": 0.5,
            "unit": "days",
            "direction": "lower",
            "target": {"value": 8, "by": "2027-12-31"},
            "gaming": "Closing early.",
            "owner": {"role": "Head of lighting"},
        }
    ],
}


@pytest.fixture
def city(tmp_path: Path) -> City:
    """A town with requests and districts, two products and nothing it must answer."""
    made = town(tmp_path / "cities", languages=("en", "es"))
    (made.folder / "sources" / "town_requests.odcs.yaml").write_text(SOURCE, encoding="utf-8")
    for entity in ("service_requests", "districts"):
        (made.folder / "staging" / f"stg_town__{entity}.sql").write_text(STAGING.format(entity), encoding="utf-8")
    for product in ("service_requests", "service_requests_monthly"):
        (made.folder / "products" / f"{product}.yaml").write_text(f"product: {product}\n", encoding="utf-8")
    return load_city(made.folder)


def files(city: City) -> dict[str, bytes]:
    return {str(p.relative_to(city.folder)): p.read_bytes() for p in city.folder.rglob("*") if p.is_file()}


def written(city: City, plan: Plan, work: Path) -> City:
    """The city after the plan, tried first as the command does."""
    before = files(city)
    tried = try_out(plan, work)
    kept.discard(work)
    assert files(city) == before, "trying writes nothing where it counts"
    write_plan(plan)
    after = load_city(city.folder)
    assert sorted(after.problems) == sorted(tried.problems)
    assert sorted(after.measures) == sorted(tried.measures)
    return after


# the text ------------------------------------------------------------------------------------

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300).filter(
    lambda text: bool(text.strip())
)
PLAIN = st.lists(
    st.sampled_from(["lamp", "#", "a:", "- b", "{x}", "'", '"', "¿qué?", "no", "8", "&", ">-", "|"]), max_size=60
)


@given(st.one_of(WORDS, PLAIN.map(" ".join).filter(bool)), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_any_words_are_read_back_as_they_were(words: str, depth: int) -> None:
    document: Any = {"text": words, "list": [words, {"en": words, "es": "x"}], "number": 0.5, "flag": True}
    for _ in range(depth):
        document = {"below": document}
    try:
        parse_yaml(f"a: {json.dumps(words, ensure_ascii=False)}\n".encode(), "plain.yaml")
    except InputError:
        return  # a character that no file of ours may hold
    assert parse_yaml(yaml_of(document).encode(), "made.yaml").value == document


def test_long_texts_are_folded_and_short_ones_stand_beside_their_key() -> None:
    text = yaml_of({"id": "a", "why": "word " * 60 + "end", "nothing": None, "users": ["long " * 30 + "x", "short"]})
    assert yaml_of({"on": ["2027-01-31", "1.0.0", "2027"]}) == 'on: [2027-01-31, 1.0.0, "2027"]\n'
    assert text.startswith("id: a\nwhy: >-\n  word word")
    assert "nothing" not in text
    assert all(len(line) <= WIDTH for line in text.splitlines() if "- " not in line)


# a problem -----------------------------------------------------------------------------------


def test_answers_become_a_problem_a_measure_and_the_product_that_holds_it(city: City, tmp_path: Path) -> None:
    plan = plan_problem(city, ANSWERS)
    assert [str(path.relative_to(city.folder)) for path in plan.new] == [
        *("measures/lamp_days.yaml", "problems/lamps.yaml"),
        "products/measures.yaml",
    ]
    after = written(city, plan, tmp_path / "work")
    problem = after.problems["lamps"]
    assert problem.products == ("service_requests_monthly", "measures")
    assert problem.measures == ("lamp_days",)
    assert problem.why.default == ANSWERS["why"]
    assert problem.title.to("es") == "Luces apagadas"
    assert after.measures["lamp_days"].target == 8
    assert plan_problem(after, {**ANSWERS, "id": "other", "measures": ["lamp_days"]}).new.keys() == {
        city.folder / "problems" / "other.yaml"
    }


def test_nothing_is_overwritten(city: City, tmp_path: Path) -> None:
    after = written(city, plan_problem(city, ANSWERS), tmp_path / "work")
    before = files(after)
    with pytest.raises(InputError, match=r"nothing is overwritten, .*measures/lamp_days.yaml"):
        plan_problem(after, {**ANSWERS, "id": "other"})
    with pytest.raises(InputError, match=r"nothing is overwritten, .*problems/lamps.yaml"):
        plan_problem(after, {**ANSWERS, "measures": ["lamp_days"]})
    assert files(after) == before


def test_a_file_that_came_in_between_stays(city: City) -> None:
    plan = plan_problem(city, ANSWERS)
    path = city.folder / "problems" / "lamps.yaml"
    path.write_text("somebody's", encoding="utf-8")
    with pytest.raises(InputError, match="nothing is overwritten"):
        write_plan(plan)
    assert path.read_text(encoding="utf-8") == "somebody's"


@pytest.mark.parametrize(
    ("change", "said", "where"),
    [
        ({"users": []}, "a problem without users serves nobody", "problems/lamps.yaml:"),
        ({"owner": None}, "the key 'owner' is missing", "problems/lamps.yaml:"),
        ({"reviewDate": "soon"}, "reviewDate is not as it should be", "problems/lamps.yaml:"),
        ({"products": ["districts"]}, "districts is not available in this city", "problems/lamps.yaml:"),
        ({"measures": ["lamp_weeks"]}, "a measure that does not exist", "problems/lamps.yaml:"),
        ({"measures": [{**ANSWERS["measures"][0], "product": "lamps"}]}, "does not exist", "measures/lamp_days.yaml:"),
        ({"measures": [{**ANSWERS["measures"][0], "owner": None}]}, "'owner' is missing", "measures/lamp_days.yaml:"),
    ],
)
def test_what_would_not_load_leaves_nothing_behind(
    change: dict[str, Any], said: str, where: str, city: City, tmp_path: Path
) -> None:
    before = files(city)
    with pytest.raises(InputError) as caught:
        try_out(plan_problem(city, {**ANSWERS, **change}), tmp_path / "work")
    assert caught.value.what.startswith("with these answers the city would not load")
    assert said in caught.value.what
    assert (caught.value.where or "").startswith(str(city.folder / where))
    assert files(city) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "Lamps!"}, "a problem has an id of another form"),
        ({"id": None}, "a problem has an id of another form"),
        ({"titel": "x"}, "a problem has no key 'titel'"),
        ({"measures": [4]}, "a measure is neither an id nor a definition"),
        ({"measures": [{"id": "../x"}]}, "a measure has an id of another form"),
        ({"measures": [{"id": "x", "formula": "a/b"}]}, "a measure has no key 'formula'"),
    ],
)
def test_answers_of_another_form(change: dict[str, Any], said: str, city: City) -> None:
    with pytest.raises(InputError) as caught:
        plan_problem(city, {**ANSWERS, **change})
    assert caught.value.what == said


# a product -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["flow", "block"])
def test_a_product_is_turned_on_and_bound_to_a_problem(form: str, city: City, tmp_path: Path) -> None:
    after = written(city, plan_problem(city, ANSWERS), tmp_path / "work")
    path = city.folder / "problems" / "lamps.yaml"
    text = path.read_text(encoding="utf-8")
    if form == "block":
        text = text.replace(
            "products: [service_requests_monthly, measures]\n",
            "products:\n  - service_requests_monthly\n  - measures\n",
        )
        path.write_text(text, encoding="utf-8")
    after = load_city(city.folder)
    plan = plan_product(after, "districts", "lamps", "maps@town.example")
    last = written(after, plan, tmp_path / "work")
    assert last.problems["lamps"].products == ("service_requests_monthly", "measures", "districts")
    assert last.products["districts"].owner == "maps@town.example"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(set(lines) ^ set(text.splitlines())) == (2 if form == "flow" else 1), "one line changed"
    with pytest.raises(InputError, match="serves the problem already"):
        plan_product(last, "districts", "lamps", None)
    only = plan_product(last, "service_requests", "lamps", None)
    assert (list(only.new), list(only.changed)) == ([], [path])


@pytest.mark.parametrize(
    ("product", "problem", "said"),
    [
        ("district", "lamps", "no such product"),
        ("districts", "lamp", "a product serves a problem of the city"),
        ("district_indices", "lamps", "no district_indices is delivered"),
    ],
)
def test_a_product_that_cannot_be(product: str, problem: str, said: str, city: City, tmp_path: Path) -> None:
    after = written(city, plan_problem(city, ANSWERS), tmp_path / "work")
    with pytest.raises(InputError) as caught:
        plan_product(after, product, problem, None)
    assert said in caught.value.what


def test_a_product_that_is_off_for_a_reason_is_not_turned_on_behind_its_back(city: City, tmp_path: Path) -> None:
    after = written(city, plan_problem(city, ANSWERS), tmp_path / "work")
    path = city.folder / "products" / "districts.yaml"
    path.write_text("product: districts\nenabled: false\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"nothing is overwritten, .*districts.yaml"):
        plan_product(load_city(after.folder), "districts", "lamps", None)


# asking --------------------------------------------------------------------------------------


class Person:
    """Somebody who answers in order, and remembers what they were shown."""

    def __init__(self, *replies: str) -> None:
        self.replies: Iterator[str] = iter(replies)
        self.shown: list[str] = []

    def read(self, before: str, proposed: str | None) -> str:
        self.shown.append(before)
        reply = next(self.replies)
        return proposed or "" if reply == "=" else reply

    def asker(self, values: tuple[str, ...] = ()) -> Asker:
        offered = {("service_requests", "category"): values}
        return Asker(self.read, self.shown.append, lambda *of: offered.get(of, ()))


REPLIES = (
    *("Dark lamps", "Luces", "Do they burn?", "", "People walk.", "", "="),
    *("A crew", "", "The mayor", "", "tomorrow", "2027-03-01", "Residents", "", "Crews", "Cuadrillas", ""),
    *("Head of lighting", "", "", "nobody", "lamps@town.example", "lamps", "service_requests_monthly", "new"),
    *("Lamp Days", "lamp_days", "Days", "", "Half were mended.", "", "days", "service_requests"),
    *(
        "2",
        "0.5",
        "opened_date",
        "closed_date",
        "Lamp; Lantern",
        "",
        "",
        "",
        "",
        "days",
        "días",
        "lower",
        "many",
        "8",
        "",
    ),
    *("Closing early.", "", "In {area} it took long", "In {area} it took {value}", "", ""),
    *("Lamps nobody reported.", "", "2027-06-30"),
)


def test_a_team_is_led_through_and_told_why(city: City, tmp_path: Path) -> None:
    person = Person(*REPLIES)
    answers = ask_problem(city, "lamps", person.asker(("Lamp", "Pothole")))
    assert next(person.replies, None) is None, "every answer was asked for"
    assert answers["decision"] == {"what": "A crew", "who": "The mayor", "when": "2027-03-01"}
    assert answers["users"] == ["Residents", {"en": "Crews", "es": "Cuadrillas"}]
    (measure,) = answers["measures"]
    assert measure["where"] == {"category": ["Lamp", "Lantern"]}
    assert (measure["target"], measure["quantile"], measure["finished"]) == (8, 0.5, {"status": "closed"})
    assert measure["phrase"] == "In {area} it took {value}"
    assert "cityPhrase" not in measure
    text = "\n".join(person.shown)
    for question in asked.PROBLEM:
        assert question.asked in text
        assert f"({question.why})" in text
    for fault in ("a date such as 2026-12-31", "an e-mail address", "lower-case letters", "a number", "{value} in it"):
        assert fault in text
    assert "in category: Lamp; Pothole" in text, "what stands in the release is offered"
    after = written(city, plan_problem(city, answers), tmp_path / "work")
    assert after.measures["lamp_days"].formula.where == {"category": ("Lamp", "Lantern")}


def test_every_question_says_why_in_a_sentence() -> None:
    questions = [one for one in vars(asked).values() if isinstance(one, asked.Question)]
    assert len(questions) > 30
    for question in questions:
        assert question.why.endswith("."), question.key
        assert question.why != question.asked


def test_the_questions_as_a_file_are_answered_by_filling_it_in(city: City, tmp_path: Path) -> None:
    """As it is, it says what is missing; with days and people in it, it loads, and the checklist finds the rest."""
    text = asked.template(city)
    raw = {**parse_yaml(text.encode(), "answers.yaml").value, "id": "lamps"}
    with pytest.raises(InputError, match=r"serves nobody|not as it should be"):
        try_out(plan_problem(city, raw), tmp_path / "work")
    filled = {**raw, "users": ["Residents"], "products": ["service_requests"], "reviewDate": "2027-06-30"}
    filled["decision"] = {**raw["decision"], "when": "2027-03-01"}
    after = written(city, plan_problem(city, filled), tmp_path / "work2")
    marks = [mark.text for mark in find_marks(after.folder) if mark.path.parent.name == "problems"]
    assert any(asked.TITLE.asked in mark for mark in marks)
    assert any(asked.NOT_SAID.asked in mark for mark in marks)


def test_a_city_of_one_language_is_asked_in_it_alone(tmp_path: Path) -> None:
    person = Person("Luces")
    assert person.asker().texts(asked.TITLE, ("es",)) == "Luces"
    assert person.shown[-1] == "title [es]"
    person = Person("", "Lamps", "Luces")
    assert person.asker().texts(asked.TITLE, ("es", "en")) == {"en": "Lamps", "es": "Luces"}
    assert "  an answer is needed" in person.shown


def test_words_between_commas() -> None:
    assert parts_of(" a, b ,,a ") == ["a", "b"]
    assert parts_of("Lamp, broken; Sign", ";") == ["Lamp, broken", "Sign"]
