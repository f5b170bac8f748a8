"""Each check shown able to fail: a record that keeps it, the same record broken, and the scan's word on both.

Belongs here: how to break a check of each kind, and the proof. Does not belong here: judging (``engines``), the
sentences that say what was done (``mutation_words``). A mutation is made from what the contract says (a bound
and one step beyond it, a valid value and one that is none), never from the predicate under proof; a ``sql`` rule
brings its own failing example.

The proof works on at most a hundred records copied into a temporary table, so that it is cheap enough to
stand beside every release; its sentences name no value of any record.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import TYPE_CHECKING, Any, assert_never

from contracts.checks import Check, Kind, Threshold
from contracts.engines import judging, scan, specimen
from contracts.engines.sql import literal, quoted
from contracts.errors import InputError
from contracts.model import EMPTY, Contract, Text
from contracts.mutation_words import DONE
from contracts.results import Result

if TYPE_CHECKING:
    import duckdb

BASE = "cauce_proof_base"
GOOD = "cauce_proof_good"
BROKEN = "cauce_proof_broken"
RECORDS = 100
MOST_RECORDS = 2_000_000

ODD_TEXTS = ("", " ", "?", "0", "a", "A", "\u0007", "not a value", "¿?", "-", "x" * 300)
"""Tried in turn where a text must not match a pattern."""

SAMPLES: Mapping[str, tuple[Any, ...]] = {
    "text": ("a value", "another value", "a third value"),
    "number": (1, 2, 3, 0, -1),
    "boolean": (True, False),
    "date": (date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3)),
    "timestamp": (datetime(2020, 1, 1), datetime(2020, 1, 2), datetime(2020, 1, 3)),
    "time": (time_of_day(12), time_of_day(13), time_of_day(14)),
}


@dataclass(frozen=True)
class Proof:
    """Whether a check was shown able to fail.

    Attributes:
        sentence: What was done to a record, or to the table, in English.
        caught: The scan passed the table before and failed it after.
        detail: Why not, where it was not.
        translations: ``sentence`` in other languages.
    """

    sentence: str
    caught: bool
    detail: str = ""
    translations: Mapping[str, str] = EMPTY

    @property
    def text(self) -> Text:
        """``sentence`` with its translations."""
        return Text(self.sentence, self.translations)


@dataclass(frozen=True)
class Mutant:
    """Two tables for one check: ``good`` keeps it (None where the check is about the whole), ``broken`` does not."""

    good: str | None
    broken: str
    done: str


class Unbreakable(ValueError):
    """No mutation of this kind could be made; the check may never fail."""


def prove(
    connection: duckdb.DuckDBPyConnection, relation: str, contract: Contract, checks: Sequence[Check]
) -> dict[str, Proof]:
    """Show, check by check, that the scan fails a table in which the check is broken.

    Args:
        connection: A connection that can read ``relation`` and make temporary tables.
        relation: The table judged; a few of its records serve as material. May be empty.
        contract: The contract of ``checks``.
        checks: What to prove; those with a column the relation lacks should have been left out.

    Returns:
        A proof for every check, by its id. One that is not ``caught`` says why.
    """
    import duckdb

    proofs: dict[str, Proof] = {}
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {BASE} AS SELECT * FROM {relation} LIMIT {RECORDS}")
    try:
        for check in checks:
            try:
                mutant = mutate(connection, contract, check)
                proofs[check.id] = _judged(connection, check, mutant)
            except Unbreakable as why:
                proofs[check.id] = _proof("none", caught=False, detail=str(why))
            except (duckdb.Error, InputError) as error:
                proofs[check.id] = _proof("none", caught=False, detail=scan.first_line(error))
    finally:
        for table in (BASE, GOOD, BROKEN):
            connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
    return proofs


def mutate(connection: duckdb.DuckDBPyConnection, contract: Contract, check: Check) -> Mutant:
    """Make the tables of one check's proof out of the records in ``BASE``.

    Raises:
        Unbreakable: No value of the column's type breaks the check.
        duckdb.Error: The material does not fit the check.
    """
    match check.kind:
        case Kind.COLUMN:
            return _without_column(connection, check)
        case Kind.UNIQUE:
            return _repeated(connection, check)
        case Kind.ROW_COUNT:
            return _miscounted(connection, check)
        case Kind.SQL:
            return _example(connection, contract, check)
        case Kind.REQUIRED | Kind.MISSING | Kind.VALID | Kind.PATTERN:
            return _broken_records(connection, check)
        case Kind.LENGTH | Kind.RANGE | Kind.MULTIPLE | Kind.FINITE:
            return _broken_records(connection, check)
        case _:
            assert_never(check.kind)


def _judged(connection: duckdb.DuckDBPyConnection, check: Check, mutant: Mutant) -> Proof:
    if mutant.good is not None:
        before = scan.judge(connection, mutant.good, [check]).results[0]
        if before.result is not Result.PASSED:
            return _proof(mutant.done, caught=False, detail=f"before the mutation: {before.result} {before.detail}")
    after = scan.judge(connection, mutant.broken, [check]).results[0]
    caught = after.result in {Result.FAILED, Result.WARNED}
    return _proof(mutant.done, caught=caught, detail="" if caught else f"{after.result} {after.detail}".strip())


def _proof(done: str, *, caught: bool, detail: str) -> Proof:
    english, spanish, portuguese = DONE[done]
    return Proof(english, caught, detail, {"es": spanish, "pt": portuguese})


# Whole tables -------------------------------------------------------------------------------


def _without_column(connection: duckdb.DuckDBPyConnection, check: Check) -> Mutant:
    column = quoted(check.columns[0])
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {BROKEN} AS SELECT * EXCLUDE ({column}), TRUE AS cauce_other FROM {BASE}"
    )
    return Mutant(BASE, BROKEN, "column")


def _repeated(connection: duckdb.DuckDBPyConnection, check: Check) -> Mutant:
    there = " AND ".join(f"{quoted(c)} IS NOT NULL" for c in check.columns)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {GOOD} AS SELECT * FROM {BASE} WHERE {there} LIMIT 1")
    if not _count(connection, GOOD):
        shape = judging.describe(connection, BASE)
        _blank_record(connection, GOOD, {c: _sample(shape[c]) for c in check.columns})
    return _until_it_breaks(check, "unique", lambda count: _copies(connection, count))


def _copies(connection: duckdb.DuckDBPyConnection, total: int) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {BROKEN} AS SELECT g.* FROM {GOOD} AS g CROSS JOIN range({total}) AS n(i)"
    )


def _miscounted(connection: duckdb.DuckDBPyConnection, check: Check) -> Mutant:
    wanted = next((n for n in _numbers(check.threshold) if not check.threshold.holds(n)), None)
    if wanted is None:
        raise Unbreakable("every number of records keeps the rule")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {GOOD} AS SELECT * FROM {BASE} LIMIT 1")
    if not _count(connection, GOOD):
        _blank_record(connection, GOOD, {})
    _copies(connection, wanted)
    return Mutant(None, BROKEN, "row_count")


def _example(connection: duckdb.DuckDBPyConnection, contract: Contract, check: Check) -> Mutant:
    if not check.failing_example:
        raise Unbreakable("the rule has no failing example")
    specimen.create_table(connection, contract, BROKEN)
    specimen.fill(connection, contract, check.failing_example, check.place, BROKEN)
    return Mutant(None, BROKEN, "sql")


def _until_it_breaks(check: Check, done: str, make: Callable[[int], None]) -> Mutant:
    """The smallest table in which a duplicate rule is broken: 2 equal records, or as many as it takes."""
    for count in _numbers(check.threshold, least=2):
        measured = 100.0 if check.threshold.unit == "percent" else float(count)
        if not check.threshold.holds(measured):
            make(count)
            return Mutant(GOOD if check.threshold.holds(0) else None, BROKEN, done)
    if not check.threshold.holds(0):
        make(1)
        return Mutant(None, BROKEN, done)
    raise Unbreakable("every number of repeated records keeps the rule")


def _numbers(threshold: Threshold, least: int = 0) -> Iterator[int]:
    """Record counts worth trying against ``threshold``, smallest first, none beyond what fits."""
    values = threshold.value if isinstance(threshold.value, tuple) else (threshold.value,)
    tried = {least, least + 1}
    for value in values:
        tried |= {math.floor(value) - 1, math.floor(value), math.ceil(value), math.floor(value) + 1}
    yield from sorted(n for n in tried if least <= n <= MOST_RECORDS)


# Single records -----------------------------------------------------------------------------


def _broken_records(connection: duckdb.DuckDBPyConnection, check: Check) -> Mutant:
    name = check.columns[0]
    column = quoted(name)
    shape = judging.describe(connection, BASE)
    bad, done = _bad_value(connection, check, shape[name])
    predicate = scan.record_predicate(check)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {GOOD} AS SELECT * FROM {BASE} WHERE NOT {predicate}")
    if not _count(connection, GOOD):
        _blank_record(connection, GOOD, {name: _good_value(check, shape[name])})
    total = _count(connection, GOOD)
    broken = _how_many(check.threshold, total)
    if broken is None:
        total = next(n for n in (*_numbers(check.threshold), MOST_RECORDS) if _how_many(check.threshold, n) is not None)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {BROKEN} AS SELECT * FROM {GOOD} LIMIT 1")
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {GOOD} AS SELECT b.* FROM {BROKEN} AS b CROSS JOIN range({total}) AS n(i)"
        )
        broken = _how_many(check.threshold, total)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {BROKEN} AS SELECT * FROM {GOOD}")
    connection.execute(f"UPDATE {BROKEN} SET {column} = {bad} WHERE rowid < {broken}")
    return Mutant(GOOD if check.threshold.holds(0) else None, BROKEN, done)


def _how_many(threshold: Threshold, total: int) -> int | None:
    """How many of ``total`` records to break so that the threshold is; None where no number does."""
    for count in range(1, total + 1) if total <= RECORDS else (1, total):
        measured = 100.0 * count / total if threshold.unit == "percent" else float(count)
        if not threshold.holds(measured):
            return count
    return 0 if not threshold.holds(0) and total else None


def _blank_record(connection: duckdb.DuckDBPyConnection, table: str, values: Mapping[str, Any]) -> None:
    shape = judging.describe(connection, table)
    listed = ", ".join(literal(values[c]) if values.get(c) is not None else "NULL" for c in shape)
    connection.execute(f"INSERT INTO {table} VALUES ({listed})")


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def _sample(physical_type: str, avoid: Iterable[Any] = ()) -> Any:
    refused = [v for v in avoid if v is not None]
    usable = [v for v in SAMPLES.get(judging.family(physical_type), ("a value",)) if v not in refused]
    if not usable:
        raise Unbreakable(f"no sample value of type {physical_type}")
    return usable[0]


def _good_value(check: Check, physical_type: str) -> Any:
    """A value that keeps the check, for a table that holds no record that does; null keeps most."""
    if check.kind is Kind.REQUIRED:
        return _sample(physical_type)
    if check.kind is Kind.MISSING and None in check.arguments["values"]:
        return _sample(physical_type, check.arguments["values"])
    return None


def _bad_value(connection: duckdb.DuckDBPyConnection, check: Check, physical_type: str) -> tuple[str, str]:
    """SQL of a value that breaks the check, and the key of the sentence that says so."""
    arguments = check.arguments
    match check.kind:
        case Kind.REQUIRED:
            return "NULL", "null"
        case Kind.MISSING:
            some = [v for v in arguments["values"] if v is not None]
            return (literal(some[0]), "missing") if some else ("NULL", "null")
        case Kind.VALID if "values" in arguments:
            return literal(_outside_set(arguments["values"], physical_type)), "valid"
        case Kind.VALID | Kind.PATTERN:
            return literal(_unmatched(connection, arguments["pattern"])), "pattern"
        case Kind.LENGTH:
            length = arguments["maximum"] + 1 if "maximum" in arguments else arguments["minimum"] - 1
            return literal("x" * length), "length"
        case Kind.RANGE:
            return literal(_beyond(arguments)), "range"
        case Kind.MULTIPLE:
            return literal(_between_multiples(arguments["of"], physical_type)), "multiple"
        case Kind.FINITE:
            return "CAST('NaN' AS DOUBLE)", "finite"
        case Kind.COLUMN | Kind.UNIQUE | Kind.ROW_COUNT | Kind.SQL:
            raise ValueError(f"{check.id} is about the whole table, not about a value")
        case _:
            assert_never(check.kind)


def _outside_set(values: Sequence[Any], physical_type: str) -> Any:
    kind = judging.family(physical_type)
    if kind == "number":
        return max(values) + 1
    if kind in {"date", "timestamp"}:
        return max(values) + timedelta(days=1)
    if kind == "text":
        return next(
            t for t in ("not a valid value", *(f"not a valid value {n}" for n in range(1000))) if t not in values
        )
    return _sample(physical_type, values)


def _unmatched(connection: duckdb.DuckDBPyConnection, pattern: str) -> str:
    for text in ODD_TEXTS:
        row = connection.execute(f"SELECT regexp_matches({literal(text)}, {literal(pattern)})").fetchone()
        if row is not None and not row[0]:
            return text
    raise Unbreakable("no text was found that does not match the pattern")


def _beyond(arguments: Mapping[str, Any]) -> Any:
    """One step outside a range."""
    for name, sign in (("maximum", 1), ("minimum", -1)):
        if name in arguments:
            return _step(arguments[name], sign)
    name = "exclusive_maximum" if "exclusive_maximum" in arguments else "exclusive_minimum"
    return arguments[name]


def _step(value: Any, sign: int) -> Any:
    if isinstance(value, date):
        return value + timedelta(days=sign)
    if isinstance(value, time_of_day):
        moved = datetime.combine(date(2020, 1, 1), value) + timedelta(microseconds=sign)
        if moved.date() != date(2020, 1, 1):
            raise Unbreakable("the range covers the whole day")
        return moved.time()
    if isinstance(value, float):
        return value + sign * max(1.0, abs(value) * 0.01)
    return value + sign


def _between_multiples(of: Any, physical_type: str) -> Any:
    if judging.canonical_type(physical_type) not in judging.WHOLE:
        return of / 2
    step = next((n for n in range(1, 1000) if (n / float(of)) % 1), None)
    if step is None:
        raise Unbreakable("every whole number is a multiple")
    return step
