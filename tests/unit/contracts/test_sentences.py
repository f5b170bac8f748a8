"""Each check as a sentence, in three languages."""

from __future__ import annotations

import pytest

from contracts.checks import Kind
from contracts.city_load import load_products
from contracts.compile_checks import compile_checks
from contracts.model import Text
from contracts.sentences import ENGLISH, LANGUAGES, WORDS
from tests.unit.contracts.engines.planted import PLANTED, column, contract, rule, sql

CHECKS = {c.id: c for c in compile_checks(PLANTED)}


def test_every_language_has_the_same_words() -> None:
    for words in WORDS.values():
        assert set(words.promise) == set(ENGLISH.promise)
        assert set(words.fault) == set(ENGLISH.fault)
        assert set(words.compare) == set(ENGLISH.compare)
        assert set(words.bounds) == set(ENGLISH.bounds)
        assert set(words.types) == set(ENGLISH.types)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_is_a_whole_sentence_without_a_gap(language: str) -> None:
    for check in CHECKS.values():
        said = check.text.to(language)
        assert said[0].isupper(), (check.id, said)
        assert "{" not in said.replace(str(check.arguments.get("pattern", "")), ""), said
        assert "  " not in said, said


@pytest.mark.parametrize(
    ("check", "language", "said"),
    [
        ("status.required", "en", "Every record has a value for “Status”."),
        ("status.required", "es", "Todo registro tiene un valor para «Estado»."),
        ("status.valid", "en", "Every “Status” is one of “open”, “closed” or “it's”."),
        ("score.range", "en", "Every “score” is between 0 and 100."),
        ("score.range", "pt", "O valor de “score” está sempre entre 0 e 100."),
        ("name.length", "es", "El valor de «name» tiene siempre entre 2 y 10 caracteres."),
        ("planted.unique", "en", "No two records share the same “team” + “member”."),
        ("planted.row_count", "en", "The number of records is between 50 and 200."),
        ("opened_at.range", "en", "Every “opened at” is at least 2000-01-01 00:00:00 UTC."),
        (
            "notes_written",
            "en",
            "The share of records that have no value, “N/A” or an empty text for “note” is at most 3 %.",
        ),
        ("planted.sql", "es", "Nada se cierra antes de abrirse"),
        ("planted.sql", "pt", "No request is closed before it is opened"),
    ],
)
def test_sentences_read(check: str, language: str, said: str) -> None:
    assert CHECKS[check].text.to(language) == said


def test_the_rules_own_words_win_and_the_others_are_filled_in() -> None:
    own = rule(metric="nullValues", description=Text("We always know it", {"pt": "Sempre sabemos"}))
    (check,) = (c for c in compile_checks(contract((column("a", quality=(own,)),))) if c.kind is Kind.REQUIRED)
    assert check.text.default == "We always know it"
    assert check.text.to("pt") == "Sempre sabemos"
    assert check.text.to("es") == "Todo registro tiene un valor para «a»."


def test_a_sql_rule_without_a_description_still_says_something() -> None:
    query = sql("select count(*) from {object} where a = 'x'", [{"a": "x"}])
    (check,) = (c for c in compile_checks(contract((column("a"),), (query,))) if c.kind is Kind.SQL)
    assert check.text.default == "The number the rule's query gives is 0."


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Every “Request number” has at least 1 character."),
        ("es", "El valor de «Número de solicitud» tiene siempre al menos 1 carácter."),
        ("pt", "caractere."),
    ],
)
def test_one_character_is_told_in_the_singular(language: str, said: str) -> None:
    checks = compile_checks(load_products()["service_requests"])
    length = next(c for c in checks if c.id == "service_request_id.length")
    assert length.text.to(language).endswith(said)
