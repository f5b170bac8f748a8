"""Other values keep their column's type, and come out the same for the same draws."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest

from orchestration.proof.literals import literals_of
from orchestration.proof.values import Source, Way, changed

LITERALS = literals_of(["select 'web', 42, date '2026-03-01', 2.5, 300"])
COLUMNS: list[Any] = [
    pa.array(["a", None, "phone"] * 30),
    pa.array([1, None, 3] * 30, pa.int64()),
    pa.array([1, 2, 127] * 30, pa.int8()),
    pa.array([1, 2, 255] * 30, pa.uint8()),
    pa.array([2**63 - 1, -(2**63), 0] * 30, pa.int64()),
    pa.array([1.5, None, float("nan")] * 30),
    pa.array([True, None, False] * 30),
    pa.array([date(2026, 1, 1), None] * 45),
    pa.array([datetime(2026, 1, 1, 3), None] * 45, pa.timestamp("us")),
    pa.array([["a", "b"], None, []] * 30),
    pa.array([{"mail": "a@b.example", "zip": 1}, None, {"mail": None, "zip": 2}] * 30),
    pa.array([b"1", None, b"3"] * 30),
    pa.array([None, None] * 45, pa.string()),
    pa.array([], pa.string()),
]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda one: str(one.type))
@pytest.mark.parametrize("way", get_args(Way))
def test_a_column_keeps_its_type_and_its_number_of_records(column: Any, way: Way) -> None:
    source = Source(LITERALS, [column])
    first = changed(column, way, source, np.random.default_rng(1))
    again = changed(column, way, source, np.random.default_rng(1))
    assert first.type == column.type
    assert len(first) == len(column)
    assert repr(first.to_pylist()) == repr(again.to_pylist())


def test_literals_and_their_neighbours_are_put_in() -> None:
    column = pa.array(["a", "b", None] * 100)
    assert changed(column, "named", Source(LITERALS), np.random.default_rng(1)).to_pylist().count("web") > 100
    near = set(changed(column, "aimed", Source(LITERALS), np.random.default_rng(1)).to_pylist())
    assert {"web", "we", "webx", "WEB", "x" * 41} <= near
    numbers = changed(pa.array([7] * 300), "aimed", Source(LITERALS), np.random.default_rng(1)).to_pylist()
    assert {42, 41, 43} <= set(numbers)


def test_exchanged_values_are_the_same_values() -> None:
    column = pa.array([1, 2, 2, None, 5] * 10)
    made = changed(column, "exchanged", Source(LITERALS), np.random.default_rng(4))
    assert sorted(map(str, made.to_pylist())) == sorted(map(str, column.to_pylist()))
    assert made != column
