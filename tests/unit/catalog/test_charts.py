"""Drawings: well-formed, the same every time, with nothing that needs colour to be read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Literal
from xml.etree import ElementTree

import pytest

from catalog.charts import Cell, LineChart, Mark, line_chart, sparkline, strip
from catalog.charts.letters import wrap
from catalog.charts.scale import axis, month_step, named_months, spread
from catalog.site.assets import style

SVG = "{http://www.w3.org/2000/svg}"
FORMS: tuple[Literal["wide", "narrow"], ...] = ("wide", "narrow")


def marks(*values: float | None, hot: int = 0) -> tuple[Mark, ...]:
    return tuple(
        Mark(date(2025 + i // 12, i % 12 + 1, 1), v, signal=i >= len(values) - hot) for i, v in enumerate(values)
    )


CHART = LineChart(
    id="trend",
    title="Days to mend a streetlight, South <1>",
    description="Above its usual range & rising.",
    marks=marks(*([5.1, 4.8, 5.3, 5.0] * 5), 7.2, 7.9, 8.6, hot=3),
    language="es",
    centre=5.05,
    lower=4.2,
    upper=5.9,
    target=4.0,
    end_label="8,6 días",
    centre_label="habitual 5,1",
    target_label="meta 4",
    signal_label="por encima de su rango habitual desde septiembre",
)


def drawn(spec: LineChart, width: Literal["wide", "narrow"] = "wide") -> ElementTree.Element:
    return ElementTree.fromstring(
        line_chart(spec, width).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    )


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [e for e in root.iter() if name in (e.get("class") or "").split()]


@pytest.mark.parametrize("width", FORMS)
def test_it_is_named_and_described_for_who_cannot_see_it(width: Literal["wide", "narrow"]) -> None:
    root = drawn(CHART, width)
    assert root.get("role") == "img"
    labelled = (root.get("aria-labelledby") or "").split()
    texts = {e.get("id"): e.text for e in root if e.tag in {f"{SVG}title", f"{SVG}desc"}}
    assert [texts[i] for i in labelled] == [CHART.title, CHART.description]


def test_the_two_forms_do_not_share_an_id() -> None:
    both = line_chart(CHART) + line_chart(CHART, "narrow")
    ids = re.findall(r' id="([^"]+)"', both)
    assert len(ids) == 4
    assert len(set(ids)) == 4


@pytest.mark.parametrize("width", FORMS)
def test_it_is_drawn_without_colours_and_always_the_same(width: Literal["wide", "narrow"]) -> None:
    svg = line_chart(CHART, width)
    assert svg == line_chart(CHART, width)
    assert not re.search(r"#[0-9a-fA-F]{3}|rgb|style=", svg)
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) == {"currentColor", "none"}


@pytest.mark.parametrize("width", FORMS)
def test_everything_lies_inside_the_drawing(width: Literal["wide", "narrow"]) -> None:
    root = drawn(CHART, width)
    _, _, wide, high = map(float, (root.get("viewBox") or "").split())
    for element in root.iter():
        for names, limit in ((("x", "x1", "x2", "cx"), wide), (("y", "y1", "y2", "cy"), high)):
            for name in names:
                value = element.get(name)
                assert value is None or 0 <= float(value) <= limit, (element.tag, name, value)


def test_the_parts_stand_where_the_figures_say() -> None:
    root = drawn(CHART)
    band, target = of_class(root, "band")[0], of_class(root, "target")[0]
    rings = of_class(root, "ring")
    assert len(rings) == 3
    assert all("worse" in (r.get("class") or "") for r in rings)
    top, height = float(band.get("y") or 0), float(band.get("height") or 0)
    assert float(target.get("y1") or 0) > top + height
    assert all(float(r.get("cy") or 0) < top for r in rings)
    assert [float(r.get("cy") or 0) for r in rings] == sorted((float(r.get("cy") or 0) for r in rings), reverse=True)


def test_words_follow_the_language_and_stand_apart() -> None:
    root = drawn(CHART)
    ticks = [e.text for e in of_class(root, "tick")]
    assert "ene" in ticks
    assert "2025" in ticks
    labels = [e for e in of_class(root, "label") if "signal" not in (e.get("class") or "")]
    assert {e.text for e in labels} == {"8,6 días", "habitual 5,1", "meta 4"}
    heights = sorted(float(e.get("y") or 0) for e in labels)
    assert all(b - a >= 15 for a, b in pairwise(heights))


def test_on_a_phone_words_are_larger_and_broken_into_lines() -> None:
    wide, narrow = drawn(CHART), drawn(CHART, "narrow")
    assert float(narrow.get("font-size") or 0) > float(wide.get("font-size") or 0)
    assert len(of_class(narrow, "tick")) < len(of_class(wide, "tick"))
    assert {e.text for e in of_class(narrow, "centre-label")} == {"habitual", "5,1"}
    assert len(of_class(narrow, "signal")) == 2


def test_a_month_without_a_figure_is_a_gap_and_a_lone_month_a_point() -> None:
    root = drawn(replace(CHART, marks=marks(5, 6, None, 7, None, 6, 5), signal_label="", end_label=""))
    assert [len((e.get("points") or "").split()) for e in of_class(root, "line")] == [2, 2]
    assert len(of_class(root, "point")) == 5
    assert not of_class(root, "ring")


def test_one_month_alone_can_be_drawn_and_none_cannot() -> None:
    assert len(of_class(drawn(replace(CHART, marks=marks(5.0))), "point")) == 1
    with pytest.raises(ValueError, match="at least one figure"):
        line_chart(replace(CHART, marks=marks(None, None)))


@pytest.mark.parametrize(
    ("values", "zero", "ticks", "digits"),
    [
        ([5.1, 9.3], True, (0, 2, 4, 6, 8, 10), 0),
        ([0.2, 0.9], True, (0, 0.2, 0.4, 0.6, 0.8, 1.0), 1),
        ([72, 90], False, (70, 75, 80, 85, 90), 0),
        ([1200, 41_000], True, (0, 10_000, 20_000, 30_000, 40_000, 50_000), 0),
        ([-3, 4], True, (-4, -2, 0, 2, 4), 0),
        ([5, 5], False, (4.4, 4.6, 4.8, 5.0, 5.2, 5.4, 5.6), 1),
        ([0, 0], True, (0, 0.2, 0.4, 0.6, 0.8, 1.0), 1),
    ],
)
def test_an_axis_has_round_steps_and_holds_everything(
    values: list[float], zero: bool, ticks: tuple[float, ...], digits: int
) -> None:
    found = axis(values, zero)
    assert found.low <= min(values)
    assert found.high >= max(values)
    assert found.digits == digits
    assert found.ticks == pytest.approx(ticks)


def test_months_are_named_as_often_as_they_fit_and_begin_with_january() -> None:
    assert month_step(580, 36, 42) == 3
    assert month_step(240, 36, 46) == 12
    assert month_step(580, 6, 42) == 1
    periods = [m.period for m in marks(*[1.0] * 26)]
    assert [periods[i].month for i in named_months(periods, 6)] == [1, 7, 1, 7, 1]


def test_labels_are_pushed_apart_but_keep_their_order_and_stay_inside() -> None:
    assert spread([50, 52, 10], 16, 0, 100) == [50, 66, 10]
    assert spread([98, 99, 97], 16, 0, 100) == [84, 100, 68]
    assert spread([], 16, 0, 100) == []


def test_lines_break_between_words_only() -> None:
    assert wrap("above its usual range", 10, 60) == ["above its", "usual range"]
    assert wrap("indivisible", 10, 6) == ["indivisible"]
    assert wrap("", 10, 6) == []


def test_a_strip_shows_each_result_in_a_form_of_its_own() -> None:
    forms = {}
    for result in ("passed", "warned", "not applicable", "failed", "vacuous", "never heard of"):
        svg = strip([Cell(result, f"release 1: {result}")], "Over its releases", "s")
        forms[result] = svg[svg.index("</title><rect") :]
        assert f'class="r-{result.replace(" ", "-")}"' in svg
    assert len({forms[r] for r in ("passed", "warned", "not applicable", "failed")}) == 4
    assert forms["failed"] == forms["vacuous"] == forms["never heard of"]


def test_a_strip_says_its_results_in_words() -> None:
    svg = strip([Cell("passed", "release 1: held"), Cell("failed", "release 2: <failed>")], "Over its releases", "s1")
    root = ElementTree.fromstring(svg)
    assert root.get("aria-labelledby") == "s1-t s1-d"
    assert next(e.text for e in root if e.tag == "desc") == "release 1: held; release 2: <failed>"
    assert strip([], "Nothing yet", "s2").startswith("<svg")


def test_a_sparkline_breaks_at_gaps_and_marks_the_last_figure() -> None:
    root = ElementTree.fromstring(sparkline([1, 2, None, 4, 3, None], "South", "k"))
    lines = [e.get("points") or "" for e in root if e.tag == "polyline"]
    assert len(lines) == 2
    point = next(e for e in root if e.tag == "circle")
    assert lines[1].split()[-1] == f"{point.get('cx')},{point.get('cy')}"
    with pytest.raises(ValueError, match="at least one figure"):
        sparkline([None], "South", "k")


def test_a_flat_or_single_sparkline_lies_in_the_middle() -> None:
    assert 'cy="12"' in sparkline([3, 3, 3], "South", "k")
    assert 'cx="48" cy="12"' in sparkline([3], "South", "k")


def test_the_style_sheet_colours_every_class_that_is_drawn() -> None:
    css = style()
    used = set(re.findall(r'class="([^"]+)"', line_chart(CHART) + sparkline([1, 2], "x", "y")))
    names = {name for group in used for name in group.split()} - {
        "tick",
        "year",
        "signal",
        "chart-wide",
        "centre-label",
    }
    assert {name for name in names if not re.search(rf"\.{name}\b", css)} == set()
    assert "@media print" in css
