"""Which accepted records a newer delivery has taken the place of: a table per source that is merged by key.

Belongs here: making ``superseded__<source>`` in the warehouse before the models run. Does not belong here: reading
the records (``transforms/macros/raw.sql``), which deliveries are in force (``ingest.manifest``).

Shape: ``_delivery`` (which file, from 0, oldest first) and ``_record`` (the record's number in it). Only the keys that
came after the first delivery, usually the largest by far, are held in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from contracts import kept
from contracts.engines.sql import parquet, quoted, text_literal
from contracts.model import Contract, Delivery


def note(
    warehouse: Path,
    sources: Mapping[str, Contract],
    files: Mapping[str, Sequence[Path]],
    limits: Mapping[str, object],
) -> None:
    """Make the table of every source that is merged by key and has more than one delivery.

    Args:
        warehouse: The city's warehouse; nobody else has it open.
        sources: The contracts, by name.
        files: Accepted Parquet files by source, oldest first.
        limits: DuckDB's settings by name.
    """
    merged = {n: c for n, c in sources.items() if c.delivery is Delivery.UPSERT and len(files.get(n, ())) > 1}
    if not merged:
        return
    import duckdb

    kept.make_folder(warehouse.parent)
    with kept.step("note_superseded", warehouse), duckdb.connect(str(warehouse)) as connection:
        for name, value in limits.items():
            connection.execute(f"SET {name} = {text_literal(str(value))}")
        for name, contract in sorted(merged.items()):
            connection.execute(table(name, contract.primary_key, tuple(files[name])))


def table(source: str, key: Sequence[str], files: Sequence[Path]) -> str:
    """The SQL that makes one source's table; within one delivery a key is unique, as the door has checked."""
    keys = ", ".join(map(quoted, key))
    later = " UNION ALL ".join(
        f"SELECT {keys}, _record, {n} AS _delivery FROM {parquet([file])}" for n, file in enumerate(files) if n
    )
    return (
        f"CREATE OR REPLACE TABLE {quoted(f'superseded__{source}')} AS WITH later AS ({later}) "
        f"SELECT 0 AS _delivery, oldest._record FROM {parquet(files[:1])} AS oldest SEMI JOIN later USING ({keys}) "
        f"UNION ALL SELECT _delivery, _record FROM later "
        f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY _delivery DESC) > 1"
    )
