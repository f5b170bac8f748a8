"""What the dynamic proof says of a query of the corpus, over one small world of its tables.

Belongs here: handing a query to ``orchestration.proof`` as it would get a product's models and records, and what is
expected of each (``corpus/_dynamic.yaml``). Does not belong here: the truth (``oracle``), the analyser (``static``).

The proof is told nothing that the oracle is told: no values to try (``hints``), nothing of what steps may tell
(``tells``). Statements that alter the warehouse (``before``) are not run: the scratch warehouse is the proof's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from random import Random
from typing import Any, Final, get_args

import duckdb
import pyarrow as pa
import yaml

from contracts.flow.analysis import analyse
from contracts.flow.classes import Declared, classify
from contracts.flow.model import ModelText
from orchestration.proof import scratch
from orchestration.proof.comparison import Shown
from orchestration.proof.outcome import State, TierProof
from orchestration.proof.proving import Given, Setting, prove_in
from orchestration.proof.reading import reads_of
from orchestration.proof.scratch import Scratch
from orchestration.step_functions import StepSettings
from tests.flow.queries import FOLDER, Query, queries, tables
from tests.flow.static import leaves, steps
from tests.flow.worlds import first_world, read_tables

ZONE: Final = "America/Bogota"
SETTINGS: Final = StepSettings((ZONE,), 10, datetime(2026, 6, 1))
AREAS: Final = "districts"


class Prover:
    """One scratch warehouse, for query after query."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def judge(self, query: Query) -> TierProof:
        """The verdict on the query's tier; ``same`` where nothing stands above it."""
        models = [ModelText(name, sql) for name, sql in query.models.items()]
        classes = classify(analyse(models, leaves(), steps()), leaves(), steps(), dict[str, Declared]())
        records = {name: _table(name, values) for name, values in _world(query).items()}
        try:
            shown = Shown(models[-1].name, query.publishes or self._columns(models, records))
            if not shown.columns:
                return TierProof(query.tier, "error", said="the model could not be built")
            found = prove_in(
                self._connection, Setting(models, classes, SETTINGS), records, [Given("", query.tier, shown)]
            )
        finally:
            for name in (*records, *query.models):
                self._connection.execute(f'drop table if exists "{name}"')
        return next(iter(found[""]), TierProof(query.tier, "same"))

    def _columns(self, models: list[ModelText], records: Mapping[str, pa.Table]) -> tuple[str, ...]:
        """The columns that the last model gives; none where it cannot be built."""
        built = Scratch(self._connection, models, reads_of(models, tuple(records)))
        for name, table in records.items():
            built.fill(name, table)
        if built.build() is not None:
            return ()
        return tuple(row[0] for row in self._connection.execute(f'describe "{models[-1].name}"').fetchall())


@contextmanager
def open_prover() -> Iterator[Prover]:
    """A prover with its own warehouse in memory."""
    with scratch.opened("warehouse", SETTINGS, spatial=True, memory="1GB") as connection:
        yield Prover(connection)


def _world(query: Query) -> Mapping[str, Mapping[str, Any]]:
    """The tables that the query reads, and the city's areas."""
    read = read_tables(query)
    also = () if any(table.name == AREAS for table in read) else (tables()[AREAS],)
    return first_world((*read, *also), Random(f"{query.id} 0")).tables


def _table(name: str, values: Mapping[str, Any]) -> pa.Table:
    schema = _schema(name)
    return pa.Table.from_arrays([pa.array(values[one.name], type=one.type) for one in schema], schema=schema)


@cache
def _schema(name: str) -> pa.Schema:
    columns = ", ".join(f"cast(null as {column.type}) as {column.name}" for column in tables()[name].columns)
    with duckdb.connect() as connection:
        return connection.execute(f"select {columns}").to_arrow_table().schema


@dataclass(frozen=True)
class Expected:
    """What the proof is to say of a query, and why where that is not the truth."""

    state: State
    reason: str = ""


@cache
def expected() -> Mapping[str, Expected]:
    """What is expected of every query, by id: as the oracle says, but for those that stand in the file."""
    written = yaml.safe_load((FOLDER / "_dynamic.yaml").read_text(encoding="utf-8"))
    found = {one.id: Expected("differs" if one.leaks else "same") for one in queries()}
    for state in get_args(State):
        for name, reason in (written.get(state) or {}).items():
            assert name in found, f"no query {name}"
            found[name] = Expected(state, reason)
    return found
