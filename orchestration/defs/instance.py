"""Dagster's own state: opened from ``var/dagster``, with telemetry off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from contracts import kept
from orchestration.settings import Settings

_CONFIG = b"telemetry:\n  enabled: false\n"


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Open the instance, creating its folder and ``dagster.yaml`` where they are missing."""
    home = settings.dagster_home.absolute()
    kept.create_if_absent(home / "dagster.yaml", _CONFIG)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance
