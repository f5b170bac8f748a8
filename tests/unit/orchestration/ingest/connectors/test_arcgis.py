"""The ArcGIS connector against a server of every age, and against what real servers answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import InputError, OutsideError
from orchestration.ingest.connectors import arcgis
from orchestration.ingest.delivery import Fetched, Unchanged
from orchestration.ingest.esri.server import LONGEST_QUERY, both
from tests.portals.arcgis import ArcgisLayer, ArcgisPortal
from tests.portals.misbehaviour import duplicate_page, error_with_200, html, rows_added_while_paging, wrong_count
from tests.portals.rows import Column, Table
from tests.unit.orchestration.ingest.connectors.answered import BASE, NOW, Answered, by_portal, errand_for, server

LAYER = "rest/services/Town/Requests/FeatureServer/0"
COLUMNS = (Column("kind"), Column("amount", "number"), Column("opened", "timestamp"), Column("place", "geometry"))


def table(count: int) -> Table:
    def record(n: int) -> dict[str, Any]:
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n)
        place = {"type": "Point", "coordinates": [-74 + n / 1000, 40.5]}
        return {"kind": f"kind {n % 3}", "amount": f"{n}.10", "opened": at.isoformat(), "place": place}

    return Table(COLUMNS, tuple(record(n) for n in range(count)))


def layer(count: int = 23, **how: Any) -> ArcgisLayer:
    return ArcgisLayer(LAYER, "Requests", table(count), **{"edited": "edited_at", "most": 5, **how})


def settings(**more: Any) -> Any:
    return server("arcgis", layer=LAYER, geometryColumn="shape", **more)


def features(fetched: Fetched | Unchanged) -> list[dict[str, Any]]:
    assert isinstance(fetched, Fetched)
    body = fetched.path.read_bytes()
    assert len(body) == fetched.size
    return [json.loads(line) for line in body.splitlines()]


def numbers(fetched: Fetched | Unchanged) -> list[int]:
    return [one["properties"]["OBJECTID"] for one in features(fetched)]


# every kind of server -----------------------------------------------------------------------

SERVERS: Mapping[str, dict[str, Any]] = {
    "pages, GeoJSON": {},
    "pages, Esri's own form": {"geojson": False},
    "data in feet": {"geojson": False, "wkid": 2263},
    "no pages": {"paging": "no"},
    "pages not heeded": {"paging": "silent"},
    "no pages, no count": {"paging": "no", "counts": False},
    "no pages, no ids": {"paging": "no", "ids": False},
    "neither pages, count nor ids": {"paging": "silent", "ids": False, "counts": False, "statistics": False},
    "an old server": {"paging": "no", "geojson": False, "version": 10.0, "statistics": False},
    "one page": {"most": 500},
    "one record a page": {"most": 1},
}


@pytest.mark.parametrize("how", SERVERS.values(), ids=SERVERS)
def test_all_records_come_once_whatever_the_server_can(tmp_path: Path, how: dict[str, Any]) -> None:
    web = by_portal(ArcgisPortal([layer(**how)]))
    fetched = arcgis.bring(errand_for(web, tmp_path, settings()))
    found = features(fetched)
    assert isinstance(fetched, Fetched)
    assert numbers(fetched) == list(range(1, 24))
    assert [one["geometry"]["coordinates"][0] for one in found] == pytest.approx([-74 + n / 1000 for n in range(23)])
    assert b'"amount":7.10' in fetched.path.read_bytes()
    assert found[0]["properties"]["opened"] == 1767225600000
    assert fetched.declared in (23, None)
    assert (fetched.whole, fetched.cursor) == (True, None)
    assert max(len("&".join(f"{k}={v}" for k, v in query.items())) for _, query in web.asked) < LONGEST_QUERY


def test_shapes_are_asked_for_only_where_there_is_a_column_for_them(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer(wkid=2263, geojson=False)]))
    found = features(arcgis.bring(errand_for(web, tmp_path, server("arcgis", layer=LAYER))))
    assert {one["geometry"] for one in found} == {None}
    assert {query.get("returnGeometry") for path, query in web.asked if "outFields" in query} == {"false"}


def test_a_table_without_shapes(tmp_path: Path) -> None:
    plain = Table(COLUMNS[:1], tuple({"kind": str(n)} for n in range(7)))
    web = by_portal(ArcgisPortal([ArcgisLayer(LAYER, "Table", plain, most=3, geojson=False)]))
    assert [one["geometry"] for one in features(arcgis.bring(errand_for(web, tmp_path, settings())))] == [None] * 7


def test_an_empty_layer_is_an_empty_delivery(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer(0)]))
    fetched = arcgis.bring(errand_for(web, tmp_path, settings()))
    assert features(fetched) == []
    assert isinstance(fetched, Fetched)
    assert fetched.declared == 0


def test_the_filter_goes_with_every_request(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer(paging="no")]))
    fetched = arcgis.bring(errand_for(web, tmp_path, settings(filter="kind = 'kind 1'")))
    assert numbers(fetched) == list(range(2, 24, 3))


def test_object_ids_far_apart_do_not_take_an_answer_each(tmp_path: Path) -> None:
    one = layer(40, paging="silent", ids=False, counts=False, most=10)
    one.rows = [type(row)(row.number * 1_000_003, row.values, row.created_at, row.updated_at) for row in one.rows]
    web = by_portal(ArcgisPortal([one]))
    assert numbers(arcgis.bring(errand_for(web, tmp_path, settings()))) == [n * 1_000_003 for n in range(1, 41)]
    assert len(web.asked) < 120


def spoiled(web: Answered, spoil: Callable[[Mapping[str, str], dict[str, Any]], Any]) -> None:
    """Have each answer for records spoiled."""
    honest = web.answers

    def answers(path: str, query: Mapping[str, str]) -> Any:
        status, body = honest(path, query)
        return (status, json.dumps(spoil(query, json.loads(body))).encode()) if "returnGeometry" in query else body

    web.answers = answers


def test_a_server_that_gives_less_than_it_says_and_does_not_tell(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer(60, most=50, paging="no")]))
    spoiled(web, lambda _query, told: {**told, "features": told["features"][:7], "exceededTransferLimit": False})
    assert numbers(arcgis.bring(errand_for(web, tmp_path, settings()))) == list(range(1, 61))
    assert not any("objectIds" in query for _, query in web.asked)


def test_a_server_that_does_not_heed_ranges_is_asked_for_each_id(tmp_path: Path) -> None:
    one = layer(700, most=500, paging="no", geojson=False)
    one.rows = [type(row)(10**7 + row.number, row.values, row.created_at, row.updated_at) for row in one.rows]
    web = by_portal(ArcgisPortal([one], longest=2_048))
    refusal = {"error": {"code": 400, "message": "Unable to complete operation."}}
    spoiled(web, lambda query, told: told if "objectIds" in query else refusal)
    assert numbers(arcgis.bring(errand_for(web, tmp_path, settings()))) == [10**7 + n for n in range(1, 701)]
    asked = [query["objectIds"] for _, query in web.asked if "objectIds" in query]
    assert len(asked) < 8
    assert max(map(len, asked)) < LONGEST_QUERY


def test_a_server_that_says_nothing_of_how_many_there_are_is_told_of(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer(counts=False, ids=False)]))
    told: list[str] = []
    fetched = arcgis.bring(errand_for(web, tmp_path, settings(), told=told))
    assert numbers(fetched) == list(range(1, 24))
    assert isinstance(fetched, Fetched)
    assert fetched.declared is None
    assert any("does not say how many records it has: 23 came" in text for text in told)


# nothing new, and what is new ---------------------------------------------------------------


def test_a_layer_that_was_not_edited_is_not_read_again(tmp_path: Path) -> None:
    one = layer()
    web = by_portal(ArcgisPortal([one]))
    first = arcgis.bring(errand_for(web, tmp_path, settings()))
    again = errand_for(web, tmp_path, settings(), marks=first.marks)
    asked = len(web.asked)
    assert arcgis.still(again)
    assert isinstance(arcgis.bring(again), Unchanged)
    assert len(web.asked) == asked + 2
    one.add([{"kind": "new"}])
    assert not arcgis.still(again)
    assert len(features(arcgis.bring(again))) == 24


def test_new_columns_are_a_change_too(tmp_path: Path) -> None:
    one = layer()
    web = by_portal(ArcgisPortal([one]))
    marks = arcgis.bring(errand_for(web, tmp_path, settings())).marks
    one.reshape(lambda view: view.renamed({"kind": "sort"}), at=one.updated_at)
    assert not arcgis.still(errand_for(web, tmp_path, settings(), marks=marks))


def test_a_map_server_does_not_say_when_it_was_edited(tmp_path: Path) -> None:
    path = LAYER.replace("FeatureServer", "MapServer")
    web = by_portal(ArcgisPortal([ArcgisLayer(path, "Requests", table(3), edited="edited_at")]))
    one = server("arcgis", layer=path, geometryColumn="shape")
    fetched = arcgis.bring(errand_for(web, tmp_path, one))
    assert (numbers(fetched), dict(fetched.marks)) == ([1, 2, 3], {})
    assert not arcgis.still(errand_for(web, tmp_path, one, marks=fetched.marks))


def test_between_two_whole_readings_only_what_changed_is_asked_for(tmp_path: Path) -> None:
    one = layer()
    web = by_portal(ArcgisPortal([one]))
    by_change = settings(increment="edited_at")
    first = arcgis.bring(errand_for(web, tmp_path, by_change))
    assert isinstance(first, Fetched)
    assert (first.whole, first.cursor) == (True, str(int(one.updated_at.timestamp() * 1000)))
    one.add([{"kind": "new"}], at=one.updated_at + timedelta(minutes=3))
    one.change(lambda values: values.get("kind") == "kind 2", {"amount": "9"}, at=one.updated_at + timedelta(minutes=1))
    web.asked.clear()
    second = arcgis.bring(errand_for(web, tmp_path, by_change, marks=first.marks, cursor=first.cursor))
    assert isinstance(second, Fetched)
    assert second.whole is False
    assert second.cursor == str(int(one.updated_at.timestamp() * 1000))
    assert len(web.asked) < 12
    assert numbers(second) == list(range(1, 25))  # what stands on the cursor itself comes again
    third = arcgis.bring(errand_for(web, tmp_path, by_change, cursor=second.cursor))
    assert numbers(third) == list(range(3, 24, 3))


def test_nothing_behind_the_cursor_is_nothing_new(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer()]))
    later = str(int((NOW + timedelta(days=1)).timestamp() * 1000))
    brought = arcgis.bring(errand_for(web, tmp_path, settings(increment="edited_at"), cursor=later))
    assert isinstance(brought, Unchanged)
    assert not list((tmp_path / "unfinished").iterdir())


def test_an_increment_that_is_no_date_field(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer()]))
    with pytest.raises(InputError, match=r"no date field of the layer.*things.odcs.yaml:12.*Found edited_a.*edited_at"):
        arcgis.bring(errand_for(web, tmp_path, settings(increment="edited_a")))


def test_a_server_that_reads_times_in_a_zone_of_its_own_is_asked_for_a_day_more(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer()]))
    honest = web.answers

    def zoned(path: str, query: Mapping[str, str]) -> Any:
        status, body = honest(path, query)
        if path.endswith("/0"):
            reference = {"timeZone": "Eastern Standard Time", "respectsDaylightSaving": True}
            body = json.dumps({**json.loads(body), "dateFieldsTimeReference": reference}).encode()
        return status, body

    web.answers = zoned
    cursor = str(int(datetime(2026, 2, 10, 8, 30, tzinfo=UTC).timestamp() * 1000))
    arcgis.bring(errand_for(web, tmp_path, settings(increment="edited_at"), cursor=cursor))
    wheres = {query["where"] for _, query in web.asked if "where" in query}
    assert wheres == {"edited_at >= TIMESTAMP '2026-02-09 08:30:00'"}


# what goes wrong ----------------------------------------------------------------------------


def test_a_layer_that_changes_while_it_is_read_is_read_again_by_its_ids(tmp_path: Path) -> None:
    one = layer()
    portal = ArcgisPortal([one])
    told: list[str] = []
    web = by_portal(portal)
    portal.misbehave(rows_added_while_paging(one, [{"kind": "late"}], after=0))
    fetched = arcgis.bring(errand_for(web, tmp_path, settings(), told=told))
    assert numbers(fetched) == list(range(1, 25))
    assert any("changed while it was read" in text for text in told)


def test_records_that_go_while_they_are_read_are_not_missed(tmp_path: Path) -> None:
    one = layer(paging="no")
    portal = ArcgisPortal([one])
    web = by_portal(portal)
    honest = web.answers

    def deleting(path: str, query: Mapping[str, str]) -> Any:
        if "returnGeometry" in query:
            one.delete(lambda values: values["kind"] == "kind 2")
        return honest(path, query)

    web.answers = deleting
    fetched = arcgis.bring(errand_for(web, tmp_path, settings()))
    assert isinstance(fetched, Fetched)
    assert numbers(fetched) == [n for n in range(1, 24) if n % 3]
    assert fetched.declared == len(numbers(fetched))


def test_a_page_that_comes_twice_is_not_taken_twice(tmp_path: Path) -> None:
    portal = ArcgisPortal([layer()])
    portal.misbehave(duplicate_page(times=1))
    portal_pages(portal)
    assert numbers(arcgis.bring(errand_for(by_portal(portal), tmp_path, settings()))) == list(range(1, 24))


def portal_pages(portal: ArcgisPortal) -> None:
    """``by_portal`` counts no pages: let every request for records be a later one."""
    for one in portal.misbehaviours:
        one.after = 0


def test_a_record_that_comes_twice_by_its_id_is_refused(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer(paging="no")]))
    honest = web.answers

    def doubling(path: str, query: Mapping[str, str]) -> Any:
        status, body = honest(path, query)
        told = json.loads(body)
        if "returnGeometry" in query and told.get("features"):
            told["features"].append(told["features"][0])
        return status, json.dumps(told).encode()

    web.answers = doubling
    with pytest.raises(OutsideError, match="a record came twice") as refused:
        arcgis.bring(errand_for(web, tmp_path, settings()))
    assert refused.value.retry


def test_ids_that_are_listed_twice_are_refused(tmp_path: Path) -> None:
    def answers(path: str, query: Mapping[str, str]) -> bytes:
        return metadata(query) or json.dumps({"objectIds": [1, 2, 2]}).encode()

    with pytest.raises(OutsideError, match=r"came twice.*its list of object ids"):
        arcgis.bring(errand_for(Answered(answers), tmp_path, settings()))


@pytest.mark.parametrize("by", [5, -5])
def test_a_count_that_is_not_true(tmp_path: Path, by: int) -> None:
    portal = ArcgisPortal([layer()])
    portal.misbehave(wrong_count(by))
    errand = errand_for(by_portal(portal), tmp_path, settings())
    if by < 0:
        assert numbers(arcgis.bring(errand)) == list(range(1, 24))  # nothing is lost
        return
    with pytest.raises(OutsideError, match=r"lists fewer object ids than it counts.*Found 23 object ids, expected 28"):
        arcgis.bring(errand)


def test_records_that_are_listed_but_not_given(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer(paging="no")]))
    honest = web.answers

    def withholding(path: str, query: Mapping[str, str]) -> Any:
        status, body = honest(path, query)
        told = json.loads(body)
        if "returnGeometry" in query:
            told["features"] = [one for one in told["features"] if one["properties"]["OBJECTID"] != 9]
        return status, json.dumps(told).encode()

    web.answers = withholding
    with pytest.raises(OutsideError, match=r"lists records that it does not give.*Found 22 records, expected 23"):
        arcgis.bring(errand_for(web, tmp_path, settings()))


def test_an_error_with_status_200_is_asked_again_for_less(tmp_path: Path) -> None:
    portal = ArcgisPortal([layer(300, most=200)])
    portal.misbehave(error_with_200(times=1))
    web = by_portal(portal)
    assert len(numbers(arcgis.bring(errand_for(web, tmp_path, settings())))) == 300


def test_an_error_that_stays_is_named_and_what_came_is_kept(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer(300, most=100)]))
    honest = web.answers

    def failing(path: str, query: Mapping[str, str]) -> Any:
        if query.get("resultOffset") not in (None, "0", "100"):
            return b'{"error":{"code":500,"message":"Error performing query operation","details":[]}}'
        return honest(path, query)

    web.answers = failing
    with pytest.raises(OutsideError, match="error 500: Error performing query operation") as refused:
        arcgis.bring(errand_for(web, tmp_path, settings()))
    assert refused.value.retry
    web.answers = honest
    web.asked.clear()
    assert len(numbers(arcgis.bring(errand_for(web, tmp_path, settings())))) == 300
    assert next(query["resultOffset"] for _, query in web.asked if "resultOffset" in query) == "200"


@pytest.mark.parametrize("how", [{"paging": "no"}, {"paging": "silent", "ids": False, "counts": False}])
def test_the_other_ways_go_on_where_they_were_too(tmp_path: Path, how: dict[str, Any]) -> None:
    web = by_portal(ArcgisPortal([layer(60, most=10, **how)]))
    honest, left = web.answers, [4]

    def failing(path: str, query: Mapping[str, str]) -> Any:
        if query.get("outFields") == "*":
            left[0] -= 1
            if left[0] < 0:
                raise OutsideError("the line is dead", retry=True)
        return honest(path, query)

    web.answers = failing
    with pytest.raises(OutsideError, match="the line is dead"):
        arcgis.bring(errand_for(web, tmp_path, settings()))
    kept = (tmp_path / "unfinished" / "pages.jsonl").read_bytes().count(b"\n")
    assert kept > 0
    left[0] = 1_000
    assert numbers(arcgis.bring(errand_for(web, tmp_path, settings()))) == list(range(1, 61))
    assert left[0] >= 1_000 - 12


def test_a_page_for_people_with_status_200(tmp_path: Path) -> None:
    portal = ArcgisPortal([layer()])
    portal.misbehave(html())
    with pytest.raises(OutsideError, match="Found an HTML page"):
        arcgis.bring(errand_for(by_portal(portal), tmp_path, settings()))


def metadata(query: Mapping[str, str], **more: Any) -> bytes:
    """The layer's own words where these are asked for, and no count."""
    if "where" not in query and "objectIds" not in query:
        fields = [{"name": "OBJECTID", "type": "esriFieldTypeOID"}]
        return json.dumps({"fields": fields, "geometryType": "esriGeometryPoint", **more}).encode()
    return b"{}" if "returnCountOnly" in query else b""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error":{"code":499,"message":"Token Required","details":[]}}', "not open to everyone.*no token was sent"),
        (b'{"error":{"code":498,"message":"Invalid Token","details":[]}}', "not open to everyone"),
        (b'{"error":{"code":400,"message":"Invalid URL","details":["Invalid URL"]}}', "there is no such layer"),
        (b'{"error":{"code":500,"message":"Service Requests not started"}}', "does not say what it is.*error 500"),
        (b'{"layers":[{"id":3,"name":"Requests"}],"tables":[]}', r"of a service.*layers 3 \(Requests\).*Server/0/3"),
        (b'{"fields":[{"name":"A"}],"capabilities":"Map,Data"}', "can't be queried.*Map,Data.*Query among them"),
        (b'{"fields":[{"name":"A"}],"capabilities":""}', "can't be queried"),
        (b'{"type":"Group Layer","fields":[]}', "there is no such layer.*no fields"),
        (b"[]", "does not say what it is.*an array"),
        (b'{"fields":[{"na', "not JSON"),
        (b"<!doctype html><title>Services</title>", "not JSON"),
    ],
)
def test_what_is_no_layer(tmp_path: Path, body: bytes, said: str) -> None:
    web = Answered(lambda _path, _query: body)
    for ask in (arcgis.bring, arcgis.describe):
        with pytest.raises((InputError, OutsideError), match=said):
            ask(errand_for(web, tmp_path, settings()))


def test_a_layer_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no such layer.*status 404"):
        arcgis.bring(errand_for(Answered(lambda _path, _query: (404, b"")), tmp_path, settings()))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"error": {"code": 400, "message": "Invalid field: colour"}}, "error 400: Invalid field: colour"),
        ({"features": [{"attributes": {}}]}, "no object id.*no OBJECTID"),
        ({"features": [{"attributes": {"OBJECTID": "one"}}]}, "no form that is known"),
        ({"features": "none"}, "no form that is known"),
        ({"status": "ok"}, "no form that is known.*no features"),
        (
            {
                "features": [{"attributes": {"OBJECTID": 1}, "geometry": {"x": 1, "y": 2}}],
                "spatialReference": {"wkid": 3435},
            },
            "another reference system.*wkid 3435.*leave geometryColumn out",
        ),
        (
            {"features": [{"attributes": {"OBJECTID": 1}, "geometry": {"x": 1, "y": 2}}]},
            "another reference system.*no wkid",
        ),
        (
            {"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "EPSG:2263"}}, "features": []},
            "another reference system.*EPSG:2263",
        ),
        (
            {
                "features": [{"attributes": {"OBJECTID": 1}, "geometry": {"curveRings": []}}],
                "spatialReference": {"wkid": 4326},
            },
            "drawn with curves, https://portal.example/rest",
        ),
    ],
)
def test_answers_that_are_not_taken(tmp_path: Path, answer: Any, said: str) -> None:
    web = Answered(lambda _path, query: metadata(query, objectIdField="OBJECTID") or json.dumps(answer).encode())
    with pytest.raises(OutsideError, match=said):
        arcgis.bring(errand_for(web, tmp_path, settings()))


def test_an_answer_that_is_cut_off(tmp_path: Path) -> None:
    web = Answered(lambda _path, query: metadata(query) or b'{"features":[{"attributes":{"OBJECTID":1}},{"attri')
    with pytest.raises(OutsideError, match=r"is no JSON.*cut off") as refused:
        arcgis.bring(errand_for(web, tmp_path, settings()))
    assert refused.value.retry


def test_not_a_number_goes_on_to_the_door_as_a_text(tmp_path: Path) -> None:
    body = (
        b'{"spatialReference":{"wkid":4326},"features":[{"attributes":{"OBJECTID":1,"a":NaN,"b":"NaN, -Infinity"},'
        b'"geometry":{"x":NaN,"y":NaN}},{"attributes":{"OBJECTID":2,"a":-Infinity},"geometry":{"x":"NaN"}}]}'
    )
    told: list[str] = []
    web = Answered(lambda _path, query: b"{}" if "returnIdsOnly" in query else metadata(query) or body)
    fetched = arcgis.bring(errand_for(web, tmp_path, settings(), told=told))
    assert [one["properties"] for one in features(fetched)] == [
        {"OBJECTID": 1, "a": "NaN", "b": "NaN, -Infinity"},
        {"OBJECTID": 2, "a": "-Infinity"},
    ]
    assert [one["geometry"] for one in features(fetched)] == [None, None]
    assert any("2 records" in text and "empty shape" in text for text in told)


def test_a_layer_without_object_ids_must_fit_one_answer(tmp_path: Path) -> None:
    def answers(more: bool) -> Callable[[str, Mapping[str, str]], bytes]:
        records = {"features": [{"attributes": {"a": n}} for n in range(3)], "exceededTransferLimit": more}
        told = {"fields": [{"name": "a", "type": "esriFieldTypeInteger"}]}
        return lambda _path, query: (
            json.dumps(told).encode() if "where" not in query else metadata(query) or json.dumps(records).encode()
        )

    fetched = arcgis.bring(errand_for(Answered(answers(more=False)), tmp_path, settings()))
    assert [one["properties"]["a"] for one in features(fetched)] == [0, 1, 2]
    with pytest.raises(OutsideError, match="without object ids is larger than one answer"):
        arcgis.bring(errand_for(Answered(answers(more=True)), tmp_path, settings()))


def test_the_token_goes_in_a_header_and_never_in_an_address(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer()]))
    arcgis.bring(errand_for(web, tmp_path, settings(credential="${TOWN_TOKEN}")))
    assert {tuple(one.items()) for one in web.headers} == {
        (("X-Esri-Authorization", "Bearer secret of ${TOWN_TOKEN}"),)
    }
    assert not any("token" in query for _, query in web.asked)


def test_a_filter_that_no_address_holds(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer()]))
    with pytest.raises(InputError, match="too long for an address"):
        arcgis.bring(errand_for(web, tmp_path, settings(filter="kind = 'a'" + " OR kind = 'bbbb'" * 200)))


# addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "portal", "found"),
    [
        (
            "https://services.arcgis.com/AbC/arcgis/rest/services/Zones/FeatureServer/0",
            "https://services.arcgis.com/AbC/arcgis",
            {"layer": "rest/services/Zones/FeatureServer/0"},
        ),
        (
            "https://gis.example.gov:6443/server/rest/services/A/B%20C/MapServer/12/query?where=1%3D1&outFields=*&f=json",
            "https://gis.example.gov:6443/server",
            {"layer": "rest/services/A/B C/MapServer/12"},
        ),
        (
            "https://gis.example.gov/rest/services/Z/FeatureServer/3/query?where=STATUS%3D%27Open%27&token=secret",
            "https://gis.example.gov",
            {"layer": "rest/services/Z/FeatureServer/3", "filter": "STATUS='Open'"},
        ),
        (
            "https://user:word@gis.example.gov/arcgis/rest/services/Z/FeatureServer/",
            "https://gis.example.gov/arcgis",
            {"layer": "rest/services/Z/FeatureServer"},
        ),
    ],
)
def test_addresses_that_are_known(url: str, portal: str, found: dict[str, str]) -> None:
    recognised = arcgis.recognise(url)
    assert recognised is not None
    assert (recognised.connector, recognised.portal, dict(recognised.settings)) == ("arcgis", portal, found)
    assert "secret" not in str(recognised)


@pytest.mark.parametrize(
    "url",
    [
        "https://data.example.gov/resource/abcd-1234.json",
        "https://gis.example.gov/arcgis/rest/services",
        "https://gis.example.gov/arcgis/rest/services/A/GPServer/1",
        "ftp://gis.example.gov/rest/services/A/FeatureServer/0",
        "rest/services/A/FeatureServer/0",
        "https:///rest/services/A/FeatureServer/0",
    ],
)
def test_addresses_that_are_not(url: str) -> None:
    assert arcgis.recognise(url) is None


def test_what_is_shown_has_no_user_and_no_query(tmp_path: Path) -> None:
    one = server("arcgis", layer="/rest/services/A/B C/FeatureServer/0/")
    location = arcgis.locate(one, tmp_path, {"town": "https://user:word@gis.example.gov/arcgis/"})
    assert location.url.endswith("/arcgis/rest/services/A/B%20C/FeatureServer/0")
    assert location.shown == "https://gis.example.gov/arcgis/rest/services/A/B%20C/FeatureServer/0"


@pytest.mark.parametrize(
    "path",
    [
        *("", "Zones", "https://x.example/rest/services/A/FeatureServer/0", "rest/services/../FeatureServer/0"),
        *("rest/services/A/FeatureServer/0?token=x", "rest/services/A/FeatureServer/0/query", "FeatureServer/0"),
    ],
)
def test_a_layer_that_is_no_address_of_one(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError, match="a layer's address is not one"):
        arcgis.locate(server("arcgis", layer=path), tmp_path, {"town": BASE})


def test_conditions_hold_together() -> None:
    assert both("1=1") == both("", "1=1") == "1=1"
    assert both("a = 1 OR b = 2", "c = 3") == "(a = 1 OR b = 2) AND (c = 3)"


# what a layer says of itself ----------------------------------------------------------------


def test_a_layer_describes_itself(tmp_path: Path) -> None:
    web = by_portal(ArcgisPortal([layer()]))
    described = arcgis.describe(errand_for(web, tmp_path, server("arcgis", layer=LAYER, filter="kind = 'kind 1'")))
    assert dict(described.settings) == {"layer": LAYER, "filter": "kind = 'kind 1'", "geometryColumn": "shape"}
    columns = {column.name: column for column in described.columns}
    assert [(name, one.logical_type, one.format, one.key) for name, one in columns.items()] == [
        ("OBJECTID", "integer", None, True),
        ("kind", "string", None, False),
        ("amount", "number", None, False),
        ("opened", "timestamp", "epoch_ms", False),
        ("edited_at", "timestamp", "epoch_ms", False),
        ("shape", "string", None, False),
    ]
    assert (described.title, described.records) == ("Requests", 8)
    assert described.updated_at == layer().updated_at.isoformat()
    assert [one["OBJECTID"] for one in described.sample] == [2, 5, 8, 11, 14]


def recorded(shared_data: Path, name: str, **others: str) -> Answered:
    """A server that answers as the recorded ones did: ``metadata``, and ``others`` by what a query asks for."""
    folder = shared_data / "api/arcgis"

    def answers(_path: str, query: Mapping[str, str]) -> bytes:
        kind = next((k for k in ("returnCountOnly", "returnIdsOnly") if k in query), "page" if "where" in query else "")
        return (folder / f"{others[kind] if kind else name}.json").read_bytes()

    return Answered(answers)


@pytest.mark.real_data
def test_a_recorded_layer_in_plain_words(shared_data: Path, tmp_path: Path) -> None:
    web = recorded(
        shared_data,
        "esridump/us-il-chicago__metadata",
        returnCountOnly="esridump/us-il-chicago__count-only",
        page="featureservice/features-empty",
    )
    described = arcgis.describe(errand_for(web, tmp_path, settings()))
    assert described.title == "Census Designated Places"
    assert described.licence == "Source: U.S. Census Bureau"
    assert (described.records, described.updated_at, described.sample) == (0, None, ())
    assert [one.name for one in described.columns if one.key] == ["OBJECTID"]


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name",
    [
        *("esridump/us-ca-carson__us-ca-carson-metadata", "esridump/us-esri-test__us-esri-test-metadata"),
        *("esridump/us-fl-polk__us-fl-polk-metadata", "esridump/us-il-cook__metadata"),
        *("esridump/us-ms-madison__us-ms-madison-metadata", "featureservice/hostedLayerInfo", "featureservice/layer"),
        *("featureservice/layer10.0", "featureservice/layerInfo", "featureservice/layerNoPaging"),
        *("featureservice/layerPaging", "featureservice/layerStatsFail"),
    ],
)
def test_every_recorded_layer_is_read(shared_data: Path, tmp_path: Path, name: str) -> None:
    told = json.loads((shared_data / f"api/arcgis/{name}.json").read_bytes())
    web = recorded(shared_data, name, returnCountOnly="featureservice/count", page="featureservice/features-empty")
    described = arcgis.describe(errand_for(web, tmp_path, settings()))
    values = [one for one in told["fields"] if one["type"] != "esriFieldTypeGeometry"]
    assert [one.name for one in described.columns[:-1]] == [one["name"] for one in values]
    assert described.columns[-1].name not in {one["name"].casefold() for one in values}
    assert (described.updated_at is not None) == ("editingInfo" in told)
    coded = [one for one in values if (one.get("domain") or {}).get("codedValues")]
    texts = {one.name: one.description for one in described.columns}
    for one in coded:
        assert str(one["domain"]["codedValues"][0]["code"]) in texts[one["name"]]


@pytest.mark.real_data
def test_a_recorded_server_that_heeds_neither_count_nor_ids(shared_data: Path, tmp_path: Path) -> None:
    """Cook County's server answers each question with its first records; only ``where`` is heeded."""
    folder = shared_data / "api/arcgis/esridump"
    page = json.loads((folder / "us-il-cook__page-full.json").read_bytes())
    rest = json.loads((folder / "us-il-cook__page-partial.json").read_bytes())
    records = page["features"] + rest["features"]
    described = (folder / "us-il-cook__metadata.json").read_bytes()

    def answers(_path: str, query: Mapping[str, str]) -> bytes:
        if "where" not in query:
            return described
        found = [one for one in records if holds(query["where"], one["attributes"]["OBJECTID"])]
        return json.dumps({**page, "features": found[:500]}).encode()

    def holds(where: str, number: int) -> bool:
        parts = where.replace("(", "").replace(")", "").replace("1=1 AND ", "").split(" AND ")
        checks: dict[str, Callable[[int, int], bool]] = {
            ">=": lambda a, b: a >= b,
            "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b,
            "<": lambda a, b: a < b,
        }
        return all(part == "1=1" or checks[part.split()[1]](number, int(part.split()[2])) for part in parts)

    web = Answered(answers)
    fetched = arcgis.bring(errand_for(web, tmp_path, settings()))
    assert isinstance(fetched, Fetched)
    assert fetched.declared is None
    assert numbers(fetched) == sorted(one["attributes"]["OBJECTID"] for one in records)
    assert len(numbers(fetched)) == 502
    sent = {one["attributes"]["OBJECTID"]: one for one in records}
    for one in features(fetched):
        right = sent[one["properties"]["OBJECTID"]]
        assert one["properties"] == right["attributes"]
        assert one["geometry"]["coordinates"] == [right["geometry"]["x"], right["geometry"]["y"]]


@pytest.mark.real_data
def test_a_recorded_count_that_is_a_page_of_another_reference_system(shared_data: Path, tmp_path: Path) -> None:
    """Asked for a count, the server sent shapes in feet: no count, and no shapes that can be taken."""
    name = "esridump/us-il-cook__count-only"
    web = recorded(shared_data, "esridump/us-il-cook__metadata", returnCountOnly=name, returnIdsOnly=name, page=name)
    with pytest.raises(OutsideError, match=r"no form that is known|no object id|another reference system"):
        arcgis.bring(errand_for(web, tmp_path, settings()))


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["secured", "statsFail"])
def test_recorded_errors_with_status_200(shared_data: Path, tmp_path: Path, name: str) -> None:
    body = (shared_data / f"api/arcgis/featureservice/{name}.json").read_bytes()
    web = Answered(lambda _path, query: metadata(query) if "where" not in query else body)
    with pytest.raises(OutsideError, match=r"error (499: Token Required|400: Invalid or missing input parameters)"):
        arcgis.bring(errand_for(web, tmp_path, settings()))
