"""What two published tables tell together that neither tells alone.

Belongs here: cells that can be had by comparing a release with the last one, or a product with its sisters over the
same population. Does not belong here: reading releases, what holds one, sentences for pages. A finding names the cell
and the way, never a count.

Between releases counts may have changed, so only the form is judged: what was shown then and is hidden now is taken as
known, and lines with one cell left are solved, again and again. Tables of the same population at the same moment are
judged by their numbers as well: the interval of each hidden cell under all equations of all tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from transforms.disclosure.published import CONTRADICTION, Equation, Key, PublishedTable, bounds, equations
from transforms.disclosure.rules import CellRule


class Way(StrEnum):
    """How a hidden cell can be had."""

    SHOWN_ELSEWHERE = "shown in the other table"
    SHOWN_BEFORE = "shown in the last release"
    SUBTRACTION = "a total less its other parts"
    NARROWED = "narrowed by the totals of both tables"
    SMALL_CHANGE = "the difference of two releases is a small count"


@dataclass(frozen=True)
class Finding:
    """One cell that can be had.

    Attributes:
        cell: Its dimensions with their values.
        way: How.
        hidden_in: The table that hides it (for a small change, the newer one).
        had_from: The tables that give it away, in order.
    """

    cell: Key
    way: Way
    hidden_in: str
    had_from: tuple[str, ...]


def compare_sisters(tables: Sequence[PublishedTable], rule: CellRule | None = None) -> tuple[Finding, ...]:
    """Hidden cells that tables of the same population, at the same moment, give away together.

    Args:
        tables: The tables, records counted by ``count_records`` among them.
        rule: The rule by which they were hidden.

    Raises:
        ValueError: The tables contradict each other, so they do not count the same population.
    """
    rule = rule or CellRule()
    shown: dict[Key, int] = {}
    shown_by: dict[Key, str] = {}
    for table in tables:
        for key, count in table.shown.items():
            if shown.setdefault(key, count) != count:
                raise ValueError(CONTRADICTION)
            shown_by.setdefault(key, table.name)
    hidden_in = {key: t.name for t in reversed(tables) for key in t.hidden}
    found = [
        Finding(key, Way.SHOWN_ELSEWHERE, name, (shown_by[key],)) for key, name in hidden_in.items() if key in shown_by
    ]
    left = {key: name for key, name in hidden_in.items() if key not in shown_by}
    lines = equations(tables)
    solved = _solve(set(shown), set(left), lines)
    found += [Finding(key, Way.SUBTRACTION, left[key], names) for key, names in solved.items()]
    for key, (low, high) in bounds(shown, left, lines, rule).items():
        if key not in solved and not rule.protects(low, high, np.int64(rule.least)):
            names = tuple(sorted({line.table for line in lines if key in (line.total, *line.parts)}))
            found.append(Finding(key, Way.NARROWED, left[key], names))
    return _ordered(found)


def compare_releases(last: PublishedTable, new: PublishedTable, k: int | None = None) -> tuple[Finding, ...]:
    """Cells hidden in the new release that the last one gives away.

    Args:
        last: The table as it was published last.
        new: The table as it is to be published.
        k: Also find cells shown in both whose counts differ by 1 to k - 1, where a reader learns that so few were
            added or taken away. None: do not look.
    """
    before = new.hidden & set(last.shown)
    found = [Finding(key, Way.SHOWN_BEFORE, new.name, (last.name,)) for key in before]
    lines = equations([new])
    alone = _solve(set(new.shown), set(new.hidden), lines)
    solved = _solve(set(new.shown) | before, set(new.hidden - before), lines)
    found += [
        Finding(key, Way.SUBTRACTION, new.name, names if key in alone else (last.name, *names))
        for key, names in solved.items()
    ]
    if k is not None:
        found += [
            Finding(key, Way.SMALL_CHANGE, new.name, (last.name, new.name))
            for key in set(new.shown) & set(last.shown)
            if 0 < abs(new.shown[key] - last.shown[key]) < k
        ]
    return _ordered(found)


def _solve(known: set[Key], wanted: set[Key], lines: Iterable[Equation]) -> dict[Key, tuple[str, ...]]:
    """Wanted cells that follow by solving lines with one unknown cell, again and again, with the tables used."""
    known = set(known)
    by_cell: dict[Key, list[int]] = {}
    every = list(lines)
    missing: list[set[Key]] = []
    for number, line in enumerate(every):
        gone = {key for key in (line.total, *line.parts) if key not in known}
        missing.append(gone)
        for key in gone:
            by_cell.setdefault(key, []).append(number)
    used: dict[Key, set[str]] = {}
    ready = [number for number, gone in enumerate(missing) if len(gone) == 1]
    while ready:
        number = ready.pop()
        if len(missing[number]) != 1:
            continue
        (key,) = missing[number]
        line = every[number]
        used[key] = {line.table}.union(*(used.get(other, ()) for other in (line.total, *line.parts)))
        for other in by_cell[key]:
            missing[other].discard(key)
            if len(missing[other]) == 1:
                ready.append(other)
    return {key: tuple(sorted(names)) for key, names in used.items() if key in wanted}


def _ordered(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda f: (list(Way).index(f.way), repr(f.cell), f.hidden_in)))
