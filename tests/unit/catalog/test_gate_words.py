"""The gate's own rules on quality pages: what each counted, how it looked, and its note in the page's language."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from catalog import reports
from catalog.site import gate_words
from catalog.site.quality_words import checked_how
from catalog.site.speech import Speech
from catalog.views import QualityView, RuleView
from orchestration.publish import (
    anonymity_rules,
    differencing_rules,
    file_rules,
    flow_rules,
    gate_facts,
    gate_rules,
    identifier_rules,
    proof_rules,
    release_rules,
    review_rules,
)
from orchestration.publish.gate_rules import RULES
from tests.unit.catalog.site_world import city, quality, rule, text

LANGUAGES = ("en", "es", "pt")
WRITTEN = "".join(
    inspect.getsource(module).replace('"\n', "").replace("\n", "")
    for module in (
        anonymity_rules,
        differencing_rules,
        file_rules,
        flow_rules,
        gate_facts,
        gate_rules,
        identifier_rules,
        proof_rules,
        release_rules,
        review_rules,
    )
)


def spoken(language: str) -> Speech:
    return Speech(city(languages=LANGUAGES), language)


def reported(name: str, **more: Any) -> tuple[RuleView, QualityView]:
    """One rule of the gate in a report of its own."""
    previous = more.pop("previous_rows", None)
    facts: dict[str, Any] = {
        "kind": "gate",
        "columns": [],
        "engines": {},
        "proof": None,
        "query": "",
        "value": None,
        "threshold": None,
    }
    entry = rule(name, text("A rule."), **{**facts, **more})
    report = quality("p", "public", 2, rules=[], gate=[entry])
    report["reconciliation"]["previous_rows"] = previous
    view = reports.quality(report)
    return view.rules[0], view


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_rule_of_the_gate_says_how_it_looks_and_what_it_counts(language: str) -> None:
    speech = spoken(language)
    told = {r.id: gate_words.how(r.id, speech) for r in RULES}
    assert all(said.endswith(".") for said in told.values()), told
    assert len(set(told.values())) == len(RULES)
    for asked in RULES:
        view, _ = reported(asked.id, counts=asked.counts, examined=2)
        said = gate_words.counted(view, speech)
        assert said.startswith("2 ") and len(said) > 3, asked.id
        assert told[asked.id] in list(checked_how(view.asks, speech))


def test_how_much_was_looked_at_names_what_was_counted() -> None:
    english, spanish = spoken("en"), spoken("es")
    one, _ = reported("tiers", counts="columns", examined=1)
    many, _ = reported("tiers", counts="columns", examined=1753)
    assert [gate_words.counted(r, english) for r in (one, many)] == ["1 column", "1,753 columns"]
    assert [gate_words.counted(r, spanish) for r in (one, many)] == ["1 columna", "1.753 columnas"]
    older, _ = reported("tiers", examined=17)
    assert gate_words.counted(older, english) == "17"  # kept before reports said what they counted
    contracts_own = reports.quality(quality("p", "public", 1)).rules[0]
    assert gate_words.counted(contracts_own, english) == "300 records"


@pytest.mark.parametrize("language", ["es", "pt"])
@pytest.mark.parametrize(
    "detail",
    [
        "first release: there is no earlier contract",
        "asked of production only",
        gate_facts.NOTHING_TO_ASK,
        review_rules.NONE_LOWERED,
        "no other product stands behind it",
    ],
)
def test_a_note_without_numbers_is_said_in_the_pages_language(language: str, detail: str) -> None:
    view, report = reported("code_known", detail=detail, result="not applicable")
    said = gate_words.note(view, report, spoken(language))
    assert said and said != detail and "lang=" not in said


def test_every_note_that_has_a_translation_is_one_that_the_gate_writes() -> None:
    source = inspect.getsource(gate_words)
    start = source.index("    said = {", source.index("def _fixed"))
    body = source[start : source.index("}.get(detail)")]
    keys = [line.strip().partition('": t(')[0].strip('"') for line in body.splitlines() if '": t(' in line]
    assert len(keys) > 20
    assert [key for key in keys if key not in WRITTEN] == []


def test_a_note_that_cannot_be_said_is_marked_as_english() -> None:
    view, report = reported("contract_change", detail="The column <x> is new.")
    assert gate_words.note(view, report, spoken("es")) == '<span lang="en">The column &lt;x&gt; is new.</span>'
    assert gate_words.note(view, report, spoken("en")) == "The column &lt;x&gt; is new."


def test_numbers_in_a_note_are_written_as_the_page_writes_them() -> None:
    share = {"operator": "mustBeBetween", "value": [-0.3, 0.5], "unit": "share"}
    change = {"value": 0.028346, "threshold": share, "examined": 246803, "detail": "240000 records became 246803"}
    view, report = reported("row_count_change", previous_rows=240000, **change)
    assert gate_words.note(view, report, spoken("en")) == (
        "240,000 records became 246,803 (+2.8%); allowed is −30% to +50%"
    )
    assert "de 240.000 registros se pasó a 246.803" in gate_words.note(view, report, spoken("es"))
    days = {"operator": "mustBeBetween", "value": [0, 35], "unit": "days"}
    view, report = reported("freshness", value=1, threshold=days, detail="the newest data is 1 days old, 35 promised")
    assert gate_words.note(view, report, spoken("en")) == "the newest data was 1 day old; promised is at most 35 days"
    assert "1 día" in gate_words.note(view, report, spoken("es"))


def test_what_the_tiers_proof_tried_is_told_from_its_numbers() -> None:
    parts = {"columns": 17, "worlds": 4, "free_columns": 3, "free_worlds": 2, "left": 1}
    view, report = reported("non_interference", parts=parts, detail="17 columns under 4 other contents")
    assert gate_words.note(view, report, spoken("en")) == (
        "17 columns, made again with 4 other contents of what its readers may not see; 3 of them with 2 more that no"
        " step bounds; 1 column of the sources was left to a step"
    )
    assert "lang=" not in gate_words.note(view, report, spoken("pt"))


def test_the_size_of_a_release_that_may_not_be_told_is_in_no_note() -> None:
    share = {"operator": "mustBeBetween", "value": [-0.3, 0.5], "unit": "share"}
    view, report = reported("row_count_change", value=None, threshold=share, examined=246803, detail="")
    assert gate_words.note(view, report, spoken("en")) == ""
