"""A large product in parts: which are written anew, what is judged again, and what a record of them is believed for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.engines.sql import parquet
from contracts.errors import ArtefactError
from contracts.release import Release, current
from orchestration.publish import content_hash, part_writer, partition
from orchestration.publish import render as render_module
from orchestration.publish.audit import verify
from orchestration.publish.history import compare
from tests.unit.orchestration.publish.publish_world import (
    PRODUCT,
    Row,
    Stand,
    World,
    changed,
    quality_of,
    rows,
)

MONTHS = ("data/2025-11.parquet", "data/2025-12.parquet", "data/2026-01.parquet", "data/none.parquet")


def dated(count: int = 40) -> list[Row]:
    """Cases of three months, some without a date."""
    found = []
    for i, row in enumerate(rows(count)):
        day = None if i % 10 == 9 else date(2025, 11, 1) + timedelta(days=2 * (i % 40))
        found.append((*row[:2], day, *row[3:]))
    return found


def by_month(document: dict[str, Any]) -> None:
    document["customProperties"].append({"property": "partition", "value": {"by": "opened_date", "every": "month"}})


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(part_writer, "ROWS_IN_ONE_FILE", 30)
    made = World(tmp_path, product=changed(PRODUCT, by_month))
    made.deliver(dated())
    yield made
    assert verify(made.home) == []


def served(world: World, tier: str) -> Release:
    release = current(world.home, tier, "cases")
    assert release is not None
    return release


def inodes(world: World, tier: str) -> dict[str, int]:
    release = served(world, tier)
    return {f.path: release.local(f.path).stat().st_ino for f in release.manifest.files if f.path in MONTHS}


def asked(world: World) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """What the engines were asked since the last time: engine, files, checks."""
    assert isinstance(world.engines, Stand)
    found, world.engines.asked = world.engines.asked, []
    return found


def test_parts_hold_their_month_in_the_order_of_the_key(world: World) -> None:
    assert world.publish().outcome == "published"
    for tier in ("internal", "public"):
        release = served(world, tier)
        data = [f for f in release.manifest.files if f.path.endswith(".parquet")]
        assert [f.path for f in data] == list(MONTHS)
        assert sum(f.rows or 0 for f in data) == release.manifest.rows == 40
        assert not any(f.path.endswith(".csv") and f.path != "data.csv" for f in release.manifest.files)
        for file in data:
            found = duckdb.sql(f"SELECT case_id, opened_date FROM {parquet([release.local(file.path)])}").fetchall()
            assert [key for key, _ in found] == sorted(key for key, _ in found)
            month = Path(file.path).stem
            assert {"none" if day is None else f"{day:%Y-%m}" for _, day in found} == {month}


def test_the_parts_of_a_product_have_the_digest_of_the_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.publish()
    in_parts = {tier: served(world, tier).manifest.content_sha256 for tier in ("internal", "public")}
    monkeypatch.setattr(part_writer, "ROWS_IN_ONE_FILE", 40)
    whole = render_module.render(world.job(), world.root / "out")
    for rendition in whole:
        assert list(rendition.parts) == ["data.parquet"]
        with duckdb.connect() as connection:
            found, _ = content_hash.digest(connection, parquet(rendition.data), rendition.typed)
        assert found == in_parts[rendition.tier]


def test_the_same_records_give_the_same_parts_whatever_the_order_and_the_threads(world: World) -> None:
    first = render_module.render(world.job(threads=1), world.root / "one")
    world.deliver(dated()[::-1])
    second = render_module.render(world.job(threads=3), world.root / "two")
    for one, two in zip(first, second, strict=True):
        assert [p.read_bytes() for p in one.data] == [p.read_bytes() for p in two.data]


def test_an_unchanged_part_is_the_same_file(world: World) -> None:
    world.publish()
    before = {tier: inodes(world, tier) for tier in ("internal", "public")}
    table = dated()
    table[0] = (*table[0][:3], 8, *table[0][4:])
    world.deliver(table)
    asked(world)
    assert world.publish().outcome == "published"
    for tier, known in before.items():
        assert served(world, tier).manifest.version == 2
        now = inodes(world, tier)
        assert {n for n in MONTHS if now[n] != known[n]} == {"data/2025-11.parquet"}
    keys = duckdb.sql(f"SELECT case_id, days_open FROM {parquet(served(world, 'public').parquet())}").fetchall()
    assert dict(keys)["C00000"] == 8
    assert len(keys) == 40


def test_a_change_that_a_tier_does_not_see_writes_nothing_for_it(world: World) -> None:
    world.publish()
    before = {tier: inodes(world, tier) for tier in ("internal", "public")}
    content = served(world, "public").manifest.content_sha256
    table = dated()
    table[0] = (*table[0][:7], "Nota zz nueva")
    world.deliver(table)
    assert world.publish().outcome == "published"
    assert inodes(world, "public") == before["public"]
    assert inodes(world, "internal") != before["internal"]
    assert served(world, "public").manifest.content_sha256 == content


def test_only_the_changed_part_is_judged_by_rules_of_one_record(world: World) -> None:
    world.publish()
    table = dated()
    table[0] = (*table[0][:3], 8, *table[0][4:])
    world.deliver(table)
    asked(world)
    result = world.publish()
    calls = asked(world)
    for engine in ("scan", "expectations"):
        mine = [(files, checks) for name, files, checks in calls if name == engine]
        on_one = [checks for files, checks in mine if files == ("2025-11",)]
        assert len(on_one) == 1
        assert {"category.required", "days_open.range"} <= set(on_one[0])
        assert not {"case_id.unique", "has_cases", "zz_officer_known"} & set(on_one[0])
        everywhere = [checks for files, checks in mine if len(files) == 4]
        assert {"case_id.unique", "has_cases", "zz_officer_known"} <= set(everywhere[0])
    entry = quality_of(result, "category.required")
    reused = 40 - sum(1 for row in table if row[2] is not None and row[2].month == 11)
    assert (entry["examined"], entry["examined_earlier"], entry["result"]) == (40, reused, "passed")
    assert "did not change since they were judged" in entry["detail"]
    assert quality_of(result, "case_id.unique")["examined_earlier"] == 0
    public = next(e for e in result.qualities["public"]["rules"] if e["id"] == "category.required")
    assert public["examined_earlier"] == reused
    nulls = quality_of(result, "score.finite")["nulls"]
    assert nulls == sum(1 for row in table if row[4] is None)


def test_a_bad_record_in_a_changed_part_holds(world: World) -> None:
    world.publish()
    table = dated()
    table[0] = (table[0][0], None, *table[0][2:])
    world.deliver(table)
    result = world.publish()
    assert [(r.rule, r.failed, r.examined) for r in result.reasons] == [("category.required", 1, 40)]
    assert served(world, "public").manifest.version == 1


def test_a_key_repeated_across_parts_holds(world: World) -> None:
    """Each part is in order by itself; only the rule on all of them can see it."""
    world.publish()
    table = dated()
    other = next(i for i, row in enumerate(table) if row[2] is not None and row[2].month == 12)
    table[other] = (table[0][0], *table[other][1:])
    world.deliver(table)
    assert [r.rule for r in world.publish().reasons] == ["case_id.unique"]


def test_a_new_rule_is_asked_of_every_part(world: World) -> None:
    world.publish()

    def edit(document: dict[str, Any]) -> None:
        by_month(document)
        document["version"] = "2.0.0"
        document["schema"][0]["properties"][3]["logicalTypeOptions"] = {"minimum": 0, "maximum": 5}

    world.product = changed(PRODUCT, edit)
    asked(world)
    result = world.publish()
    assert "days_open.range" in {r.rule for r in result.reasons}
    assert all(len(files) == 4 for _, files, _ in asked(world))


def test_other_code_judges_every_part_again(world: World) -> None:
    world.publish()
    table = dated()
    table[0] = (*table[0][:3], 8, *table[0][4:])
    world.deliver(table)
    asked(world)
    result = world.publish(code={"engine_sha256": "f" * 64, "sql_sha256": "s" * 64, "git_commit": "a" * 40})
    assert result.outcome == "published"
    assert all(len(files) == 4 for _, files, _ in asked(world))
    assert quality_of(result, "category.required")["examined_earlier"] == 0


def test_a_rule_that_some_record_broke_is_asked_of_every_part(world: World) -> None:
    def edit(document: dict[str, Any]) -> None:
        by_month(document)
        document["schema"][0]["properties"][3]["quality"] = [
            {
                "id": "few_long",
                "type": "library",
                "metric": "invalidValues",
                "arguments": {"validValues": list(range(8))},
                "unit": "percent",
                "mustBeLessThan": 50,
                "dimension": "conformity",
                "severity": "error",
                "description": "Few are open for long.",
            }
        ]

    world.product = changed(PRODUCT, edit)
    assert world.publish().outcome == "published"
    table = dated()
    table[0] = (*table[0][:3], 7, *table[0][4:])
    world.deliver(table)
    asked(world)
    result = world.publish()
    assert result.outcome == "published"
    entry = quality_of(result, "few_long")
    assert entry["examined_earlier"] == 0
    assert entry["failed"] == sum(1 for row in table if row[3] == 8)
    assert [
        checks for name, files, checks in asked(world) if name == "scan" and len(files) == 1 and "few_long" in checks
    ] == []


def test_a_forged_record_of_the_parts_is_not_believed(world: World) -> None:
    """The evidence is named by its own sha256 in the ledger; changing it is seen before anything is published."""
    result = world.publish()
    path = world.home.ledger / "evidence" / f"{result.evidence_sha256}.json"
    told = path.read_bytes()
    forged = json.loads(told)
    for part in forged["parts"]["parts"].values():
        part["clean"] = sorted({*part["clean"], "case_id.unique"})
    path.write_text(json.dumps(forged))
    world.deliver([(*row[:3], 7, *row[4:]) for row in dated()])
    with pytest.raises(ArtefactError, match="altered"):
        world.publish()
    assert served(world, "public").manifest.version == 1
    path.write_bytes(told)


def test_a_part_that_was_altered_is_not_taken_over(world: World) -> None:
    world.publish()
    path = served(world, "public").local("data/2025-12.parquet")
    there = path.read_bytes()
    path.write_bytes(there[:-1] + b"x")
    table = dated()
    table[0] = (*table[0][:3], 8, *table[0][4:])
    world.deliver(table)
    with pytest.raises(ArtefactError, match="2025-12"):
        world.publish()
    assert served(world, "public").manifest.version == 1
    path.write_bytes(there)


def test_a_month_that_goes_and_one_that_comes(world: World) -> None:
    world.publish()
    table = [
        row if row[2] is None or row[2].month != 11 else (*row[:2], date(2026, 1, 30), *row[3:]) for row in dated()
    ]
    world.deliver(table)
    assert world.publish().outcome == "published"
    release = served(world, "public")
    assert [f.path for f in release.manifest.files if f.path.endswith(".parquet")] == list(MONTHS[1:])
    assert release.manifest.rows == 40


def test_a_product_that_grows_or_shrinks_past_the_threshold(world: World) -> None:
    world.deliver(dated(30))
    assert world.publish().outcome == "published"
    assert [p.name for p in served(world, "public").parquet()] == ["data.parquet"]
    world.deliver(dated(40))
    assert world.publish().outcome == "published"
    assert len(served(world, "public").parquet()) == 4
    world.deliver(dated(29))
    assert world.publish().outcome == "published"
    assert [p.name for p in served(world, "public").parquet()] == ["data.parquet"]
    told = compare(world.home, "cases", 1, 2, "public")
    assert (told["rows"]["added"], told["rows"]["removed"], told["rows"]["changed"]) == (10, 0, 0)


def test_the_same_records_and_contract_make_no_new_release(world: World) -> None:
    world.publish()
    world.deliver(dated()[::-1])
    assert world.publish().outcome == "unchanged"
    assert served(world, "public").manifest.version == 1


def test_too_many_parts_stay_one_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_writer, "MOST_PARTS", 3)
    assert world.publish().outcome == "published"
    assert [p.name for p in served(world, "public").parquet()] == ["data.parquet"]


@pytest.mark.parametrize(
    ("value", "every", "part"),
    [
        ("DATE '2026-02-28'", "month", "2026-02"),
        ("TIMESTAMP '2026-12-31 23:59:59'", "year", "2026"),
        ("NULL::DATE", "month", "none"),
        ("'infinity'::DATE", "month", "none"),
        ("DATE '12026-02-01'", "month", "none"),
        ("DATE '0044-03-15 (BC)'", "year", "none"),
    ],
)
def test_the_part_of_a_date(value: str, every: str, part: str) -> None:
    sql = partition.Partition("day", every).part
    assert duckdb.sql(f"SELECT {sql} FROM (SELECT {value} AS day)").fetchall() == [(part,)]


def test_a_lower_tier_with_other_records_closes_the_gate(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engines said of the highest tier's records is said of the public ones only if they are the same."""

    def copy(connection: Any, query: str, path: Path) -> int:
        lost = f"{query} LIMIT 5" if "public" in path.parts and path.stem == "2025-12" else query
        return render_module.copy(connection, lost, path)

    monkeypatch.setattr(part_writer, "copy", copy)
    asked(world)
    result = world.publish()
    assert result.outcome == "held"
    assert "copies_agree" in {r.rule for r in result.reasons}
    told = next(e for e in result.qualities["public"]["gate"] if e["id"] == "copies_agree")
    assert "other records" in told["detail"]
    assert len([1 for name, _, checks in asked(world) if name == "scan" and "category.required" in checks]) == 2
