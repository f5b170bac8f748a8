"""The shared entities and products: whole in three languages, and every rule of theirs able to fail."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from contracts.city_load import load_shared
from contracts.model import Contract, QualityRule, Text

LANGUAGES = ("es", "pt")


def contracts() -> list[Contract]:
    shared = load_shared()
    return [*shared.entities.values(), *shared.products.values()]


def sql_rules() -> Iterator[tuple[Contract, QualityRule]]:
    for contract in contracts():
        for rule in contract.object.quality:
            if rule.type == "sql":
                yield contract, rule


def texts(contract: Contract) -> Iterator[tuple[str, Text]]:
    yield "title", contract.title
    yield "purpose", contract.purpose
    yield "limitations", contract.limitations
    yield "usage", contract.usage
    yield "object", contract.object.description
    for column in contract.columns:
        yield f"{column.name} title", column.title
        yield f"{column.name} description", column.description
        for rule in column.quality:
            yield f"{column.name} rule", rule.description
    for rule in contract.object.quality:
        yield f"rule {rule.id}", rule.description


@pytest.mark.parametrize("contract", contracts(), ids=lambda c: c.id)
def test_every_text_stands_in_three_languages(contract: Contract) -> None:
    lacking = [(what, lang) for what, text in texts(contract) for lang in LANGUAGES if not text.has(lang)]
    empty = [what for what, text in texts(contract) if not text]
    assert (lacking, empty) == ([], [])


@pytest.mark.parametrize("contract", contracts(), ids=lambda c: c.id)
def test_every_column_has_a_class_of_its_own(contract: Contract) -> None:
    assert [c.name for c in contract.columns if not c.classified] == []


def number(contract: Contract, rule: QualityRule, records: list[dict[str, object]]) -> float:
    connection = duckdb.connect()
    columns = ", ".join(f'"{c.name}" {c.physical_type}' for c in contract.columns)
    connection.execute(f"create table judged ({columns})")
    for record in records:
        names = ", ".join(f'"{n}"' for n in record)
        marks = ", ".join("?" * len(record))
        connection.execute(f"insert into judged ({names}) values ({marks})", list(record.values()))
    assert rule.query is not None
    query = rule.query.replace("${object}", "judged").replace("{object}", "judged")
    found = connection.execute(query).fetchone()
    connection.close()
    assert found is not None
    return float(found[0])


@pytest.mark.parametrize(("contract", "rule"), list(sql_rules()), ids=lambda x: getattr(x, "id", None))
def test_a_rule_passes_without_records_and_fails_on_its_example(contract: Contract, rule: QualityRule) -> None:
    limit = rule.threshold
    assert isinstance(limit, int | float)
    assert number(contract, rule, []) <= limit
    assert number(contract, rule, [dict(r) for r in rule.failing_example]) > limit
