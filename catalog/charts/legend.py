"""Forms and their names, in rows: the key to a drawing where words can't stand beside what they name.

Belongs here: laying a key out. Does not belong here: what its forms stand for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.charts.ink import Form, Ink, text
from catalog.charts.letters import shortened, text_width

BOX = 11.0
Draw = Callable[[float, float], Ink]
"""Draws an entry's form into the box whose upper left corner is given."""


@dataclass(frozen=True)
class Entry:
    """A form and its name."""

    name: str
    draw: Draw


def in_rows(entries: Sequence[Entry], form: Form, left: float, top: float) -> tuple[list[Ink], float]:
    """Entries one beside the other, in as many rows as they need, and where the last row ends."""
    x, y = left, top + form.size
    drawn: list[Ink] = []
    for entry in entries:
        room = BOX + 6 + text_width(entry.name, form.size)
        if x > left and x + room > form.width:
            x, y = left, y + form.size * 1.5
        drawn += _entry(entry, form, x, y)
        x += room + 16
    return drawn, y + 6


def in_a_column(entries: Sequence[Entry], form: Form, left: float, top: float) -> tuple[list[Ink], float]:
    """Entries one under the other, and where the last one ends."""
    y = top + form.size
    drawn: list[Ink] = []
    for entry in entries:
        drawn += _entry(entry, form, left, y)
        y += form.size * 1.6
    return drawn, y - form.size * 1.6 + 6


def _entry(entry: Entry, form: Form, x: float, y: float) -> list[Ink]:
    said = shortened(entry.name, form.size, form.width - x - BOX - 6)
    return [entry.draw(x, y - BOX + 1), text("tick", x + BOX + 6, y, said)]
