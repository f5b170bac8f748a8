"""The gate with both real engines: agreement on good and on broken data, and nothing of them in public bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.release import current
from orchestration.publish.attempt import attempt
from orchestration.publish.audit import verify
from tests.unit.orchestration.publish.publish_world import SECRETS, World, public_bytes, quality_of, rows

pytestmark = [
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option:DeprecationWarning"),
]
"""Great Expectations' own imports warn."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("engines"))
    made.deliver()
    return made


def real(world: World, **changes: Any) -> Any:
    return attempt(world.job(engines=None, memory="500MB", **changes))


def test_both_engines_judge_and_agree(world: World) -> None:
    result = real(world)
    assert (result.outcome, result.reasons) == ("published", ())
    for entry in result.quality["rules"]:
        assert entry["engines"] == {"scan": "passed", "great_expectations": "passed"}, entry["id"]
        assert entry["proof"]["caught"], entry["id"]
        assert entry["query"]
    assert verify(world.home) == []


def test_both_engines_count_the_same_broken_records(world: World) -> None:
    real(world, force=True)
    bad = rows(44)
    bad[1] = (bad[1][0], None, *bad[1][2:])
    bad[2] = (*bad[2][:3], -1, *bad[2][4:])
    bad[3] = (*bad[3][:4], float("nan"), *bad[3][5:])
    bad[4] = (*bad[4][:6], "nobody", bad[4][7])
    bad[6] = (bad[5][0], *bad[6][1:])
    world.deliver(bad)
    result = real(world)
    assert result.outcome == "held"
    failed = {e["id"]: e["failed"] for e in result.quality["rules"] if e["result"] == "failed"}
    assert {"category.required": 1, "case_id.unique": 2, "zz_officer_known": 1}.items() <= failed.items()
    assert any(rule.startswith("days_open.") for rule in failed)
    assert quality_of(result, "engines_agree")["result"] == "passed"
    for entry in result.quality["rules"]:
        assert entry["engines"]["scan"] == entry["engines"]["great_expectations"], entry["id"]


def test_no_path_of_this_machine_and_no_hidden_name_stands_in_a_public_byte(world: World, tmp_path: Path) -> None:
    there = public_bytes(world.home)
    for secret in (*SECRETS, "Nota zz", str(world.root), str(tmp_path.parent), "/tmp/"):
        assert secret.encode() not in there, secret
    release = current(world.home, "internal", "cases")
    assert release is not None
    assert str(world.root) not in release.local("quality.json").read_text()


def test_a_held_report_for_the_public_names_nothing_hidden(world: World) -> None:
    bad = rows(43)
    bad[4] = (*bad[4][:6], "nobody", bad[4][7])
    world.deliver(bad)
    result = real(world)
    assert [r.rule for r in result.reasons] == ["zz_officer_known"]
    told = json.dumps(result.qualities["public"], ensure_ascii=False)
    assert not any(secret in told for secret in SECRETS)
