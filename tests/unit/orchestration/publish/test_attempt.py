"""One attempt after another on a small city: published, unchanged, held, still held, published again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.errors import ArtefactError, InputError
from contracts.evidence import EntryKind
from contracts.release import InputRef, commits, current
from contracts.results import Result
from orchestration.publish.audit import verify
from tests.unit.orchestration.publish.publish_world import (
    AS_OF,
    PRODUCT,
    SECRETS,
    SOURCE,
    Stand,
    World,
    changed,
    public_bytes,
    quality_of,
    rows,
    ruling,
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.deliver()
    return made


def test_a_release_appears_in_every_tier_with_its_evidence(world: World) -> None:
    result = world.publish()
    assert (result.outcome, result.version, result.reasons) == ("published", 1, ())
    for tier in ("internal", "public"):
        release = current(world.home, tier, "cases")
        assert release is not None
        assert release.manifest.version == 1
        assert release.manifest.rows == 40
        assert {f.path for f in release.manifest.files} == {
            "data.parquet",
            "data.csv",
            "quality.json",
            "lineage.json",
        }
    assert [e.kind for e in world.ledger.entries()] == ["landing", "intent", "publication"]
    assert verify(world.home) == []
    assert not any(world.home.work.iterdir())


def test_every_gate_rule_and_contract_rule_is_answered(world: World) -> None:
    from orchestration.publish.gate_rules import GATE_RULES

    quality = world.publish().quality
    assert {e["id"] for e in quality["gate"]} == set(GATE_RULES)
    assert all(e["text"]["es"] for e in quality["gate"])
    assert {e["result"] for e in quality["rules"]} == {"passed"}
    assert all(e["proof"]["caught"] for e in quality["rules"])
    for entry in quality["rules"]:
        assert entry["proof"]["mutation"] == {"en": f"{entry['id']} was broken", "es": f"se dañó {entry['id']}"}
    assert quality["summary"]["passed"] == quality["summary"]["rules"] == len(quality["rules"])


def test_no_public_byte_holds_a_name_or_a_value_above_public(world: World) -> None:
    world.publish()
    world.deliver([*rows(41)])
    assert world.publish().version == 2
    there = public_bytes(world.home)
    for secret in (*SECRETS, "Nota zz", "opened_at", "B1"):
        assert secret.encode() not in there, secret
    assert b"officer_badge" in (world.home.releases / "internal/cases/2/data.parquet").read_bytes()


def test_the_same_records_make_no_new_release(world: World) -> None:
    first = world.publish()
    world.deliver(list(reversed(rows())))
    again = world.publish()
    assert (again.outcome, again.version) == ("unchanged", first.version)
    assert len(commits(world.home, "public", "cases")) == 1
    assert again.quality["rules"]


def test_force_publishes_the_same_records_again(world: World) -> None:
    world.publish()
    assert world.publish(force=True).version == 2


def test_a_new_column_makes_a_new_release(world: World) -> None:
    world.publish()

    def edit(document: dict[str, Any]) -> None:
        document["version"] = "1.0.1"
        document["schema"][0]["properties"][1]["description"] = "What it is about."

    world.product = changed(PRODUCT, edit)
    result = world.publish()
    assert (result.outcome, result.version) == ("published", 2)
    release = current(world.home, "public", "cases")
    assert release is not None
    assert [c["sentence"] for c in release.manifest.changes] == ["The description of category changed."]


def test_a_hold_keeps_the_last_release_and_says_why(world: World) -> None:
    world.publish()
    bad = rows()
    bad[3] = (bad[3][0], None, *bad[3][2:])
    world.deliver(bad)
    result = world.publish()
    assert (result.outcome, result.version) == ("held", 1)
    assert [(r.rule, r.tier, r.failed, r.examined) for r in result.reasons] == [
        ("category.required", "internal", 1, 40)
    ]
    assert result.reasons[0].samples == ("C00003",)
    refusal = list(world.ledger.entries(EntryKind.REFUSAL))[-1]
    assert refusal.body["evidence_sha256"] == result.evidence_sha256
    assert "C00003" not in json.dumps(refusal.body)
    evidence = (world.home.ledger / "evidence" / f"{result.evidence_sha256}.json").read_text()
    assert "C00003" not in evidence
    assert verify(world.home) == []


def test_the_same_refusal_is_still_held_without_new_evidence(world: World) -> None:
    bad = rows()
    bad[0] = (bad[0][0], None, *bad[0][2:])
    world.deliver(bad)
    first = world.publish()
    entries = world.ledger.head()
    again = world.publish()
    assert (first.still, again.still) == (False, True)
    assert world.ledger.head() == entries
    assert again.reasons == first.reasons
    assert again.quality == first.quality
    assert again.evidence_sha256 == first.evidence_sha256
    assert world.publish(force=True).still is False


@pytest.mark.parametrize(
    "change",
    [
        {"as_of": AS_OF + timedelta(days=1)},
        {"code": {"engine_sha256": "f" * 64, "sql_sha256": "s" * 64}},
        {"held_upstream": ("other",)},
    ],
)
def test_a_refusal_is_judged_again_when_what_it_depends_on_changed(world: World, change: dict[str, Any]) -> None:
    bad = rows()
    bad[0] = (bad[0][0], None, *bad[0][2:])
    world.deliver(bad)
    world.publish()
    assert world.publish(**change).still is False


def test_a_good_delivery_after_a_refusal_publishes(world: World) -> None:
    bad = rows()
    bad[0] = (bad[0][0], None, *bad[0][2:])
    world.deliver(bad)
    assert world.publish().outcome == "held"
    world.deliver(rows(42))
    assert (world.publish().outcome, world.publish().outcome) == ("published", "unchanged")


def test_going_back_to_what_is_served_ends_a_refusal_in_the_ledger(world: World) -> None:
    world.publish()
    good = world.inputs
    bad = rows()
    bad[0] = (bad[0][0], None, *bad[0][2:])
    world.deliver(bad)
    assert world.publish().outcome == "held"
    world.deliver(rows())
    assert world.inputs != good
    assert world.publish().outcome == "unchanged"
    last = list(world.ledger.entries(EntryKind.PUBLICATION, EntryKind.REFUSAL))[-1]
    assert (last.kind, last.body["outcome"], last.body["version"]) == ("publication", "confirmed", 1)
    assert verify(world.home) == []
    n = world.ledger.head()
    assert world.publish().outcome == "unchanged"
    assert world.ledger.head() == n


def test_an_undeclared_column_of_the_mart_is_an_error_that_names_it(world: World) -> None:
    with duckdb.connect(str(world.home.warehouse)) as connection:
        connection.execute("ALTER TABLE cases ADD COLUMN surprise INTEGER")
    with pytest.raises(InputError, match="surprise"):
        world.publish()


def test_a_missing_mart_is_an_error(world: World) -> None:
    with pytest.raises(InputError, match="not in the warehouse"):
        world.publish(relation="nothing")
    world.home.warehouse.unlink()
    with pytest.raises(ArtefactError, match="warehouse is missing"):
        world.publish()


def test_a_declared_column_that_the_mart_lacks_holds(world: World) -> None:
    with duckdb.connect(str(world.home.warehouse)) as connection:
        connection.execute("ALTER TABLE cases DROP COLUMN category")
    result = world.publish()
    assert result.outcome == "held"
    assert quality_of(result, "category.column")["result"] == Result.FAILED.value


def test_a_repeated_key_holds_by_rule_and_by_order(world: World) -> None:
    table = rows()
    world.deliver([*table, table[0]])
    result = world.publish()
    assert {"case_id.unique", "order"} <= {r.rule for r in result.reasons}


def test_an_empty_product_is_held(world: World) -> None:
    world.deliver([])
    result = world.publish()
    assert result.outcome == "held"
    assert quality_of(result, "has_cases")["result"] == "failed"
    assert quality_of(result, "category.required")["result"] == "vacuous"


@pytest.mark.fault(56)
@pytest.mark.parametrize("engine", ["scan", "expectations"])
def test_an_engine_that_crashes_closes_the_gate(world: World, engine: str) -> None:
    world.engines = Stand(world.root, crash=engine)
    result = world.publish()
    assert result.outcome == "held"
    assert quality_of(result, "category.required")["result"] == "error"
    assert quality_of(result, "engines_agree")["result"] == "failed"


@pytest.mark.fault(56)
def test_engines_that_disagree_close_the_gate(world: World) -> None:
    def flip(verdict: Any, file: Path) -> Any:
        results = [replace(r, failed=1) if r.check_id == "score.column" else r for r in verdict.results]
        return replace(verdict, results=tuple(results))

    world.engines = Stand(world.root, alter=flip)
    result = world.publish()
    assert [r.rule for r in result.reasons] == ["engines_agree"]
    assert "score.column" in result.reasons[0].sentence


@pytest.mark.fault(56)
def test_an_engine_that_skips_a_rule_closes_the_gate(world: World) -> None:
    def skip(verdict: Any, file: Path) -> Any:
        return replace(verdict, results=verdict.results[1:])

    world.engines = Stand(world.root, alter=skip)
    result = world.publish()
    assert {"engines_agree", "case_id.column"} <= {r.rule for r in result.reasons}
    assert quality_of(result, "case_id.column")["result"] == "not run"


def test_an_engine_that_alters_the_file_it_judges_closes_the_gate(world: World) -> None:
    def alter(verdict: Any, file: Path) -> Any:
        data = file.with_name("data.csv")
        data.write_bytes(data.read_bytes() + b"\n")
        return verdict

    world.engines = Stand(world.root, alter=alter)
    result = world.publish()
    assert "files_unchanged" in {r.rule for r in result.reasons}
    assert "internal/data.csv" in quality_of(result, "files_unchanged")["detail"]


def test_a_rule_that_is_not_shown_able_to_fail_closes_the_gate(world: World) -> None:
    world.engines = Stand(world.root, blind=frozenset({"has_cases"}))
    result = world.publish()
    assert [r.rule for r in result.reasons] == ["rules_can_fail"]
    assert "has_cases" in result.reasons[0].sentence


def test_a_held_product_upstream_holds(world: World) -> None:
    result = world.publish(held_upstream=("districts",))
    assert [r.rule for r in result.reasons] == ["held_upstream"]
    assert "districts" in result.reasons[0].sentence
    assert "districts" not in json.dumps(result.qualities["public"])


@pytest.mark.parametrize(
    ("counts", "result"),
    [((42, 40, 2, 0), "passed"), ((43, 40, 2, 0), "failed"), ((42, 40, None, 0), "not run")],
)
def test_received_must_be_accepted_quarantined_and_rejected(world: World, counts: Any, result: str) -> None:
    given = InputRef("requests", world.inputs[0].sha256, AS_OF.isoformat(), *counts)
    attempt = world.publish(inputs=(given,))
    assert quality_of(attempt, "reconciliation")["result"] == result
    assert attempt.outcome == ("published" if result == "passed" else "held")


def test_no_input_named_is_not_run(world: World) -> None:
    assert quality_of(world.publish(inputs=()), "reconciliation")["result"] == "not run"


def test_a_record_that_vanishes_between_landing_and_product_holds(world: World) -> None:
    world.deliver(rows(), entity_rows=41)
    result = world.publish()
    assert [r.rule for r in result.reasons] == ["reconciliation"]
    assert "41 records of requests" in result.reasons[0].sentence
    assert "40 published" in result.reasons[0].sentence


def test_a_record_that_vanishes_before_the_entity_holds(world: World) -> None:
    with duckdb.connect(str(world.home.warehouse)) as connection:
        connection.execute("DELETE FROM int_requests__received WHERE request_id = 0")
        connection.execute("DELETE FROM cases WHERE case_id = 'C00000'")
    result = world.publish()
    assert "do not add up to 39 of requests" in result.reasons[0].sentence


def test_a_named_step_accounts_for_what_it_removes(world: World) -> None:
    def edit(document: dict[str, Any]) -> None:
        words = document["customProperties"]
        next(w for w in words if w["property"] == "reconciles")["value"]["removedBy"] = ["deduplicated"]

    world.product = changed(PRODUCT, edit)
    world.deliver(rows(), entity_rows=43)
    assert quality_of(world.publish(), "reconciliation")["result"] == "not run"
    with duckdb.connect(str(world.home.warehouse)) as connection:
        connection.execute("CREATE TABLE int_requests__deduplicated AS SELECT * FROM int_requests__received LIMIT 40")
    result = world.publish(force=True)
    assert result.outcome == "published"
    assert result.quality["reconciliation"]["removed"] == {"deduplicated": 3}


@pytest.mark.fault(18)
@pytest.mark.parametrize(("count", "result"), [(28, "passed"), (27, "failed"), (60, "passed"), (61, "failed")])
def test_the_number_of_records_stays_within_the_contract_s_bounds(world: World, count: int, result: str) -> None:
    world.publish()
    world.deliver(rows(count))
    found = quality_of(world.publish(), "row_count_change")
    assert (found["result"], found["threshold"]["unit"]) == (result, "share")


@pytest.mark.parametrize(("count", "result"), [(21, "passed"), (20, "failed"), (79, "passed"), (80, "failed")])
def test_without_bounds_the_number_must_neither_halve_nor_double(world: World, count: int, result: str) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["customProperties"] = [w for w in document["customProperties"] if w["property"] != "rowCountChange"]

    world.product = changed(PRODUCT, edit)
    world.publish()
    world.deliver(rows(count))
    assert quality_of(world.publish(), "row_count_change")["result"] == result


@pytest.mark.parametrize(("days", "result"), [(0, "passed"), (2, "passed"), (4, "warned")])
def test_late_data_is_a_warning(world: World, days: int, result: str) -> None:
    attempt = world.publish(as_of=AS_OF + timedelta(days=days))
    assert attempt.outcome == "published"
    assert quality_of(attempt, "freshness")["result"] == result
    assert quality_of(attempt, "freshness")["threshold"]["unit"] == "days"


def test_late_data_holds_where_the_contract_says_so(world: World) -> None:
    contract = replace(world.contract, custom={**world.contract.custom, "lateness": "error"})
    assert world.publish(contract=contract, as_of=AS_OF + timedelta(days=3)).outcome == "published"
    late = AS_OF + timedelta(days=4)
    result = world.publish(contract=contract, as_of=late, force=True)
    assert [(r.rule, r.failed) for r in result.reasons] == [("freshness", 1)]
    assert "6 days old, 5 promised" in result.reasons[0].sentence
    world.rulings = (ruling("waiver", "cases.freshness"),)
    assert quality_of(world.publish(contract=contract, as_of=late, force=True), "freshness")["result"] == "waived"


def test_a_record_dated_in_the_future_does_not_make_old_data_fresh(world: World) -> None:
    table = rows()
    last = table[-1]
    future = (AS_OF + timedelta(days=300)).date()
    world.deliver([*table[:-1], (last[0], last[1], future, *last[3:])])
    result = world.publish()
    assert result.quality["data_to"] == "2026-01-28"


@pytest.mark.parametrize(("commit", "outcome"), [("unknown", "held"), ("abc-dirty", "held"), ("a" * 40, "published")])
def test_production_publishes_only_committed_code(world: World, commit: str, outcome: str) -> None:
    world.environment = "production"
    assert world.publish(code={"git_commit": commit}).outcome == outcome


def test_a_waiver_in_force_lets_a_failed_rule_go_out(world: World) -> None:
    bad = rows()
    bad[0] = (bad[0][0], None, *bad[0][2:])
    world.deliver(bad)
    world.rulings = (ruling("waiver", "cases.category.required", until=AS_OF.date()),)
    result = world.publish()
    assert result.outcome == "published"
    entry = quality_of(result, "category.required")
    assert (entry["result"], entry["failed"]) == ("waived", 1)
    assert "auditor@example.gov" in entry["detail"]
    assert b"auditor@example.gov" not in public_bytes(world.home)
    assert b"waived until 2026-01-31" not in public_bytes(world.home)
    assert b"waived by a named person until 2026-01-31" in public_bytes(world.home)


@pytest.mark.parametrize(
    "change",
    [
        {"until": None},
        {"until": (AS_OF - timedelta(days=1)).date()},
        {"by": " "},
        {"reason": ""},
        {"kind": "approval"},
        {"subject": "cases.other"},
        {"subject": "others.category.required"},
    ],
)
def test_a_waiver_that_is_not_whole_or_not_in_force_waives_nothing(world: World, change: dict[str, Any]) -> None:
    bad = rows()
    bad[0] = (bad[0][0], None, *bad[0][2:])
    world.deliver(bad)
    given = {"kind": "waiver", "subject": "cases.category.required", **change}
    world.rulings = (ruling(given.pop("kind"), given.pop("subject"), **given),)
    assert world.publish().outcome == "held"


def test_what_protects_readers_cannot_be_waived(world: World) -> None:
    world.deliver(rows(), entity_rows=41)
    world.rulings = tuple(ruling("waiver", f"cases.{rule}") for rule in ("reconciliation", "engines_agree", "tiers"))
    assert world.publish().outcome == "held"


@pytest.mark.fault(56)
def test_an_error_cannot_be_waived(world: World) -> None:
    world.engines = Stand(world.root, crash="expectations")
    world.rulings = (ruling("waiver", "cases.category.required"),)
    assert quality_of(world.publish(), "category.required")["result"] == "error"


def test_a_change_of_row_count_may_be_waived(world: World) -> None:
    world.publish()
    world.deliver(rows(100))
    assert world.publish().outcome == "held"
    world.rulings = (ruling("waiver", "cases.row_count_change"),)
    result = world.publish()
    assert result.outcome == "published"
    assert quality_of(result, "row_count_change")["result"] == "waived"


def test_a_rule_on_hidden_columns_that_fails_is_not_named_in_public(world: World) -> None:
    world.publish()
    bad = rows(41)
    bad[0] = (*bad[0][:6], None, bad[0][7])
    world.deliver(bad)
    result = world.publish()
    assert [r.rule for r in result.reasons] == ["officer_badge.required"]
    public = result.qualities["public"]
    assert public["outcome"] == "held"
    assert "officer" not in json.dumps(public)
    assert public["reasons"] == [{"rule": "", "sentence": "A promise about data that is not shown here did not hold."}]


def test_a_source_above_the_tier_shows_its_card_and_its_counts_only_where_its_contract_says_so(world: World) -> None:
    def shown(document: dict[str, Any]) -> None:
        document["customProperties"] = [w for w in document["customProperties"] if w["property"] != "inventory"]

    def counted(document: dict[str, Any]) -> None:
        shown(document)
        document["customProperties"].append({"property": "withheldCountPublic", "value": True})

    for edit, received in ((shown, None), (counted, 42)):
        world.source = changed(SOURCE, edit)
        world.publish(force=True)
        release = current(world.home, "public", "cases")
        assert release is not None
        assert [(i.name, i.sha256, i.received) for i in release.manifest.inputs] == [("Padrón Sellado", None, received)]
    last = current(world.home, "public", "cases")
    assert last is not None
    lineage = json.loads(last.local("lineage.json").read_text())
    assert {"id": "hidden-2", "kind": "source", "title": "Padrón Sellado"} in lineage["nodes"]
    assert ["hidden-2", "hidden-1"] in lineage["edges"]


def test_a_tier_no_longer_rendered_is_withdrawn(world: World) -> None:
    world.publish()

    def edit(document: dict[str, Any]) -> None:
        document["version"] = "2.0.0"
        next(w for w in document["customProperties"] if w["property"] == "renditions")["value"] = ["internal"]

    world.product = changed(PRODUCT, edit)
    assert world.publish().outcome == "held"
    world.rulings = (ruling("approval", "cases", change="2.0.0"),)
    assert world.publish().outcome == "published"
    assert current(world.home, "public", "cases") is None
    assert [c.action for c in commits(world.home, "public", "cases")] == ["publish", "withdraw"]
    assert verify(world.home) == []


def test_an_error_rule_that_no_rendition_can_answer_holds(world: World) -> None:
    """The city dropped the rendition that carried the rule's columns: nobody checks the promise any more."""

    def edit(document: dict[str, Any]) -> None:
        next(w for w in document["customProperties"] if w["property"] == "renditions")["value"] = ["public"]

    world.product = changed(PRODUCT, edit)
    result = world.publish()
    assert result.outcome == "held"
    entry = quality_of(result, "zz_officer_known")
    assert entry["result"] == "not run"
    assert entry["detail"] == "no rendition carries all the columns of zz_officer_known: officer_badge"
    assert any(r.rule == "zz_officer_known" and "was not run" in r.sentence for r in result.reasons)
    told = json.dumps(result.qualities["public"])
    assert "officer" not in told


def test_a_warning_that_no_rendition_can_answer_is_not_applicable(world: World) -> None:
    def edit(document: dict[str, Any]) -> None:
        next(w for w in document["customProperties"] if w["property"] == "renditions")["value"] = ["public"]
        document["schema"][0]["quality"][1]["severity"] = "warning"

    world.product = changed(PRODUCT, edit)
    result = world.publish()
    assert quality_of(result, "zz_officer_known")["result"] == "not applicable"
    assert "zz_officer_known" not in {r.rule for r in result.reasons}
