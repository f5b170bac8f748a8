"""A source behind each kind of portal, over real rows: what all tests of portals' bad days stand on.

Belongs here: five speakers (one per protocol), landing from them with short patience, and what their data set holds
by an account of its own. Does not belong here: any misbehaviour (``tests/portals``), any assertion about one.

Every speaker serves some hundred of New York's requests, or the file they stand in, in pages of 80. The contract asks
for a latitude of at least 40.6 degrees, so that every delivery sets some real records aside.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from contracts.errors import InputError, OutsideError
from contracts.home import CityHome
from contracts.load import load_contract
from contracts.model import Role
from orchestration.ingest.delivery import Fetched, Unchanged
from orchestration.ingest.errands import errand_for
from orchestration.ingest.landing import Landing, in_force
from orchestration.ingest.web.client import Web
from orchestration.ingest.web.limits import Limits
from tests.portals import (
    ArcgisLayer,
    ArcgisPortal,
    CkanPackage,
    CkanPortal,
    CkanResource,
    Dataset,
    FilesPortal,
    Open311Portal,
    Portal,
    SocrataDataset,
    SocrataPortal,
    Table,
    ckan_id,
)
from tests.portals.nyc_data import exported_requests, recorded_requests
from tests.portals.rows import Values
from tests.unit.orchestration.ingest.conftest import NOW, Town, contract_text

PAGE, ALL = 80, 400
"""Records in a page, and in all of them."""
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?= UTC)")
NORTH = Decimal("40.6")
"""Degrees; what lies south of it is set aside."""
QUICK = Limits(
    connect=2, head=0.4, silence=0.4, window=1, grace=1, longest=3, tries=4, first_pause=0.002, longest_pause=1.5
)
"""Patience for tests; the numbers of ``limits`` are for real portals."""
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
CSV_FILE = "311/nyc/311_service_requests_2018_sample.csv"
SPAN = datetime(2018, 1, 1, tzinfo=UTC), datetime(2019, 9, 20, tzinfo=UTC)
"""Of which requests the Open311 server tells, and when they are asked for: seven windows of 90 days."""
SODA_TIME = {"format": "yyyy-MM-dd'T'HH:mm:ss.SSS", "timezone": False, "defaultTimezone": "America/New_York"}


def _called(*names: str) -> Mapping[str, str]:
    return dict(zip(("request_id", "opened_at", "kind", "place", "latitude"), names, strict=True))


SODA = _called("unique_key", "created_date", "complaint_type", "borough", "latitude")


def _columns(names: Mapping[str, str], time: Mapping[str, Any], more: tuple[dict[str, Any], ...] = ()) -> list[Any]:
    """Key, time, kind, place and latitude; ``names`` says what the portal calls them."""

    def column(name: str, kind: str, **rest: Any) -> dict[str, Any]:
        called = {} if names[name] == name else {"physicalName": names[name]}
        return {"name": name, "logicalType": kind, "classification": "public", **called, **rest}

    return [
        column("request_id", "string", required=True, primaryKey=True, primaryKeyPosition=1),
        column("opened_at", "timestamp", logicalTypeOptions=dict(time)),
        column("kind", "string", required=True),
        column("place", "string"),
        column("latitude", "number", logicalTypeOptions={"minimum": float(NORTH)}),
        *more,
    ]


@dataclass
class Speaker:
    """A source behind one kind of portal.

    Attributes:
        server: The settings of its server.
        names: What the portal calls the contract's columns.
        extra: Records that can be added, with keys of their own.
    """

    protocol: str
    portal: Portal
    dataset: Dataset
    server: Mapping[str, Any]
    columns: list[Any]
    names: Mapping[str, str]
    paged: bool = True
    at: datetime = NOW
    more: Mapping[str, Any] = field(default_factory=dict)

    def extra(self, count: int = 3) -> list[Values]:
        """Records like the last ones, with new keys."""
        key = self.names["request_id"]
        return [{**row.values, key: f"9{row.values[key]}"} for row in self.dataset.rows[-count:]]

    def holds(self) -> tuple[int, int, float]:
        """Records in the data set, how many the contract lets in, and the exact sum of their latitudes."""
        places = [row.values.get(self.names["latitude"]) for row in self.dataset.rows]
        good = [float(p) for p in places if p is not None and Decimal(p) >= NORTH]
        return len(places), len(good) + places.count(None), math.fsum(good)

    def touch(self) -> None:
        """Nothing changed, and the portal says that something did."""
        self.dataset.change(lambda _record: False, {})
        if isinstance(self.portal, FilesPortal):
            served = self.portal.files["requests.csv"]
            self.portal.files["requests.csv"] = replace(served, changed=self.dataset.updated_at, copy=served.copy + 1)

    def grow(self) -> None:
        """Three more records."""
        self.dataset.add(self.extra())
        if isinstance(self.portal, FilesPortal):
            text = (SHARED / CSV_FILE).read_bytes()
            lines = text.splitlines(keepends=True)[-3:]
            body = text + b"".join(b"9" + line for line in lines)
            self.portal.put("requests.csv", body, self.dataset.updated_at)


def socrata() -> Speaker:
    """SODA: the recorded answer of NYC Open Data."""
    dataset = SocrataDataset("fhrw-4uyv", "311 Service Requests", _recorded(), key="unique_key")
    server = {"connector": "socrata", "dataset": dataset.id, "pageSize": PAGE}
    return Speaker("socrata", SocrataPortal([dataset]), dataset, server, _columns(SODA, SODA_TIME), SODA)


def ckan() -> Speaker:
    """CKAN's datastore, over the portal's CSV export of 2018."""
    resource = CkanResource(ckan_id("requests"), "Service requests 2018", _exported(), key="unique_key")
    server = {"connector": "ckan", "resource": resource.id, "way": "datastore", "pageSize": PAGE}
    portal = CkanPortal([CkanPackage("service-requests", "Service requests", [resource])])
    return Speaker("ckan", portal, resource, server, _columns(SODA, SODA_TIME), SODA)


def arcgis() -> Speaker:
    """A hosted point layer of the recorded requests, in Web Mercator."""
    path = "rest/services/Requests/FeatureServer/0"
    layer = ArcgisLayer(path, "Requests", _recorded(), key="unique_key", wkid=102100)
    server = {"connector": "arcgis", "layer": path, "pageSize": PAGE, "geometryColumn": "shape"}
    shape = {"name": "shape", "logicalType": "string", "classification": "internal"}
    columns = _columns(SODA, {"format": "epoch_ms"}, (shape,))
    return Speaker("arcgis", ArcgisPortal([layer], prefix="/arcgis"), layer, server, columns, SODA)


def open311() -> Speaker:
    """GeoReport v2, over the export of 2018 said in its words."""
    names = _called("service_request_id", "requested_datetime", "service_name", "agency_responsible", "lat")
    dataset = Dataset("requests", "Service requests", _in_georeport())
    server = {"connector": "open311", "since": f"{SPAN[0]:%Y-%m-%d}"}
    time = {"format": "yyyy-MM-dd'T'HH:mm:ssXXX", "timezone": True}
    portal = Open311Portal(dataset, prefix="/open311/v2")
    return Speaker("open311", portal, dataset, server, _columns(names, time), names, at=SPAN[1])


def http() -> Speaker:
    """The CSV export itself, as a plain file."""
    names = _called("Unique Key", "Created Date", "Complaint Type", "Borough", "Latitude")
    dataset = Dataset("file", "Service requests 2018", _as_exported())
    portal = FilesPortal({"requests.csv": (SHARED / CSV_FILE).read_bytes()})
    server = {"connector": "http", "location": "requests.csv", "format": "csv"}
    time = {"format": "MM/dd/yyyy hh:mm:ss a", "timezone": False, "defaultTimezone": "America/New_York"}
    return Speaker("http", portal, dataset, server, _columns(names, time), names, paged=False)


SPEAKERS: Mapping[str, Callable[[], Speaker]] = {
    "socrata": socrata,
    "ckan": ckan,
    "arcgis": arcgis,
    "open311": open311,
    "http": http,
}


@cache
def _recorded() -> Table:
    return recorded_requests(SHARED).first(ALL)


@cache
def _exported() -> Table:
    return exported_requests(SHARED).first(ALL)


@cache
def _as_exported() -> Table:
    rows = csv.DictReader(io.StringIO((SHARED / CSV_FILE).read_text(encoding="utf-8"), newline=""))
    return Table((), tuple({k: v for k, v in row.items() if v != ""} for row in rows))


@cache
def _in_georeport() -> Table:
    """The export in GeoReport's words: times with New York's offset, a code made of each kind's letters."""
    zone = ZoneInfo("America/New_York")

    def moment(text: str) -> str:
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat(timespec="seconds")

    return Table(
        (),
        tuple(
            {
                "service_request_id": r["unique_key"],
                "status": r["status"].lower(),
                "service_name": r["complaint_type"],
                "service_code": "".join(c for c in r["complaint_type"].upper() if c.isalpha())[:12],
                "agency_responsible": r["agency"],
                "requested_datetime": moment(r["created_date"]),
                **({"updated_datetime": moment(r["closed_date"])} if "closed_date" in r else {}),
                **({"lat": r["latitude"], "long": r["longitude"]} if "latitude" in r else {}),
            }
            for r in _exported().records
            if SPAN[0].isoformat() <= r["created_date"] < SPAN[1].isoformat()
        ),
    )


@dataclass
class PortalTown(Town):
    """One city whose one source stands behind a portal."""

    speaker: Speaker = field(kw_only=True)

    def land(self, data: bytes | str | None = None, **more: Any) -> Landing:
        """Land an hour later than the last time."""
        self.speaker.at += timedelta(hours=1)
        portals = {"portal": self.speaker.portal.url}
        return super().land(data, **{"now": self.speaker.at, "portals": portals, "pace": 0, **more})

    def bring(self, **more: Any) -> Fetched | Unchanged:
        """What the connector brings, without reading it."""
        portals = {"portal": self.speaker.portal.url}
        connector, errand = errand_for(self.contract, self.job(now=self.speaker.at, portals=portals, pace=0, **more))
        return connector.bring(errand)

    def stands(self) -> list[tuple[int, str]]:
        """The landings in force: number, and hash of the raw bytes. Their files are held against their hashes."""
        return [(one.n, one.raw_sha256) for one in in_force(self.home, self.contract)]

    def sums(self, landing: Landing) -> tuple[int, float]:
        """Accepted records, and the exact sum of their latitudes."""
        assert landing.accepted_file is not None, landing.refusal
        with duckdb.connect() as connection:
            path = self.home.root / landing.accepted_file.path
            found = connection.execute("select latitude from read_parquet(?)", [str(path)]).fetchall()
        return len(found), math.fsum(row[0] for row in found if row[0] is not None)

    def unfinished(self) -> list[str]:
        """Names of what an unfinished fetch keeps."""
        folder = self.home.raw / "things" / "unfinished"
        return sorted(p.name for p in folder.rglob("*")) if folder.exists() else []


def make_portal_town(folder: Path, speaker: Speaker) -> PortalTown:
    """A city in ``folder`` with the speaker's source; its home is beside it."""
    city = folder / "testtown"
    (city / "sources").mkdir(parents=True, exist_ok=True)
    path = city / "sources" / "things.odcs.yaml"
    text = contract_text(
        tuple(speaker.columns), {"location": None, "portal": "portal", **speaker.server}, **speaker.more
    )
    path.write_text(text, encoding="utf-8")
    contract = load_contract(path, Role.SOURCE)
    return PortalTown(city, CityHome(folder / "var" / "testtown"), contract, speaker=speaker)


def bytes_alone(folder: Path, speaker: Speaker) -> str:
    """The sha256 of what a fetch brings that nothing disturbs, into a home of its own."""
    brought = make_portal_town(folder / "alone", speaker).bring()
    assert isinstance(brought, Fetched)
    return brought.sha256


def in_full(town: PortalTown, landing: Landing) -> None:
    """Everything the portal holds came in, set aside or accepted, by an account of its own."""
    received, accepted, latitudes = town.speaker.holds()
    assert (landing.received, landing.accepted, landing.rejected) == (received, accepted, 0)
    assert landing.quarantined == received - accepted > 0
    assert town.sums(landing) == (accepted, latitudes)


def plain(message: str, speaker: Speaker) -> str:
    """A message without what differs from day to day."""
    return TIME.sub("<time>", message.replace(f":{speaker.portal.port}", ":<port>"))


def refusal(town: PortalTown, **more: Any) -> str | None:
    """What landing says where it does not come to accepted records; None where it does."""
    try:
        landing = town.land(**more)
    except (OutsideError, InputError) as error:
        return error.message
    return None if landing.refusal is None else str(landing.refusal["message"])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask web servers with short patience."""
    defaults = Web.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "limits", QUICK)


@pytest.fixture(params=list(SPEAKERS))
def town(request: pytest.FixtureRequest, tmp_path: Path, quick: None, shared_data: Path) -> Iterator[PortalTown]:
    """A city behind each kind of portal in turn; the portal runs."""
    speaker = SPEAKERS[request.param]()
    with speaker.portal:
        yield make_portal_town(tmp_path, speaker)
