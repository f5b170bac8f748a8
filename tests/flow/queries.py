"""The corpus as it is written: tables with classes, queries with what they are and what is expected of the analyser.

Belongs here: reading ``corpus/*.yaml`` strictly. Does not belong here: running anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

import yaml

FOLDER: Final = Path(__file__).with_name("corpus")
SCALE: Final = ("public", "internal", "confidential", "restricted")

Static = Literal["caught", "refused", "passes"]
Held = Literal["database", "register", "audit", "dynamic", "review", "open"]
"""``database``: a step's function refuses; ``register``: the warehouse's functions are held against the register;
``audit``: what is hidden is solved for over the published table; ``dynamic``: built again over other contents, it comes
out otherwise; ``review``: people, who see the step in the lineage; ``open``: nothing yet."""


@dataclass(frozen=True)
class Column:
    """One column of a table; ``values`` says how ``worlds`` makes its values, ``unit`` and ``maximum`` are declared."""

    name: str
    type: str
    tier: str
    values: Mapping[str, Any]
    unit: str = ""
    maximum: float | None = None


@dataclass(frozen=True)
class Table:
    """One table as received: its columns and how many records a world has of it."""

    name: str
    records: int
    columns: tuple[Column, ...]

    def is_above(self, tier: str) -> bool:
        """Whether even the presence of a record is above ``tier``: every column is."""
        return all(is_above(column.tier, tier) for column in self.columns)


@dataclass(frozen=True)
class Query:
    """One query of the corpus.

    Attributes:
        id: Unique, for people.
        title: What it does, in words.
        family: The file it stands in.
        models: SQL by name, in order; the last one is published. They read the tables by their names.
        tier: Who reads the result.
        publishes: The columns of the result that are rendered; all where empty.
        leaks: The truth.
        static: What the analyser is to say.
        reason: Why a harmless query is not passed, or a leaking one is.
        held: Where the analyser passes a leak: what else holds it.
        tells: SQL over the tables: what the registered steps of the query may tell the reader. Worlds that answer
            these alike must give the same result.
        hints: Values by column (``table.column``) that the oracle tries; for what no literal of the query gives away.
        before: Statements run in each world before the query; ``{folder}`` is a scratch folder.
    """

    id: str
    title: str
    family: str
    models: Mapping[str, str]
    leaks: bool
    static: Static
    tier: str = "public"
    publishes: tuple[str, ...] = ()
    reason: str = ""
    held: Held | None = None
    tells: tuple[str, ...] = ()
    hints: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    before: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All its SQL, with what is run before."""
        return "\n".join((*self.before, *self.models.values()))


def is_above(one: str, other: str) -> bool:
    """Whether class ``one`` is more restrictive than ``other``."""
    return SCALE.index(one) > SCALE.index(other)


@cache
def tables() -> Mapping[str, Table]:
    """The tables of the corpus, by name."""
    written = _read(FOLDER / "_tables.yaml")
    return {
        name: Table(
            name,
            one["records"],
            tuple(_column(column, *words) for column, words in one["columns"].items()),
        )
        for name, one in written.items()
    }


@cache
def queries() -> tuple[Query, ...]:
    """The corpus, by file and place in it."""
    files = sorted(path for path in FOLDER.glob("*.yaml") if not path.name.startswith("_"))
    found = [_query(path.stem, one) for path in files for one in _read(path)]
    ids = [one.id for one in found]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(f"queries with the same id: {twice}")
    return tuple(found)


def read_queries(path: Path) -> tuple[Query, ...]:
    """The queries of one file."""
    return tuple(_query(path.stem, one) for one in _read(path))


def _column(
    name: str, kind: str, tier: str, values: Mapping[str, Any], said: Mapping[str, Any] | None = None
) -> Column:
    return Column(name, kind, tier, values, **(said or {}))


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


_MUST = {"id", "title", "leaks", "static"}
_MAY = {"sql", "models", "tier", "publishes", "reason", "tells", "hints", "before", "held"}


def _query(family: str, one: Mapping[str, Any]) -> Query:
    name = f"{family}: {one.get('id')}"
    if missing := _MUST - set(one):
        raise ValueError(f"{name}: without {sorted(missing)}")
    if unknown := set(one) - _MUST - _MAY:
        raise ValueError(f"{name}: unknown {sorted(unknown)}")
    if one["static"] not in get_args(Static) or one.get("tier", "public") not in SCALE:
        raise ValueError(f"{name}: static or tier is no known word")
    if ("sql" in one) == ("models" in one):
        raise ValueError(f"{name}: either sql or models")
    if one["leaks"] == (one["static"] == "passes") and not one.get("reason"):
        raise ValueError(f"{name}: what the analyser misses, and every false alarm, has a reason")
    if (one["leaks"] and one["static"] == "passes") != ("held" in one) or one.get("held", "review") not in get_args(
        Held
    ):
        raise ValueError(f"{name}: held says what holds a leak that the analyser passes, and nothing else")
    return Query(
        **{key: one[key] for key in _MUST},
        family=family,
        models=one.get("models") or {"answer": one["sql"]},
        tier=one.get("tier", "public"),
        publishes=tuple(one.get("publishes", ())),
        reason=one.get("reason", ""),
        held=one.get("held"),
        tells=tuple(one.get("tells", ())),
        hints={column: tuple(values) for column, values in one.get("hints", {}).items()},
        before=tuple(one.get("before", ())),
    )
