"""The CKAN connector over a portal with one package, a file and a datastore."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import InputError, OutsideError
from orchestration.ingest.ckan.described import form_of
from orchestration.ingest.connectors import ckan
from orchestration.ingest.delivery import Errand, Fetched, Unchanged
from orchestration.ingest.web.client import Answer
from tests.unit.orchestration.ingest.connectors.stub_web import Asked, StubWeb, answer, column, errand_to

ID = "a6a23cd9-f2b7-4ed2-a4b8-a7ab593b01d7"
URL = f"https://data.example.org/dataset/things/resource/{ID}/download/things.csv"
FILE = {"connector": "ckan", "resource": ID, "way": "download", "format": "csv"}
STORED = {"connector": "ckan", "resource": ID, "way": "datastore", "pageSize": 3}
TOKEN = {"credential": "${PORTAL_TOKEN}"}


@dataclass
class CkanStub:
    """A portal: ``resource`` as it is told, ``rows`` of its datastore, ``body`` of its file."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    body: bytes = b"id,name\n1,a\n"
    resource: dict[str, Any] = field(default_factory=dict)
    others: list[dict[str, Any]] = field(default_factory=list)
    fields: list[Any] = field(default_factory=lambda: [{"id": "_id", "type": "int"}, {"id": "id", "type": "text"}])
    most: int = 32_000
    total: Any = None
    etag: str = ""
    pages: int = 0
    meanwhile: Callable[[CkanStub], None] | None = None

    def told(self) -> dict[str, Any]:
        known = {"id": ID, "package_id": "pack", "name": "things", "format": "CSV", "url": URL, "url_type": "upload"}
        return {**known, "last_modified": "2026-01-01T00:00:00.000000", "hash": "", **self.resource}

    def __call__(self, asked: Asked) -> Answer:
        action = asked.path.partition("/api/3/action/")[2]
        if action == "resource_show" and asked.query["id"] == ID:
            return envelope(self.told())
        if action == "package_show" and asked.query["id"] in ("things", "pack"):
            return envelope(
                {"id": "pack", "name": "things", "title": "Things", "resources": [self.told(), *self.others]}
            )
        if action == "datastore_search" and asked.query["resource_id"] == ID:
            return self._search(asked.query)
        if not action:
            sign = {"etag": self.etag} if self.etag else {}
            if self.etag and asked.headers.get("if-none-match") == self.etag:
                return answer(b"", 304, **sign)
            return answer(self.body, 200, **sign)
        return refusal("Not Found Error", 404, "SECRET")

    def _search(self, query: Mapping[str, str]) -> Answer:
        limit, offset = min(int(query["limit"]), self.most), int(query.get("offset", 0))
        if offset or limit > 1:
            self.pages += 1
            if self.meanwhile is not None:
                self.meanwhile(self)
        rows = list(self.rows)
        if query.get("sort") == "_id desc":
            rows = rows[::-1]
        found = {"fields": self.fields, "records": rows[offset : offset + limit], "limit": limit}
        if query.get("include_total") != "false":
            found |= {"total": len(self.rows) if self.total is None else self.total}
        return envelope(found)


def envelope(result: Any, **more: Any) -> Answer:
    return answer({"help": "https://data.example.org/help", "success": True, "result": result, **more})


def refusal(kind: str, status: int, message: Any) -> Answer:
    error = message if isinstance(message, dict) else {"message": message}
    return answer({"help": "", "success": False, "error": {"__type": kind, **error}}, status)


def rows(count: int) -> list[dict[str, Any]]:
    return [{"_id": n + 1, "id": f"{n}", "name": None} for n in range(count)]


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "_id"} for row in rows]


def kept_records(fetched: Fetched) -> list[dict[str, Any]]:
    return [json.loads(line) for line in fetched.path.read_bytes().splitlines()]


def fetch(errand: Errand) -> Fetched:
    found = ckan.bring(errand)
    assert isinstance(found, Fetched)
    return found


def pages(asked: list[Asked]) -> list[Asked]:
    return [one for one in asked if "include_total" in one.query]


# A file -------------------------------------------------------------------------------------------------------------


def test_an_uploaded_file_comes_and_its_change_is_told_by_the_portal(tmp_path: Path) -> None:
    portal = CkanStub()
    web = StubWeb(portal)
    fetched = fetch(errand_to(tmp_path, web, FILE))
    assert fetched.path.read_bytes() == portal.body
    assert [one.url for one in web.take()] == ["https://data.example.org/api/3/action/resource_show", URL]
    errand = errand_to(tmp_path, web, FILE, marks=fetched.marks)
    assert ckan.still(errand)
    assert ckan.bring(errand) == Unchanged(fetched.marks)
    assert len(web.take()) == 2
    portal.resource["last_modified"] = "2026-01-02T00:00:00.000000"
    portal.body = b"id,name\n2,b\n"
    assert not ckan.still(errand)
    assert fetch(errand).path.read_bytes() == portal.body


def test_of_a_link_its_own_server_is_asked(tmp_path: Path) -> None:
    elsewhere = "https://cdn.example.com/files/things.csv?v=secret"
    portal = CkanStub(resource={"url": elsewhere, "url_type": None}, etag='"one"')
    web = StubWeb(portal)
    fetched = fetch(errand_to(tmp_path, web, {**FILE, **TOKEN}))
    errand = errand_to(tmp_path, web, {**FILE, **TOKEN}, marks=fetched.marks)
    web.take()
    assert ckan.still(errand)
    assert isinstance(ckan.bring(errand), Unchanged)
    asked = web.take()
    assert [one.url for one in asked] == ["https://data.example.org/api/3/action/resource_show", elsewhere] * 2
    assert [one.headers.get("Authorization") for one in asked] == ["value of ${PORTAL_TOKEN}", None] * 2
    portal.etag, portal.body = '"two"', b"id,name\n3,c\n"
    assert not ckan.still(errand)
    assert fetch(errand).path.read_bytes() == portal.body


def test_a_link_without_a_sign_is_fetched_again(tmp_path: Path) -> None:
    web = StubWeb(CkanStub(resource={"url": "https://cdn.example.com/things.csv", "url_type": None}))
    fetched = fetch(errand_to(tmp_path, web, FILE))
    errand = errand_to(tmp_path, web, FILE, marks=fetched.marks)
    assert not ckan.still(errand)
    assert fetch(errand).sha256 == fetched.sha256


def test_the_sign_of_another_address_means_nothing(tmp_path: Path) -> None:
    portal = CkanStub(resource={"url": "https://cdn.example.com/a.csv", "url_type": None}, etag='"one"')
    web = StubWeb(portal)
    marks = fetch(errand_to(tmp_path, web, FILE)).marks
    portal.resource["url"] = "https://cdn.example.com/b.csv"
    web.take()
    assert isinstance(ckan.bring(errand_to(tmp_path, web, FILE, marks=marks)), Fetched)
    assert "if-none-match" not in web.take()[-1].headers


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("/dataset/things/download/a.csv", "https://data.example.org/dataset/things/download/a.csv"),
        ("http://data.example.org/a.csv", "https://data.example.org/a.csv"),
        ("http://cdn.example.com/a.csv", "http://cdn.example.com/a.csv"),
    ],
)
def test_addresses_of_files_are_made_whole(tmp_path: Path, given: str, asked: str) -> None:
    web = StubWeb(CkanStub(resource={"url": given}))
    fetch(errand_to(tmp_path, web, {**FILE, **TOKEN}))
    assert web.asked[-1].url == asked
    assert ("Authorization" in web.asked[-1].headers) == ("data.example.org" in asked)


def test_a_resource_is_found_by_its_name(tmp_path: Path) -> None:
    web = StubWeb(CkanStub(others=[{"id": "other", "name": "things 2024", "url": "https://data.example.org/b.csv"}]))
    named = {**FILE, "resource": "things", "package": "things"}
    assert fetch(errand_to(tmp_path, web, named)).size
    with pytest.raises(InputError, match="no such resource") as caught:
        ckan.bring(errand_to(tmp_path, web, {**named, "resource": "thigs"}))
    assert caught.value.expected == "things"
    web = StubWeb(CkanStub(others=[{"id": "other", "name": "things"}]))
    with pytest.raises(InputError, match="several resources of one name") as caught:
        ckan.bring(errand_to(tmp_path, web, named))
    assert f"{ID}, other" in str(caught.value.expected)


def test_a_resource_without_a_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no file") as caught:
        ckan.bring(errand_to(tmp_path, StubWeb(CkanStub(resource={"url": ""})), FILE))
    assert "way: datastore" in str(caught.value.hint)


@pytest.mark.parametrize(("status", "what"), [(404, "is not there"), (403, "may not be read"), (418, "was not given")])
def test_a_file_that_is_refused_is_told(tmp_path: Path, status: int, what: str) -> None:
    portal = CkanStub()

    def play(asked: Asked) -> Answer:
        return answer(b"<html>no</html>", status) if asked.url == URL else portal(asked)

    with pytest.raises(OutsideError, match=what):
        ckan.bring(errand_to(tmp_path, StubWeb(play), FILE))
    assert not list(tmp_path.glob("bytes/*"))


# The datastore -------------------------------------------------------------------------------------------------------


def test_records_come_page_by_page_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    portal = CkanStub(rows(8))
    web = StubWeb(portal)
    fetched = fetch(errand_to(tmp_path, web, STORED))
    assert kept_records(fetched) == plain(portal.rows)
    assert (fetched.declared, fetched.pages, fetched.whole, fetched.marks) == (8, 3, True, {})
    assert fetched.columns == {"id": "text"}
    asked = pages(web.asked)
    assert [one.query["offset"] for one in asked] == ["0", "3", "6"]
    assert {(one.query["sort"], one.query["limit"]) for one in asked} == {("_id", "3")}
    assert not ckan.still(errand_to(tmp_path, web, STORED, marks=fetched.marks))


def test_the_number_of_a_record_is_kept_where_the_contract_wants_it(tmp_path: Path) -> None:
    columns = (column("number", "integer", physicalName="_id"), column("id"))
    fetched = fetch(errand_to(tmp_path, StubWeb(CkanStub(rows(2))), STORED, columns))
    assert kept_records(fetched)[1] == {"_id": 2, "id": "1", "name": None}


def test_a_portal_that_gives_less_at_a_time_is_asked_from_there(tmp_path: Path) -> None:
    portal = CkanStub(rows(7), most=2)
    web = StubWeb(portal)
    assert kept_records(fetch(errand_to(tmp_path, web, STORED))) == plain(portal.rows)
    assert [one.query["offset"] for one in pages(web.asked)] == ["0", "2", "4", "6"]


def test_an_estimated_number_of_records_is_no_declaration(tmp_path: Path) -> None:
    portal = CkanStub(rows(7))
    search = portal._search

    def estimated(query: Mapping[str, str]) -> Answer:
        told = json.loads(search(query).body)
        return envelope({**told["result"], "total": 1000, "total_was_estimated": True})

    portal._search = estimated  # type: ignore[method-assign]
    web = StubWeb(portal)
    fetched = fetch(errand_to(tmp_path, web, STORED))
    assert (fetched.declared, len(kept_records(fetched))) == (None, 7)
    assert pages(web.asked)[-1].query["offset"] == "7"


def test_a_fetch_that_broke_goes_on_at_the_page(tmp_path: Path) -> None:
    portal = CkanStub(rows(10))
    whole = fetch(errand_to(tmp_path / "whole", StubWeb(portal), STORED))

    def breaks(stub: CkanStub) -> None:
        if stub.pages == 3:
            raise OutsideError("a connection broke", retry=True)

    portal.pages, portal.meanwhile = 0, breaks
    web = StubWeb(portal)
    with pytest.raises(OutsideError, match="a connection broke"):
        ckan.bring(errand_to(tmp_path, web, STORED))
    portal.meanwhile = None
    web.take()
    fetched = fetch(errand_to(tmp_path, web, STORED))
    assert [one.query["offset"] for one in pages(web.take())] == ["6", "9"]
    assert (fetched.sha256, fetched.pages) == (whole.sha256, whole.pages)


def test_records_that_move_while_they_are_read_are_read_once_more(tmp_path: Path) -> None:
    def deletes(stub: CkanStub) -> None:
        if stub.pages == 2:
            del stub.rows[0]

    portal = CkanStub(rows(8), meanwhile=deletes)
    fetched = fetch(errand_to(tmp_path, StubWeb(portal), STORED))
    assert kept_records(fetched) == plain(rows(8))[1:]

    def grows(stub: CkanStub) -> None:
        stub.rows.append({"_id": stub.rows[-1]["_id"] + 1, "id": "x", "name": None})

    web = StubWeb(CkanStub(rows(8), meanwhile=grows))
    with pytest.raises(OutsideError, match="changes while it is read") as caught:
        ckan.bring(errand_to(tmp_path / "other", web, STORED))
    assert caught.value.retry
    assert not (tmp_path / "other" / "bytes").exists()


def test_a_page_that_begins_before_the_end_of_the_last_is_found(tmp_path: Path) -> None:
    portal = CkanStub(rows(8))
    search = portal._search
    portal._search = lambda query: search({**query, "offset": "0"})  # type: ignore[method-assign]
    with pytest.raises(OutsideError, match="the same page again"):
        ckan.bring(errand_to(tmp_path, StubWeb(portal), STORED))

    def overlapping(query: Mapping[str, str]) -> Answer:
        return search({**query, "offset": str(max(0, int(query.get("offset", 0)) - 1))})

    portal._search = overlapping  # type: ignore[method-assign]
    with pytest.raises(OutsideError, match="changes while it is read"):
        ckan.bring(errand_to(tmp_path / "other", StubWeb(portal), STORED))


def test_fewer_records_than_declared_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="another number of records") as caught:
        ckan.bring(errand_to(tmp_path, StubWeb(CkanStub(rows(8), total=9)), STORED))
    assert (caught.value.found, caught.value.expected) == ("8 records", "9")


def test_a_resource_without_numbers_goes_by_the_contracts_key(tmp_path: Path) -> None:
    portal = CkanStub(plain(rows(4)), fields=[{"id": "id", "type": "text"}])
    web = StubWeb(portal)
    assert len(kept_records(fetch(errand_to(tmp_path, web, STORED)))) == 4
    assert {one.query["sort"] for one in pages(web.asked)} == {'"id" asc'}
    with pytest.raises(InputError, match="no row ids"):
        ckan.bring(errand_to(tmp_path, StubWeb(portal), STORED, (column("name"),)))


def test_a_resource_without_records_is_an_empty_file(tmp_path: Path) -> None:
    fetched = fetch(errand_to(tmp_path, StubWeb(CkanStub()), STORED))
    assert (fetched.size, fetched.declared) == (0, 0)


ERRORS: list[tuple[str, Answer, type[Exception], str]] = [
    ("missing", refusal("Not Found Error", 404, "SECRET"), InputError, "no such package or resource"),
    ("missing, sent with 200", refusal("Not Found Error", 200, "SECRET"), InputError, "no such package or resource"),
    ("private", refusal("Authorization Error", 403, "SECRET"), OutsideError, "does not let this be read"),
    ("invalid", refusal("Validation Error", 409, {"limit": ["SECRET"]}), InputError, "does not understand"),
    ("search", refusal("Search Query Error", 400, "SECRET"), InputError, "does not understand"),
    (
        "unknown column",
        refusal("Validation Error", 409, {"sort": ['field "ward" not in table']}),
        InputError,
        "does not know a column",
    ),
    ("internal", refusal("Internal Server Error", 200, "SECRET"), OutsideError, "answered with an error"),
    ("an odd kind", refusal("<b>SECRET</b>", 400, "SECRET"), OutsideError, "answered with an error"),
    ("no portal", answer(b"<html>SECRET</html>", 404), OutsideError, "does not answer as CKAN"),
    ("bad request", answer(b'"Bad request - SECRET"', 400), OutsideError, "does not answer as CKAN"),
    ("another API", answer({"data": ["SECRET"]}), OutsideError, "CKAN|no records"),
    ("HTML with 200", answer(b"<html>SECRET</html>"), OutsideError, "JSON"),
]


@pytest.mark.parametrize("case", ERRORS, ids=[case[0] for case in ERRORS])
@pytest.mark.parametrize("server", [FILE, STORED], ids=["file", "datastore"])
def test_errors_of_the_portal_are_named(
    tmp_path: Path, case: tuple[str, Answer, type[Exception], str], server: Mapping[str, Any]
) -> None:
    _, said, kind, what = case
    with pytest.raises(kind, match=what) as caught:
        ckan.bring(errand_to(tmp_path, StubWeb(lambda _: said), {**server, **TOKEN}))
    assert "SECRET" not in str(caught.value)
    assert "PORTAL_TOKEN" not in str(caught.value)
    assert not (tmp_path / "bytes").exists()


def test_an_error_in_the_middle_of_pages_keeps_what_came(tmp_path: Path) -> None:
    portal = CkanStub(rows(8))

    def play(asked: Asked) -> Answer:
        if asked.query.get("offset") == "3" and portal.pages < 3:
            portal.pages += 9
            return refusal("Internal Server Error", 200, "x")
        return portal(asked)

    web = StubWeb(play)
    with pytest.raises(OutsideError, match="answered with an error") as caught:
        ckan.bring(errand_to(tmp_path, web, STORED))
    assert caught.value.retry
    web.take()
    assert len(kept_records(fetch(errand_to(tmp_path, web, STORED)))) == 8
    assert [one.query["offset"] for one in pages(web.take())] == ["3", "6"]


def test_what_the_portal_no_longer_has_is_said_by_bringing_it(tmp_path: Path) -> None:
    web = StubWeb(lambda _: refusal("Not Found Error", 404, "x"))
    assert not ckan.still(errand_to(tmp_path, web, FILE, marks={"resource.url": "x"}))


# Addresses and descriptions -------------------------------------------------------------------------------------------


BOTH = {"package": "bikes", "resource": ID}
RECORDS = {"resource": ID, "way": "datastore"}
RECOGNISED: list[tuple[str, str, Mapping[str, str]]] = [
    ("https://data.example.org", "/dataset/bikes", {"package": "bikes"}),
    ("https://data.example.org", f"/dataset/bikes/resource/{ID}", BOTH),
    ("https://data.example.org", f"/es/dataset/bikes/archivo/{ID}", BOTH),
    ("https://open.example.org/data", f"/en/dataset/bikes/resource/{ID}/download/b.csv", BOTH),
    ("https://data.example.org", f"/api/3/action/datastore_search?resource_id={ID}&limit=5", RECORDS),
    ("https://data.example.org/data", "/api/action/package_show?id=bikes", {"package": "bikes"}),
    ("http://127.0.0.1:81", f"/datastore/dump/{ID}?bom=True", RECORDS),
]


@pytest.mark.parametrize(("portal", "path", "settings"), RECOGNISED)
def test_addresses_are_recognised(portal: str, path: str, settings: Mapping[str, str]) -> None:
    found = ckan.recognise(portal + path)
    assert found is not None
    assert (found.connector, found.portal, found.settings) == ("ckan", portal, settings)


@pytest.mark.parametrize(
    "url",
    [
        "https://data.example.org/dataset",
        "https://data.example.org/datasets/bikes",
        "https://data.example.org/explore/dataset/bikes/information/",
        "https://data.example.org/resource/abcd-1234.json",
        "https://data.example.org/api/3/action/package_show",
        "https://data.example.org/files/things.csv",
        "file:///dataset/bikes",
    ],
)
def test_other_addresses_are_left_to_others(url: str) -> None:
    assert ckan.recognise(url) is None


@pytest.mark.parametrize(
    ("told", "form"),
    [
        ({"format": "CSV", "url": "https://x/y"}, {"format": "csv"}),
        ({"format": " .xlsx ", "url": ""}, {"format": "xlsx"}),
        ({"format": "Excel", "url": "https://x/y/a.xlsx"}, {"format": "xlsx"}),
        ({"format": "XLS", "url": "https://x/y/a.xls"}, {}),
        ({"format": "ZIP", "url": "https://x/y/a.csv.zip"}, {"format": "csv", "compression": "zip"}),
        ({"format": "CSV (zip)", "url": "https://x/y/download"}, {"format": "csv", "compression": "zip"}),
        ({"format": "text/csv", "url": "https://x/y/a.csv.gz?z=1"}, {"format": "csv", "compression": "gzip"}),
        ({"format": "TSV", "url": "https://x/y/a.tsv"}, {"format": "csv", "delimiter": "\t"}),
        ({"format": "TIFF", "url": "https://x/y/a.tif"}, {}),
    ],
)
def test_formats_are_told_from_what_publishers_write(told: Mapping[str, str], form: Mapping[str, str]) -> None:
    assert form_of(told) == form


def test_a_resource_describes_itself(tmp_path: Path) -> None:
    fields = [
        {"id": "_id", "type": "int"},
        {"id": "id", "type": "text", "info": {"label": "Number", "notes": "As printed."}},
        {"id": "opened", "type": "timestamp"},
        {"id": "tags", "type": "_text"},
    ]
    portal = CkanStub(
        [{"_id": 1, "id": "a", "opened": None, "tags": ["x"]}], fields=fields, resource={"datastore_active": True}
    )
    errand = errand_to(tmp_path, StubWeb(portal), FILE)
    found = ckan.describe(errand)
    assert found.settings == {"package": "things", "resource": ID, "way": "download", "format": "csv"}
    assert [(c.name, c.logical_type, c.title, c.description) for c in found.columns] == [
        ("id", "string", "Number", "As printed."),
        ("opened", "timestamp", "", ""),
        ("tags", "array", "", ""),
    ]
    assert (found.title, found.records, found.updated_at) == ("Things: things", 1, "2026-01-01T00:00:00.000000+00:00")
    assert found.sample == ({"id": "a", "opened": None, "tags": ["x"]},)


@pytest.mark.real_data
def test_a_real_package_names_its_resources(tmp_path: Path, shared_data: Path) -> None:
    recorded = shared_data / "api/ckan/magda"

    def play(asked: Asked) -> Answer:
        name = {"package_show": "dataset", "resource_show": "distribution"}.get(asked.path.rpartition("/")[2])
        if name is None:
            return refusal("Not Found Error", 404, "not in the datastore")
        return answer((recorded / f"ckan-server-{name}-sample-response.json").read_bytes())

    errand = errand_to(tmp_path, StubWeb(play), {**FILE, "package": "nombres"})
    found = ckan.describe(errand)
    assert (found.publisher, found.licence) == ("EURODATA_Galdric", "Other (Open)")
    assert found.title.startswith("Nombres masculinos más frecuentes")
    assert found.settings == {
        "package": "nombres-masculinos-mas-frecuentes-en-la-provincia-de-barcelona",
        "resource": ID,
        "way": "download",
    }
    assert (found.columns, found.sample) == ((), ())
    package_only = replace(errand, server=replace(errand.server, settings={"package": "nombres"}))
    with pytest.raises(InputError, match="several resources, and none is named") as caught:
        ckan.describe(package_only)
    assert ID in str(caught.value.found)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["xloader/non_utf8_sample.csv", "xloader/go-realtime.xlsx", "datapusher/simple.tsv"])
def test_real_messy_files_come_byte_for_byte(tmp_path: Path, shared_data: Path, name: str) -> None:
    body = (shared_data / "api/messy_files" / name).read_bytes()
    form = "xlsx" if name.endswith("xlsx") else "csv"
    fetched = fetch(errand_to(tmp_path, StubWeb(CkanStub(body=body)), {**FILE, "format": form}))
    assert fetched.path.read_bytes() == body
