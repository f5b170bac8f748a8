"""Maps of areas and small multiples as drawings: told apart without colour, light, the same every time."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from catalog.charts import Choropleth, Multiples, Panel, Region, Width, choropleth, multiples
from catalog.charts.choropleth import MOST_LETTERS
from catalog.charts.multiples import MOST, MOST_NARROW
from catalog.site.assets import STYLES

WIDTHS: tuple[Width, ...] = ("wide", "narrow")


def square(name: str, x: int, **more: object) -> Region:
    facts: dict[str, object] = {"figure": "8.6", "tip": f"{name}: 8.6 days", "step": 0, **more}
    return Region(name, f"M{x} 0l400 0 0 400-400 0z", (x + 200.0, 200.0), 200.0, **facts)  # type: ignore[arg-type]


MAP = Choropleth(
    id="map-x",
    title="Days <1>, on the map",
    description="Highest: South.",
    size=(2000, 400),
    per_unit=4,
    regions=(
        square("North", 0),
        square("Centre", 400, step=1),
        square("South", 800, step=2, focus=True),
        square("East", 1200, step="hidden", figure="", tip="East: not shown"),
        square("West", 1600, step="none", figure="", tip="West: no figure"),
    ),
    steps=("up to 4 (1)", "over 4 (1)", "over 6 (1)"),
    hidden="not shown (1)",
    none="no figure (1)",
    focus="South",
    unit="days",
)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<all>{svg}</all>")


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [e for e in root.iter() if name in (e.get("class") or "").split()]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_kind_of_area_looks_different_without_a_style_sheet(width: Width) -> None:
    root = parsed(choropleth(MAP, width))
    fills = {(group.get("fill"), group.get("fill-opacity")) for group in of_class(root, "area") if group.tag == "g"}
    assert len(fills) == 5
    assert not re.search(r"#[0-9a-fA-F]{3,6}\"|rgb|style=", choropleth(MAP, width))
    wanted = {f"map-x-{width}-{kind}{place}" for kind in ("dots", "hatch") for place in ("", "-map")}
    assert {e.get("id") for e in root.iter("pattern")} == wanted
    assert {f"url(#map-x-{width}-{kind}-map)" for kind in ("dots", "hatch")} < {fill for fill, _ in fills}
    assert set(re.findall(r"url\(#([^)]+)\)", choropleth(MAP, width))) == wanted


@pytest.mark.parametrize("width", WIDTHS)
def test_the_key_names_every_kind_and_the_area_the_page_speaks_of(width: Width) -> None:
    root = parsed(choropleth(MAP, width))
    said = [e.text for e in of_class(root, "tick")]
    assert said == ["days", "over 6 (1)", "over 4 (1)", "up to 4 (1)", "not shown (1)", "no figure (1)", "South"]
    tips = [e.text for group in of_class(root, "areas") for e in group.iter("title")]
    assert tips == ([region.tip for region in MAP.regions] if width == "wide" else [])
    assert len([e for e in of_class(root, "focus") if e.tag == "use"]) == 1


def test_outlines_stand_once_and_both_forms_use_them() -> None:
    wide, narrow = choropleth(MAP), choropleth(MAP, "narrow")
    paths = {e.get("id"): e.get("d") for e in parsed(wide).iter("path")}
    assert paths == {f"map-x-{n}": region.path for n, region in enumerate(MAP.regions)}
    assert not list(parsed(narrow).iter("path"))
    for svg in (wide, narrow):
        assert {(e.get("href") or "")[1:] for e in parsed(svg).iter("use")} == set(paths)


def test_figures_stand_on_areas_with_room_and_nowhere_else() -> None:
    root = parsed(choropleth(MAP))
    assert sorted(e.text or "" for e in of_class(root, "on")) == sorted(
        ["North", "8.6", "Centre", "8.6", "South", "8.6", "East", "West"]
    )
    crowd = tuple(replace(square(f"Area {n}", 100 * n), room=60.0) for n in range(MOST_LETTERS + 1))
    assert [e.text for e in of_class(parsed(choropleth(replace(MAP, regions=crowd))), "on")] == ["8.6"] * len(crowd)
    none = replace(MAP, regions=tuple(replace(r, room=8.0) for r in crowd))
    assert not of_class(parsed(choropleth(none)), "on")
    for label in of_class(root, "on"):
        assert 0 <= float(label.get("x") or -1) <= 500
        assert 0 <= float(label.get("y") or -1) <= 100


@pytest.mark.parametrize("width", WIDTHS)
def test_areas_without_room_for_their_name_bear_a_letter_that_a_key_explains(width: Width) -> None:
    tight = replace(MAP, regions=tuple(replace(r, room=20.0) for r in MAP.regions))
    root = parsed(choropleth(tight, width))
    assert [e.text for e in of_class(root, "on")] == ["C", "A", "D", "B", "E"]
    said = [e.text for e in of_class(root, "tick")]
    key = said[said.index("A") :]
    assert key == [
        "A",
        "Centre 8.6",
        "B",
        "East: not shown",
        "C",
        "North 8.6",
        "D",
        "South 8.6",
        "E",
        "West: no figure",
    ]


def test_too_many_steps_and_no_areas_are_refused() -> None:
    with pytest.raises(ValueError, match="at most five steps"):
        choropleth(replace(MAP, steps=("a",) * 6))
    with pytest.raises(ValueError, match="needs regions"):
        choropleth(replace(MAP, regions=()))


def _variables(css: str, scheme: str) -> dict[str, str]:
    dark = css.index("prefers-color-scheme: dark")
    part = css[:dark] if scheme == "light" else css[dark:]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", part))


def luminance(colour: str) -> float:
    """Relative luminance. Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_steps_part_in_grey_and_words_on_them_are_legible(scheme: str) -> None:
    css = next(path for path in STYLES if path.name == "charts.css").read_text(encoding="utf-8")
    colour = _variables(css, scheme)
    steps = [colour[f"step-{n}"] for n in range(1, 6)]
    lights = [luminance(step) for step in steps]
    assert lights == sorted(lights, reverse=scheme == "light")
    assert all(contrast(a, b) >= 1.3 for a, b in pairwise(steps))
    assert all(contrast(colour["on-faint"], step) >= 4.5 for step in steps[:3])
    assert all(contrast(colour["on-strong"], step) >= 4.5 for step in steps[3:])


def test_the_style_sheet_knows_every_class_of_maps_and_multiples() -> None:
    css = next(path for path in STYLES if path.name == "charts.css").read_text(encoding="utf-8")
    drawn = choropleth(MAP) + choropleth(MAP, "narrow") + multiples(MANY) + multiples(MANY, "narrow")
    used = {name for group in re.findall(r'class="([^"]+)"', drawn) for name in group.split()}
    plain = {"areas", "end", "chart", "chart-wide"}
    assert {name for name in used - plain if not re.search(rf"\.{name}\b", css)} == set()


MANY = Multiples(
    id="areas-x",
    title="Days, area by area",
    description="The same figures stand in the table.",
    panels=(
        Panel("South", (4.0, 5.0, None, 8.0, 9.0), "9.0", signal=True, focus=True),
        *(Panel(f"Area with a long name {n}", (1.0 + n / 10, None, 2.0, None, 3.0), "3.0") for n in range(76)),
    ),
    first="Jan 2026",
    last="May 2026",
    language="en",
    target=4.0,
    rest="57 more in the table",
)


def heights(spec: Multiples) -> dict[str, list[list[float]]]:
    """For each line of a drawing how high its points stand, from 0 at the top of the field to 400."""
    found = {}
    for path in parsed(multiples(spec)).iter("path"):
        if path.get("id"):
            ends = []
            for start, rest in re.findall(r"M(-?\d+ -?\d+)(?:l([^Mh]*)|h1)", path.get("d") or ""):
                steps = [int(n) for n in re.findall(r"-?\d+", rest)][1::2]
                stands = [float(start.split()[1])]
                for down in steps:
                    stands.append(stands[-1] + down)
                ends.append(stands)
            found[str(path.get("id"))] = ends
    return found


def test_all_panels_have_one_scale() -> None:
    lines = heights(MANY)
    assert len(lines) == 77
    assert lines["areas-x-0"] == [[240.0, 200.0], [80.0, 40.0]]  # of 0 to 10
    assert lines["areas-x-1"] == [[360.0], [320.0], [280.0]]


@pytest.mark.parametrize("width", WIDTHS)
def test_panels_stand_beside_each_other_inside_the_drawing(width: Width) -> None:
    root = parsed(multiples(MANY, width))
    box = next(e for e in root if (e.get("class") or "").startswith("chart"))
    wide, high = map(float, (box.get("viewBox") or "").split()[2:])
    names = of_class(root, "name")
    assert len(names) == (77 if width == "wide" else MOST_NARROW)
    places = {(e.get("x"), e.get("y")) for e in names}
    assert len(places) == len(names)
    for e in root.iter("text"):
        assert 0 <= float(e.get("x") or -1) <= wide
        assert 0 <= float(e.get("y") or -1) <= high
    cut = [e for e in names if (e.text or "").endswith("…")]
    told = {e.text for e in root.iter("title")}
    assert all(any(str(t).startswith((e.text or "")[:-1]) for t in told) for e in cut)
    assert ("57 more in the table" in [e.text for e in of_class(root, "tick")]) == (width == "narrow")
    assert len(of_class(root, "worse")) == 2


def test_eighty_panels_weigh_little_and_more_are_refused() -> None:
    full = replace(
        MANY, panels=tuple(Panel(f"A{n}", tuple((n * m) % 9 + 0.5 for m in range(24)), "1.0") for n in range(MOST))
    )
    assert len(multiples(full)) + len(multiples(full, "narrow")) < 48_000
    assert multiples(full) == multiples(full)
    with pytest.raises(ValueError, match="at most 80"):
        multiples(replace(MANY, panels=(*full.panels, full.panels[0])))
    with pytest.raises(ValueError, match="need a figure"):
        multiples(replace(MANY, panels=(Panel("A", (None, None), "–"),)))
