"""What a measure's figures leave out: months, hidden figures, areas with few cases, a definition that was changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from catalog.measured import Measured
from catalog.packet.gaps import gaps_of
from catalog.packet.standing import stand_on
from contracts.measure import Earlier, Measure
from contracts.model import Text
from tests.unit.catalog.packet.packet_world import CALM, DAY, measure, series, standing


def changed(until: date) -> Measure:
    now = measure()
    old = Earlier("0.9.0", until, Text("Before."), replace(now.formula, end="visited"), Text("A visit mends nothing."))
    return replace(now, earlier=(old,))


def test_a_whole_series_leaves_nothing_out() -> None:
    found = gaps_of(standing(measure(), areas={"south": CALM}))
    assert (found.missing, found.hidden_months, found.hidden_areas, found.few, found.changed) == ((), (), 0, (), ())


def test_months_without_a_figure_are_named_and_hidden_ones_apart() -> None:
    figures = list(series(CALM))
    figures[-3] = replace(figures[-3], value=None, low=None, high=None)
    figures[-5] = replace(figures[-5], value=None, low=None, high=None, hidden=True)
    del figures[-7]
    found = gaps_of(stand_on(Measured(measure(), city=tuple(figures)), DAY, "the whole city"))
    assert found.missing == (date(2026, 4, 1), date(2026, 8, 1))
    assert found.hidden_months == (date(2026, 6, 1),)


def test_months_before_the_first_figure_and_long_ago_are_not_missing() -> None:
    found = gaps_of(standing(measure(), (None, None, *CALM[:12])))
    assert found.missing == ()
    long_ago = gaps_of(standing(measure(), (10.0, None, *CALM)))
    assert long_ago.missing == ()


def test_areas_of_the_newest_month_that_hide_or_cannot_be_relied_on() -> None:
    hidden = replace(series((9.0,), "north")[0], value=None, low=None, high=None, hidden=True, n=None)
    few = series(CALM, "south", n=15)
    unknown = replace(hidden, area="unknown")
    told = Measured(measure(), city=series(CALM), areas=(*few, hidden, unknown))
    found = gaps_of(stand_on(told, DAY, "the whole city"))
    assert (found.hidden_areas, found.few) == (1, ("South",))


def test_a_definition_changed_in_the_time_looked_at_is_told() -> None:
    assert [old.version for old in gaps_of(standing(changed(date(2026, 1, 1)))).changed] == ["0.9.0"]
    assert gaps_of(standing(changed(date(2023, 1, 1)))).changed == ()
    assert gaps_of(standing(changed(date(2026, 12, 1)))).changed == ()


def test_a_measure_without_figures_leaves_out_nothing_that_can_be_told() -> None:
    assert gaps_of(stand_on(Measured(measure()), DAY, "the whole city")).missing == ()
