"""What a contract says, as one tier may see it: its columns in plain words, its promises.

Belongs here: reading a loaded contract for pages. Does not belong here: kept files (``store``), words of the interface.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import msgspec

from catalog.views import ColumnView, NamedRecords, Promise, Reason
from contracts import kept
from contracts.city import City
from contracts.failing_keys import FailingKeys
from contracts.model import Contract, Property, Text
from contracts.service_levels import MONTH
from contracts.tiers import lowest, visible

MOST_DIGESTS = 20_000
_DIGESTS: dict[int, tuple[Contract, str]] = {}
"""Digests of contracts that are in use, by identity; each tier asks for the same ones."""


def contract_digest(contract: Contract) -> str:
    """A digest of all that a contract says."""
    known = _DIGESTS.get(id(contract))
    if known is None or known[0] is not contract:
        if len(_DIGESTS) > MOST_DIGESTS:
            _DIGESTS.clear()
        known = _DIGESTS[id(contract)] = (contract, kept.sha256_bytes(msgspec.json.encode(contract, enc_hook=_written)))
    return known[1]


def _written(value: object) -> object:
    """What JSON has no form for, as it is digested."""
    return dict(value) if isinstance(value, Mapping) else repr(value)


def column_views(contract: Contract, city: City, tier: str) -> tuple[ColumnView, ...]:
    """The columns that a tier may see."""
    return tuple(_column(p, contract, city) for p in contract.columns if visible(p.classification, tier))


def named_records(reason: Reason, contract: Contract, failing: Mapping[str, FailingKeys]) -> Reason:
    """The reason with some of the records that broke its rule, as far as a tier was handed their keys."""
    found = failing.get(reason.rule)
    if found is None:
        return reason
    titles = {p.name: p.title if p.title else Text(p.name) for p in contract.columns}
    keys = tuple(tuple(map(partial(_called, found), found.columns, key)) for key in found.keys)
    return replace(reason, keys=NamedRecords(tuple(titles[c] for c in found.columns), keys, found.more))


def _called(found: FailingKeys, column: str, code: str) -> str:
    """A code with what it is called, where that is kept."""
    name = found.names.get(column, {}).get(code)
    return f"{code} ({name})" if name else code


def _column(p: Property, contract: Contract, city: City) -> ColumnView:
    return ColumnView(
        name=p.name,
        title=p.title,
        description=p.description,
        type=p.physical_type or p.logical_type,
        unit=None if p.unit == MONTH else p.unit,
        step=p.step.name if p.step else None,
        step_parameters={
            key: city.minimum_cell if value == "minimumCell" else value
            for key, value in (p.step.parameters if p.step else {}).items()
        },
        is_key=p.name in contract.primary_key,
        required=p.required,
        readers=lowest(r for r in contract.renditions if visible(p.classification, r)),
    )


def promises_of(contract: Contract, tier: str) -> tuple[Promise, ...]:
    """The service levels of what a tier may see."""
    named = any(s.element for s in contract.service_levels)
    hidden = {p.name for p in contract.columns if not visible(p.classification, tier)} if named else set()
    return tuple(
        Promise(s.property, s.value, s.unit)
        for s in contract.service_levels
        if not (s.element and s.element.rsplit(".", 1)[-1] in hidden)
    )
