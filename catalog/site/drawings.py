"""A drawing as a page takes it: both forms, its heading, what it rests on.

Belongs here: the shape that ``templates/drawing.html`` sets. Does not belong here: drawing (``catalog.charts``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TypeVar

from markupsafe import Markup

from catalog.charts import Width
from catalog.site.rendering import drawing
from catalog.site.speech import Speech
from catalog.views import ProductView
from contracts.model import Text

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


def both(draw: Callable[[Spec, Width], str], spec: Spec, speech: Speech, *texts: Text) -> tuple[Markup, Markup]:
    """A drawing in its two forms; ``texts`` are those of the city that its words are woven of."""
    woven = {escape(speech.plain(text), quote=False): other for text in texts if (other := speech.other(text))}
    return drawing(spoken(draw(spec, "wide"), woven)), drawing(spoken(draw(spec, "narrow"), woven))


def spoken(svg: str, woven: Mapping[str, str]) -> str:
    """A drawing whose words say their language where it is not the page's: ``woven`` gives that of each text, escaped.

    A text inside a line of words gets a ``tspan`` of its own. A drawing's name or description holds nothing but
    letters, so that one is marked only where it is the text and nothing else.
    """
    if not woven:
        return svg
    languages = {text.casefold(): escape(language) for text, language in woven.items()}
    texts = "|".join(re.escape(text) for text in sorted(woven, key=len, reverse=True))
    said = re.compile(rf"(?<!\w)(?:{texts})(?!\w)", re.IGNORECASE)

    def in_line(found: re.Match[str]) -> str:
        return f'<tspan lang="{languages[found[0].casefold()]}">{found[0]}</tspan>'

    def whole(found: re.Match[str]) -> str:
        return f'{found[1]} lang="{languages[found[3].casefold()]}"{found[2]}{found[3]}'

    svg = _LINE.sub(lambda line: line[1] + said.sub(in_line, line[2]), svg)
    return re.sub(rf"(<title|<desc)([^>]*>)({texts})(?=</)", whole, svg, flags=re.IGNORECASE)


_LINE = re.compile(r"(<text[^>]*>)([^<]*)(?=</text>)")
