"""Identifiers of persons at the gate: what holds, who is told what, and how far a waiver reaches."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.release import current
from orchestration.publish import part_writer, tripwire
from tests.unit.orchestration.publish.publish_world import AS_OF, PRODUCT, Row, World, changed, rows, ruling
from tests.unit.orchestration.publish.test_parts import by_month, dated

MAIL = "zz.planted@example.org"
CARD = "4111 1111 1111 1111"
IDENTIFIERS = "identifiers"


def with_category(text: str, *, at: int = 7) -> list[Row]:
    table = rows()
    table[at] = (*table[at][:1], text, *table[at][2:])
    return table


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "town")


def finding(report: Any) -> dict[str, Any]:
    return next(entry for entry in report["gate"] if entry["id"] == IDENTIFIERS)


def test_one_address_in_a_public_column_holds_and_is_never_quoted(world: World) -> None:
    world.deliver(with_category(f"write to {MAIL}, paid {CARD}"))
    held = world.publish()
    assert held.outcome == "held"
    assert [r.rule for r in held.reasons] == [IDENTIFIERS]
    said = held.reasons[0].sentence
    assert "category holds 1 different values that are e-mail addresses" in said
    assert "category holds 1 different values that are payment cards" in said
    staff, public = finding(held.qualities["internal"]), finding(held.qualities["public"])
    assert staff["result"] == public["result"] == "failed"
    assert "category holds" in staff["detail"]
    assert "e-mail" not in public["detail"]
    assert "category" not in public["detail"], "it would show where to look in the release before"
    assert [f["kind"] for f in held.quality["identifiers"]["found"]] == ["card", "email"]
    assert "found" not in held.qualities["public"]["identifiers"]
    kept = b"".join(p.read_bytes() for p in world.home.ledger.rglob("*") if p.is_file())
    assert b"e-mail addresses" in kept
    for word in (MAIL, CARD, "zz.planted", "4111"):
        assert word.encode() not in kept
        assert word not in json.dumps(held.quality, default=str)
        assert not any(word in reason.sentence for reason in held.reasons)


def test_without_any_the_report_says_what_was_searched(world: World) -> None:
    world.deliver()
    done = world.publish()
    assert done.outcome == "published"
    found = finding(done.qualities["public"])
    assert (found["result"], found["failed"]) == ("passed", 0)
    assert found["examined"] == len(done.qualities["public"]["identifiers"]["columns"]) == 4
    assert done.qualities["internal"]["identifiers"]["found"] == []


def test_what_staff_alone_may_read_is_told_and_does_not_hold(world: World) -> None:
    table = [(*row[:7], f"badge of {MAIL}") for row in rows()]
    world.deliver(table)
    done = world.publish()
    assert done.outcome == "published"
    assert finding(done.quality)["result"] == "warned"
    assert "zz_note holds 1 different values that are e-mail addresses" in finding(done.qualities["internal"])["detail"]
    assert finding(done.qualities["public"])["result"] == "passed"
    public = current(world.home, "public", "cases")
    assert public is not None
    assert b"zz_note" not in public.local("quality.json").read_bytes()


@pytest.mark.parametrize(
    ("covers", "on", "until", "outcome"),
    [
        (("category",), date(2026, 1, 1), date(2026, 12, 31), "published"),
        (("category.email",), date(2026, 1, 1), AS_OF.date(), "published"),
        (("category.card",), date(2026, 1, 1), date(2026, 12, 31), "held"),
        (("case_id",), date(2026, 1, 1), date(2026, 12, 31), "held"),
        ((), date(2026, 1, 1), date(2026, 12, 31), "held"),
        (("category",), date(2025, 1, 1), date(2026, 1, 30), "held"),
        (("category",), date(2026, 2, 1), date(2026, 12, 31), "held"),
    ],
)
def test_a_waiver_reaches_as_far_as_it_says(
    world: World, covers: tuple[str, ...], on: date, until: date, outcome: str
) -> None:
    world.deliver(with_category(MAIL))
    world.rulings = (ruling("waiver", "cases.identifiers", covers=covers, on=on, until=until),)
    done = world.publish()
    assert done.outcome == outcome
    if outcome == "published":
        entry = finding(done.qualities["public"])
        assert entry["result"] == "waived"
        assert entry["detail"].endswith(f"waived by a named person until {until}")
        assert "auditor" not in json.dumps(done.qualities["public"])
        assert done.quality["identifiers"]["found"][0]["waived"] is True


def test_a_waiver_of_one_column_does_not_hide_what_comes_in_another_kind(world: World) -> None:
    world.rulings = (ruling("waiver", "cases.identifiers", covers=("category.email",)),)
    world.deliver(with_category(f"{MAIL} {CARD}"))
    held = world.publish()
    assert held.outcome == "held"
    assert "payment cards" in held.reasons[0].sentence
    assert "e-mail" not in held.reasons[0].sentence, "what is waived is not told again"


def test_a_search_that_stops_closes_the_gate_and_quotes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any) -> Any:
        raise duckdb.ConversionException(f"Could not convert string '{MAIL}'")

    world.deliver(with_category(MAIL))
    monkeypatch.setattr("contracts.identifiers.search.search", stop)
    held = world.publish()
    assert (held.outcome, held.reasons[0].rule) == ("held", IDENTIFIERS)
    assert "could not run" in held.reasons[0].sentence
    assert "ConversionException" in held.reasons[0].sentence
    assert MAIL not in json.dumps(held.quality, default=str)


def test_parts_in_which_nothing_was_found_are_not_searched_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part with a waived find is, since the waiver ends one day."""
    asked: list[list[str]] = []
    files = tripwire._files
    monkeypatch.setattr(part_writer, "ROWS_IN_ONE_FILE", 30)

    def noting(*given: Any) -> list[Path]:
        asked.append([p.name for p in files(*given)])
        return files(*given)

    monkeypatch.setattr(tripwire, "_files", noting)
    world.product = changed(PRODUCT, by_month)
    world.deliver(dated())
    assert world.publish().outcome == "published"
    whole, asked[:] = list(asked), []
    table = dated()
    table[3] = (*table[3][:3], 8, *table[3][4:])
    world.deliver(table)
    assert world.publish().outcome == "published"
    assert [len(names) for names in whole] == [4, 4]
    assert [len(names) for names in asked] == [1, 1]
    table[3] = (table[3][0], MAIL, *table[3][2:])
    world.deliver(table)
    assert world.publish().outcome == "held"
    world.rulings = (ruling("waiver", "cases.identifiers", covers=("category",)),)
    assert world.publish().outcome == "published"
    asked[:] = []
    world.deliver([(*row[:3], 5, *row[4:]) if n == 20 else row for n, row in enumerate(table)])
    assert world.publish().outcome == "published"
    assert [len(names) for names in asked] == [2, 2], "the month that changed, and that with the address"


def test_numbers_of_companies_hold_nothing(world: World) -> None:
    world.deliver(with_category("CNPJ 11.222.333/0001-81"))
    done = world.publish()
    assert done.outcome == "published"
    assert [(f["kind"], f["of_company"], f["holds"]) for f in done.quality["identifiers"]["found"]] == [
        ("br_cnpj", True, False)
    ]


def test_the_most_restrictive_tier_is_not_searched(world: World) -> None:
    def edit(document: dict[str, Any]) -> None:
        for prop in document["customProperties"]:
            if prop["property"] == "tier":
                prop["value"] = "restricted"
            if prop["property"] == "renditions":
                prop["value"] = ["restricted", "public"]
        for column in document["schema"][0]["properties"]:
            if column["name"] == "zz_note":
                column["classification"] = "restricted"

    world.product = changed(PRODUCT, edit)
    world.deliver([(*row[:7], MAIL) for row in rows()])
    done = world.publish()
    assert done.outcome == "published"
    assert "zz_note" not in done.quality["identifiers"]["columns"]
    assert tripwire.CLEAN == "gate.identifiers"
