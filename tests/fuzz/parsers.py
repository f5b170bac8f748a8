"""Each parser that meets foreign bytes: what is fed to it, and what it may say.

A trial returns ``accepted`` or ``refused`` (a ``CauceError``: named, with something to try), or raises: anything
that is raised is a finding. Landing trials also hold the counts together; where the number of records is known
beforehand, the landing must count them all.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from contracts.errors import CauceError
from tests.fuzz import samples
from tests.fuzz.mutations import mutate, mutate_archive
from tests.unit.orchestration.ingest.conftest import COLUMNS, NOW, Town, contract_text

ROOT = Path(__file__).resolve().parents[2]
KNOWN_EVERY = 4
"""Every so many inputs of a format are whole tables whose records are known."""
ENGINES_EVERY = 16
"""Every so many landings are judged by both engines as well; they see our own Parquet, not foreign bytes."""

SERVERS: Mapping[str, Mapping[str, Any]] = {
    "csv": {"format": "csv"},
    "jsonl": {"format": "jsonl"},
    "json": {"format": "json", "records": "data"},
    "geojson": {"format": "geojson", "geometryColumn": "shape", "featureIdColumn": "number"},
    "geojsonl": {"format": "geojsonl", "geometryColumn": "shape", "featureIdColumn": "number"},
    "xlsx": {"format": "xlsx"},
    "parquet": {"format": "parquet"},
    "gzip": {"format": "csv", "compression": "gzip"},
    "zip": {"format": "csv", "compression": "zip"},
}


@dataclass(frozen=True)
class Input:
    """One input: bytes, and the number of records in them where it is known."""

    data: bytes
    records: int | None = None


@dataclass
class Unheld(Exception):
    """A promise that was not kept: counts that do not add up, records lost, an engine's own error let through."""

    what: str = ""
    parts: tuple[Any, ...] = field(default_factory=tuple)

    def __str__(self) -> str:
        return f"{self.what} {self.parts}"


def rng(parser: str, seed: int, n: int) -> random.Random:
    """Chance that is the same every time."""
    return random.Random(f"{parser}:{seed}:{n}")


def input_of(parser: str, seed: int, n: int) -> Input:
    """Input ``n`` of a run with ``seed``."""
    chance = rng(parser, seed, n)
    if parser in SERVERS:
        rows = samples.records(chance, chance.choice((1, 2, 5, 20)))
        data = samples.WRITERS[parser](chance, rows)
        if n % KNOWN_EVERY == 0:
            return Input(data, len(rows))
        other = samples.WRITERS[parser](chance, samples.records(chance, 3))
        spoil = mutate_archive if parser in ("xlsx", "zip") else mutate
        return Input(spoil(data, [other, data], chance))
    good = SEEDS[parser]()
    return Input(mutate(chance.choice(good), good, chance))


# Landing --------------------------------------------------------------------------------------


@cache
def _town(parser: str, work: Path) -> Town:
    from contracts.home import CityHome
    from contracts.load import load_contract
    from contracts.model import Role

    folder = work / parser / "testtown"
    (folder / "sources").mkdir(parents=True)
    path = folder / "sources" / "things.odcs.yaml"
    more = {"logicalType": "string", "classification": "public"}
    columns = (
        *COLUMNS,
        {"name": "shape", **more},
        {"name": "number", "logicalType": "integer", "classification": "public"},
    )
    declared = columns if parser.startswith("geojson") else COLUMNS
    path.write_text(contract_text(declared, SERVERS[parser]), encoding="utf-8")
    return Town(folder, CityHome(work / parser / "var"), load_contract(path, Role.SOURCE))


def land(parser: str, given: Input, work: Path, n: int) -> str:
    """Land one delivery; hold what the landing says against itself and against what is known."""
    from orchestration.ingest.door import Door
    from orchestration.ingest.landing import land as land_source
    from orchestration.ingest.landing import latest

    town = _town(parser, work)
    town.deliver(given.data)
    engines = Door._verdict
    if n % ENGINES_EVERY:
        Door._verdict = _without_engines  # type: ignore[method-assign]
    try:
        landing = land_source(town.contract, town.job(force=True))
    finally:
        Door._verdict = engines  # type: ignore[method-assign]
    counts = (landing.received, landing.accepted, landing.quarantined, landing.rejected)
    if landing.received != landing.accepted + landing.quarantined + landing.rejected:
        raise Unheld("the counts do not add up", counts)
    told = landing.refusal or {}
    if "fault of Cauce" in str(told.get("try")) or told.get("what") == "two counts of the file's records disagree":
        raise Unheld("Cauce is not sure of itself", (told.get("message"),))
    if told.get("what") == "the file can't be read to its end" and parser != "parquet":
        raise Unheld("an engine stumbled over what was let through", (told.get("message"),))
    if told and not (told.get("expected") or told.get("found")):
        raise Unheld("a refusal that does not say what was found", (told.get("message"),))
    kept = latest(town.home, town.contract.name)
    if kept is None or (kept.received, kept.accepted, kept.quarantined, kept.rejected) != counts:
        raise Unheld("what was kept is not what was said", counts)
    if landing.quarantine_file is not None and not told:
        kept_rows = len(town.quarantined(landing))
        if kept_rows != landing.quarantined:
            raise Unheld("quarantined records are missing from their file", (kept_rows, counts))
    if given.records is not None and landing.received != given.records:
        raise Unheld("records were lost or made up", (given.records, counts, told.get("message")))
    _sweep(town.home.root)
    return "refused" if told else "accepted"


def _without_engines(self: Any, judgement: Any, counts: Any, well_formed: int) -> tuple[None, Any]:
    unlike = self._written_otherwise(counts, well_formed)
    if unlike or judgement.accepted:
        return None, unlike
    return None, self._nothing_left(judgement)


def _sweep(var: Path) -> None:
    left = sorted((var / "work").glob("*")) if (var / "work").exists() else []
    if left:
        raise Unheld("a landing left something behind", tuple(p.name for p in left))
    shutil.rmtree(var, ignore_errors=True)


# Texts ------------------------------------------------------------------------------------------


def _files(pattern: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(ROOT.glob(pattern))]


@cache
def _contracts() -> list[bytes]:
    return _files("cities/demo/sources/*.yaml") + _files("contracts/products/*.yaml")[:3]


def read_contract(given: Input, work: Path) -> str:
    """A contract as someone wrote it."""
    from contracts.load import load_contract
    from contracts.model import Role

    path = work / "contract.odcs.yaml"
    path.write_bytes(given.data)
    load_contract(path, Role.SOURCE)
    return "accepted"


@cache
def _city(work: Path) -> Path:
    folder = work / "cities" / "demo"
    shutil.copytree(
        ROOT / "cities" / "demo", folder, ignore=shutil.ignore_patterns("deliveries", "*.py", "__pycache__")
    )
    (folder / "deliveries").mkdir()
    return folder


def _city_file(name: str, given: Input, work: Path) -> str:
    """A city with one file as someone wrote it."""
    from contracts.city_load import load_city

    folder = _city(work)
    good = (folder / name).read_bytes()
    (folder / name).write_bytes(given.data)
    try:
        load_city(folder)
    finally:
        (folder / name).write_bytes(good)
    return "accepted"


def read_city(given: Input, work: Path) -> str:
    """``city.yaml``."""
    return _city_file("city.yaml", given, work)


def read_decisions(given: Input, work: Path) -> str:
    """``decisions.yaml``."""
    return _city_file("decisions.yaml", given, work)


def read_rule(given: Input, work: Path) -> str:
    """The SQL of a rule, through the guard; what passes may only read."""
    from contracts.engines.guard import validate_rule_sql
    from contracts.model import Place

    text = given.data.decode("utf-8", "replace")
    names = validate_rule_sql(text, Place("fuzz.yaml", 1))
    if "read_csv" in text.casefold() and "'/etc" in text and names is not None and "read_csv" in str(names):
        raise Unheld("a rule that reads files passed", (text,))
    return "accepted"


def write_geojson(given: Input, work: Path) -> str:
    """WKT to GeoJSON: what comes out is JSON with numbers alone."""
    from orchestration.publish.geojson import geometry

    shape = json.loads(geometry(given.data.decode("utf-8", "replace")), parse_constant=_no_constant)
    if not isinstance(shape["coordinates"], list):
        raise Unheld("no coordinates", (shape,))
    return "accepted"


def _no_constant(name: str) -> None:
    raise Unheld("a number that JSON does not have", (name,))


def read_pattern(given: Input, work: Path) -> str:
    """A date pattern; what it is translated to must be one DuckDB takes."""
    import duckdb

    from contracts.model import Place
    from orchestration.ingest.patterns import has_offset, strptime_formats

    text = given.data.decode("utf-8", "replace")
    formats = strptime_formats(text, Place("fuzz.yaml", 1))
    has_offset(text)
    with duckdb.connect() as connection:
        for one in formats:
            connection.execute("SELECT try_strptime('2026-01-31', ?)", [one]).fetchall()
    return "accepted"


@cache
def _kept() -> list[bytes]:
    from contracts.evidence import Entry
    from orchestration.ingest.manifest import Landing, LandingFile, Look

    file = LandingFile("raw/x/accepted/1.parquet", "0" * 64, 12)
    landing = Landing(
        n=1,
        source="things",
        outcome="accepted",
        address="deliveries/x.csv",
        retrieved_at="2026-01-31T06:00:00+00:00",
        raw_sha256="0" * 64,
        raw_bytes=100,
        received=3,
        accepted=2,
        quarantined=1,
        rejected=0,
        accepted_file=file,
        quarantine_file=None,
        contract={"id": "x", "version": "1.0.0", "sha256": "0" * 64},
        reader="0" * 64,
    )
    look = Look("2026-01-31T06:00:00+00:00", "0" * 64, 1, "deliveries/x.csv", "")
    entry = Entry(1, "run", "0" * 64, NOW.isoformat(), {"a": [1, {"b": None}]})
    from dataclasses import asdict

    from contracts import kept
    from contracts.release import Commit, InputRef, KeptFile, Manifest, ManifestColumn

    manifest = Manifest(
        city="testtown",
        product="things",
        tier="public",
        version=1,
        contract={"id": "x", "version": "1.0.0", "sha256": "0" * 64},
        as_of="2026-01-31T06:00:00+00:00",
        data_to=None,
        rows=2,
        content_sha256="0" * 64,
        files=(KeptFile("data.parquet", "0" * 64, 12, 2, "application/vnd.apache.parquet"),),
        columns=(ManifestColumn("id", "string", "The thing."),),
        inputs=(InputRef("things", "0" * 64),),
        code={"git": "unknown"},
    )
    commit = Commit(1, "publish", 1, "0" * 64, "1", NOW.isoformat())
    return [
        *(landing.to_json(), kept.canonical_json(asdict(look)), entry.to_json(), manifest.to_json(), commit.to_json()),
    ]


def read_kept(given: Input, work: Path) -> str:
    """Kept JSON, torn or altered: a landing, a look, an entry of the ledger."""
    from contracts.evidence import Ledger
    from contracts.home import CityHome
    from contracts.release import commit_name, commits, manifest_of
    from orchestration.ingest import manifest

    home = CityHome(work / "kept")
    reads: list[Callable[[], object]] = []
    for path, read in (
        (manifest.landing_path(home, "things", 1), lambda: manifest.latest(home, "things")),
        (manifest.source_folder(home, "things") / "look.json", lambda: manifest.last_look(home, "things")),
        (Ledger(home.ledger).path(1), lambda: list(Ledger(home.ledger).entries())),
        (home.root / "releases/public/things/1/manifest.json", lambda: manifest_of(home, "public/things/1")),
        (home.root / "releases" / commit_name("public", "things", 1), lambda: commits(home, "public", "things")),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(given.data)
        reads.append(read)
    refused = 0
    for one in reads:
        try:
            one()
        except CauceError:
            refused += 1
    Ledger(home.ledger).verify()
    return "refused" if refused == len(reads) else "accepted"


TEXT_PARSERS: Mapping[str, Callable[[Input, Path], str]] = {
    "contract": read_contract,
    "city": read_city,
    "decisions": read_decisions,
    "rule_sql": read_rule,
    "wkt": write_geojson,
    "date_pattern": read_pattern,
    "kept_json": read_kept,
}
SEEDS: Mapping[str, Callable[[], list[bytes]]] = {
    "contract": _contracts,
    "city": lambda: _files("cities/demo/city.yaml"),
    "decisions": lambda: [
        b"decisions:\n- kind: approval\n  subject: service_requests\n  change: 2.0.0\n  reason: Agreed.\n"
        b"  by: Ana\n  on: 2026-01-31\n- kind: waiver\n  subject: service_requests.requests.rows\n"
        b"  reason: Known.\n  by: Ana\n  on: 2026-01-31\n  until: 2026-03-31\n",
        *_files("cities/demo/decisions.yaml"),
    ],
    "rule_sql": lambda: [
        b"SELECT count(*) FROM things WHERE amount < 0",
        b"SELECT count(*) FROM (SELECT id, count(*) AS n FROM things GROUP BY id HAVING count(*) > 1)",
        b"SELECT max(abs(a.x - b.x)) FROM things a JOIN things b ON a.id = b.id AND a.day BETWEEN b.day AND b.day",
        b"WITH t AS (SELECT * FROM things) SELECT count_if(day IS NULL) FROM t",
    ],
    "wkt": lambda: [
        b"POINT(-74.1 40.7)",
        b"MULTIPOLYGON(((0 0,0 1,1 1,0 0),(0.1 0.1,0.2 0.1,0.2 0.2,0.1 0.1)),((5 5,5 6,6 6,5 5)))",
        b"LINESTRING (1e-5 2.50, .5 -7.)",
        b"SRID=4326;MULTIPOINT((1 2),(3 4))",
        b"POLYGON EMPTY",
    ],
    "date_pattern": lambda: [
        b"yyyy-MM-dd'T'HH:mm:ss[.SSS]XXX",
        b"dd/MM/yyyy",
        b"M/d/yy h:mm a",
        b"EEE dd MMM yyyy",
        b"yyyyMMdd HHmmss",
    ],
    "kept_json": _kept,
}
PARSERS = (*SERVERS, *TEXT_PARSERS)


def trial(parser: str, given: Input, work: Path, n: int) -> str:
    """Feed one input to one parser: ``accepted`` or ``refused``; anything raised is a finding."""
    try:
        if parser in SERVERS:
            return land(parser, given, work, n)
        return TEXT_PARSERS[parser](given, work)
    except CauceError as error:
        if not error.message.strip():
            raise Unheld("an error without a word") from error
        return "refused"
