"""What is fetched: an address that may be shown, and the raw bytes once they are kept.

Belongs here: the data that pass between a connector, the fetching and the landing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Location:
    """Where a delivery lies.

    ``shown`` may stand in manifests and messages: no user, password, token or query. ``url`` is what
    is opened. ``path`` is set for a file on this machine.
    """

    shown: str
    url: str
    path: Path | None


@dataclass(frozen=True)
class Fetched:
    """Raw bytes, kept. ``path`` is named by ``sha256``; ``size`` is in bytes."""

    path: Path
    sha256: str
    size: int
    fingerprint: str | None
