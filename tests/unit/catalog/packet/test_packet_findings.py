"""What the signals found: all of them, the bad ones first, none that rests on few cases."""

from __future__ import annotations

from datetime import date

from catalog.packet.findings import few_left_out, findings, looked_at
from tests.unit.catalog.packet.packet_world import CALM, measure, standing


def test_a_calm_city_has_nothing_new() -> None:
    stood = (standing(measure(), areas={"south": CALM, "north": CALM}),)
    assert findings(stood) == ()
    assert looked_at(stood) == 3
    assert few_left_out(stood) == 0


def test_bad_signals_stand_before_those_without_a_side_and_those_before_good_ones() -> None:
    high = (*CALM, 30.0)
    found = findings(
        (
            standing(measure("good", direction="higher"), high),
            standing(measure("none", direction="none"), high),
            standing(measure("bad"), high, {"south": high}),
        )
    )
    assert [(f.measure.id, f.reading.area, f.claim.bad) for f in found] == [
        ("bad", "all", True), ("bad", "south", True), ("none", "all", None), ("good", "all", False),
    ]  # fmt: skip


def test_a_signal_that_shows_for_the_first_time_is_new() -> None:
    (fresh,) = findings((standing(measure(), (*CALM, 30.0)),))
    assert (fresh.claim.kind, fresh.is_new, fresh.claim.since) == ("limit", True, date(2026, 10, 1))
    (known,) = findings((standing(measure(), (*CALM, 30.0, 30.0, 30.0)),))
    assert (known.is_new, known.claim.since) == (False, date(2026, 8, 1))
    (run,) = findings((standing(measure(), (*CALM, *(11.0,) * 6)),))
    assert (run.claim.kind, run.claim.months, run.is_new) == ("level", 7, True)
    (longer,) = findings((standing(measure(), (*CALM, *(11.0,) * 7)),))
    assert (longer.claim.months, longer.is_new) == (8, False)


def test_what_is_new_stands_before_what_is_known() -> None:
    found = findings((standing(measure("old"), (*CALM, 30.0, 30.0)), standing(measure("young"), (*CALM, 30.0))))
    assert [f.measure.id for f in found] == ["young", "old"]


def test_few_cases_carry_no_signal() -> None:
    stood = (standing(measure(), (*CALM, 30.0), n=15),)
    assert findings(stood) == ()
    assert looked_at(stood) == 0
    assert few_left_out(stood) == 1


def test_a_figure_that_hides_its_cases_says_so() -> None:
    (found,) = findings((standing(measure(), (*CALM, 30.0), n=None),))
    assert not found.is_counted
