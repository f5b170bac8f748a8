"""A made-up city of many products, each with many releases, as kept files on a disk.

Belongs here: writing releases, commits, reports and a ledger in the house's own formats, quickly: releases of one
product differ in their rows and counts, products in their names. Does not belong here: measuring (``bench.site``).
The figures in the reports are made up; nothing is judged here, since what is measured is the making of pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from contracts import kept
from contracts.city import City, Decision, Person, Problem, ProblemMeasure, Publisher
from contracts.evidence import GENESIS, Entry, EntryKind, Ledger
from contracts.home import CityHome
from contracts.model import Contract, Delivery, Member, Place, Property, Role, SchemaObject, ServiceLevel, Step, Text
from contracts.release import Commit, InputRef, KeptFile, Manifest, ManifestColumn, commit_name

HERE = Place("many_products.py", 1)
FIRST = datetime(2025, 11, 1, 6, 10, tzinfo=UTC)
CHECKED_AT = datetime(2026, 11, 2, 6, 10, tzinfo=UTC)
TIERS = ("internal", "public")
PRACTICES = ("performance", "equity", "finance", "procurement", "risk")
PER_SOURCE = 25
"""Products made of one source."""
MEASURES = tuple(f"measure_{i:02d}" for i in range(1, 16))


def made_up(products: int) -> City:
    """The city's declared content: its products, the sources they come from, and a problem a practice."""
    contracts = {name: _product(name, i) for i, name in enumerate(names(products))}
    sources = {f"register_{i:03d}": _source(i) for i in range(-(-products // PER_SOURCE))}
    problems = {p.id: p for p in _problems(list(contracts))}
    return City(
        id="many",
        folder=Path("cities/many"),
        name=Text("Many"),
        country="CO",
        timezone="America/Bogota",
        languages=("en",),
        environment="development",
        publisher=Publisher(Text("Many, Office of Data"), "data@many.example", None),
        licence="CC-BY-4.0",
        minimum_cell=10,
        portals={},
        sources=sources,
        staging={},
        products=contracts,
        problems=problems,
        rulings=(),
        unavailable={},
        site_url="https://data.many.example",
    )


def names(products: int) -> list[str]:
    """The products' names, in order."""
    return [f"measures_{i:04d}" for i in range(products)]


def _columns() -> tuple[Property, ...]:
    step = Step("count_with_min_cell", "1.0.0", {"k": "minimumCell"})
    keys = [
        _column("month", "date", "DATE", "First day of the month, in the city's time zone.", 1),
        _column("district_id", "string", "VARCHAR", "The district the record lies in.", 2),
        _column("district_name", "string", "VARCHAR", "The district's name, as the city writes it."),
        _column("category", "string", "VARCHAR", "The kind of service asked for, in the city's words.", 3),
    ]
    measures = [
        _column(name, "number", "DOUBLE", f"Measure {i} of the month, in days. Empty where hidden.", unit="days")
        for i, name in enumerate(MEASURES, start=1)
    ]
    staff = replace(_column("exact_count", "integer", "BIGINT", "The exact count."), classification="internal")
    return (*keys, *(replace(m, step=step) if i % 5 == 0 else m for i, m in enumerate(measures)), staff)


def _column(name: str, kind: str, physical: str, said: str, key: int | None = None, **more: Any) -> Property:
    return Property(
        name=name,
        logical_type=kind,
        physical_type=physical,
        required=key is not None,
        unique=False,
        primary_key_position=key,
        classification="public",
        classified=True,
        description=Text(said),
        options={},
        quality=(),
        place=HERE,
        **more,
    )


def _contract(role: Role, name: str, title: str, **more: Any) -> Contract:
    facts: dict[str, Any] = {
        "purpose": Text(
            f"{title}: what the departments of the city do in a month. It is meant for comparing districts."
        ),
        "limitations": Text("Only what residents report. Counts below ten are hidden."),
        "usage": Text("Read the months as a whole."),
        "tier": "public",
        "team": (Member("steward@many.example", "steward"), Member("owner@many.example", "owner")),
        "columns": _columns(),
        **more,
    }
    columns = facts.pop("columns")
    return Contract(
        id=f"{role.value}/{name}",
        role=role,
        name=name,
        title=Text(title),
        version="1.0.0",
        status="active",
        servers=(),
        object=SchemaObject(name, "table", Text(""), columns, (), HERE, grain="One row per month, district, category."),
        service_levels=(
            ServiceLevel("frequency", 1, "m", None, HERE),
            ServiceLevel("latency", 40, "d", f"{name}.month", HERE),
        ),
        path=Path(f"{name}.odcs.yaml"),
        sha256="c" * 64,
        **facts,
    )  # fmt: skip


def _product(name: str, i: int) -> Contract:
    return _contract(
        Role.PRODUCT,
        name,
        f"Measures of service {i:04d}",
        tier="internal",
        renditions=TIERS,
        practice=PRACTICES[i % len(PRACTICES)],
        why_not_public=Text("Exact counts could tell of a person."),
        how_to_ask=Text("Write to the steward."),
    )


def _source(i: int) -> Contract:
    named = tuple(_column(c.name, c.logical_type, c.physical_type, c.description.default) for c in _columns()[:8])
    return _contract(Role.SOURCE, f"register_{i:03d}", f"Register {i:03d}", columns=named, delivery=Delivery.SNAPSHOT)


def _problems(products: list[str]) -> Iterator[Problem]:
    for n, practice in enumerate(PRACTICES):
        mine = [p for i, p in enumerate(products) if i % len(PRACTICES) == n]
        if mine:
            yield Problem(
                id=f"problem_{practice}",
                practice=practice,
                title=Text(f"Slow service, {practice}"),
                question=Text(f"Where does the service of {practice} take longest?"),
                why=Text("People wait."),
                decision=Decision(Text("Where to add a crew"), Text("Director of Works"), date(2027, 1, 15)),
                users=(Text("Works department"),),
                owner=Person(Text("Steward of works data"), None, "works@many.example"),
                products=tuple(mine[:8]),
                measure=ProblemMeasure(
                    id="days",
                    title=Text("Days to mend"),
                    product=mine[0],
                    value=MEASURES[0],
                    n=None,
                    period="month",
                    area="district_id",
                    area_name="district_name",
                    unit=Text("days"),
                    direction="lower",
                    target=4.0,
                    where={"category": "Streetlight"},
                ),
                not_said=Text("What nobody reported."),
                review_date=date(2027, 3, 1),
                place=HERE,
            )


def write(city: City, home: CityHome, releases: int) -> None:
    """Everything on disk: releases, their commits, deliveries, the ledger."""
    data = _data_files(city, home.root / "data")
    ledger = _Chain(home)
    for source in city.sources:
        for n in range(1, releases + 1):
            _landing(home, source, n)
    for version in range(1, releases + 1):
        for product in city.products:
            publish(city, home, product, version, data, ledger)
        ledger.add(EntryKind.RUN, _run(version, sorted(city.products)), moment(version))
    ledger.close()


def add_release(city: City, home: CityHome, product: str, version: int) -> None:
    """One more release of one product, and the run that made it."""
    data = _data_files(city, home.root / "data")
    ledger = _Chain(home)
    publish(city, home, product, version, data, ledger)
    ledger.add(EntryKind.RUN, _run(version, [product]), moment(version))
    ledger.close()


def moment(version: int) -> datetime:
    """When a version was published."""
    return FIRST + timedelta(days=30 * (version - 1))


class _Chain:
    """The end of the ledger: entries written one after the other, as ``Ledger.append`` chains them, without syncing."""

    def __init__(self, home: CityHome) -> None:
        self.ledger = Ledger(home.ledger)
        home.ledger.mkdir(parents=True, exist_ok=True)
        self.n, self.previous = self.ledger.head() if any(home.ledger.glob("0*.json")) else (0, GENESIS)

    def add(self, kind: EntryKind, body: dict[str, Any], at: datetime) -> None:
        self.n += 1
        data = Entry(self.n, kind.value, self.previous, at.isoformat(), body).to_json()
        self.ledger.path(self.n).write_bytes(data)
        self.previous = kept.sha256_bytes(data)

    def close(self) -> None:
        self.ledger.write_head()


def _run(version: int, published: list[str]) -> dict[str, Any]:
    told = [{"product": p, "version": version} for p in published]
    at = moment(version).isoformat()
    return {"run": f"r{version}", "checked_at": at, "published": told, "held": [], "failed": [], "exit_code": 0}


def _data_files(city: City, folder: Path) -> dict[str, dict[str, bytes]]:
    """The bytes of a release's data for each tier, of the kind and size that a month's table of a district has."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict[str, bytes]] = {}
    measures = ", ".join(f"round(3 + (hash(m, d, c, {i}) % 70) / 10.0, 1) AS {name}" for i, name in enumerate(MEASURES))
    rows = f"""SELECT CAST(m AS DATE) AS month, d AS district_id, 'District ' || d AS district_name, c AS category,
                      {measures}, CAST(17 AS BIGINT) AS exact_count
               FROM (SELECT unnest(generate_series(DATE '2024-11-01', DATE '2026-10-01', INTERVAL 1 MONTH)) AS m),
                    (SELECT unnest(['01', '02', '03', '04', '05']) AS d),
                    (SELECT unnest(['Pothole', 'Streetlight']) AS c) ORDER BY month, district_id, category"""
    contract = next(iter(city.products.values()))
    with duckdb.connect() as connection:
        for tier in TIERS:
            listed = ", ".join(c.name for c in contract.columns if tier == "internal" or c.classification == "public")
            found[tier] = {}
            for file, form in (("data.parquet", "PARQUET"), ("data.csv", "CSV, HEADER")):
                connection.execute(f"COPY (SELECT {listed} FROM ({rows})) TO '{folder / file}' (FORMAT {form})")
                found[tier][file] = (folder / file).read_bytes()
    kept.remove(folder)
    return found


def publish(
    city: City, home: CityHome, product: str, version: int, data: dict[str, dict[str, bytes]], ledger: _Chain
) -> None:
    """One release of one product in every tier."""
    contract = city.products[product]
    for tier in TIERS:
        seen = [p for p in contract.columns if tier == "internal" or p.classification == "public"]
        folder = home.release_dir(tier, product) / str(version)
        folder.mkdir(parents=True)
        parts = {
            **data[tier],
            "quality.json": kept.canonical_json(_quality(city, product, tier, version, seen)),
            "lineage.json": kept.canonical_json(_lineage(product)),
        }
        for name, content in parts.items():
            (folder / name).write_bytes(content)
        manifest = _manifest(city, contract, tier, version, parts)
        (folder / "manifest.json").write_bytes(manifest.to_json())
        digest = kept.sha256_bytes(manifest.to_json())
        commit = Commit(version, "publish", version, digest, str(ledger.n + 1), moment(version).isoformat())
        path = home.releases / commit_name(tier, product, version)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(commit.to_json())
    at = moment(version)
    ledger.add(EntryKind.INTENT, {"action": "publish", "product": product, "version": version}, at)
    ledger.add(EntryKind.PUBLICATION, {"product": product, "version": version}, at)


_MEDIA = {".parquet": "application/vnd.apache.parquet", ".csv": "text/csv", ".json": "application/json"}


def _manifest(city: City, contract: Contract, tier: str, version: int, parts: dict[str, bytes]) -> Manifest:
    at = moment(version).isoformat()
    source = f"register_{int(contract.name.rsplit('_', 1)[1]) // PER_SOURCE:03d}"
    seen = [p for p in contract.columns if tier == "internal" or p.classification == "public"]
    return Manifest(
        city=city.id,
        product=contract.name,
        tier=tier,
        version=version,
        contract={"id": contract.id, "version": "1.0.0", "sha256": contract.sha256},
        as_of=at,
        data_to=(moment(version) - timedelta(days=30)).replace(day=1).isoformat(),
        rows=240,
        content_sha256=kept.sha256_bytes(f"{contract.name} {version}".encode()),
        files=tuple(
            KeptFile(n, kept.sha256_bytes(data), len(data), 240 if "data." in n else None, _MEDIA[Path(n).suffix])
            for n, data in parts.items()
        ),
        columns=tuple(
            ManifestColumn(p.name, p.physical_type, p.description.default, p.unit, p.step.name if p.step else None)
            for p in seen
        ),
        inputs=(InputRef(source, "a" * 64, at, 24_000, 23_950, 45, 5),),
        code={"engine_sha256": "e" * 64, "sql_sha256": "f" * 64, "git_commit": "unknown"},
        previous=version - 1 or None,
    )  # fmt: skip


def _quality(city: City, product: str, tier: str, version: int, seen: list[Property]) -> dict[str, Any]:
    rules = [_rule("column", p.name, f"The column {p.name} is there and of its kind.", "conformity") for p in seen]
    rules += [_rule("required", p.name, f"Every row has {p.name}.", "completeness") for p in seen[:4]]
    rules += [_rule("range", p.name, f"{p.name} lies between 0 and 10,000.", "accuracy") for p in seen[4:]]
    rules += [_rule("unique", "month", "No month, district and category stands twice.", "uniqueness")]
    gate = [
        _rule("gate", "", said, dimension)
        for said, dimension in (
            ("The sums of records add up.", "consistency"),
            ("The data is fresh enough.", "timeliness"),
            ("The contract did not break.", "consistency"),
            ("The number of rows changes by no more than half.", "coverage"),
        )
    ]
    source = f"register_{int(product.rsplit('_', 1)[1]) // PER_SOURCE:03d}"
    return {
        "format_version": 1,
        "city": city.id,
        "product": product,
        "tier": tier,
        "version": version,
        "outcome": "published",
        "as_of": moment(version).isoformat(),
        "data_to": (moment(version) - timedelta(days=30)).replace(day=1).isoformat(),
        "rows": 240,
        "contract": {"id": f"product/{product}", "version": "1.0.0", "sha256": "c" * 64},
        "rules": [{**r, "examined": 240 + version, "nulls": (version * n) % 7} for n, r in enumerate(rules)],
        "gate": [{**g, "id": f"gate.{i}", "columns": []} for i, g in enumerate(gate)],
        "reasons": [],
        "reconciliation": {
            "sources": [{"source": source, "received": 24_000, "accepted": 23_950, "quarantined": 45, "rejected": 5}],
            "product_rows": 240,
        },
    }


def _rule(kind: str, column: str, said: str, dimension: str) -> dict[str, Any]:
    return {
        "id": f"{column}.{kind}",
        "kind": kind,
        "columns": [column],
        "text": {"en": said},
        "dimension": dimension,
        "severity": "error",
        "result": "passed",
        "examined": 240,
        "failed": 0,
        "nulls": 0,
        "value": 0,
        "threshold": {"operator": "mustBe", "value": 0, "unit": "rows"},
        "engines": {"scan": "passed", "great_expectations": "passed"},
        "query": f"SELECT count(*) FILTER (WHERE {column or 'month'} IS NULL), count(*) FROM data",
        "proof": {"mutation": {"en": f"one value of {column or 'the table'} taken away"}, "caught": True},
        "detail": "",
    }


def _lineage(product: str) -> dict[str, Any]:
    source = f"register_{int(product.rsplit('_', 1)[1]) // PER_SOURCE:03d}"
    steps = [("source", source), ("staging", f"stg_{source}"), ("intermediate", f"int_{product}"),
             ("mart", product), ("release", product)]  # fmt: skip
    nodes = [
        {"id": f"{kind}.{name}", "kind": kind, "name": name, "title": f"{kind.capitalize()} {name}", "tier": "public"}
        for kind, name in steps
    ]
    edges = [[a["id"], b["id"]] for a, b in pairwise(nodes)]
    return {"format_version": 1, "nodes": nodes, "edges": edges}


def _landing(home: CityHome, source: str, n: int) -> None:
    entry = {
        "format_version": 1,
        "n": n,
        "source": source,
        "outcome": "accepted",
        "address": f"https://portal.many.example/{source}.csv",
        "retrieved_at": moment(n).isoformat(),
        "received": 24_000,
        "accepted": 23_950,
        "quarantined": 45,
        "rejected": 5,
        "rules": [],
        "reasons": {},
        "drift": {"added": [], "missing": []},
        "refusal": None,
    }
    path = home.raw / source / "landings" / f"{n}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept.canonical_json(entry))
