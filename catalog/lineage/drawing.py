"""A lineage as SVG text: boxes that are links, lines between them.

Belongs here: words into boxes, boxes and lines into SVG. Does not belong here: positions (``flow``, ``rails``),
addresses and words (the caller hands them in), colours: a drawing carries CSS classes only.

What kind a box is of is told by a word and by its form, so that it reads in grey: a source has round ends, a table a
thick head, a release a double frame, what the reader may know no more of a broken frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from catalog.lineage.flow import ACROSS, DOWN, flow
from catalog.lineage.plan import Box, Plan, Point, Route, Size
from catalog.lineage.rails import rails

Form = Literal["wide", "narrow"]
Lines = Mapping[str, Sequence[str]]
"""A box's title in lines, by node."""

WIDE = 976.0
"""The width of the page's text column at its widest, in CSS pixels."""
NARROW = 288.0
"""What a screen of 320 CSS pixels leaves between the margins."""
_ACROSS = 152.0
"""The width of a box from left to right."""
_DOWN = 232.0
"""The width of a box from top to bottom on a wide page, where there is more room for its words."""
_LINE = 16.0
_TOP = 20.0
_FOOT = 9.0
_PAD = 9.0
_LETTER = 7.3
"""About how wide a letter of the titles is: as in the widest of the fonts that the page may be shown in."""
_MOST_LINES = 4
MOST_NARROW = 60
"""Steps in a narrow drawing at most: a longer one would weigh more than it tells, and the table says the same."""


@dataclass(frozen=True)
class Label:
    """What stands in a box.

    Attributes:
        id: The node's.
        kind: Its kind, which gives the box its form.
        word: The kind's word, and who may see it where that is not everybody.
        title: The whole title; a box shows as much of it as fits.
        link: Where it leads; empty for none.
        tier: Who may see it; empty where the reader may know no more than the title.
        language: Of the title, where it is not the page's.
    """

    id: str
    kind: str
    word: str
    title: str
    link: str = ""
    tier: str = ""
    language: str = ""


@dataclass(frozen=True)
class Picture:
    """A whole drawing before it is drawn: its labels in the order of making, its edges, its own title and text."""

    id: str
    title: str
    text: str
    labels: tuple[Label, ...]
    edges: tuple[tuple[str, str], ...]


def draw(picture: Picture, form: Form) -> str:
    """The drawing as ``<svg class="lineage ...">``: for a wide page, or top-down for a narrow screen."""
    lines, plan = _wide(picture) if form == "wide" else _narrow(picture)
    key = f"{picture.id}-{form[0]}"
    by_id = {box.id: box for box in plan.boxes}
    drawn = "".join(_box(label, by_id[label.id], lines[label.id]) for label in picture.labels)
    forks = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="2"/>' for x, y in plan.forks)
    return (
        f'<svg class="lineage {form}" viewBox="0 0 {plan.width:g} {plan.height:g}" width="{plan.width:g}" '
        f'height="{plan.height:g}" font-size="13" role="group" aria-labelledby="{key}-t" aria-describedby="{key}-d">'
        f'<title id="{key}-t">{escape(picture.title)}</title><desc id="{key}-d">{escape(picture.text)}</desc>'
        f'<g class="flow" aria-hidden="true">{_lines(plan.routes)}{forks}</g>{drawn}</svg>'
    )


def _wide(picture: Picture) -> tuple[Lines, Plan]:
    """From left to right where that fits, otherwise from top to bottom; where neither fits, from left to right."""
    first: tuple[Lines, Plan] | None = None
    for width, ways in ((_ACROSS, ACROSS), (_DOWN, DOWN)):
        lines = {label.id: lines_of(label.title, width - 2 * _PAD) for label in picture.labels}
        plan = flow(tuple(Size(n.id, width, _height(lines[n.id])) for n in picture.labels), picture.edges, ways, WIDE)
        if plan.width <= WIDE:
            return lines, plan
        first = first or (lines, plan)
    assert first is not None, "there are two ways"
    return first


def _narrow(picture: Picture) -> tuple[Lines, Plan]:
    """How wide boxes are depends on how many rails there are, and how high they are on how wide: so the plan twice."""
    bare = rails([Size(n.id, 0, 40) for n in picture.labels], picture.edges, NARROW)
    inner = bare.boxes[0].width - 2 * _PAD if bare.boxes else NARROW
    lines = {label.id: lines_of(label.title, inner) for label in picture.labels}
    sizes = [Size(n.id, 0, _height(lines[n.id])) for n in picture.labels]
    return lines, rails(sizes, picture.edges, NARROW)


def lines_of(title: str, width: float) -> list[str]:
    """A title in lines no wider than ``width``, at most four; what does not fit is cut, and said to be."""
    most = max(4, int(width / _LETTER))
    lines: list[str] = []
    for word in title.split():
        rest = word
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
            continue
        while len(rest) > most:
            lines.append(rest[: most - 1] + "-")
            rest = rest[most - 1 :]
        lines.append(rest)
    if len(lines) > _MOST_LINES:
        last = lines[_MOST_LINES - 1]
        lines = [*lines[: _MOST_LINES - 1], last[: most - 1].rstrip(" ,;:.-") + "…"]
    return lines


def _height(lines: Sequence[str]) -> float:
    return _TOP + _LINE * max(1, len(lines)) + _FOOT


def _lines(routes: Sequence[Route]) -> str:
    """All lines in one path and their heads in another, drawn by hand: a marker would need a name of its own."""
    paths = "".join(_path(route.points) for route in routes)
    heads = "".join(_head(*route.points[-2:]) for route in routes)
    return f'<path d="{paths}"/><path class="head" d="{heads}"/>' if routes else ""


def _path(points: Sequence[Point]) -> str:
    (x, y), drawn = points[0], f"M{points[0][0]:g} {points[0][1]:g}"
    for next_x, next_y in points[1:]:
        drawn += f"V{next_y:g}" if next_x == x else f"H{next_x:g}" if next_y == y else f"L{next_x:g} {next_y:g}"
        x, y = next_x, next_y
    return drawn


def _head(before: Point, tip: Point) -> str:
    dx, dy = (tip[0] > before[0]) - (tip[0] < before[0]), (tip[1] > before[1]) - (tip[1] < before[1])
    back_x, back_y = -6 * dx, -6 * dy
    return f"M{tip[0]:g} {tip[1]:g}l{back_x + 3.5 * dy:g} {back_y + 3.5 * dx:g} {-7 * dy:g} {-7 * dx:g}z"


def _box(label: Label, box: Box, lines: Sequence[str]) -> str:
    said = "".join(f'<tspan x="{_PAD:g}" dy="{_LINE:g}">{escape(line)}</tspan>' for line in lines)
    language = f' lang="{escape(label.language)}"' if label.language else ""
    whole = f"<title>{escape(f'{label.word}: {label.title}')}</title>" if " ".join(lines) != label.title else ""
    inner = (
        f"{whole}{_frame(label, box.width, box.height)}"
        f'<text class="word" x="{_PAD:g}" y="{_TOP - 5:g}">{escape(label.word)}</text>'
        f'<text y="{_TOP:g}"{language}>{said}</text>'
    )
    told = f'class="step k-{label.kind} {f"t-{label.tier}" if label.tier else "closed"}"'
    at = f'transform="translate({box.x:g} {box.y:g})"'
    if label.link:
        return f'<a {told} href="{escape(label.link)}" {at}>{inner}</a>'
    return f"<g {told} {at}>{inner}</g>"


def _frame(label: Label, width: float, height: float) -> str:
    round_by = min(16.0, height / 2) if label.kind == "source" else 3
    frame = f'<rect width="{width:g}" height="{height:g}" rx="{round_by:g}"/>'
    if label.kind == "mart":
        frame += f'<path class="mark" d="M0 2h{width:g}"/>'
    elif label.kind == "release":
        frame += f'<path class="mark thin" d="M3 3h{width - 6:g}v{height - 6:g}h{6 - width:g}z"/>'
    return frame


def legend_forms() -> Mapping[str, str]:
    """A small box of each form, by kind, for the drawing's legend."""
    forms = {}
    for kind in ("source", "intermediate", "mart", "release", "closed"):
        label = Label(kind, kind, "", "", tier="" if kind == "closed" else "public")
        classes = f"step k-{kind}" + (" closed" if kind == "closed" else "")
        forms[kind] = (
            f'<svg class="lineage form" viewBox="0 0 28 16" width="28" height="16" aria-hidden="true">'
            f'<g class="{classes}" transform="translate(1 1)">{_frame(label, 26, 14)}</g></svg>'
        )
    return forms
