"""The proof of a city: its own models, contracts and records, and the verdict kept for as long as they stay the same.

Belongs here: what is handed to the proof, reading the sample from the warehouse, keeping the verdict. Does not belong
here: the proof (``proving``), what a verdict means for a release (``publish.proof_rules``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts import kept
from contracts.errors import ArtefactError
from contracts.flow.model import ModelText, fold
from contracts.home import FORMAT_VERSION
from contracts.tiers import MOST_RESTRICTIVE, TIERS, visible
from orchestration import flows, plan, raw_sources, warehouse
from orchestration.proof.comparison import Shown
from orchestration.proof.literals import literals_of
from orchestration.proof.outcome import CityProof, TierProof
from orchestration.proof.proving import Given, Setting, prove
from orchestration.proof.reading import above, reads_of, sql_of
from orchestration.proof.sample import sampled
from orchestration.proof.scratch import failures
from orchestration.publish.render import class_of, prepare

if TYPE_CHECKING:
    import duckdb

    from contracts.city import City
    from contracts.home import CityHome
    from contracts.model import Contract
    from orchestration.flows import CityFlow


def prove_city(
    city: City, home: CityHome, flow: CityFlow, as_of: datetime, made_of: Mapping[str, str], memory: str = "1GB"
) -> CityProof:
    """The verdict on every product of a city whose models were built.

    Args:
        city: The city.
        home: Its home; the warehouse stands as the models left it.
        flow: What its columns are made of.
        as_of: The run's as-of instant, in UTC.
        made_of: Digests of the accepted records, by source.
        memory: The most memory that DuckDB may use.

    Raises:
        InputError: The project cannot be read.
        OutsideError: The disk refused.
    """
    models = flows.compiled_models(city, home)
    digest = _digest(city, models, as_of, made_of)
    if (known := _known(home, digest)) is not None:
        return known
    built = tuple(m for m in models if not isinstance(m, ModelText) or m.sql)
    sources = {fold(raw_sources.PREFIX + name): c for name, c in city.sources.items() if made_of.get(name)}
    reads = reads_of(built, tuple(sources))
    products = {name: c for name, c in city.products.items() if fold(name) in reads}
    wanted = frozenset[str]().union(*(above(reads, name) for name in products))
    chosen = tuple(m for m in built if fold(m.name) in wanted)
    setting = Setting(
        chosen, flow.classes, warehouse.step_settings(city, as_of), database=home.warehouse.stem, memory=memory
    )
    keys = {name: c.primary_key for name, c in sources.items() if name in wanted}
    try:
        with _opened(home, memory) as connection:
            records = sampled(connection, keys, literals_of(map(sql_of, chosen)))
            given = [one for name, c in products.items() for one in given_by(c, _columns(connection, name))]
        found = prove(setting, records, given)
    except failures() as error:
        return CityProof(dict.fromkeys(products, _unproved(error)), {}, digest)
    proof = CityProof(found, {name: table.num_rows for name, table in records.items()}, digest)
    if any(one.state == "error" for verdicts in found.values() for one in verdicts):
        return proof  # it may be the machine's, and is tried again where somebody asks
    kept.replace(home.proof, kept.canonical_json({"format_version": FORMAT_VERSION, **proof.as_dict()}))
    return proof


def _unproved(error: Exception) -> tuple[TierProof, ...]:
    """What is said of every tier where no sample could be taken; the error's words may quote a record."""
    said = f"no sample could be taken and built ({type(error).__name__})"
    return tuple(TierProof(tier, "error", said=said) for tier in TIERS if tier != MOST_RESTRICTIVE)


def given_by(product: Contract, present: Collection[str]) -> list[Given]:
    """What a product gives each tier below the most restrictive, of the columns that its table has."""
    found = []
    for tier in product.renditions:
        columns = tuple(c.name for c in product.columns if c.name in present and visible(class_of(c), tier))
        key = tuple(product.primary_key)
        if tier != MOST_RESTRICTIVE and columns:
            shown = Shown(fold(product.name), columns, key if set(key) <= set(columns) else ())
            found.append(Given(product.name, tier, shown))
    return found


@contextmanager
def _opened(home: CityHome, memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, to read only."""
    import duckdb

    kept.make_folder(home.work)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        prepare(connection, 1, memory, home.work / "proof")
        yield connection


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> frozenset[str]:
    """The columns of a product's table; none where it is not there."""
    found = connection.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [relation]).fetchall()
    return frozenset(str(row[0]) for row in found)


def _digest(city: City, models: Iterable[Any], as_of: datetime, made_of: Mapping[str, str]) -> str:
    """Of all that the verdict depends on."""
    facts = {
        "engine": plan.engine_sha256(),
        "models": [[m.name, m.sql if isinstance(m, ModelText) else m.code] for m in models],
        "contracts": sorted([name, c.sha256] for name, c in {**city.sources, **city.products}.items()),
        "records": sorted([name, digest] for name, digest in made_of.items()),
        "as_of": as_of.isoformat(),
        "zone": city.timezone,
        "minimum_cell": city.minimum_cell,
    }
    return kept.sha256_bytes(kept.canonical_json(facts))


def _known(home: CityHome, digest: str) -> CityProof | None:
    """The kept verdict, where it was come to from the very same; None where there is none, or none that can be read."""
    path: Path = home.proof
    try:
        found = kept.read_json(path)
        if found["format_version"] != FORMAT_VERSION or found["made_of"] != digest:
            return None
        return CityProof.from_dict(found)
    except (ArtefactError, KeyError, TypeError, AttributeError):
        return None
