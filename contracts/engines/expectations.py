"""Great Expectations: the auditor's engine, judging the very bytes that go out.

Belongs here: running expectations on a Parquet file and reading what they say. Does not belong here: which
check becomes which expectation (``gx_suite``), what GX lacks on DuckDB (``gx_duckdb``), thresholds and results
(``judging``).

Two passes: ``BOOLEAN_ONLY`` for every check that tolerates no failed record (one bundled query for most);
then ``BASIC``, which counts, for those that failed or have a threshold. ``COMPLETE``, which fetches every
failing value, is never asked for. An expectation that raised is an error, whatever its ``success`` says.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.checks import Check, Kind, Threshold
from contracts.engines import door, guard, judging
from contracts.engines.judging import Measurement
from contracts.engines.scan import first_line
from contracts.engines.sql import parquet
from contracts.model import Contract
from contracts.results import Result, RuleResult, Verdict

if TYPE_CHECKING:
    import duckdb

ENGINE = "great_expectations"
VIEW = "data"
LIMIT_SECONDS = 1800.0
ROWS = "__rows__"
QUICK = "BOOLEAN_ONLY"
"""GX's form of an answer that need not count."""


def judge(
    parquet_path: Path | str | Sequence[Path | str],
    checks: Sequence[Check],
    *,
    threads: int = 2,
    memory: str = "2GB",
    spill: Path | None = None,
) -> Verdict:
    """Judge one Parquet file, or the parts of one table, with Great Expectations.

    Args:
        parquet_path: The file, or its parts.
        checks: What is demanded.
        threads: DuckDB's worker threads.
        memory: DuckDB's memory limit.
        spill: Folder for what does not fit in memory.

    Returns:
        One result per check, in the order of ``checks``; what GX could not run is an error.
    """
    import duckdb

    started = time.perf_counter()
    single = isinstance(parquet_path, (str, Path))
    files: list[Path | str] = [parquet_path] if single else list(parquet_path)  # type: ignore[arg-type, list-item]
    connection = guard.guarded_connection(files, threads, memory, spill)
    try:
        relation = parquet(files)
        connection.execute(f"CREATE VIEW {VIEW} AS SELECT * FROM {relation}")
        shape = judging.describe(connection, VIEW)
        with guard.time_limit(connection, LIMIT_SECONDS):
            rows, results = _run(connection, checks, shape)
    except duckdb.Error as error:
        return Verdict(ENGINE, 0, judging.all_errors(checks, first_line(error)), time.perf_counter() - started)
    finally:
        connection.close()
    return Verdict(ENGINE, rows, results, time.perf_counter() - started)


def import_engine() -> None:
    """Import Great Expectations, which takes seconds; judging finds it there.

    pandas first: DuckDB looks at it as soon as there is a beginning of it, so another thread that hands objects to
    DuckDB must not start before ``import_first``.
    """
    import_first()
    for name in ("great_expectations", "contracts.engines.gx_suite", "contracts.engines.gx_duckdb"):
        import_module(name)


def import_first() -> None:
    """Import what DuckDB looks at while Great Expectations is imported in another thread."""
    for name in ("pandas", "pyarrow.dataset"):
        import_module(name)


def suite(contract: Contract, checks: Sequence[Check]) -> dict[str, Any]:
    """The expectation suite of ``contract`` as plain JSON, for auditors; see ``gx_suite.suite``."""
    from contracts.engines import gx_suite

    return gx_suite.suite(contract, checks)


# One run ------------------------------------------------------------------------------------


def _run(
    connection: duckdb.DuckDBPyConnection, checks: Sequence[Check], shape: Mapping[str, str]
) -> tuple[int, tuple[RuleResult, ...]]:
    obstacles = {c.id: judging.obstacle(c, shape) for c in checks}
    asked = [c for c in checks if not obstacles[c.id]]
    strict = [c for c in asked if c.threshold == Threshold() and c.kind not in {Kind.SQL, Kind.ROW_COUNT}]
    counted = [c for c in asked if c not in strict]
    slices = 1 + _held(connection) // door.SLICE
    with _batch(connection) as batch:
        first = _validate(batch, strict, QUICK, slices=slices)
        suspects = [c for c in strict if first[c.id].broken and not first[c.id].error and c.kind is not Kind.COLUMN]
        second = _validate(batch, [*suspects, *counted], "BASIC")
    total = second.pop(ROWS)
    if total.error or total.number is None:
        message = total.error or "the records could not be counted"
        return 0, judging.all_errors(checks, message)
    rows = int(total.number)
    empty = judging.allows_empty(checks)
    results: list[RuleResult] = []
    for check in checks:
        if obstacles[check.id]:
            measured = Measurement(error=obstacles[check.id], query=_named(check))
            results.append(judging.conclude(check, rows, measured, empty=empty))
            continue
        answer = second.get(check.id) or first[check.id]
        asked_twice = check.id in first and check.id in second and check.kind is not Kind.UNIQUE
        if asked_twice and first[check.id].broken != second[check.id].broken:
            answer = _Answer(error="two runs of the same expectation differ")
        results.append(_concluded(check, rows, answer, empty))
    return rows, tuple(results)


def _held(connection: duckdb.DuckDBPyConnection) -> int:
    """Records of the view, told from the files' own numbers: only to see how much is asked for at once."""
    row = connection.execute(f"SELECT count(*) FROM {VIEW}").fetchone()
    return int(row[0]) if row else 0


def _concluded(check: Check, rows: int, answer: _Answer, empty: bool) -> RuleResult:
    failed = answer.failed
    if check.kind is Kind.COLUMN:
        failed = 1 if answer.broken else 0
    measured = Measurement(failed, answer.nulls, answer.number, answer.error, _named(check))
    result = judging.conclude(check, rows, measured, empty=empty)
    if check.threshold == Threshold() and result.result in {Result.PASSED, Result.FAILED, Result.WARNED}:
        held = result.result is Result.PASSED
        if held == answer.broken:
            message = f"the expectation {'failed' if answer.broken else 'held'}, its count says {result.result}"
            return judging.conclude(check, rows, Measurement(error=message, query=_named(check)), empty=empty)
    return result


def _named(check: Check) -> str:
    from contracts.engines.gx_suite import expectations_of

    return " + ".join(e.configuration.type for e in expectations_of(check))


class _Answer:
    """What GX said about one check: the sum over its expectations."""

    def __init__(self, error: str = "") -> None:
        self.broken = False
        self.failed = 0
        self.nulls: int | None = None
        self.number: float | None = None
        self.error = error
        self.seen = 0

    def add(self, outcome: Any) -> None:
        """Take in one validation result."""
        self.seen += 1
        raised = _raised(outcome.exception_info)
        if raised:
            self.error = self.error or raised
            return
        self.broken = self.broken or not outcome.success
        found = outcome.result or {}
        self.failed += int(found.get("unexpected_count") or 0)
        if found.get("missing_count") is not None:
            self.nulls = int(found["missing_count"])
        if isinstance(found.get("observed_value"), (int, float)):
            self.number = float(found["observed_value"])


def _validate(batch: Any, checks: Sequence[Check], result_format: str, slices: int = 1) -> dict[str, _Answer]:
    """One GX validation; an answer for each of ``checks``, and for the number of rows where it counts."""
    import great_expectations as gx
    from great_expectations.expectations.core.expect_table_row_count_to_be_between import (
        ExpectTableRowCountToBeBetween,
    )

    from contracts.engines.gx_suite import expectations_of, quick_expectations_of

    quick = result_format == QUICK
    answers = {c.id: _Answer() for c in checks}
    wanted: dict[str, int] = {}
    expectations: list[Any] = []
    for check in checks:
        mine = quick_expectations_of(check, slices) if quick else expectations_of(check)
        wanted[check.id] = len(mine)
        expectations += mine
    if not quick:
        answers[ROWS], wanted[ROWS] = _Answer(), 1
        expectations.append(ExpectTableRowCountToBeBetween(min_value=0, meta={"check": ROWS}))
    if not expectations:
        return answers
    outcome = batch.validate(gx.ExpectationSuite(name="checks", expectations=expectations), result_format=result_format)
    for result in outcome.results:
        answers[result.expectation_config.meta["check"]].add(result)
    for name, answer in answers.items():
        if answer.seen != wanted[name]:
            answer.error = answer.error or f"{answer.seen} of {wanted[name]} expectations were answered"
    return answers


def _raised(information: Any) -> str:
    """What an expectation raised; empty where nothing did. GX nests it by metric, or not."""
    if not isinstance(information, Mapping):
        return ""
    if "raised_exception" in information:
        if not information["raised_exception"]:
            return ""
        return first_line(Exception(str(information.get("exception_message") or "an expectation raised")))
    return next((text for text in map(_raised, information.values()) if text), "")


TALKATIVE = (
    "great_expectations",
    "great_expectations.data_context.types.base",
    "great_expectations.validator.validation_graph",
)
"""Loggers of GX that set a level of their own; what they say is of no use to a person."""


@contextmanager
def _batch(connection: duckdb.DuckDBPyConnection) -> Iterator[Any]:
    """The view as a GX batch: ephemeral context, no files, no analytics, no progress bars."""
    import great_expectations as gx

    from contracts.engines.gx_duckdb import DuckDBDatasource, DuckDBEngine

    loggers = [logging.getLogger(name) for name in TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    engine = DuckDBEngine(connection)
    try:
        DuckDBDatasource.lend(engine)
        context = gx.get_context(mode="ephemeral")
        context.enable_analytics(False)
        context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
        source = context.data_sources.add_cauce_duckdb(
            "checks", connection_string="duckdb:///:memory:", create_temp_table=False
        )
        asset = source.add_table_asset("checked", table_name=VIEW)
        yield asset.add_batch_definition_whole_table("whole").get_batch()
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        engine.engine.dispose()
