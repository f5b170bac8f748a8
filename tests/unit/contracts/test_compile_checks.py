"""From a contract to the engine-neutral list of checks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from contracts.checks import Kind, Threshold
from contracts.compile_checks import applicable, compile_checks
from contracts.errors import InputError
from contracts.model import QualityRule, Severity, Text
from tests.unit.contracts.engines.planted import EXPECTED, PLANTED, column, contract, rule, sql


def compiled(*columns: Any, rules: tuple[QualityRule, ...] = ()) -> dict[str, Any]:
    return {c.id: c for c in compile_checks(contract(columns, rules))}


def test_every_kind_is_compiled_once_and_ids_are_the_expected_ones() -> None:
    checks = compile_checks(PLANTED)
    assert {c.kind for c in checks} == set(Kind)
    assert len({c.id for c in checks}) == len(checks)
    assert {c.id for c in checks} == set(EXPECTED)


def test_the_list_is_deterministic() -> None:
    assert [c.id for c in compile_checks(PLANTED)] == [c.id for c in compile_checks(PLANTED)]


def test_a_key_of_one_column_is_one_unique_check_and_required() -> None:
    checks = compiled(column("id", unique=True, primary_key_position=1))
    assert sorted(checks) == ["id.column", "id.required", "id.unique"]


def test_a_key_of_two_columns_is_unique_together() -> None:
    checks = compiled(column("b", primary_key_position=2), column("a", primary_key_position=1))
    assert checks["planted.unique"].columns == ("a", "b")


def test_bounds_are_values_of_the_columns_own_type() -> None:
    checks = compiled(
        column("d", "date", "DATE", options={"minimum": "2020-01-31"}),
        column("t", "timestamp", "TIMESTAMP", options={"maximum": "2020-01-31T02:00:00+02:00"}),
        column("n", "integer", "BIGINT", options={"minimum": 0.5, "exclusiveMaximum": 9.5}),
        column("small", "integer", "BIGINT", options={"format": "u8", "maximum": 1000}),
    )
    assert checks["d.range"].arguments["minimum"] == date(2020, 1, 31)
    assert checks["t.range"].arguments["maximum"] == datetime(2020, 1, 31)
    assert checks["n.range"].arguments["minimum"] == 1
    assert checks["n.range"].arguments["exclusive_maximum"] == 10
    assert (checks["small.range"].arguments["minimum"], checks["small.range"].arguments["maximum"]) == (0, 255)


def test_a_double_is_finite_unless_its_range_says_so_already() -> None:
    checks = compiled(column("free", "number", "DOUBLE"), column("bound", "number", "DOUBLE", options={"maximum": 1}))
    assert "free.finite" in checks
    assert "bound.finite" not in checks


@pytest.mark.parametrize(
    ("more", "on_column", "level"),
    [
        ({"metric": "nullValues"}, True, "record"),
        ({"metric": "nullValues", "threshold": 5, "operator": "mustBeLessThan"}, True, "file"),
        ({"metric": "nullValues", "unit": "percent"}, True, "file"),
        ({"metric": "duplicateValues"}, True, "file"),
        ({"metric": "rowCount", "operator": "mustBeGreaterThan"}, False, "file"),
    ],
)
def test_levels(more: dict[str, Any], on_column: bool, level: str) -> None:
    the_rule = rule(id="it", **more)
    checks = compiled(column("a", quality=(the_rule,) if on_column else ()), rules=() if on_column else (the_rule,))
    assert checks["it"].level == level


def test_a_rule_that_repeats_a_constraint_takes_its_place() -> None:
    said = rule(id="named", metric="nullValues", description=Text("It is always there"))
    checks = compiled(column("a", required=True, quality=(said,)))
    assert [c for c in checks if checks[c].kind is Kind.REQUIRED] == ["named"]
    assert checks["named"].text.default == "It is always there"


def test_a_rule_of_another_severity_stands_beside_the_constraint() -> None:
    checks = compiled(column("a", required=True, quality=(rule(metric="nullValues", severity=Severity.WARNING),)))
    assert {"a.required", "a.required_2"} <= set(checks)


def test_thresholds_and_units_are_kept() -> None:
    checks = compiled(
        column(
            "a", quality=(rule(id="r", metric="nullValues", operator="mustBeLessThan", threshold=2, unit="percent"),)
        )
    )
    assert checks["r"].threshold == Threshold("mustBeLessThan", 2, "percent")


def test_columns_of_a_sql_rule_come_from_its_query() -> None:
    by_query = compile_checks(PLANTED)
    assert next(c for c in by_query if c.id == "planted.sql").columns == ("opened_at", "closed_at")
    everything = compiled(
        column("a"),
        column("b"),
        rules=(sql("select count(*) from (select * from {object}) where a = 'x'", [{"a": "x"}]),),
    )
    assert everything["planted.sql"].columns == ("a", "b")


def test_a_rendition_gets_the_checks_whose_columns_it_has() -> None:
    checks = compile_checks(PLANTED)
    inside, outside = applicable(checks, ["opened_at", "id"])
    assert {c.id for c in inside} >= {"opened_at.required", "id.unique", "planted.row_count", "many"}
    assert {c.id for c in outside} >= {"planted.sql", "planted.unique", "name.length"}
    assert len(inside) + len(outside) == len(checks)


def test_text_rules_become_no_check() -> None:
    documented = rule(type="text", description=Text("Handle with care"))
    assert sorted(compiled(column("a", quality=(documented,)), rules=(documented,))) == ["a.column"]


REFUSED = [
    (rule(type="custom", arguments={"engine": "soda"}), "not supported: custom rule of engine soda"),
    (rule(metric="invalidValues"), "does not say what is valid"),
    (rule(metric="missingValues"), "needs the values"),
    (rule(metric="rowCount"), "no meaning for one column"),
    (rule(metric="invalidValues", arguments={"validValues": [1]}), "has the wrong type"),
    (rule(metric="invalidValues", arguments={"pattern": "(?=x)"}), "no regular expression"),
    (rule(metric="invalidValues", arguments={"pattern": "(a)\\1"}), "no regular expression"),
    (sql("select count(*) from {object} where nope = 1", [{"a": "x"}]), "does not run"),
    (sql("select a from {object}", [{"a": "x"}]), "no single number"),
    (sql("select count(*) from {object} where a = 'x'", [{"a": "y"}]), "a failing example keeps its rule"),
    (sql("select count(*) from {object} where a = 'x'", [{"z": "y"}]), "names a column the contract does not have"),
    (sql("select count(*) from {object}", []), "does not show that it can fail"),
    (sql("select count(*) from other", [{"a": "x"}]), "may not say"),
]


@pytest.mark.parametrize(("refused", "words"), REFUSED)
def test_a_rule_that_cannot_be_run_or_cannot_fail_is_refused_with_its_line(refused: QualityRule, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        compiled(column("a", quality=(refused,)))
    assert caught.value.where == "planted.odcs.yaml:7"


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (rule(metric="nullValues"), "no meaning for a whole table"),
        (rule(metric="duplicateValues"), "which columns make the key"),
        (rule(metric="duplicateValues", arguments={"properties": ["nope"]}), "a column the contract does not have"),
        (sql("select count(*) from {object} where {property} = 'x'", [{"a": "x"}]), "whole table"),
    ],
)
def test_a_table_rule_without_meaning_is_refused(refused: QualityRule, words: str) -> None:
    with pytest.raises(InputError, match=words):
        compiled(column("a"), rules=(refused,))


@pytest.mark.parametrize(
    "odd",
    [
        column("a", "number", "DOUBLE", options={"minimum": 2, "maximum": 1}),
        column("a", "number", "DOUBLE", options={"minimum": "two"}),
        column("a", "number", "DOUBLE", options={"multipleOf": 0}),
        column("a", "date", "DATE", options={"minimum": "31/01/2020"}),
        column("a", options={"minLength": 3, "maxLength": 2}),
        column("a", "integer", "BIGINT", quality=(rule(metric="missingValues", arguments={"missingValues": ["NA"]}),)),
    ],
)
def test_a_constraint_no_value_can_keep_or_break_is_refused(odd: Any) -> None:
    with pytest.raises(InputError):
        compiled(odd)


def test_two_rules_with_one_id_are_refused() -> None:
    with pytest.raises(InputError, match="the same id"):
        compiled(column("a", quality=(rule(id="x", metric="nullValues"),)), rules=(rule(id="x", metric="rowCount"),))
