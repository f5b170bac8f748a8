"""A tiny city for tests of shaping: its folder, its Parquet files, and figures worked out another way."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from contracts.city import City
from contracts.city_load import load_city
from contracts.home import CityHome

Record = Mapping[str, Any]

REQUEST_TYPES = {
    **{"service_request_id": "VARCHAR", "service_code": "VARCHAR", "service_name": "VARCHAR"},
    **{"agency_responsible": "VARCHAR", "status": "VARCHAR", "opened_at": "TIMESTAMP", "due_at": "TIMESTAMP"},
    **{"closed_at": "TIMESTAMP", "updated_at": "TIMESTAMP", "channel": "VARCHAR", "district_id": "VARCHAR"},
    **{"latitude": "DOUBLE", "longitude": "DOUBLE", "address": "VARCHAR"},
}
DISTRICT_TYPES = {
    **{"district_id": "VARCHAR", "district_name": "VARCHAR", "population": "BIGINT"},
    **{"population_year": "BIGINT", "geometry_wkt": "VARCHAR"},
}
LOGICAL = {"VARCHAR": "string", "TIMESTAMP": "timestamp", "DOUBLE": "number", "BIGINT": "integer"}
DEGREES = dict.fromkeys(("latitude", "longitude"), ", customProperties: [{property: unit, value: degrees}]")
WEST, EAST = "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))", "POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"
DISTRICTS: tuple[Record, ...] = (
    {"district_id": "01", "district_name": "West", "population": 20000, "population_year": 2024, "geometry_wkt": WEST},
    {"district_id": "02", "district_name": "East", "population": 30000, "population_year": 2024, "geometry_wkt": EAST},
)
CITY = """formatVersion: 1
id: tiny
name: {en: Tiny}
country: US
timezone: TIMEZONE
languages: [en]
environment: development
publisher: {name: {en: Tiny}, email: data@example.gov}
licence: CC0-1.0
minimumCell: 5
"""
SOURCE = """apiVersion: v3.1.0
kind: DataContract
id: tiny/NAME
name: NAME
version: 1.0.0
status: active
description: {purpose: For tests., limitations: Invented., usage: In tests.}
team: {name: tests, members: [{username: owner@example.gov, role: owner}]}
servers:
  - server: file
    type: custom
    customProperties:
      - {property: connector, value: file}
      - {property: location, value: NAME.parquet}
      - {property: format, value: parquet}
schema:
  - name: NAME
    physicalType: table
    properties:
PROPERTIEScustomProperties:
  - {property: tier, value: TIER}
  - {property: delivery, value: DELIVERY}
  - {property: licenceIn, value: none}
  - {property: legalBasis, value: none}
"""


@dataclass(frozen=True)
class TinyCity:
    """A loaded tiny city and where its state stands."""

    city: City
    home: CityHome
    folder: Path

    def parquet(self, name: str, types: Mapping[str, str], records: Sequence[Record]) -> Path:
        """Write records as an accepted delivery, numbered from 1."""
        path = self.folder / "accepted" / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        with duckdb.connect() as connection:
            columns = ", ".join(f'"{n}" {t}' for n, t in types.items())
            connection.execute(f"create table t ({columns}, _record bigint)")
            if records:
                rows = [[*(r.get(n) for n in types), i] for i, r in enumerate(records, start=1)]
                connection.executemany(f"insert into t values ({', '.join('?' * (len(types) + 1))})", rows)
            connection.execute(f"copy t to '{path}' (format parquet)")
        return path

    def files(self, requests: Sequence[Record]) -> dict[str, tuple[Path, ...]]:
        """One delivery of requests and one of districts."""
        return {
            "tiny_requests": (self.parquet("requests", REQUEST_TYPES, requests),),
            "tiny_districts": (self.parquet("districts", DISTRICT_TYPES, DISTRICTS),),
        }

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What a query of the warehouse gives."""
        with duckdb.connect(str(self.home.warehouse), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            found = connection.execute(query)
            names = [d[0] for d in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def build(
    root: Path, *, timezone: str = "America/New_York", delivery: str = "upsert", districts: bool = True
) -> TinyCity:
    """Write a tiny city's folder under ``root`` and load it."""
    folder = root / "tiny"
    for part in ("sources", "staging", "products"):
        (folder / part).mkdir(parents=True)
    (folder / "city.yaml").write_text(CITY.replace("TIMEZONE", timezone))
    products = ["service_requests", "service_requests_monthly"] + ["districts"] * districts
    for product in products:
        (folder / "products" / f"{product}.yaml").write_text(f"product: {product}\nenabled: true\n")
    entities = {"service_requests": ("tiny_requests", REQUEST_TYPES, delivery, "restricted")}
    if districts:
        entities["districts"] = ("tiny_districts", DISTRICT_TYPES, "snapshot", "public")
    for entity, (source, types, kind, tier) in entities.items():
        text = SOURCE.replace("NAME", source).replace("DELIVERY", kind).replace("TIER", tier)
        (folder / "sources" / f"{source}.odcs.yaml").write_text(text.replace("PROPERTIES", _properties(types)))
        select = ",\n    ".join(types)
        sql = f"-- one row per {entity}\nselect\n    {select}\nfrom {{{{ raw('{source}') }}}}\n"
        (folder / "staging" / f"stg_tiny__{entity}.sql").write_text(sql)
    return TinyCity(load_city(folder), CityHome(root / "home"), root)


def _properties(types: Mapping[str, str]) -> str:
    key = ", required: true, primaryKey: true, primaryKeyPosition: 1"
    return "".join(
        f"      - {{name: {n}, logicalType: {LOGICAL[t]}, description: d, classification: public"
        f"{'' if i else key}{DEGREES.get(n, '')}}}\n"
        for i, (n, t) in enumerate(types.items())
    )


def invent(number: int, as_of: datetime, seed: int = 1) -> list[Record]:
    """Requests of every kind: on time, late, open, undated, closed before opened, after the as-of instant."""
    dice = random.Random(seed)
    found: list[Record] = []
    for i in range(number):
        opened = as_of - timedelta(seconds=dice.randrange(-86_400, 400 * 86_400))
        kind = dice.random()
        waited = timedelta(seconds=dice.expovariate(1 / (20 * 86_400)))
        closed = opened + waited if kind > 0.03 else opened - timedelta(hours=30)
        is_closed = kind < 0.8
        found.append(
            {
                "service_request_id": f"R{i:05d}",
                "service_code": None,
                "service_name": dice.choice(["Pothole", "Street light"]),
                "agency_responsible": dice.choice(["Works", None]),
                "status": "closed" if is_closed else "open",
                "opened_at": opened,
                "due_at": None if dice.random() < 0.2 else opened + timedelta(days=dice.randrange(-2, 40)),
                "closed_at": closed if is_closed and dice.random() > 0.05 else None,
                "updated_at": closed + timedelta(days=1) if dice.random() < 0.5 else None,
                "channel": "phone",
                "district_id": dice.choice(["01", "02", None]),
            }
        )
    return found


Cell = tuple[date, str, str, str]


def measure_by_hand(records: Iterable[Record], as_of: datetime, timezone: str) -> dict[Cell, dict[str, int | None]]:
    """The monthly figures, request by request and month end by month end, as the definitions read."""
    zone = ZoneInfo(timezone)

    def day(moment: datetime) -> date:
        return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).date()

    seen = [_seen(r, as_of) for r in records if r["opened_at"] <= as_of]
    newest = max(max(day(s["opened_at"]), day(s["left_at"] or s["opened_at"])) for s in seen)
    cells: dict[Cell, dict[str, int | None]] = {}
    for key in sorted({s["key"] for s in seen}):
        mine = [s for s in seen if s["key"] == key]
        month = min(day(s["opened_at"]) for s in mine).replace(day=1)
        while month <= newest:
            following = (month + timedelta(days=32)).replace(day=1)
            last_day = min(following - timedelta(days=1), day(as_of))

            def within(moment: datetime | None, first: date = month, end: date = following) -> bool:
                return moment is not None and first <= day(moment) < end

            def open_then(s: Mapping[str, Any], last: date = last_day) -> bool:
                return day(s["opened_at"]) <= last and (s["left_at"] is None or day(s["left_at"]) > last)

            due = [s for s in mine if s["due_at"] and s["due_at"] <= as_of and within(max(s["due_at"], s["opened_at"]))]
            closed = [s for s in mine if within(s["left_at"])]
            promised = [s for s in closed if s["due_at"] and s["closed_at"]]
            opened = [s for s in mine if within(s["opened_at"])]
            ages = [(last_day - day(s["opened_at"])).days for s in mine if open_then(s)]
            cells[(month, *key)] = {
                "opened": len(opened),
                "closed": len(closed),
                "due": len(due),
                "due_on_time": sum(_on_time(s) for s in due),
                "closed_with_due": len(promised),
                "closed_on_time": sum(_on_time(s) for s in promised),
                "backlog": len(ages),
                "backlog_0_7_days": sum(a <= 7 for a in ages),
                "backlog_8_30_days": sum(8 <= a <= 30 for a in ages),
                "backlog_31_90_days": sum(31 <= a <= 90 for a in ages),
                "backlog_over_90_days": sum(a > 90 for a in ages),
                "overdue": sum(
                    open_then(s)
                    and s["due_at"] is not None
                    and s["due_at"] <= as_of
                    and day(max(s["due_at"], s["opened_at"])) <= last_day
                    for s in mine
                ),
                **_quantiles(opened, day, as_of),
            }
            month = following
    return cells


def _seen(record: Record, as_of: datetime) -> dict[str, Any]:
    """A request as it stood at the as-of instant."""
    closed_at = record["closed_at"] if record["status"] == "closed" else None
    left_at = None
    if record["status"] == "closed":
        left_at = max(record["opened_at"], closed_at or record["updated_at"] or record["opened_at"])
    return {
        **record,
        "key": (
            record["district_id"] or "unknown",
            record["service_name"],
            record["agency_responsible"] or "unknown",
        ),
        "closed_at": closed_at if closed_at and closed_at <= as_of else None,
        "left_at": left_at if left_at and left_at <= as_of else None,
    }


def _on_time(seen: Mapping[str, Any]) -> bool:
    return seen["closed_at"] is not None and bool(seen["closed_at"] <= seen["due_at"])


def _quantiles(opened: list[dict[str, Any]], day: Any, as_of: datetime) -> dict[str, int | None]:
    """Kaplan-Meier by the textbook: the product of (1 - closed / at risk) over the days, in whole fractions."""
    from fractions import Fraction

    cases: list[tuple[int, bool]] = []
    for s in opened:
        if s["left_at"] is None:
            cases.append(((day(as_of) - day(s["opened_at"])).days, False))
        elif s["closed_at"] and day(s["closed_at"]) >= day(s["opened_at"]):
            cases.append(((day(s["closed_at"]) - day(s["opened_at"])).days, True))
    found: dict[str, int | None] = {
        "median_days_to_close": None,
        "p90_days_to_close": None,
        "requests_timed": len(cases),
    }
    share = Fraction(1)
    for days in sorted({d for d, is_closed in cases if is_closed}):
        at_risk = sum(d >= days for d, _ in cases)
        share *= 1 - Fraction(sum(d == days and c for d, c in cases), at_risk)
        for name, reached in (("median_days_to_close", Fraction(1, 2)), ("p90_days_to_close", Fraction(1, 10))):
            if share <= reached and found[name] is None:
                found[name] = days
    return found
