"""The columns of a table as they are searched: which ones, their names' words, the SQL of their values.

Belongs here: reading values out of DuckDB as texts, each different one once where that is cheap. Does not belong here:
what is looked for in them (``search``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from contracts.engines.sql import quoted

if TYPE_CHECKING:
    import duckdb

_ONCE: Final = "identifier_values"
_WHOLE = re.compile(r"(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DOUBLE|FLOAT|REAL|DECIMAL.*)\Z")
_NEVER = re.compile(r"(?:BOOLEAN|DATE|TIME.*|INTERVAL)\Z")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True)
class Column:
    """A column to search: its name, DuckDB's type, other names it goes by."""

    name: str
    type: str
    aliases: tuple[str, ...] = ()

    @property
    def words(self) -> frozenset[str]:
        """The words of its names, in small letters without accents."""
        return frozenset(w for name in (self.name, *self.aliases) for w in words_of(name))

    @property
    def is_text(self) -> bool:
        """Whether its values are searched as texts; the others are numbers."""
        return not _WHOLE.match(self.type)


@dataclass(frozen=True)
class Group:
    """Columns searched together.

    Attributes:
        columns: The columns.
        values: SQL of their values: ``i``, the column's number here, and ``v``, a value as text.
        rows: The table's records.
        country: The city's country.
    """

    columns: tuple[Column, ...]
    values: str
    rows: int
    country: str

    def apart(self) -> Iterator[Group]:
        """Each column in a group of its own."""
        for number, column in enumerate(self.columns):
            values = f"SELECT 0 AS i, v FROM ({self.values}) WHERE i = {number}"
            yield Group((column,), values, self.rows, self.country)


def words_of(name: str) -> tuple[str, ...]:
    """The words of a column's name, in small letters without accents."""
    import unicodedata

    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return tuple(word.lower() for word in _WORDS.findall(plain))


def is_searched(type_name: str) -> bool:
    """Whether a column of this type can hold an identifier."""
    return not _NEVER.match(type_name)


def values_of(column: Column, source: str, number: int) -> str:
    """SQL of the column's values as text: ``i``, its number in its group, and ``v``."""
    name = quoted(column.name)
    if not column.is_text:
        # a whole number wide enough, written without a point; what is not whole is a measure
        wide = f"abs({name}) >= 1e5 AND abs({name}) < 1e18 AND {name} = floor({name})"
        return f"SELECT {number} AS i, CAST(CAST({name} AS BIGINT) AS VARCHAR) AS v FROM {source} WHERE {wide}"
    return f"SELECT {number} AS i, CAST({name} AS VARCHAR) AS v FROM {source} WHERE {name} IS NOT NULL"


@contextmanager
def kept_once(connection: duckdb.DuckDBPyConnection, columns: Sequence[Column], source: str) -> Iterator[str]:
    """The different values in a table of their own: asked of a query, DuckDB would look at every record first."""
    each = (f"SELECT DISTINCT i, v FROM ({values_of(c, source, n)})" for n, c in enumerate(columns))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_ONCE} AS {' UNION ALL '.join(each)}")
    try:
        yield f"SELECT i, v FROM {_ONCE}"
    finally:
        connection.execute(f"DROP TABLE {_ONCE}")


def repeated_columns(connection: duckdb.DuckDBPyConnection, source: str) -> frozenset[str]:
    """Columns whose values repeat so much that Parquet keeps them in a dictionary: their values are few."""
    match = re.match(r"read_parquet\((.*)\)\Z", source, re.DOTALL)
    if match is None:
        return frozenset()
    rows = connection.execute(
        f"SELECT path_in_schema FROM parquet_metadata({match[1]}) GROUP BY ALL "
        "HAVING bool_and(coalesce(encodings, '') LIKE '%DICTIONARY%')"
    ).fetchall()
    return frozenset(str(row[0]) for row in rows)
