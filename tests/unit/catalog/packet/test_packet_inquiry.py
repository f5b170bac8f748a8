"""Lines of inquiry: each rule asks where its figures call for it, and is silent where they do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from catalog.answer import Observation
from catalog.measured import Measured
from catalog.packet.inquiry import Question, Rule, chosen, questions
from catalog.packet.standing import Standing, stand_on
from tests.unit.catalog.packet.packet_world import CALM, DAY, measure, series, standing

HIGH = (*CALM, 30.0, 30.0)
STILL = (*CALM, 10.0, 11.0)
LOW = (*CALM, 1.0, 1.0)


def asked(rule: Rule, *stood: Standing) -> list[Question]:
    return [q for q in questions(stood) if q.rule == rule]


# an area, the city


def test_an_area_alone_is_asked_about() -> None:
    (found,) = asked("one_area", standing(measure(), STILL, {"south": HIGH, "north": STILL, "east": STILL}))
    assert (found.where, found.month, found.value) == ("South", date(2026, 9, 1), 30.0)
    assert found.reading is not None
    assert found.reading.claim is not None


@pytest.mark.parametrize(
    "areas",
    [
        {"south": HIGH},
        {"south": HIGH, "north": HIGH, "east": STILL},
        {"south": STILL, "north": STILL},
        {"south": LOW, "north": STILL},
    ],
    ids=["no other area", "most areas", "no signal", "the good side"],
)
def test_no_area_is_asked_about(areas: dict[str, Any]) -> None:
    assert asked("one_area", standing(measure(), STILL, areas)) == []


def test_at_most_two_areas_of_a_measure_are_asked_about_the_longest_signal_first() -> None:
    longer = (*CALM, 30.0, 30.0, 30.0)
    calm = dict.fromkeys("abcdef", (*STILL, 10.0))
    still = (*STILL, 10.0)
    areas = {"x": (*HIGH[:24], 10.0, 30.0, 30.0), "y": (*CALM, 10.0, 10.0, 30.0), "z": longer, **calm}
    found = asked("one_area", standing(measure(), still, areas))
    assert [q.where for q in found] == ["Z", "X"]


def test_measures_of_the_same_cases_are_asked_about_together() -> None:
    areas = {"south": HIGH, "north": STILL}
    days, late = standing(measure("days"), STILL, areas), standing(measure("late", product="monthly"), STILL, areas)
    other = standing(measure("other", where={"category": ("Other",)}), STILL, areas)
    first, second = asked("one_area", other, days, late)
    assert (first.measure.id, [m.id for m, _ in first.also]) == ("days", ["late"])
    assert (second.measure.id, second.also) == ("other", ())
    sooner = standing(measure("late"), (*STILL, 10.0), {"south": (*CALM, 30.0, 30.0, 30.0), "north": (*STILL, 10.0)})
    assert [q.also for q in asked("one_area", days, sooner)] == [(), ()]


def test_what_is_worse_is_asked_about_before_what_has_no_better_side() -> None:
    areas = {"south": HIGH, "north": STILL}
    either = standing(measure("either", direction="none", where={"category": ("Other",)}), STILL, areas)
    assert [q.measure.id for q in asked("one_area", either, standing(measure(), STILL, areas))] == ["days", "either"]


def test_no_rule_crowds_out_the_others() -> None:
    (one,) = asked("one_area", standing(measure(), STILL, {"south": HIGH, "north": STILL}))
    (gain,) = asked("better_or_gamed", standing(measure(), LOW))
    taken = chosen([one] * 9 + [gain] * 2, 12)
    assert [q.rule for q in taken] == ["one_area"] * 4 + ["better_or_gamed"] * 2
    assert len(chosen([one] * 9 + [gain] * 2, 5)) == 5


def test_few_cases_are_not_asked_about() -> None:
    stood = standing(measure(), STILL, {"south": HIGH, "north": STILL, "east": STILL}, n=15)
    assert questions((stood,)) == ()


def test_the_city_is_asked_about_where_most_areas_share_its_signal() -> None:
    stood = standing(measure(), HIGH, {"south": HIGH, "north": HIGH, "east": STILL})
    (found,) = asked("whole_city", stood)
    assert (found.where, found.month) == ("", date(2026, 9, 1))
    assert asked("one_area", stood) == []


def test_the_city_is_asked_about_where_no_area_shares_its_signal() -> None:
    assert len(asked("whole_city", standing(measure(), HIGH, {"south": STILL, "north": STILL}))) == 1
    assert len(asked("whole_city", standing(measure(), HIGH))) == 1


def test_the_city_is_not_asked_about_where_one_area_moves_it() -> None:
    stood = standing(measure(), HIGH, {"south": HIGH, "north": STILL})
    assert asked("whole_city", stood) == []
    assert [q.where for q in asked("one_area", stood)] == ["South"]


def test_a_measure_without_a_better_side_is_asked_about_on_both() -> None:
    either = measure(direction="none")
    assert len(asked("whole_city", standing(either, HIGH))) == 1
    assert len(asked("whole_city", standing(either, LOW))) == 1
    assert len(asked("whole_city", standing(measure(), LOW))) == 0


# two measures of the same cases


def on_time(denominator: str = "due", **more: Any) -> Any:
    facts: dict[str, Any] = {"kind": "share", "numerator": "on_time", "denominator": denominator, "per": 100.0}
    return measure(denominator, **{**facts, "direction": "higher", **more})


def clearance(**more: Any) -> Any:
    facts: dict[str, Any] = {"kind": "ratio", "numerator": "closed", "denominator": "opened", "per": 100.0}
    return measure("clearance", **{**facts, "direction": "higher", **more})


CLEARED = (100.0, 101.0) * 13


def test_on_time_falls_while_more_is_closed_than_comes_in() -> None:
    late, cleared = standing(on_time(), LOW), standing(clearance(), CLEARED)
    (found,) = asked("late_though_cleared", late, cleared)
    assert (found.value, found.other, found.beside) == (1.0, 101.0, cleared.measure)


@pytest.mark.parametrize(
    ("late", "cleared"),
    [
        (standing(on_time(), STILL), standing(clearance(), CLEARED)),
        (standing(on_time(), LOW), standing(clearance(), tuple(v - 5 for v in CLEARED))),
        (standing(on_time(), LOW), standing(clearance(where={"category": ("Other",)}), CLEARED)),
        (standing(on_time(), LOW), standing(clearance(product="others"), CLEARED)),
        (standing(on_time("opened"), LOW), standing(clearance(), CLEARED)),
        (standing(on_time(), LOW), standing(clearance(), CLEARED, last=date(2026, 9, 1))),
    ],
    ids=["no fall", "less closed", "other cases", "another product", "not on time", "another month"],
)
def test_no_fall_or_no_clearance_is_no_question(late: Standing, cleared: Standing) -> None:
    assert asked("late_though_cleared", late, cleared) == []


def test_a_fall_since_last_year_beyond_chance_and_the_usual_counts() -> None:
    """No signal, since the range is wide; but 610 of 1,000 now against 880 a year before."""
    late = of_a_thousand(61.0)
    assert late.city is not None
    assert late.city.claim is None
    assert len(asked("late_though_cleared", late, standing(clearance(), CLEARED))) == 1

    assert asked("late_though_cleared", of_a_thousand(64.0), standing(clearance(), CLEARED)) == []


def of_a_thousand(newest: float) -> Standing:
    """Two years of 70 and 80 per cent, but for 88 a year before the newest."""
    values = [70.0, 80.0] * 13
    values[-13], values[-1] = 88.0, newest
    figures = tuple(replace(o, numerator=10 * (o.value or 0), denominator=1000.0) for o in series(values))
    return stand_on(Measured(on_time(), city=figures), DAY, "the whole city")


def test_what_was_closed_can_hide_what_is_open() -> None:
    due, closed = standing(on_time(), (60.0, 61.0) * 13), standing(on_time("closed_with_due"), (90.0, 91.0) * 13)
    (found,) = asked("of_closed_hides", due, closed)
    assert (found.measure, found.value, found.other, found.beside) == (due.measure, 61.0, 91.0, closed.measure)
    near = standing(on_time("closed_with_due"), (61.0, 61.5) * 13)
    assert asked("of_closed_hides", due, near) == []
    assert asked("of_closed_hides", closed, due) == [found]


# piles, targets, gains


def test_a_pile_of_old_cases_that_grows_is_asked_about() -> None:
    pile = measure("pile", kind="count", numerator="backlog_over_90_days", is_stock=True)
    assert [q.rule for q in questions((standing(pile, HIGH),))] == ["pile_grows"]
    assert asked("pile_grows", standing(pile, STILL)) == []
    assert asked("pile_grows", standing(pile, LOW)) == []
    reports = measure("reports", kind="count", numerator="opened", direction="lower")
    assert asked("pile_grows", standing(reports, HIGH)) == []


def test_a_target_beyond_the_usual_range_is_asked_about() -> None:
    (found,) = asked("target_out_of_reach", standing(measure(target=5.0), STILL))
    assert found.value == 11.0
    assert asked("target_out_of_reach", standing(measure(target=10.0), STILL)) == []
    assert asked("target_out_of_reach", standing(measure(target=20.0), STILL)) == []
    assert asked("target_out_of_reach", standing(measure(), STILL)) == []
    assert asked("target_out_of_reach", standing(measure(target=5.0), LOW)) == []


def test_a_gain_is_asked_about_with_the_known_way_to_game_it() -> None:
    (found,) = asked("better_or_gamed", standing(measure(), LOW, {"south": LOW}))
    assert (found.where, found.month) == ("", date(2026, 9, 1))
    (found,) = asked("better_or_gamed", standing(measure(), STILL, {"south": LOW, "north": STILL}))
    assert found.where == "South"
    assert asked("better_or_gamed", standing(measure(direction="none"), LOW)) == []
    assert asked("better_or_gamed", standing(measure(), HIGH)) == []


# groups


def group(name: str, value: float, **more: Any) -> Observation:
    (found,) = series((value,), name, **more)
    return replace(found, area=name, area_name=name)


def test_groups_that_differ_beyond_their_intervals_are_asked_about() -> None:
    stood = standing(measure(), groups={"channel": [group("app", 4.0), group("phone", 9.0), group("post", 6.0)]})
    (found,) = asked("groups_differ", stood)
    assert (found.where, found.value, found.beside, found.other, found.by) == ("phone", 9.0, "app", 4.0, "channel")
    higher = standing(measure(direction="higher"), groups={"channel": [group("app", 4.0), group("phone", 9.0)]})
    assert [q.where for q in asked("groups_differ", higher)] == ["app"]


@pytest.mark.parametrize(
    ("direction", "groups"),
    [
        ("lower", [group("app", 4.0), group("phone", 4.9)]),
        ("lower", [group("app", 4.0), group("phone", 9.0, n=15)]),
        ("lower", [group("app", 4.0), group("phone", 9.0, n=None)]),
        ("lower", [group("app", 4.0), replace(group("phone", 9.0), low=None)]),
        ("lower", [replace(group("app", 4.0), high=None), group("phone", 9.0)]),
        ("lower", [group("phone", 9.0)]),
        ("lower", [group("app", 4.0), group("phone", 9.0, last=date(2026, 9, 1))]),
        ("none", [group("app", 4.0), group("phone", 9.0)]),
    ],
    ids=["close", "few", "uncounted", "no interval", "open interval", "one", "another month", "no side"],
)
def test_groups_that_cannot_be_told_apart_are_not(direction: Any, groups: list[Observation]) -> None:
    assert asked("groups_differ", standing(measure(direction=direction), groups={"channel": groups})) == []


def test_the_areas_most_in_need_are_asked_about_only_where_they_are_worse_off() -> None:
    fifths = [group(str(n), value) for n, value in enumerate((9.0, 7.0, 6.0, 5.0, 4.0), start=1)]
    (found,) = asked("need_differs", standing(measure(), groups={"index:hardship": fifths}))
    assert (found.value, found.other, found.by) == (9.0, 4.0, "index:hardship")
    assert asked("groups_differ", standing(measure(), groups={"index:hardship": fifths})) == []
    turned = [replace(o, area=str(6 - int(o.area))) for o in fifths]
    assert asked("need_differs", standing(measure(), groups={"index:hardship": turned})) == []


def test_questions_stand_in_the_order_of_the_rules() -> None:
    stood = (
        standing(measure("gain"), LOW),
        standing(measure("reach", target=5.0), STILL),
        standing(measure("south"), STILL, {"south": HIGH, "north": STILL}),
    )
    assert [(q.rule, q.measure.id) for q in questions(stood)] == [
        ("one_area", "south"), ("target_out_of_reach", "reach"), ("better_or_gamed", "gain"),
    ]  # fmt: skip
