"""Dagster's own folder, ``var/dagster``: its one configuration, for the command, the interface and the schedules.

Belongs here: what stands in ``dagster.yaml``. Telemetry is off. What a step prints is not captured: a library may
print a record, and capturing costs two more processes a step. Does not belong here: opening it (``defs.instance``).
The folder is history for the interface, never evidence: it may be deleted.
"""

from __future__ import annotations

from pathlib import Path

from contracts import kept
from orchestration.settings import Settings

CONFIG = b"""\
# Written by cauce; yours to change: it is written again only while it says what cauce wrote.
telemetry:
  enabled: false
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""
EARLIER = (b"telemetry:\n  enabled: false\n",)
"""What was written before; replaced, since nobody changed it."""


def prepare(settings: Settings) -> Path:
    """The folder, with its configuration in place.

    Raises:
        OutsideError: The disk refused.
    """
    home = settings.dagster_home.absolute()
    path = home / "dagster.yaml"
    if not kept.create_if_absent(path, CONFIG) and path.read_bytes() in EARLIER:
        kept.replace(path, CONFIG)
    return home
