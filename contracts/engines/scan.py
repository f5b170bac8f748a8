"""The one-scan verdict: the reference engine, in DuckDB.

Belongs here: each kind of check as DuckDB SQL, all record-local checks, row counts and the suspicion of
duplicates in one pass over the relation. Does not belong here: thresholds and results (``judging``),
guarding other people's SQL (``guard``).

Duplicates: ``count(distinct hash(key)) = count(key)`` proves that no key is repeated, and costs a third
of a ``count(distinct key)``; only where the two differ (repeated keys, or one collision of 64-bit hashes)
does a second query count exactly.

Two traps every predicate here is written around: a comparison with NULL is NULL, and in DuckDB NaN is
greater than every number (so ``x > 10`` sees it, ``x < 0`` does not, and ``x BETWEEN`` depends on the side).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from typing import TYPE_CHECKING, Any, assert_never

from contracts.checks import Check, Kind
from contracts.engines import guard, judging
from contracts.engines.judging import Measurement
from contracts.engines.sql import literal, quoted, text_literal
from contracts.results import Result, RuleResult, Verdict

if TYPE_CHECKING:
    import duckdb

ENGINE = "scan"
SAMPLES = 20
SHOWN = "data"
"""Name of the relation in the queries shown to people: no path of any machine."""

_QUOTES_VALUES = re.compile(r"\b(Conversion|Out of Range|Invalid Input) Error\b")
_COUNTS = re.compile(r"^\s*SELECT\s+count\(\s*\*\s*\)(?:\s+AS\s+\w+)?\s+FROM\s+", re.IGNORECASE)
"""The beginning of an sql rule that counts rows."""

_FOLDERS = re.compile(r"(?<![\w.])/(?:[^\s/'\"\\]+/)+")

FINITE_TYPES = frozenset({"DOUBLE", "FLOAT", "REAL", "DATE", "TIMESTAMP", "FLOAT8", "FLOAT4"})


def judge(
    connection: duckdb.DuckDBPyConnection, relation: str, checks: Sequence[Check], key: Sequence[str] = ()
) -> Verdict:
    """Judge ``relation`` in one pass.

    Args:
        connection: A connection that can read it; guarded (``guard.guarded_connection``) where the
            checks hold sql rules of a contract.
        relation: SQL of a table, view or ``read_parquet(...)``.
        checks: What is demanded.
        key: Columns that name a failing record in the samples; without it the failing values do.

    Returns:
        One result per check, in the order of ``checks``. A check that could not be run is an error,
        never passed.
    """
    import duckdb

    started = time.perf_counter()
    try:
        shape = judging.describe(connection, relation)
        measured, rows = _measure(connection, relation, checks, shape)
    except duckdb.Error as error:
        return Verdict(ENGINE, 0, judging.all_errors(checks, first_line(error)), time.perf_counter() - started)
    empty = judging.allows_empty(checks)
    results: list[RuleResult] = []
    for check in checks:
        detail = ""
        if check.kind is Kind.COLUMN:
            measurement, detail = judging.column_measurement(check, shape, shown_query(check))
        else:
            measurement = measured[check.id]
        result = judging.conclude(check, rows, measurement, empty=empty, detail=detail)
        if result.failed and check.kind is not Kind.COLUMN and result.result is not Result.ERROR:
            result = _with_samples(connection, relation, check, result, [k for k in key if k in shape])
        results.append(result)
    return Verdict(ENGINE, rows, tuple(results), time.perf_counter() - started)


# Predicates ---------------------------------------------------------------------------------


def record_predicate(check: Check, column_sql: str | None = None) -> str:
    """SQL that is TRUE for exactly the records that fail ``check``, FALSE for all others, never NULL.

    Args:
        check: A record-local check.
        column_sql: An expression to look at instead of the check's column.

    Raises:
        ValueError: One record alone cannot decide this check.
    """
    c = column_sql or (quoted(check.columns[0]) if check.columns else "")
    arguments = check.arguments
    match check.kind:
        case Kind.COLUMN | Kind.UNIQUE | Kind.ROW_COUNT | Kind.SQL:
            raise ValueError(f"{check.id} is no record-local check")
        case Kind.REQUIRED:
            return f"({c} IS NULL)"
        case Kind.MISSING:
            return _missing(c, arguments["values"])
        case Kind.VALID:
            return f"({c} IS NOT NULL AND NOT ({_valid(c, arguments)}))"
        case Kind.PATTERN:
            return f"({c} IS NOT NULL AND NOT {_matches(c, arguments['pattern'])})"
        case Kind.LENGTH:
            outside = _outside(f"length({c})", arguments)
            return f"({c} IS NOT NULL AND ({outside}))"
        case Kind.RANGE:
            outside = _outside(c, arguments)
            infinite = f"NOT isfinite({c}) OR " if _may_be_infinite(arguments) else ""
            return f"({c} IS NOT NULL AND ({infinite}{outside}))"
        case Kind.MULTIPLE:
            return f"({c} IS NOT NULL AND {_not_multiple(c, arguments)})"
        case Kind.FINITE:
            return f"({c} IS NOT NULL AND NOT isfinite({c}))"
        case _:
            assert_never(check.kind)


def _missing(c: str, values: Sequence[Any]) -> str:
    some = [literal(v) for v in values if v is not None]
    parts = [f"{c} IS NULL"] if None in values else []
    if some:
        parts.append(f"({c} IS NOT NULL AND {c} IN ({', '.join(some)}))")
    return f"({' OR '.join(parts)})"


def _valid(c: str, arguments: Mapping[str, Any]) -> str:
    parts = []
    if "values" in arguments:
        parts.append(f"{c} IN ({', '.join(literal(v) for v in arguments['values'])})")
    if "pattern" in arguments:
        parts.append(_matches(c, arguments["pattern"]))
    return " AND ".join(parts)


def _matches(c: str, pattern: str) -> str:
    return f"regexp_matches({c}, {text_literal(pattern)})"


def _outside(value: str, arguments: Mapping[str, Any]) -> str:
    signs = (("minimum", "<"), ("exclusive_minimum", "<="), ("maximum", ">"), ("exclusive_maximum", ">="))
    return " OR ".join(f"{value} {sign} {literal(arguments[name])}" for name, sign in signs if name in arguments)


def _may_be_infinite(arguments: Mapping[str, Any]) -> bool:
    kind = judging.canonical_type(str(arguments.get("physical_type", "")))
    if kind in FINITE_TYPES:
        return True
    bound = next((v for k, v in arguments.items() if k != "physical_type"), None)
    known = kind in judging.WHOLE or kind.startswith(("DECIMAL", "TIME"))
    return not known and not isinstance(bound, time_of_day) and isinstance(bound, (int, float, date, datetime, Decimal))


def _not_multiple(c: str, arguments: Mapping[str, Any]) -> str:
    of = arguments["of"]
    kind = judging.canonical_type(str(arguments.get("physical_type", "")))
    if kind in judging.WHOLE and float(of).is_integer():
        return f"{c} % {int(of)} <> 0"
    if kind.startswith("DECIMAL"):
        return f"{c} % CAST({Decimal(str(of)):f} AS DECIMAL(38, 10)) <> 0"
    ratio = f"(CAST({c} AS DOUBLE) / CAST({of!r} AS DOUBLE))"
    # NaN equals NaN here, so "more than the tolerance" would be false for it.
    return f"(NOT isfinite({ratio}) OR abs({ratio} - round({ratio})) > {judging.TOLERANCE} * greatest(1, abs({ratio})))"


# Measuring ----------------------------------------------------------------------------------


def _measure(
    connection: duckdb.DuckDBPyConnection, relation: str, checks: Sequence[Check], shape: Mapping[str, str]
) -> tuple[dict[str, Measurement], int]:
    import duckdb

    found: dict[str, Measurement] = {}
    scanned: list[Check] = []
    for check in checks:
        why = judging.obstacle(check, shape)
        if why:
            found[check.id] = Measurement(error=why, query=shown_query(check))
        elif check.kind is Kind.SQL:
            found[check.id] = _rule(connection, relation, check)
        elif check.kind not in {Kind.COLUMN, Kind.ROW_COUNT}:
            scanned.append(check)
        else:
            found[check.id] = Measurement(query=shown_query(check))
    try:
        rows, counted = _scan(connection, relation, scanned)
        found |= counted
    except duckdb.Error:
        # One expression spoils the whole pass: find out which, so that only it is an error.
        rows, _ = _scan(connection, relation, [])
        for check in scanned:
            try:
                found |= _scan(connection, relation, [check])[1]
            except duckdb.Error as error:
                found[check.id] = Measurement(error=first_line(error), query=shown_query(check))
    return found, rows


def _scan(
    connection: duckdb.DuckDBPyConnection, relation: str, checks: Sequence[Check]
) -> tuple[int, dict[str, Measurement]]:
    """One pass: number of records, and a measurement for each record-local and unique check."""
    columns = list(dict.fromkeys(c.columns[0] for c in checks if len(c.columns) == 1))
    asked = ["count(*)", *(f"count({quoted(c)})" for c in columns)]
    for check in checks:
        if check.kind is Kind.UNIQUE:
            there = _key_is_there(check)
            asked.append(f"count(DISTINCT hash({_key(check)})) FILTER (WHERE {there})")
            asked.append(f"count(*) FILTER (WHERE {there})")
        else:
            asked.append(f"count_if({record_predicate(check)})")
    row = connection.execute(f"SELECT {', '.join(asked)} FROM {relation}").fetchone()
    assert row is not None
    # count_if over no record at all is NULL, not 0.
    numbers = iter(int(n or 0) for n in row)
    rows = next(numbers)
    filled = {c: next(numbers) for c in columns}
    measured: dict[str, Measurement] = {}
    for check in checks:
        if check.kind is Kind.UNIQUE:
            distinct, keyed = next(numbers), next(numbers)
            failed = 0 if distinct == keyed else _repeated(connection, relation, check)
        else:
            failed = next(numbers)
        nulls = rows - filled[check.columns[0]] if len(check.columns) == 1 else None
        measured[check.id] = Measurement(failed, nulls, query=shown_query(check))
    return rows, measured


def _key(check: Check) -> str:
    return ", ".join(quoted(c) for c in check.columns)


def _key_is_there(check: Check) -> str:
    return " AND ".join(f"{quoted(c)} IS NOT NULL" for c in check.columns)


def _repeated_query(relation: str, check: Check) -> str:
    return (
        f"SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM {relation} "
        f"WHERE {_key_is_there(check)} GROUP BY {_key(check)} HAVING count(*) > 1)"
    )


def _repeated(connection: duckdb.DuckDBPyConnection, relation: str, check: Check) -> int:
    row = connection.execute(_repeated_query(relation, check)).fetchone()
    assert row is not None
    return int(row[0])


def _rule(connection: duckdb.DuckDBPyConnection, relation: str, check: Check) -> Measurement:
    import duckdb

    try:
        number = guard.one_number(connection, guard.rule_query(check, relation), guard.RULE_SECONDS)
    except duckdb.InterruptException:
        return Measurement(error=f"stopped after {guard.RULE_SECONDS:g} seconds", query=shown_query(check))
    except (duckdb.Error, ValueError) as error:
        return Measurement(error=first_line(error), query=shown_query(check))
    return Measurement(number=number, query=shown_query(check))


# For people ---------------------------------------------------------------------------------


def shown_query(check: Check, relation: str = SHOWN) -> str:
    """The check as a query of its own that anyone can run on the published file."""
    match check.kind:
        case Kind.COLUMN:
            return f"DESCRIBE SELECT {quoted(check.columns[0])} FROM {relation}"
        case Kind.ROW_COUNT:
            return f"SELECT count(*) FROM {relation}"
        case Kind.SQL:
            return guard.rule_query(check, relation)
        case Kind.UNIQUE:
            return _repeated_query(relation, check)
        case Kind.REQUIRED | Kind.MISSING | Kind.VALID | Kind.PATTERN:
            return f"SELECT count(*) FROM {relation} WHERE {record_predicate(check)}"
        case Kind.LENGTH | Kind.RANGE | Kind.MULTIPLE | Kind.FINITE:
            return f"SELECT count(*) FROM {relation} WHERE {record_predicate(check)}"
        case _:
            assert_never(check.kind)


def _with_samples(
    connection: duckdb.DuckDBPyConnection, relation: str, check: Check, result: RuleResult, key: Sequence[str]
) -> RuleResult:
    import duckdb

    if check.kind is Kind.ROW_COUNT:
        return result
    if check.kind is Kind.SQL:
        return _with_counted(connection, relation, check, result, key)
    columns = check.columns if check.kind is Kind.UNIQUE else tuple(key) or check.columns[:1]
    shown = ", ".join(map(quoted, columns))
    if check.kind is Kind.UNIQUE:
        asked = (
            f"SELECT {shown} FROM {relation} WHERE {_key_is_there(check)} "
            f"GROUP BY {shown} HAVING count(*) > 1 ORDER BY ALL LIMIT {SAMPLES}"
        )
    else:
        asked = (
            f"SELECT DISTINCT {shown} FROM {relation} WHERE {record_predicate(check)} "
            f"ORDER BY ALL NULLS LAST LIMIT {SAMPLES}"
        )
    try:
        return _sampled(result, columns, connection.execute(asked).fetchall())
    except duckdb.Error as error:
        return replace(result, detail=f"{result.detail}; samples could not be read: {first_line(error)}")


def _with_counted(
    connection: duckdb.DuckDBPyConnection, relation: str, check: Check, result: RuleResult, key: Sequence[str]
) -> RuleResult:
    """With the keys of what an sql rule counts, where its query is a count of rows that have some of the key."""
    import duckdb

    rows, found = _COUNTS.subn("SELECT * FROM ", str(check.arguments["query"]), count=1)
    if not found:
        return result
    counted = guard.rule_query(replace(check, arguments={**check.arguments, "query": rows}), relation)
    try:
        with guard.time_limit(connection, guard.RULE_SECONDS):
            given = judging.describe(connection, f"({counted})")
            columns = tuple(k for k in key if k in given)
            if not columns:
                return result
            shown = ", ".join(map(quoted, columns))
            asked = f"SELECT DISTINCT {shown} FROM ({counted}) ORDER BY ALL NULLS LAST LIMIT {SAMPLES}"
            return _sampled(result, columns, connection.execute(asked).fetchall())
    except duckdb.Error:
        return result  # a count of something that has no rows of its own


def _sampled(result: RuleResult, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> RuleResult:
    samples = tuple(_sample(row) for row in rows if any(v is not None for v in row))
    return replace(result, samples=samples, sampled=tuple(columns))


def _sample(row: tuple[Any, ...]) -> Any:
    values = [v.isoformat() if isinstance(v, (date, time_of_day)) else v for v in row]
    values = [v if isinstance(v, (str, int, bool)) or v is None else str(v) for v in values]
    return values[0] if len(values) == 1 else tuple(values)


def first_line(error: BaseException) -> str:
    """The first line of an engine's complaint, fit to be kept beside a release.

    Of a path it gives the file's name alone; of an error that quotes a record's value, its kind alone.
    """
    text = str(error).strip()
    line = text.splitlines()[0] if text else type(error).__name__
    quoting = _QUOTES_VALUES.search(line)
    if quoting and "file '" not in line:
        return f"{quoting[0]} in a record; the engine's message quotes values and is not kept"
    return _FOLDERS.sub("", line)[:300]
