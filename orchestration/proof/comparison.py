"""What the products hold in one world, in a form that is compared: a number for each column.

Belongs here: the numbers, and which columns differ between two worlds. Does not belong here: building the models
(``scratch``), what a difference means (``proving``).

The number of a column is a sum over its records of a hash of the record's key and the value, so that the order of the
records counts for nothing. Where the tier sees no whole key, a number of the whole records stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from contracts.engines.sql import quoted

if TYPE_CHECKING:
    import duckdb

WHOLE: Final = "(records)"
"""In place of a column's name: the whole records, their number among them."""


Marks = Mapping[str, tuple[int, int]]
"""By column, and by WHOLE: how many records, and their number."""


@dataclass(frozen=True)
class Shown:
    """What a tier is given of a product: the relation, its columns that the tier sees, the key where it sees all."""

    relation: str
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()


def marks(connection: duckdb.DuckDBPyConnection, shown: Shown) -> Marks:
    """The number of each column, and of the whole records, each with the count of records."""
    keyed = [(*(k for k in shown.key if k != name), name) for name in shown.columns]
    return dict(zip((WHOLE, *shown.columns), _ask(connection, shown, [shown.columns, *keyed]), strict=True))


def whole(connection: duckdb.DuckDBPyConnection, shown: Shown) -> tuple[int, int]:
    """The number of the whole records alone."""
    return _ask(connection, shown, [shown.columns])[0]


def _ask(connection: duckdb.DuckDBPyConnection, shown: Shown, lists: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    sums = ", ".join(f"coalesce(sum(CAST(hash(row({_listed(one)})) AS HUGEINT)), 0)" for one in lists)
    found = connection.execute(f"SELECT count(*), {sums} FROM {quoted(shown.relation)}").fetchone()
    assert found is not None
    return [(int(found[0]), int(number)) for number in found[1:]]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(quoted, names))


def differing(first: Marks, second: Marks, columns: Sequence[str]) -> tuple[str, ...]:
    """Which of the columns differ; all of them where only the records as wholes do."""
    found = tuple(name for name in columns if first[name] != second[name])
    return found or (tuple(columns) if first[WHOLE] != second[WHOLE] else ())
