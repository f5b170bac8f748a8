"""A layer of an ArcGIS server: what it holds, and which of the ways of older and newer servers it has.

Belongs here: the layer and its shapes in any coordinate system. Does not belong here: answering (``arcgis``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from tests.portals.geometry import WGS84, epsg, project
from tests.portals.rows import Dataset, Row


@dataclass
class ArcgisLayer(Dataset):
    """A layer; ``id`` is its path below the portal, such as ``rest/services/Boroughs/FeatureServer/0``.

    The shape stands in the first column of type ``geometry``; a table without one is a table.

    Attributes:
        oid: The field of the object id, which the server gives.
        wkid: The layer's own coordinate system, as Esri numbers it; the rows are in longitude and latitude.
        most: ``maxRecordCount``.
        paging: ``yes``; ``no``: it says that it can't, and an offset is an error; ``silent``: it says that it
            can't, and an offset is not even looked at, so that the first page comes again.
        counts: False: ``returnCountOnly`` is not looked at.
        ids: False: ``returnIdsOnly`` is not looked at.
        statistics: False: ``outStatistics`` is an error.
        geojson: False: the server is too old for ``f=geojson``.
        edited: The field of the last change that the server keeps itself, in milliseconds; None keeps none.
    """

    oid: str = "OBJECTID"
    wkid: int = WGS84
    most: int = 2_000
    paging: str = "yes"
    counts: bool = True
    ids: bool = True
    statistics: bool = True
    geojson: bool = True
    edited: str | None = None
    version: float = 10.81

    @property
    def service(self) -> str:
        """The service's path, such as ``rest/services/Boroughs/FeatureServer``."""
        return self.id.strip("/").rpartition("/")[0]

    @property
    def number(self) -> int:
        """The layer's number in its service."""
        return int(self.id.rpartition("/")[2])

    @cached_property
    def shape(self) -> str | None:
        """The column of the shape."""
        return next((c.name for c in self.columns if c.type == "geometry"), None)

    @cached_property
    def projected(self) -> dict[tuple[int, int, datetime], Any]:
        """Shapes by coordinate system and row: each is computed once."""
        return {}

    def shapes(self, rows: Sequence[Row], wkid: int) -> list[Any]:
        """The rows' shapes in a coordinate system."""
        if self.shape is None:
            return [None for _ in rows]
        system = epsg(wkid)
        new = [row for row in rows if (system, row.number, row.updated_at) not in self.projected]
        for row, shape in zip(new, project([r.values.get(self.shape) for r in new], wkid), strict=True):
            self.projected[system, row.number, row.updated_at] = shape
        return [self.projected[system, row.number, row.updated_at] for row in rows]
