"""Baltimore's portal: a table of an ArcGIS service, its times in milliseconds.

The file is an export with New York times; the layer holds moments. An hour that the clocks have twice is taken as its
first. What the former portal added (``GeoLocation``, its computed regions, ``DaysOpen``) the layer does not have.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.portals.arcgis import ArcgisLayer, ArcgisPortal
from tests.portals.rows import Table
from tests.portals.serving import Portal
from tests.portals.tables import csv_table

LAYER = "rest/services/311_Customer_Service_Requests_Yearly/FeatureServer/4"
TIMES = ("CreatedDate", "StatusDate", "DueDate", "CloseDate", "LastActivityDate")
ADDED = ("GeoLocation", "2010 Census Wards Precincts", "2010 Census Neighborhoods", "Zip Codes", "DaysOpen")
ZONE = ZoneInfo("America/New_York")


def portals(data: Path) -> dict[str, Portal]:
    """The portals by their name in city.yaml."""
    layer = ArcgisLayer(LAYER, "311 Customer Service Requests 2018", requests(data), key="SRRecordID", oid="RowID")
    return {"open_baltimore": ArcgisPortal([layer])}


def requests(data: Path) -> Table:
    """The 10,000 requests."""
    types = {**dict.fromkeys(TIMES, "timestamp"), "Latitude": "number", "Longitude": "number"}
    table = csv_table(data / "311/baltimore/311_sample_2018.csv.gz", types=types)
    columns = tuple(c for c in table.columns if c.name not in ADDED)
    records = ({k: _moment(v) if k in TIMES else v for k, v in r.items() if k not in ADDED} for r in table.records)
    return Table(columns, tuple(records))


def _moment(text: str) -> str:
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=ZONE).isoformat()
