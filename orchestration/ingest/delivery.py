"""What is fetched: an address that may be shown, and the raw bytes once they are kept.

Belongs here: the data that pass between a connector, the fetching and the landing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Stream(Protocol):
    """What a connector opens: bytes to be read into a buffer of one's own."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill ``buffer`` from its beginning; returns the number of bytes, 0 at the end."""


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
