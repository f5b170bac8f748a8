"""The ledger's chain: what breaks it is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.errors import ArtefactError
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


@pytest.mark.fault(55)
def test_an_edited_entry_is_named(ledger: Ledger) -> None:
    path = ledger.path(3)
    value = json.loads(path.read_bytes())
    value["body"]["n"] = 99
    path.write_text(json.dumps(value))
    assert any("entry 4 does not follow from entry 3" in f for f in ledger.verify())


def test_a_removed_entry_is_named(ledger: Ledger) -> None:
    ledger.path(2).unlink()
    assert ledger.verify() == ["ledger entry 2 is missing"]


@pytest.mark.fault(55)
def test_a_cut_tail_is_named(ledger: Ledger) -> None:
    head = ledger.head()
    ledger.path(5).unlink()
    assert ledger.verify() == ["ledger entry 5, which head.json names, is missing: the tail was cut"]
    assert "ledger entry 5, anchored elsewhere, is missing: the tail was cut" in ledger.verify(head)


def test_a_tail_cut_together_with_its_head_is_seen_with_an_anchor(ledger: Ledger) -> None:
    head = ledger.head()
    ledger.path(5).unlink()
    ledger.write_head()
    assert ledger.verify() == []
    assert ledger.verify(head) == ["ledger entry 5, anchored elsewhere, is missing: the tail was cut"]


def test_nothing_is_chained_to_a_newest_entry_that_was_altered_or_removed(ledger: Ledger) -> None:
    kept_bytes = ledger.path(5).read_bytes()
    ledger.path(5).write_bytes(kept_bytes.replace(b'"n": 4', b'"n": 9'))
    assert ledger.verify() == ["ledger entry 5 is not the one head.json names: one of the two was edited"]
    with pytest.raises(ArtefactError, match="newest entry"):
        ledger.append(EntryKind.RUN, {"n": 5}, NOW)
    ledger.path(5).unlink()
    with pytest.raises(ArtefactError, match="newest entry"):
        ledger.append(EntryKind.RUN, {"n": 5}, NOW)
    assert not ledger.path(6).exists()


def test_a_head_that_lags_by_one_was_overtaken_by_a_crash(ledger: Ledger) -> None:
    lagging = (ledger.folder / "head.json").read_bytes()
    ledger.append(EntryKind.RUN, {"n": 5}, NOW)
    (ledger.folder / "head.json").write_bytes(lagging)
    assert ledger.verify() == []
    assert ledger.append(EntryKind.RUN, {"n": 6}, NOW).n == 7


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"{", "head.json is torn"),
        (b'{"n": 5}', "head.json is torn"),
        (None, "head.json is missing"),
    ],
)
def test_a_torn_or_missing_head_is_named(ledger: Ledger, data: bytes | None, finding: str) -> None:
    path = ledger.folder / "head.json"
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    assert any(f.startswith(finding) for f in ledger.verify())


def test_an_entry_with_a_field_of_another_name_is_named(ledger: Ledger) -> None:
    path = ledger.path(3)
    path.write_bytes(path.read_bytes().replace(b'"kind"', b'"kine"'))
    assert any("other fields" in f for f in ledger.verify())


@pytest.mark.fault(55)
def test_swapped_entries_are_named(ledger: Ledger) -> None:
    a, b = ledger.path(2).read_bytes(), ledger.path(3).read_bytes()
    ledger.path(2).write_bytes(b)
    ledger.path(3).write_bytes(a)
    findings = ledger.verify()
    assert "ledger entry 2 says it is entry 3" in findings


@pytest.mark.fault(55)
def test_a_replaced_newest_entry_is_seen_with_an_anchor(ledger: Ledger) -> None:
    head = ledger.head()
    ledger.path(5).unlink()
    ledger.write_head()
    ledger.append(EntryKind.RUN, {"n": "forged"}, NOW)
    assert ledger.verify() == []
    assert ledger.verify(head) == ["ledger entry 5 is not the one anchored elsewhere"]
