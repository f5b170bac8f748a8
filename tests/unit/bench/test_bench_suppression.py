"""The bench of hiding small cells: it refuses what is not protected, and its budget judges the figures."""

from __future__ import annotations

import numpy as np
import pytest

from bench import page, suppression
from bench.budgets import show_budgets
from transforms.disclosure import complementary
from transforms.disclosure.complementary import Suppression
from transforms.disclosure.rules import CellRule


def test_a_small_cube_is_hidden_and_judged() -> None:
    one = suppression.hide((6, 5, 4), 20.0)
    assert one["small"] > 3
    assert one["complementary"] > 3
    result = {"shape": [6, 5, 4], "cubes": [{**one, "peak_mb": 100.0}], "machine": {}}
    assert "6 x 5 x 4" in suppression.show(result)
    assert "## Small cells hidden" in page.tell_suppression(result)
    (budget,) = suppression.budgets_of_suppression(result)
    assert budget.is_kept
    slow = {**result, "cubes": [{**one, "judge_seconds": 40.0}]}
    assert "NOT reached" in show_budgets(suppression.budgets_of_suppression(slow))


def test_what_is_not_protected_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(table: object, rule: CellRule) -> Suppression:
        small = rule.is_small(table.values)  # type: ignore[attr-defined]
        return Suppression(small, small, np.zeros(0, dtype=np.int64), ())

    monkeypatch.setattr(complementary, "suppress", careless)
    with pytest.raises(RuntimeError, match="not protected"):
        suppression.hide((6, 5, 4), 20.0)
