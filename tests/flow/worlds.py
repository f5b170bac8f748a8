"""Small worlds: made-up contents of the corpus's tables, and other worlds that differ only above a tier.

Belongs here: making values, changing them, and with them the order in which the records stand. Does not belong here:
asking anything of a world (``oracle``). The same seed makes the same worlds.

What is changed: every value of a column above the tier (anew, by a literal of the query or its neighbour, to nothing,
among the records, by a little), the order of the records in their file, and, of a table whose every column is above
the tier, how many records there are. What is at or below the tier stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final

from tests.flow.queries import Column, Query, Table, is_above, tables

Values = list[Any]
Records = Mapping[str, Values]
"""By column, the values by record."""

PEOPLE: Final = ("Ana Ruiz", "Ben Okoye", "Carla Dias", "Dov Katz", "Eva Lund", "Fei Wong", "Gil Mora", "Ida Berg")
PLACE: Final = "_record"
STREETS: Final = ("Alder St", "Birch Ave", "Cedar Rd", "Dogwood Ln")
WORDS: Final = ("loud", "pipe", "broken", "dog", "night", "water", "fence", "child", "red", "car")
BANK: Final = 600
SMALL: Final = (
    "one anew", "one literal", "one missing", "one nudged", "one past its nearest", "two swapped", "two alike swapped",
    "two alike swapped",
)  # fmt: skip
"""Ways to change one value, or two."""


@dataclass(frozen=True)
class World:
    """The contents of tables. ``order`` says in which order a table's records stand in its file, where they do not
    stand as they are listed; ``_record`` tells the place in the file."""

    tables: Mapping[str, Records]
    order: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def laid_out(self, table: str) -> Records:
        """The records of a table as they stand in its file."""
        records = self.tables[table]
        if (order := self.order.get(table)) is None:
            return records
        return {
            name: values if name == PLACE else [values[number] for number in order] for name, values in records.items()
        }


def read_tables(query: Query) -> tuple[Table, ...]:
    """The tables that the query names."""
    words = set(re.findall(r"[a-z_]+", query.text.lower()))
    return tuple(table for name, table in tables().items() if name in words)


def named_columns(query: Query, read: Sequence[Table]) -> frozenset[str]:
    """The columns of those tables that the query names."""
    words = set(re.findall(r"\w+", query.text.lower()))
    return frozenset(column.name for table in read for column in table.columns if column.name in words)


def first_world(read: Sequence[Table], chance: Random) -> World:
    """A world: each table with its records."""
    return World({t.name: {c.name: make(c, t.records, chance) for c in t.columns} for t in read})


def make(column: Column, records: int, chance: Random) -> Values:
    """The values of one column, as it says they are made."""
    words = column.values
    if "key" in words:
        return [f"{words['key']}-{number + 1:02}" for number in range(records)]
    if "each" in words:
        return list(words["each"])
    if "record" in words:
        return list(range(1, records + 1))
    return chance.choices(_bank(str(sorted(words.items(), key=str)), column.name), k=records)


@cache
def _bank(made: str, name: str) -> Values:
    """Many values of a column, made once."""
    column = next(
        c
        for t in tables().values()
        for c in t.columns
        if c.name == name and str(sorted(c.values.items(), key=str)) == made
    )
    chance = Random(f"{name} {made}")
    missing = float(column.values.get("missing", 0))
    return [None if chance.random() < missing else _value(column.values, chance) for _ in range(BANK)]


def _value(words: Mapping[str, Any], chance: Random) -> Any:
    (kind, how), *_ = words.items()
    match kind:
        case "choice":
            return chance.choice(how)
        case "reference":
            return f"{how[0]}-{chance.randrange(how[1]) + 1:02}"
        case "day":
            return date.fromisoformat(str(how[0])) + timedelta(days=chance.randrange(how[1]))
        case "moment":
            start = datetime.fromisoformat(str(how[0]))
            return start + timedelta(minutes=chance.randrange(how[1] * 1440), seconds=chance.randrange(60))
        case "number":
            return chance.randint(*how)
        case "flag":
            return chance.random() < how
        case "person":
            return chance.choice(PEOPLE)
        case "phone":
            return f"{chance.choice((555, 556, 557))}-{chance.randrange(10_000):04}"
        case "document":
            return f"{chance.randrange(100):02}.{chance.randrange(1000):03}"
        case "address":
            return f"{chance.randrange(1, 60)} {chance.choice(STREETS)}"
        case "position":
            return round(chance.uniform(-0.2, 3.2 if how == "longitude" else 1.2), 4)
        case "words":
            return " ".join(chance.choices(WORDS, k=how))
        case "list":
            return chance.sample(how, chance.randrange(len(how)))
        case "contact":
            return {"email": f"{chance.choice(WORDS)}@mail.example", "zip": f"{chance.randrange(10):05}"}
    raise ValueError(f"values made by {kind!r}: no such way")


@dataclass(frozen=True)
class Changer:
    """Makes other worlds that differ only above ``tier``.

    ``literals`` are drawn from where a value may be one; columns that are ``named`` in the query change more often.
    """

    read: tuple[Table, ...]
    tier: str
    literals: Mapping[str, Values]
    named: frozenset[str]
    chance: Random

    def anew(self, world: World) -> World:
        """All that is above the tier changed at once, each column in a way of its own, or all aimed at the literals."""
        aimed = self.chance.random() < 0.35
        changed = {t.name: self._resized(t, self._all(t, world.tables[t.name], aimed)) for t in self.read}
        return World(changed, self._shuffled(changed))

    def step(self, world: World) -> World:
        """One to three small changes: what may leave an answer as it is."""
        changed = dict(world.tables)
        hidden = [(t, c) for t in self.read for c in t.columns if is_above(c.tier, self.tier) and c.name != PLACE]
        hidden = [(t, c) for t, c in hidden if c.name in self.named or self.chance.random() < 0.03] or hidden
        for _ in range(self.chance.choice((1, 1, 2, 3))) if hidden else ():
            table, column = self.chance.choice(hidden)
            values = self._small(table, column, changed[table.name])
            changed[table.name] = {**changed[table.name], column.name: values}
        return World(changed, self._shuffled(changed) if self.chance.random() < 0.2 else world.order)

    def _all(self, table: Table, records: Records, aimed: bool) -> Records:
        hidden = [c for c in table.columns if is_above(c.tier, self.tier) and c.name != PLACE]
        return (
            {**records, **{c.name: self._column(table, c, records[c.name], aimed) for c in hidden}}
            if hidden
            else records
        )

    def _column(self, table: Table, column: Column, values: Values, aimed: bool) -> Values:
        fresh = make(column, len(values), self.chance)
        known = self.literals.get(f"{table.name}.{column.name}") or fresh
        if aimed:
            return [self.chance.choice(known) if self.chance.random() < 0.9 else one for one in fresh]
        match self.chance.choice(("anew", "anew", "literals", "literals", "missing", "swapped", "nudged", "same")):
            case "anew":
                return fresh
            case "literals":
                return [self.chance.choice(known) if self.chance.random() < 0.4 else one for one in fresh]
            case "missing":
                return [None if self.chance.random() < 0.5 else one for one in values]
            case "swapped":
                return self.chance.sample(values, len(values))
            case "nudged":
                return [self._nudged(one) for one in values]
        return values

    def _small(self, table: Table, column: Column, records: Records) -> Values:
        values = records[column.name]
        changed = list(values)
        if not values:
            return changed
        one, two = self.chance.choices(range(len(values)), k=2)
        known = self.literals.get(f"{table.name}.{column.name}", [])
        match self.chance.choice(SMALL):
            case "one literal" if known:
                changed[one] = self.chance.choice(known)
            case "one missing":
                changed[one] = None
            case "one nudged":
                changed[one] = self._nudged(values[one])
            case "one past its nearest":
                changed[one] = self._past_nearest(values, one)
            case "two swapped":
                changed[one], changed[two] = changed[two], changed[one]
            case "two alike swapped":
                two = self._alike(table, records, one)
                changed[one], changed[two] = changed[two], changed[one]
            case _:
                changed[one] = make(column, len(values), self.chance)[one]
        return changed

    def _alike(self, table: Table, records: Records, one: int) -> int:
        """Another record with the same value in one of the columns that the reader sees."""
        seen = records[
            self.chance.choice([c.name for c in table.columns if not is_above(c.tier, self.tier)] or [PLACE])
        ]
        return self.chance.choice([number for number, value in enumerate(seen) if value == seen[one]])

    def _past_nearest(self, values: Values, one: int) -> Any:
        """The value moved to the other side of the one nearest to it."""
        value = values[one]
        if not isinstance(value, int | float | date) or isinstance(value, bool):
            return self._nudged(value)
        near: Any = min(
            (v for v in values if v is not None and v != value), key=lambda v: abs(v - value), default=value
        )
        small: Any = (
            timedelta(minutes=1) if isinstance(value, datetime) else timedelta(1) if isinstance(value, date) else 1
        )
        return near + small if near > value else near - small

    def _nudged(self, value: Any) -> Any:
        sign = self.chance.choice((-1, 1))
        match value:
            case bool():
                return not value
            case int():
                return value + sign
            case float():
                return round(value + sign * self.chance.choice((0.0001, 0.01)), 4)
            case datetime():
                return value + sign * timedelta(minutes=self.chance.choice((1, 1, 20, 300)))
            case date():
                return value + sign * timedelta(days=1)
            case str():
                return value[:-1] if sign < 0 else value + "x"
            case list():
                return [*value[1:], *value[:1]]
        return value

    def _resized(self, table: Table, records: Records) -> Records:
        """A table of which even the number of records is above the tier: some more, some fewer, or none."""
        if not table.is_above(self.tier):
            return records
        count = len(records[PLACE])
        kept = self.chance.choices(range(count), k=self.chance.choice((0, count - 1, count, count + 1, 2 * count)))
        picked = {name: [values[number] for number in kept] for name, values in records.items()}
        return {**picked, PLACE: list(range(1, len(kept) + 1))}

    def _shuffled(self, records: Mapping[str, Records]) -> Mapping[str, Sequence[int]]:
        """Another order of the records of each file; what it tells, its sender chose. A public list keeps its own."""
        counts = {t.name: len(records[t.name][PLACE]) for t in self.read if self._is_file(t)}
        return {name: self.chance.sample(range(count), count) for name, count in counts.items()}

    def _is_file(self, table: Table) -> bool:
        return any(c.name == PLACE and is_above(c.tier, self.tier) for c in table.columns)
