"""What is stale, decided before anything heavy is imported.

A product is stale when the hash of all it depends on differs from the one its last attempt saw:
accepted deliveries, contracts, SQL, engine code, the city's settings, decisions, the as-of instant. The
git commit is recorded elsewhere and never compared. A source is stale when its address may hold
something new. Deleting ``plan.json`` only makes the next run a full one.

Does not belong here: doing any of it (``job``), Dagster.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from contracts import kept, reviews
from contracts.city import City
from contracts.home import FORMAT_VERSION, CityHome
from contracts.measure import MADE_OF_MEASURES
from contracts.model import Contract
from contracts.steps import HIDING_STEPS
from orchestration.settings import PROJECT_ROOT

DISTRICTS: Final = "districts"
"""The entity that names the areas of every product."""
INDICES: Final = "district_indices"
"""The product by which measures sort the areas."""

_RAW_CALL = re.compile(r"""\braw\(\s*['"]([a-z][a-z0-9_]*)['"]""")
_CODE_ROOTS = ("contracts", "catalog", "orchestration", "transforms/statistics")


@dataclass(frozen=True)
class Attempted:
    """What the last attempt at a product saw and said."""

    fingerprint: str
    outcome: str
    reasons: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Seen:
    """The whole of ``plan.json``."""

    products: Mapping[str, Attempted] = field(default_factory=dict)
    catalogue: str = ""


def load_seen(home: CityHome) -> Seen:
    """What the last run saw; empty where there is nothing readable (the next run is then full)."""
    try:
        value = json.loads(home.plan.read_bytes())
        if value["format_version"] != FORMAT_VERSION:
            return Seen()
        products = {
            name: Attempted(p["fingerprint"], p["outcome"], tuple(p["reasons"]))
            for name, p in value["products"].items()
        }
        return Seen(products, value["catalogue"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Seen()


def save_seen(home: CityHome, seen: Seen) -> None:
    """Remember what this run saw."""
    value = {
        "format_version": FORMAT_VERSION,
        "products": {name: asdict(attempted) for name, attempted in seen.products.items()},
        "catalogue": seen.catalogue,
    }
    kept.replace(home.plan, kept.canonical_json(value))


def sources_of(city: City, entity: str) -> tuple[str, ...]:
    """The sources that an entity's staging model reads, sorted; empty where the city has none."""
    if entity not in city.staging:
        return ()
    path = city.folder / "staging" / f"{city.staging[entity]}.sql"
    return tuple(sorted(set(_RAW_CALL.findall(path.read_text(encoding="utf-8")))))


def sources_of_product(city: City, product: Contract) -> tuple[str, ...]:
    """The sources a product is built from, through the entities it needs.

    The figures of measures are worked out from other products, by area and by the areas' indices: from their sources.
    """
    if product.name in MADE_OF_MEASURES:
        found = {source for other in _read_by_measures(city) for source in sources_of_product(city, other)}
        return tuple(sorted({*found, *sources_of(city, DISTRICTS)}))
    return tuple(sorted({source for entity in product.needs for source in sources_of(city, entity)}))


def _read_by_measures(city: City) -> tuple[Contract, ...]:
    """The products that the city's measures are worked out from, and by which areas are told apart."""
    read = {formula.product for measure in city.measures.values() for formula in measure.formulas}
    return tuple(city.products[name] for name in sorted({*read, INDICES}) if name in city.products)


def _hash(parts: Iterable[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, data in parts:
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def _files(root: Path, patterns: tuple[str, ...]) -> list[tuple[str, bytes]]:
    found = sorted({path for pattern in patterns for path in root.rglob(pattern) if "__pycache__" not in path.parts})
    return [(path.relative_to(root).as_posix(), path.read_bytes()) for path in found if path.is_file()]


@cache
def engine_sha256() -> str:
    """Hash of the Python that lands, judges, publishes and shows."""
    return _hash(
        part for root in _CODE_ROOTS for part in _files(PROJECT_ROOT / root, ("*.py", "*.html", "*.css", "*.po"))
    )


@cache
def shared_sql_sha256() -> str:
    """Hash of the shared models, macros and their YAML, and of the entities' contracts."""
    models = _files(PROJECT_ROOT / "transforms", ("*.sql", "*.py", "*.yml", "*.yaml"))
    return _hash([*models, *_files(PROJECT_ROOT / "contracts" / "entities", ("*.odcs.yaml",))])


def sql_sha256(city: City) -> str:
    """Hash of all SQL a product of this city may run: shared models and the city's staging."""
    return _hash([("shared", shared_sql_sha256().encode()), *_files(city.folder / "staging", ("*.sql", "*.yml"))])


def product_fingerprint(
    city: City, product: Contract, inputs: Mapping[str, str], as_of: str, today: date | None = None
) -> str:
    """Hash of all that one attempt at a product depends on.

    Args:
        city: The city.
        product: The effective contract.
        inputs: sha256 of what stands accepted, by source name.
        as_of: The run's as-of instant, ISO 8601.
        today: The day of checking: a waiver that has ended since makes its product stale.
    """
    sources = sources_of_product(city, product)
    facts = {
        "product": product.sha256,
        "sources": {
            name: [city.sources[name].sha256, inputs.get(name, "")] for name in sources if name in city.sources
        },
        "sql": sql_sha256(city),
        "engine": engine_sha256(),
        "as_of": as_of,
        "timezone": city.timezone,
        "country": city.country,
        "minimum_cell": city.minimum_cell,
        "rulings": [
            [asdict(r), r.until is None or today is None or r.until >= today]
            for r in city.rulings
            if r.subject.split(".")[0] == product.name
        ],
        "reviews": reviews.outcome(product, city.rulings, today) if today else "",
        "sisters": _sisters(city, product),
        "measures": [m.to_dicts() for m in city.measures.values()] if product.name in MADE_OF_MEASURES else [],
        "built_on": {
            other.name: product_fingerprint(city, other, inputs, as_of, today)
            for other in (_read_by_measures(city) if product.name in MADE_OF_MEASURES else ())
        },
    }
    return kept.sha256_bytes(json.dumps(facts, sort_keys=True, default=str).encode())


def _sisters(city: City, product: Contract) -> Mapping[str, Any]:
    """The products that may give away what a product hides, by contract and withdrawals; none where it hides nothing.

    A product held for a sister is tried again once that one is shown to fewer readers, turned off or withdrawn.
    """
    if not city.hides_counts or not any(c.step and c.step.name in HIDING_STEPS for c in product.columns):
        return {}
    sisters = {name: contract.sha256 for name, contract in sorted(city.products.items()) if name != product.name}
    gone = [asdict(r) for r in city.rulings if r.subject in sisters and (r.kind == "withdrawal" or r.lifts is not None)]
    return {"contracts": sisters, "withdrawals": gone}


def catalogue_fingerprint(city: City, home: CityHome, checked: str) -> str:
    """Hash of all that the pages depend on: content, releases, landings, the day of checking."""
    commits = [name for name in home.shelf.names("") if name.split("/")[2:3] == ["commits"]]
    landings = sorted(home.raw.glob("*/landings/*.json"))
    evidence = sorted((home.ledger / "evidence").glob("*.json"))
    content = _files(city.folder, ("*.yaml", "*.yml", "*.sql"))
    content += [(name, contract.sha256.encode()) for name, contract in sorted(city.products.items())]
    state = [(p.relative_to(home.root).as_posix(), b"") for p in (*landings, *evidence)]
    state += [(f"releases/{name}", b"") for name in commits]
    return _hash([("engine", engine_sha256().encode()), ("checked", checked.encode()), *content, *state])
