"""What stands around the records of a JSON document: the way to their array, and the rest as JSON, strictly.

Belongs here: following names to the array, names that occur twice, saying what a value is. Does not belong
here: the records (``document``).
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

import numpy as np

from orchestration.ingest.json_tokens import CLOSE_ARRAY, CLOSE_OBJECT, COLON, OPEN_ARRAY, OPEN_OBJECT, Tokens

LONGEST_NAME = 1 << 16


class Way:
    """Follows names from the top of a document to an array."""

    def __init__(self, where: tuple[str, ...]) -> None:
        self.where = where
        self.matched = 0
        self.pending = False
        self.since = 0  # offset in the frame behind the last bracket or comma on the way

    def follow(self, frame: bytearray, data: bytes, tokens: Tokens) -> int | None:
        """Offset in the frame of the bracket that opens the array, if it is in ``data``."""
        base = len(frame)
        low = np.flatnonzero(tokens.before <= len(self.where))
        for place, kind, depth in zip(
            tokens.places[low].tolist(), tokens.kinds[low].tolist(), tokens.before[low].tolist(), strict=True
        ):
            at = base + place
            if kind in (OPEN_OBJECT, OPEN_ARRAY):
                if depth == self.matched and (depth == 0 or self.pending):
                    if kind == OPEN_ARRAY and depth == len(self.where):
                        return int(at)
                    if kind == OPEN_OBJECT and depth < len(self.where):
                        self.matched, self.since = depth + 1, at + 1
                self.pending = False
            elif kind in (CLOSE_OBJECT, CLOSE_ARRAY):
                if depth == self.matched and depth > 0:
                    self.matched, self.pending = depth - 1, False
            elif depth == self.matched and depth > 0:
                if kind == COLON:
                    self.pending = self._name(frame, data, base, at) == self.where[depth - 1]
                else:
                    self.pending, self.since = False, at + 1
        return None

    def _name(self, frame: bytearray, data: bytes, base: int, at: int) -> str | None:
        text = bytes(frame[self.since : at]) + data[max(0, self.since - base) : at - base]
        if len(text) > LONGEST_NAME:
            return None
        try:
            name = json.loads(text)
        except ValueError:
            return None
        return name if isinstance(name, str) else None


class Twice(ValueError):
    """A name that stands twice in one object."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of ``pairs``; ``Twice`` where a name is repeated."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise Twice(name)
            seen.add(name)
    return found


def no_constant(_name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError


def form_of(value: Any) -> str:
    """What a JSON value is, in a few words."""
    if isinstance(value, dict):
        names = [shortened(str(name)) for name in value]
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        arrays = [name for name, part in zip(names, value.values(), strict=True) if isinstance(part, list)]
        hint = f" (arrays among them: {', '.join(arrays[:10])})" if arrays else ""
        return f"an object with the names {', '.join(names[:10])}{more}{hint}" if names else "an empty object"
    if isinstance(value, list):
        return "an array"
    return {str: "a text", bool: "true or false", type(None): "null"}.get(type(value), "a number")


def shortened(name: str) -> str:
    """A name, fit for a message."""
    return name if len(name) <= 40 else name[:39] + "…"
