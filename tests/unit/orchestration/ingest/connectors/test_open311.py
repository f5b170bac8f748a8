"""The Open311 connector against servers that give 1,000, 50 or 20 at a time, in pages or not, in JSON and XML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import InputError, OutsideError
from orchestration.ingest.connectors import open311
from orchestration.ingest.delivery import Errand, Fetched, Unchanged
from tests.portals.misbehaviour import error_with_200, html
from tests.portals.open311 import Open311Portal
from tests.portals.rows import Column, Dataset, Table
from tests.unit.orchestration.ingest.connectors.answered import NOW, Answered, by_portal, errand_for, server

SINCE = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 420


def record(n: int, at: datetime, **more: Any) -> dict[str, Any]:
    when = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    place = {"lat": "40.10", "long": "-73.90"}
    return (
        {"service_request_id": f"r{n}", "status": "open", "service_code": f"{n % 3:03}", "requested_datetime": when}
        | place
        | more
    )


def requests(count: int, seed: int = 1, days: float = DAYS) -> list[dict[str, Any]]:
    random = Random(seed)
    return [record(n, SINCE + timedelta(seconds=int(random.random() * days * 86400))) for n in range(count)]


def portal(records: list[dict[str, Any]], **how: Any) -> Open311Portal:
    names = dict.fromkeys(name for one in records for name in one)
    return Open311Portal(Dataset("r", "Requests", Table(tuple(Column(name) for name in names), tuple(records))), **how)


def errand(web: Answered, tmp_path: Path, **more: Any) -> Errand:
    words = {"since": "2025-01-01", **more.pop("words", {})}
    return errand_for(web, tmp_path, server("open311", **words), **more)


def numbers(fetched: Fetched | Unchanged) -> list[str]:
    assert isinstance(fetched, Fetched)
    return [json.loads(line)["service_request_id"] for line in fetched.path.read_bytes().splitlines()]


SERVERS: Mapping[str, dict[str, Any]] = {
    "as the standard says": {},
    "50 at a time": {"most": 50},
    "25 at a time": {"most": 25},
    "20 at a time, in pages": {"most": 20, "pages": True},
    "50 at a time, in pages": {"most": 50, "pages": True},
    "all at once": {"most": 100_000},
}


@pytest.mark.parametrize("how", SERVERS.values(), ids=SERVERS)
def test_all_requests_come_once_whatever_the_server_gives_at_once(tmp_path: Path, how: dict[str, Any]) -> None:
    records = requests(1_200)
    web = by_portal(portal(records, **how))
    fetched = open311.bring(errand(web, tmp_path))
    assert sorted(numbers(fetched)) == sorted(one["service_request_id"] for one in records)
    assert isinstance(fetched, Fetched)
    assert fetched.pages == len(web.asked)
    assert (fetched.whole, fetched.cursor, fetched.marks) == (True, None, {})
    for _, query in web.asked:
        start, end = (datetime.fromisoformat(query[name].replace("Z", "+00:00")) for name in ("start_date", "end_date"))
        assert start < end <= start + timedelta(days=90)
    assert b'"lat":' in fetched.path.read_bytes()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(0, 30 * 24 * 4), max_size=150),
    st.sampled_from([20, 25, 50]),
    st.booleans(),
)
def test_whatever_lies_where(
    tmp_path_factory: pytest.TempPathFactory, quarters: list[int], most: int, pages: bool
) -> None:
    """Requests at full quarters of an hour, so that many stand on the edges of windows."""
    per_hour: dict[int, int] = {}
    kept = []
    for quarter in quarters:
        per_hour[quarter // 4] = per_hour.get(quarter // 4, 0) + 1
        if per_hour[quarter // 4] < 8:
            kept.append(quarter)
    records = [record(n, SINCE + timedelta(minutes=15 * quarter)) for n, quarter in enumerate(kept)]
    web = by_portal(portal(records, most=most, pages=pages))
    made = errand(web, tmp_path_factory.mktemp("a"), now=SINCE + timedelta(days=31))
    assert sorted(numbers(open311.bring(made))) == sorted(one["service_request_id"] for one in records)


def test_a_request_on_the_edge_of_two_windows_is_kept_once_and_told(tmp_path: Path) -> None:
    edge = SINCE + timedelta(days=90)
    web = by_portal(portal([record(1, edge), record(2, edge), record(3, SINCE)]))
    told: list[str] = []
    fetched = open311.bring(errand(web, tmp_path, told=told))
    assert numbers(fetched) == ["r3", "r1", "r2"]  # by time, whatever order they came in
    assert "2 requests" in told[-1]
    assert "kept once" in told[-1]


def test_two_requests_of_one_number_stay_two(tmp_path: Path) -> None:
    """What is wrong at the source is not hidden: the contract's key tells."""
    web = by_portal(
        portal(
            [record(1, SINCE, status="open"), record(1, SINCE, status="closed"), record(1, SINCE + timedelta(days=1))]
        )
    )
    assert numbers(open311.bring(errand(web, tmp_path))) == ["r1"] * 3


def test_requests_without_a_number_yet_all_stay(tmp_path: Path) -> None:
    at = SINCE.isoformat()
    records = [{"token": f"t{n}", "service_request_id": None, "requested_datetime": at} for n in range(3)]

    web = Answered(
        lambda _path, query: json.dumps(records if query["start_date"].startswith("2025-01-01") else []).encode()
    )
    assert numbers(open311.bring(errand(web, tmp_path))) == [None] * 3


def test_servers_that_look_at_the_day_alone(tmp_path: Path) -> None:
    records = requests(400, days=40)

    def by_day(_path: str, query: Mapping[str, str]) -> bytes:
        found = [
            one
            for one in records
            if query["start_date"][:10] <= one["requested_datetime"][:10] <= query["end_date"][:10]
        ]
        return json.dumps(found[:100]).encode()

    fetched = open311.bring(errand(Answered(by_day), tmp_path))
    assert sorted(numbers(fetched)) == sorted(one["service_request_id"] for one in records)


def test_servers_that_do_not_look_at_dates_are_refused(tmp_path: Path) -> None:
    newest = json.dumps([record(n, SINCE + timedelta(days=400)) for n in range(37)]).encode()
    with pytest.raises(OutsideError, match="does not heed start_date and end_date"):
        open311.bring(errand(Answered(lambda _path, _query: newest), tmp_path))


def test_an_hour_that_holds_more_than_the_server_gives(tmp_path: Path) -> None:
    records = [record(n, SINCE + timedelta(seconds=n)) for n in range(60)]
    with pytest.raises(OutsideError, match=r"gives fewer requests than an hour holds.*50 requests.*pageSize"):
        open311.bring(errand(by_portal(portal(records, most=50)), tmp_path))
    web = by_portal(portal(records, most=50, pages=True))
    assert len(numbers(open311.bring(errand(web, tmp_path)))) == 60


def test_a_page_size_is_sent_where_the_contract_names_one(tmp_path: Path) -> None:
    web = by_portal(portal(requests(137, days=5), pages=True))
    assert len(numbers(open311.bring(errand(web, tmp_path, words={"pageSize": 30})))) == 137
    assert {query["page_size"] for _, query in web.asked} == {"30"}


def test_pages_that_do_not_fit_each_other(tmp_path: Path) -> None:
    records = [record(n, SINCE + timedelta(hours=n)) for n in range(70)]
    shift = [0]

    def moving(_path: str, query: Mapping[str, str]) -> bytes:
        if not query["start_date"].startswith("2025-01-01"):
            return b"[]"
        shift[0] += 1
        begin = (int(query.get("page", "1")) - 1) * 50
        late = [record(1000 + n, SINCE) for n in range(shift[0])]
        return json.dumps([*late, *records][begin : begin + 50]).encode()

    told: list[str] = []
    with pytest.raises(OutsideError, match="pages do not fit each other") as refused:
        open311.bring(errand(Answered(moving), tmp_path, told=told))
    assert refused.value.retry
    assert sum("changed while it was read" in text for text in told) == 3


# JSON and XML -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 406, 200])
def test_a_server_that_has_only_xml(tmp_path: Path, status: int) -> None:
    web = by_portal(portal(requests(60)))
    honest = web.answers
    page = b"<html><title>No such page</title></html>"
    web.answers = lambda path, query: (status, page) if path.endswith(".json") else honest(path, query)
    fetched = open311.bring(errand(web, tmp_path))
    assert len(numbers(fetched)) == 60
    assert sum(path.endswith(".json") for path, _ in web.asked) == 1
    assert isinstance(fetched, Fetched)
    first = json.loads(fetched.path.read_bytes().splitlines()[0])
    assert {type(value) for value in first.values() if value is not None} == {str}
    assert first["description"] is None


def test_xml_where_json_was_asked_for_is_taken(tmp_path: Path) -> None:
    web = by_portal(portal(requests(7)))
    honest = web.answers
    web.answers = lambda path, query: honest(path.replace(".json", ".xml"), query)
    assert len(numbers(open311.bring(errand(web, tmp_path)))) == 7


# what goes wrong ----------------------------------------------------------------------------


def test_after_a_break_it_goes_on_with_the_next_window(tmp_path: Path) -> None:
    records = requests(3_000)
    web = by_portal(portal(records))
    honest, left = web.answers, [3]

    def failing(path: str, query: Mapping[str, str]) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise OutsideError("the line is dead", retry=True)
        return honest(path, query)

    web.answers = failing
    with pytest.raises(OutsideError, match="the line is dead"):
        open311.bring(errand(web, tmp_path))
    kept = json.loads((tmp_path / "unfinished" / "pages.json").read_bytes())
    assert 0 < kept["records"] < 3_000
    web.answers = honest
    begun = len(web.asked)
    made = open311.bring(errand(web, tmp_path, now=NOW + timedelta(hours=2)))
    assert sorted(numbers(made)) == sorted(one["service_request_id"] for one in records)
    start = datetime.fromisoformat(web.asked[begun][1]["start_date"].replace("Z", "+00:00"))
    assert start == datetime.fromtimestamp(kept["state"]["through"], UTC) > SINCE


def test_an_error_with_status_200_is_asked_again(tmp_path: Path) -> None:
    one = portal(requests(10))
    one.misbehave(error_with_200(times=2))
    assert len(numbers(open311.bring(errand(by_portal(one), tmp_path)))) == 10


def test_an_error_that_stays_is_named(tmp_path: Path) -> None:
    one = portal(requests(10))
    one.misbehave(error_with_200())
    with pytest.raises(OutsideError, match="error 500: The service is temporarily unavailable") as refused:
        open311.bring(errand(by_portal(one), tmp_path))
    assert refused.value.retry


def test_a_page_for_people_with_status_200(tmp_path: Path) -> None:
    one = portal(requests(10))
    one.misbehave(html())
    with pytest.raises(OutsideError, match=r"does not answer as GeoReport v2 does.*an HTML page") as refused:
        open311.bring(errand(by_portal(one), tmp_path))
    assert refused.value.retry


@pytest.mark.parametrize(
    ("given", "said"), [(None, "jurisdiction: none"), ("other.example", "jurisdiction: other.example")]
)
def test_another_jurisdiction_is_wanted(tmp_path: Path, given: str | None, said: str) -> None:
    web = by_portal(portal(requests(10), jurisdiction="town.example"))
    words = {"jurisdiction": given} if given else {}
    with pytest.raises(InputError, match=rf"wants another jurisdiction, things.odcs.yaml:12.*{said}"):
        open311.bring(errand(web, tmp_path, words=words))
    right = errand(web, tmp_path, words={"jurisdiction": "town.example"})
    assert len(numbers(open311.bring(right))) == 10


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    web = Answered(lambda _path, _query: (404, b"<html><h1>404</h1></html>"))
    with pytest.raises(InputError, match=r"there is no GeoReport v2 server, https://portal.example"):
        open311.bring(errand(web, tmp_path))
    assert {path for path, _ in web.asked} == {"/requests.json", "/requests.xml"}


def test_a_key_is_wanted_and_goes_in_a_header(tmp_path: Path) -> None:
    refusing = Answered(lambda _path, _query: (403, b'[{"code":403,"description":"Missing or Invalid API Key"}]'))
    with pytest.raises(OutsideError, match=r"not open to everyone.*no key was sent"):
        open311.bring(errand(refusing, tmp_path))
    with pytest.raises(OutsideError, match="the key of credential is not taken") as refused:
        open311.bring(errand(refusing, tmp_path, words={"credential": "${TOWN_KEY}"}))
    assert refusing.headers[-1] == {"Authorization": "Bearer secret of ${TOWN_KEY}"}
    assert "secret" not in str(refused.value)
    assert not any("api_key" in query for _, query in refusing.asked)


def test_services_are_asked_for_by_their_codes(tmp_path: Path) -> None:
    web = by_portal(portal(requests(90)))
    found = numbers(open311.bring(errand(web, tmp_path, words={"services": ["001", "002"]})))
    assert sorted(found) == sorted(f"r{n}" for n in range(90) if n % 3)
    with pytest.raises(InputError, match=r"no such service, things.odcs.yaml:12. Found 01"):
        open311.bring(errand(web, tmp_path, words={"services": ["01"]}))


def test_a_day_in_the_future(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="begins in the future"):
        open311.bring(errand(by_portal(portal(requests(1))), tmp_path, words={"since": "2027-01-01"}))


def test_nothing_tells_that_nothing_changed(tmp_path: Path) -> None:
    web = by_portal(portal(requests(5)))
    made = errand(web, tmp_path)
    assert not open311.still(replace(made, marks=open311.bring(made).marks))


# addresses and descriptions -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "base", "found"),
    [
        ("https://311.example.gov/open311/v2/requests.json", "https://311.example.gov/open311/v2", {}),
        ("https://311.example.gov/open311/v2/", "https://311.example.gov/open311/v2", {}),
        ("https://example.gov/api/open311", "https://example.gov/api/open311", {}),
        (
            "https://example.gov/dev/v2/requests.xml?jurisdiction_id=example.gov&service_code=001,002&start_date=2025-03-01T00:00:00Z",
            "https://example.gov/dev/v2",
            {"jurisdiction": "example.gov", "services": ["001", "002"], "since": "2025-03-01"},
        ),
        ("https://u:p@example.gov/open311/v2/requests/123.json?api_key=x", "https://example.gov/open311/v2", {}),
        ("https://example.gov/open311/v2/services/033.xml", "https://example.gov/open311/v2", {}),
    ],
)
def test_addresses_that_are_known(url: str, base: str, found: dict[str, Any]) -> None:
    recognised = open311.recognise(url)
    assert recognised is not None
    assert (recognised.connector, recognised.portal, dict(recognised.settings)) == ("open311", base, found)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://example.gov/api/v2/issues.json",
            "https://example.gov/requests.json",
            "https://example.gov/v3/requests.json",
        ),
        *(
            "https://example.gov/open311-data.csv",
            "/open311/v2/requests.json",
            "ftp://example.gov/open311/v2/requests.json",
        ),
    ],
)
def test_addresses_that_are_not(url: str) -> None:
    assert open311.recognise(url) is None


def test_a_server_describes_itself(tmp_path: Path) -> None:
    records = [record(n, NOW - timedelta(days=n), sub={"a": 1}, flag=True, rank=3) for n in range(1, 50)]
    described = open311.describe(errand_for(by_portal(portal(records)), tmp_path, server("open311")))
    assert dict(described.settings) == {"since": "2025-03-01"}
    columns = {one.name: one for one in described.columns}
    assert list(columns)[:3] == ["service_request_id", "status", "service_code"]
    assert (columns["service_request_id"].key, columns["status"].key) == (True, False)
    assert (columns["requested_datetime"].logical_type, columns["lat"].logical_type) == ("timestamp", "number")
    assert columns["requested_datetime"].format == "yyyy-MM-dd'T'HH:mm:ss[.SSS]XXX"
    assert [columns[name].logical_type for name in ("sub", "flag", "rank")] == ["object", "boolean", "integer"]
    assert all(columns[name].description for name in open311.FIELDS if name in columns)
    assert described.description.startswith("3 kinds of service: 000, 001, 002")
    assert len(described.sample) == 30
    assert described.records is None


def test_a_server_without_recent_requests_gives_the_standards_fields(tmp_path: Path) -> None:
    described = open311.describe(errand(by_portal(portal([record(1, SINCE)])), tmp_path))
    assert [one.name for one in described.columns] == list(open311.FIELDS)
    assert (described.sample, described.updated_at) == ((), None)
    assert described.settings["since"] == "2025-01-01"


@pytest.mark.real_data
def test_recorded_requests_come_as_they_were_sent(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "open311/georeport_v2_responses"
    body, services = ((folder / f"{name}.json").read_bytes() for name in ("service_requests", "service_list"))

    def answers(path: str, query: Mapping[str, str]) -> bytes:
        if path.startswith("/services"):
            return services
        return body if query["start_date"] <= "2014-07-12T15:48:56Z" <= query["end_date"] else b"[]"

    words = {"since": "2014-07-01", "services": ["001"]}
    made = errand(Answered(answers), tmp_path, words=words, now=datetime(2014, 7, 13, tzinfo=UTC))
    fetched = open311.bring(made)
    assert isinstance(fetched, Fetched)
    assert [json.loads(line) for line in fetched.path.read_bytes().splitlines()] == json.loads(body)[::-1]
    assert b"41.858724777757864" in fetched.path.read_bytes()
    described = open311.describe(made)
    assert described.description.startswith("3 kinds of service: Cans left out 24x7, Construction plate shifted")
    assert described.updated_at == "2014-07-12T16:08:21+00:00"


@pytest.mark.real_data
def test_recorded_xml_requests(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "open311/georeport_v2_responses"
    body, services = ((folder / name).read_bytes() for name in ("requests_many.xml", "services_giessen.xml"))
    web = Answered(
        lambda path, _query: (404, b"") if path.endswith("json") else services if "services" in path else body
    )
    made = errand(web, tmp_path, words={"since": "2018-07-01"}, now=datetime(2018, 8, 1, tzinfo=UTC))
    assert numbers(open311.bring(made)) == ["101005420892", "101005420894"]
    assert "Straßen- und Gehwegschäden" in open311.describe(made).description
