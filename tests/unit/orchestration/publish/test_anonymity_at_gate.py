"""Classes of records at the gate: what holds, over which columns of which tier, and who is told what."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.publish.anonymity_rules import NONE_DECLARED
from tests.unit.orchestration.publish.publish_world import (
    PRODUCT,
    Row,
    World,
    changed,
    flow_of,
    public_bytes,
    ruling,
)
from tests.unit.orchestration.publish.test_parts import by_month, dated

RULE = "anonymity"


def asking(word: dict[str, Any] | None, **classified: str) -> dict[str, Any]:
    """The product with a promise, its columns classified otherwise where ``classified`` says so."""

    def edit(document: dict[str, Any]) -> None:
        if word is not None:
            document["customProperties"].append({"property": RULE, "value": word})
        if "restricted" in classified.values():
            for entry in document["customProperties"]:
                if entry["property"] == "tier":
                    entry["value"] = "restricted"
                if entry["property"] == "renditions":
                    entry["value"] = ["restricted", "internal", "public"]
        for column in document["schema"][0]["properties"]:
            column["classification"] = classified.get(column["name"], column["classification"])

    return changed(PRODUCT, edit)


def finding(report: Any) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in report["gate"] if entry["id"] == RULE)
    return found


def cases(classes_of: list[tuple[str, int, str]]) -> list[Row]:
    """One record a row: category, days open, officer."""
    return [
        (f"C{i:05d}", category, date(2026, 1, 30), days, 1.0, datetime(2026, 1, 30, 8), badge, f"Nota zz {i}")
        for i, (category, days, badge) in enumerate(classes_of)
    ]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "town")


def test_one_record_alone_holds_the_release_and_no_value_is_told(world: World) -> None:
    world.product = asking({"quasiIdentifiers": ["category", "days_open"], "k": 5})
    world.deliver(cases([("potholes", 1, "B1")] * 20 + [("zebra crossing", 7, "B2")]))
    held = world.publish()
    assert held.outcome == "held"
    assert [r.rule for r in held.reasons] == [RULE]
    whole, public = finding(held.quality), finding(held.qualities["public"])
    assert whole["detail"].split("; ") == [
        f"for {tier}, 2 classes by category, days_open, the smallest of 1, 1 with 1 records have fewer than 5"
        for tier in ("internal", "public")
    ]
    assert (whole["examined"], whole["failed"]) == (42, 2)
    assert (public["result"], public["examined"], public["failed"]) == ("failed", 21, 0)
    assert public["detail"] == "too few records agree in category, days_open"
    for told in (held.quality, *held.qualities.values(), [r.sentence for r in held.reasons]):
        assert "zebra" not in json.dumps(told, default=str)
    world.rulings = (ruling("waiver", f"cases.{RULE}"),)
    assert world.publish().outcome == "held", "nobody may waive it"


def test_as_many_as_asked_pass_and_staff_read_how_many(world: World) -> None:
    world.product = asking({"quasiIdentifiers": ["category"], "k": 5})
    world.deliver(cases([("a", 1, "B1")] * 5 + [("b", 2, "B2")] * 6))
    done = world.publish()
    assert done.outcome == "published"
    assert finding(done.quality)["detail"].startswith("for internal, 2 classes by category, the smallest of 5; for pub")
    public = finding(done.qualities["public"])
    assert (public["result"], public["detail"], public["examined"]) == ("passed", "", 11)


def test_what_a_tier_does_not_see_is_left_out_for_it_and_never_named(world: World) -> None:
    """Together with the officer the staff's file has a class of one; everybody's has not."""
    world.product = asking({"quasiIdentifiers": ["category", "officer_badge"], "k": 4, "sensitive": ["zz_note"]})
    world.deliver(cases([("a", 1, "B1")] * 5 + [("a", 1, "B7")]))
    held = world.publish()
    assert [r.rule for r in held.reasons] == [RULE]
    public, staff = finding(held.qualities["public"]), finding(held.qualities["internal"])
    assert (public["result"], public["detail"]) == ("passed", "")
    assert staff["detail"] == (
        "too few records agree in category, officer_badge; "
        "records that agree in category, officer_badge hold too few values of zz_note"
    )
    assert "public" not in finding(held.quality)["detail"]
    for word in ("officer_badge", "zz_note", "B7"):
        assert word not in json.dumps(held.qualities["public"], default=str)


def test_a_tier_that_sees_no_quasi_identifier_is_not_asked(world: World) -> None:
    world.product = asking({"quasiIdentifiers": ["officer_badge"], "k": 3})
    world.deliver(cases([("a", 1, "B1")] * 3))
    done = world.publish()
    assert done.outcome == "published"
    public = finding(done.qualities["public"])
    assert (public["result"], public["detail"]) == ("not applicable", NONE_DECLARED)
    assert finding(done.qualities["internal"])["result"] == "passed"
    served = public_bytes(world.home)
    assert NONE_DECLARED.encode() in served
    assert b"officer_badge" not in served


def test_without_a_promise_nothing_is_asked_and_nothing_measured(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.disclosure.anonymity.measure_anonymity", lambda *_: pytest.fail("measured"))
    world.deliver()
    assert finding(world.publish().quality)["result"] == "not applicable"


def test_the_few_people_of_the_most_restrictive_tier_may_know_who_it_is(world: World) -> None:
    word = {"quasiIdentifiers": ["category"], "k": 3}
    world.product = asking(word, zz_note="restricted", officer_badge="restricted")
    world.deliver(cases([("a", 1, "B1"), ("a", 1, "B2"), ("a", 1, "B3")]))
    done = world.publish()
    assert done.outcome == "published"
    assert finding(done.qualities["restricted"])["result"] == "not applicable"
    assert [t for t in ("internal", "public") if f"for {t}," in finding(done.quality)["detail"]] == [
        "internal",
        "public",
    ]


def test_a_class_in_which_all_hold_one_value_is_known_whole(world: World) -> None:
    world.product = asking({"quasiIdentifiers": ["category"], "k": 2, "sensitive": ["days_open"], "l": 2})
    world.deliver(cases([("a", 1, "B1"), ("a", 2, "B1"), ("b", 3, "B1"), ("b", 3, "B1"), ("b", 3, "B1")]))
    held = world.publish()
    assert [r.rule for r in held.reasons] == [RULE]
    assert "1 with 3 records hold fewer than 2 values of days_open" in held.reasons[0].sentence
    assert held.reasons[0].failed == 6
    assert finding(held.qualities["public"])["detail"] == (
        "records that agree in category hold too few values of days_open"
    )


def test_a_class_is_counted_over_all_parts_also_those_that_did_not_change(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.publish.part_writer.ROWS_IN_ONE_FILE", 30)

    def edit(document: dict[str, Any]) -> None:
        by_month(document)
        document["customProperties"].append({"property": RULE, "value": {"quasiIdentifiers": ["category"], "k": 4}})

    world.product = changed(PRODUCT, edit)
    table = dated()
    world.deliver(table)
    first = world.publish()
    assert first.outcome == "published"
    seen = Counter(row[1] for row in table)
    assert f"the smallest of {min(seen.values())}" in finding(first.quality)["detail"]
    rare = min(seen, key=lambda name: (seen[name], name))
    kept = [row for row in table if row[1] == rare][:3]
    world.deliver([row if row[1] != rare or row in kept else (row[0], "potholes", *row[2:]) for row in table])
    held = world.publish()
    assert [r.rule for r in held.reasons] == [RULE]
    assert "1 with 3 records have fewer than 4" in held.reasons[0].sentence


def test_a_measuring_that_stops_closes_the_gate_and_quotes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any) -> Any:
        raise duckdb.OutOfMemoryException("could not hold 'zebra crossing'")

    world.product = asking({"quasiIdentifiers": ["category"], "k": 2})
    world.deliver()
    monkeypatch.setattr("transforms.disclosure.anonymity.measure_anonymity", stop)
    held = world.publish()
    assert (held.outcome, held.reasons[0].rule) == ("held", RULE)
    assert "OutOfMemoryException" in held.reasons[0].sentence
    assert "zebra" not in json.dumps(held.quality, default=str)


def test_to_ask_less_is_held_until_somebody_else_approves_it(world: World) -> None:
    word = {"quasiIdentifiers": ["category"], "k": 4}
    world.product = asking(word)
    world.deliver()
    assert world.publish().outcome == "published"
    world.product = changed(asking({**word, "k": 3}), lambda d: d.update(version="2.0.0"))
    held = world.publish()
    assert [r.rule for r in held.reasons] == ["contract_change"]
    assert "k of anonymity was 4 and is 3" in held.reasons[0].sentence
    assert "anonymity" not in json.dumps([e for e in held.qualities["public"]["gate"] if e["id"] == "contract_change"])
    world.rulings = (ruling("approval", "cases", change="2.0.0"),)
    assert world.publish().outcome == "published"


@pytest.mark.parametrize("seed", range(2))
def test_the_verdict_is_that_of_counting_by_hand(world: World, seed: int) -> None:
    chance = random.Random(seed)
    told = [(chance.choice("aab"), chance.randrange(3), f"B{chance.randrange(3)}") for _ in range(60)]
    sizes = Counter((category, badge) for category, _, badge in told)
    values: dict[Any, set[int]] = defaultdict(set)
    for category, days, badge in told:
        values[category, badge].add(days)
    small, least = min(sizes.values()), min(map(len, values.values()))
    for k, least_asked in ((small, max(2, least)), (small + 1, 2)):
        word = {"quasiIdentifiers": ["category", "officer_badge"], "k": k, "sensitive": ["days_open"], "l": least_asked}
        home = World(world.root / f"{k}-{least_asked}", product=asking(word))
        home.deliver(cases(told))
        held = home.publish()
        good = small >= k and least >= least_asked
        assert (held.outcome == "published") is good, (small, least, word)


def test_rare_records_may_be_blanked_without_a_step_where_public_columns_decide_it(world: World) -> None:
    """As docs/how-to/records-that-stand-alone.md says."""
    world.product = asking({"quasiIdentifiers": ["category", "days_open"], "k": 4})
    others = "case_id, opened_date, score, opened_at, officer_badge, zz_note"
    keys = "category, days_open"
    blanked = ", ".join(f"case when sized.alike >= 4 then sized.{key} end as {key}" for key in keys.split(", "))
    sized = f"select {others}, {keys}, count(*) over (partition by {keys}) as alike from raw__requests"
    sql = f"select {', '.join(f'sized.{name}' for name in others.split(', '))}, {blanked} from ({sized}) as sized"
    world.deliver(cases([("a", 1, "B1")] * 5 + [("none given", 0, "B1")] * 4))
    done = world.publish(flow=flow_of(world.contract, sql))
    gate = {entry["id"]: entry["result"] for entry in done.qualities["public"]["gate"]}
    assert (done.outcome, gate["flows"], gate[RULE]) == ("published", "passed", "passed")
