"""Small tables of a contract's shape, for trying checks on.

Belongs here: an empty table with the contract's columns, and putting a few records into it. Does not
belong here: deciding which records (``mutations``), judging them (``scan``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from contracts.engines.sql import literal, quoted
from contracts.errors import InputError
from contracts.model import Contract, Place

if TYPE_CHECKING:
    import duckdb


def create_table(connection: duckdb.DuckDBPyConnection, contract: Contract, name: str | None = None) -> str:
    """Create an empty temporary table of the contract's columns; returns its quoted name.

    Raises:
        InputError: A column's physical type is not one DuckDB knows.
    """
    import duckdb

    table = quoted(name or contract.object.name)
    columns = ", ".join(f"{quoted(c.name)} {c.physical_type}" for c in contract.columns)
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
    except duckdb.Error as error:
        raise InputError(
            "a column's physical type is not one DuckDB knows",
            where=str(contract.object.place),
            found=str(error).splitlines()[0],
            expected="VARCHAR, BIGINT, DOUBLE, DECIMAL(p,s), BOOLEAN, DATE, TIMESTAMP, TIME",
        ) from error
    return table


def fill(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    records: Iterable[Mapping[str, Any]],
    place: Place,
    name: str | None = None,
) -> None:
    """Put ``records`` (column to value; absent columns are null) into the table of ``create_table``.

    Raises:
        InputError: A record names a column the contract lacks, or holds a value its column can't.
    """
    import duckdb

    known = [c.name for c in contract.columns]
    table = quoted(name or contract.object.name)
    for record in records:
        unknown = sorted(set(record) - set(known))
        if unknown:
            raise InputError(
                "a failing example names a column the contract does not have",
                where=str(place),
                found=", ".join(unknown),
                expected=", ".join(known),
            )
        try:
            values = ", ".join(literal(record.get(c)) for c in known)
            connection.execute(f"INSERT INTO {table} VALUES ({values})")
        except (duckdb.Error, TypeError) as error:
            raise InputError(
                "a failing example holds a value its column cannot",
                where=str(place),
                found=str(error).splitlines()[0],
                expected="values of the columns' types",
            ) from error
