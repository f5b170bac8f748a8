"""Which connector knows an address, and which of the city's portals it belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import InputError
from orchestration.onboarding.recognition import Named, Said, name_address, recognise


def named(
    url: str, said: Said | None = None, *, portals: dict[str, str] | None = None, given: dict[str, str] | None = None
) -> Named:
    return name_address(url, Path("/nowhere"), portals or {}, given or {}, said or Said())[0]


@pytest.mark.parametrize(
    ("url", "connector"),
    [
        ("https://data.example.gov/d/abcd-1234", "socrata"),
        ("https://data.example.gov/resource/abcd-1234.json", "socrata"),
        ("https://datos.example.gob/dataset/solicitudes", "ckan"),
        ("https://services.example.com/x/arcgis/rest/services/Requests/FeatureServer/0", "arcgis"),
        ("https://311.example.gov/open311/v2/requests.json", "open311"),
        ("https://files.example.gov/export/requests.csv.gz", "http"),
        ("https://data.example.gov/api/v2/datasets/x/exports/csv", "http"),
        ("https://data.example.gov/download?id=3&format=xlsx", "http"),
    ],
)
def test_an_address_is_known(url: str, connector: str) -> None:
    assert named(url).connector == connector


def test_a_file_on_a_portal_may_also_be_a_plain_file() -> None:
    found = [one.connector for one in recognise("https://data.example.gov/resource/abcd-1234.geojson")]
    assert found == ["socrata", "http"]
    assert recognise("https://data.example.gov/resource/abcd-1234.geojson", "geojson")[0].connector == "http"


def test_an_address_that_nobody_knows_says_what_was_tried_and_what_to_do() -> None:
    with pytest.raises(InputError) as error:
        recognise("https://data.example.gov/stories/s/our-city?secret=1")
    message = error.value.message
    for part in ("socrata", "ckan", "arcgis", "open311", "http", "--form csv", "first-city.md"):
        assert part in message
    assert "secret" not in message
    assert recognise("https://data.example.gov/stories/table", "csv")[0].settings == {
        **{"location": "stories/table", "format": "csv"}
    }


def test_the_portal_is_the_citys_where_it_has_it() -> None:
    url = "https://data.example.gov/d/abcd-1234"
    assert named(url, portals={"open_data": "https://data.example.gov/"}).portal == "open_data"
    assert named(url, portals={"open_data": "https://data.example.gov"}).address is None
    new = named(url)
    assert (new.portal, new.address) == ("data_example_gov", "https://data.example.gov")


def test_a_mirror_stands_in_for_the_portal_of_the_address() -> None:
    found = named("https://data.example.gov/d/abcd-1234", given={"open_data": "http://127.0.0.1:8801"})
    assert (found.portal, found.address) == ("open_data", "https://data.example.gov")


def test_of_several_mirrors_the_portal_must_be_named() -> None:
    given = {"one": "http://127.0.0.1:1", "two": "http://127.0.0.1:2"}
    url = "https://data.example.gov/d/abcd-1234"
    with pytest.raises(InputError, match="not clear which portal"):
        named(url, given=given)
    assert named(url, Said(portal_name="two"), given=given).portal == "two"
    known = {"one": "https://other.example.gov"}
    assert named(url, portals=known, given=given).portal == "two"


def test_a_portals_name_must_be_free() -> None:
    with pytest.raises(InputError, match="another portal of that name"):
        named("https://data.example.gov/d/abcd-1234", Said(portal_name="a"), portals={"a": "https://x.example.gov"})
    with pytest.raises(InputError, match="another form"):
        named("https://data.example.gov/d/abcd-1234", Said(portal_name="No Good"))


def test_paths(tmp_path: Path) -> None:
    inside = tmp_path / "deliveries" / "x.csv"
    inside.parent.mkdir()
    inside.write_text("a,b\n1,2\n")
    found = name_address(str(inside), tmp_path, {}, {}, Said())[0]
    assert (found.connector, found.settings, found.portal) == ("file", {"location": "deliveries/x.csv"}, None)
    assert name_address("deliveries/x.csv", tmp_path, {}, {}, Said())[0].settings == {"location": "deliveries/x.csv"}
    outside = name_address(str(inside), tmp_path / "deliveries", {}, {}, Said())[0]
    assert outside.settings == {"location": "x.csv"}
    assert name_address("s3://bucket/x.csv", tmp_path, {}, {}, Said())[0].settings == {"location": "s3://bucket/x.csv"}


def test_a_path_that_is_not_there_may_have_meant_an_address(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        name_address("data.example.gov/d/abcd-1234", tmp_path, {}, {}, Said())
    assert error.value.hint == "https://data.example.gov/d/abcd-1234"
