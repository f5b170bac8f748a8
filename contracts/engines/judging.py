"""From what an engine measured to what a rule said: one place for all engines.

Belongs here: the relation's shape, why a check can't be run on it, thresholds, severities, "vacuous".
Does not belong here: measuring; each engine counts in its own way, so that agreement says something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, assert_never

from contracts.checks import Check, Kind, Threshold
from contracts.model import Severity
from contracts.results import Result, RuleResult

if TYPE_CHECKING:
    import duckdb

ALIASES: Mapping[str, str] = {
    "TEXT": "VARCHAR",
    "STRING": "VARCHAR",
    "CHAR": "VARCHAR",
    "BPCHAR": "VARCHAR",
    "INT8": "BIGINT",
    "LONG": "BIGINT",
    "INT": "INTEGER",
    "INT4": "INTEGER",
    "INT2": "SMALLINT",
    "INT1": "TINYINT",
    "FLOAT8": "DOUBLE",
    "FLOAT4": "FLOAT",
    "REAL": "FLOAT",
    "BOOL": "BOOLEAN",
    "DATETIME": "TIMESTAMP",
    "DOUBLE PRECISION": "DOUBLE",
    "DOUBLE_PRECISION": "DOUBLE",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
    "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
    "TIME WITHOUT TIME ZONE": "TIME",
    "DECIMAL": "DECIMAL(18,3)",
    "NUMERIC": "DECIMAL(18,3)",
}
TOLERANCE = 1e-9
"""Relative: how far a DOUBLE may be from a multiple and still be one (0.3 is a multiple of 0.1)."""

WHOLE = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
    | {"UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
)
FLOATING = frozenset({"DOUBLE", "FLOAT"})

ALLOWS_EMPTY = frozenset({"mustBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeBetween"})
"""Row-count operators that say something about the least number of records."""


@dataclass(frozen=True)
class Measurement:
    """What an engine counted for one check. ``error``: why it could not."""

    failed: int = 0
    nulls: int | None = None
    number: float | None = None
    error: str = ""
    query: str = ""
    samples: tuple[Any, ...] = ()


def canonical_type(physical_type: str) -> str:
    """``physical_type`` as DuckDB itself would say it."""
    upper = " ".join(physical_type.upper().split()).replace(", ", ",").replace(" (", "(")
    name, bracket, rest = upper.partition("(")
    if name == "NUMERIC" and bracket:
        return f"DECIMAL({rest}"
    if name in {"VARCHAR", "CHAR", "TEXT"} and bracket:
        return "VARCHAR"
    return ALIASES.get(upper, upper)


def family(physical_type: str) -> str:
    """``text``, ``number``, ``boolean``, ``date``, ``timestamp``, ``time`` or the type itself."""
    kind = canonical_type(physical_type)
    if kind in WHOLE or kind in FLOATING or kind.startswith("DECIMAL"):
        return "number"
    known = {"VARCHAR": "text", "BOOLEAN": "boolean", "DATE": "date", "TIME": "time", "TIMESTAMP": "timestamp"}
    return known.get(kind, kind)


def describe(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Column to physical type of ``relation``, in its order.

    Raises:
        duckdb.Error: It cannot be read.
    """
    rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def obstacle(check: Check, shape: Mapping[str, str]) -> str:
    """Why ``check`` cannot be run on a relation of this shape; empty where it can.

    ``column`` checks always can: telling is what they are for. ``sql`` rules are tried as they are.
    """
    if check.kind is Kind.COLUMN:
        return ""
    for name in check.columns:
        if name not in shape:
            return f"column {name} is missing"
    if check.kind is Kind.SQL or not check.columns:
        return ""
    needed = _needs(check)
    found = shape[check.columns[0]]
    if needed and family(found) not in needed:
        return f"column {check.columns[0]} holds {found}, the rule needs {' or '.join(sorted(needed))}"
    return ""


def _needs(check: Check) -> frozenset[str]:
    arguments = check.arguments
    match check.kind:
        case Kind.PATTERN | Kind.LENGTH:
            return frozenset({"text"})
        case Kind.MULTIPLE | Kind.FINITE:
            return frozenset({"number"})
        case Kind.RANGE:
            return _family_of(next(v for k, v in sorted(arguments.items()) if k != "physical_type"))
        case Kind.VALID | Kind.MISSING:
            if "pattern" in arguments:
                return frozenset({"text"})
            values = [v for v in arguments["values"] if v is not None]
            return _family_of(values[0]) if values else frozenset()
        case Kind.COLUMN | Kind.REQUIRED | Kind.UNIQUE | Kind.ROW_COUNT | Kind.SQL:
            return frozenset()
        case _:
            assert_never(check.kind)


def _family_of(value: object) -> frozenset[str]:
    if isinstance(value, bool):
        return frozenset({"boolean"})
    if isinstance(value, (int, float, Decimal)):
        return frozenset({"number"})
    if isinstance(value, datetime):
        return frozenset({"timestamp"})
    if isinstance(value, date):
        return frozenset({"date"})
    if isinstance(value, time):
        return frozenset({"time"})
    return frozenset({"text"})


def column_measurement(check: Check, shape: Mapping[str, str], query: str = "") -> tuple[Measurement, str]:
    """A ``column`` check against a shape, and what was found, in words."""
    name = check.columns[0]
    expected = canonical_type(str(check.arguments["physical_type"]))
    if name not in shape:
        return Measurement(failed=1, query=query), f"column {name} is absent"
    found = canonical_type(shape[name])
    if found != expected:
        return Measurement(failed=1, query=query), f"column {name} holds {found}, expected {expected}"
    return Measurement(query=query), ""


def allows_empty(checks: Iterable[Check]) -> bool:
    """Whether a row-count rule says in so many words that no record at all is fine."""
    counts = [c for c in checks if c.kind is Kind.ROW_COUNT]
    speaking = [c for c in counts if c.threshold.operator in ALLOWS_EMPTY]
    return bool(speaking) and all(c.threshold.holds(0) for c in counts)


def conclude(check: Check, rows: int, measured: Measurement, *, empty: bool, detail: str = "") -> RuleResult:
    """The rule's result.

    Args:
        check: The rule.
        rows: Records examined.
        measured: What the engine counted.
        empty: Whether the contract allows a table without records.
        detail: What to say beside the counts.
    """
    if measured.error:
        return RuleResult(check.id, Result.ERROR, rows, 0, measured.nulls, None, (), measured.error, measured.query)
    value, compared, failed = _value(check, rows, measured)
    if rows == 0 and check.kind not in {Kind.COLUMN, Kind.ROW_COUNT} and not empty:
        return RuleResult(
            check.id, Result.VACUOUS, 0, 0, measured.nulls, None, (), "no record to examine", measured.query
        )
    if check.threshold.holds(compared) if check.kind is not Kind.COLUMN else failed == 0:
        outcome = Result.PASSED
    else:
        outcome = Result.FAILED if check.severity is Severity.ERROR else Result.WARNED
    return RuleResult(
        check_id=check.id,
        result=outcome,
        examined=rows,
        failed=failed,
        nulls=measured.nulls,
        value=value,
        samples=measured.samples,
        detail=detail or _detail(check, rows, failed, value),
        query=measured.query,
    )


def _value(check: Check, rows: int, measured: Measurement) -> tuple[float | None, float, int]:
    """The value to show, the value to compare, and the number of failed records."""
    if check.kind is Kind.ROW_COUNT:
        return float(rows), float(rows), 0 if check.threshold.holds(rows) else 1
    if check.kind is Kind.SQL:
        number = measured.number if measured.number is not None else 0.0
        return number, number, 0 if check.threshold.holds(number) else 1
    if check.threshold == Threshold():
        return None, float(measured.failed), measured.failed
    share = 100.0 * measured.failed / rows if rows else 0.0
    value = share if check.threshold.unit == "percent" else float(measured.failed)
    return value, value, measured.failed


def _detail(check: Check, rows: int, failed: int, value: float | None) -> str:
    if value is not None:
        unit = " %" if check.threshold.unit == "percent" else ""
        wanted = check.threshold.value
        shown = f"{wanted[0]:g} and {wanted[1]:g}" if isinstance(wanted, tuple) else f"{wanted:g}"
        return f"{value:.6g}{unit}; {check.threshold.operator} {shown}{unit}"
    return f"{failed} of {rows} records fail" if failed else ""


def all_errors(checks: Sequence[Check], message: str) -> tuple[RuleResult, ...]:
    """Every check as an error: the relation could not be read at all."""
    return tuple(conclude(c, 0, Measurement(error=message), empty=False) for c in checks)
