"""New York's real rows as its portals hold them: service requests on Socrata, boroughs on ArcGIS.

Belongs here: which files of the shared data they come from and how a CSV export is said anew in SODA's words. Does
not belong here: which data sets the city's portals have (``nyc``).

The recorded SODA answer (1,000 requests of November 2012) is served as it was recorded. The exports of the portal's
own CSV form are said anew as ``tables.csv_table(..., soda_names=True)`` does: ``Created Date`` becomes
``created_date``, ``06/26/2018 10:58:54 AM`` becomes ``2018-06-26T10:58:54.000``, an empty field becomes a missing
key, ``(40.69, -73.84)`` becomes a GeoJSON point; every other text stays as it is.
"""

from __future__ import annotations

from pathlib import Path

from tests.portals.arcgis import ArcgisLayer
from tests.portals.rows import Table
from tests.portals.tables import csv_table, geojson_table, json_table

REQUEST_TYPES = {
    "created_date": "timestamp",
    "closed_date": "timestamp",
    "due_date": "timestamp",
    "resolution_action_updated_date": "timestamp",
    "x_coordinate_state_plane": "number",
    "y_coordinate_state_plane": "number",
    "latitude": "number",
    "longitude": "number",
    "location": "geometry",
}
"""Types of the columns of 311 Service Requests, as its metadata on NYC Open Data tells; the others are text."""


def recorded_requests(data: Path) -> Table:
    """The 1,000 requests of the recorded SODA answer of fhrw-4uyv."""
    return json_table(data / "311/nyc/soda_fhrw-4uyv_1000.json", types=REQUEST_TYPES)


def exported_requests(data: Path, name: str = "311_service_requests_2018_sample.csv") -> Table:
    """A CSV export of the portal under ``311/nyc``, in SODA's words."""
    return csv_table(data / "311/nyc" / name, types=REQUEST_TYPES, soda_names=True)


def boroughs(data: Path) -> ArcgisLayer:
    """The five boroughs as a hosted layer, as the planning department serves them: in Web Mercator."""
    table = geojson_table(
        data / "boundaries/nyc/boroughs.geojson",
        types={"boro_code": "integer", "shape_area": "number", "shape_leng": "number"},
    )
    path = "rest/services/NYC_Borough_Boundary/FeatureServer/0"
    return ArcgisLayer(path, "NYC_Borough_Boundary", table, key="boro_code", wkid=102100)
