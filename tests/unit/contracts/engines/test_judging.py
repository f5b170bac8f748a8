"""From counts to results, and the shapes engines agree on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.checks import Check, Kind, Threshold
from contracts.engines import judging
from contracts.engines.judging import Measurement
from contracts.engines.scan import first_line
from contracts.model import Severity, Text
from contracts.results import Result
from tests.unit.contracts.engines.planted import PLACE

CHECK = Check(
    "a.required",
    Kind.REQUIRED,
    ("a",),
    Threshold(),
    "record",
    "completeness",
    Severity.ERROR,
    Text("a"),
    PLACE,
    {"physical_type": "VARCHAR"},
)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("varchar(20)", "VARCHAR"),
        ("text", "VARCHAR"),
        ("NUMERIC(12, 2)", "DECIMAL(12,2)"),
        ("decimal (12,2)", "DECIMAL(12,2)"),
        ("decimal", "DECIMAL(18,3)"),
        ("TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP"),
        ("timestamptz", "TIMESTAMP WITH TIME ZONE"),
        ("double precision", "DOUBLE"),
        ("bigint", "BIGINT"),
    ],
)
def test_types_have_one_name(written: str, canonical: str) -> None:
    assert judging.canonical_type(written) == canonical


def test_a_failed_rule_of_severity_warning_warns() -> None:
    failed = Measurement(failed=1)
    assert judging.conclude(CHECK, 10, failed, empty=False).result is Result.FAILED
    for severity in (Severity.WARNING, Severity.INFO):
        check = replace(CHECK, severity=severity)
        assert judging.conclude(check, 10, failed, empty=False).result is Result.WARNED


def test_an_error_wins_over_everything() -> None:
    result = judging.conclude(CHECK, 0, Measurement(error="boom"), empty=True)
    assert (result.result, result.detail) == (Result.ERROR, "boom")


def test_a_share_is_of_the_records_examined() -> None:
    check = replace(CHECK, threshold=Threshold("mustBeLessOrEqualTo", 5, "percent"))
    assert judging.conclude(check, 100, Measurement(failed=5), empty=False).result is Result.PASSED
    result = judging.conclude(check, 100, Measurement(failed=6), empty=False)
    assert (result.result, result.value, result.failed) == (Result.FAILED, 6.0, 6)
    assert result.detail == "6 %; mustBeLessOrEqualTo 5 %"


def test_a_missing_or_unfit_column_is_an_obstacle_but_not_for_the_check_that_tells() -> None:
    column = replace(CHECK, kind=Kind.COLUMN)
    pattern = replace(CHECK, kind=Kind.PATTERN, arguments={"pattern": "x", "physical_type": "VARCHAR"})
    assert judging.obstacle(CHECK, {}) == "column a is missing"
    assert judging.obstacle(CHECK, {"A": "VARCHAR"}) == "column a is missing"
    assert "the rule needs text" in judging.obstacle(pattern, {"a": "BIGINT"})
    assert judging.obstacle(CHECK, {"a": "BIGINT"}) == ""
    assert judging.obstacle(column, {}) == ""


def test_an_engines_complaint_is_one_line_without_folders() -> None:
    error = ValueError("IO Error: cannot open '/home/someone/city/data.parquet': gone\nat line 3")
    assert first_line(error) == "IO Error: cannot open 'data.parquet': gone"
    assert first_line(ValueError()) == "ValueError"


@pytest.mark.parametrize(
    "message",
    [
        "Conversion Error: Could not convert string 'Ada Lovelace' to INT32",
        "(_duckdb.OutOfRangeException) Out of Range Error: Overflow in multiplication of INT64 (4711 * 4712)",
        'Conversion Error: invalid date field format: "4711"',
    ],
)
def test_an_engines_complaint_never_quotes_a_record(message: str) -> None:
    kept = first_line(ValueError(message))
    assert "Error in a record" in kept
    assert not {"Ada", "4711", "4712"} & set(kept.replace("'", " ").replace("(", " ").split())
