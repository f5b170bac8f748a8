"""What a contract says, as one tier may see it: its columns in plain words, its promises.

Belongs here: reading a loaded contract for pages. Does not belong here: kept files (``store``), words of the interface.
"""

from __future__ import annotations

from catalog.views import ColumnView, Promise
from contracts import kept
from contracts.city import City
from contracts.model import Contract, Property
from contracts.service_levels import MONTH
from contracts.tiers import visible

MOST_DIGESTS = 20_000
_DIGESTS: dict[int, tuple[Contract, str]] = {}
"""Digests of contracts that are in use, by identity; each tier asks for the same ones."""


def contract_digest(contract: Contract) -> str:
    """A digest of all that a contract says."""
    known = _DIGESTS.get(id(contract))
    if known is None or known[0] is not contract:
        if len(_DIGESTS) > MOST_DIGESTS:
            _DIGESTS.clear()
        known = _DIGESTS[id(contract)] = (contract, kept.sha256_bytes(repr(contract).encode()))
    return known[1]


def column_views(contract: Contract, city: City, tier: str) -> tuple[ColumnView, ...]:
    """The columns that a tier may see."""
    return tuple(_column(p, contract, city) for p in contract.columns if visible(p.classification, tier))


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
    )


def promises_of(contract: Contract, tier: str) -> tuple[Promise, ...]:
    """The service levels of what a tier may see."""
    hidden = {p.name for p in contract.columns if not visible(p.classification, tier)}
    return tuple(
        Promise(s.property, s.value, s.unit)
        for s in contract.service_levels
        if not (s.element and s.element.rsplit(".", 1)[-1] in hidden)
    )
