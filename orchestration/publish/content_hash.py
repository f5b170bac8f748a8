"""A digest of what a table says, whatever the order of its rows and columns and the layout of its files.

Belongs here: the digest and nothing else. Two releases with one digest hold the same records.

How it is computed, so that anyone can do it again: a record is a number of 128 bits, the exclusive or of several
MD5s, each read as a little-endian number. One is of all values that are not text, ``|<value>|<value>|...|`` in
alphabetical order of their columns' names, nothing for null (left out where there is no such column). Each text
value (and any value whose text is open-ended) has one of its own, of ``<column>=<value>``; a null has none. The
upper and the lower 64 bits are summed over all records. The digest is the SHA-256 of the canonical JSON of columns,
types, number of records and the two sums (as texts, upper first).

Sums make it independent of order, and the sums of a whole are those of its parts added up. It tells equal from
changed and is no protection against a forger (the files' SHA-256 are). A text repeated in many records is hashed
once by DuckDB: that is why texts stand apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts import kept
from contracts.engines.sql import quoted, text_literal

if TYPE_CHECKING:
    import duckdb

Typed = Sequence[tuple[str, str]]
"""Columns: names with DuckDB types."""

_CLOSED_TYPES = (
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
    "DATE",
    "TIME",
    "TIMESTAMP",
)
"""Types whose text never holds the separator."""


@dataclass(frozen=True)
class Sums:
    """What is summed over the records of a table, or of a part of it."""

    rows: int
    high: int
    low: int

    def digest(self, columns: Typed) -> str:
        """The digest of a table of these ``columns`` with these sums, in hex."""
        facts = {
            "columns": [list(c) for c in sorted(columns)],
            "rows": self.rows,
            "sums": [str(self.high), str(self.low)],
        }
        return kept.sha256_bytes(kept.canonical_json(facts))


def total(parts: Iterable[Sums]) -> Sums:
    """The sums of a whole from those of its parts."""
    found = list(parts)
    return Sums(sum(p.rows for p in found), sum(p.high for p in found), sum(p.low for p in found))


def record_number(columns: Typed) -> str:
    """SQL of one record's number, a UHUGEINT."""
    closed = [quoted(name) for name, kind in sorted(columns) if kind.split("(")[0] in _CLOSED_TYPES]
    parts = [f"md5_number(concat('|', {', '.join(f'{c}, {_BAR}' for c in closed)}))"] if closed else []
    for name, kind in sorted(columns):
        if kind.split("(")[0] not in _CLOSED_TYPES:
            text = quoted(name) if kind == "VARCHAR" else f"CAST({quoted(name)} AS VARCHAR)"
            parts.append(f"coalesce(md5_number({text_literal(f'{name}=')} || {text}), 0::UHUGEINT)")
    number = parts[0]
    for part in parts[1:]:
        number = f"xor({number}, {part})"
    return number


_BAR = "'|'"


def sums_of(number: str) -> str:
    """SQL of the two sums over records' ``number``: two columns."""
    return f"coalesce(sum(({number} >> 64)::UBIGINT), 0), coalesce(sum(({number} & 18446744073709551615)::UBIGINT), 0)"


def digest(connection: duckdb.DuckDBPyConnection, relation: str, columns: Typed) -> tuple[str, int]:
    """The digest of ``relation`` over ``columns``, and its number of records.

    Args:
        connection: Where ``relation`` can be read; its time zone is UTC.
        relation: SQL of a table, or a table function.
        columns: Names with DuckDB types.

    Returns:
        The SHA-256 in hex, and the number of records.
    """
    row = connection.execute(
        f"SELECT count(*), {sums_of('h')} FROM (SELECT {record_number(columns)} AS h FROM {relation})"
    ).fetchone()
    assert row is not None
    sums = Sums(*(int(value) for value in row))
    return sums.digest(columns), sums.rows


def mark_of(names: Sequence[str]) -> str:
    """SQL of a record's mark over ``names``, by DuckDB's own hash: ten times faster than its number.

    Good for telling whether two relations hold the same records. Another version of DuckDB may hash otherwise:
    where marks are kept, the version is kept beside them.
    """
    return f"hash({', '.join(quoted(n) for n in names)})"


def marks_of(mark: str) -> str:
    """SQL of the two sums over records' ``mark``: two columns, of 64 bits and more each."""
    return f"coalesce(sum({mark}), 0), coalesce(sum(hash({mark}, 1)), 0)"


def fingerprint(connection: duckdb.DuckDBPyConnection, relation: str, names: Sequence[str]) -> tuple[int, int, int]:
    """Number of records and the sums of their marks, to compare two relations on one connection."""
    row = connection.execute(
        f"SELECT count(*), {marks_of('m')} FROM (SELECT {mark_of(names)} AS m FROM {relation})"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])
