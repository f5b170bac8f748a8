"""What values look like, told from how they are written: for columns that no contract describes.

Belongs here: one small table of forms. Does not belong here: reading values by a contract's types (``parse``),
which never guesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("integer", re.compile(r"[+-]?(0|[1-9][0-9]{0,17})\Z")),
    ("number", re.compile(r"[+-]?([0-9]{1,18}[.][0-9]*|[.][0-9]+|[0-9]+([.][0-9]+)?[eE][+-]?[0-9]+)\Z")),
    ("boolean", re.compile(r"(?i:true|false)\Z")),
    (
        "date",
        re.compile(r"([0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-]([0-9]{4}|[0-9]{2}))\Z"),
    ),
    (
        "timestamp",
        re.compile(
            r"([0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-]([0-9]{4}|[0-9]{2}))"
            r"[T ][0-9]{1,2}:[0-9]{2}.*\Z"
        ),
    ),
    ("shape", re.compile(r"(?i:(multi)?(point|polygon|linestring)|geometrycollection) ?[(zm]")),
)
"""Kinds of text, the first that fits; what fits none is text. Digits behind a zero are text: a code, not a number."""

LONGEST = 64
"""Characters by which every form but a shape's is told."""


def kind_of(value: Any) -> str | None:
    """What a value as it came looks like; None where there is none."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        return next((kind for kind, form in FORMS if form.match(text[:LONGEST])), "text") if text else None
    for kind, types in _TYPES:
        if isinstance(value, types):
            return kind
    return "text"


_TYPES: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("boolean", (bool,)),
    ("integer", (int,)),
    ("number", (float, Decimal)),
    ("timestamp", (datetime,)),
    ("date", (date,)),
    ("time", (time,)),
    ("object", (dict,)),
    ("array", (list, tuple)),
)


def counted(values: Iterable[Any]) -> Mapping[str, int]:
    """How many of ``values`` look like what; those that hold nothing are left out."""
    found: dict[str, int] = {}
    for value in values:
        kind = kind_of(value)
        if kind is not None:
            found[kind] = found.get(kind, 0) + 1
    return found
