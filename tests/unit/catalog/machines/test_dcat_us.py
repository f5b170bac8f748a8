"""The catalogue for machines, held against the published schemas."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from catalog.machines.dcat_us_1_1 import data_json
from catalog.machines.dcat_us_3 import dcat_us_3
from catalog.machines.entries import CatalogEntry, DatasetEntry, DistributionEntry
from catalog.machines.frequencies import repeating
from catalog.machines.licences import licence_address
from contracts.errors import InputError
from contracts.model import Text
from tests.third_parties.dcat import schema_1_1, schema_3

SHA = "ab" * 32
CITY = CatalogEntry(
    city="ribera",
    title=Text("Data of Ribera"),
    description=Text("Checked data of the city."),
    publisher=Text("City of Ribera"),
    publisher_email="data@ribera.example",
    publisher_url="https://ribera.example",
    site_url="https://data.ribera.example/open",
    languages=("en", "es-MX"),
)
MONTHLY = DatasetEntry(
    id="service_requests_monthly",
    title=Text("Service requests by month"),
    description=Text("How many requests were opened and closed."),
    keywords=("service requests", "performance"),
    contact_name="Office of Data",
    contact_email="data@ribera.example",
    licence="CC-BY-4.0",
    issued="2026-01-31",
    modified="2026-12-02T06:10:00+00:00",
    temporal=("2024-01-01", "2026-11-30"),
    frequency=(1, "month"),
    version=41,
    distributions=(
        DistributionEntry("products/monthly/releases/41/data.csv", "text/csv", 1234, SHA, "CSV"),
        DistributionEntry("products/monthly/releases/41/a b.parquet", "application/vnd.apache.parquet", 99, SHA),
        DistributionEntry("products/monthly/releases/41/data.geojson", "application/geo+json", 7, SHA),
    ),
    page="en/products/monthly/index.html",
    theme="performance",
    described_by="en/products/monthly/index.html",
)
CARD = DatasetEntry(
    id="payroll",
    title=Text("Payroll"),
    description=Text("Who is paid what."),
    keywords=("workforce",),
    contact_name="Human Resources",
    contact_email="hr@ribera.example",
    access="non-public",
    rights=Text("Names of staff. " * 30),
    frequency=(6, "h"),
    distributions=MONTHLY.distributions,
)
ON_REQUEST = replace(CARD, id="cases", access="restricted", rights=Text("Ask the office."), frequency=(10, "y"))
HIDDEN = replace(CARD, id="informants", hidden=True)
ALL = (MONTHLY, HIDDEN, CARD, ON_REQUEST)
ADDRESSLESS = replace(CITY, site_url=None, publisher_url=None)


@pytest.fixture(scope="module")
def schemas(request: pytest.FixtureRequest) -> dict[str, Any]:
    folder = request.getfixturevalue("shared_data") / "schemas"
    return {
        "1.1": schema_1_1(folder / "dcat_us_1.1" / "non-federal-v1.1"),
        "3.0": schema_3(folder / "dcat_us_3.0" / "jsonschema"),
    }


BUILDERS = {"1.1": data_json, "3.0": dcat_us_3}


@pytest.mark.real_data
@pytest.mark.parametrize("version", ["1.1", "3.0"])
@pytest.mark.parametrize("city", [CITY, ADDRESSLESS], ids=["with an address", "without an address"])
@pytest.mark.parametrize("datasets", [ALL, (), (replace(MONTHLY, distributions=()),)], ids=["all", "none", "no files"])
def test_it_is_valid(
    schemas: dict[str, Any], version: str, city: CatalogEntry, datasets: tuple[DatasetEntry, ...]
) -> None:
    catalog = json.loads(json.dumps(BUILDERS[version](city, datasets)))
    errors = [
        f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in schemas[version].iter_errors(catalog)
    ]
    assert errors == []


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("version", "path", "value"),
    [
        ("1.1", ("dataset", 0, "title"), ""),
        ("1.1", ("dataset", 0, "accessLevel"), "secret"),
        ("1.1", ("dataset", 0, "contactPoint", "hasEmail"), "data@ribera.example"),
        ("1.1", ("dataset", 2, "distribution", 0, "downloadURL"), "data.csv"),
        ("1.1", ("dataset", 2, "accrualPeriodicity"), "monthly"),
        ("3.0", ("title",), None),
        ("3.0", ("dataset", 2, "publisher"), {"@type": "Organization"}),
        ("3.0", ("dataset", 2, "modified"), "yesterday"),
        ("3.0", ("dataset", 2, "distribution", 0, "checksum"), {"algorithm": "sha256"}),
    ],
)
def test_the_validation_can_fail(schemas: dict[str, Any], version: str, path: tuple[Any, ...], value: Any) -> None:
    catalog = json.loads(json.dumps(BUILDERS[version](CITY, ALL)))
    place = catalog
    for key in path[:-1]:
        place = place[key]
    assert path[-1] in place
    place[path[-1]] = value
    assert list(schemas[version].iter_errors(catalog))


@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS.keys())
def test_what_is_hidden_is_not_there_and_what_is_not_public_has_no_files(build: Any) -> None:
    catalog = build(CITY, ALL)
    text = json.dumps(catalog)
    assert "informants" not in text
    by_title = {d["title"]: d for d in catalog["dataset"]}
    assert "distribution" not in by_title["Payroll"]
    assert len(by_title["Service requests by month"]["distribution"]) == 3


@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS.keys())
def test_the_order_given_does_not_matter(build: Any) -> None:
    assert json.dumps(build(CITY, ALL)) == json.dumps(build(CITY, ALL[::-1]))


def test_1_1_says_who_may_see_it_and_why_not() -> None:
    found = {d["identifier"]: d for d in data_json(CITY, ALL)["dataset"]}
    payroll, cases, monthly = (found[f"ribera/{name}"] for name in ("payroll", "cases", "service_requests_monthly"))
    assert (payroll["accessLevel"], cases["accessLevel"], monthly["accessLevel"]) == (
        "non-public",
        "restricted public",
        "public",
    )
    assert len(payroll["rights"]) <= 255
    assert payroll["rights"].endswith(" of…")
    assert cases["rights"] == "Ask the office."
    assert "rights" not in monthly
    assert (monthly["accrualPeriodicity"], payroll["accrualPeriodicity"]) == ("R/P1M", "R/PT6H")
    assert monthly["temporal"] == "2024-01-01/2026-11-30"


def test_addresses_are_absolute_and_escaped() -> None:
    monthly = next(d for d in data_json(CITY, ALL)["dataset"] if d["identifier"] == "ribera/service_requests_monthly")
    assert monthly["landingPage"] == "https://data.ribera.example/open/en/products/monthly/index.html"
    assert monthly["distribution"][1]["downloadURL"].endswith("/releases/41/a%20b.parquet")
    assert monthly["license"] == "https://creativecommons.org/licenses/by/4.0/"


def test_without_an_address_files_are_named_by_their_content_and_pages_left_out() -> None:
    catalog = data_json(ADDRESSLESS, ALL)
    monthly = next(d for d in catalog["dataset"] if d["identifier"] == "ribera/service_requests_monthly")
    assert catalog["@id"].startswith("urn:uuid:")
    assert catalog["@id"] == data_json(ADDRESSLESS, ())["@id"]
    assert "landingPage" not in monthly
    assert "describedBy" not in monthly
    assert (
        monthly["distribution"][0]["downloadURL"]
        == "ni:///sha-256;q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s?ct=text/csv"
    )


def test_3_0_carries_size_checksum_and_version() -> None:
    monthly = next(d for d in dcat_us_3(CITY, ALL)["dataset"] if d["title"] == MONTHLY.title.default)
    csv = monthly["distribution"][0]
    assert csv["byteSize"] == "1234"
    assert csv["checksum"]["checksumValue"] == SHA
    assert csv["mediaType"] == "https://www.iana.org/assignments/media-types/text/csv"
    assert monthly["version"] == "41"
    assert monthly["accrualPeriodicity"].endswith("/frequency/MONTHLY")
    assert monthly["accessRights"].endswith("/access-right/PUBLIC")
    cases = next(d for d in dcat_us_3(CITY, ALL)["dataset"] if d["identifier"] == ["ribera/cases"])
    assert cases["accrualPeriodicity"].endswith("/frequency/OTHER")
    assert cases["rights"]["attributionText"] == "Ask the office."


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("cc by 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("https://ribera.example/licence", "https://ribera.example/licence"),
        ("EUPL-1.2", "https://spdx.org/licenses/EUPL-1.2.html"),
        ("public domain (terms of use)", None),
        (None, None),
    ],
)
def test_a_licence_has_an_address_where_it_has_one(licence: str | None, expected: str | None) -> None:
    assert licence_address(licence) == expected


def test_a_licence_in_words_stands_in_the_rights() -> None:
    entry = data_json(CITY, (replace(MONTHLY, licence="public domain (terms of use)"),))["dataset"][0]
    assert entry["rights"] == "public domain (terms of use)"
    assert "license" not in entry


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        ((1, "d"), "R/P1D"),
        ((7, "days"), "R/P7D"),
        ((3, "m"), "R/P3M"),
        ((1, "Year"), "R/P1Y"),
        ((30, "min"), "R/PT30M"),
        ((0.5, "h"), "R/PT0.5H"),
        (None, None),
    ],
)
def test_a_frequency_is_a_repeating_interval(frequency: tuple[float, str] | None, expected: str | None) -> None:
    assert repeating(frequency) == expected


def test_a_unit_that_is_not_of_time_is_refused() -> None:
    with pytest.raises(InputError, match=r"not one of time.*Found percent"):
        repeating((1, "percent"))


@pytest.mark.parametrize("path", ["../internal/data.csv", "/etc/passwd", "a/../../b"])
def test_a_path_that_leaves_the_site_is_refused(path: str) -> None:
    entry = replace(MONTHLY, distributions=(DistributionEntry(path, "text/csv", 1, SHA),))
    with pytest.raises(InputError, match="outside its site"):
        data_json(CITY, (entry,))
