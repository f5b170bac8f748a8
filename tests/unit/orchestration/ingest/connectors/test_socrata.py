"""The Socrata connector over a data set that answers SoQL by SQL."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import InputError, OutsideError
from orchestration.ingest.connectors import socrata
from orchestration.ingest.delivery import Errand, Fetched, Unchanged
from orchestration.ingest.soda import dataset as soda
from orchestration.ingest.web.client import Answer
from tests.unit.orchestration.ingest.connectors.stub_web import (
    COLUMNS,
    PORTAL,
    Asked,
    StubWeb,
    answer,
    column,
    errand_to,
)

SERVER = {"connector": "socrata", "dataset": "abcd-1234", "pageSize": 3}
BY_CHANGE = {**SERVER, "increment": ":updated_at"}
ABSENT = ":nothing"


@dataclass
class SodaStub:
    """One data set: rows by SQL, metadata, and what is to go wrong.

    Attributes:
        rows: Records with their system fields; :id orders them as texts.
        changed: The portal's time of the last change.
        without: Names that the portal does not know.
        meanwhile: Called before the answer to a page, to change something.
    """

    rows: list[dict[str, Any]]
    changed: int = 1_700_000_000
    columns: list[tuple[str, str]] = field(default_factory=lambda: [("id", "text"), ("name", "text")])
    without: tuple[str, ...] = ()
    view: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    meanwhile: Any = None
    pages: int = 0

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/api/views/abcd-1234.json":
            columns = [{"fieldName": n, "dataTypeName": t, "id": i} for i, (n, t) in enumerate(self.columns)]
            return answer({"id": "abcd-1234", "rowsUpdatedAt": self.changed, "columns": columns, **self.view})
        assert asked.path == "/resource/abcd-1234.json", asked.path
        if "$limit" in asked.query:
            self.pages += 1
            if self.meanwhile is not None:
                self.meanwhile(self)
        for name in self.without:
            if re.search(rf"(?<!\w){name}(?!\w)", " ".join(asked.query.values())):
                message = f"Query coordinator error: query.soql.no-such-column; No such column: {name}; position: Map()"
                told = {"message": message, "errorCode": "query.soql.no-such-column", "data": {"column": name}}
                return answer(told, 400)
        return replace(answer(self._select(asked.query)), headers=dict(self.headers))

    def _select(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        names = list(dict.fromkeys(name for row in self.rows for name in row)) or ["id", ":id", ":updated_at"]
        types = {n: "INTEGER" for n, t in self.columns if t == "number"}
        plain = ", ".join(f'"{n}"' for n in names if not n.startswith(":"))
        wanted = query.get("$select", "*")
        select = _sql(f"{plain},{wanted[2:]}" if wanted.startswith("*,") else plain if wanted == "*" else wanted)
        sql = f"SELECT {select} FROM t WHERE {_sql(query.get('$where', 'true'))}"
        sql += f" ORDER BY {_sql(query['$order'])}" if "$order" in query else ""
        sql += f" LIMIT {query.get('$limit', 1000)} OFFSET {query.get('$offset', 0)}"
        with closing(sqlite3.connect(":memory:")) as db:
            typed = ", ".join(f'"{n}" {types.get(n, "TEXT")}' for n in names)
            db.execute(f"CREATE TABLE t ({typed})")
            marks = ", ".join("?" for _ in names)
            if self.rows:
                db.executemany(f"INSERT INTO t VALUES ({marks})", [[row.get(n) for n in names] for row in self.rows])
            cursor = db.execute(sql)
            heads = [d[0].replace("count(*)", "count") for d in cursor.description or []]
            found = [dict(zip(heads, row, strict=True)) for row in cursor.fetchall()]
        return [{n: str(v) for n, v in row.items() if v is not None} for row in found]


def _sql(soql: str) -> str:
    return re.sub(r"(?<![\w'])(:@?\w+)(?=\W|$)", r'"\1"', soql)


def rows(count: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{n}",
            "name": f"n{n % 3}",
            ":id": f"row-{n:04}",
            ":updated_at": f"2026-01-01T00:{n // 4:02}:00.000Z",
            **more,
        }
        for n in range(count)
    ]


def kept_records(fetched: Fetched) -> list[dict[str, Any]]:
    return [json.loads(line) for line in fetched.path.read_bytes().splitlines()]


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if not k.startswith(":")} for row in rows]


def fetch(errand: Errand) -> Fetched:
    found = socrata.bring(errand)
    assert isinstance(found, Fetched)
    return found


def pages(asked: list[Asked]) -> list[Asked]:
    return [one for one in asked if "$limit" in one.query]


def test_all_records_come_by_key_and_are_kept_as_they_were_sent(tmp_path: Path) -> None:
    portal = SodaStub(rows(10))
    web = StubWeb(portal)
    fetched = fetch(errand_to(tmp_path, web, SERVER))
    assert kept_records(fetched) == plain(portal.rows)
    assert (fetched.declared, fetched.pages, fetched.whole, fetched.cursor) == (10, 4, True, None)
    assert fetched.columns == {"id": "text", "name": "text"}
    first, second = pages(web.asked)[:2]
    assert first.query == {"$select": "*,:id", "$order": ":id", "$limit": "3"}
    assert second.query["$where"] == ":id > 'row-0002'"
    assert all("$offset" not in one.query for one in web.asked)
    assert not (tmp_path / "unfinished" / "pages.jsonl").exists()


def test_a_record_keeps_its_own_bytes(tmp_path: Path) -> None:
    sent = b'[ {"id":"1","amount":1.10,"big":12345678901234567890123,\n "name":"a b",":id":"row-1"}\n'
    sent += b',{"id":"2",":id":"row-2"}]'

    def play(asked: Asked) -> Answer:
        if "views" in asked.url:
            return answer({"columns": [], "rowsUpdatedAt": 1})
        return answer([{"count": "2"}]) if "$limit" not in asked.query else answer(sent)

    fetched = fetch(errand_to(tmp_path, StubWeb(play), SERVER))
    assert fetched.path.read_bytes().splitlines() == [
        b'{"id":"1","amount":1.10,"big":12345678901234567890123,"name":"a b"}',
        b'{"id":"2"}',
    ]


def test_what_did_not_change_is_told_by_one_request(tmp_path: Path) -> None:
    portal = SodaStub(rows(4))
    web = StubWeb(portal)
    fetched = fetch(errand_to(tmp_path, web, SERVER))
    again = errand_to(tmp_path, web, SERVER, marks=fetched.marks)
    web.take()
    assert socrata.still(again)
    assert socrata.bring(again) == Unchanged(fetched.marks)
    assert [one.path for one in web.take()] == ["/api/views/abcd-1234.json"] * 2
    portal.changed += 1
    assert not socrata.still(again)
    assert isinstance(socrata.bring(again), Fetched)


@pytest.mark.parametrize("change", ["a new column", "another type", "a system field that the contract wants now"])
def test_columns_are_part_of_what_is_compared(tmp_path: Path, change: str) -> None:
    portal = SodaStub(rows(2))
    web = StubWeb(portal)
    marks = fetch(errand_to(tmp_path, web, SERVER)).marks
    columns: tuple[Mapping[str, Any], ...] = COLUMNS
    if change == "a new column":
        portal.columns.append(("ward", "number"))
    elif change == "another type":
        portal.columns[1] = ("name", "number")
    else:
        columns = (*COLUMNS, column("changed_at", physicalName=":updated_at"))
    assert not socrata.still(errand_to(tmp_path, web, SERVER, columns, marks=marks))


def test_without_a_sure_time_of_change_all_is_read_again(tmp_path: Path) -> None:
    for view in ({"rowsUpdatedAt": None}, {"modifyingViewUid": "efgh-5678"}):
        web = StubWeb(SodaStub(rows(2), view=view))
        marks = fetch(errand_to(tmp_path, web, SERVER)).marks
        errand = errand_to(tmp_path, web, SERVER, marks=marks)
        web.take()
        assert not socrata.still(errand)
        assert web.take() == []
        assert isinstance(socrata.bring(errand), Fetched)


def test_a_copy_that_lacks_the_newest_changes_is_asked_again_next_time(tmp_path: Path) -> None:
    portal = SodaStub(rows(4), headers={"x-soda2-data-out-of-date": "true"})
    web = StubWeb(portal)
    fetched = fetch(errand_to(tmp_path, web, SERVER))
    assert not socrata.still(errand_to(tmp_path, web, SERVER, marks=fetched.marks))
    portal.headers = {"x-soda2-data-out-of-date": "false"}
    fetched = fetch(errand_to(tmp_path, web, SERVER, marks=fetched.marks))
    assert socrata.still(errand_to(tmp_path, web, SERVER, marks=fetched.marks))


def test_system_fields_come_where_the_contract_has_columns_for_them(tmp_path: Path) -> None:
    portal = SodaStub(rows(4, **{":@computed_region_xyz": "7", ":created_at": "2025-01-01T00:00:00.000Z"}))
    portal.columns.append((":@computed_region_xyz", "number"))
    wanted = (*COLUMNS, column("row_id", physicalName=":id"), column("ward", physicalName=":@computed_region_xyz"))
    web = StubWeb(portal)
    fetched = fetch(errand_to(tmp_path, web, SERVER, wanted))
    assert kept_records(fetched)[0] == {"id": "0", "name": "n0", ":id": "row-0000", ":@computed_region_xyz": "7"}
    assert pages(web.asked)[0].query["$select"] == "*,:id,:@computed_region_xyz"
    assert ":@computed_region_xyz" not in fetched.columns


def test_computed_columns_that_come_unasked_are_taken_off(tmp_path: Path) -> None:
    portal = SodaStub([{"id": "1", ":@computed_region_xyz": "7", "name": "a", ":id": "row-1"}])
    portal.columns.append((":@computed_region_xyz", "number"))
    select = portal._select
    portal._select = lambda query: portal.rows if "$limit" in query else select(query)  # type: ignore[method-assign]
    fetched = fetch(errand_to(tmp_path, StubWeb(portal), SERVER))
    assert fetched.path.read_bytes() == b'{"id":"1","name":"a"}\n'


def test_a_filter_stands_in_parentheses_everywhere(tmp_path: Path) -> None:
    web = StubWeb(SodaStub(rows(10)))
    server = {**SERVER, "filter": "name = 'n0' OR name = 'n1'"}
    fetched = fetch(errand_to(tmp_path, web, server))
    assert {r["name"] for r in kept_records(fetched)} == {"n0", "n1"}
    assert fetched.declared == len(kept_records(fetched)) == 7
    clauses = [one.query["$where"] for one in web.asked if "resource" in one.url]
    assert all(clause.startswith("(name = 'n0' OR name = 'n1')") for clause in clauses)


def test_the_app_token_goes_in_a_header_only(tmp_path: Path) -> None:
    web = StubWeb(SodaStub(rows(4)))
    fetch(errand_to(tmp_path, web, {**SERVER, "credential": "${PORTAL_TOKEN}"}))
    assert all(one.headers == {"X-App-Token": "value of ${PORTAL_TOKEN}"} for one in web.asked)
    assert not any("value of" in str(one.query) + one.url for one in web.asked)


# Increments ----------------------------------------------------------------------------------------------------------


def test_what_changed_comes_in_the_order_of_changes(tmp_path: Path) -> None:
    portal = SodaStub(rows(10))
    web = StubWeb(portal)
    whole = fetch(errand_to(tmp_path, web, BY_CHANGE, delivery="upsert"))
    assert (whole.whole, whole.cursor) == (True, "2026-01-01T00:02:00.000Z")
    assert all(":updated_at" not in r for r in kept_records(whole))

    portal.changed += 1
    portal.rows[2] |= {"name": "changed", ":updated_at": "2026-01-02T00:00:00.000Z"}
    portal.rows += [
        {"id": f"1{n}", "name": "new", ":id": f"row-a{9 - n}", ":updated_at": "2026-01-02T00:00:00.000Z"}
        for n in range(5)
    ]
    web.take()
    newer = fetch(errand_to(tmp_path, web, BY_CHANGE, delivery="upsert", marks=whole.marks, cursor=whole.cursor))
    assert (newer.whole, newer.cursor) == (False, "2026-01-02T00:00:00.000Z")
    # 8 and 9 stand at the cursor itself: they come again, so that nothing of that moment is missed
    assert [r["id"] for r in kept_records(newer)] == ["8", "9", "2", "14", "13", "12", "11", "10"]
    assert newer.declared == 8
    asked = pages(web.take())
    assert asked[0].query["$order"] == ":updated_at,:id"
    moment = "'2026-01-02T00:00:00.000Z'"
    behind = f"(:updated_at > {moment} OR (:updated_at = {moment} AND :id > 'row-0002'))"
    assert asked[1].query["$where"].endswith(f" AND {behind}")


def test_nothing_newer_is_unchanged_although_the_portal_was_touched(tmp_path: Path) -> None:
    portal = SodaStub(rows(4))
    web = StubWeb(portal)
    whole = fetch(errand_to(tmp_path, web, BY_CHANGE, delivery="upsert"))
    portal.changed += 1
    web.take()
    found = socrata.bring(
        errand_to(tmp_path, web, BY_CHANGE, delivery="upsert", marks=whole.marks, cursor=whole.cursor)
    )
    assert isinstance(found, Unchanged)
    assert found.marks["rowsUpdatedAt"] == str(portal.changed)
    assert len(web.take()) == 2


def test_the_cursor_does_not_serve_where_the_contract_wants_other_system_fields(tmp_path: Path) -> None:
    portal = SodaStub(rows(4))
    web = StubWeb(portal)
    whole = fetch(errand_to(tmp_path, web, BY_CHANGE, delivery="upsert"))
    columns = (*COLUMNS, column("changed_at", physicalName=":updated_at"))
    again = errand_to(tmp_path, web, BY_CHANGE, columns, delivery="upsert", marks=whole.marks, cursor=whole.cursor)
    found = fetch(again)
    assert found.whole
    assert all(":updated_at" in r for r in kept_records(found))


def test_numbers_are_written_without_quotes(tmp_path: Path) -> None:
    portal = SodaStub([{"id": f"{n}", "version": f"{n}", ":id": f"row-{n}"} for n in range(5)])
    portal.columns.append(("version", "number"))
    web = StubWeb(portal)
    server = {**SERVER, "increment": "version"}
    fetched = fetch(errand_to(tmp_path, web, server, delivery="upsert", cursor="2"))
    assert [r["id"] for r in kept_records(fetched)] == ["2", "3", "4"]
    assert pages(web.asked)[0].query["$where"] == "version >= 2 AND version <= 4"


def test_records_that_change_again_while_newer_ones_are_read_come_next_time(tmp_path: Path) -> None:
    def touch(portal: SodaStub) -> None:
        portal.rows[7][":updated_at"] = "2026-01-09T00:00:00.000Z"
        portal.changed += 1

    portal = SodaStub(rows(8), meanwhile=touch)
    web = StubWeb(portal)
    errand = errand_to(tmp_path, web, BY_CHANGE, delivery="upsert", cursor="2026-01-01T00:00:00.000Z")
    newer = fetch(errand)
    assert [r["id"] for r in kept_records(newer)] == [str(n) for n in range(7)]
    assert (newer.cursor, newer.declared) == ("2026-01-01T00:01:00.000Z", 7)
    portal.meanwhile = None
    again = replace(errand, cursor=newer.cursor, marks=newer.marks)
    assert "7" in [r["id"] for r in kept_records(fetch(again))]


# Going on -----------------------------------------------------------------------------------------------------------


def test_a_fetch_that_broke_goes_on_at_the_page(tmp_path: Path) -> None:
    portal = SodaStub(rows(10))
    whole = fetch(errand_to(tmp_path / "whole", StubWeb(portal), SERVER))

    def breaks(stub: SodaStub) -> None:
        if stub.pages == 3:
            raise OutsideError("a connection broke", retry=True)

    portal.pages, portal.meanwhile = 0, breaks
    web = StubWeb(portal)
    with pytest.raises(OutsideError, match="a connection broke"):
        socrata.bring(errand_to(tmp_path, web, SERVER))
    portal.meanwhile = None
    web.take()
    fetched = fetch(errand_to(tmp_path, web, SERVER))
    assert [one.query.get("$where") for one in pages(web.take())] == [":id > 'row-0005'", ":id > 'row-0008'"]
    assert (fetched.sha256, fetched.size, fetched.pages) == (whole.sha256, whole.size, 4)
    assert fetched.path.read_bytes() == whole.path.read_bytes()


def test_a_data_set_that_changed_since_it_broke_is_read_anew(tmp_path: Path) -> None:
    def breaks(stub: SodaStub) -> None:
        if stub.pages == 3:
            raise OutsideError("a connection broke", retry=True)

    portal = SodaStub(rows(10), meanwhile=breaks)
    web = StubWeb(portal)
    with pytest.raises(OutsideError):
        socrata.bring(errand_to(tmp_path, web, SERVER))
    portal.meanwhile, portal.changed = None, portal.changed + 1
    portal.rows[0]["name"] = "other"
    fetched = fetch(errand_to(tmp_path, web, SERVER))
    assert kept_records(fetched) == plain(portal.rows)


# What goes wrong ------------------------------------------------------------------------------------------------------


def test_a_data_set_that_changes_while_it_is_read_is_read_once_more(tmp_path: Path) -> None:
    def grows(portal: SodaStub) -> None:
        if portal.pages == 2:
            portal.rows.append(
                {"id": "x", "name": "new", ":id": "row-0000a", ":updated_at": "2026-01-03T00:00:00.000Z"}
            )
            portal.changed += 1

    portal = SodaStub(rows(5), meanwhile=grows)
    fetched = fetch(errand_to(tmp_path, StubWeb(portal), SERVER))
    assert sorted(r["id"] for r in kept_records(fetched)) == ["0", "1", "2", "3", "4", "x"]


def test_a_data_set_that_never_rests_is_given_up(tmp_path: Path) -> None:
    def moves(portal: SodaStub) -> None:
        portal.changed += 1

    web = StubWeb(SodaStub(rows(5), meanwhile=moves))
    with pytest.raises(OutsideError, match="changes while it is read") as caught:
        socrata.bring(errand_to(tmp_path, web, SERVER))
    assert caught.value.retry
    assert len(pages(web.asked)) == 4
    assert not (tmp_path / "bytes").exists()
    assert not (tmp_path / "unfinished" / "pages.jsonl").exists()


@pytest.mark.parametrize(("shown", "found"), [(-1, "4 records"), (1, "8 or more records")])
def test_another_number_of_records_than_declared_is_an_error(tmp_path: Path, shown: int, found: str) -> None:
    portal = SodaStub(rows(5))
    select = portal._select

    def other(query: Mapping[str, str]) -> list[dict[str, Any]]:
        got = select(query)
        if "$limit" not in query:
            return got
        return got[:shown] if shown < 0 and len(got) < 3 else got + got[:1] * (shown > 0)

    portal._select = other  # type: ignore[method-assign]
    with pytest.raises(OutsideError, match="another number of records") as caught:
        socrata.bring(errand_to(tmp_path, StubWeb(portal), SERVER))
    assert (caught.value.found, caught.value.expected, caught.value.retry) == (found, "5", True)
    assert not (tmp_path / "bytes").exists()


def test_a_portal_that_ignores_where_is_found_out(tmp_path: Path) -> None:
    portal = SodaStub(rows(9))
    select = portal._select
    portal._select = lambda query: select({k: v for k, v in query.items() if k != "$where"})  # type: ignore[method-assign]
    with pytest.raises(OutsideError, match="the same page again"):
        socrata.bring(errand_to(tmp_path, StubWeb(portal), SERVER))


def test_without_row_ids_pages_go_by_offset_in_the_order_of_the_key(tmp_path: Path) -> None:
    portal = SodaStub(rows(7), without=(":id",))
    web = StubWeb(portal)
    fetched = fetch(errand_to(tmp_path, web, SERVER))
    assert kept_records(fetched) == plain(portal.rows)
    assert [one.query.get("$offset") for one in pages(web.asked)] == [None, "0", "3", "6"]
    assert {one.query["$order"] for one in pages(web.asked)[1:]} == {"id"}


def test_an_offset_is_gone_on_with_too(tmp_path: Path) -> None:
    def breaks(stub: SodaStub) -> None:
        if stub.pages == 4:
            raise OutsideError("a connection broke", retry=True)

    portal = SodaStub(rows(10), without=(":id",), meanwhile=breaks)
    web = StubWeb(portal)
    with pytest.raises(OutsideError, match="broke"):
        socrata.bring(errand_to(tmp_path, web, SERVER))
    portal.meanwhile = None
    web.take()
    fetched = fetch(errand_to(tmp_path, web, SERVER))
    assert [one.query.get("$offset") for one in pages(web.take())] == ["6", "9"]
    assert kept_records(fetched) == plain(portal.rows)


def test_without_row_ids_and_without_a_key_it_is_said(tmp_path: Path) -> None:
    errand = errand_to(tmp_path, StubWeb(SodaStub(rows(7), without=(":id",))), SERVER, (column("name"),))
    with pytest.raises(InputError, match="no row ids") as caught:
        socrata.bring(errand)
    assert "things.odcs.yaml:" in str(caught.value.where)


def test_an_unknown_column_is_named_with_what_is_like_it(tmp_path: Path) -> None:
    portal = SodaStub(rows(3), without=("nmae",))
    with pytest.raises(InputError, match="does not know a column") as caught:
        socrata.bring(errand_to(tmp_path, StubWeb(portal), {**SERVER, "filter": "nmae = 'x'"}))
    assert (caught.value.found, caught.value.expected) == ("nmae", "name")
    assert "things.odcs.yaml:" in str(caught.value.where)


def test_a_portal_without_the_field_of_the_last_change_says_so(tmp_path: Path) -> None:
    portal = SodaStub(rows(3), without=(":updated_at",))
    with pytest.raises(InputError, match="does not know a column") as caught:
        socrata.bring(errand_to(tmp_path, StubWeb(portal), BY_CHANGE, delivery="upsert"))
    assert caught.value.found == ":updated_at"


MISSING = {"code": "dataset.missing", "error": True, "message": "Not found", "data": {"id": "abcd-1234"}}
ERRORS: list[tuple[str, Any, int, type[Exception], str]] = [
    ("missing", MISSING, 404, InputError, "no such data set"),
    ("missing, sent with 200", MISSING, 200, InputError, "no such data set"),
    (
        "private",
        {"message": "You must be logged in to access this resource", "error": True},
        403,
        OutsideError,
        "signing in",
    ),
    (
        "private, by code",
        {"code": "authentication_required", "error": True, "message": "x"},
        401,
        OutsideError,
        "signing in",
    ),
    (
        "token",
        {"code": "permission_denied", "error": True, "message": "Invalid app_token specified"},
        403,
        InputError,
        "app token",
    ),
    (
        "malformed",
        {"code": "query.compiler.malformed", "error": True, "message": "SECRET"},
        400,
        InputError,
        "does not understand",
    ),
    ("too slow", {"errorCode": "query.execution-timeout", "message": "SECRET"}, 400, OutsideError, "gave up"),
    ("internal, with 200", {"errorCode": "internal", "message": "SECRET"}, 200, OutsideError, "answered with an error"),
    ("a page of HTML", b"<html>SECRET</html>", 403, OutsideError, "signing in"),
    ("nothing", b"", 501, OutsideError, "answered with an error"),
    (
        "a code that is none",
        {"errorCode": "<b>SECRET</b>", "message": "SECRET"},
        418,
        OutsideError,
        "answered with an error",
    ),
]


@pytest.mark.parametrize("case", ERRORS, ids=[case[0] for case in ERRORS])
@pytest.mark.parametrize("of", ["views", "resource"])
def test_errors_of_the_portal_are_named(
    tmp_path: Path, case: tuple[str, Any, int, type[Exception], str], of: str
) -> None:
    _, body, status, kind, what = case
    portal = SodaStub(rows(3))

    def play(asked: Asked) -> Answer:
        return answer(body, status) if of in asked.url else portal(asked)

    with pytest.raises(kind, match=what) as caught:
        socrata.bring(errand_to(tmp_path, StubWeb(play), SERVER))
    assert "SECRET" not in str(caught.value)
    assert not (tmp_path / "bytes").exists()


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><html>maintenance</html>", b'[{"id":"1"', b"", b'{"rows":[]}'])
def test_a_page_that_is_none_is_an_error_and_nothing_is_kept(tmp_path: Path, body: bytes) -> None:
    portal = SodaStub(rows(3))

    def play(asked: Asked) -> Answer:
        return answer(body) if "$limit" in asked.query else portal(asked)

    with pytest.raises(OutsideError):
        socrata.bring(errand_to(tmp_path, StubWeb(play), SERVER))
    assert not (tmp_path / "bytes").exists()


def test_an_answer_that_is_still_prepared_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soda, "WAITS", (0.0, 0.0))
    portal = SodaStub(rows(3))
    left: Iterator[bool] = iter([True, True])

    def play(asked: Asked) -> Answer:
        return answer(b"", 202) if "$limit" in asked.query and next(left, False) else portal(asked)

    assert len(kept_records(fetch(errand_to(tmp_path, StubWeb(play), SERVER)))) == 3
    with pytest.raises(OutsideError, match="still preparing") as caught:
        socrata.bring(errand_to(tmp_path, StubWeb(lambda _: answer({}, 202)), SERVER))
    assert caught.value.retry


def test_a_data_set_without_records_is_an_empty_file(tmp_path: Path) -> None:
    fetched = fetch(errand_to(tmp_path, StubWeb(SodaStub([])), SERVER))
    assert (fetched.size, fetched.declared, fetched.pages) == (0, 0, 0)


# Addresses and descriptions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "portal"),
    [
        ("https://data.cityofchicago.org/Buildings/Building-Permits/ydr8-5enu", "https://data.cityofchicago.org"),
        (
            "https://data.cityofchicago.org/Buildings/Building-Permits/ydr8-5enu/about_data",
            "https://data.cityofchicago.org",
        ),
        ("https://data.cityofchicago.org/resource/ydr8-5enu.json?$limit=5", "https://data.cityofchicago.org"),
        ("https://data.cityofchicago.org/resource/ydr8-5enu", "https://data.cityofchicago.org"),
        ("https://data.cityofchicago.org/d/ydr8-5enu", "https://data.cityofchicago.org"),
        (
            "https://data.cityofchicago.org/api/views/ydr8-5enu/rows.csv?accessType=DOWNLOAD",
            "https://data.cityofchicago.org",
        ),
        ("https://data.cityofchicago.org/api/views/ydr8-5enu.json", "https://data.cityofchicago.org"),
        ("https://analisi.transparenciacatalunya.cat/ca/d/ydr8-5enu", "https://analisi.transparenciacatalunya.cat"),
        ("https://dev.socrata.com/foundry/data.cityofchicago.org/ydr8-5enu", "https://data.cityofchicago.org"),
        ("http://127.0.0.1:8123/resource/ydr8-5enu.json", "http://127.0.0.1:8123"),
    ],
)
def test_addresses_are_recognised(url: str, portal: str) -> None:
    found = socrata.recognise(url)
    assert found is not None
    assert (found.connector, found.portal, found.settings) == ("socrata", portal, {"dataset": "ydr8-5enu"})


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/open-data",
        "https://example.org/about/open-data",
        "https://ckan.example.org/dataset/bike-data/resource/bike-path",
        "https://services.arcgis.com/x/arcgis/rest/services/Requests/FeatureServer/0",
        "https://example.org/open311/v2/requests.json",
        "https://example.org/files/requests.csv",
        "ftp://example.org/d/ydr8-5enu",
        "ydr8-5enu",
    ],
)
def test_other_addresses_are_left_to_others(url: str) -> None:
    assert socrata.recognise(url) is None


def test_the_address_shown_holds_no_query_and_no_user(tmp_path: Path) -> None:
    errand = errand_to(tmp_path, StubWeb(SodaStub([])), SERVER, portal="https://user:secret@data.example.org/")
    assert errand.location.shown == "https://data.example.org/resource/abcd-1234.json"
    assert errand_to(tmp_path, StubWeb(SodaStub([])), SERVER).location.url == PORTAL


@pytest.mark.real_data
def test_a_real_data_set_describes_itself(tmp_path: Path, shared_data: Path) -> None:
    recorded = shared_data / "api/socrata/seattle_police_911"

    def play(asked: Asked) -> Answer:
        name = "views" if "views" in asked.url else "count" if "count" in asked.query.get("$select", "") else "page"
        return answer((recorded / f"crimes-{name}.json").read_bytes())

    found = socrata.describe(errand_to(tmp_path, StubWeb(play), SERVER))
    assert (found.title, found.records, found.licence) == (
        "Seattle Police Department 911 Incident Response",
        1001,
        "Creative Commons 1.0 Universal",
    )
    assert (found.frequency, found.updated_at) == ("hourly", "2015-06-03T16:56:08+00:00")
    assert found.publisher.startswith("City of Seattle")
    kinds = {c.name: (c.logical_type, c.key) for c in found.columns}
    assert kinds["cad_cdw_id"] == ("string", True)
    assert kinds["event_clearance_date"] == ("timestamp", False)
    assert (kinds["longitude"], kinds["incident_location"]) == (("number", False), ("object", False))
    assert len(found.columns) == 19
    assert len(found.sample) == 1000


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["missing-count", "missing-first", "missing-views"])
def test_real_errors_are_named(tmp_path: Path, shared_data: Path, name: str) -> None:
    body = (shared_data / f"api/socrata/seattle_police_911/{name}.json").read_bytes()
    for status in (404, 200):
        web = StubWeb(lambda _, s=status: answer(body, s))  # type: ignore[misc]
        with pytest.raises(InputError, match="no such data set"):
            socrata.bring(errand_to(tmp_path, web, SERVER))


@pytest.mark.real_data
def test_real_pages_are_kept_record_for_record(tmp_path: Path, shared_data: Path) -> None:
    body = (shared_data / "311/nyc/soda_fhrw-4uyv_1000.json").read_bytes()
    records = json.loads(body)
    computed = sorted({name for record in records for name in record if name.startswith(":@")})
    view = {"columns": [{"fieldName": name, "dataTypeName": "number"} for name in computed], "rowsUpdatedAt": 1}

    def play(asked: Asked) -> Answer:
        if "views" in asked.url:
            return answer(view)
        return answer([{"count": "1000"}]) if "$limit" not in asked.query else answer(numbered)

    numbered = body.replace(b'{"unique_key"', b'{":id":"row-1","unique_key"')
    fetched = fetch(errand_to(tmp_path, StubWeb(play), {**SERVER, "pageSize": 1000}))
    assert kept_records(fetched) == plain(records)
    lines = fetched.path.read_bytes().splitlines()
    assert lines[0] == body[1:].partition(b',":@')[0] + b"}"
