"""What a line of JSON holds, as SQL: its values as text, their kinds, and whether a name stands twice.

Belongs here: one walk over a line for all its values, and what a column may come from. Does not belong here: lines of
a file (``jsonl``), types (``parse``), geometry (``geometry``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.columns import EPOCHS
from contracts.engines.sql import text_literal
from contracts.model import Contract, Property
from orchestration.ingest.dialect import Dialect
from orchestration.ingest.parse import raw_name, text_name
from orchestration.ingest.readers import geometry
from orchestration.ingest.reading import CONTROL_CHARACTERS, RecordFailure
from orchestration.ingest.record_index import CHARACTERS

JSON = "record.json"
KEYS = "record.keys"
FEATURE = "record.feature"

ESCAPED = r"\\(u00[01]|u007[fF]|u20[26]|b|f)"
"""How JSON writes what ``CONTROL_CHARACTERS`` finds, and some more that is harmless."""

TOKENS: Mapping[str, tuple[str, ...]] = {
    "string": ("VARCHAR",),
    "date": ("VARCHAR",),
    "time": ("VARCHAR",),
    "timestamp": ("VARCHAR",),
    "integer": ("VARCHAR", "BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE"),
    "number": ("VARCHAR", "BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE"),
    "boolean": ("VARCHAR", "BOOLEAN"),
    "object": ("OBJECT",),
    "array": ("ARRAY",),
}
"""JSON tokens that a logical type may come from."""

MOST_OTHERS = 40
"""Names beside the contract's that are looked for in each line."""
_PLAIN_NAME = re.compile(r":?@?\w[\w .:@-]*", re.ASCII)

EXACT_DIGITS = 15
"""A decimal token with more digits has gone through a floating-point number on its way here."""


@dataclass(frozen=True)
class Layout:
    """Where a line holds what.

    Attributes:
        pointers: Where each column of the contract stands (JSON pointers).
        holder: Pointer to the object whose names are the file's columns; empty for the line itself.
        shape: Position of the column that a geometry becomes.
        bounds: West, south, east, north of what the source may deliver.
        is_feature: Whether each line is a GeoJSON feature.
    """

    pointers: tuple[str, ...]
    holder: str = ""
    shape: int | None = None
    bounds: tuple[float, ...] | None = None
    is_feature: bool = False


def plain_layout(contract: Contract) -> Layout:
    """Each column under its own name in the line's object."""
    return Layout(tuple(pointer(column.source_name) for column in contract.columns))


def pointer(name: str) -> str:
    """The JSON pointer of one name."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True)
class Line:
    """How each line is taken apart. ``added`` are names that stand in the file and not in the contract."""

    contract: Contract
    dialect: Dialect
    layout: Layout
    added: tuple[str, ...] = ()

    def taken_apart(self, lines: str, extra: str = "") -> str:
        """SQL: the columns that ``parse`` names, over ``lines`` (``__line``).

        Args:
            lines: A relation.
            extra: One more column of it that is handed on.
        """
        rest = f", {extra}" if extra else ""
        walked = [*self.layout.pointers, *self._others()]
        pointers = f"[{', '.join(map(text_literal, walked))}]"
        # Most lines begin with a bracket: then one walk tells both that they are JSON and that they are an object.
        valid = (
            "CASE WHEN starts_with(__line, '{') THEN json_valid(__line) "
            "WHEN json_valid(__line) THEN json_type(__line) = 'OBJECT' ELSE FALSE END"
        )
        shape = self.layout.shape
        drawn = "" if shape is None else f", CASE WHEN __valid THEN json_extract(__line, {_at(self.layout, shape)}) END"
        tokens = (
            f"(SELECT __line, __valid{rest}{drawn}{drawn and ' AS __token'}, "
            f"CASE WHEN __valid THEN json_extract_string(__line, {pointers}) END AS __texts, "
            f"CASE WHEN __valid THEN json_type(__line, {pointers}) END AS __kinds "
            f"FROM (SELECT __line{rest}, {valid} AS __valid FROM {lines}))"
        )
        received = [f"{self._received(n)} AS {raw_name(n)}" for n in range(len(self.contract.columns)) if n != shape]
        parts = ["__line", "__valid", "__kinds", f"{self._twice(walked)} AS __twice", *([extra] if extra else [])]
        if shape is not None:
            tokens = geometry.drawn(tokens, "__token", f"__kinds[{shape + 1}]", self.layout.bounds)
            parts += ["__shape", "__wkt", "__fault"]
        first = f"(SELECT {', '.join([*parts, *received])} FROM {tokens})"
        texts = [f"{self._text(n)} AS {text_name(n)}" for n in range(len(self.contract.columns))]
        if shape is None:
            return f"SELECT *, {', '.join(texts)} FROM {first}"
        drawing = f"CAST(__shape AS VARCHAR) AS {raw_name(shape)}"
        return f"SELECT * EXCLUDE (__shape, __wkt), {drawing}, {', '.join(texts)} FROM {first}"

    def _others(self) -> list[str]:
        """Pointers to names that only the file has: with them, all of a line's names are counted."""
        if not self._is_plain():
            return []
        return [pointer(name) for name in self.added if _PLAIN_NAME.fullmatch(name)][:MOST_OTHERS]

    def _is_plain(self) -> bool:
        """Whether every column is a name of the line's own object, each its own."""
        names = [column.source_name for column in self.contract.columns]
        plain = self.layout == plain_layout(self.contract) and len(set(names)) == len(names)
        return plain and all(map(_PLAIN_NAME.fullmatch, names))

    def _twice(self, walked: Sequence[str]) -> str:
        """SQL: whether a name stands twice in one object of a line.

        Where as many of the known names are found as there are names, none of them stands twice. Only other
        lines are looked at name by name.
        """
        holders = ["", *([self.layout.holder] if self.layout.holder else [])]
        holders += ["/geometry"] if self.layout.shape is not None else []
        twice = " OR ".join(
            f"coalesce(len({names}) <> len(list_distinct({names})), FALSE)" for names in map(names, holders)
        )
        if self._is_plain() and walked:
            there = "len(json_keys(CASE WHEN __valid THEN __line END))"
            return f"CASE WHEN {there} <> list_count(__kinds) THEN {twice} ELSE FALSE END"
        return f"CASE WHEN __valid THEN {twice} ELSE FALSE END"

    def _received(self, position: int) -> str:
        """SQL: what was received for a column, as text; NULL where there is nothing, or a word for nothing."""
        text, kind = f"__texts[{position + 1}]", f"__kinds[{position + 1}]"
        if not self.dialect.missing:
            return text
        words = ", ".join(map(text_literal, self.dialect.missing))
        return f"CASE WHEN {kind} = 'VARCHAR' AND {text} IN ({words}) THEN NULL ELSE {text} END"

    def _text(self, position: int) -> str:
        """SQL: the text to be read for a column; NULL where its token is of another type."""
        if position == self.layout.shape:
            # What is no shape gets a reason of its own, so it need not fail as a text too.
            return "CASE WHEN __shape IS NOT NULL THEN coalesce(__wkt, '') END"
        column = self.contract.columns[position]
        raw, kind = raw_name(position), f"__kinds[{position + 1}]"
        return f"CASE WHEN {acceptable(column, raw, kind)} THEN {raw} END"


def names(holder: str) -> str:
    """SQL: the names in the object at ``holder``, as often as they stand there."""
    return f"json_keys(__line, {text_literal(holder)})" if holder else "json_keys(__line)"


def _at(layout: Layout, position: int) -> str:
    return text_literal(layout.pointers[position])


def acceptable(column: Property, text: str, kind: str) -> str:
    """SQL: whether a token of this ``kind`` may become the column."""
    counted = column.logical_type == "timestamp" and column.options.get("format") in EPOCHS
    tokens = ", ".join(map(text_literal, TOKENS["integer" if counted else column.logical_type]))
    allowed = f"{kind} IN ({tokens})"
    if column.physical_type.upper().startswith(("DECIMAL", "NUMERIC")):
        digits = f"length(regexp_replace({text}, '[^0-9]', '', 'g'))"
        allowed += f" AND ({kind} <> 'DOUBLE' OR {digits} <= {EXACT_DIGITS})"
    return allowed


def failures(contract: Contract, layout: Layout) -> tuple[RecordFailure, ...]:
    """Why a line can't be read as a record, over what ``Line.taken_apart`` gives."""
    pattern = text_literal(CONTROL_CHARACTERS)
    texts = [n for n, c in enumerate(contract.columns) if c.logical_type in ("string", "object", "array")]
    spoiled = " OR ".join(f"coalesce(regexp_matches({raw_name(n)}, {pattern}), FALSE)" for n in texts) or "FALSE"
    # Lines with such characters as they are, are in no piece: what is left to be found is written as an escape.
    escaped = f"regexp_matches(__line, {text_literal(ESCAPED)})"
    spoiled = (
        f"CASE WHEN contains(__line, '\\') THEN CASE WHEN {escaped} THEN ({spoiled}) ELSE FALSE END ELSE FALSE END"
    )
    found = [
        RecordFailure(JSON, "(NOT __valid)", whole=True),
        RecordFailure(KEYS, "__twice"),
        RecordFailure(CHARACTERS, spoiled),
    ]
    if layout.is_feature:
        feature = "json_extract_string(__line, '/type') = 'Feature'"
        named = f"json_type(__line, {text_literal(layout.holder)}) IN ('OBJECT', 'NULL')"
        found.append(RecordFailure(FEATURE, f"(__valid AND NOT coalesce({feature} AND {named}, FALSE))", whole=True))
    if layout.shape is not None:
        found += geometry.failures("__fault")
    return tuple(found)
