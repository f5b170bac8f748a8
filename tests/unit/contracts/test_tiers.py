"""The scale of tiers: an order, names in every language, the words of the law."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import tiers
from contracts.errors import InputError
from contracts.tiers import MOST_RESTRICTIVE, TIERS, at_or_below, highest, lowest, rank, visible

TIER = st.sampled_from(TIERS)


def test_the_constants_are_the_table() -> None:
    assert tiers.scale().ids == TIERS
    assert [t.rank for t in tiers.scale().tiers] == list(range(len(TIERS)))
    assert MOST_RESTRICTIVE == "restricted"
    assert tiers.LEAST_RESTRICTIVE == "public"


@given(TIER, TIER)
def test_seeing_follows_the_order(mine: str, reader: str) -> None:
    assert visible(mine, reader) == (mine in at_or_below(reader)) == (rank(mine) <= rank(reader))


@given(st.lists(TIER, min_size=1))
def test_highest_and_lowest_bound_the_rest(given_tiers: list[str]) -> None:
    assert all(rank(lowest(given_tiers)) <= rank(t) <= rank(highest(given_tiers)) for t in given_tiers)
    assert {highest(given_tiers), lowest(given_tiers)} <= set(given_tiers)


def test_of_nothing_the_safe_side() -> None:
    assert highest([]) == "public"
    assert lowest([]) == "restricted"


def test_an_unknown_tier_is_an_error() -> None:
    with pytest.raises(InputError, match="Found 'secret', expected one of public, internal"):
        rank("secret")
    assert not tiers.is_tier("secret")
    assert tiers.is_tier("internal")


def test_names_and_legal_terms() -> None:
    for tier in tiers.scale().tiers:
        assert all(tier.name.has(language) and tier.who.has(language) for language in ("en", "es", "pt"))
    assert tiers.tier_name("restricted").to("es") == "Restringido"
    assert tiers.legal_term("restricted", "CO") == "información pública reservada"
    assert tiers.legal_term("internal", "CO") is None
    assert tiers.legal_term("public", "ZZ") is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("confidential: dado pessoal", "secret: dado pessoal", "a tier that is not in the scale"),
        ("id: internal", "id: public", "a tier stands twice"),
        ("law: Lei", "laws: Lei", "not as it should be"),
        ("jurisdictions:\n", "jurisdictions: {}\nmore:\n", "not as it should be"),
    ],
)
def test_a_broken_table_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = tiers.TABLE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "tiers.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        tiers.read_scale(path)
