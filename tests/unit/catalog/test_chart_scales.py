"""Scales, places and the measure of words, on whatever figures and words there may be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from catalog.charts.letters import shortened, text_width, wrap
from catalog.charts.scale import axis, spread

FIGURES = st.lists(st.floats(-1e9, 1e9).map(lambda v: round(v, 3)), min_size=1, max_size=40)


@given(FIGURES, st.booleans())
@example([0.0], True)
@example([-0.001], False)
def test_an_axis_holds_every_figure_between_round_ends(figures: list[float], zero: bool) -> None:
    found = axis(figures, zero)
    shares = [found.share(v) for v in sorted(figures)]
    assert all(-1e-9 <= share <= 1 + 1e-9 for share in shares)
    assert shares == sorted(shares)
    assert (found.low, found.high) == (found.ticks[0], found.ticks[-1])
    assert list(found.ticks) == sorted(set(found.ticks))
    assert 2 <= len(found.ticks) <= 12
    steps = [b - a for a, b in pairwise(found.ticks)]
    assert steps == pytest.approx([steps[0]] * len(steps), rel=1e-6, abs=1e-9)
    if zero:
        assert found.low <= 0 <= found.high


@given(st.lists(st.floats(0, 300), max_size=8), st.floats(1, 40))
def test_labels_keep_apart_stay_inside_and_keep_their_order(wanted: list[float], gap: float) -> None:
    assume(gap * max(0, len(wanted) - 1) <= 300)
    places = spread(wanted, gap, 0, 300)
    assert len(places) == len(wanted)
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    stand = [places[i] for i in order]
    assert all(b - a >= gap - 1e-6 for a, b in pairwise(stand))
    assert all(-1e-6 <= place <= 300 + 1e-6 for place in places)


@given(st.text(max_size=60), st.floats(6, 30), st.floats(10, 400))
def test_words_are_broken_and_cut_to_the_room_there_is(text: str, size: float, room: float) -> None:
    lines = wrap(text, size, room)
    assert " ".join(lines) == " ".join(text.split())
    assert all(text_width(line, size) <= room or " " not in line for line in lines)
    cut = shortened(text, size, room)
    assert cut == text or text_width(cut, size) <= room
    assert cut == text or cut == "" or cut.endswith("…")


def test_the_measure_of_words_knows_narrow_letters_from_wide_ones() -> None:
    assert text_width("ill", 10) < text_width("new", 10) < text_width("MMM", 10)
    assert text_width("年月日", 10) > text_width("abc", 10) * 1.5
    assert text_width("Centro", 10, heavy=True) > text_width("Centro", 10)
