"""One product's releases as one tier may see them: which are shown, which are closed, which is served.

Belongs here: sorting what was found. Does not belong here: finding it (``kept_releases``), deciding who sees a column
(``store``). Views are made when they are asked for: a list of a thousand products needs one release of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from catalog.kept_views import KeptReleaseView, Known, Reader, kept_time
from catalog.views import ClosedRelease, ReleaseView, Removed
from contracts.service_levels import Dating

Standing = Literal["served", "replaced", "taken back", "withdrawn"]


def standing_of(version: int, served: int | None) -> Standing:
    """How a version stands beside the one that is served."""
    if served is None:
        return "withdrawn"
    if version == served:
        return "served"
    return "taken back" if version > served else "replaced"


@dataclass(slots=True)
class Found:
    """A release that was found, how it stands, and whether every column of it may be seen."""

    known: Known
    standing: Standing
    removed: Removed | None
    reason: str
    is_open: bool


@dataclass
class Shelf:
    """The releases of one product, the newest first."""

    readers: Mapping[str, Reader]
    dating: Dating
    found: list[Found] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._view = cache(self._made)

    def _made(self, place: int) -> KeptReleaseView:
        one = self.found[place]
        return KeptReleaseView.later(
            one.known,
            self.readers,
            standing=one.standing,
            dating=self.dating,
            removed=one.removed,
            reason=one.reason,
        )

    @property
    def current(self) -> KeptReleaseView | None:
        """The release that is served, where it may be shown."""
        served = (i for i, one in enumerate(self.found) if one.is_open and one.standing == "served")
        return next((self._view(i) for i in served), None)

    @property
    def is_closed(self) -> bool:
        """Whether the release that is served may not be shown."""
        return any(one.standing == "served" and not one.is_open for one in self.found)

    @property
    def told(self) -> list[tuple[Any, ...]]:
        """How each release that may be shown stands."""
        return [(int(f.known.commit.version or 0), f.standing, f.removed, f.reason) for f in self.found if f.is_open]

    def releases(self) -> tuple[ReleaseView, ...]:
        """Those that may be shown."""
        return tuple(self._view(i) for i, one in enumerate(self.found) if one.is_open)

    def closed(self) -> tuple[ClosedRelease, ...]:
        """Those that no longer may."""
        return tuple(
            ClosedRelease(int(step.version or 0), kept_time(step.committed_at), served=one.standing == "served")
            for one in self.found
            if not one.is_open
            for step in (one.known.commit,)
        )
