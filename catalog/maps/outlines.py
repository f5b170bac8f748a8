"""Outlines of areas for a map of a page's size, from a release's own GeoJSON.

Belongs here: projecting, simplifying and finding where words fit. Does not belong here: which release, figures,
drawing. Only released files are read, so that a map shows no boundary that its tier may not download.

Neighbours keep one line between them: DuckDB's spatial extension simplifies all areas as one coverage (GEOS), and
corners are rounded to the same grid for both sides. Source: https://postgis.net/docs/ST_CoverageSimplify.html, whose
GEOS function DuckDB's of the same name calls.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.views import ReleaseView
from contracts.engines.spatial import spatial_extension
from contracts.engines.sql import text_literal
from contracts.errors import ArtefactError

if TYPE_CHECKING:
    import duckdb

MOST_AREAS = 400
"""More areas than this are no longer seen on a page."""

HEAVIEST = 24_000
"""Bytes that all outlines of a map may have together."""

WIDE = 470.0
HIGH = 440.0
"""The field that outlines are fitted into, in units of the wide form of a drawing."""

PER_UNIT = 4
"""Steps of the grid, for each of those units, that corners are rounded to."""

_TOLERANCES = (0.3, 0.45, 0.7, 1.0, 1.5, 2.2, 3.3, 5.0)
"""How far a line may leave its true place, in the same units: the first under which outlines are light enough."""

Ring = list[tuple[int, int]]


@dataclass(frozen=True)
class Outline:
    """One area: its id and name; its path, and middle and radius of the largest circle in it, in steps of the grid."""

    area: str
    name: str
    path: str
    middle: tuple[float, float]
    room: float


@dataclass(frozen=True)
class Outlines:
    """All areas of a release, in a field of ``width`` and ``height`` steps of the grid."""

    width: float
    height: float
    areas: tuple[Outline, ...]


@dataclass(frozen=True)
class _Shape:
    area: str
    name: str
    geometry: Any

    @classmethod
    def of(cls, facts: Mapping[str, Any], key: str, name: str, geometry: Any) -> _Shape:
        area = str(facts[key])
        return cls(area, str(facts.get(name) or area), geometry)


def boundary_file(release: ReleaseView) -> str | None:
    """The name of the file that holds a release's geometry; None where it has none."""
    return next((f.path for f in release.downloads if f.path.endswith(".geojson")), None)


def outlines(release: ReleaseView, key: str, name: str) -> Outlines | None:
    """The outlines of a release's areas; None where it has none that can be drawn.

    Args:
        release: One whose files may be downloaded.
        key: The column that tells its areas apart.
        name: The column that names them, if it has it.

    Raises:
        ArtefactError: The file is missing, altered, or not GeoJSON as releases have it.
    """
    file = boundary_file(release)
    if file is None or not 0 < release.manifest.rows <= MOST_AREAS:
        return None
    sha256 = next(f.sha256 for f in release.manifest.files if f.path == file)
    return _outlines(release.release.local(file), sha256, key, name)


@lru_cache(maxsize=4)
def _outlines(path: Path, sha256: str, key: str, name: str) -> Outlines | None:
    """As ``outlines``; remembered for as long as the file is the same (``sha256``)."""
    try:
        features = json.loads(path.read_bytes())["features"]
        shapes = [_Shape.of(f["properties"], key, name, f["geometry"]) for f in features if f["geometry"] is not None]
    except (ValueError, KeyError, TypeError) as error:
        raise ArtefactError(
            "a released GeoJSON file cannot be read",
            where=str(path),
            found=f"{type(error).__name__} in the file with sha256 {sha256[:12]}",
            expected=f"a FeatureCollection whose features have the property {key}",
            hint="cauce audit verify",
        ) from error
    return _drawn(shapes) if shapes else None


def _drawn(shapes: Sequence[_Shape]) -> Outlines | None:
    """Fit the shapes into the field; None where even the coarsest outlines are too heavy, or nothing has an extent."""
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": 1})
    try:
        connection.execute(f"LOAD {text_literal(spatial_extension())}")
        connection.execute("CREATE TABLE shapes (place INTEGER, shape GEOMETRY)")
        connection.executemany(
            "INSERT INTO shapes SELECT ?, ST_GeomFromGeoJSON(?)",
            [[place, json.dumps(shape.geometry)] for place, shape in enumerate(shapes)],
        )
        extent = _project(connection)
        if extent is None:
            return None
        for tolerance in _TOLERANCES:
            found = _simplified(connection, tolerance, shapes)
            if sum(len(outline.path) for outline in found) <= HEAVIEST:
                return Outlines(extent[0] * PER_UNIT, extent[1] * PER_UNIT, found)
    finally:
        connection.close()
    return None


def _project(connection: duckdb.DuckDBPyConnection) -> tuple[float, float] | None:
    """Put the shapes on a plane that is true in the middle of the city, and fit them into the field.

    A degree of longitude is as long as the cosine of the latitude says; over a city the error is below what is drawn.
    """
    row = connection.execute(
        "SELECT min(ST_XMin(shape)), max(ST_XMax(shape)), min(ST_YMin(shape)), max(ST_YMax(shape)) FROM shapes"
    ).fetchone()
    if row is None or None in row:
        return None
    west, east, south, north = row
    narrowing = math.cos(math.radians((south + north) / 2))
    wide, high = (east - west) * narrowing, north - south
    if wide <= 0 or high <= 0:
        return None
    scale = min(WIDE / wide, HIGH / high)
    connection.execute(
        "UPDATE shapes SET shape = ST_Affine(shape, ?, 0, 0, ?, ?, ?)",
        [narrowing * scale, -scale, -west * narrowing * scale, north * scale],
    )
    edges = connection.execute(
        "SELECT ST_CoverageInvalidEdges(list(shape ORDER BY place)) IS NOT NULL FROM shapes"
    ).fetchone()
    if edges is not None and edges[0]:
        _replace(connection, "ST_CoverageClean(list(shape ORDER BY place))")
    return wide * scale, high * scale


def _replace(connection: duckdb.DuckDBPyConnection, expression: str, into: str = "shapes") -> None:
    """Put the parts of a collection that ``expression`` makes of all shapes in the place of the shapes."""
    connection.execute(
        f"CREATE OR REPLACE TABLE {into} AS WITH parts AS (SELECT unnest(ST_Dump({expression})) AS part FROM shapes) "
        "SELECT part.path[1] - 1 AS place, ST_Collect(list(part.geom ORDER BY part.path)) AS shape "
        "FROM parts GROUP BY ALL"
    )


def _simplified(
    connection: duckdb.DuckDBPyConnection, tolerance: float, shapes: Sequence[_Shape]
) -> tuple[Outline, ...]:
    """All areas with lines no farther than ``tolerance`` from their true place."""
    _replace(connection, f"ST_CoverageSimplify(list(shape ORDER BY place), {tolerance})", "simple")
    rows = connection.execute(
        "SELECT place, ST_AsGeoJSON(shape), ST_X(circle.center), ST_Y(circle.center), circle.radius "
        "FROM (SELECT *, ST_MaximumInscribedCircle(shape) AS circle FROM simple) ORDER BY place"
    ).fetchall()
    return tuple(
        Outline(
            area=shapes[place].area,
            name=shapes[place].name,
            path=_path(json.loads(shape)),
            middle=(x * PER_UNIT, y * PER_UNIT),
            room=radius * PER_UNIT,
        )
        for place, shape, x, y, radius in rows
    )


def _path(shape: dict[str, Any]) -> str:
    """A shape as the ``d`` of a path, from corner to corner of the grid.

    Islets that would not cover half a unit are left out, but never an area's largest part.
    """
    polygons = sorted((rings for rings in _polygons(shape)), key=lambda rings: -_extent(rings[0]))
    shown = [rings for n, rings in enumerate(polygons) if n == 0 or _extent(rings[0]) >= PER_UNIT**2 / 2]
    return "".join(_ring(ring) for rings in shown for ring in rings if len(ring) > 2)


def _polygons(shape: dict[str, Any]) -> Iterator[list[Ring]]:
    if shape["type"] == "GeometryCollection":
        for part in shape["geometries"]:
            yield from _polygons(part)
    elif shape["type"] == "MultiPolygon":
        yield from (_gridded(rings) for rings in shape["coordinates"])
    elif shape["type"] == "Polygon":
        yield _gridded(shape["coordinates"])


def _gridded(rings: Sequence[Sequence[Sequence[float]]]) -> list[Ring]:
    """Rings on the grid, without their last corner (it is the first) and without steps of no length."""
    found: list[Ring] = []
    for ring in rings:
        corners: Ring = []
        for x, y in ring[:-1]:
            corner = (round(x * PER_UNIT), round(y * PER_UNIT))
            if not corners or corner != corners[-1]:
                corners.append(corner)
        found.append(corners)
    return found


def _extent(ring: Ring) -> float:
    """The area that a ring encloses."""
    ends = zip(ring, [*ring[1:], *ring[:1]], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in ends)) / 2


def _ring(ring: Ring) -> str:
    (x, y), said = ring[0], []
    for right, down in ring[1:]:
        said.append(f"{right - x} {down - y}")
        x, y = right, down
    return f"M{ring[0][0]} {ring[0][1]}l{' '.join(said).replace(' -', '-')}z"
