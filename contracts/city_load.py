"""Finding cities, and loading one: its folder, the shared entities and products, and how they meet.

Belongs here: ``city.yaml``, which files a city's folder may hold, and that every name in it leads
somewhere. Does not belong here: reading one contract (``load``), one product's tightening
(``tightening``), a problem (``problems``). Finding cities loads none of them, so that one city's mistake
stops no other city.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, cast
from zoneinfo import ZoneInfo

from contracts.city import NOTHING_HIDDEN, City, Publisher, Retention
from contracts.credentials import refuse_secrets
from contracts.decisions import read_rulings
from contracts.errors import InputError
from contracts.follow_ups import read_follow_ups
from contracts.formulas import Ground
from contracts.load import load_contract, prove_rules
from contracts.measures import read_measure
from contracts.model import Contract, Place, Role, Text
from contracts.nodes import Node
from contracts.problems import read_email, read_id, read_problem
from contracts.requests import Subjects, read_accessibility, read_readers, read_requests
from contracts.tightening import read_tightening, tighten
from contracts.vocabulary import nearest
from contracts.yaml_places import read_yaml

SHARED_ROOT: Final = Path(__file__).resolve().parent
"""The folder that holds ``entities`` and ``products``."""

CITY_FILE: Final = "city.yaml"
CONTRACT_SUFFIX: Final = ".odcs.yaml"
SYNONYMS_FILE: Final = "synonyms.yaml"
"""Beside the entities: names by which files call their columns. No contract."""
CITY_KEYS: Final = (
    *("formatVersion", "id", "name", "country", "timezone", "languages", "environment", "publisher", "licence"),
    *("minimumCell", "portals", "siteUrl", "clock", "retention", "strategy", "readers", "accessibility"),
)
DEFAULT_MINIMUM_CELL: Final = 10
LOWEST_MINIMUM_CELL: Final = 3
"""A city that hides small counts hides one and two at least: they tell the few who are in them about each other."""
LOWEST_KEEP: Final = 2
"""Of each tier at least so many of the newest versions are kept: one to serve, one to go back to."""
NOT_TURNED_ON: Final = Text("not turned on", {"es": "no activado", "pt": "não ativado"})
TURNED_OFF: Final = Text("turned off by the city", {"es": "desactivado por la ciudad", "pt": "desativado pela cidade"})

_CITY_ID = re.compile(r"[a-z][a-z0-9_]*\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?\Z")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s]+\Z")
_PAGE = re.compile(r"https?://[^\s\"'<>\\/@][^\s\"'<>\\@]*\Z")
_PAGE_WORDS: Final = "a page's address, such as https://data.example.gov"
_COLUMN = re.compile(r"[a-z][a-z0-9_]*\Z")
_MISSPELT = 0.85
_RAW = re.compile(r"\braw\(\s*['\"]([^'\"]+)['\"]")


@dataclass(frozen=True)
class Shared:
    """The shared vocabulary and products, by name."""

    entities: Mapping[str, Contract]
    products: Mapping[str, Contract]


def discover(roots: Iterable[Path]) -> dict[str, Path]:
    """Every city's folder by id, sorted by id. Loads none of them.

    A city is a folder with a ``city.yaml``. Where that file cannot tell an id, the folder's name stands in,
    so that loading the city can say what is wrong.

    Raises:
        InputError: A root is not a folder, or two cities have one id.
    """
    found: dict[str, Path] = {}
    for root in roots:
        if not root.is_dir():
            raise InputError(
                "a content root is not there", where=str(root), expected="a folder of cities", hint="mend CAUCE_CITIES."
            )
        for folder in sorted(p for p in root.iterdir() if (p / CITY_FILE).is_file()):
            city_id = _id_of(folder)
            known = found.get(city_id)
            if known is not None and known.resolve() != folder.resolve():
                raise InputError(
                    "two cities have one id", where=str(folder / CITY_FILE), found=f"{city_id}, also of {known}"
                )
            found.setdefault(city_id, folder)
    return dict(sorted(found.items()))


def _id_of(folder: Path) -> str:
    try:
        value = read_yaml(folder / CITY_FILE).value
    except InputError:
        return folder.name
    written = value.get("id") if isinstance(value, dict) else None
    return written if isinstance(written, str) and _CITY_ID.match(written) else folder.name


def load_entities(shared_root: Path = SHARED_ROOT) -> dict[str, Contract]:
    """The shared entities by name, sorted.

    Raises:
        InputError: A contract is wrong, or names something that is not there.
    """
    return dict(load_shared(shared_root).entities)


def load_products(shared_root: Path = SHARED_ROOT) -> dict[str, Contract]:
    """The shared products by name, sorted, as no city has tightened them.

    Raises:
        InputError: A contract is wrong, or names something that is not there.
    """
    return dict(load_shared(shared_root).products)


def load_shared(shared_root: Path = SHARED_ROOT) -> Shared:
    """Entities and products, held against each other.

    Raises:
        InputError: A contract is wrong, or names something that is not there.
    """
    entities = _folder(shared_root / "entities", Role.ENTITY, "entity")
    products = _folder(shared_root / "products", Role.PRODUCT, "product")
    for product in products.values():
        _hold_names(product, product.needs, entities, "needs", "an entity that does not exist")
    for entity in entities.values():
        _hold_names(entity, entity.unlocks, products, "unlocks", "a product that does not exist")
        for column in entity.columns:
            _hold_names(entity, column.unlocks, products, column.place, "a product that does not exist")
    return Shared(entities, products)


def _folder(folder: Path, role: Role, prefix: str) -> dict[str, Contract]:
    """Every contract of a folder by name, each id ``<prefix>/<file's name>``."""
    found: dict[str, Contract] = {}
    for path in _yaml_files(folder):
        if role is Role.ENTITY and path.name == SYNONYMS_FILE:
            continue
        if not path.name.endswith(CONTRACT_SUFFIX):
            raise InputError(
                "a contract's file has another ending", where=str(path), expected=f"<name>{CONTRACT_SUFFIX}"
            )
        contract = load_contract(path, role, prove_sql=False)
        name = path.name.removesuffix(CONTRACT_SUFFIX)
        if contract.id != f"{prefix}/{name}":
            raise InputError(
                "a contract's id does not fit its file",
                where=str(_line_of(path, "id")),
                found=contract.id,
                expected=f"{prefix}/{name}",
            )
        if role is not Role.SOURCE:
            _hold_column_names(contract)
        found[contract.name] = contract
    return found


def _hold_column_names(contract: Contract) -> None:
    for column in contract.columns:
        if not _COLUMN.match(column.name):
            raise InputError(
                "a column of ours has another form of name",
                where=str(column.place),
                found=column.name,
                expected="lower-case letters, digits and underscores, beginning with a letter",
            )


def _line_of(path: Path, *keys: str) -> Place:
    return read_yaml(path).place(*keys)


def _word_place(path: Path, word: str) -> Place:
    """Where a custom property of the contract in ``path`` is written."""
    document = read_yaml(path)
    entries = document.value.get("customProperties") or []
    at = next((i for i, e in enumerate(entries) if e.get("property") == word), None)
    return document.place("customProperties", at) if at is not None else document.place()


def _hold_names(
    contract: Contract, names: Iterable[str], known: Mapping[str, Any], word: str | Place, what: str
) -> None:
    for name in names:
        if name not in known:
            place = word if isinstance(word, Place) else _word_place(contract.path, word)
            raise InputError(
                f"{contract.id} names {what}",
                where=str(place),
                found=name,
                expected=nearest(name, known) or f"one of {', '.join(known) or 'none'}",
            )


def load_city(folder: Path, shared_root: Path = SHARED_ROOT, *, prove_sql: bool = False) -> City:
    """Everything a city declares, strictly.

    Args:
        folder: The city's folder.
        shared_root: Where the shared ``entities`` and ``products`` stand.
        prove_sql: Whether to have every sql rule parsed now; without it ``compile_checks`` does so before a
            rule runs.

    Raises:
        InputError: Anything that is wrong, with file and line.
    """
    document = read_yaml(folder / CITY_FILE)
    refuse_secrets(document)
    node = Node.root(document).mapping(CITY_KEYS)
    city_id = _city_id(node)
    shared = load_shared(shared_root)
    portals = _portals(node)
    sources = _folder(folder / "sources", Role.SOURCE, city_id)
    _hold_portals(sources, portals)
    staging = _staging(folder, city_id, shared, sources)
    products, unavailable = _products(folder, shared, staging)
    ground = Ground(products, unavailable)
    measures = {path.stem: read_measure(path, ground) for path in _yaml_files(folder / "measures")}
    problems = {path.stem: read_problem(path, ground, measures) for path in _yaml_files(folder / "problems")}
    if prove_sql:
        for contract in (*sources.values(), *products.values()):
            prove_rules(contract)
    return City(
        id=city_id,
        folder=folder,
        name=node.need("name").texts(),
        country=_matching(node.need("country"), _COUNTRY, "a country's two letters, such as CO"),
        timezone=_timezone(node.need("timezone")),
        languages=_languages(node.need("languages")),
        environment=cast(
            Literal["development", "production"], node.need("environment").choice("development", "production")
        ),
        publisher=_publisher(node.need("publisher").mapping(("name", "email", "url"))),
        licence=node.need("licence").text(),
        minimum_cell=_minimum_cell(node),
        portals=portals,
        sources=sources,
        staging=staging,
        products=products,
        problems=problems,
        measures=measures,
        rulings=read_rulings(folder / "decisions.yaml", shared.products, sources),
        unavailable=unavailable,
        clock=cast(
            Literal["wall", "inputs"], node.child("clock").choice("wall", "inputs") if node.has("clock") else "wall"
        ),
        site_url=_matching(node.child("siteUrl"), _PAGE, _PAGE_WORDS) if node.has("siteUrl") else None,
        retention=_retention(node.child("retention")) if node.has("retention") else None,
        strategy=node.child("strategy").texts() if node.has("strategy") else None,
        readers=read_readers(node),
        accessibility=read_accessibility(node.child("accessibility")) if node.has("accessibility") else None,
        requests=read_requests(folder / "requests.yaml", Subjects(products, sources, problems)),
        follow_ups=read_follow_ups(folder / "followups.yaml", problems, measures),
    )


# city.yaml ----------------------------------------------------------------------------------


def _city_id(node: Node) -> str:
    version = node.need("formatVersion")
    if version.value != 1:
        raise version.wrong("1")
    return read_id(node.need("id"))


def _matching(node: Node, pattern: re.Pattern[str], expected: str) -> str:
    if not pattern.match(node.text()):
        raise node.wrong(expected)
    return node.text()


def _timezone(node: Node) -> str:
    name = node.text()
    if not _is_timezone(name):
        raise node.wrong("a name of the IANA time zone database, such as Etc/UTC")
    return name


@lru_cache(maxsize=64)
def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _languages(node: Node) -> tuple[str, ...]:
    languages = tuple(_matching(entry, _LANGUAGE, "a language's two letters, such as es") for entry in node.items())
    if not languages or len(set(languages)) != len(languages):
        raise node.wrong("at least one language, each once")
    return languages


def _publisher(node: Node) -> Publisher:
    url = _matching(node.child("url"), _PAGE, _PAGE_WORDS) if node.has("url") else None
    return Publisher(node.need("name").texts(), read_email(node.need("email")), url)


def _minimum_cell(node: Node) -> int:
    if not node.has("minimumCell"):
        return DEFAULT_MINIMUM_CELL
    entry = node.child("minimumCell")
    value: object = entry.value
    expected = f"{NOTHING_HIDDEN} (nothing is hidden), or a whole number of at least {LOWEST_MINIMUM_CELL}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise entry.wrong(expected)
    if value != NOTHING_HIDDEN and value < LOWEST_MINIMUM_CELL:
        raise entry.refuse(
            "the minimum cell is too small to protect anybody: a count of one or two tells on a person",
            found=str(value),
            expected=f"{expected} (the default is {DEFAULT_MINIMUM_CELL})",
            hint=f"where the records themselves are public, write {NOTHING_HIDDEN}: hiding their counts helps nobody",
        )
    return value


def _retention(node: Node) -> Retention:
    """How long old releases keep their data: how many versions, how many days, or both."""
    releases = node.mapping(("releases",)).need("releases").mapping(("keep", "days"))
    if not releases.has("keep") and not releases.has("days"):
        raise releases.refuse("a retention says neither how many nor how long", expected="keep, days, or both")
    return Retention(
        keep=_at_least(releases.child("keep"), LOWEST_KEEP) if releases.has("keep") else LOWEST_KEEP,
        days=_at_least(releases.child("days"), 1) if releases.has("days") else 0,
    )


def _at_least(node: Node, lowest: int) -> int:
    value: object = node.value
    if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
        raise node.wrong(f"a whole number of at least {lowest}")
    return value


def _portals(node: Node) -> dict[str, str]:
    if not node.has("portals"):
        return {}
    return {
        name: _matching(entry, _ADDRESS, "an address, such as https://data.example.gov")
        for name, entry in node.child("portals").entries()
    }


def _hold_portals(sources: Mapping[str, Contract], portals: Mapping[str, str]) -> None:
    for source in sources.values():
        for server in source.servers:
            if server.portal is not None and server.portal not in portals:
                raise InputError(
                    f"{source.id} names a portal that city.yaml does not have",
                    where=str(server.place),
                    found=server.portal,
                    expected=nearest(server.portal, portals) or f"one of {', '.join(sorted(portals)) or 'none'}",
                )


# what the folder holds ----------------------------------------------------------------------


def _yaml_files(folder: Path) -> list[Path]:
    """A folder's YAML files; none where there is no such folder, which must then not be misspelt."""
    if not folder.is_dir():
        for other in folder.parent.iterdir():
            if other.is_dir() and difflib.SequenceMatcher(None, other.name.lower(), folder.name).ratio() > _MISSPELT:
                raise InputError("a folder of the city is misspelt", where=str(other), expected=f"{folder.name}/")
        return []
    files = sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml") and not p.name.startswith("."))
    for path in files:
        if path.suffix != ".yaml":
            raise InputError("a file has another ending", where=str(path), expected=f"{path.stem}.yaml")
    return files


def _staging(folder: Path, city_id: str, shared: Shared, sources: Mapping[str, Contract]) -> dict[str, str]:
    """Entity to staging model, from the files' names; each model's ``raw(...)`` must be a source."""
    found: dict[str, str] = {}
    prefix = f"stg_{city_id}__"
    for path in sorted((folder / "staging").glob("*.sql")):
        entity = path.stem.removeprefix(prefix)
        if not path.stem.startswith(prefix) or entity not in shared.entities:
            close = nearest(entity, shared.entities)
            raise InputError(
                "a staging model delivers no entity",
                where=str(path),
                found=path.name,
                expected=f"{prefix}{close}.sql" if close else f"{prefix}<one of {', '.join(shared.entities)}>.sql",
            )
        _hold_raw(path, sources)
        found[entity] = path.stem
    return found


def _hold_raw(path: Path, sources: Mapping[str, Contract]) -> None:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("a staging model cannot be read", where=str(path), found=str(error)) from error
    for match in _RAW.finditer(text):
        if match[1] not in sources:
            line = text.count("\n", 0, match.start()) + 1
            raise InputError(
                "a staging model reads a source the city does not have",
                where=f"{path}:{line}",
                found=match[1],
                expected=nearest(match[1], sources) or f"one of {', '.join(sources) or 'none'}",
            )


def _products(folder: Path, shared: Shared, staging: Mapping[str, str]) -> tuple[dict[str, Contract], dict[str, Text]]:
    """The products the city has, tightened; and why it lacks the others."""
    unavailable = dict.fromkeys(shared.products, NOT_TURNED_ON)
    products: dict[str, Contract] = {}
    for path in _yaml_files(folder / "products"):
        tightening = read_tightening(path)
        product = shared.products.get(tightening.product)
        if product is None:
            raise tightening.node.child("product").refuse(
                "a city turns on a product that does not exist",
                found=tightening.product,
                expected=nearest(tightening.product, shared.products) or f"one of {', '.join(shared.products)}",
            )
        effective = tighten(product, tightening)
        lacking = [entity for entity in product.needs if entity not in staging]
        if not tightening.enabled:
            unavailable[product.name] = tightening.reason or TURNED_OFF
        elif lacking:
            unavailable[product.name] = _without([shared.entities[entity] for entity in lacking])
        else:
            products[product.name] = effective
            del unavailable[product.name]
    return dict(sorted(products.items())), dict(sorted(unavailable.items()))


def _without(lacking: Iterable[Contract]) -> Text:
    """Why a product is off: no source delivers what it needs."""
    entities = tuple(lacking)

    def titles(language: str, between: str) -> str:
        return between.join(entity.title.to(language).lower() for entity in entities)

    return Text(
        f"no {' and no '.join(entity.name for entity in entities)} source",
        {"es": f"sin fuente de {titles('es', ' ni de ')}", "pt": f"sem fonte de {titles('pt', ' nem de ')}"},
    )
