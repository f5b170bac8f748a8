"""The servers speak as the recorded answers do: what a connector meets here it would meet outside."""

from __future__ import annotations

import gzip
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from tests.portals import (
    ArcgisLayer,
    ArcgisPortal,
    CkanPackage,
    CkanPortal,
    CkanResource,
    Column,
    Dataset,
    FilesPortal,
    Open311Portal,
    Portal,
    SocrataDataset,
    SocrataPortal,
    Table,
    changed_column,
    ckan_id,
    cut,
    gzip_bomb,
    throttled,
)
from tests.portals import __main__ as command
from tests.portals.geometry import as_esri
from tests.portals.nyc_data import boroughs, exported_requests, recorded_requests
from tests.portals.predicates import Grammar, Mistake, parse

pytestmark = pytest.mark.real_data


def ask(
    portal: Portal, path: str, query: Mapping[str, Any] | None = None, **headers: str
) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers by lower-case name and body, unpacked, by Python's own client."""
    url = f"{portal.url}{path}{'?' + urlencode(query) if query else ''}"
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, headers=sent))
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        told = {name.lower(): value for name, value in answer.headers.items()}
        body: bytes = answer.read()
        return answer.status, told, gzip.decompress(body) if told.get("content-encoding") == "gzip" else body


# Socrata -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def soda(shared_data: Path) -> Any:
    dataset = SocrataDataset("fhrw-4uyv", "311", recorded_requests(shared_data), key="unique_key")
    with SocrataPortal([dataset]) as portal:
        yield portal


def test_records_are_the_recorded_ones(soda: SocrataPortal, shared_data: Path) -> None:
    recorded = {r["unique_key"]: r for r in json.loads((shared_data / "311/nyc/soda_fhrw-4uyv_1000.json").read_bytes())}
    status, headers, body = ask(soda, "/resource/fhrw-4uyv.json")
    given = {r["unique_key"]: r for r in json.loads(body)}
    assert status == 200 and given == recorded
    names = json.loads(headers["x-soda2-fields"])
    assert set(names) == {k for r in recorded.values() for k in r}
    assert len(json.loads(headers["x-soda2-types"])) == len(names)
    cassette = (shared_data / "api/socrata/nyc_cassettes/nyc_any_dataset_robust.yml").read_text()
    assert all(f"      {name}: " in cassette for name in headers if name not in ("connection", "content-length"))


def test_pages_by_key_give_every_record_once(soda: SocrataPortal) -> None:
    seen: list[str] = []
    after = ""
    first = {"$select": ":id,unique_key", "$order": ":id", "$limit": 300}
    while page := json.loads(
        ask(soda, "/resource/fhrw-4uyv.json", first | ({"$where": f":id > '{after}'"} if after else {}))[2]
    ):
        seen += [r["unique_key"] for r in page]
        after = page[-1][":id"]
    assert len(seen) == len(set(seen)) == 1000


def test_without_an_order_there_is_none(soda: SocrataPortal) -> None:
    pages = [ask(soda, "/resource/fhrw-4uyv.json", {"$limit": 5})[2] for _ in range(3)]
    assert len(set(pages)) == 3


def test_soql_agrees_with_a_count_by_hand(soda: SocrataPortal, shared_data: Path) -> None:
    where = "borough in ('BRONX', 'QUEENS') and (closed_date is null or latitude between 40.7 and 40.8)"
    counted = json.loads(ask(soda, "/resource/fhrw-4uyv.json", {"$select": "count(*)", "$where": where})[2])
    records = json.loads((shared_data / "311/nyc/soda_fhrw-4uyv_1000.json").read_bytes())
    by_hand = sum(
        r["borough"] in ("BRONX", "QUEENS") and ("closed_date" not in r or 40.7 <= float(r["latitude"]) <= 40.8)
        for r in records
    )
    assert counted == [{"count": str(by_hand)}] and by_hand > 100


def test_mistakes_are_told_in_socratas_form(soda: SocrataPortal, shared_data: Path) -> None:
    missing = json.loads((shared_data / "api/socrata/seattle_police_911/missing-views.json").read_text())
    _, _, body = ask(soda, "/api/views/missing.json")
    assert json.loads(body) == missing
    missing = json.loads((shared_data / "api/socrata/seattle_police_911/missing-count.json").read_text())
    assert json.loads(ask(soda, "/resource/missing.json")[2]) == missing
    status, _, body = ask(soda, "/resource/fhrw-4uyv.json", {"$where": "nothing = 'x'"})
    assert (status, json.loads(body)["errorCode"]) == (400, "query.soql.no-such-column")
    status, _, body = ask(soda, "/resource/fhrw-4uyv.json", {"$where": "upper(borough) = 'BRONX'"})
    assert (status, json.loads(body)["code"]) == (400, "query.compiler.malformed")
    status, _, body = ask(soda, "/resource/fhrw-4uyv.json", {"$where": "borough = 5"})
    assert (status, json.loads(body)["errorCode"]) == (400, "query.soql.type-mismatch")
    assert ask(soda, "/resource/fhrw-4uyv.json", {"$nonsense": "1"})[0] == 400


def test_metadata_has_the_recorded_words(soda: SocrataPortal, shared_data: Path) -> None:
    recorded = json.loads((shared_data / "api/socrata/seattle_police_911/crimes-views.json").read_text())
    told = json.loads(ask(soda, "/api/views/fhrw-4uyv.json")[2])
    assert set(told) - set(recorded) <= {"assetType"}
    assert set(told["columns"][0]) <= set(recorded["columns"][0])
    assert {c["fieldName"]: c["dataTypeName"] for c in told["columns"]}["created_date"] == "calendar_date"


def test_the_same_again_is_not_sent_again(soda: SocrataPortal) -> None:
    query = {"$order": ":id", "$limit": 2}
    _, headers, _ = ask(soda, "/resource/fhrw-4uyv.json", query)
    assert ask(soda, "/resource/fhrw-4uyv.json", query, if_none_match=headers["etag"])[0] == 304
    soda.datasets["fhrw-4uyv"].change(lambda _record: True, {"status": "Closed "})
    assert ask(soda, "/resource/fhrw-4uyv.json", query, if_none_match=headers["etag"])[0] == 200


def test_an_export_in_sodas_words_is_what_soda_says(shared_data: Path) -> None:
    recorded = recorded_requests(shared_data)
    exported = exported_requests(shared_data)
    ours = {c.name for c in recorded.columns if not c.name.startswith(":@")}
    assert ours <= {c.name for c in exported.columns}
    (one,) = (r for r in exported.records if r["unique_key"] == "39573567")
    assert one["created_date"] == "2018-06-26T10:58:54.000" and one["latitude"] == "40.690092327843345"
    assert one["location"] == {"type": "Point", "coordinates": [-73.84642755940943, 40.690092327843345]}
    assert "landmark" not in one


# ArcGIS ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Polygon", "Line", "Point"])
def test_esri_shapes_are_as_esri_writes_them(name: str, shared_data: Path) -> None:
    folder = shared_data / "api/arcgis/esri_vs_geojson_pairs"
    esri = json.loads((folder / f"arcgis__arcGIS{name}Response.json").read_text())
    geojson = json.loads((folder / f"geojson__geoJSON{name}Response.json").read_text())
    for theirs, ours in zip(esri["features"], geojson["features"], strict=True):
        made = as_esri(ours["geometry"])
        assert made is not None and set(made) <= set(theirs["geometry"])
        for part in ("rings", "paths"):
            if part in made:
                turned = [(len(ring), _turns(ring)) for ring in made[part]]
                assert sorted(turned) == sorted((len(ring), _turns(ring)) for ring in theirs["geometry"][part])


def _turns(ring: list[list[float]]) -> bool:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) > 0


def test_a_layer_pages_counts_and_lists(shared_data: Path) -> None:
    layer = boroughs(shared_data)
    with ArcgisPortal([layer], prefix="/arcgis") as portal:
        path = f"/{layer.id}/query"
        base = {"f": "json", "where": "1=1"}
        assert json.loads(ask(portal, path, {**base, "returnCountOnly": "true"})[2]) == {"count": 5}
        ids = json.loads(ask(portal, path, {**base, "returnIdsOnly": "true"})[2])
        assert ids == {"objectIdFieldName": "OBJECTID", "objectIds": [1, 2, 3, 4, 5]}
        page = json.loads(ask(portal, path, {**base, "outFields": "*", "resultRecordCount": 2, "resultOffset": 2})[2])
        assert page["exceededTransferLimit"] is True and page["spatialReference"] == {
            "wkid": 102100,
            "latestWkid": 3857,
        }
        assert [f["attributes"]["OBJECTID"] for f in page["features"]] == [3, 4]
        x, y = page["features"][0]["geometry"]["rings"][0][0]
        assert -8_270_000 < x < -8_200_000 and 4_930_000 < y < 5_000_000
        whole = json.loads(
            ask(portal, path, {"f": "geojson", "where": "boro_code in (1, 2)", "outFields": "boro_name"})[2]
        )
        assert [f["properties"] for f in whole["features"]] == [{"boro_name": "Manhattan"}, {"boro_name": "Bronx"}]
        error = json.loads(ask(portal, path, {"f": "json", "where": "nothing = 1"})[2])
        assert set(error) == {"error"} and set(error["error"]) == {"code", "message", "details"}
        assert b"<html>" in ask(portal, path, {"where": "1=1"})[2]


def test_old_servers_do_what_the_recorded_ones_did(shared_data: Path) -> None:
    layer = ArcgisLayer(
        "rest/services/Old/MapServer/3", "Old", boroughs(shared_data).table,
        wkid=2263, most=2, paging="silent", counts=False, ids=False, statistics=False, geojson=False,
    )  # fmt: skip
    with ArcgisPortal([layer], longest=300) as portal:
        path, base = f"/{layer.id}/query", {"f": "json", "where": "1=1"}
        for asked in ("returnCountOnly", "returnIdsOnly"):
            given = json.loads(ask(portal, path, {**base, asked: "true"})[2])
            assert "features" in given and "count" not in given
        first = ask(portal, path, {**base, "resultOffset": 0})[2]
        assert first == ask(portal, path, {**base, "resultOffset": 2})[2]
        x, y = json.loads(first)["features"][0]["geometry"]["rings"][0][0]
        assert 900_000 < x < 1_070_000 and 110_000 < y < 280_000  # feet of the state plane
        failed = json.loads(ask(portal, path, {**base, "outStatistics": "[]x"})[2])
        assert failed == json.loads((shared_data / "api/arcgis/featureservice/statsFail.json").read_text())
        assert ask(portal, path, {**base, "objectIds": ",".join(map(str, range(1000)))})[0] == 404


# CKAN, Open311, files -----------------------------------------------------------------------------


def test_ckan_answers_in_its_envelope(shared_data: Path) -> None:
    table = Table((Column("name"), Column("price", "number")), ({"name": "a", "price": "1.10"}, {"name": "b"}))
    resource = CkanResource(ckan_id("r"), "Prices", table, file=b"name,price\na,1.10\nb,\n", file_name="prices.csv")
    with CkanPortal([CkanPackage("prices", "Prices", [resource])]) as portal:
        recorded = json.loads((shared_data / "api/ckan/magda/ckan-server-dataset-sample-response.json").read_text())
        told = json.loads(ask(portal, "/api/3/action/package_show", {"id": "prices"})[2])
        assert set(told) == set(recorded)
        assert set(told["result"]["resources"][0]) <= set(recorded["result"]["resources"][0])
        body = ask(portal, "/api/3/action/datastore_search", {"resource_id": resource.id, "sort": "_id"})[2]
        assert b'"records":[{"_id":1,"name":"a","price":1.10},{"_id":2,"name":"b","price":null}]' in body
        assert json.loads(body)["result"]["total"] == 2
        status, _, body = ask(portal, "/api/3/action/resource_show", {"id": "nothing"})
        assert status == 404 and json.loads(body)["error"]["__type"] == "Not Found Error"
        path = told["result"]["resources"][0]["url"].removeprefix(portal.url)
        assert ask(portal, path)[2] == resource.file
        status, headers, body = ask(portal, path, range="bytes=5-9")
        assert (status, headers["content-range"], body) == (206, "bytes 5-9/21", b"price")


def test_open311_answers_as_the_recorded_servers(shared_data: Path) -> None:
    folder = shared_data / "open311/georeport_v2_responses"
    recorded = json.loads((folder / "service_requests.json").read_text())
    rows = [{k: v if isinstance(v, str) else repr(v) for k, v in r.items()} for r in recorded]
    with Open311Portal(Dataset("r", "r", Table((), tuple(rows))), jurisdiction="chicago.gov") as portal:
        given = json.loads(ask(portal, "/requests.json", {"jurisdiction_id": "chicago.gov"})[2])
        assert given == recorded  # the newest first, and numbers as they are
        document = ElementTree.fromstring(ask(portal, "/requests.xml", {"jurisdiction_id": "chicago.gov"})[2])
        theirs = ElementTree.parse(folder / "requests_many.xml").getroot()
        assert (document.tag, document[0].tag) == (theirs.tag, theirs[0].tag)
        assert {e.tag for e in theirs[0]} == {e.tag for e in document[0]}
        status, _, body = ask(portal, "/requests.json")
        assert status == 400 and json.loads(body)[0]["code"] == 400
        window = {
            "jurisdiction_id": "chicago.gov",
            "start_date": "2014-07-12T15:50:00Z",
            "end_date": "2014-07-12T16:00:00Z",
        }
        (one,) = json.loads(ask(portal, "/requests.json", window)[2])
        assert one["service_request_id"] == "14-01100669"
        assert ask(portal, "/requests.json", {**window, "start_date": "2014-07-12"})[0] == 400


def test_a_predicate_is_judged_with_three_values() -> None:
    grammar = Grammar({"a": "number", "b": "text"})
    holds = parse("not (a > 1 or b = 'x') and b like '%''s'", grammar)
    assert holds({"a": "1.0", "b": "it's"}) is True
    assert holds({"a": "2", "b": "it's"}) is False
    assert holds({"b": "it's"}) is None
    for clause in ("a >", "a = 'x'", "(a = 1", "a = 1; drop", "c = 1", "a in ()", "b = 1"):
        with pytest.raises(Mistake):
            parse(clause, grammar)


def test_misbehaviours_strike_where_and_as_often_as_they_say() -> None:
    with FilesPortal({"a": b"a" * 4_000, "b": b"b" * 4_000}) as portal:
        portal.misbehave(throttled(times=2, after=1, retry_after=7))
        assert [ask(portal, path)[0] for path in ("/a", "/b", "/b", "/b", "/a")] == [200, 429, 429, 200, 200]
        assert [one.page for one in portal.asked] == [0, 1, 1, 1, 0]
        assert ask(portal, "/none")[0] == 404
        portal.misbehave(cut(times=1))
        with pytest.raises(Exception, match="2000"):
            ask(portal, "/a")
        assert len(ask(portal, "/a")[2]) == 4_000
        portal.misbehave(gzip_bomb(megabytes=3))
        raw = urllib.request.urlopen(f"{portal.url}/a").read()
        assert len(raw) < 10_000


def test_a_changed_column_stays_changed(shared_data: Path) -> None:
    dataset = SocrataDataset("abcd-efgh", "x", recorded_requests(shared_data).first(4))
    with SocrataPortal([dataset]) as portal:
        portal.misbehave(changed_column(rename={"borough": "boro"}, add={"ward": "7"}, after=1))
        names = [
            set(json.loads(ask(portal, "/resource/abcd-efgh.json", {"$limit": n, "$order": ":id"})[2])[0])
            for n in (1, 2, 1)
        ]
        assert ["boro" in one for one in names] == [False, True, True]
        assert "ward" in names[2] and "borough" not in names[1]
        columns = json.loads(ask(portal, "/api/views/abcd-efgh.json")[2])["columns"]
        assert "boro" in {c["fieldName"] for c in columns}


# The command --------------------------------------------------------------------------------------


def test_the_command_says_where_the_data_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--data", str(tmp_path / "nowhere")]) == 2
    assert "The real city data is not there" in capsys.readouterr().err
    assert command.main(["--list"]) == 0
    assert "--misbehave throttled" in capsys.readouterr().out


@pytest.mark.parametrize("city", command.cities())
def test_every_citys_portals_start_and_answer(city: str, shared_data: Path, project_root: Path) -> None:
    from contracts.city_load import load_city

    known = load_city(project_root / "cities" / city).portals
    started = command.portals_of(city, shared_data)
    assert set(started) == set(known)
    for name, portal in started.items():
        with portal:
            assert ask(portal, "/")[0] in (200, 400, 404), name
