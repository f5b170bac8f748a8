"""Budgets say reached or not, by how much, and nothing where a size is too small; the page tells what was kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import page
from bench.budgets import Budget, budgets_of_runs, show_budgets

MACHINE = {"cores": 2, "load_before": 0.1, "python": "3.11", "duckdb": "1.5.5", "system": "Linux"}
TIMES = {"seconds": 60.0, "cpu_seconds": 90.0, "peak_mb": 2_100.0}


def sized(seconds: float, *, alone: bool = False) -> dict[str, Any]:
    row: dict[str, Any] = {
        "requests": 10_000_000,
        "run": {**TIMES, "seconds": seconds, "stages": {"land": 1.0, "shape": 1.0}},
        "start_up_seconds": 20.0,
    }
    if not alone:
        row |= {
            "bare": {**TIMES, "seconds": 20.0, "steps": {}},
            "ratio": seconds / 20,
            "ratio_without_start_up": (seconds - 20) / 20,
            "unchanged": {**TIMES, "seconds": 1.5},
            "newest": {
                **TIMES,
                "records": 98_000,
                "stages": {"land": 1.0, "shape": 1.0},
                "share_of_full_run": 0.5,
                "share_without_start_up": 0.45,
            },
        }
    return {"machine": MACHINE, "start_up": {**TIMES, "stages": {"land": 1.0}}, "sizes": [row]}


def test_a_budget_says_whether_it_is_kept_and_by_how_much() -> None:
    told = {b.what: b.verdict for b in budgets_of_runs(sized(50.0))}
    assert list(told.values()) == [
        "reached, 25% below",
        "NOT reached, 50% above",
        "reached, 25% below",
        "NOT reached, 5% above",
    ]


def test_a_size_that_start_up_drowns_tells_nothing() -> None:
    found = budgets_of_runs(sized(21.0))
    assert [b.verdict for b in found[:2]] == ["this size is too small to tell"] * 2
    assert not any(b.is_kept for b in found[:2])


def test_a_run_alone_is_held_to_its_memory_alone() -> None:
    assert [b.what for b in budgets_of_runs(sized(300.0, alone=True))] == ["peak memory of a full run"]


def test_the_table_says_where_it_is_not_of_the_size_the_budgets_are_set_for() -> None:
    small = Budget("full run / bare script, without start-up", 2.0, 1.5, "x", "1,000", 1.25)
    assert "set for 10,000,000" in show_budgets([small])
    assert "set for" not in show_budgets(budgets_of_runs(sized(50.0)))


def test_the_page_tells_what_was_kept_and_on_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "OUT", tmp_path)
    with pytest.raises(RuntimeError, match="make bench"):
        page.write(tmp_path / "page.md")
    (tmp_path / "full_run.json").write_text(json.dumps(sized(50.0)), encoding="utf-8")
    page.write(tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "NOT reached, 50% above" in text
    assert "| 10,000,000: full run | 50.00 | 90.00 | 2,100 | 2.50 |" in text
    assert "Measured on 2 cores" in text
    assert "datacontract" not in text
