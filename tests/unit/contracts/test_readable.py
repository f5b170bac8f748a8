"""A contract cut to a tier: nothing of what is above it is left, by name or by hint."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.city_load import load_products
from contracts.compile_checks import compile_checks
from contracts.kept_contract import to_document
from contracts.model import (
    Contract,
    Member,
    Place,
    Property,
    QualityRule,
    Role,
    SchemaObject,
    Server,
    ServiceLevel,
    Severity,
    Step,
    Text,
)
from contracts.readable import readable

HERE = Place("/home/someone/secret/x.odcs.yaml", 7)


def column(name: str, tier: str, **more: Any) -> Property:
    facts: dict[str, Any] = {
        "logical_type": "string",
        "physical_type": "VARCHAR",
        "required": False,
        "unique": False,
        "primary_key_position": None,
        "classified": True,
        "description": Text(f"About {tier}."),
        "options": {},
        "quality": (),
        "place": HERE,
    }
    return Property(name=name, classification=tier, **{**facts, **more})


def rule(query: str | None = None, **more: Any) -> QualityRule:
    facts: dict[str, Any] = {
        "type": "sql" if query else "library",
        "metric": None if query else "rowCount",
        "query": query,
        "arguments": {},
        "operator": "mustBe",
        "threshold": 0,
        "unit": "rows",
        "dimension": "accuracy",
        "severity": Severity.ERROR,
        "description": Text("A rule."),
        "place": HERE,
    }
    return QualityRule(**{**facts, **more})


def contract(*rules: QualityRule, **more: Any) -> Contract:
    columns = (
        column("area", "public", primary_key_position=1),
        column("shown", "public", step=Step("compare_times", "1.0.0", {"with": "opened_at", "to": "day"})),
        column("opened_at", "internal"),
        column("Name Of Person", "restricted", primary_key_position=2),
    )
    facts: dict[str, Any] = {
        "tier": "restricted",
        "renditions": ("restricted", "internal", "public"),
        "team": (Member("o@x.example", "owner", "Olga"), Member("dev@x.example", "developer")),
        "servers": (Server("s", "socrata", "portal", {"dataset": "abcd"}, HERE),),
        "service_levels": (
            ServiceLevel("latency", 1, "d", "t.opened_at", HERE),
            ServiceLevel("frequency", 1, "d", None, HERE),
        ),
        "needs": ("tenders",),
        "licence_in": "secret licence",
        "custom": {
            "formats": ["csv"],
            "partition": {"by": "opened_at", "every": "month"},
            "decimals": {"shown": 1, "opened_at": 2},
            "reconciles": {"entity": "tenders"},
            "sharingAgreement": "with the police",
        },
        **more,
    }
    return Contract(
        id="product/t", role=Role.PRODUCT, name="t", title=Text("T"), version="1.0.0", status="active",
        purpose=Text("p"), limitations=Text("l"), usage=Text("u"),
        object=SchemaObject("t", "table", Text("d"), columns, rules, HERE), path=HERE_PATH, sha256="a" * 64, **facts,
    )  # fmt: skip


HERE_PATH = Path("/home/someone/secret/x.odcs.yaml")


def test_nothing_above_the_tier_is_left() -> None:
    text = json.dumps(to_document(readable(contract(), "public")), default=str).casefold()
    for name in ("opened_at", "name of person", "someone", "abcd", "socrata", "police", "tenders", "olga", "developer"):
        assert name not in text
    assert "secret" not in text


def test_what_the_tier_may_see_is_left() -> None:
    cut = readable(contract(), "public")
    assert [p.name for p in cut.columns] == ["area", "shown"]
    assert cut.renditions == ("public",)
    assert cut.columns[1].step == Step("compare_times", "1.0.0", {"to": "day"})
    assert cut.custom == {"formats": ["csv"], "decimals": {"shown": 1}}
    assert [s.property for s in cut.service_levels] == ["frequency"]
    assert [m.role for m in cut.team] == ["owner"]
    assert (cut.tier, cut.sha256) == ("restricted", "a" * 64)


def test_half_a_key_is_no_key() -> None:
    assert readable(contract(), "internal").primary_key == ()
    assert readable(contract(), "restricted").primary_key == ("area", "Name Of Person")


@pytest.mark.parametrize(
    "hint",
    [
        rule("select count(*) from {object} where opened_at is null"),
        rule("select count(*) from {object} where OPENED_AT is null"),
        rule('select count(*) from {object} where "Name Of Person" is null'),
        rule("select count(*) from (select * from {object})"),
        rule("select count(*) from (select distinct  * from {object})"),
        rule("select count(*) from (select area, * from {object})"),
        rule("select count(*) from (select t.* from {object} t)"),
        rule("select count(COLUMNS('open.*')) from {object}"),
        rule("select max(#3) from {object}"),
        rule("select list( * ) from {object}"),
        rule(id="opened_at_is_there"),
        rule(description=Text("Every opened_at is known.")),
        rule(description=Text("A rule.", {"es": "Todo opened_at se conoce."})),
        rule("select 1", failing_example=({"area": "1", "opened_at": "x"},)),
        rule(metric="duplicateValues", arguments={"properties": ["area", "opened_at"]}),
    ],
    ids=lambda r: str(r.query or r.id or r.arguments or r.description.default),
)
def test_a_rule_that_could_speak_of_a_hidden_column_is_not_told(hint: QualityRule) -> None:
    assert readable(contract(hint), "restricted").object.quality[0].query == hint.query
    assert readable(contract(hint), "public").object.quality == ()


@pytest.mark.parametrize(
    "query",
    [
        "select count(*) from {object} where shown is null",
        "select 100.0 * count(*) / nullif(count( * ), 0) from {object} where area = 'x'",
        "select count(*) from {object} where not_opened_at is null",
    ],
)
def test_a_rule_of_shown_columns_is_told(query: str) -> None:
    assert [r.query for r in readable(contract(rule(query)), "public").object.quality] == [query]


@pytest.mark.parametrize("tier", ["public", "internal"])
@pytest.mark.parametrize("name", sorted(load_products()))
def test_of_the_shared_products_just_the_rules_of_shown_columns_are_told(name: str, tier: str) -> None:
    whole = load_products()[name]
    cut = readable(whole, tier)
    seen = {p.name for p in cut.columns}
    assert {c.id for c in compile_checks(cut)} == {
        c.id for c in compile_checks(whole) if set(c.columns) <= seen and (c.kind != "unique" or _keyed(c.columns, cut))
    }


def _keyed(columns: tuple[str, ...], cut: Contract) -> bool:
    """A key that lost a column is not asked of the rest."""
    return len(columns) == 1 or set(columns) == set(cut.primary_key)


def test_cutting_twice_is_cutting_once() -> None:
    once = readable(contract(), "public")
    assert readable(replace(once), "public") == once
