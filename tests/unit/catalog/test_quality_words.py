"""Sentences of quality reports: what held, what may be concluded of engines that disagree, what people decided."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog import reports
from catalog.ruling_views import RulingView
from catalog.site.quality_history import since_before
from catalog.site.quality_words import (
    DIMENSIONS,
    agreed,
    checked_how,
    dimension_name,
    dimension_question,
    proven,
    ruling_sentence,
    sum_of_rules,
    worst,
)
from catalog.site.speech import Speech
from catalog.site.status_page import headline
from catalog.site.to_do import Todo
from catalog.site.words import Standing
from catalog.views import QualityView
from contracts.condition import Need
from tests.unit.catalog.site_world import city, quality, rule, text

ENGLISH = Speech(city(), "en")


def report(*results: str, **more: Any) -> QualityView:
    rules = [rule(f"r{n}", text(f"Rule {n}."), result=result, **more) for n, result in enumerate(results)]
    return reports.quality(quality("p", "public", 1, rules=rules, gate=[]))


@pytest.mark.parametrize(
    ("results", "word", "said"),
    [
        (("passed", "passed"), "Held true", "2 of 2 rules held"),
        (("passed", "warned"), "Warned", "1 of 2 rules held"),
        (("warned", "waived"), "Waived", "0 of 2 rules held"),
        (("vacuous", "waived", "passed"), "Nothing to check", "1 of 3 rules held"),
        (("failed", "error"), "Failed", "0 of 2 rules held"),
        ((), "No rule", "No rule asks this of it."),
    ],
)
def test_a_group_of_rules_is_told_by_its_worst(results: tuple[str, ...], word: str, said: str) -> None:
    status, sentence = sum_of_rules(report(*results).rules, ENGLISH)
    assert (status.word, sentence) == (word, said)
    assert status.tone != "good" or worst(results) == "passed"


def test_every_dimension_of_the_standard_has_a_name_and_a_question() -> None:
    assert len(DIMENSIONS) == 7
    assert len({dimension_name(d, ENGLISH) for d in DIMENSIONS}) == 7
    assert all(dimension_question(d, ENGLISH).endswith("?") for d in DIMENSIONS)


def test_engines_that_disagree_are_told_in_full() -> None:
    apart = report("failed", engines={"scan": "passed", "great_expectations": "failed"})
    assert "did not agree on all" in agreed(apart, ENGLISH)
    assert [s for s in checked_how(apart.rules[0].asks, ENGLISH) if "DuckDB" in s or "Great" in s] == [
        "Great Expectations: Failed", "one scan (DuckDB): Held true",
    ]  # fmt: skip
    assert "agreed: Great Expectations + one scan (DuckDB)." in agreed(report("passed"), ENGLISH)
    assert agreed(report("passed", engines={}), ENGLISH) == ""


def test_how_many_rules_were_shown_able_to_fail() -> None:
    missed = report("passed", "passed", proof={"mutation": "x", "caught": False})
    assert proven(missed, ENGLISH).startswith("0 of the contract's 2 rules were shown able to fail")
    assert proven(report("passed", proof=None), ENGLISH) == ""


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (("passed", "passed"), ("passed", "failed"), ["1 rule stopped holding: “Rule 1”."]),
        (("warned", "passed"), ("passed", "passed"), ["1 rule holds again: “Rule 0”."]),
        (("passed",), ("passed", "passed", "failed"), ["2 rules are asked for the first time: “Rule 1”; “Rule 2”."]),
        (("passed", "failed"), ("passed",), ["1 rule is no longer asked: “Rule 1”."]),
        (("passed", "not applicable"), ("passed", "passed"), ["1 rule is asked for the first time: “Rule 1”."]),
        (("failed", "passed"), ("error", "passed"), ["Every rule came out as before."]),
    ],
)
def test_what_changed_since_the_report_before(before: tuple[str, ...], now: tuple[str, ...], said: list[str]) -> None:
    assert since_before(report(*now), report(*before), ENGLISH) == said
    assert since_before(report(*now), None, ENGLISH) == []


DAY, END = date(2026, 11, 1), date(2026, 12, 1)


@pytest.mark.parametrize(
    ("ruling", "said"),
    [
        (RulingView("waiver", DAY, END, rule="r", by="a@b.example"),
         "Waived on 1 Nov 2026 by a@b.example, until 1 Dec 2026."),
        (RulingView("waiver", None, END, rule="r"), "Waived by a named person until 1 Dec 2026."),
        (RulingView("waiver", DAY, None, rule="r"), "Waived on 1 Nov 2026 by a named person."),
        (RulingView("approval", DAY, None, change="2.0.0"),
         "Version 2.0.0 of its contract was approved on 1 Nov 2026 by a named person."),
        (RulingView("review", DAY, END),
         "Reviewed on 1 Nov 2026 by a named person; to be reviewed again by 1 Dec 2026."),
        (RulingView("review", DAY, None), "Reviewed on 1 Nov 2026 by a named person."),
    ],
)  # fmt: skip
def test_a_decision_is_told_as_far_as_it_is_known(ruling: RulingView, said: str) -> None:
    assert ruling_sentence(ruling, ENGLISH) == said


def test_the_headline_counts_what_calls_and_leaves_out_what_may_wait() -> None:
    status = Standing("x", "●", "poor")
    needs = [Need.HELD, Need.HELD, Need.LATE, Need.REFUSED, Need.NEVER_FETCHED, Need.NEVER_PUBLISHED, Need.SET_ASIDE]
    todo = [Todo(status, "t", None, "s", need=need) for need in needs]
    assert headline(todo, ENGLISH) == "2 products held; 1 source refused; 1 late; 2 that never came."
    both = [Todo(status, "t", None, "s", need=Need.HELD, is_late=True), *todo[2:3]]
    assert headline(both, ENGLISH) == "1 product held and late; 1 late."
    assert headline(todo[-1:], ENGLISH) == "Nothing waits for you: nothing is held, refused or late."
