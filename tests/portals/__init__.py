"""Portals that run on this machine: servers that speak the real protocols over real rows, and misbehave on demand.

They are written from the vendors' documentation and from recorded answers, not from our connectors: a peer that a
connector has to get along with, never a mirror of it. Nothing of ``orchestration`` is imported here.

    from tests.portals import SocrataDataset, SocrataPortal, csv_table, throttled

    table = csv_table(data / "311/nyc/311_march_2025.csv", soda_names=True, types={"created_date": "timestamp"})
    requests = SocrataDataset("erm2-nwe9", "311 Service Requests", table, key="unique_key")
    with SocrataPortal([requests]) as portal:
        portal.misbehave(throttled(times=2, after=1))       # the second page answers 429 twice
        ...                                                 # point a source at portal.url
        assert [one.status for one in portal.asked if one.kind == "records"] == [200, 429, 429, 200]

A city's portals stand in ``tests/portals/<city>.py``, which gives one function:

    def portals(data: Path) -> dict[str, Portal]:
        \"\"\"The city's portals by their name in city.yaml, not started yet; ``data`` is the shared data.\"\"\"
        return {"nyc_open_data": SocrataPortal([...]), "nyc_maps": ArcgisPortal([...])}

``python -m tests.portals --city nyc`` then starts them and prints the ``--portal`` arguments to paste.
"""

from __future__ import annotations

from tests.portals.arcgis import ArcgisLayer, ArcgisPortal
from tests.portals.ckan import CkanPackage, CkanPortal, CkanResource, ckan_id
from tests.portals.files import FilesPortal
from tests.portals.misbehaviour import (
    Misbehaviour,
    changed_column,
    cut,
    duplicate_page,
    error_with_200,
    gzip_bomb,
    hanging,
    html,
    no_validators,
    redirected,
    rows_added_while_paging,
    slow,
    throttled,
    unavailable,
    wrong_count,
)
from tests.portals.open311 import Open311Portal
from tests.portals.rows import Column, Dataset, Table
from tests.portals.serving import Asked, Portal, Reply
from tests.portals.socrata import SocrataDataset, SocrataPortal
from tests.portals.tables import csv_table, geojson_table, json_table, parquet_table

__all__ = [
    "ArcgisLayer",
    "ArcgisPortal",
    "Asked",
    "CkanPackage",
    "CkanPortal",
    "CkanResource",
    "Column",
    "Dataset",
    "FilesPortal",
    "Misbehaviour",
    "Open311Portal",
    "Portal",
    "Reply",
    "SocrataDataset",
    "SocrataPortal",
    "Table",
    "changed_column",
    "ckan_id",
    "csv_table",
    "cut",
    "duplicate_page",
    "error_with_200",
    "geojson_table",
    "gzip_bomb",
    "hanging",
    "html",
    "json_table",
    "no_validators",
    "parquet_table",
    "redirected",
    "rows_added_while_paging",
    "slow",
    "throttled",
    "unavailable",
    "wrong_count",
]
