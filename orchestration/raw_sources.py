"""A city's sources in its warehouse: one view a source, over its accepted records, made before the models run.

Belongs here: ``raw__<source>``, by how newer deliveries relate to older ones. Does not belong here: which deliveries
are in force (``ingest.manifest``), which of their records were superseded (``superseded``), what a model calls
(``transforms/macros/raw.sql``).

Columns are the contract's, typed, and ``_record``, the record's number in its delivery.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from contracts.engines.sql import parquet, quoted
from contracts.model import Contract, Delivery
from orchestration import superseded

if TYPE_CHECKING:
    import duckdb

PREFIX: Final = "raw__"
"""Beginning of the name of a source's view."""


def make(
    connection: duckdb.DuckDBPyConnection, sources: Mapping[str, Contract], files: Mapping[str, Sequence[Path]]
) -> dict[str, str]:
    """Make the view of every source that has an accepted delivery, and remove that of every other.

    Args:
        connection: The city's warehouse.
        sources: The contracts, by name.
        files: Accepted Parquet files by source, oldest first.

    Returns:
        What the engine said of each source that it could not read; the models that call for one fail with it.
    """
    import duckdb

    unread: dict[str, str] = {}
    for name in sorted(sources):
        connection.execute(f"DROP VIEW IF EXISTS {quoted(PREFIX + name)}")
        if not files.get(name):
            continue
        try:
            superseded.note(connection, name, sources[name], files[name])
            query = accepted_records(name, sources[name].delivery, tuple(files[name]))
            connection.execute(f"CREATE VIEW {quoted(PREFIX + name)} AS {query}")
        except duckdb.Error as error:
            unread[name] = str(error)
    return unread


def accepted_records(source: str, delivery: Delivery, files: Sequence[Path]) -> str:
    """The SQL of one source's accepted records.

    snapshot: the newest delivery alone. append: all deliveries. upsert: per key the record of the newest delivery;
    which records a newer one has taken the place of stands in a table, since many models read the source, and each
    would else look for millions of keys anew.
    """
    if delivery is Delivery.SNAPSHOT or len(files) == 1:
        return f"SELECT * FROM {parquet(files[-1:])}"
    if delivery is Delivery.APPEND:
        return f"SELECT * FROM {parquet(files).removesuffix(')')}, union_by_name = true)"
    noted = quoted(superseded.PREFIX + source)
    older = [
        f"SELECT delivery.* FROM {parquet([file])} AS delivery ANTI JOIN ("
        f"SELECT _record FROM {noted} WHERE _delivery = {number}) AS superseded USING (_record)"
        for number, file in enumerate(files[:-1])
    ]
    return " UNION ALL BY NAME ".join([f"SELECT * FROM {parquet(files[-1:])}", *older])
