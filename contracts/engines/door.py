"""The door: pandera over DuckDB, through ibis, judging what comes in.

Belongs here: the checks as one pandera schema, run where the data lies; no record enters Python.
Does not belong here: reading files (``orchestration.ingest``), quarantine (it uses the scan's
predicates), thresholds and results (``judging``).

Four traps of pandera 0.35 on ibis, each with a test:

* ``Column(unique=True)`` is ignored in silence, and ``DataFrameSchema(unique=...)`` counts null keys as
  repeated and stops at the first key set: uniqueness is a check of the whole table here.
* A check that returns a column fetches every value of it into pandas when it fails: every check here
  returns one boolean made in DuckDB, and exact counts come from one more query for what failed.
* ``str_matches`` switches "dot matches newline" on, and ``nullable=False`` takes NaN for null: the checks
  are written out in ibis.
* ``PANDERA_VALIDATION_ENABLED`` and its like can switch validation off from the environment: it is switched
  on around the call, and a check that pandera never called is "not run".
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, assert_never

from contracts.checks import Check, Kind, Threshold
from contracts.engines import guard, judging
from contracts.engines.judging import Measurement
from contracts.engines.scan import first_line
from contracts.results import Result, RuleResult, Verdict

if TYPE_CHECKING:
    import duckdb

ENGINE = "pandera"
SLICE = 1 << 24
"""Records whose keys are looked at together for repeated ones."""
MOST_SLICES = 256
LARGEST = (1 << 63) - 1


def judge(connection: duckdb.DuckDBPyConnection, relation: str, checks: Sequence[Check]) -> Verdict:
    """Judge ``relation`` with pandera.

    Args:
        connection: A connection that can read it; may be guarded and locked.
        relation: SQL of a table, view or ``read_parquet(...)``.
        checks: What is demanded.

    Returns:
        One result per check, in the order of ``checks``, with exact counts.
    """
    import duckdb
    from ibis.common.exceptions import IbisError

    started = time.perf_counter()
    try:
        shape = judging.describe(connection, relation)
        with _table(connection, relation) as table:
            run = _Run(connection, relation, table, shape)
            results = run.judge(checks)
            rows = run.rows
    except (duckdb.Error, IbisError) as error:
        return Verdict(ENGINE, 0, judging.all_errors(checks, first_line(error)), time.perf_counter() - started)
    return Verdict(ENGINE, rows, results, time.perf_counter() - started)


def import_engine() -> None:
    """Import pandera and ibis, which take a second; judging finds them there.

    Not beside a thread that hands objects to DuckDB: it looks at pandas as soon as there is a beginning of it.
    """
    collecting = gc.isenabled()
    gc.disable()  # what is imported stays: a sixth of the time went into looking for what of it could be let go of
    try:
        for name in ("pandera.ibis", "pandera.config", "pandera.errors", "ibis.backends.duckdb"):
            import_module(name)
    finally:
        if collecting:
            gc.enable()


@lru_cache(maxsize=1)
def _backend_class() -> type[Any]:
    """Ibis's DuckDB backend, for a connection whose configuration may be locked already."""
    from ibis.backends.duckdb import Backend

    class LockedBackend(Backend):  # type: ignore[misc]
        """Takes the connection as it is: its owner has set time zone and limits."""

        def _post_connect(self, extensions: Sequence[str] | None = None) -> None:
            del extensions
            self._record_batch_readers_consumed: dict[str, bool] = {}

    return LockedBackend


@lru_cache(maxsize=1)
def _regexp_matches() -> Callable[[Any, str], Any]:
    """DuckDB's own function: linear in time, and a dot is no newline."""
    import ibis

    @ibis.udf.scalar.builtin(name="regexp_matches", signature=(("string", "string"), "boolean"))
    def regexp_matches(value, pattern):  # type: ignore[no-untyped-def]
        """DuckDB's regexp_matches."""

    return regexp_matches  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _round() -> Callable[[Any], Any]:
    """DuckDB's own function: ibis casts what it rounds to a whole number, and NaN has none."""
    import ibis

    @ibis.udf.scalar.builtin(name="round", signature=(("float64",), "float64"))
    def round_half(value):  # type: ignore[no-untyped-def]
        """DuckDB's round."""

    return round_half  # type: ignore[no-any-return]


VIEW = "cauce_at_the_door"


@contextmanager
def _table(connection: duckdb.DuckDBPyConnection, relation: str) -> Iterator[Any]:
    backend = _backend_class().from_connection(connection)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {VIEW} AS SELECT * FROM {relation}")
    try:
        yield backend.table(VIEW)
    finally:
        connection.execute(f"DROP VIEW IF EXISTS {VIEW}")


class _Run:
    """One judging: schema out, verdict in.

    What the checks ask of the table is asked in one query, so that the file is read once (a repeated key: one
    more each); pandera's checks then say what it answered. Where that query can't run, each check asks alone,
    so that only the one at fault is an error.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, relation: str, table: Any, shape: Mapping[str, str]
    ) -> None:
        self.connection = connection
        self.relation = relation
        self.table = table
        self.shape = shape
        self.rows = 0
        self.called: set[str] = set()
        self.numbers: dict[str, float] = {}
        self.counts: dict[str, int] = {}
        self.kept: dict[str, bool] = {}
        self.nulls: dict[str, int] = {}
        self.faults: dict[str, Exception] = {}

    def judge(self, checks: Sequence[Check]) -> tuple[RuleResult, ...]:
        obstacles = {c.id: judging.obstacle(c, self.shape) for c in checks}
        asked = [c for c in checks if not obstacles[c.id]]
        self._measure(asked)
        broken, errors = self._validate(asked)
        empty = judging.allows_empty(checks)
        results: list[RuleResult] = []
        for check in checks:
            why = obstacles[check.id] or errors.get(check.id, "")
            measured = Measurement(
                failed=self.counts.get(check.id, 1 if check.id in broken else 0),
                nulls=self.nulls.get(check.columns[0]) if len(check.columns) == 1 else None,
                number=self.numbers.get(check.id),
                error=why,
                query=f"pandera: {check.kind.value} on {', '.join(check.columns) or 'the table'}",
            )
            result = judging.conclude(check, self.rows, measured, empty=empty)
            if not why and check.id not in self.called:
                result = RuleResult(check.id, Result.NOT_RUN, detail="pandera never called this check")
            elif result.result in {Result.PASSED, Result.FAILED, Result.WARNED}:
                result = _consistent(check, result, check.id in broken)
            results.append(result)
        return tuple(results)

    def _measure(self, checks: Sequence[Check]) -> None:
        """Number of records and of nulls, and for each check how many records fail and whether it holds."""
        import duckdb
        from ibis.common.exceptions import IbisError

        single = (c.columns[0] for c in checks if len(c.columns) == 1 and c.kind is not Kind.COLUMN)
        names = [n for n in dict.fromkeys(single) if n in self.shape]
        wanted = {"rows": self.table.count()}
        wanted |= {f"nulls_{i}": self.table[n].isnull().sum().fill_null(0) for i, n in enumerate(names)}
        counted = [c for c in checks if c.kind not in {Kind.COLUMN, Kind.SQL, Kind.UNIQUE}]
        try:
            told = self._ask(wanted, counted)
        except (duckdb.Error, IbisError, TypeError, ValueError):
            told = self._ask(wanted, [])
            for check in counted:
                self._ask_alone(check)
        self.rows = int(told["rows"])
        self.nulls = {n: int(told[f"nulls_{i}"]) for i, n in enumerate(names)}
        for check in checks:
            if check.kind is Kind.UNIQUE:
                self._count_repeated(check)

    def _count_repeated(self, check: Check) -> None:
        """How many records repeat a key: all keys at once, or a slice of them at a time where there are too many.

        DuckDB holds the keys of a table in memory, whatever it may spill; a slice by the key's hash has a part.
        """
        import duckdb
        from ibis.common.exceptions import IbisError

        slices = 1 + self.rows // SLICE
        while check.id not in self.faults:
            try:
                tables = (self._repeated(check, slices, n) for n in range(slices))
                number = sum(int(t.cauce_n.sum().fill_null(0).to_pyarrow().as_py()) for t in tables)
            except duckdb.OutOfMemoryException as error:
                if slices >= MOST_SLICES:
                    self.faults[check.id] = error
                slices *= 2
            except (duckdb.Error, IbisError, TypeError, ValueError) as error:
                self.faults[check.id] = error
            else:
                share = 100.0 * number / (self.rows or 1)
                self.counts[check.id] = number
                self.kept[check.id] = check.threshold.holds(share if check.threshold.unit == "percent" else number)
                return

    def _ask_alone(self, check: Check) -> None:
        import duckdb
        from ibis.common.exceptions import IbisError

        try:
            self._ask({}, [check])
        except (duckdb.Error, IbisError, TypeError, ValueError) as error:
            self.faults[check.id] = error

    def _ask(self, wanted: Mapping[str, Any], checks: Sequence[Check]) -> Mapping[str, Any]:
        """The answers to ``wanted``, in one query with what ``checks`` ask, which is kept."""
        asked, total = dict(wanted), self.table.count()
        for i, check in enumerate(checks):
            is_count = check.kind is Kind.ROW_COUNT
            number = total if is_count else self._failing(check).fill_null(True).sum().fill_null(0)
            asked |= {f"number_{i}": number, f"kept_{i}": _keeps(check.threshold, number, total)}
        told: Mapping[str, Any] = self.table.aggregate(**asked).to_pyarrow().to_pylist()[0]
        for i, check in enumerate(checks):
            self.kept[check.id] = bool(told[f"kept_{i}"])
            if check.kind is not Kind.ROW_COUNT:
                self.counts[check.id] = int(told[f"number_{i}"])
        return told

    def _repeated(self, check: Check, slices: int, n: int) -> Any:
        """The keys of one slice of all keys that occur more than once, and how often."""
        keys = [self.table[c] for c in check.columns]
        present = self.table.filter([k.notnull() for k in keys])
        if slices > 1:
            present = present.filter((present[check.columns[0]].hash() & LARGEST) % slices == n)
        repeated = present.group_by(list(check.columns)).aggregate(cauce_n=present.count())
        return repeated.filter(repeated.cauce_n > 1)

    def _validate(self, checks: Sequence[Check]) -> tuple[set[str], dict[str, str]]:
        """Ids of the checks that did not hold, and what the others that raised said."""
        import pandera.ibis as pa
        from pandera.config import ValidationDepth, config_context
        from pandera.errors import SchemaErrorReason, SchemaErrors

        broken: set[str] = set()
        errors: dict[str, str] = {}
        typed = {c.columns[0]: c for c in checks if c.kind is Kind.COLUMN}
        columns = {name: pa.Column(_dtype(check), nullable=True) for name, check in typed.items()}
        schema = pa.DataFrameSchema(columns, checks=[self._pandera(c) for c in checks if c.kind is not Kind.COLUMN])
        try:
            with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
                schema.validate(self.table, lazy=True)
        except SchemaErrors as caught:
            for error in caught.schema_errors:
                name = getattr(error.check, "name", None)
                if error.reason_code is SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME:
                    broken.add(typed[str(error.failure_cases)].id)
                elif error.reason_code is SchemaErrorReason.WRONG_DATATYPE:
                    broken.add(typed[error.schema.name].id)
                elif error.reason_code is SchemaErrorReason.CHECK_ERROR:
                    errors[str(name)] = str(error.failure_cases)[:300]
                else:
                    broken.add(str(name))
        self.called |= {c.id for c in typed.values()}
        return broken, errors

    def _pandera(self, check: Check) -> Any:
        import pandera.ibis as pa

        def holds(_: Any) -> Any:
            self.called.add(check.id)
            return self._holds(check)

        return pa.Check(holds, name=check.id, error=check.id)

    def _holds(self, check: Check) -> Any:
        """One boolean, made in DuckDB but for a rule's own query: whether the check holds on the whole table."""
        if check.id in self.faults:
            raise self.faults[check.id]
        if check.kind is Kind.SQL:
            query = guard.rule_query(check, self.relation)
            number = guard.one_number(self.connection, query, guard.RULE_SECONDS)
            self.numbers[check.id] = number
            return check.threshold.holds(number)
        return self.kept[check.id]

    def _failing(self, check: Check) -> Any:
        """One boolean a record: whether it fails."""
        value = self.table[check.columns[0]]
        arguments = check.arguments
        present = value.notnull()
        match check.kind:
            case Kind.REQUIRED:
                return value.isnull()
            case Kind.MISSING:
                some = [v for v in arguments["values"] if v is not None]
                among = (present & value.isin(some)) if some else present & ~present
                return (value.isnull() | among) if None in arguments["values"] else among
            case Kind.VALID:
                good = present
                if "values" in arguments:
                    good = good & value.isin(list(arguments["values"]))
                if "pattern" in arguments:
                    good = good & _regexp_matches()(value, arguments["pattern"])
                return present & ~good
            case Kind.PATTERN:
                return present & ~_regexp_matches()(value, arguments["pattern"])
            case Kind.LENGTH:
                return present & ~_within(value.length(), arguments)
            case Kind.RANGE:
                return present & ~(_within(value, arguments) & self._is_finite(value))
            case Kind.MULTIPLE:
                return present & ~self._is_multiple(value, arguments["of"])
            case Kind.FINITE:
                return present & ~self._is_finite(value)
            case Kind.COLUMN | Kind.UNIQUE | Kind.ROW_COUNT | Kind.SQL:
                raise ValueError(f"{check.id} is no record-local check")
            case _:
                assert_never(check.kind)

    def _is_finite(self, value: Any) -> Any:
        import ibis

        if value.type().is_floating():
            return ~(value.isnan() | value.isinf())
        if value.type().is_temporal() and not value.type().is_time():
            infinite = [ibis.literal(s).cast(value.type()) for s in ("infinity", "-infinity")]
            return ~((value == infinite[0]) | (value == infinite[1]))
        return ibis.literal(True)

    def _is_multiple(self, value: Any, of: Any) -> Any:
        import ibis

        if value.type().is_integer() and float(of).is_integer():
            return (value % int(of)) == 0
        if value.type().is_decimal():
            return (value % ibis.literal(of).cast("decimal(38, 10)")) == 0
        times = value.cast("float64") / float(of)
        near = (times - _round()(times)).abs() <= judging.TOLERANCE * ibis.greatest(1.0, times.abs())
        return near & ~(times.isnan() | times.isinf())


def _consistent(check: Check, result: RuleResult, broken: bool) -> RuleResult:
    """Pandera's word against the count: where they differ, neither is believed."""
    if (result.result is not Result.PASSED) == broken:
        return result
    said = "broken" if broken else "kept"
    return RuleResult(
        check.id, Result.ERROR, result.examined, detail=f"pandera says {said}, the count says {result.result}"
    )


def _within(value: Any, arguments: Mapping[str, Any]) -> Any:
    import ibis

    inside = ibis.literal(True)
    if "minimum" in arguments:
        inside = inside & (value >= arguments["minimum"])
    if "exclusive_minimum" in arguments:
        inside = inside & (value > arguments["exclusive_minimum"])
    if "maximum" in arguments:
        inside = inside & (value <= arguments["maximum"])
    if "exclusive_maximum" in arguments:
        inside = inside & (value < arguments["exclusive_maximum"])
    return inside


def _keeps(threshold: Threshold, number: Any, total: Any) -> Any:
    """Whether ``number`` of ``total`` records keeps the threshold, in ibis."""
    if threshold.unit == "percent":
        return _compare((100.0 * number / total.nullif(0)).fill_null(0.0), threshold)
    return _compare(number, threshold)


def _compare(number: Any, threshold: Threshold) -> Any:
    """``Threshold.holds`` in ibis."""
    value = threshold.value
    if isinstance(value, tuple):
        inside = number.between(value[0], value[1])
        return inside if threshold.operator == "mustBeBetween" else ~inside
    match threshold.operator:
        case "mustBe":
            return number == value
        case "mustNotBe":
            return number != value
        case "mustBeGreaterThan":
            return number > value
        case "mustBeGreaterOrEqualTo":
            return number >= value
        case "mustBeLessThan":
            return number < value
        case _:
            return number <= value


def _dtype(check: Check) -> Any:
    """The ibis type DuckDB's columns of this physical type have."""
    from ibis.backends.sql.datatypes import DuckDBType

    return DuckDBType.from_string(judging.canonical_type(str(check.arguments["physical_type"])))
