"""Dagster's own state: opened from ``var/dagster``, with telemetry off.

It is history for the UI, never evidence, and may be deleted: its SQLite files are written without waiting
for the disk. One run writes thousands of small events, and waiting for each took a third of the run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from sqlalchemy import event
from sqlalchemy.engine import Engine

from contracts import kept
from orchestration.settings import Settings

_CONFIG = b"telemetry:\n  enabled: false\n"


def _do_not_wait(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Open the instance, creating its folder and ``dagster.yaml`` where they are missing."""
    home = settings.dagster_home.absolute()
    kept.create_if_absent(home / "dagster.yaml", _CONFIG)
    event.listen(Engine, "connect", _do_not_wait)
    try:
        with dg.DagsterInstance.from_config(str(home)) as instance:
            yield instance
    finally:
        event.remove(Engine, "connect", _do_not_wait)
