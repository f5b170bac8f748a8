"""Measures as files: what a definition may say, and every one that could not be worked out or must not be."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from contracts.formulas import ALLOWED, FORMULA_KEYS, KINDS, NEEDED, Ground, month_column, telling_columns
from contracts.measure import ALL, DEFAULT_NEAR, Formula, MeasureKind
from contracts.measures import MEASURE_KEYS, read_measure
from contracts.model import Text
from tests.unit.contracts.contract_texts import line_of
from tests.unit.contracts.measure_texts import DAYS, SHARE, contract, ground, read, refused

FORMULAS: dict[MeasureKind, str] = {
    "share": "kind: share\nproduct: monthly\nnumerator: due_on_time\ndenominator: due\n",
    "rate": "kind: rate\nproduct: monthly\nnumerator: opened\n",
    "ratio": "kind: ratio\nproduct: monthly\nnumerator: closed\ndenominator: opened\nper: 100\n",
    "count": "kind: count\nproduct: monthly\nnumerator: backlog\nstock: true\n",
    "days": "kind: days\nproduct: records\nquantile: 0.9\nbegin: opened_date\nend: closed_date\n",
}
"""A right formula of each kind."""
FRAME = "id: one\nversion: 1.0.0\ntitle: T\ndefinition: D.\nunit: u\ndirection: lower\ngaming: G.\nowner: {role: R}\n"
VALUES = {
    "numerator": "closed",
    "denominator": "population",
    "per": "100",
    "quantile": "0.5",
    "begin": "opened_date",
    "end": "closed_date",
    "finished": "{status: closed}",
    "stock": "true",
}
"""A value for each key of a formula, right where the key is."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return ground(tmp_path_factory.mktemp("products"))


def keys_of(text: str) -> set[str]:
    return set(yaml.safe_load(text))


LEAN = """\
      - {name: month, logicalType: date, primaryKey: true, primaryKeyPosition: 1, classification: public}
      - {name: district_id, logicalType: string, primaryKey: true, primaryKeyPosition: 2, classification: public}
      - {name: district_name, logicalType: string, classification: public}
      - {name: is_complete_month, logicalType: boolean, classification: public}
      - {name: opened, logicalType: integer, classification: public}
"""
"""The columns of a product of months that knows neither residents nor departments."""


# what is read --------------------------------------------------------------------------------


def test_a_share_with_everything(tmp_path: Path, city: Ground) -> None:
    measure = read(tmp_path, SHARE, city)
    assert (measure.id, measure.version, measure.title.to("es")) == ("on_time", "2.1.0", "A tiempo")
    where = {"category": ("Lamps", "Potholes")}
    assert measure.formula == Formula("share", "monthly", where, "due_on_time", "due", per=100.0)
    assert (measure.target, measure.target_by, measure.near) == (80, date(2026, 12, 31), 0.05)
    assert (measure.groups, measure.owner.name, measure.owner.email) == (("department",), "Ana", "ana@example.gov")
    assert [(old.version, old.until, old.why.to("es")) for old in measure.earlier] == [
        ("2.0.0", date(2026, 3, 1), "Potholes were added."),
        ("1.0.0", date(2025, 1, 1), "Lo abierto y tarde no contaba."),
    ]
    assert len({formula.digest for formula in measure.formulas}) == 3
    assert measure.place is not None
    assert measure.place.file.endswith("on_time.yaml")


def test_days_with_everything(tmp_path: Path, city: Ground) -> None:
    measure = read(tmp_path, DAYS, city)
    formula = measure.formula
    assert formula.where == {"category": ("Lamps",), "is_urgent": (True,), "priority": (1, 2)}
    assert (formula.begin, formula.end, formula.quantile) == ("opened_date", "closed_date", 0.5)
    assert formula.finished == {"status": ("closed",)}
    assert (formula.numerator, formula.denominator, formula.is_stock) == (None, None, False)
    assert (measure.target, measure.target_by, measure.near) == (8, None, DEFAULT_NEAR)


@pytest.mark.parametrize("kind", KINDS)
def test_the_least_of_each_kind(kind: MeasureKind, tmp_path: Path, city: Ground) -> None:
    formula = read(tmp_path, FRAME + FORMULAS[kind], city).formula
    assert formula.kind == kind
    assert formula.per == {"share": 100, "rate": 1000, "ratio": 100, "count": 1, "days": 1}[kind]
    assert formula.denominator == {"share": "due", "rate": "population", "ratio": "opened"}.get(kind)
    assert formula.is_stock is (kind == "count")


def test_what_sql_is_told_is_one_mapping_a_version(tmp_path: Path, city: Ground) -> None:
    told = read(tmp_path, SHARE, city).to_dicts()
    assert [one["version"] for one in told] == ["2.1.0", "2.0.0", "1.0.0"]
    assert {one["id"] for one in told} == {"on_time"}
    assert told[0]["where"] == [["category", ["Lamps", "Potholes"]]]
    assert all(re.fullmatch(r"[0-9a-f]{12}", one["digest"]) for one in told)
    assert all(one["groups"] == ["department"] for one in told)


def test_a_digest_changes_with_the_formula_and_with_nothing_else(tmp_path: Path, city: Ground) -> None:
    measure = read(tmp_path, SHARE, city)
    for words in ("A tiempo", "Moving the day.", "value: 80", "near: 0.05", "groups: [department]\n"):
        changed = "" if words.endswith("\n") else words.replace("80", "70").replace("0.05", "0.2").replace("Mov", "Lov")
        assert read(tmp_path, SHARE.replace(words, changed or ""), city).formula.digest == measure.formula.digest
    other = read(tmp_path, SHARE.replace("[Lamps, Potholes]", "[Potholes, Lamps, Signs]"), city)
    assert other.formula.digest != measure.formula.digest


def test_where_its_figures_stand(tmp_path: Path, city: Ground) -> None:
    measure = read(tmp_path, SHARE, city)
    reading = measure.reading()
    assert (reading.product, reading.value, reading.n, reading.area, reading.kind) == (
        *("measures", "value", "n", "area_id"),
        "share",
    )
    assert reading.where == {"measure_id": "on_time", "measure_version": "2.1.0", "group_dimension": ALL}
    assert measure.reading("1.0.0").where["measure_version"] == "1.0.0"


def test_a_definition_may_go_back_to_an_older_one(tmp_path: Path, city: Ground) -> None:
    """Version 3 may be what version 1 was: only two that follow one another must differ."""
    back = SHARE.replace(
        "where: {category: [Lamps, Potholes]}\nnumerator: due_on_time\ndenominator: due\n", ""
    ).replace(
        "product: monthly\n",
        "product: monthly\nwhere: {category: Lamps}\nnumerator: closed_on_time\ndenominator: closed\n",
        1,
    )
    measure = read(tmp_path, back, city)
    assert measure.formula.digest == measure.earlier[1].formula.digest


# kinds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "key"), [(kind, key) for kind in KINDS for key in NEEDED[kind]])
def test_a_kind_without_what_it_needs(kind: MeasureKind, key: str, tmp_path: Path, city: Ground) -> None:
    text = FRAME + re.sub(rf"^{key}: .*\n", "", FORMULAS[kind], flags=re.MULTILINE)
    assert key not in keys_of(text)
    error = refused(tmp_path, text, city)
    assert error.what == f"the key {key!r} is missing"
    assert (error.where, error.expected) == ("one.yaml:1", f"{key}: ...")


SENSELESS = [
    (kind, key) for kind in KINDS for key in sorted(set(FORMULA_KEYS) - {"kind", "product", "where"} - ALLOWED[kind])
]


@pytest.mark.parametrize(("kind", "key"), SENSELESS)
def test_a_kind_with_what_says_nothing(kind: MeasureKind, key: str, tmp_path: Path, city: Ground) -> None:
    text = FRAME + FORMULAS[kind] + f"{key}: {VALUES[key]}\n"
    error = refused(tmp_path, text, city)
    assert error.what == f"a measure of the kind {kind} has no {key}"
    assert error.where == f"one.yaml:{line_of(text, f'{key}: {VALUES[key]}')}"
    assert error.expected == f"one of {', '.join(sorted(ALLOWED[kind]))}, or another kind"


def test_the_kinds_share_the_keys_out_whole() -> None:
    """Each key of a formula belongs to some kind, and none is both needed and senseless."""
    assert set(FORMULA_KEYS) - {"kind", "product", "where"} == frozenset().union(*ALLOWED.values())
    assert all(set(NEEDED[kind]) <= ALLOWED[kind] for kind in KINDS)
    assert set(NEEDED) == set(ALLOWED) == set(KINDS)


@pytest.mark.parametrize(
    "key", ["id", "version", "title", "definition", "unit", "direction", "gaming", "owner", "kind", "product"]
)
def test_every_measure_says_what_it_must(key: str, tmp_path: Path, city: Ground) -> None:
    text = FRAME + FORMULAS["count"]
    path = tmp_path / "one.yaml"
    path.write_text(re.sub(rf"^{key}: .*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    with pytest.raises(Exception, match=f"the key '{key}' is missing"):
        read_measure(path, city)


def test_the_keys_of_a_file_are_those_that_are_read() -> None:
    assert keys_of(SHARE) | keys_of(DAYS) | {"per", "stock"} == set(MEASURE_KEYS)


# one mistake at a time -----------------------------------------------------------------------

CASES = [
    ("id: on_time", "id: On-Time", "id is not as it should be", "id: On-Time", "lower-case letters"),
    ("version: 2.1.0", "version: 2.1", "version is not", "version: 2.1", "a version such as 1.0.0"),
    ("version: 2.1.0", 'version: "2.01.0"', "version is not", 'version: "2.01', "a version such as 1.0.0"),
    ("kind: share", "kind: percentage", "kind is not", "kind: percentage", "one of share, rate, ratio, count, days"),
    ("product: monthly", "product: montly", "reads a product that does not exist", "product: montly", "monthly"),
    ("product: monthly", "product: lights", "which is not available in this city", "product: lights", "one of monthly"),
    ("product: monthly", "product: measures", "a measure is not made of measures", "product: measures", "monthly"),
    ("product: monthly", "product: places", "needs a product of months", "product: places", "one row per month"),
    ("product: monthly", "product: bare", "cannot be worked out from bare", "product: bare", "the columns district_id"),
    ("numerator: due_on_time", "numerator: due_on_tim", "that monthly does not have", "due_on_tim", "due_on_time"),
    ("numerator: due_on_time", "numerator: on_time_pct", "cannot be a measure's numerator", "on_time_pct", "integer"),
    ("numerator: due_on_time", "numerator: category", "cannot be a measure's numerator", "numerator: cat", "integer"),
    ("denominator: due", "denominator: due_exact", "public rendition of monthly does not carry", "due_exact", "public"),
    ("denominator: due", "denominator: population", "kind share is not per residents", "population", "kind: rate"),
    ("denominator: due", "denominator: due_on_time", "a column against itself", "denominator: due_", "two columns"),
    ("{category: [Lamps, Potholes]}", "[Lamps]", "where is not", "where:", "a mapping"),
    ("{category: [Lamps, Potholes]}", "{categori: Lamps}", "column that monthly does not have", "where:", "category"),
    ("{category: [Lamps, Potholes]}", "{category: []}", "category is not", "where:", "at least one value, each once"),
    ("{category: [Lamps, Potholes]}", "{category: [A, A]}", "category is not", "where:", "each once"),
    ("{category: [Lamps, Potholes]}", "{category: 4}", "category holds no such value", "where:", "a text"),
    ("{category: [Lamps, Potholes]}", '{district_id: "04"}', "told by area, and chooses none", "where:", "category"),
    ("{category: [Lamps, Potholes]}", "{district_name: X}", "does not tell the rows", "where:", "department"),
    ("{category: [Lamps, Potholes]}", "{is_complete_month: true}", "does not tell the rows", "where:", "department"),
    ("direction: higher", "direction: none", "without a better side has no target", "target:", "or no target"),
    ("direction: higher", "direction: up", "direction is not", "direction:", "one of lower, higher, none"),
    ("value: 80", "value: 180", "value is not", "target:", "0 to 100"),
    ("value: 80", "value: -1", "value is not", "target:", "at least 0"),
    ("value: 80", "value: many", "value is not", "target:", "a number"),
    ("by: 2026-12-31", "by: soon", "by is not", "target:", "a date such as 2026-12-31"),
    ("by: 2026-12-31", "until: 2026-12-31", "unknown key 'until'", "target:", "by"),
    ("near: 0.05", "near: 1", "near is not", "bands:", "less than 1"),
    ("near: 0.05", "near: -0.1", "near is not", "bands:", "less than 1"),
    ("near: 0.05", "amber: 0.1", "unknown key 'amber'", "bands:", "near"),
    ("groups: [department]", "groups: [district_id]", "told apart by district_id", "groups:", "without being asked"),
    ("groups: [department]", "groups: [district_name]", "told apart by district_name", "groups:", "department"),
    ("groups: [department]", "groups: [month]", "cannot be a measure's", "groups:", "string"),
    ("groups: [department]", "groups: [chanel]", "that monthly does not have", "groups:", "one of"),
    ("groups: [department]", "groups: [department, department]", "groups is not", "groups:", "each once"),
    ("email: ana@example.gov", "email: ana", "email is not", "owner:", "an e-mail address"),
    ("role: {en: Head of service, es: Jefa de servicio}, ", "", "the key 'role' is missing", "owner:", "role: ..."),
    ("En {area} se", "Allí se", "needs the places of area and value", "phrase:", "{area} and {value} in each language"),
    ("In {area} {value}", "In {district} {value}", "needs the places of area and", "phrase:", "in each language"),
    ("Across the city {value}", "In {area} {value}", "needs the places of value", "cityPhrase:", "{value} in each"),
    ("{en: Moving the day., es: Correr el plazo.}", "{es: Correr el plazo.}", "gaming is not", "gaming", "at least en"),
    ("gaming:", "tricks:", "unknown key 'tricks'", "tricks:", "gaming"),
    ("version: 2.0.0", "version: 2.1.0", "has the version of a later one", "version: 2.1.0\n    until", "before 2.1.0"),
    ("version: 1.0.0", "version: 2.0.1", "has the version of a later one", "version: 2.0.1", "before 2.0.0"),
    ("until: 2026-03-01", "until: 2026-03-15", "until is not", "until: 2026-03-15", "the first day of a month"),
    ("until: 2025-01-01", "until: 2026-03-01", "until is not", "2026-03-01\n    why: {en", "before that of the defin"),
    ("why: Potholes were added.", "because: x", "unknown key 'because'", "because: x", "why"),
    ("    why: Potholes were added.\n", "", "the key 'why' is missing", "version: 2.0.0", "why: ..."),
    ("definition: Of those closed.", "target: 3", "unknown key 'target'", "target: 3", "one of"),
    ("monthly\n    where: {category: Lamps}\n    numerator: closed", "places\n    numerator: closed",
     "needs a product of months", "product: places", "one row per month"),
    ("    numerator: closed_on_time\n    denominator: closed\n", "    numerator: due_on_time\n    denominator: due\n",
     "has the formula of the one that replaced it", "version: 1.0.0", "one whose formula was changed"),
    ("share\n    product: monthly\n    where: {category: Lamps}\n    numerator: due_on_time\n    denominator: due\n",
     "count\n    product: monthly\n    numerator: due\n", "figures of another unit", "kind: count", "share per 100"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said", "line", "expected"), CASES)
def test_a_mistake_is_refused_at_its_line(
    old: str, new: str, said: str, line: str, expected: str, tmp_path: Path, city: Ground
) -> None:
    assert old in SHARE
    text = SHARE.replace(old, new, 1)
    error = refused(tmp_path, text, city)
    assert said in error.what, error.message
    file, _, number = (error.where or "").partition(":")
    assert file == f"{text.split('id: ', 1)[1].splitlines()[0]}.yaml"
    assert int(number) == line_of(text, line), error.message
    assert expected in (error.expected or ""), error.message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("quantile: 0.5", "quantile: 0", "quantile is not"),
        ("quantile: 0.5", "quantile: 1", "quantile is not"),
        ("begin: opened_date", "begin: opened_at", "cannot be a measure's begin"),
        ("end: closed_date", "end: opened_date", "sets a column against itself"),
        ("groups: [channel]", "groups: [request_id]", "told apart by request_id"),
        ("groups: [channel]", "groups: [officer]", "public rendition of records does not carry"),
        ("groups: [channel]", "groups: [district_id]", "told apart by district_id"),
        ("{category: Lamps,", "{request_id: A1,", "tells single records of records"),
        ("{category: Lamps,", "{officer: Ana,", "public rendition of records does not carry"),
        ("is_urgent: true", "is_urgent: 1", "is_urgent holds no such value"),
        ("priority: [1, 2]", "priority: [1, true]", "priority holds no such value"),
        ("finished: {status: closed}", "finished: {district_id: x}", "told by area"),
        ("target: 8", "target: -8", "target is not"),
        ("product: records", "product: bare", "cannot be worked out from bare"),
    ],
)
def test_a_mistake_in_days(old: str, new: str, said: str, tmp_path: Path, city: Ground) -> None:
    assert old in DAYS
    text = DAYS.replace(old, new, 1)
    error = refused(tmp_path, text, city)
    assert said in error.what, error.message
    assert int((error.where or "").partition(":")[2]) == line_of(text, new)


@pytest.mark.parametrize("per", ["0", "-1", "'100'"])
def test_per_is_a_number_above_nothing(per: str, tmp_path: Path, city: Ground) -> None:
    text = FRAME + FORMULAS["ratio"].replace("per: 100", f"per: {per}")
    assert refused(tmp_path, text, city).what == "per is not as it should be"


def test_a_rate_is_per_residents_of_a_product_that_knows_them(tmp_path: Path, city: Ground) -> None:
    text = FRAME + FORMULAS["rate"] + "denominator: opened\n"
    error = refused(tmp_path, text, city)
    assert (error.what, error.found) == ("a rate is per residents", "opened")
    without = contract(tmp_path, "monthly", LEAN)
    error = refused(tmp_path, FRAME + FORMULAS["rate"], Ground({**city.products, "monthly": without}, {}))
    assert (error.what, error.found) == ("a rate is per residents", "monthly has no column population")


def test_a_city_whose_records_stay_inside_may_measure_by_what_stays_inside(tmp_path: Path, city: Ground) -> None:
    """The widest rendition decides: a column nobody outside sees is no column of a measure that everybody reads."""
    text = DAYS.replace("groups: [channel]", "groups: [officer]")
    assert "the public rendition" in refused(tmp_path, text, city).what
    kept_in = contract(tmp_path, "records", renditions="internal")
    assert read(tmp_path, text, Ground({**city.products, "records": kept_in}, {})).groups == ("officer",)


def test_a_group_tells_more_than_one_value_apart(tmp_path: Path, city: Ground) -> None:
    """An older version may have counted one value alone: the city's figure is told apart from the new one on."""
    text = SHARE.replace("groups: [department]", "groups: [category]")
    assert read(tmp_path, text, city).groups == ("category",)
    error = refused(tmp_path, text.replace("[Lamps, Potholes]", "[Potholes]"), city)
    assert error.what == "a measure is told apart by a column of which it counts one value"
    assert (error.found, error.where) == ("category", f"on_time.yaml:{line_of(text, 'groups:')}")


def test_a_group_must_stand_in_the_product_of_every_version(tmp_path: Path, city: Ground) -> None:
    lean = contract(tmp_path, "lean", LEAN + "      - {name: due, logicalType: integer, classification: public}\n")
    old = "product: monthly\n    where: {category: Lamps}\n    numerator: closed_on_time\n    denominator: closed\n"
    new = "product: lean\n    numerator: opened\n    denominator: due\n"
    assert old in SHARE
    error = refused(tmp_path, SHARE.replace(old, new), Ground({**city.products, "lean": lean}, {}))
    assert (error.what, error.found) == ("a measure names a column that lean does not have", "department")


def test_a_file_is_named_like_its_measure(tmp_path: Path, city: Ground) -> None:
    path = tmp_path / "late.yaml"
    path.write_text(DAYS, encoding="utf-8")
    with pytest.raises(Exception, match=r"named like its id, .*late.yaml:1. Found late.yaml, expected lamp_days.yaml"):
        read_measure(path, city)


def test_measures_need_the_product_that_holds_their_figures(tmp_path: Path, city: Ground) -> None:
    products = {name: one for name, one in city.products.items() if name != "measures"}
    error = refused(tmp_path, DAYS, Ground(products, {"measures": Text("the city has not turned it on")}))
    assert error.what == "the city has measures, but not the product that holds their figures"
    assert (error.found, error.expected) == ("the city has not turned it on", "a file products/measures.yaml")
    assert "enabled: true" in (error.hint or "")


def test_a_secret_in_a_measure_is_not_read_on(tmp_path: Path, city: Ground) -> None:
    text = DAYS.replace("gaming: Closing early.", "gaming: see https://ana:hunter2@example.gov/notes")
    error = refused(tmp_path, text, city)
    assert error.what == "a secret is written out"
    assert "hunter2" not in error.message


def test_columns_that_tell_rows_apart(city: Ground) -> None:
    assert telling_columns(city.products["monthly"], "share") == ("category", "department")
    assert telling_columns(city.products["records"], "days") == ("category", "channel", "status")
    assert month_column(city.products["monthly"]) == "month"
    assert month_column(city.products["places"]) is None
