"""The newest records are about one in a hundred: new ones and changed ones, as the register shows them days later."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from bench import increment
from cities.demo.generate import REQUESTS_FILE, generate, read_deliveries

SIZE = 20_000


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    first, later = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("later")
    generate(read_deliveries(SIZE)[0], first)
    increment.write(SIZE, later)
    return first / REQUESTS_FILE, later / REQUESTS_FILE


def register(path: Path) -> str:
    return f"read_csv('{path}', delim = ';', header = true, quote = '\"', all_varchar = true)"


def test_about_one_in_a_hundred_of_them_new_and_changed(folders: tuple[Path, Path]) -> None:
    first, later = folders
    query = (
        f"select count(*), count(distinct n.radicado), count(o.radicado), count(*) filter (o.estado is distinct from "
        f"n.estado) from {register(later)} as n left join {register(first)} as o using (radicado)"
    )
    row = duckdb.sql(query).fetchone()
    assert row is not None
    records, keys, known, changed = row
    assert records == keys
    assert 0.006 * SIZE < records < 0.016 * SIZE
    assert 0 < known < records
    assert changed > records - known


def test_nothing_that_happened_since_is_left_out(folders: tuple[Path, Path]) -> None:
    first, later = folders
    closed = f"select count(*) from {register(later)} where estado = 'Cerrada'"
    before = (
        f"select count(*) from {register(first)} as o join {register(later)} as n using (radicado) "
        "where o.estado = 'Cerrada'"
    )
    ours, theirs = duckdb.sql(closed).fetchone(), duckdb.sql(before).fetchone()
    assert ours is not None
    assert ours[0] > 0
    assert theirs == (0,), "a request that was closed before was delivered again"
