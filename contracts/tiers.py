"""The ordered scale of access tiers: who may see what.

Belongs here: the table's shape, comparing tiers, their names and legal terms (all data, in
``tiers.yaml``). Does not belong here: enforcing anything (renditions in ``orchestration.publish``,
static proofs elsewhere).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from contracts.errors import InputError
from contracts.model import Text
from contracts.yaml_places import Document, read_yaml

TABLE = Path(__file__).with_name("tiers.yaml")
"""The scale that ships with Cauce."""


@dataclass(frozen=True)
class Tier:
    """One step of the scale. ``rank`` is 0 for the widest circle of readers."""

    id: str
    rank: int
    name: Text
    who: Text


@dataclass(frozen=True)
class Jurisdiction:
    """One law's words for the tiers; a tier the law has no word for is absent from ``terms``."""

    id: str
    law: str
    terms: Mapping[str, str]


@dataclass(frozen=True)
class Scale:
    """The whole table."""

    tiers: tuple[Tier, ...]
    jurisdictions: Mapping[str, Jurisdiction]

    @property
    def ids(self) -> tuple[str, ...]:
        """Every tier's id, least restrictive first."""
        return tuple(t.id for t in self.tiers)


def read_scale(path: Path = TABLE) -> Scale:
    """Read a table of tiers.

    Raises:
        InputError: A key is missing or unknown, or a law speaks of a tier that is not in the scale.
    """
    document = read_yaml(path)
    table = _mapping(document, document.value, (), {"formatVersion", "tiers", "jurisdictions"})
    tiers = []
    for i, row in enumerate(_list(document, table["tiers"], ("tiers",))):
        entry = _mapping(document, row, ("tiers", i), {"id", "name", "who"})
        tiers.append(Tier(str(entry["id"]), i, _text(entry["name"]), _text(entry["who"])))
    ids = [t.id for t in tiers]
    if not ids or len(set(ids)) != len(ids):
        raise InputError("a tier stands twice, or there is none", where=str(document.place("tiers")), found=str(ids))
    jurisdictions = {}
    for i, row in enumerate(_list(document, table["jurisdictions"], ("jurisdictions",))):
        entry = _mapping(document, row, ("jurisdictions", i), {"id", "law", "terms"})
        terms = {tier: term for tier, term in entry["terms"].items() if term is not None}
        if unknown := sorted(set(entry["terms"]) - set(ids)):
            raise InputError(
                "a law speaks of a tier that is not in the scale",
                where=str(document.place("jurisdictions", i, "terms", unknown[0])),
                found=unknown[0],
                expected=f"one of {', '.join(ids)}",
            )
        jurisdictions[str(entry["id"])] = Jurisdiction(str(entry["id"]), str(entry["law"]), terms)
    return Scale(tuple(tiers), jurisdictions)


def _mapping(document: Document, value: Any, path: tuple[str | int, ...], keys: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != keys:
        found = ", ".join(sorted(value)) if isinstance(value, dict) else repr(value)
        raise InputError(
            "the table of tiers is not as it should be",
            where=str(document.place(*path)),
            found=found,
            expected=f"the keys {', '.join(sorted(keys))}",
        )
    return value


def _list(document: Document, value: Any, path: tuple[str | int, ...]) -> list[Any]:
    if not isinstance(value, list):
        raise InputError(
            "the table of tiers is not as it should be", where=str(document.place(*path)), expected="a list"
        )
    return value


def _text(value: Mapping[str, str]) -> Text:
    return Text(value["en"], {k: v for k, v in value.items() if k != "en"})


@cache
def scale() -> Scale:
    """The scale that ships with Cauce, read once a process."""
    return read_scale()


TIERS: tuple[str, ...] = ("public", "internal", "confidential", "restricted")
"""Ids of the shipped scale, least restrictive first. A test keeps it equal to ``tiers.yaml``."""

_RANKS = {tier: rank for rank, tier in enumerate(TIERS)}

MOST_RESTRICTIVE = TIERS[-1]
"""The tier of whatever nobody has classified."""

LEAST_RESTRICTIVE = TIERS[0]
"""The tier that everyone may read."""


def is_tier(name: object) -> bool:
    """Whether ``name`` is a tier's id."""
    return name in TIERS


def rank(tier: str) -> int:
    """How restrictive ``tier`` is; 0 is public.

    Raises:
        InputError: No such tier.
    """
    try:
        return _RANKS[tier]
    except KeyError:
        raise InputError("no such tier", found=repr(tier), expected=f"one of {', '.join(TIERS)}") from None


def at_or_below(tier: str) -> tuple[str, ...]:
    """The tiers a reader of ``tier`` may see, least restrictive first."""
    return TIERS[: rank(tier) + 1]


def visible(classification: str, tier: str) -> bool:
    """Whether something of class ``classification`` may be seen by a reader of ``tier``."""
    return rank(classification) <= rank(tier)


def highest(tiers: Iterable[str]) -> str:
    """The most restrictive of ``tiers``; public where there is none."""
    return max(tiers, key=rank, default=LEAST_RESTRICTIVE)


def lowest(tiers: Iterable[str]) -> str:
    """The least restrictive of ``tiers``; the most restrictive tier where there is none."""
    return min(tiers, key=rank, default=MOST_RESTRICTIVE)


def tier_name(tier: str) -> Text:
    """The tier's name for people, in every language of the table."""
    return scale().tiers[rank(tier)].name


def legal_term(tier: str, jurisdiction: str) -> str | None:
    """The word a jurisdiction's law has for ``tier``; None where it has none, or is not in the table."""
    law = scale().jurisdictions.get(jurisdiction)
    return law.terms.get(tier) if law else None
