"""Types from the contract, in SQL: what was received, as the contract's types, or the finding that it is none.

Belongs here: one expression per column, strict where DuckDB's casts are generous (``1.5`` to an integer,
``1_000``, ``0x1F``, a decimal that loses digits, ``epoch`` as a date, a two-digit year for ``yyyy``).
Does not belong here: how a file is read (``readers``), the contract's rules (``door``).

Three layers, each a SELECT over the one before: what was received (``raw``, and ``text`` to be read),
``parsed``, and the typed column under the contract's name. A record fails ``<column>.type`` where
something was received and the typed column is NULL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.columns import EPOCHS
from contracts.engines.sql import quoted, text_literal
from contracts.errors import InputError
from contracts.model import Contract, Property
from orchestration.ingest import zones
from orchestration.ingest.patterns import has_offset, strptime_formats

OLDEST_YEAR = "TIMESTAMP '1000-01-01'"
ISO_DATES = ("%Y-%m-%d",)
ISO_TIMES = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M")
ISO_TIMESTAMPS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")
WHOLE_TYPES = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "HUGEINT"}
    | {"UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
)
FLOAT_EXACT = {"DOUBLE": 2**53, "FLOAT": 2**24, "REAL": 2**24}
"""Up to this size every whole number is itself; beyond, a floating-point type would change its digits."""
TRUE_WORDS = ("true", "t", "yes", "y", "1")
FALSE_WORDS = ("false", "f", "no", "n", "0")
DIGITS = r"\s*[+-]?[0-9]+\s*"
WHOLE_COUNT = r"\s*[+-]?[0-9]+(\.0+)?\s*"
OLDEST_SECOND, NEWEST_SECOND = -30_610_224_000, 253_402_300_799
"""Seconds from 1970 to the first of the year 1000, and to the last of the year 9999."""


def raw_name(position: int) -> str:
    """Name of the column that holds what was received for column ``position`` of the contract."""
    return f"__received_{position}"


def text_name(position: int) -> str:
    """Name of the column that holds the text to be read for column ``position``."""
    return f"__text_{position}"


def parsed_name(position: int) -> str:
    """Name of the column that holds the half-way value of column ``position``."""
    return f"__parsed_{position}"


@dataclass(frozen=True)
class TypedColumn:
    """SQL for one column. ``parsed`` is over the text, ``value`` over the text and the parsed column.

    ``skipped_hour`` is SQL (or None) that tells a local time that does not exist from other failures.
    """

    name: str
    parsed: str
    value: str
    failed: str
    skipped_hour: str | None = None


def type_check_id(column: str) -> str:
    """Id of the check that a column's values can be read as its type."""
    return f"{column}.type"


def typed_columns(contract: Contract, decimal: str) -> tuple[TypedColumn, ...]:
    """The columns of ``contract``, read from text.

    Args:
        contract: The source's contract.
        decimal: The decimal sign of its file.

    Raises:
        InputError: A date pattern or a time zone that is not known.
    """
    return tuple(read_text(column, position, decimal) for position, column in enumerate(contract.columns))


def read_text(column: Property, position: int, decimal: str = ".") -> TypedColumn:
    """``column`` read from its text.

    Raises:
        InputError: A date pattern or a time zone that is not known.
    """
    text, parsed = text_name(position), parsed_name(position)
    made: tuple[str, str, str | None]
    match column.logical_type:
        case "string":
            direct = _is_text(column)
            made = ("NULL", text, None) if direct else (f"TRY_CAST({text} AS {column.physical_type})", parsed, None)
        case "integer" | "number":
            sign = decimal if column.logical_type == "number" else "."
            made = (*_number(column, text, parsed, sign), None)
        case "boolean":
            made = ("NULL", _boolean(text), None)
        case "date":
            read = _strptime(text, _formats(column, ISO_DATES))
            made = (read, f"CAST({_guarded(text, parsed)} AS DATE)", None)
        case "time":
            read = _strptime(text, _formats(column, ISO_TIMES))
            made = (read, f"CAST({_unless_word(text, parsed)} AS TIME)", None)
        case "timestamp":
            made = _timestamp(column, text, parsed)
        case "object" | "array":
            kind = column.logical_type.upper()
            valid = f"CASE WHEN json_valid({text}) THEN json_type({text}) END"
            made = (valid, f"CASE WHEN {parsed} = '{kind}' THEN {text} END", None)
        case _:
            raise InputError(
                "a column's logical type is not read from files", where=str(column.place), found=column.logical_type
            )
    return TypedColumn(column.name, made[0], made[1], failed(column, position), made[2])


def failed(column: Property, position: int) -> str:
    """SQL that is true where something was received for ``column`` and is not of its type."""
    return f"({raw_name(position)} IS NOT NULL AND {quoted(column.name)} IS NULL)"


def _is_text(column: Property) -> bool:
    return column.physical_type.upper().startswith(("VARCHAR", "TEXT", "STRING", "CHAR"))


def _number(column: Property, text: str, parsed: str, decimal: str) -> tuple[str, str]:
    kind = column.physical_type.upper().replace(" ", "")
    if decimal != ".":
        text = f"(CASE WHEN NOT contains({text}, '.') THEN replace({text}, {text_literal(decimal)}, '.') END)"
    cast = f"TRY_CAST({text} AS {column.physical_type})"
    same = f"CAST({parsed} AS VARCHAR) = {text}"
    if kind in WHOLE_TYPES:
        return cast, f"CASE WHEN {same} OR regexp_full_match({text}, '{DIGITS}') THEN {parsed} END"
    if kind.startswith(("DECIMAL", "NUMERIC")):
        scale = int(kind.rstrip(")").rsplit(",", 1)[1]) if "," in kind else 3 if "(" not in kind else 0
        exact = rf"\s*[+-]?[0-9]*(\.[0-9]{{0,{scale}}}0*)?\s*"
        return cast, f"CASE WHEN {same} OR regexp_full_match({text}, '{exact}') THEN {parsed} END"
    limit = FLOAT_EXACT.get(kind, 2**53)
    return cast, (
        f"CASE WHEN contains({text}, '_') THEN NULL"
        f" WHEN isinf({parsed}) AND NOT contains(lower({text}), 'inf') THEN NULL"
        f" WHEN abs({parsed}) > {limit} AND regexp_full_match({text}, '{DIGITS}') THEN NULL"
        f" ELSE {parsed} END"
    )


def _boolean(text: str) -> str:
    word = f"lower(trim({text}))"
    true = ", ".join(map(text_literal, TRUE_WORDS))
    false = ", ".join(map(text_literal, FALSE_WORDS))
    return f"CASE WHEN {word} IN ({true}) THEN TRUE WHEN {word} IN ({false}) THEN FALSE END"


def _formats(column: Property, standard: Sequence[str]) -> tuple[str, ...]:
    pattern = column.options.get("format")
    return strptime_formats(str(pattern), column.place) if pattern else tuple(standard)


def _strptime(text: str, formats: Sequence[str]) -> str:
    literals = ", ".join(map(text_literal, formats))
    return f"try_strptime({text}, {literals if len(formats) == 1 else f'[{literals}]'})"


def _unless_word(text: str, parsed: str) -> str:
    """``parsed``, unless it came of a word: strptime takes "epoch" and "infinity" for 1900-01-01."""
    word = f"regexp_matches({text}, '(?i)epoch|inf')"
    return f"CASE WHEN {parsed} = TIMESTAMP '1900-01-01' AND {word} THEN NULL ELSE {parsed} END"


def _guarded(text: str, parsed: str) -> str:
    """``parsed``, unless it came of a word or of a year with fewer than four digits."""
    word = f"regexp_matches({text}, '(?i)epoch|inf')"
    return (
        f"CASE WHEN {parsed} < {OLDEST_YEAR} OR ({parsed} = TIMESTAMP '1900-01-01' AND {word}) "
        f"THEN NULL ELSE {parsed} END"
    )


def _timestamp(column: Property, text: str, parsed: str) -> tuple[str, str, str | None]:
    """Timestamps as the source writes them, then as naive UTC."""
    pattern = column.options.get("format")
    if pattern in EPOCHS:
        counted = f"CASE WHEN regexp_full_match({text}, '{WHOLE_COUNT}') THEN TRY_CAST({text} AS DECIMAL(38, 9)) END"
        return counted, from_epoch(parsed, EPOCHS[str(pattern)]), None
    guarded = _guarded(text, parsed)
    if has_offset(str(pattern)) if pattern else column.options.get("timezone"):
        formats = _formats(column, tuple(f"{f}%z" for f in ISO_TIMESTAMPS))
        zulu = f"(CASE WHEN ends_with({text}, 'Z') THEN left({text}, -1) || '+00:00' ELSE {text} END)"
        return f"timezone('UTC', {_strptime(zulu, formats)})", guarded, None
    read = _strptime(text, _formats(column, ISO_TIMESTAMPS))
    utc = zones.to_utc(parsed, default_zone(column), column.place)
    if utc == parsed:
        return read, guarded, None
    return read, f"CASE WHEN ({guarded}) IS NOT NULL THEN {utc} END", f"({guarded}) IS NOT NULL"


def from_epoch(count: str, per_second: int) -> str:
    """SQL for the UTC time of a number counted from 1970, NULL before the year 1000 and after 9999.

    Args:
        count: SQL of a number that is whole.
        per_second: How many of it make a second.
    """
    inside = f"{count} >= {OLDEST_SECOND * per_second} AND {count} < {(NEWEST_SECOND + 1) * per_second}"
    return f"CASE WHEN {inside} THEN make_timestamp(CAST({count} * {1_000_000 // per_second} AS BIGINT)) END"


def default_zone(column: Property) -> str:
    """The zone in which a timestamp without an offset is meant; UTC where the contract names none."""
    return str(column.options.get("defaultTimezone") or "UTC")
