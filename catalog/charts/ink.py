"""SVG as text: elements, words, numbers, and the sheet they are drawn on.

Belongs here: the one place where a drawing's text is escaped, and the two forms that every drawing has. Does not belong
here: what is drawn, colours (the style sheet has them, by class; without it everything is in the text's colour).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Literal, NewType

Ink = NewType("Ink", str)
"""Markup of a drawing, whole elements only."""

Width = Literal["wide", "narrow"]


@dataclass(frozen=True)
class Form:
    """One of a drawing's two forms, in its own units: a page shows the narrow one, with larger words, on a phone."""

    name: Width
    width: float
    size: float

    @property
    def line(self) -> float:
        """From one line of words to the next."""
        return self.size * 1.25


WIDE = Form("wide", 760, 13.5)
NARROW = Form("narrow", 360, 15)


def form_of(width: Width) -> Form:
    """The form called ``width``."""
    return WIDE if width == "wide" else NARROW


@dataclass(frozen=True)
class Heading:
    """What stands for a drawing to those who can't see it; ``id`` is unique in the page."""

    id: str
    title: str
    description: str


def element(tag: str, *inside: Ink, **attributes: str | float | None) -> Ink:
    """One element: ``class_`` is written class, ``stroke_width`` stroke-width; None leaves an attribute out."""
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Ink(f"<{tag}{said}>{''.join(inside)}</{tag}>" if inside else f"<{tag}{said}/>")


def words(text: str) -> Ink:
    """Words, escaped."""
    return Ink(escape(text, quote=False))


def text(kind: str, x: float, y: float, said: str, anchor: str = "start") -> Ink:
    """A line of words at a place; labels are heavier. A kind may be left to the group that holds it."""
    heavy = "600" if kind.startswith("label") else None
    at = None if anchor == "start" else anchor
    return element("text", words(said), class_=kind or None, x=x, y=y, text_anchor=at, font_weight=heavy)


def tip(said: str) -> Ink:
    """What a pointer that rests on a mark is told."""
    return element("title", words(said))


def group(*inside: Ink, **attributes: str | float | None) -> Ink:
    """Elements that belong together."""
    return element("g", *inside, **attributes)


def rule(kind: str, ends: tuple[float, float, float, float], **attributes: str | float | None) -> Ink:
    """A straight line; ``ends`` are x1, y1, x2, y2."""
    x1, y1, x2, y2 = ends
    return element("line", class_=kind, x1=x1, x2=x2, y1=y1, y2=y2, stroke="currentColor", **attributes)


def sheet(form: Form, height: float, heading: Heading, inside: Iterable[Ink], kind: str = "") -> str:
    """A whole drawing as ``<svg class="chart chart-wide">`` or ``chart-narrow``, named and described.

    A page carries both; the style sheet shows one and takes the other away from screen readers too.
    """
    key = f"{heading.id}-{form.name}"
    return element(
        "svg",
        element("title", words(heading.title), id=f"{key}-t"),
        element("desc", words(heading.description), id=f"{key}-d"),
        *inside,
        class_=f"chart chart-{form.name} {kind}".rstrip(),
        viewBox=f"0 0 {number(form.width)} {number(height)}",
        font_size=form.size,
        font_family="system-ui, sans-serif",
        fill="currentColor",
        role="img",
        aria_labelledby=f"{key}-t {key}-d",
    )


def pattern(id: str, kind: Literal["hatch", "dots"], scale: float = 1) -> Ink:
    """A pattern to fill with, as ``url(#id)``: slanted lines, or dots; its colour is that of the class ``kind``.

    Where what it fills is drawn smaller by a factor, it is made larger by ``scale``, so that it looks the same.
    """
    grown = "" if scale == 1 else f"scale({scale:.3f})"
    if kind == "dots":
        mark, side, moved = element("circle", class_="dots", cx=2.5, cy=2.5, r=1.1), 5, grown
    else:
        mark, side, moved = element("rect", class_="hatch", width=2, height=4), 4, f"rotate(45){grown}"
    form = {"id": id, "patternUnits": "userSpaceOnUse", "patternTransform": moved or None}
    return element("pattern", mark, **form, width=side, height=side)


def number(value: float) -> str:
    """A coordinate: one decimal, none where it is whole, never a negative zero."""
    said = f"{value:.1f}".removesuffix(".0")
    return "0" if said == "-0" else said


def _value(value: str | float) -> str:
    return escape(value, quote=True) if isinstance(value, str) else number(value)
