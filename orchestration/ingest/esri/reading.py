"""One reading of a layer: what is asked for, the journal it goes into, and what went wrong with it.

Belongs here: the state that all ways of reading share. Does not belong here: the ways (``ways``, ``ids``, ``ranges``),
and the forms of requests and answers (``answer``, ``server``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestration.ingest.esri.answer import Page, ServerSaid
from orchestration.ingest.esri.layer import Layer
from orchestration.ingest.esri.server import LayerAt
from orchestration.ingest.web.pages import Pages

PAGE_OF_OLD_SERVERS = 500
"""Records in an answer of a server that does not say how many it gives (before 10.1)."""


class Otherwise(Exception):
    """The server cannot be read this way."""


class Changed(Exception):
    """The layer changed while it was read."""


@dataclass
class Reading:
    """One reading of a layer.

    Attributes:
        at: The layer, and how it is asked.
        layer: What it says of itself.
        where: Which records.
        count: How many the server says there are; None where it does not count.
        shapes: Whether the geometry is asked for.
        pages: The journal.
        tell: Called with how far it is.
        size: Records asked for at a time.
        watch: Called with the lines of each page before it is kept; what it gives stands in the journal's state.
        geojson: Whether the server is asked to write GeoJSON.
        full: The size where the server does not break down over it.
        declared: How many the server said there are, once all was read.
    """

    at: LayerAt
    layer: Layer
    where: str
    count: int | None
    shapes: bool
    pages: Pages
    tell: Callable[[str], None]
    size: int
    watch: Callable[[Sequence[bytes]], Mapping[str, Any]]
    geojson: bool = field(init=False)
    full: int = field(init=False)
    declared: int | None = field(init=False)

    def __post_init__(self) -> None:
        self.geojson = bool(self.pages.state.get("geojson", self.layer.geojson))
        self.full = self.size
        self.size = int(self.pages.state.get("size", self.size))
        self.declared = self.count

    @property
    def number(self) -> str:
        """The field of the object id."""
        return str(self.layer.number)

    @property
    def most(self) -> int:
        """Records that an answer holds at most, as far as is known."""
        return self.layer.most or PAGE_OF_OLD_SERVERS

    def keep(self, page: Page, way: str, **state: Any) -> None:
        """Keep a page.

        Args:
            page: Its records.
            way: The way it came.
            **state: Where to go on behind it.

        Raises:
            OutsideError: It is more than is taken, or the disk refused.
        """
        more = self.watch(page.lines)
        self.pages.add(page.lines, {"way": way, "size": self.size, "geojson": self.geojson, **state, **more})
        of = f" of {self.declared:,}" if self.declared is not None else ""
        self.tell(f"{self.pages.records:,}{of} records of {self.at.shown}")

    def page(self, query: Sequence[tuple[str, str]]) -> Page:
        """One answer; in Esri's own form where the server fails to write GeoJSON.

        Raises:
            ServerSaid: The server sent an error.
            OutsideError: It can't be asked, or its answer can't be taken.
        """
        try:
            return self.at.page(self.layer, query, geojson=self.geojson, shapes=self.shapes)
        except ServerSaid:
            if not self.geojson or self.pages.pages:
                raise
        page = self.at.page(self.layer, query, geojson=False, shapes=self.shapes)
        self.geojson = False
        return page
