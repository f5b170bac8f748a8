"""Which records of a stream are held: the same ones however it comes, spread over all of it, never too many."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from orchestration.ingest.reading import RECORD
from orchestration.ingest.sample import Sample, picked, spread


def stream(count: int, block: int, width: int = 8) -> list[pa.Table]:
    numbers = np.arange(1, count + 1)
    table = pa.table({"text": pa.array(["x" * width] * count), RECORD: numbers})
    return [table.slice(at, block) for at in range(0, count, block)]


def held(sample: Sample) -> list[int]:
    return [int(n) for n in sample.table().column(RECORD).to_pylist()]


def test_all_are_held_while_they_are_few() -> None:
    sample = Sample(most=100)
    for table in stream(100, 30):
        sample.take(table)
    assert sample.whole
    assert held(sample) == list(range(1, 101))


@pytest.mark.parametrize("count", [101, 1_000, 12_345])
def test_the_same_are_held_however_the_stream_is_cut(count: int) -> None:
    found = []
    for block in (1 + count // 3, 97, count):
        sample = Sample(most=100)
        for table in stream(count, block):
            sample.take(table)
        assert not sample.whole
        found.append(held(sample))
    assert found[0] == found[1] == found[2]
    assert 25 <= len(found[0]) <= 100
    assert found[0] == sorted(found[0])


def test_they_never_take_more_than_so_many_bytes() -> None:
    sample = Sample(most=10_000, most_bytes=50_000)
    for table in stream(2_000, 100, width=1_000):
        sample.take(table)
        assert sample.bytes <= 50_000
    assert 10 <= sample.count <= 50


def test_a_record_larger_than_all_that_may_be_held_is_held_alone() -> None:
    sample = Sample(most_bytes=10)
    for table in stream(3, 1, width=100):
        sample.take(table)
    assert sample.count <= 1


def test_a_file_whose_every_other_record_is_alike_is_not_halved_into_the_others() -> None:
    numbers = np.arange(1, 100_001)
    for bits in (1, 3, 7):
        chosen = numbers[spread(numbers, bits)]
        for step in (2, 3, 4, 10):
            shares = np.bincount(chosen % step, minlength=step) / len(chosen)
            assert np.abs(shares - 1 / step).max() < 0.02, (bits, step)


@pytest.mark.parametrize(("count", "most"), [(0, 5), (5, 5), (6, 5), (1_000, 64), (2_000_000, 500)])
def test_numbers_are_picked_from_all_over(count: int, most: int) -> None:
    found = picked(count, most)
    assert len(found) <= max(most, 1) * 1.1
    assert len(found) >= min(count, most) / 2.5
    assert list(found) == sorted(set(found))
    if count > 10 * most:
        assert found[0] < count / 10 < 9 * count / 10 < found[-1]
