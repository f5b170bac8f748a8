"""Room on the disk: how much is left, and how much a run needs, by what the last ones took up.

Belongs here: the two figures and the sentence about them. Does not belong here: what a full disk does to a
write (``contracts.kept``).
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.errors import OutsideError
from contracts.home import CityHome
from orchestration import history, logs

TIMES = 3
"""A run is warned of where less than this many times the need of the last ones is free."""
LOOKED_AT = 10
"""Runs whose need is looked at: the greatest counts, since a run with nothing to do needs next to nothing."""
LEAST = 4 * 1024**2
"""Below this nothing is begun: not even a refusal could be written down."""


@dataclass(frozen=True)
class Space:
    """Bytes free where the city's state stands, and bytes that a run needs (None where no run is on record)."""

    free: int
    needed: int | None

    @property
    def is_short(self) -> bool:
        """Whether a warning is due."""
        return self.free < LEAST or (self.needed is not None and self.free < TIMES * self.needed)

    @property
    def sentence(self) -> str:
        """``512.0 MB are free; the last runs needed up to 300.0 MB``."""
        need = "" if self.needed is None else f"; the last runs needed up to {in_words(self.needed)}"
        return f"{in_words(self.free)} are free on the disk{need}"


def space(home: CityHome) -> Space:
    """What is free, and what the last runs in the logs needed at most."""
    ends = [run.end for run in history.logged(home, LOOKED_AT)]
    needs = [int(end["need_bytes"]) for end in ends if end and "need_bytes" in end]
    return Space(logs.free_bytes(home.root), max(needs, default=None))


def must_have_room(home: CityHome) -> Space:
    """The space there is, if there is any to speak of.

    Raises:
        OutsideError: Next to nothing is free.
    """
    found = space(home)
    if found.free < LEAST:
        raise OutsideError(
            "there is no room on the disk to begin",
            where=str(home.root),
            found=f"{in_words(found.free)} free",
            expected=f"{in_words(max(LEAST, TIMES * (found.needed or 0)))} or more",
            hint="free space on that disk, or set CAUCE_HOME to another; nothing was touched.",
            retry=True,
        )
    return found


def in_words(size: int) -> str:
    """``1.5 GB``: a size as people say it."""
    for unit, length in (("TB", 1000**4), ("GB", 1000**3), ("MB", 1000**2)):
        if size >= length:
            return f"{size / length:.1f} {unit}"
    return f"{size / 1000:.0f} kB"
