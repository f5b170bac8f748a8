"""A small city with one product, ready to publish: for the tests of the gate, the writer and the audit."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from contracts.checks import Check
from contracts.city import City, Publisher, Ruling
from contracts.engines import guard, scan
from contracts.engines.sql import parquet
from contracts.evidence import EntryKind, Ledger
from contracts.flow.analysis import analyse
from contracts.flow.classes import Declared, DeclaredColumn, classify
from contracts.flow.model import Leaf, LeafColumn, ModelText
from contracts.home import CityHome
from contracts.kept import create_if_absent, sha256_bytes, sha256_file
from contracts.load import load_contract
from contracts.model import Contract, Place, Role, Text
from contracts.mutations import Proof
from contracts.release import InputRef
from contracts.results import Verdict
from contracts.steps import flow_functions
from orchestration import step_functions
from orchestration.flows import CityFlow
from orchestration.ingest.manifest import Landing, LandingFile, landing_path
from orchestration.ingest.manifest import read as landing
from orchestration.proof.outcome import CityProof
from orchestration.publish.attempt import attempt
from orchestration.publish.job import Attempt, PublishJob
from orchestration.publish.judging import ContractEngines
from orchestration.warehouse import step_settings

AS_OF = datetime(2026, 1, 31, tzinfo=UTC)
SECRETS = ("officer_badge", "zz_note", "zz_officer_known", "Padrón Sellado", "hidden_registry")
"""Names that no public byte may hold: columns, a rule, sources above the tier."""

PRODUCT: dict[str, Any] = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "product/cases",
    "name": "Cases",
    "version": "1.0.0",
    "status": "active",
    "description": {"purpose": "Every case.", "limitations": "None.", "usage": "Count."},
    "team": {
        "name": "cases",
        "members": [
            {"username": "steward@example.gov", "role": "steward"},
            {"username": "owner@example.gov", "role": "owner"},
        ],
    },
    "schema": [
        {
            "name": "cases",
            "physicalType": "table",
            "dataGranularityDescription": "one row per case",
            "properties": [
                {
                    "name": "case_id",
                    "logicalType": "string",
                    "required": True,
                    "unique": True,
                    "primaryKey": True,
                    "primaryKeyPosition": 1,
                    "classification": "public",
                    "description": "The case.",
                },
                {"name": "category", "logicalType": "string", "required": True, "classification": "public"},
                {"name": "opened_date", "logicalType": "date", "classification": "public"},
                {
                    "name": "days_open",
                    "logicalType": "integer",
                    "classification": "public",
                    "logicalTypeOptions": {"minimum": 0},
                },
                {"name": "score", "logicalType": "number", "classification": "public"},
                {"name": "opened_at", "logicalType": "timestamp", "classification": "internal"},
                {"name": "officer_badge", "logicalType": "string", "required": True, "classification": "internal"},
                {"name": "zz_note", "logicalType": "string", "classification": "internal"},
            ],
            "quality": [
                {
                    "id": "has_cases",
                    "type": "library",
                    "metric": "rowCount",
                    "mustBeGreaterThan": 0,
                    "dimension": "completeness",
                    "severity": "error",
                    "description": "There is at least one case.",
                },
                {
                    "id": "zz_officer_known",
                    "type": "sql",
                    "dimension": "consistency",
                    "severity": "error",
                    "description": "No case is without an officer.",
                    "query": "select count(*) from {object} where officer_badge = 'nobody'",
                    "mustBe": 0,
                    "customProperties": [
                        {
                            "property": "failingExample",
                            "value": [{"case_id": "A", "category": "x", "officer_badge": "nobody"}],
                        }
                    ],
                },
            ],
        }
    ],
    "slaProperties": [
        {"property": "frequency", "value": 1, "unit": "d"},
        {"property": "latency", "value": 5, "unit": "d", "element": "cases.opened_date"},
    ],
    "customProperties": [
        {"property": "tier", "value": "internal"},
        {"property": "renditions", "value": ["internal", "public"]},
        {"property": "practice", "value": "performance"},
        {"property": "needs", "value": ["requests"]},
        {"property": "reconciles", "value": {"entity": "requests", "removedBy": []}},
        {"property": "rowCountChange", "value": {"minimum": -0.3, "maximum": 0.5}},
    ],
}
SOURCE: dict[str, Any] = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "town/requests",
    "name": "Padrón Sellado",
    "version": "1.0.0",
    "status": "active",
    "servers": [
        {
            "server": "portal",
            "type": "custom",
            "customProperties": [
                {"property": "connector", "value": "file"},
                {"property": "location", "value": "in.csv"},
                {"property": "format", "value": "csv"},
            ],
        }
    ],
    "schema": [
        {
            "name": "requests",
            "properties": [
                {
                    "name": "case_id",
                    "logicalType": "string",
                    "required": True,
                    "primaryKey": True,
                    "primaryKeyPosition": 1,
                    "classification": "public",
                },
                {"name": "officer", "logicalType": "string", "classification": "restricted"},
            ],
        }
    ],
    "customProperties": [
        {"property": "tier", "value": "restricted"},
        {"property": "delivery", "value": "snapshot"},
        {"property": "inventory", "value": "hidden"},
    ],
}
LINEAGE: dict[str, Any] = {
    "nodes": [
        {
            "id": "source.requests",
            "kind": "source",
            "name": "requests",
            "title": "Padrón Sellado",
            "tier": "restricted",
        },
        {
            "id": "model.stg_town__requests",
            "kind": "staging",
            "name": "stg_town__requests",
            "title": "",
            "tier": "restricted",
        },
        {
            "id": "model.int_requests__received",
            "kind": "intermediate",
            "name": "int_requests__received",
            "title": "",
            "tier": "internal",
        },
        {"id": "model.cases", "kind": "mart", "name": "cases", "title": "Cases", "tier": "internal"},
        {"id": "model.other", "kind": "mart", "name": "other", "title": "Other", "tier": "public"},
    ],
    "edges": [
        ["source.requests", "model.stg_town__requests"],
        ["model.stg_town__requests", "model.int_requests__received"],
        ["model.int_requests__received", "model.cases"],
        ["model.int_requests__received", "model.other"],
    ],
}

Row = tuple[Any, ...]
COLUMNS = (
    "case_id VARCHAR, category VARCHAR, opened_date DATE, days_open BIGINT, score DOUBLE, "
    "opened_at TIMESTAMP, officer_badge VARCHAR, zz_note VARCHAR"
)


def flow_of(contract: Contract, sql: str = "") -> CityFlow:
    """The flows of a table ``cases`` that a model made of a source whose columns are of the contract's classes."""
    told = tuple((c.name, c.classification, c.physical_type, c.step.name if c.step else None) for c in contract.columns)
    return _flow(told, sql or f"select {', '.join(c.name for c in contract.columns)} from raw__requests")


@lru_cache(maxsize=64)
def _flow(columns: tuple[tuple[str, str, str, str | None], ...], sql: str) -> CityFlow:
    leaf_columns = {name: LeafColumn(given, kind) for name, given, kind, _ in columns}
    leaf = Leaf("raw__requests", {**leaf_columns, "officer": LeafColumn("restricted", "VARCHAR")})
    declared = Declared({name: DeclaredColumn(given, step=step) for name, given, _, step in columns})
    functions = flow_functions()
    graph = analyse([ModelText("cases", sql, "cases.sql")], {leaf.name: leaf}, functions)
    classes = classify(graph, {leaf.name: leaf}, functions, {"cases": declared})
    nodes = {"raw__requests": "source.requests", "cases": "mart.cases"}
    return CityFlow(classes, nodes, {name: f"{f.step} {f.version}" for name, f in functions.items()})


@lru_cache(maxsize=64)
def _loaded(text: str, folder: str, role: Role) -> Contract:
    path = Path(folder) / f"{sha256_bytes(text.encode())[:12]}.odcs.yaml"
    path.write_text(text, encoding="utf-8")
    return load_contract(path, role)


def changed(document: dict[str, Any], edit: Any) -> dict[str, Any]:
    """A copy of a contract's YAML, edited by ``edit``."""
    copy: dict[str, Any] = yaml.safe_load(yaml.safe_dump(document))
    edit(copy)
    return copy


def rows(count: int = 40, *, first: int = 0) -> list[Row]:
    """Cases with every kind of awkward value."""
    texts = ("potholes", "a,b", 'say "hi"', "two\nlines", "", " lead", "ñandú", "=1+1", "tab\t.")
    found: list[Row] = []
    for i in range(first, first + count):
        opened = datetime(2026, 1, 1, 8) + timedelta(hours=17 * (i % 40))
        score = None if i % 7 == 0 else i / 7
        found.append(
            (f"C{i:05d}", texts[i % len(texts)], opened.date(), i % 9, score, opened, f"B{i % 3}", f"Nota zz {i}")
        )
    return found


@dataclass
class Stand:
    """Both engines by the scan (fast), with a place for a test to interfere."""

    folder: Path
    alter: Any = None
    crash: str = ""
    blind: frozenset[str] = frozenset()

    asked: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)

    def scan(self, files: Sequence[Path], checks: tuple[Check, ...]) -> Verdict:
        self.asked.append(("scan", tuple(f.stem for f in files), tuple(c.id for c in checks)))
        if self.crash == "scan":
            raise RuntimeError("out of memory")
        return ContractEngines(1, "256MB", self.folder, ("case_id",)).scan(files, checks)

    def expectations(self, files: Sequence[Path], checks: tuple[Check, ...]) -> Verdict:
        self.asked.append(("expectations", tuple(f.stem for f in files), tuple(c.id for c in checks)))
        if self.crash == "expectations":
            raise LookupError("list index out of range")
        with guard.guarded_connection(files, 1, "256MB") as connection:
            verdict = scan.judge(connection, parquet(files), checks)
        verdict = Verdict("great_expectations", verdict.rows, verdict.results)
        return verdict if self.alter is None else self.alter(verdict, files[0])

    def prove(self, files: Sequence[Path], contract: Contract, checks: tuple[Check, ...]) -> Mapping[str, Proof]:
        assert all(file.is_file() for file in files)
        assert contract.columns
        return {
            c.id: Proof(f"{c.id} was broken", c.id not in self.blind, translations={"es": f"se dañó {c.id}"})
            for c in checks
        }


@dataclass
class World:
    """A city with one product and everything it stands on."""

    root: Path
    product: dict[str, Any] = field(default_factory=lambda: PRODUCT)
    source: dict[str, Any] = field(default_factory=lambda: SOURCE)
    rulings: tuple[Ruling, ...] = ()
    environment: Any = "development"
    inputs: tuple[InputRef, ...] = ()
    engines: Any = None
    table: list[Row] = field(default_factory=rows)
    entity_rows: int | None = None
    landings: int = 0
    releases_at: str | None = None

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "contracts").mkdir(exist_ok=True)
        self.home = CityHome(self.root / "var" / "town", self.releases_at)
        self.ledger = Ledger(self.home.ledger)
        self.engines = self.engines or Stand(self.root)

    @property
    def contract(self) -> Contract:
        return _loaded(yaml.safe_dump(self.product, sort_keys=False), str(self.root / "contracts"), Role.PRODUCT)

    @property
    def source_contract(self) -> Contract:
        return _loaded(yaml.safe_dump(self.source, sort_keys=False), str(self.root / "contracts"), Role.SOURCE)

    @property
    def city(self) -> City:
        return City(
            id="town",
            folder=self.root / "cities" / "town",
            name=Text("Town"),
            country="US",
            timezone="America/Bogota",
            languages=("en", "es"),
            environment=self.environment,
            publisher=Publisher(Text("Office"), "office@example.gov"),
            licence="CC0-1.0",
            minimum_cell=10,
            portals={},
            sources={"requests": self.source_contract},
            staging={"requests": "stg_town__requests"},
            products={"cases": self.contract},
            problems={},
            rulings=self.rulings,
            unavailable={},
        )

    def deliver(self, table: Sequence[Row] | None = None, *, entity_rows: int | None = None) -> None:
        """A new delivery: accepted records, a landing in the ledger, and the mart in the warehouse."""
        if table is not None:
            self.table = list(table)
        count = len(self.table) if entity_rows is None else entity_rows
        self._build(count)
        self._land(count)

    def _build(self, entity_rows: int) -> None:
        self.home.root.mkdir(parents=True, exist_ok=True)
        self.home.warehouse.unlink(missing_ok=True)
        with duckdb.connect(str(self.home.warehouse)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            step_functions.make(connection, step_settings(self.city, AS_OF))
            connection.execute(f"CREATE TABLE cases ({COLUMNS})")
            if self.table:
                connection.executemany("INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, ?)", list(reversed(self.table)))
            connection.execute(
                f"CREATE TABLE int_requests__received AS SELECT range AS request_id FROM range({entity_rows})"
            )

    def _land(self, count: int) -> None:
        self.landings += 1
        n = self.landings
        raw = f"raw delivery {n}\n".encode()
        digest = sha256_bytes(raw)
        folder = self.home.raw / "requests"
        create_if_absent(folder / "bytes" / digest, raw)
        accepted = folder / "accepted" / f"{n:06d}.parquet"
        quarantined = folder / "quarantine" / f"{n:06d}.parquet"
        for path, number in ((accepted, count), (quarantined, 2)):
            path.parent.mkdir(parents=True, exist_ok=True)
            query = f"SELECT 'C' || range AS case_id, 'o' AS officer, range + 1 AS _record FROM range({number})"
            duckdb.sql(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        landing = Landing(
            n=n,
            source="requests",
            outcome="accepted",
            address="file:in.csv",
            retrieved_at=AS_OF.isoformat(),
            raw_sha256=digest,
            raw_bytes=len(raw),
            received=count + 2,
            accepted=count,
            quarantined=2,
            rejected=0,
            accepted_file=self._kept(accepted),
            quarantine_file=self._kept(quarantined),
            contract={"id": "town/requests", "version": "1.0.0", "sha256": "0" * 64},
            reader="r",
        )
        create_if_absent(landing_path(self.home, "requests", n), landing.to_json())
        self.ledger.append(
            EntryKind.LANDING,
            {
                "source": "requests",
                "landing": n,
                "landing_sha256": sha256_bytes(landing.to_json()),
                "raw_sha256": digest,
                "received": landing.received,
            },
            AS_OF,
        )
        self.inputs = (InputRef("requests", digest, AS_OF.isoformat(), count + 2, count, 2, 0),)

    def _kept(self, path: Path) -> LandingFile:
        return LandingFile(path.relative_to(self.home.root).as_posix(), sha256_file(path), path.stat().st_size)

    def job(self, **changes: Any) -> PublishJob:
        job = PublishJob(
            city=self.city,
            contract=self.contract,
            home=self.home,
            ledger=self.ledger,
            relation="cases",
            as_of=AS_OF,
            checked_at=AS_OF + timedelta(hours=1),
            inputs=self.inputs,
            lineage=LINEAGE,
            flow=flow_of(self.contract),
            proof=CityProof({self.contract.name: ()}, {}),
            code={"engine_sha256": "e" * 64, "sql_sha256": "s" * 64, "git_commit": "a" * 40},
            run_id="run-1",
            threads=1,
            memory="256MB",
            engines=self.engines,
            clock=lambda: AS_OF + timedelta(hours=2),
        )
        return replace(job, **changes)

    def publish(self, **changes: Any) -> Attempt:
        return attempt(self.job(**changes))


def waiting(world: World) -> None:
    """Take up the last delivery of a world that another process made."""
    folder = world.home.raw / "requests" / "landings"
    world.landings = len(list(folder.glob("*.json")))
    last = landing(landing_path(world.home, "requests", world.landings))
    world.inputs = (
        InputRef(
            "requests",
            last.raw_sha256,
            last.retrieved_at,
            last.received,
            last.accepted,
            last.quarantined,
            last.rejected,
        ),
    )


def copied(template: World, root: Path, **fields: Any) -> World:
    """A world of its own from one that was made once: the same files, elsewhere."""
    shutil.copytree(template.root, root, dirs_exist_ok=True)
    world = World(root, product=template.product, source=template.source, table=list(template.table), **fields)
    waiting(world)
    return world


def ruling(kind: Any, subject: str, **changes: Any) -> Ruling:
    """A decision of the city's, whole unless a test says otherwise."""
    given: dict[str, Any] = {
        "kind": kind,
        "subject": subject,
        "reason": "because",
        "by": "auditor@example.gov",
        "on": date(2026, 1, 1),
        "until": date(2026, 12, 31),
        "change": None,
        "place": Place("decisions.yaml", 1),
        "author": "writer@example.gov" if kind in ("approval", "review") else None,
    }
    return Ruling(**{**given, **changes})


def public_bytes(home: CityHome) -> bytes:
    """Every byte and every name under ``releases/public``."""
    files = sorted(p for p in (home.releases / "public").rglob("*") if p.is_file())
    return b"\0".join(p.relative_to(home.releases).as_posix().encode() + p.read_bytes() for p in files)


def quality_of(result: Attempt, rule: str) -> dict[str, Any]:
    """One rule's entry in the whole report."""
    entries = [*result.quality["rules"], *result.quality["gate"]]
    found: dict[str, Any] = next(e for e in entries if e["id"] == rule)
    return found


__all__ = [
    "AS_OF",
    "LINEAGE",
    "PRODUCT",
    "SECRETS",
    "SOURCE",
    "Stand",
    "World",
    "changed",
    "copied",
    "public_bytes",
    "quality_of",
    "rows",
    "ruling",
    "waiting",
]
