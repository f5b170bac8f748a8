"""What a contract's schema demands: types, required, keys, ``logicalTypeOptions``.

Belongs here: each constraint of a column or a key as a draft of a check, its bounds in values of the column's
own type. Does not belong here: quality rules (``rule_drafts``), ids and sentences (``compile_checks``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from contracts.checks import Kind
from contracts.drafts import Draft
from contracts.errors import InputError
from contracts.model import Contract, Property

FLOATING = frozenset({"DOUBLE", "FLOAT", "REAL"})
NUMBERS = frozenset({"integer", "number"})
INSTANTS = frozenset({"date", "timestamp", "time"})

FORMATS: Mapping[str, str] = {
    "email": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "uuid": r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$",
    "hostname": r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$",
    "ipv4": r"^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])$",
}
"""String formats that say something checkable; the standard's other formats are context only."""

INTEGER_FORMATS: Mapping[str, tuple[int, int | None]] = {
    "i8": (-(2**7), 2**7 - 1),
    "i16": (-(2**15), 2**15 - 1),
    "i32": (-(2**31), 2**31 - 1),
    "u8": (0, 2**8 - 1),
    "u16": (0, 2**16 - 1),
    "u32": (0, 2**32 - 1),
    "u64": (0, None),
    "u128": (0, None),
}

BOUNDS: Mapping[str, str] = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
}


def column_constraints(contract: Contract, column: Property) -> Iterator[Draft]:
    """The drafts of one column's constraints.

    Raises:
        InputError: A bound is of the wrong type, or no value could keep it.
    """

    def draft(kind: Kind, arguments: Mapping[str, Any] | None = None) -> Draft:
        typed = {"physical_type": column.physical_type, **(arguments or {})}
        return Draft(kind, (column.name,), typed, column.place, on_property=True)

    yield draft(Kind.COLUMN)
    if column.required or column.primary_key_position is not None:
        yield draft(Kind.REQUIRED)
    options = column.options
    for pattern in _patterns(column):
        yield draft(Kind.PATTERN, {"pattern": pattern})
    length = {
        name: int(options[key]) for key, name in (("minLength", "minimum"), ("maxLength", "maximum")) if key in options
    }
    if length and length != {"minimum": 0}:
        _possible(column, "a length", length)
        yield draft(Kind.LENGTH, length)
    bounds = _bounds(column)
    if bounds:
        _possible(column, "a value", bounds)
        yield draft(Kind.RANGE, bounds)
    elif column.physical_type.upper() in FLOATING:
        yield draft(Kind.FINITE)
    if "multipleOf" in options and not (column.logical_type == "integer" and options["multipleOf"] == 1):
        yield draft(Kind.MULTIPLE, {"of": _multiple(column)})
    if column.unique and contract.primary_key != (column.name,):
        yield draft(Kind.UNIQUE)


def _patterns(column: Property) -> Iterator[str]:
    if "pattern" in column.options:
        yield str(column.options["pattern"])
    named = column.options.get("format")
    if column.logical_type == "string" and named in FORMATS:
        yield FORMATS[str(named)]


def key_constraints(contract: Contract) -> Iterator[Draft]:
    """The draft of the primary key, if there is one."""
    key = contract.primary_key
    if key:
        column = contract.object.column(key[0])
        assert column is not None
        arguments = {"physical_type": column.physical_type} if len(key) == 1 else {}
        yield Draft(Kind.UNIQUE, key, arguments, column.place, on_property=len(key) == 1)


def _bounds(column: Property) -> dict[str, Any]:
    """The range of ``logicalTypeOptions`` in Python values of the column's type."""
    options = column.options
    bounds: dict[str, Any] = {}
    if column.logical_type in NUMBERS:
        bounds = {name: _number(column, key, options[key]) for key, name in BOUNDS.items() if key in options}
        if column.logical_type == "integer":
            bounds = _integer_bounds(bounds)
            low, high = INTEGER_FORMATS.get(str(options.get("format")), (None, None))
            if low is not None:
                bounds["minimum"] = max(low, bounds.get("minimum", low))
            if high is not None:
                bounds["maximum"] = min(high, bounds.get("maximum", high))
    elif column.logical_type in INSTANTS:
        bounds = {name: _instant(column, key, options[key]) for key, name in BOUNDS.items() if key in options}
    return bounds


def _integer_bounds(bounds: Mapping[str, Any]) -> dict[str, Any]:
    """Whole bounds for a whole number: 0.5 as a minimum means 1."""
    whole: dict[str, Any] = {}
    for name, value in bounds.items():
        match name:
            case "minimum":
                whole[name] = math.ceil(value)
            case "exclusive_minimum":
                whole[name] = math.floor(value)
            case "maximum":
                whole[name] = math.floor(value)
            case _:
                whole[name] = math.ceil(value)
    return whole


def _possible(column: Property, what: str, bounds: Mapping[str, Any]) -> None:
    lows = [bounds[k] for k in ("minimum", "exclusive_minimum") if k in bounds]
    highs = [bounds[k] for k in ("maximum", "exclusive_maximum") if k in bounds]
    if lows and highs and max(lows) > min(highs):
        raise InputError(
            f"no value of {column.name} can keep its range",
            where=str(column.place),
            found=f"{what} of at least {max(lows)} and at most {min(highs)}",
            expected="a minimum that is not above the maximum",
        )


def _number(column: Property, key: str, value: Any) -> int | float | Decimal:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and math.isfinite(value):
        return value
    raise InputError(
        f"{key} of {column.name} is not a number", where=str(column.place), found=repr(value), expected="a number"
    )


def _multiple(column: Property) -> int | float | Decimal:
    of = _number(column, "multipleOf", column.options["multipleOf"])
    if of <= 0:
        raise InputError(
            f"multipleOf of {column.name} cannot be kept",
            where=str(column.place),
            found=str(of),
            expected="a number above zero",
        )
    return of


def _instant(column: Property, key: str, value: Any) -> date | datetime | time:
    """A bound of a date, time or timestamp column; a timestamp is naive UTC."""
    try:
        return to_instant(column.logical_type, value)
    except ValueError as error:
        raise InputError(
            f"{key} of {column.name} is not a {column.logical_type}",
            where=str(column.place),
            found=repr(value),
            expected="ISO 8601, such as 2020-01-31 or 2020-01-31T00:00:00",
        ) from error


def to_instant(logical_type: str, value: Any) -> date | datetime | time:
    """``value`` as a Python date, naive UTC datetime or time.

    Raises:
        ValueError: It is none.
    """
    if logical_type == "date":
        if isinstance(value, datetime):
            return value.date()
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    if logical_type == "time":
        return value if isinstance(value, time) else time.fromisoformat(str(value))
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
