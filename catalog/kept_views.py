"""Views of products and releases whose parts are read when they are first asked for.

Belongs here: views that know what stands in memory and read the rest late. Does not belong here: finding and checking
releases (``kept_releases``), deciding what a tier may see (``store``), the shapes themselves (``views``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Any

from catalog.release_memory import Note, Shape
from catalog.views import Change, ClosedRelease, ColumnView, ProductView, ReleaseView, instant
from contracts.model import Contract
from contracts.release import Commit, KeptFile


@dataclass(slots=True)
class Known:
    """A release that was found and checked: where it stands, and what is known without opening it."""

    commit: Commit
    place: str
    note: Note
    shape: Shape


class KeptProductView(ProductView):
    """A product as its tier sees it; what is made of its contract or its files is worked out when first asked for."""

    _later: Mapping[str, Callable[[], Any]]

    @classmethod
    def later(cls, later: Mapping[str, Callable[[], Any]], **facts: Any) -> KeptProductView:
        """The view; ``later`` gives its ``columns``, ``contract``, ``releases``, ``closed`` and ``history``."""
        view = object.__new__(cls)
        view.__dict__.update(_DEFAULTS)
        view.__dict__.update(facts)
        view.__dict__["_later"] = later
        return view

    @cached_property
    def columns(self) -> tuple[ColumnView, ...]:
        """The columns that the tier may see."""
        found: tuple[ColumnView, ...] = self._later["columns"]()
        return found

    @cached_property
    def contract(self) -> Contract | None:
        """The contract, cut to what the tier may read."""
        found: Contract | None = self._later["contract"]()
        return found

    @cached_property
    def releases(self) -> tuple[ReleaseView, ...]:
        """The releases that may be shown, the newest first."""
        found: tuple[ReleaseView, ...] = self._later["releases"]()
        return found

    @cached_property
    def closed(self) -> tuple[ClosedRelease, ...]:
        """The releases that may no longer be shown."""
        found: tuple[ClosedRelease, ...] = self._later["closed"]()
        return found

    @cached_property
    def history(self) -> tuple[Change, ...]:
        """What happened, the newest first."""
        found: tuple[Change, ...] = self._later["history"]()
        return found


_LATE = frozenset({"columns", "contract", "releases", "closed", "history"})
_DEFAULTS = {f.name: f.default for f in fields(ProductView) if f.default is not MISSING and f.name not in _LATE}

Reader = Callable[["KeptReleaseView"], Any]
"""Reads one part of a release, of a view of it."""


class KeptReleaseView(ReleaseView):
    """A release as its tier sees it, whose manifest and reports are read when first asked for."""

    known: Known
    _readers: Mapping[str, Reader]

    @classmethod
    def later(cls, known: Known, readers: Mapping[str, Reader], **facts: Any) -> KeptReleaseView:
        """The view of what was found.

        ``readers`` give its ``release``, ``manifest``, ``quality``, ``lineage`` and ``downloads``, and whether its
        report is ``handed_on``.
        """
        view = object.__new__(cls)
        view.__dict__.update(facts, known=known, _readers=readers)
        return view

    def __getattr__(self, name: str) -> Any:
        if name == "published_at" and "known" in self.__dict__:
            value: Any = kept_time(self.known.commit.committed_at)
        else:
            readers = self.__dict__.get("_readers") or {}
            if name not in readers:
                raise AttributeError(name)
            value = readers[name](self)
        self.__dict__[name] = value
        return value

    def forget(self) -> None:
        """Let go of what was read: it is read again when asked for. Lists ask for the manifest of what is served."""
        for name in self.__dict__.get("_readers") or ():
            if self.standing != "served" or name in ("quality", "lineage"):
                self.__dict__.pop(name, None)

    @property
    def version(self) -> int:
        """Its number."""
        known = self.__dict__.get("known")
        return int(known.commit.version) if known else self.manifest.version

    @property
    def told_inputs(self) -> int:
        """How many of its inputs its tier may be told of."""
        read = self.__dict__.get("_readers", {}).get("told_inputs")
        return int(read(self)) if read else super().told_inputs

    @property
    def downloads(self) -> tuple[KeptFile, ...]:
        """Its data files, in the manifest's order."""
        read = self.__dict__.get("_readers", {}).get("downloads")
        found: tuple[KeptFile, ...] = read(self) if read else super().downloads
        return found

    @property
    def report_is_handed_on(self) -> bool:
        """Whether its kept report tells no more than the tier may know now."""
        return "handed_on" not in self.__dict__.get("_readers", ()) or bool(self.handed_on)

    @property
    def data_to(self) -> datetime | None:
        """The newest event time in the data."""
        return instant(self.data_to_written)

    @property
    def data_to_written(self) -> str | None:
        """The newest event time in the data, as the manifest writes it."""
        known = self.__dict__.get("known")
        return known.note.data_to if known else self.manifest.data_to

    @property
    def inputs(self) -> tuple[str, ...]:
        """What it was made from, by the names that the tier may know."""
        known = self.__dict__.get("known")
        return known.shape.inputs if known else super().inputs

    @property
    def as_of(self) -> datetime | None:
        """The run's as-of instant."""
        known = self.__dict__.get("known")
        return instant(known.note.as_of if known else self.manifest.as_of)


def kept_time(text: object) -> datetime:
    """A kept time that is always there, as naive UTC."""
    value = instant(text)
    assert value is not None, "kept times are never empty"
    return value
