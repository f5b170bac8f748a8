"""Does a query leak? Asked of DuckDB alone, which knows nothing of classes, and of no analyser.

Belongs here: running a query in worlds that differ only above the reader's tier, comparing what comes out. Does not
belong here: making worlds (``worlds``), what anyone expects.

A query leaks where two such worlds give another result: other columns, types or records. The order of the records
counts for nothing, since a release is ordered by its key. A query whose registered steps may tell something says so as
SQL over the tables (``tells``); then only worlds that answer that SQL alike are compared. They are found by many small
changes in turn, each kept where the answers stay the same, so that far more than one value has moved in the end.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import duckdb
import pyarrow as pa

from contracts.engines.spatial import spatial_extension
from orchestration.step_functions import StepSettings, make
from tests.flow.literals import literals
from tests.flow.queries import Query, Table, is_above, tables
from tests.flow.worlds import PLACE, Changer, Records, World, first_world, named_columns, read_tables

PAIRS: Final = 6
"""Worlds compared with the first one, of each first world."""
FIRST: Final = 2
"""First worlds, each with its own seed."""
TRIES: Final = 70
"""Small changes tried, where answers must stay the same, of each first world."""
ENOUGH: Final = 10
"""As many of them kept are enough; every second one is compared."""

ZONE: Final = "America/Bogota"
MINIMUM_CELL: Final = 10

Result = tuple[Any, ...]


@dataclass(frozen=True)
class Shown:
    """What the oracle found.

    Attributes:
        leaks: Whether two worlds gave another result.
        pairs: Pairs of worlds compared.
        moved: Per column above the tier, in how many of the pairs it differed.
        how: Where it leaks, the seed of the world and a record that only one of the results has.
    """

    leaks: bool
    pairs: int
    moved: Mapping[str, int] = field(default_factory=dict)
    how: str = ""


class Oracle:
    """One DuckDB with the registered steps; worlds come and go in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute(f"load '{spatial_extension()}'")
        make(self.connection, StepSettings((ZONE,), MINIMUM_CELL, datetime(2026, 6, 1)))
        self._filled: dict[str, tuple[Records, Sequence[int] | None]] = {}
        self._types = {name: self._schema(table) for name, table in tables().items()}

    def _schema(self, table: Table) -> pa.Schema:
        columns = ", ".join(f"cast(null as {column.type}) as {column.name}" for column in table.columns)
        return self.connection.execute(f"select {columns}").to_arrow_table().schema

    def ask(self, query: Query) -> Shown:
        """Whether the query leaks.

        Raises:
            duckdb.Error: The query does not run even in the first world.
        """
        moved: Counter[str] = Counter()
        pairs = 0
        for seed in range(FIRST):
            chance = Random(f"{query.id} {seed}")
            read = read_tables(query)
            changer = Changer(read, query.tier, literals(query, read), named_columns(query, read), chance)
            base = first_world(read, chance)
            expected = self._result(query, base)
            if expected[0] == "error":
                raise duckdb.Error(f"{query.id}: {expected[1]}")
            for other in self._others(query, base, changer):
                pairs += 1
                moved.update(_moved(read, query.tier, base, other))
                if (found := self._result(query, other)) != expected:
                    return Shown(True, pairs, dict(moved), f"seed {seed}: {_difference(expected, found)}")
        return Shown(False, pairs, dict(moved))

    def _others(self, query: Query, base: World, changer: Changer) -> Iterator[World]:
        if not query.tells:
            for _ in range(PAIRS):
                yield changer.anew(base)
            return
        told = self._told(query, base)
        world = base
        kept = 0
        for _ in range(TRIES):
            if kept == ENOUGH:
                return
            candidate = changer.step(world)
            if self._told(query, candidate) == told:
                world = candidate
                kept += 1
                if kept % 2 == 0:
                    yield world

    def _told(self, query: Query, world: World) -> list[Result]:
        self._fill(world)
        return [self._rows(tell) for tell in query.tells]

    def _result(self, query: Query, world: World) -> Result:
        """Columns and records of what is published; what a run leaves behind is rolled back."""
        self._fill(world)
        *earlier, (_, last) = query.models.items()
        scratch = bool(earlier or query.before)
        if scratch:
            self.connection.execute("begin")
        try:
            for statement in query.before:
                self.connection.execute(self._placed(statement))
            for name, sql in earlier:
                self.connection.execute(f"create temp table {name} as {self._placed(sql)}")
            return self._rows(f"select {', '.join(query.publishes)} from ({last})" if query.publishes else last)
        except duckdb.Error as error:
            return ("error", f"{type(error).__name__}: {error}")
        finally:
            if scratch:
                self.connection.execute("rollback")

    def _placed(self, sql: str) -> str:
        return sql.replace("{folder}", str(self.folder))

    def _rows(self, sql: str) -> Result:
        answer = self.connection.execute(self._placed(sql))
        columns = tuple((one[0], str(one[1])) for one in answer.description or ())
        return (columns, *sorted(map(repr, answer.fetchall())))

    def _fill(self, world: World) -> None:
        for name, records in world.tables.items():
            known = (records, world.order.get(name))
            if all(one is other for one, other in zip(self._filled.get(name, (None,)), known, strict=False)):
                continue
            self._filled[name] = known
            schema, laid = self._types[name], world.laid_out(name)
            arrays = [pa.array(laid[one.name], type=one.type) for one in schema]
            self.connection.register(name, pa.Table.from_arrays(arrays, schema=schema))


@contextmanager
def open_oracle() -> Iterator[Oracle]:
    """An oracle with a scratch folder."""
    with tempfile.TemporaryDirectory() as folder:
        oracle = Oracle(Path(folder))
        try:
            yield oracle
        finally:
            oracle.connection.close()


def _moved(read: tuple[Table, ...], tier: str, base: World, other: World) -> Iterator[str]:
    """The columns above the tier that differ, and where a file's records stand."""
    for table in read:
        for column in table.columns:
            if column.name == PLACE:
                differs = base.order.get(table.name) != other.order.get(table.name)
            else:
                differs = base.tables[table.name][column.name] != other.tables[table.name][column.name]
            if differs and is_above(column.tier, tier):
                yield f"{table.name}.{column.name}"


def _difference(expected: Result, found: Result) -> str:
    if found[0] == "error":
        return f"an error in one world alone: {str(found[1]).splitlines()[0][:80]}"
    if expected[0] != found[0]:
        return "other columns"
    gone = (Counter(expected[1:]) - Counter(found[1:])) or (Counter(found[1:]) - Counter(expected[1:]))
    return f"in one world alone: {min(gone)[:80]}"
