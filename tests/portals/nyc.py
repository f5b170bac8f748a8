"""New York's portals: NYC Open Data, the planning department's maps, and a file of census tracts.

Belongs here: which data sets they have. Does not belong here: saying files anew in SODA's words (``nyc_data``).

What the mirror of erm2-nwe9 holds, 28,973 real requests: the 1,000 of the recorded SODA answer (26 June to 21
November 2012: it was recorded when the data set still began in 2010), 500 of 10 December 2023 (a SODA CSV answer), all
22,504 elevator complaints of 2024 (a Parquet file that somebody cleaned), and 4,969 about animals of January to 14
March 2025 (an export that a spreadsheet saved again, times without seconds). ``day`` gives the 235 of 24 March 2025
that come later. 76ig-c548 is the portal's own CSV export, its bytes unchanged: 1,000 requests of 2014 to 2019.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.portals.arcgis import ArcgisLayer, ArcgisPortal
from tests.portals.exports import SocrataExports
from tests.portals.files import FilesPortal
from tests.portals.nyc_data import REQUEST_TYPES, boroughs, exported_requests, recorded_requests
from tests.portals.rows import Column, Table, Values
from tests.portals.serving import Portal
from tests.portals.socrata import SocrataDataset
from tests.portals.tables import csv_table, in_soda, parquet_table

REQUESTS = "erm2-nwe9"
ARCHIVE = "76ig-c548"
TRACTS = "819ad6f1a513c692410276a0db36df96b1cf58fb/notebooks/data/acs/acs_socioeconomic_tract_2022.csv"
LAYER_NAMES = {
    "boro_code": "BoroCode",
    "boro_name": "BoroName",
    "shape_area": "Shape__Area",
    "shape_leng": "Shape__Length",
}
"""The columns of the file as the layer calls them."""


def portals(data: Path) -> dict[str, Portal]:
    """The portals by their name in city.yaml."""
    requests = SocrataDataset(
        REQUESTS,
        "311 Service Requests from 2020 to Present",
        merged([recorded_requests(data), day_of_2023(data), elevators_of_2024(data), animals_of_2025(data)]),
        key="unique_key",
        description="All 311 Service Requests from 2020 to present. This information is automatically updated daily.",
        publisher="311",
        licence="See Terms of Use",
        frequency="Daily",
        spread=timedelta(seconds=1),
    )
    exports: dict[str, Path | bytes] = {
        f"api/views/{ARCHIVE}/rows.csv": data / "311/nyc/311_service_requests_2018_sample.csv"
    }
    return {
        "nyc_open_data": SocrataExports([requests], exports),
        "nyc_planning_maps": ArcgisPortal([borough_layer(data)]),
        "acs_by_tract": FilesPortal({TRACTS: data / "boundaries/nyc/acs_socioeconomic_tract_2022.csv"}),
    }


def day(data: Path) -> tuple[Values, ...]:
    """The 235 requests of 24 March 2025, to be added to what the portal has."""
    return exported_requests(data, "311_march_2025.csv").records


def day_of_2023(data: Path) -> Table:
    """A SODA CSV answer; it writes places as Python writes a dict."""
    table = csv_table(data / "311/nyc/311_soda_csv_2023.csv", types=REQUEST_TYPES)
    return changed(table, {"location": ast.literal_eval})


def elevators_of_2024(data: Path) -> Table:
    """A Parquet file; the column that its maker worked out is left out."""
    table = parquet_table(data / "311/nyc/311_elevator_2024.parquet", types=REQUEST_TYPES)
    kept = [{k: v for k, v in record.items() if k != "closed_in_days"} for record in table.records]
    table = replace(table, records=tuple(kept), columns=tuple(c for c in table.columns if c.name != "closed_in_days"))
    return changed(table, {"location": in_soda})


def animals_of_2025(data: Path) -> Table:
    """An export that a spreadsheet saved again: ``3/14/2025 1:20``."""
    table = csv_table(data / "311/nyc/311_animal_abuse_2025_excel_resaved.csv", types=REQUEST_TYPES, soda_names=True)
    return changed(table, {name: _resaved for name, kind in REQUEST_TYPES.items() if kind == "timestamp"})


def borough_layer(data: Path) -> ArcgisLayer:
    """The boroughs, under the names of the planning department's layer."""
    layer = boroughs(data)
    columns = tuple(replace(c, name=LAYER_NAMES.get(c.name, c.name)) for c in layer.table.columns)
    table = Table(columns, tuple({LAYER_NAMES.get(k, k): v for k, v in r.items()} for r in layer.table.records))
    return ArcgisLayer(layer.id, layer.name, table, key="BoroCode", wkid=layer.wkid)


def merged(tables: Sequence[Table]) -> Table:
    """One table of several with some columns in common."""
    columns: dict[str, Column] = {}
    for table in tables:
        for column in table.columns:
            columns.setdefault(column.name, column)
    return Table(tuple(columns.values()), tuple(record for table in tables for record in table.records))


def changed(table: Table, ways: dict[str, Callable[[str], Any]]) -> Table:
    """With some columns' values said otherwise."""
    records = tuple({k: ways[k](v) if k in ways else v for k, v in record.items()} for record in table.records)
    return replace(table, records=records)


def _resaved(text: str) -> str:
    return datetime.strptime(text, "%m/%d/%Y %H:%M").isoformat() + ".000"
