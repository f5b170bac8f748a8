"""Problems as files: the measures they ask for, and the record of what was decided."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from contracts.city import Problem
from contracts.errors import InputError
from contracts.formulas import Ground
from contracts.measure import Measure
from contracts.problems import read_problem
from tests.unit.contracts.contract_texts import line_of
from tests.unit.contracts.measure_texts import DAYS, SHARE, ground, read

PROBLEM = """\
id: lamps
practice: performance
title: {en: Lamps, es: Farolas}
question: Do they burn?
why: People walk there.
decision: {what: A crew, who: The mayor, when: 2026-12-01}
users: [Residents]
owner: {role: Head of lighting, email: lamps@example.gov}
products: [monthly, records]
measures: [on_time, lamp_days]
notSaid: Lamps nobody reported.
reviewDate: 2027-01-31
decided:
  - what: {en: A crew for the hill, es: Una cuadrilla para la ladera}
    by: The mayor
    on: 2026-10-14
    release: {product: monthly, version: 3}
    after:
      - {on: 2026-11-20, what: The crew began.}
      - {on: 2026-10-14, what: The order was signed.}
  - what: Nothing yet
    by: The mayor
    on: 2026-10-20
    release: {product: records, version: 12}
"""

Town = tuple[Ground, dict[str, Measure]]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Town:
    folder = tmp_path_factory.mktemp("town")
    stands = ground(folder)
    return stands, {one.id: one for one in (read(folder, SHARE, stands), read(folder, DAYS, stands))}


def problem(tmp_path: Path, text: str, city: Town) -> Problem:
    path = tmp_path / "lamps.yaml"
    path.write_text(text, encoding="utf-8")
    return read_problem(path, *city)


def test_a_problem_opens_with_its_first_measure(tmp_path: Path, city: Town) -> None:
    read_back = problem(tmp_path, PROBLEM, city)
    assert read_back.measures == ("on_time", "lamp_days")
    assert read_back.measure is not None
    assert (read_back.measure.id, read_back.measure.product, read_back.measure.target) == ("on_time", "measures", 80)


def test_decisions_come_the_newest_first_and_what_followed_in_order(tmp_path: Path, city: Town) -> None:
    newest, first = problem(tmp_path, PROBLEM, city).decided
    assert (newest.what.default, newest.on, newest.product, newest.version) == (
        *("Nothing yet", date(2026, 10, 20)),
        *("records", 12),
    )
    assert newest.after == ()
    assert first.what.to("es") == "Una cuadrilla para la ladera"
    assert [(seen.on, seen.what.default) for seen in first.after] == [
        (date(2026, 10, 14), "The order was signed."),
        (date(2026, 11, 20), "The crew began."),
    ]


def test_a_problem_may_have_no_measure_yet(tmp_path: Path, city: Town) -> None:
    bare = PROBLEM[: PROBLEM.index("decided:")].replace("measures: [on_time, lamp_days]\n", "")
    read_back = problem(tmp_path, bare, city)
    assert (read_back.measure, read_back.measures, read_back.decided) == (None, (), ())


CASES = [
    ("[on_time, lamp_days]", "[on_tim]", "a measure that does not exist", "measures:", "on_time"),
    ("[on_time, lamp_days]", "[backlog]", "a measure that does not exist", "measures:", "one of on_time, lamp_days"),
    ("[on_time, lamp_days]", "[on_time, on_time]", "names a measure twice", "measures:", "each once"),
    ("[on_time, lamp_days]", "[]", "measures is not", "measures:", "at least one measure"),
    ("measures: [on_time, lamp_days]", "measure: {id: x}", "unknown key 'measure'", "measure:", "measures"),
    ("users: [Residents]", "users: []", "serves nobody", "users:", "at least one group of people"),
    ("products: [monthly, records]", "products: []", "without products", "products:", "at least one product"),
    ("products: [monthly, records]", "products: [lights]", "lights is not available", "products:", "one of monthly"),
    ("owner: {role: Head of lighting, email: lamps@example.gov}\n", "", "'owner' is missing", "id:", "owner: ..."),
    ("{product: monthly, version: 3}", "{product: montly, version: 3}", "does not exist", "montly", "monthly"),
    ("{product: monthly, version: 3}", "{product: monthly, version: 0}", "version is not", "version: 0", "such as 3"),
    ("{product: monthly, version: 3}", "{product: monthly, version: true}", "version is not", "true}", "such as 3"),
    ("{product: monthly, version: 3}", '{product: monthly, version: "3"}', "version is not", '"3"', "such as 3"),
    ("{product: monthly, version: 3}", "{product: monthly}", "'version' is", "{product: monthly}", "version: ..."),
    ("release: {product: records, version: 12}", "note: x", "unknown key 'note'", "note: x", "one of"),
    ("    release: {product: records, version: 12}\n", "", "'release' is missing", "what: Nothing yet", "release: ..."),
    ("on: 2026-11-20", "on: 2026-10-13", "was seen before it", "on: 2026-10-13", "2026-10-14 or later"),
    ("on: 2026-11-20", "on: next week", "on is not", "on: next week", "a date such as"),
    ("by: The mayor\n    on: 2026-10-20", "on: 2026-10-20", "'by' is missing", "what: Nothing yet", "by: ..."),
    ("what: The crew began.", "seen: x", "unknown key 'seen'", "seen: x", "what"),
    ("on: 2026-10-20", "on: 2026-10-32", "on is not", "on: 2026-10-32", "a date such as"),
]


@pytest.mark.parametrize(("old", "new", "said", "line", "expected"), CASES)
def test_a_mistake_is_refused_at_its_line(
    old: str,
    new: str,
    said: str,
    line: str,
    expected: str,
    tmp_path: Path,
    city: Town,
) -> None:
    assert old in PROBLEM
    text = PROBLEM.replace(old, new, 1)
    with pytest.raises(InputError) as caught:
        problem(tmp_path, text, city)
    error = caught.value
    assert said in error.what, error.message
    assert int((error.where or "").rpartition(":")[2]) == line_of(text, line), error.message
    assert expected in (error.expected or ""), error.message
