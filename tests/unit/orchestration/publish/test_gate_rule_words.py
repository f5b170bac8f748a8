"""The gate's own rules are said in every language that a contract's rules are said in."""

from __future__ import annotations

import pytest

from contracts.sentences import LANGUAGES
from orchestration.publish.gate_rules import RULES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_of_the_gate_is_a_sentence_in_each_language(language: str) -> None:
    said = {rule.id: rule.text.to(language) for rule in RULES if rule.text.has(language)}
    assert set(said) == {rule.id for rule in RULES}
    assert all(text.endswith(".") for text in said.values())
    assert len(set(said.values())) == len(RULES)
