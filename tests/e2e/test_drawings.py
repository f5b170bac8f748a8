"""Drawings in a real browser, with its fonts: labels keep clear of each other, outlines are shared by both forms."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Literal

import pytest

from catalog.charts import choropleth, line_chart, multiples
from catalog.site.assets import style
from tests.e2e.browser import DESK, PHONE, Reader, View
from tests.unit.catalog.test_charts import CHART, marks
from tests.unit.catalog.test_choropleth import MANY, MAP

pytestmark = pytest.mark.browser

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
CLOSE = replace(CHART, id="close", target=5.1, marks=marks(*([5.1, 4.8, 5.3, 5.0] * 5), 5.2, 5.1))
SPANISH = replace(CHART, id="es", end_label="1.234,5 por cada 1.000 residentes", centre_label="habitual 1.234,5")

LONG = replace(CHART, id="long", end_label="0.09 per 1,000 residents", centre_label="usual 0.09 per 1,000 residents")
SIGNALLED = replace(
    CHART, id="signalled", signal_label="por encima de su rango habitual desde septiembre de 2024 sin interrupción"
)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page with every kind of drawing in both forms."""
    drawn = [
        form
        for spec in (CHART, CLOSE, SPANISH, LONG, SIGNALLED)
        for form in (line_chart(spec), line_chart(spec, "narrow"))
    ]
    drawn += [choropleth(MAP), choropleth(MAP, "narrow"), multiples(MANY), multiples(MANY, "narrow")]
    path = tmp_path / "drawings.html"
    path.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><style>{style()}</style></head>'
        f'<body><main class="wrap">{"".join(drawn)}</main></body></html>',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("size", [DESK, PHONE])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_direct_labels_do_not_lie_on_each_other(
    reader: Reader, page: Path, size: int, scheme: Literal["light", "dark"]
) -> None:
    with reader.open(page, View(size, scheme)) as tab:
        for chart in tab.locator("svg.chart:not(.map):not(.multiples)").all():
            if not chart.is_visible():
                continue
            boxes = [(e.text_content(), e.bounding_box()) for e in chart.locator("text.label, text.tick").all()]
            for (one, a), (other, b) in combinations(boxes, 2):
                assert a is not None and b is not None
                apart = (
                    a["x"] + a["width"] <= b["x"] + 0.5
                    or b["x"] + b["width"] <= a["x"] + 0.5
                    or a["y"] + a["height"] * 0.8 <= b["y"] + b["height"] * 0.2
                    or b["y"] + b["height"] * 0.8 <= a["y"] + a["height"] * 0.2
                )
                assert apart, (one, other)


@pytest.mark.parametrize(("size", "form"), [(DESK, "wide"), (PHONE, "narrow")])
def test_each_form_draws_the_outlines_that_stand_in_the_page_once(
    reader: Reader, page: Path, size: int, form: str
) -> None:
    with reader.open(page, View(size)) as tab:
        for kind in ("map", "multiples"):
            shown = [c for c in tab.locator(f"svg.{kind}").all() if c.is_visible()]
            assert [(c.get_attribute("class") or "").split()[1] for c in shown] == [f"chart-{form}"]
            frame = shown[0].bounding_box()
            boxes = [use.bounding_box() for use in shown[0].locator("use").all()]
            assert frame is not None
            assert len(boxes) >= 5
            for box in boxes:
                assert box is not None
                assert box["width"] > 0
                assert frame["x"] - 6 <= box["x"]
                assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 6


def test_steps_take_their_colours_from_the_reader_s_scheme(reader: Reader, page: Path) -> None:
    seen = {}
    for scheme in SCHEMES:
        with reader.open(page, View(DESK, scheme)) as tab:
            seen[scheme] = [
                tab.locator(f".map.chart-wide g.step-{n}").first.evaluate("e => getComputedStyle(e).fill")
                for n in (1, 3, 5)
            ]
    assert all(len(set(fills)) == 3 for fills in seen.values())
    assert not set(seen["light"]) & set(seen["dark"])


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_no_words_run_out_of_their_drawing(reader: Reader, page: Path, size: int) -> None:
    with reader.open(page, View(size, "light")) as tab:
        seen = 0
        for chart in tab.locator("svg.chart").all():
            if not chart.is_visible():
                continue
            field = chart.bounding_box()
            for words in chart.locator("text").all():
                box = words.bounding_box()
                assert field is not None and box is not None
                assert field["x"] - 1 <= box["x"], words.text_content()
                assert box["x"] + box["width"] <= field["x"] + field["width"] + 1, words.text_content()
                seen += 1
        assert seen > 20
