"""A source with a contract, a folder to deliver into, and landing it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from contracts.city import City, Publisher
from contracts.home import CityHome
from contracts.load import load_contract
from contracts.model import Contract, Role, Text
from orchestration.ingest.caps import Caps
from orchestration.ingest.landing import Landing, LandingJob, land

NOW = datetime(2026, 1, 31, 6, 0, tzinfo=UTC)

COLUMNS: tuple[dict[str, Any], ...] = (
    {
        "name": "id",
        "logicalType": "string",
        "required": True,
        "primaryKey": True,
        "primaryKeyPosition": 1,
        "classification": "public",
    },
    {"name": "name", "logicalType": "string", "classification": "restricted"},
    {"name": "amount", "logicalType": "number", "classification": "public", "logicalTypeOptions": {"minimum": 0}},
    {"name": "day", "logicalType": "date", "classification": "public"},
)


class _Quoting(yaml.SafeDumper):
    """Puts a text such as 0E0 in quotes: contracts are read as YAML 1.2, where it is a number without them."""


_Quoting.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+[eE][-+]?[0-9]+\Z"), "-+0123456789")


def contract_text(columns: tuple[dict[str, Any], ...], server: Mapping[str, Any], **more: Any) -> str:
    """A source's contract as YAML. ``more``: quality (of the object), delivery, properties by name."""
    settings = {"connector": "file", "location": "delivery", **server}
    return yaml.dump(
        {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": "testtown/things",
            "name": "Things",
            "version": "1.0.0",
            "status": "active",
            "description": {"purpose": "To be tested.", "limitations": "None.", "usage": "Tests."},
            "team": {"name": "t", "members": [{"username": "o@example.org", "role": "owner"}]},
            "servers": [
                {
                    "server": "delivery",
                    "type": "custom",
                    "customProperties": [{"property": k, "value": v} for k, v in settings.items() if v is not None],
                }
            ],
            "schema": [
                {
                    "name": "things",
                    "physicalType": "file",
                    "dataGranularityDescription": "one record per thing",
                    "properties": [dict(c) for c in columns],
                    **({"quality": more["quality"]} if "quality" in more else {}),
                }
            ],
            "slaProperties": [{"property": "frequency", "value": 1, "unit": "d"}],
            "customProperties": [
                {"property": "tier", "value": "restricted"},
                {"property": "delivery", "value": more.get("delivery", "snapshot")},
                {"property": "licenceIn", "value": "none"},
                {"property": "legalBasis", "value": "none"},
                {"property": "retentionDays", "value": 30},
            ],
        },
        Dumper=_Quoting,
        sort_keys=False,
    )


@dataclass
class Town:
    """One city with one source that reads ``delivery`` in its folder."""

    folder: Path
    home: CityHome
    contract: Contract
    caps: Caps = field(default_factory=Caps)

    def deliver(self, data: bytes | str) -> Town:
        """Put a delivery where the source looks for it."""
        (self.folder / "delivery").write_bytes(data.encode() if isinstance(data, str) else data)
        return self

    def job(self, **more: Any) -> LandingJob:
        city = City(
            id="testtown",
            folder=self.folder,
            name=Text("Testtown"),
            country="US",
            timezone="America/New_York",
            languages=("en",),
            environment="development",
            publisher=Publisher(Text("Testtown"), "data@example.org"),
            licence="none",
            minimum_cell=10,
            portals=more.pop("city_portals", {}),
            sources={},
            staging={},
            products={},
            problems={},
            rulings=(),
            unavailable={},
        )
        return LandingJob(city, self.home, **{"now": NOW, "caps": self.caps, **more})

    def land(self, data: bytes | str | None = None, **more: Any) -> Landing:
        """Deliver ``data`` (if given) and land it; the numbers must add up whatever happens."""
        if data is not None:
            self.deliver(data)
        landing = land(self.contract, self.job(**more))
        assert landing.received == landing.accepted + landing.quarantined + landing.rejected
        return landing

    def accepted(self, landing: Landing) -> list[tuple[Any, ...]]:
        """Accepted records in the order of the file, the record number last."""
        assert landing.accepted_file is not None, landing.refusal
        return self._rows(landing.accepted_file.path, "*", "_record")

    def quarantined(self, landing: Landing) -> list[tuple[Any, ...]]:
        """Records set aside: number, reasons, sentence, raw."""
        assert landing.quarantine_file is not None
        return self._rows(landing.quarantine_file.path, "*", "record")

    def reasons(self, landing: Landing) -> dict[int, list[str]]:
        """Reasons by record number."""
        return {row[0]: row[1] for row in self.quarantined(landing)}

    def _rows(self, path: str, what: str, order: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            query = f"SELECT {what} FROM read_parquet('{self.home.root / path}') ORDER BY {order}"
            return connection.execute(query).fetchall()


THIRD_PARTY_WARNINGS = (
    "ignore:module 'sre_:DeprecationWarning",  # pandera's dependencies, November 2026
    "ignore:fetch_arrow_table:DeprecationWarning",  # ibis 12.0, November 2026
    "ignore:The 'future.infer_string' option:DeprecationWarning",  # pandera 0.35, November 2026
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pandera judges at the door: let its libraries' own warnings pass in the tests of this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            for warning in THIRD_PARTY_WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(warning))


MakeTown = Callable[..., Town]


@pytest.fixture
def make_town(tmp_path: Path) -> MakeTown:
    def make(*columns: dict[str, Any], server: Mapping[str, Any] | None = None, **more: Any) -> Town:
        folder = tmp_path / "testtown"
        (folder / "sources").mkdir(parents=True, exist_ok=True)
        path = folder / "sources" / "things.odcs.yaml"
        path.write_text(contract_text(columns or COLUMNS, server or {"format": "csv"}, **more), encoding="utf-8")
        contract = load_contract(path, Role.SOURCE)
        return Town(folder, CityHome(tmp_path / "var" / "testtown"), contract)

    return make


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    """CSV: id (key), name, amount from 0, day."""
    return make_town()
