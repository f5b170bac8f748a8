"""Which accepted records a newer delivery has taken the place of: a table per source that is merged by key.

Belongs here: making ``superseded__<source>`` in the warehouse before the models run. Does not belong here: reading
the records (``raw_sources``), which deliveries are in force (``ingest.manifest``).

Shape: ``_delivery`` (which file, from 0, oldest first) and ``_record`` (the record's number in it). Only the keys that
came after the first delivery, usually the largest by far, are held in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from contracts.engines.sql import parquet, quoted
from contracts.model import Contract, Delivery

if TYPE_CHECKING:
    import duckdb

PREFIX: Final = "superseded__"
"""Beginning of the name of a source's table."""


def note(connection: duckdb.DuckDBPyConnection, source: str, contract: Contract, files: Sequence[Path]) -> None:
    """Make the source's table, if it is merged by key and has more than one delivery.

    Args:
        connection: The city's warehouse.
        source: Its name.
        contract: Its contract.
        files: Its accepted Parquet files, oldest first.
    """
    if contract.delivery is Delivery.UPSERT and len(files) > 1:
        connection.execute(table(source, contract.primary_key, tuple(files)))


def table(source: str, key: Sequence[str], files: Sequence[Path]) -> str:
    """The SQL that makes one source's table; within one delivery a key is unique, as the door has checked."""
    keys = ", ".join(map(quoted, key))
    later = " UNION ALL ".join(
        f"SELECT {keys}, _record, {n} AS _delivery FROM {parquet([file])}" for n, file in enumerate(files) if n
    )
    return (
        f"CREATE OR REPLACE TABLE {quoted(PREFIX + source)} AS WITH later AS ({later}) "
        f"SELECT 0 AS _delivery, oldest._record FROM {parquet(files[:1])} AS oldest SEMI JOIN later USING ({keys}) "
        f"UNION ALL SELECT _delivery, _record FROM later "
        f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY _delivery DESC) > 1"
    )
