"""What Great Expectations 1.24 lacks on DuckDB, and nothing else.

Belongs here: the one engine subclass, the data source that hands it out, and the expectations that GX
has no DuckDB form of (regular expressions, multiples, exact column types, one number from a query). Does
not belong here: which check becomes which expectation (``expectations``).

This module imports Great Expectations at its top (some eight seconds) and is itself only imported inside
the functions of ``expectations``.

Why an engine subclass: GX closes the connection before it has fetched the rows for every dialect but two,
and DuckDB's cursor is then gone ("list index out of range" on each expectation); and unless told not to, it
copies the whole table into a temporary one first. The subclass keeps one connection, the guarded one it is
given, and reads the file in place.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Literal

import duckdb
import sqlalchemy as sa
from duckdb_sqlalchemy import ConnectionWrapper
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation import BatchExpectation, ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from contracts.checks import Threshold
from contracts.engines.judging import TOLERANCE, canonical_type


class DuckDBEngine(SqlAlchemyExecutionEngine):
    """GX's SQL engine on one DuckDB connection that stays open and is never copied from."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        # Each statement on its own: within one transaction, a query that raised would spoil all that follow.
        engine = sa.create_engine(
            "duckdb:///:memory:",
            creator=lambda: ConnectionWrapper(connection),
            poolclass=sa.pool.StaticPool,
            isolation_level="AUTOCOMMIT",
        )
        super().__init__(engine=engine, create_temp_table=False)

    @contextmanager
    def get_connection(self) -> Generator[Any, None, None]:
        """The one connection, left open."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection


class DuckDBDatasource(SQLDatasource):
    """A data source whose engine is made beforehand: ``lend`` it, then ask for batches."""

    type: Literal["cauce_duckdb"] = "cauce_duckdb"  # type: ignore[assignment]
    lent: ClassVar[list[DuckDBEngine]] = []

    @classmethod
    def lend(cls, engine: DuckDBEngine) -> None:
        """The engine that the next data source works on."""
        cls.lent[:] = [engine]

    def get_execution_engine(self) -> SqlAlchemyExecutionEngine:
        """The engine that was lent when this data source was made."""
        if self._execution_engine is None:
            self._execution_engine = self.lent[0]
        return self._execution_engine

    def get_engine(self) -> sa.Engine:
        """The SQLAlchemy engine under it."""
        engine: sa.Engine = self.get_execution_engine().engine
        return engine


class ColumnValuesMatch(ColumnMapMetricProvider):
    """DuckDB's RE2: linear in the text, whatever the pattern."""

    condition_metric_name = "column_values.cauce_match"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, regex: str, **_: Any) -> Any:  # noqa: N805
        return sa.func.regexp_matches(column, regex)


class ColumnValuesValid(ColumnMapMetricProvider):
    """In a set and of a form, both at once."""

    condition_metric_name = "column_values.cauce_valid"
    condition_value_keys = ("value_set", "regex")

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, value_set: list[Any], regex: str, **_: Any) -> Any:  # noqa: N805
        return sa.and_(column.in_(value_set), sa.func.regexp_matches(column, regex))


class ColumnValuesMultiple(ColumnMapMetricProvider):
    """Multiples: exact for whole numbers and decimals, within a relative tolerance for doubles."""

    condition_metric_name = "column_values.cauce_multiple"
    condition_value_keys = ("of", "exact")

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, of: float | str, exact: bool, **_: Any) -> Any:  # noqa: N805
        if exact:
            return sa.func.mod(column, sa.cast(sa.literal(str(of)), sa.Numeric(38, 10))) == 0
        times = sa.cast(column, sa.Double) / sa.cast(sa.literal(float(of)), sa.Double)
        off = sa.func.abs(times - sa.func.round(times))
        near = off <= TOLERANCE * sa.func.greatest(1.0, sa.func.abs(times))
        return sa.and_(sa.func.isfinite(times), near)


class ColumnValuesTimeOfDay(ColumnMapMetricProvider):
    """Times of day within bounds; GX's own ``between`` takes no time."""

    condition_metric_name = "column_values.cauce_time_of_day"
    condition_value_keys = ("minimum", "maximum", "strict_minimum", "strict_maximum")

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, minimum: Any, maximum: Any, **more: Any) -> Any:  # noqa: N805
        inside = [column.is_not(None)]
        if minimum is not None:
            low = sa.cast(sa.literal(minimum), sa.Time)
            inside.append(column > low if more["strict_minimum"] else column >= low)
        if maximum is not None:
            high = sa.cast(sa.literal(maximum), sa.Time)
            inside.append(column < high if more["strict_maximum"] else column <= high)
        return sa.and_(*inside)


class ExpectColumnValuesToMatch(ColumnMapExpectation):
    """Expect each value of ``column`` to match ``regex`` (RE2) somewhere."""

    map_metric: ClassVar[str] = "column_values.cauce_match"
    success_keys: ClassVar[tuple[str, ...]] = ("regex", "mostly")
    regex: str


class ExpectColumnValuesToBeValid(ColumnMapExpectation):
    """Expect each value of ``column`` to be in ``value_set`` and to match ``regex``."""

    map_metric: ClassVar[str] = "column_values.cauce_valid"
    success_keys: ClassVar[tuple[str, ...]] = ("value_set", "regex", "mostly")
    value_set: list[Any]
    regex: str


class ExpectColumnValuesToBeMultiples(ColumnMapExpectation):
    """Expect each value of ``column`` to be a multiple of ``of``."""

    map_metric: ClassVar[str] = "column_values.cauce_multiple"
    success_keys: ClassVar[tuple[str, ...]] = ("of", "exact", "mostly")
    of: float | str
    exact: bool


class ExpectColumnValuesToBeTimesBetween(ColumnMapExpectation):
    """Expect each time of day in ``column`` to lie within the bounds, written as ISO 8601."""

    map_metric: ClassVar[str] = "column_values.cauce_time_of_day"
    success_keys: ClassVar[tuple[str, ...]] = ("minimum", "maximum", "strict_minimum", "strict_maximum", "mostly")
    minimum: str | None = None
    maximum: str | None = None
    strict_minimum: bool = False
    strict_maximum: bool = False


class ExpectColumnToHaveType(BatchExpectation):
    """Expect ``column``, by that very name, to have DuckDB's type ``type_``, precision included."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.column_types",)
    success_keys: ClassVar[tuple[str, ...]] = ("column", "type_")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    column: str
    type_: str

    def _validate(
        self,
        metrics: Mapping[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        del runtime_configuration
        types = {str(c["name"]): c["type"] for c in metrics["table.column_types"]}
        if self.column not in types:
            return {"success": False, "result": {"observed_value": "absent"}}
        found = canonical_type(str(types[self.column].compile(dialect=execution_engine.engine.dialect)))
        return {"success": found == canonical_type(self.type_), "result": {"observed_value": found}}


class ExpectQueryNumber(UnexpectedRowsExpectation):
    """Expect the one number that a query over ``{batch}`` gives to keep a threshold.

    GX's own ``UnexpectedRowsExpectation`` runs its query twice and knows rows only; this runs it once,
    and a query that gives no number raises, so that it can't be taken for one that held.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)
    success_keys: ClassVar[tuple[str, ...]] = ("unexpected_rows_query", "operator", "value")
    operator: str
    value: Any

    def _validate(
        self,
        metrics: Mapping[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        del runtime_configuration, execution_engine
        rows = metrics["unexpected_rows_query.table"]
        if len(rows) != 1:
            raise ValueError(f"the query gave {len(rows) or 'no'} rows, expected one number")
        number = next(iter(dict(rows[0]).values()))
        if number is None:
            raise ValueError("the query gave NULL, expected one number")
        value = tuple(self.value) if isinstance(self.value, (list, tuple)) else self.value
        holds = Threshold(self.operator, value).holds(float(number))  # type: ignore[arg-type]
        return {"success": holds, "result": {"observed_value": float(number)}}
