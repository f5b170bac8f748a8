"""Contracts as dbt properties."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from contracts.engines import dbt_properties
from contracts.model import Role, Text
from tests.unit.contracts.engines.planted import EXPECTED, PLANTED, column, contract, rule


def models(text: str) -> dict[str, Any]:
    return {m["name"]: m for m in yaml.safe_load(text)["models"]}


def listed_tests(model: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    listed = [*model["data_tests"], *(t for c in model["columns"] for t in c.get("data_tests", []))]
    return [next(iter(t.items())) for t in listed]


def test_every_check_is_a_test_or_left_to_the_gate_by_name() -> None:
    model = models(dbt_properties.properties([PLANTED]))["planted"]
    tested = {arguments["config"]["meta"].get("check") for _, arguments in listed_tests(model)}
    left = set(model["config"]["meta"]["left_to_the_gate"])
    by_columns = {c for c in EXPECTED if c.endswith(".column")}
    assert left == {"notes_written"}
    assert tested - {None} == set(EXPECTED) - left - by_columns


def test_an_entity_describes_its_received_model_and_a_product_its_mart() -> None:
    entity = replace(PLANTED, role=Role.ENTITY, id="entity/planted")
    assert set(models(dbt_properties.properties([entity]))) == {"int_planted__received"}
    assert set(models(dbt_properties.properties([PLANTED]))) == {"planted"}


def test_tier_class_and_types_stand_there() -> None:
    model = models(dbt_properties.properties([PLANTED]))["planted"]
    price = next(c for c in model["columns"] if c["name"] == "price")
    assert model["config"]["meta"]["tier"] == "public"
    assert price["config"]["meta"]["class"] == "public"
    assert price["data_type"] == "decimal(10,2)"


def test_test_names_are_unique() -> None:
    model = models(dbt_properties.properties([PLANTED]))["planted"]
    names = [arguments["name"] for _, arguments in listed_tests(model)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("operator", "value", "breaks"),
    [
        ("mustBeLessThan", 5, ">= 5"),
        ("mustBeBetween", (1.0, 2.5), "not between 1 and 2.5"),
        ("mustNotBe", 3, "= 3"),
    ],
)
def test_a_threshold_becomes_error_if(operator: str, value: Any, breaks: str) -> None:
    quality = (rule(id="few", metric="nullValues", operator=operator, threshold=value),)
    model = models(dbt_properties.properties([contract((column("a", quality=quality),))]))["planted"]
    (arguments,) = [a for name, a in listed_tests(model) if name == "not_null"]
    assert arguments["config"]["error_if"] == breaks


def test_what_looks_like_a_template_is_kept_from_jinja() -> None:
    odd = column("a", options={"pattern": "^a{{2}}$"}, description=Text("Braces {{ like }} these {% here %}"))
    text = dbt_properties.properties([contract((odd,))])
    model = models(text)["planted"]
    (arguments,) = [a for name, a in listed_tests(model) if name == "contract_matches"]
    assert arguments["arguments"]["pattern_sql"] == "{% raw %}'^a{{2}}$'{% endraw %}"
    assert "{{" not in model["columns"][0]["description"]
    assert "{%" not in model["columns"][0]["description"]


def test_the_text_is_the_same_in_any_order_and_says_who_wrote_it() -> None:
    other = replace(PLANTED, id="product/another", name="another")
    text = dbt_properties.properties([PLANTED, other])
    assert text == dbt_properties.properties([other, PLANTED])
    assert text.startswith("# Generated from the contracts by `cauce contract compile`")
    assert list(models(text)) == ["another", "planted"]
