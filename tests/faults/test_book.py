"""The book is whole: every row is shown, and it keeps no message of a test that is gone."""

from __future__ import annotations

import pytest

from tests.faults import book


@pytest.mark.parametrize("number", book.ROWS)
def test_every_row_is_shown_by_a_test(number: int) -> None:
    assert [one for one in book.shown() if one.number == number]


def test_no_test_shows_a_row_that_is_not_there() -> None:
    assert {one.number for one in book.shown()} <= set(book.ROWS)


def test_every_kept_message_is_a_marked_tests() -> None:
    assert set(book.kept_messages()) <= {one.key for one in book.shown()}


@pytest.mark.parametrize("number", [n for n in book.ROWS if n not in (11, 36, 52, 53, 58)])
def test_every_row_has_a_message(number: int) -> None:
    """But for those where all goes well: there is nothing to say."""
    assert any(book.kept_messages().get(one.key) for one in book.shown() if one.number == number)


def test_the_page_shows_markup_as_text() -> None:
    assert book.plain_markdown("<script>|*x*") == r"\<script\>\|\*x\*"
