"""Reading one column of a contract: its type, class, constraints, texts and rules.

Belongs here: the mapping from ODCS's logical types onto DuckDB's, and what one property may say. Does
not belong here: what holds between columns (``load``), what is demanded of data (``compile_checks``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.model import Property, Role, Step, Text
from contracts.nodes import Node, shown
from contracts.patterns import hold_pattern
from contracts.rules import read_rules, read_words
from contracts.tiers import MOST_RESTRICTIVE, TIERS
from contracts.vocabulary import one_of

PHYSICAL_TYPES: Final[Mapping[str, str]] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "time": "TIME",
    "object": "VARCHAR",
    "array": "VARCHAR",
}
"""What each logical type is kept as; objects and arrays as JSON text."""

EPOCHS: Final[Mapping[str, int]] = {"epoch_ms": 1_000, "epoch_s": 1}
"""Words for ``format`` of a timestamp that is a number counted from 1970 in UTC, and how many make a second."""
_COUNTED: Final = re.compile(r"epoch|unix|milli", re.IGNORECASE)

_ALIASES: Final[Mapping[str, str]] = {
    "TEXT": "VARCHAR",
    "STRING": "VARCHAR",
    "INT8": "BIGINT",
    "LONG": "BIGINT",
    "FLOAT8": "DOUBLE",
    "BOOL": "BOOLEAN",
    "DATETIME": "TIMESTAMP",
    "JSON": "VARCHAR",
}
_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)\Z", re.IGNORECASE)
_NESTED_OPTIONS: Final = frozenset({"array", "object"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_RESERVED: Final = frozenset({"_record"})


def read_column(node: Node, role: Role, names: Sequence[str], key_position: int | None) -> Property:
    """One entry of ``properties``.

    Args:
        node: The entry, already judged by the standard's schema.
        role: The contract's role; a source's ``physicalType`` is the publisher's own word and only documents.
        names: Every column of the table, for the rules.
        key_position: Its position in the primary key, or None.

    Raises:
        InputError: Nested properties, relationships, an unknown tier or type, or words that contradict.
    """
    name = node.child("name").text()
    if _CONTROL.search(name) or name != name.strip() or name.casefold() in _RESERVED:
        raise node.child("name").wrong("a name without control characters or outer spaces, and not _record")
    _refuse_nesting(node, name)
    words = read_words(node, "property")
    translations: Mapping[str, Mapping[str, str]] = words.get("translations", {})
    logical = _logical_type(node, name)
    optional = bool(words.get("optional", False))
    required = bool(node.value.get("required", False))
    if optional and (required or key_position is not None):
        raise node.refuse(
            f"the column {name} is optional and required at once",
            found="optional: true with required: true or primaryKey: true",
            expected="one of them",
        )
    business_name = node.value.get("businessName")
    if business_name and "title" in words:
        raise node.child("businessName").refuse(
            f"the column {name} has two titles",
            found="businessName and the custom property title",
            expected="one of them",
        )
    step = words.get("step")
    return Property(
        name=name,
        logical_type=logical,
        physical_type=_physical_type(node, role, logical),
        required=required or key_position is not None,
        unique=bool(node.value.get("unique", False)),
        primary_key_position=key_position,
        classification=_classification(node),
        classified=node.has("classification"),
        description=Text((node.value.get("description") or "").strip(), _texts(translations, "description")),
        options=_options(node, logical),
        quality=read_rules(node.child("quality"), names, name),
        place=node.place,
        title=Text(words.get("title") or business_name or "", _texts(translations, "title")),
        optional=optional,
        unlocks=tuple(words.get("unlocks", ())),
        unit=words.get("unit"),
        step=Step(step["name"], str(step["version"]), step.get("parameters", {})) if step else None,
        examples=tuple(node.value.get("examples") or ()),
        custom={"physicalName": node.value["physicalName"]} if node.has("physicalName") else {},
    )


def _texts(translations: Mapping[str, Mapping[str, str]], key: str) -> dict[str, str]:
    return {language: texts[key] for language, texts in translations.items() if key in texts}


def _refuse_nesting(node: Node, name: str) -> None:
    for key, what in (
        ("properties", "nested properties"),
        ("items", "the items of an array"),
        ("relationships", "relationships"),
    ):
        if node.has(key):
            raise node.child(key).refuse(
                f"not supported: {what} of {name}",
                hint="leave it out: objects and arrays are kept whole, as JSON text."
                if key != "relationships"
                else "write a dbt relationships test between the models.",
            )


def _logical_type(node: Node, name: str) -> str:
    if not node.has("logicalType"):
        raise node.refuse(
            f"the column {name} has no logicalType",
            expected=f"one of {', '.join(PHYSICAL_TYPES)}",
            hint="types come from the contract, never from looking at the data.",
        )
    logical = str(node.value["logicalType"])
    written = str(node.value.get("physicalType") or "").upper()
    if logical == "date" and written.startswith(("TIMESTAMP", "DATETIME")):
        raise node.refuse(
            f"the column {name} is a date that holds a time, as in ODCS 3.0",
            found=f"logicalType: date with physicalType: {node.value['physicalType']}",
            expected="logicalType: timestamp",
        )
    return logical


def _physical_type(node: Node, role: Role, logical: str) -> str:
    """DuckDB's type of the column as it is kept."""
    kept = PHYSICAL_TYPES[logical]
    written = str(node.value.get("physicalType") or "")
    decimal = _DECIMAL.match(written.strip())
    if logical == "number" and decimal:
        precision, scale = int(decimal[1]), int(decimal[2])
        if not 1 <= precision <= 38 or scale > precision:
            raise node.child("physicalType").refuse(
                "no such decimal type", found=written, expected="DECIMAL(p,s) with p from 1 to 38 and s at most p"
            )
        return f"DECIMAL({precision},{scale})"
    if role is Role.SOURCE or not written or role is Role.ENTITY:
        return kept
    if _ALIASES.get(written.upper(), written.upper()) != kept:
        raise node.child("physicalType").refuse(
            f"a {logical} is not kept as that",
            found=written,
            expected=f"{kept}" + (" or DECIMAL(p,s)" if logical == "number" else ""),
        )
    return kept


def _classification(node: Node) -> str:
    if not node.has("classification"):
        return MOST_RESTRICTIVE
    written = str(node.value["classification"])
    if written not in TIERS:
        raise node.child("classification").refuse("no such tier", found=written, expected=one_of(TIERS, written))
    return written


def _hold_epoch(node: Node, logical: str, options: Mapping[str, Any]) -> None:
    """Refuse a count from 1970 that is not spelled as we read it, or stands where it means nothing."""
    form = str(options.get("format", ""))
    if not _COUNTED.search(form) or (logical == "string" and form not in EPOCHS):
        return
    where = node.child("logicalTypeOptions").child("format")
    if form not in EPOCHS:
        raise where.refuse(
            "no such way of writing an instant",
            found=form,
            expected="epoch_ms (a number of milliseconds since 1970, UTC), epoch_s (seconds), or a pattern",
        )
    if logical != "timestamp":
        raise where.refuse(
            "a number counted from 1970 is an instant",
            found=f"format: {form} of a column with logicalType: {logical}",
            expected="logicalType: timestamp",
            hint="take the day from it in the staging model.",
        )
    zone = options.get("defaultTimezone")
    if options.get("timezone") or zone not in (None, "UTC", "Etc/UTC"):
        name = "timezone" if options.get("timezone") else "defaultTimezone"
        raise (
            node.child("logicalTypeOptions")
            .child(name)
            .refuse(
                "a number counted from 1970 has no zone of its own: it is UTC",
                found=f"{name}: {shown(options[name])} with format: {form}",
                expected=f"format: {form} alone",
            )
        )


def _options(node: Node, logical: str) -> Mapping[str, Any]:
    """``logicalTypeOptions``, where some check or reader heeds them."""
    options: dict[str, Any] = node.value.get("logicalTypeOptions") or {}
    if logical in _NESTED_OPTIONS and options:
        name = next(iter(options))
        raise (
            node.child("logicalTypeOptions")
            .child(name)
            .refuse(
                f"not supported: {name} of an {logical}",
                found=f"{name}: {shown(options[name])}",
                hint="objects and arrays are kept as JSON text; say the rule as sql.",
            )
        )
    _hold_epoch(node, logical, options)
    if "pattern" in options:
        hold_pattern(node.child("logicalTypeOptions").child("pattern"))
    if options.get("minLength", 0) > options.get("maxLength", float("inf")):
        raise node.child("logicalTypeOptions").refuse(
            "no text can be that short and that long",
            found=f"minLength {options['minLength']}, maxLength {options['maxLength']}",
            expected="minLength at most maxLength",
        )
    return options
