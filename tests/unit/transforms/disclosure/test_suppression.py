"""Hiding: nothing hidden can be worked out, sums stay, little is hidden in vain."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from tests.unit.transforms.disclosure.disclosure_tables import Reader, is_wide, random_table, table_of
from transforms.disclosure.audit import intervals, judge
from transforms.disclosure.complementary import NEEDLESS_SHARE, suppress
from transforms.disclosure.model_step import hide_small_cells
from transforms.disclosure.proofs import price
from transforms.disclosure.rules import CellRule
from transforms.disclosure.tables import CountTable, margins_of


def exposed_to(table: CountTable, hidden: np.ndarray, rule: CellRule, cells: np.ndarray) -> list[int]:
    reader = Reader(table, hidden, rule)
    return [int(c) for c in cells if not is_wide(*reader.interval(int(c)), rule.k)]


def some(cells: np.ndarray, count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(cells)[:count]


@settings(max_examples=16, deadline=None, derandomize=True)
@given(
    shape=st.one_of(
        st.tuples(st.integers(1, 50), st.integers(1, 60)),
        st.tuples(st.integers(1, 7), st.integers(1, 6), st.integers(1, 5)),
    ),
    mean=st.sampled_from([0.5, 3.0, 15.0, 60.0]),
    seed=st.integers(0, 2**16),
    k=st.sampled_from([5, 10, 11]),
)
def test_no_hidden_cell_can_be_solved(shape: tuple[int, ...], mean: float, seed: int, k: int) -> None:
    table, rule = random_table(shape, mean, seed), CellRule(k=k)
    found = suppress(table, rule)
    assert len(found.exposed) == 0
    small = (table.values >= 1) & (table.values < k)
    assert found.hidden[small].all()
    assert not found.hidden[table.values == 0].any()
    cells = np.flatnonzero(found.hidden)
    checked = np.union1d(some(np.flatnonzero(found.complementary), 4, seed), some(cells, 6, seed))
    assert exposed_to(table, found.hidden, rule, checked) == []
    assert judge(table, found.hidden, rule).passes


@pytest.mark.parametrize(("shape", "mean", "seed"), [((12, 9), 12.0, 4), ((5, 4, 4), 12.0, 2), ((9, 9), 3.0, 7)])
def test_every_hidden_cell_of_a_table_is_asked_for(shape: tuple[int, ...], mean: float, seed: int) -> None:
    table, rule = random_table(shape, mean, seed), CellRule()
    hidden = suppress(table, rule).hidden
    assert hidden.sum() > 20
    assert exposed_to(table, hidden, rule, np.flatnonzero(hidden)) == []


def test_hiding_small_cells_alone_is_seen_not_to_be_enough() -> None:
    table, rule = random_table((20, 30), 40.0, 3), CellRule()
    small = rule.is_small(table.values)
    by_reader = exposed_to(table, small, rule, np.flatnonzero(small))
    assert len(by_reader) > 3
    assert judge(table, small, rule).exposed.tolist() == by_reader
    assert intervals(table, small, rule).exposed.tolist() == by_reader


def test_exact_intervals_are_the_readers() -> None:
    for table in (random_table((8, 7), 9.0, 1), random_table((4, 4, 3), 9.0, 5)):
        rule = CellRule()
        hidden = suppress(table, rule).hidden
        reader, audit = Reader(table, hidden, rule), intervals(table, hidden, rule)
        for cell, low, high in zip(audit.cells, audit.low, audit.high, strict=True):
            assert (low, high) == reader.interval(int(cell))


def test_little_is_hidden_in_vain() -> None:
    """One by one, every cell hidden for others is shown again; a reader then finds a hidden cell, but for a few."""
    needless = tried = 0
    for table in (random_table((50, 60), 60.0, 1), random_table((14, 12), 10.0, 6), random_table((6, 5, 4), 15.0, 3)):
        rule = CellRule()
        found = suppress(table, rule)
        for cell in some(np.flatnonzero(found.complementary), 11, 1):
            hidden = found.hidden.copy()
            hidden[cell] = False
            tried += 1
            needless += judge(table, hidden, rule).passes
    assert tried > 25
    assert needless / tried <= NEEDLESS_SHARE


def least_cost(table: CountTable, rule: CellRule) -> float:
    """The cheapest hiding there is, by one integer program for the whole table: every cell and its own two changes."""
    n, k, values = table.size, rule.k, table.values
    cost = price(values)
    small = rule.is_small(values)
    cap = 4 * k
    # Columns: y (hide), b (all small values instead of k values), then for each cell an up and a down change.
    width = 2 * n + 2 * n * n
    equations = sparse.kron(sparse.eye_array(2 * n), table.matrix)
    equations = sparse.hstack([sparse.csr_array((equations.shape[0], 2 * n)), equations])
    rows: list[int] = []
    columns: list[int] = []
    data: list[float] = []
    low: list[float] = []

    def demand(terms: list[tuple[int, float]], least: float) -> None:
        for column, factor in terms:
            rows.append(len(low))
            columns.append(column)
            data.append(factor)
        low.append(least)

    for cell in range(n):
        up, down = 2 * n + cell * n, 2 * n + (n + cell) * n
        for change in (up, down):
            for other in range(n):
                demand([(change + other, 1.0), (other, float(min(values[other] - 1, cap)))], 0.0)
                demand([(change + other, -1.0), (other, float(cap))], 0.0)
        # u + d >= (k - 1) (y - b); with b: u >= (k - 1 - x) b and d >= (x - 1) b.
        demand([(up + cell, 1.0), (down + cell, -1.0), (cell, -(k - 1.0)), (n + cell, k - 1.0)], 0.0)
        demand([(up + cell, 1.0), (n + cell, -(k - 1.0 - values[cell]))], 0.0)
        demand([(down + cell, -1.0), (n + cell, -(values[cell] - 1.0))], 0.0)
    matrix = sparse.csr_array((data, (rows, columns)), shape=(len(low), width))
    lower = np.concatenate([np.zeros(2 * n), np.full(2 * n * n, -np.inf)])
    upper = np.concatenate([np.ones(n), small.astype(float), np.full(2 * n * n, np.inf)])
    lower[:n] = small
    aim = np.concatenate([np.where(small, 0.0, cost), np.zeros(width - n)])
    whole = np.concatenate([np.ones(2 * n), np.zeros(2 * n * n)])
    zero = np.zeros(equations.shape[0])
    done = milp(
        aim,
        constraints=[LinearConstraint(equations, zero, zero), LinearConstraint(matrix, np.array(low), np.inf)],
        bounds=Bounds(lower, upper),
        integrality=whole,
    )
    assert done.status == 0
    return float(done.fun)


def test_what_is_hidden_is_near_the_least_possible() -> None:
    rule = CellRule(k=5)
    spent = least = 0.0
    for seed in range(5):
        table = random_table((4, 4), 12.0, seed, 0.5)
        found = suppress(table, rule)
        own = float(price(table.values)[found.complementary].sum())
        best = least_cost(table, rule)
        assert own >= best - 1e-6
        spent, least = spent + own, least + best
    assert least > 20
    assert spent <= 1.3 * least


def test_what_is_hidden_in_a_line_adds_up_to_k() -> None:
    table = table_of([[2, 3, 40, 90], [50, 60, 70, 80], [30, 20, 15, 25]])
    hidden = suppress(table).hidden
    first = table.levels[0].cells
    shown = np.where(hidden[first], 0, table.values[first]).reshape(3, 4)
    assert (table.values[first].reshape(3, 4) - shown)[0].sum() >= 11
    assert hidden[first].reshape(3, 4)[0].sum() >= 3


def test_a_table_of_nothing_but_small_cells() -> None:
    table = table_of([[1, 2], [3, 0]])
    found = suppress(table)
    assert found.hidden.tolist() == [True] * len(found.hidden)
    assert judge(table, found.hidden, CellRule()).passes


@pytest.mark.parametrize("counts", [[[]], [[0, 0]], [[7]], [[50]]])
def test_the_smallest_tables(counts: list[list[int]]) -> None:
    table = table_of(counts)
    found = suppress(table)
    assert found.hidden.all() == (table.values < 11).all()
    assert judge(table, found.hidden, CellRule()).passes


def test_certificates_are_checked_before_they_count() -> None:
    table, rule = random_table((20, 30), 40.0, 3), CellRule()
    found = suppress(table, rule)
    with_them = judge(table, found.hidden, rule, found.certificates)
    assert with_them.passes
    small = rule.is_small(table.values)
    assert not judge(table, small, rule, found.certificates).passes
    cells = np.flatnonzero(small)
    false = [(cells[n : n + 1], np.ones(1)) for n in range(len(cells))]
    refused = judge(table, small, rule, false)
    assert refused.exposed.tolist() == judge(table, small, rule).exposed.tolist()


def test_the_same_twice() -> None:
    table = random_table((20, 15), 12.0, 9)
    assert np.array_equal(suppress(table).hidden, suppress(table).hidden)


def test_order_of_rows_decides_nothing() -> None:
    table = random_table((12, 15), 12.0, 9)
    turned = CountTable(table.dimensions, table.codes[::-1].copy(), table.counts[::-1].copy(), table.margins[::-1])
    assert np.array_equal(suppress(table).hidden, suppress(turned).hidden)


def test_hierarchies_are_dimensions_that_follow() -> None:
    base = random_table((6, 9), 14.0, 2)
    codes = np.column_stack([base.codes, base.codes[:, 1] // 3])
    table = CountTable(("month", "kind", "group"), codes, base.counts, margins_of(("month", "kind", "group")))
    assert table.free_axes == (0, 1)
    rule = CellRule()
    hidden = suppress(table, rule).hidden
    assert judge(table, hidden, rule).passes
    assert exposed_to(table, hidden, rule, np.flatnonzero(hidden)) == []
    same = {tuple(table.where(int(c)).values()) for c in np.flatnonzero(hidden) if len(table.where(int(c))) == 3}
    doubled = [(m, k) for m, k, _ in same]
    pairs = {
        tuple(table.where(int(c)).values())
        for c in np.flatnonzero(hidden)
        if set(table.where(int(c))) == {"month", "kind"}
    }
    assert set(doubled) == pairs


def test_readers_who_know_which_cells_are_small() -> None:
    rule = CellRule(primary_known=True)
    table = random_table((10, 12), 30.0, 2)
    found = suppress(table, rule)
    audit = intervals(table, found.hidden, rule)
    small = rule.is_small(table.values[audit.cells])
    assert audit.passes
    assert len(found.exposed) == 0
    assert small.any()
    assert (audit.low[small] == 1).all()
    assert (audit.high[small] == 10).all()


def test_zeros_may_be_hidden_too() -> None:
    rule = CellRule(zeros_shown=False)
    codes = np.array([[a, b] for a in range(4) for b in range(4)])
    counts = np.array([0, 30, 40, 50, 20, 60, 0, 25, 35, 45, 55, 65, 75, 85, 95, 15])
    table = CountTable(("a", "b"), codes, counts, margins_of(("a", "b")))
    found = suppress(table, rule)
    assert found.primary[: len(counts)][counts == 0].all()
    audit = intervals(table, found.hidden, rule)
    assert audit.passes
    assert audit.low.min() == 0


@pytest.mark.parametrize("wrong", [{"k": 1}, {"width": 1}, {"primary_known": True, "width": 30}])
def test_impossible_rules_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"minimum cell|2 values|know 10 values"):
        CellRule(**wrong)  # type: ignore[arg-type]


ANIMALS = """select month, borough, kind, count(*) as n from (
    select strftime(strptime("Created Date", '%m/%d/%Y %I:%M:%S %p'), '%Y-%m') as month, Borough as borough,
        "Complaint Type" as kind
    from read_csv('{file}', all_varchar = true)
) where month >= '{since}' and borough <> 'Unspecified' group by """
"""New York's animal complaints by month, borough and kind."""


@pytest.mark.real_data
def test_a_citys_table_as_it_is_published(shared_data: Path) -> None:
    """Every total shown is what the records add up to, and what is hidden in a line adds up to the rest of it."""
    file = shared_data / "311" / "nyc" / "311_animal_dohmh_2010_2025.csv.gz"
    dimensions = ["month", "borough", "kind"]
    counted = ANIMALS.format(file=file, since="2024")
    rows = duckdb.sql(f"{counted} all").to_arrow_table()
    margins = [list(margin) for margin in margins_of(dimensions)]
    published = hide_small_cells(rows, dimensions=dimensions, count="n", margins=margins, k=5).to_pylist()
    truth = {tuple(row[:3]): row[3] for row in duckdb.sql(f"{counted} cube (month, borough, kind)").fetchall()}
    assert len(published) == len(truth) > 60
    hidden: set[tuple[str | None, ...]] = set()
    for row in published:
        place = tuple(row[name] for name in dimensions)
        assert row["n"] == (None if row["is_suppressed"] else truth[place])
        assert row["is_suppressed"] or truth[place] >= 5
        if row["is_suppressed"]:
            hidden.add(place)
    assert len(hidden) > 20
    for total in set(truth) - hidden:
        for axis in (axis for axis, value in enumerate(total) if value is None):
            parts = {
                cell for cell in truth if cell[axis] is not None and (*cell[:axis], None, *cell[axis + 1 :]) == total
            }
            missing = [truth[part] for part in sorted(parts & hidden, key=str)]
            assert not missing or (len(missing) > 1 and sum(missing) >= 5), total


@pytest.mark.real_data
def test_a_citys_monthly_table(shared_data: Path) -> None:
    """Month x borough x kind of complaint of New York's animal complaints, all totals published."""
    file = shared_data / "311" / "nyc" / "311_animal_dohmh_2010_2025.csv.gz"
    rows = duckdb.sql(f"{ANIMALS.format(file=file, since='2023')} all order by all").to_arrow_table()
    assert rows.num_rows > 100
    codes = np.column_stack(
        [rows[name].combine_chunks().dictionary_encode().indices.to_numpy() for name in ("month", "borough", "kind")]
    )
    table = CountTable(
        ("month", "borough", "kind"),
        codes.astype(np.int64),
        rows["n"].to_numpy(),
        margins_of(("month", "borough", "kind")),
    )
    rule = CellRule(k=5)
    found = suppress(table, rule)
    small = rule.is_small(table.values)
    assert judge(table, found.hidden, rule).passes
    assert found.hidden[small].all()
    checked = np.union1d(some(np.flatnonzero(found.complementary), 8, 1), some(np.flatnonzero(small), 8, 1))
    assert exposed_to(table, found.hidden, rule, checked) == []
    assert not found.hidden[-1]
    for cell in some(np.flatnonzero(found.complementary), 8, 2):
        hidden = found.hidden.copy()
        hidden[cell] = False
        assert not judge(table, hidden, rule).passes
