"""What a contract's quality rules demand: each rule as a draft of a check, or refused.

Belongs here: the five library metrics and sql, their arguments in values of the column's type, the rule that
could never fail. Does not belong here: reading YAML (``rules``), constraints of the schema (``constraints``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from contracts.checks import Kind
from contracts.constraints import INSTANTS, NUMBERS, to_instant
from contracts.drafts import Draft
from contracts.engines import guard
from contracts.engines.sql import quoted
from contracts.errors import InputError
from contracts.model import Contract, Property, QualityRule


def column_rules(contract: Contract, column: Property) -> Iterator[Draft]:
    """The drafts of one column's rules.

    Raises:
        InputError: A rule has no meaning for the column, or could never fail.
    """
    for rule in column.quality:
        if _is_text(rule):
            continue
        if rule.type == "sql":
            yield _sql(contract, rule, column)
            continue
        kind, arguments = _library(rule, column)
        typed = {"physical_type": column.physical_type, **arguments}
        yield Draft(kind, (column.name,), typed, rule.place, on_property=True, from_rule=rule)


def _library(rule: QualityRule, column: Property) -> tuple[Kind, dict[str, Any]]:
    match rule.metric:
        case "nullValues":
            return Kind.REQUIRED, {}
        case "missingValues":
            return Kind.MISSING, {"values": _missing_values(rule, column)}
        case "invalidValues":
            return Kind.VALID, _validity(rule, column)
        case "duplicateValues":
            return Kind.UNIQUE, {}
    raise InputError(
        f"metric {rule.metric} has no meaning for one column",
        where=str(rule.place),
        found=f"{rule.metric} on column {column.name}",
        expected="nullValues, missingValues, invalidValues or duplicateValues",
        hint="move the rule to the quality list of the schema object.",
    )


def _missing_values(rule: QualityRule, column: Property) -> tuple[Any, ...]:
    given = rule.arguments.get("missingValues")
    if not isinstance(given, (list, tuple)) or not given:
        raise InputError(
            "missingValues needs the values that count as missing",
            where=str(rule.place),
            expected="arguments: {missingValues: [null, '', 'N/A']}",
        )
    values: list[Any] = []
    for value in given:
        typed = None if value is None else _value(rule, column, value, strict=False)
        if value is None or typed is not None:
            values.append(typed)
    if not values:
        raise InputError(
            "a rule that can never fail",
            where=str(rule.place),
            found=f"missing values that no {column.logical_type} can be",
            expected=f"values of type {column.logical_type}, or null",
        )
    return tuple(values)


def _validity(rule: QualityRule, column: Property) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    given = rule.arguments.get("validValues")
    if isinstance(given, (list, tuple)) and given:
        # Null is never invalid (that is nullValues' question), so null in the list changes nothing.
        values = [_value(rule, column, v, strict=True) for v in given if v is not None]
        if values:
            arguments["values"] = tuple(values)
    if rule.arguments.get("pattern"):
        if column.logical_type != "string":
            raise InputError(
                "a pattern needs text",
                where=str(rule.place),
                found=f"a {column.logical_type} column",
                expected="a string column",
            )
        arguments["pattern"] = str(rule.arguments["pattern"])
    if not arguments:
        raise InputError(
            "invalidValues does not say what is valid",
            where=str(rule.place),
            expected="arguments: {validValues: [...]} or {pattern: '...'}",
        )
    return arguments


def _value(rule: QualityRule, column: Property, value: Any, *, strict: bool) -> Any:
    """``value`` in the column's type. Unless ``strict``, what can't be of that type is None."""
    kind = column.logical_type
    if kind in INSTANTS:
        try:
            return to_instant(kind, value)
        except ValueError:
            pass
    elif kind in NUMBERS:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
    elif kind == "boolean":
        if isinstance(value, bool):
            return value
    elif isinstance(value, str):
        return value
    if not strict:
        return None
    raise InputError(
        f"a valid value of {column.name} has the wrong type",
        where=str(rule.place),
        found=repr(value),
        expected=f"{kind}, such as '{value}' in quotes" if kind == "string" else kind,
    )


def table_rules(contract: Contract) -> Iterator[Draft]:
    """The drafts of the table's own rules.

    Raises:
        InputError: A rule has no meaning for a whole table, or names an unknown column.
    """
    for rule in contract.object.quality:
        if _is_text(rule):
            continue
        if rule.type == "sql":
            yield _sql(contract, rule, None)
        elif rule.metric == "rowCount":
            yield Draft(Kind.ROW_COUNT, (), {}, rule.place, on_property=False, from_rule=rule)
        elif rule.metric == "duplicateValues":
            key = _key_of(contract, rule)
            single = contract.object.column(key[0]) if len(key) == 1 else None
            arguments = {"physical_type": single.physical_type} if single else {}
            yield Draft(Kind.UNIQUE, key, arguments, rule.place, on_property=len(key) == 1, from_rule=rule)
        else:
            raise InputError(
                f"metric {rule.metric} has no meaning for a whole table",
                where=str(rule.place),
                found=f"{rule.metric} on {contract.object.name}",
                expected="rowCount or duplicateValues",
                hint="move the rule to the quality list of the column it is about.",
            )


def _key_of(contract: Contract, rule: QualityRule) -> tuple[str, ...]:
    names = rule.arguments.get("properties")
    if not isinstance(names, (list, tuple)) or not names:
        raise InputError(
            "duplicateValues of a table does not say which columns make the key",
            where=str(rule.place),
            expected="arguments: {properties: [column, ...]}",
        )
    for name in names:
        if contract.object.column(str(name)) is None:
            raise InputError(
                "a rule names a column the contract does not have",
                where=str(rule.place),
                found=str(name),
                expected=", ".join(c.name for c in contract.columns),
            )
    return tuple(str(n) for n in names)


def _is_text(rule: QualityRule) -> bool:
    """Text documents; anything that is neither library nor sql cannot be run and is refused."""
    if rule.type == "custom":
        engine = rule.arguments.get("engine", "unknown")
        raise InputError(
            f"not supported: custom rule of engine {engine}",
            where=str(rule.place),
            expected="type library, sql or text",
            hint="say the rule as sql.",
        )
    return rule.type == "text"


PLACEHOLDER = re.compile(r"\$?\{\s*(object|table|property|column)\s*\}")


def _sql(contract: Contract, rule: QualityRule, column: Property | None) -> Draft:
    def fill(found: re.Match[str]) -> str:
        if found[1] in {"object", "table"}:
            return quoted(contract.object.name)
        if column is None:
            raise InputError(
                f"{found[0]} stands in a rule of the whole table",
                where=str(rule.place),
                expected="{object}",
                hint="name the column, or move the rule to the column's quality list.",
            )
        return quoted(column.name)

    query = PLACEHOLDER.sub(fill, rule.query or "").strip().rstrip(";").strip()
    names = guard.validate_rule_sql(query, rule.place, tables=(contract.object.name,))
    known = [c.name for c in contract.columns]
    folded = {n.casefold() for n in names.columns}
    used = tuple(n for n in known if names.star or n.casefold() in folded)
    if column is not None and column.name not in used:
        used = (column.name, *used)
    arguments = {"query": query, "object": contract.object.name}
    return Draft(Kind.SQL, used, arguments, rule.place, on_property=column is not None, from_rule=rule)
