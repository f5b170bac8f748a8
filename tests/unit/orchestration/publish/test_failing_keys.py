"""Which records hold a product: told to staff while it is held, kept nowhere else and no longer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.contract_views import named_records
from catalog.site.speech import Speech
from catalog.store import Store
from catalog.views import ProductView, Reason
from contracts import failing_keys
from contracts.failing_keys import MOST, FailingKeys
from contracts.model import Text
from orchestration.publish.withdraw import Order, withdraw
from tests.unit.orchestration.publish.publish_world import AS_OF, World, rows


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.deliver()
    made.publish()
    return made


def spoil(world: World, column: int, value: object, *which: int) -> str:
    """Deliver records that break a rule; returns the sha256 of the refusal's evidence."""
    bad = rows()
    for i in which:
        bad[i] = (*bad[i][:column], value, *bad[i][column + 1 :])
    world.deliver(bad)
    result = world.publish()
    assert result.outcome == "held"
    return str(result.evidence_sha256)


def product(world: World, tier: str) -> ProductView:
    return Store(world.city, world.home, tier).catalog(AS_OF).products["cases"]


def told(world: World, tier: str) -> list[tuple[tuple[str, ...], ...]]:
    held = product(world, tier).held
    assert held is not None
    return [reason.keys.keys for reason in held.reasons if reason.keys]


def test_staff_are_told_some_of_the_records_and_the_public_none(world: World) -> None:
    spoil(world, 1, None, *range(3, 10))
    assert told(world, "internal") == [tuple((f"C{i:05d}",) for i in range(3, 3 + MOST))]
    assert told(world, "public") == []
    held = product(world, "internal").held
    assert held is not None
    said = Speech(world.city, "en").hold_reason(held.reasons[0])
    assert said.endswith("Some of the records: case_id C00003; case_id C00004; case_id C00005; case_id C00006; "
                         "case_id C00007.")  # fmt: skip


def test_an_sql_rule_that_counts_rows_names_them_too(world: World) -> None:
    spoil(world, 6, "nobody", 4, 2)
    assert told(world, "internal") == [(("C00002",), ("C00004",))]
    held = product(world, "internal").held
    assert held is not None and held.reasons[0].keys is not None
    assert not held.reasons[0].keys.more
    assert told(world, "public") == []


def test_nothing_but_the_file_that_may_go_holds_a_key(world: World) -> None:
    evidence = spoil(world, 1, None, 3)
    holding = [p for p in sorted(world.root.rglob("*.json")) if "C00003" in p.read_text(errors="ignore")]
    assert holding == [failing_keys.path_of(world.home, "cases")]
    contract = world.contract
    assert failing_keys.read(world.home, contract, "0" * 64, "internal") == {}, "of another attempt"
    assert failing_keys.read(world.home, contract, evidence, "public") == {}
    holding[0].unlink()
    assert told(world, "internal") == []


def test_what_may_no_longer_be_seen_is_not_told(world: World) -> None:
    """Not even a key that may, where the rule looks at a column above the tier."""
    found = [
        FailingKeys("open", ("category",), ("case_id",), (("C1",),)),
        FailingKeys("above", ("officer_badge",), ("case_id",), (("C2",),)),
        FailingKeys("gone", ("category", "a_column_that_left"), ("case_id",), (("C3",),)),
    ]
    failing_keys.keep(world.home, "cases", "e" * 64, found)
    assert set(failing_keys.read(world.home, world.contract, "e" * 64, "internal")) == {"open", "above"}
    assert failing_keys.read(world.home, world.contract, "e" * 64, "public") == {}


def test_a_code_is_told_with_what_it_is_called_where_that_may_be_seen(world: World) -> None:
    properties = world.contract.object.properties
    renamed = {"case_id": "office_id", "category": "office_name"}
    contract = replace(
        world.contract,
        object=replace(
            world.contract.object,
            properties=tuple(replace(p, name=renamed.get(p.name, p.name)) for p in properties),
        ),
    )
    assert failing_keys.name_column("office_id", contract) == "office_name"
    assert failing_keys.name_column("days_open", contract) is None
    kept = FailingKeys("open", (), ("office_id",), (("04",), ("05",)), names={"office_id": {"04": "Las Salinas"}})
    failing_keys.keep(world.home, contract.name, "e" * 64, [kept])
    found = failing_keys.read(world.home, contract, "e" * 64, "internal")
    keys = named_records(Reason("open", Text("Open.")), contract, found).keys
    assert keys is not None and keys.keys == (("04 (Las Salinas)",), ("05",))
    closed = tuple(
        replace(p, classification="restricted") if p.name == "office_name" else p for p in contract.object.properties
    )
    above = replace(contract, object=replace(contract.object, properties=closed))
    assert failing_keys.read(world.home, above, "e" * 64, "internal")["open"].names == {}


@pytest.mark.parametrize("way", ["published", "unchanged", "withdrawn", "held for another reason"])
def test_it_goes_when_the_hold_does(world: World, way: str) -> None:
    spoil(world, 1, None, 3)
    path = failing_keys.path_of(world.home, "cases")
    assert path.is_file()
    if way == "withdrawn":
        withdraw(world.home, world.ledger, "cases", Order("Over.", "someone@example.gov", AS_OF.date()), AS_OF)
    elif way == "held for another reason":
        world.deliver(rows(100))
        assert world.publish().outcome == "held"
    else:
        world.deliver(rows(41) if way == "published" else rows())
        assert world.publish().outcome == way
    assert not path.exists()
