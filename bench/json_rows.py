"""Pages of JSON for the bench: records that look like New York's service requests, written down once.

Belongs here: making the pages, the columns they have, and the contract that reads them. Does not belong here: serving
them (``json_server``), measuring (``json_pages``).

The records are invented, from lists of words and a seeded chance, with the columns, the types, the missing values and
the length (some 1.2 kB) of the answers of NYC Open Data; numbers come as texts and missing values as missing keys, as
SODA writes them.
"""

from __future__ import annotations

import gzip
import json
import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

A_PAGE = 1_000
DATASET = "benc-hnyc"
TIMES = ("created_date", "closed_date", "due_date", "resolution_action_updated_date")
NUMBERS = ("x_coordinate_state_plane", "y_coordinate_state_plane", "latitude", "longitude")
TEXTS = (
    "unique_key", "agency", "agency_name", "complaint_type", "descriptor", "location_type", "incident_zip",
    "incident_address", "street_name", "cross_street_1", "cross_street_2", "intersection_street_1",
    "intersection_street_2", "address_type", "city", "landmark", "facility_type", "status", "resolution_description",
    "community_board", "bbl", "borough", "open_data_channel_type", "park_facility_name", "park_borough",
)  # fmt: skip
REQUIRED = ("unique_key", "created_date", "agency", "complaint_type", "status")
COLUMNS = (*TEXTS[:1], *TIMES[:2], *TEXTS[1:], *TIMES[2:], *NUMBERS, "location")
BOROUGHS = ("BROOKLYN", "QUEENS", "MANHATTAN", "BRONX", "STATEN ISLAND")
AGENCIES = {
    "NYPD": ("New York City Police Department", ("Noise - Residential", "Illegal Parking", "Blocked Driveway")),
    "HPD": ("Department of Housing Preservation and Development", ("HEAT/HOT WATER", "PLUMBING", "PAINT/PLASTER")),
    "DSNY": ("Department of Sanitation", ("Dirty Condition", "Missed Collection", "Derelict Vehicles")),
    "DOT": ("Department of Transportation", ("Street Condition", "Street Light Condition", "Traffic Signal Condition")),
    "DEP": ("Department of Environmental Protection", ("Water System", "Sewer", "Noise")),
    "DPR": ("Department of Parks and Recreation", ("Damaged Tree", "Overgrown Tree/Branches", "New Tree Request")),
}  # fmt: skip
DESCRIPTORS = ("Loud Music/Party", "Blocked Hydrant", "No Access", "Entire Building", "Pothole", "Street Light Out")
PLACES = ("Street/Sidewalk", "Residential Building/House", "RESIDENTIAL BUILDING", "Sidewalk", "Park/Playground")
STREETS = ("MADISON AVENUE", "EAST 76 STREET", "GRAND CONCOURSE", "ATLANTIC AVENUE", "BROADWAY", "LINDEN BOULEVARD",
           "FLATBUSH AVENUE", "JAMAICA AVENUE", "WEST 125 STREET", "HYLAN BOULEVARD", "OCEAN PARKWAY")  # fmt: skip
RESOLUTIONS = (
    "The Police Department responded to the complaint and with the information available observed no evidence of the "
    "violation at that time.",
    "The Department of Housing Preservation and Development inspected the following conditions. No violations were "
    "issued. The complaint has been closed.",
    "The Department of Transportation requires 10 days to respond to this type of complaint. Please note your Service "
    "Request number for future reference.",
    "The Department of Sanitation investigated this complaint and found no condition at the location.",
)


@dataclass(frozen=True)
class Pages:
    """Pages that stand in one file, packed; each twice: as it is asked for without row ids, and with them.

    The file begins with the lengths of all bodies, so that serving a page is reading one piece of it.
    """

    path: Path
    count: int

    @cached_property
    def _places(self) -> tuple[tuple[int, int], ...]:
        with self.path.open("rb") as file:
            lengths = struct.unpack(f"<{2 * self.count}Q", file.read(16 * self.count))
        start, places = 16 * self.count, []
        for length in lengths:
            places.append((start, length))
            start += length
        return tuple(places)

    def body(self, file: Any, page: int, *, with_ids: bool) -> bytes:
        """A page's packed body."""
        start, length = self._places[2 * page + with_ids]
        file.seek(start)
        body: bytes = file.read(length)
        return body


def row_id(record: int) -> str:
    """The row id of a record, from its number in the whole; they sort as the numbers do."""
    return f"row-{record:08d}.{record * 2654435761 % 0xFFFF:04x}"


def page_of(row: str) -> int:
    """The page behind the record of a row id."""
    return (int(row[4:12]) + 1) // A_PAGE


def make_pages(folder: Path, count: int) -> Pages:
    """Write ``count`` pages, unless they stand there."""
    path = folder / f"pages-{count}.bin"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        templates = [_template(record) for record in _records(A_PAGE)]
        bodies = folder / "pages.part"
        lengths: list[int] = []
        with bodies.open("wb") as out:
            out.write(b"\0" * 16 * count)
            for page in range(count):
                for with_ids in (False, True):
                    packed = gzip.compress(_body(templates, page, with_ids), 1, mtime=0)
                    out.write(packed)
                    lengths.append(len(packed))
            out.seek(0)
            out.write(struct.pack(f"<{2 * count}Q", *lengths))
        bodies.rename(path)
    return Pages(path, count)


def _body(templates: Sequence[bytes], page: int, with_ids: bool) -> bytes:
    first = page * A_PAGE
    return b"[" + b"\n,".join(_numbered(t, first + i, with_ids) for i, t in enumerate(templates)) + b"]\n"


def _template(record: dict[str, Any]) -> bytes:
    """A record's bytes behind its key."""
    return json.dumps(record, separators=(",", ":")).encode()[1:-1]


def _numbered(template: bytes, number: int, with_ids: bool) -> bytes:
    mark = b',":id":"%b"' % row_id(number).encode() if with_ids else b""
    return b'{"unique_key":"%d",%b%b}' % (60_000_000 + number, template, mark)


def _records(count: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(311)  # noqa: S311 (invented records, the same each time)
    opened = datetime(2024, 1, 1)
    for _ in range(count):
        opened += timedelta(seconds=chance.randint(1, 90))
        yield _record(chance, opened)


def _record(chance: random.Random, opened: datetime) -> dict[str, Any]:
    agency = chance.choice(tuple(AGENCIES))
    name, kinds = AGENCIES[agency]
    borough = chance.choice(BOROUGHS)
    street, first, second = chance.sample(STREETS, 3)
    closed = opened + timedelta(minutes=chance.randint(5, 60_000)) if chance.random() < 0.97 else None
    lat, lon = chance.uniform(40.5, 40.9), chance.uniform(-74.2, -73.7)
    cornered = chance.random() < 0.17
    record = {
        "created_date": _moment(opened),
        "closed_date": _moment(closed),
        "agency": agency,
        "agency_name": name,
        "complaint_type": chance.choice(kinds),
        "descriptor": chance.choice(DESCRIPTORS),
        "location_type": chance.choice(PLACES) if chance.random() < 0.8 else None,
        "incident_zip": str(chance.randint(10_001, 11_697)),
        "incident_address": None if cornered else f"{chance.randint(1, 3_999)} {street}",
        "street_name": None if cornered else street,
        "cross_street_1": first,
        "cross_street_2": second,
        "intersection_street_1": first if cornered else None,
        "intersection_street_2": second if cornered else None,
        "address_type": "INTERSECTION" if cornered else "ADDRESS",
        "city": borough,
        "facility_type": "Precinct" if agency == "NYPD" else "N/A",
        "status": "Closed" if closed else "Open",
        "due_date": _moment(opened + timedelta(hours=8)) if chance.random() < 0.3 else None,
        "resolution_description": chance.choice(RESOLUTIONS),
        "resolution_action_updated_date": _moment(closed),
        "community_board": f"{chance.randint(1, 18):02d} {borough}",
        "bbl": str(chance.randint(1_000_010_001, 5_080_000_000)) if chance.random() < 0.8 else None,
        "borough": borough,
        "x_coordinate_state_plane": str(chance.randint(913_000, 1_067_000)),
        "y_coordinate_state_plane": str(chance.randint(121_000, 271_000)),
        "open_data_channel_type": chance.choice(("PHONE", "ONLINE", "MOBILE", "UNKNOWN")),
        "park_facility_name": "Unspecified",
        "park_borough": borough,
        "latitude": repr(lat),
        "longitude": repr(lon),
        "location": {"type": "Point", "coordinates": [round(lon, 12), round(lat, 12)]},
        ":@computed_region_efsh_h5xi": str(chance.randint(10_000, 25_000)),
        ":@computed_region_f5dn_yrer": str(chance.randint(1, 71)),
        ":@computed_region_yeji_bk3q": str(chance.randint(1, 5)),
    }
    return {key: value for key, value in record.items() if value is not None}


def _moment(moment: datetime | None) -> str | None:
    return f"{moment.isoformat()}.000" if moment else None


def duckdb_types() -> dict[str, str]:
    """DuckDB's type of every column."""
    known = dict.fromkeys(TIMES, "TIMESTAMP") | dict.fromkeys(NUMBERS, "DOUBLE") | {"location": "JSON"}
    return {name: known.get(name, "VARCHAR") for name in COLUMNS}


def contract(*, judged: bool) -> str:
    """The source's contract as YAML (JSON is YAML): with rules as a city has them, or with types alone."""
    return json.dumps(
        {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": "pages/pages_requests",
            "name": "Service requests",
            "version": "1.0.0",
            "status": "active",
            "description": {"purpose": "To be measured.", "limitations": "Invented.", "usage": "The bench."},
            "team": {"name": "bench", "members": [{"username": "bench@example.org", "role": "owner"}]},
            "servers": [
                {
                    "server": "portal",
                    "type": "custom",
                    "customProperties": [
                        {"property": "connector", "value": "socrata"},
                        {"property": "portal", "value": "pages"},
                        {"property": "dataset", "value": DATASET},
                        {"property": "pageSize", "value": A_PAGE},
                    ],
                }
            ],
            "schema": [
                {
                    "name": "requests",
                    "physicalType": "json",
                    "dataGranularityDescription": "one record per request",
                    "properties": [_property(name, judged) for name in COLUMNS],
                }
            ],
            "slaProperties": [{"property": "frequency", "value": 1, "unit": "d"}],
            "customProperties": [
                {"property": "tier", "value": "restricted"},
                {"property": "delivery", "value": "snapshot"},
                {"property": "licenceIn", "value": "none"},
                {"property": "legalBasis", "value": "none"},
                {"property": "retentionDays", "value": 30},
            ],
        },
        indent=1,
    )


def _property(name: str, judged: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"name": name, "logicalType": "string", "classification": "internal"}
    if name in TIMES:
        told["logicalType"] = "timestamp"
        zone = {"timezone": False, "defaultTimezone": "America/New_York"}
        told["logicalTypeOptions"] = {"format": "yyyy-MM-dd'T'HH:mm:ss.SSS", **zone}
    elif name in NUMBERS:
        told["logicalType"] = "number"
    elif name == "location":
        told["logicalType"] = "object"
    if judged:
        told |= {"required": True} if name in REQUIRED else {}
        told |= {"unique": True, "primaryKey": True, "primaryKeyPosition": 1} if name == "unique_key" else {}
        limits = {"latitude": (40.4, 41.0), "longitude": (-74.3, -73.6)}.get(name)
        told |= {"logicalTypeOptions": dict(zip(("minimum", "maximum"), limits, strict=True))} if limits else {}
    return told
