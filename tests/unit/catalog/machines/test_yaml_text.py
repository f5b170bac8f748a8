"""YAML written here is what PyYAML reads back, whatever stands in it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.machines.yaml_text import yaml_bytes

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5))
def test_it_reads_back(value: dict[str, Any]) -> None:
    assert yaml.safe_load(yaml_bytes(value, "A heading")) == value


@pytest.mark.parametrize(
    "text",
    ["yes", "No", "null", "~", "", " lead", "trail ", "a: b", "a #b", "- a", "1.10", "2024-01-02", "0x1f", "1e3", "=",
     "<<", "a\nb", "a\tb", "\x7f\x85\u2028\ufeff", "ñandú", "🚲", "{object}", "select count(*) from {object}", "a, b",
     "a,b", "Off", "y", "@x", "it's", 'say "x"', "\\", "key:", "?", "a.", "a .", "nan", ".inf"],
)  # fmt: skip
def test_a_text_stays_that_text(text: str) -> None:
    assert yaml.safe_load(yaml_bytes({"a": text, "b": [text, {text or "k": text}]})) == {
        "a": text,
        "b": [text, {text or "k": text}],
    }


def test_a_day_is_written_as_text() -> None:
    assert yaml.safe_load(yaml_bytes({"from": date(2026, 1, 2)})) == {"from": "2026-01-02"}
