"""What a city may write down of withdrawals and retention, and the words with file and line where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.city import Retention
from contracts.city_load import load_city, load_products
from contracts.decisions import read_rulings
from contracts.errors import InputError
from contracts.model import Text

WITHDRAWN = """\
- kind: withdrawal
  subject: cases
  reason: names people
  by: privacy@example.gov
  on: 2026-03-01
  publicNote: {en: Under review., es: En revisión.}
  instead: districts
- kind: review
  subject: cases
  lifts: 41
  reason: the names are gone
  by: privacy@example.gov
  on: 2026-03-09
"""
PRODUCTS = dict.fromkeys(("cases", "districts"), load_products()["districts"])
CITY = """\
formatVersion: 1
id: town
name: Town
country: NO
timezone: America/Bogota
languages: [en]
environment: development
publisher: {name: Town Hall, email: data@example.gov}
licence: CC-BY-4.0
"""


def test_a_withdrawal_and_the_review_that_lifts_it(tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    path.write_text(WITHDRAWN, encoding="utf-8")
    first, second = read_rulings(path, PRODUCTS, ["requests"])
    assert (first.public_note, first.instead) == (Text("Under review.", {"es": "En revisión."}), "districts")
    assert (second.lifts, second.public_note, second.instead) == (41, None, None)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            "subject: cases\n  reason: names",
            "subject: requests\n  reason: names",
            2,
            "only a whole product is withdrawn",
        ),
        ("subject: cases\n  reason: names", "subject: cases.rule\n  reason: names", 2, "only a whole product"),
        (
            "subject: cases\n  lifts",
            "subject: requests\n  lifts",
            9,
            "only a whole product is withdrawn, given back, or reviewed",
        ),
        ("instead: districts", "instead: distrits", 7, "what to use instead.*Found distrits, expected districts"),
        ("instead: districts", "instead: cases", 7, "what to use instead is not another product"),
        ("lifts: 41", "lifts: '41'", 10, "the number of the withdrawal's ledger entry, as cauce status shows it"),
        ("lifts: 41", "lifts: 0", 10, "the number of the withdrawal's ledger entry"),
        ("lifts: 41", "publicNote: Back.", 10, "publicNote says nothing in this decision.*expected kind: withdrawal"),
        ("instead: districts", "lifts: 4", 7, "lifts says nothing in this decision.*expected kind: review"),
        (
            "{en: Under review., es: En revisión.}",
            "{es: En revisión.}",
            6,
            "a text, or texts by language with at least en",
        ),
        ("kind: review\n  subject: cases\n  lifts: 41", "kind: withdrawal\n  subject: cases", 8, ""),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    path = tmp_path / "decisions.yaml"
    text = WITHDRAWN.replace(old, new, 1)
    assert text != WITHDRAWN
    path.write_text(text if said else text.replace("2026-03-09", "2026-03-01"), encoding="utf-8")
    expected = said or r"a withdrawal is written down twice.*cases on 2026-03-01, also in line 1"
    with pytest.raises(InputError, match=expected) as refused:
        read_rulings(path, PRODUCTS, ["requests"])
    assert refused.value.where == f"{path}:{line}"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", None),
        ("retention: {releases: {keep: 12, days: 730}}", Retention(12, 730)),
        ("retention: {releases: {keep: 3}}", Retention(3, 0)),
        ("retention: {releases: {days: 365}}", Retention(2, 365)),
    ],
)
def test_how_long_old_releases_are_kept(tmp_path: Path, written: str, expected: Retention | None) -> None:
    (tmp_path / "city.yaml").write_text(f"{CITY}{written}\n", encoding="utf-8")
    assert load_city(tmp_path).retention == expected


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("retention: {releases: {keep: 1}}", "a whole number of at least 2"),
        ("retention: {releases: {keep: 2.5}}", "a whole number of at least 2"),
        ("retention: {releases: {days: 0}}", "a whole number of at least 1"),
        ("retention: {releases: {days: true}}", "a whole number of at least 1"),
        ("retention: {releases: {}}", "neither how many nor how long"),
        ("retention: {}", "'releases' is missing"),
        ("retention: {release: {keep: 2}}", "unknown key 'release'"),
        ("retention: {releases: {keeps: 2}}", "unknown key 'keeps'"),
    ],
)
def test_a_retention_that_says_something_else_is_named(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "city.yaml").write_text(f"{CITY}{written}\n", encoding="utf-8")
    with pytest.raises(InputError, match=said) as refused:
        load_city(tmp_path)
    assert refused.value.where == f"{tmp_path / 'city.yaml'}:10"
