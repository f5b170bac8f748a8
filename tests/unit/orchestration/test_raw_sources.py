"""The sources' views in the warehouse, by how newer deliveries relate to older ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from contracts.load import load_contract
from contracts.model import Contract, Delivery, Role
from orchestration import raw_sources

DELIVERIES = (
    [("A", 1), ("B", 2), ("C", 3)],
    [("B", 20), ("D", 40)],
    [("A", 100), ("D", 400)],
)
EXPECTED = {
    Delivery.SNAPSHOT: {("A", 100, 1), ("D", 400, 2)},
    Delivery.APPEND: {(k, v, n) for one in DELIVERIES for n, (k, v) in enumerate(one, start=1)},
    Delivery.UPSERT: {("A", 100, 1), ("B", 20, 1), ("C", 3, 3), ("D", 400, 2)},
}


@pytest.fixture(scope="module")
def contract(project_root: Path) -> Contract:
    """A source's contract whose key is its first column."""
    return load_contract(project_root / "cities" / "demo" / "sources" / "demo_districts.odcs.yaml", Role.SOURCE)


def deliver(folder: Path) -> tuple[Path, ...]:
    """The deliveries as accepted files; the newest has its columns in another order."""
    paths = []
    for number, rows in enumerate(DELIVERIES):
        values = ", ".join(f"('{k}', {v}, {n})" for n, (k, v) in enumerate(rows, start=1))
        path = folder / f"it's {number}.parquet"
        order = "amount, codigo, _record" if number == 2 else "codigo, amount, _record"
        duckdb.sql(f"select {order} from (values {values}) as t(codigo, amount, _record)").write_parquet(str(path))
        paths.append(path)
    return tuple(paths)


@pytest.mark.parametrize("delivery", Delivery)
def test_a_view_holds_the_records_that_are_in_force(tmp_path: Path, contract: Contract, delivery: Delivery) -> None:
    files = deliver(tmp_path)
    assert contract.primary_key == ("codigo",)
    sources = {"things": replace(contract, delivery=delivery)}
    with duckdb.connect(str(tmp_path / "city.duckdb")) as connection:
        assert raw_sources.make(connection, sources, {"things": files}) == {}
    with duckdb.connect(str(tmp_path / "city.duckdb"), read_only=True) as connection:
        found = connection.execute("select codigo, amount, _record from raw__things").fetchall()
    assert len(found) == len(EXPECTED[delivery]) and set(found) == EXPECTED[delivery]


def test_a_source_without_a_delivery_has_no_view_any_more(tmp_path: Path, contract: Contract) -> None:
    files = deliver(tmp_path)
    with duckdb.connect() as connection:
        assert raw_sources.make(connection, {"things": contract}, {"things": files[:1]}) == {}
        assert connection.execute("select count(*) from raw__things").fetchone() == (3,)
        assert raw_sources.make(connection, {"things": contract}, {"things": ()}) == {}
        with pytest.raises(duckdb.CatalogException):
            connection.execute("from raw__things")


def test_a_source_that_cannot_be_read_stops_no_other(tmp_path: Path, contract: Contract) -> None:
    files = deliver(tmp_path)
    torn, gone = tmp_path / "torn.parquet", tmp_path / "gone.parquet"
    torn.write_bytes(files[0].read_bytes()[:-40])
    sources = {"gone": contract, "things": contract, "torn": contract}
    with duckdb.connect() as connection:
        unread = raw_sources.make(connection, sources, {"gone": (gone,), "things": files[:1], "torn": (torn,)})
        assert connection.execute("select count(*) from raw__things").fetchone() == (3,)
    assert sorted(unread) == ["gone", "torn"]
    assert str(gone) in unread["gone"] and str(torn) in unread["torn"]
