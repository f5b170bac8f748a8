"""A shared product as one city publishes it: the shared contract, made stricter, never laxer.

Belongs here: reading ``cities/<city>/products/<name>.yaml`` and laying it over the shared contract. Does
not belong here: the shared contract itself (``load``), which products a city can have (``city_load``).

What the file may say:

==============  ============================================================================
product         the shared product's name; the file's own name
version         the version of the city's own form of the contract, at or above the shared one: a city
                that adds or drops a rule after a release raises it
enabled         false turns the product off (default: true)
reason          why it is off, in the city's languages: what its page of products says
renditions      fewer of the shared renditions
quality         more rules, in ODCS's form; ``property: <column>`` beside a rule puts it on a column
serviceLevels   new ones, or shorter intervals
rowCountChange  a narrower range (than the gate's own, where the shared contract gives none)
licenceOut      the licence the city publishes under
team            the city's owner, steward and other members, before the shared ones
==============  ============================================================================
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from contracts.credentials import refuse_secrets
from contracts.load import VERSION
from contracts.model import Contract, Member, QualityRule, ServiceLevel, Text
from contracts.nodes import Node
from contracts.parts import read_members, read_service_level
from contracts.rules import read_rule
from contracts.service_levels import interval
from contracts.standard import judge_part
from contracts.tiers import TIERS
from contracts.vocabulary import nearest
from contracts.yaml_places import parse_yaml, read_bytes

DEFAULT_ROW_COUNT_CHANGE: Final = (-0.5, 1.0)
"""The relative change of the number of records that holds a release where no contract gives one."""

KEYS: Final = (
    "product",
    "version",
    "enabled",
    "reason",
    "renditions",
    "quality",
    "serviceLevels",
    "rowCountChange",
    "licenceOut",
    "team",
)


@dataclass(frozen=True)
class Tightening:
    """One file of a city's ``products`` folder, not yet laid over its product."""

    product: str
    enabled: bool
    node: Node
    sha256: str
    reason: Text | None = None


def read_tightening(path: Path) -> Tightening:
    """Read ``path``.

    Raises:
        InputError: An unknown key, a file that is named otherwise than its product, or a reason for a product that
            is not off.
    """
    data = read_bytes(path)
    document = parse_yaml(data, str(path))
    refuse_secrets(document)
    node = Node.root(document).mapping(KEYS)
    product = node.need("product").text()
    if path.stem != product:
        raise node.child("product").refuse(
            "a city's product file is named like its product", found=path.name, expected=f"{product}.yaml"
        )
    enabled = node.child("enabled").flag() if node.has("enabled") else True
    if node.has("reason") and enabled:
        raise node.child("reason").refuse(
            "a city says why a product is off, and leaves it on", expected="enabled: false above it"
        )
    reason = node.child("reason").texts() if node.has("reason") else None
    return Tightening(product, enabled, node, hashlib.sha256(data).hexdigest(), reason)


def tighten(shared: Contract, tightening: Tightening) -> Contract:
    """The effective contract: ``shared`` with the city's rules laid over it.

    Its ``sha256`` is of both files' digests.

    Raises:
        InputError: The city's file would loosen something, or names what the product does not have.
    """
    node = tightening.node
    table = shared.object
    own, by_column = _rules(shared, node)
    columns = tuple(replace(c, quality=(*c.quality, *by_column.get(c.name, ()))) for c in table.properties)
    both = f"{shared.sha256}\n{tightening.sha256}\n".encode()
    return replace(
        shared,
        version=_version(shared, node),
        object=replace(table, properties=columns, quality=(*table.quality, *own)),
        renditions=_renditions(shared, node),
        service_levels=_service_levels(shared, node),
        row_count_change=_row_count_change(shared, node),
        licence_out=node.child("licenceOut").text() if node.has("licenceOut") else shared.licence_out,
        team=_team(shared, node),
        sha256=hashlib.sha256(both).hexdigest(),
    )


def _version(shared: Contract, node: Node) -> str:
    if not node.has("version"):
        return shared.version
    entry = node.child("version")
    if not VERSION.match(entry.text()):
        raise entry.wrong("three numbers such as 1.0.0 (semantic versioning)")
    own, least = (tuple(int(n) for n in v.split(".")) for v in (entry.value, shared.version))
    if own < least:
        raise entry.refuse(
            "a city's version is below the shared contract's", found=entry.value, expected=f"{shared.version} or higher"
        )
    return str(entry.value)


def _rules(shared: Contract, node: Node) -> tuple[tuple[QualityRule, ...], dict[str, tuple[QualityRule, ...]]]:
    """The added rules of the table, and those of its columns."""
    own: list[QualityRule] = []
    by_column: dict[str, tuple[QualityRule, ...]] = {}
    if not node.has("quality"):
        return (), {}
    names = tuple(c.name for c in shared.columns)
    taken = {r.id: r for r in (*shared.object.quality, *(r for c in shared.columns for r in c.quality)) if r.id}
    for entry in node.child("quality").items():
        if not isinstance(entry.value, dict):
            raise entry.wrong("a rule in ODCS's form")
        column = _column(entry, names)
        judged = {k: v for k, v in entry.value.items() if k != "property"}
        judge_part(entry.document, "DataQuality", entry.path, judged)
        rule = read_rule(entry, names, column)
        if rule.id is not None and rule.id in taken:
            raise entry.refuse(
                "a city may add rules and not replace one",
                found=f"id {rule.id}, which stands at {taken[rule.id].place} already",
                expected="an id of its own",
            )
        if rule.id is not None:
            taken[rule.id] = rule
        if column is None:
            own.append(rule)
        else:
            by_column[column] = (*by_column.get(column, ()), rule)
    return tuple(own), by_column


def _column(entry: Node, names: tuple[str, ...]) -> str | None:
    if not entry.has("property"):
        return None
    name = entry.child("property").text()
    if name not in names:
        raise entry.child("property").refuse(
            "a rule names a column the product does not have",
            found=name,
            expected=nearest(name, names) or f"one of {', '.join(names)}",
        )
    return name


def _renditions(shared: Contract, node: Node) -> tuple[str, ...]:
    if not node.has("renditions"):
        return shared.renditions
    kept: list[str] = []
    for entry in node.child("renditions").items():
        tier = entry.choice(*TIERS)
        if tier not in shared.renditions:
            raise entry.refuse(
                "a city may remove renditions and not add one",
                found=tier,
                expected=f"some of {', '.join(shared.renditions)}",
                hint="set enabled: false to publish none.",
            )
        kept.append(tier)
    if not kept:
        raise node.child("renditions").wrong("at least one tier; enabled: false publishes none")
    return tuple(t for t in shared.renditions if t in kept)


def _service_levels(shared: Contract, node: Node) -> tuple[ServiceLevel, ...]:
    if not node.has("serviceLevels"):
        return shared.service_levels
    levels = {level.property: level for level in shared.service_levels}
    for entry in node.child("serviceLevels").items():
        judge_part(entry.document, "ServiceLevelAgreementProperty", entry.path, entry.value)
        level = read_service_level(entry, shared.object)
        before = levels.get(level.property)
        if before is not None:
            _hold_shorter(entry, before, level)
            level = replace(level, element=level.element or before.element)
        levels[level.property] = level
    return tuple(levels.values())


def _hold_shorter(entry: Node, before: ServiceLevel, after: ServiceLevel) -> None:
    old, new = interval(before), interval(after)
    written = f"{before.value} {before.unit or ''}".strip()
    if old is None or new is None:
        if (before.value, before.unit) != (after.value, after.unit):
            raise entry.refuse(
                f"whether the service level {after.property} became stricter cannot be told",
                found=f"{after.value} {after.unit or ''}".strip(),
                expected=written,
            )
    elif new > old:
        raise entry.refuse(
            f"a city may shorten the service level {after.property} and not lengthen it",
            found=f"{after.value} {after.unit}",
            expected=f"at most {written}",
        )
    if after.element not in (None, before.element):
        raise entry.refuse(
            f"the service level {after.property} speaks of another element than the shared one",
            found=str(after.element),
            expected=str(before.element),
        )


def _row_count_change(shared: Contract, node: Node) -> tuple[float, float] | None:
    if not node.has("rowCountChange"):
        return shared.row_count_change
    entry = node.child("rowCountChange").mapping(("minimum", "maximum"))
    low, high = entry.need("minimum").number(), entry.need("maximum").number()
    if not -1 <= low <= 0 <= high:
        raise entry.wrong("{minimum: between -1 and 0, maximum: 0 or above}")
    widest = shared.row_count_change or DEFAULT_ROW_COUNT_CHANGE
    if low < widest[0] or high > widest[1]:
        raise entry.refuse(
            "a city may narrow rowCountChange and not widen it",
            found=f"{low} to {high}",
            expected=f"within {widest[0]} to {widest[1]}",
        )
    return low, high


def _team(shared: Contract, node: Node) -> tuple[Member, ...]:
    """The city's members and then the shared ones: whoever answers for the shared contract stays its author."""
    if not node.has("team"):
        return shared.team
    team = node.child("team")
    judge_part(team.document, "Team", team.path, team.value)
    own = read_members(team.value.get("members") or [])
    named = {(m.username.casefold(), m.role) for m in own}
    return (*own, *(m for m in shared.team if (m.username.casefold(), m.role) not in named))
