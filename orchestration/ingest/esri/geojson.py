"""Esri's JSON into GeoJSON lines: a feature's attributes as they were sent, its geometry in degrees.

Belongs here: the forms of both, and the one projection that has a closed formula. Does not belong here: whose rings
belong together (``rings``), asking a server (``server``), and judging a shape (``readers``).

Source: Esri, "Geometry objects" (ArcGIS REST APIs, common data types): outer rings run clockwise, holes the other
way; ``hasZ`` and ``hasM`` tell what stands behind x and y; an empty point has ``"NaN"`` or null for x; rings,
paths and points may be empty. RFC 7946, 3.1.6: GeoJSON's outer rings run counterclockwise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from contracts.errors import OutsideError
from orchestration.ingest.esri.rings import Ring, group

DEGREES = frozenset({4326})
"""Reference systems, by well-known id, that are longitude and latitude on the globe of 1984."""
WEB_MERCATOR = frozenset({102100, 3857, 102113, 900913})
RADIUS = 6378137.0
"""Metres of the sphere that web maps are drawn on."""
STEEPEST = 700.0
"""Radii beyond which a place is as good as at the pole: larger numbers have no exponential."""
UNREAD = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What reading JSON raises that is none, is nested too deeply, or is not in UTF-8."""
EMPTY_NUMBERS = (b"null", b'"NaN"', b'""', b'"Infinity"', b'"-Infinity"')


class EsriFeature(msgspec.Struct):
    """One record of an answer."""

    attributes: msgspec.Raw = msgspec.Raw(b"{}")
    geometry: msgspec.Raw = msgspec.Raw(b"null")


class _Point(msgspec.Struct):
    x: msgspec.Raw = msgspec.Raw(b"null")
    y: msgspec.Raw = msgspec.Raw(b"null")
    z: msgspec.Raw = msgspec.Raw(b"null")
    m: msgspec.Raw = msgspec.Raw(b"null")


Numbers = list[list[float | str | None]]


class _Shape(msgspec.Struct, rename="camel"):
    points: Numbers | None = None
    paths: list[Numbers] | None = None
    rings: list[Numbers] | None = None
    curve_paths: Any = None
    curve_rings: Any = None
    has_z: bool | None = None
    has_m: bool | None = None


@dataclass
class Tally:
    """What was left out on the way, to be told.

    Attributes:
        measures: Shapes whose measures (M) were left out: GeoJSON has no place for them.
        empty: Geometries without a place, which became null.
    """

    measures: int = 0
    empty: int = 0


@dataclass(frozen=True)
class Drawing:
    """How the shapes of an answer are drawn.

    Attributes:
        wkid: The reference system's well-known id.
        has_z: Whether a third number is an elevation, where a shape does not say it itself.
        has_m: Whether the last number is a measure.
    """

    wkid: int | None
    has_z: bool = False
    has_m: bool = False

    @property
    def in_metres(self) -> bool:
        """Whether coordinates are web maps' metres."""
        return self.wkid in WEB_MERCATOR

    @property
    def known(self) -> bool:
        """Whether coordinates can be taken, or turned by a formula."""
        return self.wkid in DEGREES or self.in_metres


def drawing(reference: Mapping[str, Any] | None, *, has_z: bool = False, has_m: bool = False) -> Drawing:
    """The drawing of an answer with this ``spatialReference``; a newer id goes before the first one."""
    told = reference or {}
    for name in ("latestWkid", "wkid"):
        wkid = told.get(name)
        if isinstance(wkid, int) and (wkid in DEGREES or wkid in WEB_MERCATOR):
            return Drawing(wkid, has_z, has_m)
    wkid = told.get("wkid")
    return Drawing(wkid if isinstance(wkid, int) else None, has_z, has_m)


def on_one_line(raw: bytes) -> bytes:
    """``raw``, valid JSON, without line ends: they stand between tokens only."""
    return raw.translate(None, b"\r\n") if b"\n" in raw or b"\r" in raw else raw


def line(feature: EsriFeature, number: int | None, how: Drawing, tally: Tally) -> bytes:
    """A feature as a line of GeoJSON.

    Args:
        feature: As it was sent; its attributes go on byte for byte.
        number: Its object id, where it has one.
        how: How its geometry is drawn.
        tally: Counts what was left out.

    Raises:
        OutsideError: A geometry with curves, or one of no known form.
    """
    drawn = geometry(bytes(feature.geometry), how, tally)
    named = b"" if number is None else b'"id":%d,' % number
    return b'{"type":"Feature",%b"geometry":%b,"properties":%b}' % (
        named,
        drawn,
        on_one_line(bytes(feature.attributes)),
    )


def geometry(raw: bytes, how: Drawing, tally: Tally) -> bytes:
    """Esri's geometry as GeoJSON's; ``null`` where it is empty.

    Raises:
        OutsideError: A geometry with curves, or one of no known form.
    """
    if raw == b"null":
        return raw
    try:
        if b'"x"' in raw:
            drawn = _point(msgspec.json.decode(raw, type=_Point), how, tally)
        else:
            drawn = _shape(msgspec.json.decode(raw, type=_Shape), how, tally)
    except (*UNREAD, ValueError) as error:
        raise OutsideError(
            "a shape has no form that is known",
            found="a geometry with other members than a point, points, paths or rings",
            expected="Esri's JSON geometry",
            hint="open the layer's query page in a browser; leave geometryColumn out to do without shapes.",
        ) from error
    if drawn is None:
        tally.empty += 1
        return b"null"
    return drawn


def _point(point: _Point, how: Drawing, tally: Tally) -> bytes | None:
    x, y, z = bytes(point.x), bytes(point.y), bytes(point.z)
    if x in EMPTY_NUMBERS or y in EMPTY_NUMBERS:
        return None
    tally.measures += bytes(point.m) not in EMPTY_NUMBERS
    if how.in_metres:
        x, y = (b"%b" % repr(side).encode() for side in degrees(float(x), float(y)))
    up = b"" if z in EMPTY_NUMBERS else b"," + z
    return on_one_line(b'{"type":"Point","coordinates":[%b,%b%b]}' % (x, y, up))


def _shape(shape: _Shape, how: Drawing, tally: Tally) -> bytes | None:
    if shape.curve_paths is not None or shape.curve_rings is not None:
        raise OutsideError(
            "a shape is drawn with curves",
            found="curvePaths or curveRings",
            expected="straight lines: GeoJSON has no curves",
            hint="ask the publisher to publish the layer without true curves; or leave geometryColumn out.",
        )
    has_z = how.has_z if shape.has_z is None else shape.has_z
    has_m = how.has_m if shape.has_m is None else shape.has_m
    reader = _Positions(has_z, has_m, how.in_metres)
    kind, coordinates = _coordinates(shape, reader)
    if reader.holes or not coordinates:
        return None
    tally.measures += reader.measures
    return b'{"type":"%b","coordinates":%b}' % (kind, msgspec.json.encode(coordinates))


def _coordinates(shape: _Shape, reader: _Positions) -> tuple[bytes, Any]:
    if shape.points is not None:
        return b"MultiPoint", reader.read(shape.points)
    if shape.paths is not None:
        lines = [reader.read(path) for path in shape.paths if path]
        return (b"LineString", lines[0]) if len(lines) == 1 else (b"MultiLineString", lines)
    if shape.rings is not None:
        areas = group([reader.read(ring) for ring in shape.rings if ring]) if not reader.holes else []
        return (b"Polygon", areas[0]) if len(areas) == 1 else (b"MultiPolygon", areas)
    return b"", None


@dataclass
class _Positions:
    """Reads positions. ``holes``: whether one had no place; ``measures``: whether one had a measure."""

    has_z: bool
    has_m: bool
    in_metres: bool
    holes: bool = False
    measures: bool = False

    def read(self, numbers: Numbers) -> Ring:
        """Positions in degrees, with elevations and without measures."""
        found: Ring = []
        for position in numbers:
            x, y = (position[0], position[1]) if len(position) > 1 else (None, None)
            if not isinstance(x, float) or not isinstance(y, float):
                self.holes = True
                continue
            if self.in_metres:
                x, y = degrees(x, y)
            up = position[2] if self.has_z and len(position) > 2 else None
            self.measures |= self.has_m and isinstance(position[-1], float) and len(position) > 2 + self.has_z
            found.append([x, y, up] if isinstance(up, float) else [x, y])
        return found


def degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a place in web maps' metres.

    Units: metres to degrees. Source: IOGP, Guidance Note 7-2, "Popular Visualisation Pseudo Mercator", reverse.
    """
    latitude = 2 * math.atan(math.exp(min(y / RADIUS, STEEPEST))) - math.pi / 2
    return math.degrees(x / RADIUS), math.degrees(latitude)
