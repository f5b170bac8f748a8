"""Dagster's event log on SQLite with connections that stay open for the length of one run.

Dagster's own storage makes an engine and a connection anew for every event, thousands in one run; keeping
them takes two thirds of that time away. The files, tables and rows are Dagster's own: the web interface reads
them as ever.

Belongs here: that one saving. Does not belong here: what is stored, or where (``instance``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Engine

BUSY_SECONDS = 60
"""How long to wait while another process (the web interface) writes."""


@contextmanager
def open_connections(storage: Any) -> Iterator[None]:
    """Let ``storage`` keep its connections until the end of the block.

    Any other storage than Dagster's own SQLite files (an operator may have configured a server) is left as it is.
    """
    if type(storage) is not SqliteEventLogStorage:
        yield
        return
    log = _OpenLog(storage)
    names = {"_connect": log.connect, "has_table": log.has_table}
    for name, method in names.items():
        setattr(storage, name, method)
    try:
        yield
    finally:
        for name in names:
            delattr(storage, name)
        log.close()


class _OpenLog:
    """The engines of one storage, a file each."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        self._has_table = storage.has_table

    @contextmanager
    def connect(self, shard: str) -> Iterator[Connection]:
        """A transaction on one file, as the storage's own method gives it."""
        storage = self._storage
        with storage._db_lock:
            engine = self._engines.get(shard)
            if engine is None:
                address = storage.conn_string_for_shard(shard)
                engine = self._engines[shard] = create_engine(address, connect_args={"timeout": BUSY_SECONDS})
            if shard not in storage._initialized_dbs:
                storage._initdb(engine)
                storage._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; one that is there stays."""
        if table_name not in self._tables and self._has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def close(self) -> None:
        """Close every connection."""
        for engine in self._engines.values():
            engine.dispose()
