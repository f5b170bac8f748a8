"""The rows that a portal holds: columns, records with the portal's own marks, and changes to them.

Belongs here: the state of one data set, and a view of it that a misbehaviour may have changed. Does not belong here:
reading files into it (``tables``), or writing it down in a protocol's way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

Values = Mapping[str, Any]
"""A record: texts; numbers and times as the texts they are sent as; a shape as GeoJSON; no key where no value is."""

TYPES = ("text", "number", "integer", "timestamp", "date", "boolean", "geometry")
EPOCH = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When a data set was last changed, where nobody says otherwise."""


@dataclass(frozen=True)
class Column:
    """A column: its name in the protocol, one of ``TYPES``, and what people read."""

    name: str
    type: str = "text"
    title: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise ValueError(f"column {self.name}: {self.type} is none of {', '.join(TYPES)}")


@dataclass(frozen=True)
class Table:
    """Columns and records, as read from a file."""

    columns: tuple[Column, ...]
    records: tuple[Values, ...]

    def first(self, count: int) -> Table:
        """The first records alone."""
        return replace(self, records=self.records[:count])

    def describing(self, **descriptions: str) -> Table:
        """The same with texts for people at the columns named."""
        return replace(
            self, columns=tuple(replace(c, description=descriptions.get(c.name, c.description)) for c in self.columns)
        )


@dataclass(frozen=True)
class Row:
    """A record with the marks that a portal keeps of it: a number that is never given twice, and its times."""

    number: int
    values: Values
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class View:
    """What one request sees of a data set."""

    columns: tuple[Column, ...]
    rows: Sequence[Row]

    def renamed(self, names: Mapping[str, str]) -> View:
        """With other names for some columns, in the columns and in each record."""
        return View(
            tuple(replace(c, name=names.get(c.name, c.name)) for c in self.columns),
            [replace(r, values={names.get(k, k): v for k, v in r.values.items()}) for r in self.rows],
        )

    def without(self, names: Iterable[str]) -> View:
        """Without some columns."""
        gone = set(names)
        return View(
            tuple(c for c in self.columns if c.name not in gone),
            [replace(r, values={k: v for k, v in r.values.items() if k not in gone}) for r in self.rows],
        )

    def adding(self, columns: Mapping[str, Any]) -> View:
        """With more columns of text, each with one value in every record."""
        return View(
            (*self.columns, *(Column(name) for name in columns)),
            [replace(r, values={**r.values, **columns}) for r in self.rows],
        )


@dataclass
class Dataset:
    """A data set that lives: records come, change and go, and the portal's marks say so.

    Attributes:
        id: How the protocol names it.
        name: What people read.
        table: What it holds at first.
        key: The column that tells records apart, where the publisher named one.
        updated_at: When it last changed.
        spread: The first records' times of change lie this far apart, ending at ``updated_at``.
    """

    id: str
    name: str
    table: Table
    key: str | None = None
    description: str = ""
    publisher: str = ""
    licence: str = ""
    frequency: str = ""
    updated_at: datetime = EPOCH
    spread: timedelta = timedelta(0)
    rows: list[Row] = field(init=False, repr=False)
    changes: int = field(init=False, default=0)
    _next: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        last = len(self.table.records) - 1
        times = (self.updated_at - self.spread * (last - i) for i in range(last + 1))
        self.rows = [Row(self._number(), r, at, at) for r, at in zip(self.table.records, times, strict=True)]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns."""
        return self.table.columns

    def view(self) -> View:
        """What a request sees where nothing misbehaves."""
        return View(self.columns, self.rows)

    def add(self, records: Iterable[Values], at: datetime | None = None) -> None:
        """New records, made at ``at``: a minute after the last change where not said."""
        at = self._changed(at)
        self.rows = [*self.rows, *(Row(self._number(), r, at, at) for r in records)]

    def change(self, which: Callable[[Values], bool], values: Values, at: datetime | None = None) -> int:
        """Change some values of the records that ``which`` picks; returns how many."""
        at = self._changed(at)
        picked = [which(r.values) for r in self.rows]
        self.rows = [
            replace(r, values={**r.values, **values}, updated_at=at) if hit else r
            for r, hit in zip(self.rows, picked, strict=True)
        ]
        return sum(picked)

    def delete(self, which: Callable[[Values], bool], at: datetime | None = None) -> int:
        """Take away the records that ``which`` picks; returns how many."""
        self._changed(at)
        before = len(self.rows)
        self.rows = [r for r in self.rows if not which(r.values)]
        return before - len(self.rows)

    def reshape(self, view: Callable[[View], View], at: datetime | None = None) -> None:
        """Change the columns for good, as a publisher does between two runs."""
        at = self._changed(at)
        seen = view(self.view())
        self.table, self.rows = replace(self.table, columns=seen.columns), list(seen.rows)

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _changed(self, at: datetime | None) -> datetime:
        self.updated_at = at or self.updated_at + timedelta(minutes=1)
        self.changes += 1
        return self.updated_at
