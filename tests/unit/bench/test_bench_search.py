"""The bench of the search: what it makes up is the same each time, and its budgets judge what was measured."""

from __future__ import annotations

from typing import Any

import pytest

from bench import page, search


def test_the_same_catalogue_and_questions_are_made_up_each_time() -> None:
    (_, first), (_, second) = search.catalogue(12), search.catalogue(12)
    assert search.questions(first, 30) == search.questions(second, 30)
    columns = [column.name for product in first.products.values() for column in product.columns]
    assert len(columns) == 12 * (search.SHARED_COLUMNS + search.OWN_COLUMNS)
    assert len(columns) > len(set(columns)) >= 12 * search.OWN_COLUMNS
    titles = {product.title.default for product in first.products.values()}
    assert len(titles) == 12


def test_without_a_browser_the_index_alone_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "in_browser", lambda *_: None)
    result = search.compare(10)
    assert result["bytes"] > result["gzip_bytes"] > 1000
    assert [budget.what for budget in search.budgets_of_search(result)] == ["index of the search made, CPU"]
    assert "not measured: no Chromium here" in search.show(result)
    assert "not measured" in page.tell_search(result)


@pytest.mark.parametrize(("p95", "kept"), [(49.9, True), (50.1, False)])
def test_a_slow_answer_misses_the_budget(p95: float, kept: bool) -> None:
    browser = {"p95_ms": p95, "questions": 200, "load_ms": 1.0, "open_ms": 1.0, "median_ms": 1.0, "worst_ms": 90.0}
    result: dict[str, Any] = {
        "products": 1000, "columns": 20, "entries_seconds": 0.1, "index_seconds": 0.5, "again_seconds": 0.3,
        "bytes": 9, "gzip_bytes": 5, "browser": browser,
    }  # fmt: skip
    made, answered = search.budgets_of_search(result)
    assert made.is_kept
    assert answered.is_kept is kept
