"""A contract as the readers of one tier may read it: what is above the tier is not in it, and nothing hints at it.

Belongs here: cutting a loaded contract. Does not belong here: what a release holds (``release``), writing a contract
(``catalog.machines.odcs``), words.

What is cut, so that the rest can be handed to anybody of the tier:

- columns above the tier, and words of columns that only staging reads (``physicalName``, ``optional``, ``unlocks``);
- rules that name such a column anywhere, in their query, arguments, texts or failing example, and rules that could read
  one without its name (``select *``, ``COLUMNS(…)``, a column by its number);
- service levels of such a column, and the words of the contract that name one;
- a key that such a column is part of: the rest of it is no key;
- parameters of a step that name such a column;
- of ``anonymity`` the columns above the tier;
- servers, entities, members of the team but owner and steward, and where the file stood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from contracts.anonymity import WORD as ANONYMITY
from contracts.anonymity import declared
from contracts.model import EMPTY, Contract, Place, Property, QualityRule, ServiceLevel, Step
from contracts.tiers import visible

SPOKEN = ("formats", "partition", "geometry", "decimals", "lateness", "notApplicableTo", "reviewDate")
"""The contract's further words that speak of the product itself, and not of what it is made from."""

_COUNT = re.compile(r"\bcount\s*\(\s*\*\s*\)", re.IGNORECASE)
_NAMELESS = re.compile(
    r"(?:\b(?:select|distinct|all)|[,.(])\s*\*|\bcolumns\s*\(|#\s*\d|\b(?:getvariable|to_json|struct_pack|row)\s*\(",
    re.IGNORECASE,
)
"""Ways of SQL to read a column without its name; ``count(*)`` reads none."""


def readable(contract: Contract, tier: str) -> Contract:
    """``contract`` cut to what a reader of ``tier`` may know; see the module's list."""
    hidden = frozenset(p.name for p in contract.columns if not visible(p.classification, tier))
    named = _Naming(hidden)
    keyed = hidden.isdisjoint(contract.primary_key)
    here = Place(contract.name)
    columns = tuple(
        _column(p, named, keyed=keyed, here=here) for p in contract.columns if visible(p.classification, tier)
    )
    return replace(
        contract,
        servers=(),
        needs=(),
        unlocks=(),
        team=tuple(replace(m, name=None) for m in contract.team if m.role in ("owner", "steward")),
        renditions=tuple(r for r in contract.renditions if visible(r, tier)),
        object=replace(
            contract.object,
            properties=columns,
            quality=tuple(replace(r, place=here) for r in contract.object.quality if not named.by_rule(r)),
            place=here,
        ),
        service_levels=tuple(replace(s, place=here) for s in contract.service_levels if not named.by_level(s)),
        path=Path(contract.path.name),
        licence_in=None,
        legal_basis=None,
        retention_days=None,
        withheld_count_public=False,
        custom={
            name: cut
            for name, value in contract.custom.items()
            if name in SPOKEN and (cut := named.without(value)) not in (None, {}, [])
        }
        | _crowds(contract, hidden),
    )


def _crowds(contract: Contract, hidden: frozenset[str]) -> dict[str, Any]:
    """What the contract promises of classes of records, over the columns that are left."""
    promised = declared(contract)
    cut = promised.among({c.name for c in contract.columns} - hidden) if promised else None
    return {ANONYMITY: cut.as_word()} if cut else {}


class _Naming:
    """Whether something names a hidden column."""

    def __init__(self, hidden: frozenset[str]) -> None:
        self._hidden = hidden
        names = "|".join(re.escape(n) for n in sorted(hidden, key=len, reverse=True))
        self._names = re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE) if hidden else None
        self._parts = re.compile(rf"(?<![^\W_])(?:{names})(?![^\W_])", re.IGNORECASE) if hidden else None

    def by_text(self, *texts: str | None) -> bool:
        return self._names is not None and any(self._names.search(t) for t in texts if t)

    def by_value(self, value: Any) -> bool:
        if isinstance(value, Mapping):
            return any(self.by_value(v) for pair in value.items() for v in pair)
        if isinstance(value, str):
            return self.by_text(value)
        return isinstance(value, Iterable) and any(self.by_value(v) for v in value)

    def by_rule(self, rule: QualityRule) -> bool:
        if self._names is None:
            return False
        said = (rule.description.default, *rule.description.translations.values())
        return (
            _NAMELESS.search(_COUNT.sub("", rule.query or "")) is not None
            or self.by_text(rule.query, *said)
            or any(self._parts is not None and self._parts.search(n) for n in (rule.id, rule.name) if n)
            or self.by_value(rule.arguments)
            or self.by_value(rule.failing_example)
        )

    def by_level(self, level: ServiceLevel) -> bool:
        return self.by_value(level.element) or self.by_value(level.value)

    def without(self, value: Any) -> Any:
        """A word's value without what names a hidden column; None where that was the point of it."""
        if isinstance(value, Mapping):
            if not any(k in self._hidden for k in value):
                return None if self.by_value(value) else value
            return {k: v for k, v in value.items() if k not in self._hidden}
        return None if self.by_value(value) else value


def _column(p: Property, named: _Naming, *, keyed: bool, here: Place) -> Property:
    return replace(
        p,
        primary_key_position=p.primary_key_position if keyed else None,
        quality=tuple(replace(r, place=here) for r in p.quality if not named.by_rule(r)),
        step=_step(p.step, named),
        place=here,
        optional=False,
        unlocks=(),
        custom=EMPTY,
    )


def _step(step: Step | None, named: _Naming) -> Step | None:
    if step is None:
        return None
    return replace(step, parameters={k: v for k, v in step.parameters.items() if not named.by_value(v)})
