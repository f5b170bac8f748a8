"""What a source's server may say of its file: words of another format, and columns that are not there, are errors."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import InputError
from orchestration.ingest.dialect import dialect
from tests.unit.orchestration.ingest.conftest import MakeTown


@pytest.mark.parametrize(
    ("server", "what", "expected"),
    [
        ({"format": "json", "delimiter": ";"}, "delimiter belongs to CSV files", "format: csv"),
        ({"format": "csv", "records": "data"}, "records belongs to JSON files", "format: json"),
        ({"format": "json", "sheet": "x"}, "sheet belongs to XLSX files", "format: xlsx"),
        ({"format": "csv", "geometryColumn": "name"}, "geometryColumn belongs to", "format: geojson or geojsonl"),
        ({"format": "parquet", "encoding": "latin-1"}, "encoding belongs to", "format: csv"),
        ({"format": "xlsx", "encoding": "latin-1"}, "encoding belongs to", "format: csv"),
        ({"format": "csv", "member": "x.csv"}, "member names a file in a zip archive", "compression: zip"),
        ({"format": "csv", "member": "x.csv", "compression": "gzip"}, "member names a file in a zip", "zip"),
        ({"format": "json", "records": "a..b"}, "records", "names with dots between"),
        ({"format": "xlsx", "sheet": 0}, "sheet", "a sheet's name, or its number from 1"),
        ({"format": "xlsx", "headerRow": 0}, "headerRow", "a whole number from 1"),
        ({"format": "xlsx", "cells": "A1"}, "cells", "two cells with a colon between"),
        ({"format": "geojson", "bounds": [1, 2, 3]}, "bounds", "four numbers: west, south, east, north"),
        ({"format": "geojson", "bounds": [10, 2, 3, 4]}, "bounds", "four numbers: west, south, east, north"),
        ({"format": "geojson", "geometryColumn": "nme"}, "names a column the contract does not have", "name"),
        ({"format": "geojson", "featureIdColumn": "?"}, "names a column the contract does not have", "one of id, name"),
        ({"format": "geojson", "geometryColumn": "day"}, "a column can't hold what", "logicalType string"),
        (
            {"format": "geojson", "geometryColumn": "name", "featureIdColumn": "name"},
            "a column can't hold what",
            "of its own",
        ),
        ({"format": "json", "jsonPath": "$"}, "unknown custom property", ""),
    ],
)
def test_what_a_server_may_not_say(make_town: MakeTown, server: dict[str, Any], what: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        make_town(server=server)
    assert what in caught.value.message
    assert expected in (caught.value.expected or "")
    assert "things.odcs.yaml:" in (caught.value.where or "")


def test_what_is_declared_is_read(make_town: MakeTown) -> None:
    found = dialect(
        make_town(server={"format": "json", "records": "a.b", "compression": "zip", "member": "*.json"}).contract
    )
    assert (found.records, found.compression, found.member) == (("a", "b"), "zip", "*.json")
    sheet = {"format": "xlsx", "sheet": 2, "headerRow": 3, "cells": "B3:H9", "header": False}
    found = dialect(make_town(server=sheet).contract)
    assert (found.sheet, found.header_row, found.cells, found.header, found.missing) == (2, 3, "B3:H9", False, ("",))
    shapes = {"format": "geojson", "geometryColumn": "name", "featureIdColumn": "id", "bounds": [-1, 0, 1, 2]}
    found = dialect(make_town(server=shapes).contract)
    assert (found.geometry_column, found.feature_id_column, found.bounds) == ("name", "id", (-1.0, 0.0, 1.0, 2.0))
