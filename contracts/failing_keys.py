"""Keys of records that broke a rule, of the attempt that a product is held for now: for staff alone, and not for long.

Belongs here: the file, what a tier may read of it. Does not belong here: finding the records (``engines.scan``).

    held/<product>.json   {"format_version", "product", "evidence_sha256", "rules": {"<rule>":
                           {"needs": ["month"], "columns": ["district_id"], "keys": [["08"], ...],
                            "names": {"district_id": {"08": "Centro"}}}}}

A key is a value of a record. Evidence holds none, since it is never removed; this file is: each attempt writes it anew
or takes it away, a withdrawal takes it away, and anybody may. Then a page names no record. Nothing of it is for the
public, and no tier is told of a rule with a column, in the key or in the rule, that it may not see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts import kept
from contracts.home import FORMAT_VERSION, CityHome
from contracts.model import EMPTY, Contract
from contracts.tiers import LEAST_RESTRICTIVE, visible

MOST = 5
"""Keys that are kept of one rule."""


@dataclass(frozen=True)
class FailingKeys:
    """Some records that broke a rule.

    Attributes:
        rule: Its id.
        needs: The columns that the rule looks at.
        columns: Those of the product's key that name a record.
        keys: Their values, a record each, in order; at most ``MOST``.
        more: Whether there are others.
        names: By column of the key: what its codes are called in the column that ``name_column`` gives.
    """

    rule: str
    needs: tuple[str, ...]
    columns: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    more: bool = False
    names: Mapping[str, Mapping[str, str]] = EMPTY


def name_column(column: str, contract: Contract) -> str | None:
    """The column that says what the codes of another are called: ``district_name`` of ``district_id``."""
    other = f"{column.removesuffix('_id')}_name"
    return other if column.endswith("_id") and any(p.name == other for p in contract.columns) else None


def path_of(home: CityHome, product: str) -> Path:
    """Where the file of a product stands."""
    return home.held / f"{product}.json"


def keep(home: CityHome, product: str, evidence_sha256: str, found: Iterable[FailingKeys]) -> None:
    """Keep the keys of the attempt with this evidence, in place of those of any before.

    Raises:
        OutsideError: The disk refused.
    """
    rules = {
        one.rule: {
            "needs": list(one.needs),
            "columns": list(one.columns),
            "keys": [list(key) for key in one.keys[:MOST]],
            "more": one.more or len(one.keys) > MOST,
            "names": {column: dict(sorted(called.items())) for column, called in sorted(one.names.items())},
        }
        for one in found
        if one.keys
    }
    if not rules:
        forget(home, product)
        return
    told = {"format_version": FORMAT_VERSION, "product": product, "evidence_sha256": evidence_sha256, "rules": rules}
    kept.make_folder(home.held)
    kept.replace(path_of(home, product), kept.canonical_json(told))


def forget(home: CityHome, product: str) -> None:
    """Take the keys of a product away.

    Raises:
        OutsideError: The disk refused.
    """
    if path_of(home, product).exists():
        kept.remove(path_of(home, product))


def read(home: CityHome, contract: Contract, evidence_sha256: str | None, tier: str) -> Mapping[str, FailingKeys]:
    """The keys of the attempt with this evidence as ``tier`` may know them, by rule; none for the public.

    Raises:
        ArtefactError: The file is torn.
    """
    path = path_of(home, contract.name)
    if tier == LEAST_RESTRICTIVE or evidence_sha256 is None or not path.is_file():
        return {}
    value = kept.read_json(path)
    kept.check_format(value, path, FORMAT_VERSION)
    if value.get("evidence_sha256") != evidence_sha256:
        return {}
    seen = {p.name for p in contract.columns if visible(p.classification, tier)}
    named = {p.name for p in contract.columns if name_column(p.name, contract) in seen}
    found = {str(rule): _read(str(rule), told, named) for rule, told in value["rules"].items()}
    return {rule: one for rule, one in found.items() if seen.issuperset((*one.needs, *one.columns))}


def _read(rule: str, told: Mapping[str, Any], named: Collection[str]) -> FailingKeys:
    """``named`` are the columns whose codes' names may be told."""
    keys = tuple(tuple(str(part) for part in key) for key in told["keys"])
    names = {str(c): {str(k): str(v) for k, v in of.items()} for c, of in told.get("names", {}).items() if c in named}
    return FailingKeys(rule, _names(told["needs"]), _names(told["columns"]), keys, bool(told["more"]), names)


def _names(told: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(name) for name in told)
