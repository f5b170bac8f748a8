"""Shapes as Esri writes them, and in other coordinate systems than longitude and latitude.

Belongs here: GeoJSON to Esri JSON, projecting. Does not belong here: reading Esri JSON (that is a client's work).

Source: "Geometry objects" of the ArcGIS REST API: a polygon's rings lie in one list, outer ones clockwise, holes
counter-clockwise. EPSG 3857: a sphere of radius 6,378,137 m.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

WGS84 = 4326
WEB_MERCATOR = 3857
LATEST = {102100: 3857, 102113: 3857, 102718: 2263, 102685: 2248}
"""Esri's own numbers, by the number that EPSG has for the same system."""
RADIUS = 6_378_137.0
ESRI_KINDS = {
    "Point": "esriGeometryPoint",
    "MultiPoint": "esriGeometryMultipoint",
    "LineString": "esriGeometryPolyline",
    "MultiLineString": "esriGeometryPolyline",
    "Polygon": "esriGeometryPolygon",
    "MultiPolygon": "esriGeometryPolygon",
}


def reference(wkid: int) -> dict[str, int]:
    """A spatial reference as Esri writes it."""
    return {"wkid": wkid, "latestWkid": LATEST.get(wkid, wkid)}


def epsg(wkid: int) -> int:
    """EPSG's number of a coordinate system."""
    return LATEST.get(wkid, wkid)


def project(shapes: Sequence[Any], wkid: int) -> list[Any]:
    """GeoJSON geometries from longitude and latitude into another system; EPSG 3857 by its formula, others by PROJ."""
    to = epsg(wkid)
    if to == WGS84:
        return list(shapes)
    if to == WEB_MERCATOR:
        return [None if s is None else {**s, "coordinates": _mercator(s["coordinates"])} for s in shapes]
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("load spatial")
        sql = "select ST_AsGeoJSON(ST_Transform(ST_GeomFromGeoJSON(?), 'EPSG:4326', ?, always_xy := true))"
        found = [s and connection.execute(sql, [json.dumps(s), f"EPSG:{to}"]).fetchone() for s in shapes]
    return [row and json.loads(row[0]) for row in found]


def _mercator(point: Any) -> Any:
    if not isinstance(point[0], int | float):
        return [_mercator(one) for one in point]
    x = RADIUS * math.radians(point[0])
    y = RADIUS * math.log(math.tan(math.pi / 4 + math.radians(point[1]) / 2))
    return [x, y, *point[2:]]


def as_esri(shape: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A GeoJSON geometry as Esri JSON."""
    if shape is None:
        return None
    at = shape["coordinates"]
    match shape["type"]:
        case "Point":
            return {"x": at[0], "y": at[1]}
        case "MultiPoint":
            return {"points": at}
        case "LineString":
            return {"paths": [at]}
        case "MultiLineString":
            return {"paths": at}
        case "Polygon":
            return {"rings": _rings([at])}
        case "MultiPolygon":
            return {"rings": _rings(at)}
    raise ValueError(f"Esri has no {shape['type']}")


def _rings(polygons: Sequence[Any]) -> list[Any]:
    return [
        ring if (_area(ring) < 0) == (place == 0) else ring[::-1]
        for polygon in polygons
        for place, ring in enumerate(polygon)
    ]


def _area(ring: Sequence[Sequence[float]]) -> float:
    """Twice the signed area: positive where the ring turns counter-clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def extent(shapes: Sequence[Mapping[str, Any] | None]) -> dict[str, float]:
    """The smallest box around all shapes."""
    xs: list[float] = []
    ys: list[float] = []

    def collect(point: Any) -> None:
        if isinstance(point[0], int | float):
            xs.append(point[0])
            ys.append(point[1])
        else:
            for one in point:
                collect(one)

    for shape in shapes:
        if shape is not None:
            collect(shape["coordinates"])
    return {"xmin": min(xs), "ymin": min(ys), "xmax": max(xs), "ymax": max(ys)} if xs else {}
