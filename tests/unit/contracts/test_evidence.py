"""The ledger's chain: what breaks it is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.evidence import EntryKind, Ledger

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    book = Ledger(tmp_path / "ledger")
    for n in range(5):
        book.append(EntryKind.RUN, {"n": n}, NOW)
    return book


def test_a_whole_chain_has_no_findings(ledger: Ledger) -> None:
    assert ledger.verify() == []
    assert ledger.verify(ledger.head()) == []
    assert [e.body["n"] for e in ledger.entries(EntryKind.RUN)] == [0, 1, 2, 3, 4]
    assert list(ledger.entries(EntryKind.REFUSAL)) == []


def test_an_edited_entry_is_named(ledger: Ledger) -> None:
    path = ledger.path(3)
    value = json.loads(path.read_bytes())
    value["body"]["n"] = 99
    path.write_text(json.dumps(value))
    assert any("entry 4 does not follow from entry 3" in f for f in ledger.verify())


def test_a_removed_entry_is_named(ledger: Ledger) -> None:
    ledger.path(2).unlink()
    assert ledger.verify() == ["ledger entry 2 is missing"]


def test_a_cut_tail_is_seen_only_with_an_anchor(ledger: Ledger) -> None:
    head = ledger.head()
    ledger.path(5).unlink()
    assert ledger.verify() == []
    assert ledger.verify(head) == ["ledger entry 5, anchored elsewhere, is missing: the tail was cut"]


def test_swapped_entries_are_named(ledger: Ledger) -> None:
    a, b = ledger.path(2).read_bytes(), ledger.path(3).read_bytes()
    ledger.path(2).write_bytes(b)
    ledger.path(3).write_bytes(a)
    findings = ledger.verify()
    assert "ledger entry 2 says it is entry 3" in findings


def test_a_replaced_newest_entry_is_seen_with_an_anchor(ledger: Ledger) -> None:
    head = ledger.head()
    ledger.path(5).unlink()
    ledger.append(EntryKind.RUN, {"n": "forged"}, NOW)
    assert ledger.verify() == []
    assert ledger.verify(head) == ["ledger entry 5 is not the one anchored elsewhere"]
