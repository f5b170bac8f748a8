"""Chicago's portals: the data portal (Socrata), and the place where a team keeps answers to requests for records.

The hardship file's columns get the names of the portal's API; the map and the answer are served as they are.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.portals.exports import SocrataExports
from tests.portals.files import FilesPortal
from tests.portals.rows import Table
from tests.portals.serving import Portal
from tests.portals.socrata import SocrataDataset
from tests.portals.tables import csv_table

HARDSHIP = "kn9c-c2s2"
ANSWER = "no-heat-complaints-2020-2021.csv"
API_NAMES = {
    "COMMUNITY_AREA_NUMBER": "ca",
    "COMMUNITY_AREA_NAME": "community_area_name",
    "PERCENT_OF_HOUSING_CROWDED": "percent_of_housing_crowded",
    "PERCENT_HOUSEHOLDS_BELOW_POVERTY": "percent_households_below_poverty",
    "PERCENT_AGED_16__UNEMPLOYED": "percent_aged_16_unemployed",
    "PERCENT_AGED_25__WITHOUT_HIGH_SCHOOL_DIPLOMA": "percent_aged_25_without_high_school_diploma",
    "PERCENT_AGED_UNDER_18_OR_OVER_64": "percent_aged_under_18_or_over_64",
    "PER_CAPITA_INCOME": "per_capita_income_",
    "HARDSHIP_INDEX": "hardship_index",
}


def portals(data: Path) -> dict[str, Portal]:
    """The portals by their name in city.yaml."""
    title = "Census Data - Selected socioeconomic indicators in Chicago, 2008 – 2012"
    indicators = SocrataDataset(HARDSHIP, title, hardship(data), publisher="U.S. Census Bureau")
    areas = {"resource/igwz-8jzy.geojson": data / "boundaries/chicago/community_areas.geojson"}
    return {
        "chicago_data_portal": SocrataExports([indicators], areas),
        "records_requests": FilesPortal({ANSWER: data / "311/chicago/foia_housing_complaints_2020_2021.csv"}),
    }


def hardship(data: Path) -> Table:
    """The hardship file under the API's names; every column but the area's name is a number."""
    table = csv_table(data / "boundaries/chicago/socioeconomic_hardship_2008_2012.csv")
    columns = tuple(
        replace(c, name=API_NAMES[c.name], type="text" if c.name == "COMMUNITY_AREA_NAME" else "number")
        for c in table.columns
    )
    return Table(columns, tuple({API_NAMES[k]: v for k, v in record.items()} for record in table.records))
