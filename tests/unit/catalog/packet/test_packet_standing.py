"""A measure as of a day: months that were not over by then do not count, wherever they stand."""

from __future__ import annotations

from datetime import date

from catalog.answer.judgement import Judged
from catalog.measured import Measured
from catalog.packet.standing import stand_on
from tests.unit.catalog.packet.packet_world import CALM, DAY, measure, series, standing


def test_the_newest_month_that_was_over_is_told() -> None:
    told = Measured(measure(), city=series(CALM), areas=series(CALM, "south"), groups={"channel": series(CALM, "app")})
    now = stand_on(told, DAY, "the whole city")
    assert now.period == date(2026, 10, 1)
    assert now.city is not None
    assert [r.area for r in now.series] == ["all", "south"]
    then = stand_on(told, date(2026, 10, 31), "the whole city")
    assert then.period == date(2026, 9, 1)
    assert {o.period for o in then.told.groups["channel"]} == {o.period for o in then.told.city}
    assert max(o.period for o in then.told.areas) == date(2026, 9, 1)


def test_a_signal_of_a_later_month_is_not_known_before() -> None:
    told = Measured(measure(), city=series((*CALM, 30.0)))
    later = stand_on(told, DAY, "the whole city").city
    before = stand_on(told, date(2026, 10, 15), "the whole city").city
    assert later is not None
    assert before is not None
    assert later.claim is not None
    assert before.claim is None


def test_a_measure_without_figures_says_why() -> None:
    nothing = stand_on(Measured(measure()), DAY, "the whole city")
    assert (nothing.judged, nothing.city, nothing.period, nothing.series) == ("no_figures", None, None, ())


def test_the_figures_of_a_series_end_with_the_month_told() -> None:
    found = standing(measure(), areas={"south": CALM})
    assert isinstance(found.judged, Judged)
    assert found.city is not None
    figures = found.of(found.city)
    assert {f.area for f in figures} == {"all"}
    assert max(f.period for f in figures) == found.period
