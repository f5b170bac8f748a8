"""A map whose areas are filled by the step that their figure falls into.

Belongs here: the drawing. Does not belong here: boundaries and steps (``catalog.maps``), words.

It reads without colour: steps go from faint to strong, names and figures stand on the areas with room for them, an
area whose figure is not shown is dotted, one without a figure hatched, the one that the page speaks of has a heavy
outline. Where only a few areas have no room for their name, each bears a letter, and a key says whose it is.
Both forms draw the same outlines, which stand in the page once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from string import ascii_uppercase
from typing import Literal

from catalog.charts.ink import NARROW, WIDE, Form, Heading, Ink, Width, element, group, pattern, sheet, text, tip, words
from catalog.charts.legend import BOX, Entry, in_a_column, in_rows
from catalog.charts.letters import text_width, wrap

Step = int | Literal["hidden", "none"]
MOST_STEPS = 5
MOST_LETTERS = 12
"""Areas that a key names by letter; where more have no room for their name, the table beside the map must do."""
_GAP = 26.0
_HEAVY = 2.6


@dataclass(frozen=True)
class Region:
    """One area.

    Attributes:
        name: As residents know it.
        path: Its outline, in the map's units, as the ``d`` of a path.
        label_at: Where words about it stand, x and y.
        room: Radius of the largest circle around that place inside the area.
        step: Which step its figure falls into, from 0; "hidden" where it has one that is not shown; "none" without.
        figure: Its figure, in few words; empty where there is none.
        tip: What a pointer that rests on it is told.
        focus: Whether the page speaks of it.
    """

    name: str
    path: str
    label_at: tuple[float, float]
    room: float
    step: Step
    figure: str = ""
    tip: str = ""
    focus: bool = False


@dataclass(frozen=True)
class Choropleth:
    """What a map needs, with every word already in the page's language.

    Attributes:
        id: Unique in the page.
        title: What the picture shows (read by screen readers).
        description: What the picture says (read by screen readers).
        size: Width and height of the outlines' field, in the map's units.
        per_unit: How many of the map's units make one of the wide form's.
        regions: In any order that is always the same.
        steps: A name for each step, from the lowest; at most five.
        hidden: Name of the dotted areas; empty where there is none.
        none: Name of the hatched areas; empty where there is none.
        focus: Name of the heavy outline; empty where there is none.
        unit: Over the key: "days, November 2026".
    """

    id: str
    title: str
    description: str
    size: tuple[float, float]
    per_unit: float
    regions: tuple[Region, ...]
    steps: tuple[str, ...]
    hidden: str = ""
    none: str = ""
    focus: str = ""
    unit: str = ""


def choropleth(spec: Choropleth, width: Width = "wide") -> str:
    """The map in one of its forms; the wide one also carries the outlines that both of them use.

    Raises:
        ValueError: There is no region, or more steps than can be told apart.
    """
    if not spec.regions or len(spec.steps) > MOST_STEPS:
        raise ValueError("a map needs regions, and at most five steps")
    heading = Heading(spec.id, spec.title, spec.description)
    if width == "wide":
        return _shapes(spec) + _wide(spec, heading)
    return _narrow(spec, heading)


def _shapes(spec: Choropleth) -> Ink:
    """The outlines, to be used by both forms."""
    paths = (element("path", id=f"{spec.id}-{n}", d=region.path) for n, region in enumerate(spec.regions))
    return element("svg", element("defs", *paths), class_="shapes", aria_hidden="true", width=0, height=0)


def _wide(spec: Choropleth, heading: Heading) -> str:
    """The map on the left, its key at the right of it."""
    scale = 1 / spec.per_unit
    wide, high = (side * scale for side in spec.size)
    left = wide + _GAP
    head, below = _headed(spec.unit, WIDE, left)
    entries = [*_entries(spec, WIDE), *_lettered(spec, WIDE, scale)]
    key, under = in_a_column(entries, WIDE, left, below)
    inside = [*_patterns(spec, WIDE, scale), *_map(spec, WIDE, (0, 0), scale), *head, *key]
    return sheet(WIDE, max(high, under) + 2, heading, inside, "map")


def _narrow(spec: Choropleth, heading: Heading) -> str:
    """The key above the map, which is as wide as the drawing."""
    head, below = _headed(spec.unit, NARROW, 0)
    key, under = in_rows(_entries(spec, NARROW), NARROW, 0, below)
    wide, high = spec.size
    scale = min((NARROW.width - 4) / wide, NARROW.width * 1.25 / high)
    at = ((NARROW.width - wide * scale) / 2, under + 10)
    end = at[1] + high * scale + 4
    named = _lettered(spec, NARROW, scale)
    letters, end = in_a_column(named, NARROW, 0, end + 6) if named else ([], end)
    inside = [*_patterns(spec, NARROW, scale), *head, *key, *_map(spec, NARROW, at, scale), *letters]
    return sheet(NARROW, end, heading, inside, "map")


def _headed(said: str, form: Form, left: float) -> tuple[list[Ink], float]:
    """The words over the key, in as many lines as they need, and where the key begins."""
    lines = wrap(said, form.size, form.width - left)
    head = [text("tick", left, form.size + n * form.line, line) for n, line in enumerate(lines)]
    return head, form.size * 0.35 + len(lines) * form.line if lines else 0


def _patterns(spec: Choropleth, form: Form, scale: float) -> list[Ink]:
    """The fills of areas without a figure: as the key has them, and as the map, drawn at ``scale``, has them."""
    kinds: tuple[tuple[Literal["dots", "hatch"], str], ...] = (("dots", spec.hidden), ("hatch", spec.none))
    key = f"{spec.id}-{form.name}"
    return [
        pattern(f"{key}-{kind}{place}", kind, grown)
        for kind, name in kinds
        if name
        for place, grown in (("", 1.0), ("-map", 1 / scale))
    ]


def _paint(spec: Choropleth, form: Form, step: Step, place: str = "") -> dict[str, str]:
    """Class and fill of a step. Without a style sheet steps are the text's colour, fainter or stronger."""
    key = f"{spec.id}-{form.name}"
    if step == "hidden":
        return {"class_": "area hidden-figure", "fill": f"url(#{key}-dots{place})"}
    if step == "none":
        return {"class_": "area no-figure", "fill": f"url(#{key}-hatch{place})"}
    fill = _place(step, len(spec.steps))
    return {"class_": f"area step-{fill}", "fill": "currentColor", "fill_opacity": f"{fill * 0.17:.2f}"}


def _place(step: int, count: int) -> int:
    """Which of the five fills a step has: few steps lie as far apart as they can."""
    return 3 if count == 1 else 1 + round(step * (MOST_STEPS - 1) / (count - 1))


def _entries(spec: Choropleth, form: Form) -> list[Entry]:
    """The key: steps from the highest, then what has no figure, then the heavy outline."""
    kinds: list[tuple[Step, str]] = [(n, name) for n, name in enumerate(spec.steps)]
    kinds.reverse()
    kinds += [("hidden", spec.hidden)] if spec.hidden else []
    kinds += [("none", spec.none)] if spec.none else []
    found = [Entry(name, partial(_swatch, _paint(spec, form, step))) for step, name in kinds]
    if spec.focus:
        heavy = {"class_": "focus", "fill": "none", "stroke_width": str(_HEAVY)}
        found.append(Entry(spec.focus, partial(_swatch, heavy)))
    return found


def _letters(spec: Choropleth, form: Form, scale: float) -> dict[str, str]:
    """The letters of areas with no room for their name, by outline; none where there would be too many."""
    tight = [r for r in spec.regions if r.name not in _fitting(r, form.size * 0.9, r.room * scale)]
    ordered = sorted(tight, key=lambda r: (r.name, r.path))
    return {r.path: ascii_uppercase[n] for n, r in enumerate(ordered)} if len(tight) <= MOST_LETTERS else {}


def _lettered(spec: Choropleth, form: Form, scale: float) -> list[Entry]:
    """The key to the letters: whose each is, with its figure."""
    told = {region.path: region for region in spec.regions}
    return [
        Entry(f"{r.name} {r.figure}" if r.figure else r.tip or r.name, partial(_letter, letter))
        for r, letter in ((told[path], letter) for path, letter in _letters(spec, form, scale).items())
    ]


def _letter(letter: str, x: float, y: float) -> Ink:
    return text("label tick", x, y + BOX - 1, letter)


def _swatch(paint: Mapping[str, str], x: float, y: float) -> Ink:
    return element("rect", x=x, y=y, width=BOX, height=BOX, stroke="currentColor", **paint)


def _map(spec: Choropleth, form: Form, at: tuple[float, float], scale: float) -> list[Ink]:
    """Areas, then the heavy outlines over all of them, then the words over those."""
    x, y = at
    moved = f"translate({x:.1f} {y:.1f}) scale({scale:.4f})"
    areas = [
        group(
            *(_area(spec, n, form) for n, region in enumerate(spec.regions) if region.step == step),
            **_paint(spec, form, step, "-map"),
        )
        for step in sorted({region.step for region in spec.regions}, key=str)
    ]
    heavy = [
        element("use", href=f"#{spec.id}-{n}", class_=kind, fill="none", stroke_width=weight / scale)
        for n, region in enumerate(spec.regions)
        for kind, weight in (("halo", _HEAVY * 2.2), ("focus", _HEAVY))
        if region.focus
    ]
    letters = _letters(spec, form, scale)
    said = [ink for r in spec.regions for ink in _label(spec, r, form, at, scale, letters.get(r.path, ""))]
    return [
        group(*areas, *heavy, class_="areas", stroke="currentColor", stroke_width=1 / scale, transform=moved),
        *said,
    ]


def _area(spec: Choropleth, n: int, form: Form) -> Ink:
    """One area; on a desk it has a tip (no pointer rests on a phone)."""
    tips = [tip(spec.regions[n].tip or spec.regions[n].name)] if form.name == "wide" else []
    return element("use", *tips, href=f"#{spec.id}-{n}")


def _label(
    spec: Choropleth, region: Region, form: Form, at: tuple[float, float], scale: float, letter: str
) -> Iterator[Ink]:
    """Name and figure in the middle of the area, or its letter, or the figure alone, or nothing."""
    lines = [letter] if letter else _fitting(region, form.size * 0.9, region.room * scale)
    x, y = at[0] + region.label_at[0] * scale, at[1] + region.label_at[1] * scale
    place = _place(region.step, len(spec.steps)) if isinstance(region.step, int) else 0
    kind = (
        "on patterned"
        if letter and region.room * scale < form.size
        else "on " + ("strong" if place > 3 else "faint" if place else "patterned")
    )
    size = form.size * 0.9
    for n, line in enumerate(lines):
        yield element(
            "text",
            words(line),
            class_=kind,
            **{"x": x, "y": y + size * (0.35 + n - (len(lines) - 1) / 2)},
            text_anchor="middle",
            font_size=size,
            font_weight="600" if n == len(lines) - 1 else None,
        )


def _fitting(region: Region, size: float, room: float) -> Sequence[str]:
    """The most that a circle of radius ``room`` holds of an area's name and figure."""
    for lines in ([region.name, region.figure], [region.figure]) if region.figure else ([region.name],):
        wide = max(text_width(line, size) for line in lines)
        high = size * 1.05 * len(lines)
        if (wide / 2) ** 2 + (high / 2) ** 2 <= room**2:
            return lines
    return ()
