"""Fetches that are not whole yet: how far each came, and that nobody goes on with an old one for ever.

Belongs here: looking at their folders from outside. Does not belong here: what stands in them (``pages``, ``partial``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts import kept
from contracts.home import CityHome
from orchestration.ingest.manifest import unfinished_folder

AGE = timedelta(days=1)
"""How long what came so far is gone on with: by then the portal's records are others."""


@dataclass(frozen=True)
class Begun:
    """A fetch that is not whole: of which source, how many bytes came, and when the last of them."""

    source: str
    folder: Path
    size: int
    at: datetime

    @property
    def sentence(self) -> str:
        """For people."""
        came = f"{self.size / 1e6:,.1f} MB" if self.size >= 1e5 else f"{self.size:,} bytes"
        return f"a fetch of {self.source}, of which {came} came until {self.at:%Y-%m-%d %H:%M} UTC"


def begun(home: CityHome) -> Iterator[Begun]:
    """Every fetch of a city that is not whole yet, by source."""
    sources = sorted(p.name for p in home.raw.iterdir() if p.is_dir()) if home.raw.is_dir() else []
    for source in sources:
        folder = unfinished_folder(home, source)
        files = [p.stat() for p in sorted(folder.iterdir()) if p.is_file()] if folder.is_dir() else []
        if files:
            newest = max(one.st_mtime for one in files)
            yield Begun(source, folder, max(f.st_size for f in files), datetime.fromtimestamp(newest, UTC))


def forget_old(home: CityHome, now: datetime) -> Iterator[Begun]:
    """Remove the fetches that nobody will go on with; returns them.

    Args:
        home: The city's state.
        now: The time by the clock of this machine, as times of files are.

    Raises:
        OutsideError: The disk refused.
    """
    for one in begun(home):
        if now - one.at >= AGE:
            kept.remove(one.folder)
            yield one
