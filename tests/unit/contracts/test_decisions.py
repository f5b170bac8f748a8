"""Privacy reviews, approvals and waivers of identifiers as they are written, and the words where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.city_load import load_products
from contracts.decisions import read_rulings
from contracts.errors import InputError
from contracts.model import Text

PRODUCTS = load_products()
WRITTEN = """\
decisions:
- kind: review
  subject: service_requests
  author: data-steward@example.gov
  by: privacy@example.gov
  on: 2026-01-10
  until: 2027-01-10
  risk: low
  value: {en: Everybody can see how long it takes., es: Cualquiera puede ver cuánto tarda.}
  decision: limited
  conditions: By day alone.
  covers: [generalise_date, days_to_close]
  reason: read against the register
- kind: waiver
  subject: service_requests.identifiers
  by: privacy@example.gov
  on: 2026-01-10
  until: 2026-07-10
  covers: [department, category.email]
  reason: addresses of offices
- kind: approval
  subject: service_requests
  change: 2.0.0
  author: data-steward@example.gov
  by: privacy@example.gov
  on: 2026-01-10
  reason: agreed
"""


def test_what_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    path.write_text(WRITTEN, encoding="utf-8")
    review, waiver, approval = read_rulings(path, PRODUCTS, ["requests"])
    assert review.review is not None
    assert (review.review.risk, review.review.decision) == ("low", "limited")
    assert review.review.conditions == Text("By day alone.")
    assert review.review.value.to("es").startswith("Cualquiera")
    assert (review.author, review.covers) == ("data-steward@example.gov", ("generalise_date", "days_to_close"))
    assert (waiver.covers, waiver.review) == (("department", "category.email"), None)
    assert (approval.author, approval.covers) == ("data-steward@example.gov", ())


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("  author: data-steward@example.gov\n  by", "  by", 2, "the key 'author' is missing"),
        ("author: data-steward@example.gov\n  by", "author: Privacy@Example.gov \n  by", 5, "made by its own author"),
        ("  until: 2027-01-10\n", "", 2, "a privacy review has no end"),
        ("risk: low", "risk: none", 8, "risk is not as it should be.*low, moderate, high"),
        ("  risk: low\n", "", 2, "the key 'risk' is missing"),
        ("decision: limited", "decision: maybe", 10, "open, limited, withhold"),
        ("  conditions: By day alone.\n", "", 2, "says nothing of its limits"),
        ("decision: limited", "decision: open", 11, "conditions belong to a limited publication"),
        ("  value: {en: E", "  valve: {en: E", 9, "unknown key 'valve'"),
        ("covers: [generalise_date, days_to_close]", "covers: [generalise_dates]", 12, "expected generalise_date"),
        ("covers: [generalise_date, days_to_close]", "covers: [category]", 12, "it covers what is not there"),
        ("covers: [generalise_date, days_to_close]", "covers: []", 12, "it covers nothing"),
        ("  covers: [generalise_date, days_to_close]\n", "", 2, "the key 'covers' is missing"),
        ("subject: service_requests\n  author", "subject: requests\n  author", 3, "only a whole product is"),
        ("subject: service_requests\n  author", "subject: service_requests\n  lifts: 4\n  author", 5,
         "author says nothing in a review that lifts a withdrawal"),
        ("  covers: [department, category.email]\n", "", 14, "the key 'covers' is missing"),
        ("covers: [department, category.email]", "covers: [departments]", 19, "expected department"),
        ("covers: [department, category.email]", "covers: [category.mail]", 19, "expected category.email"),
        ("service_requests.identifiers", "service_requests.freshness", 19, "covers says nothing in a waiver"),
        ("change: 2.0.0", "change: 2.0.0\n  risk: low", 24, "risk says nothing in this decision"),
        ("change: 2.0.0", "change: 2.0.0\n  covers: [status]", 24, "expected kind: review or kind: waiver"),
        ("by: privacy@example.gov\n  on: 2026-01-10\n  reason",
         "by: DATA-steward@example.gov\n  on: 2026-01-10\n  reason",
         25, "a decision is made by its own author"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    path = tmp_path / "decisions.yaml"
    text = WRITTEN.replace(old, new, 1)
    assert text != WRITTEN
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said) as refused:
        read_rulings(path, PRODUCTS, ["requests"])
    assert refused.value.where == f"{path}:{line}"
