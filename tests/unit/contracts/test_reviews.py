"""How a product's privacy reviews stand on a day: each state, and who is the last word on a column."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from contracts import condition, reviews
from contracts.city import PrivacyReview, Ruling
from contracts.city_load import load_products
from contracts.condition import Need
from contracts.model import Place, Text
from contracts.reviews import GRACE, NOTICE, ReviewState, lowered_columns, sentence, standing

PRODUCT = load_products()["service_requests"]
END = date(2027, 1, 10)
STEPS = tuple(sorted(set(lowered_columns(PRODUCT).values())))


def reviewed(*covers: str, decision: Any = "open", on: date = date(2026, 1, 10), until: date | None = END) -> Ruling:
    review = PrivacyReview("low", Text("Good to know."), decision)
    return Ruling("review", "service_requests", "read", "privacy@example.gov", on, until, None, Place("d", 1),
                  author="steward@example.gov", covers=covers or STEPS, review=review)  # fmt: skip


def test_lowered_is_what_names_a_step() -> None:
    columns = lowered_columns(PRODUCT)
    assert columns["opened_date"] == "generalise_date"
    assert "category" not in columns
    assert standing(load_products()["districts"], (), END).state is ReviewState.NOT_NEEDED


@pytest.mark.parametrize(
    ("on", "state", "need"),
    [
        (END - NOTICE, ReviewState.IN_FORCE, None),
        (END - NOTICE + timedelta(days=1), ReviewState.ENDING, Need.REVIEW_DUE),
        (END, ReviewState.ENDING, Need.REVIEW_DUE),
        (END + timedelta(days=1), ReviewState.EXPIRED, Need.REVIEW_OVER),
        (END + GRACE, ReviewState.EXPIRED, Need.REVIEW_OVER),
        (END + GRACE + timedelta(days=1), ReviewState.LAPSED, Need.REVIEW_OVER),
        (date(2026, 1, 9), ReviewState.MISSING, Need.REVIEW_DUE),
    ],
)
def test_a_review_in_time(on: date, state: ReviewState, need: Need | None) -> None:
    found = standing(PRODUCT, [reviewed()], on)
    assert found.state is state
    assert condition.review_need(found.state) is need
    assert bool(sentence(found)) is (need is not None)
    if state is ReviewState.EXPIRED:
        assert found.held_from == END + GRACE + timedelta(days=1)
        assert str(found.held_from) in sentence(found)


def test_a_column_nobody_reviewed_is_named() -> None:
    found = standing(PRODUCT, [reviewed("generalise_date")], date(2026, 2, 1))
    assert found.state is ReviewState.MISSING
    assert {c.column for c in found.worst} == set(lowered_columns(PRODUCT)) - {
        name for name, step in lowered_columns(PRODUCT).items() if step == "generalise_date"
    }
    by_column = standing(PRODUCT, [reviewed(*lowered_columns(PRODUCT))], date(2026, 2, 1))
    assert by_column.state is ReviewState.IN_FORCE
    assert standing(PRODUCT, [replace(reviewed(), subject="other")], date(2026, 2, 1)).state is ReviewState.MISSING


def test_to_withhold_holds_at_once_and_past_its_end_until_another_review() -> None:
    no = reviewed("opened_date", decision="withhold", on=date(2026, 3, 1))
    for day in (date(2026, 3, 1), END + timedelta(days=900)):
        found = standing(PRODUCT, [reviewed(until=date(2040, 1, 1)), no], day)
        assert found.state is ReviewState.WITHHELD
        assert [c.column for c in found.worst] == ["opened_date"]
    assert standing(PRODUCT, [reviewed(), no], date(2026, 2, 28)).state is ReviewState.IN_FORCE
    again = reviewed("opened_date", on=date(2026, 3, 1))
    assert standing(PRODUCT, [reviewed(), no, again], date(2026, 3, 1)).state is ReviewState.IN_FORCE
    staff = replace(PRODUCT, renditions=("internal",))
    assert standing(staff, [reviewed(), no], date(2026, 3, 1)).state is ReviewState.IN_FORCE, "nothing of it is public"


def test_a_review_without_an_end_is_over() -> None:
    assert standing(PRODUCT, [reviewed(until=None)], END).state in reviews.HOLDING
