"""Tables as they were published, and what several of them together leave open.

Belongs here: published cells, the equations between them, what follows from shown cells alone. Does not belong here:
true counts (``tables``, ``audit``), what a finding means for a release.

Cells of tables over the same population are joined by the values of their dimensions: the same dimensions with the same
values are the same cell, whichever table shows it. Every level's cells add up to those of each level that keeps fewer
dimensions; where two levels have no such relation, both add up to what they have in common, also where that was never
published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.disclosure.rules import CellRule, Floats

CONTRADICTION = "the tables contradict each other: they do not count the same population"

Key = tuple[tuple[str, Any], ...]
"""A cell: its dimensions, sorted by name, with their values."""


@dataclass(frozen=True)
class PublishedTable:
    """Cells as published.

    Attributes:
        name: What a finding calls it.
        shown: Shown cells with their counts.
        hidden: Hidden cells.
        is_complete: Whether a combination without a row is known to be 0.
    """

    name: str
    shown: Mapping[Key, int]
    hidden: frozenset[Key]
    is_complete: bool = True

    @property
    def levels(self) -> frozenset[tuple[str, ...]]:
        """The sets of dimensions its cells have."""
        return frozenset(tuple(name for name, _ in key) for key in (*self.shown, *self.hidden))


def read_published(
    name: str, table: Any, dimensions: Sequence[str], count: str, summed_over: str = ""
) -> PublishedTable:
    """A published table: a null count is a hidden cell.

    Args:
        name: What a finding calls it.
        table: An Arrow table or a DuckDB relation.
        dimensions: Its dimensions.
        count: Its count.
        summed_over: The column that names the dimensions a row sums over, separated by commas, where there is one.

    Raises:
        ValueError: Two rows are the same cell.
    """
    rows = table if hasattr(table, "column_names") else table.to_arrow_table()
    names = sorted(dimensions)
    values = [rows[n].to_pylist() for n in names]
    over = [frozenset(filter(None, t.split(", "))) for t in rows[summed_over].to_pylist()] if summed_over else None
    shown: dict[Key, int] = {}
    hidden: set[Key] = set()
    for number, value in enumerate(rows[count].to_pylist()):
        gone = over[number] if over is not None else frozenset()
        key = tuple((n, column[number]) for n, column in zip(names, values, strict=True) if n not in gone)
        if key in shown or key in hidden:
            raise ValueError(f"{name} has the same cell in two rows")
        if value is None:
            hidden.add(key)
        else:
            shown[key] = int(value)
    return PublishedTable(name, shown, frozenset(hidden))


def count_records(name: str, relation: Any, dimensions: Sequence[str]) -> PublishedTable:
    """What anybody can count in published records: a table in which nothing is hidden.

    Args:
        name: What a finding calls it.
        relation: A DuckDB relation of records.
        dimensions: Those of its columns by which other tables count as well.
    """
    quoted = ", ".join('"' + n.replace('"', '""') + '"' for n in dimensions)
    counted = relation.aggregate(f"{quoted}, count(*) as records" if quoted else "count(*) as records", quoted)
    return read_published(name, counted, dimensions, "records")


@dataclass(frozen=True)
class Equation:
    """A cell is the sum of others; ``table`` is the one whose parts they are."""

    total: Key
    parts: tuple[Key, ...]
    table: str


def equations(tables: Iterable[PublishedTable]) -> list[Equation]:
    """The equations between all levels of all tables, in a fixed order."""
    found: list[Equation] = []
    whole = list(tables)
    levels = sorted({level for t in whole for level in t.levels})
    common = {tuple(n for n in a if n in b) for a in levels for b in levels}
    for table in whole:
        if not table.is_complete:
            continue
        cells = sorted((*table.shown, *table.hidden), key=repr)
        for level in sorted(table.levels):
            parts = [key for key in cells if tuple(n for n, _ in key) == level]
            for kept in sorted(common):
                if set(kept) < set(level):
                    groups: dict[Key, list[Key]] = {}
                    for key in parts:
                        groups.setdefault(tuple(p for p in key if p[0] in kept), []).append(key)
                    found += [Equation(total, tuple(group), table.name) for total, group in groups.items()]
    return found


def bounds(
    shown: Mapping[Key, int], hidden: Iterable[Key], lines: Sequence[Equation], rule: CellRule
) -> dict[Key, tuple[float, float]]:
    """The least and the greatest value of hidden cells that the equations leave, by linear programs.

    Cells that are neither shown nor hidden were never published and may have any count. Where the tables found on the
    way already show that a cell is protected, its interval is at least the one given; otherwise it is that one.

    Args:
        shown: All shown cells.
        hidden: All hidden cells.
        lines: The equations.
        rule: What hidden cells are known to be at least, and when one counts as protected.

    Raises:
        ValueError: The numbers contradict each other, so they do not count the same population.
    """
    wanted = sorted(set(hidden), key=repr)
    matrix, right, count = _system(shown, wanted, lines)
    low = np.zeros(count)
    low[: len(wanted)] = rule.least
    far = max(1e6, 4.0 * max((abs(v) for v in shown.values()), default=0))
    found: dict[Key, tuple[float, float]] = {}
    for part, of_rows in _parts(matrix):
        some = matrix[of_rows][:, part]
        limits = np.column_stack([low[part], np.full(len(part), far)])
        seen_low, seen_high = np.full(len(part), np.inf), np.full(len(part), -np.inf)
        for place in np.flatnonzero(part < len(wanted)):
            for sign in (-1.0, 1.0):
                if np.isfinite(seen_low[place]) and _is_wide(seen_low[place], seen_high[place], rule):
                    break
                aim = np.zeros(len(part))
                aim[place] = sign
                values = _solved(aim, some, right[of_rows], limits)
                seen_low, seen_high = np.minimum(seen_low, values), np.maximum(seen_high, values)
            high = np.inf if seen_high[place] > far / 2 else float(np.floor(seen_high[place] + 1e-6))
            found[wanted[part[place]]] = (float(np.ceil(seen_low[place] - 1e-6)), high)
    return found


def _is_wide(low: float, high: float, rule: CellRule) -> bool:
    return bool(rule.protects(low, high, np.int64(rule.least)))


def _system(shown: Mapping[Key, int], wanted: Sequence[Key], lines: Sequence[Equation]) -> tuple[Any, Floats, int]:
    """The equations in the unknown cells, the wanted ones first: matrix, right side, number of unknown cells."""
    from scipy import sparse

    unknown = {key: n for n, key in enumerate(wanted)}
    places: list[tuple[int, int, float]] = []
    right: list[float] = []
    for line in lines:
        terms = [(line.total, -1.0), *((part, 1.0) for part in line.parts)]
        known = sum(sign * shown[key] for key, sign in terms if key in shown)
        open_terms = [(key, sign) for key, sign in terms if key not in shown]
        if not open_terms and known:
            raise ValueError(CONTRADICTION)
        if open_terms:
            places += [(len(right), unknown.setdefault(key, len(unknown)), sign) for key, sign in open_terms]
            right.append(-known)
    rows, columns, data = zip(*places, strict=True) if places else ((), (), ())
    return sparse.csr_array((data, (rows, columns)), shape=(len(right), len(unknown))), np.array(right), len(unknown)


def _solved(aim: Floats, matrix: Any, right: Floats, limits: Floats) -> Floats:
    from scipy.optimize import linprog

    equations_of = {"A_eq": matrix, "b_eq": right} if len(right) else {}
    done = linprog(aim, **equations_of, bounds=limits, method="highs")
    if done.status == 2:
        raise ValueError(CONTRADICTION)
    if done.status != 0:
        raise RuntimeError(f"the solver gave no answer: {done.message}")
    return np.asarray(done.x, dtype=np.float64)


def _parts(matrix: Any) -> list[tuple[Any, Any]]:
    """Columns that hang together, with the rows that hold them together."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    count = matrix.shape[1]
    if count == 0:
        return []
    if matrix.shape[0] == 0:
        return [(np.array([n]), np.zeros(0, dtype=np.int64)) for n in range(count)]
    graph = sparse.block_array([[None, abs(matrix).T], [abs(matrix), None]])
    number, labels = connected_components(graph, directed=False)
    return [(np.flatnonzero(labels[:count] == n), np.flatnonzero(labels[count:] == n)) for n in range(number)]
