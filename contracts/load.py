"""Reading one ODCS contract, strictly: file in, ``Contract`` out, or one error that points at a line.

Belongs here: the order of judgement (YAML, secrets, the standard's schema, then ours), the mapping from
ODCS and our vocabulary onto the model, and what holds within one contract. Does not belong here: what
holds between contracts or in a city (``city_load``), what a rule demands of data (``compile_checks``).

Standard keys that only document (``tags``, ``domain``, ``price``, ``roles``, ``support``,
``authoritativeDefinitions``, ``transformLogic`` and their like) are accepted and not read. Keys that would
change what the data is or who checks it are either read or refused by name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from contracts import standard
from contracts.anonymity import WORD as ANONYMITY
from contracts.anonymity import hold_anonymity
from contracts.columns import read_column
from contracts.credentials import refuse_secrets
from contracts.errors import InputError
from contracts.model import (
    Contract,
    Delivery,
    Member,
    Property,
    Role,
    SchemaObject,
    Server,
    ServiceLevel,
    Text,
)
from contracts.nodes import Node
from contracts.parts import hold_columns, read_members, read_server, read_service_level
from contracts.rules import read_rules, words_of
from contracts.server_rules import hold_increment
from contracts.tiers import MOST_RESTRICTIVE, highest, lowest, rank
from contracts.vocabulary import nearest, words_for
from contracts.yaml_places import parse_yaml, read_bytes

VERSION: Final = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)\Z")
"""The form of a contract's version."""
_TYPED_WORDS: Final = frozenset(
    (
        *("tier", "translations", "whyNotPublic", "howToAsk", "inventory", "delivery", "licenceIn", "legalBasis"),
        *("retentionDays", "withheldCountPublic", "unlocks", "renditions", "practice", "needs", "licenceOut"),
        "rowCountChange",
        "recordCountChange",
    )
)


def load_contract(path: Path, role: Role, *, prove_sql: bool = True) -> Contract:
    """Read the contract in ``path``.

    Args:
        path: The file.
        role: What it is about; given by the folder it stands in.
        prove_sql: Whether to have each rule compiled now, and its sql and patterns tried. ``compile_checks``
            does so in any case before a rule runs, so a caller that runs none may leave it out and save the
            engine's import.

    Raises:
        InputError: Anything that is wrong, with file, line, what was found and what is allowed.
    """
    contract = _load(str(path), role, read_bytes(path))
    if prove_sql:
        prove_rules(contract)
    return contract


def prove_rules(contract: Contract) -> None:
    """Have every rule of ``contract`` compiled, and its sql and patterns tried on an empty table.

    Raises:
        InputError: A rule is not one plain SELECT over its own table, a pattern does not compile, or a rule
            could never fail or never be kept.
    """
    from contracts.compile_checks import compile_checks

    compile_checks(contract)


@lru_cache(maxsize=256)
def _load(file: str, role: Role, data: bytes) -> Contract:
    document = parse_yaml(data, file)
    refuse_secrets(document)
    standard.judge(document)
    return _Reader(Node.root(document), role, hashlib.sha256(data).hexdigest()).contract()


class _Reader:
    """Reads one contract's root node."""

    def __init__(self, root: Node, role: Role, sha256: str) -> None:
        self.root = root
        self.role = role
        self.sha256 = sha256
        self.words: dict[str, Any] = {}

    def contract(self) -> Contract:
        """The whole contract."""
        root = self.root
        self.refuse_unsupported()
        self.words = words_of(root, words_for(self.role.value), self.role.value)
        if root.has("description"):
            words_of(root.child("description"), {}, "description")
        identity = root.child("id").text()
        version = root.child("version")
        if not VERSION.match(version.text()):
            raise version.wrong("three numbers such as 1.0.0 (semantic versioning)")
        table = self.table()
        contract = Contract(
            id=identity,
            role=self.role,
            name=identity.rsplit("/", 1)[-1],
            title=self.text_of("title", root.value.get("name") or identity),
            version=version.value,
            status=root.value["status"],
            purpose=self.description("purpose"),
            limitations=self.description("limitations"),
            usage=self.description("usage"),
            tier=self.tier(table),
            team=self.team(),
            servers=self.servers(),
            object=table,
            service_levels=self.service_levels(table),
            path=Path(root.document.file),
            sha256=self.sha256,
            renditions=self.renditions(),
            practice=self.words.get("practice"),
            delivery=Delivery(self.words.get("delivery", "snapshot")),
            needs=tuple(self.words.get("needs", ())),
            unlocks=tuple(self.words.get("unlocks", ())),
            licence_in=self.words.get("licenceIn"),
            licence_out=self.words.get("licenceOut"),
            legal_basis=self.words.get("legalBasis"),
            retention_days=self.words.get("retentionDays"),
            row_count_change=_range(self.words.get("rowCountChange") or self.words.get("recordCountChange")),
            inventory=self.words.get("inventory", "shown"),
            why_not_public=self.text_of("whyNotPublic", self.words.get("whyNotPublic", "")),
            how_to_ask=self.text_of("howToAsk", self.words.get("howToAsk", "")),
            withheld_count_public=self.words.get("withheldCountPublic", False),
            custom={k: v for k, v in self.words.items() if k not in _TYPED_WORDS},
        )
        self.hold_together(contract)
        return contract

    # what is refused -----------------------------------------------------------------------

    def refuse_unsupported(self) -> None:
        """Refuse what the standard allows and Cauce does not do, by name."""
        root = self.root
        if root.has("slaDefaultElement"):
            raise root.child("slaDefaultElement").refuse(
                "not supported: slaDefaultElement, which the standard has given up",
                found=str(root.value["slaDefaultElement"]),
                expected="element: in each entry of slaProperties",
            )
        objects = root.value.get("schema") or []
        if len(objects) != 1:
            names = ", ".join(str(o.get("name")) for o in objects[:5]) or "none"
            raise root.child("schema").refuse(
                "not supported: a contract of none or several schema objects",
                found=f"{len(objects)} ({names}{', …' if len(objects) > 5 else ''})",
                expected="one: a contract describes one table",
                hint="write one contract for each table.",
            )
        if root.child("schema").child(0).has("relationships"):
            raise (
                root.child("schema")
                .child(0)
                .child("relationships")
                .refuse(
                    "not supported: relationships of a schema object",
                    expected="a dbt relationships test between the models",
                )
            )

    # the parts ------------------------------------------------------------------------------

    def text_of(self, key: str, default: str) -> Text:
        """A text of the contract with its translations."""
        translations = self.words.get("translations", {})
        return Text(default, {lang: texts[key] for lang, texts in translations.items() if key in texts})

    def description(self, key: str) -> Text:
        """One of the three texts of ODCS's ``description``."""
        return self.text_of(key, ((self.root.value.get("description") or {}).get(key) or "").strip())

    def table(self) -> SchemaObject:
        """The one schema object."""
        node = self.root.child("schema").child(0)
        words_of(node, {}, "object")
        columns = self.columns(node)
        names = [c.name for c in columns]
        return SchemaObject(
            name=node.child("name").text(),
            physical_type=node.value.get("physicalType") or "table",
            description=self.text_of("object", node.value.get("description") or ""),
            properties=columns,
            quality=read_rules(node.child("quality"), names, None),
            place=node.place,
            grain=node.value.get("dataGranularityDescription") or "",
        )

    def columns(self, table: Node) -> tuple[Property, ...]:
        """The table's columns, key positions settled."""
        if not table.value.get("properties"):
            raise table.refuse(
                "a schema object has no properties",
                found=str(table.value.get("name")),
                expected="one entry for each column",
            )
        listed = list(table.child("properties").items())
        names = [str(n.value["name"]) for n in listed]
        seen: dict[str, Node] = {}
        for node, name in zip(listed, names, strict=True):
            if (first := seen.get(name.casefold())) is not None:
                raise node.refuse(
                    "two columns have one name (upper and lower case are the same)",
                    found=f"{name}, after line {first.place.line}",
                    expected="each name once",
                )
            seen[name.casefold()] = node
        keys = [n for n in listed if n.value.get("primaryKey")]
        return tuple(read_column(node, self.role, names, _key_position(node, keys)) for node in listed)

    def tier(self, table: SchemaObject) -> str:
        """The contract's tier, which no column may exceed."""
        declared = self.words.get("tier")
        if declared is None:
            if self.role is Role.PRODUCT:
                raise self.root.refuse(
                    "a product names no tier", expected="customProperties: [{property: tier, value: ...}]"
                )
            return MOST_RESTRICTIVE
        for column in table.properties:
            if rank(column.classification) > rank(declared):
                why = (
                    column.classification
                    if column.classified
                    else f"{column.classification}, since it has no classification"
                )
                raise Node(
                    self.root.document, ("schema", 0, "properties", table.properties.index(column)), None
                ).refuse(
                    f"the column {column.name} is above the contract's tier",
                    found=why,
                    expected=f"{declared} or lower; or tier: {highest(c.classification for c in table.properties)}",
                    hint=None if column.classified else "say in classification who may see the column.",
                )
        return str(declared)

    def renditions(self) -> tuple[str, ...]:
        """The tiers rendered, most restrictive first.

        One above the product's tier holds the same columns, for the pages and permissions of that tier.
        """
        if self.role is not Role.PRODUCT:
            return ()
        declared = self.words.get("renditions", [self.words.get("tier")])
        return tuple(sorted(declared, key=rank, reverse=True))

    def word_node(self, name: str) -> Node:
        """Where one of the contract's custom properties is written; the contract where it is not."""
        for i, entry in enumerate(self.root.value.get("customProperties") or []):
            if entry["property"] == name:
                return self.root.child("customProperties").child(i)
        return self.root

    def team(self) -> tuple[Member, ...]:
        """The members who have not left."""
        team = self.root.value.get("team") or {}
        members = team if isinstance(team, list) else team.get("members") or []
        return read_members(members)

    def servers(self) -> tuple[Server, ...]:
        """Where a source's records come from."""
        listed = list(self.root.child("servers").items()) if self.root.has("servers") else []
        if self.role is not Role.SOURCE:
            if listed:
                raise listed[0].refuse(
                    f"only a source has a server, and this is a contract of role {self.role.value}",
                    found=f"a server of type {listed[0].value.get('type')}",
                )
            return ()
        if len(listed) != 1:
            raise self.root.child("servers").refuse(
                "a source is fetched from one server", found=f"{len(listed)} servers", expected="one"
            )
        return (read_server(listed[0]),)

    def service_levels(self, table: SchemaObject) -> tuple[ServiceLevel, ...]:
        """The entries of ``slaProperties``."""
        if not self.root.has("slaProperties"):
            return ()
        return tuple(read_service_level(node, table) for node in self.root.child("slaProperties").items())

    # what must hold between the parts ---------------------------------------------------------

    def hold_together(self, contract: Contract) -> None:
        """What only the whole contract can show."""
        ids: dict[str, int] = {}
        for rule in (*contract.object.quality, *(r for c in contract.columns for r in c.quality)):
            if rule.id is not None and rule.id in ids:
                raise InputError(
                    "two rules have the same id",
                    where=str(rule.place),
                    found=f"{rule.id}, which line {ids[rule.id]} has already",
                    expected="an id of its own",
                )
            if rule.id is not None:
                ids[rule.id] = rule.place.line
        if contract.delivery is Delivery.UPSERT and not contract.primary_key:
            raise self.word_node("delivery").refuse(
                "an upsert needs a key to merge by", found="no primary key", expected="primaryKey: true on a property"
            )
        self.hold_references(contract)
        if self.role is Role.PRODUCT:
            self.hold_product(contract)

    def hold_references(self, contract: Contract) -> None:
        """Columns and entities that the contract's own words name."""
        names = [c.name for c in contract.columns]
        for word, used in (
            ("geometry", [contract.custom["geometry"]["column"]] if "geometry" in contract.custom else []),
            ("decimals", list(contract.custom.get("decimals", {}))),
            ("repeatedBy", list(contract.custom.get("repeatedBy", ()))),
            ("partition", [contract.custom["partition"]["by"]] if "partition" in contract.custom else []),
        ):
            for name in used:
                if name not in names:
                    raise self.word_node(word).refuse(
                        f"{word} names a column the contract does not have",
                        found=str(name),
                        expected=nearest(str(name), names) or f"one of {', '.join(names)}",
                    )
        for server in contract.servers:
            hold_columns(server, contract.columns)
            hold_increment(server, contract)
        reconciles = contract.custom.get("reconciles")
        if reconciles and reconciles["entity"] not in contract.needs:
            raise self.word_node("reconciles").refuse(
                "reconciles names an entity the product does not need",
                found=reconciles["entity"],
                expected=f"one of {', '.join(contract.needs) or 'none'}",
            )

    def hold_product(self, contract: Contract) -> None:
        """A product has a key that every rendition carries, and says what one row is."""
        if not contract.primary_key:
            raise self.root.child("schema").refuse(
                "a product has no primary key", expected="primaryKey: true on at least one property"
            )
        widest = lowest(contract.renditions)
        for name in contract.primary_key:
            column = contract.object.column(name)
            if column is not None and rank(column.classification) > rank(widest):
                raise Node(
                    self.root.document, ("schema", 0, "properties", contract.columns.index(column)), None
                ).refuse(
                    f"the key column {name} would be missing from the {widest} rendition",
                    found=column.classification,
                    expected=f"{widest}, or no {widest} rendition",
                )
        self.hold_partition(contract, widest)
        hold_anonymity(self.word_node(ANONYMITY), contract)
        if not contract.object.grain:
            raise (
                self.root.child("schema")
                .child(0)
                .refuse(
                    "a product does not say what one row is", expected="dataGranularityDescription: one row per ..."
                )
            )

    def hold_partition(self, contract: Contract, widest: str) -> None:
        """Files are cut by a date that every rendition carries: which files changed tells nothing hidden."""
        column = contract.object.column(contract.custom.get("partition", {}).get("by", ""))
        if column is None:
            return
        if column.logical_type not in {"date", "timestamp"}:
            raise self.word_node("partition").refuse(
                "files can be cut by the months or years of a date only",
                found=f"{column.name}, a {column.logical_type}",
                expected="a column of logicalType date or timestamp",
            )
        if rank(column.classification) > rank(widest):
            raise self.word_node("partition").refuse(
                f"the {widest} rendition would be cut by a column that it does not have",
                found=f"{column.name}, {column.classification}",
                expected=f"a column of class {widest}, or no {widest} rendition",
            )


def _key_position(node: Node, keys: list[Node]) -> int | None:
    """The column's position in the key, from 1; None outside it."""
    position = node.value.get("primaryKeyPosition", -1)
    if not node.value.get("primaryKey"):
        if position != -1:
            raise node.child("primaryKeyPosition").refuse(
                "a column has a key position and is no key", found=str(position), expected="primaryKey: true"
            )
        return None
    if len(keys) == 1 and position == -1:
        return 1
    positions = sorted(k.value.get("primaryKeyPosition", -1) for k in keys)
    if positions != list(range(1, len(keys) + 1)):
        raise node.refuse(
            "the key's positions are not 1, 2, 3, ...",
            found=", ".join("none" if p == -1 else str(p) for p in positions),
            expected=", ".join(str(i + 1) for i in range(len(keys))),
        )
    return int(position)


def _range(value: Mapping[str, float] | None) -> tuple[float, float] | None:
    return (value["minimum"], value["maximum"]) if value is not None else None
