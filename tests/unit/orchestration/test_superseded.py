"""What newer deliveries take the place of, against the plain definition, over invented deliveries."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from orchestration import superseded


def deliver(folder: Path, seed: int) -> tuple[list[Path], dict[tuple[str, str], tuple[int, int]]]:
    """Some deliveries with a key of two columns; where each key's newest record stands: delivery and number."""
    chance = random.Random(seed)
    files: list[Path] = []
    newest: dict[tuple[str, str], tuple[int, int]] = {}
    for delivery in range(chance.randint(2, 5)):
        keys = sorted({(f"a'{chance.randint(0, 9)}", f"b{chance.randint(0, 4)}") for _ in range(chance.randint(1, 30))})
        chance.shuffle(keys)
        newest |= {key: (delivery, n) for n, key in enumerate(keys, start=1)}
        rows = ", ".join(f"({n}, '{a.replace(chr(39), chr(39) * 2)}', '{b}')" for n, (a, b) in enumerate(keys, start=1))
        path = folder / f"{seed}-{delivery}.parquet"
        duckdb.sql(f'select * from (values {rows}) as t(_record, "the key", part)').write_parquet(str(path))
        files.append(path)
    return files, newest


@pytest.mark.parametrize("seed", range(12))
def test_all_but_each_keys_newest_record_are_superseded(tmp_path: Path, seed: int) -> None:
    files, newest = deliver(tmp_path, seed)
    with duckdb.connect() as connection:
        connection.execute(superseded.table("things", ("the key", "part"), files))
        noted = connection.execute('select _delivery, _record from "superseded__things"').fetchall()
        there = {
            (n, record)
            for n, path in enumerate(files)
            for (record,) in connection.execute(f"select _record from '{path}'").fetchall()
        }
    assert len(noted) == len(set(noted))
    assert there - set(noted) == set(newest.values())
