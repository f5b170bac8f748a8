"""Asking web servers: every address checked at every hop, every body capped, every failure told.

Belongs here: one request and its retries. Does not belong here: pages (``pages``), records (``records``), any protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.model import EMPTY
from orchestration.ingest.delivery import Stream

MIB = 1 << 20


@dataclass(frozen=True)
class Answer:
    """What a server answered at last. ``headers`` have lower-case names; ``shown`` is the address without its query."""

    status: int
    headers: Mapping[str, str]
    shown: str
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            OutsideError: It is none: an HTML page, or cut off.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Opened:
    """An answer whose body is still to be read: ``stream`` gives it unpacked, within the caps."""

    status: int
    headers: Mapping[str, str]
    shown: str
    stream: Stream


class Web:
    """The process's one way to web servers."""

    def __init__(self, folder: Path, portals: Sequence[tuple[str, str]], pace: float) -> None:
        self.folder, self.portals, self.pace = folder, tuple(portals), pace

    def get(
        self,
        url: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] = EMPTY,
        most: int = 64 * MIB,
    ) -> Answer:
        """Ask for a small body, whole."""
        raise NotImplementedError

    @contextmanager
    def open(self, url: str, *, headers: Mapping[str, str] = EMPTY, most: int) -> Iterator[Opened]:
        """Ask for a large body, as a stream."""
        raise NotImplementedError
        yield
