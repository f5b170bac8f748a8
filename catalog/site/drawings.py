"""A drawing as a page takes it: both forms, its heading, what it rests on.

Belongs here: the shape that ``templates/drawing.html`` sets. Does not belong here: drawing (``catalog.charts``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from markupsafe import Markup

from catalog.charts import Width
from catalog.site.rendering import drawing
from catalog.views import ProductView

Spec = TypeVar("Spec")


@dataclass(frozen=True)
class Drawing:
    """A drawing and its words.

    Attributes:
        id: Unique in the page; its heading's id.
        title: What it shows.
        subtitle: Measure, unit, period.
        wide: The form for a desk and for paper.
        narrow: The form for a phone.
        note: How to read it, in a sentence or two; empty where it reads by itself.
        also: A product that it rests on beside the one of its figures (boundaries).
    """

    id: str
    title: str
    subtitle: str
    wide: Markup
    narrow: Markup
    note: str = ""
    also: ProductView | None = None


def both(draw: Callable[[Spec, Width], str], spec: Spec) -> tuple[Markup, Markup]:
    """A drawing in its two forms."""
    return drawing(draw(spec, "wide")), drawing(draw(spec, "narrow"))
