"""Words that are misspelt: what was probably meant is named."""

from __future__ import annotations

import pytest

from contracts.tiers import TIERS
from contracts.vocabulary import one_of, words_for
from contracts.word_forms import expectation
from orchestration.publish.partition import ROWS_IN_ONE_FILE


@pytest.mark.parametrize(
    ("found", "meant"), [("pubic", "public"), ("Internal", "internal"), ("restriced", "restricted")]
)
def test_the_nearest_word_is_named(found: str, meant: str) -> None:
    assert one_of(TIERS, found).endswith(f"(did you mean {meant}?)")


@pytest.mark.parametrize("found", ["secret", "", 7, None, ["public"]])
def test_nothing_is_guessed_where_nothing_is_near(found: object) -> None:
    assert one_of(TIERS, found) == "one of public, internal, confidential, restricted"


def test_a_choice_of_a_server_is_told_with_its_nearest() -> None:
    said = expectation(words_for("server", "file")["format"], "cvs", "server")
    assert said is not None
    assert said.endswith("(did you mean csv?)")


def test_the_size_from_which_a_product_is_cut_is_told_as_it_is() -> None:
    said = {1_000_000: "more than a million records"}
    assert words_for("product")["partition"].meaning.endswith(f"{said[ROWS_IN_ONE_FILE]}.")
