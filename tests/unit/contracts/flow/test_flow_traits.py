"""What steps are for: kinds, units and maxima carried from the sources' contracts to a step's call."""

from __future__ import annotations

from typing import Final

import pytest

from contracts.flow.analysis import analyse
from contracts.flow.classes import Declared, DeclaredColumn, FindingKind, classify
from contracts.flow.model import FlowGraph, Leaf, LeafColumn, ModelText
from contracts.steps import flow_functions

PEOPLE: Final = Leaf(
    "people",
    {
        "id": LeafColumn("public", "VARCHAR", is_key=True),
        "name": LeafColumn("restricted", "VARCHAR"),
        "pay": LeafColumn("restricted", "INTEGER"),
        "born": LeafColumn("restricted", "DATE"),
        "age": LeafColumn("restricted", "INTEGER", unit="Years"),
        "x": LeafColumn("restricted", "DOUBLE", unit="degrees"),
        "y": LeafColumn("restricted", "DECIMAL(9,6)", unit="degrees"),
        "shown_x": LeafColumn("public", "DOUBLE", unit="degrees"),
        "unsaid": LeafColumn("restricted", "DOUBLE"),
        "grade": LeafColumn("internal", "INTEGER", maximum=6),
        "opened": LeafColumn("internal", "TIMESTAMP"),
        "_record": LeafColumn("restricted", "BIGINT"),
    },
)
LEAVES: Final = {PEOPLE.name: PEOPLE}
STEPS: Final = flow_functions()
ZONE: Final = "'America/Bogota'"


def graph_of(*models: str) -> FlowGraph:
    given = [ModelText(f"m{i}", sql) for i, sql in enumerate(models, 1)]
    graph = analyse(given, LEAVES, STEPS)
    assert not graph.refusals, [str(one) for one in graph.refusals]
    return graph


def class_of(*models: str) -> str:
    """The class of ``v`` in the last of the models."""
    return classify(graph_of(*models), LEAVES, STEPS).class_of(f"m{len(models)}", "v")


@pytest.mark.parametrize(
    "call",
    [
        "step_has_position(x, y)",
        "step_has_position(cast(x as double), coalesce(y, null))",
        "step_has_position(case when id > 'a' then x end, nullif(y, 0))",
        "step_has_position(cast(null as double), y)",
        "step_age_band(age, 5, 90)",
        "step_age_band(2026 - year(born), 5, 90)",
        "step_age_band(2026 - extract(year from born), 5, 90)",
        "step_age_band(date_diff('year', born, date '2026-01-01'), 5, 90)",
        "step_age_band(date_sub('year', born, date '2026-01-01'), 5, 90)",
        "step_age_band(floor((date '2026-01-01' - born) / 365.25), 5, 90)",
        "step_age_band((select max(p.age) from people as p), 5, 90)",
        "step_top_code(grade, 5)",
        "step_top_code(least(cast(grade as bigint), 100), 5)",
        "step_no_text(trim(upper(name)))",
        f"step_generalise_day(opened, {ZONE})",
    ],
)
def test_a_step_on_what_it_is_for_lowers(call: str) -> None:
    assert class_of(f"select {call} as v from people") == "public"


@pytest.mark.parametrize(
    "call",
    [
        "step_has_position(name, name)",
        "step_has_position(unsaid, y)",
        "step_has_position(x, x + pay)",
        "step_has_position(coalesce(x, cast(length(name) as double)), y)",
        "step_age_band(pay, 5, 90)",
        "step_age_band(age * 2, 5, 90)",
        "step_age_band(age + pay, 5, 90)",
        "step_age_band(2026 - year(cast((1900 + pay // 1000) || '-01-01' as date)), 5, 90)",
        "step_age_band((date '2026-01-01' - born) / 7, 5, 90)",
        "step_age_band(case when id > 'a' then age else pay end, 5, 90)",
        "step_top_code(grade, 6)",
        "step_top_code(grade * 10, 5)",
        "step_top_code(-grade, -1)",
        "step_top_code(least(grade, 3), 3)",
        "step_top_code(year(opened), 5)",
        "step_no_text(regexp_extract(name, 'A'))",
        "step_no_text(name || 'x')",
        "step_geomask_longitude(shown_x, shown_x, name, 100, 300)",
        "step_geomask_longitude(1.0, 1.0, name, 100, 300)",
        f"step_generalise_year(cast((2000 + grade) || '-01-01' as timestamp), {ZONE})",
    ],
)
def test_a_step_on_something_else_lowers_nothing_and_says_what_to_write(call: str) -> None:
    graph = graph_of(f"select {call} as v from people")
    assert classify(graph, LEAVES, STEPS).class_of("m1", "v") in ("internal", "restricted")
    assert graph.misuses
    assert all(one.wanted in str(one) for one in graph.misuses)


def test_the_message_says_what_the_contract_must_say() -> None:
    said = [str(one) for one in graph_of("select step_has_position(unsaid, y) as v from people").misuses]
    assert len(said) == 1
    assert "'longitude' to be a coordinate" in said[0]
    assert "unit: degrees" in said[0]
    (capped,) = graph_of("select step_top_code(pay, 5) as v from people").misuses
    assert "logicalTypeOptions" in str(capped)


def test_kind_and_unit_go_through_models_queries_and_set_operations() -> None:
    first = "select id, x as a, age as b, pay as c from people"
    second = "with q as (select * from m1 union all select id, x, age, pay from people) select a, b as n, c as x from q"
    assert class_of(first, second, "select step_age_band(n, 5, 90) as v from m2") == "public"
    assert class_of(first, second, "select step_has_position(a, a) as v from m2") == "public"
    assert class_of(first, second, "select step_age_band(x, 5, 90) as v from m2") == "restricted"
    mixed = "select age as n from people union all select pay from people"
    assert class_of(mixed, "select step_age_band(n, 5, 90) as v from m1") == "restricted"


def test_what_chose_a_value_in_a_model_before_is_not_lowered_with_it() -> None:
    first = "select id, case when pay > 5 then 'a' end as t, case when pay > 5 then age else 1 end as n from people"
    assert class_of(first, "select step_no_text(t) as v from m1") == "restricted"
    assert class_of(first, "select n from m1", "select step_age_band(n, 5, 90) as v from m2") == "restricted"
    public = "select id, case when id > 'a' then age end as n from people"
    assert class_of(public, "select step_age_band(n, 5, 90) as v from m1") == "public"


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("id", "public"),
        (f"step_generalise_day(opened, {ZONE}), id", "public"),
        ("opened, id", "internal"),
        ("_record", "restricted"),
        ("step_pseudonym(cast(_record as varchar), 'n')", "public"),
        ("step_pseudonym(cast(grade as varchar), 'n')", "internal"),
        ("step_pseudonym('a' || '/' || cast(_record as varchar), 'n'), opened", "internal"),
    ],
)
def test_a_record_number_tells_what_it_is_ordered_by_but_for_stand_ins_of_keys(order: str, found: str) -> None:
    assert class_of(f"select step_record_number(row_number() over (order by {order})) as v from people") == found


def test_a_record_number_within_groups_is_a_misuse() -> None:
    sql = "select step_record_number(row_number() over (partition by id order by id)) as v from people"
    assert [one.argument for one in graph_of(sql).misuses] == ["number"]


def found_of(declared: dict[str, list[str]], *models: str) -> list[tuple[str, str]]:
    """Relation and words of what is found in several forms, the named columns of each model being public."""
    contracts = {name: Declared({c: DeclaredColumn("public") for c in columns}) for name, columns in declared.items()}
    findings = classify(graph_of(*models), LEAVES, STEPS, contracts).findings
    assert {one.kind for one in findings} <= {FindingKind.NARROWED}, [str(one) for one in findings]
    return [(one.relation, str(one)) for one in findings]


def test_one_column_in_two_forms_is_a_finding_that_names_both() -> None:
    bands = "select id, step_age_band(age, 5, 90) as a, step_age_band(age + 1, 5, 90) as b from people"
    ((relation, said),) = found_of({"m1": ["a", "b"]}, bands)
    assert relation == "m1"
    assert "people.age goes through age_band in 2 different forms" in said
    assert "m1.a" in said
    assert "m1.b" in said
    assert found_of({"m1": ["a"]}, bands) == []
    alike = "select id, step_age_band(age, 5, 90) as a, step_age_band(cast(age as bigint), 10, 80) as b from people"
    assert found_of({"m1": ["a", "b"]}, alike) == []


def test_two_products_with_different_forms_are_both_found() -> None:
    models = (
        "select id, age, age + 1 as later from people",
        "select id, step_age_band(age, 5, 90) as a from m1",
        "select id, step_age_band(later, 5, 90) as b from m1",
    )
    found = found_of({"m2": ["a"], "m3": ["b"]}, *models)
    assert [relation for relation, _ in found] == ["m2", "m3"]
    assert found[0][1] == found[1][1]
    assert found_of({"m2": ["a"]}, *models) == []


def test_a_count_rounded_in_two_ways_is_found_and_two_counts_are_not() -> None:
    counts = "count(*) filter (where grade > 1) as n, count(*) filter (where grade > 2) as o"
    counted = f"select id, {counts} from people group by id"
    twice = "select id, step_round_count(n, 5) as a, step_round_count(n, 10) as b from m1"
    ((_, said),) = found_of({"m2": ["a", "b"]}, counted, twice)
    assert "A count goes through round_count in 2 different forms" in said
    apart = (
        "select id, step_round_count(n, 5) as a, step_round_count(o, 10) as b, step_round_count(n, 5) > 5 as c from m1"
    )
    assert found_of({"m2": ["a", "b", "c"]}, counted, apart) == []
