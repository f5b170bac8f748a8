"""Real files in every format beside CSV, landed whole: what came in, what was set aside, and that it adds up."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.landing import Landing
from tests.unit.orchestration.ingest.conftest import THIRD_PARTY_WARNINGS, MakeTown, Town, make_town
from tests.unit.orchestration.ingest.test_csv_faults import refusal

__all__ = ["make_town"]
pytestmark = [pytest.mark.real_data, *(pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS)]


def column(name: str, kind: str = "string", physical: str | None = None, **more: Any) -> dict[str, Any]:
    named = {"physicalName": physical} if physical else {}
    return {"name": name, "logicalType": kind, "classification": "public", **named, **more}


def reconciled(town: Town, landing: Landing, reasons: dict[str, int]) -> None:
    """The numbers of a landing against its files."""
    assert landing.refusal is None
    aside = town.quarantined(landing) if landing.quarantine_file else []
    assert (landing.accepted, landing.quarantined) == (len(town.accepted(landing)), len(aside))
    assert landing.received == landing.accepted + landing.quarantined
    assert landing.reasons == reasons


def counted(pairs: Iterable[tuple[Any, Any]]) -> list[Any]:
    return [(one, other) for one, other in pairs if one != other]


def test_a_document_of_phoenix(make_town: MakeTown, shared_data: Path) -> None:
    data = (shared_data / "city_tables/phoenix/school_zone_cameras.json").read_bytes()
    columns = (
        column("name"),
        column("latitude", "number"),
        column("active_from", "date"),
        column("district", "integer"),
    )
    town = make_town(*columns, server={"format": "json"})
    landing = town.land(data)
    reconciled(town, landing, {})
    truth = [(r["name"], r["latitude"], date.fromisoformat(r["active_from"]), r["district"]) for r in json.loads(data)]
    assert counted(zip([row[:4] for row in town.accepted(landing)], truth, strict=True)) == []


def test_releases_within_a_document_of_colombia(make_town: MakeTown, shared_data: Path) -> None:
    data = (shared_data / "procurement/colombia/apiCCE2_page_2020-11-09_2021-03-03.json").read_bytes()
    columns = (column("ocid"), column("tender", "object"), column("tag", "array"))
    town = make_town(*columns, server={"format": "json", "records": "releases"})
    landing = town.land(data)
    reconciled(town, landing, {})
    truth = json.loads(data)["releases"]
    rows = town.accepted(landing)
    assert [row[0] for row in rows] == [r["ocid"] for r in truth]
    assert [json.loads(row[1]) for row in rows] == [r["tender"] for r in truth]
    assert refusal(make_town(*columns, server={"format": "json"}).land(data))["what"] == (
        "the records are not where they were declared"
    )


def test_boundaries_of_toronto_with_a_shape_that_crosses_itself(make_town: MakeTown, shared_data: Path) -> None:
    data = (shared_data / "boundaries/toronto/neighbourhoods.geojson").read_bytes()
    server = {"format": "geojson", "geometryColumn": "shape", "bounds": [-79.7, 43.5, -79.1, 43.9]}
    town = make_town(column("name"), column("shape"), server=server)
    landing = town.land(data)
    reconciled(town, landing, {"geometry.crossing": 1})
    assert landing.received == len(json.loads(data)["features"]) == 140
    assert town.quarantined(landing)[0][0] == 41
    assert all(row[1].startswith("MULTIPOLYGON(((-79.") for row in town.accepted(landing))
    madrid = make_town(column("name"), column("shape"), server={**server, "bounds": [-3.9, 40.3, -3.5, 40.6]})
    assert madrid.land(data).outcome == "refused"


def test_thousands_of_shapes_of_buenos_aires_packed(make_town: MakeTown, shared_data: Path) -> None:
    data = (shared_data / "boundaries/buenos_aires/radios_censales_nbi.geojson.gz").read_bytes()
    server = {"format": "geojson", "geometryColumn": "shape", "compression": "gzip"}
    town = make_town(column("CO_FRAC_RA"), column("shape"), server=server)
    landing = town.land(data)
    reconciled(town, landing, {})
    assert landing.received == 3554


def test_a_collection_that_is_not_quite_json(make_town: MakeTown, shared_data: Path) -> None:
    path = shared_data / "api/arcgis/esridump/us-ca-carson__us-ca-carson-cache.geojson"
    town = make_town(column("name"), column("shape"), server={"format": "geojson", "geometryColumn": "shape"})
    told = refusal(town.land(path.read_bytes()))
    assert (told["what"], told["found"]) == ("the document is not JSON", "a comma with no record behind it")
    assert "line 104" in str(told["where"])


def test_requests_of_vancouver_in_a_spreadsheet(make_town: MakeTown, shared_data: Path) -> None:
    data = (shared_data / "311/vancouver/3-1-1-service-requests_20220910_20240917.xlsx").read_bytes()
    written = {"format": "yyyy-MM-dd'T'HH:mm:ssXXX"}
    columns = (
        column("department", physical="Department"),
        column("opened_at", "timestamp", "Service request open timestamp", logicalTypeOptions=written),
        column("closed", "date", "Service request close date"),
        column("latitude", "number", "Latitude"),
    )
    town = make_town(*columns, server={"format": "xlsx"})
    landing = town.land(data)
    reconciled(town, landing, {})
    assert landing.received == 4678
    first = town.accepted(landing)[0]
    assert first == ("311 Contact Centre", datetime(2024, 1, 23, 22, 46, 4), date(2024, 1, 24), 49.2737110137, 2)
    assert "Local area" in landing.drift["added"]


def test_a_sheet_with_a_note_below_the_table(make_town: MakeTown, shared_data: Path) -> None:
    data = (shared_data / "api/messy_files/xloader/go-realtime.xlsx").read_bytes()
    columns = (column("id", "integer", "Company-GO-ID", required=True), column("name", physical="Company name"))
    town = make_town(*columns, server={"format": "xlsx", "sheet": "Realtime"})
    landing = town.land(data)
    reconciled(town, landing, {"id.type": 1})
    assert town.reasons(landing) == {51: ["id.type"]}  # the number of the row in the spreadsheet
    assert (
        make_town(*columns, server={"format": "xlsx", "sheet": "Realtime", "cells": "A1:F50"}).land(data).quarantined
        == 0
    )


@pytest.mark.parametrize(
    "name", ["porto_alegre/poa_trensurb.zip", "sao_paulo/spo_gtfs.zip", "sample_broken/sample-feed-bom.zip"]
)
def test_a_table_of_a_timetable_archive(make_town: MakeTown, shared_data: Path, name: str) -> None:
    data = (shared_data / "gtfs" / name).read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        member = next(n for n in archive.namelist() if n.endswith("stops.txt"))
        truth = list(csv.DictReader(io.StringIO(archive.read(member).decode("utf-8-sig"), newline="")))
    columns = (column("stop_id"), column("stop_name"), column("stop_lat", "number"))
    town = make_town(*columns, server={"format": "csv", "compression": "zip", "member": "*stops.txt"})
    landing = town.land(data)
    reconciled(town, landing, {})
    wanted = [(r["stop_id"], r["stop_name"], float(r["stop_lat"])) for r in truth]
    assert counted(zip([row[:3] for row in town.accepted(landing)], wanted, strict=True)) == []
    unnamed = make_town(*columns, server={"format": "csv", "compression": "zip"}).land(data)
    assert refusal(unnamed)["what"] == "the data is not one member of the zip archive"
