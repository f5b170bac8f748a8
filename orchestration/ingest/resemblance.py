"""Which new column of a file looks like one that is missing: by its name, and by what it holds.

Belongs here: comparing the two, and giving each missing column at most one. Does not belong here: what is refused
for it (``comparing``), sentences (``contracts.drift_words``).

A name is compared as words, so that "Complaint Type" and "complaint_type" are one. Values are compared with those
that stood in the missing column when it was last accepted: how many of the new column's can be read by the contract's
type, how many are known values, whether about as many records hold one. Known values count for little where there
are few of them and other columns hold them too: "Unspecified" stands in many columns.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.engines.sql import parquet, quoted
from contracts.model import Contract, Property
from contracts.shapes import ColumnShape, Shape
from orchestration.ingest.parse import parsed_name, raw_name, read_text, text_name

if TYPE_CHECKING:
    import duckdb

ENOUGH = 0.55
"""Likeness from which on a column is named."""
SAME_NAME = 0.9
"""Likeness of names alone that suffices, whatever the values."""
ENOUGH_NAME = 0.6
"""Likeness of names from which on a column is named where nothing is known of the values of the missing one."""
BY_NAME, BY_VALUE = 0.35, 0.65
"""What names and values say of likeness, together."""
KNOWN, READABLE, FILLED = 0.55, 0.25, 0.2
"""What each of the three says of likeness by value."""
TELLING = 8
"""Different values from which on known ones say all they can."""
VALUES = 200_000
"""Different values of a missing column that are known at most."""


@dataclass(frozen=True)
class Likeness:
    """How a new column looks like a missing one.

    Attributes:
        missing: The missing column's name in the contract.
        like: The new column, as the file calls it.
        score: From 0 to 1.
        known: Share of its values that the missing column held; None where nothing is known of that one's values.
    """

    missing: str
    like: str
    score: float
    known: float | None


def resemblances(
    missing: Sequence[Property], records: Sequence[Mapping[str, Any]], new: Collection[str], past: Past | None
) -> dict[str, Likeness]:
    """For each missing column, the new one that looks like it, if any does; no new column stands for two.

    Args:
        missing: The contract's columns that are not in the file.
        records: Some records as they came.
        new: Names of the file's columns that the contract does not read.
        past: What is known of the missing columns from when they were there.
    """
    held = {
        name: [_text(value) for record in records if (value := record.get(name)) is not None and value != ""]
        for name in sorted(new)
    }
    if past is not None:
        past.held, past.records = held, len(records)
    pairs = [_likeness(column, name, past) for column in missing for name in held]
    found: dict[str, Likeness] = {}
    taken: set[str] = set()
    for pair in sorted(pairs, key=lambda p: (-p.score, p.missing, p.like)):
        if pair.score >= ENOUGH and pair.missing not in found and pair.like not in taken:
            found[pair.missing] = pair
            taken.add(pair.like)
    return found


def _likeness(column: Property, name: str, past: Past | None) -> Likeness:
    named = max(likeness_of_names(own, name) for own in {column.source_name, column.name})
    valued = past.likeness(column, name) if past else None
    if valued is None:
        return Likeness(column.name, name, named if named >= ENOUGH_NAME else 0.0, None)
    score, known = valued
    both = BY_NAME * named + BY_VALUE * score
    return Likeness(column.name, name, max(both, named) if named >= SAME_NAME else both, known)


def likeness_of_names(one: str, other: str) -> float:
    """From 0 to 1; 1 where both are the same words, however they are joined and whatever their case."""
    mine, yours = _words(one), _words(other)
    joined = difflib.SequenceMatcher(None, " ".join(mine), " ".join(yours), autojunk=False).ratio()
    common = len(set(mine) & set(yours)) / max(1, len(set(mine) | set(yours)))
    return max(joined, common)


def _words(name: str) -> list[str]:
    split = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return re.findall(r"[^\W_]+", split.casefold())


class Past:
    """The missing columns as they were last accepted."""

    def __init__(
        self, shape: Shape, files: Sequence[Path], connection: duckdb.DuckDBPyConnection, decimal: str
    ) -> None:
        self.shape = shape
        self.files = files
        self.connection = connection
        self.decimal = decimal
        self.held: Mapping[str, Sequence[str]] = {}
        self.records = 0
        self.known: dict[str, frozenset[str]] = {}
        self.read: dict[tuple[str, str], dict[str, list[str]]] = {}

    def likeness(self, column: Property, name: str) -> tuple[float, float] | None:
        """How alike by value, from 0 to 1, and the share of known values; None where the column held nothing.

        Of numbers and dates, those within what was seen count as known ones do of texts.
        """
        was = self.shape.column(column.name)
        filled = len(self.held[name])
        if was is None or not was.filled:
            return None
        if not filled:
            return FILLED * _as_filled(was, 0, self.records), 0.0
        readable = self._readable(column, name)
        known = self._known_of(column.name)
        hits = [text for text in readable if text in known]
        share = len(hits) / filled
        several = len(set(hits))
        telling = share if several > 1 and self._is_own(column, set(hits)) else share * min(1.0, several / TELLING)
        if column.logical_type in ("integer", "number", "date", "timestamp"):
            telling = max(telling, _within(was, readable) / filled)
        score = KNOWN * telling + READABLE * len(readable) / filled
        return score + FILLED * _as_filled(was, filled, self.records), share

    def _readable(self, column: Property, name: str) -> Sequence[str]:
        """The values of a new column that are of the type of ``column``, as that type."""
        if column.logical_type == "string":
            return self.held[name]
        kind = (column.physical_type, repr(sorted(column.options.items())))
        if kind not in self.read:
            self.read[kind] = self._typed(column)
        return self.read[kind].get(name, [])

    def _typed(self, column: Property) -> dict[str, list[str]]:
        """Values of all new columns read by the type of ``column``: to plan a query takes longer than to run it."""
        import pyarrow as pa

        names = [name for name, texts in self.held.items() for _ in texts]
        texts = [text for texts in self.held.values() for text in texts]
        typed = read_text(column, 0, self.decimal)
        self.connection.register("__likely", pa.table({"name": names, "t": pa.array(texts, pa.string())}))
        raw = f"SELECT name, t AS {raw_name(0)}, t AS {text_name(0)} FROM __likely"
        parsed = f"SELECT *, {typed.parsed} AS {parsed_name(0)} FROM ({raw})"
        query = f"SELECT name, CAST({typed.value} AS VARCHAR) AS v FROM ({parsed})"
        found: dict[str, list[str]] = {}
        for name, value in self.connection.execute(f"SELECT * FROM ({query}) WHERE v IS NOT NULL").fetchall():
            found.setdefault(name, []).append(value)
        return found

    def _is_own(self, column: Property, values: set[str]) -> bool:
        """Whether no other column held most of ``values`` too, as several hold "Unspecified", or yes and no."""
        others = (c.name for c in self.shape.columns if c.type == "string" and c.name != column.name)
        return not any(2 * len(values & self._known_of(name)) > len(values) for name in others)

    def _known_of(self, name: str) -> frozenset[str]:
        if name not in self.known:
            rows = self.connection.execute(
                f"SELECT DISTINCT CAST({quoted(name)} AS VARCHAR) FROM {parquet(self.files)} "
                f"WHERE {quoted(name)} IS NOT NULL ORDER BY 1 LIMIT {VALUES}"
            ).fetchall()
            self.known[name] = frozenset(row[0] for row in rows)
        return self.known[name]


def _within(was: ColumnShape, values: Sequence[str]) -> int:
    """How many numbers or dates lie between the lowest and the highest that were seen."""
    if was.low is None or was.high is None:
        return 0
    if was.type in ("date", "timestamp"):
        low, high = str(was.low), str(was.high)
        return sum(low <= value.replace(" ", "T") <= high for value in values)
    return sum(float(was.low) <= float(value) <= float(was.high) for value in values)


def _as_filled(was: ColumnShape, filled: int, records: int) -> float:
    """From 0 to 1: whether about as many records hold something."""
    return 1 - abs(filled / max(1, records) - was.filled / max(1, was.records))


def _text(value: Any) -> str:
    """A value as it came, as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def relaxed(contract: Contract, missing: Collection[str]) -> Contract:
    """The contract as it would be without its ``missing`` columns (names in the source): for looking at a file."""
    from dataclasses import replace

    columns = tuple(
        replace(c, optional=True, required=False) if c.source_name in missing else c for c in contract.columns
    )
    return replace(contract, object=replace(contract.object, properties=columns))
