"""Checks as Great Expectations' expectations, and a contract's suite as JSON.

Belongs here: which check becomes which expectation: GX's own wherever it has one. Does not belong here:
running them (``expectations``), what GX lacks (``gx_duckdb``). Imported only when GX is needed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from typing import Any, assert_never

from great_expectations.expectations.core.expect_column_proportion_of_unique_values_to_be_between import (
    ExpectColumnProportionOfUniqueValuesToBeBetween,
)
from great_expectations.expectations.core.expect_column_value_lengths_to_be_between import (
    ExpectColumnValueLengthsToBeBetween,
)
from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_column_values_to_be_unique import ExpectColumnValuesToBeUnique
from great_expectations.expectations.core.expect_column_values_to_not_be_in_set import ExpectColumnValuesToNotBeInSet
from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
from great_expectations.expectations.core.expect_compound_columns_to_be_unique import ExpectCompoundColumnsToBeUnique
from great_expectations.expectations.core.expect_table_row_count_to_be_between import ExpectTableRowCountToBeBetween

from contracts.checks import Check, Kind, Threshold
from contracts.engines import guard, gx_duckdb, judging
from contracts.engines.sql import quoted
from contracts.model import Contract

LARGEST = sys.float_info.max
FINITE: Mapping[str, tuple[Any, Any]] = {
    "DOUBLE": (-LARGEST, LARGEST),
    "FLOAT": (-LARGEST, LARGEST),
    "DATE": (date.min, date.max),
    "TIMESTAMP": (datetime.min, datetime.max),
}
"""Between these lies every value that is neither infinite nor NaN (DuckDB sorts NaN last)."""


def suite(contract: Contract, checks: Sequence[Check]) -> dict[str, Any]:
    """The expectation suite of ``contract`` as plain JSON, for auditors.

    Each expectation's ``meta`` names the check, its sentence, dimension, severity and threshold.
    Deterministic: no ids, no times.
    """
    entries = []
    for check in checks:
        for expectation in expectations_of(check):
            configuration = expectation.configuration
            kwargs = {k: v for k, v in configuration.kwargs.items() if k not in {"batch_id"}}
            entries.append(
                {"type": configuration.type, "kwargs": _plain(kwargs), "meta": _plain(_meta(check, full=True))}
            )
    return {
        "name": contract.id,
        "expectations": entries,
        "meta": {
            "contract": contract.id,
            "version": contract.version,
            "great_expectations": "1.24",
            "custom_expectations": "contracts.engines.gx_duckdb",
        },
    }


def _meta(check: Check, *, full: bool = False) -> dict[str, Any]:
    if not full:
        return {"check": check.id}
    return {
        "check": check.id,
        "sentence": check.text.default,
        "dimension": check.dimension,
        "severity": str(check.severity),
        "operator": check.threshold.operator,
        "value": check.threshold.value,
        "unit": check.threshold.unit,
    }


def expectations_of(check: Check) -> list[Any]:
    """The expectations that together count the failed records of ``check``."""
    meta = _meta(check)
    arguments = check.arguments
    column = check.columns[0] if check.columns else ""
    match check.kind:
        case Kind.COLUMN:
            return [gx_duckdb.ExpectColumnToHaveType(column=column, type_=str(arguments["physical_type"]), meta=meta)]
        case Kind.REQUIRED:
            return [ExpectColumnValuesToNotBeNull(column=column, meta=meta)]
        case Kind.MISSING:
            return _missing(column, arguments["values"], meta)
        case Kind.VALID:
            return [_valid(column, arguments, meta)]
        case Kind.PATTERN:
            return [gx_duckdb.ExpectColumnValuesToMatch(column=column, regex=arguments["pattern"], meta=meta)]
        case Kind.LENGTH:
            bounds = {f"{k[:3]}_value": v for k, v in arguments.items() if k in {"minimum", "maximum"}}
            return [ExpectColumnValueLengthsToBeBetween(column=column, meta=meta, **bounds)]
        case Kind.RANGE | Kind.FINITE:
            return [_bounded(column, check, meta)]
        case Kind.MULTIPLE:
            return [_multiple(column, arguments, meta)]
        case Kind.UNIQUE:
            return [_unique(check.columns, meta)]
        case Kind.ROW_COUNT:
            return [ExpectTableRowCountToBeBetween(meta=meta, **_count_bounds(check.threshold))]
        case Kind.SQL:
            return [_query(check, meta)]
        case _:
            assert_never(check.kind)


def quick_expectations_of(check: Check, slices: int = 1) -> list[Any]:
    """The expectations that tell whether ``check`` holds, where no record may fail it; they need not count.

    Counting the distinct values of a column asks for half of what grouping by it does. Over no value at all GX
    calls their proportion 0: ``expectations_of`` has the last word on every check that is said to be broken.
    Where there are too many keys to be held at once, each of ``slices`` expectations looks at a part of them.
    """
    meta = _meta(check)
    if check.kind is Kind.UNIQUE and slices > 1:
        return [_repeated(check.columns, (part, slices), meta) for part in range(slices)]
    if check.kind is Kind.UNIQUE and len(check.columns) == 1:
        column = check.columns[0]
        return [ExpectColumnProportionOfUniqueValuesToBeBetween(column=column, min_value=1, max_value=1, meta=meta)]
    return expectations_of(check)


def _repeated(columns: Sequence[str], part: tuple[int, int], meta: Mapping[str, Any]) -> Any:
    """No key of one part, the keys of equal remainder of their hash, stands twice."""
    names = ", ".join(map(quoted, columns))
    there = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in columns)
    query = (
        f"SELECT count(*) FROM (SELECT {names} FROM __cauce_batch__ WHERE {there} "
        f"AND hash({names}) % {part[1]} = {part[0]} GROUP BY {names} HAVING count(*) > 1)"
    )
    return gx_duckdb.ExpectQueryNumber(
        unexpected_rows_query=_for_batch(query, "__cauce_batch__"), operator="mustBe", value=0, meta=dict(meta)
    )


def _unique(columns: Sequence[str], meta: Mapping[str, Any]) -> Any:
    if len(columns) == 1:
        return ExpectColumnValuesToBeUnique(column=columns[0], meta=dict(meta))
    return ExpectCompoundColumnsToBeUnique(
        column_list=list(columns), ignore_row_if="any_value_is_missing", meta=dict(meta)
    )


def _missing(column: str, values: Iterable[Any], meta: Mapping[str, Any]) -> list[Any]:
    some = [v for v in values if v is not None]
    found: list[Any] = []
    if len(some) < len(list(values)):
        found.append(ExpectColumnValuesToNotBeNull(column=column, meta=dict(meta)))
    if some:
        found.append(ExpectColumnValuesToNotBeInSet(column=column, value_set=some, meta=dict(meta)))
    return found


def _valid(column: str, arguments: Mapping[str, Any], meta: Mapping[str, Any]) -> Any:
    values, regex = list(arguments.get("values", ())), arguments.get("pattern")
    if regex is None:
        return ExpectColumnValuesToBeInSet(column=column, value_set=values, meta=dict(meta))
    if not values:
        return gx_duckdb.ExpectColumnValuesToMatch(column=column, regex=regex, meta=dict(meta))
    return gx_duckdb.ExpectColumnValuesToBeValid(column=column, value_set=values, regex=regex, meta=dict(meta))


def _multiple(column: str, arguments: Mapping[str, Any], meta: Mapping[str, Any]) -> Any:
    kind = judging.canonical_type(str(arguments["physical_type"]))
    whole = kind in judging.WHOLE and float(arguments["of"]).is_integer()
    exact = whole or kind.startswith("DECIMAL")
    of: Any = str(Decimal(str(arguments["of"]))) if exact else float(arguments["of"])
    return gx_duckdb.ExpectColumnValuesToBeMultiples(column=column, of=of, exact=exact, meta=dict(meta))


def _bounded(column: str, check: Check, meta: Mapping[str, Any]) -> Any:
    bounds = _between(check)
    if judging.family(str(check.arguments["physical_type"])) != "time":
        return ExpectColumnValuesToBeBetween(column=column, meta=dict(meta), **bounds)
    return gx_duckdb.ExpectColumnValuesToBeTimesBetween(
        column=column,
        minimum=bounds["min_value"].isoformat() if "min_value" in bounds else None,
        maximum=bounds["max_value"].isoformat() if "max_value" in bounds else None,
        strict_minimum=bounds.get("strict_min", False),
        strict_maximum=bounds.get("strict_max", False),
        meta=dict(meta),
    )


def _between(check: Check) -> dict[str, Any]:
    """GX's bounds. A type that knows infinity always gets both, so that it and NaN fall outside."""
    arguments = check.arguments
    bounds: dict[str, Any] = {}
    lows = [(arguments[k], k == "exclusive_minimum") for k in ("minimum", "exclusive_minimum") if k in arguments]
    highs = [(arguments[k], k == "exclusive_maximum") for k in ("maximum", "exclusive_maximum") if k in arguments]
    if lows:
        bounds["min_value"], bounds["strict_min"] = max(lows)
    if highs:
        value = min(v for v, _ in highs)
        bounds["max_value"], bounds["strict_max"] = value, (value, True) in highs
    least, most = FINITE.get(judging.canonical_type(str(arguments["physical_type"])), (None, None))
    if least is not None:
        bounds.setdefault("min_value", least)
        bounds.setdefault("max_value", most)
    return {k: float(v) if isinstance(v, Decimal) else v for k, v in bounds.items()}


def _count_bounds(threshold: Threshold) -> dict[str, Any]:
    """As much of a row-count threshold as GX can say; ``judging`` has the last word."""
    value = threshold.value
    if isinstance(value, tuple):
        return {"min_value": value[0], "max_value": value[1]} if threshold.operator == "mustBeBetween" else {}
    match threshold.operator:
        case "mustBe":
            return {"min_value": value, "max_value": value}
        case "mustBeGreaterThan":
            return {"min_value": value, "strict_min": True}
        case "mustBeGreaterOrEqualTo":
            return {"min_value": value}
        case "mustBeLessThan":
            return {"max_value": value, "strict_max": True}
        case "mustBeLessOrEqualTo":
            return {"max_value": value}
    return {"min_value": 0}


def _query(check: Check, meta: Mapping[str, Any]) -> Any:
    """A rule's own SQL."""
    marker = "__cauce_batch__"
    query = _for_batch(guard.rule_query(check, marker), marker)
    value = check.threshold.value
    return gx_duckdb.ExpectQueryNumber(
        unexpected_rows_query=query,
        operator=check.threshold.operator,
        value=list(value) if isinstance(value, tuple) else value,
        meta=dict(meta),
    )


def _for_batch(query: str, marker: str) -> str:
    """``query`` as GX takes it: it fills in ``{batch}`` where ``marker`` stands, so every other brace is doubled."""
    return query.replace("{", "{{").replace("}", "}}").replace(marker, "{batch}")


def _plain(value: Any) -> Any:
    """``value`` in JSON's own types."""

    def other(item: Any) -> Any:
        if isinstance(item, (date, datetime, time_of_day)):
            return item.isoformat()
        if isinstance(item, (tuple, set, frozenset)):
            return list(item)
        return str(item)

    return json.loads(json.dumps(value, default=other, sort_keys=True))
